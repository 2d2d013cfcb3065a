"""A submitted file -> the cells in it, in whatever encoding and format it is; or one sentence on why there are none."""

from __future__ import annotations

import json
import re
import stat
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

MAX_NOTEBOOK_BYTES = 20 << 20
MAX_CELLS = 5000
MAX_PARTS = 1_000_000  # brackets in a notebook's text: parsing more takes many seconds
_SHOWN_CHARACTERS = 80
_ARCHIVES = (b"PK\x03\x04", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"7z\xbc\xaf", b"Rar!")
_PAGE = re.compile(r"%PDF|<(?:!doctype|html|\?xml)", re.IGNORECASE)
_CONFLICT = re.compile(r"^<{7} ", re.MULTILINE)
_SCRIPT = re.compile(r"^(?:def|async def|class|import|from)[ \t]+\w", re.MULTILINE)
_SCRIPT_CELL = re.compile(r"^# (?:In\[.*\]:|%%.*)$", re.MULTILINE)  # as nbconvert, and as editors mark them
_NO_CHARACTER = re.compile("[\0\ud800-\udfff]")  # can be written in JSON, but not in code or files
_KINDS = {"markdown": "markdown", "raw": "raw", "heading": "markdown", "html": "markdown"}  # also those of nbformat 3
# Every number becomes a float, as Python refuses to read an integer of many digits.
_DECODER = json.JSONDecoder(parse_int=float, strict=False)


class Unreadable(Exception):
    """A file that is not a notebook of this assignment; the text is a sentence for the student."""


@dataclass(frozen=True)
class Found:
    """A submitted cell.

    Attributes:
        kind: code, markdown or raw.
        source: its text.
        grade_id: its nbgrader id, or None.
        cell_id: its id in the notebook, or None.
        settings: all that nbgrader's metadata say of it.
    """

    kind: str
    source: str
    grade_id: str | None = None
    cell_id: str | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)


def read_cells(path: Path) -> tuple[list[Found], list[str]]:
    """The cells of a notebook or a script, and a note of each thing that was mended to read them.

    Raises:
        Unreadable: the file can't be read, or has no cells.
    """
    raw = _read_bytes(path)
    text, notes = _decode(raw)
    if text.count("[") + text.count("{") > MAX_PARTS:
        raise Unreadable(f"{shown(path.name)} has too much in it to be graded. Clear its outputs and hand it in again.")
    try:
        data, end = _DECODER.raw_decode(text)
    except (ValueError, RecursionError):
        data, end = None, 0
    if end < len(text):
        if not isinstance(data, dict):
            return _read_script(path, raw, text), [*notes, "It is a script, not a notebook; its code was judged."]
        notes.append("Something followed the notebook in its file; it was left out.")
    cells = _cells_of(data)
    if cells is None:
        raise Unreadable(f"{shown(path.name)} is not a notebook: it has no cells.")
    if len(cells) > MAX_CELLS:
        notes.append(f"The notebook has {len(cells)} cells; the first {MAX_CELLS} were read.")
    read = [find(cell) for cell in cells[:MAX_CELLS]]
    found = [each for each in read if each is not None]
    if len(found) < len(read):
        notes.append(f"{len(read) - len(found)} damaged cell(s) could not be read.")
    return [replace(each, source=_plain(each.source)) for each in found], notes + _notes(data, found)


def find(cell: Any) -> Found | None:
    """A cell of a notebook's JSON, or None if it is not one."""
    source = _text(cell.get("source", cell.get("input", ""))) if isinstance(cell, dict) else None
    if source is None:
        return None
    metadata = cell.get("metadata")
    settings = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    settings = settings if isinstance(settings, dict) else {}
    name, number, kind = settings.get("grade_id"), cell.get("id"), cell.get("cell_type")
    return Found(
        kind=_KINDS.get(kind, "code") if isinstance(kind, str) else "code",
        source=source,
        grade_id=name if isinstance(name, str) else None,
        cell_id=number if isinstance(number, str) else None,
        settings=settings,
    )


def shown(name: str) -> str:
    """A file's name as it can be told: a name may be any bytes, and of any length."""
    return "".join(each if each.isprintable() else "�" for each in name[:_SHOWN_CHARACTERS])


