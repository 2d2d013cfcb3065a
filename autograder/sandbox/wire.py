"""What crosses between the grader and a guest: frames of JSON and safetensors, sizes bounded, never pickle.

A frame is two unsigned 32-bit lengths, a JSON text and a safetensors blob. `values` makes plain data of values.
"""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import safetensors
import safetensors.torch
import torch

HEADER = struct.Struct("<II")
REF = b'"ref"'  # in each frame that is about something that stays in the guest
LOST_EXIT_CODE = 70  # of a guest that lost its wire, or that our own code in it failed
MAX_NODES = 200_000  # parts of the values in one message
MAX_JSON_BYTES = 8 << 20
MAX_UNPACKED = 500  # frames inside of another one
# Taken before student code can put something else in their place.
_TensorSpec, _from_json, _load, _serialize = (
    safetensors.TensorSpec,
    json.JSONDecoder().decode,
    safetensors.torch.load,
    safetensors.serialize,
)
_to_json = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode  # `dumps` would make one each time


SecondsLeft = Callable[[], float]


class WireError(Exception):
    """The other side broke the protocol: closed, malformed, too large or out of turn."""


class WireClosed(WireError):
    """The other side hung up."""


class WireTooLarge(WireError):
    """The other side wants to send more than is accepted: `size_bytes`."""

    def __init__(self, size_bytes: int, limit_bytes: int) -> None:
        super().__init__(f"a message of {size_bytes} bytes is over the limit of {limit_bytes}")
        self.size_bytes = size_bytes


class WireTimeout(WireError):
    """The other side did not answer in time."""


def pack(message: Any, tensors: Mapping[str, torch.Tensor] | None = None) -> bytes:
    """One frame: `message` is JSON-ready, `tensors` come from the `Encoder` that made its values."""
    text = _to_json(message).encode("utf-8", "replace")
    blob = _save(tensors) if tensors else b""
    return HEADER.pack(len(text), len(blob)) + text + blob


def _save(tensors: Mapping[str, torch.Tensor]) -> bytes:
    """What `safetensors.torch.save` makes of dense tensors, without its checks, which take ten times as long."""
    specs = {}
    for key, each in tensors.items():
        where = {"data_ptr": each.data_ptr(), "data_len": each.nbytes}
        specs[key] = _TensorSpec(dtype=str(each.dtype).removeprefix("torch."), shape=each.shape, **where)
    return bytes(_serialize(specs))


def receive(
    channel: socket.socket, max_bytes: int, seconds_left: SecondsLeft | None = None
) -> tuple[dict[str, Any], dict[str, torch.Tensor]]:
    """Reads one frame.

    Args:
        channel: a stream socket.
        max_bytes: the largest frame that is accepted, in bytes.
        seconds_left: says how long to wait from now on, asked again whenever that is over; None waits for ever.
    Returns:
        The message, a JSON object, and its tensors.
    Raises:
        WireTimeout: no whole frame came in time.
        WireError: the channel closed, or what came is malformed or too large.
    """
    return parse(receive_frame(channel, max_bytes, seconds_left))


def receive_frame(channel: socket.socket, max_bytes: int, seconds_left: SecondsLeft | None = None) -> bytes:
    """Reads one frame as it is, for `parse`: see `receive`."""
    header = _receive_exactly(channel, HEADER.size, seconds_left)
    text_bytes, blob_bytes = HEADER.unpack(header)
    for count, limit in ((text_bytes + blob_bytes, max_bytes), (text_bytes, MAX_JSON_BYTES)):
        if count > limit:
            raise WireTooLarge(count, limit)
    return header + _receive_exactly(channel, text_bytes + blob_bytes, seconds_left)


def parse(frame: bytes) -> tuple[dict[str, Any], dict[str, torch.Tensor]]:
    """The message and the tensors of a frame from `receive_frame`. Raises WireError if it is malformed."""
    text_ends = HEADER.size + HEADER.unpack_from(frame)[0]
    text = frame[HEADER.size : text_ends]
    refuse_too_many_parts(text)
    return _parsed(text, frame[text_ends:])


def unpack(frames: bytes) -> list[tuple[dict[str, Any], dict[str, torch.Tensor]]]:
    """Messages with their tensors from frames that came inside of another one.

    Raises:
        WireError: one is malformed, or they are more than `MAX_UNPACKED`.
    """
    found: list[tuple[dict[str, Any], dict[str, torch.Tensor]]] = []
    rest = memoryview(frames)
    while rest:
        if len(rest) < HEADER.size or len(found) == MAX_UNPACKED:
            raise WireError("a message is cut off, or one too many")
        text_bytes, blob_bytes = HEADER.unpack(rest[: HEADER.size])
        rest = rest[HEADER.size :]
        if text_bytes + blob_bytes > len(rest):
            raise WireError("a message is cut off")
        text, blob = bytes(rest[:text_bytes]), bytes(rest[text_bytes : text_bytes + blob_bytes])
        refuse_too_many_parts(text)
        found.append(_parsed(text, blob))
        rest = rest[text_bytes + blob_bytes :]
    return found


def refuse_too_many_parts(text: bytes) -> None:
    """Raises WireError: each node of a value is an object and a list at most; parsing millions takes seconds."""
    if text.count(b"[") + text.count(b"{") > 3 * MAX_NODES:
        raise WireError("a message has too many parts")


def _parsed(text: bytes, blob: bytes) -> tuple[dict[str, Any], dict[str, torch.Tensor]]:
    try:
        message = _from_json(text.decode())
        tensors = _load(blob) if blob else {}
    except Exception as error:  # hostile bytes: every way in which a parser can fail is the same to us
        raise WireError("a message could not be parsed") from error
    if not isinstance(message, dict):
        raise WireError("a message is not a JSON object")
    return message, tensors


def send(channel: socket.socket, frame: bytes, seconds_left: SecondsLeft | None = None) -> None:
    """Writes one frame made by `pack`; `seconds_left` as in `receive`.

    Raises:
        WireTimeout: the other side did not read it in time.
        WireClosed: the channel is closed.
    """
    view = memoryview(frame)
    while view:
        view = view[_try(partial(channel.send, view), channel, seconds_left) :]


def _receive_exactly(channel: socket.socket, count: int, seconds_left: SecondsLeft | None) -> bytes:
    buffer = bytearray(count)
    view = memoryview(buffer)
    while view:
        got = _try(partial(channel.recv_into, view), channel, seconds_left)
        if got == 0:
            raise WireClosed("the channel is closed")
        view = view[got:]
    return bytes(buffer)


def _try(step: Callable[[], int], channel: socket.socket, seconds_left: SecondsLeft | None) -> int:
    """One step of sending or receiving, tried until it is done or no seconds are left."""
    while True:
        if seconds_left is not None:
            if (left := seconds_left()) <= 0:
                raise WireTimeout("the other side does not answer in time")
            channel.settimeout(left)
        try:
            return step()
        except TimeoutError:
            continue
        except OSError as error:
            raise WireClosed("the channel is closed") from error
