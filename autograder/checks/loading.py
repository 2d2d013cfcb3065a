"""Loads an assignment's checks by their path, so that one called `statistics` collides with nothing."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import re
import sys
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType


def is_checks_folder(folder: Path) -> bool:
    """Whether `folder` is `tests/hidden/<assignment>` in a course that has the assignment."""
    hidden = folder.parent
    return (
        (hidden.parent.name, hidden.name) == ("tests", "hidden")
        and (hidden.parents[1] / "source" / folder.name).is_dir()
        and folder.is_dir()
    )


def load_check_module(folder: Path, name: str) -> ModuleType:
    """The module or package `name` in a folder of checks; within it, checks import each other by `from . import`.

    The folder is a package whose name is its own and that of no other folder.

    Raises:
        Exception: whatever importing it raises.
    """
    return importlib.import_module(f"{_package_of(folder.resolve())}.{name}")


def _package_of(folder: Path) -> str:
    digest = hashlib.sha256(bytes(folder)).hexdigest()[:12]
    name = f"checks_{re.sub('[^a-zA-Z0-9]', '_', folder.name)}_{digest}"
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
