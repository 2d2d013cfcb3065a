"""An assignment as its instructor wrote it: exercises, points and reference code, read from the notebook."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

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
        builds_on: names of the earlier ones that it may build on; None: on any.
    """

    name: str
    kind: str
    functions: tuple[str, ...]
    reference: str
    stub: str
    builds_on: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Exercise:
    """What points are given for: one cell of the gradebook.

    Attributes:
        name: the solution cell's `grade_id`, if the graded cell is called after it: `test_<name>`; or else the graded
            cell's own.
        points: the most that it gives.
        graded_cell: the `grade_id` of the cell with the points: tests, an answer that staff mark, or a task.
        solution: the cell in which students answer; a task has none, nor have tests before the first solution cell.
        notebook: the name of the notebook that it is in, without its ending.
        is_by_hand: whether staff mark it.
        tests: the instructor's tests in the graded cell, hidden ones among them; empty where staff mark it.
    """

    name: str
    points: float
    graded_cell: str
    solution: Solution | None
    notebook: str = ""
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
    """An assignment of a course, or one notebook of an assignment that has several.

    Attributes:
        name: the folder's name under `source/`.
        notebook_name: the notebook's file name without its ending; of several, the first one's.
        source_folder: the instructor's folder.
        checks_folder: the hidden checks; exercises without any are judged by their test cells.
        solutions: the cells in which students answer, in the notebook's order.
        exercises: what gives points, in the notebook's order.
        source: the instructor's notebook; of several, the cells of all of them.
        release: the notebook as students get it (a copy each time it is asked for would be slow: don't change it).
        data_files: what else students get, and guests find in their working folder.
        student_modules: the data files in which students write, by their paths beside the notebook, as they get them.
        release_settings: of the course, as `make_release` takes them.
        inside: graded cells whose tests may run beside student code, if they can't run anywhere else; "*": all such.
        parts: each notebook by itself, if there are several.
        siblings: of a part, the names of the other notebooks.
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
    student_modules: tuple[tuple[str, str], ...] = ()
    release_settings: str = ""
    inside: frozenset[str] = frozenset()
    parts: tuple[Assignment, ...] = ()
    siblings: frozenset[str] = frozenset()

    @property
    def notebooks(self) -> tuple[Assignment, ...]:
        """Each notebook by itself."""
        return self.parts or (self,)

    def allowing(self, inside: frozenset[str]) -> Assignment:
        """The same, with tests of these cells allowed beside student code."""
        parts = tuple(replace(each, inside=inside) for each in self.parts)
        return replace(self, inside=inside, parts=parts)

    def part_of(self, exercise: str) -> Assignment:
        """The notebook that the exercise is in, by itself. Raises KeyError if there is none."""
        name = self.exercise(exercise).notebook
        return next(each for each in self.notebooks if each.notebook_name == name)

    @property
    def max_score(self) -> float:
        return sum(exercise.points for exercise in self.exercises)

    def exercise(self, name: str) -> Exercise:
        """The exercise `name`. Raises KeyError if there is none."""
        for each in self.exercises:
            if each.name == name:
                return each
        raise KeyError(name)

    @cached_property
    def module_names(self) -> frozenset[str]:
        """What the instructor's cells call modules: "torch", "F" (names imported from a module count too)."""
        return frozenset((each.asname or each.name).split(".")[0] for _, each in self._imports())

    @cached_property
    def imported(self) -> frozenset[str]:
        """Modules that the instructor's cells import, by their whole names, and what might be one: "torch.nn"."""
        found = list(self._imports())
        return frozenset(
            {
                *(module for module, _ in found if module),
                *(f"{module}.{each.name}".lstrip(".") for module, each in found),
            }
        )

    def _imports(self) -> Iterator[tuple[str, ast.alias]]:
        """What imports in the instructor's cells name, with the module that it is taken from, if it is."""
        for cell in self.source.cells:
            with suppress(SyntaxError):  # a cell with IPython's own magic
                for node in ast.walk(ast.parse(cell.source if cell.cell_type == "code" else "")):
                    if isinstance(node, ast.Import):
                        yield from (("", each) for each in node.names)
                    elif isinstance(node, ast.ImportFrom) and not node.level:
                        yield from ((node.module or "", each) for each in node.names)

    @cached_property
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

    @cached_property
    def file_stubs(self) -> frozenset[tuple[str, str]]:
        """What students are to write in modules: the module's path, and the function, or the method with its class."""
        return frozenset((path, name) for path, text in self.student_modules for name in _stubs(text))

    @property
    def files(self) -> dict[str, Path]:
        """The instructor's data files, by their paths beside the notebook."""
        return {str(path.relative_to(self.source_folder)): path for path in self.data_files}

    @property
    def student_files(self) -> dict[str, Path | bytes]:
        """The same as students get them: without the solutions in modules."""
        return {**self.files, **{name: text.encode() for name, text in self.student_modules}}

    @property
    def functions(self) -> tuple[str, ...]:
        """Every function and class that students define."""
        return tuple(name for each in self.solutions for name in each.functions)


def _stubs(text: str) -> Iterator[str]:
    """Functions of a module that are yet to be written: "f", "Stack.push"."""
    try:
        pending = [("", each) for each in ast.parse(text).body]
    except (SyntaxError, ValueError):
        return
    for before, node in pending:
        if isinstance(node, ast.ClassDef):
            pending += [(f"{before}{node.name}.", each) for each in node.body]
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            raised = [ast.unparse(each) for each in ast.walk(node) if isinstance(each, ast.Raise)]
            if any("NotImplementedError" in each for each in raised):
                yield before + node.name
