"""Marks for Classroom 50, as overrides in its `scores.json`: entries that its own collecting of scores leaves alone.

Its autograder runs in students' repositories, where nothing is hidden. So the marks are made here, and take the place
of what that said. The form: `schemas/scores-v1.schema.json` of https://github.com/foundation50/classroom50, and what
its web page writes for a score that a teacher enters.
"""

from __future__ import annotations

import difflib
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from autograder.course.errors import CourseError

SCORES_FILE = "scores.json"
_SCORES, _RESULT, _ASSIGNMENTS = "classroom50/scores/v1", "classroom50/result/v1", "classroom50/assignments/v1"
_MANUAL = "submit/manual-"  # how its page marks scores that no run made
_OURS = "autograder"  # how we mark ours among these
_TYPES = ("individual", "group", "team")
_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{1,99}")
_LOGIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")
_FORMAT = "%Y-%m-%dT%H:%M:%SZ"
_MAX_BYTES = 100_000_000


@dataclass(frozen=True)
class Place:
    """Where scores go: the file, the classroom's and the assignment's name there, and whose an entry is."""

    file: Path
    classroom: str
    slug: str
    type: str = "individual"


@dataclass(frozen=True)
class Overridden:
    """What became of marks.

    Attributes:
        text: the file's, with overrides.
        new, changed, same: owners.
        kept: owners whose entry a teacher has overridden by hand.
        rounded: owners whose mark is no whole number.
    """

    text: str
    new: tuple[str, ...]
    changed: tuple[str, ...]
    same: tuple[str, ...]
    kept: tuple[str, ...]
    rounded: tuple[str, ...]


def slug_of(assignment: str) -> str:
    """What an assignment is probably called there."""
    return assignment.casefold().replace("_", "-")


def find_place(file: Path, classroom: str, slug: str) -> Place:
    """Looks at what lies beside a classroom's `scores.json`.

    Raises:
        CourseError: there is no classroom, or no such assignment in it.
    """
    classroom = classroom or file.resolve().parent.name
    for name, what in ((classroom, "--classroom"), (slug, "--slug")):
        if not _SLUG.fullmatch(name):
            raise CourseError(f"{what}: {name!r} is no name there: small letters, digits and - make one.")
    manifest = file.parent / "assignments.json"
    if not manifest.is_file():
        raise CourseError(
            f"{manifest} is not there, so {file.parent} is no classroom's folder. Name the {SCORES_FILE} in a clone of "
            "the organization's repository classroom50: classroom50/CLASSROOM/scores.json."
        )
    listed = _read(manifest, _ASSIGNMENTS).get("assignments")
    types = {each.get("slug"): each.get("mode") for each in listed or () if isinstance(each, dict)}
    if slug not in types:
        names = sorted(each for each in types if isinstance(each, str))
        near = difflib.get_close_matches(slug, names, 1)
        hint = f" Is it {near[0]}? Say so with --slug." if near else " Name one with --slug."
        raise CourseError(f"{manifest} has no assignment {slug}.{hint} There are: {', '.join(names) or 'none'}.")
    mode = types[slug]
    return Place(file, classroom, slug, mode if mode in _TYPES else _TYPES[0])


