"""Content hashes that say whether a submission has to be graded again."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable
from pathlib import Path

from autograder.course.assignment import Assignment
from autograder.report.report import versions
from autograder.sandbox.limits import Limits
from autograder.submission.files import regular_files
from autograder.submission.reading import MAX_FILE_BYTES


def assignment_digest(assignment: Assignment, limits: Limits, show_cells: bool) -> str:
    """Hashes all that results depend on besides the submission: notebook, data, checks, settings and versions."""
    digest = hashlib.sha256(json.dumps([limits.to_dict(), show_cells, versions()], sort_keys=True).encode())
    for folder in (assignment.source_folder, assignment.checks_folder):
        _add_files(digest, folder, regular_files(folder))
    return digest.hexdigest()


def submission_digest(folder: Path, assignment_digest: str) -> str:
    """Hashes a student's folder together with the assignment's digest; of a file too large to be read, its size."""
    digest = hashlib.sha256(assignment_digest.encode())
    _add_files(digest, folder, regular_files(folder), MAX_FILE_BYTES)
    return digest.hexdigest()


def _add_files(digest: hashlib._Hash, folder: Path, paths: Iterable[Path], most_bytes: float = math.inf) -> None:
    for path in sorted(paths):
        size = path.lstat().st_size
        digest.update(f"\0{path.relative_to(folder)}\0{size}\0".encode("utf-8", "surrogateescape"))
        if size > most_bytes:
            continue
        try:
            with path.open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
        except OSError as error:
            digest.update(f"unreadable {error.errno}".encode())
