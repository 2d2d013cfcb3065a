"""From a failed exercise to the name of its mistake: found by mending, told in the catalogue's words where they fit.

What mends is proof, and goes before what is alike in the catalogue. An entry's sentence is used where its own code is
mended by an edit of the same kind, or where nothing mends.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

from autograder.checks import mended
from autograder.checks.catalogue import Misconception, load_misconceptions
from autograder.checks.mended import Mend, Place
from autograder.course.assignment import Assignment, Exercise
from autograder.judge.check_runs import CheckRun
from autograder.judge.form import Form, digest, form_of
from autograder.judge.likeness import answers_of
from autograder.judge.memory import Finding, Memory
from autograder.judge.mending import mend
from autograder.judge.naming import Namer
from autograder.judge.rehearsal import Rehearsal, rehearse
from autograder.judge.runs import reference_run
from autograder.judge.session import CheckSession
from autograder.judge.tries import MOST_MISTAKES, Budget, Patient, Way
from autograder.report.exercise_result import Verdict
from autograder.sandbox.cell_run import RunCell
from autograder.sandbox.notebook_run import NotebookRun
from autograder.sandbox.outcome import GuestStopped
from autograder.sandbox.sandbox import Sandbox
from autograder.submission.matching import defines

_SHARE_IF_ALIKE = 0.4
# Two ways to say the same: either of two statements may be called the misplaced one.
_SAME = {"too-early": "misplaced", "too-late": "misplaced"}


@dataclass(frozen=True)
class Diagnosis:
    """What a mistake is called.

    Attributes:
        ids: the catalogue's, or `mended:<kind>`.
        message: for the student.
        ways: in which it can be mended; empty if nothing mends.
        places: in the exercise's cells, which the message speaks of.
    """

    ids: tuple[str, ...]
    message: str
    ways: tuple[Way, ...] = ()
    places: tuple[Place, ...] = ()


class Diagnoser:
    """Names mistakes of one assignment, and keeps what it learned of the reference and the catalogue. Close it."""

    def __init__(self, assignment: Assignment, session: CheckSession, sandbox: Sandbox, memory: Memory) -> None:
        self._session = session
        self._reference = reference_run(assignment, sandbox)
        self._limits = sandbox.limits
        self._cpu_seconds_left = 0.0
        self.namer = Namer(assignment, load_misconceptions(assignment), session, self._reference)
        self._known_names = assignment.names
        self._memory = memory
        self._right: dict[str, Rehearsal] = {}
        self._kinds: dict[tuple[str, str], frozenset[tuple[str, ...]]] = {}

    def begin(self) -> None:
        """A new submission, with the whole time for mending before it."""
        self._cpu_seconds_left = self._limits.mend_submission_cpu_seconds

    def close(self) -> None:
        """Ends the guest in which the reference and known mistakes run."""
        self.namer.close()

    def diagnose(
        self,
        exercise: Exercise,
        check_runs: Sequence[CheckRun],
        run: NotebookRun,
        cells: Sequence[RunCell],
        beside: AbstractContextManager[None] | None = None,
    ) -> Diagnosis | None:
        """The name of what is wrong with an exercise, or None.

        Args:
            check_runs: the results of all its checks, where what it builds on was right.
            run: the notebook in which they failed.
            cells: the student's.
            beside: in which its guest is asked for mends; known mistakes run elsewhere, the first time for long.
        """
        sources = home_cells(exercise, cells)
        forms = self._forms(sources)
        key = digest(forms, exercise.name, answers_of(check_runs)) if sources else ""
        finding = self._memory.find(key, forms)
        if finding is None or (finding.entry and self.namer.entry(exercise.name, finding.entry) is None):
            finding, is_sure = self._found(exercise, check_runs, run, sources, forms, beside or nullcontext())
            if is_sure:
                self._memory.keep(key, finding, forms)
        entry = self.namer.entry(exercise.name, finding.entry)
        if entry is None:
            return told(finding.ways, sources)
        if not finding.ways:
            return Diagnosis((entry.id,), entry.sentence)
        like = finding.ways[0]
        return Diagnosis((entry.id,), mended.placed(entry.sentence, like), (like,), _all_places(like))

    def _found(
        self,
        exercise: Exercise,
        check_runs: Sequence[CheckRun],
        run: NotebookRun,
        sources: tuple[str, ...],
        forms: tuple[Form, ...],
        beside: AbstractContextManager[None],
    ) -> tuple[Finding, bool]:
        """What is wrong with the exercise, and whether that holds for all code of these forms that gives the same."""
        entry = self.namer.name(exercise.name, check_runs, forms)
        # Who has lost so much time to what had to be stopped would lose as much again to mending.
        has_time = run.lost_seconds <= self._limits.lost_wall_seconds
        ways: tuple[Way, ...] = ()
        is_whole = bool(sources) and has_time
        if is_whole and self._limits.mend_cpu_seconds > 0:
            budget = Budget(min(self._share(entry), self._cpu_seconds_left))
            with beside:
                ways, is_whole = self._ways(exercise, check_runs, run, sources, entry, budget)
            self._cpu_seconds_left -= budget.cpu_seconds_spent
        if entry is not None and ways:
            known = self._entry_kinds(exercise, entry, sources, ways)
            ways = tuple(sorted(ways, key=lambda way: _kinds(way) not in known))
            if _kinds(ways[0]) not in known:
                entry = None
        return Finding("" if entry is None else entry.id, ways), is_whole

    def _ways(
        self,
        exercise: Exercise,
        check_runs: Sequence[CheckRun],
        run: NotebookRun,
        sources: tuple[str, ...],
        entry: Misconception | None,
        budget: Budget,
    ) -> tuple[tuple[Way, ...], bool]:
        """Ways to mend the exercise, and whether to rely on it: that nothing mends is known only if the search had its
        whole time, and its guest.

        Where the catalogue has an `entry` that is alike, one edit is looked for, and not for long.
        """
        ordered = sorted(check_runs, key=lambda each: self.rehearsed(each.result.id).result.seconds)
        ways = mend(
            Patient(
                run=run,
                session=self._session,
                right=self.rehearsed,
                sources=sources,
                names=exercise.functions,
                checks=tuple(one.result.id for one in ordered),
                failed=frozenset(one.result.id for one in ordered if one.result.verdict is Verdict.FAILED),
                budget=budget,
                mistakes=MOST_MISTAKES if entry is None else 1,
            )
        )
        return ways, bool(ways) or (budget.cpu_seconds >= self._share(entry) and not run.stops)

    def _forms(self, sources: tuple[str, ...]) -> tuple[Form, ...]:
        return tuple(form_of(each, self._known_names) for each in sources)

    def _share(self, entry: Misconception | None) -> float:
        """Seconds for one exercise: fewer where the catalogue has an entry that is alike."""
        return self._limits.mend_cpu_seconds * (1.0 if entry is None else _SHARE_IF_ALIKE)

    def rehearsed(self, check: str) -> Rehearsal:
        """What the reference answers a check."""
        if check not in self._right:
            self._right[check] = rehearse(self._session, self._reference, check)
        return self._right[check]

    def _entry_kinds(
        self, exercise: Exercise, entry: Misconception, sources: tuple[str, ...], found: tuple[Way, ...]
    ) -> frozenset[tuple[str, ...]]:
        """The kinds of edits that mend a misconception's own code: those `found`, if `sources` are of its form."""
        key = (exercise.name, entry.id)
        if digest(self._forms(sources)) == digest(self._forms((entry.code,))):
            self._kinds.setdefault(key, frozenset(map(_kinds, found)))
        if key not in self._kinds:
            self._kinds[key] = frozenset(map(_kinds, self._entry_ways(exercise, entry)))
        return self._kinds[key]

    def _entry_ways(self, exercise: Exercise, entry: Misconception) -> tuple[Way, ...]:
        """Ways to mend a misconception's own code, in the reference notebook."""
        run, sources = self._reference, (entry.code,)
        forms = self._forms(sources)
        for one in self._session.checks[exercise.name]:
            self.rehearsed(one)  # before the reference gives way
        try:
            run.redefine(exercise.name, exercise.functions, entry.code)
            check_runs = self._session.run(run, frozenset({exercise.name}))
            name = digest(forms, exercise.name, answers_of(check_runs))
            finding = self._memory.find(name, forms)
            if finding is None:
                budget = Budget(self._share(entry))
                ways, is_whole = self._ways(exercise, check_runs, run, sources, entry, budget)
                finding = Finding(entry.id, ways)
                if is_whole:
                    self._memory.keep(name, finding, forms)
            run.redefine(exercise.name, exercise.functions, exercise.reference)
        except GuestStopped:
            run.stop()
            return ()
        return finding.ways


