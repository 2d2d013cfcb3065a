"""The one import for whoever writes checks, and all that students are told.

    from autograder.checks import Notebook, expect_close, expect_scalar

Each name is imported when it is first asked for: what only needs the words for students needs no torch.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from autograder.checks.came_back import describe, describe_shape
    from autograder.checks.catalogue import Alternative, Misconception
    from autograder.checks.counter_examples import CounterExample
    from autograder.checks.expectations import (
        expect,
        expect_close,
        expect_float,
        expect_floats,
        expect_gradient,
        expect_scalar,
        expect_tensor,
        expect_tuple,
    )
    from autograder.checks.hints import parts_hint, ratio_hint, run_hint
    from autograder.checks.messages import CheckFailed, fail, hidden_inputs, public_inputs
    from autograder.checks.notebook import Differentiated, Function, Module, Notebook, made_there, seeded
    from autograder.sandbox.values import Array

_HOMES = {
    "checks.came_back": ("describe", "describe_shape"),
    "checks.catalogue": ("Alternative", "Misconception"),
    "checks.counter_examples": ("CounterExample",),
    "checks.expectations": (
        *("expect", "expect_close", "expect_float", "expect_floats"),
        *("expect_gradient", "expect_scalar", "expect_tensor", "expect_tuple"),
    ),
    "checks.hints": ("parts_hint", "ratio_hint", "run_hint"),
    "checks.messages": ("CheckFailed", "fail", "hidden_inputs", "public_inputs"),
    "checks.notebook": ("Differentiated", "Function", "Module", "Notebook", "made_there", "seeded"),
    "sandbox.values": ("Array",),
}
_HOME = {name: f"autograder.{home}" for home, names in _HOMES.items() for name in names}

__all__ = [  # see `__getattr__`
    "Alternative",
    "Array",
    "CheckFailed",
    "CounterExample",
    "Differentiated",
    "Function",
    "Misconception",
    "Module",
    "Notebook",
    "describe",
    "describe_shape",
    "expect",
    "expect_close",
    "expect_float",
    "expect_floats",
    "expect_gradient",
    "expect_scalar",
    "expect_tensor",
    "expect_tuple",
    "fail",
    "hidden_inputs",
    "made_there",
    "parts_hint",
    "public_inputs",
    "ratio_hint",
    "run_hint",
    "seeded",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)
