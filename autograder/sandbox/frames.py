"""pandas frames, series and indexes as plain columns with their dtypes; never pickle.

pandas is optional on both sides. Here it is never imported before a value of it crosses: the guest looks whether the
student has imported it, and the grader imports it when the first frame arrives.
"""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy

from autograder.sandbox import parts
from autograder.sandbox.garbage import garbage_kept
from autograder.sandbox.parts import Reader, Writer
from autograder.sandbox.wire import MAX_NODES, WireError

MAX_COLUMNS = 2_000
MAX_LEVELS = 20
MAX_ROWS = 5_000_000
MAX_LABELS = 100_000  # of rows that are not simply numbered: pandas takes minutes for more that are made to collide
_FEW_LABELS = 250
_DEPTH = 5  # of the arrays in a frame, and of what is in those of objects
_LISTED = re.compile(r"string|str|boolean|U?Int(8|16|32|64)|Float(32|64)")  # pandas' own dtypes, sent as plain lists
_ZONE = re.compile(r"[A-Za-z][A-Za-z0-9_+\-/]{0,40}|UTC[+\-]\d\d:\d\d")
_FREQUENCY = re.compile(r"-?\d{0,3}[A-Za-z]{1,4}(-[A-Z]{3})?")


def encode(value: Any, writer: Writer) -> Any:
    """JSON-ready data; None if `value` is nothing of pandas' that has a plain form."""
    pandas: Any = sys.modules.get("pandas")
    if pandas is None or writer.depth_left() < _DEPTH:
        return None
    if value is pandas.NA or value is pandas.NaT:
        return {"t": "missing", "v": "NA" if value is pandas.NA else "NaT", "ref": writer.ref(value)}
    if isinstance(value, pandas.Timestamp | pandas.Timedelta):
        column = _column(pandas, pandas.Series([value]), writer)
        return column and {"t": "moment", "v": column, "ref": writer.ref(value)}
    if not isinstance(value, pandas.DataFrame | pandas.Series | pandas.Index):
        return None
    if isinstance(value, pandas.Index):
        sent = _index(pandas, value, writer)
        return sent and {"t": "index", "v": sent, "ref": writer.ref(value)}
    index = _index(pandas, value.index, writer)
    if isinstance(value, pandas.Series):
        column = _column(pandas, value, writer)
        if index is None or column is None:
            return None
        ref = writer.ref(value)
        return {"t": "series", "v": column, "index": index, "name": writer.one(value.name), "ref": ref}
    names = _index(pandas, value.columns, writer)
    if index is None or names is None or not value.columns.is_unique or value.shape[1] > MAX_COLUMNS:
        return None
    columns = [_column(pandas, value.iloc[:, each], writer) for each in range(value.shape[1])]
    if any(each is None for each in columns):
        return None
    return {"t": "frame", "v": columns, "columns": names, "index": index, "ref": writer.ref(value)}


def _column(pandas: Any, values: Any, writer: Writer) -> Any:
    """The values of a series or an index: how they are sent, and what is sent."""
    dtype = values.dtype
    if isinstance(dtype, numpy.dtype):
        return ["plain", writer.one(values.to_numpy())] if len(values) <= MAX_NODES or not dtype.hasobject else None
    if isinstance(dtype, pandas.CategoricalDtype):
        category = values.array
        sent = _index(pandas, category.categories, writer)
        return sent and ["category", [sent, bool(category.ordered), writer.one(category.codes)]]
    if isinstance(dtype, pandas.DatetimeTZDtype):
        naive = values.array.tz_convert("UTC").tz_localize(None)
        zone = str(dtype.tz)
        return ["zone", [zone, writer.one(naive.to_numpy())]] if _ZONE.fullmatch(zone) else None
    if not _LISTED.fullmatch(str(dtype)) or len(values) > MAX_NODES:
        return None
    lacks = values.isna()
    listed = [None if gone else each for each, gone in zip(values.tolist(), lacks, strict=True)]
    sent = [writer.one(each) for each in listed]
    return None if any(isinstance(each, dict) for each in sent) else [str(dtype), sent]  # such as texts too long


