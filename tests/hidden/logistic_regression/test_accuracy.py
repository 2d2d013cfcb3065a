"""Hidden checks of the exercise `accuracy`: predictions by comparing with 0.5, and the fraction that is right."""

import pytest
import torch

from autograder.checks import Notebook, describe_shape, expect, expect_close, expect_float

from . import reference
from .support import expect_values, number_of, rows_of

_KEEP_THE_SHAPE = "Comparing h itself with 0.5 keeps its shape: no sum, mean or loop is needed."


@pytest.mark.exercise("accuracy", weight=3)
def test_predictions(student: Notebook) -> None:
    """`predict` gives 1 for the probabilities above 0.5 and 0 for those below, one in each row."""
    for seed, m in ((51, 12), (52, 1)):
        h = reference.fresh_probabilities(seed, m)
        try_this = "Compare each probability with 0.5, as in `h >= 0.5`."
        prediction = rows_of(student.predict(h), m, "predict(h)", _KEEP_THE_SHAPE, floating=False)
        expect_values(
            prediction,
            reference.predict(h),
            "predict(h)",
            "It should be 1 where the probability is above 0.5, and 0 where it is below.",
            try_this,
        )


@pytest.mark.exercise("accuracy", weight=2, public=True)
def test_one_half(student: Notebook) -> None:
    """A probability of exactly 0.5 counts as 1, and `predict` keeps the shape (m, 1)."""
    called, h = "predict(torch.full((6, 1), 0.5))", torch.full((6, 1), 0.5)
    try_this = "`>=` is what compares so; `>` and rounding both turn 0.5 into 0."
    answer = student.predict.differentiate(h)
    value = answer.value
    expect(
        not answer.changed,
        called,
        "changed h itself",
        "h should be the same after the call: training still needs it.",
        "Make a new tensor with a comparison instead of writing into h.",
    )
    prediction = rows_of(value, 6, called, _KEEP_THE_SHAPE, floating=False)
    expect_close(prediction.double(), torch.ones(6, 1), called, "0.5 itself should count as 1.", try_this)
    expect(
        tuple(value.shape) == (6, 1),
        called,
        f"returned {describe_shape(value)}",
        "It should have the shape of h, (6, 1), so that it can be compared with y row by row.",
        "Leave out any `squeeze` or `flatten`.",
    )


@pytest.mark.exercise("accuracy", weight=2, public=True)
def test_fraction(student: Notebook) -> None:
    """`accuracy` is a plain float from 0 to 1: the fraction of the rows that are predicted right."""
    y = reference.six_students().y
    prediction = torch.tensor([[0.0], [1.0], [0.0], [1.0], [1.0], [1.0]])
    called = "accuracy(tensor([[0.], [1.], [0.], [1.], [1.], [1.]]), y_train)"
    value = expect_float(student.accuracy(prediction, y), called)
    try_this = "Count the rows where prediction and label are equal, and divide by the number of rows."
    property_ = "It should be the number of right rows divided by the number of rows, from 0 to 1."
    expect_close(value, reference.accuracy(prediction, y), called, property_, try_this)


@pytest.mark.exercise("accuracy", weight=3)
def test_any_number_of_rows(student: Notebook) -> None:
    """`accuracy` counts right zeros and right ones alike, for any number of rows."""
    for seed, m in ((53, 11), (54, 16), (55, 1)):
        prediction, y = (reference.fresh(each, m, 1).y for each in (seed, seed + 100))
        value = expect_float(number_of(student.accuracy(prediction, y)), "accuracy(prediction, y)")
        expect_close(
            value,
            reference.accuracy(prediction, y),
            "accuracy(prediction, y)",
            "It should be the fraction of the rows where prediction and y are equal, zeros and ones alike.",
            f"There were {m} row{'s' * (m > 1)} here. Does the code divide by the number of rows that it was given?",
        )
