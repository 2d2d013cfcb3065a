"""The kinds of values that a look knows, by what it does with them."""

from __future__ import annotations

import io
import re
import sys
import types
import weakref
from collections import Counter, OrderedDict, defaultdict, deque, namedtuple
from typing import Any

import numpy
import torch

MAX_ROW = 1_000  # numbers
NUMBERS = frozenset([type(None), bool, int, float])
_Pair = namedtuple("_Pair", "field")  # to know the type of its field
PLAIN = frozenset([type(None), bool, int, float, complex, type(...), type(NotImplemented), str, bytes])
SEQUENCES = (list, tuple, set, frozenset, deque, torch.Size)
MAPPINGS = (dict, OrderedDict, defaultdict, Counter)
# What can't change, or holds nothing that does.
_OF_CLASSES = (types.GetSetDescriptorType, types.MemberDescriptorType, types.WrapperDescriptorType)
_OF_TORCH = (torch.dtype, torch.device, torch.layout, torch.memory_format)
FIXED = (
    *(*_OF_CLASSES, *_OF_TORCH, types.CodeType, types.MethodDescriptorType, types.ClassMethodDescriptorType),
    *(
        types.MethodWrapperType,
        types.GenericAlias,
        types.UnionType,
        weakref.ref,
        range,
        slice,
        numpy.ufunc,
        numpy.dtype,
    ),
    *(re.Pattern, types.DynamicClassAttribute, type(vars(_Pair)["field"])),
)
FILES = (io.TextIOWrapper, io.BufferedReader, io.BufferedWriter, io.FileIO)
# Not the notebook's: where Python looks things up, and which warnings it has shown.
PYTHONS_OWN = frozenset(
    ["__builtins__", "__dict__", "__weakref__", "__spec__", "__loader__", "__cached__", "__warningregistry__"]
)
_HEAP_TYPE, _UNCHANGING_TYPE = 1 << 9, 1 << 8  # Python's own flags of types
OBJECT_BYTES, DICT_AND_WEAKREF_BYTES, SLOT_BYTES = object.__basicsize__, 16, 8


def is_pythons(line: type) -> bool:
    """Whether a class was made by a `class` statement, so that its objects hold nothing but attributes."""
    if line is object:
        return True
    names = type.__dict__["__dict__"].__get__(line)
    is_first = type.__dict__["__bases__"].__get__(line) == (object,)
    holds = "__slots__" in names or {"__dict__", "__weakref__"} <= names.keys()
    return line.__flags__ & _HEAP_TYPE > 0 and not line.__flags__ & _UNCHANGING_TYPE and (holds or not is_first)


def is_row(value: Any) -> bool:
    """Whether it is a short list of numbers."""
    return type(value) is list and len(value) <= MAX_ROW and NUMBERS.issuperset(map(type, value))


def is_unused(file: Any) -> bool:
    """Whether nothing can be read or written, or it is the process's own."""
    return file.closed or file in (sys.__stdin__, sys.__stdout__, sys.__stderr__)
