"""A submission as checks see it: functions by name, modules by reference, plain values back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import torch

from autograder.checks import explained, left_out, messages
from autograder.sandbox import values, wire
from autograder.sandbox.notebook_run import NotebookRun
from autograder.sandbox.outcome import Cause, GuestStopped, Outcome, Stop


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
        value: the value and gradients, or the type and text of the exception and whether the exercise's own cell raised
            it.
        raised_at: a cell's label and a line, as the guest tells them, where the student may know of them; or None.
    """

    kind: str
    value: Any = None
    raised_at: tuple[str, int] | None = field(default=None, compare=False)


@dataclass(frozen=True)
class _Line:
    """The line to a running notebook, for one check.

    Attributes:
        exercise: the one that the check is about.
        calls: what each call came to is added here.
        seed: of all random generators, at the start of each call.
    """

    run: NotebookRun
    exercise: str
    calls: list[Call]
    seed: int = 0


class Notebook:
    """The student's notebook, ready to be asked. `student.cost(h, y)` calls the student's function `cost`.

    It has no names but the student's; what else can be done with it are the functions of this module.
    """

    def __init__(self, run: NotebookRun, exercise: str, calls: list[Call]) -> None:
        self._line = _Line(run, exercise, calls)

    def __getattr__(self, name: str) -> Function:
        if name.startswith("_"):
            raise AttributeError(name)
        return Function(self._line, name)


Asked = TypeVar("Asked", "Notebook", "Module")


def seeded(asked: Asked, seed: int) -> Asked:
    """The same notebook or module, whose calls start with all random generators seeded by `seed` (0 otherwise)."""
    same = copy(asked)
    same._line = replace(asked._line, seed=seed)
    return same


def made_there(student: Notebook, expression: str) -> Any:
    """An object made in the guest by an expression of `torch`, such as a model that is not the student's."""
    return _call(student._line, {"expression": expression}, expression, (), {}).value


class Function:
    """A function or class of the student's, by name: call it, or ask for gradients. Values cross as copies."""

    def __init__(self, line: _Line, name: str) -> None:
        self._line = line
        self._name = name

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        """What the student's function returns: plain values, tensors with dtype, shape and requires_grad, or an
        `expect`-able `Module`.

        Raises:
            CheckFailed: it is missing, raised, or was stopped; the message is for the student.
            Unsendable: an argument can't cross, which is the check's fault.
        """
        return _call(self._line, {"name": self._name}, self._name, arguments, keywords).value

    def differentiate(self, *arguments: Any, **keywords: Any) -> Differentiated:
        """Calls, then runs `backward` on the sum of the returned tensor. Give inputs with requires_grad=True."""
        return _call(self._line, {"name": self._name}, self._name, arguments, keywords, backward=True)

    def defaults(self) -> dict[str, Any]:
        """The parameters that have defaults, by name; empty where Python can't tell. Raises like a call."""
        found = _call(self._line, {"name": self._name, "method": "defaults"}, self._name, (), {}).value
        return found if isinstance(found, dict) else {}


class Module:
    """An `nn.Module` of the student's that lives in the guest."""

    def __init__(self, line: _Line, ref: values.Ref, generation: int) -> None:
        self._line = line
        self.ref = ref
        self.generation = generation

    def __call__(self, *arguments: Any) -> Any:
        """The module's output."""
        return self._ask("__call__", *arguments).value

    def differentiate(self, *arguments: Any) -> Differentiated:
        """Its output, and what flows back from the sum of it. Give inputs with requires_grad=True."""
        return self._ask("__call__", *arguments, backward=True)

    def parameters(self) -> dict[str, torch.Tensor]:
        """Registered parameters by name, with requires_grad; empty if there are none or it is no module."""
        found = self._ask("parameters").value
        if not isinstance(found, dict):
            return {}
        return {
            name: value for name, value in found.items() if isinstance(name, str) and isinstance(value, torch.Tensor)
        }

    def load(self, state: Mapping[str, torch.Tensor]) -> None:
        """Gives it a state, by the names of its own `parameters()`."""
        self._ask("load_state_dict", dict(state))

    def _ask(self, method: str, *arguments: Any, backward: bool = False) -> Differentiated:
        target = {"ref": self.ref.id, "method": method}
        called = "model(x)" if method == "__call__" else f"model.{method}()"
        return _call(self._line, target, called, arguments, {}, backward)


