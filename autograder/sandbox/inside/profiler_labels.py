"""Optimizers label each step, and each clearing of gradients, for a profiler. Where none runs, that is left out.

A label takes as long as the step of a small model: of a notebook that trains in a few hundred epochs, a tenth.
"""

from __future__ import annotations

from typing import Any

import torch
from torch.autograd.profiler import record_function

_enter, _leave = record_function.__enter__, record_function.__exit__
_is_profiled = torch.autograd._profiler_enabled  # type: ignore[attr-defined]


def leave_out() -> None:
    """From now on there are labels only while a profiler runs. Call it once, before any fork."""
    record_function.__enter__ = _enter_if_profiled  # type: ignore[method-assign]
    record_function.__exit__ = _leave_if_entered  # type: ignore[method-assign]


def look_at(code: str) -> None:
    """Puts all back as PyTorch has it, if `code` speaks of labels: it may look at them closely, or compile them."""
    if "record_function" in code:
        record_function.__enter__, record_function.__exit__ = _enter, _leave  # type: ignore[method-assign]


def _enter_if_profiled(self: Any) -> Any:
    if _is_profiled():
        return _enter(self)  # type: ignore[no-untyped-call]
    self.record = None
    return self


def _leave_if_entered(self: Any, *raised: Any) -> None:
    if self.record is not None:
        _leave(self, *raised)
