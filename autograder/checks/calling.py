"""One call of a check into the student's notebook: a request to the guest, and its reply as a value or a failure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from autograder.checks import answer_words, closed_words, explained, inputs, messages, unanswered
from autograder.sandbox import values, wire
from autograder.sandbox.notebook_run import NotebookRun
from autograder.sandbox.outcome import Cause, GuestStopped, Outcome, Stop
from autograder.sandbox.refs import read_ref

MAX_PRINTED_CHARACTERS = 20_000


@dataclass(frozen=True)
class Differentiated:
    """A call's value, and what flowed back to each positional argument from its sum (None where nothing did).

    `changed` holds the positions of the tensors that the call changed in place; `printed` is what it printed, if that
    was asked for.
    """

    value: Any
    gradients: tuple[Any, ...]
    changed: tuple[int, ...] = ()
    printed: str = ""


@dataclass(frozen=True)
class Call:
    """What one call came to, for comparing submissions with known mistakes.

    Attributes:
        kind: "value", "raised", "missing" or an `Outcome`.
        value: the value and gradients, or the type and text of the exception and whether the exercise's own cell raised
            it.
        raised_at: a cell's label and a line, as the guest tells them, where the student may know of them; or None.
    """

    kind: str
    value: Any = None
    raised_at: tuple[str, int] | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Line:
    """The line to a running notebook, for one check.

    Attributes:
        exercise: the one that the check is about.
        calls: what each call came to is added here.
        seed: of all random generators, at the start of each call.
        rich: whether values cross as rich ones.
    """

    run: NotebookRun
    exercise: str
    calls: list[Call]
    seed: int = 0
    rich: bool = False


class Kept:
    """Something of the student's that lives in the guest.

    Attributes:
        ref: what the guest says of it.
        generation: the guest's; in the next one it is gone.
        called: what messages call it: what it came from, in the check's own words.
    """

    def __init__(self, line: Line, ref: values.Ref, called: str) -> None:
        self._line = line
        self.ref = ref
        self.generation = line.run.generation
        self.called = called

    def still(self) -> values.Ref:
        """The reference. Raises CheckFailed if the guest that it leads into is gone."""
        if self.generation != self._line.run.generation:
            raise messages.stopped(self.called, Stop(Outcome.DIED, Cause.STARTED_AGAIN))
        return self.ref


def call(
    line: Line,
    target: Mapping[str, Any],
    called: str,
    arguments: tuple[Any, ...],
    keywords: Mapping[str, Any],
    standing: Callable[[values.Ref], Any],
    backward: bool = False,
    printed: bool = False,
) -> Differentiated:
    """The one place where a check's call becomes a request, and a reply a value or a failure: see `Function`.

    Args:
        target: what is called, in the words of `inside.calls`.
        called: what messages call it.
        standing: makes what stands for a value that stays in the guest; in rich values at any depth.
        backward: whether gradients are asked for.
        printed: whether what is printed is asked for.
    """
    encoder = values.Encoder(rich=line.rich)
    message = {
        "op": "call",
        **target,
        "args": encoder.encode([_sent(each) for each in arguments]),
        "kwargs": encoder.encode({name: _sent(each) for name, each in keywords.items()}),
        "seed": line.seed,
        "backward": backward,
        # What stayed there for earlier checks is gone, so that this one's is called the same in every notebook.
        **({} if line.calls else {"first": True}),
        **({"rich": True} if line.rich else {}),
        **({"printed": True} if printed else {}),
    }
    if not (own_inputs := inputs.public_inputs.get()):
        line.run.tainted = True
        line.run.ahead.has_told |= inputs.sends_hidden_inputs()
    elif line.run.tainted and not line.run.ahead.is_early(message, encoder.tensors):
        inputs.guard()
    closed_words.told_sizes.set(closed_words.sizes_of([*arguments, *keywords.values()]))
    try:
        reply, tensors = line.run.request(message, encoder.tensors)
        value = values.decode(reply.get("value"), tensors, rich=line.rich)
        stands = value
        if line.rich:
            live = lambda data: standing(read_ref(data, rich=True))  # noqa: E731
            stands = values.decode(reply.get("value"), tensors, rich=True, live=live)
        elif isinstance(value, values.Ref):
            stands = standing(value)
        text = _printed(reply.get("printed", ""))
        gradients = values.decode(reply.get("gradients"), tensors)
    except GuestStopped as error:
        line.calls.append(Call(error.stop.outcome))
        raise messages.stopped(called, error.stop) from None
    except wire.WireError:
        line.calls.append(Call(Outcome.DIED))
        raise messages.stopped(called, Stop(Outcome.DIED, Cause.UNREADABLE)) from None
    if "missing" in reply:
        line.calls.append(Call("missing"))
        raise _missing(line, target, called, reply["missing"])
    if "raised" in reply:
        told = reply["raised"] if isinstance(reply["raised"], dict) else {}
        told_of = (told.get("type"), told.get("text"), told.get("cell") == line.exercise)
        line.calls.append(Call("raised", told_of, explained.place(told)))
        raise unanswered.raised(line.run, line.exercise, called, str(target.get("name", called)), told, own_inputs)
    listed = tuple(gradients) if isinstance(gradients, list) else ()
    line.calls.append(Call("value", ((value, text) if printed else value, listed)))
    missing = (None,) * (len(arguments) - len(listed))
    places = reply.get("changed")
    changed = tuple(each for each in places if isinstance(each, int)) if isinstance(places, list) else ()
    return Differentiated(stands, listed + missing, changed, text)


def _printed(text: Any) -> str:
    if not isinstance(text, str) or len(text) > MAX_PRINTED_CHARACTERS:
        raise wire.WireError("what was printed is no text, or too long")
    return text


def _missing(line: Line, target: Mapping[str, Any], called: str, type_name: Any) -> messages.CheckFailed:
    """Something that was asked for is not there, or can't be called."""
    if "ref" in target:
        owner, _, name = called.rpartition(".")
        return answer_words.no_method(owner, name) if "get" not in target else answer_words.no_attribute(owner, name)
    name = str(target.get("name"))
    home = line.run.homes.get(name, line.exercise if target.get("method") == "value" else None)
    return unanswered.missing(line.run, name, type_name, home)


def _sent(value: Any) -> Any:
    return value.still() if isinstance(value, Kept) else value
