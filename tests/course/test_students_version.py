"""What students get of an instructor's notebook: no solution, no hidden test, no mark scheme, no picture of one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest
from helpers import write_notebook
from marked import make_assignment
from traitlets.config import Config

from autograder.course.course import load_course
from autograder.course.errors import CourseError
from autograder.course.students_version import make_release, release_settings

PIXEL = {"image/png": "iVBORw0KGgo="}


def marked(kind: str, source: str, grade_id: str, **marks: Any) -> Any:
    cell = nbformat.v4.new_code_cell(source) if kind == "code" else nbformat.v4.new_markdown_cell(source)
    full = {"grade": False, "solution": False, "locked": False, "task": False, "schema_version": 3, **marks}
    cell.metadata["nbgrader"] = {"grade_id": grade_id, **full}
    return cell


def released(*cells: Any, settings: str = "") -> list[Any]:
    made: list[Any] = make_release(nbformat.v4.new_notebook(cells=list(cells)), settings=settings).cells
    return made


def test_a_solution_hidden_tests_and_a_mark_scheme_are_gone() -> None:
    answer, tests, task = released(
        marked("code", "def f():\n    ### BEGIN SOLUTION\n    return 1\n    ### END SOLUTION", "f", solution=True),
        marked("code", "f()\n### BEGIN HIDDEN TESTS\nf(2)\n### END HIDDEN TESTS", "t", grade=True, points=1),
        marked("markdown", "Draw.\n### BEGIN MARK SCHEME\n2 a line\n### END MARK SCHEME", "k", task=True, points=2),
    )
    assert answer.source == "def f():\n    # YOUR CODE HERE\n    raise NotImplementedError()"
    assert tests.source.strip() == "f()"
    assert task.source.strip() == "Draw."


def test_a_picture_in_a_solution_leaves_with_it_and_one_in_the_text_stays() -> None:
    essay = marked("markdown", "Like this: ![](attachment:a.png)", "e", grade=True, solution=True, points=3)
    essay["attachments"] = {"a.png": PIXEL}
    question = nbformat.v4.new_markdown_cell("See ![](attachment:q.png)")
    question["attachments"] = {"q.png": PIXEL, "unused.png": PIXEL}
    answer, text = released(essay, question)
    assert "attachments" not in answer
    assert text.attachments == {"q.png": PIXEL}


def test_a_course_may_have_words_of_its_own_for_solutions() -> None:
    config = Config({"ClearSolutions": {"begin_solution_delimeter": "# ANSWER", "end_solution_delimeter": "# /ANSWER"}})
    config.ClearSolutions.code_stub = {"python": "..."}
    (cell,) = released(
        marked("code", "x = 1\n# ANSWER\ny = 2\n# /ANSWER", "f", solution=True), settings=release_settings(config)
    )
    assert cell.source == "x = 1\n..."
    assert release_settings(Config()) == ""


def test_the_instructor_s_notebook_is_not_changed() -> None:
    source = nbformat.v4.new_notebook(cells=[marked("code", "f = 1", "f", solution=True)])
    before = nbformat.writes(source)
    make_release(source)
    assert nbformat.writes(source) == before


@pytest.mark.parametrize("other", ["Grading", "Limits", "CourseDirectory"])
def test_other_settings_make_no_difference_to_the_release(other: str) -> None:
    assert release_settings(Config({other: {"course_id": "x"}})) == ""


def test_what_nbgrader_puts_around_each_notebook_is_read_as_part_of_it(tmp_path: Path) -> None:
    tests = marked("code", "assert twice(2) == 4", "t", grade=True, locked=True, points=1)
    make_assignment(tmp_path, "ps1", {"one": [tests]})
    header = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("def twice(x):\n    return 2 * x")])
    write_notebook(tmp_path / "source" / "header.ipynb", header)
    with (tmp_path / "course_config.py").open("a") as file:
        file.write('c.IncludeHeaderFooter.header = "source/header.ipynb"\n')
    course = load_course(tmp_path)
    assignment = course.assignment("ps1")
    for notebook in (assignment.source, assignment.release):
        assert [cell.source.splitlines()[0] for cell in notebook.cells] == ["def twice(x):", "assert twice(2) == 4"]
    assert course.assignment_names() == ["ps1"]
    (tmp_path / "source" / "header.ipynb").write_text("{")
    with pytest.raises(CourseError, match=r"header\.ipynb can't be read"):
        course.assignment("ps1")
