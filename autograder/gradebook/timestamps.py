"""When a submission was handed in: nbgrader's `timestamp.txt`, in whichever time zone it was written."""

from __future__ import annotations

import re
import stat
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

from dateutil.parser import parse

from autograder.course.course import TIMESTAMP_FILE

_MAX_CHARACTERS = 200
# A text that leaves out the day or the hour takes them from the default: two of them show whether it does.
_DEFAULTS = (datetime(2000, 1, 1, 1), datetime(2001, 2, 2, 2))
_YEAR_FIRST = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)")
_MONTH_NAMED = re.compile(r"\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)", re.IGNORECASE)
# "GMT+9" is nine hours before UTC to POSIX and to dateutil, and nine hours after it to everybody else.
_SIGNED_ZONE = re.compile(r"\b(?:GMT|UTC) ?([+-]\d)")
_TOLD_CHARACTERS = 40
_HALF_A_YEAR = timedelta(days=182)


@dataclass(frozen=True)
class HandedIn:
    """When.

    Attributes:
        at: in UTC, without a time zone, as nbgrader's gradebook has it; None if it is not known.
        problem: why not, as the end of a sentence.
        is_missing: there is no file that could say it.
    """

    at: datetime | None = None
    problem: str = ""
    is_missing: bool = False


def read_timestamp(folder: Path, timezone: str = "UTC") -> HandedIn:
    """Reads a submission's `timestamp.txt`. Whatever is in it, it does not raise.

    Args:
        timezone: the course's. A time without a zone is one of it, and an abbreviation such as KST is looked for in it
            first, then in all zones of the world: one that means different hours in two of them can't be read.
    """
    path = folder / TIMESTAMP_FILE
    try:
        if not stat.S_ISREG(path.lstat().st_mode):  # a pipe would be read for ever
            return HandedIn(problem=f"{TIMESTAMP_FILE} is not an ordinary file")
    except OSError:
        return HandedIn(problem=f"there is no {TIMESTAMP_FILE}", is_missing=True)
    try:
        with path.open(encoding="utf-8-sig", errors="replace") as file:
            text = file.read(_MAX_CHARACTERS).strip()
    except OSError as error:
        return HandedIn(problem=f"{TIMESTAMP_FILE} can't be read: {error.strerror}")
    try:
        return HandedIn(_parse(text, ZoneInfo(timezone)))
    except Exception:  # hostile text: every way in which a parser can fail is the same to us
        told = "".join(each if each.isprintable() else "�" for each in text[:_TOLD_CHARACTERS])
        return HandedIn(problem=f"{TIMESTAMP_FILE} can't be read as one moment (“{told}”)")


def parse_moment(text: str, timezone: str = "UTC") -> datetime | None:
    """What a text says as one moment, in UTC; None if it says none, or several. `timezone` as for `read_timestamp`."""
    try:
        return _parse(text[:_MAX_CHARACTERS].strip(), ZoneInfo(timezone))
    except Exception:  # as there
        return None


def _parse(text: str, zone: tzinfo) -> datetime:
    """Raises ValueError, or whatever dateutil raises, if `text` is not one moment."""
    if not (year_first := _YEAR_FIRST.match(text)) and not _MONTH_NAMED.search(text):
        raise ValueError("of two numbers nobody knows which is the day")
    text = _SIGNED_ZONE.sub(r"\1", text)
    zones: list[tuple[str | None, int | None]] = []

    def note(name: str | None, offset_seconds: int | None) -> None:
        zones.append((name, offset_seconds))

    local: datetime
    local, other = (parse(text, default=default, tzinfos=note).replace(tzinfo=None) for default in _DEFAULTS)
    if local != other:
        raise ValueError("no whole date and hour")
    if year_first and tuple(map(int, year_first.groups())) != (local.year, local.month, local.day):
        raise ValueError("day and month were taken for each other")
    name, offset_seconds = zones[0]
    if offset_seconds is not None:
        return local - timedelta(seconds=offset_seconds)
    if name is None:
        return local.replace(tzinfo=zone).astimezone(UTC).replace(tzinfo=None)
    found = _offsets(name, local, [zone]) or _offsets(name, local, [ZoneInfo(each) for each in _all_zones()])
    if len(found) != 1:
        raise ValueError(f"{name} is no time zone, or several")
    return local - found.pop()


def _offsets(name: str, local: datetime, zones: list[tzinfo]) -> set[timedelta]:
    """What the abbreviation means in `zones`: at that time, or half a year from it, as people forget about summer."""
    for moments in ((local,), (local - _HALF_A_YEAR, local + _HALF_A_YEAR)):
        found: set[timedelta] = set()
        for zone in zones:
            for moment in (at.replace(tzinfo=zone, fold=fold) for at in moments for fold in (0, 1)):
                if moment.tzname() == name and (offset := moment.utcoffset()) is not None:
                    found.add(offset)
        if found:
            return found
    return set()


@lru_cache(maxsize=1)
def _all_zones() -> tuple[str, ...]:
    return tuple(sorted(available_timezones()))
