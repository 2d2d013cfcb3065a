"""NumPy arrays and scalars as plain data: raw bytes with a dtype and a shape, both checked."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy

from autograder.sandbox import parts
from autograder.sandbox.parts import Reader, Writer
from autograder.sandbox.wire import MAX_NODES, WireError

_PLAIN_KINDS = "biufcmMSU"
_PLAIN_DTYPE = re.compile(r"[<>|=][biufcmMSU]\d{1,7}(\[\d{0,6}(Y|M|W|D|h|m|s|ms|us|ns|ps|fs|as)\])?")
_HIGHEST_CODE_POINT = 0x10FFFF


def encode(value: Any, writer: Writer) -> Any:
    """JSON-ready data; None if `value` is nothing of NumPy's that has a plain form."""
    if isinstance(value, numpy.dtype):
        return {"t": "dtype", "v": value.str} if _is_plain(value) else None
    if not isinstance(value, numpy.ndarray | numpy.generic) or isinstance(value, numpy.ma.MaskedArray):
        return None
    array = numpy.array(value, copy=None, subok=False)
    if array.dtype == object:
        if array.size > MAX_NODES:
            return None
        flat = [writer.one(each) for each in array.ravel().tolist()]
        return {"t": "objects", "shape": list(array.shape), "v": flat}
    if not _is_plain(array.dtype):
        return None
    key = writer.raw(array.tobytes())
    scalar = isinstance(value, numpy.generic)
    return {"t": "ndarray", "k": key, "dtype": array.dtype.str, "shape": list(array.shape), "scalar": scalar}


def _is_plain(dtype: numpy.dtype[Any]) -> bool:
    return dtype.kind in _PLAIN_KINDS and dtype.itemsize > 0 and dtype.fields is None and dtype.subdtype is None


def _dtype(data: Any) -> numpy.dtype[Any]:
    name = parts.text(data)
    if not _PLAIN_DTYPE.fullmatch(name):
        raise WireError("a dtype is none that crosses")
    found = numpy.dtype(name)
    if not _is_plain(found):
        raise WireError("a dtype is none that crosses")
    return found


def _array(data: Mapping[str, Any], reader: Reader) -> Any:
    dtype, raw = _dtype(data["dtype"]), reader.raw(data["k"])
    count, left_over = divmod(len(raw), dtype.itemsize)
    if left_over:
        raise WireError("an array has another size than its dtype")
    shape = parts.shape(data["shape"], count)
    array = numpy.frombuffer(raw, dtype).reshape(shape).copy()
    if dtype.kind == "b" and (array.view(numpy.uint8) > 1).any():
        raise WireError("a bool is neither true nor false")
    if dtype.kind == "U" and (numpy.frombuffer(raw, f"{dtype.byteorder}u4") > _HIGHEST_CODE_POINT).any():
        raise WireError("a character is none")
    if data["scalar"] is not True:
        return array
    if shape:
        raise WireError("a scalar has dimensions")
    return array[()]


def _objects(data: Mapping[str, Any], reader: Reader) -> Any:
    flat = parts.items(data["v"])
    shape = parts.shape(data["shape"], len(flat))
    array = numpy.empty(len(flat), dtype=object)
    for index, each in enumerate(flat):
        array[index] = reader.one(each)
    return array.reshape(shape)


DECODERS: Mapping[str, Callable[[Mapping[str, Any], Reader], Any]] = {
    "dtype": lambda data, reader: _dtype(data["v"]),
    "ndarray": _array,
    "objects": _objects,
}
