"""An exchange as students leave it: folders of any name, with anything in them."""

from __future__ import annotations

import os
from pathlib import Path

COURSE_ID = "deep-learning-basics"
AT = "2026-03-01 10:00:00.000000 UTC"


class Inbound:
    """The folder of a course's hand-ins; `send` makes one, as `nbgrader submit` would."""

    def __init__(self, exchange: Path) -> None:
        self.exchange = exchange
        self.folder = exchange / COURSE_ID / "inbound"
        self.folder.mkdir(parents=True)
        self.folder.chmod(0o733)
        exchange.chmod(0o1777)

    def send(self, student: str, at: str = AT, text: str = "{}", timestamp: str | None = None) -> Path:
        folder = self.folder / f"{student}+tiny+{at}+{os.urandom(6).hex()}"
        folder.mkdir()
        (folder / "tiny.ipynb").write_text(text)
        (folder / "timestamp.txt").write_text(at if timestamp is None else timestamp)
        (folder / "submission_secret.txt").write_text(f"secret of {student}")
        return folder


def everything_in(folder: Path) -> dict[str, str]:
    """The text of each file beneath a folder, by its path."""
    return {str(each.relative_to(folder)): each.read_text() for each in sorted(folder.rglob("*")) if each.is_file()}
