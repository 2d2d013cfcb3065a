"""A submitted file -> the cells in it, in whatever encoding and format it is; or one sentence on why there are none."""

from __future__ import annotations

import json
import re
import stat
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

from autograder.checks import handed_in
from autograder.checks.messages import shown
from autograder.submission.outputs import TooMuch, without_outputs
from autograder.submission.submitted_cell import NO_CHARACTER, SubmittedCell, parse_cell, plain
from autograder.submission.text_notebooks import (
    MAX_TEXT_BYTES,
    TextFormat,
    cells_of_text,
    format_of_script,
    format_of_text,
)

MAX_FILE_BYTES = 256 << 20
MAX_NOTEBOOK_BYTES = 20 << 20  # without its outputs
MAX_CELLS = 5000
MAX_PARTS = 1_000_000  # brackets in a notebook's text: parsing more takes many seconds
_ARCHIVES = (b"PK\x03\x04", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"7z\xbc\xaf", b"Rar!")
_PAGE = re.compile(r"%PDF|<(?:!doctype|html|\?xml)", re.IGNORECASE)
_CONFLICT = re.compile(r"^<{7} ", re.MULTILINE)
_SCRIPT = re.compile(r"^(?:def|async def|class|import|from)[ \t]+\w", re.MULTILINE)
_SCRIPT_CELL = re.compile(r"^# (?:In\[.*\]:|%%.*)$|^#%%.*$", re.MULTILINE)  # as nbconvert, and as editors mark them
_TEXTS = (".md", ".markdown", ".rmd", ".qmd", ".myst")
# Every number becomes a float, as Python refuses to read an integer of many digits.
_DECODER = json.JSONDecoder(parse_int=float, strict=False)


class Unreadable(Exception):
    """A file that is not a notebook of this assignment; the text is a sentence for the student."""


def read_cells(path: Path) -> tuple[list[SubmittedCell], list[str]]:
    """The cells of a notebook or a script, and a note of each thing that was mended to read them.

    Raises:
        Unreadable: the file can't be read, or has no cells.
    """
    raw = read_bytes(path)
    text, notes = _decode(raw)
    if text.count("[") + text.count("{") > MAX_PARTS:
        raise Unreadable(handed_in.TOO_MUCH_IN_IT.format(name=shown(path.name)))
    try:
        data, end = _DECODER.raw_decode(text)
    except (ValueError, RecursionError):
        data, end = None, 0
    if end < len(text):
        if not isinstance(data, dict):
            cells_of_it, note = _read_text(path, raw, text)
            return cells_of_it, [*notes, note]
        notes.append(handed_in.FOLLOWED)
    cells = _cells_of(data)
    if cells is None:
        raise Unreadable(handed_in.NO_CELLS.format(name=shown(path.name)))
    if len(cells) > MAX_CELLS:
        notes.append(handed_in.MANY_CELLS.format(count=len(cells), most=MAX_CELLS))
    read = [parse_cell(cell) for cell in cells[:MAX_CELLS]]
    found = [each for each in read if each is not None]
    if len(found) < len(read):
        notes.append(handed_in.DAMAGED_CELLS.format(count=len(read) - len(found)))
    return [replace(each, source=plain(each.source)) for each in found], notes + _notes(data, found)


def read_bytes(path: Path) -> bytes:
    """A file as it is, but for a notebook's outputs. Raises Unreadable if there is nothing in it, or too much."""
    name = shown(path.name)
    try:
        status = path.lstat()
        if not stat.S_ISREG(status.st_mode):
            raise Unreadable(handed_in.NO_FILE.format(name=name))
        if status.st_size > MAX_FILE_BYTES:
            size, most = _megabytes(status.st_size), _megabytes(MAX_FILE_BYTES)
            raise Unreadable(handed_in.TOO_LARGE.format(name=name, size=size, most=most))
        raw = path.read_bytes()
    except OSError as error:
        raise Unreadable(handed_in.NOT_READABLE.format(name=name, reason=error.strerror)) from None
    try:
        raw = without_outputs(raw)
    except TooMuch:
        raise Unreadable(handed_in.TOO_MUCH_IN_IT.format(name=name)) from None
    if len(raw) > MAX_NOTEBOOK_BYTES:
        size, most = _megabytes(len(raw)), _megabytes(MAX_NOTEBOOK_BYTES)
        raise Unreadable(handed_in.TOO_LARGE_WITHOUT_OUTPUTS.format(name=name, size=size, most=most))
    if not raw.strip(b" \t\r\n\0"):
        raise Unreadable(handed_in.EMPTY.format(name=name))
    return raw


