"""What a guest says of the statements that it left out, and of what it lacks: bounded, and of the right form."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

MAX_STATEMENTS = 200  # of one cell
_MAX_NAMES = 50
_MAX_CHARACTERS = 300
_NOTE = re.compile(r"compiler|gpu|hints|screen|workers|python 3\.\d\d")


@dataclass(frozen=True)
class FailedStatement:
    """A statement of a cell that raised, and was left out so that the rest could run.

    Attributes:
        raised: what the guest says of the exception.
        line: where it begins in its cell, from 1.
        code: its first line.
        names: what it would have given a value.
        followed: whether another statement ran after it.
    """

    raised: Mapping[str, Any]
    line: int
    code: str
    names: tuple[str, ...]
    followed: bool


def failed_statements(told: Any) -> tuple[FailedStatement, ...]:
    """The statements that a guest's reply speaks of; whatever else is in it is dropped."""
    found = []
    for each in told[:MAX_STATEMENTS] if isinstance(told, list) else ():
        if not isinstance(each, dict):
            continue
        raised, line, code, names = (each.get(key) for key in ("raised", "line", "code", "names"))
        if not isinstance(raised, dict) or type(line) is not int or not isinstance(code, str):
            continue
        listed = names[:_MAX_NAMES] if isinstance(names, list) else []
        kept = tuple(name for name in listed if isinstance(name, str) and len(name) <= _MAX_CHARACTERS)
        found.append(FailedStatement(raised, line, code[:_MAX_CHARACTERS], kept, each.get("followed") is True))
    return tuple(found)


def known_notes(told: Any) -> frozenset[str]:
    """The notes of a guest's reply that are ours: as in `inside.substitutes`, or "python 3.12", which code is for."""
    listed = told[:10] if isinstance(told, list) else []
    return frozenset(each for each in listed if isinstance(each, str) and _NOTE.fullmatch(each))
