"""Reports as JSON, one a line, as `docs/report.md` describes them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from autograder.report.formats.screen import Screen
from autograder.report.report import Report


def one(report: Report, screen: Screen) -> str:
    """One line."""
    return json.dumps(report.to_dict(), ensure_ascii=False) + "\n"


def many(reports: Iterable[Report], screen: Screen) -> Iterator[str]:
    """Each report as soon as it is there."""
    return (one(report, screen) for report in reports)
