"""On which lines of a notebook's file its cells' code stands: the file is JSON, and what shows it counts its lines."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

from autograder.submission.submitted_cell import plain

MAX_BYTES = 20 << 20  # of a file that is looked through: a second
_TOKEN = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[{}\[\],]|[^"{}\[\],]++', re.DOTALL)


@dataclass(frozen=True)
class CellLines:
    """A cell of a file: its code, and for each of its lines the line of the file, from 1."""

    source: str
    lines: tuple[int, ...]


@dataclass
class _Level:
    """What the reader is in: an object (with the key that it is at) or a list (with the index)."""

    is_object: bool
    key: str | None = None
    index: int = 0


def cell_lines(path: Path) -> list[CellLines]:
    """The cells of a notebook's file; none if it is none, can't be read, or is very large."""
    try:
        if path.stat().st_size > MAX_BYTES:
            return []
        text = path.read_text(encoding="utf-8")
    except (OSError, ValueError):
        return []
    cells: dict[int, list[tuple[str, int]]] = {}
    for place, string, line in _strings(text):
        if len(place) > 2 and place[0] == "cells" and isinstance(place[1], int) and place[2] == "source":
            cells.setdefault(place[1], []).append((string, line))
    return [_of_parts(each) for each in cells.values()]


def _strings(text: str) -> list[tuple[tuple[str | int, ...], str, int]]:
    """Every text in JSON that is a value, with the keys and indices that lead to it and the line where it begins.

    It takes any text and raises nothing; of what is no JSON it tells nothing of use.
    """
    found: list[tuple[tuple[str | int, ...], str, int]] = []
    levels: list[_Level] = []
    line = 1
    for token in _TOKEN.finditer(text):
        piece = token[0]
        first = piece[0]
        if first in "{[":
            levels.append(_Level(first == "{"))
        elif first in "}]":
            if levels:
                levels.pop()
        elif first == "," and levels:
            levels[-1].key = None
            levels[-1].index += 1
        elif first == '"' and levels and len(levels) <= 4:
            level = levels[-1]
            string = _decoded(piece)
            if level.is_object and level.key is None:
                level.key = string
            elif string is not None:
                found.append((tuple(each.key or "" if each.is_object else each.index for each in levels), string, line))
        line += piece.count("\n")
    return found


def _decoded(piece: str) -> str | None:
    try:
        return str(json.loads(piece, strict=False))
    except ValueError:
        return None


def _of_parts(parts: list[tuple[str, int]]) -> CellLines:
    """A cell from the texts that its source is made of; most programs write one for each line."""
    lines: list[int] = []
    begins = True  # a line of code
    for text, line in parts:
        ends = text.count("\n")
        lines += [line] * (ends + begins - text.endswith("\n") if text else 0)
        begins = text.endswith("\n") if text else begins
    return CellLines(plain("".join(text for text, _ in parts)), tuple(lines))
