"""What tests in the grader may have done with an object of the notebook: the words that both sides use for it."""

from __future__ import annotations

MAX_FILE_BYTES = 4 << 20  # of a file that tests or student code saved, for the other to read
MAX_FILES = 50

_BINARY = "add sub mul truediv floordiv mod pow matmul lshift rshift and_ or_ xor"
_COMPARISONS = "eq ne lt le gt ge"
_IN_PLACE = "iadd isub imul itruediv ifloordiv imod ipow imatmul ilshift irshift iand ior ixor"
_ITEMS = "getitem setitem delitem contains"
_UNARY = "neg pos invert index"
_BUILT_IN = (
    "len iter next reversed repr str bool int float complex bytes hash abs round format dir type isinstance issubclass "
    "getattr setattr delattr divmod"
)

OPERATORS = {
    **{name: f"operator.{name}" for name in f"{_BINARY} {_COMPARISONS} {_IN_PLACE} {_ITEMS} {_UNARY}".split()},
    **{name: f"builtins.{name}" for name in _BUILT_IN.split()},
    **{name: f"math.{name}" for name in ("floor", "ceil", "trunc")},
    **{name: f"copy.{name}" for name in ("copy", "deepcopy")},
}
"""The function of the guest for each word."""

TWO_SIDED = frozenset(f"{_BINARY} {_COMPARISONS} {_IN_PLACE} divmod".split())
"""Words for what stands between two operands."""

METHODS = frozenset(
    f"__{each.strip('_')}__"
    for each in (
        *TWO_SIDED,
        *(f"r{each.strip('_')}" for each in f"{_BINARY} divmod".split()),
        *f"{_ITEMS} {_UNARY} len iter next reversed int float complex bytes abs round".split(),
        *["floor", "ceil", "trunc", "enter", "exit", "call", "await"],
    )
)
"""Special methods that a stand-in has if its object's class has them."""

OBJECT_METHODS = METHODS | {"__str__", "__repr__", "__bool__", "__hash__", "__format__"}
"""Special methods that an object of the tests has in the guest if their class defines them."""

LIBRARY = frozenset(
    [
        "inspect.getsource",
        "inspect.getsourcelines",
        "inspect.getdoc",
        "inspect.getmembers",
        "inspect.isabstract",
        "inspect.isgeneratorfunction",
        "inspect.iscoroutinefunction",
        "inspect.getfullargspec",
        "dataclasses.is_dataclass",
        "dataclasses.fields",
        "dataclasses.asdict",
        "dataclasses.astuple",
        "dataclasses.replace",
        "typing.get_type_hints",
        "asyncio.iscoroutinefunction",
        "asyncio.run",
    ]
)
"""Functions of the library that look into an object: the guest's are asked, if it is one of the notebook's."""

JUDGING = frozenset(f"{_BINARY} {_COMPARISONS} {_IN_PLACE} divmod call enter exit".split())
"""Words whose answer could be made to please a test: only where the instructor's own solution needs them are they
asked for."""
