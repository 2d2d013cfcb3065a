"""Cuts what grading does not need out of a notebook's text, before anything is made of it: saved outputs above all."""

from __future__ import annotations

import json
import re

# Brackets that nest deeper than `_DEPTH` are followed one by one, some microseconds each; others at once.
_DEPTH = 4
_MAX_STEPS = 1_000_000
_STRING = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
_PLAIN = rb'[^"\[\]{}]++|' + _STRING


def _nested(depth: int) -> bytes:
    """A pattern for values and whatever stands between them, in brackets up to `depth`; it never goes back."""
    pattern = rb"(?:" + _PLAIN + rb")*+"
    for _ in range(depth):
        pattern = rb"(?:" + _PLAIN + rb"|[\[{]" + pattern + rb"[\]}])*+"
    return pattern


_WHOLE_VALUES = re.compile(_nested(_DEPTH), re.DOTALL)


def _patterns(names: bytes) -> tuple[re.Pattern[bytes], re.Pattern[bytes]]:
    """Where a key begins whose value is cut out, and what stands before it."""
    key = rb'"(?:' + names + rb')"\s*+:\s*+[\[{]'
    return re.compile(key), re.compile(rb'(?:[^"]++|(?!' + key + rb")" + _STRING + rb")*+", re.DOTALL)


_OUTPUTS = _patterns(rb"outputs|widgets")  # and the state of widgets
_PICTURES_TOO = _patterns(rb"outputs|attachments|widgets")  # and those in texts

# The shortest text that is too much: it can stand for any other.
TOO_MUCH = b'{"outputs": [' + b"[" * (_MAX_STEPS + 1)


class TooMuch(Exception):
    """Brackets in brackets, more than can be followed in seconds."""


def without_outputs(raw: bytes, pictures_too: bool = False) -> bytes:
    """A notebook's JSON, in its encoding, with empty outputs; anything else as it is.

    With `pictures_too`, also those that were pasted into texts.

    It takes time in proportion to the text (25 s for 256 MB at worst) and no more memory than a copy of it.
    What was cut off in the middle of an output ends there.

    Raises:
        TooMuch: outputs hold too many brackets, too deep in each other.
    """
    encoding, patterns = json.detect_encoding(raw), _PICTURES_TOO if pictures_too else _OUTPUTS
    if encoding.startswith("utf-8"):
        return _cut(raw, *patterns)
    try:
        return _cut(raw.decode(encoding).encode(), *patterns).decode().encode(encoding)
    except UnicodeError:
        return raw


def slim(raw: bytes, most_bytes: int) -> bytes:
    """A notebook without outputs, and without pictures in its texts if it is larger than `most_bytes` with them.

    Raises:
        TooMuch: like `without_outputs`.
    """
    without = without_outputs(raw)
    return without if len(without) <= most_bytes else without_outputs(without, pictures_too=True)


def _cut(raw: bytes, cut_from: re.Pattern[bytes], up_to_key: re.Pattern[bytes]) -> bytes:
    if not raw[:100].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return raw
    parts = []
    position, steps_left = 0, _MAX_STEPS
    while key := cut_from.match(raw, up_to_key.match(raw, position).end()):  # type: ignore[union-attr]
        parts.append(raw[position : key.end()])
        position = key.end()
        depth = 1
        while depth:
            position = _WHOLE_VALUES.match(raw, position).end()  # type: ignore[union-attr]
            bracket = raw[position : position + 1]
            if bracket in (b"", b'"'):  # cut off
                return b"".join(parts)
            depth += 1 if bracket in b"[{" else -1
            position += 1
            if (steps_left := steps_left - 1) < 0:
                raise TooMuch
        position -= 1
    parts.append(raw[position:])
    return b"".join(parts)
