"""A search for an input on which a notebook gives something else than what is right, by Hypothesis.

It draws inputs, and shrinks the first wrong one to the simplest that is still wrong in that way.
"""

from __future__ import annotations

import random
import re
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from typing import Any

from autograder.checks import counter_examples, inputs, messages
from autograder.checks.counter_examples import CounterExample
from autograder.checks.notebook import Notebook
from autograder.sandbox.notebook_run import NotebookRun
from autograder.sandbox.outcome import GuestStopped, ServerGone

# They end a search long before its time does, so that a submission gets the same counter-example each time.
_MAX_INPUTS = 40
_MAX_SIMPLER = 60  # inputs more, for shrinking
_MAX_OTHERS = 5  # answers of another type or size in the beginning: then its values are not what is wrong
_SEARCHING = 0.8  # the share of the time after which only what was found is asked once more
_RAISED = re.compile(r"^`[^`]+` (?=raised )")


@dataclass(frozen=True)
class Found:
    """What came of a search.

    Attributes:
        words: the sentence about the simplest input found on which something else came back than what is right; the
            same for the same code, unless time was up first. Empty if there is none.
        inputs: how many were asked.
        others: how many answers could not be compared, as they are of another type or size.
        arguments: what `words` are about; None if they are empty.
        is_whole: whether the search came to its own end: in more time it would have found the same.
    """

    words: str
    inputs: int
    others: int
    arguments: Mapping[str, Any] | None = None
    is_whole: bool = True


def find_counter_example(
    entry: CounterExample,
    run: NotebookRun,
    max_inputs: int = _MAX_INPUTS,
    known: Mapping[str, Any] | None = None,
) -> Found:
    """Looks for an input on which a notebook gives something else than what is right.

    Args:
        run: a notebook whose guest knows no hidden inputs; it is asked until its deadline.
        max_inputs: how many to try before there is none.
        known: arguments that were found for code like this: looked at first, and if they show it, last.
    Raises:
        SandboxError: like `Sandbox.start`.
        Exception: whatever the entry's own code raises.
    """
    hypothesis = hypothesis_package()
    now = time.monotonic()
    search = _Search(entry, run, now + _SEARCHING * (run.deadline - now), max_inputs + _MAX_SIMPLER)
    words = ""
    token = inputs.public_inputs.set(True)
    try:
        run.guest()
        with suppress(_Over, hypothesis.errors.NoSuchExample):
            if known is None or not search.is_wrong(known):
                seed = random.Random(0)
                hypothesis.find(entry.arguments, search.is_wrong, settings=_settings(max_inputs), random=seed)
        with suppress(_Over):
            words = search.confirmed()
    except GuestStopped:
        pass
    finally:
        inputs.public_inputs.reset(token)
    if run.server_gone:
        raise ServerGone("the fork server is gone")
    is_whole = not (search.is_cut or run.stops) and bool(words) == (search.best is not None)
    return Found(words, len(search.seen), search.others, search.best if words else None, is_whole)


class _Over(BaseException):
    """Ends a search at once: Hypothesis takes an `Exception` for a failure, and shrinks it."""


@dataclass
class _Search:
    """One search.

    Attributes:
        until: a `time.monotonic()` value, in seconds.
        max_calls: how many inputs may be asked in all.
        seen: what is to be said of each input that was asked, by the words for the input; empty where it is nothing.
        best: the last input with something to say, which is the simplest: shrinking goes from one to a simpler one.
        kind: what the first wrong answer was: "gave" or "raised". Shrinking goes on with that one.
        others: how many answers were neither right nor wrong.
        is_cut: whether time was up.
    """

    entry: CounterExample
    run: NotebookRun
    until: float
    max_calls: int
    seen: dict[str, str] = field(default_factory=dict)
    best: Mapping[str, Any] | None = None
    kind: str = ""
    others: int = 0
    is_cut: bool = False

    def is_wrong(self, arguments: Mapping[str, Any]) -> bool:
        """Whether something else than what is right comes back. The same for the same input, as Hypothesis wants it."""
        key = counter_examples.inputs_words(arguments)
        if key not in self.seen:
            self.is_cut = time.monotonic() > self.until
            if self.is_cut or len(self.seen) >= self.max_calls:
                raise _Over
            kind, words = self._ask(arguments)
            if words and not self.kind:
                self.kind = kind
            self.seen[key] = words if kind == self.kind else ""
            if self.others == len(self.seen) == _MAX_OTHERS:
                raise _Over
        if self.seen[key]:
            self.best = arguments
        return bool(self.seen[key])

    def confirmed(self) -> str:
        """What is to be said of the best input, if the guest gives the same once more."""
        if self.best is None or self.run.stops or self.run.server_gone:
            return ""
        words = self.seen[counter_examples.inputs_words(self.best)]
        return words if self._ask(self.best)[1] == words else ""

    def _ask(self, arguments: Mapping[str, Any]) -> tuple[str, str]:
        """What is wrong with the answer, "gave" or "raised", and the words for it; nothing where it is right, or where
        what a check says is better."""
        entry, right = self.entry, self.entry.right(**arguments)
        try:
            came_back = entry.asked(Notebook(self.run, entry.exercise, []), arguments)
        except messages.CheckFailed as error:
            if error.stopped:
                raise _Over from None
            words = _RAISED.sub("", str(error))
            if words != str(error):
                return "raised", counter_examples.raised(entry, arguments, words)
            is_other = True
        except ServerGone:
            raise _Over from None
        else:
            differs = counter_examples.differs(came_back, right)
            if differs:
                return "gave", counter_examples.gave(entry, arguments, came_back, right)
            is_other = differs is None
        self.others += is_other
        return "", ""


def _settings(max_inputs: int) -> Any:
    """Of every search: nothing is kept from one to another."""
    hypothesis = import_module("hypothesis")
    return hypothesis.settings(
        max_examples=max_inputs,
        phases=(hypothesis.Phase.generate, hypothesis.Phase.shrink),
        verbosity=hypothesis.Verbosity.quiet,
        database=None,
        deadline=None,
    )


@cache
def hypothesis_package() -> Any:
    """Hypothesis, warmed up: slow to import, and needed only where something is wrong."""
    finders = list(sys.meta_path)
    # pytest would rewrite the asserts in it first, as it is also a plugin of pytest's: a second.
    sys.meta_path[:] = [each for each in finders if not type(each).__module__.startswith("_pytest.")]
    try:
        hypothesis = import_module("hypothesis")
        providers: Any = import_module("hypothesis.internal.conjecture.providers")
        # It would read the sources of this whole program for numbers to try, and note them in a folder of its own.
        providers._get_local_constants = lambda: providers.Constants()
        # The first search takes ten times as long as the next: no exercise should pay for that with its own time.
        hypothesis.find(hypothesis.strategies.booleans(), lambda _: True, settings=_settings(1))
    finally:
        sys.meta_path[:] = finders
    return hypothesis
