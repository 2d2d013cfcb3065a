"""The audit's questions to the grader: known answers, right and wrong, and what the checks make of each."""

from __future__ import annotations

import concurrent.futures
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from autograder.audit.mutants import Change, Mutant, make_mutants
from autograder.audit.named import OF_ALTERNATIVES, OF_PAIRS, mutants_of_alternatives, pairs_of_mutants, touches
from autograder.batch.processes import worker_processes
from autograder.checks.catalogue import load_alternatives, load_equivalents, load_misconceptions
from autograder.course.assignment import Assignment, Exercise
from autograder.judge.grader import Grader
from autograder.judge.memory import MemoryFile
from autograder.judge.naming import same_traces
from autograder.judge.points import exercise_result
from autograder.judge.runs import reference_run
from autograder.judge.session import CheckSession
from autograder.report.exercise_result import Verdict
from autograder.report.report import Report
from autograder.sandbox.cell_run import RunCell
from autograder.sandbox.notebook_run import NotebookRun
from autograder.sandbox.outcome import GuestStopped
from autograder.sandbox.sandbox import Sandbox
from autograder.submission.submission import Submission, reference_submission

_QUICK_STEP = 6
_QUICK_COUNTS = (5, 3)  # of mutants of right answers, and of those with two changes


@dataclass(frozen=True)
class Probe:
    """One question: the notebook with `code` as the solution of `exercise`.

    Attributes:
        kind: "misconception", "alternative", "mutant" (of the reference), "other mutant" (of an alternative, or with
            two changes), or "twins": entries of one exercise that can't be told apart.
        changed: of a mutant, where.
    """

    kind: str
    exercise: str
    id: str
    code: str = ""
    changed: tuple[Change, ...] = ()


@dataclass(frozen=True)
class Answer:
    """What came of a probe.

    Attributes:
        points: of its own exercise.
        lost_elsewhere: other exercises that lost points.
        named: ids of the misconceptions that were named, in any exercise.
        failed_checks: ids of the checks of its own exercise that did not pass.
        errors: tracebacks of checks that crashed; for "twins", pairs of ids.
        words: all that a student would be told.
        misplaced: whether a mutant's name is told of a place where nothing was changed.
    """

    probe: Probe
    points: float = 0.0
    lost_elsewhere: tuple[str, ...] = ()
    named: tuple[str, ...] = ()
    failed_checks: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    misplaced: bool = False


@dataclass(frozen=True)
class AsGraded:
    """How known mistakes are judged so that grading need not look for what mends them again.

    Attributes:
        sandbox: with all the time that a search has when students are graded.
        memory: where the course keeps what is found.
    """

    sandbox: Sandbox
    memory: MemoryFile


def all_probes(assignment: Assignment, quick: bool = False) -> list[Probe]:
    """Every entry of the catalogue, every mutant, and one question for twins an exercise that has hidden checks.

    `quick` leaves out five of six mutants, always the same ones, and most of those that only prove names.
    """
    with CheckSession(assignment) as session:
        checked = [each for each in assignment.exercises if session.checks[each.name]]
    probes = [Probe("twins", each.name, "") for each in checked]
    probes += [Probe("misconception", m.exercise, m.id, m.code) for m in load_misconceptions(assignment)]
    probes += [Probe("alternative", a.exercise, a.id, a.code) for a in load_alternatives(assignment)]
    for exercise in checked:
        made = make_mutants(exercise.name, exercise.reference, assignment.module_names)
        listed = load_equivalents(assignment) if quick else ()
        kept = [each for i, each in enumerate(made) if not quick or i % _QUICK_STEP == 0 or each.id in listed]
        probes += [_probe("mutant", each) for each in kept]
    most = _QUICK_COUNTS if quick else (OF_ALTERNATIVES, OF_PAIRS)
    others = [
        *mutants_of_alternatives(assignment, checked, most[0]),
        *pairs_of_mutants(assignment, checked, most[1]),
    ]
    return [*probes, *(_probe("other mutant", each) for each in others)]


def _probe(kind: str, mutant: Mutant) -> Probe:
    return Probe(kind, mutant.exercise, mutant.id, mutant.code, mutant.changed)


def answer_all(
    assignment: Assignment, probes: Sequence[Probe], sandbox: Sandbox, as_graded: AsGraded | None = None
) -> Iterator[Answer]:
    """Answers probes on all cores, in the order in which they end.

    Args:
        as_graded: for known mistakes; without it they are answered like all others, and nothing is kept.
    """
    sandbox.wait_until_ready()
    with worker_processes(len(os.sched_getaffinity(0)), _start, (assignment, sandbox, as_graded)) as pool:
        for future in concurrent.futures.as_completed([pool.submit(_answer, probe) for probe in probes]):
            yield future.result()


