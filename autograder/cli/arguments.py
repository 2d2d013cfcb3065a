"""Arguments that several commands take."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from autograder.course.course import find_course, load_course
from autograder.course.errors import CourseError


def assignments(incomplete: str) -> list[str]:
    """What a shell completes the name of an assignment with."""
    try:
        return [name for name in load_course(find_course(Path())).assignment_names() if name.startswith(incomplete)]
    except CourseError:
        return []


CourseDir = Annotated[Path, typer.Option(metavar="FOLDER", help="The course's folder, or one in it.")]
Name = Annotated[
    str, typer.Argument(metavar="ASSIGNMENT", help="The folder's name in source/.", autocompletion=assignments)
]
