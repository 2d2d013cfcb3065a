"""Reports as JSON, one a line, as `docs/report.md` describes them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass

from autograder.report.formats.handed_in_file import NO_FILE, FileOf, HandedInFile, of_no_file
from autograder.report.formats.screen import Screen
from autograder.report.report import Report


def one(report: Report, screen: Screen, file: HandedInFile = NO_FILE) -> str:
    """One line; `previous_score` and `changes` are no part of what is kept, as they are about this run."""
    said = report.to_dict() | ({} if report.previous_score is None else {"previous_score": report.previous_score})
    said |= {"changes": [asdict(each) for each in report.changes]} if report.changes else {}
    written = json.dumps(said, ensure_ascii=False)
    # What could steer a terminal is written as JSON's escapes: the same text to whoever reads JSON.
    return "".join(each if each.isprintable() else json.dumps(each)[1:-1] for each in written) + "\n"


def many(reports: Iterable[Report], screen: Screen, names: Callable[[], Mapping[str, str]] = dict) -> Iterator[str]:
    """Each report as soon as it is there; students are told by their ids alone."""
    return (one(report, screen) for report in reports)


@dataclass
class Document:
    """The same for a file."""

    file_of: FileOf = of_no_file

    def add(self, report: Report) -> str:
        return one(report, Screen())

    def end(self) -> str:
        return ""
