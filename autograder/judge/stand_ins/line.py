"""The line from tests to the notebook's objects: what is asked there, and what comes back as plain data."""

from __future__ import annotations

import builtins
import pickle
import random
import sys
import time
import types
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn

import numpy
import torch

from autograder.judge.stand_ins.errors import Errors
from autograder.judge.stand_ins.guard import Guard
from autograder.sandbox import values, wire
from autograder.sandbox.notebook_run import NotebookRun
from autograder.sandbox.outcome import Cause, GuestStopped, Outcome, Stop
from autograder.sandbox.refs import Ref, read_ref

MAX_CALLBACKS = 200_000  # in the tests of one cell
_CELL_SECONDS_PER_CALL = 3.0  # how long the tests of one cell may take, in times of the limit of a call
_FUNCTIONS = (types.FunctionType, types.BuiltinFunctionType, types.MethodType, numpy.ufunc)


class AskingStopped(BaseException):
    """The tests can't go on: the guest is gone, or the time is up. Not an Exception: tests would catch it."""

    def __init__(self, stop: Stop, called: str) -> None:
        super().__init__(stop.outcome)
        self.stop = stop
        self.called = called


class Line:
    """One for the tests of a notebook, cell by cell.

    Args:
        run: the notebook.
        guard: which answers may be trusted.
        make: makes a stand-in of what the guest says of an object.
        follows_random: whether the guest's random generators follow those here.

    Attributes:
        stopped: why the tests could not go on, if that is so.
        mirrors: values of names that tests and notebook share, where the tests gave them; those that can be changed.
        last_raised: what was told of the last exception of the notebook's, and what was called.
    """

    def __init__(
        self,
        run: NotebookRun,
        guard: Guard,
        make: Callable[[Line, Ref], Any],
        follows_random: bool,
    ) -> None:
        self.run = run
        self.guard = guard
        self.mirrors: dict[str, Any] = {}
        self._make = make
        self._errors = Errors()
        self._made: dict[int, Any] = {}
        self._generation = 0
        self._functions: list[Callable[..., Any]] = []
        self._raised_here: list[BaseException] = []
        self._follows_random = follows_random
        self._random: Any = None
        self._input = builtins.input
        self._seconds = _CELL_SECONDS_PER_CALL * run.sandbox.limits.call_wall_seconds
        self.begin(0)

    def begin(self, before: int) -> None:
        """Goes on to the tests of the cell at this position: what stands before it has been run when they ask."""
        self.before = before
        self.stopped: AskingStopped | None = None
        self.last_raised: tuple[Mapping[str, Any], str, BaseException] | None = None
        self.guard.begin()
        self._deadline = time.monotonic() + self._seconds

    def call(self, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any], called: str) -> Any:
        """Calls a function of the notebook's. What tests and notebook share by name changes here as it does there."""
        before = {name: _pickled(each) for name, each in self.mirrors.items()}
        value = self.ask("call", function, *args, called=called, **kwargs)
        for name, mine in self.mirrors.items():
            if _pickled(mine) != before[name]:  # it was an argument, too
                self.ask("set", name, mine, called=name)
            else:
                take_over(mine, self.ask("name", name, called=name))
        return value

    def ask(self, do: str, *args: Any, called: str = "", **kwargs: Any) -> Any:
        """Has something done in the guest (`sandbox.operations`), and returns what came of it.

        Args:
            args, kwargs: plain values, stand-ins and functions; lists and the like change here as they do there.
            called: what messages call it.
        Raises:
            AskingStopped: the guest is gone, or the time is up.
            Exception: what the notebook's code raised, made anew.
            Unsendable: an argument can't cross, which is the tests' fault.
        """
        encoder = values.Encoder(None, rich=True, live=self._data_of)
        message = {"op": "ask", "do": do, "given": encoder.encode({"args": list(args), "kwargs": kwargs})}
        self._add_surroundings(message, encoder)
        reply, tensors = self._exchange(message, encoder.tensors, called)
        while "callback" in reply:
            message, sent = self._called_back(reply, tensors)
            reply, tensors = self._exchange(message, sent, called)
        if "raised" in reply:
            raise self._error(reply["raised"], tensors, called)
        self._take_changes(args, reply.get("changed"), tensors, called)
        return self._decoded(reply.get("value"), tensors, called)

    def must_live(self, generation: int, called: str) -> None:
        """Ends the tests if a stand-in is of a guest that is gone. Raises AskingStopped."""
        if generation != self.run.generation:
            self._stop(Stop(Outcome.DIED, Cause.STARTED_AGAIN), called)

    def _exchange(self, message: Mapping[str, Any], tensors: Any, called: str) -> tuple[Any, Any]:
        left = self._deadline - time.monotonic()
        if self.stopped is not None:
            raise self.stopped
        if left <= 0:
            self.run.stop()
            self._stop(Stop(Outcome.TIMED_OUT, Cause.TOO_SLOW, self._seconds), called)
        try:
            reply, found = self.run.request(message, tensors, left, self.before)
        except GuestStopped as error:
            self._stop(error.stop, called)
        if self._generation != self.run.generation:
            self._made, self._generation = {}, self.run.generation
        _print(reply.get("printed"))
        return reply, found

    def _stop(self, stop: Stop, called: str) -> NoReturn:
        self.stopped = AskingStopped(stop, called)
        raise self.stopped from None

    def broken(self, called: str) -> NoReturn:
        """Ends the tests as the guest does not keep to the protocol. Raises AskingStopped."""
        self.run.stop()
        self._stop(Stop(Outcome.DIED, Cause.UNREADABLE), called)

    def _decoded(self, data: Any, tensors: Any, called: str) -> Any:
        try:
            return values.decode(data, tensors, rich=True, live=self._made_of)
        except wire.WireError:
            self.broken(called)

    def _made_of(self, data: Mapping[str, Any]) -> Any:
        if data.get("t") == "callback":  # ours come back as what they are
            return self._functions[_index(data.get("id"), self._functions)]
        ref = read_ref(data, rich=True)
        if ref.id not in self._made:
            self._made[ref.id] = self._errors.class_of(ref) or self._make(self, ref)
        return self._made[ref.id]

    def _data_of(self, value: Any) -> Any:
        """JSON-ready data of what stands for something in the guest, or is to be called back."""
        if isinstance(value, values.Live):
            return value.live_data()
        if isinstance(value, type) and (number := self._errors.ref_of(value)) is not None:
            return {"t": "ref", "id": number, "type": "type", "module": False}
        if isinstance(value, _FUNCTIONS) or (callable(value) and not isinstance(value, type)):
            if value not in self._functions:
                self._functions.append(value)
            name = str(getattr(value, "__name__", "function"))[:80]
            return {"t": "callback", "id": self._functions.index(value), "name": name if name.isidentifier() else "f"}
        return None

    def _called_back(self, reply: Mapping[str, Any], tensors: Any) -> tuple[dict[str, Any], Any]:
        """Calls a function of the tests for the guest: the message that tells it what came of it."""
        self.guard.count_callback(MAX_CALLBACKS, lambda: self.broken("the tests' own function"))
        encoder = values.Encoder(None, rich=True, live=self._data_of)
        function = self._functions[_index(reply["callback"], self._functions, self.broken)]
        args = self._decoded(reply.get("args"), tensors, "")
        kwargs = self._decoded(reply.get("kwargs"), tensors, "")
        if type(args) is not list or type(kwargs) is not dict or not all(type(key) is str for key in kwargs):
            self.broken("")
        try:
            return {"op": "answer", "value": encoder.encode(function(*args, **kwargs))}, encoder.tensors
        except Exception as error:
            self._raised_here.append(error)
            return {"op": "answer", "own": len(self._raised_here) - 1}, {}

    def _error(self, told: Any, tensors: Any, called: str) -> BaseException:
        if not isinstance(told, dict):
            self.broken(called)
        if "own" in told:
            return self._raised_here[_index(told["own"], self._raised_here, self.broken)]
        args = self._decoded(told.get("args"), tensors, called)
        attributes = self._decoded(told.get("attributes"), tensors, called)
        error = self._errors.made(told, args, attributes)
        self.last_raised = (told, called, error)
        return error

    def _take_changes(self, args: Sequence[Any], changes: Any, tensors: Any, called: str) -> None:
        for each in changes if isinstance(changes, list) else ():
            if not isinstance(each, list) or len(each) != 2:
                self.broken(called)
            value = args[_index(each[0], args, self.broken)]
            take_over(value, self._decoded(each[1], tensors, called))

    def _add_surroundings(self, message: dict[str, Any], encoder: values.Encoder) -> None:
        """What tests have set up around a call: seeded generators, and an `input` of their own."""
        if self._follows_random:
            numbers: Any = numpy.random.get_state()
            drawn = torch.get_rng_state()
            state = {"random": random.getstate(), "numpy": numbers, "torch": drawn}
            key = (state["random"], numbers[1].tobytes(), numbers[2], drawn.numpy().tobytes())
            if key != self._random:
                self._random = key
                message["random"] = encoder.encode(state)
        if builtins.input is not self._input:
            self._input = builtins.input
            message["input"] = self._data_of(builtins.input)