def _index(pandas: Any, index: Any, writer: Writer) -> Any:
    names = [writer.one(each) for each in index.names]
    if len(index) > (MAX_ROWS if isinstance(index, pandas.RangeIndex) else MAX_LABELS):
        return None
    if isinstance(index, pandas.RangeIndex):
        return ["range", [index.start, index.stop, index.step], names]
    if isinstance(index, pandas.MultiIndex):
        levels = [_column(pandas, index.get_level_values(each), writer) for each in range(index.nlevels)]
        if len(levels) > MAX_LEVELS or any(each is None for each in levels):
            return None
        return ["levels", levels, names]
    column = _column(pandas, index, writer)
    if column is None:
        return None
    frequency = getattr(index, "freqstr", None)
    if frequency is not None and (not _FREQUENCY.fullmatch(frequency) or len(index) > MAX_NODES):
        return None
    return ["column", [column, frequency], names]


def _reading(read: Callable[[Any, Mapping[str, Any], Reader], Any]) -> Callable[[Mapping[str, Any], Reader], Any]:
    """Whatever pandas makes of a wrong form is a WireError; without pandas, a value stays a reference."""

    def reader_of(data: Mapping[str, Any], reader: Reader) -> Any:
        try:
            import pandas
        except ImportError:
            return reader.ref(data["ref"])
        try:
            return read(pandas, data, reader)
        except WireError:
            raise
        except Exception as error:  # pandas has exceptions of many kinds, for many dtypes
            raise WireError("a frame is not of the wire's form") from error

    return reader_of


def _read_column(pandas: Any, data: Any, reader: Reader) -> Any:
    """What a series or an index can be made of."""
    kind, sent = parts.items(data, 2)
    if kind == "plain":
        return _flat(reader.one(sent))
    if kind == "category":
        categories, ordered, codes = parts.items(sent, 3)
        index = _read_index(pandas, categories, reader)
        if isinstance(index, pandas.MultiIndex) or ordered not in (True, False):
            raise WireError("categories are none")
        return pandas.Categorical.from_codes(_flat(reader.one(codes)), categories=index, ordered=ordered)
    if kind == "zone":
        name, moments = parts.items(sent, 2)
        if not _ZONE.fullmatch(parts.text(name)):
            raise WireError("a time zone is none")
        from zoneinfo import ZoneInfo

        zone = name if name.startswith("UTC") else ZoneInfo(name)
        return pandas.DatetimeIndex(_flat(reader.one(moments))).tz_localize("UTC").tz_convert(zone)
    if not _LISTED.fullmatch(parts.text(kind)):
        raise WireError("a column is of a dtype that does not cross")
    listed = [reader.one(each) for each in parts.items(sent)]
    plain = str if kind.startswith("str") else bool if kind == "boolean" else float if kind[0] == "F" else int
    if any(each is not None and type(each) is not plain for each in listed):
        raise WireError("a column holds what its dtype does not")
    return pandas.array([pandas.NA if each is None else each for each in listed], dtype=kind)


def _flat(array: Any) -> Any:
    if not isinstance(array, numpy.ndarray) or array.ndim != 1:
        raise WireError("a column is none")
    return array


