"""Hidden checks of the exercise `accuracy`: predictions by comparing with 0.5, and the fraction that is right."""

import pytest
import torch
from torch import Tensor

from autograder.checks import (
    Notebook,
    describe_shape,
    expect,
    expect_close,
    expect_float,
    fail,
    fresh_probabilities,
    hidden_inputs,
    one_number,
    public_inputs,
    ratio_hint,
    rows_of,
)

from . import reference

_KEEP_THE_SHAPE = "Comparing h itself with 0.5 keeps its shape: no sum, mean or loop is needed."
_COMPARE = "Compare each probability with 0.5, as in `h >= 0.5`."
_SIX_PREDICTIONS = ((0.0,), (1.0,), (0.0,), (1.0,), (1.0,), (1.0,))
_SIX_SHOWN = "accuracy(tensor([[0.], [1.], [0.], [1.], [1.], [1.]]), y_train)"


@pytest.mark.exercise("accuracy", weight=3)
def test_predictions(student: Notebook) -> None:
    """`predict` gives 1 for the probabilities above 0.5 and 0 for those below, one in each row."""
    for seed, m in ((51, 12), (52, 1)):
        h = fresh_probabilities(seed, m)
        prediction = rows_of(student.predict(h), m, "predict(h)", _KEEP_THE_SHAPE, floating=False)
        # Nothing but zeros comes from another comparison, not from a factor of 0.
        hint = ratio_hint(prediction, reference.predict(h)) if bool(prediction.any()) else ""
        expect(
            torch.equal(prediction.detach().double(), reference.predict(h)),
            "predict(h)",
            "returned what is not right for some of the probabilities",
            "It should be 1 where the probability is above 0.5, and 0 where it is below.",
            hint or _COMPARE,
        )


@pytest.mark.exercise("accuracy", weight=1, public=True)
def test_one_half(student: Notebook) -> None:
    """A probability of exactly 0.5 counts as 1."""
    called, h = "predict(torch.full((6, 1), 0.5))", torch.full((6, 1), 0.5)
    prediction = rows_of(student.predict(h), 6, called, _KEEP_THE_SHAPE, floating=False)
    gave = f"{prediction.flatten()[0].item():.4g}" if public_inputs.get() else "another number"
    right = torch.allclose(prediction.detach().double(), torch.ones(6, 1).double(), rtol=1e-4, atol=1e-5)
    try_this = _COMPARE if bool(prediction.any()) else "`>=` is what compares so; `>` and rounding turn 0.5 into 0."
    expect(right, called, f"gave {gave} for 0.5", "A probability of exactly 0.5 should count as 1.", try_this)


@pytest.mark.exercise("accuracy", weight=1, public=True)
def test_form(student: Notebook) -> None:
    """`predict` keeps the shape (m, 1) and leaves h as it is; `accuracy` is a plain float."""
    called, h = "predict(torch.full((6, 1), 0.5))", torch.full((6, 1), 0.5)
    answer = student.predict.differentiate(h)
    expect(
        not answer.changed,
        called,
        "changed h itself",
        "h should be the same after the call: training still needs it.",
        "Make a new tensor with a comparison instead of writing into h.",
    )
    rows_of(answer.value, 6, called, _KEEP_THE_SHAPE, floating=False)
    expect(
        tuple(answer.value.shape) == (6, 1),
        called,
        f"returned {describe_shape(answer.value)}",
        "It should have the shape of h, (6, 1), so that it can be compared with y row by row.",
        "Leave out any `squeeze` or `flatten`.",
    )
    expect_float(student.accuracy(torch.tensor(_SIX_PREDICTIONS), reference.six_students().y), _SIX_SHOWN)


@pytest.mark.exercise("accuracy", weight=3, public=True)
def test_fraction(student: Notebook) -> None:
    """`accuracy` is the fraction of the rows that are predicted right, from 0 to 1."""

    def check(prediction: Tensor, y: Tensor, called: str, try_this: str) -> None:
        value = one_number(student.accuracy(prediction, y), called)
        property_ = "It should be the number of right rows divided by the number of rows, from 0 to 1."
        right = reference.accuracy(prediction, y)
        if value == 0 != right:
            raise fail(
                called, "returned 0", property_, "Are equal rows counted one by one, and divided with `/`, not `//`?"
            )
        expect_close(value, right, called, property_, try_this, rows=len(y))

    try_this = "Count the rows where prediction and label are equal, and divide by the number of rows."
    check(torch.tensor(_SIX_PREDICTIONS), reference.six_students().y, _SIX_SHOWN, try_this)
    with hidden_inputs():
        prediction, y = reference.fresh(56, 6, 1).y, reference.fresh(156, 6, 1).y
        try_this = "It was right for y_train: are these very prediction and y compared, zeros and ones alike?"
        check(prediction, y, "accuracy(prediction, y)", try_this)


@pytest.mark.exercise("accuracy", weight=2)
def test_any_number_of_rows(student: Notebook) -> None:
    """The same share of right rows gives the same `accuracy`, however many rows there are, and whichever are right."""
    y = torch.tensor([[1.0], [0.0], [0.0], [1.0], [0.0], [0.0], [1.0], [0.0]])
    found = []
    for m, wrong in ((4, [0]), (8, [1, 6]), (8, [4, 5]), (4, [2])):
        prediction = y[:m].clone()
        prediction[wrong] = 1 - prediction[wrong]  # three of four are right
        found.append(one_number(student.accuracy(prediction, y[:m]), "accuracy(prediction, y)"))
    expect(
        max(found) - min(found) < 1e-4 * max(map(abs, found)) + 1e-5,
        "accuracy(prediction, y)",
        "returned different numbers where three of four rows were right each time",
        "It should follow from the share of right rows alone, zeros and ones alike.",
        "Does the code divide by the number of rows that it was given?",
    )
