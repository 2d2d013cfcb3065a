"""Code of the instructor's that takes too long is ended, and nothing after it is."""

from __future__ import annotations

import resource
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from autograder.judge.bounds import OutOfTimeError, TimeLimit, within_bounds


@pytest.fixture
def limit() -> Iterator[TimeLimit]:
    limit = TimeLimit(0.2)
    yield limit
    limit.close()


def loop(seconds: float) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        pass


def stubborn() -> None:
    try:
        loop(20)
    except OutOfTimeError:
        loop(20)


def test_each_time_that_code_takes_too_long_it_is_ended(limit: TimeLimit) -> None:
    for _ in range(3):
        started = time.monotonic()
        with pytest.raises(OutOfTimeError), limit.kept():
            loop(20)
        assert time.monotonic() - started < 10


def test_code_that_is_quick_enough_is_not_however_often_it_runs(limit: TimeLimit) -> None:
    started, ended = time.monotonic(), 0
    while time.monotonic() < started + 0.6:
        with limit.kept():
            loop(0.01)
            ended += 1
    assert ended > 3


def test_what_comes_after_it_may_take_as_long_as_it_likes(limit: TimeLimit) -> None:
    with limit.kept():
        pass
    started = time.monotonic()
    loop(0.5)
    assert time.monotonic() - started >= 0.5


def test_code_that_goes_on_all_the_same_is_ended_again(limit: TimeLimit) -> None:
    started = time.monotonic()
    with pytest.raises(OutOfTimeError), limit.kept():
        stubborn()
    assert time.monotonic() - started < 15


def test_one_thread_watches_over_all(limit: TimeLimit) -> None:
    before = threading.active_count()
    for _ in range(50):
        with limit.kept():
            pass
    assert threading.active_count() == before


def test_neither_memory_nor_a_file_grows_as_student_code_says(tmp_path: Path) -> None:
    before = [resource.getrlimit(each) for each in (resource.RLIMIT_DATA, resource.RLIMIT_FSIZE)]
    with within_bounds():
        with pytest.raises(MemoryError):
            bytearray(4 << 30)
        with (tmp_path / "far").open("wb", buffering=0) as file:
            file.write(b"x")
            file.seek(1 << 40)
            with pytest.raises(OSError, match="too large"):
                file.write(b"x")
    assert (tmp_path / "far").stat().st_size == 1
    assert [resource.getrlimit(each) for each in (resource.RLIMIT_DATA, resource.RLIMIT_FSIZE)] == before
