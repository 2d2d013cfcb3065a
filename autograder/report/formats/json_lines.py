"""Reports as JSON, one a line, as `docs/report.md` describes them."""

from __future__ import annotations

import json
from dataclasses import asdict

from autograder.report.formats.handed_in_file import NO_FILE, HandedInFile
from autograder.report.formats.screen import Screen
from autograder.report.report import Report


def one(report: Report, screen: Screen, file: HandedInFile = NO_FILE) -> str:
    """One line; `previous_score` and `changes` are no part of what is kept, as they are about this run."""
    said = report.to_dict() | ({} if report.previous_score is None else {"previous_score": report.previous_score})
    said |= {"changes": [asdict(each) for each in report.changes]} if report.changes else {}
    written = json.dumps(said, ensure_ascii=False)
    return printable_json(written) + "\n"


def printable_json(written: str) -> str:
    """JSON in which what could steer a terminal is written as escapes: the same to whoever reads it."""
    return "".join(each if each.isprintable() else json.dumps(each)[1:-1] for each in written)
