"""Rich values: what Python, NumPy and student's classes make crosses as plain data, whoever speaks at the other end."""

from __future__ import annotations

import dataclasses
import math
import subprocess
import sys
import time
from collections import Counter, OrderedDict, defaultdict, deque, namedtuple
from datetime import UTC, date, datetime, timedelta, timezone
from datetime import time as time_of_day
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy
import pytest
import torch
from crossing import crossed, refuse_mutants, told
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.sandbox import rich_values, values
from autograder.sandbox.records import ExceptionRecord, Record
from autograder.sandbox.values import Encoder, Ref, Refs, Unsendable, decode
from autograder.sandbox.wire import MAX_NODES, WireError

Point = namedtuple("Point", "x y")
EAST = timezone(timedelta(hours=5, minutes=30), "IST")


def kind(value: Any) -> str:
    return type(value).__name__


@dataclasses.dataclass
class Circle:
    centre: Any
    fields: int = 1

    def area(self) -> float:
        return math.pi


PYTHONS_OWN = [
    *(
        set(),
        {1, "a", (2, 3), None},
        frozenset({frozenset({1}), 2.5}),
        range(5),
        range(9, -3, -2),
        range(10**30, 10**30 + 3),
    ),
    *(slice(None), slice(1, "b", None), b"", b"\x00\xff", bytearray(b"ab"), 1j, complex(-0.0, math.inf)),
    *(2**63, -(2**63), 10**3000, 10**9999 - 1, -0.0, math.inf),
    *(date(1, 1, 1), date(9999, 12, 31), datetime(2024, 2, 29, 23, 59, 59, 999_999), datetime(2024, 1, 1, tzinfo=UTC)),
    *(
        datetime(2024, 1, 1, 5, fold=1, tzinfo=EAST),
        time_of_day(1, 2, 3),
        time_of_day(4, tzinfo=EAST),
        timedelta(-1, 5, 7),
    ),
    *(Fraction(-1, 3), Fraction(10**400, 7), Decimal("1.50"), Decimal("-1E+50"), Decimal("Infinity"), Decimal("0E-8")),
    *(
        Counter("aab"),
        OrderedDict([("b", 1), ("a", 2)]),
        deque([1, 2], maxlen=2),
        deque([[1]]),
        defaultdict(list, {1: [2]}),
    ),
    *(defaultdict(None, {}), {(1, 2): {3}}, {1: 2}.keys(), {1: [2]}.items(), int, dict, type(None), ValueError, ...),
    *(
        torch.float32,
        numpy.float64,
        numpy.ndarray,
        numpy.dtype("<f4"),
        numpy.dtype("datetime64[ns]"),
        Fraction,
        datetime,
    ),
    *([{"deep": [({1},)]}], [True, None, 1.5, "text"], "x" * 100_000),
]


@pytest.mark.parametrize("value", PYTHONS_OWN, ids=kind)
def test_pythons_own_values_come_back_as_they_were(value: Any) -> None:
    back = crossed(value)
    assert type(back) is type(value)
    assert back == value
    if isinstance(value, float | complex):
        assert repr(back) == repr(value)
    if isinstance(value, datetime | time_of_day):
        assert (back.utcoffset(), back.tzname(), back.fold) == (value.utcoffset(), value.tzname(), value.fold)


def test_what_equality_does_not_say_comes_back_too() -> None:
    assert math.isnan(crossed({1: math.nan})[1])
    assert crossed(Decimal("NaN")).is_nan()
    assert str(crossed(Decimal("1.50"))) == "1.50"
    assert list(crossed({1: 2}.values())) == [2]
    assert crossed(deque([1], maxlen=7)).maxlen == 7
    assert list(crossed(OrderedDict([("b", 1), ("a", 2)]))) == ["b", "a"]
    counts = crossed(defaultdict(int))
    counts["new"] += 1
    assert counts == {"new": 1}
    assert crossed(defaultdict(lambda: 5)).default_factory is None


DTYPES = tuple("? i1 u2 <i4 >i4 i8 u8 f2 f4 >f8 g c8 c16 M8[D] M8[ns] m8[s] U3 >U2 S4".split())  # noqa: SIM905


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(), (3,), (2, 0), (2, 3)], ids=str)
def test_arrays_come_back_as_arrays_of_their_dtype(dtype: str, shape: tuple[int, ...]) -> None:
    array = numpy.arange(math.prod(shape)).reshape(shape).astype(dtype)
    back = crossed(array)
    assert type(back) is numpy.ndarray
    assert back.dtype == array.dtype
    numpy.testing.assert_array_equal(back, array)
    back[...] = array  # it can be written to, as any other


