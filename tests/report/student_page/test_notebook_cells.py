"""The folded notebook: each kind of cell and output, clean, and bounded."""

from __future__ import annotations

import base64
from typing import Any

import nbformat
import pytest
from page_cases import picture
from readers import EVIL, LINKS

from autograder.checks import page_words
from autograder.report.student_page import notebook_cells
from autograder.report.student_page.notebook_cells import cell_views, output_html, pictures_in
from autograder.report.student_page.texts import Texts

PNG = base64.b64encode(picture()).decode()


def data(**kinds: Any) -> dict[str, Any]:
    """An output with data of these kinds: `text_html` is "text/html"."""
    return {"output_type": "display_data", "data": {name.replace("_", "/", 1): value for name, value in kinds.items()}}


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        (
            {"output_type": "stream", "text": "a\x1b[31mb\x1b[0m\n"},
            '<pre class="output" tabindex="0" role="group" aria-label="Output">ab</pre>',
        ),
        ({"output_type": "stream", "text": ["a\n", "b"]}, "a\nb"),
        ({"output_type": "stream", "text": "a\x00\x1b]b"}, "a��]b"),
        ({"output_type": "error", "traceback": ["\x1b[0;31mNameError\x1b[0m"]}, ">NameError</pre>"),
        ({"output_type": "error", "ename": "E", "evalue": "why", "traceback": []}, ">E: why</pre>"),
        (data(image_png=PNG, text_plain="<Figure>"), f'<img src="data:image/png;base64,{PNG}" alt="Output">'),
        (data(image_png=[PNG[:40], PNG[40:]]), "A picture can't be shown here"),
        (data(image_png="AAAA", text_plain="<Figure>"), "A picture can't be shown here"),
        (data(image_jpeg=None), "A picture can't be shown here"),
        (data(text_html="<table><tr><td>1</td></tr></table>", text_plain="1"), "<td>1</td>"),
        (data(text_markdown="**a**"), "<strong>a</strong>"),
        (data(text_latex="$\\frac{1}{2}$"), "<mfrac>"),
        (data(text_latex="no formula", text_plain="plain"), ">plain</pre>"),
        (data(text_plain="a < b"), ">a &lt; b</pre>"),
        (data(), ""),
        ({"output_type": "display_data", "data": []}, ""),
        ({"output_type": "stream", "text": None}, ""),
        ({}, ""),
    ],
)
def test_an_output_is_shown_in_its_best_harmless_form(output: Any, expected: str) -> None:
    made = output_html(output, Texts())
    assert expected in made
    assert bool(expected) == bool(made)


@pytest.mark.parametrize("kind", ["text_html", "text_markdown", "text_latex", "text_plain", "image_svg+xml"])
@pytest.mark.parametrize("evil", [EVIL, *LINKS[:3]])
def test_nothing_in_an_output_runs(kind: str, evil: str) -> None:
    made = output_html(data(**{kind: evil}), Texts())
    assert "<script" not in made
    assert "<img src=x" not in made
    assert 'href="javascript' not in made.lower()


def test_empty_cells_are_left_out_and_others_keep_their_numbers() -> None:
    cells = [nbformat.v4.new_markdown_cell("a"), nbformat.v4.new_code_cell(" "), nbformat.v4.new_raw_cell("<b>")]
    views = list(cell_views(cells, {}, Texts()))
    assert [(each.kind, each.name) for each in views] == [("text", "cell 1"), ("raw", "cell 3")]
    assert views[1].body == "&lt;b&gt;"


def test_a_verdict_stands_in_the_card_alone() -> None:
    cell = nbformat.v4.new_code_cell("f()", metadata={"nbgrader": {"grade_id": "test_f"}})
    cell.outputs = [nbformat.v4.new_output("stream", text="4 of 4 points")]
    (view,) = cell_views([cell], {"test_f": "exercise-1"}, Texts())
    assert (view.card, view.outputs) == ("exercise-1", ())


@pytest.mark.parametrize("marks", [None, [], "x", {"grade_id": ["test_f"]}, {"grade_id": None}])
def test_odd_marks_of_a_cell_do_no_harm(marks: Any) -> None:
    cell = {"cell_type": "code", "source": "x", "metadata": {"nbgrader": marks}, "outputs": None}
    assert [each.card for each in cell_views([cell], {"test_f": "exercise-1"}, Texts())] == [""]


def test_there_is_an_end_to_output(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notebook_cells, "MAX_OUTPUT_CHARACTERS", 500)
    cell = nbformat.v4.new_code_cell("f()")
    cell.outputs = [nbformat.v4.new_output("stream", text="x" * 100) for _ in range(20)]
    (view,) = cell_views([cell], {}, Texts())
    assert len(view.outputs) < 6
    assert page_words.TOO_MUCH_OUTPUT in view.outputs[-1]
    assert len(output_html({"output_type": "stream", "text": "x" * 100_000}, Texts())) < 30_000


def test_pictures_are_found_in_outputs() -> None:
    cell = {"outputs": [data(image_png=PNG), data(text_plain="1"), data(image_png="!"), {"data": None}]}
    assert next(pictures_in([{"outputs": None}, cell])) == picture()
    assert len(list(pictures_in([cell]))) == 2


@pytest.mark.parametrize("kind", ["code", "markdown", "raw"])
def test_a_page_holds_so_much_of_a_notebook_and_says_where_the_rest_is(kind: str) -> None:
    text = "1+" * 3_300 + "1\n"
    cells = [{"cell_type": kind, "source": f"{number}+{text}", "metadata": {}, "outputs": []} for number in range(200)]
    views = list(cell_views(cells, {}, Texts()))
    assert views[-1].body == page_words.TOO_MUCH_SOURCE
    assert len(views) < 70
    assert sum(len(each.body) for each in views) < 6_000_000


def test_the_rest_of_a_long_cell_is_said_to_be_left_out() -> None:
    [view] = cell_views(
        [{"cell_type": "code", "source": "x = 1\n" * 10_000, "metadata": {}, "outputs": []}], {}, Texts()
    )
    assert view.body.endswith(page_words.CELL_CUT)
    assert len(view.body) < 25_000
