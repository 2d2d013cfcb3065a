"""nbgrader's formgrader, made safe for reading what strangers handed in: a Jupyter server extension in its place.

nbgrader 0.9 itself puts names and ids of students into its pages as they are, hands out files of theirs as pages of
the server's own, runs the configuration file of any folder that a link or a picture names, and shows no class of which
one has a damaged timestamp. `safe_formgrader.json`, installed with this package, turns nbgrader's own off.
"""

from __future__ import annotations

import copy
import html
import shlex
from datetime import datetime
from pathlib import Path
from typing import Any

import nbformat
from jupyter_server.utils import url_path_join
from nbconvert.exporters import HTMLExporter
from nbgrader.apps.api import NbGraderAPI
from nbgrader.server_extensions.formgrader import handlers
from nbgrader.server_extensions.formgrader.formgrader import FormgradeExtension
from tornado import web

from autograder.course.marked_cells import grade_id
from autograder.gradebook.marking import read_report
from autograder.gradebook.timestamps import read_timestamp
from autograder.report.page import with_policy
from autograder.report.report import Report

# nbgrader's pages have scripts between their tags, so scripts can't be forbidden; what they could send out can.
_POLICY = "img-src 'self' data:; object-src 'none'; frame-src 'none'; base-uri 'none'; form-action 'self'"


class SafeFormgrader(FormgradeExtension):  # type: ignore[misc]
    """nbgrader's formgrader with its pages escaped and two of its addresses replaced."""

    def init_tornado_settings(self, webapp: Any) -> None:
        super().init_tornado_settings(webapp)
        webapp.settings["nbgrader_jinja2_env"].autoescape = True
        webapp.settings["nbgrader_exporter"] = SubmissionPage(config=self.config)  # type: ignore[no-untyped-call]

    def init_handlers(self, webapp: Any) -> None:
        safer = {handlers.FormgraderHandler: Home, handlers.SubmissionFilesHandler: Files}
        base = webapp.settings["base_url"]
        # Those that are added first are asked first.
        for pattern, handler, *rest in handlers.default_handlers:
            webapp.add_handlers(".*$", [(url_path_join(base, pattern), safer.get(handler, handler), *rest)])
        super().init_handlers(webapp)


class SubmissionPage(HTMLExporter):
    """The page of one submission, with the groups of its answers; its template does not escape ids and names."""

    def from_notebook_node(self, nb: Any, resources: Any = None, **kw: Any) -> Any:
        file = (resources or {}).get("metadata", {})
        if file.get("path") and (report := read_report(Path(file["path"]))) is not None:
            nb = with_groups(nb, report.of_notebook(file.get("name", "")))
        escaped = {key: html.escape(each) if isinstance(each, str) else each for key, each in (resources or {}).items()}
        page, resources = super().from_notebook_node(nb, escaped, **kw)
        return with_policy(page, _POLICY), resources


def with_groups(notebook: Any, report: Report) -> Any:
    """A graded notebook that says below each verdict which group the answer is in."""
    notebook = copy.deepcopy(notebook)
    groups = {each.graded_cell: each.group for each in report.exercises if each.group}
    for cell in notebook.cells:
        if (group := groups.get(grade_id(cell) or "")) and cell.cell_type == "code":
            named = f"<code>{html.escape(group)}</code>"
            ask = f"<code>{html.escape(f'autograder groups {shlex.quote(report.assignment)} --group {group}')}</code>"
            words = f"Group {named}: {ask} shows who else answered so, and comments on all with <code>--comment</code>."
            words = f"<div>{words}</div>"
            cell.outputs.insert(1, nbformat.v4.new_output("display_data", data={"text/html": words}))
    return notebook


class Home(handlers.FormgraderHandler):  # type: ignore[misc]
    """The first page. nbgrader's takes a folder from the address, and runs the configuration file in it."""

    @web.authenticated
    def get(self) -> None:
        self.redirect(f"{self.base_url}/formgrader/manage_assignments")


class Files(handlers.SubmissionFilesHandler):  # type: ignore[misc]
    """Files that a student handed in, as pages that are cut off from the server and run no scripts."""

    @property
    def content_security_policy(self) -> str:
        return f"{super().content_security_policy}; sandbox"


def _submitted_timestamp(api: Any, assignment_id: str, student_id: str) -> datetime | None:
    folder = api.coursedir.format_path(api.coursedir.submitted_directory, student_id, assignment_id)
    return read_timestamp(Path(folder), str(api.config.Exchange.get("timezone", "UTC"))).at


NbGraderAPI.get_submitted_timestamp = _submitted_timestamp


def _load_jupyter_server_extension(server: Any) -> None:
    formgrader = SafeFormgrader(parent=server)
    formgrader.root_dir = server.root_dir
    formgrader.log = server.log
    formgrader.initialize([])
    formgrader.init_tornado_settings(server.web_app)
    formgrader.init_handlers(server.web_app)


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": __name__}]