@dataclass
class _Worker:
    """What one process keeps between probes: graders, and reference notebooks running for mutants, by their names.

    Attributes:
        of_known: grades known mistakes, `grader` all else.
    """

    assignment: Assignment
    grader: Grader
    of_known: Grader
    references: dict[str, NotebookRun]

    def reference(self, exercise: Exercise) -> NotebookRun:
        """The reference notebook that the exercise is in."""
        return self.references[exercise.notebook]


_worker: _Worker | None = None


def _start(assignment: Assignment, sandbox: Sandbox, as_graded: AsGraded | None) -> None:
    global _worker
    references = {each.notebook_name: reference_run(each, sandbox) for each in assignment.notebooks}
    grader = Grader(assignment, sandbox)
    of_known = grader if as_graded is None else Grader(assignment, as_graded.sandbox, memory=as_graded.memory)
    _worker = _Worker(assignment, grader, of_known, references)


def _answer(probe: Probe) -> Answer:
    assert _worker is not None, "_start() comes first"
    if probe.kind == "twins":
        return _twins(_worker, probe)
    if probe.kind.endswith("mutant"):
        return _mutant(_worker, probe)
    part = _worker.assignment.part_of(probe.exercise)
    grader = _worker.of_known if probe.kind == "misconception" else _worker.grader
    report, _ = grader.judge_of(probe.exercise).judge(substituted(part, probe.exercise, probe.code))
    return _from_report(probe, report)


def substituted(assignment: Assignment, exercise: str, code: str) -> Submission:
    """The instructor's notebook with other code for one exercise, without cells that only show things."""
    whole, own = reference_submission(assignment), assignment.exercise(exercise).solution_cell
    cells = [replace(cell, source=code) if cell.solution == own else cell for cell in whole.cells if not cell.show]
    return replace(whole, cells=tuple(cells))


def _from_report(probe: Probe, report: Report) -> Answer:
    own = report.exercise(probe.exercise)
    texts = [own.message, *(check.message for check in own.checks)]
    return Answer(
        probe,
        points=own.points,
        lost_elsewhere=tuple(
            each.name
            for each in report.exercises
            if each.name != own.name and each.points < each.max_points and each.verdict is not Verdict.BY_HAND
        ),
        named=tuple(name for each in report.exercises for name in each.misconceptions),
        failed_checks=tuple(check.id for check in own.checks if check.verdict is not Verdict.PASSED),
        errors=report.staff,
        words=tuple(text for text in texts if text),
    )


def _mutant(worker: _Worker, probe: Probe) -> Answer:
    exercise = worker.assignment.exercise(probe.exercise)
    reference, diagnoser = worker.reference(exercise), worker.grader.judge_of(exercise.name).diagnoser
    try:
        reference.redefine(exercise.name, exercise.functions, probe.code)
        check_runs = worker.grader.session.run(reference, frozenset({exercise.name}))
        result = exercise_result(exercise, check_runs)
        found = None
        if result.verdict is Verdict.FAILED:
            cell = RunCell(exercise.name, probe.code, exercise.name, 0)
            diagnoser.begin()
            found = diagnoser.diagnose(exercise, check_runs, reference, [cell])
    except GuestStopped:
        return Answer(probe, failed_checks=("stopped",))
    finally:
        # The next mutant may be of another exercise; a guest that was stopped starts as the reference anyway.
        reference.redefine(exercise.name, exercise.functions, exercise.reference)
    return Answer(
        probe,
        points=result.points,
        named=found.ids if found is not None else (),
        misplaced=found is not None and bool(found.ways) and not touches(found.ways, probe.changed),
        words=(found.message,) if found is not None else (),
        failed_checks=tuple(one.result.id for one in check_runs if one.result.verdict is not Verdict.PASSED),
        errors=tuple(one.trace for one in check_runs if one.result.verdict is Verdict.ERROR),
    )


def _twins(worker: _Worker, probe: Probe) -> Answer:
    traces = list(worker.grader.judge_of(probe.exercise).diagnoser.namer.traces(probe.exercise).items())
    pairs = [
        f"{one} and {other}"
        for index, (one, trace) in enumerate(traces)
        for other, again in traces[index + 1 :]
        if same_traces(trace, again)
    ]
    return Answer(probe, errors=tuple(pairs))
