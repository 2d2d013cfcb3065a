"""Limits, as a record."""

from __future__ import annotations

import pytest

from autograder.sandbox.limits import Limits


@pytest.mark.parametrize("name", ["cell_wall_seconds", "memory_bytes", "cpu_seconds"])
def test_limits_must_be_above_zero(name: str) -> None:
    with pytest.raises(ValueError, match=name):
        Limits(**{name: 0})
    assert Limits(**{name: 1}).to_dict()[name] == 1


def test_the_time_for_mending_alone_may_be_none() -> None:
    assert Limits(mend_cpu_seconds=0).mend_cpu_seconds == 0
    with pytest.raises(ValueError, match="mend_cpu_seconds"):
        Limits(mend_cpu_seconds=-0.1)
