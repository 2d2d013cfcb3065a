"""What a guest will be asked, told to it ahead: it answers without a round trip for each request.

A script is what a check asks whatever it is answered (`judge.scripts`). Its requests lie in the wire one behind the
other, and replies are taken as they come. Whoever asks notices no difference: as soon as something else is asked than
what comes next, the guest is asked live again, and what it did too much is undone or done with.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

from autograder.sandbox import wire
from autograder.sandbox.outcome import GuestStopped

if TYPE_CHECKING:
    import torch

Reply = tuple[dict[str, Any], dict[str, Any]]

# Requests and bytes that lie in the wire at most: less than it holds, so that nobody waits for the other to read.
_MOST_WAITING = 32
_MOST_WAITING_BYTES = 64 << 10


@dataclass(frozen=True)
class Script:
    """Requests in a row.

    Attributes:
        requests: messages with their tensors.
        frames: the same, packed, and numbered from 0.
        asked: names under which replies are kept, one for each.
        open_requests: how many come before any with inputs that students don't have.
        seconds: how long a right notebook takes for all of it.
    """

    requests: tuple[tuple[Mapping[str, Any], Mapping[str, torch.Tensor]], ...]
    frames: tuple[bytes, ...]
    asked: tuple[str, ...]
    open_requests: int
    seconds: float

    @cached_property
    def has_refs(self) -> bool:
        """Whether some request is about something that stays in the guest, and that others may have changed."""
        return any(wire.REF in frame for frame in self.frames)


@dataclass(frozen=True)
class Told:
    """A reply that came ahead.

    Attributes:
        frame: as it came.
        asked: the name of the request in its script; empty if it was put at the script's end.
    """

    reply: Reply
    frame: bytes
    asked: str


class Prompted(Protocol):
    """A guest that can be asked ahead."""

    def send_frame(self, frame: bytes, wall_seconds: float) -> None: ...

    def receive_frame(self, wall_seconds: float) -> bytes: ...

    def has_reply(self, wall_seconds: float) -> bool: ...

    def parse_frame(self, frame: bytes, number: int) -> Reply: ...


@dataclass
class Prompt:
    """A guest on its way through a script.

    Attributes:
        limit: how far it may go.
        is_apart: whether the guest was asked other things since, so that objects of this script's are gone.
        replies: frames that have come.
        taken: how many of them somebody has asked for.
        sent: how many requests the guest has got.
        joined: of each request that was put at the script's end, whether the check had told the guest inputs by then
            that students don't have.
    """

    guest: Prompted
    script: Script
    call_seconds: float
    limit: int
    is_apart: bool = False
    replies: list[bytes] = field(default_factory=list)
    taken: int = 0
    sent: int = 0
    joined: list[bool] = field(default_factory=list)
    _waiting_bytes: int = 0
    _failure: Exception | None = None

    def read(self, wall_seconds: float) -> bool:
        """Takes in replies for so long; whether all have come, as far as it may go."""
        ends = time.monotonic() + wall_seconds
        try:
            while len(self.replies) < self.limit:
                self._send()
                if not self.guest.has_reply(max(0.0, ends - time.monotonic())):
                    return False
                self._receive(self.call_seconds)
        except Exception as error:  # it is told to who asks for this reply, if anybody does
            self._failure = error
            return False
        return True

    def is_next(self, message: Mapping[str, Any], tensors: Mapping[str, torch.Tensor]) -> bool:
        """Whether the reply that comes next is to this request."""
        if self.taken >= self.limit:
            return False
        wanted, theirs = self.script.requests[self.taken]
        return message == wanted and all(_same(each, theirs[key]) for key, each in tensors.items())

    def take(self, wall_seconds: float) -> Told:
        """The next reply. Raises GuestStopped like a guest's `request`."""
        if self.taken == len(self.replies):
            if self._failure is not None:
                raise self._failure
            if self.sent == self.taken:
                self.send_next()
            self._receive(wall_seconds)
        place, self.taken = self.taken, self.taken + 1
        frame = self.replies[place]
        return Told(self.guest.parse_frame(frame, place), frame, self.script.asked[place])

    def join(self, message: Mapping[str, Any], tensors: Mapping[str, torch.Tensor], has_told: bool) -> None:
        """Puts a request at the script's end; the guest gets it once it is asked for, or read."""
        script, place = self.script, len(self.script.requests)
        own = {key: each.detach().clone().requires_grad_(each.requires_grad) for key, each in tensors.items()}
        frame = wire.pack({**message, "sequence": place}, own)
        requests, frames = (*script.requests, (dict(message), own)), (*script.frames, frame)
        self.script = replace(script, requests=requests, frames=frames, asked=(*script.asked, ""))
        self.joined.append(has_told)
        self.limit = place + 1

    def settle(self, wall_seconds: float) -> bool:
        """Reads away what nobody asked for; False if the guest is gone, or too slow for that."""
        if self._failure is not None:
            return False
        ends = time.monotonic() + wall_seconds
        try:
            while len(self.replies) < self.sent:
                if not self.guest.has_reply(max(0.0, ends - time.monotonic())):
                    return False
                self._receive(wall_seconds)
        except GuestStopped:
            return False
        return True

    @property
    def went_on(self) -> bool:
        """Whether the guest was asked more than anybody took."""
        return self.sent > self.taken

    def _send(self) -> None:
        while self.sent < self.limit:
            waiting = self.sent - len(self.replies)
            size = len(self.script.frames[self.sent])
            if waiting and (waiting >= _MOST_WAITING or self._waiting_bytes + size > _MOST_WAITING_BYTES):
                return
            self.send_next()

    def send_next(self) -> None:
        """Sends one more request. Raises GuestStopped."""
        frame = self.script.frames[self.sent]
        self.guest.send_frame(frame, self.call_seconds)
        self.sent += 1
        self._waiting_bytes += len(frame)

    def _receive(self, wall_seconds: float) -> None:
        self.replies.append(self.guest.receive_frame(wall_seconds))
        self._waiting_bytes -= len(self.script.frames[len(self.replies) - 1])


def _same(one: torch.Tensor, other: torch.Tensor | None) -> bool:
    if other is None or one.dtype != other.dtype or one.requires_grad != other.requires_grad:
        return False
    import torch

    return one.shape == other.shape and torch.equal(one, other)
