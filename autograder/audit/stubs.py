"""Proves that a stub which only calls an earlier exercise gets none of the points for that one's work."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from autograder.audit.row import Problem, Row
from autograder.course.assignment import Assignment, Exercise
from autograder.judge.follow_through import may_build_on
from autograder.judge.grader import Grader
from autograder.judge.notebook_judge import NotebookJudge
from autograder.sandbox.sandbox import Sandbox
from autograder.submission.submission import reference_submission

_CALLS = "def {name}(*args, **kwargs):\n    return {other}(*args, **kwargs)\n\n"


def stub_row(assignment: Assignment, sandbox: Sandbox) -> Row:
    """The row about stubs: of each exercise that may build on others, for each of those.

    Those that right code of the other one would help are graded as a student's, with the other one not written.
    """
    problems, pairs = [], 0
    with Grader(assignment, sandbox, verdicts_only=True) as grader:
        for judge in grader.judges:
            for exercise, earlier in _pairs(judge):
                pairs += 1
                if won := judge.beside_references.delegating.won(exercise, earlier.name):
                    problems += _problems(judge, exercise, earlier, len(won))
    title = "stubs that only call an earlier exercise get nothing for it"
    earning = {each.where for each in problems}
    return Row(title, f"{pairs - len(earning)}/{pairs}", tuple(problems))


def _pairs(judge: NotebookJudge) -> Iterator[tuple[Exercise, Exercise]]:
    for exercise in judge.assignment.exercises:
        others = may_build_on(judge.assignment, exercise) if judge.session.checks[exercise.name] else ()
        yield from ((exercise, each) for each in judge.assignment.exercises if each.name in others)


def _problems(judge: NotebookJudge, exercise: Exercise, earlier: Exercise, won: int) -> list[Problem]:
    where = f"{exercise.name}, as {earlier.name}"
    problems = []
    for other in earlier.functions:
        stub = "".join(_CALLS.format(name=name, other=other) for name in exercise.functions)
        sources = {earlier.solution_cell: earlier.stub, exercise.solution_cell: stub}
        submission = reference_submission(judge.assignment)
        cells = tuple(replace(each, source=sources.get(each.solution or "", each.source)) for each in submission.cells)
        report, _ = judge.judge(replace(submission, cells=cells))
        if points := report.exercise(exercise.name).points:
            what = f"gets {points:g} points for calling `{other}`, which is not written"
            problems.append(Problem(where, what, "Add a check that only the exercise's own work passes."))
    declared = exercise.solution.builds_on if exercise.solution else None
    if declared is not None and earlier.solution_cell in declared and won == len(judge.session.checks[exercise.name]):
        what = "declares to build on what could do all its work, so that right code there is no help"
        problems.append(Problem(where, what, "Take it out of `builds_on`, or add a check that tells them apart."))
    return problems
