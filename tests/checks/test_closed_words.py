"""How much a check on hidden inputs can tell at most: whatever a guest answers, the words are of few kinds."""

from __future__ import annotations

import builtins
import itertools
import math
import random
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch

from autograder.checks import (
    CheckFailed,
    Notebook,
    describe,
    describe_count,
    describe_shape,
    expect,
    expect_close,
    expect_epochs,
    expect_float,
    expect_floats,
    expect_gradient,
    expect_linear,
    expect_scalar,
    expect_tensor,
    expect_tuple,
    public_inputs,
)
from autograder.checks.closed_words import own_numbers, told_sizes, usual_error
from autograder.checks.left_out import _MAX_TOLD
from autograder.checks.python_errors import PYTHON_ERRORS
from autograder.checks.torch_errors import TORCH_ERRORS
from autograder.sandbox import values
from autograder.sandbox.notebook_run import NotebookRun
from autograder.sandbox.outcome import Cause, GuestStopped, Outcome, Stop

# As docs/security.md states it ("What is not promised").
MOST_BITS = 9
HOMES = 12  # functions that a notebook asks for
STUBS = frozenset(("helpers.py", name) for name in ("clean", "f0", "Table.rows"))  # what they are to write in files
X = torch.tensor([[0.5, -1.0, 2.0]] * 7)
RIGHT = X.sum(dim=1, keepdim=True)


class Guest:
    """A notebook whose guest answers what it is told to; `homes` are the names that it should define."""

    def __init__(self, reply: Any) -> None:
        self.run = NotebookRun(None, (), {f"f{i}": f"exercise{i}" for i in range(HOMES)}, file_stubs=STUBS)  # type: ignore[arg-type]
        self._reply = reply
        self.run.request = self.request  # type: ignore[method-assign, assignment]

    def request(self, *_: Any) -> Any:
        if isinstance(self._reply, Stop):
            raise GuestStopped(self._reply)
        if isinstance(self._reply, dict):
            return self._reply, {}
        encoder = values.Encoder()
        return {"value": encoder.encode(self._reply), "gradients": None}, encoder.tensors


def answers(draw: random.Random, count: int) -> Iterator[Any]:
    """Answers of all kinds but exceptions, of which a hostile guest chooses one by what it has seen."""
    for at in range(count):
        shape = tuple(draw.randrange(12) for _ in range(draw.randrange(5)))
        yield torch.full(shape, draw.random(), dtype=draw.choice([torch.float32, torch.int8, torch.bool, torch.int64]))
        yield RIGHT * draw.choice([1.0, 2.0, 0.5, -1.0, 7.0, 1 / 7, 100.0, 0.0, draw.random()])
        yield 1 - RIGHT + draw.choice([0.0, at, math.nan])
        yield [draw.random()] * draw.randrange(200)
        yield draw.choice([None, True, at, 0.1 * at, f"secret {at}", {"a": at}, (1,) * (at % 50)])
        yield Stop(draw.choice(list(Outcome)[1:5]), draw.choice(list(Cause)), draw.random() * 10**6)
        yield Stop(Outcome.DIED, Cause.SIGNAL, f"signal {at}")
        yield {"missing": draw.choice(["NoneType", "int", f"Secret{at}"])}


def exceptions() -> Iterator[Any]:
    """Exceptions of all names, with texts that are explained and others."""
    errors = [name for name, each in vars(builtins).items() if isinstance(each, type)]
    patterns = "|".join(each.text for each in (*TORCH_ERRORS, *PYTHON_ERRORS))
    texts = sorted(set(re.sub(r"\(\?(?:P<\w+>|:)|[\\^$()?*+]", "", patterns).split("|")))
    for at, (kind, text) in enumerate(itertools.product([*errors, "Secret"], ["", "canary 3", *texts])):
        told = {"type": kind, "text": text, "builtin": at % 9 > 0, "line": at, "near": f"secret{at}"}
        told |= {"cell": f"exercise{at % 14}", "function": f"f{at % 14}", "owner": f"f{at % 13}"}
        told["file"] = [("helpers.py", f"secret{at}")[at % 2], ("clean", "f0", "Table.rows", "canary")[at % 4]]
        told["file"] = told["file"] if at % 3 else None
        yield {"raised": {**told, "values": [[f"secret{at}", "tensor", [at], "float32"]]}}


def said(ask: Callable[[Any], Any], reply: Any, public: bool = False) -> str:
    """What a check says of an answer; "" if it passes."""
    guest = Guest(reply)
    token = public_inputs.set(public)
    try:
        ask(Notebook(guest.run, "exercise0", []).f0(X))  # type: ignore[arg-type]
    except CheckFailed as failed:
        return str(failed)
    finally:
        public_inputs.reset(token)
    return ""


