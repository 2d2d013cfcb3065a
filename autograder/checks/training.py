"""What checks of gradients and of training share: each asks one thing, and says where it goes wrong."""

from __future__ import annotations

import torch
from torch import Tensor

from autograder.checks.expectations import expect
from autograder.checks.hints import ratio_hint
from autograder.checks.inputs import public_inputs
from autograder.checks.messages import fail
from autograder.checks.notebook import Differentiated

_KEEP_THE_GRAPH = "Compute with tensors all the way: no `.item()`, `.detach()`, `.numpy()` or `no_grad()`."
_SAME_WAY = 0.999  # the cosine between two steps that go the same way


def gradient_of(result: Differentiated, position: int, like: Tensor, called: str, of: str) -> Tensor:
    """The gradient that flowed back to one argument, of `like`'s shape, float64.

    Args:
        position: of the argument, from 0.
        of: its name.

    Raises:
        CheckFailed: nothing flowed back, or NaN or infinity.
    """
    gradient = result.gradients[position]
    if not isinstance(gradient, Tensor) or gradient.numel() != like.numel():
        raise fail(
            called,
            f"gives a result from which no gradient flows back to {of}",
            "Training needs that gradient.",
            _KEEP_THE_GRAPH,
        )
    expect(
        bool(torch.isfinite(gradient).all()),
        called,
        f"gives a gradient with respect to {of} that is NaN or infinite",
        "It should be finite, like the result itself.",
        "Is there a log of 0, or a division by 0?",
    )
    return gradient.detach().double().reshape(like.shape)


def expect_direction(gradient: Tensor, expected: Tensor, called: str, of: str, try_this: str = "") -> None:
    """Demands a gradient that points where the formula's does; a factor, as between sum and mean, is let pass.

    Unit vectors are compared: 1e-3 is far above float32's rounding, and any other formula turns them further.
    """
    unit = gradient / gradient.norm().clamp(min=1e-12)
    expect(
        bool(torch.allclose(unit, expected / expected.norm(), rtol=0, atol=1e-3)),
        called,
        f"gives a gradient with respect to {of} that points another way than the formula's",
        "A small step against the gradient should make the losses smaller.",
        ratio_hint(unit, expected / expected.norm(), subject="The gradient") or try_this,
    )


def step_ratio(step: Tensor | None, right: Tensor) -> float:
    """How many times as long as the right one a step is, negative if it goes the opposite way; 0 if another way.

    Args:
        step: (n,), what an update added to the parameters; None if it added nothing.
        right: (n,), what it should have added.
    """
    if step is None or not bool(step.any()):
        return 0.0
    cosine = float(step @ right / right.norm() / step.norm())
    if abs(cosine) < _SAME_WAY:
        return 0.0
    ratio = float(step.norm() / right.norm())
    return ratio if cosine > 0 else -ratio


def step_of_length(ratio: float) -> str:
    """What came back: a first step that is `ratio` times as long as the right one; told where values may be."""
    if not public_inputs.get():
        return "takes a first step of another length than it should"
    return f"takes a first step that is {ratio:.3g} times as long as it should be"


def expect_epochs(
    found: list[float],
    expected: list[float],
    called: str,
    what: str,
    first: str,
    try_this: str,
    *,
    rtol: float = 1e-4,
    atol: float = 1e-5,
) -> None:
    """Demands one number for each epoch of gradient descent, and says in which epoch they go wrong.

    Args:
        found, expected: equally many.
        what: "cost" or "accuracy".
        first: a sentence on what the number of epoch 0 should be.
        rtol, atol: the defaults suit costs. float32 drifts from the float64 reference by about 1e-6 in 100 updates;
            a wrong learning rate, a missing update or a shift by one epoch changes the costs by 1e-3 and more.
    """
    for epoch, (mine, theirs) in enumerate(zip(found, expected, strict=True)):
        if abs(mine - theirs) <= atol + rtol * abs(theirs):
            continue
        shown = f" ({mine:.4f})" if public_inputs.get() else ""
        if epoch == 0:
            property_ = first
        elif epoch == 1:
            property_ = "Epoch 0 is right; epoch 1 should have that after one step of lr times the gradient."
        else:
            property_ = "Up to there all is right: each epoch should do the same, with the gradient of its own cost."
        where = f"epoch {epoch}{shown}" if public_inputs.get() or epoch < 2 else "a later epoch"
        raise fail(called, f"notes another {what} than it should in {where}", property_, try_this)
