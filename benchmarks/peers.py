"""The graders that are compared, each told to grade the same submissions, from the first one on."""

from __future__ import annotations

import shutil
import venv
from collections.abc import Callable
from pathlib import Path

import nbformat
from nbgrader.api import Gradebook

from autograder.course.assignment import Assignment
from autograder.course.marked_cells import grade_id
from benchmarks.course import NAME, ROOT, audit, make_course, notebook_of, student, the_assignment
from benchmarks.timing import Measured, Stopwatch, measure, run

OURS = "autograder grade"
AUDITED = "autograder grade, after an audit"
PICTURES = "autograder grade, with pictures"
STOCK = "nbgrader autograde"
OTTER = "otter run"
OTTER_VERSION = "7.0.0"
_OTTER_FOLDER = ROOT / ".venv-otter"

# What otter-grader's own format for tests asks for; each runs the lab's visible test cell.
_OTTER_TEST = """from otter.test_files import test_case

OK_FORMAT = False
name = {name!r}
points = {points!r}


@test_case()
def test_visible(env):
    exec({code!r}, env)
"""


def grade_ours(
    folder: Path,
    submissions: int,
    *,
    name: str = OURS,
    pictures: bool = False,
    found: Path | None = None,
    look: bool = False,
) -> Measured:
    """`autograder grade`, in a course that `make_course` makes of `pictures` and `found`."""
    make_course(folder, submissions, pictures=pictures, found=found)
    row = measure(name, folder, submissions, "autograder", "grade", NAME, "--quiet", look=look)
    expect_marks(f"sqlite:///{folder}/gradebook.db", "deep-learning-basics", submissions)
    return row


def grade_with_pictures(folder: Path, submissions: int) -> Measured:
    """The same, with the cells that only show things."""
    return grade_ours(folder, submissions, name=PICTURES, pictures=True)


def grade_audited(scratch: Path) -> Callable[[Path, int], Measured]:
    """The same, in a course whose known mistakes were proven before; that is done once, in `scratch`."""
    found = audit(make_course(scratch, 0))
    return lambda folder, submissions: grade_ours(folder, submissions, name=AUDITED, found=found)


def grade_stock(folder: Path, submissions: int) -> Measured:
    """`nbgrader autograde`, as nbgrader is when it is installed."""
    make_course(folder, submissions, stock=True)
    row = measure(STOCK, folder, submissions, "nbgrader", "autograde", NAME)
    expect_marks(f"sqlite:///{folder}/gradebook.db", "stock", submissions)
    return row


def expect_marks(url: str, course_id: str, submissions: int) -> None:
    """Raises RuntimeError unless everybody has marks, full ones for what is right and fewer for what is not."""
    with Gradebook(url, course_id) as gradebook:
        scores = {each.student_id: (each.score, each.max_score) for each in gradebook.assignment_submissions(NAME)}
    for number in range(submissions):
        score, best = scores.get(student(number), (None, None))
        if score is None or (number % 2 == 0 and score != best):
            raise RuntimeError(f"{student(number)} has {score} of {best} points in {url}.")


def otter_programs() -> Path:
    """The `bin` folder of an environment with otter-grader, made where it is missing.

    Raises:
        RuntimeError: it can't be installed; with the reason.
    """
    programs = _OTTER_FOLDER / "bin"
    if not (programs / "otter").exists():
        venv.create(_OTTER_FOLDER, with_pip=True)
        wanted = [f"otter-grader=={OTTER_VERSION}", "torch", "matplotlib", "ipykernel"]
        install = ["install", "--quiet", "-c", str(ROOT / "constraints.txt"), *wanted]
        try:
            run(ROOT, "python", "-m", "pip", *install, path=programs)
        except RuntimeError as error:
            shutil.rmtree(_OTTER_FOLDER, ignore_errors=True)
            raise RuntimeError(f"otter-grader {OTTER_VERSION} could not be installed: {error}") from error
    return programs


def grade_otter(programs: Path) -> Callable[[Path, int], Measured]:
    """`otter run` for one submission after another, as otter-grader does within its containers."""

    def grade(folder: Path, submissions: int) -> Measured:
        assignment = the_assignment()
        _make_otter_course(folder, assignment, submissions, programs)
        with Stopwatch() as watch:
            for number in range(submissions):
                out = folder / student(number)
                out.mkdir()
                notebook = f"{student(number)}.ipynb"
                run(folder, "otter", "run", notebook, "-a", "autograder.zip", "-o", str(out), path=programs)
        missing = [student(n) for n in range(submissions) if not (folder / student(n) / "results.json").is_file()]
        if missing:
            raise RuntimeError(f"otter gave no results for {', '.join(missing)}.")
        return Measured(OTTER, submissions, watch.wall_seconds, watch.cpu_seconds)

    return grade


def _make_otter_course(folder: Path, assignment: Assignment, submissions: int, programs: Path) -> None:
    (folder / "tests").mkdir(parents=True)
    sources = {grade_id(cell): cell.source for cell in assignment.source.cells}
    for each in assignment.exercises:
        text = _OTTER_TEST.format(name=each.name, points=each.points, code=sources[each.graded_cell])
        (folder / "tests" / f"{each.name}.py").write_text(text, encoding="utf-8")
    for path in assignment.data_files:
        shutil.copyfile(path, folder / path.name)
    data = [path.name for path in assignment.data_files]
    run(folder, "otter", "generate", "-t", "tests", "-o", "autograder.zip", "--no-environment", *data, path=programs)
    tests = {each.graded_cell for each in assignment.exercises}
    for number in range(submissions):
        notebook = notebook_of(assignment, number)
        notebook.cells = [cell for cell in notebook.cells if grade_id(cell) not in tests]
        nbformat.write(notebook, folder / f"{student(number)}.ipynb")
