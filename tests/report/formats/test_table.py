"""What a student called something does not steer the terminal of whoever grades it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from helpers import write_notebook
from made_up_reports import runner_commands
from markdown_it import MarkdownIt
from readers import EVIL, IDS, IMAGE

from autograder.report.formats import FORMATS
from autograder.report.formats.screen import Screen
from autograder.report.report import Report

STEER = "\x1b]0;title\x07\x1b[2J\x9b31m\u202e\r\x08"


COLOURS = re.compile(r"\x1b\[[\d;]*m")  # rich's own


def harmless(text: str) -> bool:
    return all(letter.isprintable() for letter in COLOURS.sub("", text).replace("\n", ""))


def test_a_class_is_printed_without_control_characters(hostile_class: Path) -> None:
    text = (hostile_class / "grade.log").read_text()
    assert harmless(text)
    assert "\x1b" not in text
    assert all(student in text for student in IDS)
    assert re.search(rf"needs a look unreadable: +�\[31m{re.escape(IMAGE)}.* is not a notebook", text)


@pytest.mark.parametrize("format_", ["junit", "github", "gitlab", "markdown", "json"])
def test_a_class_that_tries_everything_is_text_in_each_format(
    command: Callable[..., tuple[int, str, str]],
    hostile_class: Path,
    format_: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    file = tmp_path / "out"
    code, out, err = command("grade", "tiny", "--course-dir", hostile_class, "--format", format_, "--output", file)
    assert code == 0, err
    assert {each.name for each in runner_commands(out + err)} <= ({"warning"} if format_ == "github" else set())
    text = file.read_text()
    students = len(list(hostile_class.glob("autograded/*/tiny/report.json")))
    if format_ == "junit":
        assert len(ElementTree.fromstring(text)) == students
    elif format_ == "gitlab":
        assert len(json.loads(text)) >= students
    elif format_ == "json":
        assert len([json.loads(each) for each in text.splitlines()]) == students
    else:
        page = MarkdownIt("gfm-like", {"linkify": False, "html": True}).render(text)
        assert page.count("<tr>") == students + 1
        assert not re.search("<(?:img|script|a|pre|em|del)[ >]", page)


def printed(report: Report) -> str:
    text = FORMATS["table"].one(report, Screen(200, "truecolor"))
    assert COLOURS.search(text)
    return text


@pytest.mark.parametrize("name", [f"{STEER}.ipynb", f"[bold]{EVIL.replace('/', '')}.ipynb"])
def test_a_report_is_printed_without_control_characters(
    grader: Any, make_notebook: Any, tmp_path: Path, name: str
) -> None:
    wrong = make_notebook({"double": f"def double(x):\n    raise ValueError({STEER!r})"})
    path = write_notebook(tmp_path / "in" / name, wrong)
    report = grader.grade(path.parent, f"{STEER}student").report
    assert harmless("".join([report.message, *report.repairs]))
    assert "was missing" in report.repairs[0]
    assert harmless(printed(report))
    path.write_text("no notebook")
    report = grader.grade(path.parent, f"{STEER}student").report
    assert harmless(report.message)
    assert "is not a notebook" in report.message
    assert harmless(printed(report))
