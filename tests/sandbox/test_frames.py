"""pandas frames, series and indexes that cross: equal to what they were, by pandas' own strict comparison."""

from __future__ import annotations

import builtins
import time
from collections.abc import Callable
from typing import Any

import numpy
import pytest
from crossing import crossed, refuse_mutants, told

from autograder.sandbox import values
from autograder.sandbox.values import Ref, Refs
from autograder.sandbox.wire import MAX_NODES, WireError

pandas = pytest.importorskip("pandas")

COLUMNS = {
    "numbers": [1.5, numpy.nan],
    "whole": [1, 2],
    "small": numpy.array([1, 2], dtype="i1"),
    "truth": [True, False],
    "text": ["ü", None],
    "objects": pandas.Series([{1}, "a"], dtype=object),
    "strings": pandas.array(["a", pandas.NA], dtype="string"),
    "nullable": pandas.array([2**60 + 1, pandas.NA], dtype="Int64"),
    "maybe": pandas.array([True, pandas.NA], dtype="boolean"),
    "reals": pandas.array([1.5, pandas.NA], dtype="Float64"),
    "when": pandas.to_datetime(["2024-01-01 12:00:00.000000001", None]),
    "where": pandas.to_datetime(["2024-01-01", None]).tz_localize("Europe/Berlin"),
    "offset": pandas.to_datetime(["2024-01-01", None]).tz_localize("UTC+05:30"),
    "spans": pandas.to_timedelta(["1D", None]),
    "kinds": pandas.Categorical(["b", None], categories=["b", "a"], ordered=True),
    "bins": pandas.Categorical([1.5, 2.5]),
}
FRAME = pandas.DataFrame(COLUMNS)
FRAMES = {
    "all dtypes": FRAME,
    "labels": FRAME.set_index("kinds"),
    "levels": FRAME.set_index(["whole", "text"]),
    "levels of objects": FRAME.assign(o=pandas.Series([2.5, "a"], dtype=object)).set_index(["o", "when"]),
    "groups": FRAME.groupby("whole")[["numbers", "small"]].agg(["mean", "max"]),
    "dates": pandas.DataFrame({"a": [1, 2, 3]}, index=pandas.date_range("2024", periods=3, freq="MS", name="day")),
    "rows twice": pandas.DataFrame({"a": [1, 2]}, index=["x", "x"]),
    "numbered columns": pandas.DataFrame(numpy.eye(2)),
    "mixed names": pandas.DataFrame([[1, 2]], columns=pandas.Index(["a", 1], dtype=object)),
    "no columns": pandas.DataFrame(index=["a"]),
    "no rows": FRAME.iloc[:0],
    "nothing": pandas.DataFrame(),
}


@pytest.mark.parametrize("name", FRAMES)
def test_a_frame_comes_back_equal_in_values_dtypes_and_labels(name: str) -> None:
    pandas.testing.assert_frame_equal(crossed(FRAMES[name]), FRAMES[name])


@pytest.mark.parametrize("name", COLUMNS)
def test_a_series_and_an_index_come_back_equal(name: str) -> None:
    pandas.testing.assert_series_equal(crossed(FRAME[name]), FRAME[name])
    if name != "objects":
        index = pandas.Index(FRAME[name])
        pandas.testing.assert_index_equal(crossed(index), index)


@pytest.mark.parametrize(
    "value",
    [pandas.Timestamp("2024-01-01", tz="UTC"), pandas.Timestamp(5), pandas.Timedelta(7), pandas.NaT, pandas.NA],
    ids=str,
)
def test_single_values_come_back(value: Any) -> None:
    back = crossed([value])[0]
    assert type(back) is type(value)
    assert back is value if pandas.isna(value) else back == value


def test_a_frame_that_comes_back_is_the_grader_s_own_and_can_be_changed() -> None:
    back = crossed(FRAMES["numbered columns"])
    back["new"] = 1
    back.loc[0, 0] = 5.0
    assert "new" not in FRAMES["numbered columns"]


@pytest.mark.parametrize(
    "value",
    [
        pandas.DataFrame([[1, 2]], columns=["a", "a"]),
        pandas.Series(pandas.period_range("2024", periods=2, freq="M")),
        pandas.DataFrame({"a": pandas.arrays.SparseArray([0, 1])}),
        pandas.Series(["a"] * (MAX_NODES + 1)),
        pandas.DataFrame(numpy.zeros((1, 2_001))),
        pandas.RangeIndex(10**9),
        pandas.Series([1], index=[1]).loc[[1] * 100_001],
    ],
    ids=["names twice", "periods", "sparse", "too many texts", "too many columns", "too long", "labels"],
)
def test_what_has_no_plain_form_stays_in_the_guest(value: Any) -> None:
    kept = Refs()
    back = crossed(value, kept)
    assert isinstance(back, Ref)
    assert kept[back.id] is value


