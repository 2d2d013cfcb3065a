"""Values on their way from a guest to the grader."""

from __future__ import annotations

import contextlib
import itertools
import json
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import torch

from autograder.sandbox.values import Encoder, Refs, decode
from autograder.sandbox.wire import WireError, pack, receive, send

BYTES = torch.frombuffer(
    bytearray(b"\x01\x00\x00\x00\x00\x00\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00"), dtype=torch.uint8
)


def crossed(
    value: Any,
    refs: Refs | None = None,
    rich: bool = True,
    live: Callable[[Any], Any] | None = None,
    read_live: Callable[[Any], Any] | None = None,
) -> Any:
    """`value` as the grader gets it: through the encoder, a real frame and the decoder."""
    encoder = Encoder(Refs() if refs is None else refs, rich, live)
    frame = pack({"value": encoder.encode(value)}, encoder.tensors)
    left, right = socket.socketpair()
    with left, right:
        sender = threading.Thread(target=send, args=(left, frame))
        sender.start()
        message, tensors = receive(right, 1 << 30, lambda: 30.0)
        sender.join()
    return decode(message["value"], tensors, rich=rich, live=read_live)


def told(data: Any) -> Any:
    """What the grader makes of a guest's message, which has 16 bytes beside it, twice, and a tensor of floats."""
    return decode(data, {"0": BYTES.clone(), "1": torch.ones(2), "2": BYTES.clone()}, rich=True)


REPLACEMENTS: tuple[Any, ...] = (
    None,
    True,
    -1,
    2**62,
    1.5,
    "x",
    "",
    "0",
    [],
    [1],
    [[1, 2]],
    {},
    {"t": "list", "v": [{}]},
)


def refuse_mutants(value: Any) -> None:
    """Puts something else in each place of the message for `value`: it has to be a value still, or a `WireError`."""
    encoder = Encoder(Refs(), rich=True)
    sent = json.dumps(encoder.encode(value))
    for index in itertools.count():
        for replacement in REPLACEMENTS:
            message = json.loads(sent)
            places = list(_places({"value": message}))
            if index == len(places):
                return
            holder, key = places[index]
            holder[key] = replacement
            with contextlib.suppress(WireError):
                decode(message if index else replacement, encoder.tensors, rich=True)


def _places(data: Any) -> Iterator[tuple[Any, Any]]:
    for key in list(data) if isinstance(data, dict) else range(len(data)):
        yield data, key
        if isinstance(data[key], dict | list):
            yield from _places(data[key])
