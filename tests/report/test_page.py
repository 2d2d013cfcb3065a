"""Feedback pages in a real browser: points and words are there to read, and nothing that a student wrote runs."""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import Any

import jinja2
import pytest
from helpers import run
from readers import BLOCKS, IDS, IMAGE, LINKS, PICTURES, RUN, STRANGER

from autograder.report import affordable, page

MATHJAX = "https://cdnjs.cloudflare.com/ajax/libs/mathjax/"


STOCK = IDS[4]  # whose page is nbgrader's, as if this grader had not graded it


@pytest.fixture(scope="module")
def feedback(hostile_class: Path) -> Path:
    report = hostile_class / "autograded" / STOCK / "tiny" / "report.json"
    text = report.read_text()
    report.unlink()
    done = run("nbgrader", "generate_feedback", "tiny", cwd=hostile_class)
    report.write_text(text)
    assert done.returncode == 0, done.stderr
    return hostile_class / "feedback"


def open_page(browser: Any, feedback: Path, student: str) -> tuple[Any, list[str]]:
    """The page with all that is folded open, and the addresses that it asked for; MathJax tells whether it may work."""
    page, asked = browser.new_page(), []

    def answer(route: Any) -> None:
        asked.append(route.request.url)
        route.fulfill(content_type="text/javascript", body="window.MathJax = eval('1')")

    page.route(re.compile("^http"), answer)
    page.goto((feedback / student / "tiny" / "tiny.html").as_uri(), wait_until="load")
    page.evaluate("document.querySelectorAll('main > section > details').forEach(each => each.open = true)")
    return page, asked


def test_a_page_shows_the_name_the_score_and_a_verdict_for_each_exercise(browser: Any, feedback: Path) -> None:
    page, _ = open_page(browser, feedback, "student-001")
    text = page.inner_text("main")
    assert 'Feedback for Ann "Ay", B. =1+1 (student-001)' in text
    assert page.inner_text(".score") == "20 of 20 points"
    assert page.locator(".bars li").count() == text.count("points: all right") == 3
    assert "4 of 4 points" in text
    page.locator("summary", has_text="What was checked").first.click()
    assert "double gives twice each number" in page.inner_text("#exercise-1")


def test_the_list_at_the_top_names_the_exercises_and_leads_to_them(browser: Any, feedback: Path) -> None:
    page, _ = open_page(browser, feedback, "student-001")
    entries = page.locator(".bars a")
    assert entries.all_inner_texts() == ["1. Twice as much", "2. The mean", "3. The mean of the doubles"]
    for entry in entries.all():
        entry.click()
        assert page.inner_text(":target h3") == entry.inner_text()


def test_a_text_of_a_student_looks_as_it_should(browser: Any, feedback: Path) -> None:
    page, asked = open_page(browser, feedback, "student-001")
    cells = page.locator(".notebook")
    assert cells.locator("h4", has_text="Notes").count() == 1
    assert cells.locator("a[href='https://example.org']").inner_text() == "this"
    assert cells.locator(".highlight .mi", has_text="1").count() >= 1
    assert "".join(cells.locator("math").first.text_content().split()) == "a<b"
    text = cells.inner_text()
    assert "☑ double" in text
    assert "[picture: pasted]" in text
    more = cells.locator(".text-cell details")
    assert more.get_attribute("open") is None
    more.locator("summary").click()
    assert more.get_attribute("open") is not None
    assert asked == []


def test_a_page_shows_why_points_were_lost_and_names_the_mistake(browser: Any, feedback: Path) -> None:
    page, _ = open_page(browser, feedback, "student-002")
    card = page.inner_text("#exercise-2")
    assert "2 of 6 points: partly right" in card
    assert "That is the sum: divide by the count." in card
    assert "mean_of(values) returned 9" in card
    assert page.locator("#exercise-2 .line").count() == 2
    assert "An earlier exercise is not right yet" in page.inner_text("#exercise-3")


@pytest.mark.parametrize("student", ["student-002", "renamed", "unreadable", *IDS[:2], STOCK])
def test_nothing_that_a_student_wrote_runs_in_the_page(browser: Any, feedback: Path, student: str) -> None:
    page, asked = open_page(browser, feedback, student)
    place = page.url
    for link in page.get_by_text("click").all():
        link.click(timeout=1000, no_wait_after=True)
    page.wait_for_timeout(100)
    assert page.evaluate("window.pwned") is None
    assert page.url.partition("#")[0] == place
    assert [url for url in asked if student != STOCK or not url.startswith(MATHJAX)] == []
    inside = page.locator("#notebook" if student == STOCK else "main")
    assert inside.locator("script, style, form, iframe, svg, base, meta").count() == 0
    assert page.locator(f"[onerror], [onload], [onclick], [src^='{STRANGER}']").count() == 0
    assert page.locator("[id^=test_]").count() == 0
    links = inside.locator("a").evaluate_all("links => links.map(e => e.getAttribute('href'))")
    assert {each for each in links if each and not re.fullmatch(r"#[\w-]+", each)} <= {"https://example.org"}


def test_nothing_that_a_student_wrote_hides_a_verdict_or_looks_like_one(browser: Any, feedback: Path) -> None:
    page, _ = open_page(browser, feedback, "student-002")
    assert page.locator(".bars").is_visible()
    assert page.locator(".score").count() == page.locator("h1").count() == 1
    assert page.locator(".notebook").locator(".card, .score, .verdict, .badge, .bars, .comment, h1, h2").count() == 1
    assert page.locator(".notebook h2").inner_text() == "Your notebook, as it was judged"
    assert page.locator("main > section").last.evaluate("e => e.className") == "notebook"


