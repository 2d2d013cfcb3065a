"""The names that tests see: their own, the instructor's helpers and imports, and stand-ins for the notebook's."""

from __future__ import annotations

import builtins
import sys
import types
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from autograder.judge.stand_ins.built_in import RANGE, type_of
from autograder.judge.stand_ins.line import Line
from autograder.judge.stand_ins.sources import Sources
from autograder.judge.stand_ins.stand_in import StandIn, as_name, is_subclass
from autograder.judge.stand_ins.subclasses import build_class, super_of
from autograder.sandbox import values

# Magics that change nothing which tests could be about.
_HARMLESS_MAGICS = ("autoreload", "config", "load_ext", "matplotlib", "precision", "reload_ext")
_UNCHANGING = (str, int, float, bool, type(None))
_SHOWN_BY_GUEST = "matplotlib.pyplot"  # its state is that of the notebook's pictures


class Names(dict[str, Any]):
    """The global names of tests, for `exec`.

    A name of the notebook's is looked up in the guest each time it is used. One that the tests give a value is set
    there as well, if the instructor's notebook uses it: that is how tests replace a function that others call.

    Args:
        line: to the notebook.
        sources: what the instructor's notebook says of names.
        helpers_here: whether functions of locked cells run here, so that no student can have changed them.
    """

    def __init__(self, line: Line, sources: Sources, helpers_here: bool = True) -> None:
        super().__init__()
        self._line = line
        self._sources = sources
        self._helpers_here = helpers_here
        self._is_defining = False
        own: dict[str, Any] = {
            "type": type_of(line),
            "range": RANGE,
            "__import__": self._import,
            "super": super_of(line),
        }
        own["issubclass"] = lambda cls, bases: is_subclass(line, cls, bases)
        own["__build_class__"] = build_class(line, self)
        dict.update(self, __name__="__main__", __builtins__=_BuiltIns(self, {**vars(builtins), **own}))
        dict.update(self, display=lambda *_, **__: None, get_ipython=_Kernel)

    def begin(self, cell: str) -> None:
        """Goes on to the tests of another cell: what the notebook has given a value since is no longer as tests had it.

        Args:
            cell: its `grade_id`.
        """
        for name in self._sources.bound_before.get(cell, ()):
            dict.pop(self, name, None)
        for name, value in self._line.names.items():
            as_name(value, name)

    def __missing__(self, name: str) -> Any:
        if name.startswith("__"):
            raise KeyError(name)
        if self._helpers_here and (helper := self._sources.helpers.get(name)) is not None:
            self._is_defining = True
            try:
                exec(helper, self)
            finally:
                self._is_defining = False
            return self[name]
        if (statement := self._sources.imports.get(name)) is not None and self._imported(statement, name):
            return self[name]
        if hasattr(builtins, name) and name not in self._sources.bound:
            raise KeyError(name)
        if self._line.knows(name):
            return self._line.names[name]
        value = as_name(self._line.ask("name", name, called=name), name)
        if type(value) in _UNCHANGING or issubclass(type(value), StandIn):
            self._line.names[name] = value
        return value

    def _imported(self, statement: str, name: str) -> bool:
        try:
            exec(statement, self)
        except ImportError:
            return False
        return dict.__contains__(self, name)

    def __setitem__(self, name: str, value: Any) -> None:
        dict.__setitem__(self, name, value)
        self._line.names.pop(name, None)
        if name not in self._sources.shared or self._is_defining:
            return
        try:
            self._line.ask("set", name, value, called=name)
        except values.Unsendable:  # then it is the tests' alone
            return
        # What functions of the notebook write is asked for there; other plain values are for no student to change.
        if isinstance(value, StandIn) or (name in self._sources.written and type(value) in _UNCHANGING):
            dict.pop(self, name)

    def __delitem__(self, name: str) -> None:
        self._line.names.pop(name, None)
        if name in self._sources.shared:
            self._line.ask("delete", name, called=name)
            dict.pop(self, name, None)
        else:
            dict.__delitem__(self, name)

    def __contains__(self, name: object) -> bool:
        return dict.__contains__(self, name) or name in self._there()

    def get(self, name: str, default: Any = None) -> Any:
        try:
            return self[name]
        except KeyError:
            return default

    def keys(self) -> Any:
        return dict.fromkeys([*dict.keys(self), *self._there()]).keys()

    def _there(self) -> list[str]:
        found = self._line.ask("names", called="dir()")
        return [each for each in found if isinstance(each, str)] if isinstance(found, list) else []

    def _import(self, name: str, globals_: Any = None, locals_: Any = None, fromlist: Any = (), level: int = 0) -> Any:
        """Modules are the grader's own, but for those that students write in, and for the state of pictures."""
        top = name.partition(".")[0]
        if top in self._sources.student_modules:
            return as_name(self._line.ask("import_module", name, called=name), name)
        if name == _SHOWN_BY_GUEST and not fromlist:
            __import__(name)
            pyplot = as_name(self._line.ask("import_module", name, called="plt"), "plt")
            return types.SimpleNamespace(**{**vars(sys.modules[top]), "pyplot": pyplot})
        if top == "matplotlib" and "pyplot" in (fromlist or ()):
            return self._import(_SHOWN_BY_GUEST)
        return builtins.__import__(name, globals_, locals_, fromlist, level)


class _BuiltIns(dict[str, Any]):
    """Python's own names.

    The body of a class looks for a name in the global ones as if they were no more than what they hold, and then here:
    so they are asked here.
    """

    def __init__(self, names: Names, found: dict[str, Any]) -> None:
        super().__init__(found)
        self._names = names

    def __missing__(self, name: str) -> Any:
        return self._names[name]


class _Kernel:
    """Stands for IPython's shell."""

    def run_line_magic(self, name: str, line: str, *_: Any) -> None:
        if name not in _HARMLESS_MAGICS:
            raise NotImplementedError(f"%{name} needs the notebook's kernel")

    def __getattr__(self, name: str) -> Any:
        raise NotImplementedError(f"get_ipython().{name} needs the notebook's kernel")


@contextmanager
def own_modules(folder: Path) -> Iterator[None]:
    """Modules in the instructor's folder can be imported inside, and are forgotten afterwards."""
    before = set(sys.modules)
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        sys.path.remove(str(folder))
        for name in set(sys.modules) - before:
            home = getattr(sys.modules[name], "__file__", None)
            if home and Path(home).is_relative_to(folder):
                del sys.modules[name]
