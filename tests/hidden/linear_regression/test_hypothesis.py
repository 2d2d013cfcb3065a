"""Hidden checks of the exercise `hypothesis`: the weighted sum of each row, and the bias."""

import pytest
import torch

from autograder.checks import (
    Data,
    Notebook,
    expect,
    expect_close,
    expect_same_ratios,
    expect_tensor,
    fresh_weights,
    hidden_inputs,
    rows_of,
)

from . import reference

_EACH_ROW = "There should be one number for each row."


@pytest.mark.exercise("hypothesis", weight=4, public=True)
def test_weighted_sum(student: Notebook) -> None:
    """Without a bias, each row gives the sum of its features times the weights."""

    def check(data: Data, W: torch.Tensor, called: str, try_this: str) -> None:
        b = torch.zeros(1)
        expect_close(
            rows_of(student.hypothesis(data.x, W, b), len(data.x), called, _EACH_ROW),
            reference.hypothesis(data.x, W, b),
            called,
            "Each row should give its first feature times the first weight, plus the second times the second.",
            try_this,
        )

    try_this = "`x.matmul(W)` takes the weighted sums of all rows."
    called = "hypothesis(x_train, W=[[1], [-1]], b=[0])"
    check(reference.eight_days(), torch.tensor([[1.0], [-1.0]]), called, try_this)
    with hidden_inputs():
        try_this = "It was right for x_train: does the code use its own x and W?"
        check(reference.fresh(11, 8, 2), fresh_weights(11, 2)[0], "hypothesis(x, W, b)", try_this)


@pytest.mark.exercise("hypothesis", weight=3, public=True)
def test_bias(student: Notebook) -> None:
    """Where all weights are zero, each row gives the bias."""
    for number in (2.5, -4.0):
        called = f"hypothesis(x_train, W=[[0], [0]], b=[{number:g}])"
        value = student.hypothesis(reference.eight_days().x, torch.zeros(2, 1), torch.tensor([number]))
        expect_close(
            rows_of(value, 8, called, _EACH_ROW),
            torch.full((8, 1), number),
            called,
            "All weighted sums are 0 then, and the bias should be left.",
            "Is b added to the weighted sum, with its own sign?",
        )


@pytest.mark.exercise("hypothesis", weight=2)
def test_any_size(student: Notebook) -> None:
    """Any number of rows and features will do, and all of them count."""
    for seed, m, d in ((12, 4, 4), (13, 2, 3)):
        x, (W, b) = reference.fresh(seed, m, d).x, fresh_weights(seed, d)
        called, rows = "hypothesis(x, W, b)", m + 1
        try_this = f"x had {rows} rows of {d} features here: does the code use all of them?"
        # From the row of zeros on, and up to a factor: a wrong bias and another sum are other checks' matter.
        values = rows_of(student.hypothesis(torch.cat([x, torch.zeros(1, d)]), W, b), rows, called, try_this)
        sums = reference.hypothesis(x, W, torch.zeros(1))
        property_ = "The rows should differ as their weighted sums do."
        expect_same_ratios(values[:-1] - values[-1], sums, called, property_, try_this, returned=values)


@pytest.mark.exercise("hypothesis", weight=1, public=True)
def test_form(student: Notebook) -> None:
    """The result is a tensor of the shape (m, 1), and the arguments are left as they are."""
    called = "hypothesis(x_train, W=[[1], [-1]], b=[2])"
    answer = student.hypothesis.differentiate(
        reference.eight_days().x, torch.tensor([[1.0], [-1.0]]), torch.tensor([2.0])
    )
    expect_tensor(answer.value, (8, 1), called, "x.matmul(W) has this shape already: leave it as it is.")
    expect(
        not answer.changed,
        called,
        "changes its own arguments in place",
        "x, W and b should be the same after the call.",
        "Make a new tensor: `x.matmul(W) + b`.",
    )
