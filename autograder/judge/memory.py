"""What was found out of an assignment and of code for it: kept for the batch, and in a file for the runs to come.

The file is the course's own, as its solutions and hidden checks are: scripts hold inputs that students don't have.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

from autograder.checks.mended import KINDS, Mend
from autograder.judge.form import Form, Stretch, place_of, stretch_of
from autograder.judge.recorded_answers import request_digest
from autograder.judge.tries import Way
from autograder.sandbox import wire
from autograder.sandbox.prompt import Script
from autograder.sandbox.values import Encoder, Unsendable, decode

_MOST_KNOWN = 20_000
# Mistakes in the names themselves, which a form says nothing of.
_OF_NAMES = ("misspelt", "definition-misspelt", "global-for-name")
_SCRIPT = "script of "
_MOST_BYTES = 50 << 20  # then the file is begun anew: most of it is of assignments as they were
_READ_BYTES = 2 * _MOST_BYTES
_MALFORMED = (LookupError, TypeError, ValueError, OverflowError, wire.WireError)


@dataclass(frozen=True)
class MemoryFile:
    """Where to keep it.

    Attributes:
        path: one line of JSON for each thing.
        version: of all that they depend on besides the code; lines of another one are not read.
    """

    path: Path
    version: str


@dataclass(frozen=True)
class Finding:
    """What was found out of an exercise that fails.

    Attributes:
        entry: the id of the known mistake that it is; empty if it is none.
        ways: to mend it, the first of which the entry's words fit; empty if nothing mends.
    """

    entry: str = ""
    ways: tuple[Way, ...] = ()


@dataclass(frozen=True)
class Shown:
    """What came of a search for a counter-example.

    Attributes:
        arguments: by name, on which the code goes wrong; None if there is nothing to be shown.
    """

    arguments: Mapping[str, Any] | None


class Memory:
    """Findings, and what counter-examples show, by a digest of the code's form and of what it answered; sets of checks,
    by their names; and scripts of checks.

    Whoever has the same file at the same time, such as another worker, finds what this one keeps.
    """

    def __init__(self, file: MemoryFile | None = None) -> None:
        self._file = file
        self._known: dict[str, Any] = {}
        self._read_bytes = 0

    def find(self, key: str, forms: Sequence[Form]) -> Finding | None:
        """The finding for code of these forms, with places in it; None if nothing is known."""
        data = self._find(key)
        with suppress(ValueError, TypeError, LookupError):  # there is none, or somebody changed the line
            return Finding(str(data["entry"]), tuple(tuple(_mend(each, forms) for each in way) for way in data["ways"]))
        return None

    def find_checks(self, name: str) -> frozenset[str] | None:
        """The checks that are kept under a name; None if nothing is known."""
        data = self._find(name)
        checks = data.get("checks") if isinstance(data, dict) else None
        return frozenset(map(str, checks)) if isinstance(checks, list) else None

    def find_shown(self, key: str) -> Shown | None:
        """What can be shown of code like this; None if nothing is known."""
        data = self._find(key)
        with suppress(*_MALFORMED):  # there is none, or somebody changed the line
            return Shown(_arguments(data["shown"]) if data["shown"] else None)
        return None

    def find_script(self, check: str) -> Script | None:
        """What a check asks whatever it is answered, with no requests if that is nothing; None if it is not known."""
        data = self._find(_SCRIPT + check)
        with suppress(*_MALFORMED):  # there is none, or somebody changed the line
            frames = tuple(base64.b64decode(each, validate=True) for each in data["frames"])
            requests = []
            for place, frame in enumerate(frames):
                ((message, tensors),) = wire.unpack(frame)
                if message.pop("sequence") != place:
                    return None
                requests.append((message, tensors))
            names = tuple(request_digest(*each) for each in requests)
            return Script(tuple(requests), frames, names, int(data["open"]), float(data["seconds"]))
        return None

    def _find(self, key: str) -> Any:
        if key not in self._known:
            self._read_on()
        return self._known.get(key)

    def _read_on(self) -> None:
        """Reads the lines that the file has by now and had not the last time."""
        if self._file is None:
            return
        for line in self._new_lines(self._file.path):
            with suppress(ValueError, TypeError, KeyError):  # cut off, or not ours
                entry = json.loads(line)
                if entry["version"] == self._file.version and len(self._known) < _MOST_KNOWN:
                    self._known[entry["key"]] = entry

    def _new_lines(self, path: Path) -> list[bytes]:
        try:
            size_bytes = path.stat().st_size
            if size_bytes < self._read_bytes:  # somebody has begun it anew
                self._read_bytes = 0
            if size_bytes == self._read_bytes or size_bytes > _READ_BYTES:
                return []
            with path.open("rb") as file:
                file.seek(self._read_bytes)
                whole = file.read().rpartition(b"\n")[0]  # a last one may not be written to its end yet
        except OSError:
            return []
        self._read_bytes += len(whole) + 1 if whole else 0
        return whole.splitlines()

    def keep(self, key: str, finding: Finding, forms: Sequence[Form]) -> None:
        """Keeps a finding, unless a place in it is not of whole words, or a name is the mistake.

        What can't be written is kept for this batch.
        """
        if any(each.kind in _OF_NAMES for way in finding.ways for each in way):
            return
        plain = [[_plain(each, forms) for each in way] for way in finding.ways]
        if not any(each is None for way in plain for each in way):
            self._keep(key, {"entry": finding.entry, "ways": plain})

    def keep_checks(self, name: str, checks: Collection[str]) -> None:
        """Keeps checks under a name, which is no digest of code."""
        self._keep(name, {"checks": sorted(checks)})

    def keep_shown(self, key: str, shown: Shown) -> None:
        """Keeps what can be shown of code like this, unless it is of values that can't be written as they are."""
        packed = "" if shown.arguments is None else _packed(shown.arguments)
        if packed is not None:
            self._keep(key, {"shown": packed})

    def keep_script(self, check: str, script: Script) -> None:
        """Keeps what a check asks whatever it is answered."""
        frames = [base64.b64encode(each).decode() for each in script.frames]
        self._keep(_SCRIPT + check, {"frames": frames, "open": script.open_requests, "seconds": script.seconds})

    def _keep(self, key: str, data: Mapping[str, Any]) -> None:
        if len(self._known) >= _MOST_KNOWN:
            return
        self._known[key] = data
        if self._file is not None:
            told = {"version": self._file.version, "key": key, **data}
            with suppress(OSError):
                self._file.path.parent.mkdir(parents=True, exist_ok=True)
                is_full = self._file.path.exists() and self._file.path.stat().st_size > _MOST_BYTES
                # In one piece, however long it is: others write to it as well.
                with self._file.path.open("wb" if is_full else "ab", buffering=0) as file:
                    file.write(f"{json.dumps(told)}\n".encode())