@pytest.mark.parametrize("dtype", DTYPES)
def test_scalars_of_numpy_come_back_as_scalars(dtype: str) -> None:
    scalar = numpy.array([1]).astype(dtype)[0]
    back = crossed([scalar])[0]
    assert type(back) is type(scalar)
    assert back == scalar


def test_arrays_of_objects_views_and_nan_come_back() -> None:
    objects = numpy.array([[1, "a"], [None, {2}]], dtype=object)
    assert crossed(objects).tolist() == objects.tolist()
    table = numpy.arange(12.0).reshape(3, 4)
    numpy.testing.assert_array_equal(crossed(table.T[::2]), table.T[::2])
    assert numpy.isnat(crossed(numpy.datetime64("NaT")))
    assert numpy.isnan(crossed(numpy.float32("nan")))


@pytest.mark.parametrize(
    "value",
    [
        10**10_001,
        Decimal("1E+999999"),
        Decimal("sNaN"),
        Fraction(1, 10**10_001),
        range(10**9),
        [0] * (MAX_NODES + 1),
        [[0] * 150_000, [0] * 150_000],
        numpy.ma.masked_array([1, 2], [True, False]),
        numpy.zeros(2, dtype=[("a", "i4")]),
        numpy.array([0] * (MAX_NODES + 1), dtype=object),
    ],
    ids=kind,
)
def test_what_has_no_plain_form_or_is_too_large_stays_in_the_guest_as_a_whole(value: Any) -> None:
    kept = Refs()
    back = crossed(value, kept)
    assert isinstance(back, Ref)
    assert kept[back.id] is value


def test_a_subclass_crosses_as_the_plain_type_whatever_its_methods_say() -> None:
    class Liar:
        __eq__ = lambda self, other: True  # noqa: E731
        __hash__ = lambda self: 1  # noqa: E731
        __len__ = lambda self: 99  # noqa: E731
        __iter__ = lambda self: iter(())  # noqa: E731
        __int__ = __float__ = __abs__ = lambda self: 99
        __str__ = __repr__ = lambda self: "lie"

    for plain in (5, 2.5, "text", b"ab", 1j, [1, 2], (1, 2), {1, 2}, {"a": 1}, deque([1]), date(2024, 1, 1)):
        back = crossed(type("Odd", (Liar, type(plain)), {})(plain) if not isinstance(plain, date) else plain)
        assert type(back) is type(plain)
        assert back == plain
    hashed = type("Hashed", (list,), {"__hash__": lambda self: 1})
    assert isinstance(next(iter(crossed({hashed([1])}))), Ref), "what only a student's class can hash stays there"


def test_a_class_of_the_students_that_fails_when_read_stays_in_the_guest() -> None:
    class Broken(Fraction):
        @property
        def numerator(self) -> Any:
            raise ValueError

    assert isinstance(crossed([Broken(1, 2)])[0], Ref)


def test_named_tuples_come_back_as_named_tuples() -> None:
    back = crossed([Point(1, [2]), Point(1, [2])])
    assert back[0] == (1, [2])
    assert (back[0].x, back[0]._fields, repr(back[0])) == (1, ("x", "y"), "Point(x=1, y=[2])")
    assert type(back[0]) is type(back[1])
    wide = namedtuple("Wide", [f"f{each}" for each in range(51)])
    assert type(crossed(wide(*range(51)))) is tuple
    odd = namedtuple("Odd", ["\ufb01x"])  # Python reads it as another name where it stands in code
    assert crossed(odd(1)) == (1,)


def test_dataclasses_come_back_as_records() -> None:
    kept = Refs()
    circle = Circle(Point(0, 0), 3)
    back = crossed(circle, kept)
    assert isinstance(back, Record)
    assert (back.centre.x, back.fields, repr(back)) == (0, 3, "Circle(centre=Point(x=0, y=0), fields=3)")
    assert back == crossed(Circle(Point(0, 0), 3))
    assert hash(back) == hash(crossed(Circle(Point(0, 0), 3)))
    assert back != crossed(Circle(Point(0, 0), 4))
    assert back != crossed(dataclasses.make_dataclass("Other", ["centre", "fields"])(Point(0, 0), 3))
    assert kept[back._ref.id] is circle
    with pytest.raises(AttributeError):
        back.area  # noqa: B018
    with pytest.raises(dataclasses.FrozenInstanceError):
        back.centre = 5
    assert decode(Encoder(rich=True).encode(back), {}, kept, rich=True) is circle, "a record can be given back"