def _read_bytes(path: Path) -> bytes:
    name = shown(path.name)
    try:
        status = path.lstat()
        if not stat.S_ISREG(status.st_mode):
            raise Unreadable(f"{name} is not an ordinary file.")
        if status.st_size > MAX_NOTEBOOK_BYTES:
            raise Unreadable(
                f"{name} has {status.st_size >> 20} MB; at most {MAX_NOTEBOOK_BYTES >> 20} MB can be graded. "
                "Clear its outputs and hand it in again."
            )
        raw = path.read_bytes()
    except OSError as error:
        raise Unreadable(f"{name} could not be read: {error.strerror}.") from None
    if not raw.strip(b" \t\r\n\0"):
        raise Unreadable(f"{name} is empty. Save the notebook and hand it in again.")
    return raw


def _decode(raw: bytes) -> tuple[str, list[str]]:
    encoding = json.detect_encoding(raw)
    notes = [] if encoding == "utf-8" else [f"The file was saved as {encoding}, not plain UTF-8."]
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError:
        text = raw.decode("utf-8", "replace")
        if text.replace("\ufffd", "").isascii():
            text, notes = raw.decode("latin-1"), ["The file is not UTF-8; it was read as Latin-1."]
        else:
            notes = ["Some characters of the file were damaged; they were replaced."]
    return text.strip("\ufeff \t\r\n\0"), notes


def _read_script(path: Path, raw: bytes, text: str) -> list[Found]:
    """The cells of a Python script: as many as it has marks of cells, or one. Raises Unreadable if it is none."""
    name = shown(path.name)
    if raw.startswith(_ARCHIVES):
        raise Unreadable(f"{name} is an archive, not a notebook. Unpack it, and hand in the notebook itself.")
    if _PAGE.match(text):
        raise Unreadable(f"{name} is a page to look at, not a notebook. Hand in the notebook that it was made from.")
    if _CONFLICT.search(text):
        raise Unreadable(
            f"{name} holds both sides of a conflict in git: look for <<<<<<<. Keep one side, open it in Jupyter, save "
            "it, hand it in again."
        )
    if text.startswith("{") or not _SCRIPT.search(text):
        raise Unreadable(
            f"{name} is not a notebook, or is damaged or cut off. Open it in Jupyter, save it, hand it in again."
        )
    return [Found("code", _plain(part).strip()) for part in _SCRIPT_CELL.split(text)]


def _cells_of(data: Any) -> list[Any] | None:
    """The cells of a notebook of any format, or None if it is no notebook."""
    if not isinstance(data, dict):
        return None
    sheets = data.get("worksheets")  # nbformat 3
    parts = [data.get("cells")]
    parts += [sheet.get("cells") for sheet in sheets if isinstance(sheet, dict)] if isinstance(sheets, list) else []
    lists = [list(part.values()) if isinstance(part, dict) else part for part in parts]
    if not any(isinstance(each, list) for each in lists):
        return None
    return [cell for part in lists if isinstance(part, list) for cell in part]


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


def _plain(source: str) -> str:
    return _NO_CHARACTER.sub("", source.replace("\r\n", "\n").replace("\r", "\n"))


def _notes(data: dict[str, Any], found: list[Found]) -> list[str]:
    """What was mended in a notebook's format and in the texts and ids of its cells."""
    notes = []
    if (number := data.get("nbformat", "missing")) not in (4, "4"):
        notes.append(f"The notebook's format was {_brief(number)}, not 4.")
    elif not isinstance(data.get("cells"), list):
        notes.append("The cells were not where they should be in the file; they were found.")
    metadata = data.get("metadata")
    kernel = metadata.get("kernelspec") if isinstance(metadata, dict) else None
    language = kernel.get("language") if isinstance(kernel, dict) else None
    if isinstance(language, str) and language.lower() != "python":
        notes.append(f"The notebook's language was {_brief(language)}; it was judged as Python.")
    if any("\r" in each.source for each in found):
        notes.append("The line ends of another system were made plain ones.")
    if any(_NO_CHARACTER.search(each.source) for each in found):
        notes.append("Characters that code can't hold were taken out.")
    different = {(each.cell_id, each.grade_id or each.source) for each in found if each.cell_id}
    if any(count > 1 for count in Counter(cell_id for cell_id, _ in different).values()):
        notes.append("Different cells had the same id; they were told apart by what is in them.")
    return notes


def _brief(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else shown(value[:20]) if isinstance(value, str) else "odd"
