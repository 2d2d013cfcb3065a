"""Loads the settings for `nbgrader` and `autograder`; or nothing runs at all."""

import sys
import traceback

try:
    load_subconfig("course_config.py")  # noqa: F821  # traitlets provides it
except Exception as error:
    # nbgrader would go on without these settings, and run what students wrote in its own process.
    lines = [each.lineno for each in traceback.extract_tb(error.__traceback__) if "course_config" in each.filename]
    lines += [error.lineno] if isinstance(error, SyntaxError) else []
    where = f", line {lines[-1]}" if lines else ""
    sys.exit(f"Error: course_config.py{where}: {type(error).__name__}: {error}. Mend it, then run this again.")
