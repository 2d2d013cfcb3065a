"""What an instructor's notebook says of its exercises: the title of each, and of the whole."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from autograder.course.assignment import TEST_PREFIX, grade_id
from autograder.report.student_page.texts import Texts

_HEADING = re.compile(r"^ {0,3}#{1,6}[ \t]+(.+?)[ \t]*#*$", re.MULTILINE)
_FENCE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
# "(10 points, 8 minutes)"
_EFFORT = re.compile(r"\s*[(\[][^()\[\]]*\b(?:points?|pts?|marks?|minutes?|min|hours?|h)\b[^()\[\]]*[)\]]\s*$", re.I)
_MADE = re.compile(r"<h3>((?:(?!</?h\d|</?p\b).)*)</h3>", re.DOTALL)
_TAG = re.compile(r"<[^>]*>")


@dataclass(frozen=True)
class Outline:
    """Titles as clean HTML.

    Attributes:
        title: of the assignment.
        exercises: by name; the name itself where there is no heading.
    """

    title: Markup
    exercises: dict[str, Markup]


def outline_of(source: Any, name: str, exercises: list[str]) -> Outline:
    """The outline of an instructor's notebook.

    Args:
        source: the notebook.
        name: what the assignment is called without a heading.
        exercises: the names of its solution cells.
    """
    texts = Texts()
    wanted = set(exercises)
    title, heading, found = "", "", dict[str, str]()
    for cell in source.cells:
        if cell.cell_type == "markdown":
            headings = _HEADING.findall(_FENCE.sub("", cell.source))
            title = title or next(iter(headings), "")
            heading = headings[-1] if headings else heading
        elif (own := grade_id(cell)) in wanted:
            found[str(own)] = heading
        elif (own or "").removeprefix(TEST_PREFIX) in wanted:
            heading = ""  # what follows is about something else
    shown = {each: _shown(found.get(each) or f"`{each}`", texts) for each in exercises}
    return Outline(_shown(title or name, texts), shown)


def plain(title: Markup) -> str:
    """A title as text."""
    return html.unescape(_TAG.sub("", title)).strip()


def _shown(heading: str, texts: Texts) -> Markup:
    # As a heading, since "1. Twice" alone would be a list.
    text = _EFFORT.sub("", heading) or heading
    found = _MADE.fullmatch(texts.markdown(f"# {text}").strip())
    return Markup(found[1]) if found else Markup("{}").format(text)
