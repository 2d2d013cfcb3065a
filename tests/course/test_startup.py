"""What spares a process time while it starts changes nothing that it finds later."""

from __future__ import annotations

import subprocess
import sys

CODE = """
import sys
from autograder.course.startup import nbgrader_in_parts
nbgrader_in_parts()
nbgrader_in_parts()
from nbgrader.preprocessors.clearsolutions import ClearSolutions
print("sqlalchemy" in sys.modules, "bleach" in sys.modules, "nbgrader.apps" in sys.modules)
from nbgrader import api, preprocessors
print("sqlalchemy" in sys.modules, api.Gradebook.__name__, "bleach" in sys.modules)
print("requests.sessions" in sys.modules)
print(preprocessors.ClearSolutions is ClearSolutions)
print(issubclass(preprocessors.SaveCells, preprocessors.NbGraderPreprocessor))
import nbconvert
import nbgrader
import requests
print(requests.get.__name__, requests.exceptions.HTTPError.__name__)
print(nbgrader.__version__ > "0.9", nbconvert.HTMLExporter.__name__, nbgrader.apps.NbGraderApp.__name__)
"""


def test_of_nbgrader_a_part_is_imported_at_a_time_and_all_of_it_for_who_asks() -> None:
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [
        "False False False",
        "True Gradebook False",
        "False",
        "True",
        "True",
        "get HTTPError",
        "True HTMLExporter NbGraderApp",
    ]
