"""When a submission was handed in: in the course's time zone, in any other, or not known."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

import pytest

from autograder.gradebook.timestamps import HandedIn, read_timestamp

MARCH = datetime(2026, 3, 1, 22, 30)


def written(folder: Path, text: str | bytes) -> Path:
    (folder / "timestamp.txt").write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder


@pytest.mark.parametrize(
    ("text", "timezone", "utc"),
    [
        ("2026-03-01 22:30:00 UTC", "UTC", MARCH),
        ("2026-03-01 22:30:00.000000 UTC\n", "Asia/Seoul", MARCH),
        ("2026-03-02 07:30:00.000000 KST", "Asia/Seoul", MARCH),
        ("2026-03-02 07:30:00.000000 KST", "UTC", MARCH),
        ("2026-03-02 07:30:00", "Asia/Seoul", MARCH),
        ("2026-03-02 07:30:00", "UTC", datetime(2026, 3, 2, 7, 30)),
        ("2026-03-02T07:30:00+09:00", "UTC", MARCH),
        ("2026-03-01T22:30:00Z", "Asia/Seoul", MARCH),
        ("2026-03-01 19:30:00.000000 -03", "America/Sao_Paulo", MARCH),
        ("2026-03-01 17:30:00 EST", "America/New_York", MARCH),
        ("2026-07-01 18:30:00 EDT", "America/New_York", datetime(2026, 7, 1, 22, 30)),
        ("2026-07-01 18:30:00 EDT", "Europe/Berlin", datetime(2026, 7, 1, 22, 30)),
        ("2026-07-01 17:30:00 EST", "America/New_York", datetime(2026, 7, 1, 22, 30)),
        ("2026-03-02 04:00:00 IST", "Asia/Kolkata", MARCH),
        ("2026-03-02 06:30:00 CST", "Asia/Shanghai", MARCH),
        ("2026-03-01 16:30:00 CST", "America/Chicago", MARCH),
        ("1 March 2026 22:30 GMT", "UTC", MARCH),
        ("2026-03-02 07:30:00 GMT+9", "UTC", MARCH),
        ("2026-03-02 07:30:00 UTC+09:00", "UTC", MARCH),
        ("Mon Mar 02 2026 07:30:00 GMT+0900 (KST)", "UTC", MARCH),
        ("\ufeff2026-03-01 22:30:00 UTC", "UTC", MARCH),
        # The hour that comes twice in autumn has two names.
        ("2026-10-25 02:30:00 CEST", "Europe/Berlin", datetime(2026, 10, 25, 0, 30)),
        ("2026-10-25 02:30:00 CET", "Europe/Berlin", datetime(2026, 10, 25, 1, 30)),
    ],
)
def test_a_timestamp_is_read_in_the_zone_that_it_was_written_in(
    tmp_path: Path, text: str, timezone: str, utc: datetime
) -> None:
    assert read_timestamp(written(tmp_path, text), timezone) == HandedIn(utc)


@pytest.mark.parametrize(
    "text",
    [
        *("", "tomorrow", "\x00\xff", "99999999-99-99", "2" * 5000, "{}", b"\xff\xfe\x00", "12", "2026-03-01"),
        *("22:30 UTC", "2026-03-01 22:30:00 XYZ", "0000-00-00 00:00:00 UTC", "2026-02-30 10:00:00 UTC"),
        "2026-03-02 04:00:00 IST",  # India's, Israel's or Ireland's
        *("01.03.2026 22:30", "02/03/2026 22:30 UTC", "26-03-02 04:00 UTC", "2026-13-02 04:00 UTC", "01-03-2026 22:30"),
    ],
)
def test_what_is_not_one_moment_is_not_known_rather_than_guessed(tmp_path: Path, text: str | bytes) -> None:
    found = read_timestamp(written(tmp_path, text), "Asia/Seoul")
    assert found.at is None
    assert found.problem.startswith("timestamp.txt can't be read as one moment (“")
    assert found.problem.isprintable()


def test_a_missing_file_is_told_apart_from_one_that_is_no_file(tmp_path: Path) -> None:
    assert read_timestamp(tmp_path) == HandedIn(problem="there is no timestamp.txt", is_missing=True)
    os.mkfifo(tmp_path / "timestamp.txt")
    assert read_timestamp(tmp_path) == HandedIn(problem="timestamp.txt is not an ordinary file")
