"""What the machine lacks is harmless: no GPU, no workers, no browser; and PyTorch stays as it is for all other code."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from typing import Any

import pytest
from helpers import run_in

from autograder.sandbox.guest import ForkedGuest

Spawn = Callable[..., ForkedGuest]

ON_GPU = [
    "torch.ones(2).cuda()",
    "torch.ones(2).cuda(0)",
    "torch.ones(2).to('cuda')",
    "torch.ones(2).to('cuda:1', torch.float64)",
    "torch.ones(2).to(device=torch.device('cuda'))",
    "torch.ones(2).to('mps')",
    "torch.zeros(2, device='cuda')",
    "torch.tensor([1.0], device=torch.device('cuda', 0))",
    "torch.empty_like(torch.ones(2), device='cuda')",
    "torch.ones(2).new_zeros(3, device='cuda')",
    "torch.ones(2).pin_memory() # cuda",
    "torch.ones(2).type(torch.cuda.FloatTensor)",
    "torch.nn.Linear(2, 1).cuda()",
    "torch.nn.Linear(2, 1).to('cuda')(torch.ones(1, 2).cuda())",
    "torch.nn.Linear(2, 1, device='cuda')",
    "torch.set_default_device('cuda'); torch.zeros(2) + torch.ones(2)",
    "with torch.device('cuda'): torch.zeros(2)",
    "torch.cuda.synchronize()",
    "torch.cuda.get_device_name()",
    "torch.cuda.set_device(0)",
    "e = torch.cuda.Event(enable_timing=True); e.record(); e.elapsed_time(e)",
    "with torch.cuda.device(0): torch.ones(1).cuda()",
    "torch.save(torch.ones(1), 'a'); torch.load('a', map_location='cuda')",
]


def reply_of(guest: ForkedGuest, source: str) -> Any:
    message = {"op": "cell", "source": textwrap.dedent(source).strip("\n"), "label": "cell 1", "names": []}
    return guest.request(message, {}, 20)[0]


@pytest.mark.parametrize("code", ON_GPU)
def test_what_asks_for_a_gpu_runs_on_the_processor(spawn: Spawn, code: str) -> None:
    reply = reply_of(spawn(), f"import torch\n{code}\nprint(torch.cuda.is_available())")
    assert reply["raised"] is None
    assert reply["notes"] == ["gpu"]
    assert reply["outputs"][-1]["text"].endswith("False\n"), "nothing says that there is one"


def test_code_that_asks_before_is_told_nothing(spawn: Spawn) -> None:
    code = """
    import torch
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    x = torch.ones(3, requires_grad=True, device=device)
    x.sum().backward()
    print(device, x.grad.tolist())
    """
    reply = reply_of(spawn(), code)
    assert (reply["raised"], reply["notes"]) == (None, [])
    assert reply["outputs"][0]["text"] == "cpu [1.0, 1.0, 1.0]\n"


def test_code_that_speaks_of_no_gpu_has_pytorch_as_it_is(spawn: Spawn) -> None:
    code = "import torch; print(torch.overrides._get_current_function_mode() is None, torch.load.__module__)"
    assert run_in(spawn(), code) == "True torch.serialization"


def test_a_module_that_was_handed_in_may_ask_for_a_gpu(server: Any, tmp_path: Any) -> None:
    from contextlib import closing

    from autograder.sandbox.forked import ForkSandbox

    (tmp_path / "helper.py").write_text("import torch\ndef move(x): return x.to('cuda')\n")
    with closing(ForkSandbox(server).start({"helper.py": tmp_path / "helper.py"})) as guest:
        assert run_in(guest, "import torch, helper; print(helper.move(torch.ones(1)).device)") == "cpu"


@pytest.mark.parametrize("more", ["", ", persistent_workers=True, prefetch_factor=4", ", timeout=5"])
def test_a_loader_goes_without_workers(spawn: Spawn, more: str) -> None:
    code = f"""
    from torch.utils.data import DataLoader
    print([batch.tolist() for batch in DataLoader([1, 2, 3], 2, False, num_workers=2{more})])
    """
    reply = reply_of(spawn(), code)
    assert (reply["raised"], reply["notes"]) == (None, ["workers"])
    assert reply["outputs"][0]["text"] == "[[1, 2], [3]]\n"
    assert reply_of(spawn(), "from torch.utils.data import DataLoader; next(iter(DataLoader([1])))")["notes"] == []


@pytest.mark.parametrize("module", ["tqdm", "tqdm.auto", "tqdm.notebook", "tqdm.autonotebook"])
def test_progress_bars_are_of_text(spawn: Spawn, module: str) -> None:
    code = f"from {module} import tqdm, trange\nprint(sum(tqdm(range(4))) + sum(trange(3)))"
    reply = reply_of(spawn(), code)
    assert reply["raised"] is None
    assert "9\n" in "".join(each.get("text", "") for each in reply["outputs"])


def test_to_seed_what_is_not_there_looks_up_no_stack_and_what_is_there_is_seeded(spawn: Spawn) -> None:
    code = """
    import traceback
    import torch
    traceback.format_stack = None
    torch.cuda.manual_seed_all(7)
    torch.manual_seed(7)
    print(torch.equal(torch.rand(3), torch.rand(3, generator=torch.Generator().manual_seed(7))))
    """
    assert run_in(spawn(), code) == "True"


@pytest.mark.parametrize("compiled", ["@torch.compile", "@torch.compile(mode='max-autotune')"])
def test_nothing_is_compiled_and_all_runs(spawn: Spawn, compiled: str) -> None:
    reply = reply_of(spawn(), f"import torch\n{compiled}\ndef f(x): return 2 * x\nprint(f(torch.ones(1)).item())")
    assert (reply["raised"], reply["notes"]) == (None, ["compiler"])
    assert reply["outputs"][-1]["text"] == "2.0\n"


def test_optimizers_need_no_compiler_and_who_asks_for_it_has_it(spawn: Spawn) -> None:
    code = """
    import sys
    import torch
    weight = torch.nn.Parameter(torch.ones(2))
    for kind in (torch.optim.SGD, torch.optim.Adam, torch.optim.AdamW, torch.optim.RMSprop):
        optimizer = kind([weight], lr=0.5)
        scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 1)
        optimizer.zero_grad()
        (weight ** 2).sum().backward()
        optimizer.step()
        scheduler.step()
        optimizer.load_state_dict(optimizer.state_dict())
    print(weight.tolist() != [1.0, 1.0], "torch._dynamo.eval_frame" in sys.modules)
    print(torch.compiler.disable(lambda: 3)(), torch._dynamo.config.suppress_errors)
    print("torch._dynamo.eval_frame" in sys.modules)
    """
    assert run_in(spawn(), code).split() == ["True", "False", "3", "False", "True"]
