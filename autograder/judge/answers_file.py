"""The file that kept answers are in: written whole, and read only if it is exactly what is asked for."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from autograder.judge.recorded_answers import MAX_BYTES, NoAnswers, Runs, unpack_answers

_FORM = b"autograder answers 1\n"


def write_answers(path: Path, key: str, packed: bytes) -> None:
    """Writes them whole or not at all; without any, what is there goes. `key` says what they are the answers of."""
    if not packed:
        path.unlink(missing_ok=True)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        scratch.write_bytes(b"".join([_FORM, key.encode(), b"\n", _seal(key, packed), packed]))
        scratch.replace(path)
    finally:
        scratch.unlink(missing_ok=True)


def read_answers(path: Path, key: str) -> dict[str, Runs]:
    """The answers of exactly what `key` says. Raises NoAnswers."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise NoAnswers("not kept") from error
    head = b"".join([_FORM, key.encode(), b"\n"])
    if not data.startswith(head):
        whole = len(data) > len(head) and data[: len(_FORM) - 2] == _FORM[:-2]
        raise NoAnswers("of something else" if whole else "damaged")
    seal, packed = data[len(head) : len(head) + 32], data[len(head) + 32 :]
    if seal != _seal(key, packed):
        raise NoAnswers("damaged")
    return unpack_answers(packed)


def _seal(key: str, packed: bytes) -> bytes:
    return hashlib.sha256(key.encode() + packed).digest()
