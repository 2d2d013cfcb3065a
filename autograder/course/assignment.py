"""An assignment as its instructor wrote it: exercises, points and reference code, read from the notebook."""

from __future__ import annotations

import ast
import re
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import nbformat

from autograder.course.errors import CourseError
from autograder.course.source import TEST_PREFIX as TEST_PREFIX
from autograder.course.source import Solution, read_solutions, read_source
from autograder.course.source import grade_id as grade_id

# What a line gives a value: a definition, an import, a loop, a `with`, an assignment.
_BOUND = re.compile(
    r"^[ \t]*(?:(?:def|class)[ \t]+(\w+)|(?:from[ \t]+\S+[ \t]+)?import[ \t]+(.+)|for[ \t]+(.+?)[ \t]+in\b"
    r"|with\b.*\bas[ \t]+(\w+)|(\w[\w, \t]*?)[ \t]*[-+*/@]?=(?!=))",
    re.MULTILINE,
)
_DEFINED_NAME = re.compile(r"^(?:async[ \t]+)?(?:def|class)[ \t]+(\w+)", re.MULTILINE)
_IGNORED_FILES = (".ipynb_checkpoints", "__pycache__")


@dataclass(frozen=True)
class Exercise:
    """One step of an assignment.

    Attributes:
        name: the `grade_id` of its solution cell.
        points: the points of its test cell `test_<name>`.
        functions: names of the functions and classes that its solution cell defines.
        reference: the instructor's solution cell.
        stub: the solution cell as students get it.
    """

    name: str
    points: float
    functions: tuple[str, ...]
    reference: str
    stub: str

    @property
    def test_cell(self) -> str:
        return TEST_PREFIX + self.name


@dataclass(frozen=True)
class Assignment:
    """An assignment of a course.

    Attributes:
        name: the folder's name under `source/`.
        notebook_name: the notebook's file name without its ending.
        source_folder: the instructor's folder.
        checks_folder: the hidden checks.
        exercises: in the notebook's order.
        source: the instructor's notebook.
        release: the notebook as students get it (a copy each time it is asked for would be slow: don't change it).
        data_files: what else students get, and guests find in their working folder.
    """

    name: str
    notebook_name: str
    source_folder: Path
    checks_folder: Path
    exercises: tuple[Exercise, ...]
    source: Any
    release: Any
    data_files: tuple[Path, ...]

    @property
    def max_score(self) -> float:
        return sum(exercise.points for exercise in self.exercises)

    def exercise(self, name: str) -> Exercise:
        """The exercise `name`. Raises KeyError if there is none."""
        for each in self.exercises:
            if each.name == name:
                return each
        raise KeyError(name)

    @property
    def module_names(self) -> frozenset[str]:
        """What the instructor's cells call modules: "torch", "F" (names imported from a module count too)."""
        names = set()
        for cell in self.source.cells:
            with suppress(SyntaxError):  # a cell with IPython's own magic
                nodes = ast.walk(ast.parse(cell.source if cell.cell_type == "code" else ""))
                names |= {
                    (alias.asname or alias.name).split(".")[0]
                    for node in nodes
                    if isinstance(node, ast.Import | ast.ImportFrom)
                    for alias in node.names
                }
        return frozenset(names)

    @property
    def names(self) -> frozenset[str]:
        """Names that mean the same in every submission: modules, exercises' functions, what given cells define."""
        given = "\n".join(cell.source for cell in self.release.cells if cell.cell_type == "code")
        bound = {name for found in _BOUND.findall(given) for part in found for name in re.findall(r"[^\W\d]\w*", part)}
        return frozenset({*self.module_names, *self.functions, *bound})

    @property
    def homes(self) -> dict[str, str]:
        """The exercise that defines each name; the first one, if several do."""
        return {name: each.name for each in reversed(self.exercises) for name in each.functions}

    @property
    def files(self) -> dict[str, Path]:
        """The data files, by their paths beside the notebook."""
        return {str(path.relative_to(self.source_folder)): path for path in self.data_files}

    @property
    def functions(self) -> tuple[str, ...]:
        """Every name that the exercises define."""
        return tuple(name for exercise in self.exercises for name in exercise.functions)


