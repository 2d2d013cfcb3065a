"""The student's page in each case that there is: kept as golden HTML, and looked at in a real browser.

`pytest tests/report/student_page --update-golden` writes `tests/report/golden/*.html` and the pictures in
`docs/pages/` anew: read the difference, and look at them, before committing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from helpers import ROOT
from page_cases import CASES, DOUBLE, MEAN, UNTOUCHED, WRONG_MEAN, make

from autograder.course.assignment import Assignment
from autograder.report.report import Status
from autograder.report.student_page import student_page

GOLDEN = ROOT / "tests" / "report" / "golden"
PICTURES = ROOT / "docs" / "pages"
WIDTHS = (1280, 390)
_STYLE = re.compile(r"<style>.*?</style>", re.DOTALL)
# Of each piece of text, the contrast with what is behind it, as WCAG counts it; the least of them, and its text.
CONTRAST = """() => {
  const parse = text => (text.match(/[\\d.]+/g) || []).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(v => v / 255)
    .map(v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
  let least = [21, ""];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode.textContent.trim(), box = walker.currentNode.parentElement;
    if (!text || !box.checkVisibility()) continue;
    let behind = [0, 0, 0, 0];
    for (let each = box; each && behind[3] === 0; each = each.parentElement) {
      const found = parse(getComputedStyle(each).backgroundColor);
      behind = found.length === 3 ? [...found, 1] : found;
    }
    const [a, b] = [light(parse(getComputedStyle(box).color)), light(behind)];
    const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    if (ratio < least[0]) least = [ratio, text.slice(0, 60)];
  }
  return least;
}"""


def html_of(tiny: Assignment, case: str) -> str:
    return student_page(*CASES[case](tiny))


@pytest.mark.parametrize("case", CASES)
def test_a_page_is_as_it_was_when_somebody_last_read_it(
    tiny: Assignment, case: str, request: pytest.FixtureRequest
) -> None:
    made = _STYLE.sub("<style></style>", html_of(tiny, case))
    path = GOLDEN / f"{case}.html"
    if request.config.getoption("--update-golden"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(made, encoding="utf-8")
    assert made == path.read_text(encoding="utf-8"), "if that is meant: --update-golden, and read the difference"


def test_no_golden_page_is_left_over() -> None:
    assert {path.stem for path in GOLDEN.iterdir()} == set(CASES)


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    page = browser.new_page()
    page.asked = []

    def answer(route: Any) -> None:
        page.asked.append(route.request.url)
        route.abort()

    page.route(re.compile("^http"), answer)
    yield page
    page.close()


def keep_picture(data: bytes, path: Path) -> None:
    """A screenshot in few colours, so that it is small."""
    from io import BytesIO

    from PIL import Image

    path.parent.mkdir(exist_ok=True)
    Image.open(BytesIO(data)).convert("RGB").quantize(48).save(path, optimize=True)


def show(page: Any, made: str, folder: Path) -> None:
    path = folder / "page.html"
    path.write_text(made, encoding="utf-8")
    page.goto(path.as_uri())
    assert page.asked == []


@pytest.mark.parametrize("case", CASES)
def test_a_page_can_be_read_by_anybody_on_any_screen_and_on_paper(
    page: Any, tiny: Assignment, case: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    show(page, html_of(tiny, case), tmp_path)
    update = request.config.getoption("--update-golden")
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            assert page.evaluate("document.documentElement.scrollWidth") == width
            if update and scheme == "light":
                keep_picture(page.screenshot(full_page=True), PICTURES / f"{case}-{width}.png")
            page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
            least, text = page.evaluate(CONTRAST)
            assert least >= 4.5, f"{least:.2f} in {scheme}: {text}"
            page.evaluate("document.querySelectorAll('details').forEach(each => each.open = false)")
    assert page.evaluate("document.documentElement.lang") == "en"
    levels = page.locator("h1, h2, h3, h4, h5, h6").evaluate_all("all => all.map(each => +each.tagName[1])")
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels)), levels
    assert page.locator("img:not([alt])").count() == 0
    ids = page.locator("[id]").evaluate_all("all => all.map(each => each.id)")
    assert len(ids) == len(set(ids))
    page.emulate_media(media="print")
    assert page.locator(".notebook").count() == 0 or not page.locator(".notebook").is_visible()
    paper = page.pdf(format="A4")
    assert len(re.findall(rb"/Type\s*/Page\b", paper)) <= 2


def test_a_bar_and_a_verdict_are_told_in_words_too(page: Any, tiny: Assignment, tmp_path: Path) -> None:
    show(page, html_of(tiny, "half"), tmp_path)
    bars = page.locator(".bars li").all_inner_texts()
    said = [" ".join(each.split()) for each in bars]
    assert said == [
        "1. Twice as much 2 of 4 points ◐ partly right",
        "2. The mean 6 of 6 points ✓ all right",
        "3. The mean of the doubles 0 of 10 points ○ not written yet",
    ]


def test_the_marked_line_has_an_arrow_and_words_beside_its_colour(page: Any, tiny: Assignment, tmp_path: Path) -> None:
    show(page, html_of(tiny, "follow_through"), tmp_path)
    marked = page.locator(".line.marked")
    assert marked.count() == 1
    assert " ".join(marked.text_content().split()) == "▶marked line 2 total = x.sum()"
    assert page.locator(".line").count() == 3


def test_what_is_to_be_done_first_leads_to_its_card(page: Any, tiny: Assignment, tmp_path: Path) -> None:
    show(page, html_of(tiny, "follow_through"), tmp_path)
    assert "That is the sum: divide by the count." in page.locator(".first").inner_text()
    page.click(".first a")
    assert page.evaluate("document.querySelector(':target').querySelector('h3').innerText") == "2. The mean"


def test_whatever_has_no_points_left_for_the_student_is_not_to_be_done_first(tiny: Assignment) -> None:
    for case, said in (
        ("perfect", "You have all the points. Well done."),
        ("error_of_ours", "the rest is with the staff"),
        ("manual_mark", "What is not full here was decided by the staff."),
        ("unreadable", "is empty. Save the notebook"),
        ("untouched", "raise NotImplementedError()"),
    ):
        first = re.search(r'<section class="first".*?</section>', html_of(tiny, case), re.DOTALL)
        assert first is not None
        assert said in first[0], case


def test_the_first_exercise_that_is_not_full_is_the_one_to_do_first(tiny: Assignment) -> None:
    made = student_page(*make(tiny, (UNTOUCHED[0], WRONG_MEAN, UNTOUCHED[2])))
    assert re.search(r'<p class="what">(.*?)</p>', made)[1] == "1. Twice as much"  # type: ignore[index]
    made = student_page(*make(tiny, (DOUBLE, WRONG_MEAN, UNTOUCHED[2])))
    assert re.search(r'<p class="what">(.*?)</p>', made)[1] == "2. The mean"  # type: ignore[index]


def test_follow_through_is_explained_once(tiny: Assignment) -> None:
    both = tuple(replace(each, follow_through=True) for each in (MEAN, CASES["follow_through"](tiny)[0].exercises[2]))
    made = student_page(*make(tiny, (DOUBLE, *both)))
    assert made.count("An earlier exercise is not right yet.") == 1
    assert made.count("Judged with right code for earlier exercises, as above.") == 1
    assert "Marked with follow-through" not in made


def test_a_mark_that_is_no_mark_is_not_shown_as_zero(tiny: Assignment) -> None:
    report, notebook, facts = CASES["error_of_ours"](tiny)
    broken = replace(report, status=Status.GRADER_ERROR, score=0.0)
    assert re.search(r'<p class="score">(.*?)</p>', student_page(broken, notebook, facts))[1] == "No mark yet"  # type: ignore[index]


def test_the_time_of_hand_in_is_told_in_the_course_s_zone(tiny: Assignment) -> None:
    assert "Handed in 2 March 2026, 07:30 (Asia/Seoul)" in html_of(tiny, "late")
    assert "20 points, less 2 for that, are 18." in html_of(tiny, "late")


def test_a_page_asks_nobody_and_runs_nothing_even_if_something_slips_in(
    page: Any, tiny: Assignment, tmp_path: Path
) -> None:
    slipped = "<img src='http://stranger.example/a.png'><script>window.pwned = 1</script><iframe src='/'></iframe>"
    show(page, html_of(tiny, "perfect").replace("</main>", f"{slipped}</main>"), tmp_path)
    page.wait_for_timeout(50)
    assert page.evaluate("window.pwned") is None
    assert page.asked == []


def test_what_to_do_first_says_what_happened_as_well_as_the_next_step(tiny: Assignment) -> None:
    first = re.search(r'<section class="first".*?</section>', html_of(tiny, "half"), re.DOTALL)
    assert first is not None
    assert "returned a tensor of shape (4,)" in first[0]
    assert "Leave out <code>flatten</code>." in first[0]


def test_checks_that_say_the_same_say_it_once(tiny: Assignment) -> None:
    said = "`mean_of(x)` returned None. Is the `return` missing?"
    checks = tuple(replace(each, message=said) for each in WRONG_MEAN.checks)
    page = student_page(*make(tiny, (DOUBLE, replace(WRONG_MEAN, checks=checks), UNTOUCHED[2])))
    assert page.count("returned None") == 1
    assert page.count("For the same reason.") == 1
