"""Code line by line: numbers, marks, and what is left out of a long cell."""

from __future__ import annotations

import html
import re

from readers import EVIL

from autograder.report.student_page.code_lines import MAX_LINES, CodeLine, code_lines, highlighted

LONG = "def f():\n" + "\n".join(f"    x = {number}" for number in range(2, 201))


def text_of(line: CodeLine) -> str:
    return html.unescape(re.sub(r"<[^>]*>", "", line.code))


def test_every_line_stands_by_itself() -> None:
    source = 'def f():\n    """Two\n    lines."""\n    return 1\n'
    lines = code_lines(source, [])
    assert [(each.number, text_of(each)) for each in lines] == list(enumerate(source.rstrip("\n").split("\n"), 1))
    for each in highlighted(source):
        assert each.count("<span") == each.count("</span>")


def test_code_is_escaped() -> None:
    assert "<img" not in "".join(highlighted(EVIL))
    assert "<script" not in "".join(highlighted(f"'''{EVIL}'''"))
    assert highlighted("<b>" * 10_000) == (html.escape("<b>" * 10_000),)


def test_marks_outside_of_the_cell_are_left_out() -> None:
    assert [each.number for each in code_lines("a\nb\nc", [(2, 5), (0, 0), (7, 8)]) if each.marked] == [2, 3]


def test_of_a_long_stretch_only_the_first_line_is_marked() -> None:
    assert [each.number for each in code_lines(LONG, [(3, 30)]) if each.marked] == [3]


def test_a_long_cell_is_shown_near_its_marks_with_its_gaps() -> None:
    lines = code_lines(LONG, [(100, 100)])
    assert [each.number for each in lines if each.number] == [1, *range(92, 109)]
    assert [each.left_out for each in lines if each.left_out] == [90, 92]


def test_a_long_cell_without_marks_is_shown_from_its_start() -> None:
    lines = code_lines(LONG, [])
    assert len(lines) == MAX_LINES
    assert lines[-1].left_out == 200 - (MAX_LINES - 1)


def test_many_marks_are_shown_up_to_a_number() -> None:
    assert len(code_lines(LONG, [(number, number) for number in range(1, 200)])) <= 2 * MAX_LINES + 2


def test_the_inside_of_a_docstring_is_left_out_unless_it_is_marked() -> None:
    source = 'def f(x):\n    """First.\n\n    x: a number\n    Returns: another\n    """\n    return x'
    assert [each.number for each in code_lines(source, [])] == [1, 2, 3, 7]
    assert 5 in [each.number for each in code_lines(source, [(5, 5)])]
