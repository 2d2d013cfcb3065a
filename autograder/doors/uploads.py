"""The archives that an instructor uploads: Gradescope's autograder, a question of PrairieLearn's."""

from __future__ import annotations

import html
import json
import uuid
from collections.abc import Iterable
from pathlib import Path

from autograder.course.course import Course
from autograder.course.errors import CourseError
from autograder.doors import container_files, prairielearn
from autograder.doors.container_files import Contents, as_json, script
from autograder.doors.run import SETTINGS
from autograder.report.formats import gradescope

_HOME = "/usr/local/lib/autograder"
UV_VERSION = "0.13.9"  # it installs Python and the packages on Gradescope's side
_PRAIRIELEARN_BYTES = 2 << 30
_TO_SPARE_SECONDS = 10  # who runs into PrairieLearn's own limit is told to mend their code
_OWN_NAMES = uuid.UUID("6f6ff5a5-5c36-4ee3-9d3c-4b8c5cf0d4bb")  # the same assignment keeps its question's id


def gradescope_archive(course: Course, name: str, container_bytes: int, seconds: int, late: bool) -> Contents:
    """What `autograder.zip` holds, by names at its top. `setup.sh` installs, `run_autograder` grades.

    Args:
        container_bytes: the memory of Gradescope's container.
        seconds: after which the grader is ended; less than Gradescope's own limit.
        late: whether the course's late penalty is taken off here.
    Raises:
        CourseError: the assignment can't be packed.
    """
    settings = {"assignment": name, "container_bytes": container_bytes, "late": late}
    values = {"home": _HOME, "seconds": seconds, "python": container_files.PYTHON, "uv": UV_VERSION}
    return {
        "setup.sh": script("setup.sh", **values),
        "run_autograder": script("run_autograder", **values),
        "not_graded.json": as_json(gradescope.not_graded()),
        SETTINGS: as_json(settings),
        **container_files.installation(course, name, "/autograder/source"),
        **{f"course/{path}": data for path, data in container_files.course_files(course, name).items()},
    }


def prairielearn_question(course: Course, name: str, image: str, seconds: int) -> Contents:
    """A question's folder: students download the release and upload their notebook, the container's image grades it.

    Args:
        image: what `docker pull` gets; it holds this grader (docs/images.md).
        seconds: after which PrairieLearn ends the container; at most 600.
    Raises:
        CourseError: the assignment can't be packed, or has no release.
    """
    names = [f"{each.notebook_name}.ipynb" for each in course.assignment(name).notebooks]
    release = container_files.released(course, name)
    settings = {"assignment": name, "container_bytes": _PRAIRIELEARN_BYTES, "late": False}
    info = {
        "uuid": str(uuid.uuid5(_OWN_NAMES, f"{course.course_id}/{name}")),
        "title": name,
        "topic": course.course_id or name,
        "type": "v3",
        "gradingMethod": "External",
        "singleVariant": True,
        "showCorrectAnswer": False,
        "externalGradingOptions": {
            "enabled": True,
            "image": image,
            "entrypoint": "/grade/tests/run.sh",
            "timeout": seconds,
        },
    }
    return {
        "info.json": as_json(info),
        "question.html": script(
            "question.html",
            notebooks=html.escape(", ".join(each.replace(",", "\\,") for each in names)),
            links=_links(release),
        ),
        **{f"clientFilesQuestion/{path}": data for path, data in release.items()},
        "tests/run.sh": script("run.sh", seconds=seconds - _TO_SPARE_SECONDS),
        "tests/not_graded.json": as_json(prairielearn.not_graded()),
        f"tests/{SETTINGS}": as_json(settings),
        **{f"tests/course/{path}": data for path, data in container_files.course_files(course, name).items()},
    }


def with_own_page(question: Contents, folder: Path) -> Contents:
    """A question as it is written over an earlier one: what was changed there of its settings and its page stays, but
    how it is graded.

    Raises:
        CourseError: the settings there can't be read.
    """
    if not (folder / "info.json").is_file():
        return question
    try:
        kept = json.loads((folder / "info.json").read_text(encoding="utf-8"))
        info = json.loads(question["info.json"])
        graded = {**kept.get("externalGradingOptions", {}), **info["externalGradingOptions"]}
        mixed = {**info, **kept, "externalGradingOptions": graded}
    except (AttributeError, OSError, TypeError, ValueError) as error:
        raise CourseError(
            f"{folder / 'info.json'} is no question's: {error}. Mend it, or name a new folder."
        ) from error
    own_page = (
        {} if not (folder / "question.html").is_file() else {"question.html": (folder / "question.html").read_bytes()}
    )
    return {**question, **own_page, "info.json": as_json(mixed)}


def _links(names: Iterable[str]) -> str:
    return "\n".join(
        f'    <li><pl-file-download file-name="{html.escape(name)}"></pl-file-download></li>' for name in sorted(names)
    )
