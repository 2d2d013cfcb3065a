"""What can be said of an assignment without running it: its files, its notebook, its release, its catalogue."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import nbformat

from autograder.audit.row import Problem, Row
from autograder.checks.catalogue import Alternative, Misconception, load_alternatives, load_misconceptions
from autograder.course.addresses import README, Addresses, fill_in_file, fill_in_notebook
from autograder.course.assignment import Assignment
from autograder.course.marked_cells import grade_id

_PRIVATE_WORDS = (
    *("BEGIN SOLUTION", "END SOLUTION", "BEGIN HIDDEN", "END HIDDEN", "BEGIN MARK SCHEME", "END MARK SCHEME"),
    *("tests/hidden", "Misconception("),
)
_MIN_SOLUTION_CHARACTERS = 16  # shorter lines ("return W, b") may well stand in a docstring or a hint
# What tells no solution, and may stand in visible tests as well: `def deposit(self, amount):`, `np.random.seed(5)`.
_USUAL = re.compile(
    r"#|@|import\b|from\b.*\bimport\b|(for|def|async def|class)\b.*:$|while True:$|(try|else|finally):$"
    r"|[\w.]*seed\(\d*\)$"
)
_STUDENT_FILES = (".csv", ".md", ".txt", ".json", ".png", ".svg", ".py", ".pt", ".safetensors")
_CHECK_FILES = (".py", ".csv", ".json", ".safetensors")


def static_rows(assignment: Assignment, release_folder: Path, addresses: Addresses) -> list[Row]:
    """The rows about exercises, files and the release, which holds the course's addresses."""
    exercises = _exercise_problems(assignment)
    names = {each.where for each in exercises}
    whole = len(assignment.exercises) - len(names)
    stray = _stray_files(assignment)
    release = _release_problems(assignment, release_folder, addresses)
    return [
        Row(
            "exercises with points, visible checks and hints", f"{whole}/{len(assignment.exercises)}", tuple(exercises)
        ),
        Row("stray files", str(len(stray)), tuple(stray)),
        Row("release is what source makes, and leaks nothing", "no" if release else "yes", tuple(release)),
    ]


def _exercise_problems(assignment: Assignment) -> list[Problem]:
    """What is missing; where there are no hidden checks, only a solution that is given away."""
    problems = []
    texts = {(part.notebook_name, name): text for part in assignment.notebooks for name, text in _texts_before(part)}
    is_ours = assignment.checks_folder.is_dir()
    for each in assignment.exercises:
        if is_ours and each.points <= 0:
            problems.append(Problem(each.name, "has no points", f"Give the cell {each.graded_cell} points above 0."))
        if is_ours and "<details>" not in texts[each.notebook, each.solution_cell or each.graded_cell]:
            problems.append(Problem(each.name, "has no hints", "Add a folded <details> hint above its solution cell."))
        if each.solution and each.stub == each.reference.strip():
            problems.append(Problem(each.name, "is given away: the stub is the solution", "Mark the solution region."))
        if each.is_by_hand or not is_ours:
            continue
        if not any(re.search(rf"\b{name}\b", each.tests) for name in each.functions):
            mend = f"Let the cell {each.graded_cell} call what the exercise defines."
            problems.append(Problem(each.name, "has no visible check", mend))
        if not each.functions:
            problems.append(Problem(each.name, "defines no function or class", "Let its solution cell define one."))
    return [*problems, *_shared_names(assignment)] if is_ours else problems


def _shared_names(assignment: Assignment) -> list[Problem]:
    """Checks call a function by its name, so two exercises can't both have one of that name."""
    problems = []
    for part in assignment.notebooks:
        homes: dict[str, str] = {}
        for solution in part.solutions:
            for name in solution.functions:
                if (first := homes.setdefault(name, solution.name)) != solution.name:
                    what = f"defines `{name}`, as {first} does, and checks would only ever call the last one"
                    problems.append(Problem(solution.name, what, "Give one of the two another name."))
    return problems


def _texts_before(assignment: Assignment) -> Iterator[tuple[str, str]]:
    """By the `grade_id` of a cell, the markdown between it and the code cell before it, its own text included."""
    gathered = ""
    for cell in assignment.source.cells:
        if cell.cell_type == "markdown":
            gathered += cell.source
        if (name := grade_id(cell)) is not None:
            yield name, gathered
        if cell.cell_type != "markdown":
            gathered = ""


