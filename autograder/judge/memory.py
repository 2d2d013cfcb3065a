"""What was found out of an assignment and of code for it: kept for the batch, and in a file for the runs to come."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

from autograder.checks.mended import KINDS, Mend
from autograder.judge.form import Form, Stretch, place_of, stretch_of
from autograder.judge.tries import Way

_MOST_KNOWN = 20_000
# Mistakes in the names themselves, which a form says nothing of.
_OF_NAMES = ("misspelt", "definition-misspelt", "global-for-name")
_MOST_BYTES = 50 << 20


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


class Memory:
    """Findings, by a digest of the code's form and of what it answered; and sets of checks, by their names.

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
            if not self._read_bytes < path.stat().st_size <= _MOST_BYTES:
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

    def _keep(self, key: str, data: Mapping[str, Any]) -> None:
        if len(self._known) >= _MOST_KNOWN:
            return
        self._known[key] = data
        if self._file is not None:
            told = {"version": self._file.version, "key": key, **data}
            with suppress(OSError):
                self._file.path.parent.mkdir(parents=True, exist_ok=True)
                with self._file.path.open("a", encoding="utf-8") as file:
                    file.write(f"{json.dumps(told)}\n")


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
