"""How a command ends that can't go on: what is said, and its exit code."""

from __future__ import annotations

import errno
import sys
import traceback
from typing import NoReturn

from autograder.cli.commands import errors
from autograder.cli.exit_codes import BAD_INPUT, FAULT, OK
from autograder.report.formats.screen import lines_without_controls

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)


def end_by(error: Exception) -> NoReturn:
    """After a full disk, or a fault of ours, which is the error at hand."""
    if not _is_no_room(error):
        errors.print(lines_without_controls(traceback.format_exc()), markup=False)
        errors.print("This is a fault of the grader, not of a submission. Nothing that was finished is lost.")
        sys.exit(FAULT)
    _tell_no_room(getattr(error, "filename", None))
    sys.exit(BAD_INPUT)


def flushed() -> int:
    """Writes what is still to be written; the exit code for that."""
    code = OK
    for each in (sys.stdout, sys.stderr):
        try:
            each.flush()
        except OSError as error:  # nobody may be reading any more, which is none of our business
            if _is_no_room(error):
                _tell_no_room(None)
                code = BAD_INPUT
    return code


def _is_no_room(error: Exception) -> bool:
    return isinstance(error, OSError) and error.errno in _NO_ROOM


def _tell_no_room(file: object) -> None:
    where = f" for {file}" if file else ""
    errors.print(
        f"No room is left on the disk{where}. Make room, and run it again: what was finished is kept.", markup=False
    )