CHECKS: dict[str, Callable[[Any], Any]] = {
    "tensor": lambda got: expect_close(expect_tensor(got, (7, 1), "f(x)", "Try."), RIGHT, "f(x)", "It.", "Try", rows=7),
    "scalar": lambda got: expect_close(expect_scalar(got, "f0(x)", "Try."), 2.5, "f0(x)", "It should.", "Try.", rows=7),
    "float": lambda got: expect_close(expect_float(got, "f0(x)"), 2.5, "f0(x)", "It should.", "Try.", rows=7),
    "epochs": lambda got: expect_epochs(
        expect_floats(got, 60, "f0(x)", "`costs`"), [1.0] * 60, "f0(x)", "cost", "First.", "Try."
    ),
    "pair": lambda got: expect_tuple(got, 2, "f0(x)", "(W, b)"),
    "gradient": lambda got: expect_gradient(got, RIGHT, "f0(x)", "x", "Try.", rows=7),
    "own words": lambda got: expect(got is X, "f0(x)", f"returned {describe(got)}", "It should be 3."),
    "linear": lambda got: expect_linear({f"p{i}": X for i in range(len(str(got)))}, 3, "M()"),
}  # fmt: skip


def most_of_exceptions() -> int:
    """How many messages an exception can have at most: by the table of causes alone, whatever texts are tried."""
    errors = [name for name, each in vars(builtins).items() if isinstance(each, type)]
    rows = [each for each in (*TORCH_ERRORS, *PYTHON_ERRORS) if not each.line]  # a line is told of public inputs only
    kinds = {name if usual_error(name) else "an unusual error" for name in errors} | {"one of its own kind"}
    causes = {
        (name if usual_error(name) else "an unusual error", each.cause)
        for name in errors
        for each in rows
        if re.fullmatch(each.type, name)
    }
    guesses, parameters, memory = 2, 1, 1
    unwritten = 3 * HOMES + 1 + len(STUBS) + 1  # which of the notebook's or its files' names, or none of them
    return guesses * (len(causes) + len(kinds)) + parameters + memory + unwritten


@pytest.fixture(scope="module")
def of_exceptions() -> set[str]:
    return {said(CHECKS["float"], each) for each in exceptions()}


@pytest.mark.parametrize("name", CHECKS)
def test_what_a_check_can_tell_of_hidden_inputs_is_bounded(name: str, of_exceptions: set[str]) -> None:
    """More answers to choose from say hardly anything more."""
    draw = random.Random(5)
    found = {said(CHECKS[name], each) for each in answers(draw, 100)}
    more = {said(CHECKS[name], each) for each in answers(draw, 50)} - found
    assert len(of_exceptions) <= most_of_exceptions()
    # Names and packages of the student's own cells, which were there before.
    count = len(found | more) + most_of_exceptions() + 2 * _MAX_TOLD
    assert math.log2(count) <= MOST_BITS, f"{name}: {count} messages"
    assert len(more) <= 10, more
    assert not any("secret" in each.lower() or "canary" in each for each in found | more | of_exceptions)


def test_the_same_is_told_in_full_on_the_notebook_s_own_inputs() -> None:
    wide = torch.zeros(123, 4)
    assert "(123, 4)" in said(CHECKS["tensor"], wide, public=True)
    assert "123" not in said(CHECKS["tensor"], wide)
    exit_code = Stop(Outcome.DIED, Cause.EXIT, 117)
    assert "exit code 117" in said(CHECKS["tensor"], exit_code, public=True)
    assert "117" not in said(CHECKS["tensor"], exit_code)
    large = Stop(Outcome.DIED, Cause.TOO_LARGE, 1_065_353_216)
    assert "1065353216" in said(CHECKS["tensor"], large, public=True)
    assert said(CHECKS["tensor"], large) == "`f0` did not come back: its answer is too large to be read."


def test_usual_slips_are_told_by_their_shape_all_the_same() -> None:
    """Sizes are those of the inputs."""
    assert "a tensor of shape (7,)" in said(CHECKS["tensor"], RIGHT.flatten())
    assert "a tensor of shape (7, 3)" in said(CHECKS["tensor"], X)
    assert "a tensor of quite another shape" in said(CHECKS["tensor"], torch.zeros(7, 6))
    assert "one of its items too few" in said(CHECKS["epochs"], [1.0] * 59)


@pytest.mark.parametrize("value", [40, "40", "signal 40", 64, "SIGRTMAX", -1, ""])
def test_a_signal_without_a_name_is_told_as_one(value: Any) -> None:
    stop = Stop(Outcome.DIED, Cause.SIGNAL, value)
    assert said(CHECKS["float"], stop) == "`f0` did not come back: Python was ended by a signal."
    assert f"by the signal {str(value).removeprefix('signal ')}" in said(CHECKS["float"], stop, public=True)


@pytest.mark.parametrize(
    ("came_back", "own", "told"),
    [
        ("printed 117 lines", (), "printed … lines"),
        ("printed 3 lines", (), "printed 3 lines"),
        ("gave 0.71 for 0.5", ("A probability of 0.5 counts as 1.",), "gave … for 0.5"),
        ("holds 1, 2, 3 and 4", (), "holds 1, 2, … and …"),
        ("is -5 or 1e30", (), "is … or …"),
        ("calls relu6 on x2", (), "calls relu6 on x2"),
    ],
)
def test_numbers_of_a_check_s_own_words_are_small_or_its_own(came_back: str, own: tuple[str, ...], told: str) -> None:
    told_sizes.set(frozenset())
    assert own_numbers(came_back, *own) == told


def test_counts_are_compared_with_what_is_right() -> None:
    told = {describe_count(count, 11, "costs") for count in range(2_000)}
    assert len(told) == 5
    assert describe_count(10, 11, "costs") == "one of its costs too few"
    assert describe_shape("no tensor") == "text (a str)"
