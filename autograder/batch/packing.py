"""Packs an assignment and submissions for a machine that has no files of ours."""

from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path

from autograder.batch.packed import PackedAssignment, PackedFile, PackedSubmission, versions_here
from autograder.course.assignment import Assignment
from autograder.course.course import Course
from autograder.submission.files import ExtraFiles, candidates, extra_files, regular_files
from autograder.submission.outputs import TOO_MUCH, TooMuch, slim
from autograder.submission.reading import MAX_FILE_BYTES, MAX_NOTEBOOK_BYTES
from autograder.submission.submission import read_submission


def pack_assignment(course: Course, assignment: Assignment) -> PackedAssignment:
    """Packs the notebook and its data, the hidden checks, and the settings."""
    notebooks = [assignment.source_folder / f"{each.notebook_name}.ipynb" for each in assignment.notebooks]
    source, hidden = (
        Path("source", assignment.name),
        Path("tests", "hidden", assignment.name),
    )  # a worker's are the usual
    paths = {source / path.relative_to(assignment.source_folder): path for path in (*notebooks, *assignment.data_files)}
    paths |= {
        hidden / path.relative_to(assignment.checks_folder): path for path in regular_files(assignment.checks_folder)
    }
    return PackedAssignment(
        name=assignment.name,
        files=tuple(PackedFile(str(name), path.read_bytes()) for name, path in paths.items()),
        limits=course.limits,
        isolation=course.isolation,
        show_cells=course.show_cells,
        keep_answers=course.keep_answers,
        release_settings=assignment.release_settings,
        inside=assignment.inside,
        versions=versions_here(),
    )


def pack_submission(folder: Path, assignment: Assignment, student: str) -> PackedSubmission:
    """Packs what `read_submission` will look at in a student's folder, and nothing else."""
    looked_at = [path for each in assignment.notebooks for path in candidates(folder, each)]
    if len({path.parent for path in looked_at}) > 1:  # only reading them tells beside which one the others belong
        submission = read_submission(folder, assignment.notebooks[0], student)
        extras = ExtraFiles(submission.extra_files, submission.left_out)
    else:
        extras = extra_files(folder, looked_at[0], assignment) if looked_at else ExtraFiles()
    packed = {path: _pack(path, path.relative_to(folder), _notebook_content) for path in looked_at}
    packed |= {
        path: _pack(path, path.relative_to(folder), Path.read_bytes) for _, path in extras.kept if path not in packed
    }
    return PackedSubmission(student, tuple(packed.values()), extras.left_out)


def _pack(path: Path, name: Path, read: Callable[[Path], bytes]) -> PackedFile:
    try:
        status = path.lstat()
        if not stat.S_ISREG(status.st_mode):
            return PackedFile(str(name), None)
        linked = status.st_nlink > 1
        if status.st_size > MAX_FILE_BYTES:
            return PackedFile(str(name), b"", status.st_size, linked)
        content = read(path)
    except OSError:
        return PackedFile(str(name), None)
    if len(content) > MAX_NOTEBOOK_BYTES:  # what is too large to be read there as well
        return PackedFile(str(name), b"{   ", len(content), linked)
    return PackedFile(str(name), content, len(content), linked)


def _notebook_content(path: Path) -> bytes:
    """A notebook without its outputs, or something that is refused for the same reason."""
    try:
        return slim(path.read_bytes(), MAX_NOTEBOOK_BYTES)
    except TooMuch:
        return TOO_MUCH
