"""Fresh data are the same for one seed, and touch no global generator; a run is done once for the same numbers."""

from __future__ import annotations

import torch

from autograder.checks import done_once, fresh_features, fresh_labels, fresh_probabilities, fresh_weights


def test_a_seed_gives_the_same_data_each_time_and_another_seed_others() -> None:
    for draw in (
        lambda seed: fresh_features(seed, 6, 3),
        lambda seed: fresh_labels(seed, 20),
        lambda seed: torch.cat([each.flatten() for each in fresh_weights(seed, 3)]),
        lambda seed: fresh_probabilities(seed, 6),
    ):
        assert torch.equal(draw(1), draw(1))
        assert not torch.equal(draw(1), draw(2))


def test_one_generator_gives_one_thing_after_another() -> None:
    generator = torch.Generator().manual_seed(1)
    first, second = fresh_features(generator, 4, 2), fresh_features(generator, 4, 2)
    assert torch.equal(first, fresh_features(1, 4, 2))
    assert not torch.equal(first, second)


def test_the_global_generator_is_left_as_it_is() -> None:
    before = torch.random.get_rng_state()
    fresh_features(1, 6, 3), fresh_labels(1, 6), fresh_weights(1, 3), fresh_probabilities(1, 6)
    assert torch.equal(before, torch.random.get_rng_state())


def test_fresh_data_are_what_their_names_say() -> None:
    assert fresh_labels(1, 20).sum() == 10
    assert fresh_features(1, 2000, 1, scale=3.0).std().item() > 2.8
    W, b = fresh_weights(1, 200)
    assert (W.shape, b.shape) == ((200, 1), (1,))
    assert torch.cat([W.flatten(), b]).abs().min() >= 0.4
    h = fresh_probabilities(1, 500, margin=0.2)
    assert h.min() >= 0.2
    assert h.max() <= 0.8


def test_a_run_is_done_once_for_the_same_numbers_however_they_are_held() -> None:
    asked = []

    @done_once
    def run(x: torch.Tensor, lr: float, *, nb_epochs: int = 1) -> float:
        asked.append(x)
        return float(x.sum()) * lr * nb_epochs

    x = torch.tensor([1.0, 2.0])
    assert [run(x, 0.5), run(x.clone(), 0.5), run(torch.tensor([1.0, 2.0]), 0.5)] == [1.5] * 3
    assert len(asked) == 1
    for other in (run(x + 1, 0.5), run(x, 1.0), run(x.reshape(2, 1), 0.5), run(x.double(), 0.5)):
        assert other in (2.5, 3.0, 1.5)
    assert run(x, 0.5, nb_epochs=2) == 3.0
    assert len(asked) == 6


def test_a_tensor_that_is_changed_later_does_not_change_what_was_remembered() -> None:
    run = done_once(lambda x: float(x.sum()))
    x = torch.tensor([1.0, 2.0])
    assert run(x) == 3.0
    x += 1
    assert run(x) == 5.0
    assert run(torch.tensor([1.0, 2.0])) == 3.0
