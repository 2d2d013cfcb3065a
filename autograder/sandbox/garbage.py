"""Measuring without the garbage collector. It stands alone, so that whoever makes pages needs no PyTorch."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def garbage_kept() -> Iterator[None]:
    """No garbage is collected in here: a collection takes longer than what is measured, and comes at any time."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()
