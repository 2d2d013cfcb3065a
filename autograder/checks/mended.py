"""Words for mistakes that were found by mending: for each kind of edit, what was wrong before it.

They say what is wrong and where, and quote the student's own text alone: the mended code is never shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from autograder.checks import messages
from autograder.checks.kinds import KINDS as KINDS
from autograder.checks.kinds import WORDS as WORDS

_SHOWN_CHARACTERS = 70


@dataclass(frozen=True)
class Place:
    """A stretch of a student's cell: `cell` counts from 0, lines from 1, columns in bytes from 0."""

    cell: int
    line: int
    column: int
    last_line: int
    last_column: int

    def fits(self, sources: Sequence[str]) -> bool:
        """Whether there is such a place in `sources`."""
        if not 0 <= self.cell < len(sources):
            return False
        last = sources[self.cell].count("\n") + 1
        return 1 <= self.line <= self.last_line <= last and self.column >= 0 and self.last_column >= 0

    def text(self, sources: Sequence[str]) -> str:
        """What stands there, in one line of at most some 70 characters."""
        lines = sources[self.cell].encode().splitlines()[self.line - 1 : self.last_line]
        if not lines:
            return ""
        if self.last_line == self.line:
            shown = lines[0][self.column : self.last_column].decode(errors="replace")
        else:
            parts = [lines[0][self.column :], *lines[1:-1], lines[-1][: self.last_column]]
            shown = " ".join(part.decode(errors="replace").strip() for part in parts)
        shown = messages.one_line(shown.strip()).replace("`", "'")
        return shown if len(shown) <= _SHOWN_CHARACTERS else shown[: _SHOWN_CHARACTERS - 1] + "…"


@dataclass(frozen=True)
class Mend:
    """One edit that mends a student's code.

    Attributes:
        kind: of the mistake, one of `KINDS`.
        size: smaller ones are more likely what was meant.
        places: where the mistake is; it may be made in several places.
        other: what else the words quote, or None.
    """

    kind: str
    size: int
    places: tuple[Place, ...]
    other: Place | None = None


def told(mends: Sequence[Mend], sources: Sequence[str]) -> str:
    """What the student reads of the edits that mend their cells, one sentence each, in the order of the text."""
    ordered = sorted(mends, key=lambda each: (each.places[0].cell, each.places[0].line, each.places[0].column))
    sentences = [_sentence(each, sources) for each in ordered]
    if len(sentences) == 1:
        return sentences[0]
    count = {2: "Two", 3: "Three"}.get(len(sentences), "Several")
    return f"{count} mistakes come together here. {' '.join(sentences)}"


def told_either(mend: Mend, places: Sequence[Place], sources: Sequence[str]) -> str:
    """The same for one mistake that can be taken back at either of several places."""
    if (named := either(mend, places, sources)) == mend.places:
        return told([mend], sources)
    lines = sorted({each.line for each in named})
    return f"In line {' or '.join(map(str, lines))} of your cell, {_words(mend, sources)}"


def either(mend: Mend, places: Sequence[Place], sources: Sequence[str]) -> tuple[Place, ...]:
    """Those of `places` that `told_either` names: all, or only those of `mend`."""
    one_line = len({each.line for each in places}) == 1
    return mend.places if one_line or len({each.text(sources) for each in places}) > 1 else tuple(places)


def placed(sentence: str, mends: Sequence[Mend]) -> str:
    """The catalogue's sentence for a mistake, with the place where it was found."""
    return f"{_where([place for each in mends for place in each.places]).rstrip(',')}: {sentence}"


def place_only(places: Sequence[Place]) -> str:
    """For a mistake that can be mended in different ways at one place."""
    return f"{_where(places)} there is a mistake: what follows from it is wrong."


def _sentence(mend: Mend, sources: Sequence[str]) -> str:
    return f"{_where(mend.places)} {_words(mend, sources)}"


def _words(mend: Mend, sources: Sequence[str]) -> str:
    other = mend.other.text(sources) if mend.other is not None else ""
    owner, _, method = other.rpartition(".")
    return WORDS[mend.kind].format(code=mend.places[0].text(sources), other=other, owner=owner, method=method)


def _where(places: Sequence[Place]) -> str:
    lines = sorted({each.line for each in places})
    if len(lines) == 1:
        return f"In line {lines[0]} of your cell,"
    return f"In lines {', '.join(map(str, lines[:-1]))} and {lines[-1]} of your cell,"
