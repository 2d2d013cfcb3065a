"""Runs your notebook from top to bottom, as on a fresh start, and says which of its check cells pass.

    python .ci/check_notebook.py [NOTEBOOK ...]      without a name: all notebooks in this folder

These are the checks that you see in the notebook yourself, and this is no mark: the course grades what you hand in with
more checks than these. The exit code is 0 if all pass, 1 if not, 2 if nothing can be checked.
"""

import argparse
import hashlib
import json
import os
import re
import subprocess
import sys
from collections import namedtuple
from pathlib import Path
from xml.etree import ElementTree

NO_MARK = "These are the checks that you see in the notebook. They are no mark."
MOST_ANNOTATIONS = 10  # of a kind; GitHub shows no more
MOST_SUMMARY_BYTES = 1_000_000  # GitHub shows none of one that is larger than 1 MiB
UNWRITTEN = re.compile(r"^\s*raise NotImplementedError", re.MULTILINE)
MARK = "a text that stands nowhere else"

Result = namedtuple("Result", "notebook name state message line")  # `line`: of the notebook's file; 0: not known


class CannotCheck(Exception):
    """Why nothing can be checked, and what to do."""


def check(path, seconds):
    """Runs a notebook; returns a result for each of its check cells, and for each other cell that stops."""
    try:
        import nbformat
        from nbclient import NotebookClient
        from nbclient.exceptions import DeadKernelError
    except ModuleNotFoundError as error:
        raise CannotCheck(f"{error.name} is not installed. Run: python -m pip install -r requirements.txt") from None
    try:
        text = path.read_text(encoding="utf-8")
        saved = json.loads(text)
        notebook = nbformat.reads(text, as_version=4)
        cells = [marks_of(cell) for cell in notebook.cells]
    except Exception:  # whatever a damaged file makes nbformat raise
        raise CannotCheck(f"{path} is no notebook, or is damaged. Open it in Jupyter and save it again.") from None
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    client = NotebookClient(
        notebook,
        timeout=seconds,
        interrupt_on_timeout=True,
        allow_errors=True,
        kernel_name="python3",
        resources={"metadata": {"path": str(path.parent.resolve())}},
    )
    os.environ["NBGRADER_EXECUTION"] = "validate"  # as behind the Validate button: a check that fails raises
    ended = ""
    try:
        client.execute(stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    except DeadKernelError:
        ended = "Python ended before it: does a cell end it, or need more memory than there is?"
    except Exception as error:
        ended = f"The notebook could not be run on: {type(error).__name__}."
    return list(results(path, text, saved, notebook.cells, cells, ended))


def marks_of(cell):
    """What nbgrader says of a cell: its name, whether students write in it, whether it is a check."""
    marks = cell.metadata.get("nbgrader", {})
    marks = marks if isinstance(marks, dict) else {}
    is_solution = bool(marks.get("solution"))
    is_check = bool(marks.get("grade")) and not is_solution and cell.cell_type == "code"
    return str(marks.get("grade_id", "")), is_solution, is_check


def results(path, text, saved, ran, cells, ended):
    answer = None
    for index, (cell, (name, is_solution, is_check)) in enumerate(zip(ran, cells, strict=True)):
        answer = index if is_solution else answer
        if cell.cell_type != "code" or not (is_check or stopped(cell)):
            continue
        state, message = state_of(cell, ended)
        if state == "not right yet" and is_check and answer is not None and UNWRITTEN.search(ran[answer].source):
            state = "not written yet"
        place = index if answer is None or not is_check else answer
        if is_check:
            name = name.removeprefix("test_") or f"cell {index + 1}"
        else:
            name, state = f"{name or f'cell {index + 1}'} stops", "stops"
        yield Result(path.as_posix(), clean(name, 100), state, clean(message), line_of(text, saved, place))


def stopped(cell):
    return next((each for each in cell.outputs if each.output_type == "error"), None)


def state_of(cell, ended):
    """How a cell ended, and what to say of it."""
    error = stopped(cell)
    if error is not None and error.ename == "NotImplementedError":
        return "not written yet", "Replace `raise NotImplementedError()` with your code."
    if error is not None and error.ename == "KeyboardInterrupt":
        return "not right yet", "It took too long and was stopped. Is there a loop that never ends?"
    if error is not None:
        return "not right yet", error.evalue if error.ename == "AssertionError" else f"{error.ename}: {error.evalue}"
    if ended and cell.execution_count is None:
        return "not run", ended
    return "passes", ""


def line_of(text, saved, index):
    """The line of the file on which the code of a cell begins, if the file is laid out as Jupyter does; else 0."""
    cells = list(saved.get("cells", ())) if isinstance(saved, dict) else []
    if not 0 <= index < len(cells) or not isinstance(cells[index], dict):
        return 0
    cells[index] = {**cells[index], "source": [MARK]}
    before = json.dumps({**saved, "cells": cells}, indent=1, ensure_ascii=False).partition(MARK)[0]
    return before.count("\n") + 1 if text.startswith(before) else 0


def clean(text, most=600):
    """Text of a cell on one line, without what steers a terminal or a log."""
    line = "".join(each if each.isprintable() else "\ufffd" for each in " ".join(str(text)[:4000].split()))
    return line.replace("##[", "# #[")[:most]


def tell(found):
    """Prints what came of it, a line for each; each begins with a sign of ours."""
    for each in found:
        sign = {"passes": "✓", "not written yet": "○"}.get(each.state, "✗")
        print(f"{sign} {each.name}: {each.state}{f'. {each.message}' if each.message else ''}")
    checks = [each for each in found if each.state != "stops"]
    print(f"{sum(each.state == 'passes' for each in checks)} of {len(checks)} checks pass. {NO_MARK}", flush=True)


def annotations(found):
    """GitHub's commands for what does not pass."""
    kinds = {"not right yet": "error", "not run": "error", "stops": "warning", "not written yet": "notice"}
    left = dict.fromkeys(kinds.values(), MOST_ANNOTATIONS)
    for each in found:
        if (kind := kinds.get(each.state)) and left[kind]:
            left[kind] -= 1
            told = {"file": clean(each.notebook), "line": each.line or "", "title": f"{each.name}: {each.state}"}
            properties = ",".join(f"{key}={escaped(value, ':,')}" for key, value in told.items() if value)
            yield f"::{kind} {properties}::{escaped(each.message or each.state)}"


def escaped(value, more=""):
    """A value for a runner's command: `more` is what would end it there."""
    return "".join(f"%{ord(each):02X}" if each in f"%\r\n{more}" else each for each in str(value))


def summary(found):
    lines = ["| | check | what to know |", "|---|---|---|"]
    for each in found:
        sign = {"passes": "✓", "not written yet": "○"}.get(each.state, "✗")
        lines.append(f"| {sign} {each.state} | {literal(each.name)} | {literal(each.message)} |")
    text = "\n".join([*lines, "", NO_MARK, ""])
    return text if len(text.encode()) < MOST_SUMMARY_BYTES else f"{len(found)} checks: too many for this page.\n"


def literal(text):
    """Text as markdown that shows just that: signs as character references, nothing that becomes a link or a name."""
    text = re.sub(r"[@#!~%$&:](?=\S)|www(?=\.)", "\\g<0>\u2060", text)
    return "".join(each if each.isalnum() or each in " .,;()'\"=+-?/\u2060" else f"&#{ord(each)};" for each in text)


def junit(found):
    """The checks as JUnit XML, which GitLab shows; names of test cases differ."""
    checks = [each for each in found if each.state != "stops"]
    root = ElementTree.Element("testsuites")
    suite = ElementTree.SubElement(root, "testsuite", name="checks", tests=str(len(checks)))
    taken = {}
    for each in checks:
        number = taken[each.notebook, each.name] = taken.get((each.notebook, each.name), 0) + 1
        name = each.name if number == 1 else f"{each.name} (number {number})"
        case = ElementTree.SubElement(suite, "testcase", classname=clean(each.notebook), name=name)
        if each.state != "passes":
            tag = "skipped" if each.state == "not written yet" else "failure"
            ElementTree.SubElement(case, tag, message=each.message).text = each.message
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def code_quality(found):
    """What does not pass as GitLab's code quality."""
    severity = {"not right yet": "major", "not run": "major", "stops": "minor", "not written yet": "info"}
    return json.dumps(
        [
            {
                "description": f"{each.name}: {each.message or each.state}",
                "check_name": each.name,
                "fingerprint": hashlib.sha256(f"{number} {each.notebook} {each.name}".encode()).hexdigest(),
                "severity": severity[each.state],
                "location": {"path": clean(each.notebook), "lines": {"begin": each.line or 1}},
            }
            for number, each in enumerate(found)
            if each.state in severity
        ],
        indent=1,
    )


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("notebooks", nargs="*", type=Path, help="if not all in this folder")
    parser.add_argument("--seconds", type=int, default=60, help="for each cell; then it is stopped")
    parser.add_argument("--junit", type=Path, help="write the results there, as JUnit XML")
    parser.add_argument("--code-quality", type=Path, help="write what does not pass there, as GitLab's code quality")
    wanted = parser.parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # not every terminal knows ✓
    found, problems = [], []
    notebooks = wanted.notebooks or sorted(each for each in Path().glob("*.ipynb") if not each.name.startswith("."))
    for path in notebooks:
        try:
            found += check(path, wanted.seconds)
        except CannotCheck as error:
            problems.append(clean(error))
    if not any(each.state != "stops" for each in found) and not problems:
        problems.append("There is no notebook with check cells here. Put back the one that you were given.")
    tell(found)
    for each in problems:
        print(f"✗ {each}", file=sys.stderr)
    if os.environ.get("GITHUB_ACTIONS") == "true":
        print("\n".join([*annotations(found), *(f"::error ::{escaped(each)}" for each in problems)]), flush=True)
    if where := os.environ.get("GITHUB_STEP_SUMMARY"):
        with open(where, "a", encoding="utf-8") as file:
            file.write("".join(f"{literal(each)}\n\n" for each in problems) + summary(found))
    if wanted.junit:
        wanted.junit.write_text(junit(found), encoding="utf-8")
    if wanted.code_quality:
        wanted.code_quality.write_text(code_quality(found), encoding="utf-8")
    return 2 if problems else int(any(each.state not in ("passes", "stops") for each in found))


if __name__ == "__main__":
    sys.exit(main())
