"""What a student reads of a mistake that was found by mending: a sentence for each kind, which quotes their text."""

from __future__ import annotations

import re

import pytest

from autograder.checks.mended import KINDS, WORDS, Mend, Place, place_only, placed, told, told_either

SOURCE = "def größe(x):\n    y = x.mean()  # ü\n    return (y +\n            x)\n"
ALL = Place(0, 1, 0, 4, 100)


def at(line: int, column: int = 4, last_column: int = 14, cell: int = 0) -> Place:
    return Place(cell, line, column, line, last_column)


@pytest.mark.parametrize(
    ("place", "text"),
    [
        (Place(0, 1, 4, 1, 11), "größe"),
        (Place(0, 1, 12, 1, 13), "x"),
        (Place(0, 2, 8, 2, 16), "x.mean()"),
        (Place(0, 3, 11, 4, 14), "(y + x)"),
        (Place(0, 1, 7, 1, 8), "�"),  # half a letter
        (Place(0, 2, 50, 2, 60), ""),
        (Place(0, 2, 12, 2, 4), ""),
        (Place(0, 5, 0, 5, 9), ""),  # the line that follows the last end of a line
    ],
)
def test_a_place_is_cut_out_of_the_text_by_bytes(place: Place, text: str) -> None:
    assert place.fits([SOURCE])
    assert place.text([SOURCE]) == text


@pytest.mark.parametrize(
    "place",
    [at(6), at(0), at(-1), at(1, cell=1), at(1, cell=-1), at(1, -1), at(1, 0, -1), Place(0, 3, 0, 2, 1), at(10**30)],
)
def test_a_place_that_is_not_in_the_text_does_not_fit(place: Place) -> None:
    assert not place.fits([SOURCE])


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("x" * 500, "x" * 69 + "…"),
        ("é" * 500, "é" * 69 + "…"),
        ("a(\n" * 300, "a( " * 23 + "…"),
        ("f(`x`)", "f('x')"),
        ("f('\x1b[31m')", "f(' [31m')"),
        ("  x\t=  1  ", "x = 1"),
        ("f(\n        x,\n        y,\n    )", "f( x, y, )"),
    ],
)
def test_code_is_shown_in_one_bounded_line_without_what_would_end_its_quotes(source: str, text: str) -> None:
    last = source.count("\n") + 1
    assert Place(0, 1, 0, last, 10_000).text([source]) == text


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_each_kind_has_a_kind_and_whole_sentence(kind: str) -> None:
    other = Place(0, 2, 8, 2, 14)
    said = told([Mend(kind, 10, (at(2, 8, 16),), other)], [SOURCE])
    assert said.startswith("In line 2 of your cell, ")
    assert said.endswith(".")
    assert said.count("`") % 2 == 0
    assert "``" not in said
    assert not re.search(r"[{}!]|  |\bNone\b", said)
    assert not re.search(r"\b(bad|stupid|fail\w*|must|never mind|obviously|simply)\b", said, re.IGNORECASE)
    assert len(said) < 250
    assert ("`x.mean`" in said) == ("{other}" in WORDS[kind])


def test_a_method_too_many_is_told_by_its_name_and_what_it_is_called_on() -> None:
    said = told([Mend("method-extra", 11, (at(2, 8, 16),), Place(0, 2, 8, 2, 14))], [SOURCE])
    assert said == "In line 2 of your cell, `.mean()` behind `x` is too much."


def test_braces_in_the_students_code_are_theirs() -> None:
    source = "x = {code} + {0} - {'a': 1}['{other}']"
    assert source in told([Mend("minus-extra", 10, (Place(0, 1, 0, 1, 99),))], [source])


def test_a_mistake_made_in_several_places_is_told_once_with_all_lines() -> None:
    lines = {(2,): "In line 2", (2, 3): "In lines 2 and 3", (1, 3, 2, 2): "In lines 1, 2 and 3"}
    for numbers, said in lines.items():
        sentence = told([Mend("sum-for-mean", 10, tuple(map(at, numbers)))], [SOURCE])
        assert sentence.startswith(f"{said} of your cell, ")


def test_several_mistakes_are_told_in_the_order_of_the_text() -> None:
    one, two = Mend("minus-extra", 10, (at(3, 11, 13),)), Mend("sum-for-mean", 10, (at(2, 8, 16),))
    said = told([one, two], [SOURCE])
    assert said.startswith("Two mistakes come together here. In line 2 of your cell, ")
    assert ". In line 3 of your cell, the minus in" in said
    three = [one, two, Mend("minus-extra", 10, (at(1, 0, 5),))]
    assert told(three, [SOURCE]).startswith("Three mistakes come together here. In line 1 of")
    assert told([*three, one], [SOURCE]).startswith("Several mistakes come together here. ")
    in_cells = [Mend("minus-extra", 10, (at(1, cell=1),)), Mend("sum-for-mean", 10, (at(2),))]
    assert told(in_cells, [SOURCE, SOURCE]).index("line 2") < told(in_cells, [SOURCE, SOURCE]).index("line 1")


def test_a_mistake_that_can_be_taken_back_in_either_of_two_lines_is_told_with_both() -> None:
    source = "W = torch.ones(1)\nW = torch.ones(1)"
    mends = [Mend("start-values", 10, (at(line, 4, 17),)) for line in (2, 1)]
    said = told_either(mends[0], [mends[0].places[0], mends[1].places[0]], [source])
    assert said.startswith("In line 1 or 2 of your cell, `torch.ones(1)` makes")
    other = source.replace("\nW = torch.ones", "\nW = torch.randn")
    alone = told_either(mends[0], [mends[0].places[0], mends[1].places[0]], [other])
    assert alone == told([mends[0]], [other])
    assert told_either(mends[0], [at(2, 4, 17)], [source]) == told([mends[0]], [source])


def test_the_catalogues_sentence_and_a_bare_place_are_told_with_their_lines() -> None:
    one, two = Mend("minus-extra", 10, (at(3),)), Mend("minus-extra", 10, (at(2), at(3)))
    assert placed("Divide by the count.", [one]) == "In line 3 of your cell: Divide by the count."
    assert placed("Divide.", [one, two]) == "In lines 2 and 3 of your cell: Divide."
    assert place_only((at(2),)) == "In line 2 of your cell, there is a mistake: what follows from it is wrong."
