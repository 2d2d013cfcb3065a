"""The script of students' repositories: what it says of a notebook, whatever the notebook tries."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import Any
from xml.etree import ElementTree

import nbformat
import pytest
from helpers import ROOT
from made_up_reports import HOSTILE, runner_commands
from markdown_it import MarkdownIt


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("check_notebook", ROOT / "doors/student/.ci/check_notebook.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def cell(source: str, error: tuple[str, str] | None = None, ran: bool = True, **marks: Any) -> Any:
    made = nbformat.v4.new_code_cell(source, metadata={"nbgrader": marks} if marks else {})
    made.execution_count = 1 if ran else None
    if error is not None:
        made.outputs = [nbformat.v4.new_output("error", ename=error[0], evalue=error[1], traceback=[])]
    return made


SOLUTION = {"solution": True, "grade": False, "locked": False}
CHECK = {"solution": False, "grade": True, "locked": True, "points": 1}


def results_of(script: ModuleType, *cells: Any, ended: str = "", layout: int | None = 1) -> list[Any]:
    notebook = nbformat.v4.new_notebook(cells=list(cells))
    saved = json.loads(nbformat.writes(notebook))
    text = json.dumps(saved, indent=layout, ensure_ascii=False)
    marks = [script.marks_of(each) for each in cells]
    return list(script.results(Path("lab.ipynb"), text, saved, cells, marks, ended))


def test_each_check_has_its_state_and_points_at_the_answer_that_it_is_about(script: ModuleType) -> None:
    cells = (
        cell("def f(): return 1", grade_id="f", **SOLUTION),
        cell("assert f()", grade_id="test_f", **CHECK),
        cell("def g(): return 2\n1 / 0", ("ZeroDivisionError", "by zero"), grade_id="g", **SOLUTION),
        cell("assert g() == 1", ("AssertionError", "Is it 1?"), grade_id="test_g", **CHECK),
        cell("def h():\n    raise NotImplementedError()", grade_id="h", **SOLUTION),
        cell("check(h)", ("AssertionError", "Not written."), grade_id="test_h", **CHECK),
        cell("k = 1", ran=False, grade_id="k", **SOLUTION),
        cell("assert k", ran=False, grade_id="test_k", **CHECK),
        cell("g()", ("KeyboardInterrupt", ""), grade_id="test_slow", **CHECK),
        cell("x", ("NameError", "name 'x' is not defined")),
    )
    found = results_of(script, *cells, ended="Python ended.")
    assert [(each.name, each.state) for each in found] == [
        ("f", "passes"),
        ("g stops", "stops"),
        ("g", "not right yet"),
        ("h", "not written yet"),
        ("k", "not run"),
        ("slow", "not right yet"),
        ("cell 10 stops", "stops"),
    ]
    assert [each.message for each in found[1:4]] == ["ZeroDivisionError: by zero", "Is it 1?", "Not written."]
    assert "took too long" in found[5].message
    text = json.dumps(json.loads(nbformat.writes(nbformat.v4.new_notebook(cells=list(cells)))), indent=1).splitlines()
    assert '"def g(): return 2\\n",' in text[found[2].line - 1]
    assert {each.line for each in results_of(script, *cells, layout=None)} == {0}  # one line: nothing to point at


def test_a_loop_is_stopped_and_an_end_of_python_is_told_of_what_comes_after(script: ModuleType, tmp_path: Path) -> None:
    cells = [
        cell("def f():\n    while True: pass", grade_id="f", **SOLUTION),
        cell("f()", grade_id="test_f", **CHECK),
        cell("assert 1", grade_id="test_after", **CHECK),
        cell("import os; os._exit(1)"),
        cell("assert True", grade_id="test_g", **CHECK),
    ]
    odd = {"kernelspec": {"name": "of somebody else", "display_name": "x"}}
    path = tmp_path / "lab.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=odd), path)
    found = script.check(path, 2)
    assert [(each.name, each.state) for each in found] == [
        ("f", "not right yet"),
        ("after", "passes"),
        ("g", "not run"),
    ]
    assert "took too long" in found[0].message
    assert "Python ended before it" in found[2].message


def test_annotations_are_at_most_ten_of_a_kind(script: ModuleType) -> None:
    wrong = [script.Result("lab.ipynb", f"f{number}", "not right yet", "No.", number) for number in range(30)]
    assert len(runner_commands("\n".join(script.annotations(wrong)))) == 10


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_is_text_everywhere(script: ModuleType, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    first, last = (cell("f()", ("AssertionError", text), grade_id=text, **CHECK) for _ in range(2))
    found = results_of(script, first, cell("g()", (text, text), grade_id=text, **SOLUTION), last)
    script.tell(found)
    printed = capsys.readouterr().out
    assert printed.count("\n") == 4
    assert not runner_commands(printed)
    commands = runner_commands("\n".join(script.annotations(found)))
    assert [each.name for each in commands] == ["error", "warning", "error"]
    assert all(set(each.properties) <= {"file", "line", "title"} for each in commands)
    suite = ElementTree.fromstring(script.junit(found))[0]
    assert [(each.tag, [part.tag for part in each]) for each in suite] == [("testcase", ["failure"])] * 2
    assert len({each.get("name") for each in suite}) == 2
    quality = json.loads(script.code_quality(found))
    assert [each["severity"] for each in quality] == ["major", "minor", "major"]
    assert len({each["fingerprint"] for each in quality}) == 3
    page = MarkdownIt("gfm-like", {"linkify": False, "html": True}).render(script.summary(found))
    assert page.count("<tr>") == 4
    assert page.count("<td>") == 9
    assert not [each for each in ("<img", "<script", "<a ", "<code", "<em", "<del", "<h1") if each in page]


@pytest.mark.parametrize("text", ["@all", "a #12", "!3", "https://x.example", "www.x.example", ":tada:"])
def test_no_name_number_or_address_is_found_in_the_summary(script: ModuleType, text: str) -> None:
    page = MarkdownIt("commonmark").render(script.literal(text))
    assert text not in page
    assert page.replace("\u2060", "") == f"<p>{text}</p>\n"


@pytest.mark.parametrize("text", ["", "{", "[]", '{"cells": 1}', '{"nbformat": 4, "cells": [1]}'])
def test_what_is_no_notebook_is_one_sentence_and_an_exit_code_of_its_own(
    script: ModuleType, tmp_path: Path, text: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY"):
        monkeypatch.delenv(name, raising=False)
    path = tmp_path / "lab.ipynb"
    path.write_text(text)
    assert script.main([str(path)]) == 2
    assert "lab.ipynb is no notebook, or is damaged. Open it in Jupyter and save it again." in capsys.readouterr().err


def test_a_folder_without_a_notebook_passes_nothing(
    script: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    assert script.main([]) == 2
    assert "There is no notebook with check cells here." in capsys.readouterr().err
