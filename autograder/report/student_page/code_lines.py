"""A student's code as lines of HTML, with numbers and the marked lines; only what is near them of a long cell."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from markupsafe import Markup

from autograder.report.affordable import coloured
from autograder.report.page import MAX_TEXT_CHARACTERS

MAX_LINES = 40
MAX_MARKED = 4
"""Lines that one mark has; of a longer stretch, such as a loop, the first is marked."""
_NEAR = 8
_DOCSTRING = re.compile(r'(?:\s|<span class="w">\s*</span>)*(?:<span class="sd">.*</span>)?')


@dataclass(frozen=True)
class CodeLine:
    """One line, or a gap of `left_out` lines before it."""

    number: int
    code: Markup
    marked: bool = False
    left_out: int = 0


@lru_cache(maxsize=512)
def highlighted(source: str) -> tuple[str, ...]:
    """Code as HTML, line by line: each opens no tag that it does not close."""
    if len(source) > MAX_TEXT_CHARACTERS:
        return tuple(html.escape(source).split("\n"))
    return tuple(coloured(source).removesuffix("\n").split("\n"))


def code_lines(source: str, marked: Sequence[tuple[int, int]]) -> tuple[CodeLine, ...]:
    """A cell's lines.

    Args:
        marked: first and last lines of what to mark, from 1; what is not in the cell is left out.
    """
    lines = highlighted(source.rstrip("\n"))
    ends = ((first, last if last - first < MAX_MARKED else first) for first, last in marked)
    wanted = {number for first, last in ends for number in range(max(1, first), min(last, len(lines)) + 1)}
    shown = _shown(lines, wanted)
    result, left_out = [], 0
    for number, line in enumerate(lines, 1):
        if number in shown:
            result.append(CodeLine(number, Markup(line), number in wanted, left_out))
        left_out = 0 if number in shown else left_out + 1
    if left_out:
        result.append(CodeLine(0, Markup(), left_out=left_out))
    return tuple(result)


def _shown(lines: Sequence[str], wanted: set[int]) -> set[int]:
    """The numbers of the lines to show: without the inside of a long docstring, and near the marks."""
    texts = [number for number, line in enumerate(lines, 1) if _DOCSTRING.fullmatch(line)]
    inside = {number for number in texts if number - 1 in texts and number - 2 in texts} - wanted
    shown = [number for number in range(1, len(lines) + 1) if number not in inside]
    if len(shown) <= MAX_LINES:
        return set(shown)
    if not wanted:
        return set(shown[: MAX_LINES - 1])
    near = [number for number in shown if any(abs(number - each) <= _NEAR for each in wanted)]
    return {*shown[:1], *near[:MAX_LINES], *sorted(wanted)[:MAX_LINES]}
