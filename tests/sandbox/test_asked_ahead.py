"""Scripts that a guest goes through: whoever asks is told the same as without them, and nothing too much counts."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from autograder.sandbox import values, wire
from autograder.sandbox.cell_run import RunCell
from autograder.sandbox.forked import ForkSandbox
from autograder.sandbox.limits import Limits
from autograder.sandbox.notebook_run import NotebookRun
from autograder.sandbox.outcome import Cause, GuestStopped, Outcome
from autograder.sandbox.prompt import Script
from autograder.sandbox.server import ForkServer

CODE = """
import os, time
asked = []
class Counter:
    def __init__(self):
        self.n = 0
    def more(self, by):
        self.n += by
        return self.n
def f(x):
    asked.append(x)
    if x == 66: os._exit(1)
    if x == 77: time.sleep(30)
    if x == 88: time.sleep(1)
    return x + 1
def large(x):
    return "x" * 50_000
def all_asked():
    return asked
"""


@pytest.fixture
def run(server: ForkServer) -> Iterator[NotebookRun]:
    sandbox = ForkSandbox(server, Limits(call_wall_seconds=2.0))
    with NotebookRun(sandbox, (RunCell("all", CODE, "all", 0),), {"f": "all", "Counter": "all"}) as run:
        yield run


def asking(name: str, *arguments: Any, first: bool = False) -> dict[str, Any]:
    encoder = values.Encoder()
    target = {"ref": 0, "method": name} if name == "more" else {"name": name}
    sent = {"args": encoder.encode(list(arguments)), "kwargs": encoder.encode({})}
    return {"op": "call", **target, **sent, "seed": 0, "backward": False, **({"first": True} if first else {})}


def script(*messages: Mapping[str, Any], are_open: int = 0) -> Script:
    frames = tuple(wire.pack({**each, "sequence": number}) for number, each in enumerate(messages))
    return Script(tuple((each, {}) for each in messages), frames, tuple(map(str, range(len(messages)))), are_open, 0.01)


def begin(run: NotebookRun, told: Script, seconds: float = 5.0) -> list[bytes] | None:
    return run.ahead.begin(run, "check", told, lambda _: seconds)


def value(run: NotebookRun, message: Mapping[str, Any]) -> Any:
    reply, tensors = run.request(message, {})
    return values.decode(reply["value"], tensors)


def test_who_asks_what_is_in_the_script_gets_what_a_question_gets(run: NotebookRun) -> None:
    asked = [asking("f", number) for number in range(40)]
    frames = begin(run, script(*asked))
    assert frames is not None
    assert len(frames) == 40
    assert [value(run, each) for each in asked] == list(range(1, 41))
    assert run.ahead.end(run)
    assert value(run, asking("all_asked")) == list(range(40))


def test_what_does_not_fit_into_the_wire_at_once_comes_all_the_same(run: NotebookRun) -> None:
    asked = [asking("large", "y" * 19_000) for _ in range(20)]
    begin(run, script(*asked))
    assert [len(value(run, each)) for each in asked] == [20_000] * 20  # as long as a text may be


def test_something_else_is_asked_as_if_nothing_had_been_told_ahead(run: NotebookRun) -> None:
    begin(run, script(asking("f", 1), asking("f", 2), asking("f", 3)))
    assert value(run, asking("f", 1)) == 2
    assert value(run, asking("f", 10)) == 11
    assert value(run, asking("f", 2)) == 3
    assert not run.ahead.end(run)
    assert run.generation == 1


def test_an_object_is_what_it_would_be_without_what_the_script_did_to_it(run: NotebookRun) -> None:
    begin(run, script(asking("Counter", first=True), asking("more", 1), asking("more", 10), asking("more", 100)))
    run.request(asking("Counter", first=True), {})
    assert value(run, asking("more", 1)) == 1
    assert value(run, asking("more", 5)) == 6


def test_an_object_that_was_asked_early_is_made_again_for_what_follows(run: NotebookRun) -> None:
    first = script(asking("Counter", first=True), asking("more", 1), are_open=2)
    second = script(asking("Counter", first=True), asking("more", 50), are_open=2)
    run.ahead.ask_early(run, {"check": first, "another": second}, lambda _: 5.0)
    assert begin(run, first) is not None
    run.request(asking("Counter", first=True), {})
    assert value(run, asking("more", 1)) == 1
    assert value(run, asking("more", 2)) == 3


def test_what_follows_open_requests_is_told_ahead_once_those_are_answered(run: NotebookRun) -> None:
    told = script(asking("Counter", first=True), asking("more", 1), asking("more", 20), are_open=2)
    other = script(asking("Counter", first=True), asking("more", 300), are_open=2)
    run.ahead.ask_early(run, {"check": told, "another": other}, lambda _: 5.0)
    assert not run.tainted
    assert len(begin(run, told) or ()) == 3
    assert run.tainted
    assert run.ahead.is_early(asking("Counter", first=True), {})
    run.request(asking("Counter", first=True), {})
    assert value(run, asking("more", 1)) == 1
    assert not run.ahead.is_early(asking("more", 20), {})
    assert value(run, asking("more", 20)) == 21
    assert run.ahead.end(run)


def test_what_follows_open_requests_is_not_told_before_they_are_answered(run: NotebookRun) -> None:
    told = script(asking("f", 1), asking("f", 2), are_open=1)
    assert len(begin(run, told) or ()) == 1
    assert not run.tainted
    assert value(run, asking("all_asked")) == [1]


def test_who_asks_on_after_the_script_is_answered_as_before(run: NotebookRun) -> None:
    begin(run, script(asking("Counter", first=True), asking("more", 1), are_open=2))
    run.request(asking("Counter", first=True), {})
    assert [value(run, asking("more", each)) for each in (1, 2, 3)] == [1, 3, 6]
    prompt = run.ahead.end(run)
    assert prompt is not None
    assert [message["args"] for message, _ in prompt.script.requests[2:]] == [asking("x", n)["args"] for n in (2, 3)]
    assert prompt.joined == [False, False]


def test_more_may_be_asked_than_is_put_at_a_scripts_end(run: NotebookRun) -> None:
    begin(run, script(asking("f", 0)))
    assert [value(run, asking("f", each)) for each in range(60)] == list(range(1, 61))
    assert run.ahead.end(run) is None
    assert value(run, asking("all_asked")) == list(range(60))


def test_what_was_asked_for_a_check_after_its_script_is_there_when_it_asks(run: NotebookRun) -> None:
    begin(run, script(asking("f", 1), are_open=1))
    assert run.ahead.ask_more(run, asking("f", 2), {}, False, lambda _: 5.0) is not None
    assert not run.tainted
    assert run.ahead.ask_more(run, asking("f", 3), {}, True, lambda _: 5.0) is not None
    assert run.tainted
    assert [value(run, asking("f", each)) for each in (1, 2, 3)] == [2, 3, 4]
    assert run.ahead.end(run) is not None
    assert value(run, asking("all_asked")) == [1, 2, 3]


def test_who_asks_something_else_than_was_asked_for_them_finds_objects_as_they_were(run: NotebookRun) -> None:
    begin(run, script(asking("Counter", first=True), asking("more", 1)))
    run.ahead.ask_more(run, asking("more", 50), {}, False, lambda _: 5.0)
    run.request(asking("Counter", first=True), {})
    assert [value(run, asking("more", each)) for each in (1, 2)] == [1, 3]


def test_objects_that_others_have_taken_the_place_of_are_made_again_for_what_follows_the_script(
    run: NotebookRun,
) -> None:
    first = script(asking("Counter", first=True), asking("more", 1), are_open=2)
    second = script(asking("Counter", first=True), asking("more", 50), are_open=2)
    run.ahead.ask_early(run, {"check": first, "another": second}, lambda _: 5.0)
    assert begin(run, first) is not None
    frame = run.ahead.ask_more(run, asking("more", 2), {}, False, lambda _: 5.0)
    assert frame is not None
    assert wire.parse(frame)[0]["value"] == 3


@pytest.mark.parametrize("deadly", [66, 77], ids=["it ends", "it hangs"])
def test_what_ends_a_guest_when_it_is_asked_for_a_check_ends_it_for_the_check(run: NotebookRun, deadly: int) -> None:
    begin(run, script(asking("f", 1)))
    assert run.ahead.ask_more(run, asking("f", deadly), {}, False, lambda _: 0.3) is None
    assert value(run, asking("f", 1)) == 2
    with pytest.raises(GuestStopped):
        run.request(asking("f", deadly), {})
    assert len(run.stops) == 1
    assert value(run, asking("f", 5)) == 6


@pytest.mark.parametrize("deadly", [66, 77], ids=["it ends", "it hangs"])
def test_what_nobody_asks_for_costs_nothing(run: NotebookRun, deadly: int) -> None:
    begin(run, script(asking("f", 1), asking("f", deadly), asking("f", 3)), seconds=0.3)
    deadline, started = run.deadline, time.monotonic()
    assert value(run, asking("f", 1)) == 2
    run.ahead.end(run)
    assert value(run, asking("f", 5)) == 6
    assert (run.stops, run.lost_seconds, run.killed) == ([], 0.0, False)
    assert run.deadline >= deadline
    assert time.monotonic() - started < 10
    assert run.generation == 2
    assert begin(run, script(asking("f", 1))) is None  # it may happen once


@pytest.mark.parametrize(
    ("deadly", "outcome", "cause"),
    [(66, Outcome.DIED, Cause.EXIT), (77, Outcome.TIMED_OUT, Cause.TOO_SLOW)],
    ids=["it ends", "it hangs"],
)
def test_what_is_asked_for_has_its_whole_time_and_stops_the_guest(
    run: NotebookRun, deadly: int, outcome: Outcome, cause: Cause
) -> None:
    begin(run, script(asking("f", 1), asking("f", deadly), asking("f", 3)), seconds=0.3)
    assert value(run, asking("f", 1)) == 2
    with pytest.raises(GuestStopped) as caught:
        run.request(asking("f", deadly), {})
    assert (caught.value.stop.outcome, caught.value.stop.cause) == (outcome, cause)
    assert run.stops == [outcome]
    assert begin(run, script(asking("f", 1))) is None  # from now on it is asked no more than it must be


def test_a_slow_answer_that_is_asked_for_is_waited_for(run: NotebookRun) -> None:
    assert begin(run, script(asking("f", 88), asking("f", 2)), seconds=0.2) is None
    assert [value(run, asking("f", each)) for each in (88, 2)] == [89, 3]
    assert run.ahead.end(run)


def test_an_answer_to_another_question_than_comes_next_stops_the_guest(run: NotebookRun) -> None:
    asked = [asking("f", 1), asking("f", 2)]
    told = script(*asked)
    swapped = replace(told, frames=told.frames[::-1])
    begin(run, swapped)
    with pytest.raises(GuestStopped) as caught:
        run.request(asked[0], {})
    assert caught.value.stop.cause is Cause.UNREADABLE
