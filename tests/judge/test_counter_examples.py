"""A counter-example: an input that may be told, what came back there, and what should have; never a hidden one."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from helpers import RIGHT, Heard, listen, make_course, make_variant, notebook_of, words, write_notebook
from hypothesis import strategies as st

from autograder.audit.counter_examples import counter_example_rows
from autograder.checks.counter_examples import CounterExample, differs, gave, inputs_words, load_counter_examples
from autograder.course.assignment import Assignment
from autograder.course.errors import CourseError
from autograder.course.loading import load_assignment
from autograder.judge import counter_examples, search
from autograder.judge.grader import Grader
from autograder.report.report import Report
from autograder.sandbox.forked import ForkSandbox
from autograder.sandbox.limits import Limits
from autograder.sandbox.server import ForkServer

SECRET = 987.5

# `f` is the half of a number, and `g` of each number of a tensor.
CHECKS = f"""
import pytest
import torch
from autograder.checks import expect_close, expect_float, expect_tensor

@pytest.mark.exercise("f", public=True)
def test_two(student):
    '''`f` gives half of two.'''
    expect_close(expect_float(student.f(2.0), "f(2.0)"), 1.0, "f(2.0)", "It should be the half.")

@pytest.mark.exercise("f")
def test_another(student):
    '''`f` gives half of any number.'''
    expect_close(expect_float(student.f({SECRET}), "f(x)"), {SECRET} / 2, "f(x)", "It should be the half.")

@pytest.mark.exercise("f")
def test_g(student):
    '''`g` gives the halves.'''
    x = torch.tensor([[{SECRET}], [2.0]])
    expect_close(expect_tensor(student.g(x), (2, 1), "g(x)"), x / 2, "g(x)", "It should be the halves.")
"""
ENTRIES = """
import torch
from hypothesis import strategies as st
from autograder.checks import CounterExample

