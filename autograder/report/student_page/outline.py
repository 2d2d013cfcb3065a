"""What an instructor's notebook says of its exercises: the title of each, and of the whole."""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from autograder.course.marked_cells import grade_id, is_solution
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


def outline_of(source: Any, name: str, cells: Mapping[str, tuple[str, str]]) -> Outline:
    """The outline of an instructor's notebook.

    Args:
        source: the notebook.
        name: what the assignment is called without a heading.
        cells: of each exercise, the grade ids of its solution cell (empty if there is none) and of its graded cell.
    """
    texts = Texts()
    homes = {exercise: solution or graded for exercise, (solution, graded) in cells.items()}
    graded_cells = {graded for _, graded in cells.values()}
    title, heading, found = "", "", dict[str, str]()
    for cell in source.cells:
        own = grade_id(cell)
        if cell.cell_type == "markdown" and not is_solution(cell):
            headings = _HEADING.findall(_FENCE.sub("", cell.source))
            title = title or next(iter(headings), "")
            heading = headings[-1] if headings else heading
        if own:
            found |= {exercise: heading for exercise, home in homes.items() if home == own}
        if own in graded_cells:
            heading = ""  # what follows is about something else
    told = Counter(filter(None, found.values()))
    title = "" if title in told else title  # it is an exercise's, and nothing is above it
    shown = {each: _shown(_title(each, found.get(each, ""), told), texts) for each in cells}
    return Outline(_shown(title or name, texts), shown)


def _title(exercise: str, heading: str, told: Counter[str]) -> str:
    """The heading above an exercise; with its name, if several stand below that, or there is none."""
    own = f"`{exercise}`"
    if heading and told[heading] > 1:
        return f"{_EFFORT.sub('', heading) or heading}: {own}"
    return heading or own


def plain(title: Markup) -> str:
    """A title as text."""
    return html.unescape(_TAG.sub("", title)).strip()


def _shown(heading: str, texts: Texts) -> Markup:
    # As a heading, since "1. Twice" alone would be a list.
    text = _EFFORT.sub("", heading) or heading
    found = _MADE.fullmatch(texts.markdown(f"# {text}").strip())
    return Markup(found[1]) if found else Markup("{}").format(text)
