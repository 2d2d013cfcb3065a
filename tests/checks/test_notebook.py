"""A submission as checks see it: the student's names and no others, and what a call came to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
import torch
from fakes import FakeSandbox, nothing

from autograder.checks import CheckFailed, Module, Notebook, made_there, public_inputs, seeded
from autograder.checks.notebook import Call
from autograder.sandbox.cell_run import RunCell
from autograder.sandbox.notebook_run import NotebookRun
from autograder.sandbox.outcome import Cause, GuestStopped, Outcome, Stop

Make = Callable[..., Notebook]
calls: list[Call] = []


@pytest.fixture
def notebook() -> Iterator[Make]:
    """Makes a notebook of one cell, the exercise `f`; it may be told what happens before each request."""
    calls.clear()
    token = public_inputs.set(True)

    def make(source: str, before: Callable[[Mapping[str, Any]], None] = nothing, *more: RunCell) -> Notebook:
        cells = (RunCell("f", f"import torch\n{source}", "f", 0), *more)
        return Notebook(NotebookRun(FakeSandbox(before=before), cells, {"f": "f", "g": "g"}), "f", calls)

    yield make
    public_inputs.reset(token)


@pytest.mark.parametrize("name", ["call", "seeded", "evaluate", "run", "exercise", "differentiate"])
def test_any_name_is_the_student_s(notebook: Make, name: str) -> None:
    assert getattr(notebook(f"def {name}(x): return x + 1"), name)(2) == 3
    assert calls == [Call("value", (3, ()))]


def test_gradients_flow_back_and_what_was_changed_in_place_is_told(notebook: Make) -> None:
    x, y = torch.ones(2, requires_grad=True), torch.zeros(2)
    found = notebook("def f(x, y):\n    y += 1\n    return 3 * x").f.differentiate(x, y)
    assert torch.equal(found.value, torch.full((2,), 3.0))
    assert torch.equal(found.gradients[0], torch.full((2,), 3.0))
    assert found.gradients[1] is None
    assert found.changed == (1,)


def test_defaults_are_told(notebook: Make) -> None:
    assert notebook("def f(x, lr=0.5, n=3): return x").f.defaults() == {"lr": 0.5, "n": 3}
    assert notebook("def f(x): return x").f.defaults() == {}


def test_each_call_starts_with_the_seed(notebook: Make) -> None:
    student = notebook("def f(): return torch.rand(1).item()")
    assert student.f() == student.f() == seeded(student, 0).f()
    assert seeded(student, 7).f() != student.f()


def test_a_model_stays_there_and_is_asked(notebook: Make) -> None:
    student = notebook("def f(model, x): return model(x)")
    model = made_there(student, "torch.nn.Linear(2, 1)")
    assert isinstance(model, Module)
    state = {"weight": torch.tensor([[2.0, 0.0]]), "bias": torch.tensor([1.0])}
    model.load(state)
    x = torch.tensor([[3.0, 5.0]])
    assert model(x).item() == student.f(model, x).item() == seeded(model, 3)(x).item() == 7
    assert {name: each.tolist() for name, each in model.parameters().items()} == {"weight": [[2, 0]], "bias": [1]}
    assert model.differentiate(x.requires_grad_()).gradients[0].tolist() == [[2, 0]]


def test_a_model_from_before_a_stop_is_not_used_after_it(notebook: Make) -> None:
    student = notebook("def f(model): return 1")
    model = made_there(student, "torch.nn.Identity()")
    student._line.run.stop()
    assert made_there(student, "torch.nn.Identity()") is not None
    with pytest.raises(CheckFailed, match="`model` did not come back: the notebook was started again after a stop"):
        student.f(model)


@pytest.mark.parametrize(
    ("source", "said", "kind"),
    [
        (
            "def f(): return 1 / 0",
            "`f` raised ZeroDivisionError on line 2 of the cell f (`def f(): return 1 / 0`): division by zero. Some",
            "raised",
        ),
        ("def f(): raise NotImplementedError()", "`f` is not written yet: its cell still holds", "raised"),
        ("def f(): raise MemoryError()", "`f` ran out of memory.", "raised"),
        ("f = 3", "`f` is a int at the end of your notebook, not something that can be called.", "missing"),
        ("x = nope\ndef f(): pass", "`f` does not exist, because its cell raised NameError on line 2 of", "missing"),
        ("def h(): pass", "There is no `f` in your notebook.", "missing"),
    ],
)
def test_why_a_call_gave_no_value_is_told(notebook: Make, source: str, said: str, kind: str) -> None:
    with pytest.raises(CheckFailed) as caught:
        notebook(source).f()
    assert str(caught.value).startswith(said)
    assert [each.kind for each in calls] == [kind]


def test_needing_what_is_not_written_blames_the_other_exercise(notebook: Make) -> None:
    other = RunCell("g", "def g(): raise NotImplementedError()", "g", 1)
    with pytest.raises(CheckFailed, match=r"`f` needs `g`, which is not written yet\."):
        notebook("def f(): return g()", nothing, other).f()


def test_a_stop_is_told_with_its_cause(notebook: Make) -> None:
    def before(message: Mapping[str, Any]) -> None:
        if message["op"] == "call":
            raise GuestStopped(Stop(Outcome.TIMED_OUT, Cause.TOO_SLOW, 1.5))

    with pytest.raises(CheckFailed, match=r"`f` was stopped: it did not finish in 1\.5 seconds\.") as caught:
        notebook("def f(): pass", before).f()
    assert caught.value.stopped
    assert calls == [Call("timed_out")]


def test_a_guest_that_was_called_with_hidden_inputs_is_not_believed_in_public(notebook: Make) -> None:
    student = notebook("def f(x): raise ValueError(x)")
    with pytest.raises(CheckFailed, match=r"raised ValueError on line 2 of the cell f \(`def f.*`\): 3"):
        student.f(3)
    public_inputs.set(False)
    with pytest.raises(CheckFailed, match="raised the same error as for the notebook's own data"):
        student.f(98765)
    public_inputs.set(True)
    with pytest.raises(CheckFailed) as caught:
        student.f(3)
    assert "3" not in str(caught.value)
    assert not public_inputs.get()
