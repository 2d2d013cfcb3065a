"""Frames between grader and guest: bounded in size and time, and malformed ones are refused."""

from __future__ import annotations

import contextlib
import random
import socket
import struct
import threading
import time
from collections.abc import Iterator

import pytest
import safetensors.torch
import torch

from autograder.sandbox import wire
from autograder.sandbox.decoding import SENDABLE_DTYPES
from autograder.sandbox.wire import WireError, WireTimeout, pack, receive, send


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    left, right = socket.socketpair()
    with left, right:
        yield left, right


def test_deep_json_is_refused_not_crashed_on(pair: tuple[socket.socket, socket.socket]) -> None:
    left, right = pair
    text = b'{"value":' + b"[" * 50_000 + b"]" * 50_000 + b"}"
    left.sendall(wire.HEADER.pack(len(text), 0) + text)
    with pytest.raises(WireError):
        receive(right, 1 << 20, lambda: 5.0)


@pytest.mark.parametrize("count", [wire.MAX_JSON_BYTES, 3 * wire.MAX_NODES])
def test_a_message_of_too_many_parts_is_refused(count: int) -> None:
    left, right = socket.socketpair()
    text = b'{"value":[' + b"[]," * count + b"[]]}"
    with right, left:
        sender = threading.Thread(target=_send_all, args=(left, wire.HEADER.pack(len(text), 0) + text))
        sender.start()
        with pytest.raises(WireError, match=r"over the limit of 8388608|too many parts"):
            receive(right, 1 << 26, lambda: 20.0)
        right.close()
        sender.join()


def _send_all(channel: socket.socket, data: bytes) -> None:
    with contextlib.suppress(OSError):
        channel.sendall(data)


@pytest.mark.parametrize(
    ("text", "blob"),
    [
        (b"", b""),
        (b"{", b""),
        (b"[1]", b""),
        (b"null", b""),
        (b"\xff\xfe", b""),
        (b"{}", b"junk" * 8),
        (b"{}", struct.pack("<Q", 2**63) + b"{}"),
        (b'{"a":' + b"9" * 5000 + b"}", b""),
    ],
)
def test_malformed_frames_are_refused(pair: tuple[socket.socket, socket.socket], text: bytes, blob: bytes) -> None:
    left, right = pair
    left.sendall(wire.HEADER.pack(len(text), len(blob)) + text + blob)
    with pytest.raises(WireError):
        receive(right, 1 << 20, lambda: 5.0)


def test_a_frame_over_the_limit_is_refused_before_it_is_read(pair: tuple[socket.socket, socket.socket]) -> None:
    left, right = pair
    left.sendall(wire.HEADER.pack(2**32 - 1, 2**32 - 1))
    with pytest.raises(WireError, match="over the limit of 1000"):
        receive(right, 1000, lambda: 5.0)


@pytest.mark.parametrize("kept", [0, 3, 8, 12])
def test_a_truncated_frame_says_that_the_channel_closed(kept: int) -> None:
    left, right = socket.socketpair()
    with right:
        with left:
            left.sendall(pack({"value": 1})[:kept])
        with pytest.raises(WireError, match="closed"):
            receive(right, 1000, lambda: 5.0)


def test_a_slow_frame_ends_at_the_deadline(pair: tuple[socket.socket, socket.socket]) -> None:
    left, right = pair
    left.sendall(pack({"value": 1})[:-1])
    given = iter([5.0, 5.0, 0.01, 0.0])  # for the header, for what is there of the text, and for what is not
    with pytest.raises(WireTimeout):
        receive(right, 1000, lambda: next(given))
    assert list(given) == []
    with pytest.raises(WireTimeout):
        receive(right, 1000, lambda: -1.0)