def _megabytes(size_bytes: int) -> int:
    """Rounded up, so that what is over a limit reads so."""
    return -(-size_bytes >> 20)


def _decode(raw: bytes) -> tuple[str, list[str]]:
    encoding = json.detect_encoding(raw)
    notes = [] if encoding == "utf-8" else [handed_in.SAVED_AS.format(encoding=encoding)]
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError:
        text = raw.decode("utf-8", "replace")
        if text.replace("\ufffd", "").isascii():
            text, notes = raw.decode("latin-1"), [handed_in.LATIN_1]
        else:
            notes = [handed_in.DAMAGED_CHARACTERS]
    return text.strip("\ufeff \t\r\n\0"), notes


def _read_text(path: Path, raw: bytes, text: str) -> tuple[list[SubmittedCell], str]:
    """The cells of a script or of a notebook in text, and a note of what it is. Raises Unreadable if it is neither."""
    name, ending = shown(path.name), path.suffix.lower()
    if raw.startswith(_ARCHIVES):
        raise Unreadable(handed_in.ARCHIVE.format(name=name))
    if _PAGE.match(text):
        raise Unreadable(handed_in.PAGE.format(name=name))
    if _CONFLICT.search(text):
        raise Unreadable(handed_in.CONFLICT.format(name=name))
    format_ = None if text.startswith("{") or ending == ".py" else format_of_text(text, ending)
    if format_ is None and ending in _TEXTS:
        raise Unreadable(handed_in.NO_CODE_IN_TEXT.format(name=name))
    if format_ is not None:
        if len(text) > MAX_TEXT_BYTES:
            raise Unreadable(handed_in.TEXT_TOO_LARGE.format(name=name, most=MAX_TEXT_BYTES >> 20))
        found = _cells_in(text, format_)
        if found is None:
            raise Unreadable(handed_in.TEXT_DAMAGED.format(name=name, format=format_.title))
        return found, handed_in.TEXT.format(format=format_.title)
    if text.startswith("{") or not _SCRIPT.search(text):
        raise Unreadable(handed_in.DAMAGED.format(name=name))
    format_ = format_of_script(text)
    found = _cells_in(text, format_) if format_ else None
    parts = _SCRIPT_CELL.split(text, MAX_CELLS - 1)
    return found or [SubmittedCell("code", plain(part).strip()) for part in parts], handed_in.SCRIPT


def _cells_in(text: str, format_: TextFormat) -> list[SubmittedCell] | None:
    cells = cells_of_text(plain(text), format_)
    read = None if cells is None else [parse_cell(cell) for cell in cells[:MAX_CELLS]]
    return None if read is None else [replace(each, source=plain(each.source)) for each in read if each is not None]


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


def _notes(data: dict[str, Any], found: list[SubmittedCell]) -> list[str]:
    """What was mended in a notebook's format and in the texts and ids of its cells."""
    notes = []
    if (number := data.get("nbformat", "missing")) not in (4, "4"):
        notes.append(handed_in.OTHER_FORMAT.format(format=_brief(number)))
    elif not isinstance(data.get("cells"), list):
        notes.append(handed_in.CELLS_ELSEWHERE)
    metadata = data.get("metadata")
    kernel = metadata.get("kernelspec") if isinstance(metadata, dict) else None
    language = kernel.get("language") if isinstance(kernel, dict) else None
    if isinstance(language, str) and language.lower() != "python":
        notes.append(handed_in.OTHER_LANGUAGE.format(language=_brief(language)))
    if any("\r" in each.source for each in found):
        notes.append(handed_in.LINE_ENDS)
    if any(NO_CHARACTER.search(each.source) for each in found):
        notes.append(handed_in.NO_CHARACTERS)
    different = {(each.cell_id, each.grade_id or each.source) for each in found if each.cell_id}
    if any(count > 1 for count in Counter(cell_id for cell_id, _ in different).values()):
        notes.append(handed_in.SAME_IDS)
    return notes


def _brief(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else shown(value[:20]) if isinstance(value, str) else "odd"