def _call(
    line: _Line,
    target: Mapping[str, Any],
    called: str,
    arguments: tuple[Any, ...],
    keywords: Mapping[str, Any],
    backward: bool = False,
) -> Differentiated:
    """See `Function`; the one place where a check's call becomes a request, and a reply a value or a failure."""
    encoder = values.Encoder()
    message = {
        "op": "call",
        **target,
        "args": encoder.encode([_outgoing(line, each) for each in arguments]),
        "kwargs": encoder.encode({name: _outgoing(line, each) for name, each in keywords.items()}),
        "seed": line.seed,
        "backward": backward,
    }
    if not (own_inputs := messages.public_inputs.get()):
        line.run.tainted = True
    elif line.run.tainted:
        messages.public_inputs.set(False)
    try:
        reply, tensors = line.run.request(message, encoder.tensors)
        value = values.decode(reply.get("value"), tensors)
        gradients = values.decode(reply.get("gradients"), tensors)
    except GuestStopped as error:
        line.calls.append(Call(error.stop.outcome))
        raise messages.stopped(called, error.stop) from None
    except wire.WireError:
        line.calls.append(Call(Outcome.DIED))
        raise messages.stopped(called, Stop(Outcome.DIED, Cause.UNREADABLE)) from None
    if "missing" in reply:
        line.calls.append(Call("missing"))
        raise _missing(line.run, str(target.get("name")), reply["missing"])
    if "raised" in reply:
        told = reply["raised"] if isinstance(reply["raised"], dict) else {}
        told_of = (told.get("type"), told.get("text"), told.get("cell") == line.exercise)
        line.calls.append(Call("raised", told_of, explained.place(told)))
        raise _raised(line, called, str(target.get("name", called)), told, own_inputs)
    listed = tuple(gradients) if isinstance(gradients, list) else ()
    line.calls.append(Call("value", (value, listed)))
    missing = (None,) * (len(arguments) - len(listed))
    places = reply.get("changed")
    changed = tuple(each for each in places if isinstance(each, int)) if isinstance(places, list) else ()
    if isinstance(value, values.Ref) and value.is_module:
        value = Module(line, value, line.run.generation)
    return Differentiated(value, listed + missing, changed)


def _outgoing(line: _Line, value: Any) -> Any:
    if isinstance(value, Module):
        if value.generation != line.run.generation:
            raise messages.stopped("model", Stop(Outcome.DIED, Cause.STARTED_AGAIN))
        return value.ref
    return value


def _missing(run: NotebookRun, name: str, type_name: Any) -> messages.CheckFailed:
    if type_name != "NoneType":
        return messages.not_callable(name, type_name)
    if (failed := left_out.undefined(run, name)) is not None:
        return failed
    home = run.homes.get(name)
    for cell in run.cells:
        ran = run.runs.get(cell.position)
        is_home = cell.solution is not None and cell.solution == home
        if is_home and ran is not None and (why := left_out.cell_error(run, ran)) is not None:
            return messages.undefined(name, why)
    return _lost(run, name)


def _lost(run: NotebookRun, name: str) -> messages.CheckFailed:
    """For a name that no cell's end explains: it may be written somewhere all the same."""
    written = re.compile(rf"^[ \t]*(?:(?:async[ \t]+)?def|class)[ \t]+{re.escape(name)}\b", re.MULTILINE)
    for cell in run.cells:
        if written.search(cell.source):
            ran = run.runs.get(cell.position)
            return left_out.lost(name, cell.label, left_out.cell_error(run, ran) if ran is not None else None)
    return messages.undefined(name, None)


def _raised(line: _Line, called: str, name: str, told: Mapping[str, Any], own_inputs: bool) -> messages.CheckFailed:
    """`own_inputs`: whether the call's inputs are the notebook's own, even if the guest knows others by now."""
    text = told.get("text")
    if told.get("type") == "MemoryError" or (isinstance(text, str) and "can't allocate memory" in text):
        return messages.stopped(called, Stop(Outcome.OUT_OF_MEMORY, Cause.MEMORY))
    if told.get("type") == "NotImplementedError" and not text:
        return explained.unwritten(line.run, line.exercise, called, name, told)
    if (missing := left_out.why_missing(line.run, told)) is not None:
        return left_out.needs_missing(called, missing)
    if (package := left_out.missing_package(line.run, told)) is not None:
        return left_out.needs_package(called, package)
    place = (told.get("type"), told.get("cell"), told.get("line"))
    if all(each is None or isinstance(each, str | int) for each in place):  # it may say anything
        if own_inputs:
            line.run.raised_openly.add(place)
        elif place in line.run.raised_openly:
            return explained.raised_again(called)
    return explained.raised(line.run, called, told)
