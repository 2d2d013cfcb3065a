"""The one import for whoever writes checks, and all that students are told.

    from autograder.checks import Notebook, expect_close, expect_scalar

Each name is imported when it is first asked for: what only needs the words for students needs no torch.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from autograder.checks.answers import output_of, printed_by, value_of
    from autograder.checks.any_form import number_of, one_number, plain_numbers, rows_of, tensor_of
    from autograder.checks.came_back import describe, describe_count, describe_shape, describe_text
    from autograder.checks.catalogue import Alternative, Misconception
    from autograder.checks.counter_examples import CounterExample
    from autograder.checks.expectations import (
        expect,
        expect_close,
        expect_float,
        expect_floats,
        expect_gradient,
        expect_same_ratios,
        expect_scalar,
        expect_tensor,
        expect_tuple,
        holds,
    )
    from autograder.checks.hints import parts_hint, ratio_hint, run_hint
    from autograder.checks.inputs import hidden_inputs, public_inputs
    from autograder.checks.messages import CheckFailed, fail
    from autograder.checks.modules import described_parameters, expect_linear, load_linear, make_module, state_by_size
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
    from autograder.checks.references import (
        Data,
        done_once,
        fresh_features,
        fresh_labels,
        fresh_probabilities,
        fresh_weights,
    )
    from autograder.checks.training import expect_direction, expect_epochs, gradient_of, step_of_length, step_ratio
    from autograder.sandbox.records import ExceptionRecord, Record
    from autograder.sandbox.shown import AxesShown, FigureShown
    from autograder.sandbox.values import Array

_HOMES = {
    "checks.answers": ("output_of", "printed_by", "value_of"),
    "checks.any_form": ("number_of", "one_number", "plain_numbers", "rows_of", "tensor_of"),
    "checks.came_back": ("describe", "describe_count", "describe_shape", "describe_text"),
    "checks.catalogue": ("Alternative", "Misconception"),
    "checks.counter_examples": ("CounterExample",),
    "checks.expectations": (
        *("expect", "expect_close", "expect_float", "expect_floats"),
        *("expect_gradient", "expect_same_ratios", "expect_scalar", "expect_tensor", "expect_tuple", "holds"),
    ),
    "checks.hints": ("parts_hint", "ratio_hint", "run_hint"),
    "checks.inputs": ("hidden_inputs", "public_inputs"),
    "checks.messages": ("CheckFailed", "fail"),
    "checks.modules": ("described_parameters", "expect_linear", "load_linear", "make_module", "state_by_size"),
    "checks.notebook": (
        *("Differentiated", "Function", "Instance", "Module", "Notebook"),
        *("made_there", "rich", "seeded"),
    ),
    "checks.references": (
        *("Data", "done_once"),
        *("fresh_features", "fresh_labels", "fresh_probabilities", "fresh_weights"),
    ),
    "checks.training": ("expect_direction", "expect_epochs", "gradient_of", "step_of_length", "step_ratio"),
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
    "Data",
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
    "describe_count",
    "describe_shape",
    "describe_text",
    "described_parameters",
    "done_once",
    "expect",
    "expect_close",
    "expect_direction",
    "expect_epochs",
    "expect_float",
    "expect_floats",
    "expect_gradient",
    "expect_linear",
    "expect_same_ratios",
    "expect_scalar",
    "expect_tensor",
    "expect_tuple",
    "fail",
    "fresh_features",
    "fresh_labels",
    "fresh_probabilities",
    "fresh_weights",
    "gradient_of",
    "hidden_inputs",
    "holds",
    "load_linear",
    "made_there",
    "make_module",
    "number_of",
    "one_number",
    "output_of",
    "parts_hint",
    "plain_numbers",
    "printed_by",
    "public_inputs",
    "ratio_hint",
    "rich",
    "rows_of",
    "run_hint",
    "seeded",
    "state_by_size",
    "step_of_length",
    "step_ratio",
    "tensor_of",
    "value_of",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)
