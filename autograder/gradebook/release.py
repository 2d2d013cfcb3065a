"""`nbgrader generate_assignment` and formgrader's Generate button fill in where students open the assignment.

nbgrader builds its exporter before it changes anything, and writes what the exporter hands back beside the notebook.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
from nbconvert.exporters import NotebookExporter
from nbgrader.converters import GenerateAssignment
from nbgrader.converters.base import NbGraderException

from autograder.course.addresses import README, fill_in_file, fill_in_notebook, read_addresses
from autograder.course.course import load_course
from autograder.course.errors import CourseError
from autograder.course.settings import refuse_unknown
from autograder.course.students_version import module_stub, release_settings, without_unused_attachments
from autograder.gradebook.autograde import course_of


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
            self.settings = release_settings(self.config)
        except CourseError as error:
            self.log.error("%s", error)
            raise NbGraderException(str(error)) from error

    def from_notebook_node(self, nb: Any, resources: Any = None, **keywords: Any) -> Any:
        """The notebook as text; in `resources["outputs"]` stand other files that students get in another form."""
        text, resources = super().from_notebook_node(nb, resources, **keywords)  # type: ignore[no-untyped-call]
        assignment = resources["nbgrader"]["assignment"]
        name = f"{resources['nbgrader']['notebook']}.ipynb"
        own = without_unused_attachments(nbformat.reads(text, as_version=4))
        filled = fill_in_notebook(own, self.addresses, assignment, name)
        folder = Path(resources["metadata"]["path"])
        more: dict[str, bytes] = {}
        for each in sorted(folder.rglob("*.py")):
            if (stub := module_stub(each, self.settings)) is not None:
                more[str(each.relative_to(folder))] = stub.encode()
        readme = folder / README
        if readme.is_file():
            words = fill_in_file(readme.read_bytes(), self.addresses.links(assignment, name))
            more[README] = words
        if more:
            resources["outputs"] = {**resources.get("outputs", {}), **more}
        return nbformat.writes(filled) + "\n", resources


def check_first(converter: Any) -> None:
    """Makes the students' version of what can be graded: nbgrader finds out less, and says it in a traceback.

    Raises:
        NbGraderException: the notebook, or a setting, is wrong; the last line of the log says how.
    """
    wanted = converter.coursedir
    try:
        course = load_course(course_of(wanted))
        if wanted.assignment_id in course.assignment_names():
            course.assignment(wanted.assignment_id)
    except CourseError as error:
        converter.log.error("Error: %s", error)
        raise NbGraderException(str(error)) from error
    _start(converter)


_start = GenerateAssignment.start
GenerateAssignment.start = check_first
