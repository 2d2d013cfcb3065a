"""`check.py`, which students run in a terminal: the notebook's checks on the saved notebook, once or at each save."""

from __future__ import annotations

import importlib.util
import io
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import nbformat
import pytest
from helpers import ROOT, cell_of, wait_until

from autograder.course.loading import load_assignment

LAB = ROOT / "source" / "logistic_regression"
NAME = "logistic_regression.ipynb"
ENDLESS = "def train(x, y, lr=1.0, nb_epochs=1000):\n    while True:\n        pass"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What students get, without the notebook."""
    made = tmp_path_factory.mktemp("lab")
    for path in LAB.iterdir():
        if path.is_file() and path.suffix != ".ipynb":
            shutil.copyfile(path, made / path.name)
    return made


@pytest.fixture(scope="module")
def program(folder: Path) -> Iterator[ModuleType]:
    """`check.py` as a module, and in it `lab`, imported as it does so itself."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "path", [*sys.path])
        patch.setenv("MPLBACKEND", "agg")
        before = set(sys.modules)
        spec = importlib.util.spec_from_file_location("check", folder / "check.py")
        assert spec
        assert spec.loader
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        module.lab = module.import_lab()  # type: ignore[attr-defined]
        yield module
        for name in set(sys.modules) - before:
            if name.startswith("lab"):
                del sys.modules[name]


def notebook_of(
    changes: Mapping[str, str] | None = None, more: Sequence[str] = (), solved: bool = True, before: str = "imports"
) -> Any:
    """The lab's notebook, solved or untouched, with other code in some cells and more cells before one of them."""
    assignment = load_assignment(ROOT, "logistic_regression")
    notebook = nbformat.from_dict(assignment.source if solved else assignment.release)
    for name, code in (changes or {}).items():
        cell_of(notebook, name).source = code
    at = notebook.cells.index(cell_of(notebook, before))
    notebook.cells[at:at] = [nbformat.v4.new_code_cell(each) for each in more]
    return notebook


Checked = Callable[..., tuple[int, str]]


@pytest.fixture
def checked(
    program: ModuleType, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Checked:
    """Saves a notebook and checks it: the exit code, and what is printed."""
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "path", [*sys.path])

    def check(notebook: Any, *arguments: str) -> tuple[int, str]:
        text = notebook if isinstance(notebook, str) else nbformat.writes(notebook)
        (folder / NAME).write_text(text, encoding="utf-8")
        code = program.main(list(arguments))
        said = capsys.readouterr()
        return code, said.out + said.err

    return check


def states(text: str) -> list[str]:
    """The mark in front of each exercise."""
    lines = [line.partition(" Exercise ") for line in text.splitlines()]
    return [mark for mark, _, rest in lines if len(mark) == 1 and "points):" in rest]


def test_a_solved_notebook_is_right_throughout_and_prints_nothing_of_its_own(checked: Checked) -> None:
    code, text = checked(notebook_of())
    assert code == 0
    assert states(text) == ["✓"] * 9
    assert text.splitlines()[-1] == "9 of 9 exercises, 100 of 100 points: you did it!"
    assert len(text.splitlines()) == 13
    assert "PyTorch" not in text


def test_an_untouched_notebook_is_not_written_yet_and_says_what_is_next(checked: Checked) -> None:
    code, text = checked(notebook_of(solved=False))
    assert code == 1
    assert states(text) == ["○"] * 9
    assert "Write your code in place of `raise NotImplementedError()`" in text
    assert text.endswith("next: Exercise 1\n")
    assert "stopped" not in text


def test_the_first_exercise_that_is_not_right_is_explained_and_no_other(checked: Checked) -> None:
    code, text = checked(
        notebook_of(
            {"hypothesis": "def hypothesis(x, W, b):\n    return x @ W + b", "bce": "def bce_cost(h, y):\n    1 / 0"}
        )
    )
    assert code == 1
    assert states(text)[1] == states(text)[4] == "✗"
    assert text.count("Called: ") == 1
    assert "Called: `hypothesis(" in text
    assert "ZeroDivisionError" not in text


def test_an_error_in_a_function_is_told_with_the_student_s_own_line(checked: Checked) -> None:
    _, text = checked(notebook_of({"element_loss": "def element_loss(h_i, y_i):\n    return log(h_i)"}))
    assert "NameError: name 'log' is not defined, in line 2 of your cell: `return log(h_i)`" in text


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            {"train": "def train(x, y)\n    return x"},
            "Exercise 6: the cell that begins with `def train(x, y)` stopped in its line 1: SyntaxError: expected ':'.",
        ),
        (
            {"accuracy": "def predict(h):\n    return h\n\n\naccuracy = first"},
            "Exercise 7: the cell that begins with `def predict(h):` stopped in its line 5: NameError: name 'first' is",
        ),
        ({"train": "name = input()"}, "stopped in its line 1: EOFError"),
        ({"train": "exit()"}, "stopped in its line 1: SystemExit"),
        ({"train": "print()\nraise KeyboardInterrupt"}, "you stopped it; is there a loop that never ends?"),
    ],
)
def test_a_cell_that_stops_is_one_calm_line_and_the_others_run(
    checked: Checked, change: dict[str, str], said: str
) -> None:
    code, text = checked(notebook_of(change))
    assert code == 1
    assert said in text
    assert text.count("stopped") <= 2
    assert "Traceback" not in text
    assert states(text)[:5] == ["✓"] * 5


def test_a_cell_of_one_s_own_that_stops_hides_neither_what_is_right_nor_what_is_next(checked: Checked) -> None:
    code, text = checked(notebook_of({"train": "def train(:"}, more=["my_own + 1"], before="hypothesis"))
    assert code == 1
    assert "`my_own + 1` stopped in its line 1: NameError" in text
    assert "`def train(:` stopped in its line 1: SyntaxError" in text


