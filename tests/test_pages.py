"""Feedback pages in a real browser: points and words are there to read, and nothing that a student wrote runs."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from helpers import RIGHT, hand_in, make_course, notebook_of, run

from autograder.assignment import load_assignment

CHROMIUM = shutil.which("chromium")
EVIL = "<img src=x onerror='window.pwned = 1'><script>window.pwned = 1</script>"
EVIL_CELLS = f"""\
from IPython.display import HTML, Javascript, Markdown, SVG, display
display(HTML({EVIL!r}), Markdown({EVIL!r}), Javascript("window.pwned = 1"))
display({{"image/svg+xml": "<svg onload='window.pwned = 1'></svg>", "text/html": {EVIL!r}}}, raw=True)
print({EVIL!r})
raise ValueError({EVIL!r})"""

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium here: `apt-get install chromium`")


@pytest.fixture(scope="module")
def feedback(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The feedback folder of two students: one all right, one wrong and hostile in every way a page could show."""
    course = make_course(tmp_path_factory.mktemp("pages") / "course")
    assignment = load_assignment(course, "tiny")
    hand_in(course, "student-001", notebook_of(assignment, RIGHT))
    wrong = {
        **RIGHT,
        "double": f"def double(x):\n    raise ValueError({EVIL!r})",
        "mean_of": "def mean_of(x):\n    return x.sum().item()",
    }
    notebook = notebook_of(assignment, wrong, extra={"test_double": EVIL_CELLS})
    link = "<a href='javascript:window.pwned=1' id='link'>click</a>"
    folded = "<details><summary>more</summary>folded</details>"
    notebook.cells.append(nbformat.v4.new_markdown_cell(f"{EVIL}\n\n{link}\n\n{folded}"))
    hand_in(course, "student-002", notebook)
    assert run("autograder", "grade", "tiny", cwd=course).returncode == 0
    done = run("nbgrader", "generate_feedback", "tiny", cwd=course)
    assert done.returncode == 0, done.stderr
    return course / "feedback"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        yield browser
        browser.close()


def open_page(browser: Any, feedback: Path, student: str) -> Any:
    page = browser.new_page()
    page.route("http*://**", lambda route: route.abort())
    page.goto((feedback / student / "tiny" / "tiny.html").as_uri(), wait_until="domcontentloaded")
    page.wait_for_timeout(300)
    return page


def test_a_page_shows_the_score_and_a_verdict_for_each_exercise(browser: Any, feedback: Path) -> None:
    text = open_page(browser, feedback, "student-001").inner_text("body")
    assert "Score: 20.0 / 20.0" in text
    assert text.count("(passed)") == 3
    assert "4 of 4 points" in text
    assert "✓ double gives twice each number" in text


def test_a_page_shows_why_points_were_lost_and_names_the_mistake(browser: Any, feedback: Path) -> None:
    text = open_page(browser, feedback, "student-002").inner_text("body")
    assert "That is the sum: divide by the count." in text
    assert "mean_of(values) returned 9" in text
    assert "0 of 4 points" in text
    assert "Marked with follow-through" in text


def test_nothing_that_a_student_wrote_runs_in_the_page(browser: Any, feedback: Path) -> None:
    page = open_page(browser, feedback, "student-002")
    for link in page.locator("a", has_text="click").all():
        link.click(timeout=1000, no_wait_after=True)
    page.wait_for_timeout(200)
    assert page.evaluate("window.pwned") is None
    assert page.locator("#notebook script").count() == 0
    assert page.locator("img[onerror], svg[onload]").count() == 0
    assert page.locator("a[href^='javascript']").count() == 0


def test_folded_hints_can_be_opened(browser: Any, feedback: Path) -> None:
    page = open_page(browser, feedback, "student-002")
    hints = page.locator("details")
    assert hints.count() >= 1
    assert hints.first.get_attribute("open") is None
    hints.first.locator("summary").click()
    assert hints.first.get_attribute("open") is not None
