"""`autograder grade --notebook`: which files are meant, what each is called, and what a run over them comes to."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from typer.core import TyperCommand

from autograder.cli.commands import MAX_NAMES, GradeOptions, Tally, errors
from autograder.cli.exit_codes import BAD_INPUT, FAULT
from autograder.cli.output import Output, output_of
from autograder.course.course import Course
from autograder.course.errors import CourseError
from autograder.sandbox.forked import open_sandbox

if TYPE_CHECKING:
    from autograder.batch.named_files import NamedFile
    from autograder.report.formats.handed_in_file import HandedInFile
    from autograder.report.report import Report

# The modules that need torch are imported where they are used: while they load, the sandbox warms up.

_OPTION = "--notebook"


class TakesNotebooks(TyperCommand):
    """A command in which each word after `--notebook` that is no option is a notebook too.

    A shell writes `*.ipynb` out as many words, and none of them with an option before it.
    """

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        with_value = {name for each in self.params if not getattr(each, "is_flag", True) for name in each.opts}
        words, written, has_begun = iter(args), list[str](), False
        for word in words:
            has_begun = has_begun or word.partition("=")[0] == _OPTION
            if has_begun and word == "--":
                written += [f"{_OPTION}={each}" for each in words]
            elif has_begun and not word.startswith("-"):
                written.append(f"{_OPTION}={word}")
            else:
                written += [word, *islice(words, word in with_value)]
        return super().parse_args(ctx, written)


@dataclass(frozen=True)
class _Chosen:
    """What can be graded of what was named, and why the rest can't.

    Attributes:
        assignments: names of assignments by paths, which are as they were named.
        problems: a sentence each.
    """

    assignments: dict[Path, str]
    problems: tuple[str, ...]


def grade_notebooks(course: Course, assignment: str | None, named: Sequence[Path], options: GradeOptions) -> int:
    """Grades notebooks, one or many, and prints their reports in the order in which they were named.

    What can't be graded of many is told, and the others are graded.

    Args:
        assignment: what they are of; None: each file's name says it.
        named: files, and folders for all notebooks in them.
    Raises:
        CourseError: nothing of it can be graded.
    """
    started = time.monotonic()
    chosen = _choose(course, assignment, named)
    if not chosen.assignments:
        raise CourseError(" ".join(chosen.problems))
    output = output_of(options.format, options.output, options.quiet)
    for problem in chosen.problems:
        from autograder.report.formats.screen import without_controls

        errors.print(without_controls(f"Error: {problem} The others are graded."), markup=False)
    with open_sandbox(course.limits, course.isolation) as sandbox:
        assignments = {name: course.assignment(name) for name in dict.fromkeys(chosen.assignments.values())}
        for each in assignments.values():
            # Early: it is at that while this process imports its own.
            sandbox.prepare(each.imported, len(chosen.assignments))
        from autograder.batch.named_files import NamedFile, grade_files

        ids = _ids(chosen.assignments)
        files = [NamedFile(_absolute(path), ids[path], assignments[name]) for path, name in chosen.assignments.items()]
        from autograder.cli.progress import batch_progress

        tally = Tally(options.fail_under)
        unread: list[Report] = []

        def reports() -> Iterator[Report]:
            with batch_progress(len(files), output.shown != "table" or len(files) == 1) as progress:
                for report in grade_files(course, files, sandbox, progress.tell_slow):
                    if report.status == "unreadable":
                        unread.append(report)
                    else:
                        tally.add(report)
                    progress.advance(report.needs_a_look)
                    yield report

        _put(reports(), files, output)
    return _end(tally, unread, len(files), time.monotonic() - started, output, bool(chosen.problems))


def _choose(course: Course, assignment: str | None, named: Sequence[Path]) -> _Chosen:
    paths, missing = dict[Path, Path](), list[str]()
    for each in named:
        found = _notebooks(each)
        missing += [] if found else [str(each)]
        for path in found:
            paths.setdefault(_absolute(path), path)  # a file that is named twice is graded once
    names = course.assignment_names()
    guessed = {path: assignment or _guess_assignment(names, path) for path in paths.values()}
    unknown = [path.name for path, name in guessed.items() if not name]
    problems = []
    if missing:
        what = "There are no notebooks" if len(missing) > 1 else "There is no notebook"
        problems.append(f"{what} {_few(missing)}.")
    if unknown:
        which = "Which assignments are" if len(unknown) > 1 else "Which assignment is"
        problems.append(f"{which} {_few(unknown)}? Say --assignment with one of: {', '.join(names)}.")
    return _Chosen({path: name for path, name in guessed.items() if name}, tuple(problems))


def _notebooks(path: Path) -> list[Path]:
    """The file itself, or the notebooks in a folder and below, without what is hidden."""
    if os.path.isfile(path):
        return [path]
    from autograder.submission.files import regular_files

    return sorted(each for each in regular_files(path) if each.suffix.lower() == ".ipynb")


def _guess_assignment(names: Sequence[str], notebook: Path) -> str:
    """Empty if its name does not say it, and there are several."""
    return notebook.stem if notebook.stem in names else names[0] if len(names) == 1 else ""


def _ids(paths: Collection[Path]) -> dict[Path, str]:
    """What stands for the student in reports: the file's name without its ending or, if that is another one's too, its
    path."""
    taken = Counter(each for path in paths for each in {path.stem, str(path)})
    return {path: path.stem if taken[path.stem] == 1 else str(path) for path in paths}


def _absolute(path: Path) -> Path:
    return Path(os.path.abspath(path))


def _few(names: Sequence[str]) -> str:
    more = f" and {len(names) - MAX_NAMES} more" if len(names) > MAX_NAMES else ""
    return ", ".join(names[:MAX_NAMES]) + more


def _put(reports: Iterator[Report], files: Sequence[NamedFile], output: Output) -> None:
    """Shows and writes reports as they come: one in full, many as a class. At the end, a table for each assignment."""
    from autograder.report.find_lines import find_lines
    from autograder.report.formats import FORMATS
    from autograder.report.formats.github import of_notebook
    from autograder.report.formats.handed_in_file import HandedInFile

    by_id = {each.id: each for each in files}

    def file_of(report: Report) -> HandedInFile:
        file = by_id[report.student]
        lines = find_lines(file.path, file.assignment, report) if FORMATS[output.format].points_at_files else {}
        return HandedInFile(output.path_of(file.path), lines)

    if len(files) == 1:
        for report in reports:
            output.put(report, file_of(report))
        return
    in_table: dict[str, list[Report]] = {}
    with output.taking(file_of, lambda report: of_notebook(report, file_of(report))) as (take, draw):
        for report in reports:
            take(report)
            if output.has_table:
                in_table.setdefault(report.assignment, []).append(report)
        for each in in_table.values():
            for text in FORMATS["table"].many(each, output.screen):
                draw(text)


def _end(
    tally: Tally, unread: Sequence[Report], graded: int, seconds: float, output: Output, has_problems: bool
) -> int:
    """Says what came of it; gives the exit code."""
    from autograder.report.formats.screen import counted, without_controls

    if graded > 1 and output.shown == "table":
        print(f"Graded {counted(graded, 'notebook')} in {seconds:.1f} s; nothing was saved.")
    for report in unread:
        errors.print(without_controls(f"{report.student}: " * (graded > 1) + report.message), markup=False)
    if tally.code == FAULT:
        errors.print("A check or the grader failed; the report says where. No mark was given for it.")
    tally.tell_below()
    return BAD_INPUT if tally.code != FAULT and (unread or has_problems) else tally.code
