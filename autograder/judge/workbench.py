"""The grader's end of the workbench in the guest: numbers of edits and places come back, and nothing is believed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch

from autograder.checks.mended import KINDS, Mend, Place
from autograder.judge.rehearsal import Frame
from autograder.sandbox import wire
from autograder.sandbox.notebook_run import NotebookRun

_MAX_EDITS = 3_000
_MAX_PLACES = 4


@dataclass(frozen=True)
class Offers:
    """The edits that a guest offers, by number. Their places are read when they are asked for: most never are.

    Attributes:
        kinds: of the mistakes that they take back.
        sizes: how far each changes the code.
    """

    kinds: tuple[str, ...]
    sizes: tuple[int, ...]
    _places: tuple[Any, ...]
    _sources: tuple[str, ...]

    def mend(self, number: int) -> Mend:
        """One edit with its places. Raises WireError: they are not in the student's text."""
        places, other = self._places[number]
        found = tuple(_place(each, self._sources) for each in _list(places, _MAX_PLACES))
        if not found:
            raise wire.WireError("an edit is nowhere")
        more = None if other is None else _place(other, self._sources)
        return Mend(self.kinds[number], self.sizes[number], found, more)

    def is_in_line(self, number: int, line: int) -> bool:
        """Whether an edit is about this line, as the guest says."""
        places, _ = self._places[number]
        return isinstance(places, list) and any(isinstance(each, list) and each[1:2] == [line] for each in places)


@dataclass(frozen=True)
class Answers:
    """What edits made of a check's requests.

    Attributes:
        frames: the different answers to the requests; of each, one frame for each request.
        packed: the same as they came.
        tries: for each of them, the indices of the tries that gave it.
        tried: how many tries there was time for.
        cpu_seconds: what they took, as the guest says.
    """

    frames: tuple[tuple[Frame, ...], ...]
    packed: tuple[bytes, ...]
    tries: tuple[tuple[int, ...], ...]
    tried: int
    cpu_seconds: float


def open_workbench(run: NotebookRun, sources: Sequence[str], names: Sequence[str]) -> None:
    """Lays out the cells `sources`, which define `names`. Raises GuestStopped."""
    _ask(run, "open", sources=list(sources), names=list(names))


def go_on(run: NotebookRun) -> None:
    """Takes the edits that are `put_in_place` for a part of the code, until `go_back`. Raises GuestStopped."""
    _ask(run, "go on")


def list_edits(run: NotebookRun, sources: Sequence[str]) -> Offers:
    """The edits of the code as it is, once requests have been loaded.

    Raises GuestStopped, and WireError for an answer of another form.
    """
    reply, _ = _ask(run, "list")
    listed = [_list(each, 4) for each in _list(reply.get("edits"), _MAX_EDITS)]
    for each in listed:
        if len(each) != 4 or not isinstance(each[0], str) or each[0] not in KINDS or not isinstance(each[1], int):
            raise wire.WireError("an edit is of no known kind")
    kinds, sizes, places, others = zip(*listed, strict=True) if listed else ((), (), (), ())
    return Offers(kinds, sizes, tuple(zip(places, others, strict=True)), tuple(sources))


def go_back(run: NotebookRun) -> None:
    """Back to the edits before the last `go_on`, with none in place. Raises GuestStopped."""
    _ask(run, "go back")


def leave_alone(run: NotebookRun) -> None:
    """Takes out what `go_on` kept, but not what is in place, until `go_back`. Raises GuestStopped."""
    _ask(run, "alone")


def close_workbench(run: NotebookRun) -> None:
    """Takes all edits out of the code again. Raises GuestStopped."""
    _ask(run, "close")


def load(run: NotebookRun, requests: Sequence[Frame]) -> None:
    """Gives the workbench what a check asks. Raises GuestStopped."""
    for number, (message, tensors) in enumerate(requests):
        run.request({"op": "mend", "do": "load", "first": number == 0, "request": message}, tensors)


def put_in_place(run: NotebookRun, numbers: Sequence[int]) -> None:
    """Puts some edits into the student's code, in the place of those that were there. Raises GuestStopped."""
    _ask(run, "set", numbers=list(numbers))


def try_out(
    run: NotebookRun,
    tries: Sequence[Sequence[int]],
    cpu_seconds: float,
    cpu_seconds_each: float,
    requests: int | None = None,
) -> Answers:
    """Tries edits, several at once in each try, for so much time of the processor. Raises like `list_edits`.

    Args:
        requests: how many of what was loaded each is asked; None for all.
    """
    limits = {"cpu_seconds": cpu_seconds, "cpu_seconds_each": cpu_seconds_each, "requests": requests}
    reply, tensors = _ask(run, "try", tries=[list(each) for each in tries], **limits)
    groups, tried, spent = _list(reply.get("answers"), len(tries)), reply.get("tried"), reply.get("cpu_seconds")
    if not isinstance(tried, int) or not isinstance(spent, float) or not spent >= 0:
        raise wire.WireError("an answer is not of the workbench's form")
    packed = tuple(_packed(tensors.get(str(number))) for number in range(len(groups)))
    frames = tuple(tuple(wire.unpack(each)) for each in packed)
    indices = tuple(tuple(_index(each, len(tries)) for each in _list(group, len(tries))) for group in groups)
    if not all(indices):
        raise wire.WireError("an answer belongs to no try")
    return Answers(frames, packed, indices, tried, spent)


def _ask(run: NotebookRun, do: str, **more: Any) -> tuple[Any, dict[str, torch.Tensor]]:
    return run.request({"op": "mend", "do": do, **more}, {})


def _packed(tensor: torch.Tensor | None) -> bytes:
    if tensor is None or tensor.dtype is not torch.uint8 or tensor.dim() != 1:
        raise wire.WireError("an answer is missing")
    return tensor.numpy().tobytes()


def _place(data: Any, sources: Sequence[str]) -> Place:
    numbers = _list(data, 5)
    if len(numbers) != 5 or not all(isinstance(each, int) for each in numbers):
        raise wire.WireError("a place is not of the wire's form")
    place = Place(*numbers)
    if not place.fits(sources):
        raise wire.WireError("a place is not in the student's cell")
    return place


def _index(data: Any, count: int) -> int:
    if not isinstance(data, int) or not 0 <= data < count:
        raise wire.WireError("there is no such try")
    return data


def _list(data: Any, longest: int) -> list[Any]:
    if not isinstance(data, list) or len(data) > longest:
        raise wire.WireError("an answer is not of the workbench's form")
    return data
