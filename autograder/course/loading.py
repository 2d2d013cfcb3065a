"""Reads an assignment from its folder: notebooks, data, and where its hidden checks are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import nbformat

from autograder.course.assignment import Assignment, Exercise, Solution
from autograder.course.errors import CourseError
from autograder.course.marked_cells import TEST_PREFIX, defined_names, grade_id
from autograder.course.source import GradedCell, SolutionCell, read_marked_cells, read_source
from autograder.course.students_version import (
    cell_that_fails,
    make_release,
    module_stub,
    with_automatic_tests,
    with_header_and_footer,
)

# By a word of nbgrader's on what is wrong with a region, what to do about it.
_MENDS = {
    "no end": "Put the line that ends the region below it.",
    "nested": "End the first region before the next one begins.",
    "attachment": "Show the picture as data or by a link there, or take it out of the mark scheme.",
    "non-solution": "Give the cell the type of an answer, or take the region out.",
    "mark scheme region": "Give the cell the type of a task, or take the region out.",
    "non-grade": "Give the cell the type of tests, or take the region out.",
}
_IGNORED_FILES = (".ipynb_checkpoints", "__pycache__")


@lru_cache(maxsize=8)
def load_assignment(
    course_folder: Path, name: str, sources: Path | None = None, release_settings: str = ""
) -> Assignment:
    """Reads `source/<name>/`, and finds `tests/hidden/<name>/` if it is there.

    Args:
        course_folder: where the hidden checks are.
        name: the assignment's.
        sources: the folder of all instructor notebooks if it is not `source` in the course: see `Course.assignment`.
        release_settings: of the course, for `make_release`.
    Raises:
        CourseError: there is no such assignment, or its notebook is not one that can be graded.
    """
    refuse_name(name)
    course_folder = course_folder.absolute()  # checks run in folders of their own
    sources = (sources or course_folder / "source").absolute()
    source_folder = sources / name
    if not source_folder.is_dir():
        known = ", ".join(names_in(sources)) or "none"
        raise CourseError(f"There is no assignment {name!r} in {sources}. Assignments here: {known}.")
    paths = sorted(source_folder.glob("*.ipynb"))
    if not paths:
        raise CourseError(f"{source_folder} holds no notebook. Put the instructor's notebook there.")
    for twice, count in Counter(path.stem.casefold() for path in paths).items():
        if count > 1:
            names = ", ".join(path.name for path in paths if path.stem.casefold() == twice)
            raise CourseError(f"{source_folder} holds {count} notebooks of one name: {names}. Rename all but one.")
    data_files = tuple(
        each
        for each in sorted(source_folder.rglob("*"))
        if each.is_file() and each not in paths and not set(each.parts) & set(_IGNORED_FILES)
    )
    checks_folder = course_folder / "tests" / "hidden" / name
    parts = [_notebook(path, course_folder, checks_folder, data_files, release_settings) for path in paths]
    if not any(each.exercises for each in parts):
        raise CourseError(
            f"{' and '.join(map(str, paths))} has no cell with points, so there is nothing to grade. Give a test cell, "
            "or an answer that you mark by hand, points in nbgrader's Create Assignment view."
        )
    return parts[0] if len(parts) == 1 else _together(parts)


def refuse_name(name: str) -> None:
    """Raises CourseError if an assignment can't be called so."""
    if not name or not name.isprintable() or name != name.strip() or name.startswith(".") or set(name) & set("+/\\"):
        raise CourseError(
            f"{name!r} can't be an assignment's name: it may have no dot first, no space around it, none of + and /. "
            "Take another one; of an assignment that is there, rename the folders in source/ and tests/hidden/."
        )


