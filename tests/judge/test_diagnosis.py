"""What a mistake is called: the catalogue's words with their place where they fit, else what mending found."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from helpers import listen, notebook_of, words, write_notebook

from autograder.checks.mended import Mend, Place
from autograder.course.assignment import Assignment
from autograder.judge.diagnosis import home_cells, told
from autograder.judge.grader import Grader
from autograder.judge.memory import MemoryFile
from autograder.judge.naming import Namer
from autograder.judge.unjudged import Graded
from autograder.report.exercise_result import ExerciseResult
from autograder.report.report import Report
from autograder.sandbox.cell_run import RunCell
from autograder.sandbox.forked import ForkSandbox
from autograder.sandbox.limits import Limits
from autograder.sandbox.server import ForkServer

Grade = Callable[..., Report]
# Counter-examples go by names, and are no matter here.
QUICK = Limits(
    cell_wall_seconds=1.5,
    call_wall_seconds=0.5,
    patience_wall_seconds=0.5,
    mend_cpu_seconds=4.0,
    counter_example_wall_seconds=1e-6,
)


def grade_with(grader: Grader, tiny: Assignment, tmp_path: Path) -> Grade:
    def grade(answers: dict[str, str] | None = None, **more: Any) -> Report:
        notebook = notebook_of(tiny, {**RIGHT, **(answers or {})}, **more)
        graded: Graded = grader.grade(write_notebook(tmp_path / "tiny.ipynb", notebook), "student-001")
        return graded.report

    return grade


RIGHT = {
    "double": "def double(x):\n    return 2 * x",
    "mean_of": "def mean_of(x):\n    return x.mean().item()",
    "double_mean": "def double_mean(x):\n    return mean_of(double(x))",
}


@pytest.fixture(scope="module")
def graders(tiny: Assignment, server: ForkServer) -> Iterator[tuple[Grader, Grader]]:
    """One that mends, and one that doesn't."""
    limits = (QUICK, replace(QUICK, mend_cpu_seconds=0.0))
    with Grader(tiny, ForkSandbox(server, limits[0])) as one, Grader(tiny, ForkSandbox(server, limits[1])) as other:
        yield one, other


@pytest.fixture
def mending(graders: tuple[Grader, Grader], tiny: Assignment, tmp_path: Path) -> Grade:
    return grade_with(graders[0], tiny, tmp_path)


@pytest.fixture
def plain(graders: tuple[Grader, Grader], tiny: Assignment, tmp_path: Path) -> Grade:
    return grade_with(graders[1], tiny, tmp_path)


def test_a_known_mistake_is_told_in_the_catalogues_words_with_its_place(mending: Grade) -> None:
    for code, line in (
        ("def double(x):\n    return x ** 2", 2),
        ("def double(v):\n    # mine\n\n    return v ** 2", 4),
    ):
        result = mending({"double": code}).exercise("double")
        assert result.misconceptions == ("square-for-double",)
        assert result.message == f"In line {line} of your cell: That is the square: multiply by 2."


def test_what_is_alike_in_values_and_mended_otherwise_is_told_as_it_was_mended(mending: Grade) -> None:
    # The same numbers as the entry `sum-for-mean`, from another slip.
    code = "def mean_of(x):\n    total = 0.0\n    for one in x:\n        total += one.item()\n    return total"
    result = mending({"mean_of": code}).exercise("mean_of")
    assert result.misconceptions == ("mended:per-row-missing",)
    assert result.message.endswith("` is not divided by the number of rows.")


def test_an_unknown_mistake_is_told_as_it_was_mended(mending: Grade) -> None:
    result = mending({"double": "def double(x):\n    y = 3 * x\n    return y"}).exercise("double")
    assert result.misconceptions == ("mended:number",)
    assert result.message == "In line 2 of your cell, the number in `3` is not the right one."


def test_without_time_for_mending_the_catalogue_speaks_alone(plain: Grade, monkeypatch: pytest.MonkeyPatch) -> None:
    heard = listen(monkeypatch)
    known = plain({"double": "def double(x):\n    return x ** 2"}).exercise("double")
    assert (known.misconceptions, known.message) == (("square-for-double",), "That is the square: multiply by 2.")
    unknown = plain({"double": "def double(x):\n    return 3 * x"}).exercise("double")
    assert unknown.misconceptions == ()
    assert not [each for each in heard.requests if each["op"] == "mend"]


