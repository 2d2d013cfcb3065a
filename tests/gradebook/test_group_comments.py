"""The words of a group's comment, in and out of what staff said before, and what can be none."""

from __future__ import annotations

import pytest

from autograder.course.errors import CourseError
from autograder.gradebook.group_comments import MAX_CHARACTERS, checked_text, has_block, with_block, without_block

TEXTS = ("Double it.", "Two\n\nparagraphs.", "- a list\n- (of [signs] + more)")
SAID = ("", "Well begun.", "Well begun.\n\nAnd more.\n")


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("said", SAID)
def test_a_text_goes_in_once_and_out_again_and_leaves_the_rest(said: str, text: str) -> None:
    both = with_block(said, text)
    assert has_block(both, text)
    assert has_block(f"{both}\n", text)  # as a form may send it
    assert not has_block(said, text)
    assert without_block(both, text) == said.rstrip()
    assert without_block(with_block(both, "Last."), text) == with_block(said, "Last.")
    assert without_block(both, text, "Other.") == with_block(said, "Other.")


def test_a_text_within_other_words_is_not_the_text() -> None:
    assert not has_block("See here: Double it.", "Double it.")
    assert not has_block("Double it. Please.", "Double it.")


def test_a_comment_holds_nothing_that_steers_a_terminal_or_that_a_database_refuses() -> None:
    assert checked_text(" a\x00\x1b[31mb\r\nc\td\udcff \u202e") == "a[31mb\nc\td?"
    assert checked_text("<b>bold</b> 名前 👩‍🔬") == "<b>bold</b> 名前 👩‍🔬"
    for empty in ("", " \n", "\x1b"):
        with pytest.raises(CourseError, match="The comment is empty"):
            checked_text(empty)
    with pytest.raises(CourseError, match=f"the most is {MAX_CHARACTERS}"):
        checked_text("a" * (MAX_CHARACTERS + 1))
