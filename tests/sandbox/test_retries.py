"""What was killed is tried again, so often and not more often."""

from __future__ import annotations

import pytest

from autograder.sandbox.retries import GUEST_TRIES, again_if_killed


@pytest.mark.parametrize(
    ("killed", "given", "tries"),
    [([False], 0, 1), ([True, False], 1, 2), ([True] * 9, GUEST_TRIES - 1, GUEST_TRIES)],
    ids=["at once", "the second time", "each time"],
)
def test_an_attempt_is_made_again_if_its_guest_was_killed(killed: list[bool], given: int, tries: int) -> None:
    attempts = iter(enumerate(killed))
    assert again_if_killed(lambda: next(attempts)) == given
    assert next(attempts, (tries, None))[0] == tries
