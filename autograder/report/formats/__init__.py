"""How reports are shown: each format is a file with two pure functions, and a line in the table here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from autograder.report.formats import class_table, gradescope, json_lines, table
from autograder.report.formats.class_table import Names
from autograder.report.formats.screen import Screen
from autograder.report.report import Report


class Many(Protocol):
    """Shows a class; `names` gives the students' names, when all reports have come."""

    def __call__(self, reports: Iterable[Report], screen: Screen, names: Names = dict) -> Iterator[str]: ...


@dataclass(frozen=True)
class Format:
    """A format.

    Attributes:
        one: the text for one submission.
        many: pieces of text for a class. It may wait for all reports, or answer to each as it comes: a batch of
            100,000 keeps no more of a report than the format does.
    """

    one: Callable[[Report, Screen], str]
    many: Many


FORMATS = {
    "table": Format(table.one, class_table.many),
    "json": Format(json_lines.one, json_lines.many),
    "gradescope": Format(gradescope.one, gradescope.many),
}
