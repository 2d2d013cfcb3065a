"""Exceptions of the notebook's are made anew: known ones as they are, others as namesakes, none that ends tests."""

from __future__ import annotations

import json
import unittest
from typing import Any

import pytest

from autograder.judge.stand_ins.errors import Errors


def made(mro: list[Any], text: str = "text", args: Any = ("text",), attributes: Any = None) -> BaseException:
    return Errors(None).made({"mro": mro, "text": text}, args, attributes or {})  # type: ignore[arg-type]


def test_known_classes_are_themselves() -> None:
    assert type(made([["builtins", "ValueError"]])) is ValueError
    assert type(made([["json.decoder", "JSONDecodeError"], ["builtins", "ValueError"]])).__name__ == "JSONDecodeError"
    assert isinstance(made([["json.decoder", "JSONDecodeError"]]), json.JSONDecodeError)


def test_own_classes_are_namesakes_with_their_bases_texts_and_attributes() -> None:
    error = made([["__main__", "EmptyError"], ["builtins", "ValueError"]], "is empty", ("x", 3), {"name": "x"})
    assert isinstance(error, ValueError)
    assert (type(error).__name__, str(error), error.args) == ("EmptyError", "is empty", ("x", 3))
    assert error.name == "x"  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "claimed",
    [
        ["unittest.case", "SkipTest"],
        ["autograder.judge.stand_ins.line", "AskingStopped"],
        ["_pytest.outcomes", "Skipped"],
        ["builtins", "print"],
        ["builtins", "int"],
        ["no.such", "Error"],
        ["builtins", ""],
        [1, 2],
    ],
)
def test_no_exception_is_of_a_class_that_ends_or_skips_tests(claimed: list[Any]) -> None:
    error = made([claimed])
    assert isinstance(error, Exception)
    assert not isinstance(error, unittest.SkipTest)
    assert type(error).__module__.partition(".")[0] not in ("autograder", "_pytest", "unittest")


@pytest.mark.parametrize("told", [{}, {"mro": 3}, {"mro": [3]}, {"mro": [["a"]], "text": 7}])
def test_what_makes_no_sense_is_some_exception(told: dict[str, Any]) -> None:
    assert isinstance(Errors(None).made(told, 3, 4), Exception)  # type: ignore[arg-type]
