"""An assignment as its instructor wrote it: exercises, points and reference code, read from the notebook."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from autograder.course.errors import CourseError
from autograder.course.marked_cells import TEST_PREFIX, defined_names, grade_id
from autograder.course.source import GradedCell, SolutionCell, read_marked_cells, read_source
from autograder.course.students_version import make_release

# What a line gives a value: a definition, an import, a loop, a `with`, an assignment.
_BOUND = re.compile(
    r"^[ \t]*(?:(?:def|class)[ \t]+(\w+)|(?:from[ \t]+\S+[ \t]+)?import[ \t]+(.+)|for[ \t]+(.+?)[ \t]+in\b"
    r"|with\b.*\bas[ \t]+(\w+)|(\w[\w, \t]*?)[ \t]*[-+*/@]?=(?!=))",
    re.MULTILINE,
)
_IGNORED_FILES = (".ipynb_checkpoints", "__pycache__")


@dataclass(frozen=True)
class Solution:
    """A cell in which students write.

    Attributes:
        name: its `grade_id`.
        kind: "code" or "markdown".
        functions: names of the functions and classes that it defines.
        reference: the instructor's own answer.
        stub: the cell as students get it.
    """

    name: str
    kind: str
    functions: tuple[str, ...]
    reference: str
    stub: str


@dataclass(frozen=True)
class Exercise:
    """What points are given for: one cell of the gradebook.

    Attributes:
        name: the solution cell's `grade_id`, if the graded cell is called after it: `test_<name>`; or else the graded
            cell's own.
        points: the most that it gives.
        graded_cell: the `grade_id` of the cell with the points: tests, an answer that staff mark, or a task.
        solution: the cell in which students answer; a task has none, nor have tests before the first solution cell.
        is_by_hand: whether staff mark it.
        tests: the instructor's tests in the graded cell, hidden ones among them; empty where staff mark it.
    """

    name: str
    points: float
    graded_cell: str
    solution: Solution | None
    is_by_hand: bool = False
    tests: str = ""

    @property
    def functions(self) -> tuple[str, ...]:
        """Names of the functions and classes that its solution defines."""
        return self.solution.functions if self.solution else ()

    @property
    def solution_cell(self) -> str:
        """The `grade_id` of the cell in which students answer; empty if there is none."""
        return self.solution.name if self.solution else ""

    @property
    def reference(self) -> str:
        """The instructor's solution."""
        return self.solution.reference if self.solution else ""

    @property
    def stub(self) -> str:
        """The solution cell as students get it."""
        return self.solution.stub if self.solution else ""


@dataclass(frozen=True)
class Assignment:
    """An assignment of a course.

    Attributes:
        name: the folder's name under `source/`.
        notebook_name: the notebook's file name without its ending.
        source_folder: the instructor's folder.
        checks_folder: the hidden checks; exercises without any are judged by their test cells.
        solutions: the cells in which students answer, in the notebook's order.
        exercises: what gives points, in the notebook's order.
        source: the instructor's notebook.
        release: the notebook as students get it (a copy each time it is asked for would be slow: don't change it).
        data_files: what else students get, and guests find in their working folder.
    """

    name: str
    notebook_name: str
    source_folder: Path
    checks_folder: Path
    solutions: tuple[Solution, ...]
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
    def cells(self) -> dict[str, tuple[str, str]]:
        """Of each exercise, the grade ids of its solution cell (empty if there is none) and of its graded cell."""
        return {each.name: (each.solution_cell, each.graded_cell) for each in self.exercises}

    @property
    def homes(self) -> dict[str, str]:
        """The solution cell that defines each name; the first one, if several do."""
        return {name: each.name for each in reversed(self.solutions) for name in each.functions}

    @property
    def files(self) -> dict[str, Path]:
        """The data files, by their paths beside the notebook."""
        return {str(path.relative_to(self.source_folder)): path for path in self.data_files}

    @property
    def functions(self) -> tuple[str, ...]:
        """Every function and class that students define."""
        return tuple(name for each in self.solutions for name in each.functions)


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
    if not name.isprintable() or name != name.strip() or name.startswith(".") or set(name) & set("+/\\"):
        raise CourseError(
            f"{name!r} can't be an assignment's name: it may have no dot first, no space around it, none of + and /. "
            "Rename its folders in source/ and tests/hidden/."
        )
    sources = sources or course_folder / "source"
    source_folder = sources / name
    if not source_folder.is_dir():
        known = ", ".join(names_in(sources)) or "none"
        raise CourseError(f"There is no assignment {name!r} in {sources}. Assignments here: {known}.")
    notebooks = sorted(source_folder.glob("*.ipynb"))
    if len(notebooks) != 1:
        names = f": {', '.join(each.name for each in notebooks)}. Move the others away" if notebooks else ""
        raise CourseError(f"{source_folder} must hold exactly one notebook; it holds {len(notebooks)}{names}.")
    path = notebooks[0]
    source = read_source(path)
    solution_cells, graded_cells = read_marked_cells(path, source)
    release = _released(path, source, release_settings)
    solutions = {each.name: _solution(each, release) for each in solution_cells}
    by_hand = {each.name for each in graded_cells if each.is_by_hand}
    data_files = tuple(
        each
        for each in sorted(source_folder.rglob("*"))
        if each.is_file() and each.suffix != ".ipynb" and not set(each.parts) & set(_IGNORED_FILES)
    )
    texts = {grade_id(cell): cell.source for cell in source.cells}
    return Assignment(
        name=name,
        notebook_name=path.stem,
        source_folder=source_folder,
        checks_folder=course_folder / "tests" / "hidden" / name,
        solutions=tuple(solutions.values()),
        exercises=tuple(_exercise(each, solutions, by_hand, texts[each.name]) for each in graded_cells),
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


def _released(path: Path, source: Any, settings: str) -> Any:
    try:
        return make_release(source, settings=settings)
    except Exception as error:  # whatever nbgrader finds wrong
        reason = next(iter(str(error).strip().splitlines()), type(error).__name__).rstrip(".")
        raise CourseError(
            f"nbgrader can't make the students' version of {path}: {reason}. Mend the notebook."
        ) from error


def _solution(cell: SolutionCell, release: Any) -> Solution:
    stub = next(each.source for each in release.cells if grade_id(each) == cell.name)
    functions = defined_names(cell.source) if cell.kind == "code" else ()
    return Solution(cell.name, cell.kind, functions, cell.source, stub.strip())


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
