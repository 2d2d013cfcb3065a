"""How the tests in a notebook run on the instructor's own: found once a class, and kept for the runs to come."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from autograder.judge.stand_ins.guard import Place
from autograder.report.report import write_whole

_MOST_BYTES = 10 << 20


@dataclass(frozen=True)
class OwnNotebook:
    """What tests make of the instructor's own notebook.

    Attributes:
        faults: why tests don't pass there when they run in the grader, by the cell's name.
        needed: the places where they need an object's own answer (`stand_ins.guard`).
        helpers_here: whether functions of locked cells run in the grader.
        lasts: whether it would be the same another time; not if something took too long, or died.
    """

    faults: Mapping[str, str]
    needed: frozenset[Place]
    helpers_here: bool
    lasts: bool = True


@dataclass(frozen=True)
class OwnNotebookFile:
    """One notebook's. A file that is damaged, or of something else, is as good as none.

    Attributes:
        version: plain data.
    """

    path: Path
    version: Any

    def read(self) -> OwnNotebook | None:
        """What is kept; None if there is nothing that can be used."""
        with suppress(OSError, ValueError, TypeError, KeyError, RecursionError):
            if self.path.stat().st_size <= _MOST_BYTES:
                data = json.loads(self.path.read_text(encoding="utf-8"))
                return _read(data) if data["version"] == self.version else None
        return None

    def read_or_make(self, make: Callable[[], OwnNotebook], wait: bool = True) -> OwnNotebook | None:
        """What is kept; or else what `make` gives, which is called by one process at a time.

        Without `wait`: None if another one is at it.
        """
        if (known := self.read()) is not None:
            return known
        lock = FileLock(self.path.with_suffix(".lock"))
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            held = lock.acquire(blocking=wait)
        except Timeout:
            return None
        except (OSError, NotImplementedError):  # a place where nothing can be kept, or locked
            return make()
        with held:
            if (known := self.read()) is not None:
                return known
            made = make()
            if made.lasts:
                with suppress(OSError):
                    write_whole(self.path, json.dumps({"version": self.version, **_plain(made)}))
            return made


@dataclass(frozen=True)
class OwnNotebooks:
    """Where those of an assignment are kept.

    Attributes:
        folder: one file for each notebook.
        version: of all that they depend on besides the points of cells.
    """

    folder: Path
    version: str

    def of(self, notebook: str, points: Mapping[str, float]) -> OwnNotebookFile:
        """That of a notebook, whose cells of tests have so many points."""
        return OwnNotebookFile(self.folder / f"{notebook}.json", [self.version, dict(points)])


def _plain(own: OwnNotebook) -> dict[str, Any]:
    return {"faults": dict(own.faults), "needed": sorted(own.needed), "helpers_here": own.helpers_here}


def _read(data: Mapping[str, Any]) -> OwnNotebook:
    """Raises KeyError, TypeError or ValueError: it is of another form."""
    faults, helpers_here = data["faults"], data["helpers_here"]
    if type(faults) is not dict:
        raise TypeError("faults have no names")
    needed = frozenset((cell, line, do) for cell, line, do in data["needed"])
    texts = [*faults, *faults.values(), *(each for cell, _, do in needed for each in (cell, do))]
    are_texts = all(type(each) is str for each in texts)
    if not are_texts or type(helpers_here) is not bool or any(type(line) is not int for _, line, _ in needed):
        raise TypeError("it is not of the form that was written")
    return OwnNotebook(faults, needed, helpers_here)
