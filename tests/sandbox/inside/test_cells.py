"""Notebook cells in a guest: what they print, show and raise is recorded in order, bounded, and told truly."""

from __future__ import annotations

import base64
import textwrap
from collections.abc import Callable
from typing import Any

import pytest
from IPython.core.inputtransformer2 import TransformerManager

from autograder.judge.unjudged import Graded
from autograder.report.exercise_result import Verdict
from autograder.sandbox.guest import ForkedGuest
from autograder.sandbox.inside.cells import _Transformer
from autograder.sandbox.outcome import Outcome

Spawn = Callable[..., ForkedGuest]
Grade = Callable[..., Graded]


def cell(guest: ForkedGuest, source: str, label: str = "cell 1") -> tuple[list[dict[str, Any]], dict[str, Any] | None]:
    """Runs one cell: its outputs, and what it raised."""
    message = {"op": "cell", "source": textwrap.dedent(source).strip("\n"), "label": label, "names": []}
    reply, _ = guest.request(message, {}, 20)
    return reply["outputs"], reply["raised"]


@pytest.fixture
def guest(spawn: Spawn) -> ForkedGuest:
    return spawn()


def test_outputs_come_in_the_order_in_which_they_were_made(guest: ForkedGuest) -> None:
    outputs, raised = cell(
        guest,
        """
        import sys
        print("first")
        print("second", file=sys.stderr)
        display("third")
        print("fourth")
        print("fourth again")
        "fifth"
        """,
    )
    assert raised is None
    assert [(each["output_type"], each.get("name")) for each in outputs] == [
        ("stream", "stdout"),
        ("stream", "stderr"),
        ("display_data", None),
        ("stream", "stdout"),
        ("execute_result", None),
    ]
    assert outputs[3]["text"] == "fourth\nfourth again\n"
    assert outputs[4]["data"] == {"text/plain": "'fifth'"}


ESCAPED = (
    *("%time 1", "  %time 1", "x = 1\n%time x", "x = %time 1", "x =\\\n%time 1", "!ls", "x = !ls", "x=!ls", "x?", "?x"),
    *(
        "x??  # y",
        "/f 1",
        ",f a b",
        ";f a b",
        "%%time\nx = 1",
        ">>> x = 1",
        "In [1]: x = 1",
        "if x:\n    !ls",
        "x != 1",
    ),
    *(
        "x = 5 % 3",
        "'%s' % x",
        'x = """\n%time 1\n"""',
        "f(\n    x\n    % 2)",
        "\n\n  x = 1",
        "x \\\n  % 2",
        "\f%time 1",
    ),
)


@pytest.mark.parametrize("source", ESCAPED)
def test_cells_become_what_ipython_makes_of_them(source: str) -> None:
    assert _Transformer().transform_cell(source) == TransformerManager().transform_cell(source)


def test_what_waits_for_something_at_the_top_level_runs(guest: ForkedGuest) -> None:
    waits = "import asyncio\nawait asyncio.sleep(0)\nasync def f():\n    yield 2\n[x async for x in f()]"
    outputs, raised = cell(guest, waits)
    assert (raised, outputs[0]["data"]) == (None, {"text/plain": "[2]"})
    outputs, raised = cell(guest, "async for x in f():\n    print(x)")
    assert (raised, outputs[0]["text"]) == (None, "2\n")


def test_rich_outputs_keep_their_kinds(guest: ForkedGuest) -> None:
    outputs, _ = cell(
        guest,
        """
        from IPython.display import HTML, Markdown, Math
        display(HTML("<b>bold</b>"), Markdown("*m*"), Math("x^2"))
        """,
    )
    assert [set(each["data"]) for each in outputs] == [
        {"text/plain", "text/html"},
        {"text/plain", "text/markdown"},
        {"text/plain", "text/latex"},
    ]


def test_a_figure_becomes_a_picture_at_the_end_of_its_cell(guest: ForkedGuest) -> None:
    outputs, raised = cell(guest, "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nprint('drawn')")
    assert raised is None
    picture = base64.b64decode(outputs[-1]["data"]["image/png"])
    assert picture.startswith(b"\x89PNG")
    outputs, _ = cell(guest, "plt.plot([1]); plt.show()\nprint('after')")
    assert [each["output_type"] for each in outputs] == ["display_data", "stream"]


def test_a_trailing_semicolon_hides_the_result(guest: ForkedGuest) -> None:
    assert cell(guest, "1 + 1;") == ([], None)


