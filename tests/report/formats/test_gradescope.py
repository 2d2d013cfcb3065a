"""A report as Gradescope's results.json: its documented form, the points, and nothing that isn't text."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import jsonschema
import pytest
from door_reports import REPORTS, SECRET
from helpers import ROOT
from markdown_it import MarkdownIt

from autograder.report.formats import FORMATS, gradescope
from autograder.report.formats.screen import Screen
from autograder.report.report import Report


@cache
def schema() -> dict[str, Any]:
    return json.loads((ROOT / "tests" / "doors" / "gradescope.schema.json").read_text(encoding="utf-8"))


def written(report: Report) -> dict[str, Any]:
    data = gradescope.results_json(report)
    assert len(data) <= gradescope.MOST_BYTES
    return json.loads(data)


def texts(results: dict[str, Any]) -> list[str]:
    return [results["output"], *(each["output"] for each in results["tests"])]


def test_of_this(results: dict[str, Any], name: str) -> dict[str, Any]:
    return next(each for each in results["tests"] if each["name"] == name)


test_of_this.__test__ = False  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", REPORTS)
def test_every_report_is_what_gradescope_documents(name: str) -> None:
    report = REPORTS[name]
    results = written(report)
    jsonschema.validate(results, schema())
    assert results["score"] == report.score
    assert SECRET not in json.dumps(results)


@pytest.mark.parametrize("name", [name for name in REPORTS if not name.startswith("large and")])
def test_the_tests_add_up_to_the_total_before_any_penalty(name: str) -> None:
    results = written(REPORTS[name])
    assert sum(each.get("score", 0.0) for each in results["tests"]) == pytest.approx(REPORTS[name].raw_score)
    assert len(results["tests"]) == len(REPORTS[name].exercises)


def test_what_says_that_nothing_was_graded_is_documented_too_and_says_that_it_is_no_mark() -> None:
    results = gradescope.not_graded()
    jsonschema.validate(results, schema())
    assert "our fault" in results["output"]
    assert "no mark" in results["tests"][0]["output"]


def test_verdicts_become_statuses_and_what_counts_for_nobody_has_no_points() -> None:
    results = written(REPORTS["every verdict"])
    found = {each["name"]: (each.get("status"), each.get("score"), each.get("max_score")) for each in results["tests"]}
    assert found == {
        "one": ("passed", 10.0, 10.0),
        "two": ("failed", 4.0, 10.0),
        "three": ("failed", 0.0, 10.0),
        "five": (None, None, None),
        "six": ("failed", 7.0, 10.0),
        "seven": ("passed", 10.0, 10.0),
        "eight": (None, None, None),
        "nine": ("passed", 10.0, 10.0),
    }
    assert "staff will mark this" in test_of_this(results, "five")["output"]
    assert "10 points are given by staff" in test_of_this(results, "five")["output"]
    assert "counts for nobody" in test_of_this(results, "eight")["output"]
    assert "waived" in test_of_this(results, "seven")["output"]
    assert "Staff still mark a part by hand: 10 points." in results["output"]


def test_checks_are_listed_with_their_titles_and_a_message_is_told_once() -> None:
    output = test_of_this(written(REPORTS["every verdict"]), "two")["output"]
    assert output.startswith("◐ partly right\n\n- ✓ A sum.\n- ✗ A mean.\n    - `f(x)` returned nothing.\n- – A form.")
    assert output.count("returned nothing") == 1


def test_a_penalty_is_said_and_taken_from_the_total_alone() -> None:
    results = written(REPORTS["late"])
    assert results["score"] == 10.0
    assert "2 h after it was due: 14 points, less 4 for that, are 10" in results["output"]


def test_a_part_that_is_our_fault_is_no_mark() -> None:
    assert "not your mark yet" in written(REPORTS["a part is ours"])["output"]
    assert "what stands here is no mark" in written(REPORTS["ours"])["output"]


def test_what_could_not_be_read_says_why_and_what_was_mended() -> None:
    results = written(REPORTS["unreadable"])
    assert results["output"].startswith("lab.ipynb is empty.")
    assert "The file is not UTF-8." in results["output"]
    assert "our fault" not in results["output"]


def test_nothing_of_a_text_is_a_tag_a_link_a_picture_or_a_heading() -> None:
    """By a renderer that knows CommonMark with GitHub's tables and strikethrough, and lets HTML through."""
    page = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    plain = {"p", "ul", "li", "code"}
    for text in texts(written(REPORTS["hostile"])):
        for token in page.parse(text):
            for each in (token, *(token.children or ())):
                assert each.type not in ("html_block", "html_inline", "link_open", "image", "fence", "code_block")
                assert each.tag in plain | {"", "br"}, (each.tag, text)
        assert all(each.isprintable() or each == "\n" for each in text)
    assert all(each["name"].isprintable() for each in written(REPORTS["hostile"])["tests"])


@pytest.mark.parametrize(
    "start", ["# a", "- a", "+ a", "> a", "1. a", "12) a", "---", "===", "a\n===", "    a", "<b>", "* a"]
)
def test_a_line_is_never_more_than_a_paragraph(start: str) -> None:
    tokens = MarkdownIt("commonmark", {"html": True}).parse(gradescope.markdown(" ".join(start.split())))
    assert [each.type for each in tokens] == ["paragraph_open", "inline", "paragraph_close"]


def test_code_stays_code_and_the_words_stay_the_same() -> None:
    page = MarkdownIt("commonmark", {"html": True})
    said = "`f(x_1)[0] < 2 & *y*` gave 3 * 4_5 <6> & [7](8) \\ `z`; is `W` right?"
    tokens = page.parse(gradescope.markdown(said))[1].children or []
    assert [each.content for each in tokens if each.type == "code_inline"] == ["f(x_1)[0] < 2 & *y*", "z", "W"]
    assert "".join(each.content for each in tokens) == said.replace("`", "")


def test_the_format_is_one_printable_line_a_submission() -> None:
    reports = [REPORTS["hostile"], REPORTS["late"]]
    lines = "".join(FORMATS["gradescope"].many(reports, Screen())).splitlines(keepends=True)
    assert [json.loads(line) for line in lines] == [written(each) for each in reports]
    assert all(line[:-1].isprintable() and line[-1] == "\n" for line in lines)


def test_what_is_too_much_loses_its_details_and_keeps_its_points() -> None:
    large = written(REPORTS["large"])
    assert (large["score"], len(large["tests"])) == (5000.0, 5000)
    hostile = written(REPORTS["large and hostile"])
    assert (hostile["score"], hostile["tests"]) == (10_000.0, [])
    assert "Your course's staff can show you the rest" in hostile["output"]
