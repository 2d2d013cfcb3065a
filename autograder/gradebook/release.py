"""`nbgrader generate_assignment` and formgrader's Generate button fill in where students open the assignment.

nbgrader builds its exporter before it changes anything, and writes what the exporter hands back beside the notebook.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
from nbconvert.exporters import NotebookExporter
from nbgrader.converters.base import NbGraderException

from autograder.course.addresses import README, fill_in_file, fill_in_notebook, read_addresses
from autograder.course.errors import CourseError
from autograder.course.settings import refuse_unknown


class ReleaseExporter(NotebookExporter):
    """A student version with the course's addresses: `c.GenerateAssignment.exporter_class`.

    Raises:
        NbGraderException: a setting of `c.Release` is wrong; the log says how.
    """

    def __init__(self, **keywords: Any) -> None:
        super().__init__(**keywords)  # type: ignore[no-untyped-call]
        try:
            refuse_unknown(self.config)
            self.addresses = read_addresses(self.config)
        except CourseError as error:
            self.log.error("%s", error)
            raise NbGraderException(str(error)) from error

    def from_notebook_node(self, nb: Any, resources: Any = None, **keywords: Any) -> Any:
        """The notebook as text; `README.md`, if there is one, stands in `resources["outputs"]`."""
        text, resources = super().from_notebook_node(nb, resources, **keywords)  # type: ignore[no-untyped-call]
        assignment = resources["nbgrader"]["assignment"]
        name = f"{resources['nbgrader']['notebook']}.ipynb"
        filled = fill_in_notebook(nbformat.reads(text, as_version=4), self.addresses, assignment, name)
        readme = Path(resources["metadata"]["path"], README)
        if readme.is_file():
            words = fill_in_file(readme.read_bytes(), self.addresses.links(assignment, name))
            resources["outputs"] = {**resources.get("outputs", {}), README: words}
        return nbformat.writes(filled) + "\n", resources
