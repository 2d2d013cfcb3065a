"""Hidden checks of the exercise `binary_classifier`: a linear layer and a sigmoid as a class."""

import pytest
import torch

from autograder.checks import Notebook, expect, expect_tensor

from . import reference
from .support import (
    advice_on_parameters,
    described_parameters,
    expect_values,
    load,
    make_classifier,
    rows_of,
)


@pytest.mark.exercise("binary_classifier", weight=3, public=True)
def test_parameters(student: Notebook) -> None:
    """`BinaryClassifier` has 8 weights and 1 bias as its parameters, all of them trainable."""
    parameters = make_classifier(student).parameters()
    expect(
        sorted(value.numel() for value in parameters.values()) == [1, 8],
        "BinaryClassifier()",
        f"has {described_parameters(parameters)}",
        "It should have 8 weights, one for each feature, and one bias.",
        advice_on_parameters(parameters),
    )
    expect(
        all(value.requires_grad for value in parameters.values()),
        "BinaryClassifier()",
        "has parameters that don't ask for gradients",
        "An optimizer can only train parameters with requires_grad.",
        "Leave `requires_grad` of the layer as it is.",
    )


@pytest.mark.exercise("binary_classifier", weight=2)
def test_one_probability_a_row(student: Notebook) -> None:
    """The output is one probability a row, between 0 and 1, in the shape (m, 1)."""
    model = make_classifier(student)
    for seed, m in ((61, 7), (62, 1)):
        # Features this large give weighted sums far outside of 0 to 1, for any usual start of the weights.
        output = model(reference.fresh(seed, m, 8, scale=20.0).x)
        output = expect_tensor(output, (m, 1), "model(x)", "Return what the sigmoid gives, without any `squeeze`.")
        expect(
            bool(((output >= 0) & (output <= 1)).all()),
            "model(x)",
            "returned numbers outside of 0 to 1",
            "Each should be a probability.",
            "Does `forward` put the weighted sums through a sigmoid?",
        )


@pytest.mark.exercise("binary_classifier", weight=3)
def test_from_given_parameters(student: Notebook) -> None:
    """The output is the sigmoid of x times the model's own weights plus its bias."""
    model = make_classifier(student)
    for seed, m in ((63, 5), (64, 1)):
        x, (W, b) = reference.fresh(seed, m, 8).x, reference.fresh_weights(seed, 8)
        load(model, W, b)
        if len(model.parameters()) == 1:
            b = torch.zeros(1)  # a missing bias is another check's business
        expect_values(
            rows_of(model(x), m, "model(x)"),
            reference.hypothesis(x, W, b),
            "model(x)",
            "It should be the sigmoid of the weighted sums, with the weights that the model holds at that time.",
            "Is there exactly one sigmoid, and does `forward` use the layer from `__init__`?",
        )


@pytest.mark.exercise("binary_classifier", weight=2, public=True)
def test_output_can_be_trained(student: Notebook) -> None:
    """The output stays connected to the parameters, so that gradients can flow back to them."""
    model, x = make_classifier(student), reference.diabetes().x[:4]
    flowed = model.differentiate(x.clone().requires_grad_()).gradients[0] is not None
    expect(
        flowed and rows_of(model(x), 4, "model(x_diabetes[:4])").requires_grad,
        "model(x_diabetes[:4])",
        "returned a tensor that no gradient flows through",
        "The optimizer needs a gradient for each parameter.",
        "Keep `.detach()`, `.data`, `.item()` and `no_grad()` out of `forward`, and the parameters trainable.",
    )
