"""Guests are told ahead what checks will ask them; what a check has accepted once it need not look at again."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from autograder.judge.check_runs import CheckRun
from autograder.judge.recorded_answers import request_digest
from autograder.judge.recording import RecordingRun
from autograder.report.exercise_result import Verdict
from autograder.sandbox.notebook_run import NotebookRun
from autograder.sandbox.outcome import GuestStopped
from autograder.sandbox.prompt import Script

if TYPE_CHECKING:
    import torch

_LEAST_PATIENCE_SECONDS = 0.25
_TIMES_AS_LONG = 4
_MOST_KNOWN = 200  # steps on ways to pass a check that are kept, for each


@dataclass(frozen=True)
class _Step:
    """What a check asks once it has got certain replies.

    Attributes:
        asked: the name under which the reply is kept.
        hidden: whether the check has told the guest inputs by then that students don't have.
    """

    asked: str
    message: Mapping[str, Any]
    tensors: Mapping[str, torch.Tensor]
    hidden: bool


class Scripts:
    """Scripts of an assignment's checks, once they are learned, and what checks made of answers that they accepted.

    A check that has got the same replies as before goes on in the same way: it asks the same, or is through. So what it
    asks after its script is asked without it, one after another, for as long as the replies are the same.
    """

    def __init__(self) -> None:
        self._scripts: dict[str, Script] = {}
        self._ways: dict[str, dict[bytes, _Step | CheckRun]] = {}

    def add(self, check: str, script: Script) -> None:
        """From now on guests are told ahead what this check asks."""
        self._scripts[check] = script

    def ask_early(self, run: NotebookRun, public: Sequence[str]) -> None:
        """Tells a guest ahead what public checks ask, before any tells it inputs that students don't have: what it
        answers may stand in messages. Objects of the guest's would have to be made twice for that."""
        scripts = {each: self._scripts[each] for each in public if each in self._scripts}
        known = {check: each for check, each in scripts.items() if each.open_requests and not each.has_refs}
        with suppress(GuestStopped):  # a check will find that out, and say so
            run.ahead.ask_early(run, known, _patience_seconds)

    def begin(self, run: NotebookRun, check: str) -> CheckRun | None:
        """Tells a guest ahead what a check asks. Returns the check's result if it has accepted the same answers before;
        if not, it is to be run, and then `end`."""
        if (script := self._scripts.get(check)) is None:
            return None
        try:
            frames = run.ahead.begin(run, check, script, _patience_seconds)
            if frames is None:
                return None
            ways, key, asked, told = self._ways.get(check, {}), _key(b"", frames), [*script.asked], [*frames]
            while isinstance(found := ways.get(key), _Step):
                frame = run.ahead.ask_more(run, found.message, found.tensors, found.hidden, _patience_seconds)
                if frame is None:
                    return None
                key = _key(key, [frame])
                told.append(frame)
                asked.append(found.asked)
        except GuestStopped:
            return None
        if found is not None:
            run.ahead.end(run)
            if isinstance(run, RecordingRun):
                run.keep(asked, told)
        return found

    def end(self, run: NotebookRun, result: CheckRun) -> None:
        """After a check has run: nothing is told ahead any more, and the way to what it accepted is kept."""
        prompt = run.ahead.end(run)
        if prompt is None or result.result.verdict is not Verdict.PASSED or not all(map(_is_plain, prompt.replies)):
            return
        ways = self._ways.setdefault(result.result.id, {})
        if len(ways) >= _MOST_KNOWN:
            return
        own = len(prompt.replies) - len(prompt.joined)
        key = _key(b"", prompt.replies[:own])
        more = zip(prompt.script.requests[own:], prompt.joined, prompt.replies[own:], strict=True)
        for (message, tensors), hidden, reply in more:
            ways[key] = _Step(request_digest(message, tensors), message, tensors, hidden)
            key = _key(key, [reply])
        ways[key] = result


def _key(so_far: bytes, frames: Sequence[bytes]) -> bytes:
    """A digest of replies, and of those before them."""
    return hashlib.sha256(so_far + b"".join(frames)).digest()


def _patience_seconds(script: Script) -> float:
    return max(_LEAST_PATIENCE_SECONDS, _TIMES_AS_LONG * script.seconds)


def _is_plain(frame: bytes) -> bool:
    """Whether a reply is a value and nothing more: what is made of errors and notes depends on how cells ran."""
    return b'"raised"' not in frame and b'"missing"' not in frame and b'"notes":[]' in frame
