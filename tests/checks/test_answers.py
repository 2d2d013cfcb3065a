"""Answers that are not functions: variables, printed text, objects with methods, figures; of honest guests or not."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any

import numpy
import pytest
import torch
from fakes import FakeSandbox
from helpers import ROOT

from autograder import checks
from autograder.checks import (
    AxesShown,
    CheckFailed,
    Instance,
    Module,
    Notebook,
    Record,
    calling,
    describe,
    describe_text,
    output_of,
    printed_by,
    public_inputs,
    rich,
    value_of,
)
from autograder.checks.notebook import Call
from autograder.judge.naming import same_calls
from autograder.sandbox.cell_run import RunCell
from autograder.sandbox.notebook_run import NotebookRun
from autograder.sandbox.outcome import Cause, GuestStopped, Outcome, Stop
from autograder.sandbox.sandbox import Sandbox

Make = Callable[..., Notebook]
STACK = """
class Stack:
    def __init__(self): self.items, self.top = [], None
    def push(self, item):
        self.items.append(item)
        return self
    def pop(self): return self.items.pop()
    def kinds(self): return {type(each) for each in self.items}
    def both(self): return [self, 1]
"""
calls: list[Call] = []


@pytest.fixture
def notebook() -> Iterator[Make]:
    """Makes a notebook of the exercise `f`, and of other cells by their names."""
    calls.clear()
    token = public_inputs.set(True)

    def make(source: str, *, sandbox: Sandbox | None = None, **others: str) -> Notebook:
        first = RunCell("f", source, "f", 0)
        cells = (first, *(RunCell(label, code, None, n) for n, (label, code) in enumerate(others.items(), 1)))
        return Notebook(NotebookRun(sandbox or FakeSandbox(), cells, {"f": "f"}), "f", calls)

    yield make
    public_inputs.reset(token)


def test_a_variable_comes_back_as_a_rich_copy(notebook: Make) -> None:
    student = notebook(
        "import datetime, numpy, torch\nx = {1, 2}\nw = numpy.ones(2)\nday = datetime.date(2024, 1, 1)\nn = None"
    )
    assert value_of(student, "x") == {1, 2}
    assert type(value_of(student, "w")) is numpy.ndarray
    assert value_of(student, "day") == date(2024, 1, 1)
    assert value_of(student, "n") is None
    assert calls[0] == Call("value", ({1, 2}, ()))


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("y = 1", "There is no `x` in your notebook."),
        ("y = 1 / 0\nx = 1", "`x` does not exist, because its cell raised ZeroDivisionError"),
        ("def g():\n    x = 1", "`x` is written in the cell f, but does not exist at the end"),
        ("x = 1\ndel x", "`x` is written in the cell f, but does not exist at the end"),
    ],
)
def test_a_missing_variable_is_told_as_a_missing_function_is(notebook: Make, source: str, words: str) -> None:
    with pytest.raises(CheckFailed, match=words):
        value_of(notebook(source), "x")
    assert calls[-1].kind == "missing"


def test_what_a_call_prints_comes_back_and_what_it_prints_to_stderr_does_not(notebook: Make) -> None:
    student = notebook(
        "import sys\ndef f(name, end='!'):\n    print('Hello', name, end=end)\n    print('no', file=sys.stderr)\n"
        "def g(): print('x' * 50_000)\ndef h(): 1 / 0"
    )
    assert printed_by(student, "f", "moon", end=".\n") == "Hello moon.\n"
    assert calls[-1] == Call("value", ((None, "Hello moon.\n"), ()))
    assert len(printed_by(student, "g")) == calling.MAX_PRINTED_CHARACTERS
    with pytest.raises(CheckFailed, match="`h` raised ZeroDivisionError"):
        printed_by(student, "h")
    with pytest.raises(CheckFailed, match="There is no `k` in your notebook"):
        printed_by(student, "k")


def test_what_a_cell_printed_comes_back(notebook: Make) -> None:
    student = notebook("x = 1", words="import sys\nprint('a')\nprint('b')\nprint('c', file=sys.stderr)")
    assert output_of(student, "words") == "a\nb\n"
    assert output_of(student, "f") == ""
    with pytest.raises(CheckFailed, match="There is no cell `greet` in your notebook"):
        output_of(student, "greet")


def test_a_cell_that_was_stopped_printed_nothing_that_can_be_read(notebook: Make) -> None:
    def slow(message: Mapping[str, Any]) -> None:
        if "slow" in str(message.get("source")):
            raise GuestStopped(Stop(Outcome.TIMED_OUT, Cause.TOO_SLOW, 10.0))

    student = notebook("x = 1", words="slow()", sandbox=FakeSandbox(before=slow))
    with pytest.raises(CheckFailed, match="could not be read: it was stopped: it did not finish in 10 seconds"):
        output_of(student, "words")


def test_an_object_is_asked_for_its_methods_and_attributes(notebook: Make) -> None:
    student = notebook(STACK + "stack = Stack()")
    stack = student.Stack()
    assert isinstance(stack, Instance)
    assert isinstance(stack.call("push", 3), Instance)
    stack.call("push", item="a")
    assert stack.get("items") == [3, "a"]
    assert stack.call("kinds") == {int, str}
    assert stack.call("pop") == "a"
    again = stack.call("both")[0]
    assert again.get("items") == [3], "an object within a list can be asked, too"
    value_of(student, "stack").call("push", stack)
    assert value_of(student, "stack").get("items")[0].call("pop") == 3


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (lambda stack: stack.call("peek"), "`Stack` has no method `peek`."),
        (lambda stack: stack.call("items"), "`Stack` has no method `items`."),
        (lambda stack: stack.get("size"), "`Stack` has no attribute `size`."),
        (lambda stack: stack.call("pop"), "`Stack.pop` raised IndexError"),
        (lambda stack: stack.call("push"), "`Stack.push` raised TypeError"),
    ],
)
def test_what_an_object_lacks_or_raises_is_told(notebook: Make, asked: Callable[[Any], Any], words: str) -> None:
    stack = notebook(STACK).Stack()
    with pytest.raises(CheckFailed) as caught:
        asked(stack)
    assert str(caught.value).startswith(words)


def test_an_object_of_an_earlier_guest_is_gone(notebook: Make) -> None:
    student = notebook(STACK + "def f(x): return x")
    stack = student.Stack()
    student._line.run.stop()
    student.f(1)
    for ask in (lambda: stack.get("items"), lambda: student.f(stack)):
        with pytest.raises(CheckFailed, match="`Stack` did not come back: the notebook was started again"):
            ask()


def test_rich_calls_take_and_give_rich_values_and_others_do_not(notebook: Make) -> None:
    student = notebook(
        "import dataclasses, torch\n@dataclasses.dataclass\nclass Point:\n    x: int\n"
        "def f(x): return {each for each in x}\ndef model(): return [torch.nn.Linear(1, 1), Point(3)]"
    )
    assert rich(student).f(frozenset({1, 2})) == {1, 2}
    assert isinstance(student.f([1]), Instance)
    model, point = rich(student).model()
    assert isinstance(model, Module)
    assert model(torch.ones(1, 1)).shape == (1, 1)
    assert isinstance(point, Record)
    assert point.x == 3
    assert isinstance(student.Point(3), Instance)


def test_a_figure_is_told_by_what_it_shows(notebook: Make) -> None:
    source = (
        "from matplotlib.figure import Figure\nax = Figure().subplots()\nax.bar([1, 2], [3, 4])\nax.set_title('Counts')"
    )
    axes = value_of(notebook(source), "ax")
    assert isinstance(axes, AxesShown)
    assert (axes.title, [bar.height for bar in axes.bars]) == ("Counts", [3.0, 4.0])


class Liar:
    """A guest that answers each call as it likes."""

    def __init__(self, reply: dict[str, Any]) -> None:
        self._reply = reply
        self.layers = ()

    def request(self, message: Mapping[str, Any], *_: Any) -> tuple[dict[str, Any], dict[str, torch.Tensor]]:
        return (
            ({"outputs": [{"output_type": "stream", "name": "stdout", "text": 5}, 7]}, {})
            if message["op"] == "cell"
            else (self._reply, {})
        )

    def close(self) -> None:
        pass


class LyingSandbox(FakeSandbox):
    def start(self, *_: Any) -> Any:
        return Liar(self.reply)


def lying(reply: dict[str, Any]) -> LyingSandbox:
    sandbox = LyingSandbox()
    sandbox.reply = reply
    return sandbox


REF = {"t": "ref", "id": 0, "type": "`x`\n<b>", "module": False, "callable": True, "in": "m", "mro": [], "class": None}
REF["methods"] = []


@pytest.mark.parametrize(
    "reply",
    [
        {"value": 1, "printed": 5},
        {"value": 1, "printed": "x" * 20_001},
        {"value": {"t": "set", "v": [{"t": "list", "v": []}]}},
        {"value": {"t": "frame", "v": []}},
        {"value": {**REF, "mro": "object"}},
        {"value": 2**64},
        {},
        {"raised": ["x"]},
        {"missing": ["x"]},
    ],
    ids=str,
)
def test_whatever_a_guest_answers_is_a_value_or_a_failure_told_in_our_words(
    notebook: Make, reply: dict[str, Any]
) -> None:
    student = notebook("x = 1", sandbox=lying(reply))
    for ask in (lambda: value_of(student, "x"), lambda: printed_by(student, "f")):
        told = ""
        try:
            assert ask() in (None, "", 1)
        except CheckFailed as failed:
            told = str(failed)
        assert "<b>" not in told
    assert output_of(student, "f") == ""


def test_words_about_an_object_are_the_check_s_own_whatever_its_class_is_called(notebook: Make) -> None:
    reply: dict[str, Any] = {"value": REF}
    thing = value_of(notebook("x = 1", sandbox=lying(reply)), "x")
    reply["missing"] = "`<b>`"
    with pytest.raises(CheckFailed) as caught:
        thing.call("go")
    assert str(caught.value).startswith("`x` has no method `go`.")
    assert "<b>" not in str(caught.value)


def test_rich_answers_are_compared_with_those_of_known_mistakes() -> None:
    def same(a: Any, b: Any) -> bool:
        return same_calls([Call("value", (a, ()))], [Call("value", (b, ()))])

    assert same(numpy.array([1.0, 2.0]), numpy.array([1.0, 2.0 + 1e-9]))
    assert not same(numpy.array([1.0, 2.0]), numpy.array([1.0, 3.0]))
    assert same({1, 2}, {2, 1})
    assert not same({1, 2}, {1})
    pandas = pytest.importorskip("pandas")
    assert not same(pandas.DataFrame({"a": [1, 2]}), pandas.DataFrame({"a": [1, 2]})), "not known, and no crash"


GUIDE = (ROOT / "docs" / "writing-checks.md").read_text(encoding="utf-8")
SECTION = GUIDE.partition("## Answers that are not functions")[2].partition("\n## ")[0]
EXAMPLES = re.findall(r"```python\n(.*?)```", SECTION, re.DOTALL)
RIGHT = """
from matplotlib.figure import Figure
primes = {2, 3, 5, 7}
def greet(name): print("Hello", name)
ax = Figure().subplots()
ax.set(xlabel="x", ylabel="y")
"""
WRONG = """
from matplotlib.figure import Figure
primes = {1, 2, 3, 5, 7}
def greet(name): print("Hello")
ax = Figure().subplots()
"""
QUEUE = STACK.replace("pop()", "pop(0)")


@pytest.mark.parametrize("number", range(5))
def test_each_example_of_the_guide_tells_right_from_wrong(notebook: Make, number: int) -> None:
    assert len(EXAMPLES) == 5
    names = {name: getattr(checks, name) for name in checks.__all__} | {"pytest": pytest}
    exec(EXAMPLES[number], names)
    (check,) = [value for name, value in names.items() if name.startswith("test_")]
    check(notebook(RIGHT + STACK, summary="print('a\\nb\\nc')"))
    with pytest.raises(CheckFailed) as caught:
        check(notebook(WRONG + QUEUE, summary="print('a')"))
    assert len(str(caught.value)) < 300
    assert str(caught.value)[0] in "`T"


@pytest.mark.parametrize(
    ("value", "words"),
    [({1}, "a set"), (numpy.ones(2), "a NumPy array"), (date(2024, 1, 1), "a date"), (1j, "a complex number")],
    ids=str,
)
def test_rich_values_have_words(value: Any, words: str) -> None:
    assert describe(value) == words


def test_printed_text_is_told_on_one_line_and_only_where_inputs_are_public(notebook: Make) -> None:
    assert describe_text("a\n\x1b[31mb" + "c" * 500).startswith("“a  [31mbcc")
    assert len(describe_text("c" * 500)) < 100
    assert describe_text(" \n") == "nothing"
    public_inputs.set(False)
    assert describe_text("hidden 5") == "another text"


REAL = (
    STACK
    + """
