"""The file that a report is about, for formats that point into it: its path, and the line of each exercise."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from autograder.report.report import Report


@dataclass(frozen=True)
class HandedInFile:
    """A file that was graded.

    Attributes:
        path: as a platform writes it: from the top of the repository, with `/`; empty if there is none to point at.
        lines: of the file, from 1, by the exercise's name: where its mistake stands or, if that is not known, its
            cell. What can't be told for sure is not in it.
    """

    path: str = ""
    lines: Mapping[str, int] = field(default_factory=dict)


NO_FILE = HandedInFile()
FileOf = Callable[[Report], HandedInFile]


def of_no_file(_: Report) -> HandedInFile:
    """Where nothing is known of files."""
    return NO_FILE
