"""What a notebook's guest has been told ahead: scripts of checks, and what it answered to them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from autograder.sandbox.outcome import Outcome
from autograder.sandbox.prompt import Prompt, Script, Told
from autograder.sandbox.sandbox import Guest, Sandbox

if TYPE_CHECKING:
    import torch

_SETTLE_WALL_SECONDS = 0.5
_MOST_JOINED = 40  # requests that are put at the end of a script: each copies it

Patience = Callable[[Script], float]


class Run(Protocol):
    """What is needed of a `NotebookRun`."""

    sandbox: Sandbox
    tainted: bool
    lost_seconds: float
    stops: list[Outcome]

    @property
    def has_guest(self) -> bool: ...

    def guest(self) -> Guest: ...

    def ask(self, ask: Callable[[float], Any], wall_seconds: float) -> Any: ...

    def stop_unasked(self) -> None: ...


@dataclass
class Ahead:
    """The scripts that a notebook's living guest has gone through, and the one it is at.

    Attributes:
        early: by check, those that were answered before the guest knew any input that students don't have.
        has_told: whether the check at work has told it such an input itself.
    """

    early: dict[str, Prompt] = field(default_factory=dict)
    has_told: bool = False
    _prompt: Prompt | None = None
    _was_early: bool = False
    _looked: bool = False
    _is_off: bool = False  # something that nobody asked for ended a guest: that may happen once

    def ask_early(self, run: Run, scripts: Mapping[str, Script], times: Patience) -> None:
        """Has the guest go through what is open of scripts: requests of which students know all inputs. It ends with
        the first that takes too long.

        Raises GuestStopped like `NotebookRun.guest`.
        """
        self.early = {}
        for check, script in scripts.items():
            if self._is_slow(run) or run.tainted:
                return
            prompt = self._start(run, script, script.open_requests)
            if prompt is None:
                return
            if not prompt.read(times(script)):
                self._settle(run, prompt)
                return
            prompt.is_apart = True
            self.early[check] = prompt

    def begin(self, run: Run, check: str, script: Script, times: Patience) -> list[bytes] | None:
        """Has the guest go through a check's script, so that requests which follow it take no round trips; until `end`.

        What follows inputs that students have is told ahead as well, if those were asked early: a guest that knows more
        could put it into what it answers to them.

        Args:
            times: how long to wait for all of it.
        Returns:
            All replies, if they came in time.
        Raises:
            GuestStopped: like `NotebookRun.guest`.
        """
        self._looked = False
        if self._is_slow(run):
            self._was_early, self._prompt = True, self.early.pop(check, None)
            return None
        self._was_early = check in self.early
        self._prompt = self.early.pop(check, None) or self._start(run, script, 0)
        if self._prompt is None:
            return None
        is_open = script.open_requests == len(script.requests)
        if not is_open and (self._was_early or run.tainted or not script.open_requests):
            run.tainted = True
            self._go_on(run, self._prompt)
        else:
            self._prompt.limit = script.open_requests
        return self._prompt.replies if self._prompt.read(times(script)) else None

    def _go_on(self, run: Run, prompt: Prompt) -> None:
        """From what was asked early to the end of the script."""
        if prompt.is_apart and prompt.script.has_refs:
            self._ask_again(run, prompt.script, prompt.limit)
        prompt.is_apart, prompt.limit = False, len(prompt.script.requests)

    def ask_more(
        self, run: Run, message: Mapping[str, Any], tensors: Mapping[str, torch.Tensor], hidden: bool, times: Patience
    ) -> bytes | None:
        """The reply to one request more, after all of the script; None if it does not come in time.

        Args:
            hidden: whether the check has told the guest inputs by now that students don't have. Then it knows them from
                now on, and what it has answered so far it answered before.
        """
        prompt = self._prompt
        if prompt is None or len(prompt.joined) == _MOST_JOINED:
            return None
        if hidden and not run.tainted:
            self._was_early = run.tainted = True
        self._join(run, prompt, message, tensors)
        return prompt.replies[-1] if prompt.read(times(prompt.script)) else None

    def end(self, run: Run) -> Prompt | None:
        """From now on nothing is told ahead. What the guest was asked too much costs the notebook no time.

        Returns:
            What the guest went through, if all of it was asked, and nothing else, nor looked at.
        """
        prompt, self._prompt = self._prompt, None
        if prompt is None:
            return None
        self._settle(run, prompt)
        return prompt if prompt.taken == len(prompt.script.requests) and not self._looked else None

    def look(self) -> None:
        """Notes that the check looks at more than replies, such as what cells printed."""
        self._looked = True

    def told(self, run: Run, message: Mapping[str, Any], tensors: Mapping[str, torch.Tensor]) -> Told | None:
        """The reply, if this is what comes next in the script, or after all of it. If not, there is no script any more,
        and the guest is again as if it had been asked no more than what was taken of it. Raises GuestStopped like
        `NotebookRun.ask`."""
        if (prompt := self._prompt) is None:
            return None
        if prompt.taken == len(prompt.script.requests) and len(prompt.joined) < _MOST_JOINED:
            self._join(run, prompt, message, tensors)
        if prompt.is_next(message, tensors):
            told: Told = run.ask(prompt.take, run.sandbox.limits.call_wall_seconds)
            return told
        self.end(run)
        if not run.has_guest or (prompt.script.has_refs and (prompt.went_on or prompt.is_apart)):
            self._ask_again(run, prompt.script, prompt.taken)
        return None

    def is_early(self, message: Mapping[str, Any], tensors: Mapping[str, torch.Tensor]) -> bool:
        """Whether the reply to this was given before the guest knew any input that students don't have."""
        prompt = self._prompt
        if prompt is None or not self._was_early or prompt.taken >= prompt.script.open_requests:
            return False
        return prompt.is_next(message, tensors)

    def _join(self, run: Run, prompt: Prompt, message: Mapping[str, Any], tensors: Mapping[str, torch.Tensor]) -> None:
        """Puts a request at the end of a script, all of which the guest has answered."""
        if prompt.is_apart and prompt.script.has_refs:
            self._ask_again(run, prompt.script, len(prompt.script.requests))
        prompt.is_apart = False
        prompt.join(message, tensors, self.has_told)

    def forget(self) -> None:
        """There is no guest any more."""
        self.early, self._prompt = {}, None

    def _start(self, run: Run, script: Script, limit: int) -> Prompt | None:
        return run.guest().prompt(script, run.sandbox.limits.call_wall_seconds, limit)

    def _ask_again(self, run: Run, script: Script, count: int) -> None:
        """Makes objects of the guest's as they were after so many requests."""
        for message, tensors in script.requests[:count]:
            run.ask(partial(run.guest().request, message, tensors), run.sandbox.limits.call_wall_seconds)

    def _settle(self, run: Run, prompt: Prompt) -> None:
        if not prompt.settle(_SETTLE_WALL_SECONDS):
            self._is_off = True
            run.stop_unasked()

    def _is_slow(self, run: Run) -> bool:
        """Whether something in the notebook is slow, or deadly: then it is asked no more than it must be."""
        return self._is_off or bool(run.stops) or run.lost_seconds > 0
