"""Objects that tests hand to student code and that can't be copied: what it may have done with them.

Student code asks for it from its guest. So it gets at nothing but what the tests wrote themselves (attributes of an
object, and what its class defines in the tests), and at a few kinds of a library's that touch nothing but themselves.
An object whose class has more from a library, such as a connection, is none of these: with it student code could do in
the grader what it likes.
"""

from __future__ import annotations

from abc import ABC
from io import BufferedRandom, BufferedReader, BufferedWriter, BytesIO, StringIO, TextIOWrapper
from tempfile import _TemporaryFileWrapper
from types import BuiltinFunctionType, FunctionType, MethodType, SimpleNamespace
from typing import Any, Generic, Protocol
from unittest.mock import MagicMock, Mock

import numpy

from autograder.sandbox.operations import OBJECT_METHODS

_OF_TESTS = "__main__"
_BARE = (object, ABC, Generic, Protocol)  # what a class may have besides: they do nothing
_BUFFERED = (BufferedRandom, BufferedReader, BufferedWriter)
_HARMLESS = (
    *(StringIO, BytesIO, TextIOWrapper, *_BUFFERED, _TemporaryFileWrapper),
    *(numpy.random.Generator, numpy.random.RandomState),
)
_OF_FILES = ("__enter__", "__exit__", "__iter__", "__next__")
_MOCKS = (Mock, MagicMock)
FUNCTIONS = (FunctionType, BuiltinFunctionType, MethodType, numpy.ufunc)


def is_of_tests(value: Any) -> bool:
    """Whether it is such an object."""
    kind = type(value)
    if kind is SimpleNamespace or kind in _HARMLESS or _is_mock(value):
        return True
    return bool(own := _own_classes(value)) and all(each in own or each in _BARE for each in kind.__mro__)


def special_methods(value: Any) -> list[str]:
    """Those that it has for student code."""
    if _is_mock(value):
        return ["__call__"]
    if type(value) in _HARMLESS:
        return [each for each in _OF_FILES if hasattr(value, each)]
    return sorted(OBJECT_METHODS & {name for each in _own_classes(value) for name in vars(each)})


def done(value: Any, do: str, /, *args: Any, **kwargs: Any) -> Any:
    """Gets or sets an attribute, or calls a special method. Raises AttributeError for what is not for student code."""
    if do in ("get", "set"):
        name, *new = args
        is_name = type(name) is str and name.isidentifier() and not name.startswith("_")
        if not is_name or not (_may_set if new else _may_get)(value, name):
            raise _not_there(value, name)
        return setattr(value, name, *new) if new else _got(value, name)
    if do not in special_methods(value):
        raise AttributeError(do)
    return getattr(value, do)(*args, **kwargs)


def _may_get(value: Any, name: str) -> bool:
    if _is_mock(value):
        return not hasattr(type(value), name)  # what it noted, and says of that, is for the tests
    if type(value) in _HARMLESS:
        return hasattr(value, name)
    return name in getattr(value, "__dict__", {}) or _is_of_class(value, name)


def _may_set(value: Any, name: str) -> bool:
    """Whether it is data, not a method: what the tests call then is their own."""
    if _is_mock(value) or type(value) in _HARMLESS:
        return False
    return not _is_of_class(value, name) or not callable(getattr(type(value), name))


def _got(value: Any, name: str) -> Any:
    found = getattr(value, name)
    if type(found) not in FUNCTIONS or type(value) in _HARMLESS or getattr(found, "__module__", None) == _OF_TESTS:
        return found
    raise _not_there(value, name)  # such as `open`, which the tests keep there for themselves


def _not_there(value: Any, name: Any) -> AttributeError:
    return AttributeError(f"{type(value).__name__!r} object has no attribute {name!r}", name=str(name), obj=value)


def _is_of_class(value: Any, name: str) -> bool:
    return any(name in vars(each) for each in _own_classes(value))


def _is_mock(value: Any) -> bool:
    """Whether it is a mock that stands for nothing else."""
    return any(each in _MOCKS for each in type(value).__mro__[:2]) and value._mock_wraps is None


def _own_classes(value: Any) -> list[type]:
    return [each for each in type(value).__mro__ if each.__module__ == _OF_TESTS]
