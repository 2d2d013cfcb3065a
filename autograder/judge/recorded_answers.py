"""What guests answered when a submission was graded: kept, so that changed checks are judged without running it again.

It is student-made data: plain frames of the wire and JSON, read by the same bounded decoders as a living guest's, never
pickle. Inputs of checks are not in it, only their digests.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from autograder.sandbox import wire
from autograder.sandbox.cell_run import CellRun
from autograder.sandbox.failed import failed_statements, known_notes
from autograder.sandbox.outcome import Cause, Outcome, Stop

MAX_BYTES = 4 << 20  # of one submission, before they are compressed; those with more are not kept
_MAX_CHAINS = 2_000
ALONE = "="
FIRST = "first"  # of a check's requests; that makes no other request of it
_MALFORMED = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError, zlib.error)


class NoAnswers(Exception):
    """There are none that can be used; the text says why: "not kept", "of something else" or "damaged"."""


@dataclass(frozen=True)
class Chain:
    """What one check asked, in a row, and what came back.

    Attributes:
        asked: digests of its requests, in order; those of requests that stand for themselves begin with "=": neither
            they nor their replies are about something that stays in the guest.
        frames: the replies, one behind the other, but for those of requests that ended the guest.
        stops: how these ended it, by their place in `asked`.
    """

    check: str
    asked: tuple[str, ...]
    frames: bytes
    stops: Mapping[int, Stop] = field(default_factory=dict)

    @cached_property
    def digest(self) -> bytes:
        """The same for the same requests with the same replies. Never read from a file: it says what is judged once."""
        told = json.dumps([self.asked, [[place, *_stop_data(stop)] for place, stop in self.stops.items()]])
        return hashlib.sha256(told.encode() + b"\0" + self.frames).digest()


@dataclass(frozen=True)
class RunAnswers:
    """What one run of a notebook answered to checks.

    Attributes:
        chains: in the order in which checks asked.
        cells: how its cells ran, by position, with what they printed as their only outputs.
        remembers: whether the notebook may have kept something of the calls, so that an answer may depend on those
            before it.
        lost_seconds: as of `NotebookRun`.
    """

    chains: tuple[Chain, ...]
    cells: Mapping[int, CellRun]
    remembers: bool
    lost_seconds: float = 0.0

    def only(self, checks: Set[str]) -> RunAnswers:
        """The same, of some checks alone."""
        return replace(self, chains=tuple(each for each in self.chains if each.check in checks))


Runs = dict[str, RunAnswers]
"""By what was run: "" for the notebook as it is, else the exercise and what gave way to reference code."""


@dataclass
class Answers:
    """Of one notebook: what is known of it, and what is kept of it now.

    Attributes:
        known: from when it was graded.
        kept: None: nothing is kept, or something in it can't be.
    """

    known: Runs = field(default_factory=dict)
    kept: Runs | None = None

    def keep(self, name: str, run: RunAnswers | None) -> None:
        """Keeps a run; without it nothing of the notebook is kept."""
        if run is None:
            self.kept = None
        elif self.kept is not None:
            self.kept[name] = run


def request_digest(message: Mapping[str, Any], tensors: Mapping[str, Any]) -> str:
    """The same for the same request; with `ALONE` before it, if it is not about something that stays in the guest."""
    packed = wire.pack({key: each for key, each in message.items() if key != FIRST}, tensors)
    return ALONE * (wire.REF not in packed) + hashlib.blake2b(packed, digest_size=16).hexdigest()


def stays(frame: bytes) -> bool:
    """Whether a packed reply is about something that stays in the guest."""
    return wire.REF in frame


def pack_answers(notebooks: Mapping[str, Runs]) -> bytes:
    """What `unpack_answers` reads; empty if it is too large to be kept."""
    frames: list[bytes] = []
    told = {}
    try:
        for name, runs in notebooks.items():
            told[name] = {key: _run_data(run) for key, run in runs.items()}
            frames += [chain.frames for run in runs.values() for chain in run.chains]
        head = json.dumps(told, separators=(",", ":")).encode()
    except RecursionError:  # nested as deeply as could just be read
        return b""
    whole = b"".join([len(head).to_bytes(4, "little"), head, *frames])
    return zlib.compress(whole, 1) if len(whole) <= MAX_BYTES else b""


def unpack_answers(packed: bytes) -> dict[str, Runs]:
    """The runs of each notebook. Raises NoAnswers if it is not what `pack_answers` makes."""
    try:
        unzip = zlib.decompressobj()
        whole = unzip.decompress(packed, MAX_BYTES + 1)
        size = int.from_bytes(whole[:4], "little")
        head, frames = whole[4 : 4 + size], memoryview(whole)[4 + size :]
        if not unzip.eof or unzip.unused_data or len(whole) > MAX_BYTES or len(head) != size:
            raise ValueError("cut off, or too large")
        wire.refuse_too_many_parts(head)
        reader = _Reader(frames)
        found = {
            _text(name): {_text(key): reader.run(run) for key, run in _plain_dict(runs).items()}
            for name, runs in _plain_dict(json.loads(head)).items()
        }
        if reader.rest:
            raise ValueError("there is more")
    except (*_MALFORMED, wire.WireError) as error:
        raise NoAnswers("damaged") from error
    return found


def _run_data(run: RunAnswers) -> Any:
    chains = [
        [each.check, each.asked, len(each.frames), [[place, *_stop_data(stop)] for place, stop in each.stops.items()]]
        for each in run.chains
    ]
    cells = [[position, _cell_data(cell)] for position, cell in run.cells.items()]
    return [chains, cells, run.remembers, run.lost_seconds]


def _cell_data(cell: CellRun) -> Any:
    failed = [
        {"raised": each.raised, "line": each.line, "code": each.code, "names": each.names, "followed": each.followed}
        for each in cell.failed
    ]
    return {
        "printed": [each["text"] for each in cell.outputs if _is_printed(each)],
        "raised": cell.raised,
        "stop": None if cell.stop is None else _stop_data(cell.stop),
        "not_run": cell.not_run,
        "failed": failed,
        "notes": sorted(cell.notes),
    }


def _is_printed(output: Mapping[str, Any]) -> bool:
    is_stream = output.get("output_type") == "stream" and output.get("name") == "stdout"
    return is_stream and isinstance(output.get("text"), str)


def _stop_data(stop: Stop) -> list[Any]:
    return [str(stop.outcome), str(stop.cause), stop.value]


class _Reader:
    """Makes records of plain data; `rest` are the frames that none has taken yet."""

    def __init__(self, frames: memoryview) -> None:
        self.rest = frames

    def run(self, data: Any) -> RunAnswers:
        chains, cells, remembers, lost_seconds = data
        if len(chains) > _MAX_CHAINS or not all(type(each) is list for each in (data, chains, cells)):
            raise ValueError("no list, or too long")
        found = tuple(self._chain(*each) for each in chains)
        return RunAnswers(
            found,
            {_count(position): _cell(cell) for position, cell in cells},
            remembers is not False,
            float(lost_seconds),
        )

    def _chain(self, check: Any, asked: Any, size: Any, stops: Any) -> Chain:
        taken, self.rest = bytes(self.rest[: _count(size)]), self.rest[_count(size) :]
        if len(taken) != size:
            raise ValueError("cut off")
        known = {_count(place): _stop(stop) for place, *stop in stops}
        return Chain(_text(check), tuple(map(_text, asked)), taken, known)


def _cell(data: Any) -> CellRun:
    raised, stop = data["raised"], data["stop"]
    printed = ({"output_type": "stream", "name": "stdout", "text": _text(each)} for each in data["printed"])
    return CellRun(
        tuple(printed),
        raised if isinstance(raised, dict) else None,
        None if stop is None else _stop(stop),
        not_run=data["not_run"] is True,
        failed=failed_statements(data["failed"]),
        notes=known_notes(data["notes"]),
    )


def _stop(data: Sequence[Any]) -> Stop:
    outcome, cause, value = data
    if type(value) not in (str, int, float):
        raise ValueError("no figure")
    return Stop(Outcome(outcome), Cause(cause), value)


def _count(value: Any) -> int:
    if type(value) is not int or value < 0:
        raise ValueError("no count")
    return value


def _text(value: Any) -> str:
    if type(value) is not str:
        raise ValueError("no text")
    return value


def _plain_dict(value: Any) -> dict[Any, Any]:
    if type(value) is not dict:
        raise ValueError("no dictionary")
    return value
