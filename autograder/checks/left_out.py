"""What students are told of lines that were left out, and of names that are missing because of them."""

from __future__ import annotations

import itertools
import platform
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from autograder.checks import explained, messages
from autograder.checks.messages import CheckFailed

if TYPE_CHECKING:
    from autograder.sandbox.cell_run import CellRun
    from autograder.sandbox.failed import FailedStatement
    from autograder.sandbox.notebook_run import NotebookRun

_MAX_SENTENCES = 5
_MAX_STEPS = 3
_MAX_CODE_CHARACTERS = 80
_MAX_TOLD = 16  # names, and packages: which of them is told may depend on inputs that students don't have
_NO_MODULE = re.compile(r"No module named '([\w.]+)'")
_IMPORT = re.compile(r"^[ \t]*(?:import|from)[ \t]+(.*?)(?=[ \t]import\b|$)", re.MULTILINE)
_NO_NAME = re.compile(r"name '(\w+)' is not defined")
_NO_GPU = re.compile(
    r"CUDA enabled|without CUDA|CUDA support|a CUDA library|CUDA device|CUDA GPUs|NVIDIA driver|"
    r"not linked with support for|accelerator device"
)
_NO_SCREEN = re.compile(
    r"init\.tcl|headless|[Cc]annot load backend|display name|\$DISPLAY|interactive framework|ipympl|GUI loop|Qt binding"
)
_NO_MAGIC = re.compile(r"[Mm]agic (?:function )?`(%{1,2}\w+)` not found")
_NETWORK_ERRORS = ("URLError", "ConnectionError", "gaierror", "MaxRetryError", "NameResolutionError", "HTTPError")
_GRADERS_PYTHON = ".".join(platform.python_version_tuple()[:2])

_LINE = "Line {line} was left out: {why}.{cause}\n"
_LINE_OF = "Line {line} of {cell} was left out: {why}.{cause}"
_LINES_OF = "Line {line} of {cell}, and {more} more, were left out: {why}.{cause}"
_ARE_THERE = ("torch.", "numpy.", "matplotlib.")  # packages: a module of theirs that is not there is misspelt
_PACKAGE = "the package `{name}` is not there at grading"
_GPU = "this machine has no GPU"
_SCREEN = "this machine has no screen"
_ANSWERS = "nobody answers `input()` at grading"
_NETWORK = "there is no network at grading"
_MAGIC = "the magic `{name}` is not there at grading"
_ENDS = "it ends Python"
_NEWER = "this is syntax of Python {newer} or newer, and the grader runs Python {python}"
_NEEDS_PACKAGE = " needs the package `{}`, which is not there at grading."
_MORE = "And {count} more such lines; the page shows them."
_MISSING = "`{name}` is missing, because `{code}` in {cell} failed: {why}"
_NOTES = {
    "hints": "A type hint could not be read; what it belongs to was judged without it.",
    "gpu": "This machine has no GPU: it ran on the CPU.",
    "compiler": "This machine compiles nothing: what `torch.compile` was given ran as it is.",
    "screen": "This machine has no screen: pictures are shown in the notebook.",
    "workers": "This machine starts no workers for a `DataLoader`: it ran with `num_workers=0`.",
}
_READ_AS_OLDER = (
    "In {cell} there is syntax of Python {newer} or newer. The grader runs Python {python}, and read it as if for that."
)


def needs_package(called: str, package: str) -> CheckFailed:
    return CheckFailed(f"`{called}`{_NEEDS_PACKAGE.format(package)}")


def needed_packages(messages_: Iterable[str]) -> list[str]:
    """The packages that messages of `needs_package` are about."""
    form = re.compile(rf"`\w+`{re.escape(_NEEDS_PACKAGE).replace(re.escape('{}'), '(.+)')}")
    return list(dict.fromkeys(found[1] for each in messages_ if (found := form.fullmatch(each))))


