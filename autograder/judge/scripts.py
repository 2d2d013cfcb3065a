"""Guests are told ahead what checks will ask them; what a check has accepted once it need not look at again."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from contextlib import suppress

from autograder.judge.check_runs import CheckRun
from autograder.judge.recording import RecordingRun
from autograder.report.exercise_result import Verdict
from autograder.sandbox.notebook_run import NotebookRun
from autograder.sandbox.outcome import GuestStopped
from autograder.sandbox.prompt import Script

_LEAST_PATIENCE_SECONDS = 0.25
_TIMES_AS_LONG = 4
_MOST_KNOWN = 40  # ways to pass a check that are kept, for each


class Scripts:
    """Scripts of an assignment's checks, once they are learned, and what checks made of answers that they accepted."""

    def __init__(self) -> None:
        self._scripts: dict[str, Script] = {}
        self._accepted: dict[str, dict[bytes, CheckRun]] = {}
        self._key: bytes | None = None

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
        self._key = None
        if (script := self._scripts.get(check)) is None:
            return None
        try:
            frames = run.ahead.begin(run, check, script, _patience_seconds)
        except GuestStopped:
            return None
        if frames is None:
            return None
        self._key = hashlib.sha256(b"".join(frames)).digest() if all(map(_is_plain, frames)) else None
        if self._key is None:
            return None
        known = self._accepted.get(check, {}).get(self._key)
        if known is not None:
            run.ahead.end(run)
            if isinstance(run, RecordingRun):
                run.keep(script.asked, frames)
        return known

    def end(self, run: NotebookRun, result: CheckRun) -> None:
        """After a check has run: nothing is told ahead any more, and what it accepted is kept."""
        was_all = run.ahead.end(run)
        known = self._accepted.setdefault(result.result.id, {})
        if was_all and self._key is not None and result.result.verdict is Verdict.PASSED and len(known) < _MOST_KNOWN:
            known[self._key] = result


def _patience_seconds(script: Script) -> float:
    return max(_LEAST_PATIENCE_SECONDS, _TIMES_AS_LONG * script.seconds)


def _is_plain(frame: bytes) -> bool:
    """Whether a reply is a value and nothing more: what is made of errors and notes depends on how cells ran."""
    return b'"raised"' not in frame and b'"missing"' not in frame and b'"notes":[]' in frame