def test_clear_output_clears(guest: ForkedGuest) -> None:
    outputs, _ = cell(guest, "from IPython.display import clear_output\nprint('old')\nclear_output()\nprint('new')")
    assert [each["text"] for each in outputs] == ["new\n"]


def test_magics_work_and_dangerous_ones_do_no_harm(guest: ForkedGuest) -> None:
    assert cell(guest, "%matplotlib inline")[1] is None
    outputs, raised = cell(guest, "%%time\nprint('timed')")
    assert raised is None
    assert outputs[0]["text"].startswith("timed")
    assert cell(guest, "%timeit -n1 -r1 1 + 1")[1] is None
    for shell in ("!ls", "%%bash\nls", "%pip install torch", "%system ls", "get_ipython().system('ls')"):
        outputs, raised = cell(guest, shell)
        assert raised is None or shell.startswith("%%bash")
        assert "hidden" not in str(outputs)
    outputs, raised = cell(guest, "!pip install nothing\nfiles = !ls\nprint(len(files), 'and on')")
    assert raised is None
    assert outputs == [
        {"output_type": "not_run", "command": "!pip install nothing"},
        {"output_type": "not_run", "command": "!ls"},
        {"output_type": "stream", "name": "stdout", "text": "0 and on\n"},
    ]
    assert cell(guest, "print('alive')")[0][0]["text"] == "alive\n"


def test_an_error_names_the_students_line_and_no_library(guest: ForkedGuest) -> None:
    cell(guest, "def broken(x):\n    y = x + 1\n    return y.nonsense", label="my_cell")
    outputs, raised = cell(guest, "import torch\nbroken(torch.ones(1))", label="other_cell")
    assert raised == {
        "type": "AttributeError",
        "builtin": True,
        "text": "'Tensor' object has no attribute 'nonsense'",
        "cell": "my_cell",
        "line": 3,
        "code": "return y.nonsense",
        "function": "broken",
        "owner": "broken",
        "file": None,
        "near": None,
        "values": [],
    }
    trace = "\n".join(outputs[0]["traceback"])
    assert "other_cell, line 2" in trace
    assert "my_cell, line 3" in trace
    assert "site-packages" not in trace
    assert outputs[0]["ename"] == "AttributeError"


def test_an_error_inside_a_library_is_placed_at_the_students_call(guest: ForkedGuest) -> None:
    _, raised = cell(guest, "import torch\n\ntorch.ones(2, 3) @ torch.ones(2, 3)", label="here")
    assert raised is not None
    assert (raised["type"], raised["cell"], raised["line"]) == ("RuntimeError", "here", 3)


def test_a_syntax_error_is_told_with_its_line(guest: ForkedGuest) -> None:
    outputs, raised = cell(guest, "x = 1\ndef f(:\n    pass", label="solution")
    assert raised is not None
    assert (raised["type"], raised["cell"], raised["line"]) == ("SyntaxError", "solution", 2)
    assert outputs[0]["output_type"] == "error"
    assert cell(guest, "    x = 1\n  y = 2")[1]["type"] == "IndentationError"


def test_top_level_await_works(guest: ForkedGuest) -> None:
    outputs, raised = cell(guest, "import asyncio\nawait asyncio.sleep(0)\nprint('awaited')")
    assert raised is None
    assert outputs[0]["text"] == "awaited\n"


def test_warnings_go_to_stderr_and_are_no_errors(guest: ForkedGuest) -> None:
    outputs, raised = cell(guest, "import warnings\nwarnings.warn('careful')")
    assert raised is None
    assert outputs[0]["name"] == "stderr"
    assert "UserWarning: careful" in outputs[0]["text"]


@pytest.mark.parametrize(
    "flood",
    [
        "for i in range(10**5): print(i)",
        "print('x' * 10**8)",
        "import sys\nsys.stderr.write('y' * 10**7)",
        "display(*['z' * 1000] * 1000)",
        "'a' * 10**7",
        "raise ValueError('b' * 10**7)",
        "from IPython.display import HTML\nfor i in range(1000): display(HTML('<p>' * 1000))",
    ],
)
def test_a_flood_of_output_is_cut_off_and_says_so(spawn: Spawn, flood: str) -> None:
    guest = spawn(output_characters=1000)
    outputs, _ = cell(guest, flood)
    assert outputs[-1] == {"output_type": "cut_off"}
    assert len(str(outputs)) < 12_000
    assert cell(guest, "print(1)")[0][0]["text"] == "1\n"


