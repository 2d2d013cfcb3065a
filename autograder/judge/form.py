"""The form of code: what is left when names and layout are taken away, so that an answer to one serves its likes.

It is read with a pattern, not parsed: student code is parsed by no process of the grader.
"""

from __future__ import annotations

import builtins
import hashlib
import keyword
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from autograder.checks.mended import Place

# A text that is never closed ends with its line, or the cell: to look for its end again and again would take for ever.
_TOKEN = re.compile(
    rb"(?P<skip>[ \t\f\r]+|\\\n|#[^\n]*)|(?P<line>\n)"
    rb"|(?P<text>(?:[A-Za-z]{1,2})?(?:\"\"\".*?(?:\"\"\"|\Z)|'''.*?(?:'''|\Z)|\"(?:\\.|[^\"\\\n])*\"?|'(?:\\.|[^'\\\n])*'?))"
    rb"|(?P<name>[A-Za-z_\x80-\xff][\w\x80-\xff]*)|(?P<number>\.?\d[\w.]*)|(?P<sign>\*\*=?|//=?|>=|<=|==|!=|->|:=|[-+*/%@&|^]=|.)",
    re.DOTALL,
)
_KEYWORD = re.compile(rb"\s*=(?!=)")
_KEPT = frozenset([*keyword.kwlist, *dir(builtins), "self", "cls"])


@dataclass(frozen=True)
class Form:
    """A cell's tokens.

    Attributes:
        words: them, with names numbered as they come, and the depth of each line.
        spans: where each word stands: line from 1, column in bytes, last line, last column.
    """

    words: tuple[str, ...]
    spans: tuple[tuple[int, int, int, int], ...]


def form_of(source: str, known: Iterable[str] = ()) -> Form:
    """The form of a cell.

    Args:
        known: names that mean the same to everybody, which are kept.
    """
    kept = _kept(frozenset(known))
    words: list[str] = []
    spans: list[tuple[int, int, int, int]] = []
    names: dict[bytes, str] = {}
    data = source.encode()
    line, start_of_line, depth, fresh = 1, 0, 0, True
    for found in _TOKEN.finditer(data):
        kind, text, begin = found.lastgroup, found.group(), found.start()
        if kind == "line":
            fresh = fresh or depth == 0
        if kind not in ("skip", "line"):
            word = text.decode(errors="replace")
            is_attribute = words[-1:] == ["."]
            is_keyword = depth > 0 and _KEYWORD.match(data, found.end())
            if kind == "name" and word not in kept and not is_attribute and not is_keyword:
                word = names.setdefault(text, f"_{len(names)}")
            if fresh:
                word, fresh = f"{begin - start_of_line}:{word}", False
            depth += (text in (b"(", b"[", b"{")) - (text in (b")", b"]", b"}"))
            last_line = line + text.count(b"\n")
            last_start = begin + text.rfind(b"\n") + 1 if b"\n" in text else start_of_line
            words.append(word)
            spans.append((line, begin - start_of_line, last_line, found.end() - last_start))
        if b"\n" in text:
            line += text.count(b"\n")
            start_of_line = begin + text.rfind(b"\n") + 1
    return Form(tuple(words), tuple(spans))


@lru_cache(maxsize=8)
def _kept(known: frozenset[str]) -> frozenset[str]:
    return _KEPT | known


def digest(forms: Sequence[Form], *more: str) -> str:
    """A short name for cells of these forms, and whatever else matters."""
    return hashlib.sha256("\0".join([*more, *(" ".join(each.words) for each in forms)]).encode()).hexdigest()


@dataclass(frozen=True)
class Stretch:
    """A place in any cell of a form: the cell, and its first and last word."""

    cell: int
    first: int
    last: int


def stretch_of(place: Place, forms: Sequence[Form]) -> Stretch | None:
    """The words at a place; None if it begins or ends within one."""
    spans = forms[place.cell].spans
    first = next((i for i, each in enumerate(spans) if each[:2] == (place.line, place.column)), None)
    last = next((i for i, each in enumerate(spans) if each[2:] == (place.last_line, place.last_column)), None)
    return None if first is None or last is None else Stretch(place.cell, first, last)


def place_of(stretch: Stretch, forms: Sequence[Form]) -> Place:
    """Where these words stand in cells of the same form. Raises IndexError: they are of another."""
    spans = forms[stretch.cell].spans
    return Place(stretch.cell, *spans[stretch.first][:2], *spans[stretch.last][2:])
