"""The report on a class as one HTML page, which asks for nothing elsewhere; its one script sorts tables."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from autograder.report.class_report import alike, attention, item_analysis
from autograder.report.class_report.charts import fifths, histogram, scatter
from autograder.report.class_report.records import ClassReport
from autograder.report.verdicts import words_html

MOST_ROWS, MOST_PEOPLE, MOST_CHECKS = 200, 60, 150
"""Rows of the table of all students, of a list of some, and of checks; more are in the CSV."""

_MOST_CHARACTERS = 90
_MOST_SENTENCE = 600
_FEW = 12
_FOLDER = Path(__file__).parent
_NAMED_COUNTS = (
    ("nothing", "handed in nothing"),
    ("ungraded", "not graded yet"),
    ("unreadable", "unreadable"),
    ("grader_error", "the grader failed on"),
    ("waiting", "waiting to be marked by hand"),
    ("late", "late"),
)


@dataclass(frozen=True)
class Part:
    """The first of many, and how many are left out."""

    shown: Sequence[Any]
    more: int


def first(many: Sequence[Any], most: int) -> Part:
    """The first `most` of many."""
    return Part(many[:most], max(0, len(many) - most))


def class_page(report: ClassReport, timezone: str) -> str:
    """The page. `timezone`: in which times are told."""
    named = [each for each in report.mistakes if each.mistake.is_named]
    unnamed = [each for each in report.mistakes if not each.mistake.is_named]
    names = {**report.names, **{each.id: each.name for each in report.students if each.name}}
    in_order = report.students
    if len(in_order) > MOST_ROWS:
        in_order = tuple(sorted(in_order, key=lambda each: (each.score, each.id)))
    return _template().render(
        report=report,
        style=_file("class_page.css"),
        script=_file("sort.js"),
        policy=_policy(),
        counts=[(words, getattr(report.counts, name)) for name, words in _NAMED_COUNTS],
        made_at=_moment(report.made_at, timezone),
        due=_moment(report.due, timezone),
        timezone=timezone,
        histogram=histogram(report.histogram, report.scores, report.max_score) if report.histogram else "",
        scatter=scatter(report.items),
        fifths=fifths,
        has_fifths=any(each.fifths for each in report.items),
        checks=first(sorted(report.checks, key=lambda each: -each.failed), MOST_CHECKS),
        named=first(named, sum(bool(each.example_of) for each in named)),
        unnamed=first(unnamed, sum(bool(each.example_of) for each in unnamed)),
        looks=first(report.looks, MOST_PEOPLE),
        below=first(report.below.students, MOST_PEOPLE),
        late=first(report.late, MOST_PEOPLE),
        nothing=first(report.nothing, MOST_ROWS),
        clusters=first(report.alike.clusters, MOST_PEOPLE),
        students=first(in_order, MOST_ROWS),
        busiest=max((each.count for each in report.times.handed_in), default=0) or 1,
        names=names,
        exercise_numbers={each.name: number for number, each in enumerate(report.items, 1)},
        titled=lambda check: _sentence(report.titles.get(check, "")),
        when=lambda text: _moment(text, timezone),
        few=lambda students: first(students, _FEW),
        enough=item_analysis.ENOUGH_STUDENTS,
        enough_scores=attention.ENOUGH_SCORES,
        rare=alike.rare_count(report.alike.compared),
    )


def shown(text: str) -> str:
    """An id, a name or a word of a file, in which nothing steers what is around it, and no end is missing."""
    text = text[: _MOST_CHARACTERS + 1]
    told = "".join(each if each.isprintable() else "�" for each in text)
    return f"{told[:_MOST_CHARACTERS]}…" if len(told) > _MOST_CHARACTERS else told


def _sentence(text: str) -> Markup:
    """A sentence with code in backticks."""
    text = "".join(each if each.isprintable() else " " for each in text[:_MOST_SENTENCE])
    return Markup(words_html(text))


def _code(text: str) -> str:
    return "".join(each if each.isprintable() or each in "\n\t" else "�" for each in text)


def _moment(text: str, timezone: str) -> str:
    try:
        at = datetime.fromisoformat(text).astimezone(ZoneInfo(timezone))
    except ValueError:
        return ""
    return f"{at:%Y-%m-%d %H:%M}"


def _number(value: float | None, places: int = 1) -> str:
    """A number without zeros that say nothing; a dash if there is none."""
    return "–" if value is None else f"{value:.{places}f}".rstrip("0").rstrip(".") if places else f"{value:.0f}"


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{value:.0%}"


def _span(seconds: float) -> str:
    """A time as one reads it."""
    for size, word in ((86400.0, "day"), (3600.0, "h"), (60.0, "min")):
        if seconds >= size:
            count = seconds / size
            return f"{count:.1f}".removesuffix(".0") + f" {word}{'s' * (word == 'day' and count >= 1.05)}"
    return f"{seconds:.0f} s" if seconds >= 10 else f"{seconds:.2f} s"


def _policy() -> Markup:
    digest = base64.b64encode(hashlib.sha256(_file("sort.js").encode()).digest()).decode()
    own = f"script-src 'sha256-{digest}'; style-src 'unsafe-inline'"
    return Markup(f"default-src 'none'; {own}; base-uri 'none'; form-action 'none'")


@lru_cache(maxsize=1)
def _template() -> Template:
    loader = FileSystemLoader(_FOLDER)
    made = Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined)
    made.filters |= {
        "shown": shown,
        "sentence": _sentence,
        "code": _code,
        "number": _number,
        "percent": _percent,
        "span": _span,
    }
    made.tests["alone"] = lambda students: len(students) == 1
    return made.get_template("class_page.html.j2")


@lru_cache(maxsize=2)
def _file(name: str) -> Markup:
    return Markup((_FOLDER / name).read_text(encoding="utf-8"))
