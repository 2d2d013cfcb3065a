"""A new course that works at once: settings, the assignments that come with this package, a roster to fill in."""

from __future__ import annotations

import json
import os
import re
import shutil
import stat
from importlib import metadata
from importlib.resources import files
from pathlib import Path

from autograder import DISTRIBUTION
from autograder.course.course import CONFIG_FILE
from autograder.course.errors import CourseError
from autograder.course.loading import names_in

_SETTINGS = "course_config.py"
_FIRST_FILES = {"README.md": "README.md", "roster.csv": "roster.csv", "gitignore.txt": ".gitignore"}
_DOORS = "doors"  # templates for other places
_TITLE = "COURSE_ID"
_COURSE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")  # nbgrader's column has 128 characters
_STAFF_ONLY = 0o700
_EXCHANGE_MODE = 0o1777  # nbgrader wants it open to all; what one puts there, others can't take away
_ALL = stat.S_IRWXU | stat.S_IRWXG | stat.S_IRWXO


def create_course(folder: Path, course_id: str = "", exchange: Path | None = None) -> Path:
    """Makes a course in a folder that is new or empty; all of it, or nothing.

    Args:
        folder: only its owner may enter it, if it is new: it will hold solutions and marks.
        course_id: nbgrader's id of the course; empty: the folder's name.
        exchange: a folder that staff and students share, made if it is not there.
    Returns:
        The folder, absolute.
    Raises:
        CourseError: something is in the way, can't be written, or can't be a course's id.
    """
    folder = Path(os.path.abspath(folder))
    exchange = Path(os.path.abspath(exchange)) if exchange is not None else None
    origin = shipped()
    course_id = _checked(course_id, folder)
    try:
        _refuse_what_is_there(folder)
        if exchange is not None:
            _check_exchange(exchange, folder)
        new = [each for each in (folder, exchange) if each is not None and not each.exists()]
        folder.mkdir(mode=_STAFF_ONLY, exist_ok=True)
    except OSError as error:
        raise CourseError(f"{folder} can't be made: {error.strerror}. Name another folder.") from error
    try:
        if exchange is not None and exchange in new:
            exchange.mkdir()
            exchange.chmod(_EXCHANGE_MODE)
        _fill(folder, origin, course_id, exchange)
    except OSError as error:
        for each in (*folder.iterdir(), *new):
            shutil.rmtree(each, ignore_errors=True) if each.is_dir() else each.unlink(missing_ok=True)
        raise CourseError(f"The course can't be written, and nothing was kept: {_reason(error)}.") from error
    return folder


def _refuse_what_is_there(folder: Path) -> None:
    """Raises CourseError if the folder is none, or has something in it, and OSError if it can't be read."""
    if folder.exists() and not folder.is_dir():
        raise CourseError(f"{folder} is a file, and nothing was written. Name a new folder.")
    if folder.exists() and any(folder.iterdir()):
        raise CourseError(f"{folder} has something in it, and nothing was written. Name a new or an empty folder.")


def shipped() -> Path:
    """The folder with the settings and assignments that come with this package: its repository, or what was installed.

    They are not in the package itself, as student code may read Python's packages.

    Raises:
        CourseError: they are not there.
    """
    repository = Path(__file__).resolve().parents[2]
    if (repository / "pyproject.toml").is_file() and (repository / _SETTINGS).is_file():
        return repository
    for each in metadata.files(DISTRIBUTION) or ():
        if each.name == _SETTINGS and (found := Path(str(each.locate())).resolve()).is_file():
            return found.parent
    raise CourseError(
        "This installation lacks what a new course begins with: settings and assignments. Install it again."
    )


def closed_to_others(folder: Path) -> Path | None:
    """The first folder on the way to `folder` that other users of this machine can't enter; None if they can."""
    way = [*reversed(folder.parents), folder]
    return next((each for each in way if not each.stat().st_mode & stat.S_IXOTH), None)


def _checked(course_id: str, folder: Path) -> str:
    """Raises CourseError if it can't be a course's id, which is a folder's name in the exchange."""
    wanted = course_id or folder.name
    if _COURSE_ID.fullmatch(wanted):
        return wanted
    raise CourseError(
        f"{wanted!r} can't be a course's id: it has up to 128 letters (A to Z), digits, dots, _ and -, and begins "
        f"with a letter or a digit. Say {'another' if course_id else 'one'} with --course-id."
    )


def _check_exchange(exchange: Path, course: Path) -> None:
    """Raises CourseError if it is not an exchange for all, and none can be made there."""
    if exchange == course or course in exchange.parents:
        raise CourseError(f"{exchange} is in the course, which students can't enter. Name a folder outside of it.")
    if not exchange.parent.is_dir():
        raise CourseError(f"There is no folder {exchange.parent} to make the exchange in. Make it, or name another.")
    if not exchange.exists():
        if not os.access(exchange.parent, os.W_OK | os.X_OK):
            raise CourseError(f"{exchange} can't be made: you may not write to {exchange.parent}. Name another folder.")
        return
    if not exchange.is_dir():
        raise CourseError(f"{exchange} is a file, and the exchange is a folder. Name another.")
    if exchange.stat().st_mode & _ALL != _ALL:
        raise CourseError(
            f"Not everybody can write to {exchange}, as nbgrader's exchange needs. Have its owner run "
            f"`chmod {_EXCHANGE_MODE:o}` on it, or name a new folder."
        )


def _reason(error: OSError) -> str:
    """Of what the system refused; copying a folder has a list of it."""
    return error.strerror or str(error.args[0][0][-1])


def _fill(folder: Path, origin: Path, course_id: str, exchange: Path | None) -> None:
    settings = (origin / _SETTINGS).read_text(encoding="utf-8")
    settings = _with(settings, "c.CourseDirectory.course_id", json.dumps(course_id))
    if exchange is not None:
        shared = json.dumps(str(exchange), ensure_ascii=False)
        settings = _with(settings, "c.Exchange.root", f'os.environ.get("NBGRADER_EXCHANGE") or {shared}')
    (folder / _SETTINGS).write_text(settings, encoding="utf-8")
    shutil.copyfile(origin / CONFIG_FILE, folder / CONFIG_FILE)
    for name, target in _FIRST_FILES.items():
        text = (files("autograder.course") / "first_course" / name).read_text(encoding="utf-8")
        (folder / target).write_text(text.replace(_TITLE, course_id), encoding="utf-8")
    left_out = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")
    for name in names_in(origin / "source"):
        for part in (Path("source", name), Path("tests", "hidden", name)):
            if (origin / part).is_dir():
                shutil.copytree(origin / part, folder / part, ignore=left_out)
    if (origin / _DOORS).is_dir():
        shutil.copytree(origin / _DOORS, folder / _DOORS, ignore=left_out)


def _with(settings: str, name: str, value: str) -> str:
    """Settings with another value for one of them, which may be another course's or missing."""
    line = f"{name} = {value}"
    mended, count = re.subn(rf"(?m)^{re.escape(name)} = .*$", lambda _: line, settings)
    return mended if count else f"{settings}\n{line}\n"