def test_cut_off_output_keeps_its_beginning(spawn: Spawn) -> None:
    outputs, _ = cell(spawn(output_characters=100), "for i in range(100): print(f'line {i}')")
    assert outputs[0]["text"].startswith("line 0\nline 1\n")
    assert len(outputs[0]["text"]) == 100
    assert outputs[1:] == [{"output_type": "cut_off"}]


def test_what_was_not_run_or_cut_off_is_said_in_the_notebook(grade: Grade) -> None:
    graded = grade(extra={"setup": "!pip install nothing", "double": "for i in range(10**4): print(i)"})
    by_source = {each.source: each.outputs for each in graded.notebook.cells if each.cell_type == "code"}
    [command] = by_source["!pip install nothing"]
    assert (command.name, command.text) == ("stderr", "Not run at grading: !pip install nothing\n")
    [kept] = by_source["for i in range(10**4): print(i)"]
    assert kept.text.startswith("0\n1\n")
    assert kept.text.endswith("\n[the rest of this cell's output was cut off]\n")


def test_many_pictures_are_bounded(spawn: Spawn) -> None:
    code = """
    import base64, random
    from IPython.display import Image, display
    for i in range(30):
        display({"image/png": base64.b64encode(random.Random(i).randbytes(200_000)).decode()}, raw=True)
    """
    outputs, raised = cell(spawn(), code)
    assert raised is None
    assert 1 <= len(outputs) <= 8


def test_nobody_answers_input(guest: ForkedGuest) -> None:
    _, raised = cell(guest, "name = input('Who? ')")
    assert raised is not None
    assert raised["type"] in ("EOFError", "StdinNotImplementedError")
    assert cell(guest, "import sys; print(repr(sys.stdin.read()))")[0][0]["text"] == "''\n"


@pytest.mark.parametrize(
    "leave", ["exit()", "quit()", "import sys; sys.exit(3)", "raise SystemExit", "raise KeyboardInterrupt"]
)
def test_leaving_politely_ends_the_cell_and_not_the_notebook(guest: ForkedGuest, leave: str) -> None:
    cell(guest, leave)
    assert cell(guest, "print('alive')")[0][0]["text"] == "alive\n"


def test_an_exception_that_can_not_be_printed_does_no_harm(guest: ForkedGuest) -> None:
    _, raised = cell(
        guest,
        """
        class Nasty(Exception):
            def __str__(self): raise ValueError("no text for you")
            __repr__ = __str__
        raise Nasty
        """,
    )
    assert raised is not None
    assert raised["type"] == "Nasty"
    assert raised["builtin"] is False
    assert cell(guest, "print('alive')")[0][0]["text"] == "alive\n"


def test_values_that_can_not_be_shown_do_no_harm(guest: ForkedGuest) -> None:
    cell(
        guest,
        "class Odd:\n    def __repr__(self): raise RuntimeError('no')\n    def _repr_html_(self): return 5\nOdd()",
    )
    cell(guest, "class Exits:\n    def __repr__(self): raise SystemExit\nExits()")
    assert cell(guest, "print('alive')")[0][0]["text"] == "alive\n"


def test_output_with_odd_characters_comes_through(guest: ForkedGuest) -> None:
    outputs, _ = cell(guest, "print('\\x00\\x1b[31m \\ud800 🙂')")
    assert "🙂" in outputs[0]["text"]


def test_replacing_the_standard_streams_costs_only_the_own_output(guest: ForkedGuest) -> None:
    cell(guest, "import sys, io\nsys.stdout = io.StringIO()\nprint('lost')\nsys.stderr = None")
    assert cell(guest, "print('back')")[0][0]["text"] == "back\n"


# Whole notebooks: one bad cell takes nothing else down.


@pytest.mark.parametrize(
    ("bad", "outcome"),
    [
        ("while True: pass", Outcome.TIMED_OUT),
        ("import os; os._exit(0)", Outcome.DIED),
        ("import ctypes; ctypes.string_at(0)", Outcome.DIED),
        ("raise RuntimeError('mine')", Outcome.RAISED),
        ("x = 'unfinished", Outcome.RAISED),
        ("big = bytearray(4 << 30)", Outcome.RAISED),
        ("exit()", Outcome.RAISED),
        ("for i in range(10**4): print(i)", Outcome.OK),
        ("input()", Outcome.RAISED),
    ],
)
def test_one_bad_cell_costs_only_itself(grade: Grade, bad: str, outcome: Outcome) -> None:
    graded = grade(extra={"setup": bad, "mean_of": "kept = 1"})
    assert graded.report.score == 20
    assert graded.report.outcome == outcome
    shown = next(each for each in graded.notebook.cells if each.source == bad)
    if outcome in (Outcome.TIMED_OUT, Outcome.DIED):
        assert shown.outputs[-1].evalue.startswith("This cell was stopped: ")


