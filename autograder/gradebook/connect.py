"""What nbgrader's own settings must be, so that its commands and formgrader go through this grader."""

from __future__ import annotations

import os
import sys
from typing import Any

LINE = "from autograder.gradebook.connect import use_autograder; use_autograder(c)"
_GRADING = "autograder.gradebook.autograde.hand_over"


def use_autograder(config: Any) -> None:
    """Hands nbgrader's release, collecting, grading, feedback, export over to this grader, in `nbgrader_config.py`:

        from autograder.gradebook.connect import use_autograder; use_autograder(c)

    Settings of the course itself (folders, database, exchange, words for solutions) stay as they are.

    Args:
        config: `c`, as traitlets has it.
    """
    # nbgrader starts programs by their names (alembic), which stand beside Python.
    programs = os.path.dirname(sys.executable)
    if programs not in os.get_exec_path():
        os.environ["PATH"] = os.pathsep.join([programs, *os.get_exec_path()])
    # What lies in a graded folder is not all for students: nbgrader would copy our reports beside their pages.
    config.CourseDirectory.ignore.append("report.json")
    config.GenerateAssignment.exporter_class = "autograder.gradebook.release.ReleaseExporter"
    # nbgrader imports the module that a hook is in before it starts, and the module does the rest.
    config.Autograde.pre_convert_hook = _GRADING
    config.GenerateFeedback.exporter_class = "autograder.gradebook.feedback_page.MarkedFeedbackPage"
    config.GenerateFeedback.pre_convert_hook = "autograder.gradebook.feedback.literal_ids"  # any student's id works
    config.ExportApp.plugin_class = "autograder.gradebook.export.SafeCsvExportPlugin"  # grades.csv holds no formulas
    # Ours are for nbgrader's own exchange; another one, such as ngshare's, has set its own.
    if "release_feedback" not in config.ExchangeFactory:  # nobody blocks others
        config.ExchangeFactory.release_feedback = "autograder.gradebook.feedback.ReleaseFeedback"
    if "collect" not in config.ExchangeFactory:  # opens nothing but plain files
        config.ExchangeFactory.collect = "autograder.collect.nbgrader_collect.Collect"
    for plugin, ours in (("collector_plugin", "RosterCollector"), ("extractor_plugin", "FlatExtractor")):
        if plugin not in config.ZipCollectApp:  # zips of learning platforms
            config.ZipCollectApp[plugin] = f"autograder.collect.lms_files.{ours}"
    # Pages never run what a student wrote: texts, comments and outputs keep harmless tags only.
    config.HTMLExporter.sanitize_html = True
    config.HTMLExporter.filters = {
        "clean_html": "autograder.report.page.clean",
        "highlight_code": "autograder.report.page.highlight",
        "markdown2html": "autograder.report.page.markdown",
    }


def is_connected(config: Any) -> bool:
    """Whether nbgrader's `autograde` goes through this grader."""
    return bool(config.Autograde.get("pre_convert_hook", "") == _GRADING)
