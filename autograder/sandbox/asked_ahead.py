"""What a notebook's guest has been told ahead: scripts of checks, and what it answered to them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from autograder.sandbox.prompt import Prompt, Script, Told

if TYPE_CHECKING:
    import torch

    from autograder.sandbox.notebook_run import NotebookRun

_SETTLE_WALL_SECONDS = 0.5

Patience = Callable[[Script], float]


@dataclass
class Ahead:
    """The scripts that a notebook's living guest has gone through, and the one it is at.

    Attributes:
        early: by check, those that were answered before the guest knew any input that students don't have.
    """

    early: dict[str, Prompt] = field(default_factory=dict)
    _prompt: Prompt | None = None
    _is_early: bool = False

    def ask_early(self, run: NotebookRun, scripts: Mapping[str, Script], times: Patience) -> None:
        """Has the guest go through scripts of which students know all inputs, until one takes too long.

        Raises GuestStopped like `NotebookRun.guest`.
        """
        self.early = {}
        for check, script in scripts.items():
            if run.stops or run.lost_seconds or run.tainted:
                return
            prompt = run.guest().prompt(script, run.sandbox.limits.call_wall_seconds)
            if prompt is None:
                return
            if not prompt.read(times(script)):
                self._settle(run, prompt)
                return
            self.early[check] = prompt

    def begin(
        self, run: NotebookRun, check: str, script: Script, is_hidden: bool, times: Patience
    ) -> list[bytes] | None:
        """Has the guest go through a check's script, so that requests which follow it take no round trips; until `end`.

        Args:
            is_hidden: whether there are inputs in it that students don't have.
            times: how long to wait for all of it.
        Returns:
            All replies, if they came in time.
        Raises:
            GuestStopped: like `NotebookRun.guest`.
        """
        self._prompt, self._is_early = self.early.pop(check, None), True
        if self._prompt is not None:
            return self._prompt.replies
        self._is_early = False
        if run.stops or run.lost_seconds:  # something in it is slow: it is asked no more than it must be
            return None
        self._prompt = run.guest().prompt(script, run.sandbox.limits.call_wall_seconds)
        if self._prompt is None:
            return None
        run.tainted = run.tainted or is_hidden
        return self._prompt.replies if self._prompt.read(times(script)) else None

    def end(self, run: NotebookRun) -> bool:
        """From now on nothing is told ahead. What the guest was asked too much costs the notebook no time.

        Returns:
            Whether all of the script was asked, and nothing else.
        """
        prompt, self._prompt = self._prompt, None
        if prompt is None:
            return False
        self._settle(run, prompt)
        return prompt.taken == len(prompt.script.requests)

    def told(self, run: NotebookRun, message: Mapping[str, Any], tensors: Mapping[str, torch.Tensor]) -> Told | None:
        """The reply, if this is what comes next in the script. If not, there is no script any more, and the guest is
        again as if it had been asked no more than what was taken of it. Raises GuestStopped like `NotebookRun.ask`."""
        if (prompt := self._prompt) is None:
            return None
        seconds = run.sandbox.limits.call_wall_seconds
        if prompt.is_next(message, tensors):
            return run.ask(prompt.take, seconds)
        self.end(run)
        if not run.has_guest or (prompt.script.has_refs and (prompt.went_on or self._is_early)):
            for message, tensors in prompt.script.requests[: prompt.taken]:
                run.ask(partial(run.guest().request, message, tensors), seconds)
        return None

    def is_early(self, message: Mapping[str, Any], tensors: Mapping[str, torch.Tensor]) -> bool:
        """Whether the reply to this was given before the guest knew any input that students don't have."""
        return self._is_early and self._prompt is not None and self._prompt.is_next(message, tensors)

    def forget(self) -> None:
        """There is no guest any more."""
        self.early, self._prompt = {}, None

    def _settle(self, run: NotebookRun, prompt: Prompt) -> None:
        if not prompt.settle(_SETTLE_WALL_SECONDS):
            run.stop_unasked()