def _packed(arguments: Mapping[str, Any]) -> str | None:
    encoder = Encoder(rich=True)
    try:
        packed = base64.b64encode(wire.pack({"value": encoder.encode(dict(arguments))}, encoder.tensors)).decode()
        again = _arguments(packed)
    except (Unsendable, *_MALFORMED):
        return None
    is_same = [(name, type(each)) for name, each in arguments.items()] == [(name, type(again[name])) for name in again]
    return packed if is_same else None


def _arguments(packed: str) -> Mapping[str, Any]:
    ((message, tensors),) = wire.unpack(base64.b64decode(packed, validate=True))
    return dict(decode(message["value"], tensors, rich=True))


def _plain(mend: Mend, forms: Sequence[Form]) -> Any:
    every = [stretch_of(each, forms) for each in (*mend.places, *([mend.other] if mend.other else ()))]
    found = [astuple(each) for each in every if each is not None]
    count = len(mend.places)
    return [mend.kind, mend.size, found[:count], found[count:]] if len(found) == len(every) else None


def _mend(data: Any, forms: Sequence[Form]) -> Mend:
    kind, size, places, others = data
    if kind not in KINDS or not places:
        raise ValueError(f"{kind} is no kind of edit")
    found = [place_of(Stretch(*each), forms) for each in (*places, *others)]
    return Mend(kind, int(size), tuple(found[: len(places)]), found[len(places)] if others else None)
