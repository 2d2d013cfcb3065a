"""What is said of gradients, first steps and epochs: where they go wrong, and by how much where values may be told."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch

from autograder.checks import (
    CheckFailed,
    Differentiated,
    expect_direction,
    expect_epochs,
    expect_same_ratios,
    gradient_of,
    hidden_inputs,
    public_inputs,
    step_of_length,
    step_ratio,
)

LIKE = torch.zeros(3, 1)
RIGHT = torch.tensor([[3.0], [-1.0], [0.5]]).double()


@pytest.fixture(autouse=True)
def _public() -> Iterator[None]:
    token = public_inputs.set(True)
    yield
    public_inputs.reset(token)


def test_a_gradient_comes_in_the_shape_of_its_argument() -> None:
    found = gradient_of(Differentiated(None, (None, torch.ones(3))), 1, LIKE, "cost(h, y)", "y")
    assert found.shape == LIKE.shape
    assert found.dtype == torch.float64


@pytest.mark.parametrize("gradient", [None, torch.ones(2), "1, 1, 1"])
def test_where_no_gradient_flows_back_the_student_is_told_what_cuts_it_off(gradient: object) -> None:
    with pytest.raises(CheckFailed, match=r"no gradient flows back to W\..*`.item\(\)`"):
        gradient_of(Differentiated(None, (gradient,)), 0, LIKE, "cost(x, W)", "W")


def test_a_gradient_without_numbers_is_told() -> None:
    with pytest.raises(CheckFailed, match="NaN or infinite"):
        gradient_of(Differentiated(None, (LIKE / 0,)), 0, LIKE, "cost(x, W)", "W")


@pytest.mark.parametrize("factor", [1.0, 6.0, 1 / 6])
def test_a_gradient_may_be_longer_but_must_point_the_same_way(factor: float) -> None:
    expect_direction(factor * RIGHT, RIGHT, "cost(h, y)", "h")
    for wrong in (-factor * RIGHT, RIGHT.flip(0), torch.zeros(3, 1).double()):
        with pytest.raises(CheckFailed, match="points another way"):
            expect_direction(wrong, RIGHT, "cost(h, y)", "h")


def test_advice_is_given_where_no_simple_factor_says_more() -> None:
    with pytest.raises(CheckFailed, match="Look at the signs"):
        expect_direction(RIGHT.flip(0), RIGHT, "cost(h, y)", "h", "Look at the signs.")
    with pytest.raises(CheckFailed, match="The gradient has the other sign"):
        expect_direction(-RIGHT, RIGHT, "cost(h, y)", "h", "Look at the signs.")


@pytest.mark.parametrize("factor", [1.0, -2.0, 0.43])
def test_numbers_in_the_right_ratios_pass_whatever_their_factor(factor: float) -> None:
    expect_same_ratios(factor * RIGHT, RIGHT, "losses(h, y)", "They should be.")
    for wrong in (factor * RIGHT + 1, RIGHT.flip(0), torch.zeros(3, 1)):
        with pytest.raises(CheckFailed):
            expect_same_ratios(wrong, RIGHT, "losses(h, y)", "They should be.")


def test_wrong_ratios_tell_numbers_only_where_they_may_be_told() -> None:
    with pytest.raises(CheckFailed, match=r"0\.5"):
        expect_same_ratios(RIGHT.flip(0), RIGHT, "losses(h, y)", "They should be.")
    with hidden_inputs(), pytest.raises(CheckFailed, match="returned what is not right") as failed:
        expect_same_ratios(RIGHT.flip(0), RIGHT, "losses(h, y)", "They should be.")
    assert "0.5" not in str(failed.value)


@pytest.mark.parametrize(
    ("step", "ratio"),
    [(2 * RIGHT, 2.0), (-RIGHT, -1.0), (0.1 * RIGHT, 0.1), (RIGHT.flip(0), 0.0), (torch.zeros(3, 1), 0.0), (None, 0.0)],
)
def test_a_step_is_measured_along_the_right_one(step: torch.Tensor | None, ratio: float) -> None:
    step = None if step is None else step.double().flatten()
    assert step_ratio(step, RIGHT.flatten()) == pytest.approx(ratio)


def test_the_length_of_a_step_is_told_only_where_it_may_be() -> None:
    assert "2.5 times" in step_of_length(2.5)
    with hidden_inputs():
        assert "2.5" not in step_of_length(2.5)


@pytest.mark.parametrize(
    ("epoch", "said"),
    [(0, "epoch 0 (9.0000). It starts with that."), (1, "Epoch 0 is right"), (3, "Up to there all is right")],
)
def test_the_first_epoch_that_is_wrong_is_told(epoch: int, said: str) -> None:
    right = [1.0, 0.5, 0.25, 0.125]
    expect_epochs([each + 1e-6 for each in right], right, "train(x, y)", "cost", "It starts with that.", "Try it.")
    found = [*right[:epoch], *[9.0] * (4 - epoch)]
    with pytest.raises(CheckFailed) as failed:
        expect_epochs(found, right, "train(x, y)", "cost", "It starts with that.", "Try it.")
    assert f"another cost than it should in epoch {epoch} (9.0000)" in str(failed.value)
    assert said in str(failed.value)
    with hidden_inputs(), pytest.raises(CheckFailed) as failed:
        expect_epochs(found, right, "train(x, y)", "cost", "It starts with that.", "Try it.")
    assert "9.0" not in str(failed.value)
