"""Guests of the real sandbox: each is new, and confined as was asked for."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from helpers import run_in

from autograder.sandbox.confinement import Layer, missing_layers
from autograder.sandbox.forked import ForkSandbox, _require
from autograder.sandbox.guest import ForkedGuest
from autograder.sandbox.outcome import IsolationError
from autograder.sandbox.server import ForkServer

Spawn = Callable[..., ForkedGuest]


def test_guests_know_nothing_of_each_other(spawn: Spawn) -> None:
    first, second = spawn(), spawn()
    run_in(first, "import torch, builtins; builtins.note = 'seen'; torch.note = 'seen'; mine = 1")
    assert (
        run_in(second, "import torch, builtins; print(hasattr(builtins, 'note'), hasattr(torch, 'note'))")
        == "False False"
    )
    assert run_in(second, "print('mine' in globals())") == "False"


def test_each_guest_starts_with_the_same_random_numbers(spawn: Spawn) -> None:
    code = "import random, numpy, torch; print(random.random(), numpy.random.rand(), torch.rand(1).item())"
    assert run_in(spawn(), code) == run_in(spawn(), code)


def test_a_missing_layer_is_named_and_refused(server: ForkServer) -> None:
    layers = [Layer(name, name != "files", "no Landlock") for name in ("descriptors", "files", "memory")]
    assert [layer.name for layer in missing_layers(layers)] == ["files"]
    with pytest.raises(IsolationError, match=r"Missing: files \(no Landlock\)\. .*--isolation partial"):
        _require(layers)
    with pytest.raises(ValueError, match="'full' or 'partial'"):
        ForkSandbox(server, isolation="none")
