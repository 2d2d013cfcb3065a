"""The grader's end of the workbench: whatever a guest answers is of the one right form, or a WireError."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
import torch

from autograder.checks.mended import Mend, Place
from autograder.judge import workbench
from autograder.sandbox import wire
from autograder.sandbox.inside.edits.listing import MAX_EDITS

SOURCES = ("def f(x):\n    return -x", "y = 1")
PLACE = [0, 2, 11, 2, 13]
EDIT = ["minus-extra", 10, [PLACE], None]
TRIES = ((0,), (1,), (0, 1))


class FakeRun:
    """A notebook's guest that answers as it is told to, and notes what it was asked."""

    def __init__(self, reply: Mapping[str, Any] | None = None, tensors: Mapping[str, torch.Tensor] | None = None):
        self.reply, self.tensors = dict(reply or {}), dict(tensors or {})
        self.asked: list[tuple[Mapping[str, Any], Mapping[str, torch.Tensor]]] = []

    def request(self, message: Mapping[str, Any], tensors: Mapping[str, torch.Tensor]) -> tuple[Any, Any]:
        self.asked.append((message, tensors))
        return self.reply, self.tensors


def packed(*messages: Any) -> torch.Tensor:
    return torch.frombuffer(bytearray(b"".join(map(wire.pack, messages))), dtype=torch.uint8)


def listed(edits: Any) -> workbench.Offers:
    return workbench.list_edits(FakeRun({"edits": edits}), SOURCES)


def tried(reply: Mapping[str, Any], *tensors: torch.Tensor) -> workbench.Answers:
    run = FakeRun(reply, {str(index): each for index, each in enumerate(tensors)})
    return workbench.try_out(run, TRIES, 1.0, 0.1)


def test_edits_are_read_with_their_places() -> None:
    offers = listed([EDIT, ["misspelt", 8, [PLACE, [1, 1, 0, 1, 1]], [0, 1, 6, 1, 7]]])
    assert (offers.kinds, offers.sizes) == (("minus-extra", "misspelt"), (10, 8))
    assert offers.mend(0) == Mend("minus-extra", 10, (Place(0, 2, 11, 2, 13),))
    assert offers.mend(1).places[1].text(SOURCES) == "y"
    assert offers.mend(1).other.text(SOURCES) == "x"
    assert offers.is_in_line(1, 1)
    assert not offers.is_in_line(0, 1)
    assert listed([]).kinds == ()


ODD_LISTS: list[Any] = [
    None,
    7,
    "edits",
    {"0": EDIT},
    [7],
    [[]],
    ["abcd"],
    [EDIT[:3]],
    [[*EDIT, 1]],
    [["no-such-kind", *EDIT[1:]]],
    [[["minus-extra"], *EDIT[1:]]],
    [[{"minus": "extra"}, *EDIT[1:]]],
    [[None, *EDIT[1:]]],
    [[1.5, *EDIT[1:]]],
    [["minus-extra", "10", *EDIT[2:]]],
    [["minus-extra", 1e300, *EDIT[2:]]],
    [["minus-extra", None, *EDIT[2:]]],
    [EDIT] * (MAX_EDITS + 1),
]


@pytest.mark.parametrize("edits", ODD_LISTS, ids=[repr(each)[:40] for each in ODD_LISTS])
def test_a_list_of_another_form_is_refused(edits: Any) -> None:
    with pytest.raises(wire.WireError):
        listed(edits)


def test_no_list_at_all_is_refused() -> None:
    with pytest.raises(wire.WireError):
        workbench.list_edits(FakeRun({"sequence": 3}), SOURCES)


def test_as_many_edits_as_a_guest_makes_are_read() -> None:
    assert len(listed([EDIT] * MAX_EDITS).kinds) == MAX_EDITS


ODD_PLACES: list[Any] = [
    [],
    None,
    7,
    "place",
    {},
    [None],
    [7],
    ["abcde"],
    [PLACE[:4]],
    [[*PLACE, 1]],
    [PLACE] * 5,
    [[[0], 2, 11, 2, 13]],
    [["0", 2, 11, 2, 13]],
    [[0.0, 2, 11, 2, 13]],
    [[None, 2, 11, 2, 13]],
    [[2, 1, 0, 1, 1]],
    [[-1, 1, 0, 1, 1]],
    [[0, 3, 0, 3, 1]],
    [[0, 0, 0, 1, 1]],
    [[0, 2, 0, 1, 1]],
    [[0, 1, 0, 3, 1]],
    [[0, 1, -1, 1, 1]],
    [[0, 1, 0, 1, -1]],
    [[10**30, 1, 0, 1, 1]],
    [[0, 10**30, 0, 10**30, 1]],
]