def test_exceptions_come_back_as_records_of_them() -> None:
    class TooLow(ValueError):
        def __str__(self) -> str:
            raise RuntimeError

    back = crossed(TooLow("no", 3))
    assert isinstance(back, ExceptionRecord)
    assert (back.type_name, back.bases) == ("TooLow", ("ValueError", "Exception", "BaseException"))
    assert (back.text, back.args) == ("('no', 3)", ("no", 3))
    assert crossed(KeyError("k")).text == "'k'"


def test_objects_are_told_of_and_the_same_object_has_one_number() -> None:
    class Stack:
        pass

    kept, stack = Refs(), Stack()
    first, second, cls, function = crossed([stack, stack, Stack, len], kept)
    assert first == second
    assert list(kept) == [stack, Stack, len]
    assert (first.callable, first.is_class, first.module, first.class_name) == (False, False, __name__, "")
    assert first.mro[0] == (__name__, Stack.__qualname__)
    assert first.mro[1] == ("builtins", "object")
    assert (cls.callable, cls.is_class, cls.class_name) == (True, True, "Stack")
    assert function.callable
    assert crossed(torch.nn.Linear(1, 1)).is_module
    kept.forget(1)
    assert kept.number(Stack) == 1
    assert kept.number(stack) == 0


def test_what_stays_behind_may_be_told_otherwise() -> None:
    marker = object()
    live = {"live": lambda value: {"t": "ref", "say": "hello"} if value is marker else None}
    back = crossed([marker, len], **live, read_live=lambda data: data.get("say", "a reference"))
    assert back == ["hello", "a reference"]
    with pytest.raises(WireError):
        crossed(marker, **live, read_live=lambda data: data["missing"])


def test_a_list_that_holds_itself_ends_in_a_reference() -> None:
    loop: list[Any] = []
    loop.append(loop)
    kept = Refs()
    back = crossed(loop, kept)
    while isinstance(back, list):
        (back,) = back
    assert kept[back.id] is loop
    deep: Any = Fraction(10**30, 7)
    for _ in range(values.MAX_DEPTH - 1):
        deep = [deep]
    assert crossed(deep) == deep


def test_the_grader_sends_rich_values_and_says_what_it_can_not() -> None:
    encoder = Encoder(rich=True)
    sent = encoder.encode([{1}, numpy.array(["a"]), b"x", 10**30])
    back = decode(sent, encoder.tensors, Refs(), rich=True)
    assert back == [{1}, numpy.array(["a"]), b"x", 10**30]
    for value in (object(), [0] * (MAX_NODES + 1), {1: {2: object()}}, Circle(1), ValueError()):
        with pytest.raises(Unsendable):
            Encoder(rich=True).encode(value)


def an_array(**changes: Any) -> dict[str, Any]:
    return {"t": "ndarray", "k": "0", "dtype": "<i8", "shape": [2], "scalar": False, **changes}


def numbers(*hexes: str) -> list[Any]:
    return [{"t": "int", "v": each} for each in hexes]


