"""Makes the page: from a report with today's marks, the graded notebook and a few facts to one HTML file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from autograder.checks import messages, page_words
from autograder.report.exercise_result import Verdict
from autograder.report.report import Report, Status
from autograder.report.student_page.asking import linked
from autograder.report.student_page.cards import Card, card_of
from autograder.report.student_page.notebook_cells import cell_views
from autograder.report.student_page.outline import Outline, plain
from autograder.report.student_page.texts import ReadPicture, Texts, no_picture
from autograder.report.student_page.verdict_words import points_words
from autograder.report.verdicts import FIRST_CELL, words_html

_FOLDER = Path(__file__).parent
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"


@dataclass(frozen=True)
class PageFacts:
    """What the page says besides report and notebook.

    Attributes:
        outline: the titles, from the instructor's notebook.
        name: the student's, if it is known.
        comments: of staff, by the grade ids of cells.
        timezone: in which the time of hand-in is told.
        ask: how to ask for another look; empty: the usual words.
        whole: the report on the whole assignment, with today's marks, where the page is of one of its notebooks.
        read_picture: reads a picture that lies beside the notebook.
        handed_in: gives the cells of the notebook as it was handed in, for their pictures (`handed_in`).
    """

    outline: Outline
    name: str = ""
    comments: Mapping[str, str] = field(default_factory=dict)
    timezone: str = "UTC"
    ask: str = ""
    whole: Report | None = None
    read_picture: ReadPicture = no_picture
    handed_in: Callable[[], Sequence[Any]] = tuple


@dataclass(frozen=True)
class DoFirst:
    """The one thing to do next; `card` is None if it is about no exercise."""

    heading: str
    words: Markup
    card: Card | None = None


def student_page(report: Report, notebook: Any, facts: PageFacts) -> str:
    """The page as one HTML file, which asks for nothing elsewhere and runs no script.

    Args:
        report: with today's marks.
        notebook: the graded one, or None if it can't be shown.
    """
    texts = Texts(facts.read_picture)
    was_read = report.status is Status.GRADED and notebook is not None
    cells = cells_of(notebook) if was_read else []
    cards = list(_cards(report, cells, facts, texts))
    tests = {each.graded_cell: card.id for each, card in zip(report.exercises, cards, strict=True)}
    own = {name for each in report.exercises for name in (each.graded_cell, each.solution_cell)}
    others = {name: text for name, text in facts.comments.items() if name not in own}
    return _template().render(
        words=page_words,
        style=_style(),
        policy=Markup(_POLICY),
        title=facts.outline.title,
        plain_title=plain(facts.outline.title),
        student=f"{facts.name} ({report.student})" if facts.name else report.student,
        score=_score(report),
        about=[Markup(words_html(each)) for each in _about(report, facts)],
        handed_in=handed_in_words(report, facts.timezone),
        do_first=do_first(report, cards, facts.whole),
        cards=cards,
        shown=[each for each in cards if _has_card(each, report)],
        other_comments=[Markup(texts.markdown(each)) for each in others.values()],
        repairs=[Markup(words_html(each)) for each in report.repairs],
        mended=messages.MENDED,
        ask=linked(facts.ask or page_words.ASK_USUAL),
        cells=list(cell_views(cells, tests, texts)),
        titles={each.id: each.plain_title for each in cards},
    )


def cells_of(notebook: Any) -> list[Any]:
    """The cells of a graded notebook without the one that the grader put first."""
    cells = [each for each in notebook.get("cells", ()) if isinstance(each, dict)]
    return cells[1:] if cells and cells[0].get("id") == FIRST_CELL else cells


def _cards(report: Report, cells: Sequence[Any], facts: PageFacts, texts: Texts) -> Iterator[Card]:
    followed, commented = False, set[str]()
    solutions = {each.solution_cell for each in report.exercises}
    handed_in = facts.handed_in() if any(each.verdict is Verdict.FAILED for each in report.exercises) else ()
    for number, each in enumerate(report.exercises, 1):
        title = facts.outline.exercises.get(each.name) or Markup("<code>{}</code>").format(each.name)
        comment = facts.comments.get(each.solution_cell or each.graded_cell, "")
        comment = "" if each.solution_cell in commented else comment
        commented |= {each.solution_cell} - {""}
        yield card_of(each, number, title, cells, texts, comment, report.message, followed, handed_in, solutions)
        followed |= each.follow_through


def _has_card(card: Card, report: Report) -> bool:
    """Where nothing could be judged, only what staff gave or said has a card."""
    return report.status is Status.GRADED or bool(card.comment or card.notes)


def _score(report: Report) -> str:
    if report.status is Status.GRADER_ERROR:
        return page_words.NO_MARK
    words = points_words(report.score, report.max_score)
    return page_words.SO_FAR.format(points=words) if report.is_our_fault or report.waiting_points else words


def _about(report: Report, facts: PageFacts) -> list[str]:
    said = [report.message] if report.message and report.status is not Status.UNREADABLE else []
    if report.is_our_fault and not said:
        said.append(page_words.NOT_ALL_JUDGED)
    if report.waiting_points:
        said.append(page_words.NOT_ALL_MARKED.format(points=f"{report.waiting_points:g}"))
    whole = facts.whole or report
    if facts.whole and whole.status is not Status.GRADER_ERROR:
        said.append(page_words.ALL_NOTEBOOKS.format(points=_score(whole)))
    if whole.late_seconds:
        said.append(messages.lateness(whole.late_seconds, whole.raw_score, whole.late_penalty, whole.score))
    return said


def handed_in_words(report: Report, timezone: str) -> str:
    """When it was handed in, in the course's own time zone."""
    if not report.handed_in:
        return page_words.HANDED_IN_UNKNOWN
    at = datetime.fromisoformat(report.handed_in).astimezone(ZoneInfo(timezone))
    return page_words.HANDED_IN.format(when=f"{at.day} {at:%B %Y, %H:%M}", zone=timezone)


