"""The student's page of a real lab: made quickly, and no longer than it may be on paper."""

from __future__ import annotations

import re
import time
from typing import Any

import nbformat
import pytest
from helpers import ROOT, notebook_of

from autograder.course.assignment import Assignment
from autograder.course.loading import load_assignment
from autograder.report.annotated import annotate
from autograder.report.exercise_result import CheckResult, CodePlace, ExerciseResult, Verdict
from autograder.report.report import Report, Status
from autograder.report.student_page import PageFacts, student_page
from autograder.report.student_page.outline import outline_of

PAGES = 40
MOST_CPU_SECONDS = 0.02


@pytest.fixture(scope="module")
def lab() -> Assignment:
    return load_assignment(ROOT, "logistic_regression")


def facts_of(lab: Assignment) -> PageFacts:
    return PageFacts(outline_of(lab.source, lab.name, lab.cells))


def case(lab: Assignment, number: int, wrong: int) -> tuple[Report, Any]:
    """A student's report and notebook: the first exercises are wrong, each in a way of their own."""
    exercises = []
    for index, each in enumerate(lab.exercises):
        verdict = Verdict.FAILED if index < wrong else Verdict.PASSED
        said = f"`{each.functions[0]}` returned {number}. It should be more. Is something missing in it?"
        checks = (
            CheckResult("a", "It gives the *right* numbers.", Verdict.PASSED, 1.0),
            CheckResult(
                "b", f"`{each.functions[0]}` works for other data.", verdict, 1.0, said if index < wrong else ""
            ),
        )
        places = (CodePlace(3, 2, 2),) if index < wrong else ()
        points = each.points / 2 if index < wrong else each.points
        cells = {"graded_cell": each.graded_cell, "solution_cell": each.solution_cell}
        exercises.append(ExerciseResult(each.name, points, each.points, verdict, checks=checks, places=places, **cells))
    score = sum(each.points for each in exercises)
    report = Report(lab.name, f"student-{number:03}", score, lab.max_score, Status.GRADED, tuple(exercises))
    answers = {each.name: f"{each.reference}\n    # {number}" for each in lab.exercises}
    notebook = nbformat.from_dict(notebook_of(lab, answers))
    return report, annotate(notebook, {}, report)


@pytest.mark.slow
def test_a_page_takes_at_most_a_fiftieth_of_a_second(lab: Assignment) -> None:
    cases = [case(lab, number, wrong=number % 5) for number in range(PAGES)]
    facts = facts_of(lab)
    started = time.process_time()
    pages = [student_page(report, notebook, facts) for report, notebook in cases]
    assert (time.process_time() - started) / PAGES <= MOST_CPU_SECONDS
    assert len(set(pages)) == PAGES
    assert all(f"student-{number:03}" in page for number, page in enumerate(pages))


@pytest.mark.slow
@pytest.mark.browser
def test_a_page_of_the_lab_prints_on_few_sheets_and_shows_its_formulas(browser: Any, lab: Assignment) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 800})
    for wrong, sheets in ((0, 2), (2, 3)):
        page.set_content(student_page(*case(lab, 1, wrong), facts_of(lab)))
        assert 1 <= len(re.findall(rb"/Type\s*/Page\b", page.pdf(format="A4"))) <= sheets
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.locator("math").count() > 20
    assert "\\frac" not in page.inner_text("body")
    page.close()
