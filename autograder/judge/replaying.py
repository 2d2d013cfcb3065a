"""A run of a notebook that answers from what was kept when it was graded, without a guest."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from autograder.judge.recorded_answers import ALONE, Answers, Chain, RunAnswers, request_digest
from autograder.judge.recording import RecordingRun
from autograder.judge.runs import in_new_guests
from autograder.sandbox import wire
from autograder.sandbox.confinement import Layer
from autograder.sandbox.failed import known_notes
from autograder.sandbox.limits import Limits
from autograder.sandbox.notebook_run import NotebookRun, Reply
from autograder.sandbox.outcome import Cause, GuestStopped, Outcome, SandboxError, Stop
from autograder.sandbox.prompt import Script
from autograder.sandbox.sandbox import Guest, Sandbox

if TYPE_CHECKING:
    import torch

_MAX_KNOWN_BYTES = 64 << 20
_GONE = Stop(Outcome.DIED, Cause.CUT_OFF)

T = TypeVar("T")
Found = tuple[Any, bool, int]
"""A check's result, whether the guest knew hidden inputs after it, and how much of its chain it took."""
MakeRun = Callable[[Callable[..., NotebookRun]], NotebookRun]


class NotRecorded(SandboxError):
    """A check asks what was not kept, and nothing may be run."""


@dataclass
class KnownVerdicts:
    """Verdicts of checks by what they were answered: the same answers are judged once."""

    _found: dict[tuple[str, bytes, bool], Found] = field(default_factory=dict)
    _bytes_left: int = _MAX_KNOWN_BYTES

    def find(self, check: str, chain: Chain, tainted: bool) -> Found | None:
        """What the check came to on the same answers; None if that is not known."""
        return self._found.get((check, chain.digest, tainted))

    def keep(self, check: str, chain: Chain, tainted: bool, found: Found) -> None:
        self._bytes_left -= len(chain.frames) + 1_000
        if self._bytes_left > 0:
            self._found[check, chain.digest, tainted] = found


@dataclass
class RecordedRun(NotebookRun):
    """Answers checks from what was kept, without a guest.

    As long as everything is asked as it was asked then, it answers as it answered then. Where that is not so, what was
    kept stands only if the notebook remembers nothing of its calls.

    Attributes:
        answers: what was kept.
        verdicts: shared by all submissions of the assignment.
        missed: whether something was asked that is not there: what came of it means nothing.
    """

    answers: RunAnswers = field(default_factory=lambda: RunAnswers((), {}, True))
    verdicts: KnownVerdicts = field(default_factory=KnownVerdicts)
    missed: bool = False
    _check: str = ""
    _chain: Chain | None = None
    _replies: dict[int, dict[int, Reply]] = field(default_factory=dict)
    _at: int = 0
    _next_chain: int = 0
    _in_order: bool = True
    _looked: bool = False
    _was_tainted: bool = False
    _has_guest: bool = False

    def __post_init__(self) -> None:
        self.runs = dict(self.answers.cells)
        self.lost_seconds = self.answers.lost_seconds
        self.notes = {note for each in self.runs.values() for note in each.notes}

    def begin(self, check: str, may_be_known: bool = True) -> Any | None:
        """Goes on to a check. Returns its result if the same answers have been judged before; then it need not run."""
        if self._chain is not None and self._at < len(self._chain.asked):
            self._in_order = False  # it asked more then
        self._check, self._chain, self._replies, self._at = check, None, {}, 0
        self._looked, self._was_tainted = False, self.tainted
        chain = self._find(check)
        if not may_be_known or chain is None or (known := self.verdicts.find(check, chain, self.tainted)) is None:
            return None
        self._take(chain)
        found, self.tainted, self._at = known
        self._start()
        return found

    def end(self, found: Any, is_fault: bool) -> None:
        """Remembers what the check came to, if that depends on its answers alone and is no fault of ours."""
        chain = self._chain
        if chain is None or chain.stops or self._looked or self.missed or is_fault:
            return
        self.verdicts.keep(self._check, chain, self._was_tainted, (found, self.tainted, self._at))

    def request(
        self,
        message: Mapping[str, Any],
        tensors: Mapping[str, torch.Tensor],
        most: float = math.inf,
        before: float = math.inf,
    ) -> Reply:
        """The reply that was kept. If there is none, `missed`, and GuestStopped."""
        self._start()
        if self._chain is None and (chain := self._find(self._check)) is not None:
            self._take(chain)
        reply = self._reply(request_digest(message, tensors).removeprefix(ALONE))
        if isinstance(reply, Stop):
            self.stops.append(reply.outcome)
            self.stop()
            raise GuestStopped(reply)
        if reply is None:
            self.missed = True
            raise GuestStopped(_GONE)
        notes = known_notes(reply[0].get("notes"))
        self.notes |= notes
        self._looked = self._looked or bool(notes) or "raised" in reply[0] or "missing" in reply[0]
        return reply

    def _reply(self, asked: str) -> Reply | Stop | None:
        """What came back then: in the chain's order, or if that makes no difference, wherever it was asked."""
        chain, place = self._chain, self._at
        ways = (asked, ALONE + asked)
        if chain is not None and not self.answers.remembers:
            while place < len(chain.asked) and chain.asked[place] not in ways and chain.asked[place].startswith(ALONE):
                place += 1
        if chain is not None and place < len(chain.asked) and chain.asked[place] in ways:
            self._looked = self._looked or place != self._at
            self._at = place + 1
            return chain.stops.get(place) or self._unpacked(chain).get(place)
        if self.answers.remembers:
            return None
        self._looked = True
        for each in self.answers.chains:
            if ALONE + asked in each.asked:
                return self._unpacked(each).get(each.asked.index(ALONE + asked))
        return None

    def _unpacked(self, chain: Chain) -> dict[int, Reply]:
        """Replies by the place of what was asked; none if they are no frames. Made anew for each check: it may change
        what it gets."""
        if id(chain) not in self._replies:
            places = [place for place in range(len(chain.asked)) if place not in chain.stops]
            try:
                self._replies[id(chain)] = dict(zip(places, wire.unpack(chain.frames), strict=True))
            except (wire.WireError, ValueError):
                self._replies[id(chain)] = {}
        return self._replies[id(chain)]

    def guest(self, before: float = math.inf) -> Guest:
        """None is there; whoever asks for it wants to know how the cells ran."""
        self._looked = True
        self._start()
        return _NoGuest()

    def stop(self) -> None:
        """Ends the guest, as it was ended then."""
        self.tainted = self._has_guest = False

    def _start(self) -> None:
        if not self._has_guest:
            self._has_guest = True
            self.generation += 1

    def _find(self, check: str) -> Chain | None:
        """What the check asked then: in its turn, or out of it, if that makes no difference."""
        chains = self.answers.chains
        if self._in_order and self._next_chain < len(chains) and chains[self._next_chain].check == check:
            return chains[self._next_chain]
        if self.answers.remembers:
            return None
        return next((each for each in chains if each.check == check), None)

    def _take(self, chain: Chain) -> None:
        chains = self.answers.chains
        if self._in_order and self._next_chain < len(chains) and chains[self._next_chain] is chain:
            self._next_chain += 1
        else:
            self._in_order = False
        self._chain = chain