def lost(name: str, label: str, why: str | None) -> CheckFailed:
    """A name that is written in a cell, and does not exist in the end."""
    if why:
        end = "" if why[-1] in ".?" else "."
        return CheckFailed(f"`{name}` does not exist, because {_cell(label)} {why}{end}")
    return CheckFailed(
        f"`{name}` is written in {_cell(label)}, but does not exist at the end of your notebook. Is it deleted later, "
        "or only made under a condition, in a `try` or in another function?"
    )


def needs_missing(called: str, missing: str) -> CheckFailed:
    return CheckFailed(f"`{called}` raised NameError: {missing}.")


def of_cell(run: CellRun) -> list[str]:
    """What stands below a cell's outputs on the page."""
    failed = [each for each in run.failed if each.followed or _lack(each)]
    lines = [_LINE.format(line=each.line, why=_why(each), cause=_cause(each)) for each in failed]
    return lines + [_NOTES[each] + "\n" for each in sorted(run.notes & _NOTES.keys())]


def of_notebook(run: NotebookRun, test_cells: frozenset[str]) -> tuple[str, ...]:
    """What the report says: a few sentences on lines that were left out before something else, or for the machine.

    Args:
        test_cells: the names of cells whose failures are told elsewhere.
    """
    places: dict[str, list[tuple[str, FailedStatement]]] = {}
    for cell in run.cells:
        ran = run.runs.get(cell.position)
        if ran is None or cell.label in test_cells:
            continue
        for each in ran.failed:
            if _lack(each) or (cell.solution is not None and each.followed and not _is_consequence(run, each)):
                places.setdefault(_why(each), []).append((cell.label, each))
    said = []
    for why, ((label, first), *others) in places.items():
        form = _LINES_OF if others else _LINE_OF
        where = {"line": first.line, "cell": _cell(label), "more": len(others)}
        said.append(form.format(**where, why=why, cause=_cause(first)))
    for cell in run.cells:
        ran = run.runs.get(cell.position)
        newer = sorted(ran.notes - _NOTES.keys()) if ran is not None else []
        if ran is not None and newer and not any("newer" in each.raised for each in ran.failed):
            version = newer[-1].removeprefix("python ")
            form = _READ_AS_OLDER.format(cell=_cell(cell.label), newer=version, python=_GRADERS_PYTHON)
            said.append(form)
    if len(said) > _MAX_SENTENCES:
        said[_MAX_SENTENCES:] = [_MORE.format(count=len(said) - _MAX_SENTENCES)]
    return (*said, *(_NOTES[each] for each in sorted(run.notes & _NOTES.keys())))


def _is_consequence(run: NotebookRun, failed: FailedStatement) -> bool:
    """Whether it failed for what is told elsewhere: a stub, a test, a name that something else should have given."""
    if failed.raised.get("type") in ("NotImplementedError", "AssertionError"):
        return True
    name = _missing_name(failed.raised)
    return name is not None and (name in run.homes or _origin(run, name) is not None)


def undefined(run: NotebookRun, name: str) -> CheckFailed | None:
    """Why `name` does not exist, if the statement that defines it failed."""
    if (origin := _origin(run, name)) is None:
        return None
    _, failed = origin
    if (lack := _lack(failed)) is not None:
        return messages.undefined(name, f"could not run: {lack}")
    if (missing := why_missing(run, failed.raised)) is not None:
        return CheckFailed(f"{messages.undefined(name, messages.raised_words(failed.raised, True))} {missing}.")
    return messages.undefined(name, explained.of_cell(run, failed.raised))


def cell_error(run: NotebookRun, ran: CellRun) -> str | None:
    """What became of a cell, after "its cell", apart from what the machine lacks: that defines nothing."""
    if ran.stop is not None:
        return messages.cell_stopped(ran.stop)
    told = next((each.raised for each in ran.failed if not _lack(each)), None) if ran.failed else ran.raised
    return explained.of_cell(run, told) if told is not None else None


def why_missing(run: NotebookRun, told: Mapping[str, Any], steps: int = _MAX_STEPS) -> str | None:
    """For a NameError: which statement of the student's should have given that name, and why it did not.

    Of the guest's words only names that failed statements of the cells would have bound are told: those were there
    before any input that students don't have.
    """
    name = _missing_name(told)
    origin = _origin(run, name) if name else None
    if name is None or origin is None:
        return None
    label, failed = origin
    why = (why_missing(run, failed.raised, steps - 1) if steps > 1 else None) or _why(failed)
    return _MISSING.format(name=name, code=_code(failed.code), cell=_cell(label), why=why)


