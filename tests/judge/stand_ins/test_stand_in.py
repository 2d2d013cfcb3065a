"""Stand-ins do what their objects do, and claim nothing that only the object says."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sized
from typing import Any

import pytest

from autograder.judge.stand_ins.guard import Guard
from autograder.judge.stand_ins.line import Line
from autograder.judge.stand_ins.names import Names
from autograder.judge.stand_ins.sources import Sources
from autograder.judge.stand_ins.stand_in import StandIn, is_subclass, make
from autograder.judge.stand_ins.surroundings import Surroundings
from autograder.sandbox.cell_run import RunCell
from autograder.sandbox.forked import ForkSandbox
from autograder.sandbox.notebook_run import NotebookRun
from autograder.sandbox.server import ForkServer

CODE = """
class Bag:
    "A bag."
    size = 3
    def __init__(self, *items): self.items = list(items)
    def __len__(self): return len(self.items)
    def __iter__(self): return iter(self.items)
    def __eq__(self, other): return True
    def __sub__(self, other): return 0
    def add(self, item): self.items.append(item)
class Plain: pass
class Own(list):
    def total(self): return sum(self)
def keep(x):
    kept.append(x)
    return x
def change(x): x.append(1)
def raising(f):
    try:
        return f()
    except KeyError:
        return "caught"
kept = []
table = {"a": [1]}
"""


def names_of(server: ForkServer, needed: frozenset[Any] | None = None) -> Iterator[Names]:
    nothing: dict[str, Any] = {}
    shared = frozenset({"kept", "table", "keep"})
    sources = Sources(shared, shared, frozenset(), nothing, nothing, frozenset(), nothing, frozenset())
    guard = Guard(needed, frozenset())
    with NotebookRun(ForkSandbox(server), (RunCell("cell 1", CODE, None, 0),)) as run:
        line = Line(run, guard, make, Surroundings([]))
        line.begin(1)
        yield Names(line, sources)


@pytest.fixture(scope="module")
def permitted(server: ForkServer) -> Iterator[Names]:
    """Names of a notebook whose objects' answers count."""
    yield from names_of(server)


@pytest.fixture(scope="module")
def guarded(server: ForkServer) -> Iterator[Names]:
    """Names of a notebook whose objects' answers don't."""
    yield from names_of(server, frozenset())


def test_an_object_can_do_what_its_class_can_and_no_more(permitted: Names) -> None:
    bag, plain = permitted["Bag"](1, 2), permitted["Plain"]()
    assert isinstance(bag, Iterable)
    assert isinstance(bag, Sized)
    assert not isinstance(bag, Callable)
    assert not isinstance(plain, Iterable)
    assert not isinstance(plain, Sized)
    assert isinstance(plain, Hashable)
    assert (len(bag), list(bag), sum(bag)) == (2, [1, 2], 3)
    with pytest.raises(TypeError):
        len(plain)
    with pytest.raises(TypeError):
        float(bag)


def test_attributes_are_the_object_s_and_none_of_the_stand_in_s(permitted: Names) -> None:
    bag = permitted["Bag"](1)
    assert (bag.size, bag.items, bag.__doc__) == (3, [1], "A bag.")
    assert hasattr(bag, "__len__")
    assert not callable(bag)
    assert not hasattr(bag, "_ref")
    assert not hasattr(permitted["keep"], "__slots__")
    assert permitted["Bag"].__name__ == "Bag"
    bag.size = 5
    assert bag.size == 5
    del bag.size
    assert bag.size == 3


def test_an_object_that_says_that_it_is_equal_to_all_is_not(permitted: Names, guarded: Names) -> None:
    bag = permitted["Bag"]()
    assert bag != 3
    assert bag != 3
    assert bag != [3]
    assert 3 not in [bag]
    assert bag == permitted["Bag"](1), "the tests compare two objects, and its class says what is equal"
    assert guarded["Bag"]() != guarded["Bag"]()
    with pytest.raises(TypeError):
        guarded["Bag"]() - 3


def test_an_object_made_of_a_plain_value_is_equal_by_that_value(permitted: Names) -> None:
    own = permitted["Own"]([1, 2])
    assert isinstance(own, list)
    assert own == [1, 2]
    assert own != [1]
    assert own == [1, 2]
    assert own.total() == 3
    assert own[0] == 1
    assert own[-1:] == [2]


def test_functions_may_be_called_by_their_names_and_objects_where_the_solution_gave_one(guarded: Names) -> None:
    assert guarded["keep"](1) == 1
    with pytest.raises(TypeError):
        guarded["table"].get("a")() if isinstance(guarded["table"], StandIn) else guarded["Plain"]().__init__()


def test_a_list_of_both_is_one_list(permitted: Names) -> None:
    mine = [0]
    assert permitted["keep"](mine) is mine
    permitted["change"](mine)
    assert mine == [0, 1]
    mine.append(2)
    assert permitted["kept"][-1] == [0, 1, 2]
    kept = permitted["kept"]
    kept.clear()
    assert permitted["kept"] == []


def test_a_name_that_tests_set_is_set_in_the_notebook(permitted: Names) -> None:
    permitted["table"] = {"b": 2}
    permitted["table"]["c"] = 3
    assert permitted["table"] == {"b": 2, "c": 3}
    del permitted["table"]
    assert "table" not in permitted


def test_the_tests_own_exceptions_go_through_the_notebook_and_come_back(permitted: Names) -> None:
    def fail(error: BaseException) -> Any:
        raise error

    assert permitted["raising"](lambda: fail(KeyError("a"))) == "caught"
    mine = ValueError("mine")
    with pytest.raises(ValueError, match="mine") as caught:
        permitted["raising"](lambda: fail(mine))
    assert caught.value is mine


def test_classes_are_asked_for_their_bases(permitted: Names) -> None:
    line, own = permitted._line, permitted["Own"]
    assert is_subclass(line, own, list)
    assert is_subclass(line, own, (int, Iterable))
    assert not is_subclass(line, own, dict)
    assert is_subclass(line, bool, int)
    assert isinstance(own([1]), own)
    assert not isinstance(permitted["Plain"](), own)


def test_the_same_object_is_the_same_stand_in(permitted: Names) -> None:
    bag = permitted["Bag"]()
    permitted["kept"].append(bag)
    assert permitted["keep"](bag) is bag


def test_a_stand_in_is_no_array_and_no_file(permitted: Names) -> None:
    bag = permitted["Bag"](1)
    for name in ("__array__", "__array_interface__", "__fspath__", "__reduce_ex__", "__torch_function__"):
        assert not hasattr(bag, name)
