"""Without a profiler there are no labels; with one, or for code that speaks of them, PyTorch is as it is."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from typing import Any

from autograder.sandbox.guest import ForkedGuest

Spawn = Callable[..., ForkedGuest]

TRAINING = """
import torch
w = torch.ones(2, requires_grad=True)
optimizer = torch.optim.SGD([w], lr=0.1)

def train():
    optimizer.zero_grad()
    w.sum().backward()
    optimizer.step()
"""


def printed(guest: ForkedGuest, source: str) -> str:
    message = {"op": "cell", "source": textwrap.dedent(source).strip("\n"), "label": "cell 1", "names": []}
    reply: dict[str, Any] = guest.request(message, {}, 20)[0]
    assert reply["raised"] is None, reply["raised"]
    return "".join(each.get("text", "") for each in reply["outputs"])


def test_a_step_is_labelled_only_while_a_profiler_runs(spawn: Spawn) -> None:
    counting = f"""{TRAINING}
labels, name = [], "_record_" + "function_enter_new"  # so that nothing is put back
enter = getattr(torch.ops.profiler, name)
setattr(torch.ops.profiler, name, lambda *given: labels.append(given[0]) or enter(*given))
train()
print(len(labels), w.tolist())
with torch.autograd.profiler.profile():
    train()
train()
print([each.partition("#")[0] for each in labels])
"""
    assert printed(spawn(), counting) == (
        "0 [0.8999999761581421, 0.8999999761581421]\n['Optimizer.zero_grad', 'Optimizer.step']\n"
    )


def test_a_profile_names_the_steps(spawn: Spawn) -> None:
    profiled = f"""{TRAINING}
with torch.autograd.profiler.profile() as found:
    train()
print(sorted(each.key for each in found.key_averages() if each.key.startswith("Optimizer")))
"""
    assert printed(spawn(), profiled) == "['Optimizer.step#SGD.step', 'Optimizer.zero_grad#SGD.zero_grad']\n"


def test_a_profiler_that_starts_or_stops_within_a_label_does_no_harm(spawn: Spawn) -> None:
    odd = """
    import torch
    Label = getattr(torch.autograd.profiler, "record_" + "function")  # so that nothing is put back
    label, profile = Label("mine"), torch.autograd.profiler.profile()
    with label:
        profile.__enter__()
    with label:
        profile.__exit__(None, None, None)
    with label:
        print("through")
    """
    assert printed(spawn(), odd) == "through\n"


def test_code_that_speaks_of_labels_can_be_compiled_as_ever(spawn: Spawn) -> None:
    scripted = """
    import torch

    @torch.jit.script
    def double(x):
        with torch.autograd.profiler.record_function("mine"):
            return 2 * x

    print(double(torch.ones(1)).item())
    """
    assert printed(spawn(), scripted) == "2.0\n"
