"""A cell as it was handed in, whatever wrote it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

NO_CHARACTER = re.compile("[\0\ud800-\udfff]")  # can be written in JSON, but not in code or files
_PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp")
_BASE64 = re.compile(r"[\w+/=\s]*", re.ASCII)
_MAX_NAME_CHARACTERS = 200
_KINDS = {"markdown": "markdown", "raw": "raw", "heading": "markdown", "html": "markdown"}  # also those of nbformat 3


@dataclass(frozen=True)
class SubmittedCell:
    """A submitted cell.

    Attributes:
        kind: code, markdown or raw.
        source: its text.
        grade_id: its nbgrader id, or None.
        cell_id: its id in the notebook, or None.
        settings: all that nbgrader's metadata say of it.
        attachments: pictures that were pasted into it, by name: by their types, in base64.
    """

    kind: str
    source: str
    grade_id: str | None = None
    cell_id: str | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    attachments: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def parse_cell(cell: Any) -> SubmittedCell | None:
    """A cell of a notebook's JSON, or None if it is not one."""
    source = _text(cell.get("source", cell.get("input", ""))) if isinstance(cell, dict) else None
    if source is None:
        return None
    metadata = cell.get("metadata")
    settings = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    settings = settings if isinstance(settings, dict) else {}
    name, number, kind = settings.get("grade_id"), cell.get("id"), cell.get("cell_type")
    return SubmittedCell(
        kind=_KINDS.get(kind, "code") if isinstance(kind, str) else "code",
        source=source,
        grade_id=name if isinstance(name, str) else None,
        cell_id=number if isinstance(number, str) else None,
        settings=settings,
        attachments=_attachments(cell.get("attachments")),
    )


def _attachments(data: Any) -> dict[str, dict[str, str]]:
    """Those of a cell that are pictures in base64, and nothing else of them: pages put them between quotes."""
    found: dict[str, dict[str, str]] = {}
    for name, kinds in data.items() if isinstance(data, dict) else ():
        kept = {
            kind: text
            for kind, each in (kinds.items() if isinstance(kinds, dict) else ())
            if kind in _PICTURES and (text := _text(each)) is not None and _BASE64.fullmatch(text)
        }
        if kept and name.isprintable() and len(name) <= _MAX_NAME_CHARACTERS and not set(name) & set("\"'<>&"):
            found[name] = kept
    return found


def _text(source: Any) -> str | None:
    """A cell's text: it may be a text or lines, which may be in lists of their own."""
    if isinstance(source, str):
        return source
    if not isinstance(source, list):
        return None
    lines: list[str] = []
    waiting = source[::-1]
    while waiting:
        each = waiting.pop()
        if isinstance(each, list):
            waiting += each[::-1]
        elif isinstance(each, str):
            lines.append(each)
    # As nbformat reads old notebooks, whose lines have no ends.
    return ("" if any(line.endswith(("\n", "\r")) for line in lines[:-1]) else "\n").join(lines)


def plain(source: str) -> str:
    """A text with Python's own ends of lines, and without what can be written in JSON, but not in code or files."""
    return NO_CHARACTER.sub("", source.replace("\r\n", "\n").replace("\r", "\n"))
