"""Checks your saved notebook in a terminal, with the same checks as in it.

    python check.py            check it once
    python check.py --watch    check it again each time you save it; h shows a hint, q quits

Your code cells run from top to bottom; Ctrl-C stops one that never ends. The exit code is 0 if all exercises are
right, 1 if not, 2 if nothing can be checked.
"""

import argparse
import contextlib
import io
import json
import linecache
import os
import queue
import re
import sys
import threading
import time
import traceback
import warnings
from collections import namedtuple

HERE = os.path.dirname(os.path.abspath(__file__))
NOTEBOOK = "logistic_regression.ipynb"
CHECK = re.compile(r"^check\(", re.MULTILINE)
POLL_SECONDS = 0.3

Notebook = namedtuple("Notebook", "cells hints saved")  # hints: lists of texts, by the number of the exercise
Cell = namedtuple("Cell", "number exercise source")  # `exercise`: the number of the one that it belongs to, or None


class CannotCheck(Exception):
    """Why nothing can be checked, and what to do."""


def import_lab():
    """The module `lab`, told to be quiet."""
    os.environ["MPLBACKEND"] = "Agg"  # pictures open no windows
    sys.path.insert(0, HERE)
    try:
        import lab
    except Exception as error:
        missing = error.name if isinstance(error, ModuleNotFoundError) else ""
        why = f"lab.py does not run ({error}). Take all files from a fresh download, or install the packages again."
        if missing.startswith("lab"):
            why = f"{missing}.py is not beside check.py. Take all files of the lab from a fresh download."
        elif missing:
            why = f"{missing} is not installed. Run: python -m pip install -r requirements.txt"
        raise CannotCheck(why) from None
    lab.QUIET = True
    return lab


def read_notebook(path):
    """The code cells and the hints of a saved notebook."""
    name = os.path.basename(path)
    try:
        with open(path, encoding="utf-8") as file:
            saved = time.strftime("%H:%M:%S", time.localtime(os.fstat(file.fileno()).st_mtime))
            cells = [(cell["cell_type"], "".join(cell["source"])) for cell in json.load(file)["cells"]]
    except OSError as error:
        raise CannotCheck(f"{path}: {error.strerror}. Put check.py and your notebook into one folder.") from None
    except (ValueError, KeyError, TypeError):
        raise CannotCheck(f"{name} is no notebook, or is damaged. Open it in Jupyter and save it again.") from None
    found, hints, exercise = [], {}, None
    for number, (kind, source) in enumerate(cells, 1):
        if kind == "code":
            found.append(Cell(number, exercise, source))
            continue
        for heading in re.findall(r"^##? +(?:Exercise (\d+))?", source, re.MULTILINE):
            exercise = int(heading) if heading else None
        folded = re.findall(r"<details>\s*<summary>(.*?)</summary>(.*?)</details>", source, re.DOTALL)
        hints.setdefault(exercise, []).extend(f"{title.strip()}\n\n{text.strip()}" for title, text in folded)
    if not any(CHECK.search(cell.source) for cell in found):
        raise CannotCheck(f"{name} has no `check(…)` cells, as in an older lab. Copy your code into a fresh download.")
    return Notebook(found, hints, saved)


def run(lab, notebook):
    """Runs all cells, and leaves in `lab.results` what the checks say. Returns the cells that stopped, and why."""
    lab.results.clear()
    space = {"__name__": "__main__", "display": lambda *_, **__: None}
    keyboard, sys.stdin = sys.stdin, io.StringIO()  # nobody answers an `input()` here
    try:
        with open(os.devnull, "w", encoding="utf-8") as nowhere, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with contextlib.redirect_stdout(nowhere), contextlib.redirect_stderr(nowhere):
                return {cell: why for cell in notebook.cells if (why := run_cell(cell, space))}
    finally:
        sys.stdin = keyboard
        lab.plt.close("all")


