"""Annotations for GitHub Actions: what went wrong, beside the line of the notebook where it stands.

A runner takes lines of a job's output for commands; how a value is written there, and how many annotations are shown:
https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands and
https://github.com/actions/toolkit/blob/main/docs/problem-matchers.md#limitations. The summary beside them is markdown.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from autograder.checks import messages, page_words
from autograder.report.exercise_result import ExerciseResult, Verdict
from autograder.report.formats.foreign_text import as_name, one_line
from autograder.report.formats.handed_in_file import HandedInFile
from autograder.report.report import Report, Status

MOST_OF_A_KIND = 10  # in a step; GitHub shows no more
KINDS = ("error", "warning", "notice")
_MOST_TITLE_CHARACTERS = 120


@dataclass(frozen=True)
class Annotation:
    """What is said beside a line.

    Attributes:
        kind: "error", "warning" or "notice".
        weight: what is more important has more of it.
        path: of the file; empty for none.
        line: from 1; 0 if only the file is known.
    """

    kind: str
    title: str
    message: str
    weight: float = 0.0
    path: str = ""
    line: int = 0

    @property
    def command(self) -> str:
        """It as a line of a job's output."""
        title = one_line(self.title, _MOST_TITLE_CHARACTERS)
        properties = {"file": one_line(self.path), "line": f"{self.line or ''}", "title": title}
        told = ",".join(f"{name}={_property(value)}" for name, value in properties.items() if value)
        return f"::{self.kind} {told}::{_data(one_line(self.message))}\n"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def of_notebook(report: Report, file: HandedInFile) -> Iterator[Annotation]:
    """Of one submission: an annotation for each exercise that is not right."""
    if report.status is not Status.GRADED:
        yield Annotation("error", report.assignment, report.message, report.max_score, file.path)
        return
    for each in report.exercises:
        if kind := _kind(each):
            ours = each.verdict is Verdict.ERROR
            message = messages.OURS if ours else each.message or page_words.EMPTY
            lost = each.max_points - each.points + ours * report.max_score
            points = page_words.POINTS.format(given=f"{each.points:g}", possible=f"{each.max_points:g}")
            title = f"{as_name(each.name)}: {points}"
            yield Annotation(kind, title, message, lost, file.path, file.lines.get(each.name, 0))


def _kind(exercise: ExerciseResult) -> str:
    """Empty if there is nothing to say."""
    if exercise.verdict is Verdict.ERROR:
        return "" if exercise.is_settled else "error"
    if exercise.verdict is Verdict.FAILED:
        return "warning" if exercise.points > 0 else "error"
    return "notice" if exercise.verdict is Verdict.SKIPPED else ""


def of_class(report: Report) -> Iterator[Annotation]:
    """Of one among many: whether staff have to do something about it."""
    if report.is_our_fault:
        yield Annotation("error", report.student, messages.OURS, 1)
    elif report.status is Status.UNREADABLE:
        yield Annotation("warning", report.student, report.message, 1)


@dataclass
class Annotations:
    """The most important ones of each kind, and how many there were."""

    kept: dict[str, list[Annotation]] = field(default_factory=lambda: {kind: [] for kind in KINDS})
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(KINDS, 0))

    def add(self, found: Iterable[Annotation]) -> None:
        for each in found:
            self.counts[each.kind] += 1
            mine = self.kept[each.kind]
            mine.append(each)
            mine.sort(key=lambda one: -one.weight)  # a stable order: what came first stays first
            del mine[MOST_OF_A_KIND:]

    @property
    def commands(self) -> str:
        """What a job prints so that GitHub shows them."""
        text = "".join(each.command for kind in KINDS for each in self.kept[kind])
        more = [
            f"{self.counts[kind] - MOST_OF_A_KIND} more of the kind {kind}"
            for kind in KINDS
            if self.counts[kind] > MOST_OF_A_KIND
        ]
        return text + (f"GitHub shows {MOST_OF_A_KIND} of a kind: {', '.join(more)} are left out.\n" if more else "")