def _read_index(pandas: Any, data: Any, reader: Reader) -> Any:
    kind, sent, named = parts.items(data, 3)
    names = parts.hashable(reader.one(each) for each in parts.items(named, MAX_LEVELS))
    if kind == "levels":
        levels = [_read_column(pandas, each, reader) for each in parts.items(sent, MAX_LEVELS)]
        if len({len(each) for each in levels}) != 1:
            raise WireError("levels of an index are of different lengths")
        return pandas.MultiIndex.from_arrays([_labels(pandas, each) for each in levels], names=names)
    (name,) = names
    if kind == "range":
        start, stop, step = (parts.whole(each, -(2**53), 2**53) for each in parts.items(sent, 3))
        index = pandas.RangeIndex(start, stop, step, name=name)
        if len(index) > MAX_ROWS:
            raise WireError("an index is too long")
        return index
    if kind != "column":
        raise WireError("an index is of an unknown kind")
    column, frequency = parts.items(sent, 2)
    index = _labels(pandas, _read_column(pandas, column, reader)).rename(name)
    if frequency is not None:
        has_one = isinstance(index, pandas.DatetimeIndex | pandas.TimedeltaIndex) and len(index) <= MAX_NODES
        if not has_one or not _FREQUENCY.fullmatch(parts.text(frequency)):
            raise WireError("a frequency is none")
        index.freq = frequency
    return index


def _labels(pandas: Any, values: Any) -> Any:
    """An index of `values`. One of objects stays one: pandas would look for a dtype that fits."""
    if len(values) > MAX_LABELS:
        raise WireError("an index has too many labels")
    hashing_seconds = 0.0
    if values.dtype == object:
        began = time.thread_time()
        parts.hashable(values.tolist())
        hashing_seconds = time.thread_time() - began
    index = pandas.Index(values, dtype=_kept(values))
    _refuse_collisions(index, hashing_seconds)
    return index


def _refuse_collisions(index: Any, hashing_seconds: float) -> None:
    """WireError if pandas, whose tables have hashes of their own, takes far longer for these labels than it should."""
    count = _FEW_LABELS
    while count < 2 * len(index):
        few = index[:count]
        with garbage_kept():
            began = time.thread_time()
            few.factorize()
            if not few.is_unique:
                few.unique()
            took = time.thread_time() - began
        parts.refuse_collisions(took, len(few), hashing_seconds * len(few) / len(index))
        count *= 2


def _series(pandas: Any, data: Mapping[str, Any], reader: Reader) -> Any:
    index = _read_index(pandas, data["index"], reader)
    values = _read_column(pandas, data["v"], reader)
    if len(values) != len(index):
        raise WireError("a series has another length than its index")
    (name,) = parts.hashable([reader.one(data["name"])])
    return pandas.Series(values, index=index, name=name, dtype=_kept(values))


def _kept(values: Any) -> Any:
    return object if values.dtype == object else None


def _frame(pandas: Any, data: Mapping[str, Any], reader: Reader) -> Any:
    index = _read_index(pandas, data["index"], reader)
    names = _read_index(pandas, data["columns"], reader)
    columns = [_read_column(pandas, each, reader) for each in parts.items(data["v"], MAX_COLUMNS)]
    if len(columns) != len(names) or not names.is_unique or any(len(each) != len(index) for each in columns):
        raise WireError("a frame has columns of other lengths than its index, or other columns than names")
    made = {n: pandas.Series(each, index=index, dtype=_kept(each)) for n, each in enumerate(columns)}
    frame = pandas.DataFrame(made, index=index)
    frame.columns = names
    return frame


def _moment(pandas: Any, data: Mapping[str, Any], reader: Reader) -> Any:
    values = pandas.Series(_read_column(pandas, data["v"], reader))
    if len(values) != 1 or values.dtype.kind not in "mM":
        raise WireError("a moment is none")
    return values.iloc[0]


def _missing(pandas: Any, data: Mapping[str, Any], reader: Reader) -> Any:
    return {"NA": pandas.NA, "NaT": pandas.NaT}[data["v"]]


DECODERS: Mapping[str, Callable[[Mapping[str, Any], Reader], Any]] = {
    "frame": _reading(_frame),
    "series": _reading(_series),
    "index": _reading(lambda pandas, data, reader: _read_index(pandas, data["v"], reader)),
    "moment": _reading(_moment),
    "missing": _reading(_missing),
}
