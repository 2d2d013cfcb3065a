"""How reports are shown: each format is a file with pure functions, and a line in the table here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from autograder.report.formats import class_table, gitlab, gradescope, json_lines, junit, markdown, table
from autograder.report.formats.class_table import Names
from autograder.report.formats.handed_in_file import NO_FILE, FileOf, HandedInFile
from autograder.report.formats.screen import Screen
from autograder.report.report import Report


class One(Protocol):
    """The text for one submission; `file` is what was handed in."""

    def __call__(self, report: Report, screen: Screen, file: HandedInFile = NO_FILE) -> str: ...


class Many(Protocol):
    """Shows a class; `names` gives the students' names, when all reports have come."""

    def __call__(self, reports: Iterable[Report], screen: Screen, names: Names = dict) -> Iterator[str]: ...


class Document(Protocol):
    """The text for a class, in pieces, as reports come: it can be written to a file while a table is shown."""

    def add(self, report: Report) -> str: ...

    def end(self) -> str: ...


@dataclass(frozen=True)
class Format:
    """A format.

    Attributes:
        one: the text for one submission.
        many: pieces of text for a class. It may wait for all reports, or answer to each as it comes: a batch of
            100,000 keeps no more of a report than the format does.
        document: begins the same for a class where it can be written to a file beside the table on the terminal.
        points_at_files: whether it says where in a file something stands.
    """

    one: One
    many: Many
    document: Callable[[FileOf], Document] | None = None
    points_at_files: bool = False


def _pieces(document: Callable[[], Document]) -> Many:
    """A class as a document, which students' names are no part of."""

    def many(reports: Iterable[Report], screen: Screen, names: Names = dict) -> Iterator[str]:
        written = document()
        for each in reports:
            yield written.add(each)
        yield written.end()

    return many


@dataclass(frozen=True)
class _Lines:
    """A document with a line for each submission, just as `one` has it."""

    one: One

    def add(self, report: Report) -> str:
        return self.one(report, Screen())

    def end(self) -> str:
        return ""


def _line_by_line(one: One) -> Format:
    """A format of a line for each submission, as soon as it is there; students are told by their ids at most."""

    def many(reports: Iterable[Report], screen: Screen, names: Names = dict) -> Iterator[str]:
        return (one(report, screen) for report in reports)

    return Format(one, many, lambda _: _Lines(one))


GITHUB = "github"  # its text is markdown; the command line prints annotations beside it
FORMATS = {
    "table": Format(table.one, class_table.many),
    "json": _line_by_line(json_lines.one),
    "junit": Format(junit.one, _pieces(junit.Document), junit.Document, points_at_files=True),
    GITHUB: Format(markdown.one, _pieces(markdown.Document), markdown.Document, points_at_files=True),
    "gitlab": Format(gitlab.one, _pieces(gitlab.Document), gitlab.Document, points_at_files=True),
    "markdown": Format(markdown.one, _pieces(markdown.Document), markdown.Document),
    "gradescope": _line_by_line(gradescope.one),
}
