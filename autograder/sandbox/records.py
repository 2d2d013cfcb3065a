"""Values of classes that the grader does not have, as plain records: named tuples, dataclasses and exceptions."""

from __future__ import annotations

import builtins
import dataclasses
import keyword
import unicodedata
from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from autograder.sandbox import parts
from autograder.sandbox.parts import MAX_NAME_CHARACTERS, Reader, Writer
from autograder.sandbox.wire import WireError

MAX_FIELDS = 50
MAX_EXCEPTION_CHARACTERS = 2_000
_MAX_BASES = 12
_MAX_TUPLE_CLASSES = 50  # in one message: each takes as long to make as a thousand numbers
_ARGS: Callable[[BaseException], tuple[Any, ...]] = vars(BaseException)["args"].__get__
_OWN_EXCEPTIONS = frozenset(
    name for name, each in vars(builtins).items() if isinstance(each, type) and issubclass(each, BaseException)
)


class Record:
    """What a dataclass of the student's holds: its fields as attributes, equal to a record with the same name and
    fields. As in a named tuple, what it has beside them starts with an underscore.

    Attributes:
        _type_name: the class's name, as the guest says.
        _fields: values by name, in the class's order.
        _ref: the object itself, which stays in the guest.
    """

    __slots__ = ("_fields", "_ref", "_type_name")
    _type_name: str
    _fields: Mapping[str, Any]
    _ref: Any

    def __init__(self, type_name: str, fields: Mapping[str, Any], ref: Any = None) -> None:
        for name, value in (("_type_name", type_name), ("_fields", dict(fields)), ("_ref", ref)):
            object.__setattr__(self, name, value)

    def __getattr__(self, name: str) -> Any:
        if name in Record.__slots__ or name not in self._fields:
            raise AttributeError(f"{self._type_name!r} object has no attribute {name!r}")
        return self._fields[name]

    def __setattr__(self, name: str, value: Any) -> None:
        raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")

    def __eq__(self, other: object) -> Any:
        if not isinstance(other, Record):
            return NotImplemented
        return (self._type_name, self._fields) == (other._type_name, other._fields)

    def __hash__(self) -> int:
        hashes = []
        for value in self._fields.values():
            try:
                hashes.append(hash(value))
            except TypeError:  # whatever its hash is, what is equal has the same
                continue
        return hash((self._type_name, *hashes))

    def __repr__(self) -> str:
        listed = ", ".join(f"{name}={value!r}" for name, value in self._fields.items())
        return f"{self._type_name}({listed})"


@dataclass(frozen=True)
class ExceptionRecord:
    """An exception as a value.

    Attributes:
        type_name: the class's name, as the guest says.
        bases: names of Python's own exceptions that it is one of, the nearest first; its own name if it is one.
        text: what `str` makes of it.
        args: what it was made with.
        ref: the object itself, which stays in the guest.
    """

    type_name: str
    bases: tuple[str, ...]
    text: str
    args: tuple[Any, ...]
    ref: Any = field(default=None, compare=False)

    def __repr__(self) -> str:
        return f"{self.type_name}({', '.join(map(repr, self.args))})"


def encode(value: Any, writer: Writer) -> Any:
    """JSON-ready data; None if `value` is nothing that becomes a record."""
    if isinstance(value, Record | ExceptionRecord):
        ref = value._ref if isinstance(value, Record) else value.ref
        return None if ref is None else writer.one(ref)
    if isinstance(value, tuple):
        return _named_tuple(value, writer)
    found = None
    if isinstance(value, BaseException):
        found = _exception(value, writer)
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        found = _dataclass(value, writer)
    return found and found["ref"] and found  # the grader's own are no records: the guest has no such classes


def _named_tuple(value: tuple[Any, ...], writer: Writer) -> Any:
    names, name = getattr(type(value), "_fields", None), type(value).__name__
    if type(names) is not tuple or not _can_be_fields(names) or not _can_be_fields((name,)):
        return None
    listed = list(tuple.__iter__(value))
    if len(listed) != len(names):
        return None
    return {"t": "named tuple", "type": name, "fields": list(names), "v": [writer.one(each) for each in listed]}


def _can_be_fields(names: Sequence[Any]) -> bool:
    """Whether a named tuple can have fields of such names: what Python would read as another name can't be one."""
    return (
        len(names) <= MAX_FIELDS
        and all(type(each) is str and len(each) <= MAX_NAME_CHARACTERS for each in names)
        and all(each.isidentifier() and each[0] != "_" and not keyword.iskeyword(each) for each in names)
        and all(unicodedata.is_normalized("NFKC", each) for each in names)
        and len(set(names)) == len(names)
    )


def _dataclass(value: Any, writer: Writer) -> Any:
    names = [each.name for each in dataclasses.fields(value)]
    if len(names) > MAX_FIELDS:
        return None
    found = [[name, writer.one(getattr(value, name))] for name in names]
    return {"t": "record", "type": _type_name(value), "v": found, "ref": writer.ref(value)}


def _exception(value: BaseException, writer: Writer) -> Any:
    try:
        told = str(value)
    except Exception:
        told = BaseException.__str__(value)
    bases = [each.__name__ for each in type(value).__mro__ if _is_own(each)]
    return {
        "t": "exception",
        "type": _type_name(value),
        "bases": bases[:_MAX_BASES],
        "text": str.__str__(told)[:MAX_EXCEPTION_CHARACTERS],
        "v": [writer.one(each) for each in _ARGS(value)],
        "ref": writer.ref(value),
    }


def _is_own(cls: type) -> bool:
    return cls.__name__ in _OWN_EXCEPTIONS and getattr(builtins, cls.__name__) is cls


def _type_name(value: Any) -> str:
    return type(value).__name__[:MAX_NAME_CHARACTERS]


@lru_cache(maxsize=1_000)
def _tuple_class(name: str, fields: tuple[str, ...]) -> Any:
    return namedtuple(name, fields)


def _read_named_tuple(data: Mapping[str, Any], reader: Reader) -> Any:
    names, name = parts.items(data["fields"], MAX_FIELDS), parts.text(data["type"])
    if not _can_be_fields(names) or not _can_be_fields((name,)):
        raise WireError("a named tuple has a name that none can have")
    found = [reader.one(each) for each in parts.items(data["v"], MAX_FIELDS)]
    if len(found) != len(names):
        raise WireError("a named tuple has another length than its names")
    reader.classes.add((name, *names))
    if len(reader.classes) > _MAX_TUPLE_CLASSES:
        raise WireError("too many kinds of named tuples")
    return _tuple_class(name, tuple(names))(*found)


def _read_record(data: Mapping[str, Any], reader: Reader) -> Record:
    found = {parts.text(name): reader.one(value) for name, value in parts.pairs(data["v"], MAX_FIELDS)}
    return Record(parts.text(data["type"]), found, reader.ref(data["ref"]))


def _read_exception(data: Mapping[str, Any], reader: Reader) -> ExceptionRecord:
    bases = [parts.text(each) for each in parts.items(data["bases"], _MAX_BASES)]
    if not _OWN_EXCEPTIONS.issuperset(bases):
        raise WireError("an exception has a base that there is none of")
    told = parts.text(data["text"], MAX_EXCEPTION_CHARACTERS)
    args = tuple(reader.one(each) for each in parts.items(data["v"]))
    return ExceptionRecord(parts.text(data["type"]), tuple(bases), told, args, reader.ref(data["ref"]))


DECODERS: Mapping[str, Callable[[Mapping[str, Any], Reader], Any]] = {
    "named tuple": _read_named_tuple,
    "record": _read_record,
    "exception": _read_exception,
}
