"""Notebooks written as text are read as the notebooks that they are, whatever is written in them."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import jupytext
import nbformat
import pytest
from helpers import RIGHT

from autograder.course.assignment import Assignment
from autograder.judge.grader import Grader
from autograder.submission import text_notebooks as module
from autograder.submission.reading import Unreadable, read_cells
from autograder.submission.submission import read_submission
from autograder.submission.text_notebooks import MAX_TEXT_BYTES

pytestmark = pytest.mark.slow  # jupytext is a process of its own each time
CELL = "```python\ndef double(x): return 2 * x\n```\n"
MYST_CELL = "```{code-cell}\ndef double(x): return 2 * x\n```\n"


def bare(notebook: Any) -> Any:
    """The notebook without any metadata of its cells."""
    copy = nbformat.from_dict(notebook)
    for cell in copy.cells:
        cell.metadata = nbformat.from_dict({})
    return copy


@pytest.mark.parametrize("is_bare", [False, True], ids=["with marks", "without marks"])
@pytest.mark.parametrize(
    ("form", "ending", "title"),
    [
        ("md", ".md", "Markdown"),
        ("md:myst", ".md", "MyST Markdown"),
        ("Rmd", ".Rmd", "R Markdown"),
        ("Rmd", ".qmd", "Quarto"),
        ("py:percent", ".py", ""),
        ("py:light", ".py", ""),
    ],
)
def test_right_answers_in_text_get_all_points(
    grader: Grader, make_notebook: Callable[..., Any], tmp_path: Path, form: str, ending: str, title: str, is_bare: bool
) -> None:
    notebook = make_notebook()
    text = jupytext.writes(bare(notebook) if is_bare else notebook, form)
    (tmp_path / f"tiny{ending}").write_text(text, encoding="utf-8")
    report = grader.grade(tmp_path, "student-001").report
    assert report.score == 20
    what = f"It is written in {title}, not" if title else "It is a script, not a notebook; its code was judged."
    assert report.repairs[0] == f"tiny.ipynb was missing; tiny{ending} was graded instead."
    assert report.repairs[1].startswith(what)
    assert [each for each in report.repairs[2:] if "missing" in each] == []
    assert any("had lost nbgrader's marks" in each for each in report.repairs) is is_bare
    assert not report.needs_a_look


@pytest.mark.parametrize(
    "fence",
    [
        *("```py", "```Python", "``` python", "```python3", "```ipython3", "~~~python", "  ```python", "````python"),
        *("```{.python}", "```{python}", "```{python, echo=F}", "```{code-cell} ipython3"),
    ],
)
def test_a_cell_of_code_may_begin_in_many_ways(tiny: Assignment, tmp_path: Path, fence: str) -> None:
    end = re.sub(r"[^`~ ]|(?<=[`~]) .*", "", fence)
    cells = [f"# Text\n\n{fence}\n{source}\n{end}\n\nMore text.\n" for source in RIGHT.values()]
    (tmp_path / "work.md").write_text("---\ntitle: Mine\n---\n\n" + "\n".join(cells))
    submission = read_submission(tmp_path, tiny, "student-001")
    assert submission.problem is None
    assert submission.untouched == frozenset()


def test_marks_tell_a_cell_whose_code_tells_nothing(tmp_path: Path) -> None:
    for name, text in (
        ("a.md", '```python nbgrader={"grade_id": "double"}\nx = 1\n```\n'),
        ("b.md", "```{code-cell}\n---\nnbgrader:\n  grade_id: double\n---\nx = 1\n```\n"),
        ("c.Rmd", "```{python nbgrader={'grade_id': 'double'}}\nx = 1\n```\n"),
        ("d.py", 'import torch\n# %% nbgrader={"grade_id": "double"}\nx = 1\n'),
        ("e.py", 'import torch\n# + nbgrader={"grade_id": "double"}\nx = 1\n# -\n'),
    ):
        (tmp_path / name).write_text(text)
        cells, _ = read_cells(tmp_path / name)
        assert [each.source for each in cells if each.grade_id == "double"] == ["x = 1"], name


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("# Tiny\n\nHand in `tiny.ipynb`.\n", "README.md is a text without any cell of Python code."),
        ("# Tiny\n\n```bash\nmake\n```\n", "README.md is a text without any cell of Python code."),
        ("# Tiny\n\n```python\nimport tiny\n```\n", "README.md is not the notebook of tiny: none of its exercises"),
        (CELL + "x" * MAX_TEXT_BYTES, "README.md is a text of more than 1 MB."),
    ],
)
def test_a_text_that_is_no_notebook_is_refused_in_a_sentence(
    tiny: Assignment, tmp_path: Path, text: str, said: str
) -> None:
    (tmp_path / "README.md").write_text(text)
    problem = read_submission(tmp_path, tiny, "student-001").problem
    assert (
        str(problem).removeprefix("There is no notebook in what you handed in; it should be called tiny.ipynb. ")[
            : len(said)
        ]
        == said
    )


def test_a_notebook_in_text_may_have_the_name_of_another(tiny: Assignment, tmp_path: Path) -> None:
    (tmp_path / "tiny.ipynb").write_text("# Tiny\n\n" + CELL)
    assert read_submission(tmp_path, tiny, "student-001").untouched == {"mean_of", "double_mean"}


BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n"
    for before, name in zip("abcdefghij", "bcdefghijk", strict=True)
)


@pytest.mark.slow
@pytest.mark.parametrize(
    "text",
    [
        f"---\n{BOMB}---\n{CELL}",
        f"---\n---\n---\n{BOMB}---\n{CELL}",
        f"```{{code-cell}}\n---\n{BOMB}nbgrader: {{grade_id: double, a: *k}}\n---\nx = 1\n```\n{CELL}",
        f"```{{code-cell}}\n---\na: {'[' * 100_000}\n---\nx = 1\n```\n",
        "```{code-cell}\n---\na: !!python/object/apply:os.system [touch MARK]\n---\nx = 1\n```\n",
        f"---\na: !!python/object/apply:os.system [touch MARK]\n---\n{CELL}",
        "```{python a=__import__('os').system('touch MARK')}\nx = 1\n```\n",
        "```python a=__import__('os').system('touch MARK')\nx = 1\n```\n",
        f"---\njupytext:\n  text_representation:\n    extension: .qmd\n    format_name: quarto\n---\n\n{CELL}",
        f"---\njupytext:\n  text_representation:\n    format_name: pandoc\n---\n---\nformat_name: pandoc\n---\n{CELL}",
        "```python\n" * 60_000,
        "```python " + "a='" * 200_000 + "\nx = 1\n```\n",
        MYST_CELL + ">" * 500_000,
        MYST_CELL + "[" * 500_000,
        CELL + "\0\ud800\udfff",
        CELL + "<!-- #region -->\n" * 40_000,
    ],
    ids=range(16),
)
def test_a_hostile_text_costs_a_moment_and_starts_nothing(
    tmp_path: Path, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_WALL_SECONDS", 6.0)
    programs = tmp_path / "programs"
    for name in ("quarto", "pandoc"):
        (programs / name).parent.mkdir(exist_ok=True)
        (programs / name).write_text(f"#!/bin/sh\ntouch {tmp_path}/started\n")
        (programs / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    path = tmp_path / "tiny.md"
    path.write_text(text.replace("MARK", f"{tmp_path}/started"), encoding="utf-8", errors="surrogatepass")
    started = time.monotonic()
    with suppress(Unreadable):
        cells, _ = read_cells(path)
        assert sum(len(each.source) for each in cells) < 2 * MAX_TEXT_BYTES
    assert time.monotonic() - started < 30
    assert not (tmp_path / "started").exists()


def test_a_script_that_jupytext_can_not_read_is_read_all_the_same(
    tiny: Assignment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_WALL_SECONDS", 0.001)
    (tmp_path / "tiny.py").write_text("# %% [markdown]\n# Text\n# %%\n" + "\n# %%\n".join(RIGHT.values()))
    assert read_submission(tmp_path, tiny, "student-001").untouched == frozenset()