def test_the_same_code_with_other_names_is_answered_from_memory_with_its_own_places(
    mending: Grade, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = mending({"double": "def double(x):\n    result = 5 * x\n    return result"}).exercise("double")
    assert first.message == "In line 2 of your cell, the number in `5` is not the right one."
    heard = listen(monkeypatch)
    other = "# my own\n\ndef double(mine):\n    # twice each\n    größe = 5*mine\n    return größe"
    again = mending({"double": other}).exercise("double")
    assert not [each for each in heard.requests if each["op"] == "mend"]
    assert again.message == "In line 5 of your cell, the number in `5` is not the right one."
    assert [[(each.line, each.last_line) for each in one.places] for one in (first, again)] == [[(2, 2)], [(5, 5)]]
    other_number = mending({"double": "def double(x):\n    result = 7 * x\n    return result"}).exercise("double")
    assert [each for each in heard.requests if each["op"] == "mend"]
    assert "`7`" in other_number.message


SQUARE = ("def double(x):\n    return x ** 2", "def double(value):\n    # mine\n    return value ** 2")


@pytest.mark.parametrize("mend_cpu_seconds", [4.0, 0.0], ids=["with mending", "without"])
def test_what_one_worker_has_found_another_tells_without_running_known_mistakes(
    tiny: Assignment, server: ForkServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mend_cpu_seconds: float
) -> None:
    sandbox = ForkSandbox(server, replace(QUICK, mend_cpu_seconds=mend_cpu_seconds))
    memory = MemoryFile(tmp_path / "known.jsonl", "1")
    with Grader(tiny, sandbox, memory=memory) as one, Grader(tiny, sandbox, memory=memory) as other:
        first = grade_with(one, tiny, tmp_path)({"double": SQUARE[0]}).exercise("double")
        monkeypatch.setattr(Namer, "_calls", lambda *_: pytest.fail("a known mistake is run"))
        again = grade_with(other, tiny, tmp_path)({"double": SQUARE[1]}).exercise("double")
    assert first.misconceptions == again.misconceptions == ("square-for-double",)
    place, other_place = ("In line 2 of your cell: ", "In line 3 of your cell: ") if mend_cpu_seconds else ("", "")
    assert first.message == f"{place}That is the square: multiply by 2."
    assert again.message == f"{other_place}That is the square: multiply by 2."


def test_a_mistake_that_the_catalogue_has_no_more_is_looked_for_again(
    tiny: Assignment, server: ForkServer, tmp_path: Path
) -> None:
    path, sandbox = tmp_path / "known.jsonl", ForkSandbox(server, replace(QUICK, mend_cpu_seconds=0.0))
    for _ in range(2):
        with Grader(tiny, sandbox, memory=MemoryFile(path, "1")) as grader:
            found = grade_with(grader, tiny, tmp_path)({"double": SQUARE[0]}).exercise("double")
        assert found.misconceptions == ("square-for-double",)
        text = path.read_text()
        assert text.count('"square-for-double"') == 1
        path.write_text(text.replace("square-for-double", "given-up"))


WRONG = {
    "mended": {
        "double": "def double(x):\n    return 4 * x",
        "mean_of": "def mean_of(x):\n    return x.median().item()",
    },
    "known": {"double": "def double(x):\n    return x ** 2"},
    "two functions": {
        "double": "def double(x):\n    return x - 2",
        "double_mean": "def double_mean(x):\n    return 7.0",
    },
    "raises": {"mean_of": "def mean_of(x):\n    return x.maen().item()"},
    "stops": {"mean_of": "def mean_of(x):\n    import os; os._exit(1)"},
    "not called right": {"double": "def double(x, y):\n    return 2 * x * y"},
    "no code": {"double": "def double(x:\n    return"},
}


def without_names(report: Report) -> list[ExerciseResult]:
    """The exercises without what mending is for."""
    return [replace(each, misconceptions=(), message="", answers="", places=()) for each in report.exercises]


@pytest.mark.parametrize("name", WRONG)
def test_mending_changes_names_and_messages_and_nothing_else(mending: Grade, plain: Grade, name: str) -> None:
    one, other = mending(WRONG[name]), plain(WRONG[name])
    assert without_names(one) == without_names(other)
    for field in ("score", "status", "outcome", "repairs", "message", "looks", "staff", "isolation"):
        assert getattr(one, field) == getattr(other, field), field


IS_MENDED = """
import sys
def is_mended():
    frame = sys._getframe()
    while frame:
        if frame.f_code.co_filename.endswith("mending.py"):
            return True
        frame = frame.f_back
"""
SAY = """
import os, stat, struct
def say(text):
    for number in range(64):
        try:
            if stat.S_ISSOCK(os.fstat(number).st_mode):
                os.write(number, struct.pack("<II", len(text), 0) + text)
        except OSError:
            pass
"""
HOSTILE = {
    "ends Python": "import os; os._exit(3)",
    "kills itself": "import os; os.kill(os.getpid(), 9)",
    "sleeps": "import time; time.sleep(60)",
    "swallows what ends it": "\n".join(
        [
            "while True:",
            "            try:",
            "                while True: pass",
            "            except BaseException: pass",
        ]
    ),
    "prints for ever": "while True: print('x' * 1000)",
    "fills the memory": "y = [bytearray(1 << 26) for _ in range(1000)]",
    "answers nonsense": "say(b'no json')",
    "answers lists": "say(b'[1, 2]')",
    "answers for the workbench": 'say(b\'{"sequence": 9, "edits": [[["a"], 1, [], null]]}\')',
    "hangs up": "import os; [os.close(each) for each in range(3, 64)]",
    "takes the workbench apart": "sys.modules['autograder.sandbox.inside.mending'].all_edits = lambda *_: 1 / 0",
    "lies about the edits": "sys.modules['autograder.sandbox.inside.mending'].Workbench._listed = "
    "lambda *_: [[{}, 1, [], None]]",
    "lies about the places": "sys.modules['autograder.sandbox.inside.mending']._place = lambda *_: [0, 9**9, 0, 1, {}]",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_student_code_does_while_it_is_mended_costs_no_points_and_touches_no_other_exercise(
    mending: Grade, plain: Grade, name: str
) -> None:
    code = f"{IS_MENDED}{SAY}\ndef double(x):\n    if is_mended():\n        {HOSTILE[name]}\n    return 3 * x"
    answers = {"double": code, "mean_of": "def mean_of(x):\n    return x.sum().item() / 7"}
    one, other = mending(answers), plain(answers)
    assert one.status == "graded"
    assert without_names(one) == without_names(other)
    assert one.exercise("double_mean").points == 10
    assert (one.outcome, one.looks, one.staff) == (other.outcome, other.looks, other.staff)
    assert one.exercise("mean_of").misconceptions, "it is mended as if nothing had happened"
    assert "Traceback" not in words(one)


def mend_at(kind: str, line: int, column: int = 4, size: int = 10, cell: int = 0) -> Mend:
    return Mend(kind, size, (Place(cell, line, column, line, column + 1),))


SOURCES = ("a = b\nc = d\nc = d",)


def test_ways_that_say_the_same_are_told_once_with_either_line() -> None:
    found = told([(mend_at("wrong-name", 2),), (mend_at("wrong-name", 3),)], SOURCES)
    assert found is not None
    assert found.ids == ("mended:wrong-name",)
    assert found.message.startswith("In line 2 or 3 of your cell, `d` is not the variable")
    assert [each.line for each in found.places] == [2, 3]


def test_ways_that_say_different_things_of_one_line_tell_the_line_alone() -> None:
    found = told([(mend_at("wrong-name", 2),), (mend_at("minus-missing", 2),)], SOURCES)
    assert found is not None
    assert found.ids == ()
    assert found.message == "In line 2 of your cell, there is a mistake: what follows from it is wrong."
    assert [each.line for each in found.places] == [2]


def test_ways_that_say_different_things_of_several_lines_tell_nothing() -> None:
    assert told([(mend_at("wrong-name", 2),), (mend_at("minus-missing", 3),)], SOURCES) is None
    both = (mend_at("minus-missing", 1), mend_at("wrong-name", 2))
    assert told([(mend_at("wrong-name", 2),), both], SOURCES) is None
    assert told([], SOURCES) is None


def test_two_mistakes_get_two_names() -> None:
    found = told([(mend_at("minus-missing", 1), mend_at("wrong-name", 2))], SOURCES)
    assert found is not None
    assert found.ids == ("mended:minus-missing", "mended:wrong-name")
    assert found.message.startswith("Two mistakes come together here.")


def test_too_early_and_too_late_are_one_thing_said_in_two_ways() -> None:
    found = told([(mend_at("too-early", 2),), (mend_at("too-late", 2),)], SOURCES)
    assert found is not None
    assert found.ids == ("mended:too-early",)


def test_the_cells_of_an_exercise_are_its_own_and_those_that_define_its_functions(tiny: Assignment) -> None:
    cells = [
        RunCell("cell 1", "x = 1", None, 0),
        RunCell("cell 2", "def double(x):\n    return x", None, 1),
        RunCell("double", "# it is above", "double", 2),
        RunCell("cell 4", "def other(x):\n    return double(x)", None, 3),
        RunCell("show", "def double(x): ...", None, 4, show=True),
    ]
    assert home_cells(tiny.exercise("double"), cells) == ("def double(x):\n    return x", "# it is above")


@pytest.mark.parametrize(("stopped", "searches"), [(False, 1), (True, 2)], ids=["to its end", "broken off"])
def test_that_nothing_mends_is_kept_only_of_a_search_that_came_to_its_end(
    mending: Grade, monkeypatch: pytest.MonkeyPatch, stopped: bool, searches: int
) -> None:
    asked = []

    def search(patient: Any) -> tuple[()]:
        asked.append(patient)
        patient.run.stops += ["timed_out"] * stopped
        return ()

    monkeypatch.setattr("autograder.judge.diagnosis.mend", search)
    for name in ("value", "number"):
        mending({"double": f"def double({name}):\n    return 7 * {name} + {1 + stopped}"})
    assert len(asked) == searches
