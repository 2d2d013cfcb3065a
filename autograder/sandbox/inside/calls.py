"""Answers the grader's calls to what the student's notebook defined."""

from __future__ import annotations

import inspect
import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy
import torch

from autograder.sandbox import values, wire
from autograder.sandbox.fitting import state_by_size
from autograder.sandbox.inside import substitutes
from autograder.sandbox.inside.cells import NotebookShell
from autograder.sandbox.inside.describing import describe
from autograder.sandbox.inside.recorder import recording

_DISCARDED_CHARACTERS = 1_000
_PRINTED_CHARACTERS = 20_000
_NOTHING = object()
# Taken before student code can put something else in their place. Not `torch.manual_seed`: for each kind of device that
# is not there it formats a stack trace, in case it comes, 0.4 ms a call.
_SEEDERS = (torch.default_generator.manual_seed, random.seed, numpy.random.seed)


class Answerer:
    """The student's namespace and the values that stay here, asked by the grader one call at a time."""

    def __init__(self, shell: NotebookShell) -> None:
        self._shell = shell
        self.refs = values.Refs()
        self._functions: dict[str, Any] = {}

    def remember(self, names: list[str]) -> None:
        """Notes which of `names` are callable now, in case a later cell uses a name for something else."""
        for name in names:
            value = self._shell.user_ns.get(name)
            if callable(value) and not self._is_shadowed(name):
                self._functions[name] = value

    def forget(self, names: Sequence[str]) -> None:
        """Takes names away, and what was callable under them."""
        for name in names:
            self._shell.user_ns.pop(name, None)
            self._functions.pop(name, None)

    def functions(self) -> dict[str, Any]:
        """What was callable under each name, for `take_functions`."""
        return dict(self._functions)

    def take_functions(self, functions: Mapping[str, Any]) -> None:
        """Forgets what was remembered since `functions` were."""
        self._functions = dict(functions)

    def count_refs(self) -> int:
        """How many values are kept for later calls."""
        return len(self.refs)

    def forget_refs(self, count: int) -> None:
        """Keeps the first `count` values alone."""
        self.refs.forget(count)

    def _is_shadowed(self, name: str) -> bool:
        """Whether `name` was a function or class, and now stands for a result (`cost = cost(h, y)`)."""
        now, before = self._shell.user_ns.get(name), self._functions.get(name)
        if now is before or before is None or name not in self._shell.user_ns:
            return False
        return not callable(now) or (_is_definition(before) and not _is_definition(now))

    def answer(self, request: Mapping[str, Any], tensors: Mapping[str, torch.Tensor]) -> bytes:
        """One packed reply: see `reply`."""
        return wire.pack(*self.reply(request, tensors))

    def reply(
        self, request: Mapping[str, Any], tensors: Mapping[str, torch.Tensor], described: bool = True
    ) -> tuple[dict[str, Any], dict[str, torch.Tensor]]:
        """One reply: `value` (with `gradients` and `printed`), `raised` or `missing` (not there, or not callable), and
        `notes`.

        Where nobody will read what was raised, it need not be `described`, which takes longer than most calls.
        """
        names = self._shell.user_ns
        for name, function in self._functions.items():
            if names.get(name) is not function and self._is_shadowed(name):
                names[name] = function
        if request.get("first") is True:
            self.refs.forget(0)
        rich = request.get("rich") is True
        encoder = values.Encoder(self.refs, rich)
        reply: dict[str, Any] = {"sequence": request["sequence"]}
        printed = request.get("printed") is True
        with recording(self._shell, _PRINTED_CHARACTERS if printed else _DISCARDED_CHARACTERS) as recorder:
            try:
                seed(request["seed"])
                function = self._find(request)
                if function is None:
                    reply["missing"] = type(self._shell.user_ns.get(request.get("name"))).__name__
                else:
                    arguments = values.decode(request["args"], tensors, self.refs, rich)
                    keywords = values.decode(request["kwargs"], tensors, self.refs, rich)
                    copies = [each.detach().clone() if _is_tensor(each) else None for each in arguments]
                    reply.update(_call(function, arguments, keywords, request["backward"], encoder))
                    reply["changed"] = [
                        index
                        for index, (copy, each) in enumerate(zip(copies, arguments, strict=True))
                        if copy is not None and not torch.equal(copy, each.detach())
                    ]
            except BaseException as error:  # SystemExit and the like are the student's doing too
                reply["raised"] = describe(error) if described else {}
        if printed and "value" in reply:
            shown = (each["text"] for each in recorder.outputs if each.get("name") == "stdout")
            reply["printed"] = "".join(shown)[:_PRINTED_CHARACTERS]
        reply["notes"] = substitutes.taken_notes()
        return reply, encoder.tensors if "raised" not in reply else {}

    def _find(self, request: Mapping[str, Any]) -> Callable[..., Any] | None:
        """What is asked for: a function by name, its defaults, a method or the parameters of a kept value, or an
        object that the grader describes by an expression of PyTorch."""
        if "expression" in request:
            return lambda: eval(request["expression"], {"torch": torch})
        if "ref" in request:
            return _of_kept(self.refs[request["ref"]], request["method"], request.get("get") is True)
        value = self._shell.user_ns.get(request["name"])
        if request.get("method") == "value":
            return (lambda: value) if request["name"] in self._shell.user_ns else None
        if callable(value) and request.get("method") == "defaults":
            return lambda: _defaults(value)
        return value if callable(value) else None


