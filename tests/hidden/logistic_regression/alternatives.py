"""Right answers in other styles."""

from autograder.catalogue import Alternative

ALTERNATIVES: tuple[Alternative, ...] = ()
