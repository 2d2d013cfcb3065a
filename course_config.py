"""The course's settings: nbgrader's, and the grader's own (`c.Limits`, `c.Grading`).

`nbgrader` reads this file through `nbgrader_config.py`, `autograder` reads it the same way.
"""

import os
import sys

c = get_config()  # noqa: F821  # traitlets provides it
here = os.path.dirname(os.path.abspath(__file__))

# nbgrader starts programs by their names (alembic), which stand beside Python. Plugins may stand beside this file.
programs = os.path.dirname(sys.executable)
if programs not in os.get_exec_path():
    os.environ["PATH"] = os.pathsep.join([programs, *os.get_exec_path()])
if here not in sys.path:
    sys.path.append(here)

# --- the course -------------------------------------------------------------------------------------------------
c.CourseDirectory.root = here
c.CourseDirectory.course_id = "deep-learning-basics"
c.CourseDirectory.ignore = [".ipynb_checkpoints", "*.pyc", "__pycache__", ".*", "report.json"]

# SQLite beside this file, or another database: GRADEBOOK_URL=postgresql+psycopg://user@host/gradebook
c.CourseDirectory.db_url = os.environ.get("GRADEBOOK_URL") or f"sqlite:///{here}/gradebook.db"

# Where assignments are released and collected: a folder that staff and students share.
c.Exchange.root = os.environ.get("NBGRADER_EXCHANGE") or f"{here}/exchange"
c.Exchange.path_includes_course = True
c.Exchange.timezone = "UTC"  # of hand-ins, such as "Asia/Seoul"; write a due date with its zone

# --- what students see ------------------------------------------------------------------------------------------
c.ClearSolutions.code_stub = {"python": "# YOUR CODE HERE\nraise NotImplementedError()"}
# One click to open the release: a public repository that holds it, never this one. Empty: nothing is shown.
c.Release.repository = ""  # "https://github.com/owner/name", or on GitLab
c.Release.branch = "main"
c.Release.folder = "release"  # where in it the assignments' folders are
c.Release.hub = ""  # a JupyterHub with nbgitpuller: "https://hub.example.edu"
c.GenerateAssignment.exporter_class = "autograder.gradebook.release.ReleaseExporter"
# Pages never run what a student wrote: texts, comments and outputs keep harmless tags only (autograder/report/page.py).
c.HTMLExporter.sanitize_html = True
c.HTMLExporter.filters = {
    "clean_html": "autograder.report.page.clean",
    "markdown2html": "autograder.report.page.markdown",
}
c.GenerateFeedback.exporter_class = "autograder.gradebook.feedback_page.MarkedFeedbackPage"
c.GenerateFeedback.pre_convert_hook = "autograder.gradebook.feedback.literal_ids"  # any student's id works
c.ExchangeFactory.release_feedback = "autograder.gradebook.feedback.ReleaseFeedback"  # nobody blocks the others
c.ExportApp.plugin_class = "autograder.gradebook.export.SafeCsvExportPlugin"  # grades.csv holds no formulas

# --- nbgrader autograde and formgrader's button hand over to `autograder grade` -----------------------------------
c.Autograde.pre_convert_hook = (
    "autograder.gradebook.autograde.hand_over"  # nbgrader imports the module, which does the rest
)

# --- our grader -------------------------------------------------------------------------------------------------
c.Grading.isolation = "full"  # or "partial": grade even where the machine lacks a layer of confinement
c.Grading.workers = 0  # processes; 0: one a core
c.Grading.show_cells = False  # True: draw the lab's pictures into graded notebooks too; grading takes twice as long
# Limits of one submission; autograder/sandbox/limits.py explains each. The lab itself needs 0.2 s and 100 MB.
c.Limits.cell_wall_seconds = 10.0
c.Limits.call_wall_seconds = 10.0
c.Limits.memory_bytes = 1 << 30
