"""Texts of notebooks as clean HTML: markdown with formulas as MathML, pictures inside of the page, HTML outputs."""

from __future__ import annotations

import base64
import html
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

from bleach.sanitizer import Cleaner

from autograder.checks import messages
from autograder.report.affordable import cleaned, rendered
from autograder.report.page import (
    MAX_PAGE_CHARACTERS,
    MAX_TEXT_CHARACTERS,
    PROTOCOLS,
    TAGS,
    CellRenderer,
    OwnAnchors,
    allowed,
)
from autograder.report.student_page.formulas import formula

MAX_PICTURE_BYTES = 2 << 20
MAX_PAGE_PICTURE_BYTES = 8 << 20
MAX_PICTURE_PIXELS = 40_000_000
_KINDS = {b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpeg", b"GIF8": "gif"}
# They stand for a formula while the text around it is cleaned.
_OPEN, _CLOSE = "\ue000", "\ue001"
_HELD = re.compile(f"{_OPEN}([0-9]{{1,5}}){_CLOSE}")
_HEADING = re.compile(r"h[1-6]")
_HEADINGS_ABOVE = 2  # the page's own
_FILE = re.compile(r"(?:\w[\w-]*[/.])+(?:png|jpe?g|gif)", re.IGNORECASE)

ReadPicture = Callable[[str], bytes | None]


def no_picture(_: str) -> bytes | None:
    """Where no files are."""
    return None


@dataclass
class Texts:
    """The texts of one page.

    Attributes:
        read_picture: a file beside the notebook, by its path there, or None.
        parsed: characters that were given to a parser. They take the square of the length, so there is an end to it.
        picture_bytes: of the pictures so far.
    """

    read_picture: ReadPicture = no_picture
    parsed: int = 0
    picture_bytes: int = 0

    def markdown(self, source: str, attachments: Mapping[str, Any] | None = None) -> str:
        """Markdown as clean HTML."""
        if not self._affordable(source):
            return _plain(source)
        if not attachments and "![" not in source and "<img" not in source.lower():
            return _without_pictures(source)
        return _rendered(source, self._cleaner(), attachments or {})

    def clean(self, text: str) -> str:
        """HTML with harmless tags only; others are shown as text."""
        if not self._affordable(text):
            return _plain(text)
        return cleaned(self._cleaner(), _unmarked(text))

    def data_url(self, data: bytes | None) -> str:
        """A picture as an address that holds it; empty if it can't be drawn, or there are too many."""
        kind = next((name for start, name in _KINDS.items() if data and data.startswith(start)), "")
        if data is None or not kind or len(data) > MAX_PICTURE_BYTES or _pixels(data) > MAX_PICTURE_PIXELS:
            return ""
        self.picture_bytes += len(data)
        fits = self.picture_bytes <= MAX_PAGE_PICTURE_BYTES
        return f"data:image/{kind};base64,{base64.b64encode(data).decode()}" if fits else ""

    def _affordable(self, text: str) -> bool:
        self.parsed += len(text)
        return len(text) <= MAX_TEXT_CHARACTERS and self.parsed <= MAX_PAGE_CHARACTERS

    def _cleaner(self) -> Cleaner:
        return _make_cleaner(self._picture_of)

    def _picture_of(self, source: str) -> str:
        """What an `img` may show in place of `source`, or nothing."""
        found = re.fullmatch(r"data:image/\w+;base64,([\w+/=\s]*)", source)
        if found:
            return self.data_url(decoded(found[1]))
        return self.data_url(self.read_picture(source)) if _FILE.fullmatch(source) else ""


def _pixels(data: bytes) -> int:
    """How many a PNG says that it has; 0 of other kinds, whose size is no small file's."""
    width, height = (int.from_bytes(data[at : at + 4], "big") for at in (16, 20))
    return width * height if data.startswith(b"\x89PNG") else 0


def decoded(text: Any) -> bytes | None:
    """Base64 as bytes, or None."""
    try:
        return base64.b64decode(text, validate=False) if isinstance(text, str) else None
    except ValueError:
        return None


class _Formulas(CellRenderer):
    """Puts formulas aside."""

    def __init__(self, attachments: Mapping[str, Any]) -> None:
        super().__init__(escape=False, attachments=dict(attachments), exclude_anchor_links=True)
        self.held: list[str] = []

    def inline_math(self, body: str) -> str:
        return self._hold(formula(body, False))

    def block_math(self, body: str) -> str:
        return self._hold(formula(body, True))

    def latex_environment(self, name: str, body: str) -> str:
        return self._hold(formula(f"\\begin{{{name}}}{body}\\end{{{name}}}", True))

    def _hold(self, made: str) -> str:
        self.held.append(made)
        return f"{_OPEN}{len(self.held) - 1}{_CLOSE}"


class _Page(OwnAnchors):
    """Fits a text into the page: headings below the page's own, pictures inside of it."""

    def __init__(self, source: Any, picture_of: Callable[[str], str]) -> None:
        super().__init__(source)
        self.picture_of = picture_of

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for token in super().__iter__():
            if token["type"] in ("StartTag", "EndTag") and _HEADING.fullmatch(token["name"]):
                token["name"] = f"h{min(int(token['name'][1]) + _HEADINGS_ABOVE, 6)}"
            if token["type"] in ("StartTag", "EmptyTag"):
                values = token["data"]
                for key, value in values.items():  # a formula is no part of an attribute
                    values[key] = _HELD.sub("", value)
                if token["name"] == "img" and not self._embed(values):
                    text = values.get((None, "alt")) or values.get((None, "src")) or ""
                    yield {"type": "Characters", "data": messages.PICTURE.format(text=text)}
                    continue
            yield token

    def _embed(self, values: dict[Any, str]) -> bool:
        values[None, "src"], said = self.picture_of(values.get((None, "src"), "")), values.get((None, "src"), "")
        values.setdefault((None, "alt"), "")
        if not values[None, "src"]:
            values[None, "src"] = said
            return False
        return True


def _make_cleaner(picture_of: Callable[[str], str]) -> Cleaner:
    return Cleaner(tags=TAGS, attributes=allowed, protocols=PROTOCOLS, filters=[partial(_Page, picture_of=picture_of)])


@lru_cache(maxsize=1)
def _plain_cleaner() -> Cleaner:
    return _make_cleaner(lambda _: "")


@lru_cache(maxsize=512)
def _without_pictures(source: str) -> str:
    """What is the same for a class, such as the instructor's cells, is made once."""
    return _rendered(source, _plain_cleaner(), {})


def _rendered(source: str, cleaner: Cleaner, attachments: Mapping[str, Any]) -> str:
    renderer = _Formulas(attachments)
    made = rendered(cleaner, renderer, _unmarked(source))
    return _HELD.sub(lambda found: _at(renderer.held, int(found[1])), made)


def _at(held: list[str], index: int) -> str:
    return held[index] if index < len(held) else ""


def _unmarked(text: str) -> str:
    return text.replace(_OPEN, "").replace(_CLOSE, "")


def _plain(text: str) -> str:
    return f"<pre>{html.escape(text)}</pre>"
