"""Whether a check may show values, and whether what it sends is hidden by its own word or for what others have sent."""

from __future__ import annotations

import pytest

from autograder.checks.inputs import guard, hidden_inputs, of_check, public_inputs, sends_hidden_inputs


def state() -> tuple[bool, bool]:
    return public_inputs.get(), sends_hidden_inputs()


def test_a_public_check_sends_hidden_inputs_in_such_a_part_alone() -> None:
    with of_check(public=True):
        assert state() == (True, False)
        with hidden_inputs():
            assert state() == (False, True)
        assert state() == (True, False)


def test_any_other_check_tells_nothing_else() -> None:
    with of_check(public=False):
        assert state() == (False, True)


def test_a_check_that_is_guarded_shows_nothing_and_has_told_nothing_for_that() -> None:
    with of_check(public=True):
        guard()
        assert state() == (False, False)
        with hidden_inputs():
            assert state() == (False, True)
        assert state() == (False, False)


def test_the_next_check_begins_anew_whatever_became_of_the_last() -> None:
    def guarded() -> None:
        with of_check(public=True), hidden_inputs():
            guard()
            raise ValueError("it ends")

    before = public_inputs.get()
    with pytest.raises(ValueError, match="it ends"):
        guarded()
    assert public_inputs.get() == before
    with of_check(public=True):
        assert state() == (True, False)
