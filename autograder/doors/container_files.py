"""What a platform's container needs: this grader as a wheel, the versions that it has here, and one assignment."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Mapping
from importlib import metadata
from importlib.resources import files
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

import autograder
from autograder import DISTRIBUTION
from autograder.course.course import CONFIG_FILE, Course, load_course
from autograder.course.errors import CourseError

_LEFT_OUT = {"__pycache__", ".ipynb_checkpoints", ".git"}
_DAY_ONE = (1980, 1, 1, 0, 0, 0)  # the same content is the same archive
_COMMENT = re.compile(r"(?:^|\s)#.*")
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"

Contents = dict[str, bytes]
"""Files by their names in an archive or a folder."""


def wheel() -> tuple[str, bytes]:
    """This package as a wheel, from a checkout as well as from an installation: its file name, and its content.

    It holds no assignment: code in a guest may read Python's packages.
    """
    own = metadata.distribution(DISTRIBUTION)
    name = f"{re.sub('[-_.]+', '_', own.name)}-{own.version}"
    contents = _files_below(Path(autograder.__file__).parent, "autograder")
    # In a checkout with an `egg-info` beside it Python may find that, where the same text has another name.
    contents[f"{name}.dist-info/METADATA"] = (own.read_text("METADATA") or own.read_text("PKG-INFO") or "").encode()
    contents[f"{name}.dist-info/entry_points.txt"] = (own.read_text("entry_points.txt") or "").encode()
    for each in own.files or ():
        if each.name == "LICENSE" and (found := Path(str(each.locate()))).is_file():
            contents[f"{name}.dist-info/licenses/LICENSE"] = found.read_bytes()
    lines = ("Wheel-Version: 1.0", f"Generator: {own.name}", "Root-Is-Purelib: true", "Tag: py3-none-any")
    contents[f"{name}.dist-info/WHEEL"] = "".join(f"{each}\n" for each in lines).encode()
    record = f"{name}.dist-info/RECORD"
    rows = [f"{path},sha256={_digest(data)},{len(data)}" for path, data in sorted(contents.items())]
    contents[record] = "".join(f"{each}\n" for each in (*rows, f"{record},,")).encode()
    return f"{name}-py3-none-any.whl", zipped(contents)


def _digest(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode().rstrip("=")


def zipped(contents: Mapping[str, bytes]) -> bytes:
    """A zip of these files; scripts may be run."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in sorted(contents.items()):
            entry = zipfile.ZipInfo(path, _DAY_ONE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (0o100755 if data.startswith(b"#!") else 0o100644) << 16
            archive.writestr(entry, data)
    return written.getvalue()


def pins(requirements: Iterable[str]) -> list[str]:
    """The versions that are installed here of what is required, and of all that this requires: `name==version`.

    PyTorch's build (`+cpu`) is left out: another build of the same version will do.
    """
    found: dict[str, str] = {}
    done: set[tuple[str, frozenset[str]]] = set()
    waiting = [Requirement(each) for each in requirements]
    while waiting:
        wanted = waiting.pop()
        key = (canonicalize_name(wanted.name), frozenset(wanted.extras))
        try:
            here = metadata.distribution(wanted.name)
        except metadata.PackageNotFoundError:
            continue  # for another system, or not needed for grading here either
        if key in done:
            continue
        done.add(key)
        found[key[0]] = Version(here.version).public
        for line in here.requires or ():
            each = Requirement(line)
            extras = {"", *wanted.extras}
            if each.marker is None or any(each.marker.evaluate({"extra": extra}) for extra in extras):
                waiting.append(each)
    own = canonicalize_name(DISTRIBUTION)
    return [f"{name}=={version}" for name, version in sorted(found.items()) if name != own]


def course_files(course: Course, name: str) -> Contents:
    """What grading one assignment needs of a course: settings, the assignment, its hidden checks. No hand-in, no
    gradebook, no other assignment.

    Raises:
        CourseError: there is no such assignment, or what is packed can't be graded from.
    """
    assignment = course.assignment(name)
    if not course.folders.source.is_relative_to(course.folder):
        raise CourseError(
            f"The assignments are in {course.folders.source}, outside of the course in {course.folder}. Move them "
            "into it: an archive holds one folder."
        )
    sources = course.folders.source.relative_to(course.folder)
    contents = {each.name: each.read_bytes() for each in sorted(course.folder.glob("*.py"))}
    for folder in (sources, Path("tests", "hidden")):  # what assignments share: headers, helpers of checks
        shared = (each for each in sorted((course.folder / folder).glob("*")) if each.is_file())
        contents |= {str(folder / each.name): each.read_bytes() for each in shared}
        contents |= _files_below(course.folder / folder / name, str(folder / name))
    with tempfile.TemporaryDirectory() as scratch:
        write(contents, Path(scratch))
        try:
            packed = load_course(Path(scratch)).assignment(name)
        except CourseError as error:
            raise CourseError(f"The course alone, as it would be packed, can't be read: {error}") from error
    if packed.exercises != assignment.exercises:
        raise CourseError(f"{CONFIG_FILE} reads files that are outside of the course's folder. Move them into it.")
    return contents


def released(course: Course, name: str) -> Contents:
    """What students are given. Raises CourseError if there is nothing yet, or a name that no page can hold."""
    folder = course.folders.release / name
    contents = _files_below(folder, "")
    if not contents:
        raise CourseError(f"{folder} holds nothing for students. Make it: nbgrader generate_assignment {name}")
    if odd := sorted(path for path in contents if set(path) & set("\"'") or not path.isprintable()):
        raise CourseError(f"A question's page can't hold the file name {odd[0]!r}. Rename it: no quotes.")
    return contents


def requirements_of(course: Course, name: str) -> list[str]:
    """What the assignment's notebooks may import: the lines of its `requirements.txt`, if there is one.

    Raises:
        CourseError: a line is not a requirement.
    """
    path = course.folders.source / name / "requirements.txt"
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    wanted = [line for each in lines if (line := _COMMENT.sub("", each).strip())]
    for line in wanted:
        try:
            Requirement(line)
        except InvalidRequirement as error:
            raise CourseError(f"{path}: {line!r} is not a requirement such as numpy>=1.26; mend it.") from error
    return wanted


def installation(course: Course, name: str, folder: str) -> Contents:
    """What to install: the wheel, `requirements.txt`, `constraints.txt`; `folder` is where they will be, absolute."""
    file_name, content = wheel()
    own, needed = f"{DISTRIBUTION}[grader]", requirements_of(course, name)
    wanted = [f"{own} @ file://{folder}/{file_name}", *needed]
    return {
        file_name: content,
        "requirements.txt": "".join(f"{each}\n" for each in wanted).encode(),
        "constraints.txt": "".join(f"{each}\n" for each in pins([own, *needed])).encode(),
    }


def script(name: str, **values: object) -> bytes:
    """A script of `files/` with values in the place of `@NAME@`."""
    text = (files("autograder.doors") / "files" / name).read_text(encoding="utf-8")
    for key, value in values.items():
        text = text.replace(f"@{key.upper()}@", str(value))
    return text.encode()


def as_json(data: object) -> bytes:
    return (json.dumps(data, indent=1, ensure_ascii=False) + "\n").encode()


def write(contents: Mapping[str, bytes], folder: Path) -> None:
    """Writes the files into a folder."""
    for path, data in contents.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
        target.chmod(0o755 if data.startswith(b"#!") else 0o644)


def _files_below(folder: Path, prefix: str) -> Contents:
    found = (each for each in sorted(folder.rglob("*")) if each.is_file() and not set(each.parts) & _LEFT_OUT)
    return {(Path(prefix) / each.relative_to(folder)).as_posix(): each.read_bytes() for each in found}
