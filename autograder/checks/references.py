"""What an assignment's reference values are made from: fresh data that no student has seen, and runs done once.

The global random generators are left as they are. A seed may be a generator, to draw one thing after another from it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, wraps
from typing import ParamSpec, TypeVar

import torch
from torch import Tensor

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True)
class Data:
    """Examples, and what belongs to each.

    Attributes:
        x: (m, d) float32, features.
        y: (m, 1) float32, labels or measured values.
    """

    x: Tensor
    y: Tensor


def fresh_features(seed: int | torch.Generator, m: int, d: int, scale: float = 1.0) -> Tensor:
    """(m, d) float32, normally distributed with standard deviation `scale`."""
    return torch.randn(m, d, generator=_generator(seed)) * scale


def fresh_labels(seed: int | torch.Generator, m: int) -> Tensor:
    """(m, 1) float32: half of the labels are 1, the others 0, in a mixed order."""
    return torch.randperm(m, generator=_generator(seed)).remainder(2).float().reshape(m, 1)


def fresh_weights(seed: int | torch.Generator, d: int) -> tuple[Tensor, Tensor]:
    """W (d, 1) and b (1,), float32, none of them near zero, so that leaving one out shows."""
    generator = _generator(seed)
    signs = torch.randint(0, 2, (d + 1,), generator=generator) * 2.0 - 1.0
    values = signs * (0.4 + 0.8 * torch.rand(d + 1, generator=generator))
    return values[:d].reshape(d, 1), values[d:]


def fresh_probabilities(seed: int | torch.Generator, m: int, margin: float = 0.05) -> Tensor:
    """Probabilities (m, 1), float32, from `margin` to 1 - `margin`."""
    return margin + (1 - 2 * margin) * torch.rand(m, 1, generator=_generator(seed))


def _generator(seed: int | torch.Generator) -> torch.Generator:
    return seed if isinstance(seed, torch.Generator) else torch.Generator().manual_seed(seed)


def done_once(function: Callable[P, R]) -> Callable[P, R]:
    """A function of tensors that is worked out once for the same numbers: checks ask for each submission anew.

    What it returns is shared between its callers: don't change it.
    """

    @lru_cache(maxsize=512)
    def cached(arguments: tuple[object, ...], keywords: tuple[tuple[str, object], ...]) -> R:
        plain = {name: _plain(each) for name, each in keywords}
        return function(*map(_plain, arguments), **plain)  # type: ignore[arg-type]

    @wraps(function)
    def asked(*arguments: P.args, **keywords: P.kwargs) -> R:
        return cached(tuple(map(_key, arguments)), tuple((name, _key(each)) for name, each in keywords.items()))

    return asked


class _Numbers:
    """A tensor as a key: the same numbers of the same dtype in the same shape are the same."""

    def __init__(self, tensor: Tensor) -> None:
        self.tensor = tensor.detach().clone()
        self._key = (tuple(tensor.shape), tensor.dtype, self.tensor.numpy().tobytes())

    def __hash__(self) -> int:
        return hash(self._key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Numbers) and self._key == other._key


def _key(value: object) -> object:
    return _Numbers(value) if isinstance(value, Tensor) else value


def _plain(value: object) -> object:
    return value.tensor if isinstance(value, _Numbers) else value
