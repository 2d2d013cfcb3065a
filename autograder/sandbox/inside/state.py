"""What the notebook holds, as a digest: whether calls left something behind that later ones could find.

It is asked for before checks and after them. A guest's word: what hangs on it is what a dry run foretells, and no mark.
"""

from __future__ import annotations

import itertools
import os
import sys
import types
from typing import Any

import torch

from autograder.sandbox.inside.looking import Look, Unknown

_SHELLS_OWN = frozenset(["In", "Out", "_", "__", "___", "_i", "_ii", "_iii", "_ih", "_oh", "_dh"])
_MAX_FILES = 10_000
_last_before = ""


def state_digest(shell: Any) -> str | None:
    """A digest of all that the notebook's names, its own modules and its folder hold; None if that can't be told."""
    try:
        look = Look(shell, _own_modules())
        look.add_names(shell.user_ns, 0, without=_SHELLS_OWN | set(shell.user_ns_hidden))
        for module in look.modules:
            look.add(module, 0)
        look.feed(str(torch.get_default_dtype()))
        look.feed(repr(_files()))
    except Exception:  # of whatever lies in the notebook
        return None
    return look.digest()


def prepare() -> None:
    """Notes what is imported before the fork, which is not the notebook's. To look at it would copy all its memory."""
    global _last_before
    _last_before = next(reversed(sys.modules))


def _own_modules() -> list[Any]:
    """Modules that were loaded from the notebook's folder."""
    folder = os.getcwd() + os.sep
    found = []
    for name in itertools.takewhile(lambda each: each != _last_before, reversed(sys.modules)):
        module = sys.modules[name]
        place = vars(module).get("__file__") if type(module) is types.ModuleType else None
        if type(place) is str and place.startswith(folder):
            found.append(module)
    return found


def _files() -> list[Any]:
    found = []
    for folder, _, names in os.walk("."):
        for name in sorted(names):
            at = os.lstat(os.path.join(folder, name))
            found.append((folder, name, at.st_size, at.st_mtime_ns))
            if len(found) > _MAX_FILES:
                raise Unknown
    return found
