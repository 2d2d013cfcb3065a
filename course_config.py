"""The course's settings: nbgrader's, and the grader's own (`c.Limits`, `c.Grading`).

`nbgrader` reads this file through `nbgrader_config.py`, `autograder` reads it the same way.
"""

import os
import sys

from autograder.gradebook.connect import use_autograder

c = get_config()  # noqa: F821  # traitlets provides it
here = os.path.dirname(os.path.abspath(__file__))

# Plugins may stand beside this file.
if here not in sys.path:
    sys.path.append(here)

# --- the course -------------------------------------------------------------------------------------------------
c.CourseDirectory.root = here
c.CourseDirectory.course_id = "deep-learning-basics"
c.CourseDirectory.ignore = [".ipynb_checkpoints", "*.pyc", "__pycache__", ".*"]

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

# --- nbgrader's commands, formgrader's button, release and feedback go through this grader ------------------------
use_autograder(c)

# --- marks: docs/marks.md ---------------------------------------------------------------------------------------
# c.LateSubmissionPlugin.penalty_method = "zero"  # late work gets nothing; anything else is a plugin of yours:
# c.AssignLatePenalties.plugin_class = "late.TenPercentADay"  # a class in late.py, beside this file
# c.Grading.questions = {"my_lab": {"an_exercise": "waived"}}  # or "dropped": a question that turned out to be broken
# c.Grading.partners = {"my_lab": [["student-001", "student-002"]]}  # who hand in together
# c.Grading.ask = "Write to labs@example.org within two weeks."  # how students ask for another look

# --- our grader -------------------------------------------------------------------------------------------------
c.Grading.isolation = "full"  # or "partial": grade even where the machine lacks a layer of confinement
c.Grading.workers = 0  # processes; 0: one a core
c.Grading.show_cells = False  # True: draw the lab's pictures into graded notebooks too; grading takes twice as long
# Limits of one submission; autograder/sandbox/limits.py explains each. The lab itself needs 0.2 s and 100 MB.
c.Limits.cell_wall_seconds = 10.0
c.Limits.call_wall_seconds = 10.0
c.Limits.memory_bytes = 1 << 30