NUMBERS = st.sampled_from([1.0, 2.0, 3.0, 4.0, 0.5])
COLUMNS = st.lists(NUMBERS, min_size=1, max_size=3).map(lambda x: torch.tensor(x).reshape(-1, 1))
COUNTER_EXAMPLES = (
    CounterExample("f", "f", st.fixed_dictionaries({"x": NUMBERS}), lambda x: x / 2),
    CounterExample("f", "g", st.fixed_dictionaries({"x": COLUMNS}), lambda x: x / 2),
)
"""
G = "\ndef g(x):\n    return x / 2"
SOLUTION = f"def f(x):\n    return x / 2{G}"
# Right for the number of the notebook alone.
WRONG = f"def f(x):\n    return x / 2 if x == 2 else 2 * x{G}"


def make_assignment(folder: Path, entries: str = ENTRIES, checks: str = CHECKS) -> Assignment:
    folder, name = make_variant(folder, checks, SOLUTION)
    (folder / "tests" / "hidden" / name / "counter_examples.py").write_text(entries)
    return load_assignment(folder, name)


@pytest.fixture(scope="module")
def grader(tmp_path_factory: pytest.TempPathFactory, server: ForkServer) -> Iterator[Grader]:
    sandbox = ForkSandbox(server, Limits(call_wall_seconds=5, counter_example_wall_seconds=10, mend_cpu_seconds=0))
    with Grader(make_assignment(tmp_path_factory.mktemp("variant")), sandbox, show_cells=False) as grader:
        yield grader


@pytest.fixture
def report_on(grader: Grader, tmp_path: Path) -> Callable[[str], Report]:
    def report_on(code: str) -> Report:
        path = write_notebook(tmp_path / "handed-in.ipynb", notebook_of(grader.assignment, {"f": code}))
        return grader.grade(path, "student-001").report

    return report_on


def said(report: Report) -> list[str]:
    """The counter-examples of a report."""
    messages = [each.message for each in report.exercises[0].checks]
    return [each[each.index("Try it: ") :] for each in messages if "Try it: " in each]


def test_what_failed_on_hidden_inputs_is_shown_on_others(report_on: Callable[[str], Report]) -> None:
    report = report_on(WRONG)
    assert said(report) == ["Try it: `f` of x = 1 gave 2, expected 0.5."]
    _, another, _ = report.exercises[0].checks
    assert another.message == f"`f(x)` returned a number that is not right. It should be the half. {said(report)[0]}"
    assert report.exercises[0].message == another.message


@pytest.mark.parametrize(
    ("said", "advice", "example", "kept"),
    [
        pytest.param(
            "`f(x)` gave 1. It should be 2.", "", "It gave 1.", "`f(x)` gave 1. It should be 2.", id="no advice"
        ),
        pytest.param(
            "`f(x)` gave 1. It should be 2. Is it `/`?",
            "Is it `/`?",
            "It gave 1.",
            "`f(x)` gave 1. Is it `/`?",
            id="advice",
        ),
        pytest.param(
            "`f(x)` gave 1. It should be 2. Is it `/`?",
            "Is it `/`?",
            "It raised E: no. Try it.",
            "`f(x)` gave 1.",
            id="an error with advice",
        ),
        pytest.param("`f(x)` gave 1. It should be 2.", "", "It raised E: no. Try it.", "`f(x)` gave 1.", id="an error"),
        pytest.param("`f([1.])` gave 1.", "", "It gave 1.", "`f([1.])` gave 1.", id="nothing but what came back"),
    ],
)
def test_beside_one_there_are_three_sentences_at_most(said: str, advice: str, example: str, kept: str) -> None:
    assert " ".join(counter_examples.beside_an_example(said, advice, example)) == kept


def test_it_is_the_same_each_time_and_the_simplest(report_on: Callable[[str], Report]) -> None:
    code = "def f(x):\n    return x / 2\ndef g(x):\n    return x / 2 + (x > 2) if len(x) > 1 else x / 2"
    told = {tuple(said(report_on(code))) for _ in range(3)}
    assert told == {("Try it: `g` of x = [1, 3] gave [0.5, 2.5], expected [0.5, 1.5].",)}


def test_it_stands_at_the_check_that_is_about_that_function(report_on: Callable[[str], Report]) -> None:
    report = report_on(f"def f(x):\n    return x / 2 + (x > 900){G} + (x > 2)")
    another, of_g = report.exercises[0].checks[1:]
    assert "Try it" not in another.message
    assert of_g.message.endswith("Try it: `g` of x = [3] gave [2.5], expected [1.5].")


@pytest.mark.parametrize(
    "code",
    [
        pytest.param(SOLUTION, id="right"),
        pytest.param(WRONG.replace("x == 2", "x < 5"), id="right wherever it may be asked"),
        pytest.param(WRONG.replace("2 * x", "None"), id="another type"),
        pytest.param(WRONG.replace("2 * x", "[x] * 10_000"), id="another size"),
        pytest.param(WRONG.replace("2 * x", "'x' * 10_000"), id="text"),
        pytest.param("n = 0\ndef f(x):\n    global n\n    n += x != 2\n    return x / 2 + n" + G, id="other each time"),
        pytest.param("def f(x):\n    raise NotImplementedError()" + G, id="not written"),
    ],
)
def test_where_none_is_known_none_is_told(report_on: Callable[[str], Report], code: str) -> None:
    assert said(report_on(code)) == []


def test_an_error_is_shown_with_an_input_that_brings_it(report_on: Callable[[str], Report]) -> None:
    told = said(report_on(WRONG.replace("2 * x", "[0.0, 0.25, 1.0][round(x)]")))
    assert len(told) == 1
    assert told[0] == "Try it: `f` of x = 1 gave 0.25, expected 0.5." or (
        told[0].startswith("Try it: `f` of x = 3 raised IndexError on line 2 of the cell f (")
    )
    told = said(report_on(WRONG.replace("2 * x", "[][0]")))
    assert len(told) == 1
    assert told[0].startswith("Try it: `f` of x = 1 raised IndexError on line 2 of the cell f (`return ")
    assert "list index out of range" in told[0]


@pytest.mark.parametrize(
    "tell",
    ["return max(seen)", "raise ValueError(str(max(seen)))", "return float(open('seen').read())"],
)
def test_a_guest_that_keeps_what_it_was_asked_has_nothing_hidden_to_tell(
    report_on: Callable[[str], Report], tell: str
) -> None:
    keep = "seen.append(x)\n    open('seen', 'w').write(str(max(seen)))"
    report = report_on(f"seen = []\ndef f(x):\n    {keep}\n    if x == 2: return 1.0\n    {tell}{G}")
    assert said(report)
    assert "987" not in words(report)
    assert "493" not in words(report)


def test_it_is_asked_in_a_guest_that_gets_no_hidden_input(
    report_on: Callable[[str], Report], monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: Heard = listen(monkeypatch)
    report_on(WRONG)
    ops = [(each["op"], each.get("args")) for each in heard.requests]
    last_start = max(number for number, (op, _) in enumerate(ops) if op == "cell")
    searched = [arguments for op, arguments in ops[last_start + 1 :] if op == "call"]
    assert len(searched) >= 2
    assert not [each for each in searched if SECRET in each]


@pytest.fixture
def inputs(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many inputs each search asked, as they are made."""
    found: list[int] = []

    def find(*args: Any, **kwargs: Any) -> search.Found:
        found.append((each := search.find_counter_example(*args, **kwargs)).inputs)
        return each

    monkeypatch.setattr(counter_examples, "find_counter_example", find)
    return found