def _of_kept(target: Any, name: str, get: bool) -> Callable[..., Any] | None:
    """A method of a kept value, its attribute, or the parameters of a module; None if it has none such."""
    if isinstance(target, torch.nn.Module) and not get:
        if name == "parameters":
            return lambda: dict(torch.nn.Module.named_parameters(target))
        if name == "load_state_dict":  # what the grader has is of parameters; buffers stay as they are
            return lambda state: torch.nn.Module.load_state_dict(target, state, strict=False)
        if name == "load_by_size":
            return lambda *tensors: _load_by_size(target, tensors)
    found = getattr(target, name, _NOTHING)
    if found is _NOTHING:
        return None
    if get:
        return lambda: found
    method: Callable[..., Any] | None = found if callable(found) else None
    return method


def _load_by_size(module: torch.nn.Module, tensors: Sequence[torch.Tensor]) -> bool | None:
    """None once they are loaded; False if they do not fit."""
    parameters = dict(torch.nn.Module.named_parameters(module))
    state = state_by_size(parameters, *tensors)
    if all(each.numel() != tensors[0].numel() for each in state.values()):
        return False
    torch.nn.Module.load_state_dict(module, state, strict=False)
    return None


def seed(number: int) -> None:
    """Seeds every generator that student code is likely to use, and lets gradients be recorded again."""
    for each in _SEEDERS:
        each(number)
    torch._C._set_grad_enabled(True)


def _is_definition(value: Any) -> bool:
    return inspect.isroutine(value) or inspect.isclass(value)


def _is_tensor(value: Any) -> bool:
    return isinstance(value, torch.Tensor)


def _defaults(function: Callable[..., Any]) -> dict[str, Any]:
    parameters = inspect.signature(function).parameters.values()
    return {each.name: each.default for each in parameters if each.default is not inspect.Parameter.empty}


def _call(
    function: Callable[..., Any],
    arguments: list[Any],
    keywords: dict[str, Any],
    backward: bool,
    encoder: values.Encoder,
) -> dict[str, Any]:
    value = function(*arguments, **keywords)
    if not backward:
        return {"value": encoder.encode(value)}
    differentiable = isinstance(value, torch.Tensor) and value.requires_grad
    if differentiable:
        value.sum().backward()
    gradients = [each.grad if isinstance(each, torch.Tensor) else None for each in arguments]
    return {"value": encoder.encode(value), "gradients": encoder.encode(gradients)}
