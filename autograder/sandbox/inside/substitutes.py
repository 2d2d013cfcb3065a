"""Stand-ins for what the grader's machine does not have, so that code which asks for it runs all the same.

A GPU gives way to the processor, workers of a `DataLoader` to none, compiled code to code as it is, and a progress bar
of a notebook to one of text.
What was used is noted, for the words that the student reads.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
import re
from collections.abc import Callable
from importlib import import_module
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

from autograder.sandbox.inside import profiler_labels
from autograder.sandbox.late import late

COMPILER, GPU, HINTS, SCREEN, WORKERS = "compiler", "gpu", "hints", "screen", "workers"
_GPU_TYPES = ("cuda", "mps", "xpu")
_GPU_NAME = re.compile(rf"(?:{'|'.join(_GPU_TYPES)})(?::\d+)?")
# Whole words; what stands before one is looked at last, as Python finds a text far sooner than the beginning of a word.
_MENTIONS_GPU = re.compile("|".join(rf"{each}\b(?<!\w{each})" for each in _GPU_TYPES))
_used: set[str] = set()
_no_gpu: _OnProcessor | None = None


def taken_notes() -> list[str]:
    """What was used since this was last asked."""
    notes = sorted(_used)
    _used.clear()
    return notes


def note(used: str) -> None:
    """Adds what was used elsewhere."""
    _used.add(used)


def prepare() -> None:
    """What costs nothing where it is not used. Call it once, before any fork."""
    from torch.utils.data import DataLoader

    bars = import_module("tqdm")
    for name in ("tqdm.auto", "tqdm.notebook"):  # without a browser there is no bar but that of text
        module = import_module(name)
        module.tqdm, module.trange = bars.tqdm, bars.trange  # type: ignore[attr-defined]
    module.tqdm_notebook, module.tnrange = bars.tqdm, bars.trange  # type: ignore[attr-defined]
    bars.tqdm.monitor_interval = 0  # a thread that only looks on
    torch.compile = _compile
    # Every optimizer imports it, to be left alone by the compiler: as long an import as that of the rest of PyTorch.
    late("torch._dynamo", {"disable": _left_alone, "graph_break": _left_alone})
    DataLoader.__init__ = _without_workers(DataLoader.__init__)  # type: ignore[method-assign]
    # Of a device that is not there PyTorch notes who seeded it, in case it comes: a stack trace each, which is nearly
    # all that `torch.manual_seed` takes.
    for device in (torch.cuda, torch.xpu, torch.mtia):
        if not device.is_available():
            device.manual_seed_all = _seed_nothing  # type: ignore[attr-defined]
    profiler_labels.leave_out()


def _seed_nothing(seed: int) -> None:
    """Stands in for `torch.cuda.manual_seed_all` and its like."""
    int(seed)


def _compile(model: Any = None, **_: Any) -> Any:
    """Stands in for `torch.compile`, which would start a compiler."""
    _used.add(COMPILER)
    return model if model is not None else lambda function: function


def _left_alone(function: Any = None, *_: Any, **__: Any) -> Any:
    """Stands in for what keeps the compiler away; a decorator with or without arguments."""
    return function if callable(function) else lambda function: function


def look_at(code: str) -> None:
    """Makes a missing GPU harmless from now on, if `code` speaks of one: for all other code PyTorch stays as it is."""
    global _no_gpu
    profiler_labels.look_at(code)
    if _no_gpu is None and _MENTIONS_GPU.search(code) and not torch.cuda.is_available():
        _no_gpu = _OnProcessor()
        _no_gpu.__enter__()  # type: ignore[no-untyped-call]
        _replace_functions()


def _without_workers(make: Callable[..., None]) -> Callable[..., None]:
    signature = inspect.signature(make)

    @functools.wraps(make)
    def make_without(*arguments: Any, **keywords: Any) -> None:
        given = signature.bind(*arguments, **keywords)
        if given.arguments.get("num_workers"):
            _used.add(WORKERS)
            for name in ("num_workers", "prefetch_factor", "persistent_workers", "multiprocessing_context", "timeout"):
                given.arguments.pop(name, None)
        make(*given.args, **given.kwargs)

    return make_without


class _OnProcessor(TorchFunctionMode):
    """Every function of PyTorch that is asked for a GPU uses the processor."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func is torch.device:
            return func(*args, **(kwargs or {}))
        if func is torch.Tensor.cuda or func is torch.Tensor.pin_memory:
            _used.add(GPU)
            return args[0]
        if func is torch.Tensor.to and len(args) > 1 and type(args[1]) is int:
            args = (args[0], _cpu(), *args[2:])
        given = {name: _there(value) for name, value in kwargs.items()} if kwargs else {}
        return func(*map(_there, args), **given)


def _there(value: Any) -> Any:
    """`value`, with the processor in the place of a GPU."""
    kind = type(value)
    if kind is torch.device:
        return _cpu() if value.type in _GPU_TYPES else value
    if kind is str and _GPU_NAME.fullmatch(value):
        return _cpu()
    if getattr(value, "__module__", None) == "torch.cuda" and kind is type(torch.FloatTensor):
        _used.add(GPU)
        return getattr(torch, value.__name__, value)
    return value


def _cpu() -> torch.device:
    _used.add(GPU)
    return torch.device("cpu")


class _Event:
    """Stands in for `torch.cuda.Event` and `torch.cuda.Stream`."""

    def __init__(self, *_: Any, **__: Any) -> None:
        _used.add(GPU)

    def record(self, *_: Any) -> None: ...

    def synchronize(self) -> None: ...

    def wait_stream(self, _: Any) -> None: ...

    def wait_event(self, _: Any) -> None: ...

    def record_event(self, *_: Any) -> _Event:
        return self

    def elapsed_time(self, _: Any) -> float:
        return 0.0


def _replace_functions() -> None:
    """Those of PyTorch's functions about GPUs that are no functions of tensors."""

    def answer(value: Any) -> Callable[..., Any]:
        def answered(*_: Any, **__: Any) -> Any:
            _used.add(GPU)
            return value

        return answered

    for name in ("synchronize", "set_device", "reset_peak_memory_stats", "reset_max_memory_allocated", "ipc_collect"):
        setattr(torch.cuda, name, answer(None))
    torch.cuda.get_device_name = answer("no GPU")
    torch.cuda.current_device = answer(0)
    torch.cuda.Event = _Event  # type: ignore[misc, assignment]
    torch.cuda.Stream = _Event  # type: ignore[misc, assignment]
    torch.cuda.current_stream = torch.cuda.default_stream = lambda *_: _Event()  # type: ignore[assignment]
    torch.cuda.device = torch.cuda.stream = contextlib.nullcontext  # type: ignore[misc, assignment]
    set_default_device, load = torch.set_default_device, torch.load

    def default(device: Any) -> None:
        if (there := _there(device)) is device:
            set_default_device(there)

    def loaded(*arguments: Any, **keywords: Any) -> Any:
        return load(*map(_there, arguments), **{name: _there(value) for name, value in keywords.items()})

    torch.set_default_device, torch.load = default, loaded
