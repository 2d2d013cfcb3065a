"""What staff are told of a collection: what came, what was left out and why, and whose time to look at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from autograder.collect.collecting import Became, Collected, Found, contradicted
from autograder.collect.inbound import shown_time

_MOST_OF_ONE, _MOST_OF_NOBODY = 5, 30
_ALL_LATE = 3  # so many, and more than half of them, were not all changed by students


@dataclass(frozen=True)
class Told:
    """Rows of what was left out (student or empty, what, why) and of whom to look at (student, why); sentences."""

    left_out: tuple[tuple[str, str, str], ...]
    looks: tuple[tuple[str, str], ...]
    sentences: tuple[str, ...]


def tell(found: Found, collected: Sequence[Collected], update_option: str) -> Told:
    """Args: `update_option` asks for newer ones instead of what is there; empty if that was done."""
    rows = list(found.left_out)
    for each in collected:
        if each.became is Became.LEFT_OUT:
            rows.append((each.student, "the hand-in", each.why))
        rows += [(each.student, *row) for row in each.filled.left_out]
    looks = [(each.student, f"{words}.") for each in collected for words in each.filled.doubts]
    late, came = contradicted(collected), [each for each in collected if each.filled.changed_at]
    sentences = list(found.notes)
    if len(late) >= _ALL_LATE and 2 * len(late) > len(came):
        sentences.append(
            f"{len(late)} of {len(came)} folders were changed long after their time, as where an exchange was copied "
            "or its permissions changed: nothing speaks for their times but what students wrote."
        )
    else:
        looks += [(each.student, _contradiction(each)) for each in late]
    return Told(
        tuple(_few_of_each(sorted(rows, key=lambda row: row[0]))),
        tuple(looks),
        (*sentences, _count(found, collected, update_option)),
    )


def _few_of_each(rows: Sequence[tuple[str, str, str]]) -> Iterator[tuple[str, str, str]]:
    """So many rows a student that nobody hides others' among their own; what is nobody's counts as one student's."""
    count = Counter(student for student, _, _ in rows)
    told: Counter[str] = Counter()
    for row in rows:
        student = row[0]
        told[student] += 1
        most = _MOST_OF_ONE if student else _MOST_OF_NOBODY
        if told[student] <= most:
            yield row
        elif told[student] == most + 1:
            yield student, f"{count[student] - most:,} more", "for reasons like these"


def _contradiction(each: Collected) -> str:
    assert each.at is not None
    assert each.filled.changed_at is not None
    changed = shown_time(each.filled.changed_at)
    return f"it says {shown_time(each.at)}, which counts; but something of it was changed at {changed}."


def _count(found: Found, collected: Sequence[Collected], update_option: str) -> str:
    nothing_of = {student for student, _, _ in found.left_out if student} - {each.student for each in collected}
    if not collected and not nothing_of:
        return "There is nothing to collect."
    count = Counter(each.became for each in collected)
    how = f" ({update_option} takes newer ones)" if update_option else ""
    parts = (
        (count[Became.NEW], "new"),
        (count[Became.UPDATED], "newer than before"),
        (count[Became.KEPT], f"collected before{how}"),
        (count[Became.LEFT_OUT] + len(nothing_of), "left out"),
    )
    came, students = count[Became.NEW] + count[Became.UPDATED], len(collected) + len(nothing_of)
    told = ", ".join(f"{number} {words}" for number, words in parts if number)
    return f"Collected the work of {came} of {students} student{'s' * (students != 1)}: {told}."