def test_several_cells_that_end_the_guest_are_each_left_out(grade: Grade) -> None:
    graded = grade(
        extra={"setup": "import os; os._exit(1)", "double": "os._exit(2)", "mean_of": "import os; os._exit(3)"}
    )
    assert graded.report.score == 20
    assert graded.report.outcome == "died"
    texts = [each.outputs[0].evalue for each in graded.notebook.cells if "_exit" in each.source and each.outputs]
    # the second cell has no `os`, because the cell that would have imported it is left out
    assert [text for text in texts if "exit code" in text] == [
        "This cell was stopped: it ended Python itself (exit code 1).",
        "This cell was stopped: it ended Python itself (exit code 3).",
    ]


def test_a_solution_cell_that_ends_the_guest_costs_its_own_exercise_alone(grade: Grade) -> None:
    code = "def mean_of(x):\n    return x.mean().item()\nmean_of(values)\nimport os; os._exit(9)"
    report = grade({"mean_of": code, "double_mean": "def double_mean(x):\n    return 2 * x.mean().item()"}).report
    assert report.exercise("mean_of").points == 0
    assert "it ended Python itself (exit code 9)" in report.exercise("mean_of").message
    assert report.exercise("double").points == 4
    assert report.exercise("double_mean").points == 10


@pytest.mark.parametrize(
    "later",
    [
        "double = double(values)",
        "double = 5",
        "mean_of = mean_of(values); double = None",
        "values = None",
    ],
)
def test_a_name_that_a_later_cell_uses_for_something_else_can_still_be_called(grade: Grade, later: str) -> None:
    report = grade(extra={"test_double_mean": later}).report
    assert report.exercise("double").verdict is Verdict.PASSED
    assert report.exercise("mean_of").verdict is Verdict.PASSED


def test_a_name_that_a_later_cell_deletes_is_gone(grade: Grade) -> None:
    report = grade(extra={"test_double_mean": "del double"}).report
    assert report.exercise("double").message.startswith(
        "`double` is written in the cell double, but does not exist at the"
    )
    assert report.exercise("mean_of").points == 6


def test_a_later_definition_replaces_an_earlier_one(grade: Grade) -> None:
    wrong_first = "def double(x):\n    return x"
    report = grade({"double": wrong_first}, extra={"test_double": "def double(x):\n    return x + x"}).report
    assert report.exercise("double").points == 4


def test_student_code_can_read_the_data_file_and_files_of_its_own(grade: Grade) -> None:
    own = "open('note.txt', 'w').write('7'); assert open('numbers.csv').read().split() == ['1', '2', '3', '4']"
    graded = grade(extra={"setup": own})
    assert graded.report.outcome == "ok"


def reply_of(guest: ForkedGuest, source: str) -> Any:
    message = {"op": "cell", "source": textwrap.dedent(source).strip("\n"), "label": "cell 1", "names": []}
    return guest.request(message, {}, 20)[0]


def test_a_statement_that_fails_is_left_out_and_told(guest: ForkedGuest) -> None:
    reply = reply_of(
        guest,
        """
        import nothing, math as m

        @missing
        def f(): pass
        a, b = 1 / 0, 2
        print(m.sqrt(4))
        "shown"
        """,
    )
    told = [(each["line"], each["code"], each["names"], each["followed"]) for each in reply["failed"]]
    assert told == [
        (1, "import nothing", ["nothing"], True),
        (3, "@missing …", ["f"], True),
        (5, "a, b = 1 / 0, 2", ["a", "b"], True),
    ]
    kinds = [each["raised"]["type"] for each in reply["failed"]]
    assert kinds == ["ModuleNotFoundError", "NameError", "ZeroDivisionError"]
    assert reply["raised"] == reply["failed"][0]["raised"], "what was raised is the first of them"
    assert reply["outputs"][-2:] == [
        {"output_type": "stream", "name": "stdout", "text": "2.0\n"},
        {"output_type": "execute_result", "data": {"text/plain": "'shown'"}, "metadata": {}},
    ]


def test_the_last_statement_is_followed_by_none(guest: ForkedGuest) -> None:
    assert [each["followed"] for each in reply_of(guest, "1 / 0\n2 / 0")["failed"]] == [True, False]
    assert reply_of(guest, "x = 1")["failed"] == []