def home_cells(exercise: Exercise, cells: Sequence[RunCell]) -> tuple[str, ...]:
    """The text of each of `homes`."""
    return tuple(cell.source for cell in homes(exercise, cells))


def homes(exercise: Exercise, cells: Sequence[RunCell]) -> tuple[RunCell, ...]:
    """The student's cells that define what an exercise is about."""
    return tuple(
        cell
        for cell in cells
        if not cell.show and (cell.solution == exercise.solution_cell or defines(cell.source, exercise.functions))
    )


def told(ways: Sequence[Way], sources: Sequence[str]) -> Diagnosis | None:
    """What is said of an exercise that can be mended in these ways, all of one size."""
    if not ways:
        return None
    if len({_kinds(way) for way in ways}) == 1:
        if len(ways) > 1 and all(len(way) == 1 for way in ways):
            places = tuple(dict.fromkeys(place for way in ways for place in way[0].places))
            named = mended.either(ways[0][0], places, sources)
            return _diagnosis(ways, mended.told_either(ways[0][0], places, sources), named)
        return _diagnosis(ways, mended.told(ways[0], sources), _all_places(ways[0]))
    lines = {(place.cell, place.line) for way in ways for each in way for place in each.places}
    if len(lines) == 1:
        places = ways[0][0].places
        return Diagnosis((), mended.place_only(places), tuple(ways), places)
    return None


def _diagnosis(ways: Sequence[Way], message: str, places: tuple[Place, ...]) -> Diagnosis:
    return Diagnosis(tuple(f"mended:{each.kind}" for each in ways[0]), message, tuple(ways), places)


def _all_places(way: Way) -> tuple[Place, ...]:
    return tuple(place for each in way for place in each.places)


def _kinds(way: Sequence[Mend]) -> tuple[str, ...]:
    return tuple(sorted(_SAME.get(each.kind, each.kind) for each in way))
