"""Packages that notebooks use, imported before processes are forked that would each import them."""

from __future__ import annotations

import contextlib
import importlib
import sys
from collections.abc import Collection, Iterable

# Well-known ones that take long to import and start no thread, which a fork would lose.
_PACKAGES = ("matplotlib", "networkx", "pandas", "scipy", "seaborn", "skimage", "sklearn", "statsmodels", "sympy")
# PyTorch imports the second, which takes as long as the rest of it, when the first optimizer is made.
_OPTIMIZERS, _FOR_OPTIMIZERS = "torch.optim", "torch._dynamo"


def worth_importing(modules: Collection[str]) -> list[str]:
    """What takes long to import of these modules, by their whole names, and of what they import when they are used."""
    found = {each for each in modules if _takes_long(each)}
    if any(f"{each}.".startswith(f"{_OPTIMIZERS}.") for each in modules):
        found.add(_FOR_OPTIMIZERS)
    return sorted(found)


def mentioned(code: Iterable[str]) -> list[str]:
    """Modules that texts of code seem to use, whatever they import: one too many costs a second, once."""
    return [_OPTIMIZERS] if any("optim" in each for each in code) else []


def import_ahead(modules: Collection[str]) -> None:
    """Imports what takes long of these modules, if it is there; who needs one that is not is told on asking for it."""
    for each in sorted(modules):
        if _takes_long(each) and each not in sys.modules:
            with contextlib.suppress(Exception):
                importlib.import_module(each)


def _takes_long(module: str) -> bool:
    return module.partition(".")[0] in _PACKAGES or module == _FOR_OPTIMIZERS
