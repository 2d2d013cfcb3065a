"""The one import for whoever writes checks, and all that students are told.

    from autograder.checks import Notebook, expect_close, expect_scalar

Each name is imported when it is first asked for: what only needs the words for students needs no torch.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from autograder.checks.answers import output_of, printed_by, value_of
    from autograder.checks.came_back import describe, describe_shape, describe_text
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
    from autograder.checks.notebook import (
        Differentiated,
        Function,
        Instance,
        Module,
        Notebook,
        made_there,
        rich,
        seeded,
    )
    from autograder.sandbox.records import ExceptionRecord, Record
    from autograder.sandbox.shown import AxesShown, FigureShown
    from autograder.sandbox.values import Array

_HOMES = {
    "checks.answers": ("output_of", "printed_by", "value_of"),
    "checks.came_back": ("describe", "describe_shape", "describe_text"),
    "checks.catalogue": ("Alternative", "Misconception"),
    "checks.counter_examples": ("CounterExample",),
    "checks.expectations": (
        *("expect", "expect_close", "expect_float", "expect_floats"),
        *("expect_gradient", "expect_scalar", "expect_tensor", "expect_tuple"),
    ),
    "checks.hints": ("parts_hint", "ratio_hint", "run_hint"),
    "checks.messages": ("CheckFailed", "fail", "hidden_inputs", "public_inputs"),
    "checks.notebook": (
        *("Differentiated", "Function", "Instance", "Module", "Notebook"),
        *("made_there", "rich", "seeded"),
    ),
    "sandbox.records": ("ExceptionRecord", "Record"),
    "sandbox.shown": ("AxesShown", "FigureShown"),
    "sandbox.values": ("Array",),
}
_HOME = {name: f"autograder.{home}" for home, names in _HOMES.items() for name in names}

__all__ = [  # see `__getattr__`
    "Alternative",
    "Array",
    "AxesShown",
    "CheckFailed",
    "CounterExample",
    "Differentiated",
    "ExceptionRecord",
    "FigureShown",
    "Function",
    "Instance",
    "Misconception",
    "Module",
    "Notebook",
    "Record",
    "describe",
    "describe_shape",
    "describe_text",
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
    "output_of",
    "parts_hint",
    "printed_by",
    "public_inputs",
    "ratio_hint",
    "rich",
    "run_hint",
    "seeded",
    "value_of",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)