@pytest.mark.parametrize("places", ODD_PLACES, ids=[repr(each)[:40] for each in ODD_PLACES])
def test_a_place_of_another_form_or_out_of_the_text_is_refused_when_it_is_asked_for(places: Any) -> None:
    offers = listed([["minus-extra", 10, places, None]])
    assert offers.is_in_line(0, -5) is False
    with pytest.raises(wire.WireError):
        offers.mend(0)


@pytest.mark.parametrize("other", [each[0] if isinstance(each, list) and each else each for each in ODD_PLACES[3:]])
def test_so_is_a_second_one(other: Any) -> None:
    if other == PLACE or other is None:
        return
    offers = listed([["minus-extra", 10, [PLACE], other]])
    with pytest.raises(wire.WireError):
        offers.mend(0)


def test_a_place_may_reach_beyond_the_end_of_its_line_and_shows_what_is_there() -> None:
    for far in (99, 10**18):
        mend = listed([["minus-extra", 10, [[0, 2, far, 2, far]], [0, 1, 0, 2, far]]]).mend(0)
        assert mend.places[0].text(SOURCES) == ""
        assert mend.other.text(SOURCES) == "def f(x): return -x"


RIGHT = {"answers": [[0, 2], [1]], "tried": 3, "cpu_seconds": 0.25}
ONE, TWO = packed({"value": 1}, {"value": 2}), packed({"value": 3}, {"value": 4})


def test_answers_are_read_with_their_tries() -> None:
    answers = tried(RIGHT, ONE, TWO)
    assert [[message["value"] for message, _ in each] for each in answers.frames] == [[1, 2], [3, 4]]
    assert (answers.tries, answers.tried, answers.cpu_seconds) == (((0, 2), (1,)), 3, 0.25)
    assert tried({**RIGHT, "answers": []}).frames == ()


ODD_ANSWERS: list[tuple[Mapping[str, Any], tuple[torch.Tensor, ...]]] = [
    *(({**RIGHT, "answers": each}, (ONE, TWO)) for each in (None, 3, "ab", {}, [[0], [1], [2], [0]], [[0], None])),
    *(({**RIGHT, "answers": each}, (ONE, TWO)) for each in ([[0], [3]], [[0], [-1]], [[0], []], [[0], ["1"]], [[[0]]])),
    *(({**RIGHT, "answers": each}, (ONE, TWO)) for each in ([[0], [1.0]], [[0] * 4], [[None]], [0], [{}])),
    *(({**RIGHT, "tried": each}, (ONE, TWO)) for each in (None, "3", 3.0, [3])),
    *(({**RIGHT, "cpu_seconds": each}, (ONE, TWO)) for each in (None, 1, "1", -0.5, float("nan"), [0.5])),
    ({}, (ONE, TWO)),
    (RIGHT, ()),
    (RIGHT, (ONE,)),
    (RIGHT, (ONE, TWO.to(torch.int8))),
    (RIGHT, (ONE, TWO.double())),
    (RIGHT, (ONE, TWO.reshape(2, -1))),
    (RIGHT, (ONE, TWO[0])),
    (RIGHT, (ONE, TWO[:-1])),
    (RIGHT, (ONE, TWO[:5])),
    (RIGHT, (ONE, torch.zeros(3, dtype=torch.uint8))),
    (RIGHT, (ONE, torch.full((100,), 255, dtype=torch.uint8))),
    (RIGHT, (ONE, packed([1, 2]))),
    (RIGHT, (ONE, packed("text"))),
    (RIGHT, (ONE, torch.cat([TWO, torch.tensor([1], dtype=torch.uint8)]))),
    (RIGHT, (ONE, packed({"value": [[]] * (3 * wire.MAX_NODES)}))),
]


@pytest.mark.parametrize(("reply", "tensors"), ODD_ANSWERS)
def test_answers_of_another_form_are_refused(reply: Mapping[str, Any], tensors: tuple[torch.Tensor, ...]) -> None:
    with pytest.raises(wire.WireError):
        tried(reply, *tensors)


def test_what_is_asked_goes_over_the_wire_as_it_is() -> None:
    run = FakeRun({"edits": []})
    tensor = torch.ones(2)
    workbench.open_workbench(run, SOURCES, ["f"])
    workbench.load(run, [({"op": "call"}, {"0": tensor}), ({"op": "call", "name": "g"}, {})])
    workbench.list_edits(run, SOURCES)
    workbench.put_in_place(run, [3, 5])
    workbench.go_on(run)
    workbench.go_back(run)
    sent = [message for message, _ in run.asked]
    assert {each["op"] for each in sent} == {"mend"}
    assert [each["do"] for each in sent] == ["open", "load", "load", "list", "set", "go on", "go back"]
    assert (sent[0]["sources"], sent[0]["names"]) == (list(SOURCES), ["f"])
    assert [(each["first"], each["request"]["op"]) for each in sent[1:3]] == [(True, "call"), (False, "call")]
    assert run.asked[1][1]["0"] is tensor
    assert sent[4]["numbers"] == [3, 5]
