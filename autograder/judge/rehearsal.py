"""A check run against answers that are there already: what it asks is recorded, or answered without a guest."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import torch

from autograder.judge.check_runs import CheckRun
from autograder.judge.session import CheckSession
from autograder.report.exercise_result import Verdict
from autograder.sandbox.confinement import Layer
from autograder.sandbox.limits import Limits
from autograder.sandbox.notebook_run import NotebookRun
from autograder.sandbox.outcome import Cause, GuestStopped, Outcome, Stop
from autograder.sandbox.prompt import Script

Frame = tuple[dict[str, Any], dict[str, torch.Tensor]]


@dataclass
class _Stage:
    """A sandbox whose one guest answers from elsewhere."""

    limits: Limits
    layers: tuple[Layer, ...] = ()

    def start(self, files: Mapping[str, Path], data: Mapping[str, Path | bytes] | None = None) -> Self:
        return self

    def wait_until_ready(self) -> None: ...

    def prepare(self, modules: Collection[str], guests: int = 0) -> None: ...

    def prompt(self, script: Script, wall_seconds: float, limit: int) -> None:
        """It is asked one thing at a time."""

    def close(self) -> None: ...


@dataclass
class _Recording(_Stage):
    """Passes requests on, and keeps them and their replies."""

    run: NotebookRun | None = None
    asked_by: NotebookRun | None = None
    most_wall_seconds: float = math.inf
    open_requests: int = 0
    requests: list[Frame] = field(default_factory=list)
    replies: list[Frame] = field(default_factory=list)

    def request(
        self, message: Mapping[str, Any], tensors: Mapping[str, torch.Tensor], wall_seconds: float
    ) -> tuple[dict[str, Any], dict[str, torch.Tensor]]:
        assert self.run is not None
        assert self.asked_by is not None
        self.open_requests += not self.asked_by.tainted
        self.requests.append((dict(message), {key: each.clone() for key, each in tensors.items()}))
        reply, found = self.run.request(message, tensors, self.most_wall_seconds)
        self.replies.append((reply, found))
        return reply, found


@dataclass
class _Replaying(_Stage):
    """Gives the replies that it has to the requests that it knows, and notes whether it was asked for anything else."""

    known: list[tuple[Frame, Frame]] = field(default_factory=list)
    wants_more: bool = False

    def request(
        self, message: Mapping[str, Any], tensors: Mapping[str, torch.Tensor], wall_seconds: float
    ) -> tuple[dict[str, Any], dict[str, torch.Tensor]]:
        if self.known and _same(self.known[0][0], (dict(message), dict(tensors))):
            return self.known.pop(0)[1]
        self.wants_more = True
        raise GuestStopped(Stop(Outcome.DIED, Cause.CUT_OFF))


@dataclass
class _Listening(_Stage):
    """Gives replies in their order, whatever it is asked, and keeps that."""

    replies: Sequence[Frame] = ()
    requests: list[Frame] = field(default_factory=list)

    def request(
        self, message: Mapping[str, Any], tensors: Mapping[str, torch.Tensor], wall_seconds: float
    ) -> tuple[dict[str, Any], dict[str, torch.Tensor]]:
        self.requests.append((dict(message), {key: each.clone() for key, each in tensors.items()}))
        if len(self.requests) > len(self.replies):
            raise GuestStopped(Stop(Outcome.DIED, Cause.CUT_OFF))
        return self.replies[len(self.requests) - 1]


@dataclass(frozen=True)
class Rehearsal:
    """What a check asked a run, up to the answer that it did not accept.

    Attributes:
        requests: in order.
        replies: likewise; the last one is missing if the guest was stopped.
        open_requests: how many came before any with inputs that students don't have.
    """

    check: str
    requests: tuple[Frame, ...]
    replies: tuple[Frame, ...]
    result: CheckRun
    open_requests: int


def rehearse(session: CheckSession, run: NotebookRun, check: str, most_wall_seconds: float = math.inf) -> Rehearsal:
    """Runs one check and keeps what it asks; no answer may take longer than so many seconds."""
    stage = _Recording(run.sandbox.limits, run=run, most_wall_seconds=most_wall_seconds)
    stage.asked_by = _on(stage, run)
    result = session.run_checks(stage.asked_by, frozenset({check}))[0]
    return Rehearsal(check, tuple(stage.requests), tuple(stage.replies), result, stage.open_requests)


def goes_on(session: CheckSession, rehearsal: Rehearsal, replies: Sequence[Frame], run: NotebookRun) -> bool:
    """Whether the check accepts other replies to what it asked: it passes, or asks more, or something else."""
    stage = _Replaying(run.sandbox.limits, known=list(zip(rehearsal.requests, replies, strict=False)))
    result = session.run_checks(_on(stage, run), frozenset({rehearsal.check}))[0]
    return stage.wants_more or result.result.verdict is Verdict.PASSED


def asks(session: CheckSession, check: str, replies: Sequence[Frame], run: NotebookRun) -> list[Frame]:
    """What a check asks when it gets these replies, one after another, until there are no more or it has enough."""
    stage = _Listening(run.sandbox.limits, replies=replies)
    session.run_checks(_on(stage, run), frozenset({check}))
    return stage.requests


def alike(one: Rehearsal, other: Rehearsal) -> int:
    """How many requests of two rehearsals of one check are the same, from the first on.

    What a check asks may depend on what it was told.
    """
    return same_requests(one.requests, other.requests)


def same_requests(one: Sequence[Frame], other: Sequence[Frame]) -> int:
    """How many requests are the same, from the first on."""
    pairs = list(zip(one, other, strict=False))
    return next((number for number, pair in enumerate(pairs) if not _same(*pair)), len(pairs))


def _same(one: Frame, other: Frame) -> bool:
    return one[0] == other[0] and all(torch.equal(each, other[1][key]) for key, each in one[1].items())


def _on(stage: _Recording | _Replaying | _Listening, run: NotebookRun) -> NotebookRun:
    return NotebookRun(stage, (), run.homes, file_stubs=run.file_stubs)