def test_a_frame_deep_within_lists_stays_in_the_guest() -> None:
    value: Any = FRAME
    for _ in range(values.MAX_DEPTH - 2):
        value = [value]
    back = crossed(value)
    while isinstance(back, list):
        (back,) = back
    assert isinstance(back, Ref)


def test_without_pandas_in_the_grader_a_frame_is_a_reference(monkeypatch: pytest.MonkeyPatch) -> None:
    real: Callable[..., Any] = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name == "pandas":
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    kept = Refs()
    back = crossed([FRAME["whole"], 1], kept)
    assert (back[0].type_name, back[1]) == ("Series", 1)
    assert kept[back[0].id] is not None


LABELS = ["range", [0, 2, 1], [None]]
PLAIN = ["plain", {"t": "ndarray", "k": "0", "dtype": "<i8", "shape": [2], "scalar": False}]
AGAIN = ["plain", {**PLAIN[1], "k": "2"}]
TEXTS = ["str", ["a", "b"]]


def a_frame(**changes: Any) -> dict[str, Any]:
    return {"t": "frame", "v": [PLAIN, TEXTS], "columns": ["column", [TEXTS, None], [None]], "index": LABELS, **changes}


def an_index(labels: list[Any]) -> list[Any]:
    return ["column", [["plain", {"t": "objects", "shape": [len(labels)], "v": labels}], None], [None]]


COLLIDING = [{"t": "int", "v": f"{each * (2**61 - 1) + 2**70:x}"} for each in range(1_000)]
HOSTILE = {
    "columns of different lengths": a_frame(v=[PLAIN, ["str", ["a"]]]),
    "more names than columns": a_frame(v=[PLAIN]),
    "names twice": a_frame(columns=["column", [["str", ["a", "a"]], None], [None]]),
    "names without a hash": a_frame(columns=an_index([{"t": "list", "v": []}] * 2)),
    "labels that collide": {"t": "index", "v": an_index(COLLIDING)},
    "an index of billions": {"t": "index", "v": ["range", [0, 10**12, 1], [None]]},
    "too many labels": {"t": "index", "v": ["column", [["str", ["a"] * 100_001], None], [None]]},
    "an index of no step": {"t": "index", "v": ["range", [0, 1, 0], [None]]},
    "levels of different lengths": {"t": "index", "v": ["levels", [TEXTS, ["str", ["a"]]], [None, None]]},
    "no levels": {"t": "index", "v": ["levels", [], []]},
    "more names than levels": {"t": "index", "v": ["column", [TEXTS, None], ["a", "b"]]},
    "a table for a column": a_frame(v=[["plain", {**AGAIN[1], "shape": [1, 2]}], TEXTS]),
    "a dtype of pickles": a_frame(v=[["object", ["a", "b"]], TEXTS]),
    "texts of numbers": a_frame(v=[PLAIN, ["str", [1, 2]]]),
    "numbers out of range": a_frame(v=[PLAIN, ["Int8", [1, 500]]]),
    "codes out of range": a_frame(v=[PLAIN, ["category", [["column", [TEXTS, None], [None]], False, AGAIN[1]]]]),
    "a zone that is a file": a_frame(v=[PLAIN, ["zone", ["../../etc/passwd", AGAIN[1]]]]),
    "a zone that there is none of": a_frame(v=[PLAIN, ["zone", ["Europe/Atlantis", AGAIN[1]]]]),
    "a zone of dateutil's": a_frame(v=[PLAIN, ["zone", ["dateutil/UTC", AGAIN[1]]]]),
    "a frequency that does not fit": {"t": "index", "v": ["column", [PLAIN, "D"], [None]]},
    "a moment of two": {"t": "moment", "v": PLAIN},
    "another thing that is missing": {"t": "missing", "v": "DataFrame"},
    "a name without a hash": {"t": "series", "v": PLAIN, "index": LABELS, "name": {"t": "list", "v": []}},
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_what_a_guest_makes_up_is_refused_at_once(name: str) -> None:
    started = time.perf_counter()
    with pytest.raises(WireError):
        told(HOSTILE[name])
    assert time.perf_counter() - started < 2


def test_a_message_with_anything_else_in_any_place_is_a_value_or_refused() -> None:
    assert told(a_frame()).shape == (2, 2)
    for value in (
        FRAME[["where", "kinds", "nullable"]],
        FRAMES["levels"][["small"]],
        FRAMES["dates"],
        pandas.Timestamp(5),
    ):
        refuse_mutants(value)
