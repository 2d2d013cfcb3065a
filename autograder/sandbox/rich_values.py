"""Everything beyond JSON and tensors that crosses as plain data: which module writes it, and which reads it again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from autograder.sandbox import arrays, containers, figures, frames, records, scalars
from autograder.sandbox.parts import Reader, Writer
from autograder.sandbox.wire import WireError

_ENCODERS = {**scalars.ENCODERS, **containers.ENCODERS}
_DECODERS: Mapping[str, Callable[[Mapping[str, Any], Reader], Any]] = {
    **scalars.DECODERS,
    **containers.DECODERS,
    **arrays.DECODERS,
    **records.DECODERS,
    **frames.DECODERS,
    **figures.DECODERS,
}


def encode(value: Any, writer: Writer) -> Any:
    """JSON-ready data; None if `value` has no plain form. What student code in `value` raises is raised."""
    if (plain := _ENCODERS.get(type(value))) is not None:
        return plain(value, writer)
    if (sent := scalars.name_of(value)) is not None:
        return sent
    for others in (frames, figures, arrays, records):  # first: their classes may be subclasses of plain ones
        if (sent := others.encode(value, writer)) is not None:
            return sent
    for cls in type(value).__mro__:
        if (encoder := _ENCODERS.get(cls)) is not None:
            return encoder(value, writer)
    return None


def decode(data: Mapping[str, Any], reader: Reader) -> Any:
    """The value that `encode` was given; WireError, or what a wrong form raises by itself."""
    tag = data["t"]
    if type(tag) is not str or tag not in _DECODERS:
        raise WireError("a value has an unknown tag")
    return _DECODERS[tag](data, reader)
