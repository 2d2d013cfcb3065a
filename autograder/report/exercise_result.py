"""What grading says of one exercise, and of each of its checks."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from autograder.course.settings import Ruling

_GROUP_CHARACTERS = 6


class Verdict(StrEnum):
    """How a check or an exercise ended. `ERROR` is the grader's fault and goes to staff; `BY_HAND`: staff mark it."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"
    ERROR = "error"
    BY_HAND = "by_hand"

    @property
    def sign(self) -> str:
        """One character that stands for it."""
        return {"passed": "✓", "failed": "✗", "skipped": "–", "error": "!", "by_hand": "✎"}[self]


@dataclass(frozen=True)
class CheckResult:
    """One hidden check: its id, the line that the student reads, verdict, weight and message.

    `share` is what a test cell said that it gives, of its points: between 0 and 1, or None if it said nothing.
    `inside`: it ran beside the student's code, as the instructor allowed, and could be forged.
    """

    id: str
    title: str
    verdict: Verdict
    weight: float
    message: str = ""
    share: float | None = None
    inside: bool = False


@dataclass(frozen=True)
class CodePlace:
    """Lines of a student's cell: `cell` is its index in the graded notebook, from 0, without the cell that the grader
    puts first; lines count from 1."""

    cell: int
    line: int
    last_line: int


@dataclass(frozen=True)
class ExerciseResult:
    """One exercise: points given and possible, and why.

    Attributes:
        points: what counts, and what the gradebook says.
        ruling: whether staff waived or dropped the question.
        auto_points: what its checks alone came to, where staff gave points by hand; else None.
        answers: of a failed exercise, a short hash of how it behaved, so that the same mistakes are found together.
        places: where the mistake stands, if that is known.
        graded_by: "checks", or "hand" where staff mark it.
        graded_cell: the `grade_id` of the cell that has the points in the gradebook.
        solution_cell: that of the cell in which the student answers; empty if there is none.
        notebook: the name of the notebook that both are in, without its ending.
        sketch: hashes of pieces of the student's own code (`judge/sketch.py`), by which near-identical code is found;
            None if none was made.
    """

    name: str
    points: float
    max_points: float
    verdict: Verdict
    message: str = ""
    follow_through: bool = False
    misconceptions: tuple[str, ...] = ()
    checks: tuple[CheckResult, ...] = ()
    ruling: Ruling = Ruling.NONE
    auto_points: float | None = None
    answers: str = ""
    places: tuple[CodePlace, ...] = ()
    graded_by: str = "checks"
    graded_cell: str = ""
    solution_cell: str = ""
    notebook: str = ""
    sketch: str | None = None

    @property
    def group(self) -> str:
        """The id of the group of answers that behave like this one; empty if it has none."""
        return group_id(self.name, self.answers) if self.answers else ""

    @property
    def is_waiting(self) -> bool:
        """Whether staff are yet to mark it."""
        return self.verdict is Verdict.BY_HAND and not self.is_settled

    @property
    def is_inside(self) -> bool:
        """Whether its points could be forged: its tests ran beside the student's code."""
        return any(each.inside for each in self.checks)

    @property
    def is_unwritten(self) -> bool:
        """Whether the student left the cell as it was, so that nothing was judged."""
        return self.verdict is Verdict.SKIPPED and not self.checks

    @property
    def by_hand(self) -> bool:
        """Whether staff gave its points, and not the checks."""
        return self.auto_points is not None

    @property
    def is_settled(self) -> bool:
        """Whether its points don't depend on its checks, so that a broken one does no harm."""
        return self.by_hand or self.ruling is not Ruling.NONE


def group_id(exercise: str, answers: str) -> str:
    """What staff call a group of answers that behave alike: the exercise, and the beginning of their hash."""
    return f"{exercise}-{answers[:_GROUP_CHARACTERS]}"
