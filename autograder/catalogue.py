"""The records of an assignment's catalogue of answers: wrong ones with a name, right ones in other styles."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Misconception:
    """A realistic wrong answer.

    Attributes:
        exercise: whose solution it would be.
        id: short, lower case, unique in its exercise: "sum-for-mean".
        sentence: one kind sentence for the student that names the mistake and points to the mend.
        code: the whole solution cell, as a student might have written it.
    """

    exercise: str
    id: str
    sentence: str
    code: str


@dataclass(frozen=True)
class Alternative:
    """A right answer in another style, which must get full marks.

    Attributes:
        exercise: whose solution it is.
        id: short, lower case, unique in its exercise.
        code: the whole solution cell.
    """

    exercise: str
    id: str
    code: str
