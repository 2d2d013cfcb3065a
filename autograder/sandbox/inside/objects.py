"""Answers what tests in the grader do with the notebook's objects: names, attributes, calls, operators, one at a time.

A function of the tests that is given to the notebook is called back in the grader: while it is, the grader may ask for
more, so one question can stand inside another.
"""

from __future__ import annotations

import builtins
import copy
import importlib
import inspect
import math
import operator
import random
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy
import torch

from autograder.sandbox import values, wire
from autograder.sandbox.inside import substitutes
from autograder.sandbox.inside.cells import NotebookShell
from autograder.sandbox.inside.describing import describe
from autograder.sandbox.inside.recorder import recording
from autograder.sandbox.operations import MAX_FILE_BYTES, OPERATORS

Frame = tuple[dict[str, Any], dict[str, torch.Tensor]]

_MUTABLE = (list, dict, set, bytearray, numpy.ndarray, torch.Tensor)
_HIDDEN = ("In", "Out", "exit", "quit", "get_ipython", "open")
_MAX_ATTRIBUTES = 20
_HOMES = {"copy": copy, "math": math, "builtins": builtins, "operator": operator}


class CalledBack(Exception):
    """A function of the tests raised; `number` is the grader's own for what."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


class Objects:
    """The notebook's objects, as the grader asks for them.

    Args:
        shell: with the notebook's names.
        refs: the values that stay here, which other answers share.
        converse: sends a reply and waits for the next request.
        output_characters: kept of what a question prints.
    """

    def __init__(
        self, shell: NotebookShell, refs: values.Refs, converse: Callable[[bytes], Frame], output_characters: int
    ) -> None:
        self._shell = shell
        self._refs = refs
        self._converse = converse
        self._output_characters = output_characters
        self._sequence = 0
        self._callbacks: dict[int, Callable[..., Any]] = {}

    def answer(self, request: Mapping[str, Any], tensors: Mapping[str, torch.Tensor]) -> bytes:
        """One packed reply: `value` or `raised`, what was `printed`, and `changed`: arguments that it changed."""
        self._sequence = request["sequence"]
        encoder = values.Encoder(self._refs, rich=True, records=False)
        reply: dict[str, Any] = {}
        with recording(self._shell, self._output_characters) as recorder:
            try:
                given = values.decode(request["given"], tensors, self._refs, rich=True, live=self._callback)
                if "random" in request:
                    _set_random_state(values.decode(request["random"], tensors, rich=True))
                if request.get("input") is not None:
                    builtins.input = values.decode(request["input"], {}, self._refs, rich=True, live=self._callback)
                before = [_snapshot(each) for each in given["args"]]
                value = self._done(request["do"], given["args"], given["kwargs"])
                reply["value"] = encoder.encode(value)
                reply["changed"] = [
                    [index, encoder.encode(each)]
                    for index, (each, old) in enumerate(zip(given["args"], before, strict=True))
                    if old is not None and _snapshot(each) != old
                ]
            except BaseException as error:  # SystemExit and the like are the student's doing too
                encoder = values.Encoder(self._refs, rich=True, records=False)
                reply = {"raised": self._described(error, encoder)}
        streams = [each for each in recorder.all() if each["output_type"] == "stream"]
        reply["printed"] = [[each["name"], each["text"]] for each in streams]
        reply["notes"] = substitutes.taken_notes()
        return wire.pack({"sequence": self._sequence, **reply}, encoder.tensors)

    def _done(self, do: str, args: list[Any], kwargs: dict[str, Any]) -> Any:
        names = self._shell.user_ns
        if do == "name":
            return names[args[0]]
        if do == "set":
            names[args[0]] = args[1]
        elif do == "delete":
            del names[args[0]]
        elif do == "dir":
            return [each for each in names if each[0] != "_" and each not in self._shell.user_ns_hidden]
        elif do == "call":
            return args[0](*args[1:], **kwargs)
        elif do == "import_module":
            return importlib.import_module(args[0])
        elif do == "signature":
            return [_parameter(each) for each in inspect.signature(args[0]).parameters.values()]
        elif do == "source":
            return inspect.getsource(args[0])
        elif do == "read":
            return Path(args[0]).read_bytes()[:MAX_FILE_BYTES]
        elif do == "write":
            Path(args[0]).write_bytes(args[1])
        else:
            home, _, name = OPERATORS[do].partition(".")
            return getattr(_HOMES[home], name)(*args, **kwargs)
        return None

    def _described(self, error: BaseException, encoder: values.Encoder) -> dict[str, Any]:
        if isinstance(error, CalledBack):
            return {"own": error.number}
        told = describe(error)
        try:
            kept = list(vars(error).items())[:_MAX_ATTRIBUTES]
            more = {
                "mro": [[each.__module__, each.__qualname__] for each in type(error).__mro__],
                "args": encoder.encode(error.args),
                "attributes": encoder.encode({str(name): value for name, value in kept}),
            }
        except Exception:  # a class of the student's may do anything when it is looked at
            more = {"mro": [["builtins", "Exception"]], "args": encoder.encode(()), "attributes": encoder.encode({})}
        return {**told, **more}

    def _callback(self, data: Mapping[str, Any]) -> Callable[..., Any]:
        """A function of the tests, by the grader's number for it."""
        number = data["id"]
        if number not in self._callbacks:

            def function(*args: Any, **kwargs: Any) -> Any:
                return self._ask_grader(number, args, kwargs)

            function.__name__ = function.__qualname__ = data["name"]
            self._callbacks[number] = function
        return self._callbacks[number]

    def _ask_grader(self, number: int, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        encoder = values.Encoder(self._refs, rich=True, records=False)
        asked = {"callback": number, "args": encoder.encode(list(args)), "kwargs": encoder.encode(kwargs)}
        packed = wire.pack({"sequence": self._sequence, **asked}, encoder.tensors)
        while True:
            message, tensors = self._converse(packed)
            if message["op"] != "answer":
                packed = self.answer(message, tensors)
                continue
            self._sequence = message["sequence"]
            if "own" in message:
                raise CalledBack(message["own"])
            return values.decode(message["value"], tensors, self._refs, rich=True, live=self._callback)


def _snapshot(value: Any) -> Any:
    """What tells whether a value that can be changed was; None for one that can't."""
    if not isinstance(value, _MUTABLE) and type(value).__name__ not in ("DataFrame", "Series"):
        return None
    try:
        encoder = values.Encoder(values.Refs(), rich=True)
        told = encoder.encode(value)
        return told, {key: each.numpy().tobytes() for key, each in encoder.tensors.items()}
    except Exception:
        return None


def _parameter(each: inspect.Parameter) -> list[Any]:
    has_default = each.default is not inspect.Parameter.empty
    return [each.name, int(each.kind), has_default, each.default if has_default else None]


def _set_random_state(states: Mapping[str, Any]) -> None:
    random.setstate(states["random"])
    numpy.random.set_state(states["numpy"])
    torch.set_rng_state(states["torch"])
