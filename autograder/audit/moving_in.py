"""What an nbgrader assignment comes to under this grader, before anything of it is changed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import nbformat

from autograder.audit.files import leaks
from autograder.audit.outside import Refused, refused_tests
from autograder.audit.row import Problem
from autograder.course.assignment import Assignment
from autograder.course.marked_cells import grade_id
from autograder.course.source import read_source
from autograder.judge.grader import Grader
from autograder.judge.test_cells import TestCells
from autograder.sandbox.sandbox import Sandbox

OUTSIDE, CHECKS, BY_HAND = "tests, judged from outside", "hidden pytest checks", "by hand"
INSIDE = "tests, beside student code: they can be forged"
NOT_OUTSIDE, WRONG = "tests: can't be judged from outside", "tests: the notebook's own solution fails them"
NOT_READY = (NOT_OUTSIDE, WRONG)
_LOOKS_PRIVATE = re.compile(r"solution|answer|hidden|rubric|mark.?scheme|instructor|grading.?key", re.IGNORECASE)
_AUTOTEST = re.compile(r"^[ \t]*#+[ \t]*(?:HASHED[ \t]+)?AUTOTEST\b", re.MULTILINE)
_ASKED = {"eq": "`==`", "ne": "`!=`", "contains": "`in`", "len": "its length", "iter": "its items"}
_PYTHON = ("python", "ipython")  # as a language, and as a kernel
_WITHOUT_EFFECT = ("Execute", "ExecutePreprocessor", "OverwriteCells", "LimitOutput")


@dataclass(frozen=True)
class CellFound:
    """A cell with points, and who gives them; `why_not` is why its tests don't pass outside, if they don't."""

    notebook: str
    name: str
    points: float
    how: str
    why_not: str = ""


@dataclass(frozen=True)
class Found:
    """What there is to say of an assignment.

    Attributes:
        name: the assignment's.
        fault: why it can't be graded at all, or empty.
        cells: those with points.
        forgeable: sentences on what student code could forge, or answers for by itself.
        leaks: what students would get to see of solutions.
        odd: sentences on what is unusual, and what that means.
    """

    name: str
    fault: str = ""
    cells: tuple[CellFound, ...] = ()
    forgeable: tuple[str, ...] = ()
    leaks: tuple[Problem, ...] = ()
    odd: tuple[str, ...] = ()

    @property
    def is_ready(self) -> bool:
        """Whether nothing has to be changed before students get it."""
        return not self.fault and not self.leaks and not any(each.how in NOT_READY for each in self.cells)


def look_at(assignment: Assignment, sandbox: Sandbox) -> Found:
    """Runs the instructor's own notebooks and their tests, and says what came of it.

    Raises:
        CourseError: hidden checks are there, and can't be collected.
    """
    with Grader(assignment, sandbox) as grader:
        checked = {name for name, checks in grader.session.checks.items() if checks}
        judged, trusted = {}, list[str]()
        for judge in grader.judges:
            part, tests = judge.assignment, judge.test_cells
            refused = {each.cell: each for each in refused_tests(part, tests, sandbox)}
            for cell in tests.cells:
                fault = refused.get(cell.name)
                judged[part.notebook_name, cell.name] = (_how(fault, tests.is_inside(cell)), fault.why if fault else "")
            trusted += _trusted(tests)
    cells = []
    for each in assignment.exercises:
        how, why = BY_HAND if each.is_by_hand else CHECKS, ""
        if not each.is_by_hand and each.name not in checked:
            how, why = judged[each.notebook, each.graded_cell]
        cells.append(CellFound(each.notebook, each.graded_cell, each.points, how, why))
    forged = tuple(
        f"{each.name}: its {each.points:g} points, by c.Grading.inside" for each in cells if each.how == INSIDE
    )
    return Found(
        assignment.name,
        cells=tuple(cells),
        forgeable=(*forged, *trusted),
        leaks=tuple(_leaks(assignment)),
        odd=tuple(_odd(assignment)),
    )


def _how(refused: Refused | None, is_inside: bool) -> str:
    if refused is None:
        return INSIDE if is_inside else OUTSIDE
    return WRONG if refused.is_wrong else NOT_OUTSIDE


def _trusted(tests: TestCells) -> Iterator[str]:
    """Where tests take an object's own word, as they do for the instructor's solution."""
    if not tests.cells:
        return
    labels = {each.label: each.name for each in tests.cells}
    asked: dict[tuple[str, int], list[str]] = {}
    for label, line, do in sorted(tests.needed):
        asked.setdefault((labels.get(label, "a helper"), line), []).append(_ASKED.get(do, f"`{do}`"))
    for (cell, line), what in asked.items():
        yield f"{cell}, line {line} asks an object that the student's code gives for {' and '.join(what)}"


def _leaks(assignment: Assignment) -> Iterator[Problem]:
    notebooks = {f"{part.notebook_name}.ipynb": nbformat.writes(part.release) for part in assignment.notebooks}
    files = assignment.student_files
    contents = {name: each if isinstance(each, bytes) else each.read_bytes() for name, each in files.items()}
    yield from leaks(assignment, {**{name: text.encode() for name, text in notebooks.items()}, **contents})
    for name in files:
        if (found := _LOOKS_PRIVATE.search(name)) is not None:
            yield Problem(
                f"release/{name}", f"would go to students, and is called {found.group()!r}", "Move it out of source/."
            )


def _odd(assignment: Assignment) -> Iterator[str]:
    if made := [name for part in assignment.notebooks for name in _with_directives(part)]:
        yield (
            "nbgrader makes tests of AUTOTEST directives, by running the notebook each time it is read: "
            f"{', '.join(made)}. To save these seconds, copy its tests from release/{assignment.name}/ into the source."
        )
    kernels = {part.notebook_name: _kernel(part.source) for part in assignment.notebooks}
    if len(set(kernels.values())) > 1:
        told = ", ".join(f"{name} {kernel}" for name, kernel in kernels.items())
        yield f"Its notebooks name several kernels ({told}); all are judged by the grader's own Python."

    for name in _pictures_of_solutions(assignment):
        yield f"{name} has a picture that nbgrader's own release would keep; this grader's leaves it out."


def _kernel(notebook: Any) -> str:
    name = str(notebook.metadata.get("kernelspec", {}).get("name", "none"))
    return "python3" if name in _PYTHON else name


def _pictures_of_solutions(assignment: Assignment) -> list[str]:
    """Cells with attachments that the students' version does not show."""
    kept = {grade_id(cell): cell.get("attachments", {}).keys() for cell in assignment.release.cells}
    return [
        name
        for cell in assignment.source.cells
        if (name := grade_id(cell)) and cell.get("attachments", {}).keys() - kept.get(name, set())
    ]


def _with_directives(part: Assignment) -> list[str]:
    """Cells of one notebook that ask nbgrader to write their tests."""
    written = read_source(part.source_folder / f"{part.notebook_name}.ipynb")
    return [grade_id(each) or "a cell without an id" for each in written.cells if _AUTOTEST.search(each.source)]


def odd_settings(config: Mapping[str, Any]) -> list[str]:
    """What a course's settings for nbgrader mean here, where that is not plain."""
    found = [
        f"nbgrader puts {config['IncludeHeaderFooter'][each]} {place} each notebook; it is read as part of them."
        for each, place in (("header", "before"), ("footer", "after"))
        if config.get("IncludeHeaderFooter", {}).get(each)
    ]
    for section in _WITHOUT_EFFECT:
        for each in config.get(section, {}):
            limit = " Time is limited by c.Limits.cell_wall_seconds." if each == "timeout" else ""
            found.append(f"c.{section}.{each} has no effect here: notebooks run in this grader's sandbox.{limit}")
    return found