def test_a_frame_that_comes_in_small_pieces_is_read_whole() -> None:
    left, right = socket.socketpair()
    frame = pack({"value": "x" * 5_000}, {"0": torch.arange(10_000)})
    with left, right:
        sender = threading.Thread(
            target=lambda: [left.sendall(frame[at : at + 999]) for at in range(0, len(frame), 999)]
        )
        sender.start()
        message, tensors = receive(right, 1 << 20, lambda: 20.0)
        sender.join()
    assert message == {"value": "x" * 5_000}
    assert torch.equal(tensors["0"], torch.arange(10_000))


def test_a_side_that_does_not_read_ends_the_sending(pair: tuple[socket.socket, socket.socket]) -> None:
    left, _ = pair
    started = time.monotonic()
    with pytest.raises(WireTimeout):
        send(left, b"x" * (64 << 20), lambda: started + 0.2 - time.monotonic())


def test_sending_to_a_closed_channel_is_a_wire_error() -> None:
    left, right = socket.socketpair()
    right.close()
    with left, pytest.raises(WireError):
        send(left, pack({"value": "x" * 100_000}))


def test_random_bytes_never_give_anything_but_a_wire_error() -> None:
    draw = random.Random(0)
    for number in range(300):
        left, right = socket.socketpair()
        with right:
            with left:
                size = number % 40
                left.sendall(wire.HEADER.pack(size, number % 7 * 9) + draw.randbytes(size + number % 7 * 9))
            with pytest.raises(WireError):
                receive(right, 10_000, lambda: 5.0)


@pytest.mark.parametrize("dtype", sorted(SENDABLE_DTYPES, key=str), ids=str)
def test_tensors_are_written_as_safetensors_would(dtype: torch.dtype) -> None:
    for shape in [(), (0,), (3, 0), (2, 3)]:
        tensors = {"0": torch.ones(shape).to(dtype), "1": torch.zeros(2, 2, dtype=dtype)}
        assert pack({}, tensors)[wire.HEADER.size + len("{}") :] == safetensors.torch.save(tensors)


def test_frames_inside_of_another_are_those_that_were_packed() -> None:
    tensor = torch.tensor([1.0, 2.0])
    frames = [({"a": 1}, {}), ({}, {"0": tensor}), ({"b": [None]}, {})]
    found = wire.unpack(b"".join(wire.pack(*each) for each in frames))
    assert [message for message, _ in found] == [message for message, _ in frames]
    assert torch.equal(found[1][1]["0"], tensor)
    assert wire.unpack(b"") == []


def test_malformed_frames_inside_of_another_are_refused_at_once() -> None:
    whole = wire.pack({"a": 1}, {"0": torch.ones(3)})
    assert len(wire.unpack(whole * wire.MAX_UNPACKED)) == wire.MAX_UNPACKED
    odd = [whole[:kept] for kept in range(1, len(whole))]
    odd += [whole + b"x", b"\xff" * 100, wire.pack([1]), wire.pack("text"), wire.HEADER.pack(0, 0)]
    odd += [whole * (wire.MAX_UNPACKED + 1), wire.pack({}) * 1_000_000, wire.pack({"a": [[]] * 3 * wire.MAX_NODES})]
    started = time.process_time()
    for each in odd:
        with pytest.raises(wire.WireError):
            wire.unpack(each)
    assert time.process_time() - started < 2.0


def test_a_message_may_come_in_pieces_of_any_size(pair: tuple[socket.socket, socket.socket]) -> None:
    left, right = pair
    frame = pack({"value": "x" * 40_000}, {"0": torch.arange(10_000)})
    for size in (1, 7, 8, 9, 16_383, 16_384, 16_385, len(frame)):
        cut = min(size, len(frame) - 1)
        sender = threading.Thread(target=_send_in_pieces, args=(left, (frame[:cut], frame[cut:])))
        sender.start()
        message, tensors = receive(right, 1 << 20, lambda: 5.0)
        sender.join()
        assert message == {"value": "x" * 40_000}
        assert torch.equal(tensors["0"], torch.arange(10_000))


def _send_in_pieces(channel: socket.socket, pieces: tuple[bytes, ...]) -> None:
    for each in pieces:
        channel.sendall(each)
        time.sleep(0.01)
