"""How the parts of a rich value are written and read: what each kind of value is given to do it with.

Reading is done with what an untrusted guest sent, so each reader here says what it demands, and raises `WireError`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import numpy

from autograder.sandbox.garbage import garbage_kept
from autograder.sandbox.wire import MAX_NODES, WireError

MAX_NAME_CHARACTERS = 80
MAX_DIMENSIONS = 32
_MAX_SAME_HASH = 64
# Keys are put into a table so many at a time. By the processor's clock a number takes some 0.1 us; what others take is
# in proportion to their hashes. The first seconds are for what a library does once.
_FEW_KEYS = 100
_MOST_SECONDS, _MOST_SECONDS_A_KEY, _TIMES_HASHING = 0.05, 4e-6, 10
_MAX_EMPTY_DIMENSION = 1_000_000


class Writer(NamedTuple):
    """What makes JSON-ready data of the parts of a value. A tuple, as one is made for each message.

    Attributes:
        one: of any value, as deep again as the value that it is a part of.
        raw: of bytes, which cross beside the JSON.
        stays: of a value that stays in the guest; Unsendable in the grader.
        ref: of a value that stays in the guest as well, so that more can be asked of it; None in the grader.
        depth_left: how much deeper parts of parts may be.
    """

    one: Callable[[Any], Any]
    raw: Callable[[bytes], str]
    stays: Callable[[Any], Any]
    ref: Callable[[Any], Any]
    depth_left: Callable[[], int]


class Reader(NamedTuple):
    """What makes parts of a value of JSON data: the opposite of each of `Writer`'s. All raise WireError.

    Attributes:
        classes: those of named tuples that one message has asked for so far.
    """

    one: Callable[[Any], Any]
    raw: Callable[[Any], bytes]
    ref: Callable[[Any], Any]
    classes: set[tuple[str, ...]]


def whole(data: Any, low: int, high: int) -> int:
    """An integer from `low` to `high`, both included."""
    if type(data) is not int or not low <= data <= high:
        raise WireError("a whole number is out of range")
    return data


def text(data: Any, max_characters: int = MAX_NAME_CHARACTERS) -> str:
    """Text of at most `max_characters`."""
    if type(data) is not str or len(data) > max_characters:
        raise WireError("a text is too long, or none")
    return data


def items(data: Any, max_items: int = MAX_NODES) -> list[Any]:
    """A list of at most `max_items` parts, not yet read."""
    if type(data) is not list or len(data) > max_items:
        raise WireError("a list is too long, or none")
    return data


def pairs(data: Any, max_pairs: int = MAX_NODES) -> list[list[Any]]:
    """A list of lists of two."""
    found = items(data, max_pairs)
    if any(type(each) is not list or len(each) != 2 for each in found):
        raise WireError("a pair is none")
    return found


def hashable(keys: Iterable[Any]) -> list[Any]:
    """`keys`, if they can be those of a dict or a set, and were not made to collide there."""
    listed = list(keys)
    try:
        if len(listed) <= _MAX_SAME_HASH:  # so few are in nobody's way
            for each in listed:
                hash(each)
            return listed
        _fill({}, listed)
        _fill(distinct := set[Any](), listed)
    except TypeError as error:
        raise WireError("a key has no hash") from error
    if len(distinct) <= _MAX_SAME_HASH:
        return listed
    hashes = numpy.unique(numpy.fromiter(map(hash, distinct), numpy.int64, len(distinct)), return_counts=True)[1]
    if hashes.max(initial=0) > _MAX_SAME_HASH:
        raise WireError("too many keys have the same hash")
    return listed


def _fill(table: dict[Any, None] | set[Any], keys: list[Any]) -> None:
    """Puts `keys` into a table, a few at a time; WireError as soon as that takes far longer than it should.

    Numbers have the same hash everywhere, and where a table looks next can be foretold, so that keys can be chosen of
    which each meets all others. How dear it is, is measured: it is other keys for each kind and size of table.
    """
    hashing = filling = 0.0
    with garbage_kept():
        for start in range(0, len(keys), _FEW_KEYS):
            few = keys[start : start + _FEW_KEYS]
            began = time.thread_time()
            for each in few:
                hash(each)
            hashed = time.thread_time()
            table.update(dict.fromkeys(few) if isinstance(table, dict) else few)
            filling += time.thread_time() - hashed
            hashing += hashed - began
            refuse_collisions(filling, start + len(few), hashing)


def refuse_collisions(filling_seconds: float, count: int, hashing_seconds: float) -> None:
    """Raises WireError if it takes far longer to put `count` keys into a table than to take their hashes."""
    if filling_seconds > _MOST_SECONDS + _MOST_SECONDS_A_KEY * count + _TIMES_HASHING * hashing_seconds:
        raise WireError("too many keys are in each other's way")


def shape(data: Any, size: int) -> tuple[int, ...]:
    """The dimensions of an array of `size` elements."""
    found = items(data, MAX_DIMENSIONS)
    highest = max(size, _MAX_EMPTY_DIMENSION)
    product = 1
    for each in found:
        product *= whole(each, 0, highest)
    if product != size:
        raise WireError("an array has another size than its shape")
    return tuple(found)


def integers(data: Any, count: int, reader: Reader) -> list[int]:
    """So many integers, of any size that crosses."""
    found = [reader.one(each) for each in items(data, count)]
    if len(found) != count or any(type(each) is not int for each in found):
        raise WireError("a whole number is none")
    return found