@lru_cache(maxsize=8)
def load_assignment(course_folder: Path, name: str, sources: Path | None = None) -> Assignment:
    """Reads `source/<name>/` and finds `tests/hidden/<name>/`.

    Args:
        course_folder: where the hidden checks are.
        name: the assignment's.
        sources: the folder of all instructor notebooks if it is not `source` in the course: see `Course.assignment`.
    Raises:
        CourseError: there is no such assignment, or its notebook is not one that can be graded.
    """
    if not name.isprintable() or name != name.strip() or name.startswith(".") or set(name) & set("+/\\"):
        raise CourseError(
            f"{name!r} can't be an assignment's name: it may have no dot first, no space around it, none of + and /. "
            "Rename its folders in source/ and tests/hidden/."
        )
    sources = sources or course_folder / "source"
    source_folder = sources / name
    checks_folder = course_folder / "tests" / "hidden" / name
    if not source_folder.is_dir():
        known = ", ".join(names_in(sources)) or "none"
        raise CourseError(f"There is no assignment {name!r} in {sources}. Assignments here: {known}.")
    if not checks_folder.is_dir():
        raise CourseError(f"The assignment {name!r} has no hidden checks: the folder {checks_folder} is missing.")
    notebooks = sorted(source_folder.glob("*.ipynb"))
    if len(notebooks) != 1:
        names = f": {', '.join(each.name for each in notebooks)}. Move the others away" if notebooks else ""
        raise CourseError(f"{source_folder} must hold exactly one notebook; it holds {len(notebooks)}{names}.")
    path = notebooks[0]
    source = read_source(path)
    solutions = read_solutions(path, source)
    try:
        release = make_release(source)
    except Exception as error:  # whatever nbgrader finds wrong
        reason = next(iter(str(error).strip().splitlines()), type(error).__name__).rstrip(".")
        raise CourseError(
            f"nbgrader can't make the students' version of {path}: {reason}. Mend the notebook."
        ) from error
    data_files = tuple(
        each
        for each in sorted(source_folder.rglob("*"))
        if each.is_file() and each.suffix != ".ipynb" and not set(each.parts) & set(_IGNORED_FILES)
    )
    return Assignment(
        name=name,
        notebook_name=path.stem,
        source_folder=source_folder,
        checks_folder=checks_folder,
        exercises=tuple(_exercise(each, release) for each in solutions),
        source=source,
        release=release,
        data_files=data_files,
    )


def assignment_names(course_folder: Path) -> list[str]:
    """The assignments of a course with the usual folders, sorted; see `Course.assignment_names` for any other."""
    return names_in(course_folder / "source")


def names_in(sources: Path) -> list[str]:
    """The assignments in a folder of instructor notebooks, sorted."""
    return sorted({path.parent.name for path in sources.glob("*/*.ipynb")})


def make_release(source: Any, resources: dict[str, Any] | None = None, save: Any = None) -> Any:
    """The students' version of an instructor notebook, by nbgrader's own preprocessors.

    Args:
        source: the instructor's notebook; it is not changed.
        resources: nbgrader's resources, needed with `save`.
        save: a step that records the assignment's cells, nbgrader's `SaveCells` or one like it.
    """
    from nbgrader import preprocessors as steps

    chosen = [steps.LockCells, steps.ClearSolutions, steps.ClearOutput, steps.CheckCellMetadata]
    chosen += [steps.ComputeChecksums, *([save] if save else []), steps.ClearHiddenTests]
    chosen += [steps.ClearMarkScheme, steps.ComputeChecksums, steps.CheckCellMetadata]
    notebook = nbformat.from_dict(source)
    resources = resources if resources is not None else {}
    for step in chosen:
        notebook, resources = step().preprocess(notebook, resources)
    return notebook


def _exercise(found: Solution, release: Any) -> Exercise:
    stub = next(cell.source for cell in release.cells if grade_id(cell) == found.name)
    functions = tuple(_DEFINED_NAME.findall(found.code))
    return Exercise(found.name, found.points, functions, found.code, stub.strip())
