"""`autograder export gradescope` and `prairielearn`: what an instructor uploads, so that this grader judges there."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated

import typer

from autograder.cli.arguments import CourseDir, Name
from autograder.cli.exit_codes import epilog
from autograder.course.course import Course, find_course, load_course
from autograder.course.errors import CourseError

GRADESCOPE = epilog(
    "autograder export gradescope my_lab -o autograder.zip", "autograder export gradescope my_lab --memory 1536 --late"
)
PRAIRIELEARN = epilog(
    "autograder export prairielearn my_lab --image my-course/grader:2026 -o questions/my_lab",
)
_LEAST_MEMORY = 704  # MiB: what the grader needs, and 128 for the student's code


def gradescope(
    name: Name,
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="The archive.")] = Path(
        "autograder.zip"
    ),
    course_dir: CourseDir = Path(),
    memory: Annotated[
        int, typer.Option(min=_LEAST_MEMORY, metavar="MIB", help="The container's, as Gradescope's settings have it.")
    ] = 768,
    timeout: Annotated[
        int, typer.Option(min=2, max=40, metavar="MINUTES", help="As Gradescope's settings have it.")
    ] = 10,
    late: Annotated[
        bool, typer.Option("--late", help="Take off the course's late penalty; without it only Gradescope does.")
    ] = False,
) -> None:
    """Make the archive that Gradescope builds its autograder from: hidden checks, this grader, pinned versions."""
    from autograder.doors.container_files import zipped
    from autograder.doors.uploads import gradescope_archive

    course, name = load_course(find_course(course_dir)), name.rstrip("/")
    if late:
        from autograder.gradebook.penalties import make_penalty

        make_penalty(course.config)  # says what is wrong with it now, not to a student's face
    contents = gradescope_archive(course, name, memory << 20, timeout * 60 - 60, late)
    _save(output, zipped(contents))
    print(f"Made {output}: {len(contents)} files, {output.stat().st_size / 1e6:.1f} MB. It holds solutions and checks.")
    checked, by_hand = _points(course, name)
    print(f"On Gradescope: autograder points {checked:g}" + (f", and {by_hand:g} by hand" * bool(by_hand)) + ".")
    print("Then upload it under Configure Autograder, base image Ubuntu 22.04: docs/gradescope.md.")


def prairielearn(
    name: Name,
    image: Annotated[str, typer.Option(metavar="IMAGE", help="The grader's image, as docker pull takes it.")],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FOLDER", help="The question's folder.")],
    course_dir: CourseDir = Path(),
    timeout: Annotated[int, typer.Option(min=30, max=600, metavar="SECONDS", help="For one submission.")] = 180,
) -> None:
    """Make the folder of a question that PrairieLearn grades by this grader: page, release, hidden checks."""
    from autograder.doors.container_files import write
    from autograder.doors.uploads import prairielearn_question, with_own_page

    if output.exists() and not output.is_dir():
        raise CourseError(f"{output} is a file; name a folder.")
    if output.exists() and any(output.iterdir()) and not (output / "info.json").is_file():
        raise CourseError(f"{output} is no question's folder, and something is in it. Name a new one.")
    course, name = load_course(find_course(course_dir)), name.rstrip("/")
    contents = with_own_page(prairielearn_question(course, name, image, timeout), output)
    try:
        for each in ("tests", "clientFilesQuestion"):  # nothing of an earlier export stays
            shutil.rmtree(output / each, ignore_errors=True)
        write(contents, output)
    except OSError as error:
        raise CourseError(f"{output} can't be written: {error.strerror}. Name another folder with -o.") from error
    print(f"Made {output}: {len(contents)} files. tests/ holds solutions and checks, which students don't get.")
    _, by_hand = _points(course, name)
    if by_hand:
        print(f"Give the question {by_hand:g} manual points of its own: what staff mark is not in the score.")
    print("Then sync the course: docs/prairielearn.md.")


def _points(course: Course, name: str) -> tuple[float, float]:
    """What checks give, and what staff give by hand; without dropped questions."""
    from autograder.course.settings import Ruling

    dropped = {each for each, ruling in course.questions.get(name, {}).items() if ruling is Ruling.DROPPED}
    exercises = [each for each in course.assignment(name).exercises if each.name not in dropped]
    by_hand = sum(each.points for each in exercises if each.is_by_hand)
    return sum(each.points for each in exercises) - by_hand, by_hand


def _save(path: Path, data: bytes) -> None:
    try:
        path.write_bytes(data)
        path.chmod(0o600)
    except OSError as error:
        raise CourseError(f"{path} can't be written: {error.strerror}. Name another file with --output.") from error
