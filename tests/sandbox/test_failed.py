"""What a guest says of statements that it left out is taken only in our form, and never too much of it."""

from __future__ import annotations

from typing import Any

import pytest

from autograder.sandbox.failed import MAX_STATEMENTS, FailedStatement, failed_statements, known_notes

TOLD = {"raised": {"type": "NameError"}, "line": 2, "code": "x = y", "names": ["x"], "followed": True}


def test_a_guest_s_words_are_taken_as_they_are() -> None:
    assert failed_statements([TOLD]) == (FailedStatement({"type": "NameError"}, 2, "x = y", ("x",), True),)


@pytest.mark.parametrize(
    "told",
    [None, 3, "text", {}, [None], [3], [{}], [{**TOLD, "line": "2"}], [{**TOLD, "line": True}], [{**TOLD, "code": 3}]],
)
def test_what_is_not_of_our_form_is_dropped(told: Any) -> None:
    assert failed_statements(told) == ()


def test_there_is_an_end_to_it() -> None:
    [long] = failed_statements([{**TOLD, "code": "x" * 10_000, "names": [3, "y" * 10_000, *["x"] * 10_000]}])
    assert len(long.code) <= 1000
    assert 0 < len(long.names) <= 100
    assert set(long.names) == {"x"}
    assert len(failed_statements([TOLD] * 10_000)) == MAX_STATEMENTS
    assert not failed_statements([{**TOLD, "followed": "yes", "names": "x"}])[0].followed


@pytest.mark.parametrize(
    ("told", "known"),
    [
        (["gpu", "workers", "screen", "python 3.12"], {"gpu", "workers", "screen", "python 3.12"}),
        (["else", "python 4.0", "python 3.12\n", 3, None, ["gpu"]], set()),
        (None, set()),
        ({"gpu": 1}, set()),
    ],
)
def test_only_notes_of_ours_are_known(told: Any, known: set[str]) -> None:
    assert known_notes(told) == known
