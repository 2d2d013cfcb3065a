"""The pictures in a notebook as it was handed in: what the student saw, shown to the same student again."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

from autograder.report.student_page.notebook_cells import PICTURES

MAX_BYTES = 8 << 20  # of a notebook that is looked at for pictures


def cells_with_pictures(path: Path) -> list[dict[str, Any]]:
    """Cells with their grade ids and pictures, and nothing else of them; none if the file can't be read, or is large.

    The file is a student's: nothing in it needs to have the form that a notebook has.
    """
    try:
        status = path.lstat()
        if not stat.S_ISREG(status.st_mode) or status.st_size > MAX_BYTES:
            return []
        cells = json.loads(path.read_bytes())["cells"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return []
    return [_bare(cell) for cell in cells if isinstance(cell, dict)] if isinstance(cells, list) else []


def _bare(cell: dict[str, Any]) -> dict[str, Any]:
    name = _dict(_dict(cell.get("metadata")).get("nbgrader")).get("grade_id")
    outputs = cell.get("outputs")
    data = [_dict(_dict(each).get("data")) for each in outputs] if isinstance(outputs, list) else []
    return {
        "metadata": {"nbgrader": {"grade_id": name if isinstance(name, str) else ""}},
        "outputs": [{"data": {kind: each[kind] for kind in PICTURES if kind in each}} for each in data],
    }


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
