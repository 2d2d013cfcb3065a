"""Reads the attacks of hostile/: one file each, in cell format."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from helpers import RIGHT

FOLDER = Path(__file__).parent / "hostile"
KINDS = ("reading", "forging", "stopping", "escaping", "reader")

Points = tuple[float, float, float]
Build = Callable[[Path, dict[str, Any], Mapping[str, str]], None]


@dataclass(frozen=True)
class Attack:
    """One attack: the points that it deserves, how it should end, and how it is handed in.

    Attributes:
        name: also the student's id, unless `student` is given.
        outcome: the report's, or None if it may be any.
        look: whether staff should look, because nothing could be read.
        build: writes the submission into its folder, given the right notebook as JSON and the placeholders' values.
    """

    name: str
    points: Points
    build: Build
    outcome: str | None = None
    look: bool = False
    student_id: str = ""

    @property
    def student(self) -> str:
        return self.student_id or self.name.replace("/", "-")


def code(source: str, grade_id: str | None = None, kind: str = "code") -> dict[str, Any]:
    """A cell as a notebook's JSON has it."""
    metadata = {"nbgrader": {"grade_id": grade_id}} if grade_id else {}
    more = {"execution_count": None, "outputs": []} if kind == "code" else {}
    return {"cell_type": kind, "metadata": metadata, "source": source, **more}


def insert(notebook: dict[str, Any], source: str, after: str = "setup", distance: int = 1, kind: str = "code") -> None:
    """Puts a cell at some distance after the one with the grade id `after`."""
    place = next(i for i, cell in enumerate(notebook["cells"]) if grade_id_of(cell) == after)
    notebook["cells"].insert(place + distance, code(source, kind=kind))


def set_cell(notebook: dict[str, Any], name: str, source: str) -> None:
    next(cell for cell in notebook["cells"] if grade_id_of(cell) == name)["source"] = source


def write(folder: Path, notebook: Any, name: str = "tiny.ipynb") -> Path:
    path = folder / name
    path.write_text(json.dumps(notebook))
    return path


def read_attack(path: Path) -> Attack:
    """An attack in cell format, see hostile/README.md."""
    header, *cells = re.split(r"^# %%[ \t]*(.*)\n", path.read_text(), flags=re.M)
    marks = dict(re.findall(r"^# (points|outcome): (.*)$", header, re.M))
    points = dict(part.split() for part in marks["points"].split(","))

    def build(folder: Path, notebook: dict[str, Any], places: Mapping[str, str]) -> None:
        after, added = "setup", 0
        for mark, source in zip(cells[::2], cells[1::2], strict=True):
            text = (FOLDER / "tools.py").read_text() if mark == "tools" else source
            for place, value in places.items():
                text = text.replace(f"@{place}@", value)
            if mark in {grade_id_of(cell) for cell in notebook["cells"]}:
                set_cell(notebook, mark, text)
                after, added = mark, 0
                continue
            for _ in range(int(mark.removeprefix("times ")) if mark.startswith("times ") else 1):
                added += 1
                insert(notebook, text, after, added, "markdown" if mark == "markdown" else "code")
        write(folder, notebook)

    name = f"{path.parent.name}/{path.stem}"
    return Attack(name, tuple(float(points[each]) for each in RIGHT), build, marks.get("outcome"))  # type: ignore[arg-type]


def grade_id_of(cell: Mapping[str, Any]) -> Any:
    return cell["metadata"].get("nbgrader", {}).get("grade_id")
