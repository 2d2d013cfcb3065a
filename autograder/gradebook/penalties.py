"""What lateness costs: nbgrader's own setting and plugin, `c.AssignLatePenalties.plugin_class`."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from typing import Any

from nbgrader.preprocessors.latesubmissions import AssignLatePenalties
from traitlets import TraitError
from traitlets.utils.importstring import import_item

from autograder.course.errors import CourseError

Penalty = Callable[[str, float, float], float]
"""From a student's id, a raw score in points and seconds of lateness to the points that are taken off."""

_SETTING = "c.AssignLatePenalties.plugin_class"


def make_penalty(config: Any) -> Penalty:
    """The course's plugin for late submissions, or nbgrader's own.

    Args:
        config: the course's settings as traitlets has them.
    Raises:
        CourseError: it can't be loaded; also when the penalty is asked for, and the plugin raises or answers nonsense.
    """
    wanted = config.AssignLatePenalties.get("plugin_class", "")
    try:
        if isinstance(wanted, str) and wanted:
            import_item(wanted)  # the setting itself would only say that it could not
        step = AssignLatePenalties(config=config)
        step.init_plugin()
    except (Exception, SystemExit) as error:
        if not wanted:
            raise CourseError(f"The setting c.LateSubmissionPlugin is wrong: {_first_line(error)}.") from error
        why = "that is no late plugin of nbgrader's" if isinstance(error, TraitError) else _first_line(error)
        if isinstance(error, ImportError) and isinstance(error.__cause__, AttributeError):
            why = _first_line(error.__cause__)  # the module is there, and the class is not
        raise CourseError(
            f"The late plugin {wanted!r} can't be loaded: {why}. {_SETTING} names a class, such as 'late.Penalty' for "
            "the class Penalty in late.py beside course_config.py."
        ) from error
    plugin = step.plugin_inst
    name = type(plugin).__name__

    def penalty(student: str, raw_score: float, late_seconds: float) -> float:
        try:
            with redirect_stdout(sys.stderr):  # what it prints is no part of a report
                found = plugin.late_submission_penalty(student, raw_score, late_seconds)
        except (Exception, SystemExit) as error:
            raise CourseError(
                f"The late plugin {name} raised {type(error).__name__} for {student}, {late_seconds:g} s late with "
                f"{raw_score:g} points: {_first_line(error)}. Mend it, then run this again: no mark was changed by it."
            ) from error
        if found is None:
            return 0.0
        try:
            points = math.nan if isinstance(found, bool | str) else float(found)
        except (TypeError, ValueError):
            points = math.nan
        if not math.isfinite(points):
            raise CourseError(
                f"The late plugin {name} answered {found!r:.80} for {student}; a penalty is a number of points, or "
                "None. Mend it, then run this again: no mark was changed by it."
            )
        return points

    return penalty


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