def test_code_of_the_same_form_is_shown_the_same_input_without_a_search(
    report_on: Callable[[str], Report], inputs: list[int]
) -> None:
    code = f"def f(x):\n    y = 7 * x\n    return y if x > 2 else x / 2{G}"
    first = said(report_on(code))
    assert first == ["Try it: `f` of x = 3 gave 21, expected 1.5."]
    assert said(report_on(code.replace("y", "number"))) == first
    assert inputs[0] > inputs[1] == 1


def test_code_of_the_same_form_that_gives_something_else_is_shown_its_own(
    report_on: Callable[[str], Report], inputs: list[int]
) -> None:
    code = f"k = 9\ndef f(x):\n    return k * x if x > 2 else x / 2{G}"
    first, second = said(report_on(code)), said(report_on(code.replace("k = 9", "k = 4 + 7")))
    assert first == ["Try it: `f` of x = 3 gave 27, expected 1.5."]
    assert second == ["Try it: `f` of x = 3 gave 33, expected 1.5."]
    assert min(inputs) > 1


def test_where_nothing_was_found_code_of_the_same_form_is_not_asked_again(
    report_on: Callable[[str], Report], inputs: list[int]
) -> None:
    code = f"def f(x):\n    y = x / 2\n    return y if x < 6 else 0.0{G}"
    assert said(report_on(code)) == []
    assert said(report_on(code.replace("y", "half"))) == []
    assert len(inputs) == 1


def test_a_search_that_had_no_time_says_nothing_of_the_next(
    grader: Grader, server: ForkServer, inputs: list[int], tmp_path: Path
) -> None:
    code = f"import time\ndef f(x):\n    y = x < 5 and time.sleep(0.2)\n    return x / 2 if x < 5 else 0.0{G}"
    impatient = ForkSandbox(server, Limits(call_wall_seconds=5, counter_example_wall_seconds=0.5))
    with Grader(grader.assignment, impatient, show_cells=False) as grader:
        for name in ("y", "z"):
            path = write_notebook(tmp_path / "f.ipynb", notebook_of(grader.assignment, {"f": code.replace("y ", name)}))
            grader.grade(path, "student-001")
    assert len(inputs) >= 2
    assert inputs[0] > 0 < inputs[-1]


@pytest.mark.parametrize("slow", ["import time; time.sleep(0.2)", "while x == 4: pass"])
def test_a_search_ends_when_its_time_is_up(grader: Grader, server: ForkServer, slow: str, tmp_path: Path) -> None:
    # The hidden number is quick, so that nothing has to be stopped before.
    code = f"def f(x):\n    if x < 5:\n        {slow}\n    return x / 2 if x < 5 else 0.0{G}"
    path = write_notebook(tmp_path / "slow.ipynb", notebook_of(grader.assignment, {"f": code}))
    impatient = ForkSandbox(server, Limits(call_wall_seconds=5, counter_example_wall_seconds=0.5))
    with Grader(grader.assignment, impatient, show_cells=False) as grader:
        graded = grader.grade(path, "student-001")
    # A guest that gets no processor has more patience, and killing it takes its time as well.
    assert graded.seconds["counter-examples"] < 2.5
    assert said(graded.report) == []
    assert graded.report.outcome == "ok"


def test_what_was_found_when_its_time_was_up_is_told(grader: Grader, server: ForkServer, tmp_path: Path) -> None:
    code = f"import time\ndef f(x):\n    return x / 2{G} + (time.sleep(0.1) or (x > 2) & (x < 4)) + (x > 900)"
    path = write_notebook(tmp_path / "slow.ipynb", notebook_of(grader.assignment, {"f": code}))
    impatient = ForkSandbox(server, Limits(counter_example_wall_seconds=1))
    with Grader(grader.assignment, impatient, show_cells=False) as grader:
        (told,) = said(grader.grade(path, "student-001").report)
    assert told.startswith("Try it: `g` of x = [")


def test_what_had_to_be_stopped_is_not_asked_again(grader: Grader, tmp_path: Path) -> None:
    code = f"import os\ndef f(x):\n    if x > 5: os._exit(1)\n    return x / 2 if x == 2 else 2 * x{G}"
    path = write_notebook(tmp_path / "stopped.ipynb", notebook_of(grader.assignment, {"f": code}))
    graded = grader.grade(path, "student-001")
    assert said(graded.report) == []
    assert graded.seconds["counter-examples"] < 0.05


