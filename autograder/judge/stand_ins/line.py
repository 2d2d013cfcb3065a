"""The line from tests to the notebook's objects: what is asked there, and what comes back as plain data."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn

from autograder.checks import test_words
from autograder.judge.stand_ins.errors import Errors
from autograder.judge.stand_ins.guard import Guard
from autograder.judge.stand_ins.owned import Lent, Owned, index
from autograder.judge.stand_ins.restraint import lifted
from autograder.judge.stand_ins.surroundings import Surroundings
from autograder.sandbox import two_folders, values, wire
from autograder.sandbox.lending import Lending, is_changeable
from autograder.sandbox.notebook_run import NotebookRun
from autograder.sandbox.outcome import Cause, GuestStopped, Outcome, Stop
from autograder.sandbox.refs import Ref, read_ref

MAX_CALLBACKS = 20_000  # in the tests of one cell
_CELL_SECONDS_PER_CALL = 3.0  # how long the tests of one cell may take, in times of the limit of a call


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
        surroundings: what tests set up around a call.

    Attributes:
        stopped: why the tests could not go on, if that is so.
        names: values of the notebook's names, as long as it gives them no others; see `knows`.
        last_raised: what was told of the last exception of the notebook's, and what was called.
    """

    def __init__(
        self, run: NotebookRun, guard: Guard, make: Callable[[Line, Ref], Any], surroundings: Surroundings
    ) -> None:
        self.run = run
        self.guard = guard
        self._make = make
        self.surroundings = surroundings
        self._errors = Errors(self.ask)
        self._made: dict[int, Any] = {}
        self._generation = 0
        self._owned = Owned()
        self.names: dict[str, Any] = {}
        self._lending = Lending(self._encoder)
        self._seconds = _CELL_SECONDS_PER_CALL * run.sandbox.limits.call_wall_seconds
        self.begin(0)

    def begin(self, before: int) -> None:
        """Goes on to the tests of the cell at this position: what stands before it has been run when they ask."""
        self.before = before
        self.stopped: AskingStopped | None = None
        self.last_raised: tuple[Mapping[str, Any], str, BaseException] | None = None
        self.guard.begin()
        self._lending.forget()
        self._is_new_cell = True
        self._are_names_known = self.run.is_up_to(before)  # cells give them other values, which the next answer tells
        self._deadline = time.monotonic() + self._seconds

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
        self._live()
        encoder = self._encoder()
        changed = [[number, encoder.encode(value)] for number, value in self._lending.changed()]
        given = encoder.encode([self._as_lent(each) for each in args])
        message = {"op": "ask", "do": do, "args": given, "changed": changed}
        message |= {"kwargs": encoder.encode(kwargs)} if kwargs else {}
        message |= {"anew": True} if self._is_new_cell else {}
        self._is_new_cell = False
        message |= self.surroundings.told(encoder, self._data_of)
        reply, tensors = self._exchange(message, encoder.tensors, called)
        while "callback" in reply:
            message, sent = self._called_back(reply, tensors)
            reply, tensors = self._exchange(message, sent, called)
        try:
            self._take_changes(reply, tensors, args)
            if "raised" in reply:
                raise self._error(reply["raised"], tensors, called)
            return self._value(reply, tensors)
        except wire.WireError:
            self.broken(called)

    def must_live(self, generation: int, called: str) -> None:
        """Ends the tests if a stand-in is of a guest that is gone. Raises AskingStopped."""
        if generation != self.run.generation:
            self._stop(Stop(Outcome.DIED, Cause.STARTED_AGAIN), called)

    def _live(self) -> None:
        """Forgets what was known of a guest that is gone."""
        if self._generation != self.run.generation:
            self._made, self._generation = {}, self.run.generation
            self._lending.forget()
            self.names.clear()
            self.surroundings.forget()

    def _exchange(self, message: Mapping[str, Any], tensors: Any, called: str) -> tuple[Any, Any]:
        left = self._deadline - time.monotonic()
        if self.stopped is not None:
            raise self.stopped
        if left <= 0:
            self.run.stop()
            self._stop(Stop(Outcome.TIMED_OUT, Cause.TOO_SLOW, self._seconds), called)
        try:
            with lifted():
                reply, found = self.run.request(message, tensors, left, self.before)
        except GuestStopped as error:
            self._stop(error.stop, called)
        self._live()
        try:
            self.surroundings.take(reply, found, self._errors)
        except wire.WireError:
            self.broken(called)
        _print(reply.get("printed"))
        rebound = reply.get("rebound")
        for name in rebound if isinstance(rebound, list) else ():
            self.names.pop(name if isinstance(name, str) else "", None)
        self._are_names_known = True
        return reply, found

    def knows(self, name: str) -> bool:
        """Whether `names` has what the notebook has under a name now."""
        return self._are_names_known and name in self.names

    def _stop(self, stop: Stop, called: str) -> NoReturn:
        self.stopped = AskingStopped(stop, called)
        raise self.stopped from None

    def broken(self, called: str) -> NoReturn:
        """Ends the tests as the guest does not keep to the protocol. Raises AskingStopped."""
        self.run.stop()
        self._stop(Stop(Outcome.DIED, Cause.UNREADABLE), called)

    def _encoder(self) -> values.Encoder:
        return values.Encoder(None, rich=True, live=self._data_of, here=self.surroundings.here)

    def _decoded(self, data: Any, tensors: Any) -> Any:
        return values.decode(data, tensors, rich=True, live=self._made_of)

    def _value(self, reply: Mapping[str, Any], tensors: Any) -> Any:
        """What came of it: the tests' own value, if they have it already."""
        number = reply.get("lent")
        value = self._decoded(reply.get("value"), tensors)
        if type(number) is int and (known := self._lending.value(number)) is not None:
            self._lending.take(number, value)
            return known
        if type(number) is int and is_changeable(value):
            self._lending.add(number, value)
        return value

    def _made_of(self, data: Mapping[str, Any]) -> Any:
        if data.get("t") == "own":  # ours come back as what they are
            return self._owned.value(data.get("id"))
        if data.get("t") in two_folders.TAGS:
            return two_folders.received_inside(data, self.surroundings.here)
        number = data.get("id")
        if type(number) is int and number in self._made:  # whatever is said of it now
            return self._made[number]
        ref = read_ref(data, rich=True)
        if ref.id not in self._made:
            self._made[ref.id] = self._errors.class_of(ref) or self._make(self, ref)
        return self._made[ref.id]

    def _as_lent(self, value: Any) -> Any:
        number = self._lending.number(value) if is_changeable(value) else None
        return value if number is None else Lent(number)

    def _data_of(self, value: Any) -> Any:
        """JSON-ready data of what stands for something in the guest, or is to be called back."""
        if isinstance(value, values.Live):
            return value.live_data()
        if isinstance(value, type) and (number := self._errors.ref_of(value)) is not None:
            return {"t": "ref", "id": number, "type": "type", "module": False}
        return self._owned.data_of(value, self.surroundings.here)

    def _called_back(self, reply: Mapping[str, Any], tensors: Any) -> tuple[dict[str, Any], Any]:
        """Calls a function of the tests for the guest: the message that tells it what came of it."""
        self.guard.count_callback(MAX_CALLBACKS, lambda: self.broken(test_words.OWN_FUNCTION))
        encoder = self._encoder()
        try:
            function = self._owned.function(reply["callback"])
            args = self._decoded(reply.get("args"), tensors)
            kwargs = self._decoded(reply.get("kwargs"), tensors)
        except wire.WireError:
            self.broken("")
        if type(args) is not list or type(kwargs) is not dict or not all(type(key) is str for key in kwargs):
            self.broken("")
        try:
            return {"op": "answer", "value": encoder.encode(function(*args, **kwargs))}, encoder.tensors
        except Exception as error:
            return {"op": "answer", **self._owned.told_of(error)}, {}

    def _error(self, told: Any, tensors: Any, called: str) -> BaseException:
        if not isinstance(told, dict):
            raise wire.WireError("what was raised is nothing")
        if "own" in told:
            return self._owned.error(told["own"])
        args = self._decoded(told.get("args"), tensors)
        attributes = self._decoded(told.get("attributes"), tensors)
        error = self._errors.made(told, args, attributes)
        if told.get("cause") is not None:
            error.__cause__ = self._error(told["cause"], tensors, called)
        self.last_raised = (told, called, error)
        return error

    def _take_changes(self, reply: Mapping[str, Any], tensors: Any, args: Sequence[Any]) -> None:
        kept, changed = reply.get("kept"), reply.get("changed")
        for each in changed if isinstance(changed, list) else ():
            number, data = _pair(each)
            self._lending.take(number, self._decoded(data, tensors))
        for each in kept if isinstance(kept, list) else ():
            position, number = _pair(each)
            value = args[index(position, args)]
            if type(number) is int and is_changeable(value):
                self._lending.add(number, value)
        late = reply.get("late")  # of arguments, which have had no number before
        for each in late if isinstance(late, list) else ():
            number, data = _pair(each)
            self._lending.take(number, self._decoded(data, tensors))


def _pair(data: Any) -> tuple[Any, Any]:
    if not isinstance(data, list) or len(data) != 2 or type(data[0]) is not int:
        raise wire.WireError("a pair is none")
    return data[0], data[1]


def _print(printed: Any) -> None:
    streams = {"stdout": sys.stdout, "stderr": sys.stderr}
    for each in printed if isinstance(printed, list) else ():
        if isinstance(each, list) and len(each) == 2 and each[0] in streams and isinstance(each[1], str):
            streams[each[0]].write(each[1])
