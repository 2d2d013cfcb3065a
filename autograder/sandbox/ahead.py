"""What is done once before processes are forked: packages are imported that each of them would import."""

from __future__ import annotations

import contextlib
import importlib
import sys
from collections.abc import Collection

# Well-known ones that take long to import and start no thread, which a fork would lose.
_PACKAGES = ("matplotlib", "networkx", "pandas", "scipy", "seaborn", "skimage", "sklearn", "statsmodels", "sympy")

MANY_GUESTS = 40  # so many save what it takes to put the memory together that they are forked with


def worth_importing(modules: Collection[str]) -> list[str]:
    """What takes long to import of these modules, by their whole names."""
    return sorted({each for each in modules if each.partition(".")[0] in _PACKAGES})


def import_ahead(modules: Collection[str]) -> None:
    """Imports what is there of these modules; whoever needs one that is not is told so when it asks for it."""
    for each in worth_importing(modules):
        if each not in sys.modules:
            with contextlib.suppress(Exception):
                importlib.import_module(each)