def _stray_files(assignment: Assignment) -> list[Problem]:
    problems = [
        Problem(str(path.relative_to(assignment.source_folder)), "would be given to students", "Move it elsewhere.")
        for path in assignment.data_files
        if path.suffix not in _STUDENT_FILES or path.name.startswith(".")
    ]
    for path in sorted(assignment.checks_folder.rglob("*")):
        if path.is_file() and path.suffix not in _CHECK_FILES and "__pycache__" not in path.parts:
            problems.append(
                Problem(f"{path.name} among the hidden checks", "is no check or data", "Move it elsewhere.")
            )
    return problems


def _release_problems(assignment: Assignment, folder: Path, addresses: Addresses) -> list[Problem]:
    mend = f"Run `nbgrader generate_assignment {assignment.name} --force`."
    files = assignment.student_files.items()
    wanted = {name: each if isinstance(each, bytes) else each.read_bytes() for name, each in files}
    for part in reversed(assignment.notebooks):
        notebook = f"{part.notebook_name}.ipynb"
        released = fill_in_notebook(part.release, addresses, assignment.name, notebook)
        wanted[notebook] = (nbformat.writes(released) + "\n").encode()
    if README in wanted:
        wanted[README] = fill_in_file(wanted[README], addresses.links(assignment.name, notebook))
    found = (
        {str(path.relative_to(folder)): path for path in folder.rglob("*") if path.is_file()} if folder.is_dir() else {}
    )
    problems = [Problem(f"release/{name}", "is missing", mend) for name in sorted(wanted.keys() - found.keys())]
    problems += [Problem(f"release/{name}", "is a stray file", mend) for name in sorted(found.keys() - wanted.keys())]
    for name in sorted(wanted.keys() & found.keys()):
        if found[name].read_bytes().rstrip() != wanted[name].rstrip():
            problems.append(Problem(f"release/{name}", "is not what source/ makes", mend))
    return problems + leaks(assignment, {name: path.read_bytes() for name, path in sorted(found.items())})


def leaks(assignment: Assignment, released: Mapping[str, bytes]) -> list[Problem]:
    """What files that students get tell of solutions and hidden tests.

    Args:
        released: their contents, by their paths in the release.
    """
    problems = []
    for name, content in released.items():
        text = content.decode("utf-8", "replace")
        secrets = [word for word in _PRIVATE_WORDS if word in text]
        secrets += [line for line in _solution_lines(assignment) if line in text] if name.endswith(".ipynb") else []
        for secret in secrets:
            what = f"holds {secret!r}"
            problems.append(Problem(f"release/{name}", what, "Put it in a solution region, or say it otherwise."))
    return problems


def _solution_lines(assignment: Assignment) -> list[str]:
    """Lines that stand in a reference solution and not in its stub, as they would stand in a notebook file."""
    lines: dict[str, None] = {}  # several tests of one solution make several exercises
    for each in assignment.exercises:
        given = {line.strip() for line in each.stub.splitlines()}
        for line in each.reference.splitlines():
            line = line.strip()
            if line not in given and len(line) >= _MIN_SOLUTION_CHARACTERS and not _USUAL.match(line):
                lines[line.replace("\\", "\\\\").replace('"', '\\"')] = None
    return list(lines)


def catalogue_row(assignment: Assignment) -> Row:
    """Whether every entry parses, names an exercise, and has an id of its own. Raises CourseError if none loads."""
    entries: list[Misconception | Alternative] = []
    entries += [*load_misconceptions(assignment), *load_alternatives(assignment)]
    known = {each.name for each in assignment.exercises}
    problems = []
    for (kind, exercise, name), count in Counter((type(e).__name__, e.exercise, e.id) for e in entries).items():
        if count > 1:
            problems.append(Problem(f"{kind} {exercise}/{name}", f"is there {count} times", "Rename or delete one."))
    for each in entries:
        where = f"{type(each).__name__} {each.exercise}/{each.id}"
        if each.exercise not in known:
            problems.append(Problem(where, "is for no exercise of this assignment", f"Use one of {sorted(known)}."))
        try:
            ast.parse(each.code)
        except SyntaxError as error:
            problems.append(Problem(where, f"does not parse (line {error.lineno})", "Mend its code."))
        if not getattr(each, "sentence", "-").strip():
            problems.append(Problem(where, "has no sentence", "Say kindly what the mistake is."))
    return Row(
        "catalogue entries that are well formed", f"{len(entries) - len(problems)}/{len(entries)}", tuple(problems)
    )