def do_first(report: Report, cards: Sequence[Card], whole: Report | None = None) -> DoFirst:
    """The first exercise that has points left which the student can get.

    Args:
        whole: the report on the whole assignment, if `report` is of one of its notebooks.
    """
    if report.status is Status.UNREADABLE:
        return DoFirst(page_words.DO_FIRST, Markup(words_html(report.message)))
    for exercise, card in zip(report.exercises, cards, strict=True):
        is_open = exercise.verdict in (Verdict.FAILED, Verdict.SKIPPED) and not exercise.is_settled
        if is_open and exercise.points < exercise.max_points:
            write_it = Markup(words_html(page_words.WRITE_IT if card.look.name == "empty" else page_words.SEE_ITS_CARD))
            told = [each for each in (card.happened, card.next_step) if each]
            return DoFirst(page_words.DO_FIRST, Markup(" ").join(told) or write_it, card)
    if report.is_our_fault or report.waiting_points:
        return DoFirst(page_words.NOTHING_TO_DO, Markup(page_words.NOTHING_FOR_YOU))
    if any(each.points < each.max_points for each in report.exercises):
        return DoFirst(page_words.NOTHING_TO_DO, Markup(page_words.DECIDED))
    if not report.max_score:
        return DoFirst(page_words.NOTHING_TO_DO, Markup(page_words.NO_POINTS))
    return DoFirst(page_words.YOU_DID_IT, Markup(_praise(report, whole)))


def _praise(report: Report, whole: Report | None) -> str:
    """For a report in which no exercise lost a point; what was taken off for lateness is missing all the same."""
    is_right = all(each.verdict is Verdict.PASSED for each in report.exercises)
    words = page_words.ALL_RIGHT if is_right else page_words.NONE_LOST
    if not (whole or report).late_penalty:
        words = page_words.NOTHING_LEFT
    return words.format(here=page_words.OF_THIS_NOTEBOOK if whole else "")


@lru_cache(maxsize=1)
def _template() -> Template:
    loader = FileSystemLoader(_FOLDER)
    made = Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined)
    return made.get_template("page.html.j2")


@lru_cache(maxsize=1)
def _style() -> Markup:
    return Markup((_FOLDER / "page.css").read_text(encoding="utf-8"))