def missing_package(run: NotebookRun, told: Mapping[str, Any]) -> str | None:
    """The package that is not there, if the student's own cells import one of this name."""
    found = _NO_MODULE.search(_text(told)) if _is_pythons(told, "ModuleNotFoundError") else None
    if found is None or found[1].startswith(_ARE_THERE):
        return None
    package = found[1].partition(".")[0]
    lines = (each[1] for cell in run.cells for each in _IMPORT.finditer(cell.source))
    imported = (name.partition(".")[0] for line in lines for name in re.findall(r"[\w.]+", line))
    return package if package in itertools.islice(dict.fromkeys(imported), _MAX_TOLD) else None


def _origin(run: NotebookRun, name: str) -> tuple[str, FailedStatement] | None:
    """The last failed statement that would have bound `name`, and the cell that it is in."""
    origins = {each: found for found in _failed(run) for each in found[1].names}
    return dict(itertools.islice(origins.items(), _MAX_TOLD)).get(name)


def _failed(run: NotebookRun) -> Iterator[tuple[str, FailedStatement]]:
    for cell in run.cells:
        ran = run.runs.get(cell.position)
        for each in ran.failed if ran is not None else ():
            yield cell.label, each


def _why(failed: FailedStatement) -> str:
    """Why a statement was left out, as a clause."""
    if (lack := _lack(failed)) is not None:
        return lack
    kind, text = _short(failed.raised.get("type")) or "an error", _short(failed.raised.get("text")).rstrip(".")
    return f"it raised {kind} (“{text}”)" if text else f"it raised {kind}"


def _lack(failed: FailedStatement) -> str | None:
    """What the machine lacks, or the grading, that made a statement fail; None if it is the statement's own fault."""
    told, text, kind = failed.raised, _text(failed.raised), failed.raised.get("type")
    if isinstance(newer := told.get("newer"), str) and re.fullmatch(r"3\.\d\d", newer):
        return _NEWER.format(newer=newer, python=_GRADERS_PYTHON)
    if kind == "ModuleNotFoundError" and (found := _NO_MODULE.search(text)) and not found[1].startswith(_ARE_THERE):
        return _SCREEN if found[1] == "ipympl" else _PACKAGE.format(name=messages.shown(found[1]))
    if kind in ("AssertionError", "RuntimeError", "TypeError") and _NO_GPU.search(text):
        return _GPU
    if kind in ("ImportError", "RuntimeError", "TclError") and _NO_SCREEN.search(text):
        return _SCREEN
    if kind == "EOFError" or kind == "StdinNotImplementedError":
        return _ANSWERS
    if kind == "UsageError" and (found := _NO_MAGIC.search(text)):
        return _MAGIC.format(name=messages.shown(found[1]))
    if kind in _NETWORK_ERRORS:
        return _NETWORK
    return _ENDS if kind == "SystemExit" else None


def _cause(failed: FailedStatement) -> str:
    """The usual cause, after what a statement raised."""
    cause = "" if _lack(failed) else explained.usual_cause(failed.raised, failed.code)
    return f" {cause}" if cause else ""


def _missing_name(told: Mapping[str, Any]) -> str | None:
    found = _NO_NAME.search(_text(told)) if _is_pythons(told, "NameError") else None
    return found[1] if found else None


def _is_pythons(told: Mapping[str, Any], kind: str) -> bool:
    return told.get("type") == kind and told.get("builtin") is True


def _text(told: Mapping[str, Any]) -> str:
    text = told.get("text")
    return text if isinstance(text, str) else ""


def _short(text: Any) -> str:
    return messages.one_line(text)[:200] if isinstance(text, str) else ""


def _cell(label: str) -> str:
    return messages.the_cell(messages.shown(label))


def _code(code: str) -> str:
    return messages.one_line(code).replace("`", "'")[:_MAX_CODE_CHARACTERS]
