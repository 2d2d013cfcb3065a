"""Modules that run when something is asked of them: for large ones that others import and hardly use."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Mapping
from types import ModuleType
from typing import Any


class _LateModule(ModuleType):
    """A module that runs once it is asked for what it does not have; it stays the same object."""

    def __getattr__(self, name: str) -> Any:
        if "__path__" in vars(self) and importlib.util.find_spec(f"{self.__name__}.{name}") is not None:
            return importlib.import_module(f"{self.__name__}.{name}")
        spec = self.__spec__
        assert spec is not None
        assert spec.loader is not None
        self.__class__ = ModuleType  # type: ignore[assignment]
        if spec.submodule_search_locations is not None:
            self.__path__ = spec.submodule_search_locations
        spec.loader.exec_module(self)
        return getattr(self, name)


def late(name: str, given: Mapping[str, Any] | None = None, *, parts: bool = False) -> ModuleType | None:
    """Makes `import name` cheap in this process: the module itself runs only when more is asked of it than is `given`.

    Args:
        name: of a module or package, with dots.
        given: what it has before.
        parts: whether modules of the package can be imported without the package's own.
    Returns:
        The module; None if it has been imported before, or is not there: then nothing happens.
    """
    if name in sys.modules or (spec := importlib.util.find_spec(name)) is None:
        return None
    module = _LateModule(name)
    own = {"__spec__": spec, "__loader__": spec.loader, "__file__": spec.origin, "__package__": spec.parent}
    vars(module).update(own, **(given or {}))
    if parts:
        module.__path__ = spec.submodule_search_locations or []
    sys.modules[name] = module
    package, _, last = name.rpartition(".")
    if package:
        setattr(sys.modules[package], last, module)
    return module