def override(
    place: Place, marks: Mapping[str, float], max_points: float, now: datetime, replaces_teachers: bool = False
) -> Overridden:
    """The file with these marks as overrides. Nothing else in it is changed.

    Args:
        marks: points by owner: the login that a repository is called by.
        now: in UTC.
        replaces_teachers: whether to change overrides that a teacher entered by hand.

    Raises:
        CourseError: the file is none of Classroom 50's.
    """
    data = _read(place.file, _SCORES) if place.file.exists() else {"schema": _SCORES, "assignments": {}}
    buckets = data.setdefault("assignments", {})
    bucket = buckets.setdefault(place.slug, {"type": place.type, "entries": []}) if isinstance(buckets, dict) else None
    entries = bucket.get("entries") if isinstance(bucket, dict) else None
    if bucket is None or not isinstance(entries, list):
        raise CourseError(f"{place.file} has not the form that Classroom 50 gives it. Fetch it anew: git restore it.")
    by_owner = {str(each.get("owner", "")).casefold(): each for each in entries if isinstance(each, dict)}
    found: dict[str, list[str]] = {kind: [] for kind in ("new", "changed", "same", "kept", "rounded")}
    most = max(1, _whole(max_points))
    for owner, points in sorted(marks.items()):
        score = min(_whole(max(0.0, points)), most)
        if score != points or most != max_points:
            found["rounded"].append(owner)
        entry = by_owner.get(owner.casefold())
        kind = _kind(entry, score, most, replaces_teachers)
        found[kind].append(owner)
        if kind in ("same", "kept"):
            continue
        if entry is None:
            entry = {"owner": owner}
            entries.append(entry)
        real = [each for each in _submissions(entry) if not _is_manual(each)]
        bucket_type = bucket.get("type") if bucket.get("type") in _TYPES else place.type
        entry["override"] = True
        entry["submissions"] = [_record(place, str(bucket_type), str(entry["owner"]), score, most, real, now), *real]
    kinds = {kind: tuple(owners) for kind, owners in found.items()}
    return Overridden(json.dumps(data, indent=2, allow_nan=False) + "\n", **kinds)


def owner_of(url: str, place: Place) -> str:
    """Whose a repository is by its name, `<classroom>-<assignment>-<owner>`; empty if it is not called so."""
    name = url.rstrip("/").rpartition("/")[2].rpartition(":")[2].removesuffix(".git")
    prefix = f"{place.classroom}-{place.slug}-"
    return name[len(prefix) :] if name.casefold().startswith(prefix) and is_login(name[len(prefix) :]) else ""


def is_login(name: str) -> bool:
    """Whether an account there can be called so."""
    return bool(_LOGIN.fullmatch(name))


def _kind(entry: Mapping[str, Any] | None, score: int, most: int, replaces_teachers: bool) -> str:
    if entry is None:
        return "new"
    manual = next((each for each in _submissions(entry) if _is_manual(each)), None)
    if entry.get("override") is not True or manual is None:
        return "new" if entry.get("override") is not True else "changed" if replaces_teachers else "kept"
    if manual.get("source") != _OURS and not replaces_teachers:
        return "kept"
    return "same" if (manual.get("score"), manual.get("max-score")) == (score, most) else "changed"


def _submissions(entry: Mapping[str, Any]) -> list[dict[str, Any]]:
    submissions = entry.get("submissions")
    return [each for each in submissions if isinstance(each, dict)] if isinstance(submissions, list) else []


def _is_manual(record: Mapping[str, Any]) -> bool:
    return str(record.get("submission", "")).startswith(_MANUAL)


def _record(
    place: Place, type_: str, owner: str, score: int, most: int, real: list[dict[str, Any]], now: datetime
) -> dict[str, Any]:
    """A score that no run made. It is the newest, whatever date a student gave a commit."""
    latest = max([now, *(at for each in real if (at := _moment_after(each.get("datetime"))) is not None)])
    name = _MANUAL + now.strftime(_FORMAT).replace(":", "-")
    return {
        "schema": _RESULT,
        "classroom": place.classroom,
        "assignment_type": type_,
        "owner": owner,
        **dict.fromkeys(("submission", "commit", "release", "review"), name),
        "datetime": latest.strftime(_FORMAT),
        "score": score,
        "max-score": most,
        "tests": [],
        "source": _OURS,
    }


def _moment_after(text: object) -> datetime | None:
    try:
        return datetime.strptime(str(text), _FORMAT).replace(tzinfo=UTC) + timedelta(seconds=1)
    except (ValueError, OverflowError):
        return None


def _whole(points: float) -> int:
    """Rounded as people round: a half goes up."""
    return math.floor(points + 0.5)


def _read(path: Path, schema: str) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            raw = file.read(_MAX_BYTES + 1)
        data = json.loads(raw) if len(raw) <= _MAX_BYTES else None
    except OSError as error:
        raise CourseError(f"{path} can't be read: {error.strerror or error}.") from error
    except (ValueError, RecursionError) as error:
        raise CourseError(f"{path} is no JSON. Fetch it anew: git restore it.") from error
    if not isinstance(data, dict) or data.get("schema") != schema:
        raise CourseError(f"{path} is not what Classroom 50 calls {schema}: another version's, or another file.")
    return data
