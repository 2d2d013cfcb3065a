"""Reports as JUnit XML: a test suite for each notebook, a test case for each check, points as properties.

There is no standard but what programs read; this is the part that they agree on (https://github.com/testmoapp/junitxml).
GitLab shows the text inside `failure`, `error` and `skipped`, and drops a case whose suite, class and name are those of
another one in the file (https://docs.gitlab.com/ci/testing/unit_test_reports/).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.etree import ElementTree

from autograder.checks import messages
from autograder.report.exercise_result import CheckResult, ExerciseResult, Verdict
from autograder.report.formats.foreign_text import as_name, one_line
from autograder.report.formats.handed_in_file import NO_FILE, FileOf, HandedInFile, of_no_file
from autograder.report.formats.screen import Screen
from autograder.report.report import Report, Status, round_points

_TAGS = {Verdict.FAILED: "failure", Verdict.ERROR: "error", Verdict.SKIPPED: "skipped", Verdict.BY_HAND: "skipped"}


def one(report: Report, screen: Screen, file: HandedInFile = NO_FILE) -> str:
    """One submission: a document with one test suite."""
    document = Document(lambda _: file)
    return document.add(report) + document.end()


@dataclass
class Document:
    """A class, a test suite for each student, written as they come."""

    file_of: FileOf = of_no_file
    _taken: set[str] = field(default_factory=set)
    _begun: bool = False

    def add(self, report: Report) -> str:
        head, suite = self._head(report), self._suite(report, self.file_of(report))
        ElementTree.indent(suite, " ", 1)
        return f"{head} {ElementTree.tostring(suite, encoding='unicode')}\n"

    def end(self) -> str:
        return self._head() + "</testsuites>\n"

    def _head(self, report: Report | None = None) -> str:
        if self._begun:
            return ""
        self._begun = True
        root = ElementTree.Element("testsuites", name=as_name(report.assignment) if report else "autograder")
        opened = ElementTree.tostring(root, encoding="unicode", short_empty_elements=False)
        return f'<?xml version="1.0" encoding="utf-8"?>\n{opened.removesuffix("</testsuites>")}\n'

    def _suite(self, report: Report, file: HandedInFile) -> ElementTree.Element:
        name = as_name(f"{report.assignment}.{report.student}")
        suite = ElementTree.Element("testsuite", name=name)
        said = {"assignment": report.assignment, "student": report.student, "status": report.status}
        points = {"points": report.score, "max_points": report.max_score, "late_penalty": report.late_penalty}
        _add_properties(suite, {**said, **{key: f"{value:g}" for key, value in points.items()}})
        cases = [case for each in report.exercises for case in _cases(report, each, name, file)]
        for case in cases:
            self._make_unique(name, case)
            suite.append(case)
        counts = {tag: sum(case.find(tag) is not None for case in cases) for tag in ("failure", "error", "skipped")}
        suite.set("tests", f"{len(cases)}")
        for attribute, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            suite.set(attribute, f"{counts[tag]}")
        suite.set("time", f"{report.seconds:.3f}")
        return suite

    def _make_unique(self, suite: str, case: ElementTree.Element) -> None:
        """Numbers a name that is taken. All three are one text, as GitLab puts them together."""
        name, number = case.get("name", ""), 1
        while (key := f"{suite}_{case.get('classname')}_{case.get('name')}") in self._taken:
            number += 1
            case.set("name", f"{name} ({number})")
        self._taken.add(key)


def _cases(report: Report, exercise: ExerciseResult, suite: str, file: HandedInFile) -> Iterator[ElementTree.Element]:
    """The test cases of an exercise: its checks or, if none ran, itself."""
    classname = f"{suite}.{as_name(exercise.name)}"
    if not exercise.checks:
        verdict = exercise.verdict
        if report.status is Status.UNREADABLE and verdict is Verdict.SKIPPED:
            verdict = Verdict.FAILED  # else a file that is no notebook would pass
        case = _case(classname, exercise.name, verdict, exercise.message, file, exercise)
        _add_properties(case, {"points": f"{exercise.points:g}", "max_points": f"{exercise.max_points:g}"})
        yield case
        return
    from autograder.report.student_page.verdict_words import shares  # needs torch, which help does without

    for check, possible in zip(exercise.checks, shares(exercise.max_points, exercise.checks), strict=True):
        case = _case(classname, check.title or check.id, check.verdict, check.message, file, exercise)
        given = _given(exercise, check, possible)
        _add_properties(case, {"check": check.id, "points": f"{given:g}", "max_points": f"{possible:g}"})
        yield case


def _given(exercise: ExerciseResult, check: CheckResult, possible: float) -> float:
    """The points of a check, as far as the checks decide."""
    if check.share is not None:
        return round_points(possible * check.share)
    return possible if check.verdict is Verdict.PASSED else 0.0


def _case(
    classname: str, name: str, verdict: Verdict, message: str, file: HandedInFile, exercise: ExerciseResult
) -> ElementTree.Element:
    case = ElementTree.Element("testcase", classname=classname, name=as_name(name))
    if file.path:
        case.set("file", one_line(file.path))
        if line := file.lines.get(exercise.name):
            case.set("line", f"{line}")
    if tag := _TAGS.get(verdict):
        words = one_line(message or (messages.WAITS_FOR_STAFF if verdict is Verdict.BY_HAND else verdict))
        ElementTree.SubElement(case, tag, message=words, type=verdict).text = words
    return case


def _add_properties(element: ElementTree.Element, values: dict[str, str]) -> None:
    properties = ElementTree.Element("properties")
    for name, value in values.items():
        ElementTree.SubElement(properties, "property", name=name, value=as_name(value))
    element.insert(0, properties)
