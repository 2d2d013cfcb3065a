"""Titles of exercises: the heading above the solution cell, without points and minutes."""

from __future__ import annotations

from typing import Any

import nbformat
import pytest

from autograder.report.student_page.outline import outline_of, plain

F = {"f": ("f", "test_f")}


def notebook(*cells: str) -> Any:
    """Markdown, or code cells where a text begins with "@" and a grade id."""
    made = []
    for each in cells:
        if each.startswith("@"):
            made.append(nbformat.v4.new_code_cell("", metadata={"nbgrader": {"grade_id": each[1:]}}))
        else:
            made.append(nbformat.v4.new_markdown_cell(each))
    return nbformat.v4.new_notebook(cells=made)


def title(heading: str) -> str:
    return str(outline_of(notebook("# Lab", heading, "@f", "@test_f"), "lab", F).exercises["f"])


@pytest.mark.parametrize(
    ("heading", "expected"),
    [
        ("## Exercise 4: all losses (15 points, 12 minutes)", "Exercise 4: all losses"),
        ("## Exercise 4 (1 point)", "Exercise 4"),
        ("## Exercise 4 [20 min]", "Exercise 4"),
        ("## The mean (of squares)", "The mean (of squares)"),
        ("## 2. The mean", "2. The mean"),
        ("## (10 points)", "(10 points)"),
        ("<a id='x'></a>\n\n### `double`\n\ntext", "<code>double</code>"),
        ("## A\n\n### B\n\ntext", "B"),
        ("## A\n\n```python\n# not a heading\n```", "A"),
        ("## A & <b>", "A &amp; &lt;b&gt;"),
        ("## A ##", "A"),
        ("no heading", "Lab"),
    ],
)
def test_a_title_is_the_heading_above_the_solution(heading: str, expected: str) -> None:
    assert title(heading) == expected


def test_a_heading_is_not_that_of_the_next_exercise_too() -> None:
    found = outline_of(
        notebook("# Lab", "## One", "@f", "@test_f", "text", "@g", "@test_g"), "lab", {**F, "g": ("g", "test_g")}
    )
    assert (found.title, found.exercises["f"], found.exercises["g"]) == ("Lab", "One", "<code>g</code>")


def test_without_a_heading_there_are_still_names() -> None:
    found = outline_of(notebook("@f", "@test_f"), "my_lab", F)
    assert (plain(found.title), plain(found.exercises["f"])) == ("my_lab", "f")


def test_a_formula_in_a_title_is_drawn_and_read() -> None:
    found = outline_of(notebook("## The $x^2$", "@f", "@test_f"), "lab", F).exercises["f"]
    assert "<math" in found
    assert plain(found) == "The x2"
