"""What one guest can still tell another by what it does to the machine, in bits a second. See docs/security.md.

python -m benchmarks.channels [--bits N]

Each channel sends random bits from one guest to another; with the share that arrives wrong, it carries at most
1 - H(share) bits a bit (the capacity of a binary symmetric channel). They are plain attempts: a patient attacker gets
more out of the same things.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import random
import sysconfig
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import torch

from autograder.sandbox.forked import ForkSandbox
from autograder.sandbox.guest import ForkedGuest
from autograder.sandbox.limits import Limits
from autograder.sandbox.sandbox import Sandbox
from autograder.sandbox.server import ForkServer

_LIMITS = Limits(output_characters=1_000_000, cell_wall_seconds=60)
_SLOT_SECONDS = (0.005, 0.02, 0.05)
_LINE_SLOT_SECONDS = (20e-6, 50e-6, 200e-6)
# A name that is not there is remembered by the kernel once it was asked for, and is told sooner the next time.
_ASK = """
import os, time
found = []
started = time.perf_counter()
for number, bit in enumerate({bits}):
    if bit:
        name = "{folder}/{mark}-%d" % number
        before = time.perf_counter_ns()
        try: os.stat(name)
        except OSError: pass
        found.append(time.perf_counter_ns() - before)
print([time.perf_counter() - started, found])
"""
# A file that nobody has read comes from the disk, and from memory once one has.
_READ = """
import time
found = []
started = time.perf_counter()
for name, bit in zip({files}, {bits}):
    if bit:
        with open(name, "rb", buffering=0) as file:
            before = time.perf_counter_ns()
            file.read(64)
            found.append(time.perf_counter_ns() - before)
print([time.perf_counter() - started, found])
"""
# Guests have one copy of a library's code, and a line of it one place in the processor's caches. The machine code
# (x86-64) takes the processor's cycles that a read takes, and puts the line out of the caches: mfence, lfence, rdtsc,
# lfence, mov esi eax, mov rax [rdi], lfence, rdtsc, sub eax esi, clflush [rdi], ret; the other only reads.
_CODE = """
import ctypes, mmap, time
page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
page[:27] = bytes.fromhex("0faef0 0faee8 0f31 0faee8 89c6 488b07 0faee8 0f31 29f0 0fae3f c3")
page[64:68] = bytes.fromhex("488b07 c3")
start = ctypes.addressof(ctypes.c_char.from_buffer(page))
probe, touch = (ctypes.CFUNCTYPE(ctypes.c_uint, ctypes.c_void_p)(start + place) for place in (0, 64))
line = ctypes.cast(ctypes.CDLL(None).strfry, ctypes.c_void_p).value  # nobody calls it
"""
_TOUCH = """
for number, bit in enumerate({bits}):
    end = {begin} + (number + 1) * {slot}
    while time.time() < end:
        if bit: touch(line)
"""
_PROBE = """
found = []
while time.time() < {begin}: pass
for number in range({count}):
    end, cycles, count = {begin} + (number + 1) * {slot}, 0, 0
    while time.time() < end:
        cycles += min(probe(line), 1000)
        count += 1
    found.append(-cycles / max(count, 1))
print([{count} * {slot}, found])
"""
# Who moves much memory makes others wait for theirs.
_MOVE = """
import time, torch
large, out = torch.ones(1 << 23), torch.ones(1 << 23)
for number, bit in enumerate({bits}):
    end = {begin} + (number + 1) * {slot}
    while time.time() < end:
        if bit: out.copy_(large)
        else: time.sleep(min(0.001, max(0.0, end - time.time())))
"""
_LISTEN = """
import time, torch
large, out = torch.ones(1 << 19), torch.ones(1 << 19)
found = []
while time.time() < {begin}: pass
for number in range({count}):
    end, moved = {begin} + (number + 1) * {slot}, 0
    while time.time() < end:
        out.copy_(large)
        moved += 1
    found.append(-moved)
