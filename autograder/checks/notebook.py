"""A submission as checks see it: functions by name, modules by reference, plain values back."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from dataclasses import replace
from typing import Any, TypeVar

import torch

from autograder.checks import calling
from autograder.checks.calling import Call, Differentiated, Kept, Line
from autograder.sandbox.notebook_run import NotebookRun
from autograder.sandbox.refs import Ref

__all__ = [
    "Call",
    "Differentiated",
    "Function",
    "Instance",
    "Module",
    "Notebook",
    "call",
    "made_there",
    "rich",
    "seeded",
]


class Notebook:
    """The student's notebook, ready to be asked. `student.cost(h, y)` calls the student's function `cost`.

    It has no names but the student's; what else can be done with it are the functions of this module.
    """

    def __init__(self, run: NotebookRun, exercise: str, calls: list[Call]) -> None:
        self._line = Line(run, exercise, calls)

    def __getattr__(self, name: str) -> Function:
        if name.startswith("_"):
            raise AttributeError(name)
        return Function(self._line, name)


Asked = TypeVar("Asked", "Notebook", "Module", "Instance")


def seeded(asked: Asked, seed: int) -> Asked:
    """The same notebook or module, whose calls start with all random generators seeded by `seed` (0 otherwise)."""
    same = copy(asked)
    same._line = replace(asked._line, seed=seed)
    return same


def rich(asked: Asked) -> Asked:
    """The same notebook or object, whose calls take and give sets, dates, arrays of NumPy's own, frames and so on."""
    same = copy(asked)
    same._line = replace(asked._line, rich=True)
    return same


def made_there(student: Notebook, expression: str) -> Any:
    """An object made in the guest by an expression of `torch`, such as a model that is not the student's."""
    return call(student._line, {"expression": expression}, expression).value


class Function:
    """A function or class of the student's, by name: call it, or ask for gradients. Values cross as copies."""

    def __init__(self, line: Line, name: str) -> None:
        self._line = line
        self._name = name

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        """What the student's function returns: plain values, tensors with dtype, shape and requires_grad, an
        `expect`-able `Module`, or an `Instance` of whatever else stays in the guest.

        Raises:
            CheckFailed: it is missing, raised, or was stopped; the message is for the student.
            Unsendable: an argument can't cross, which is the check's fault.
        """
        return call(self._line, {"name": self._name}, self._name, arguments, keywords).value

    def differentiate(self, *arguments: Any, **keywords: Any) -> Differentiated:
        """Calls, then runs `backward` on the sum of the returned tensor. Give inputs with requires_grad=True."""
        return call(self._line, {"name": self._name}, self._name, arguments, keywords, backward=True)

    def defaults(self) -> dict[str, Any]:
        """The parameters that have defaults, by name; empty where Python can't tell. Raises like a call."""
        found = call(self._line, {"name": self._name, "method": "defaults"}, self._name).value
        return found if isinstance(found, dict) else {}


class Module(Kept):
    """An `nn.Module` of the student's that lives in the guest."""

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

    def load_by_size(self, *tensors: torch.Tensor) -> bool:
        """Gives each parameter the tensor that has as many elements (`state_by_size`); False if one finds none, or the
        first tensor finds no parameter: then nothing is changed."""
        return self._ask("load_by_size", *tensors).value is None

    def _ask(self, method: str, *arguments: Any, backward: bool = False) -> Differentiated:
        target = {"ref": self.still().id, "method": method}
        called = "model(x)" if method == "__call__" else f"model.{method}()"
        return call(self._line, target, called, arguments, {}, backward)


class Instance(Kept):
    """An object of the student's that lives in the guest. Its methods and attributes are asked for by name."""

    def call(self, method: str, *arguments: Any, **keywords: Any) -> Any:
        """What its method returns: rich values, or another `Instance` or `Module`. Raises like a function's call."""
        return self._ask({"method": method}, arguments, keywords)

    def get(self, attribute: str) -> Any:
        """The value of an attribute, likewise."""
        return self._ask({"method": attribute, "get": True}, (), {})

    def _ask(self, target: Mapping[str, Any], arguments: tuple[Any, ...], keywords: Mapping[str, Any]) -> Any:
        called = f"{self.called}.{target['method']}"
        line = replace(self._line, rich=True)
        return call(line, {"ref": self.still().id, **target}, called, arguments, keywords).value


def call(
    line: Line,
    target: Mapping[str, Any],
    called: str,
    arguments: tuple[Any, ...] = (),
    keywords: Mapping[str, Any] | None = None,
    backward: bool = False,
    printed: bool = False,
) -> Differentiated:
    """`calling.call`, with a `Module` or an `Instance` in place of what stays in the guest."""

    def standing(ref: Ref) -> Any:
        if ref.id < 0:
            return ref
        return Module(line, ref, "model") if ref.is_module else Instance(line, ref, called)

    return calling.call(line, target, called, arguments, keywords or {}, standing, backward, printed)
