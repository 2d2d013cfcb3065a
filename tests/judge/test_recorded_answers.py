"""Answers are kept whole and bounded, and are read only as what they are."""

from __future__ import annotations

import json
import zlib
from pathlib import Path

import pytest

from autograder.judge.answers_file import read_answers, write_answers
from autograder.judge.recorded_answers import (
    MAX_BYTES,
    Chain,
    NoAnswers,
    RunAnswers,
    Runs,
    pack_answers,
    unpack_answers,
)
from autograder.sandbox.cell_run import CellRun
from autograder.sandbox.failed import FailedStatement
from autograder.sandbox.outcome import Cause, Outcome, Stop

STOP = Stop(Outcome.DIED, Cause.EXIT, 3)
FAILED = FailedStatement({"type": "NameError"}, 2, "x = y", ("x",), True)
CELLS = {
    0: CellRun(({"output_type": "stream", "name": "stdout", "text": "é\n"},)),
    3: CellRun(raised={"type": "ValueError"}, failed=(FAILED,), notes=frozenset({"gpu"})),
    4: CellRun(stop=STOP),
    5: CellRun(not_run=True),
}
CHAINS = (Chain("a.py::test_a", ("=1", "2"), b"frames", {1: STOP}), Chain("b.py::test_b", (), b""))
RUNS: dict[str, Runs] = {"tiny": {"": RunAnswers(CHAINS, CELLS, False, 1.5)}, "other": {}}


def packed(data: object, frames: bytes = b"") -> bytes:
    head = data if isinstance(data, bytes) else json.dumps(data).encode()
    return zlib.compress(len(head).to_bytes(4, "little") + head + frames)


def test_answers_come_back_as_they_were() -> None:
    assert unpack_answers(pack_answers(RUNS)) == RUNS
    assert unpack_answers(pack_answers({})) == {}


def test_of_outputs_only_what_was_printed_is_kept() -> None:
    picture = {"output_type": "display_data", "data": {"image/png": "x"}}
    error = {"output_type": "stream", "name": "stderr", "text": "no"}
    cells = {0: CellRun((picture, *CELLS[0].outputs, error))}
    found = unpack_answers(pack_answers({"tiny": {"": RunAnswers((), cells, True)}}))
    assert found["tiny"][""].cells[0] == CELLS[0]


def test_the_same_answers_have_the_same_digest_and_others_another() -> None:
    same = Chain("another::check", CHAINS[0].asked, b"frames", {1: STOP})
    assert same.digest == CHAINS[0].digest
    others = [
        Chain("a", ("=1",), b"frames", {1: STOP}),
        Chain("a", ("=1", "2"), b"frame", {1: STOP}),
        Chain("a", ("=1", "2"), b"frames"),
        Chain("a", ("=1", "2"), b"frames", {1: Stop(Outcome.DIED, Cause.EXIT, 4)}),
    ]
    assert len({each.digest for each in (same, *others)}) == 5


def test_too_much_is_not_kept() -> None:
    def run(size: int) -> dict[str, Runs]:
        return {"tiny": {"": RunAnswers((Chain("a", ("1",), bytes(size)),), {}, True)}}

    assert pack_answers(run(MAX_BYTES + 1)) == b""
    assert len(pack_answers(run(MAX_BYTES - 1000))) < 50_000
    deep: dict[str, object] = {}
    for _ in range(100_000):
        deep = {"raised": deep}
    assert pack_answers({"tiny": {"": RunAnswers((), {0: CellRun(raised=deep)}, True)}}) == b""
    while deep:
        deep = deep.pop("raised")  # type: ignore[assignment]


CHAIN = ["a", ["1"], 0, []]
CELL = {"printed": [], "raised": None, "stop": None, "not_run": False, "failed": [], "notes": []}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"not packed at all",
        zlib.compress(b""),
        zlib.compress(b"\xff\xff\xff\xff{}"),
        zlib.compress(bytes(MAX_BYTES * 50)),
        pack_answers(RUNS)[:-3],
        pack_answers(RUNS) + b"more",
        packed({}, b"more"),
        packed([]),
        packed(b"[" * 500_000),
        packed(b'{"a":' * 20_000),
        packed(b'{"a": ' + b"[[]," * 400_000 + b"[]" + b"]" * 400_000 + b"}"),
        packed({"tiny": {"": None}}),
        packed({"tiny": {"": [[], [], False]}}),
        packed({"tiny": {"": [[], [], False, "soon"]}}),
        packed({"tiny": {"": [[CHAIN] * 3000, [], False, 0]}}),
        packed({"tiny": {"": [{"a": 1}, [], False, 0]}}),
        packed({"tiny": {"": [[["a", ["1"], -1, []]], [], False, 0]}}),
        packed({"tiny": {"": [[["a", ["1"], 99, []]], [], False, 0]}}),
        packed({"tiny": {"": [[["a", ["1"], 10**400, []]], [], False, 0]}}),
        packed({"tiny": {"": [[["a", [1], 0, []]], [], False, 0]}}),
        packed({"tiny": {"": [[["a", ["1"], 0, [[0, "died", "no cause", 1]]]], [], False, 0]}}),
        packed({"tiny": {"": [[["a", ["1"], 0, [[0, "died", "exit", [1]]]]], [], False, 0]}}),
        packed({"tiny": {"": [[], [["0", CELL]], False, 0]}}),
        packed({"tiny": {"": [[], [[0, {**CELL, "printed": [1]}]], False, 0]}}),
        packed({"tiny": {"": [[], [[0, {**CELL, "stop": ["died"]}]], False, 0]}}),
    ],
    ids=lambda data: f"{len(data)}-{data[-6:].hex()}",
)
def test_what_is_not_of_their_form_is_not_read(data: bytes) -> None:
    with pytest.raises(NoAnswers, match="damaged"):
        unpack_answers(data)


def test_what_a_cell_says_is_bounded_as_if_a_guest_said_it() -> None:
    odd = {**CELL, "raised": "odd", "failed": ["odd", {"raised": {}, "line": 1, "code": "x" * 10_000}], "notes": ["me"]}
    found = unpack_answers(packed({"tiny": {"": [[CHAIN], [[0, odd]], 0, 0]}}))["tiny"][""]
    assert found.remembers  # only a plain `false` says that it forgets
    assert found.cells[0].raised is None
    assert [len(each.code) for each in found.cells[0].failed] == [300]
    assert found.cells[0].notes == frozenset()


def test_a_file_is_read_only_as_what_it_was_written_for(tmp_path: Path) -> None:
    path, key = tmp_path / ".answers.tiny" / "student-001.bin", "k" * 64
    with pytest.raises(NoAnswers, match="not kept"):
        read_answers(path, key)
    write_answers(path, key, pack_answers(RUNS))
    assert read_answers(path, key) == RUNS
    assert [each.name for each in path.parent.iterdir()] == [path.name]
    with pytest.raises(NoAnswers, match="of something else"):
        read_answers(path, "l" * 64)
    whole = path.read_bytes()
    for damaged in (b"", whole[:-1], whole[:40], whole + b"\0", whole[:200] + b"\0" + whole[201:]):
        path.write_bytes(damaged)
        with pytest.raises(NoAnswers, match="damaged"):
            read_answers(path, key)
    path.write_bytes(whole.replace(b"answers 1\n", b"answers 2\n"))
    with pytest.raises(NoAnswers, match="of something else"):
        read_answers(path, key)
    with path.open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(NoAnswers, match="damaged"):
        read_answers(path, key)
    write_answers(path, key, b"")
    assert not path.exists()
    write_answers(path, key, b"")
