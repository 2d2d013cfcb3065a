"""Right answers in other styles, each of which must get full marks; see `autograder.catalogue`."""

from autograder.catalogue import Alternative

from . import classifiers, formulas, loops

ALTERNATIVES: tuple[Alternative, ...] = (
    *formulas.ALTERNATIVES,
    *loops.ALTERNATIVES,
    *classifiers.ALTERNATIVES,
)
