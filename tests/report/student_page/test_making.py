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
from page_cases import BOTH, CASES, DOUBLE, MEAN, UNTOUCHED, WRONG_MEAN, make

from autograder.checks import messages
from autograder.course.assignment import Assignment
from autograder.course.settings import Ruling
from autograder.report.exercise_result import Verdict
from autograder.report.marks import ByHand
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


def first_of(made: str) -> str:
    """What stands in the box about what to do first."""
    found = re.search(r'<section class="first".*?</section>', made, re.DOTALL)
    assert found is not None
    return " ".join(re.sub("<[^>]*>", " ", found[0]).split())


def test_all_the_points_are_praised_only_where_none_were_taken_off(tiny: Assignment) -> None:
    assert first_of(html_of(tiny, "late")) == "You did it All exercises are right. Well done."
    waived = replace(WRONG_MEAN, ruling=Ruling.WAIVED, points=6.0)
    report, notebook, facts = make(tiny, (DOUBLE, waived, BOTH), late_seconds=60.0)
    full = tuple(replace(each, points=each.max_points) for each in report.exercises)
    late = replace(report, exercises=full)
    assert first_of(student_page(late, notebook, facts)) == "You did it No exercise lost a point. Well done."
    in_time = replace(late, late_penalty=0.0)  # late, which cost nothing
    assert first_of(student_page(in_time, notebook, facts)) == "You did it You have all the points. Well done."


def test_who_can_get_no_points_has_not_got_them_all(tiny: Assignment) -> None:
    report, notebook, facts = make(tiny, (DOUBLE, MEAN, BOTH))
    dropped = tuple(replace(each, points=0.0, max_points=0.0, ruling=Ruling.DROPPED) for each in report.exercises)
    for exercises in (dropped, ()):
        nothing = replace(report, exercises=exercises, score=0.0, max_score=0.0)
        assert first_of(student_page(nothing, notebook, facts)) == "Nothing to do There are no points to get here."
    ours = replace(report, exercises=(), score=0.0, max_score=0.0, status=Status.GRADER_ERROR)
    assert "the rest is with the staff" in first_of(student_page(ours, notebook, facts))


def test_the_page_of_one_notebook_of_several_says_what_all_of_them_come_to_and_what_lateness_cost(
    tiny: Assignment,
) -> None:
    report, notebook, facts = make(tiny, (DOUBLE, MEAN, BOTH))
    more = {"score": 27.0, "max_score": 34.0, "late_penalty": 3.0, "late_seconds": 7_200.0}
    made = student_page(report, notebook, replace(facts, whole=replace(report, **more)))
    assert '<p class="score">20 of 20 points</p>' in made
    assert "All notebooks of the assignment together: 27 of 34 points." in made
    assert "This was handed in 2 h after it was due: 30 points, less 3 for that, are 27." in made
    assert first_of(made) == "You did it All exercises of this notebook are right. Well done."
    made = student_page(report, notebook, replace(facts, whole=replace(report, max_score=34.0)))
    assert first_of(made) == "You did it You have all the points of this notebook. Well done."
    assert "after it was due" not in made


ESSAY = replace(WRONG_MEAN, verdict=Verdict.BY_HAND, checks=(), message=messages.WAITS_FOR_STAFF, graded_by="hand")


def test_of_what_staff_have_marked_the_page_says_what_they_gave_and_not_that_they_will(tiny: Assignment) -> None:
    waiting = student_page(*make(tiny, (DOUBLE, ESSAY, BOTH)))
    assert "Staff will read this one and give its points." in waiting
    for essay in (ESSAY, replace(ESSAY, verdict=Verdict.SKIPPED, message=messages.NO_RESPONSE)):
        made = student_page(*make(tiny, (DOUBLE, essay, BOTH), by_hand={"mean_of": ByHand(4.5)}))
        assert "Staff gave it 4.5 of 6 points." in made
        assert "4.5 of 6 points: set by staff" in made
        for wrong in ("Staff will", "The checks alone", "No response."):
            assert wrong not in made


def test_a_bar_is_never_longer_than_its_line_nor_shorter_than_nothing(tiny: Assignment) -> None:
    for points, width in ((-2.0, 0), (3.0, 50), (9.0, 100)):
        made = student_page(*make(tiny, (DOUBLE, ESSAY, BOTH), by_hand={"mean_of": ByHand(points)}))
        assert re.findall(r'style="width: (.+)%"', made)[1] == str(width)


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