import dataclasses, numpy, pandas, matplotlib.pyplot as plt
@dataclasses.dataclass
class Circle:
    r: float
    def area(self): return 3 * self.r ** 2
class Wide(numpy.ndarray): pass
frame = pandas.DataFrame({"city": ["Bonn", None], "when": pandas.to_datetime(["2024-01-01", None]), "n": [1, 2]})
circle, table = Circle(2.0), numpy.eye(2).view(Wide)
figure, ax = plt.subplots()
ax.plot([1, 2], [3, 4], label="cost")
def f(table): return table.groupby("city")["n"].sum()
def show(x): print("got", x)
"""
)
TAMPERING = """
import sys
from autograder.sandbox import arrays, parts, refs, rich_values, scalars, values
values.Encoder._part = lambda self, value: [[[]]]
values.Encoder._tensor = lambda self, value, tag: {"t": "ndarray", "k": "0", "dtype": "|O", "shape": [9], "scalar": 0}
rich_values.encode = lambda value, writer: {"t": "decimal", "v": "1E+999999999"}
x = {1, 2}
def f(): print("ok")
"""


def test_a_real_guest_gives_frames_figures_records_and_objects(notebook: Make, sandbox: Sandbox) -> None:
    pandas = pytest.importorskip("pandas")
    student = notebook(REAL, words="print('hello')", sandbox=sandbox)
    with student._line.run:
        frame = value_of(student, "frame")
        assert frame["city"].tolist()[0] == "Bonn"
        assert frame["when"].dtype == "datetime64[us]" or frame["when"].dtype == "datetime64[ns]"
        totals = rich(student).f(pandas.DataFrame({"city": ["a", "b", "a"], "n": [1, 2, 3]}))
        assert totals.to_dict() == {"a": 4, "b": 2}
        assert type(value_of(student, "table")) is numpy.ndarray
        assert value_of(student, "circle").r == 2.0
        assert student.Circle(3.0).call("area") == 27.0
        assert [line.label for line in value_of(student, "ax").lines] == ["cost"]
        assert value_of(student, "figure").axes[0].x_scale == "linear"
        assert student.Stack().call("push", 1).call("pop") == 1
        assert printed_by(student, "show", 5) == "got 5\n"
        assert output_of(student, "words") == "hello\n"


def test_a_real_guest_whose_student_rewrites_the_encoder_fails_and_nothing_else(
    notebook: Make, sandbox: Sandbox
) -> None:
    student = notebook(TAMPERING, sandbox=sandbox)
    with student._line.run, pytest.raises(CheckFailed, match="`x` did not come back: its answer could not be read"):
        value_of(student, "x")
