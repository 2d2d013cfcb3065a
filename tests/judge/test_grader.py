"""From a notebook to points and words: verdicts, weights, and what the student reads."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from helpers import RIGHT, listen, notebook_of, words, write_notebook

from autograder.course.assignment import Assignment
from autograder.judge.grader import Grader
from autograder.judge.unjudged import Graded
from autograder.report.exercise_result import Verdict
from autograder.report.report import Status

Grade = Callable[..., Graded]


HIDDEN_VALUES = ("0.25", "1234.5", "617.375", "1234.75", "-8.5", "17.75", "35.5", "3.25", "6.5")


@pytest.mark.slow
def test_right_answers_get_all_points_and_no_criticism(grade: Grade) -> None:
    report = grade().report
    assert (report.score, report.max_score, report.status, report.outcome) == (20, 20, "graded", "ok")
    assert [each.points for each in report.exercises] == [4, 6, 10]
    assert {check.verdict for each in report.exercises for check in each.checks} == {Verdict.PASSED}
    assert words(report).strip() == ""
    assert report.staff == ()
    assert not report.needs_a_look
    assert set(report.versions) >= {"autograder", "torch", "pytest"}


def test_the_untouched_release_gets_nothing_and_is_told_kindly(grader: Grader, tiny: Assignment, tmp_path: Any) -> None:
    report = grader.grade(write_notebook(tmp_path / "tiny.ipynb", notebook_of(tiny)), "student-001").report
    assert report.score == 0
    assert [each.verdict for each in report.exercises] == [Verdict.SKIPPED] * 3
    assert {each.message for each in report.exercises} == {"You have not written this one yet."}
    assert all(each.checks == () for each in report.exercises)
    assert not report.needs_a_look


def test_points_are_split_over_checks_by_weight(grade: Grade) -> None:
    # wrong for all but one row: `other_shapes` (weight 2 of 4) fails, the two others pass
    flat_only = "def double(x):\n    return 2 * x if x.dim() == 1 else x"
    report = grade({"double": flat_only}).report
    result = report.exercise("double")
    assert (result.points, result.verdict) == (2, Verdict.FAILED)
    assert [check.verdict for check in result.checks] == ["passed", "failed", "passed"]
    assert [check.weight for check in result.checks] == [1, 2, 1]
    assert report.score == 18


WRONG: list[tuple[str, str, float, str]] = [
    # exercise, code, points it still gets, what the words must hold
    ("double", "def double(x):\n    return x", 0, "`double(values)` returned a tensor of shape (3,) in which no"),
    ("double", "def double(x):\n    2 * x", 0, "returned nothing (None)"),
    ("double", "def double(x):\n    return 'text'", 0, "returned text (a str)"),
    ("double", "def double(x):\n    return [2 * v for v in x]", 0, "returned a list of 3 items"),
    ("double", "def double(x):\n    return (2 * x).numpy()", 0, "a NumPy array instead of a tensor"),
    ("double", "def double(x):\n    return (2 * x).sum()", 1, "It should be a tensor of shape (3,)."),
    ("double", "def double(x):\n    return (2 * x).long()", 0, "returned whole numbers (int64)"),
    ("double", "def double(x):\n    return x / 0 * 0", 0, "returned NaN or infinity"),
    ("double", "def double():\n    return 2", 0, "raised TypeError: double() takes 0 positional arguments"),
    ("double", "def double(x):\n    return 2 * z", 0, "on line 2 of the cell double (`return 2 * z`): name 'z'"),
    ("double", "def dubble(x):\n    return 2 * x", 0, "There is no `double` in your notebook. Keep the name"),
    ("double", "double = 7", 0, "`double` is a int at the end of your notebook"),
    ("double", "def double(x)\n    return 2 * x", 0, "`double` does not exist, because its cell raised SyntaxError"),
    ("double", "1 / 0\ndef double(x):\n    return x", 0, "`double(values)` returned a tensor of shape (3,)"),
    ("double", "@(1 / 0)\ndef double(x):\n    return x", 0, "because its cell raised ZeroDivisionError on line 1"),
    ("double", "def double(x):\n    while True: pass", 0, "was stopped: it did not finish in 1.5 seconds. Is"),
    ("double", "def double(x):\n    import os; os._exit(0)", 0, "did not come back: it ended Python itself"),
    ("double", "def double(x):\n    return torch.ones(10**10)", 0, "ran out of memory"),
    ("double", "def double(x):\n    return double(x)", 0, "raised RecursionError"),
    ("double", "def double(x):\n    exit()", 0, "raised SystemExit"),
    ("double", "def double(x):\n    yield 2 * x", 0, "returned a generator, as if there were a `yield`"),
    ("double", "async def double(x):\n    return 2 * x", 0, "returned a coroutine, as if there were an `async`"),
    ("double", "def double(x):\n    return torch.nn.Linear(1, 1)", 0, "returned an nn.Module"),
    ("double", "def double(x):\n    return 2 * x.detach()", 3, "no gradient flows back"),
    ("mean_of", "def mean_of(x):\n    return x.mean()", 0, "It should be a plain Python number (a float)."),
    ("mean_of", "def mean_of(x):\n    return float('nan')", 0, "returned NaN or infinity"),
    ("mean_of", "def mean_of(x):\n    return True", 0, "returned True"),
    ("mean_of", "def mean_of(x):\n    return 10**400", 0, "returned"),
    ("mean_of", "def mean_of(x):\n    return 3.0", 2, "returned a number that is not right"),
    ("mean_of", "class L(float):\n    __eq__ = lambda s, o: True\ndef mean_of(x):\n    return L(1)", 0, "returned 1"),
]  # fmt: skip


@pytest.mark.parametrize(("exercise", "code", "points", "said"), WRONG, ids=[row[1][-32:] for row in WRONG])
def test_a_mistake_costs_its_own_exercise_and_is_explained(
    grade: Grade, exercise: str, code: str, points: float, said: str
) -> None:
    report = grade({exercise: code}).report
    result = report.exercise(exercise)
    assert report.status is Status.GRADED
    assert result.points == points
    assert result.verdict is Verdict.FAILED
    assert said in " ".join(check.message for check in result.checks)
    assert "Traceback" not in words(report)
    assert not [value for value in HIDDEN_VALUES if value in words(report)]
    for other in report.exercises:
        if other.name not in (exercise, "double_mean"):
            assert other.verdict is Verdict.PASSED
    assert report.exercise("double_mean").points == 10, "its own code is right"
    assert report.score == 20 - result.max_points + points
    assert not report.needs_a_look


def test_a_stub_that_only_moved_is_skipped_not_failed(grade: Grade) -> None:
    report = grade({"double": "def double(x):\n    print('thinking')\n    raise NotImplementedError()"}).report
    result = report.exercise("double")
    assert (result.verdict, result.points) == (Verdict.SKIPPED, 0)
    assert result.message.startswith("`double` is not written yet")


def test_needing_an_unwritten_function_is_said_so(grader: Grader, tiny: Assignment, tmp_path: Any) -> None:
    answers = {"double_mean": RIGHT["double_mean"], "mean_of": RIGHT["mean_of"]}
    report = grader.grade(write_notebook(tmp_path / "tiny.ipynb", notebook_of(tiny, answers)), "student-001").report
    assert report.exercise("double").verdict is Verdict.SKIPPED
    assert report.exercise("mean_of").points == 6
    assert report.exercise("double_mean").points == 10
    assert report.exercise("double_mean").follow_through


def test_exceptions_never_carry_hidden_inputs_out(grade: Grade) -> None:
    for code in (
        "def mean_of(x):\n    raise ValueError(f'the inputs are {x.tolist()}')",
        "def mean_of(x):\n    raise type('E' + '_'.join(map(str, x.tolist())), (Exception,), {})",
        "def mean_of(x):\n    return x.tolist()",
        "def mean_of(x):\n    return str(x.tolist())",
        "def mean_of(x):\n    return {v: v for v in x.tolist()}",
        "def mean_of(x):\n    print(x); import warnings; warnings.warn(str(x)); return 0.0",
        "def mean_of(x):\n    return torch.zeros(1234, 5)[:, :0]",
        "def mean_of(x):\n    return type(str(x.tolist()), (torch.nn.Module,), {})()",
    ):
        graded = grade({"mean_of": code})
        assert graded.report.exercise("mean_of").points == 0
        text = words(graded.report) + json.dumps(graded.notebook)
        assert not [value for value in HIDDEN_VALUES if value in text], code


def test_messages_on_the_notebooks_own_inputs_show_what_came_back(grade: Grade) -> None:
    report = grade({"mean_of": "def mean_of(x):\n    return x.sum().item() + 0.125"}).report
    public, *fresh = report.exercise("mean_of").checks
    assert public.message == (
        "`mean_of(values)` returned 9.125. It should be the sum over the count. How many are there?"
    )
    assert all("a number that is not right" in check.message for check in fresh if check.message)


@pytest.mark.slow
def test_a_stop_in_one_check_skips_the_rest_of_that_exercise_alone(
    grade: Grade, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = listen(monkeypatch)
    report = grade(
        {"double": "def double(x):\n    while True: pass", "double_mean": "def double_mean(x):\n    return 1"}
    ).report
    result = report.exercise("double")
    assert [check.verdict for check in result.checks] == ["failed", "skipped", "skipped"]
    assert result.checks[0].message.startswith("`double` was stopped")
    assert [check.message for check in result.checks[1:]] == ["Not tried, for the same reason."] * 2
    assert report.exercise("mean_of").points == 6
    assert [stop.value for stop in heard.stops] == [1.5, 0.5], "the whole limit once; less when it is to be mended"


def test_a_module_from_before_a_restart_is_never_used_after_it(grade: Grade) -> None:
    report = grade({"double": "def double(x):\n    import os; os._exit(1)"}).report
    assert report.exercise("mean_of").points == 6
    assert not report.needs_a_look


def test_grading_twice_gives_the_same_report_but_for_the_time(grade: Grade) -> None:
    answers = {
        "double": "def double(x):\n    return x + torch.rand(1)",
        "mean_of": "import random\ndef mean_of(x): return random.random()",
    }
    first, second = grade(answers).report.to_dict(), grade(answers).report.to_dict()
    first.pop("seconds"), second.pop("seconds")
    assert first == second


def test_what_one_submission_did_is_gone_for_the_next(grade: Grade) -> None:
    assert grade(extra={"setup": "torch.Tensor.__mul__ = torch.Tensor.__rmul__ = None"}).report.score < 20
    assert grade(extra={"setup": "import builtins\nbuiltins.len = builtins.isinstance = None"}).report.score <= 20
    assert grade().report.score == 20


def test_a_fault_of_the_grader_is_reported_and_graded_again_later(
    grader: Grader, tiny: Assignment, make_notebook: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(grader.session, "run", broken)
    graded = grader.grade(write_notebook(tmp_path / "tiny.ipynb", make_notebook()), "student-001")
    report = graded.report
    assert report.status is Status.GRADER_ERROR
    assert report.needs_a_look
    assert [each.verdict for each in report.exercises] == [Verdict.ERROR] * 3
    assert "no space left on device" in report.staff[0]
    assert "no space" not in words(report) + json.dumps(graded.notebook)
    assert report.message.startswith("Something went wrong on our side")


def test_another_notebook_is_judged_and_student_and_staff_are_told(grade: Grade, tmp_path: Path) -> None:
    cells = [nbformat.v4.new_code_cell(f"step_{number} = {number}") for number in range(30)]
    cells.append(nbformat.v4.new_code_cell(RIGHT["double"]))
    path = write_notebook(tmp_path / "tiny.ipynb", nbformat.v4.new_notebook(cells=cells))
    report = grade(path).report
    assert (report.status, report.score) == ("graded", 4)
    assert report.message.startswith(
        "This is probably another notebook: of the 12 cells that you were given, 1 is in it. "
    )
    assert report.looks == ("It is probably another notebook: of the 12 cells of the release, 1 is in it",)
    assert report.exercise("mean_of").message == "Its cell is missing in what you handed in."
    assert grade({"mean_of": "raise NotImplementedError()"}).report.looks == ()


def test_staff_look_at_files_that_were_left_out_where_points_were_lost(
    grader: Grader, make_notebook: Callable[..., Any], tmp_path: Path
) -> None:
    for name, answers, has_lost in (("right", {}, False), ("wrong", {"double": "def double(x): return x"}, True)):
        write_notebook(tmp_path / name / "tiny.ipynb", make_notebook(answers))
        with (tmp_path / name / "data\n.bin").open("wb") as file:
            file.truncate(17 << 20)
        report = grader.grade(tmp_path / name, name).report
        told = "data�.bin (17 MB) was left out: a file beside the notebook may have 5 MB."
        assert report.repairs == (told,)
        assert report.looks == (
            (f"Points were lost, and files that were handed in were left out: {told.removesuffix('.')}",)
            if has_lost
            else ()
        )
