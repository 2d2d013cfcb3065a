"""Answers what tests in the grader do with the notebook's objects: names, attributes, calls, operators, one at a time.

A function of the tests that is given to the notebook is called back in the grader: while it is, the grader may ask for
more, so one question can stand inside another.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from pathlib import PurePath
from typing import Any

import torch

from autograder.sandbox import two_folders, values, wire
from autograder.sandbox.inside import substitutes
from autograder.sandbox.inside.cells import NotebookShell
from autograder.sandbox.inside.describing import describe
from autograder.sandbox.inside.doing import done
from autograder.sandbox.inside.of_tests import made_of
from autograder.sandbox.inside.recorder import recording
from autograder.sandbox.inside.tests_surroundings import TestsSurroundings
from autograder.sandbox.lending import Lending, is_changeable

Frame = tuple[dict[str, Any], dict[str, torch.Tensor]]

_MAX_ATTRIBUTES = 20
_MAX_CAUSES = 3
_NUMBER = "_autograder_number"


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
        self._callbacks: dict[int, Any] = {}
        self._lending = Lending(self._encoder)
        self._surroundings = TestsSurroundings()
        self._watched: dict[str, Any] = {}

    def answer(self, request: Mapping[str, Any], tensors: Mapping[str, torch.Tensor]) -> bytes:
        """One packed reply: `value` or `raised`, what was `printed`, and what changed of what both sides have.

        `changed` are values by number that were lent before, `kept` the numbers of arguments that are from now on,
        `late` those of them that changed meanwhile, and `lent` is the number of the value. `rebound` are names that
        were asked for and have got another value since.
        """
        self._sequence = request["sequence"]
        if request.get("anew"):  # other tests, which have none of what those before them had
            self._lending.forget()
        reply: dict[str, Any] = {}
        args: list[Any] = []
        self._surroundings.set_up(request, lambda data: self._decoded(data, tensors))
        encoder = self._encoder()  # these tests may be about files, and those before may not, or the other way round
        with recording(self._shell, self._output_characters) as recorder, self._surroundings.warnings_noted(request):
            try:
                for number, data in request["changed"]:
                    self._lending.take(number, self._decoded(data, tensors))
                args = self._decoded(request["args"], tensors)
                kwargs = self._decoded(request["kwargs"], tensors) if "kwargs" in request else {}
                known = [self._lending.number(each) is not None for each in args]
                new = [(i, each) for i, each in enumerate(args) if is_changeable(each) and not known[i]]
                for _, each in new:
                    self._lending.add(self._refs.number(each), each)
                reply["kept"] = [[index, self._refs.number(each)] for index, each in new]
                value = done(self._shell, request["do"], args, kwargs)
                if request["do"] == "plain":
                    encoder = values.Encoder(self._refs, rich=True)
                    reply["value"] = encoder.encode(value)
                else:
                    reply |= self._value(value, encoder)
            except BaseException as error:  # SystemExit and the like are the student's doing too
                encoder = self._encoder()
                reply = {**({"kept": reply["kept"]} if "kept" in reply else {}), "raised": self._told(error, encoder)}
            late = {number for _, number in reply.get("kept", ())}
            changed = [[number, encoder.encode(each)] for number, each in self._lending.changed()]
            reply["changed"] = [each for each in changed if each[0] not in late]
            reply["late"] = [each for each in changed if each[0] in late]
        streams = [each for each in recorder.all() if each["output_type"] == "stream"]
        reply["printed"] = [[each["name"], each["text"]] for each in streams]
        reply["notes"] = substitutes.taken_notes()
        names = self._shell.user_ns
        reply["rebound"] = [
            name for name, each in self._watched.items() if name not in names or names[name] is not each
        ]
        for name in reply["rebound"]:
            del self._watched[name]
        if request["do"] == "name" and "raised" not in reply and (name := args[0]) in names:
            self._watched[name] = names[name]
        reply |= self._surroundings.told(request, encoder)
        return wire.pack({"sequence": self._sequence, **reply}, encoder.tensors)

    def _encoder(self) -> values.Encoder:
        return values.Encoder(self._refs, rich=True, records=False, live=self._own_data, here=self._here)

    @property
    def _here(self) -> str:
        return str(self._surroundings.folder) if self._surroundings.follows_files else ""

    def _decoded(self, data: Any, tensors: Mapping[str, torch.Tensor]) -> Any:
        return values.decode(data, tensors, self._refs, rich=True, live=self._of_tests)

    def _value(self, value: Any, encoder: values.Encoder) -> dict[str, Any]:
        if not is_changeable(value):
            return {"value": encoder.encode(value)}
        number = self._refs.number(value)
        self._lending.add(number, value)
        return {"value": encoder.encode(value), "lent": number}

    def _told(self, error: BaseException, encoder: values.Encoder, causes: int = 0) -> dict[str, Any]:
        if (number := getattr(error, _NUMBER, None)) is not None:
            return {"own": number}
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
        if error.__cause__ is not None and causes < _MAX_CAUSES:
            more["cause"] = self._told(error.__cause__, encoder, causes + 1)
        return {**told, **more}

    def _of_tests(self, data: Mapping[str, Any]) -> Any:
        """A function, iterator or object of the tests, by the grader's number for it, or an exception of theirs."""
        if data["t"] == "error":
            return _error(data)
        if data["t"] == "here":
            return two_folders.received(data, self._here)
        number = data["id"]
        if number not in self._callbacks:
            path = two_folders.received(data, self._here) if data["t"] == "path" else None
            self._callbacks[number] = path or made_of(data, partial(self._ask_grader, number))
        return self._callbacks[number]

    def _own_data(self, value: Any) -> Any:
        """Data of what the tests have handed over, which is theirs again, and of paths; None for all else."""
        number = next((number for number, each in self._callbacks.items() if each is value), None)
        if number is not None:
            return {"t": "own", "id": number}
        is_path = isinstance(value, PurePath) and two_folders.is_inside(value, self._here)
        return two_folders.path_data(value, self._here) if is_path else None

    def _ask_grader(self, number: int, /, *args: Any, **kwargs: Any) -> Any:
        encoder = self._encoder()
        asked = {"callback": number, "args": encoder.encode(list(args)), "kwargs": encoder.encode(kwargs)}
        packed = wire.pack({"sequence": self._sequence, **asked}, encoder.tensors)
        while True:
            message, tensors = self._converse(packed)
            if message["op"] != "answer":
                packed = self.answer(message, tensors)
                continue
            self._sequence = message["sequence"]
            if "own" in message:
                raise _error(message)
            return self._decoded(message["value"], tensors)


def _error(told: Mapping[str, Any]) -> BaseException:
    """An exception of the tests', of the nearest class that is here, so that the notebook's code can catch it."""
    base: type[BaseException] = Exception
    for module, name in told["mro"]:
        found = getattr(sys.modules.get(module), name, None)
        if module != "__main__" and isinstance(found, type) and issubclass(found, BaseException):
            base = found
            break
    text = told["text"]
    error: BaseException | None = None
    if told["mro"][0] == [base.__module__, base.__qualname__]:
        with suppress(Exception):  # it wants other arguments
            error = base(*told["args"])
    if error is None:
        own = {"__init__": lambda *_: None, "__str__": lambda _: text}
        error = type(told["mro"][0][1].rpartition(".")[2], (base,), own)()
        error.args = (text,)
    setattr(error, _NUMBER, told["own"])
    return error
