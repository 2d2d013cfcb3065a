"""The layers of confinement, by name: what a guest reports of itself and what the grader demands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

REQUIRED_LAYERS = ("descriptors", "limits", "user", "files", "signals", "syscalls")


@dataclass(frozen=True)
class Layer:
    """One layer as the guest reported it before it saw student code.

    Attributes:
        name: as in `docs/security.md`.
        active: whether it holds.
        detail: a few words about how, or why not.
    """

    name: str
    active: bool
    detail: str = ""


def missing_layers(layers: Sequence[Layer]) -> list[Layer]:
    """The required layers that are not active."""
    return [layer for layer in layers if layer.name in REQUIRED_LAYERS and not layer.active]
