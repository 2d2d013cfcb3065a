"""Finds out what a check asks whatever it is answered, so that guests can be told ahead (`scripts`).

That is learned from the instructor's own notebook. No request may be in a script that tells of an answer: a guest would
find right values in it before it has answered itself. So the check is run again on other answers, which are near the
right ones and then far from them; what it asks the same each time belongs to the script, up to the first request that
differs.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import torch

from autograder.judge.memory import Memory
from autograder.judge.recorded_answers import request_digest
from autograder.judge.rehearsal import Frame, Rehearsal, asks, same_requests
from autograder.judge.session import CheckSession
from autograder.report.exercise_result import Verdict
from autograder.sandbox import wire
from autograder.sandbox.notebook_run import NotebookRun
from autograder.sandbox.prompt import Script

# Near: within what checks allow for rounding, and yet another float32. Far: nothing is as it was.
_NEAR = 1.3e-7
_FAR = 0.37
_NOTHING = Script((), (), (), 0, 0.0)


def learn(
    session: CheckSession,
    checks: Sequence[str],
    rehearsed: Callable[[str], Rehearsal],
    run: NotebookRun,
    memory: Memory,
) -> None:
    """Learns the scripts of some checks.

    Args:
        session: keeps them.
        rehearsed: what the instructor's notebook answers to a check.
        run: a notebook's run, for its limits.
        memory: what others have learned; each process begins elsewhere, so that together they learn all.
    """
    for check in random.Random(os.getpid()).sample(checks, len(checks)):
        script = memory.find_script(check)
        if script is None:
            found = rehearsed(check)
            if found.result.result.verdict is not Verdict.PASSED:
                continue  # another time it may
            script = script_of(session, found, run) or _NOTHING
            memory.keep_script(check, script)
        if script.requests:
            session.scripts.add(check, script)


def take_known(session: CheckSession, checks: Iterable[str], memory: Memory) -> bool:
    """Takes the scripts that others have learned; whether that is all of them."""
    found = {check: memory.find_script(check) for check in checks}
    for check, script in found.items():
        if script is not None and script.requests:
            session.scripts.add(check, script)
    return None not in found.values()


def script_of(session: CheckSession, rehearsal: Rehearsal, run: NotebookRun) -> Script | None:
    """What a check asks that is sure to tell of no answer; None if that is too little."""
    count = next((i + 1 for i, each in enumerate(rehearsal.replies) if not _can_be_changed(each)), None)
    requests: Sequence[Frame] = rehearsal.requests[:count]
    for share in (_NEAR, _FAR):
        replies = [_changed(each, share) for each in rehearsal.replies[: len(requests) - 1]]
        asked = asks(session, rehearsal.check, replies, run)
        same = same_requests(requests, asked)
        # One that stopped asking has told all that it will of these answers. Near ones should be accepted.
        if same < len(asked) or share == _NEAR:
            requests = requests[:same]
    if not requests:
        return None
    frames = tuple(wire.pack({**message, "sequence": i}, tensors) for i, (message, tensors) in enumerate(requests))
    names = tuple(request_digest(*each) for each in requests)
    is_open = min(len(requests), rehearsal.open_requests)
    return Script(tuple(requests), frames, names, is_open, rehearsal.result.seconds)


def _can_be_changed(reply: Frame) -> bool:
    message = reply[0]
    return "value" in message and not message.get("printed") and not message.get("notes")


def _changed(reply: Frame, share: float) -> Frame:
    """The reply with other numbers, by so much of each, with other words, and the opposite of what is true or false."""
    message, tensors = reply
    words: dict[str, Any] = {key: _other(message[key], share) for key in ("value", "gradients") if key in message}
    return {**message, **words}, {key: _other_tensor(each, share) for key, each in tensors.items()}


def _other(value: Any, share: float) -> Any:
    """Encoded data (`sandbox.values`), changed wherever it is a value and not its form."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, float):
        return value * (1 + share) + share**2
    if isinstance(value, int):
        return value + 1
    if isinstance(value, str):
        return value + "_"
    if isinstance(value, list):
        return [_other(each, share) for each in value]
    if isinstance(value, dict):
        return {key: _other(each, share) if key == "v" else each for key, each in value.items()}
    return value


def _other_tensor(tensor: torch.Tensor, share: float) -> torch.Tensor:
    if tensor.dtype is torch.bool:
        return ~tensor
    if not tensor.is_floating_point():
        return tensor + 1
    generator = torch.Generator().manual_seed(tensor.numel())
    noise = share * (1 + torch.rand(tensor.shape, generator=generator, dtype=torch.float64)) / 2
    return (tensor.double() * (1 + noise) + share**2).to(tensor.dtype)
