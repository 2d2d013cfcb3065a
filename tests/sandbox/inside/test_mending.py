"""The workbench in a guest: edits are tried on the student's code, and leave nothing behind."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from helpers import run_in

from autograder.sandbox import wire
from autograder.sandbox.guest import ForkedGuest
from autograder.sandbox.outcome import GuestStopped


class Bench:
    """A guest that has run a cell, asked as the grader does."""

    def __init__(self, guest: ForkedGuest, source: str, *more: str, names: Sequence[str] = ("f",)) -> None:
        self.guest, self.source, self.names = guest, source, list(names)
        for each in (source, *more):
            guest.request({"op": "cell", "source": each, "label": "cell", "names": self.names}, {}, 10)
        self.open()

    def ask(self, do: str, **more: Any) -> Any:
        return self.guest.request({"op": "mend", "do": do, **more}, {}, 10)[0]

    def open(self) -> None:
        self.ask("open", sources=[self.source], names=self.names)

    def call(self, argument: Any = 2, name: str = "f") -> Any:
        return self.guest.request(self.request(argument, name), {}, 10)[0].get("value")

    def request(self, argument: Any, name: str = "f") -> dict[str, Any]:
        empty = {"t": "dict", "v": []}
        given = {"t": "list", "v": [argument]}
        return {"op": "call", "name": name, "args": given, "kwargs": empty, "seed": 0, "backward": False}

    def load(self, *arguments: Any, name: str = "f") -> None:
        for index, each in enumerate(arguments):
            self.ask("load", first=index == 0, request=self.request(each, name))

    def edits(self) -> list[tuple[str, int, Any]]:
        """Kind, line and the index of each edit."""
        return [(kind, places[0][1], index) for index, (kind, _, places, _) in enumerate(self.ask("list")["edits"])]

    def edit(self, kind: str, line: int = 2) -> int:
        return next(index for each, at, index in self.edits() if (each, at) == (kind, line))

    def tried(
        self, *tries: Sequence[int], seconds: float = 5.0, each: float = 0.5, requests: int | None = None
    ) -> dict[Any, list[int]]:
        """The tries that gave each answer to the requests; an answer to several is a tuple."""
        message = {"op": "mend", "do": "try", "tries": [list(one) for one in tries], "requests": requests}
        reply, tensors = self.guest.request({**message, "cpu_seconds": seconds, "cpu_seconds_each": each}, {}, 10)
        self.reply = reply
        answers = [wire.unpack(tensors[str(index)].numpy().tobytes()) for index in range(len(reply["answers"]))]
        values = [tuple(frame["value"] for frame, _ in frames) for frames in answers]
        return {value if len(value) > 1 else value[0]: one for value, one in zip(values, reply["answers"], strict=True)}


Spawn = Callable[..., ForkedGuest]
PLUS = "def f(x):\n    return x + 3\ndef g(x):\n    return x + 5"


def test_each_try_gives_the_answers_of_the_edited_code_and_the_code_is_as_before(spawn: Spawn) -> None:
    bench = Bench(spawn(), PLUS)
    bench.load(2, 10)
    minus, times = bench.edit("operator:add>sub"), bench.edit("operator:add>mult")
    assert bench.tried([minus], [times], [minus]) == {(-1, 7): [0, 2], (6, 30): [1]}
    assert bench.call() == 5
    assert bench.reply["tried"] == 3
    assert 0 <= bench.reply["cpu_seconds"] < 5


def test_edits_can_be_asked_the_first_requests_alone(spawn: Spawn) -> None:
    bench = Bench(spawn(), PLUS)
    bench.load(2, 10, 30)
    minus, times = bench.edit("operator:add>sub"), bench.edit("operator:add>mult")
    assert bench.tried([minus], [times], requests=1) == {-1: [0], 6: [1]}
    assert bench.tried([minus], requests=2) == {(-1, 7): [0]}


def test_edits_are_put_in_place_together_and_taken_back_by_the_next(spawn: Spawn) -> None:
    bench = Bench(spawn(), PLUS, names=("f", "g"))
    bench.load(2)
    minus, other = bench.edit("operator:add>sub", 2), bench.edit("operator:add>mult", 4)
    bench.ask("set", numbers=[minus, other])
    assert (bench.call(), bench.call(name="g")) == (-1, 10)
    bench.ask("set", numbers=[other])
    assert (bench.call(), bench.call(name="g")) == (5, 10)
    bench.ask("set", numbers=[])
    assert (bench.call(), bench.call(name="g")) == (5, 7)


def test_what_is_in_place_does_not_help_what_is_tried_next(spawn: Spawn) -> None:
    bench = Bench(spawn(), "def g(x):\n    return x + 1\ndef f(x):\n    return g(x) + 3", names=("f", "g"))
    bench.load(2)
    in_g, in_f = bench.edit("operator:add>mult", 2), bench.edit("operator:add>mult", 4)
    bench.ask("set", numbers=[in_g])
    assert bench.call() == 5
    assert bench.tried([in_f]) == {9: [0]}
    bench.ask("set", numbers=[in_f])
    assert (bench.call(), bench.call(name="g")) == (9, 3)


@pytest.mark.parametrize("earlier", ["", "f = 7"], ids=["missing", "something else"])
def test_a_name_that_an_edit_defines_is_gone_with_it(spawn: Spawn, earlier: str) -> None:
    bench = Bench(spawn(), f"def double(x):\n    return 2 * x\n{earlier}", names=("dubble", "f"))
    bench.load(2, name="dubble")
    renamed = bench.edit("definition-misspelt", 1)
    other = bench.edit("operator:mult>add")
    assert bench.tried([renamed], [other]) == {4: [0]}
    bench.ask("set", numbers=[renamed])
    assert bench.call(name="dubble") == 4
    bench.ask("set", numbers=[other])
    assert bench.call(name="dubble") is None


@pytest.mark.parametrize("code", ["def f(x):\n    return x + 3", "f = lambda x: x + 3"])
def test_what_a_later_cell_took_away_is_there_before_any_edit(spawn: Spawn, code: str) -> None:
    bench = Bench(spawn(), code, "del f")
    assert bench.call() == 5


def test_a_variable_that_student_code_changes_starts_anew_with_each_try(spawn: Spawn) -> None:
    source = "count = 0\ndef f(x):\n    global count, last\n    last = count = count + 1\n    return x + count"
    bench = Bench(spawn(), source)
    bench.load(2, 2)
    minus = bench.edit("operator:add>sub", 5)
    assert bench.tried([minus], [minus], [minus]) == {(1, 0): [0, 1, 2]}
    assert "last" not in run_in(bench.guest, "print([each for each in globals() if each == 'last'])")


def test_going_on_lists_edits_of_the_mended_code_and_going_back_those_of_before(spawn: Spawn) -> None:
    bench = Bench(spawn(), PLUS, names=("f", "g"))
    bench.load(2)
    before = bench.edits()
    gone, times, minus = (bench.edit(each) for each in ("operand-extra", "operator:add>mult", "operator:add>sub"))
    bench.ask("set", numbers=[gone])
    bench.ask("go on")
    assert bench.call() == 2
    assert not [kind for kind, line, _ in bench.edits() if line == 2 and kind.startswith("operator")]
    bench.load(2)
    turned, from_one = bench.edit("minus-missing"), bench.edit("one-minus-missing")
    bench.ask("set", numbers=[turned])
    assert bench.call() == -2
    assert bench.tried([from_one]) == {-1: [0]}
    bench.ask("go back")
    assert bench.call() == 5
    bench.load(2)
    assert bench.tried([times], [minus], [gone]) == {6: [0], -1: [1], 2: [2]}, "their statements are known still"
    assert bench.edits() == before
    assert bench.call(name="g") == 7


def test_whatever_was_in_place_is_gone_when_it_is_closed(spawn: Spawn) -> None:
    bench = Bench(spawn(), PLUS)
    bench.load(2)
    bench.ask("set", numbers=[bench.edit("operator:add>sub")])
    bench.ask("go on")
    bench.load(2)
    bench.ask("set", numbers=[bench.edit("operator:sub>mult")])
    assert bench.call() == 6
    bench.ask("close")
    assert bench.call() == 5
    bench.open()
    bench.load(2)
    assert bench.tried([bench.edit("operator:add>div")]) == {2 / 3: [0]}


def test_an_edit_can_be_asked_without_the_step_before_it(spawn: Spawn) -> None:
    bench = Bench(spawn(), "def f(x):\n    y = x + 3\n    return y * 2")
    bench.load(2)
    bench.ask("set", numbers=[bench.edit("operator:add>sub")])
    bench.ask("go on")
    bench.load(2)
    bench.ask("set", numbers=[bench.edit("operator:mult>add", 3)])
    assert bench.call() == (2 - 3) + 2
    bench.ask("alone")
    assert bench.call() == (2 + 3) + 2
    bench.ask("go back")
    assert bench.call() == (2 + 3) * 2


@pytest.mark.parametrize("code", ["except Exception", "finally"], ids=str)
def test_endless_loops_are_ended_and_the_third_in_a_line_is_the_last(spawn: Spawn, code: str) -> None:
    handler = f"{code}:\n            e = 1" if code == "finally" else f"{code}:\n            pass"
    source = f"def f(x):\n    while x > 0:\n        try:\n            x = x - 1\n        {handler}\n    return x + 1"
    bench = Bench(spawn(), source)
    bench.load(2)
    endless = bench.edit("operator:sub>add", 4)
    minus = bench.edit("operator:add>sub", 7)
    started = time.process_time(), time.monotonic()
    assert bench.tried(*[[endless]] * 40, [minus], each=0.05) == {-1: [40]}
    assert bench.reply["cpu_seconds"] < 1
    assert time.monotonic() - started[1] < 8
    assert bench.call() == 1


def test_no_more_is_tried_than_there_is_time_for(spawn: Spawn) -> None:
    bench = Bench(spawn(), PLUS)
    bench.load(2)
    assert bench.tried([bench.edit("operator:add>sub")], seconds=-1.0) == {}
    assert bench.reply["tried"] == 0


@pytest.mark.parametrize(
    "code", ["import os; os._exit(1)", "import time; time.sleep(60)", "import signal; signal.pthread_sigmask(0, {27})"]
)
def test_an_edit_that_cannot_be_ended_ends_the_guest_alone(spawn: Spawn, code: str) -> None:
    bench = Bench(spawn(call_wall_seconds=0.5), f"def f(x):\n    while x > 2:\n        {code}\n    return x")
    bench.load(2)
    message = {"op": "mend", "do": "try", "tries": [[bench.edit("compare:border")]], "requests": None}
    with pytest.raises(GuestStopped):
        bench.guest.request({**message, "cpu_seconds": 5.0, "cpu_seconds_each": 0.1}, {}, 0.5)


def test_an_answer_that_raises_or_has_no_value_is_no_answer(spawn: Spawn) -> None:
    bench = Bench(spawn(), "def f(x):\n    return 1 // (x - 3)")
    bench.load(3)
    broken, mended = bench.edit("operator:floordiv>div"), bench.edit("operator:sub>add")
    assert bench.tried([broken], [mended]) == {0: [1]}


@pytest.mark.parametrize(
    "source",
    [
        "def f(x:\n    return",
        "    \n  def",
        "x = 'a\0b'",
        "%%bash\nls",
        "%%time\ndef f(x):\n    return x",
        "(" * 300,
        "",
    ],
)
def test_a_cell_that_is_no_plain_code_has_no_edits(spawn: Spawn, source: str) -> None:
    bench = Bench(spawn(), source)
    bench.load(2)
    assert bench.edits() == []


@pytest.mark.parametrize(
    ("source", "kind", "place"),
    [
        ("\n\n \ndef f(x):\n    return x + 3", "operator:add>sub", [0, 5, 11, 5, 16]),
        ("\n\n%matplotlib inline\n!ls\ndef f(x):\n    return x + 3", "operator:add>sub", [0, 6, 11, 6, 16]),
        ("größe = 1\ndef f(x):\n    return größe + 3", "operator:add>sub", [0, 3, 11, 3, 22]),
    ],
)
def test_places_are_those_of_the_text_as_it_was_handed_in(
    spawn: Spawn, source: str, kind: str, place: list[int]
) -> None:
    bench = Bench(spawn(), source)
    bench.load(2)
    assert [each[2][0] for each in bench.ask("list")["edits"] if each[0] == kind] == [place]


def test_lines_that_only_ipython_reads_are_in_no_edit(spawn: Spawn) -> None:
    source = "def f(x):\n    %time y = x\n    return x + 3\ndef g(x):\n    return x + 3"
    bench = Bench(spawn(), source)
    bench.load(2)
    assert {line for _, line, _ in bench.edits()} == {5}
    indented = Bench(spawn(), "  def f(x):\n      return x + 3")
    indented.load(2)
    assert (indented.call(), indented.edits()) == (5, [])
