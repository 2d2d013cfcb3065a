"""The report on a class as one HTML page, which asks for nothing elsewhere; its one script sorts tables."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from autograder.report.class_report import alike, attention, item_analysis
from autograder.report.class_report.charts import fifths, histogram, scatter
from autograder.report.class_report.page_filters import code, lateness, moment, number, percent, sentence, shown, span
from autograder.report.class_report.records import ClassReport

MOST_ROWS, MOST_PEOPLE, MOST_CHECKS = 200, 60, 150
"""Rows of the table of all students, of a list of some, and of checks; more are in the CSV."""

_FEW, _MANY = 12, 10
_FIGURES = (
    *(("mean", "mean"), ("sd", "standard deviation"), ("least", "least"), ("first_quartile", "first quartile")),
    *(("median", "median"), ("third_quartile", "third quartile"), ("most", "most")),
)
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
        figures=[(words, getattr(report.scores, name)) for name, words in _FIGURES],
        made_at=moment(report.made_at, timezone),
        due=moment(report.due, timezone),
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
        titled=lambda check: sentence(report.titles.get(check, "")),
        when=lambda text: moment(text, timezone),
        few=lambda students: first(students, _FEW),
        many=_MANY,
        enough=item_analysis.ENOUGH_STUDENTS,
        enough_scores=attention.ENOUGH_SCORES,
        waits_for=lambda names: ", ".join(map(shown, names[:_FEW])),
        rare=alike.rare_count(report.alike.compared),
    )


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
        "sentence": sentence,
        "code": code,
        "number": number,
        "percent": percent,
        "span": span,
        "lateness": lateness,
    }
    made.tests["alone"] = lambda students: len(students) == 1
    return made.get_template("class_page.html.j2")


@lru_cache(maxsize=2)
def _file(name: str) -> Markup:
    return Markup((_FOLDER / name).read_text(encoding="utf-8"))
