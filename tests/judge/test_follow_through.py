"""Only the exercise whose own code is wrong loses points, and nothing of the second judging is shown."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from helpers import listen

from autograder.course.assignment import Assignment
from autograder.judge.follow_through import with_references
from autograder.judge.unjudged import Graded
from autograder.report.exercise_result import Verdict
from autograder.sandbox.cell_run import RunCell

WRONG_DOUBLE = "def double(x):\n    return 3 * x"


def test_an_exercise_with_right_code_keeps_its_points_when_an_earlier_one_is_wrong(
    grade: Callable[..., Graded], tiny: Assignment
) -> None:
    report = grade({"double": WRONG_DOUBLE}).report
    result = report.exercise("double_mean")
    assert result.points == result.max_points
    assert result.follow_through
    assert result.verdict is Verdict.PASSED
    assert "`double` is not right yet" in result.message
    assert report.exercise("double").points < tiny.exercise("double").points
    assert not report.exercise("double").follow_through
    assert not report.exercise("mean_of").follow_through


def test_an_exercise_builds_on_reference_code_when_earlier_ones_are_missing(grade: Callable[..., Graded]) -> None:
    stub = "def {}(x):\n    # YOUR CODE HERE\n    raise NotImplementedError()"
    report = grade({"double": stub.format("double"), "mean_of": stub.format("mean_of")}).report
    result = report.exercise("double_mean")
    assert result.points == result.max_points
    assert "`double` and `mean_of` are not right yet" in result.message


def test_an_exercise_that_is_wrong_itself_gains_nothing(grade: Callable[..., Graded]) -> None:
    report = grade({"double": WRONG_DOUBLE, "double_mean": "def double_mean(x):\n    return mean_of(x)"}).report
    assert report.exercise("double_mean").points == 0
    assert not report.exercise("double_mean").follow_through


def test_an_exercise_is_not_blamed_for_what_an_earlier_one_gives(grade: Callable[..., Graded]) -> None:
    """`double` gives text, which `mean_of` can't take; the exercise's own mistake is another one."""
    triple = "def double_mean(x):\n    return 3 * mean_of(double(x))"
    report = grade({"double": "def double(x):\n    return 'text'", "double_mean": triple}).report
    messages = [check.message for check in report.exercise("double_mean").checks]
    assert messages[0] == "Where `double` is right, `double_mean` gives another answer than it should."
    assert "AttributeError" not in "".join(messages)


def test_a_mistake_that_has_nothing_to_do_with_an_earlier_one_keeps_its_words(grade: Callable[..., Graded]) -> None:
    report = grade({"double": WRONG_DOUBLE, "double_mean": "def double_mean(x):\n    return [mean_of(x)]"}).report
    assert report.exercise("double_mean").message.startswith("`double_mean(values)` returned a list of 1 item.")


def test_a_wrong_later_exercise_is_no_reason_to_judge_an_earlier_one_again(grade: Callable[..., Graded]) -> None:
    report = grade({"double_mean": "def double_mean(x):\n    return 0.0"}).report
    assert [each.follow_through for each in report.exercises] == [False, False, False]
    assert report.exercise("double").verdict is Verdict.PASSED


def test_an_exercise_can_not_borrow_its_own_reference(grade: Callable[..., Graded]) -> None:
    """Neither as a global, nor from any function that the garbage collector knows."""
    thief = (
        "def double_mean(x):\n"
        "    import gc\n"
        "    for each in gc.get_objects():\n"
        "        code = getattr(each, '__code__', None)\n"
        "        if getattr(each, '__name__', '') == 'double_mean' and code is not double_mean.__code__:\n"
        "            return each(x)\n"
        "    return -1.0"
    )
    report = grade({"double": WRONG_DOUBLE, "double_mean": thief}).report
    assert report.exercise("double_mean").points == 0


def test_nothing_that_the_second_judging_says_is_in_the_report_or_the_notebook(
    grade: Callable[..., Graded], tiny: Assignment
) -> None:
    """Where the reference of an earlier exercise runs, student code can read it; so its words must not come out."""
    teller = (
        "def double_mean(x):\n"
        "    text = get_ipython().compile and ''\n"
        "    import linecache\n"
        "    for lines in linecache.cache.values():\n"
        "        text += ' '.join(lines[2]) if len(lines) > 2 else ''\n"
        "    print('LEAK ' + text)\n"
        "    raise ValueError('LEAK ' + text)"
    )
    graded = grade({"double": WRONG_DOUBLE, "double_mean": teller})
    reference = next(line.strip() for line in tiny.exercise("double").reference.splitlines() if "return" in line)
    everything = graded.report.to_json() + str(graded.notebook)
    assert reference not in everything


def test_a_replaced_cell_that_also_defines_another_exercise_still_runs(tiny: Assignment) -> None:
    both = "def double(x):\n    return 0\n\ndef mean_of(x):\n    return x.mean().item()"
    cells = (RunCell("double", both, "double", 3), RunCell("show", "print(1)", None, 4, show=True))
    chosen = with_references(cells, tiny, frozenset({"double"}))
    sources = [cell.source for cell in chosen]
    assert sources[0] == both
    assert sources[1:] == [tiny.exercise("double").reference] * 2
    assert [cell.position for cell in chosen] == [0, 1, 2]


@pytest.mark.slow
def test_a_cell_that_had_to_be_stopped_is_not_run_again(
    grade: Callable[..., Graded], monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = listen(monkeypatch)
    loop = WRONG_DOUBLE + "\nwhile True:\n    pass"
    report = grade({"double": loop}).report
    assert report.exercise("double_mean").follow_through
    assert report.exercise("double_mean").verdict is Verdict.PASSED
    assert [each["source"] for each in heard.requests if each["op"] == "cell"].count(loop) == 1
    assert len(heard.stops) == 1
