"""What a guest answers to tests in the grader, in the guest itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from autograder.sandbox import values
from autograder.sandbox.guest import ForkedGuest
from autograder.sandbox.operations import LIBRARY, METHODS, OPERATORS

Ask = Callable[..., dict[str, Any]]


@pytest.fixture
def guest(spawn: Callable[..., ForkedGuest]) -> ForkedGuest:
    return spawn()


@pytest.fixture
def ask(guest: ForkedGuest) -> Ask:
    """Asks; gives the reply, with its value decoded."""

    def ask(do: str, *args: Any, **more: Any) -> dict[str, Any]:
        encoder = values.Encoder(None, rich=True)
        message = {"op": "ask", "do": do, "args": encoder.encode(list(args)), "changed": [], **more}
        reply, tensors = guest.request(message, encoder.tensors, 5.0)
        if "value" in reply:
            reply["value"] = values.decode(reply["value"], tensors, rich=True)
        return reply

    return ask


def run(guest: ForkedGuest, source: str) -> None:
    guest.request({"op": "cell", "source": source, "label": "cell 1", "names": []}, {}, 5.0)


def test_names_are_looked_up_set_and_deleted(ask: Ask, guest: ForkedGuest) -> None:
    run(guest, "x = 3")
    assert ask("name", "x")["value"] == 3
    ask("set", "y", [1])
    assert ask("name", "y")["value"] == [1]
    ask("delete", "y")
    assert ask("name", "y")["raised"]["type"] == "NameError"
    assert "x" in ask("names")["value"]


def test_what_changes_meanwhile_is_told_by_the_number_that_it_is_lent_under(ask: Ask, guest: ForkedGuest) -> None:
    run(guest, "kept = []\ndef add(x, y):\n    kept.append(y)\n    x.append(y)")
    number = ask("name", "kept")["lent"]
    add = ask("name", "add")["value"]
    reply = ask("call", add, [], 5)
    assert [each[0] for each in reply["changed"]] == [number]
    [[position, mine]] = reply["kept"]
    assert (position, [each[0] for each in reply["late"]]) == (1, [mine])


def test_what_is_raised_comes_with_its_classes_arguments_attributes_and_cause(ask: Ask, guest: ForkedGuest) -> None:
    run(
        guest,
        "class E(ValueError): pass\n"
        "def f():\n    error = E('a', 1)\n    error.more = 2\n    raise error from KeyError(3)",
    )
    raised = ask("call", ask("name", "f")["value"])["raised"]
    assert raised["mro"][:2] == [["__main__", "E"], ["builtins", "ValueError"]]
    assert raised["cause"]["type"] == "KeyError"
    assert values.decode(raised["args"], {}, rich=True) == ("a", 1)
    assert values.decode(raised["attributes"], {}, rich=True) == {"more": 2}


def test_warnings_are_told_and_not_printed_as_often_as_they_come(ask: Ask, guest: ForkedGuest) -> None:
    run(guest, "import warnings\ndef f():\n    warnings.warn('old', DeprecationWarning)\n    warnings.warn('bad')")
    f = ask("name", "f")["value"]
    for _ in range(2):
        reply = ask("call", f, warnings=True)
        assert [each["text"] for each in reply["warned"]] == ["old", "bad"]
        assert reply["printed"] == []
    run(guest, "warnings.simplefilter('ignore')")
    assert ask("call", f)["warned"] == []


def test_functions_of_modules_are_replaced_and_put_back(ask: Ask, guest: ForkedGuest) -> None:
    run(guest, "import math\ndef f():\n    return math.sqrt(4)")
    f = ask("name", "f")["value"]
    named = values.Encoder(None, rich=True).encode(int)
    assert ask("call", f, replaced=[["math", "sqrt", named]])["value"] == 4
    assert ask("call", f, replaced=[["math", "sqrt", None]])["value"] == 2


def test_files_of_each_side_are_told_once(ask: Ask, guest: ForkedGuest) -> None:
    run(guest, "def save():\n    open('out.txt', 'w').write('x')\ndef load():\n    return open('in.txt').read()")
    saved = ask("call", ask("name", "save")["value"], files=[])["files"]
    assert [each[0] for each in saved] == ["out.txt"]
    encoder = values.Encoder(None, rich=True)
    content = encoder.encode("text")
    assert ask("names", files=[])["files"] == []
    assert isinstance(content, str)


def test_an_object_tells_the_special_methods_that_its_class_has(ask: Ask, guest: ForkedGuest) -> None:
    run(guest, "class A:\n    def __len__(self): return 1\n    def __radd__(self, other): return 2\na = A()")
    assert ask("name", "a")["value"].methods == {"__len__", "__radd__"}
    assert "__call__" in ask("name", "A")["value"].methods


def test_every_word_has_a_function(ask: Ask) -> None:
    import importlib

    for each in [*OPERATORS.values(), *LIBRARY]:
        module, _, name = each.rpartition(".")
        assert callable(getattr(importlib.import_module(module), name)), each
    assert all(hasattr(int, each) for each in ("__add__", "__rsub__", "__neg__") if each in METHODS)
