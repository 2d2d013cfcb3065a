"""A submission as checks see it: functions by name, modules by reference, plain values back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch

from autograder import wire, wording
from autograder.running import CellRun, Running
from autograder.sandbox import GuestStopped, Outcome


@dataclass(frozen=True)
class Differentiated:
    """A call's value, and what flowed back to each positional argument from its sum (None where nothing did).

    `changed` holds the positions of the tensors that the call changed in place.
    """

    value: Any
    gradients: tuple[Any, ...]
    changed: tuple[int, ...] = ()


@dataclass(frozen=True)
class Call:
    """What one call came to, for comparing submissions with known mistakes.

    Attributes:
        kind: "value", "raised", "missing" or an `Outcome`.
        value: the value and gradients, or the type of the exception and whether the exercise's own cell raised it.
    """

    kind: str
    value: Any = None


class Function:
    """A function or class of the student's, by name: call it, or ask for gradients. Values cross as copies."""

    def __init__(self, student: Student, name: str) -> None:
        self._student = student
        self._name = name

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        """What the student's function returns: plain values, tensors with dtype, shape and requires_grad, or an
        `expect`-able `Module`.

        Raises:
            CheckFailed: it is missing, raised, or was stopped; the message is for the student.
        """
        return self._student.call({"name": self._name}, self._name, arguments, keywords).value

    def differentiate(self, *arguments: Any, **keywords: Any) -> Differentiated:
        """Calls, then runs `backward` on the sum of the returned tensor. Give inputs with requires_grad=True."""
        return self._student.call({"name": self._name}, self._name, arguments, keywords, backward=True)

    def defaults(self) -> dict[str, Any]:
        """The parameters that have defaults, by name; empty where Python can't tell. Raises like a call."""
        found = self._student.call({"name": self._name, "method": "defaults"}, self._name, (), {}).value
        return found if isinstance(found, dict) else {}


class Module:
    """An `nn.Module` of the student's that lives in the guest."""

    def __init__(self, student: Student, ref: wire.Ref, generation: int) -> None:
        self._student = student
        self.ref = ref
        self.generation = generation

    def __call__(self, *arguments: Any) -> Any:
        """The module's output."""
        return self._ask("__call__", *arguments)

    def parameters(self) -> dict[str, torch.Tensor]:
        """Registered parameters by name, with requires_grad; empty if there are none or it is no module."""
        found = self._ask("parameters")
        if not isinstance(found, dict):
            return {}
        return {
            name: value for name, value in found.items() if isinstance(name, str) and isinstance(value, torch.Tensor)
        }

    def load(self, state: Mapping[str, torch.Tensor]) -> None:
        """Gives it a state, by the names of its own `parameters()`."""
        self._ask("load_state_dict", dict(state))

    def _ask(self, method: str, *arguments: Any) -> Any:
        target = {"ref": self.ref.id, "method": method}
        called = "model(x)" if method == "__call__" else f"model.{method}()"
        return self._student.call(target, called, arguments, {}).value


class Student:
    """The student's notebook, ready to be asked. `student.cost(h, y)` calls the student's function `cost`."""

    def __init__(self, running: Running, exercise: str, calls: list[Call], seed: int = 0) -> None:
        self._running = running
        self._exercise = exercise
        self._calls = calls
        self._seed = seed

    def __getattr__(self, name: str) -> Function:
        if name.startswith("_"):
            raise AttributeError(name)
        return Function(self, name)

    def seeded(self, seed: int) -> Student:
        """The same student, whose calls start with all random generators seeded by `seed` (0 otherwise)."""
        return Student(self._running, self._exercise, self._calls, seed)

    def evaluate(self, expression: str) -> Any:
        """An object made in the guest by an expression of `torch`, such as a model that is not the student's."""
        return self.call({"expression": expression}, expression, (), {}).value

    def call(
        self,
        target: Mapping[str, Any],
        called: str,
        arguments: tuple[Any, ...],
        keywords: Mapping[str, Any],
        backward: bool = False,
    ) -> Differentiated:
        """See `Function`; the one place where a check's call becomes a request, and a reply a value or a failure."""
        encoder = wire.Encoder()
        message = {
            "op": "call",
            **target,
            "args": encoder.encode([self._outgoing(each) for each in arguments]),
            "kwargs": encoder.encode({name: self._outgoing(each) for name, each in keywords.items()}),
            "seed": self._seed,
            "backward": backward,
        }
        if not wording.public_inputs.get():
            self._running.tainted = True
        elif self._running.tainted:
            wording.public_inputs.set(False)
        try:
            reply, tensors = self._running.request(message, encoder.tensors)
            value = wire.decode(reply.get("value"), tensors)
            gradients = wire.decode(reply.get("gradients"), tensors)
        except GuestStopped as error:
            self._calls.append(Call(error.outcome))
            raise wording.stopped(called, error.outcome, error.detail) from None
        except wire.WireError:
            self._calls.append(Call(Outcome.DIED))
            raise wording.stopped(called, Outcome.DIED, "its answer could not be read") from None
        if "missing" in reply:
            self._calls.append(Call("missing"))
            raise self._missing(str(target.get("name")), reply["missing"])
        if "raised" in reply:
            told = reply["raised"] if isinstance(reply["raised"], dict) else {}
            self._calls.append(Call("raised", (told.get("type"), told.get("cell") == self._exercise)))
            raise self._raised(called, str(target.get("name", called)), told)
        listed = tuple(gradients) if isinstance(gradients, list) else ()
        self._calls.append(Call("value", (value, listed)))
        missing = (None,) * (len(arguments) - len(listed))
        places = reply.get("changed")
        changed = tuple(each for each in places if isinstance(each, int)) if isinstance(places, list) else ()
        return Differentiated(self._incoming(value), listed + missing, changed)

    def _outgoing(self, value: Any) -> Any:
        if isinstance(value, Module):
            if value.generation != self._running.generation:
                raise wording.stopped("model", Outcome.DIED, "the notebook was started again after a stop")
            return value.ref
        return value

    def _incoming(self, value: Any) -> Any:
        if isinstance(value, wire.Ref) and value.is_module:
            return Module(self, value, self._running.generation)
        return value

    def _missing(self, name: str, type_name: Any) -> wording.CheckFailed:
        if type_name != "NoneType":
            return wording.not_callable(name, type_name)
        home = next((each.name for each in self._running.assignment.exercises if name in each.functions), None)
        for cell in self._running.cells:
            run = self._running.runs.get(cell.position)
            if cell.exercise is not None and cell.exercise == home and run is not None:
                return wording.undefined(name, _cell_error(run))
        return wording.undefined(name, None)

    def _raised(self, called: str, name: str, told: Mapping[str, Any]) -> wording.CheckFailed:
        text = told.get("text")
        if told.get("type") == "MemoryError" or (isinstance(text, str) and "can't allocate memory" in text):
            return wording.stopped(called, Outcome.OUT_OF_MEMORY, "")
        if told.get("type") == "NotImplementedError" and not text:
            cell = told.get("cell")
            other = next((each for each in self._running.assignment.exercises if each.name == cell), None)
            if other is None or other.name == self._exercise:
                return wording.not_written(name)
            return wording.needs_unwritten(called, other.name)
        return wording.raised(called, told)


def _cell_error(run: CellRun) -> str | None:
    if run.raised is not None:
        return wording.raised_words(run.raised, public=True)
    return f"was stopped: {run.detail}" if run.outcome is not Outcome.OK else None
