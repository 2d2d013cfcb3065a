"""Hidden checks of the exercise `binary_classifier`: a linear layer and a sigmoid as a class."""

import pytest
import torch
from torch import Tensor

from autograder.checks import (
    Notebook,
    expect,
    expect_close,
    expect_linear,
    expect_tensor,
    fresh_weights,
    rows_of,
    tensor_of,
)

from . import reference
from .support import load, load_if_it_fits, make_classifier

_EACH_ROW = "There should be one probability for each row."


@pytest.mark.exercise("binary_classifier", weight=2, public=True)
def test_parameters(student: Notebook) -> None:
    """`BinaryClassifier` has 8 weights and 1 bias as its parameters, all of them trainable."""
    parameters = make_classifier(student).parameters()
    expect_linear(parameters, 8, "BinaryClassifier()")
    expect(
        all(value.requires_grad for value in parameters.values()),
        "BinaryClassifier()",
        "has parameters that don't ask for gradients",
        "An optimizer can only train parameters with requires_grad.",
        "Leave `requires_grad` of the layer as it is.",
    )


@pytest.mark.exercise("binary_classifier", weight=1, public=True)
def test_starts_at_random(student: Notebook) -> None:
    """A new `BinaryClassifier` starts at random: two of them answer differently."""
    x = reference.diabetes().x[:4]
    one, other = (tensor_of(make_classifier(student, seed)(x), "model(x_diabetes[:4])") for seed in (1, 2))
    expect(
        one.shape != other.shape or not torch.allclose(one, other, rtol=0, atol=1e-6),
        "BinaryClassifier()",
        "gives the same answers each time it is made anew",
        "Its weights should start at random, as those of `nn.Linear` do.",
        "Leave the weights as the layer makes them.",
    )


@pytest.mark.exercise("binary_classifier", weight=1)
def test_form(student: Notebook) -> None:
    """The output has the shape (m, 1), for any number of rows."""
    model = make_classifier(student)
    for seed, m in ((61, 7), (62, 1)):
        try_this = "Return what the sigmoid gives, without any `squeeze`."
        expect_tensor(model(reference.fresh(seed, m, 8).x), (m, 1), "model(x)", try_this)


@pytest.mark.exercise("binary_classifier", weight=4)
def test_from_given_parameters(student: Notebook) -> None:
    """The output is the sigmoid of x times the model's own weights plus its bias."""
    model = make_classifier(student)
    for seed, m in ((63, 5), (64, 1)):
        x, (W, b) = reference.fresh(seed, m, 8).x, fresh_weights(seed, 8)
        load(model, W, b)
        if len(model.parameters()) == 1:
            b = torch.zeros(1)  # a missing bias is another check's business
        expect_close(
            rows_of(model(x), m, "model(x)", _EACH_ROW),
            reference.hypothesis(x, W, b),
            "model(x)",
            "It should be the sigmoid of the weighted sums, with the weights that the model holds at that time.",
            "Is there exactly one sigmoid, and does `forward` use the layer from `__init__`?",
        )


@pytest.mark.exercise("binary_classifier", weight=2, public=True)
def test_output_can_be_trained(student: Notebook) -> None:
    """The output stays connected to the parameters, so that gradients can flow back to them."""
    model, x, called = make_classifier(student), reference.diabetes().x[:4], "model(x_diabetes[:4])"
    load_if_it_fits(model, *reference.lecture_classifier())
    flowed = model.differentiate(x.clone().requires_grad_()).gradients[0]
    expect(
        isinstance(flowed, Tensor) and bool(flowed.any()) and tensor_of(model(x), called).requires_grad,
        called,
        "returned a tensor that no gradient flows through",
        "The optimizer needs a gradient for each parameter.",
        "Keep `.detach()`, `.data`, `.item()` and `no_grad()` out of `forward`, and the parameters trainable.",
    )
