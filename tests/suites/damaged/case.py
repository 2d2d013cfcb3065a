"""A damaged submission and what it deserves.

A case is a function that does the damage, and above it what comes of it: `@to_cells` gets a right notebook,
`@to_bytes` gets its bytes, `@to_folder` hands in files of its own. Or it is a folder beside this file, which has
`handed_in/` and `expected.json`: files as real tools leave them.

    @to_cells("The cell double was missing; it was put back.", points=(0, 6, 10))
    def deleted_solution(nb): ...
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import EllipsisType
from typing import Any

from helpers import RIGHT, TINY_COURSE, cell_of, notebook_of

from autograder.course.loading import load_assignment

ALL = (4, 6, 10)
UNREADABLE = None
FOLDER = Path(__file__).resolve().parent

Points = tuple[float, float, float] | None
Says = str | EllipsisType


@dataclass(frozen=True)
class Case:
    """What is handed in, and what comes of it.

    Attributes:
        name: also the student's name.
        hand_in: writes the submitted folder.
        points: of each exercise; None for what can't be read.
        says: how each note of a repair begins, in order, with `...` for any that may follow; or the sentence on why
            it can't be read.
    """

    name: str
    hand_in: Callable[[Path], object]
    points: Points
    says: tuple[Says, ...]


CASES: list[Case] = []


def to_folder(*says: Says, points: Points = ALL) -> Callable[[Callable[[Path], object]], Callable[[Path], object]]:
    """A case that writes into the submitted folder."""

    def add(hand_in: Callable[[Path], object]) -> Callable[[Path], object]:
        CASES.append(Case(hand_in.__name__.replace("_", "-"), hand_in, points, says))
        return hand_in

    return add


def to_bytes(*says: Says, points: Points = ALL) -> Callable[[Callable[[bytes], bytes]], Callable[[bytes], bytes]]:
    """A case that changes the bytes of a right notebook, in which there are letters that encodings differ in."""

    def add(damage: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
        def hand_in(folder: Path) -> None:
            (folder / "tiny.ipynb").write_bytes(damage(right_bytes()))

        hand_in.__name__ = damage.__name__
        to_folder(*says, points=points)(hand_in)
        return damage

    return add


def to_cells(*says: Says, points: Points = ALL) -> Callable[[Callable[[Any], object]], Callable[[Any], object]]:
    """A case that changes a right notebook in place."""

    def add(damage: Callable[[Any], object]) -> Callable[[Any], object]:
        def hand_in(folder: Path) -> None:
            notebook = right()
            damage(notebook)
            (folder / "tiny.ipynb").write_text(json.dumps(notebook), encoding="utf-8")

        hand_in.__name__ = damage.__name__
        to_folder(*says, points=points)(hand_in)
        return damage

    return add


def add_folders() -> None:
    """The cases that are folders."""
    for path in sorted(FOLDER.glob("*/expected.json")):
        expected = json.loads(path.read_text(encoding="utf-8"))
        points = tuple(expected["points"]) if expected["status"] == "graded" else UNREADABLE

        def hand_in(folder: Path, source: Path = path.parent / "handed_in") -> None:
            shutil.copytree(source, folder, dirs_exist_ok=True)

        CASES.append(Case(path.parent.name, hand_in, points, tuple(expected["says"])))


@cache
def release() -> Any:
    return load_assignment(TINY_COURSE, "tiny").release


def right() -> Any:
    """A notebook with right answers."""
    return notebook_of(load_assignment(TINY_COURSE, "tiny"), RIGHT)


def untouched() -> Any:
    """The notebook as students get it."""
    return notebook_of(load_assignment(TINY_COURSE, "tiny"))


def right_bytes() -> bytes:
    notebook = right()
    cell_of(notebook, "double").source = "def double(x):\n    note = 'é ü'\n    return 2 * x"
    return json.dumps(notebook, ensure_ascii=False, indent=1).encode()


def stub(name: str) -> str:
    """A solution cell as students get it."""
    return str(cell_of(release(), name).source)