def test_what_only_jupyter_understands_is_left_out(checked: Checked) -> None:
    more = [
        "%matplotlib inline\n!pip list\nkept = 1",
        "left = (5\n% 3\n)\nassert left == 2 and kept == 1",
        "%%bash\nfor each in a b; do echo $each; done",
        "if kept:\n    %time kept\ndisplay(kept)",
        "text = '''\n% this line stays\n'''\nassert text == '\\n% this line stays\\n'",
    ]
    code, text = checked(notebook_of(more=more))
    assert (code, text.count("stopped")) == (0, 0), text


def test_without_its_check_an_exercise_is_not_checked_and_not_right(checked: Checked) -> None:
    code, text = checked(notebook_of({"test_bce": ""}))
    assert code == 1
    assert "Exercise 5, The cost, ready made (5 points): not checked yet" in text
    assert text.endswith("next: Exercise 5\n")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "is no notebook, or is damaged. Open it in Jupyter"),
        ('{"cells": [', "is no notebook, or is damaged. Open it in Jupyter"),
        ("[1, 2]", "is no notebook, or is damaged. Open it in Jupyter"),
        ('{"cells": [{"cell_type": "code"}]}', "is no notebook, or is damaged. Open it in Jupyter"),
        ('{"cells": []}', "has no `check(…)` cells"),
        (
            json.dumps({"cells": [{"cell_type": "code", "source": ["assert hypothesis(1) == 1"]}]}),
            "Copy your code into a fresh download.",
        ),
    ],
)
def test_a_file_that_can_t_be_checked_is_a_sentence(checked: Checked, content: str, said: str) -> None:
    code, text = checked(content)
    assert code == 2
    assert said in text
    assert len(text.splitlines()) == 1


def test_a_notebook_that_is_not_there_is_a_sentence(checked: Checked, tmp_path: Path) -> None:
    code, text = checked("", str(tmp_path / "my.ipynb"))
    assert code == 2
    assert text.endswith("my.ipynb: No such file or directory. Put check.py and your notebook into one folder.\n")


@pytest.mark.parametrize(
    ("files", "options", "said"),
    [
        (["check.py"], [], "lab.py is not beside check.py. Take all files of the lab from a fresh download."),
        (["check.py", "lab.py", "lab_tools.py"], [], "lab_checks.py is not beside check.py."),
        (["check.py", "lab.py"], ["-S"], "is not installed. Run: python -m pip install -r requirements.txt"),
    ],
)
def test_without_the_lab_s_files_or_packages_it_says_how_to_get_them(
    tmp_path: Path, files: list[str], options: list[str], said: str
) -> None:
    for name in files:
        shutil.copyfile(LAB / name, tmp_path / name)
    command = [sys.executable, *options, str(tmp_path / "check.py")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_damaged_file_of_the_lab_is_told_by_its_name_and_line(tmp_path: Path) -> None:
    shutil.copyfile(LAB / "check.py", tmp_path / "check.py")
    (tmp_path / "lab.py").write_text("EXERCISES = (")
    command = [sys.executable, str(tmp_path / "check.py")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert "lab.py does not run ('(' was never closed (lab.py, line 1)). Take all files" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_while_watching_h_shows_one_hint_after_the_other_and_q_ends_it(
    checked: Checked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("h\nwhat?\n H \nh\nh\nq\n"))
    code, text = checked(notebook_of({"hypothesis": "def hypothesis(x, W, b): pass"}), "--watch")
    assert code == 1
    shown = [line for line in text.splitlines() if line.startswith("Exercise 2. Hint ")]
    assert [line.split(":")[0][-1] for line in shown] == ["1", "2", "3"]
    assert "details" not in text


@pytest.mark.slow
def test_it_watches_through_half_written_files_and_endless_loops_until_all_is_right(
    folder: Path, tmp_path: Path
) -> None:
    path, out, in_loop = folder / "watched.ipynb", tmp_path / "out.txt", tmp_path / "in the loop"
    endless = ENDLESS.replace("    while", f"    open({str(in_loop)!r}, 'w').close()\n    while")
    path.write_text(nbformat.writes(notebook_of({"train": endless})), encoding="utf-8")
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8", "PYTHONUNBUFFERED": "1"}
    # A program that is started in the background, as these tests may be, hears no Ctrl-C unless it is told to.
    code = "import runpy, signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); sys.argv.pop(0)\n"
    code += "runpy.run_path(sys.argv[0], run_name='__main__')"
    command = [sys.executable, "-c", code, str(folder / "check.py"), str(path), "--watch"]
    with out.open("w") as file:
        running = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=file, stderr=file, env=environment)

    def says(words: str, seconds: float = 60.0) -> bool:
        return wait_until(lambda: words in out.read_text(encoding="utf-8"), seconds)

    try:
        assert says("as saved at")
        for _ in range(100):
            if says("q and Enter: quit", 1.0):
                break
            if in_loop.exists():  # each call of it has a loop of its own
                in_loop.unlink()
                running.send_signal(signal.SIGINT)
        assert says("there a loop that never ends?")
        path.write_text('{"cells": [{"cell_type": ')
        assert says("is no notebook, or is damaged")
        path.write_text(nbformat.writes(notebook_of()), encoding="utf-8")
        assert running.wait(60) == 0
        assert out.read_text(encoding="utf-8").endswith("you did it!\n")
        assert "Traceback" not in out.read_text(encoding="utf-8")
    finally:
        running.kill()
        running.wait()
