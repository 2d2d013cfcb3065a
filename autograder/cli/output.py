"""Where `autograder grade` puts reports: on the terminal, into a file, into the summary of a job on GitHub."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from autograder.cli.workflow_commands import print_commands
from autograder.course.errors import CourseError
from autograder.report.formats import FORMATS, GITHUB
from autograder.report.formats.github import Annotation, Annotations, of_class, of_notebook
from autograder.report.formats.handed_in_file import FileOf, HandedInFile
from autograder.report.formats.screen import Screen, screen_of
from autograder.report.report import Report, ordinary_file

STDOUT = "-"
Write = Callable[[str], object]
_SUMMARY = "GITHUB_STEP_SUMMARY"  # names the file in which a step may leave one
_TOPS = ("GITHUB_WORKSPACE", "CI_PROJECT_DIR")  # name the top of the repository
_MOST_SUMMARY_BYTES = 1 << 20  # GitHub shows nothing of a larger one


@dataclass(frozen=True)
class Output:
    """Where reports go.

    Attributes:
        format: a name in `FORMATS`.
        file: where they are written; None for standard output.
        is_summary: whether that is a job's summary, which may hold something already.
        quiet: whether no table is shown.
        tops: folders, absolute, in which paths begin that a platform can follow.
    """

    format: str
    file: Path | None
    is_summary: bool
    quiet: bool
    tops: tuple[Path, ...] = ()

    @property
    def shown(self) -> str:
        """The format on standard output; empty for none."""
        if self.file is None and self.format != "table":
            return self.format
        return "" if self.quiet else "table"

    @property
    def has_table(self) -> bool:
        """Whether a table is drawn, for a class of any size."""
        return "table" in (self.shown, self.format if self.file is not None else "")

    @property
    def screen(self) -> Screen:
        """What a table is drawn for: colours are not for files."""
        screen = screen_of(Console())
        return Screen(screen.columns) if self.file is not None and self.format == "table" else screen

    def path_of(self, file: Path) -> str:
        """A file's path from the top of the repository that a CI job is about, or from here; else its name."""
        resolved = file.resolve()
        found = (resolved.relative_to(top) for top in self.tops if resolved.is_relative_to(top))
        return next(found, Path(file.name)).as_posix()

    def put(self, report: Report, file: HandedInFile) -> None:
        """Shows and writes the report on one notebook.

        Raises:
            CourseError: the file can't be written.
        """
        if self.file is not None:
            with self._writing() as write:
                write(FORMATS[self.format].one(report, self.screen, file))
        if self.shown:
            _print(FORMATS[self.shown].one(report, self.screen, file))
        if self.format == GITHUB:
            annotations = Annotations()
            annotations.add(of_notebook(report, file))
            print_commands(annotations.commands)

    @contextmanager
    def taking(
        self, file_of: FileOf, annotate: Callable[[Report], Iterable[Annotation]] = of_class
    ) -> Iterator[tuple[Callable[[Report], None], Write]]:
        """Takes each report of a class as it comes; when all have come the file is there, whole.

        Gives a function for reports, and one for the text of a table, which is drawn elsewhere.

        Raises:
            CourseError: the file can't be written.
        """
        new, annotations = FORMATS[self.format].document, Annotations()
        document = new(file_of) if new is not None else None
        with self._writing() if self.file is not None else nullcontext(_print) as write:

            def take(report: Report) -> None:
                if document is not None:
                    write(document.add(report))
                if self.format == GITHUB:
                    annotations.add(annotate(report))

            def draw(text: str) -> None:
                if self.shown == "table":
                    _print(text)
                if self.format == "table" and self.file is not None:
                    write(text)

            yield take, draw
            if document is not None:
                write(document.end())
        if self.format == GITHUB:
            print_commands(annotations.commands)

    @contextmanager
    def _writing(self) -> Iterator[Write]:
        assert self.file is not None
        if self.is_summary:
            parts: list[str] = []
            yield parts.append
            _append("".join(parts), self.file)
            return
        stack = ExitStack()
        with _told(self.file):
            file = ordinary_file(self.file)
        scratch = file.with_name(f".{file.name}.{os.getpid()}")
        try:
            with _told(self.file):
                file.parent.mkdir(parents=True, exist_ok=True)
                stream = stack.enter_context(scratch.open("w", encoding="utf-8"))
            yield _telling(stream.write, self.file)
            with _told(self.file):
                stack.close()
                scratch.replace(file)
        finally:
            with suppress(OSError):  # told already, or of no use any more
                stack.close()
            with suppress(OSError):
                scratch.unlink()


def output_of(format_: str, file: str, quiet: bool) -> Output:
    """What the options say, before grading goes elsewhere. For `github`, GitHub names the file."""
    summary = os.environ.get(_SUMMARY, "") if format_ == GITHUB and not file else ""
    path = None if file == STDOUT or not (file or summary) else Path(file or summary).absolute()
    tops = [Path(top).resolve() for name in _TOPS if (top := os.environ.get(name))]
    return Output(format_, path, bool(summary), quiet, (*tops, Path().resolve()))


def _append(text: str, file: Path) -> None:
    """Adds the lines for which a summary has room."""
    with _told(file), file.open("ab") as stream:
        room = _MOST_SUMMARY_BYTES - stream.tell()
        data = text.encode()
        stream.write(data if len(data) <= room else data[: data.rfind(b"\n", 0, max(room, 0)) + 1])


def _telling(write: Write, file: Path) -> Write:
    def told(text: str) -> None:
        with _told(file):
            write(text)

    return told


@contextmanager
def _told(file: Path) -> Iterator[None]:
    """Raises CourseError for an error with a file."""
    try:
        yield
    except OSError as error:
        raise CourseError(
            f"The reports can't be written: {error.strerror or error}: {file}. Make room or give the right to write "
            "there, or name another file with --output."
        ) from error


def _print(text: str) -> None:
    print(text, end="", flush=True)