def run_cell(cell, space):
    """Runs one cell. Returns a sentence if it stopped: where, and by what."""
    name = f"<cell {cell.number}>"
    linecache.cache[name] = (len(cell.source), None, cell.source.splitlines(keepends=True), name)
    line = None
    try:
        exec(compile(without_magic(cell.source), name, "exec"), space)
        return ""
    except KeyboardInterrupt:
        why = "you stopped it; is there a loop that never ends?"
    except BaseException as error:  # whatever it is, the cells below are checked all the same
        said = error.msg if isinstance(error, SyntaxError) else next(iter(str(error).strip().splitlines()), "")
        lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == name]
        line = error.lineno if isinstance(error, SyntaxError) else lines[-1] if lines else None
        kind = type(error).__name__
        why = ": ".join(filter(None, [kind, said])).rstrip(".") + "."
        if isinstance(error, SyntaxError):
            why += f" {sys.modules['lab'].usual_cause(kind, said)}"
    begins = next(filter(None, map(str.strip, cell.source.splitlines())), "")
    where = f"Exercise {cell.exercise}: the cell" if cell.exercise else "The cell"
    return f"{where} that begins with `{begins:.60}` stopped{f' in its line {line}' if line else ''}: {why}"


def without_magic(source):
    """A cell's code without the lines that only Jupyter understands, which begin with % or !."""
    try:
        compile(source, "", "exec")
    except SyntaxError as error:
        lines, at = source.splitlines(), (error.lineno or 1) - 1
        if magic := re.match(r"([ \t]*)[%!]", lines[at] if at < len(lines) else ""):
            lines[at] = f"{magic[1]}pass"
            return "" if source.startswith("%%") else without_magic("\n".join(lines))
    return source


def check(lab, path):
    """Checks the notebook and prints what came of it. Returns it, and the first exercise that is not right."""
    notebook = read_notebook(path)
    print(f"{os.path.basename(path)}, as saved at {notebook.saved} (Ctrl-C stops a loop that never ends)\n", flush=True)
    stopped = run(lab, notebook)
    print("\n".join(lab.progress().lines[: len(lab.EXERCISES)]))
    left = [each for each in lab.EXERCISES if each.name not in lab.results or lab.results[each.name].state != "right"]
    causes = [cell for cell in stopped if not CHECK.search(cell.source)] or list(stopped)
    of_next = [cell for cell in causes if left and cell.exercise == left[0].number]
    for cell in dict.fromkeys([*causes[:1], *of_next[:1]]):  # the others mostly stopped because of these
        print(f"\n{stopped[cell]}")
    if left and (box := lab.results.get(left[0].name)):
        if box.state == "not written":
            box.lines = ["Write your code in place of `raise NotImplementedError()`, and save the notebook."]
        box.footer = ""
        print(f"\n{box.text}")
    print(f"\n{lab.progress_text()}", flush=True)
    return notebook, left[0] if left else None


def watch(lab, path):
    """Checks the notebook each time it is saved, until all is right or you quit. Returns the exit code."""
    lab.torch.optim.SGD([lab.torch.zeros(1)], lr=1)  # the first one imports a lot, which Ctrl-C must not cut in half
    typed, told = queue.Queue(), {}  # lines from the keyboard; how many hints of each exercise were shown
    threading.Thread(target=lambda lines: [typed.put(line) for line in lines], args=[sys.stdin], daemon=True).start()
    while True:
        saved, notebook, first = stamp(path), None, None
        try:
            notebook, first = check(lab, path)
            if first is None:
                return 0
        except CannotCheck as error:
            print(error)
        print("\nSave the notebook to check it again. h and Enter: a hint. q and Enter: quit.", flush=True)
        while stamp(path) in (saved, None):
            with contextlib.suppress(queue.Empty):
                letter = typed.get(timeout=POLL_SECONDS).strip().lower()
                if letter == "q":
                    return 1
                if letter == "h" and first:
                    hints = [*notebook.hints.get(first.number, ()), "That was the last hint."]
                    count = told[first.number] = min(told.get(first.number, 0) + 1, len(hints))
                    print(f"\nExercise {first.number}. {hints[count - 1]}\n", flush=True)
        time.sleep(POLL_SECONDS)  # it may still be being written
        print(f"\n{'-' * 60}")


def stamp(path):
    """What changes when a file is saved; None while there is no such file."""
    with contextlib.suppress(OSError):
        return os.stat(path).st_mtime_ns


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("notebook", nargs="?", default=os.path.join(HERE, NOTEBOOK), help=f"if not {NOTEBOOK}")
    parser.add_argument("--watch", action="store_true", help="check it again each time you save it")
    wanted = parser.parse_args(arguments)
    path = os.path.abspath(wanted.notebook)
    sys.stdout.reconfigure(errors="replace")  # not every terminal knows ✓
    try:
        lab = import_lab()
        os.chdir(HERE)
        return watch(lab, path) if wanted.watch else int(check(lab, path)[1] is not None)
    except CannotCheck as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 1


if __name__ == "__main__":
    sys.exit(main())
