"""The page on a class: whole, harmless, and fit to be read with one student, with many, and with hostile ones."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from datetime import datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from autograder.report.class_report import class_page as module
from autograder.report.class_report.charts import _levels, histogram
from autograder.report.class_report.class_page import class_page
from autograder.report.class_report.class_report import class_report
from autograder.report.class_report.facts import Facts
from autograder.report.class_report.item_analysis import summary
from autograder.report.class_report.page_filters import lateness, moment, shown
from autograder.report.class_report.read_reports import (
    ReadAnswer,
    ReadCheck,
    ReadClass,
    ReadExercise,
    ReadReport,
    ReadTitle,
    ReadWords,
)
from autograder.report.class_report.records import ClassReport
from autograder.report.class_report.scale import histogram as score_parts
from autograder.report.class_report.times import Bin

HOSTILE = '<script>alert(1)</script>"><img src=x onerror=alert(2)>{{ 7*7 }}\x1b[31m\u202e&amp;'
DUE = datetime(2026, 3, 1, 23, 0)


def made_up(students: int, hostile: bool = False, **more: Any) -> ClassReport:
    """A class in which nobody is like the next; with `hostile`, all that students, or files, may say is."""
    word = HOSTILE if hostile else ""
    reports = {}
    for number in range(students):
        student = f"student-{number:05d}{word}"
        exercises = []
        for at in range(4):
            wrong = number % (at + 2) == 0
            exercises.append(
                ReadExercise(
                    f"exercise_{at}{word}",
                    0.5 if wrong else 2.0,
                    2.0,
                    "failed" if wrong else "passed",
                    (f"mistake-{number % 70}{word}",) if wrong and number % 3 else (),
                    (ReadCheck(f"check-{at}{word}", "failed" if wrong else "passed"),),
                    answers=f"{number % 40:03x}{word}" if wrong else "",
                    sketch=f"{number * 4 + at:08x}" * 6 if number != 5 else f"{16 + at:08x}" * 6,
                )
            )
        reports[student] = ReadReport(
            2, student, sum(each.points for each in exercises), 8.0, "graded", tuple(exercises), seconds=0.5,
            looks=(f"look at {word}",) if number % 9 == 0 else (), handed_in="2026-03-01T22:30:00+00:00",
            late_seconds=60.0 * (number % 4 == 3),
        )  # fmt: skip
    answers = tuple(
        ReadAnswer(
            f"exercise_{at}{word}", f"Look at `{at}`{word}.", checks=(ReadTitle(f"check-{at}{word}", f"Is {word}."),)
        )
        for at in range(4)
    )
    facts = Facts(
        f"lab{word}", datetime(2026, 3, 2), due=DUE, names=dict.fromkeys(reports, f"Name {word}"),
        nothing=tuple(f"absent-{number}{word}" for number in range(students // 10)), notes=(f"Of {word}",) * bool(word),
        words_of=lambda _: ReadWords(answers), code_of=lambda _, name: f"def {name}():\n\treturn {word!r}{word}\n",
    )  # fmt: skip
    return class_report(ReadClass(reports), replace(facts, **more))


class Tags(HTMLParser):
    """Every tag with its attributes, whether all are closed, and the text."""

    VOID = frozenset({"meta", "img", "br", "link", "input"})

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize("students", [0, 1, 2, 30, 400])
@pytest.mark.parametrize("hostile", [False, True], ids=["honest", "hostile"])
def test_a_page_is_whole_and_asks_for_nothing_elsewhere(students: int, hostile: bool) -> None:
    page = class_page(made_up(students, hostile), "Europe/Berlin")
    found = Tags(page)
    assert found.open == []
    assert {tag for tag, _ in found.tags} & {"img", "link", "iframe", "form", "object", "base"} == set()
    assert [tag for tag, _ in found.tags].count("script") == 1
    for _, attributes in found.tags:
        assert not [name for name in attributes if name.startswith("on") or name in ("src", "srcset", "data-src")]
        assert (attributes.get("href") or "#").startswith("#")
    assert "\x1b" not in page
    assert "\u202e" not in page


@pytest.mark.parametrize("students", [1, 30])
def test_every_link_leads_somewhere_and_no_name_is_given_twice(students: int) -> None:
    found = Tags(class_page(made_up(students), "UTC"))
    ids = [attributes["id"] for _, attributes in found.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    links = {(attributes["href"] or "")[1:] for tag, attributes in found.tags if tag == "a"}
    labels = {attributes["aria-labelledby"] for _, attributes in found.tags if "aria-labelledby" in attributes}
    assert links | labels <= set(ids)


def test_every_picture_says_its_numbers_in_words() -> None:
    found = Tags(class_page(made_up(30), "UTC"))
    pictures = [attributes for tag, attributes in found.tags if tag == "svg"]
    assert len(pictures) >= 6  # the scores, difficulty, and fifths of each exercise
    assert all(each.get("role") == "img" and re.search(r"\d", each.get("aria-label") or "") for each in pictures)


def test_the_policy_lets_the_one_script_run_and_nothing_else() -> None:
    page = class_page(made_up(3), "UTC")
    script = re.search(r"<script>(.*?)</script>", page, re.DOTALL)
    assert script is not None
    digest = base64.b64encode(hashlib.sha256(script[1].encode()).digest()).decode()
    policy = next(a["content"] for t, a in Tags(page).tags if a.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    assert f"script-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'")


def test_a_large_class_makes_no_large_page_and_says_what_is_left_out() -> None:
    page = class_page(made_up(3000), "UTC")
    assert len(page) < 600_000
    assert page.count("<tr>") < 900
    assert f"The {module.MOST_ROWS} with the lowest scores of 3000 students" in page
    for file in ("…-mistakes.csv", "the column “look”", "the column “late_seconds”", "the table of students"):
        assert re.search(
            rf"… and \d+ more: <code>autograder report lab --format csv</code> writes all, to {file}", page
        )


def test_what_is_told_of_the_class_stands_on_the_page() -> None:
    text = re.sub(r"\s+", " ", Tags(class_page(made_up(30), "Europe/Berlin")).text)
    assert "due 2026-03-02 00:00 (Europe/Berlin)" in text
    assert "A hint to look, and no verdict." in text
    assert "absent-0" in text
    assert "Cronbach's alpha of the whole is" in text
    assert "A score under" in text
    assert "def exercise_0():" in text


@pytest.mark.parametrize(
    ("students", "more", "words"),
    [
        (1, {}, "With fewer than 5 scores nobody can tell."),
        (3, {"due": None}, "By day, in UTC"),
        (3, {"nothing": None}, "There is no roster to tell by."),
        (3, {"nothing": ()}, "Everybody on the roster handed in."),
        (3, {}, "can't be told: too few students"),
        (0, {}, "No submission could be graded"),
    ],
)
def test_what_can_t_be_told_is_said(students: int, more: dict[str, Any], words: str) -> None:
    assert words in Tags(class_page(made_up(students, **more), "UTC")).text


def test_a_long_name_is_cut_and_odd_characters_are_replaced() -> None:
    assert shown("x" * 500) == "x" * 90 + "…"
    assert shown("a\x1b[0m\n\u202eb") == "a�[0m��b"


@pytest.mark.parametrize("most", [1, 4, 5, 9, 37, 100, 1328, 9706])
def test_grid_lines_are_few_whole_numbers(most: int) -> None:
    levels = _levels(most)
    assert levels[0] == 0
    assert 2 <= len(levels) <= 6
    assert levels[-1] <= most


def test_bars_are_as_high_as_their_numbers() -> None:
    picture = histogram([Bin("0 to 5", 1), Bin("5 to 10", 4)], summary([1.0, 6.0, 7.0, 8.0, 10.0]), 10.0)
    heights = [float(each) for each in re.findall(r'class="bar"[^>]* height="([\d.]+)"', picture)]
    assert heights[1] == pytest.approx(4 * heights[0])
    assert "0 to 5 points: 1; 5 to 10 points: 4" in picture


def test_tables_are_sorted_in_a_real_browser_and_fit_a_phone(browser: Any, tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text(class_page(made_up(30, hostile=True), "UTC"), encoding="utf-8")
    page = browser.new_page(viewport={"width": 390, "height": 800})
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("dialog", lambda dialog: said.append(dialog.message))
    page.goto(path.as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    heads = page.locator("section:has(#exercises) thead button")
    rows = "document.querySelectorAll('section:has(#exercises) tbody tr')"
    column = f"[...{rows}].map(row => Number(row.cells[5].textContent))"
    solved = page.evaluate(column)
    heads.nth(5).click()
    assert page.evaluate(column) == sorted(solved)
    heads.nth(5).click()
    assert page.evaluate(column) == sorted(solved, reverse=True)
    assert said == []
    page.close()


@pytest.mark.parametrize("width", [1280, 700, 390])
def test_bars_their_legend_difficulty_and_discrimination_are_seen_at_every_width(
    browser: Any, tmp_path: Path, width: int
) -> None:
    path = tmp_path / "page.html"
    path.write_text(class_page(made_up(30), "UTC"), encoding="utf-8")
    page = browser.new_page(viewport={"width": width, "height": 800})
    page.goto(path.as_uri())
    section = page.locator("section:has(#exercises)")
    seen = [section.locator(".legend"), section.locator(".stack").first]
    seen += [section.locator("thead th", has_text=re.compile(word)) for word in ("diffi", "discrimi")]
    seen += [section.locator("tbody tr").first.locator("td").nth(at) for at in (1, 2)]
    for each in seen:
        box = each.bounding_box()
        assert box["width"] > 0
        assert box["x"] + box["width"] <= width
    page.close()


def waiting(students: int) -> ClassReport:
    """A class in which the essay of the first student waits to be marked by hand, and who is late by 34 hours."""
    reports = {}
    for number in range(students):
        essay = ReadExercise("essay", 0.0, 2.0, "skipped" if number else "by_hand", graded_by="hand")
        exercises = (ReadExercise("e", 16.0, 20.0, "failed"), essay)
        reports[f"s{number}"] = ReadReport(
            2, f"s{number}", 16.0, 22.0, "graded", exercises, late_seconds=122_400.0 * (number == 0)
        )
    return class_report(ReadClass(reports), Facts("lab", datetime(2026, 3, 2), due=DUE))


def test_a_score_that_waits_for_marks_and_lateness_are_written_as_in_the_table_of_grade() -> None:
    page = class_page(waiting(30), "UTC")
    row = next(each for each in page.split("<tr>") if "<code>s0</code>" in each and "16?" in each)
    assert '<span title="Still to be marked by hand: essay">16?</span>' in row
    assert '<td class="n" data-value="">?</td>' in row
    assert row.count("1 d 10 h") == 1
    assert page.count(">16?<") == 1
    assert page.count("1 d 10 h") == 2  # and among those who are late
    assert "days" not in page[page.index('id="class"') :]
    assert [lateness(each) for each in (0.0, 60.0, 90_000.0, 172_800.0)] == ["", "1 min", "1 d 1 h", "2 d"]


def test_an_exercise_that_nobody_has_marked_yet_has_no_difficulty() -> None:
    found = waiting(30).items[1]
    assert (found.difficulty, found.why_no_discrimination, found.counts["untried"]) == (None, "no marks", 29)
    text = Tags(class_page(waiting(30), "UTC")).text
    assert "These scores are without essay: not all of it is marked by hand yet." in text


def test_alpha_is_called_kr20_only_where_it_is() -> None:
    report = made_up(30)
    for is_kr20 in (False, True):
        reliability = replace(report.reliability, is_kr20=is_kr20)
        text = Tags(class_page(replace(report, reliability=reliability), "UTC")).text
        assert "Cronbach's alpha of the whole is" in text
        assert ("Here it is KR-20 too" in text) is is_kr20
        assert "It equals KR-20 where every exercise is right or wrong and all give the same points." in text


def test_how_many_are_left_out_of_the_scores_stands_below_them() -> None:
    report = made_up(30)
    assert "left out." not in Tags(class_page(report, "UTC")).text
    for count, words in (
        (1, "1 that could not be judged is left out."),
        (2, "2 that could not be judged are left out."),
    ):
        counts = replace(report.counts, unreadable=count)
        assert words in Tags(class_page(replace(report, counts=counts), "UTC")).text


def test_one_check_is_one_check() -> None:
    report = made_up(30)
    page = class_page(replace(report, checks=report.checks[:1]), "UTC")
    assert "<summary>1 check</summary>" in page
    assert "4 checks, most failed first" in class_page(report, "UTC")


def test_scores_above_the_maximum_stand_beside_the_scale_and_so_does_the_end_of_the_whisker() -> None:
    scores = [-2.0, 1.0, 6.0, 7.0, 8.0, 25.0, 28.5]
    picture = histogram(score_parts(scores, 21.0), summary(scores), 21.0)
    assert "over 21 points: 2" in picture
    assert ">over 21</text>" in picture
    assert ">under 0</text>" in picture
    assert ">21</text>" not in picture
    ends = re.search(r'<line class="axis" x1="([\d.]+)" x2="([\d.]+)" y1="240" y2="240"/>', picture)
    assert ends is not None
    assert [float(each) for each in ends.groups()] == [56.0, 700.0]
    inside = histogram(score_parts(scores[1:5], 21.0), summary(scores[1:5]), 21.0)
    assert ">21</text>" in inside
    assert "over" not in inside


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+00:00", "9999-12-31T23:59:59+00:00", "no time"])
@pytest.mark.parametrize("zone", ["Asia/Seoul", "America/New_York"])
def test_a_time_that_a_zone_does_not_have_is_left_out(text: str, zone: str) -> None:
    told = moment(text, zone)
    assert told == "" or told.partition("-")[0] in ("1", "9999")