def _notebook(
    path: Path, course_folder: Path, checks_folder: Path, data_files: tuple[Path, ...], release_settings: str
) -> Assignment:
    source = with_header_and_footer(read_source(path), release_settings)
    source = _tested(path, source, course_folder, release_settings)
    solution_cells, graded_cells = read_marked_cells(path, source)
    release = _released(path, source, release_settings)
    solutions = {each.name: _solution(each, release) for each in solution_cells}
    by_hand = {each.name for each in graded_cells if each.is_by_hand}
    texts = {grade_id(cell): cell.source for cell in source.cells}
    exercises = (_exercise(each, solutions, by_hand, texts[each.name]) for each in graded_cells)
    return Assignment(
        name=checks_folder.name,
        notebook_name=path.stem,
        source_folder=path.parent,
        checks_folder=checks_folder,
        solutions=tuple(solutions.values()),
        exercises=tuple(replace(each, notebook=path.stem) for each in exercises),
        source=source,
        release=release,
        data_files=data_files,
        release_settings=release_settings,
        student_modules=tuple(
            (str(each.relative_to(path.parent)), stub)
            for each in data_files
            if each.suffix == ".py" and (stub := module_stub(each, release_settings)) is not None
        ),
    )


def _together(parts: Sequence[Assignment]) -> Assignment:
    """Notebooks of one assignment; exercises of one name get that of their notebook before it."""
    counts = Counter(exercise.name for part in parts for exercise in part.exercises)
    names = frozenset(part.notebook_name for part in parts)
    own = tuple(
        replace(
            part,
            exercises=tuple(
                replace(each, name=f"{part.notebook_name}.{each.name}") if counts[each.name] > 1 else each
                for each in part.exercises
            ),
            siblings=names - {part.notebook_name},
        )
        for part in parts
    )
    source, release = (_joined([getattr(each, kind) for each in own]) for kind in ("source", "release"))
    return replace(
        own[0],
        solutions=tuple(solution for each in own for solution in each.solutions),
        exercises=tuple(exercise for each in own for exercise in each.exercises),
        source=source,
        release=release,
        parts=own,
        siblings=frozenset(),
    )


def _joined(notebooks: Sequence[Any]) -> Any:
    return nbformat.from_dict({**notebooks[0], "cells": [cell for each in notebooks for cell in each.cells]})


def assignment_names(course_folder: Path) -> list[str]:
    """The assignments of a course with the usual folders, sorted; see `Course.assignment_names` for any other."""
    return names_in(course_folder / "source")


def names_in(sources: Path) -> list[str]:
    """The assignments in a folder of instructor notebooks, sorted."""
    return sorted({path.parent.name for path in sources.glob("*/*.ipynb")})


def _tested(path: Path, source: Any, course_folder: Path, settings: str) -> Any:
    try:
        return with_automatic_tests(source, path, course_folder, settings)
    except Exception as error:  # whatever nbgrader finds wrong
        raise CourseError(
            f"nbgrader can't make tests of the AUTOTEST lines in {path}: {_reason(error)}. Mend the notebook or "
            "autotests.yml."
        ) from error


def _reason(error: Exception) -> str:
    told = error.__context__ or error  # nbgrader says first what it found, then that it found something
    return next(iter(str(told).strip().splitlines()), type(error).__name__).rstrip(".")


def _released(path: Path, source: Any, settings: str) -> Any:
    try:
        return make_release(source, settings=settings)
    except Exception as error:  # whatever nbgrader finds wrong
        reason = _reason(error)
        where = cell_that_fails(source, settings)
        raise CourseError(
            f"nbgrader can't make the students' version of {path}: {reason}{f', in {where}' if where else ''}. "
            f"{next((mend for word, mend in _MENDS.items() if word in reason.lower()), 'Mend it.')}"
        ) from error


def _solution(cell: SolutionCell, release: Any) -> Solution:
    stub = next(each.source for each in release.cells if grade_id(each) == cell.name)
    functions = defined_names(cell.source) if cell.kind == "code" else ()
    return Solution(cell.name, cell.kind, functions, cell.source, stub.strip(), cell.builds_on)


def _exercise(cell: GradedCell, solutions: Mapping[str, Solution], by_hand: Collection[str], text: str) -> Exercise:
    name = cell.name.removeprefix(TEST_PREFIX)
    is_called_after_it = name == cell.solution and name not in by_hand
    return Exercise(
        name=name if is_called_after_it else cell.name,
        points=cell.points,
        graded_cell=cell.name,
        solution=solutions.get(cell.solution),
        is_by_hand=cell.is_by_hand,
        tests="" if cell.is_by_hand else text,
    )