def _pickled(value: Any) -> bytes:
    """What tells whether a value of the tests' was changed."""
    return pickle.dumps(value)


def _print(printed: Any) -> None:
    streams = {"stdout": sys.stdout, "stderr": sys.stderr}
    for each in printed if isinstance(printed, list) else ():
        if isinstance(each, list) and len(each) == 2 and each[0] in streams and isinstance(each[1], str):
            streams[each[0]].write(each[1])


def _index(number: Any, kept: Sequence[Any], otherwise: Callable[[str], Any] | None = None) -> int:
    if type(number) is int and 0 <= number < len(kept):
        return number
    if otherwise is not None:
        otherwise("")
    raise wire.WireError("a number of something that is not there")


def take_over(old: Any, new: Any) -> None:
    """Makes an argument what it became in the guest."""
    if type(old) is not type(new):
        return
    if isinstance(old, list | bytearray):
        old[:] = new
    elif isinstance(old, dict | set):
        old.clear()
        old.update(new)
    elif isinstance(old, torch.Tensor):
        if old.shape == new.shape and old.dtype == new.dtype:
            old.data.copy_(new)
    elif isinstance(old, numpy.ndarray):
        if old.shape == new.shape and old.dtype == new.dtype and old.flags.writeable:
            old[...] = new
    elif type(old).__module__.startswith("pandas.") and hasattr(old, "_update_inplace"):
        old._update_inplace(new)
