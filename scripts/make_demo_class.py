"""Makes a course folder with a made-up class in it, to see the grader at work on.

    python scripts/make_demo_class.py demo logistic_regression

The folder is a course of its own: the assignment and the settings are copied, and the gradebook is its own. The class
has one student who did all of it, one who did nothing, ten with a typical mistake each from the assignment's
catalogue, and some whose notebooks are damaged in the ways that happen. Everything is the same each time.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain, zip_longest
from pathlib import Path
from typing import Any

import nbformat

from autograder.checks.catalogue import Misconception, load_misconceptions
from autograder.course.assignment import Assignment, Exercise
from autograder.course.course import load_course
from autograder.course.errors import CourseError
from autograder.course.marked_cells import grade_id

ROOT = Path(__file__).resolve().parent.parent
TITLE = "# A made-up class\n"
MISTAKES = 10
_SETTINGS = """load_subconfig("course_config.py")  # noqa: F821  # traitlets provides it

# So that nobody waits long for the submission that never ends.
c = get_config()  # noqa: F821  # traitlets provides it
c.Limits.cell_wall_seconds = 3.0
c.Limits.call_wall_seconds = 3.0

# What the real course has of its own.
c.CourseDirectory.root = __file__.rpartition("/")[0]
for step in ("source", "release", "submitted", "autograded", "feedback"):
    c.CourseDirectory[f"{step}_directory"] = step
c.Grading.questions = c.Grading.partners = {}
"""


@dataclass(frozen=True)
class HandedIn:
    """What one student handed in: a line that says what is special, and the file.

    Attributes:
        solved: the exercises that should get their points.
    """

    what: str
    data: bytes
    solved: frozenset[str] = field(default_factory=frozenset)
    file_name: str = ""


def reference(exercise: Exercise) -> str:
    """The instructor's solution as a student would have it, without the marks around it."""
    lines = exercise.reference.splitlines()
    return "\n".join(line for line in lines if not line.strip().startswith(("### BEGIN", "### END"))) + "\n"


def fill_in(assignment: Assignment, code: dict[str, str], without: Iterable[str] = ()) -> bytes:
    """The released notebook with `code` in its solution cells, and without some cells, both by grade id."""
    notebook: Any = nbformat.from_dict(assignment.release)
    notebook.cells = [cell for cell in notebook.cells if grade_id(cell) not in set(without)]
    for cell in notebook.cells:
        cell.source = code.get(grade_id(cell) or "", cell.source)
    return (nbformat.writes(notebook) + "\n").encode()


def choose_mistakes(assignment: Assignment, catalogue: Sequence[Misconception], count: int) -> list[Misconception]:
    """The first mistake of each exercise, then the second of each, and so on up to `count`."""
    by_exercise = ([one for one in catalogue if one.exercise == each.name] for each in assignment.exercises)
    rounds = chain.from_iterable(zip_longest(*by_exercise))
    return [one for one in rounds if one is not None][:count]


