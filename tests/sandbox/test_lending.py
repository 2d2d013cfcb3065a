"""Values that both sides have are one value: what changes on one side changes on the other."""

from __future__ import annotations

import time
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable
from typing import Any

import numpy
import pandas
import pytest
import torch

from autograder.sandbox.lending import MAX_LENT, Lending, is_changeable
from autograder.sandbox.values import Encoder, Refs


def lending() -> Lending:
    return Lending(lambda: Encoder(Refs(), rich=True))


CHANGES: dict[str, tuple[Callable[[], Any], Callable[[Any], Any]]] = {
    "list": (lambda: [1, [2]], lambda x: x[1].append(3)),
    "dict": (lambda: {"a": 1}, lambda x: x.update(b=2)),
    "set": (lambda: {1}, lambda x: x.add(2)),
    "bytearray": (lambda: bytearray(b"a"), lambda x: x.extend(b"b")),
    "deque": (lambda: deque([1]), lambda x: x.appendleft(0)),
    "counter": (lambda: Counter("a"), lambda x: x.update("a")),
    "defaultdict": (lambda: defaultdict(list, a=[1]), lambda x: x["a"].append(2)),
    "ordered": (lambda: OrderedDict(a=1, b=2), lambda x: x.move_to_end("a")),
    "array": (lambda: numpy.zeros(3), lambda x: x.__setitem__(1, 5)),
    "tensor": (lambda: torch.zeros(3), lambda x: x.add_(1)),
    "frame": (lambda: pandas.DataFrame({"a": [1]}), lambda x: x.insert(1, "b", 2)),
    "series": (lambda: pandas.Series([1.0, 2.0]), lambda x: x.__setitem__(0, 9)),
}


def same(one: Any, other: Any) -> bool:
    if isinstance(one, pandas.DataFrame | pandas.Series):
        return bool(one.equals(other))
    return bool(list(one) == list(other) and (one == other if isinstance(one, dict | set) else len(one) == len(other)))


@pytest.mark.parametrize("kind", CHANGES)
def test_a_change_on_one_side_is_taken_over_on_the_other(kind: str) -> None:
    make, change = CHANGES[kind]
    here, there, one, other = make(), make(), lending(), lending()
    assert is_changeable(here)
    one.add(3, here)
    other.add(3, there)
    assert list(one.changed()) == []
    change(here)
    [(number, value)] = one.changed()
    assert list(one.changed()) == []
    other.take(number, value)
    assert same(here, there)
    assert other.value(3) is there
    assert list(other.changed()) == [], "what was taken over is not sent back"


@pytest.mark.parametrize(
    "value", [1, "a", (1,), frozenset(), None, numpy.zeros(1 << 20), list(range(10_000)), type("L", (list,), {})()]
)
def test_what_can_t_change_or_is_too_large_is_not_lent(value: Any) -> None:
    assert not is_changeable(value)


def test_the_very_value_is_known_and_not_its_equal() -> None:
    value: list[int] = []
    known = lending()
    known.add(7, value)
    assert known.number(value) == 7
    assert known.number([]) is None


def test_a_value_of_another_kind_changes_nothing() -> None:
    known, value = lending(), [1]
    known.add(1, value)
    for other in ({}, (1,), None, "abc", numpy.zeros(1)):
        known.take(1, other)
    known.take(99, [2])
    assert value == [1]


def test_only_the_latest_are_kept() -> None:
    known = lending()
    for number in range(MAX_LENT + 3):
        known.add(number, [number])
    assert known.value(2) is None
    assert known.value(3) == [3]
    known.forget()
    assert known.value(MAX_LENT) is None


@pytest.mark.parametrize(
    ("value", "change"),
    [
        ([1, 2], lambda x: x.__setitem__(0, True)),
        ([1, 2], lambda x: x.__setitem__(0, 1.0)),
        ([0.0], lambda x: x.__setitem__(0, -0.0)),
        ({"a": 1, "b": 2}, lambda x: x.update(a=x.pop("a"))),
        ([[1], [2]], lambda x: x[1].clear()),
        ([1], lambda x: x.append(object())),
        ([numpy.zeros(2)], lambda x: x[0].fill(1)),
        (numpy.zeros(2, dtype="float32"), lambda x: x.__setitem__(0, -0.0)),
        (numpy.array([1, None], dtype=object), lambda x: x.__setitem__(0, 2)),
    ],
    ids=lambda each: "" if callable(each) else repr(each),
)
def test_what_is_equal_and_yet_another_value_is_a_change(value: Any, change: Callable[[Any], Any]) -> None:
    one = lending()
    one.add(1, value)
    assert not list(one.changed())
    change(value)
    assert [number for number, _ in one.changed()] == [1]
    assert not list(one.changed()), "it is told once"


def test_a_tree_whose_nodes_know_their_parent_is_looked_at_at_once() -> None:
    root: dict[str, Any] = {"name": "root", "parent": None, "children": []}
    for each in range(12):
        root["children"].append({"name": each, "parent": root, "children": []})
    one = lending()
    started = time.process_time()
    one.add(1, root)
    list(one.changed())
    assert time.process_time() - started < 5