def test_nothing_is_loaded_where_nothing_failed(
    report_on: Callable[[str], Report], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counter_examples.CounterExamples, "_entries", property(lambda _: pytest.fail("it was loaded")))
    assert report_on(SOLUTION).score == 10


@pytest.mark.parametrize(
    ("entries", "reason"),
    [
        (ENTRIES.replace("lambda x: x / 2", "lambda x: x / 0", 1), "ZeroDivisionError: float division by zero"),
        (ENTRIES.replace("CounterExample(", "Misspelt("), "NameError"),
    ],
)
def test_a_fault_of_the_entries_costs_nobody_anything_and_is_told_to_staff(
    tmp_path: Path, sandbox: ForkSandbox, entries: str, reason: str
) -> None:
    assignment = make_assignment(tmp_path / "course", entries)
    path = write_notebook(tmp_path / "handed-in.ipynb", notebook_of(assignment, {"f": WRONG}))
    with Grader(assignment, sandbox, show_cells=False) as grader:
        report = grader.grade(path, "student-001").report
    assert report.score == pytest.approx(6.67)
    assert said(report) == []
    assert reason in report.looks[0]
    assert "counter_examples" in report.looks[0]


BUILT_ON = """
import torch
from hypothesis import strategies as st
from autograder.checks import CounterExample

NUMBERS = st.lists(st.sampled_from([1.0, 2.0, 3.0]), min_size=1, max_size=2).map(torch.tensor)
X = st.fixed_dictionaries({"x": NUMBERS})
COUNTER_EXAMPLES = (
    CounterExample("double", "double", X, lambda x: 2 * x),
    CounterExample("double_mean", "double_mean", X, lambda x: 2 * x.mean()),
)
"""


@pytest.mark.parametrize(
    ("double_mean", "is_told"),
    [
        ("mean_of(double(x))", False),  # right, but for what it builds on
        ("mean_of(double(x)) + (len(x) != 3)", False),  # whose mistake would be shown?
        ("2 * mean_of(x) + (len(x) != 3)", True),  # its own alone
    ],
)
def test_no_exercise_is_blamed_for_an_earlier_one(
    tmp_path: Path, sandbox: ForkSandbox, double_mean: str, is_told: bool
) -> None:
    course = make_course(tmp_path / "course")
    (course / "tests" / "hidden" / "tiny" / "counter_examples.py").write_text(BUILT_ON)
    tiny = load_assignment(course, "tiny")
    answers = {
        **RIGHT,
        "double": "def double(x):\n    return 2 * x if x.numel() == 3 else 3 * x",
        "double_mean": f"def double_mean(x):\n    return {double_mean}",
    }
    path = write_notebook(tmp_path / "handed-in.ipynb", notebook_of(tiny, answers))
    with Grader(tiny, sandbox, show_cells=False) as grader:
        report = grader.grade(path, "student-001").report
    told = {each.name: [c.message for c in each.checks if "Try it: " in c.message] for each in report.exercises}
    assert told["double"][0].endswith("Try it: `double` of x = [1] gave [3], expected [2].")
    assert bool(told["double_mean"]) is is_told


