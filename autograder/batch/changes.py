"""Content hashes that say whether a submission has to be graded again."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Iterator
from pathlib import Path

from autograder.course.assignment import Assignment
from autograder.course.course import TIMESTAMP_FILE
from autograder.report.report import versions
from autograder.sandbox.limits import Limits
from autograder.submission.files import regular_files

_MAX_READ_BYTES = 64 << 20  # of one submission, to see whether it has changed


def assignment_digest(assignment: Assignment, limits: Limits, show_cells: bool) -> str:
    """Hashes all that verdicts depend on besides the submission: notebook, data, checks, settings and versions.

    The points of exercises are left out, as a change of points changes no verdict.
    """
    settings = [limits.to_dict(), show_cells, assignment.release_settings, sorted(assignment.inside), versions()]
    digest = hashlib.sha256(json.dumps(settings, sort_keys=True).encode())
    _add_source(digest, assignment)
    _add_folder(digest, assignment.checks_folder)
    return digest.hexdigest()


def answers_digest(assignment: Assignment, limits: Limits) -> str:
    """Hashes all that a submission's answers depend on besides itself: the same, but for the hidden checks."""
    settings = ["answers", limits.to_dict(), assignment.release_settings, sorted(assignment.inside), versions()]
    digest = hashlib.sha256(json.dumps(settings, sort_keys=True).encode())
    _add_source(digest, assignment)
    return digest.hexdigest()


def _add_source(digest: hashlib._Hash, assignment: Assignment) -> None:
    for each in assignment.notebooks:
        digest.update(_without_points(assignment.source_folder / f"{each.notebook_name}.ipynb"))
    _add_folder(digest, assignment.source_folder)


def _add_folder(digest: hashlib._Hash, folder: Path) -> None:
    digest.update(b"".join(_describe(folder, [each for each in regular_files(folder) if each.suffix != ".ipynb"])))


def _without_points(notebook: Path) -> bytes:
    data = json.loads(notebook.read_bytes())
    for cell in data["cells"]:
        cell.get("metadata", {}).get("nbgrader", {}).pop("points", None)
    return json.dumps(data, sort_keys=True).encode()


def submission_digest(folder: Path, assignment_digest: str) -> str:
    """Hashes a student's folder together with the assignment's digest.

    Of a large file, and of what follows many small ones, its size and time stand for what is in it: a sparse file of
    many GB costs a student nothing, and would be read in each run. When it was handed in changes no verdict.
    """
    [digest] = submission_digests(folder, assignment_digest)
    return digest


def submission_digests(folder: Path, *assignment_digests: str) -> list[str]:
    """The same with each of several digests; files are read once."""
    files = [each for each in regular_files(folder) if each != folder / TIMESTAMP_FILE]
    content = b"".join(_describe(folder, files, _MAX_READ_BYTES))
    return [hashlib.sha256(each.encode() + content).hexdigest() for each in assignment_digests]


def _describe(folder: Path, paths: Iterable[Path], bytes_left: float = math.inf) -> Iterator[bytes]:
    """What is hashed of files: names, sizes and hashes of contents."""
    for path in sorted(paths):
        status = path.lstat()
        yield f"\0{path.relative_to(folder)}\0{status.st_size}\0".encode("utf-8", "surrogateescape")
        if status.st_size > bytes_left:
            yield str(status.st_mtime_ns).encode()
            continue
        bytes_left -= status.st_size
        try:
            with path.open("rb") as file:
                yield hashlib.file_digest(file, "sha256").digest()
        except OSError as error:
            yield f"unreadable {error.errno}".encode()
