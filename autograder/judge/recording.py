"""A run of a notebook whose answers are kept."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from autograder.judge.recorded_answers import ALONE, MAX_BYTES, Chain, RunAnswers, request_digest, stays
from autograder.sandbox import wire
from autograder.sandbox.notebook_run import NotebookRun, Reply
from autograder.sandbox.outcome import Cause, GuestStopped, Stop

if TYPE_CHECKING:
    import torch

T = TypeVar("T")
_NUMBER = re.compile(rb'\{"sequence":\d+,')


@dataclass
class RecordingRun(NotebookRun):
    """Keeps what checks ask, and what comes back, until `taken`.

    Attributes:
        states: what the notebook held before and after the checks, as digests.
    """

    _check: str | None = None
    _chains: list[_Chain] = field(default_factory=list)
    _is_new: bool = False
    _bytes: int = 0
    states: list[str | None] = field(default_factory=list)

    def begin(self, check: str) -> None:
        """What is asked from now on is asked by this check."""
        self._check, self._is_new = check, True

    def request(
        self,
        message: Mapping[str, Any],
        tensors: Mapping[str, torch.Tensor],
        most: float = math.inf,
        before: float = math.inf,
    ) -> Reply:
        """See `NotebookRun.request`."""
        if self._check is None or self._bytes > MAX_BYTES:
            return super().request(message, tensors, most, before)
        chain = self._chain()
        try:
            if (told := self.ahead.told(self, message, tensors)) is not None:
                chain.add(told.asked or request_digest(message, tensors), without_number(told.frame))
                self._bytes += len(told.frame)
                return told.reply
            asked = request_digest(message, tensors)
            reply, found = super().request(message, tensors, most, before)
        except GuestStopped as error:
            chain.stops[len(chain.asked)] = error.stop
            chain.asked.append(request_digest(message, tensors).removeprefix(ALONE))
            raise
        frame = packed_reply(reply, found)
        chain.add(asked, frame)
        self._bytes += len(frame)
        return reply, found

    def keep(self, asked: Sequence[str], frames: Sequence[bytes]) -> None:
        """Keeps what the check's whole script was answered."""
        if self._check is None or self._bytes > MAX_BYTES:
            return
        chain = self._chain()
        for name, frame in zip(asked, frames, strict=True):
            chain.add(name, without_number(frame))
            self._bytes += len(frame)

    @property
    def has_kept_its_state(self) -> bool:
        """Whether the notebook holds what it held before the checks, by its guest's own word."""
        return None not in self.states and len(set(self.states)) == 1

    def _chain(self) -> _Chain:
        assert self._check is not None
        if self._is_new:
            self._chains.append(_Chain(self._check))
            self._is_new = False
        return self._chains[-1]

    def taken(self) -> RunAnswers | None:
        """What was kept; from now on nothing is. None if a guest was killed, if time ran out, or if it is too much:
        run again, it may answer something else."""
        self._check = None
        stops = [each for chain in self._chains for each in chain.stops.values()]
        stops += [each.stop for each in self.runs.values() if each.stop is not None]
        if self.killed or self.server_gone or self._bytes > MAX_BYTES:
            return None
        if any(each.cause in (Cause.TIME_USED_UP, Cause.CUT_OFF, Cause.KILLED) for each in stops):
            return None
        forgets = len(self.states) > 1 and self.has_kept_its_state
        was_stopped = any(chain.stops for chain in self._chains)
        return RunAnswers(
            tuple(Chain(each.check, tuple(each.asked), b"".join(each.frames), each.stops) for each in self._chains),
            dict(self.runs),
            not forgets or was_stopped,
            self.lost_seconds,
        )


def looked_at(run: NotebookRun, check: Callable[[], T]) -> T:
    """What `check` gives; of a run that is recorded the guest says before and after it what its notebook holds."""
    if not isinstance(run, RecordingRun):
        return check()
    with suppress(GuestStopped):
        run.guest()
    run.states.append(run.state())
    found = check()
    run.states.append(run.state())
    return found


@dataclass
class _Chain:
    check: str
    asked: list[str] = field(default_factory=list)
    frames: list[bytes] = field(default_factory=list)
    stops: dict[int, Stop] = field(default_factory=dict)

    def add(self, asked: str, frame: bytes) -> None:
        """One more request, by its name, with its reply."""
        self.asked.append(asked.removeprefix(ALONE) if stays(frame) else asked)
        self.frames.append(frame)


def packed_reply(reply: Mapping[str, Any], tensors: Mapping[str, torch.Tensor]) -> bytes:
    """A reply as it is kept: without its number, so that the same answers are the same bytes."""
    return wire.pack({key: each for key, each in reply.items() if key != "sequence"}, tensors)


def without_number(frame: bytes) -> bytes:
    """The same as `packed_reply` makes, of a frame as it came from a guest that begins with the number, as ours do."""
    text_bytes, blob_bytes = wire.HEADER.unpack_from(frame)
    text = frame[wire.HEADER.size : wire.HEADER.size + text_bytes]
    if (found := _NUMBER.match(text)) is None:
        return frame
    text = b"{" + text[found.end() :]
    return wire.HEADER.pack(len(text), blob_bytes) + text + frame[wire.HEADER.size + text_bytes :]
