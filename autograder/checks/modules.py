"""Models of students, whatever they call their parameters: making one, giving it parameters, asking what it has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor

from autograder.checks.came_back import describe_shape
from autograder.checks.closed_words import MAX_COUNT
from autograder.checks.inputs import public_inputs
from autograder.checks.messages import fail
from autograder.checks.notebook import Module, Notebook, seeded
from autograder.sandbox.fitting import state_by_size

__all__ = ["described_parameters", "expect_linear", "load_linear", "make_module", "state_by_size"]

_SHOWN_PARAMETERS = 4


def make_module(student: Notebook, name: str, *arguments: Any, seed: int = 1) -> Module:
    """An object of the student's class `name`, made with all random generators seeded by `seed`.

    Calls of it start from another seed than the making did, so that weights made anew in `forward` are other ones.

    Raises:
        CheckFailed: the class is missing, raises, or is no `nn.Module`.
    """
    model = getattr(seeded(student, seed), name)(*arguments)
    if not isinstance(model, Module):
        raise fail(
            f"{name}({', '.join(map(str, arguments))})",
            "gives something that is no `nn.Module`",
            "It should be one, with its layer registered as a parameter to train.",
            f"Does the class start with `class {name}(nn.Module):`?",
        )
    return seeded(model, 0)


def load_linear(model: Module, W: Tensor, b: Tensor, called: str) -> None:
    """Puts W (d, 1) and b (1,) into the parameters of a model that is one linear layer, whatever they are called.

    Raises:
        CheckFailed: there are other parameters than d weights and a bias; a missing bias is let pass.
    """
    if not model.load_by_size(W, b):
        _fail_linear(model.parameters(), W.numel(), called)


def expect_linear(parameters: Mapping[str, Tensor], features: int, called: str) -> None:
    """Demands the parameters of a linear layer with one output: a weight for each feature, and one bias."""
    if sorted(value.numel() for value in parameters.values()) != sorted((features, 1)):
        _fail_linear(parameters, features, called)


def _fail_linear(parameters: Mapping[str, Tensor], features: int, called: str) -> None:
    weights = f"{features} weights, one for each feature," if features > 1 else "one weight"
    property_ = f"It should have {weights} and one bias."
    raise fail(called, f"has {described_parameters(parameters)}", property_, _advice(parameters, features))


def described_parameters(parameters: Mapping[str, Tensor]) -> str:
    """ "2 parameters: a tensor of shape (1, 8), a tensor of shape (1,)", or that there are none; on hidden inputs, how
    many of a few."""
    if not parameters:
        return "no parameters at all"
    if not public_inputs.get():
        return f"{len(parameters)} parameters" if 1 < len(parameters) <= MAX_COUNT else "other parameters"
    shown = ", ".join(describe_shape(value) for value in list(parameters.values())[:_SHOWN_PARAMETERS])
    return f"{len(parameters)} parameter{'s' * (len(parameters) > 1)}: {shown}"


def _advice(parameters: Mapping[str, Tensor], features: int) -> str:
    """What to try if there are other parameters than one weight for each feature and a bias."""
    if not parameters:
        return (
            "Make the layer in `__init__` and keep it as `self.linear`; elsewhere, or in a list, it isn't registered."
        )
    if [value.numel() for value in parameters.values()] == [features]:
        return "The bias is missing: `nn.Linear` has one unless it is told otherwise."
    return f"Make one `nn.Linear` with {features} input{'s' * (features > 1)} and 1 output in `__init__`."
