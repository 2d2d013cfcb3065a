"""Exceptions of the notebook's code, made anew: Python's and libraries' own by their names, others as namesakes."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from autograder.sandbox.refs import Ref

_NOT_RAISED = ("__main__", "autograder", "unittest", "pytest", "_pytest")
_MAX_BASES = 12
_MAX_TEXT_CHARACTERS = 2_000


class _Namesake(type):
    """The class of classes that stand for the notebook's: one that tests make an exception of makes it there."""

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        errors: Errors = cls._autograder_errors  # type: ignore[attr-defined]
        return errors.constructed(cls, args, kwargs)


class Errors:
    """The exception classes that stand for those of one notebook.

    Args:
        ask: of the line to the notebook.
    """

    def __init__(self, ask: Callable[..., Any]) -> None:
        self._ask = ask
        self._classes: dict[tuple[str, str], type[BaseException]] = {}
        self._numbers: dict[type[BaseException], int] = {}

    def class_of(self, ref: Ref) -> type[BaseException] | None:
        """The class that stands for one of the notebook's, if that is one of exceptions."""
        if not ref.is_class or ("builtins", "BaseException") not in ref.mro:
            return None
        found = self._class(ref.mro)
        self._numbers.setdefault(found, ref.id)
        return found

    def ref_of(self, cls: type) -> int | None:
        """The number in the guest of what a class stands for; None if it stands for nothing."""
        return self._numbers.get(cls)

    def constructed(self, cls: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> BaseException:
        """An exception of a class that stands for one of the notebook's, which may do more than keep arguments."""
        if cls not in self._numbers:
            made: BaseException = type.__call__(cls, *args, **kwargs)
            return made
        try:
            self._ask("construct", cls, *args, called=cls.__name__, **kwargs)
        except BaseException as error:
            if type(error) is cls or cls in type(error).__mro__:
                return error
            raise
        raise TypeError(f"{cls.__name__} should make an exception")

    def made(self, told: Mapping[str, Any], args: Any, attributes: Any) -> BaseException:
        """An exception like the one that the guest tells of."""
        listed = told.get("mro")
        mro = [tuple(each) for each in listed if isinstance(each, list)] if isinstance(listed, list) else []
        cls = self._class([each for each in mro if len(each) == 2 and all(isinstance(part, str) for part in each)])
        text = told.get("text")
        text = text[:_MAX_TEXT_CHARACTERS] if isinstance(text, str) else ""
        error = _instance(cls, args if isinstance(args, tuple) else (), text)
        for name, value in attributes.items() if isinstance(attributes, dict) else ():
            if isinstance(name, str) and not name.startswith("__"):
                vars(error)[name] = value
        return error

    def _class(self, mro: Sequence[tuple[str, str]]) -> type[BaseException]:
        """The first of its bases that is there, and namesakes of those before it."""
        names: list[tuple[str, str]] = []
        base: type[BaseException] = Exception
        for module, name in mro[:_MAX_BASES]:
            if (found := _known(module, name)) is not None:
                base = found
                break
            names.append((module, name))
        for key in reversed(names):
            if key not in self._classes:
                name = key[1].rpartition(".")[2]
                own = {"__module__": "__main__", "_autograder_errors": self}
                self._classes[key] = _namesake(name if name.isidentifier() else "Error", (base,), own)
            base = self._classes[key]
        return base


def _namesake(name: str, bases: tuple[type, ...], own: dict[str, Any]) -> Any:
    return _Namesake(name, bases, own)


def _known(module: str, name: str) -> type[BaseException] | None:
    """A class of Python's or of a library's that has been imported here; none that ends or skips tests."""
    first = module.partition(".")[0]
    home = sys.modules.get(module) if first not in _NOT_RAISED else None
    found = vars(home).get(name) if home is not None else None
    return found if isinstance(found, type) and issubclass(found, BaseException) else None


def _instance(cls: Any, args: tuple[Any, ...], text: str) -> BaseException:
    error: BaseException
    for given in (args, (text,)):
        try:
            error = type.__call__(cls, *given)
        except Exception:  # it wants other arguments
            continue
        if _text(error) == text or isinstance(error, KeyError):
            error.args = args or error.args
            if _text(error) == text or isinstance(error, KeyError):
                return error
    own = {"__str__": lambda _: text, "__init__": lambda *_: None, "__module__": cls.__module__}
    told: Any = type(cls)(cls.__name__, (cls,), own)
    error = told.__new__(told)
    error.args = args
    return error


def _text(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:
        return ""
