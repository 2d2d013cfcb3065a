"""What the page says of each exercise: a card with points, verdict, what happened, the code, and each check."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from autograder.checks import messages, page_words
from autograder.course.marked_cells import grade_id
from autograder.course.settings import Ruling
from autograder.report.exercise_result import ExerciseResult, Verdict
from autograder.report.marks import share_of
from autograder.report.report import round_points
from autograder.report.student_page.code_lines import CodeLine, code_lines
from autograder.report.student_page.notebook_cells import pictures_in, text_of
from autograder.report.student_page.outline import plain
from autograder.report.student_page.texts import Texts
from autograder.report.student_page.verdict_words import Look, look_of, parts, points_words, shares
from autograder.report.verdicts import words_html

MAX_CODE_CELLS = 2
MAX_PICTURES = 2
NOTHING = Markup()


@dataclass(frozen=True)
class CheckLine:
    """One check: its sign and verdict, title, points ("2 of 2", or empty), and what it says."""

    sign: str
    name: str
    verdict: str
    title: Markup
    points: str
    message: Markup


@dataclass(frozen=True)
class CodeView:
    """Lines of a cell, and what they are called."""

    name: str
    lines: tuple[CodeLine, ...]


@dataclass(frozen=True)
class Card:
    """An exercise on the page; `pictures` are data addresses, empty where one is broken."""

    id: str
    title: Markup
    look: Look
    points: str
    percent: float
    comment: Markup = NOTHING
    notes: tuple[Markup, ...] = ()
    happened: Markup = NOTHING
    codes: tuple[CodeView, ...] = ()
    example: Markup = NOTHING
    next_step: Markup = NOTHING
    pictures: tuple[str, ...] = ()
    pictures_title: str = ""
    checks: tuple[CheckLine, ...] = ()

    @property
    def plain_title(self) -> str:
        return plain(self.title)

    @property
    def is_short(self) -> bool:
        """Whether its checks are folded."""
        return self.look.name in ("right", "dropped", "empty", "unjudged")

    @property
    def checks_title(self) -> str:
        """What stands over its checks."""
        if any(each.name != "passed" for each in self.checks):
            return page_words.CHECKS
        return page_words.ONE_PASSED if len(self.checks) == 1 else page_words.ALL_PASSED.format(count=len(self.checks))


def card_of(
    exercise: ExerciseResult,
    number: int,
    title: Markup,
    cells: Sequence[Any],
    texts: Texts,
    comment: str = "",
    general: str = "",
    followed_before: bool = False,
    handed_in: Sequence[Any] = (),
    solutions: Collection[str] = (),
) -> Card:
    """The card of an exercise.

    Args:
        number: from 1; the card's address on the page.
        cells: of the graded notebook, without the one about the submission; none if it could not be read.
        comment: of staff, in markdown.
        general: what is said of the whole submission, and not again here.
        followed_before: whether follow-through has been explained on this page.
        handed_in: cells of the notebook as it was handed in, whose pictures are shown where the graded one has none.
        solutions: the grade ids of all cells in which students answer.
    """
    look = look_of(exercise, bool(cells))
    message = "" if exercise.message == general else exercise.message
    if look.name in ("right", "dropped") or _is_marked(exercise):
        message = ""
    if exercise.follow_through:
        message = page_words.without_follow_through(exercise.name, message)
    happened, example, next_step = parts(message, bool(exercise.misconceptions) or look.name == "ours")
    example = example or next((each for check in exercise.checks if (each := parts(check.message, True)[1])), "")
    if look.name == "empty" and happened == messages.NOT_WRITTEN_YET:
        happened = ""  # the verdict says so
    is_open = exercise.verdict is Verdict.FAILED and look.name != "dropped"
    drawn = _pictures(exercise, cells, texts, solutions) if is_open else ()
    seen = _pictures(exercise, handed_in, texts, solutions) if is_open and not drawn else ()
    return Card(
        id=f"exercise-{number}",
        title=title,
        look=look,
        points=points_words(exercise.points, exercise.max_points),
        percent=100 * max(0.0, min(1.0, exercise.points / exercise.max_points)) if exercise.max_points else 0.0,
        comment=Markup(texts.markdown(comment)) if comment else Markup(),
        notes=_notes(exercise, followed_before),
        happened=Markup(words_html(happened)),
        codes=_codes(exercise, cells) if is_open else (),
        example=Markup(words_html(example)),
        next_step=Markup(words_html(next_step)),
        pictures=drawn or tuple(filter(None, seen)),
        pictures_title=page_words.PICTURES if drawn else page_words.PICTURES_HANDED_IN,
        checks=_checks(exercise),
    )


def _is_marked(exercise: ExerciseResult) -> bool:
    """Whether it is one that only staff mark, and they have."""
    return exercise.graded_by == "hand" and exercise.by_hand


def _notes(exercise: ExerciseResult, followed_before: bool) -> tuple[Markup, ...]:
    notes = [messages.RULINGS[exercise.ruling]] if exercise.ruling else []
    if exercise.is_inside:
        notes.append(messages.INSIDE)
    if _is_marked(exercise):
        given = points_words(exercise.points, exercise.max_points)
        notes += [] if exercise.ruling else [page_words.STAFF_GAVE.format(points=given)]
    elif exercise.by_hand:
        notes.append(f"{messages.BY_HAND} {page_words.AUTO_POINTS.format(points=exercise.auto_points)}")
    if exercise.follow_through and exercise.ruling is not Ruling.DROPPED:
        notes.append(page_words.FOLLOW_THROUGH_AGAIN if followed_before else page_words.FOLLOW_THROUGH)
    return tuple(Markup(words_html(each)) for each in notes)


def _checks(exercise: ExerciseResult) -> tuple[CheckLine, ...]:
    split = shares(exercise.max_points, exercise.checks)
    lines, told = [], set[str]()
    for check, share in zip(exercise.checks, split, strict=True):
        given = round_points(share * share_of(check))
        said, _, _ = parts(check.message, True)
        is_said = check.message == exercise.message
        if said in told:
            said = page_words.AS_ABOVE
        told |= {said} - {""}
        lines.append(
            CheckLine(
                sign=check.verdict.sign,
                name=check.verdict.value,
                verdict=page_words.CHECK_VERDICTS[check.verdict.value],
                title=Markup(words_html(check.title)),
                points=f"{given:g} of {share:g}" if exercise.max_points else "",
                message=Markup("" if is_said else words_html(said)),
            )
        )
    return tuple(lines)


def _codes(exercise: ExerciseResult, cells: Sequence[Any]) -> tuple[CodeView, ...]:
    """The cells with the mistake in them, or the exercise's own."""
    marked: dict[int, list[tuple[int, int]]] = {}
    for place in exercise.places:
        if place.cell < len(cells) and cells[place.cell].get("cell_type") == "code":
            marked.setdefault(place.cell, []).append((place.line, place.last_line))
    own = [number for number, cell in enumerate(cells) if grade_id(cell) == exercise.solution_cell]
    views = []
    for number in list(marked or own)[:MAX_CODE_CELLS]:
        cell = page_words.CELL.format(number=number + 1)
        name = page_words.YOUR_CODE if number in own else page_words.YOUR_CODE_IN.format(cell=cell)
        views.append(CodeView(name, code_lines(text_of(cells[number].get("source")), marked.get(number, ()))))
    return tuple(views)


def _pictures(
    exercise: ExerciseResult, cells: Sequence[Any], texts: Texts, solutions: Collection[str]
) -> tuple[str, ...]:
    """What a notebook draws between this exercise and the next."""
    names = [grade_id(cell) or "" for cell in cells]
    if exercise.graded_cell not in names:
        return ()
    start = names.index(exercise.graded_cell) + 1
    end = next((number for number in range(start, len(cells)) if names[number] in solutions), len(cells))
    found = list(pictures_in(cells[start:end]))[: 4 * MAX_PICTURES]
    return tuple(texts.data_url(each) for each in found)[:MAX_PICTURES]
