"""Loads an assignment's checks by their path, so that one called `statistics` collides with nothing."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import re
import sys
import traceback
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

_MAX_REASON_CHARACTERS = 300
_PACKAGE_PREFIX = "checks_"  # of the packages that folders of checks are


def is_checks_folder(folder: Path) -> bool:
    """Whether `folder` is `tests/hidden/<assignment>` in a course that has the assignment."""
    hidden = folder.parent
    if (hidden.parent.name, hidden.name) != ("tests", "hidden") or not folder.is_dir():
        return False
    course = hidden.parents[1]
    if (course / "source" / folder.name).is_dir():
        return True
    from autograder.course.course import CONFIG_FILE, load_course

    return (course / CONFIG_FILE).is_file() and (load_course(course).folders.source / folder.name).is_dir()


def load_check_module(folder: Path, name: str) -> ModuleType:
    """The module or package `name` in a folder of checks; within it, checks import each other by `from . import`.

    The folder is a package whose name is its own and that of no other folder.

    Raises:
        Exception: whatever importing it raises.
    """
    return importlib.import_module(f"{_package_of(folder.resolve())}.{name}")


def blame(error: BaseException, folder: Path, path: Path | None = None) -> str:
    """What is wrong and where, for staff: "NameError: name 'x' is not defined (tests/hidden/tiny/test_a.py, line 3)".

    Args:
        error: what code in a folder of checks raised, or what Python said of it.
        folder: that folder. The line is the last one in it that was at work.
        path: the file at fault, where no line is known.
    """
    text = str(error.msg if isinstance(error, SyntaxError) else error).strip()
    first = text.splitlines()[0][:_MAX_REASON_CHARACTERS].rstrip(".") if text else ""
    reason = f"{type(error).__name__}: {first}" if first else type(error).__name__
    place = line_at_work(error, folder) or (place_of(path, None, folder) if path else "")
    return f"{reason} ({place})" if place else reason


def line_at_work(error: BaseException, folder: Path) -> str:
    """Where in a folder of checks an error came from: the last line there that was at work; empty if none was."""
    if isinstance(error, SyntaxError) and error.filename:
        return place_of(Path(error.filename), error.lineno, folder)
    frames = [each for each in traceback.extract_tb(error.__traceback__) if Path(each.filename).is_relative_to(folder)]
    return place_of(Path(frames[-1].filename), frames[-1].lineno, folder) if frames else ""


def place_of(path: Path, line: int | None, folder: Path) -> str:
    """A line of a file, as staff know it: by its path in the course."""
    course = folder.parents[2]
    shown = path.relative_to(course) if path.is_relative_to(course) else path
    return f"{shown}, line {line}" if line else str(shown)


def mend(error: BaseException) -> str:
    """What to do about code of a course that can't be imported."""
    if isinstance(error, ModuleNotFoundError) and error.name and not error.name.startswith(_PACKAGE_PREFIX):
        return "Install that package where the grader runs, or do without it"
    return "Mend it there, and run the same command again"


def _package_of(folder: Path) -> str:
    digest = hashlib.sha256(bytes(folder)).hexdigest()[:12]
    name = f"{_PACKAGE_PREFIX}{re.sub('[^a-zA-Z0-9]', '_', folder.name)}_{digest}"
    if name not in sys.modules:
        init = folder / "__init__.py"
        places = [str(folder)]
        spec = importlib.util.spec_from_file_location(name, init, submodule_search_locations=places)
        if spec is None or not init.is_file():
            spec = ModuleSpec(name, None, is_package=True)
            spec.submodule_search_locations = places
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        try:
            if spec.loader is not None:
                spec.loader.exec_module(module)
        except BaseException:
            del sys.modules[name]
            raise
    return name