class _NoGuest:
    layers: tuple[Layer, ...] = ()

    def request(self, message: Mapping[str, Any], tensors: Mapping[str, torch.Tensor], wall_seconds: float) -> Reply:
        raise GuestStopped(_GONE)

    def prompt(self, script: Script, wall_seconds: float, limit: int) -> None:
        """It would answer nothing."""

    def close(self) -> None: ...


@dataclass(frozen=True)
class NoSandbox:
    """In the place of a sandbox, where nothing may be run: to start a guest raises NotRecorded."""

    limits: Limits

    def start(self, files: Mapping[str, Path], data: Mapping[str, Path | bytes] | None = None) -> Guest:
        raise NotRecorded("nothing is run here")

    def wait_until_ready(self) -> None:
        raise NotRecorded("nothing is run here")

    def prepare(self, modules: Collection[str], guests: int = 0) -> None:
        """Nobody will."""


def asked(
    answers: Answers,
    name: str,
    sandbox: Sandbox,
    verdicts: KnownVerdicts,
    make_run: MakeRun,
    check: Callable[[NotebookRun], list[T]],
) -> tuple[NotebookRun, list[T]]:
    """Runs checks on the known answers of that name; in new guests if they are not enough, whose answers are kept.

    Raises:
        NotRecorded: they are not enough, and the sandbox is none.
    """
    if (known := answers.known.get(name)) is not None:
        recorded = make_run(partial(RecordedRun, answers=known, verdicts=verdicts))
        assert isinstance(recorded, RecordedRun)
        check_runs = check(recorded)
        if not recorded.missed:
            return recorded, check_runs
    if isinstance(sandbox, NoSandbox):
        raise NotRecorded("a check asks what was not kept")
    if answers.kept is None:
        return in_new_guests(lambda: make_run(NotebookRun), check)
    run, check_runs = in_new_guests(lambda: make_run(RecordingRun), check)
    assert isinstance(run, RecordingRun)
    answers.keep(name, run.taken())
    return run, check_runs
