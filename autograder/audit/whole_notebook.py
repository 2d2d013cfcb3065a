"""The audit's first questions: the instructor's own notebook, and the one that students get, each as it is."""

from __future__ import annotations

from autograder.audit.outside import test_cells_row
from autograder.audit.row import Problem, Row
from autograder.course.assignment import Assignment
from autograder.judge.grader import Grader
from autograder.judge.notebook_judge import NotebookJudge
from autograder.sandbox.outcome import Outcome
from autograder.sandbox.sandbox import Sandbox
from autograder.submission.submission import reference_submission, untouched_submission


def whole_notebook_rows(assignment: Assignment, sandbox: Sandbox) -> list[Row]:
    """The reference gets full marks; the untouched release gets none, and all its cells run. Its tests run outside."""
    problems = []
    with Grader(assignment, sandbox) as grader:
        for judge in grader.judges:
            problems += _whole_notebook_problems(judge)
        tests = test_cells_row(grader)
    whole = "reference gets full marks, untouched release gets none"
    return [Row(whole, f"{2 - bool(problems)}/2", tuple(problems)), tests]


def _whole_notebook_problems(judge: NotebookJudge) -> list[Problem]:
    problems = []
    report, _ = judge.judge(reference_submission(judge.assignment))
    for each in report.exercises:
        if each.points < each.max_points and each.graded_by == "checks":
            problems.append(Problem(f"reference, {each.name}", each.message or each.verdict, "Mend it or the check."))
    untouched = untouched_submission(judge.assignment)
    report, runs = judge.judge(untouched)
    if report.score > 0:
        gifts = ", ".join(each.name for each in report.exercises if each.points)
        problems.append(Problem("untouched release", f"gets points for {gifts}", "Make the stub do nothing."))
    # Where a course has no checks of ours, cells that call what is not written yet may fail.
    for cell in untouched.cells if judge.assignment.checks_folder.is_dir() else ():
        run = runs.get(cell.position)
        if run is None or run.outcome is not Outcome.OK:
            what = f"does not run to its end: {run.outcome if run else 'not run'}"
            mend = "Let the cell say what is missing instead."
            problems.append(Problem(f"untouched release, cell {cell.label}", what, mend))
    return problems
