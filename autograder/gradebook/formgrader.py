"""nbgrader's formgrader, made safe for reading what strangers handed in: a Jupyter server extension in its place.

nbgrader 0.9 itself puts names and ids of students into its pages and addresses as they are, answers its scripts with
what a browser takes for a page, hands out every file of the course, and those of students as pages of the server's own,
runs the configuration file of any folder that a link or a picture names, and shows no class of which one has a damaged
timestamp. `safe_formgrader.json`, installed with this package, turns nbgrader's own off.
"""

from __future__ import annotations

import copy
import hashlib
import html
import re
import secrets
import shlex
from base64 import b64encode
from collections.abc import Callable
from datetime import datetime
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import nbformat
from jinja2 import Environment, FileSystemLoader
from jupyter_server.utils import url_path_join
from nbconvert.exporters import HTMLExporter
from nbgrader.apps.api import NbGraderAPI
from nbgrader.server_extensions.formgrader import apihandlers, handlers
from nbgrader.server_extensions.formgrader.base import BaseApiHandler, BaseHandler
from nbgrader.server_extensions.formgrader.formgrader import FormgradeExtension
from tornado import web
from traitlets import Bool

from autograder.course.marked_cells import grade_id
from autograder.gradebook.marking import read_report
from autograder.gradebook.timestamps import read_timestamp
from autograder.report.page import with_policy
from autograder.report.report import Report

# The page of a submission has scripts between its tags, so scripts can't be forbidden; what they could send out can.
_POLICY = "img-src 'self' data:; object-src 'none'; frame-src 'none'; base-uri 'none'; form-action 'self'"
_LISTS_POLICY = (
    "default-src 'none'; style-src 'self' 'unsafe-inline'; font-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; script-src 'self' 'unsafe-hashes'"
)
_FILES_POLICY = "default-src 'none'; sandbox"
_PICTURES = ("image/png", "image/jpeg", "image/gif")
_OUR_SCRIPT = Path(__file__).with_name("safe_formgrader.js")


class SafeFormgrader(FormgradeExtension):  # type: ignore[misc]
    """nbgrader's formgrader with its pages escaped, its answers plain, and some of its addresses replaced."""

    debug = Bool(False, help="Whether a page shows all settings, the database's password among them.").tag(config=True)

    def init_tornado_settings(self, webapp: Any) -> None:
        super().init_tornado_settings(webapp)
        templates = Environment(loader=Templates([handlers.template_path]), autoescape=True)
        webapp.settings["nbgrader_jinja2_env"] = templates
        webapp.settings["nbgrader_exporter"] = SubmissionPage(config=self.config)  # type: ignore[no-untyped-call]

    def init_handlers(self, webapp: Any) -> None:
        base = webapp.settings["base_url"]
        # Those that are added first are asked first.
        webapp.add_handlers(".*$", [(url_path_join(base, "/formgrader/static/js/utils.js"), Script)])
        for pattern, handler, *rest in (*handlers.default_handlers, *apihandlers.default_handlers):
            webapp.add_handlers(".*$", [(url_path_join(base, pattern), safer(handler), *rest)])
        super().init_handlers(webapp)


def safer(handler: type) -> type:
    """What answers in place of one of nbgrader's handlers."""
    if ours := {handlers.FormgraderHandler: Home, handlers.SubmissionFilesHandler: Files}.get(handler):
        return ours
    if issubclass(handler, BaseApiHandler):
        return type(handler.__name__, (Data, handler), {})
    if issubclass(handler, BaseHandler) and handler is not handlers.SubmissionHandler:
        return type(handler.__name__, (List, handler), {})
    return handler


class Templates(FileSystemLoader):
    """nbgrader's templates, with values written as a script or an address needs them, and scripts that may run."""

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, Callable[[], bool]]:
        source, path, is_current = super().get_source(environment, template)
        source = re.sub(r'= "\{\{ (\w+) \}\}";', r"= {{ \1 | tojson }};", source)
        source = re.sub(r"(?<=/)\{\{ (\w+) \}\}", r"{{ \1 | urlencode }}", source)
        return source.replace("<script", '<script nonce="{{ nonce }}"'), path, is_current


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


@cache
def click_handlers() -> str:
    """What nbgrader's templates have buttons do, as a policy names it."""
    templates = "".join(path.read_text(encoding="utf-8") for path in sorted(Path(handlers.template_path).glob("*.tpl")))
    found = re.findall(r'\bonclick="([^"]*)"', templates, re.IGNORECASE)
    return " ".join(f"'sha256-{b64encode(hashlib.sha256(each.encode()).digest()).decode()}'" for each in found)


class List(BaseHandler):  # type: ignore[misc]
    """A page of nbgrader's on which only its own scripts run, by a word that nobody else knows."""

    @cached_property
    def nonce(self) -> str:
        return secrets.token_urlsafe()

    @property
    def content_security_policy(self) -> str:
        return f"{super().content_security_policy}; {_LISTS_POLICY} {click_handlers()} 'nonce-{self.nonce}'"

    def render(self, name: str, **values: Any) -> Any:
        return super().render(name, nonce=self.nonce, **values)


class Data(BaseApiHandler):  # type: ignore[misc]
    """An answer to a script: no browser shows it as a page, wherever a link to it stands."""

    def set_default_headers(self) -> None:
        super().set_default_headers()
        self.set_header("Content-Type", "text/plain; charset=UTF-8")


class Script(BaseHandler):  # type: ignore[misc]
    """A script of nbgrader's that all of its pages load, with ours below it."""

    @web.authenticated
    def get(self) -> None:
        self.set_header("Content-Type", "text/javascript; charset=UTF-8")
        self.write(Path(handlers.static_path, "js", "utils.js").read_bytes() + _OUR_SCRIPT.read_bytes())


class Files(handlers.SubmissionFilesHandler):  # type: ignore[misc]
    """Files that a student handed in: pictures, and all else as text; none from outside of its folder."""

    @property
    def content_security_policy(self) -> str:
        return f"{super().content_security_policy}; {_FILES_POLICY}"

    def parse_url_path(self, url_path: str) -> str:
        submission_id, _, name = url_path.lstrip("/").partition("/")
        folder = Path(super().parse_url_path(f"{submission_id}/"))
        if "\0" in name or not (folder / name).resolve().is_relative_to(folder.resolve()):
            raise web.HTTPError(404)
        return str(folder / name)

    def get_content_type(self) -> str:
        guessed = str(super().get_content_type())
        return guessed if guessed in _PICTURES else "text/plain; charset=UTF-8"


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
