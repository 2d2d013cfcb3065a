"""Proves an assignment before release: right answers pass, wrong ones don't, each check earns its place."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from autograder.audit.counter_examples import counter_example_rows
from autograder.audit.files import catalogue_row, static_rows
from autograder.audit.probes import Answer, AsGraded, Probe, all_probes, answer_all
from autograder.audit.row import Left, Problem, Row
from autograder.audit.stubs import stub_row
from autograder.audit.whole_notebook import whole_notebook_rows
from autograder.checks.catalogue import load_equivalents
from autograder.course.addresses import Addresses
from autograder.course.assignment import Assignment
from autograder.sandbox.sandbox import Sandbox

NAMED_SHARE = 0.85


def audit(
    assignment: Assignment,
    release_folder: Path,
    addresses: Addresses,
    sandbox: Sandbox,
    progress: Callable[[int, int], None],
    quick: bool = False,
    as_graded: AsGraded | None = None,
) -> list[Row]:
    """Runs the whole audit, or with `quick` less of it (`all_probes`).

    Args:
        release_folder: the committed release of the assignment.
        addresses: what was filled into it.
        sandbox: where answers run.
        progress: is told how many of how many probes are done.
        as_graded: how known mistakes are judged; without it like all others.
    """
    rows = [*static_rows(assignment, release_folder, addresses), catalogue_row(assignment)]
    if rows[-1].problems:
        return rows  # what doesn't parse can't be judged
    rows += [*whole_notebook_rows(assignment, sandbox), *counter_example_rows(assignment, sandbox)]
    if not (probes := all_probes(assignment, quick)):  # a course without checks of ours has nothing more to prove
        return rows
    rows.append(stub_row(assignment, sandbox))
    answers = _answers(assignment, probes, sandbox, progress, as_graded)
    answers.sort(key=lambda each: (each.probe.kind, each.probe.exercise, each.probe.id))
    return rows + judge_answers(assignment, answers, quick)


def points_left(
    assignment: Assignment,
    sandbox: Sandbox,
    progress: Callable[[int, int], None],
    as_graded: AsGraded | None = None,
) -> list[Left]:
    """What each known mistake leaves of its exercise's points: exercise by exercise, the dearest mistake first.

    See `audit`.
    """
    probes = [each for each in all_probes(assignment) if each.kind == "misconception"]
    points = {each.name: each.points for each in assignment.exercises}
    order = list(points)
    left = [
        Left(each.probe.exercise, each.probe.id, each.points, points[each.probe.exercise], each.failed_checks)
        for each in _answers(assignment, probes, sandbox, progress, as_graded)
    ]
    return sorted(left, key=lambda each: (order.index(each.exercise), each.points, each.id))


def _answers(
    assignment: Assignment,
    probes: Sequence[Probe],
    sandbox: Sandbox,
    progress: Callable[[int, int], None],
    as_graded: AsGraded | None,
) -> list[Answer]:
    answers = []
    for answer in answer_all(assignment, probes, sandbox, as_graded):
        answers.append(answer)
        progress(len(answers), len(probes))
    return answers


def judge_answers(assignment: Assignment, answers: Sequence[Answer], quick: bool = False) -> list[Row]:
    """The rows about the catalogue, the mutants and, unless `quick` left out what they may be for, the checks."""

    def of_kind(kind: str) -> list[Answer]:
        return [each for each in answers if each.probe.kind == kind]

    return [
        *_misconception_rows(assignment, of_kind("misconception"), of_kind("twins")),
        _alternative_row(assignment, of_kind("alternative")),
        _mutant_row(assignment, of_kind("mutant")),
        _name_row(assignment, [*of_kind("mutant"), *of_kind("other mutant")]),
        *([] if quick else [_check_row(answers)]),
        _crash_row(answers),
    ]


def _misconception_rows(assignment: Assignment, found: list[Answer], twins: list[Answer]) -> list[Row]:
    caught, alone, named, pairs = [], [], [], []
    unnamed = 0
    for each in found:
        where = _where(each.probe)
        if each.points >= assignment.exercise(each.probe.exercise).points:
            caught.append(Problem(where, "loses no points", "Add a check that fails on it, or delete the entry."))
        if each.lost_elsewhere:
            what = f"costs points in {', '.join(each.lost_elsewhere)}"
            alone.append(Problem(where, what, "Its code should break its own exercise only, or a check asks too much."))
        wrong = [name for name in each.named if name != each.probe.id]
        if wrong:
            named.append(Problem(where, f"is named {', '.join(wrong)}", "Make their values differ, or merge them."))
        unnamed += each.probe.id not in each.named
    for each in twins:
        for pair in each.errors:
            pairs.append(
                Problem(
                    f"{each.probe.exercise}: {pair}", "give the same values", "Merge them, or let a check tell them."
                )
            )
    share = 1 - unnamed / max(len(found), 1)
    if share < NAMED_SHARE:
        what = f"only {share:.0%} of the entries are named"
        named.append(Problem("misconceptions", what, f"At least {NAMED_SHARE:.0%} should be: look for twins."))
    total = len(found)
    return [
        Row("misconceptions that lose points in their own exercise", f"{total - len(caught)}/{total}", tuple(caught)),
        Row("misconceptions that lose points nowhere else", f"{total - len(alone)}/{total}", tuple(alone)),
        Row("misconceptions named right, from values alone", f"{share:.1%}", tuple(named)),
        Row("misconceptions with values of their own", f"{total - len(pairs)}/{total}", tuple(pairs)),
    ]


def _alternative_row(assignment: Assignment, found: list[Answer]) -> Row:
    problems = [
        Problem(
            _where(each.probe), "does not get full marks", f"Loosen {', '.join(each.failed_checks) or 'its checks'}."
        )
        for each in found
        if each.points < assignment.exercise(each.probe.exercise).points or each.lost_elsewhere or each.named
    ]
    return Row(
        "right answers in other styles with full marks", f"{len(found) - len(problems)}/{len(found)}", tuple(problems)
    )


def _mutant_row(assignment: Assignment, found: list[Answer]) -> Row:
    equivalents = load_equivalents(assignment)
    problems, killed = [], 0
    for each in found:
        lost = each.points < assignment.exercise(each.probe.exercise).points
        listed = each.probe.id in equivalents
        killed += lost and not listed
        if lost and listed:
            problems.append(Problem(each.probe.id, "is listed as equivalent but loses points", "Take it off the list."))
        elif not lost and not listed:
            mend = "Add a check that catches it, or list it in equivalents.py with a line of reason."
            problems.append(Problem(each.probe.id, "survives", mend))
    known = {each.probe.id for each in found}
    for name in equivalents:
        if name not in known:
            problems.append(Problem(name, "is listed as equivalent but is no mutant", "Take it off the list."))
    counted = len(found) - sum(name in known for name in equivalents)
    return Row(
        "mutants of the reference that lose points, of those not equivalent", f"{killed}/{counted}", tuple(problems)
    )


def _name_row(assignment: Assignment, found: list[Answer]) -> Row:
    """Mutants that lose points: what is named stands where the change was made, and how many have a name."""
    wrong = [each for each in found if each.points < assignment.exercise(each.probe.exercise).points]
    told = [each for each in wrong if each.words]
    problems = [
        Problem(each.probe.id, f"is told: {each.words[0]}", "An edit mends it elsewhere; make its size larger.")
        for each in told
        if each.misplaced
    ]
    share = f"{len(told) - len(problems)}/{len(told)} ({len(told) / max(len(wrong), 1):.0%} named)"
    return Row("mutants of right answers named by what was changed", share, tuple(problems))


def _check_row(answers: Sequence[Answer]) -> Row:
    seen = {name for each in answers for name in each.failed_checks if name != "stopped"}
    needed = {each.failed_checks[0] for each in answers if len(each.failed_checks) == 1}
    problems = [
        Problem(name, "catches nothing that another check does not", "Merge it into another, or add what it is for.")
        for name in sorted(seen - needed)
    ]
    return Row("checks that alone catch something", f"{len(seen & needed)}/{len(seen)}", tuple(problems))


def _crash_row(answers: Sequence[Answer]) -> Row:
    crashed = [each for each in answers if each.probe.kind != "twins" and each.errors]
    problems = [Problem(_where(each.probe), each.errors[0].splitlines()[-1], "Mend the check.") for each in crashed]
    return Row("answers on which no check crashes", f"{len(answers) - len(crashed)}/{len(answers)}", tuple(problems))


def _where(probe: Probe) -> str:
    return probe.id if probe.kind.endswith("mutant") else f"{probe.kind} {probe.exercise}/{probe.id}"