def make_class(assignment: Assignment, catalogue: Sequence[Misconception]) -> list[HandedIn]:
    """The class, in the order of its students."""
    exercises = [each for each in assignment.exercises if not each.is_by_hand]
    right = {each.name: reference(each) for each in exercises}
    everything = frozenset(right)
    perfect = fill_in(assignment, right)
    first, middle, last = exercises[0], exercises[len(exercises) // 2], exercises[-1]

    def with_one_wrong(what: str, exercise: str, code: str) -> HandedIn:
        return HandedIn(what, fill_in(assignment, {**right, exercise: code}), everything - {exercise})

    half = exercises[: len(exercises) // 2]
    return [
        HandedIn("everything right", perfect, everything),
        HandedIn("nothing done", fill_in(assignment, {})),
        *(
            with_one_wrong(f"`{one.exercise}`, {one.id}: {one.sentence}", one.exercise, one.code)
            for one in choose_mistakes(assignment, catalogue, MISTAKES)
        ),
        HandedIn(
            "the first half done, the rest left as it was",
            fill_in(assignment, {each.name: right[each.name] for each in half}),
            frozenset(each.name for each in half),
        ),
        with_one_wrong(f"`{first.name}` does not compile", first.name, f"{right[first.name]}oops = (1,\n"),
        with_one_wrong(
            f"`{middle.name}` never returns anything",
            middle.name,
            middle.stub.replace("raise NotImplementedError()", "pass") + "\n",
        ),
        with_one_wrong(
            f"`{last.name}` never ends",
            last.name,
            last.stub.replace("raise NotImplementedError()", "while True: pass") + "\n",
        ),
        HandedIn(
            f"the cells of `{first.name}` and a test cell were deleted",
            fill_in(assignment, right, (first.name, first.graded_cell, last.graded_cell)),
            everything - {first.name},
        ),
        HandedIn("everything right, the notebook renamed", perfect, everything, file_name="Untitled1.ipynb"),
        HandedIn("an empty file", b""),
        HandedIn("a file that was cut off while uploading", perfect[: len(perfect) // 2]),
    ]


def write_course(folder: Path, assignment: Assignment, handed_in: Sequence[HandedIn]) -> None:
    """Writes the course. A demo of another class that is there is removed first; any other folder is refused."""
    readme = describe(assignment, handed_in)
    if folder.exists() and any(folder.iterdir()):
        there = folder / "README.md"
        old = there.read_text(encoding="utf-8") if there.is_file() else ""
        if not old.startswith(TITLE):
            sys.exit(f"{folder} is not a demo; it is left as it is. Name another folder, or remove it.")
        if old != readme:
            shutil.rmtree(folder)
    for part in ("source", "tests", "submitted"):
        shutil.rmtree(folder / part, ignore_errors=True)
    ignored = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")
    shutil.copytree(assignment.source_folder, folder / "source" / assignment.name, ignore=ignored)
    shutil.copytree(assignment.checks_folder, folder / "tests" / "hidden" / assignment.name, ignore=ignored)
    shutil.copyfile(ROOT / "course_config.py", folder / "course_config.py")
    (folder / "nbgrader_config.py").write_text(_SETTINGS, encoding="utf-8")
    for number, each in enumerate(handed_in, 1):
        path = folder / "submitted" / student_id(number) / assignment.name
        path.mkdir(parents=True)
        (path / (each.file_name or f"{assignment.notebook_name}.ipynb")).write_bytes(each.data)
    (folder / "README.md").write_text(readme, encoding="utf-8")


def student_id(number: int) -> str:
    return f"student-{number:03d}"


def describe(assignment: Assignment, handed_in: Sequence[HandedIn]) -> str:
    """Who handed in what, as Markdown, with the points that should come out."""
    points = {each.name: each.points for each in assignment.exercises}
    lines = [
        TITLE,
        f"Submissions of `{assignment.name}`, made by `scripts/make_demo_class.py`. A mistake may keep some of",
        "its exercise's points: the last column says at least how many points the whole submission should get.",
        "",
        "| student | what is special | points, at least |",
        "|---|---|---:|",
    ]
    for number, each in enumerate(handed_in, 1):
        least = sum(points[name] for name in each.solved)
        lines.append(f"| {student_id(number)} | {each.what} | {least:g} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    if len(sys.argv) != 3:
        sys.exit(f"usage: {Path(sys.argv[0]).name} FOLDER ASSIGNMENT")
    folder, name = Path(sys.argv[1]).resolve(), sys.argv[2]
    try:
        assignment = load_course(ROOT).assignment(name)
        handed_in = make_class(assignment, load_misconceptions(assignment))
    except CourseError as error:
        sys.exit(f"Error: {error}")
    write_course(folder, assignment, handed_in)
    print(f"{len(handed_in)} submissions of {name} are in {folder / 'submitted'}")


if __name__ == "__main__":
    main()
