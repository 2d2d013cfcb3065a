"""Right answers in other styles, each of which must get full marks; see `autograder.checks`."""

from autograder.checks import Alternative

from . import classifiers, formulas, loops

ALTERNATIVES: tuple[Alternative, ...] = (
    *formulas.ALTERNATIVES,
    *loops.ALTERNATIVES,
    *classifiers.ALTERNATIVES,
)
