"""A right answer is not lost to a line that has nothing to do with it, a wrong one gains nothing, and both are told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from helpers import RIGHT, words

from autograder.checks import messages
from autograder.judge.unjudged import Graded

Grade = Callable[..., Graded]

NO_GPU = "This machine has no GPU: it ran on the CPU."
NO_SCREEN = "This machine has no screen: pictures are shown in the notebook."
NO_WORKERS = "This machine starts no workers for a `DataLoader`: it ran with `num_workers=0`."
LACKING = [
    # a line, and what the report says of it: a clause after "was left out", or a whole sentence
    ("import seaborn as sb", "the package `seaborn` is not there at grading"),
    ("import torch, seaborn", "the package `seaborn` is not there at grading"),
    ("from google.colab import drive\ndrive.mount('/content/drive')", "the package `google` is not there at grading"),
    ("from google.colab import files\nuploaded = files.upload()", "the package `google` is not there at grading"),
    ("from sklearn.datasets import load_iris", "the package `sklearn` is not there at grading"),
    ("%load_ext nb_black", "the package `nb_black` is not there at grading"),
    ("%tensorboard --logdir runs", "the magic `%tensorboard` is not there at grading"),
    ("%matplotlib widget", NO_SCREEN),
    ("%matplotlib notebook", NO_SCREEN),
    ("%matplotlib qt", NO_SCREEN),
    ("%matplotlib tk", NO_SCREEN),
    ("import matplotlib\nmatplotlib.use('TkAgg')", "this machine has no screen"),
    ("import matplotlib.pyplot as plt\nplt.switch_backend('TkAgg')", "this machine has no screen"),
    ("name = input('Your name? ')", "nobody answers `input()` at grading"),
    ("from getpass import getpass\nsecret = getpass()", "nobody answers `input()` at grading"),
    ("exit()", "it ends Python"),
    ("raise SystemExit(1)", "it ends Python"),
    ("import urllib.request\nurllib.request.urlopen('http://example.org')", "there is no network at grading"),
    ("torch.ones(1).cuda()", NO_GPU),
    ("device = torch.device('cuda')\nones = torch.ones(3, device=device)", NO_GPU),
    ("model = torch.nn.Linear(1, 1).to('cuda')\nmodel(torch.ones(1, 1).to('cuda'))", NO_GPU),
    ("torch.cuda.synchronize()", NO_GPU),
    ("torch.set_default_device('cuda')", NO_GPU),
    ("from torch.utils.data import DataLoader\nfor b in DataLoader([1, 2], num_workers=2): pass", NO_WORKERS),
    (
        "1 / 0",
        "it raised ZeroDivisionError (“division by zero”). Something is divided by 0: is a counter still 0, or a list "
        "empty?",
    ),
    ("raise ValueError('odd')", "it raised ValueError (“odd”)"),
    (
        "open('missing.txt')",
        "it raised FileNotFoundError (“[Errno 2] No such file or directory: 'missing.txt'”). "
        "Data files lie beside the notebook: use their bare names.",
    ),
]
HARMLESS = [
    "%cd .",
    "%cd /content",
    "%bookmark here",
    "%history",
    "%load_ext autoreload\n%autoreload 2",
    "%config InlineBackend.figure_format = 'retina'",
    "!pip install tqdm",
    "%pip install tqdm",
    "display(3)",
    "from tqdm.auto import tqdm\nfor i in tqdm(range(3)): pass",
    "from tqdm.notebook import tqdm\nfor i in tqdm(range(3)): pass",
    "assert torch.cuda.is_available()",
    "device = 'cuda' if torch.cuda.is_available() else 'cpu'\nones = torch.ones(3).to(device)",
]
MAGICS = ["%%time", "%%timeit -n 2", "%%capture", "%%capture out", "%%wandb", "%%prun"]


@pytest.mark.parametrize(("line", "said"), LACKING, ids=[row[0][-30:] for row in LACKING])
def test_a_right_answer_stands_whatever_the_line_before_it_lacks(grade: Grade, line: str, said: str) -> None:
    graded = grade({"double": f"{line}\n{RIGHT['double']}", "mean_of": f"scale = 1\n{line}\n{RIGHT['mean_of']}"})
    report = graded.report
    assert report.score == 20, words(report)
    whole = said if said[-1] in ".?" else f" of the cell double, and 1 more, were left out: {said}."
    assert [note for note in report.repairs if note.endswith(whole)]
    assert len(report.repairs) == 1
    page = "".join(each.get("text", "") for cell in graded.notebook.cells for each in cell.get("outputs", ()))
    assert (said if said[-1] in ".?" else f"was left out: {said}.") in page


@pytest.mark.parametrize("line", [row[0] for row in LACKING] + HARMLESS, ids=lambda line: line[-30:])
def test_a_right_answer_stands_with_an_odd_line_after_it_or_between(grade: Grade, line: str) -> None:
    after = grade({"double": f"{RIGHT['double']}\n{line}"}, extra={"double": line}).report
    assert after.score == 20, words(after)


@pytest.mark.parametrize("line", HARMLESS, ids=lambda line: line[-30:])
def test_what_does_no_harm_is_not_spoken_of(grade: Grade, line: str) -> None:
    report = grade({"double": f"{line}\n{RIGHT['double']}"}).report
    assert (report.score, report.repairs) == (20, ())


@pytest.mark.parametrize("magic", MAGICS)
def test_what_stands_below_a_cell_s_magic_exists_afterwards(grade: Grade, magic: str) -> None:
    report = grade({"double": f"{magic}\nimport seaborn\n{RIGHT['double']}"}).report
    assert report.score == 20
    left_out = "Line 2 of the cell double was left out: the package `seaborn` is not there at grading."
    unknown = "Line 1 of the cell double was left out: the magic `%%wandb` is not there at grading."
    assert report.repairs == ((unknown, left_out) if magic == "%%wandb" else (left_out,))


INSIDE = {
    NO_GPU: "def double(x):\n    x = x.cuda()\n    torch.cuda.synchronize()\n"
    "    return torch.full((1,), 2.0, device='cuda') * x",
    NO_WORKERS: "from torch.utils.data import DataLoader, TensorDataset\ndef double(x):\n"
    "    (rows,) = next(iter(DataLoader(TensorDataset(x), len(x), num_workers=2)))\n    return 2 * rows",
}


@pytest.mark.parametrize(("said", "code"), INSIDE.items())
def test_a_function_may_ask_for_what_the_machine_lacks(grade: Grade, said: str, code: str) -> None:
    report = grade({"double": code}).report
    assert (report.score, report.repairs) == (20, (said,))


def test_a_progress_bar_in_a_function_costs_nothing(grade: Grade) -> None:
    code = "from tqdm.notebook import tqdm\ndef double(x):\n    for _ in tqdm(range(500)): pass\n    return 2 * x"
    report = grade({"double": code}).report
    assert (report.score, report.repairs) == (20, ())


NEWER = [
    (
        'd = {"a": 2}\nprint(f"{d["a"]}")\n' + RIGHT["double"],
        20,
        "In the cell double there is syntax of Python 3.12 or",
    ),
    (
        'def double(x):\n    print(f"{"two"}")\n    return 2 * x',
        20,
        "In the cell double there is syntax of Python 3.12",
    ),
    (f"class Stack[T]: pass\n{RIGHT['double']}", 20, "Line 1 of the cell double was left out: this is syntax of"),
    (
        "class double[T]:\n    pass",
        16,
        "Line 1 of the cell double was left out: this is syntax of Python 3.12 or newer,",
    ),
    (f"x = = 1\n{RIGHT['double']}", 16, None),
    ("def double(x)\n    return 2 * x", 16, None),
    ("def double(x):\n    print 'two'\n    return 2 * x", 16, None),
]


@pytest.mark.parametrize(("code", "score", "said"), NEWER, ids=[row[0][:30] for row in NEWER])
def test_syntax_of_a_newer_python_is_named_and_any_other_is_an_error(
    grade: Grade, code: str, score: float, said: str | None
) -> None:
    report = grade({"double": code}).report
    assert report.score == score
    assert [note[: len(said or "")] for note in report.repairs] == ([said] if said else [])
    if said is None:
        assert "because its cell raised SyntaxError" in words(report)
        assert "newer" not in words(report)
    elif score < 20:
        assert "`double` does not exist, because its cell could not run: this is syntax of" in words(report)


TRACED = [
    (
        "import nothing as np\ndef double(x):\n    return np.multiply(x, 2)",
        "`np` is missing, because `import nothing as np` in the cell double failed: the package `nothing` is not there",
    ),
    (
        "from nothing import table\nrows = table.read()\ndef double(x):\n    return x + rows",
        "`rows` is missing, because `rows = table.read()` in the cell double failed: `table` is missing, because "
        "`from nothing import table` in the cell double failed: the package `nothing` is not there at grading.",
    ),
    (
        "two = 2 / 0\ndef double(x):\n    return two * x",
        "`two` is missing, because `two = 2 / 0` in the cell double failed: it raised ZeroDivisionError",
    ),
    (
        "import numba\n@numba.jit\ndef double(x):\n    return 2 * x",
        "`double` does not exist, because its cell raised NameError on line 2 of the cell double: name 'numba' is not "
        "defined. `numba` is missing, because `import numba` in the cell double failed: the package `numba` is not",
    ),
    (
        "def double(x):\n    import nothing\n    return 2 * x",
        "`double` needs the package `nothing`, which is not there",
    ),
]


@pytest.mark.parametrize(("code", "said"), TRACED, ids=[row[0][:25] for row in TRACED])
def test_what_is_missing_is_traced_back(grade: Grade, code: str, said: str) -> None:
    report = grade({"double": code}).report
    assert report.exercise("double").points == 0
    first, *others = [check.message for check in report.exercise("double").checks]
    assert said in first
    assert all(said in each or each == messages.SAME_REASON for each in others), "for hidden inputs as well"


def test_a_name_that_no_line_should_have_given_is_not_told_for_hidden_inputs(grade: Grade) -> None:
    code = (
        "import nothing as np\ndef double(x):\n    raise NameError(f\"name 'v{int(x.flatten()[0])}' is not defined\")"
    )
    report = grade({"double": code}).report
    assert "is missing" not in words(report)
    package = "def double(x):\n    raise ModuleNotFoundError(f\"No module named 'v{int(x.flatten()[0])}'\")"
    assert "needs the package" not in words(grade({"double": package}).report)


@pytest.mark.parametrize(
    "code",
    [
        "import seaborn\ndef double(x):\n    return 3 * x",
        "def double(x):\n    return 3 * x\ndouble = torch.compile(missing)",
        "def double(x):\n    return 3 * x\n@missing\ndef double(x):\n    return 2 * x",
        "from nothing import double",
        "import seaborn\nraise NotImplementedError()",
        "if True:\n    import seaborn\n    def double(x):\n        return 2 * x",
    ],
)
def test_a_wrong_answer_gains_nothing(grade: Grade, code: str) -> None:
    report = grade({"double": code}).report
    assert report.exercise("double").points == 0
    assert report.score == 16


def test_sentences_are_few_however_many_lines_fail(grade: Grade) -> None:
    lines = "\n".join(f"import nothing{number}" for number in range(15))
    report = grade({"double": f"{lines}\n{RIGHT['double']}", "mean_of": f"{lines}\n{RIGHT['mean_of']}"}).report
    assert report.score == 20
    assert len(report.repairs) <= 6


@pytest.mark.parametrize("line", ["1 / 0", "assert False", "plot(double)"])
def test_however_many_lines_fail_a_right_answer_stands(grade: Grade, line: str) -> None:
    report = grade({"double": f"{line}\n" * 300 + RIGHT["double"]}).report
    assert report.exercise("double").points == 4
    assert len(report.repairs) <= 1


@pytest.mark.parametrize(
    "code",
    [
        'from jaxtyping import Float\ndef double(x: Float[torch.Tensor, "n"]) -> Float:\n    return 2 * x',
        "import seaborn as sb\ndef double(x, *more: sb.Grid, scale: sb.Axis = 2) -> sb.Grid:\n    return scale * x",
        "class Box:\n    table: pd.DataFrame = None\n    rows: pd.Series\ndef double(x):\n    Box()\n    return 2 * x",
    ],
)
def test_a_type_hint_that_can_t_be_read_costs_nothing(grade: Grade, code: str) -> None:
    report = grade({"double": code}).report
    assert report.exercise("double").points == 4
    assert "A type hint could not be read; what it belongs to was judged without it." in report.repairs
    wrong = grade({"double": code.replace("2 * x", "3 * x").replace("scale * x", "3 * x")}).report
    assert wrong.exercise("double").points == 0


def test_a_stub_beside_an_answer_in_one_cell_is_told_by_its_own_name(grade: Grade) -> None:
    both = f"{RIGHT['double']}\ndef mean_of(x):\n    raise NotImplementedError()"
    report = grade({"double": both, "mean_of": "", "double_mean": RIGHT["double_mean"]}).report
    assert report.exercise("double").points == 4
    assert report.exercise("mean_of").message.startswith("`mean_of` is not written yet")


def test_a_name_that_is_written_and_not_there_is_not_denied(grade: Grade) -> None:
    code = "try:\n    import nothing\n    def double(x):\n        return 2 * x\nexcept ImportError:\n    print('no')"
    message = grade({"double": code}).report.exercise("double").message
    assert message.startswith("`double` is written in the cell double, but does not exist at the end")


def test_judged_code_that_needs_a_package_is_shown_to_staff(grade: Grade) -> None:
    code = "import wandb\ndef double(x):\n    import wandb\n    wandb.log({})\n    return 2 * x"
    report = grade({"double": code}).report
    assert report.looks == (
        "its judged code needs wandb, which is not among the grader's packages; requirements.txt says what is",
    )


@pytest.mark.parametrize("told", ["failed", "notes"])
def test_what_a_guest_says_of_itself_is_bounded_and_printable(grade: Grade, told: str) -> None:
    code = """
import gc
from autograder.sandbox.inside import cells, substitutes
shell = get_ipython()
bad = {"raised": {"type": "E\\x1b[2J" * 500, "text": "\\x1b]0;x" * 5000}, "line": 10**30, "code": "`<b>\\x1b" * 900}
many = [{**bad, "names": ["double" * 99] * 999, "followed": True}] * 5000
shell._note = lambda *a, **k: shell.failed.extend([*many, 3, None, {"raised": 1}])
substitutes.taken_notes = lambda: ["gpu" * 99, {}, "python 9.99", *["gpu"] * 9999]
cells.substitutes.taken_notes = substitutes.taken_notes
1 / 0
"""
    report: Any = grade({"mean_of": f"{code}\n{RIGHT['mean_of']}"}).report
    assert all(len(note) < 1000 and note.isprintable() for note in report.repairs)
    assert len(report.repairs) <= 10