COLLIDING = numbers(*(f"{each * (2**61 - 1) + 2**70:x}" for each in range(1_000)))
HOSTILE = {
    "a shape of billions": an_array(shape=[10**9]),
    "a shape too large to count": an_array(shape=[2**62, 2**62]),
    "an empty shape of billions": an_array(k="2", shape=[0, 10**9]),
    "a negative shape": an_array(shape=[-1, -2]),
    "a shape of text": an_array(shape="2"),
    "a shape of true": an_array(shape=[True, 2]),
    "a dtype of objects": an_array(dtype="|O"),
    "a dtype of Python's": an_array(dtype="int"),
    "a dtype of fields": an_array(dtype="i4,i4"),
    "a dtype of no size": an_array(dtype="<U0", shape=[10**9]),
    "a dtype of other size": an_array(dtype="<U3", shape=[1]),
    "a bool that is 1 and 0": an_array(dtype="|b1", shape=[16]) | {"k": "3"},
    "characters beyond Unicode": an_array(dtype="<U4", shape=[1], k="3"),
    "a scalar with dimensions": an_array(scalar=True),
    "the same bytes again and again": {"t": "list", "v": [{"t": "bytes", "k": "0"}] * 2},
    "a tensor of floats for bytes": {"t": "bytes", "k": "1"},
    "bytes that are not there": {"t": "bytes", "k": "9"},
    "bytes by a list": {"t": "bytes", "k": ["0"]},
    "objects of another number": {"t": "objects", "shape": [3], "v": [1]},
    "an integer of megabytes": {"t": "int", "v": "f" * 4_000_000},
    "an integer with a sign inside": {"t": "int", "v": "1_0"},
    "an integer of text": {"t": "int", "v": 5},
    "a decimal that never ends": {"t": "decimal", "v": "1E+999999999"},
    "a decimal with a signal": {"t": "decimal", "v": "sNaN"},
    "a decimal of a million digits": {"t": "decimal", "v": "1" * 1_000_000},
    "a fraction of nothing": {"t": "fraction", "v": [1, 0]},
    "a fraction of floats": {"t": "fraction", "v": [1.0, 2.0]},
    "a fraction of one": {"t": "fraction", "v": [1]},
    "a complex of text": {"t": "complex", "v": ["1", "2"]},
    "a date out of range": {"t": "date", "v": [10_000, 1, 1]},
    "a date of no day": {"t": "date", "v": [2023, 2, 29]},
    "a time out of range": {"t": "time", "v": [25, 0, 0, 0], "fold": 0, "zone": None},
    "a zone of days": {"t": "datetime", "v": [2024, 1, 1, 0, 0, 0, 0], "fold": 0, "zone": [5, 0, 0, "x"]},
    "a duration out of range": {"t": "timedelta", "v": [10**9, 86_400, 0]},
    "a duration of huge numbers": {"t": "timedelta", "v": [10**18, 0, 0]},
    "a step of nothing": {"t": "range", "v": [0, 1, 0]},
    "a range of billions": {"t": "range", "v": [0, 10**12, 1]},
    "a slice of two": {"t": "slice", "v": [1, 2]},
    "a set of lists": {"t": "set", "v": [{"t": "list", "v": []}]},
    "a set that collides": {"t": "set", "v": COLLIDING},
    "keys that collide": {"t": "dict", "v": [[each, 1] for each in COLLIDING]},
    "keys of lists": {"t": "dict", "v": [[{"t": "list", "v": []}, 1]]},
    "pairs of three": {"t": "counter", "v": [[1, 2, 3]]},
    "pairs of text": {"t": "ordered", "v": ["ab"]},
    "items that collide": {"t": "items", "v": [[each, 1] for each in COLLIDING]},
    "a list of text": {"t": "list", "v": "abc"},
    "a queue of negative length": {"t": "deque", "v": [], "max": -1},
    "defaults of open": {"t": "defaultdict", "v": [], "of": {"t": "named", "v": "open"}},
    "defaults of exceptions": {"t": "defaultdict", "v": [], "of": {"t": "named", "v": "KeyboardInterrupt"}},
    "a function by name": {"t": "named", "v": "eval"},
    "a name of a list": {"t": "named", "v": []},
    "fields that are code": {"t": "named tuple", "type": "P", "fields": ["x=print(1)"], "v": [1]},
    "fields that are keywords": {"t": "named tuple", "type": "P", "fields": ["class"], "v": [1]},
    "fields with underscores": {"t": "named tuple", "type": "P", "fields": ["_x"], "v": [1]},
    "fields that are one to Python": {"t": "named tuple", "type": "P", "fields": ["fi", "\ufb01"], "v": [1, 2]},
    "fields twice": {"t": "named tuple", "type": "P", "fields": ["x", "x"], "v": [1, 2]},
    "fields of numbers": {"t": "named tuple", "type": "P", "fields": [1], "v": [1]},
    "more fields than values": {"t": "named tuple", "type": "P", "fields": ["x"], "v": []},
    "a type that is code": {"t": "named tuple", "type": "P\n", "fields": ["x"], "v": [1]},
    "a thousand types": {
        "t": "list",
        "v": [{"t": "named tuple", "type": f"P{each}", "fields": [], "v": []} for each in range(1_000)],
    },
    "a record with a name too long": {"t": "record", "type": "N" * 1_000, "v": [], "ref": None},
    "a record without its object": {"t": "record", "type": "N", "v": [], "ref": None},
    "an exception with bases": {"t": "exception", "type": "E", "bases": ["open"], "text": "", "v": [], "ref": {}},
    "a reference with many bases": {
        **{"t": "ref", "id": 0, "type": "x", "module": False, "callable": True, "in": "m", "class": None},
        "mro": [["a", "b"]] * 99,
    },
    "a tag of a list": {"t": ["set"], "v": []},
    "a tag of nothing": {"t": None},
    "no tag": {},
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_a_guest_makes_up_is_refused_at_once(name: str) -> None:
    started = time.perf_counter()
    all_ones = torch.full((16,), 255, dtype=torch.uint8)
    with pytest.raises(WireError):
        decode(
            HOSTILE[name],
            {
                "0": torch.zeros(16, dtype=torch.uint8),
                "1": torch.ones(2),
                "2": torch.zeros(0, dtype=torch.uint8),
                "3": all_ones,
            },
            rich=True,
        )
    assert time.perf_counter() - started < 2


def test_each_hostile_message_is_wrong_in_one_thing_only() -> None:
    assert told(an_array()).tolist() == [1, 2]
    assert told({"t": "bytes", "k": "0"})[:1] == b"\x01"
    assert told({"t": "set", "v": COLLIDING[:60]})
    assert told({"t": "named tuple", "type": "P", "fields": ["x"], "v": [1]}).x == 1
    assert told({"t": "timedelta", "v": [10**8, 0, 0]}).days == 10**8


@pytest.mark.parametrize(
    "value", [*PYTHONS_OWN[:-1], Point(1, 2), numpy.ones(2), numpy.float32(1), Circle(1), KeyError(1)], ids=kind
)
def test_a_message_with_anything_else_in_any_place_is_a_value_or_refused(value: Any) -> None:
    refuse_mutants(value)


def test_many_equal_keys_are_no_attack() -> None:
    assert told({"t": "set", "v": [7] * 1_000}) == {7}


def test_nesting_deeper_than_the_encoder_makes_it_is_refused() -> None:
    data: Any = 1.0
    for depth in range(values.MAX_DEPTH + 5):
        if depth <= values.MAX_DEPTH + 2:
            told(data)
        else:
            with pytest.raises(WireError):
                told(data)
        data = {"t": "tuple", "v": [data]}


TAGS = [*rich_values._DECODERS, "ref", "tensor"]
KEYS = (
    *("t", "v", "k", "id", "type", "module", "grad", "dtype", "shape", "scalar", "of"),
    *("max", "fold", "zone", "fields", "bases", "text", "ref", "index", "columns", "name", "title", "axes"),
)
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.sampled_from(
        [
            "",
            "0",
            "1",
            "<i8",
            "M8[ns]",
            "int",
            "x",
            "1.5",
            "NaN",
            "ff",
            "plain",
            "range",
            "column",
            "levels",
            "str",
            "UTC",
        ]
    )
)