def test_staff_s_comment_comes_first_and_is_clean(browser: Any, feedback: Path) -> None:
    page, _ = open_page(browser, feedback, "student-002")
    said = page.locator("#exercise-1 > .comment")
    assert said.inner_text().split()[:4] == ["From", "the", "staff", "Look:"]
    assert page.locator("#exercise-1 > *").nth(2).evaluate("e => e.className") == "comment"


def test_names_of_files_are_shown_as_they_are(browser: Any, feedback: Path) -> None:
    page, _ = open_page(browser, feedback, "renamed")
    text = page.inner_text("main")
    assert f"was missing; �[31m{IMAGE} [click](javascript:{RUN})" in text
    assert page.locator("h1").count() == 1
    page, _ = open_page(browser, feedback, "unreadable")
    said = page.inner_text("main")
    assert f"{IMAGE} [click](javascript:{RUN})" in said
    assert " is not a notebook" in said
    assert page.locator(".card, .notebook").count() == 0


def test_what_this_grader_did_not_grade_keeps_nbgrader_s_page_in_which_only_formulas_run(
    browser: Any, feedback: Path
) -> None:
    page, asked = open_page(browser, feedback, STOCK)
    assert {"double", "mean_of", "double_mean"} <= set(page.locator("#toc a").all_inner_texts())
    assert len(asked) == 1
    assert asked[0].startswith(MATHJAX)
    assert asked[0].endswith(",Safe")
    assert page.evaluate("window.MathJax") == 1
    page.evaluate(f"""document.body.insertAdjacentHTML('beforeend', `
        {IMAGE}<a id='run' href='javascript:{RUN}'>run</a><img src='{STRANGER}/a.png'><iframe src='{STRANGER}'></iframe>
        <form action='{STRANGER}'><button id='send'>send</button></form>`)""")
    page.evaluate(f"document.body.append(Object.assign(document.createElement('script'), {{textContent: '{RUN}'}}))")
    page.click("#run", no_wait_after=True)
    page.click("#send", no_wait_after=True)
    page.wait_for_timeout(100)
    assert page.evaluate("window.pwned") is None
    assert len(asked) == 1


def render(source: str, name: str = "markdown", **context: Any) -> str:
    environment = jinja2.Environment()
    environment.filters["it"] = getattr(page, name)
    return environment.from_string("{{ source | it }}").render(source=source, resources={}, **context)


@pytest.mark.parametrize("source", [*LINKS, *PICTURES, *BLOCKS])
def test_a_text_keeps_no_tag_and_no_attribute_that_could_harm(source: str) -> None:
    from bs4 import BeautifulSoup

    for name in ("markdown", "clean"):
        made = BeautifulSoup(render(source, name), "html.parser")
        for tag in made.find_all(True):
            assert tag.name in page.TAGS
            assert set(tag.attrs) <= {"href", "alt", "title", "id"}
            assert tag.get("href", "https:").startswith("https:")
            assert tag.get("id", "text-").startswith("text-")


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("[a](https://example.org/b?c=1&d)", '<a href="https://example.org/b?c=1&amp;d">a</a>'),
        ('<a id="one"></a> [there](#one)', '<a id="text-one"></a> <a href="#text-one">there</a>'),
        ("[a](mailto:a@example.org)", '<a href="mailto:a@example.org">a</a>'),
        ("![plot](figures/plot.v2.png)", '<img src="figures/plot.v2.png" alt="plot">'),
        ("![](data:image/png;base64,AAAA)", '<img src="data:image/png;base64,AAAA" alt="">'),
        ("![plot](../plot.png)", "[picture: plot]"),
        ("![](%2e%2e/plot.png)", "[picture: %2e%2e/plot.png]"),
        ("$a<b$, $$c & d$$", "$a&lt;b$, $$c &amp; d$$"),
        ("|a|\n|-|\n|1|", "<td>1</td>"),
        ("- [ ] todo", "<li>☐ todo</li>"),
    ],
)
def test_a_text_keeps_what_is_harmless(source: str, expected: str) -> None:
    assert expected in render(source)


def test_a_picture_that_came_along_is_shown() -> None:
    cell = {"attachments": {"plot.png": {"image/png": "AAAA"}}}
    assert '<img src="data:image/png;base64,AAAA" alt="plot">' in render("![plot](attachment:plot.png)", cell=cell)


@pytest.mark.parametrize("text", ["<div>", "<b>", "\\begin{a}", "\\\\(", "[", "`a"])
def test_a_page_is_soon_made_whatever_stands_in_it(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """The parsers, which would take minutes, are not asked."""
    parsed: list[str] = []
    monkeypatch.setattr(page._cleaner, "clean", lambda source: parsed.append(source) or source)
    monkeypatch.setattr(affordable.MarkdownWithMath, "render", lambda self, source: parsed.append(source) or source)
    for name in ("markdown", "clean"):
        assert render(text * 100_000, name) == f"<pre>{html.escape(text * 100_000)}</pre>"
        assert parsed == []
        render(text, name)
        assert text in parsed, "it would be noticed"
        parsed.clear()


def test_a_page_parses_so_much_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "MAX_PAGE_CHARACTERS", 100)
    resources: dict[str, Any] = {}
    made = [page.markdown({"resources": resources}, "*a* " * 10) for _ in range(4)]
    assert [each.startswith("<p><em>a</em>") for each in made] == [True, True, False, False]
    assert made[2] == f"<pre>{'*a* ' * 10}</pre>"