print([{count} * {slot}, found])
"""


@dataclass(frozen=True)
class Measured:
    """Of one channel: bits sent in how many seconds, and the share that arrived wrong."""

    name: str
    bits: int
    seconds: float
    wrong: float

    @property
    def bits_a_second(self) -> float:
        """What it carries at most, at this speed."""
        wrong = min(max(self.wrong, 1e-9), 0.5)
        entropy = -wrong * math.log2(wrong) - (1 - wrong) * math.log2(1 - wrong)
        return self.bits * (1 - entropy) / self.seconds


def names(sandbox: Sandbox, bits: Sequence[int]) -> Measured:
    """Names that are not there, asked for by one guest and again by a later one: the first one is gone by then."""
    folder, mark = sysconfig.get_path("stdlib"), os.urandom(6).hex()
    with closing(sandbox.start({})) as sender:
        _run(sender, _ASK.format(bits=list(bits), folder=folder, mark=mark))
    with closing(sandbox.start({})) as receiver:
        seconds, found = _run(receiver, _ASK.format(bits=[1] * len(bits), folder=folder, mark=mark))
    return Measured(
        "names that are not there, across time", len(bits), seconds, _wrong(bits, [-each for each in found])
    )


def pages(sandbox: Sandbox, bits: Sequence[int]) -> Measured:
    """Files that are not in memory, read by one guest and again by a later one."""
    headers = sorted(Path(torch.__file__).parent.glob("include/**/*.h"))[: len(bits)]
    files, bits = [str(each) for each in headers], bits[: len(headers)]
    for each in files:
        descriptor = os.open(each, os.O_RDONLY)
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)  # as after the machine has started
        os.close(descriptor)
    with closing(sandbox.start({})) as sender:
        _run(sender, _READ.format(files=files, bits=list(bits)))
    with closing(sandbox.start({})) as receiver:
        seconds, found = _run(receiver, _READ.format(files=files, bits=[1] * len(bits)))
    return Measured("files that nobody has read, across time", len(bits), seconds, _wrong(bits, [-t for t in found]))


def lines(sandbox: Sandbox, bits: Sequence[int], slot_seconds: float) -> Measured:
    """Flush and reload: what the processor's caches hold of a library's code, while another guest reads it or not."""
    seconds, found = _at_once(sandbox, bits, slot_seconds, _CODE + _TOUCH, _CODE + _PROBE)
    return Measured(f"flush and reload, {slot_seconds * 1e6:g} us a bit", len(bits), seconds, _wrong(bits, found))


def memory(sandbox: Sandbox, bits: Sequence[int], slot_seconds: float) -> Measured:
    """How fast memory moves while another guest moves much or none."""
    seconds, found = _at_once(sandbox, bits, slot_seconds, _MOVE, _LISTEN)
    return Measured(
        f"memory at the same time, {slot_seconds * 1000:g} ms a bit", len(bits), seconds, _wrong(bits, found)
    )


def _at_once(
    sandbox: Sandbox, bits: Sequence[int], slot_seconds: float, send: str, hear: str
) -> tuple[float, list[float]]:
    """Two guests at the same time, which know from the clock whose bit it is."""
    with closing(sandbox.start({})) as sender, closing(sandbox.start({})) as receiver, ThreadPoolExecutor() as threads:
        begin = time.time() + 0.5
        said = threads.submit(_run, sender, send.format(bits=list(bits), begin=begin, slot=slot_seconds))
        seconds, found = _run(receiver, hear.format(count=len(bits), begin=begin, slot=slot_seconds))
        said.result()
    return seconds, found


def _run(guest: ForkedGuest, source: str) -> tuple[float, list[float]]:
    reply, _ = guest.request({"op": "cell", "source": source, "label": "cell", "names": []}, {}, 60)
    said = "".join(each.get("text", "") for each in reply["outputs"])
    seconds, found = json.loads(said) if said else (0.0, [])
    return seconds, found


def _wrong(bits: Sequence[int], seen: Sequence[float]) -> float:
    """The share of bits that the best threshold gets wrong; larger is a one."""
    return min(
        sum((value >= threshold) != bool(bit) for bit, value in zip(bits, seen, strict=True)) / len(bits)
        for threshold in sorted(set(seen))[:: max(1, len(set(seen)) // 200)]
    )


def main() -> None:
    """Measures all, and prints a line for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bits", type=int, default=1_000)
    count = parser.parse_args().bits
    bits = [random.randrange(2) for _ in range(count)]
    with ForkServer() as server:
        sandbox = ForkSandbox(server, _LIMITS)
        found = [
            names(sandbox, bits),
            pages(sandbox, bits),
            *(memory(sandbox, bits[: count // 4], slot) for slot in _SLOT_SECONDS),
            *(lines(sandbox, bits, slot) for slot in _LINE_SLOT_SECONDS),
        ]
    for each in found:
        print(f"{each.name}: {each.bits_a_second:,.0f} bits a second ({each.wrong:.1%} of {each.bits} wrong)")


if __name__ == "__main__":
    main()