def messages(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    lists = st.lists(inner, max_size=4)
    return (
        lists
        | st.lists(st.lists(inner, min_size=2, max_size=2), max_size=3)
        | st.fixed_dictionaries({"t": st.sampled_from(TAGS), "v": inner | lists})
        | st.fixed_dictionaries({"t": st.sampled_from(TAGS)}, optional=dict.fromkeys(KEYS[1:], inner))
    )


@given(st.recursive(LEAVES, messages, max_leaves=15))
@settings(max_examples=400, deadline=None, derandomize=True)
def test_whatever_json_comes_it_is_a_value_or_a_wire_error(data: Any) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("builtins.eval", None)
        try:
            told(data)
        except WireError:
            return


RICH = st.recursive(
    st.integers()
    | st.floats(allow_nan=False)
    | st.complex_numbers(allow_nan=False)
    | st.binary()
    | st.text()
    | st.fractions()
    | st.decimals(allow_nan=False, places=3)
    | st.dates()
    | st.datetimes()
    | st.timedeltas(),
    lambda inner: st.lists(inner, max_size=3) | st.tuples(inner) | st.dictionaries(st.integers(), inner, max_size=3),
    max_leaves=10,
)


@given(RICH)
@settings(max_examples=100, deadline=None, derandomize=True)
def test_any_rich_value_comes_back_as_it_was(value: Any) -> None:
    assert crossed(value) == value


def test_neither_side_imports_pandas_or_matplotlib_for_it() -> None:
    code = (
        "import sys; from autograder.sandbox import values\n"
        "from autograder.sandbox.values import *; e = Encoder(Refs(), rich=True)\n"
        "decode(e.encode([{1}, 2j, object(), ValueError()]), e.tensors, rich=True)\n"
        "print([name for name in ('pandas', 'matplotlib', 'IPython') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "[]\n"
