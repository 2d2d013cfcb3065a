"""Which tensor belongs to which parameter of a model, whatever it calls them: by sizes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor


def state_by_size(parameters: Mapping[str, Tensor], *tensors: Tensor) -> dict[str, Tensor]:
    """A state for `Module.load`: each parameter's name with the tensor that has as many elements, in its shape.

    Of tensors of one size, the one with as many dimensions comes first. {} if some parameter finds none for itself.
    """
    left, state = list(tensors), {}
    for name, parameter in parameters.items():
        fitting = [i for i, each in enumerate(left) if each.numel() == parameter.numel()]
        if not fitting:
            return {}
        place = min(fitting, key=lambda i: left[i].dim() != parameter.dim())
        state[name] = left.pop(place).reshape(parameter.shape)
    return state