def test_only_the_last_expression_is_shown_and_future_statements_hold_for_what_follows(guest: ForkedGuest) -> None:
    reply = reply_of(guest, "from __future__ import annotations\ndef f(x: nothing): pass\n1\nf.__annotations__")
    assert [each["data"]["text/plain"] for each in reply["outputs"]] == ["{'x': 'nothing'}"]


def test_a_cell_whose_every_statement_fails_ends_soon(guest: ForkedGuest) -> None:
    reply = reply_of(guest, "\n".join(["1 / 0"] * 1000 + ["print('the end')"]))
    assert len(reply["failed"]) == 200
    assert reply["outputs"][-1] == {"output_type": "stream", "name": "stdout", "text": "the end\n"}
    assert len(reply["outputs"]) < 50


@pytest.mark.parametrize(
    ("source", "held"),
    [
        ("%cd .", "guest-"),
        ("%bookmark here\n%bookmark -l", "here -> "),
        ("%cd /nowhere", "No such file or directory: '/nowhere'"),
        ("x = 1\n%history", "%history"),
        ("%hist -n", "1: %hist -n"),
        ("x = 1\n%save mine.py 1", "were written to file `mine.py`"),
        ("x = 5\n%store x\ndel x\n%store -r x\nprint('x is', x)", "x is 5"),
        ("%pwd", "guest-"),
        ("%pushd .\n%popd", "popd -> "),
        ("%dhist", "Directory history"),
        ("print(In[1])", "print(In[1])"),
    ],
)
def test_what_ipython_remembers_is_the_guest_s_own(guest: ForkedGuest, source: str, held: str) -> None:
    reply = reply_of(guest, source)
    text = "".join(each.get("text", "") + str(each.get("data", "")) for each in reply["outputs"])
    assert reply["raised"] is None
    assert held in text
    assert "profile_default" not in text


@pytest.mark.parametrize(
    ("source", "noted"),
    [
        ("%load_ext autoreload\n%autoreload 2", ["%load_ext autoreload", "%autoreload 2"]),
        ("%%bash\nls", ["%%bash"]),
        ("%%script python\nprint(1)", ["%%script python"]),
        ("%pip install tqdm", ["%pip install tqdm"]),
        ("%debug", ["%debug"]),
        ("%pdb on", ["%pdb on"]),
        ("%ls", ["!ls -F"]),
    ],
)
def test_magics_for_somebody_who_sits_there_are_noted_and_left_out(
    guest: ForkedGuest, source: str, noted: list[str]
) -> None:
    reply = reply_of(guest, source)
    assert (reply["raised"], reply["failed"]) == (None, [])
    assert [each["command"].strip() for each in reply["outputs"]] == noted


@pytest.mark.parametrize("line", ["%matplotlib widget", "%matplotlib tk", "import matplotlib; matplotlib.use('TkAgg')"])
def test_pictures_are_shown_whatever_screen_was_asked_for(guest: ForkedGuest, line: str) -> None:
    reply_of(guest, line)
    reply = reply_of(guest, "import matplotlib.pyplot as plt\nplt.plot([1, 2]);")
    assert reply["raised"] is None
    assert any("image/png" in each.get("data", {}) for each in reply["outputs"])


def test_wrong_code_is_told_without_names_of_ours(guest: ForkedGuest) -> None:
    for source in ("x = = 1", "if x:\n        y\n    z", "x = '", "def f(:"):
        raised = reply_of(guest, source)["raised"]
        assert (raised["type"] in ("SyntaxError", "IndentationError"), raised["cell"]) == (True, "cell 1")
        assert "<" not in raised["text"]


def test_a_statement_that_no_function_holds_is_left_out_as_well(guest: ForkedGuest) -> None:
    reply = reply_of(guest, "return 5\nx = 1\nprint(x)")
    assert [each["raised"]["type"] for each in reply["failed"]] == ["SyntaxError"]
    assert reply["outputs"][-1]["text"] == "1\n"


def test_timing_a_line_runs_it_once(guest: ForkedGuest) -> None:
    reply = reply_of(guest, "n = []\n%timeit -n 1000 -r 9 n.append(1)\nr = %timeit -o n.append(1)\nprint(len(n), r)")
    assert reply["raised"] is None
    assert reply["outputs"][-1]["text"].splitlines()[-1].startswith("2 ")


def test_errors_do_not_tell_where_the_guest_s_folder_is(guest: ForkedGuest) -> None:
    raised = reply_of(guest, "import os\nopen(os.path.abspath('data/a.csv'))")["raised"]
    assert raised["text"] == "[Errno 2] No such file or directory: 'data/a.csv'"