def test_hypothesis_leaves_nothing_behind_and_reads_no_sources(
    report_on: Callable[[str], Report], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    search.hypothesis_package()
    from hypothesis.internal.conjecture import providers

    monkeypatch.setattr("hypothesis.configuration.__hypothesis_home_directory", tmp_path / "its-own")
    assert said(report_on(WRONG.replace("2 * x", "5 * x")))  # of a form that no other test has
    assert not (tmp_path / "its-own").exists()
    assert not list(providers._get_local_constants())


# Words.


def entry(called: str = "cost", right: Callable[..., Any] = float, part: str = "") -> CounterExample:
    return CounterExample("f", called, st.just({}), right, part=part)


def test_the_sentence_says_the_input_what_came_back_and_what_is_right() -> None:
    arguments = {"h": torch.tensor([[0.9], [0.2]]), "y": torch.tensor([[1.0], [0.0]])}
    told = gave(entry(), arguments, torch.tensor(0.3285), 0.1643)
    assert told == "Try it: `cost` of h = [0.9, 0.2], y = [1, 0] gave 0.33, expected 0.16."
    told = gave(entry("train", part="the costs"), {"lr": 0.5, "nb_epochs": 1}, [0.6931, 0.6], [0.6931, 0.5])
    assert told == "Try it: `train` of lr = 0.5, nb_epochs = 1 gave the costs [0.69, 0.6], expected [0.69, 0.5]."


@pytest.mark.parametrize(
    ("came_back", "right", "told"),
    [
        (2.0, 4, "gave 2, expected 4"),
        (0.9541, 0.9526, "gave 0.954, expected 0.953"),
        (1.0, 0.9984, "gave 1, expected 0.998"),
        (123.4, 45.6, "gave 123, expected 46"),
        (-0.0, 0.5, "gave 0, expected 0.5"),
        (True, 0.5, "gave 1, expected 0.5"),
        (math.nan, 0.5, "gave NaN, expected 0.5"),
        (-math.inf, 0.5, "gave -infinity, expected 0.5"),
        (1e30, 1e-9, "gave 1e+30, expected 1e-09"),
        (torch.tensor([[True], [False]]), torch.tensor([[0.0], [0.0]]), "gave [1, 0], expected [0, 0]"),
        (torch.tensor([3.0]), torch.tensor([[0.25]]), "gave [3], expected [0.25]"),
        (torch.tensor([3.0]), torch.tensor(0.25), "gave 3, expected 0.25"),
    ],
)
def test_numbers_are_short_and_look_as_different_as_they_are(came_back: Any, right: Any, told: str) -> None:
    assert differs(came_back, right) or right == 1e-9
    assert gave(entry(), {}, came_back, right).endswith(f" {told}.")


@pytest.mark.parametrize(
    "came_back", [None, "0.5", [0.5, 0.5], torch.zeros(2, 2), torch.zeros(1000), {"a": 1}, [[0.5, 1]], [None]]
)
def test_another_type_or_size_is_not_compared(came_back: object) -> None:
    assert differs(came_back, 0.5) is None


@pytest.mark.parametrize("came_back", [0.5, torch.tensor(0.50001), torch.tensor([[0.5]]), [0.5], [torch.tensor([0.5])]])
def test_rounding_and_shape_are_no_difference(came_back: object) -> None:
    assert differs(came_back, 0.5) is False


def test_inputs_are_written_as_a_student_would() -> None:
    arguments = {
        "x": torch.tensor([[1.0, 2.0], [0.0, -1.0]]),
        "W": torch.tensor([[0.1], [0.25]]),
        "b": torch.tensor([3.0]),
        "z": torch.tensor(0.005),
        "n": 4,
        "name": ["a"],
    }
    assert inputs_words(arguments) == "x = [[1, 2], [0, -1]], W = [0.1, 0.25], b = [3], z = 0.005, n = 4, name = [a]"


# Loading, and the audit.


@pytest.mark.parametrize(
    ("entries", "reason"),
    [
        ("COUNTER_EXAMPLES = (1,)", "may hold CounterExample entries only"),
        ("COUNTER_EXAMPLES = 1", "must be a tuple"),
        ("import nowhere", "Install that package"),
        (ENTRIES.replace('CounterExample("f"', 'CounterExample("h"', 1), "the exercise h, which"),
        (ENTRIES.replace('st.fixed_dictionaries({"x": NUMBERS})', '{"x": 1}'), "needs a Hypothesis strategy"),
        (ENTRIES.replace("lambda x: x / 2", "2", 1), "needs functions"),
        (ENTRIES.replace('"f", "f"', '"f", 3'), "the `called` of entry 1 must be a text"),
    ],
)
def test_entries_that_can_t_be_used_are_one_sentence(tmp_path: Path, entries: str, reason: str) -> None:
    with pytest.raises(CourseError, match=reason):
        load_counter_examples(make_assignment(tmp_path, entries))


def test_an_assignment_needs_none(tiny: Assignment, sandbox: ForkSandbox) -> None:
    assert load_counter_examples(tiny) == ()
    assert counter_example_rows(tiny, sandbox) == []


def test_the_audit_asks_the_reference(tmp_path: Path, sandbox: ForkSandbox) -> None:
    wrong = ENTRIES.replace("lambda x: x / 2", "lambda x: x / 4", 1).replace("lambda x: x / 2", "lambda x: [x, x]")
    (row,) = counter_example_rows(make_assignment(tmp_path / "right"), sandbox)
    assert (row.figure, row.problems) == ("2/2", ())
    (row,) = counter_example_rows(make_assignment(tmp_path / "wrong", wrong), sandbox)
    assert row.figure == "0/2"
    assert [each.what for each in row.problems] == [
        "would blame the reference: Try it: `f` of x = 1 gave 0.5, expected 0.25.",
        "compares no answer of the reference",
    ]
