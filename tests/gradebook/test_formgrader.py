"""formgrader in a real browser, over a class that tries to run something: it shows all, and runs nothing."""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import pytest
from exchanges import Inbound
from helpers import RIGHT, ROOT, hand_in, notebook_of, run_environment, wait_until
from jupyter_server.extension.config import ExtensionConfigManager
from nbgrader.api import Gradebook
from nbgrader.server_extensions.formgrader import apihandlers, handlers
from nbgrader.server_extensions.formgrader.base import BaseHandler
from readers import CONFIG, IDS, IMAGE, STRANGER

from autograder.course.assignment import Assignment

TOKEN = "only-for-this-test"
STUDENTS = {"student-001", "student-002", "renamed", "unreadable", *IDS}
OTHER_EXTENSIONS = ("jupyterlab", "notebook", "notebook_shim", "jupyter_lsp", "jupyter_server_terminals")


@pytest.fixture(scope="module")
def server_url(hostile_class: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Jupyter server in the course, with the settings that our package installs beside nbgrader's."""
    home = tmp_path_factory.mktemp("jupyter")
    settings = home / "config" / "jupyter_server_config.d"
    settings.mkdir(parents=True)
    switches = {"nbgrader.server_extensions.formgrader": True, **dict.fromkeys(OTHER_EXTENSIONS, False)}
    (settings / "nbgrader.json").write_text(json.dumps({"ServerApp": {"jpserver_extensions": switches}}))
    shutil.copy(ROOT / "autograder" / "gradebook" / "safe_formgrader.json", settings)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    command = [
        sys.executable,
        "-m",
        "jupyter_server",
        "--no-browser",
        "--allow-root",
        "--ip=127.0.0.1",
        f"--port={port}",
    ]
    command += ["--ServerApp.port_retries=0", f"--IdentityProvider.token={TOKEN}"]
    folders = {f"JUPYTER_{each}_DIR": str(home / each) for each in ("CONFIG", "DATA", "RUNTIME")}
    environment = run_environment(JUPYTER_CONFIG_PATH=str(home / "config"), **folders)
    with (home / "log").open("w") as log:
        server = subprocess.Popen(command, cwd=hostile_class, env=environment, stdout=log, stderr=log)
    try:
        assert wait_until(lambda: answers(url) or server.poll() is not None, 60), "it did not start"
        assert server.poll() is None, (home / "log").read_text()
        yield url
    finally:
        server.terminate()
        server.wait(20)


def answers(url: str) -> bool:
    try:
        return bool(urllib.request.urlopen(f"{url}/api/status?token={TOKEN}", timeout=5).status == 200)
    except (OSError, HTTPException):
        return False


@pytest.fixture(scope="module")
def staff(browser: Any, server_url: str) -> Iterator[Any]:
    """A browser's page, logged in; `page.asked` are the addresses elsewhere that it asked for."""
    page = browser.new_context(base_url=server_url).new_page()
    page.asked = []
    page.route(
        re.compile(rf"^(?!{server_url})http"), lambda route: (page.asked.append(route.request.url), route.abort())
    )
    page.goto(f"/api/status?token={TOKEN}")
    yield page
    page.context.close()


@pytest.fixture(scope="module")
def submissions(staff: Any) -> dict[str, str]:
    """The address of each student's submission."""
    found = staff.request.get("/formgrader/api/submitted_notebooks/tiny/tiny").json()
    return {each["student"]: f"/formgrader/submissions/{each['id']}/" for each in found}


def visit(staff: Any, path: str) -> None:
    """Opens a page, and waits for its list if it is one of all students."""
    assert staff.goto(path, wait_until="load").status == 200, path
    if "/submissions/" not in path:  # a page's policy forbids what `wait_for_function` does
        assert wait_until(lambda: staff.evaluate("models && models.loaded"), seconds=20), path
    assert staff.evaluate("window.pwned") is None, path


def test_a_jupyter_server_of_this_environment_starts_our_formgrader_and_not_nbgraders() -> None:
    settings = ExtensionConfigManager(read_config_path=[str(Path(sys.prefix) / "etc" / "jupyter")])
    switches = settings.get_jpserver_extensions()
    assert switches.get("autograder.gradebook.formgrader") is True, "run `make setup`"
    assert switches["nbgrader.server_extensions.formgrader"] is False


def test_the_lists_show_everybody_and_run_nothing(staff: Any, hostile_class: Path) -> None:
    visit(staff, "/formgrader/manage_submissions/tiny")
    assert set(staff.locator("#main-table .student-id").all_inner_texts()) >= STUDENTS
    visit(staff, "/formgrader/manage_students")
    assert set(staff.locator("#main-table .id").all_inner_texts()) >= STUDENTS
    assert IMAGE in staff.inner_text("#main-table")
    visit(staff, "/formgrader/gradebook/tiny/tiny")
    staff.click("#toggle_names")
    assert IMAGE in staff.inner_text("#main-table")
    for path in ("manage_assignments", "gradebook", "gradebook/tiny"):
        visit(staff, f"/formgrader/{path}")
    assert staff.evaluate("window.pwned") is None


@pytest.mark.parametrize("student", ["student-002", *IDS])
def test_a_page_about_a_student_shows_the_marks_and_runs_nothing(staff: Any, student: str) -> None:
    score = "12 / 20" if student == "student-002" else "0 / 20"
    visit(staff, f"/formgrader/manage_students/{quote(student)}")
    assert staff.inner_text(".breadcrumb li.active") == student
    assert staff.inner_text("#main-table .score") == score
    with staff.expect_navigation():
        staff.click("#main-table .name a")
    assert wait_until(lambda: staff.evaluate("models && models.loaded"), seconds=20)
    assert staff.inner_text("#main-table .score") == score
    with staff.expect_navigation():
        staff.click(".breadcrumb li:nth-child(2) a")
    assert staff.inner_text(".breadcrumb li.active") == student
    assert staff.evaluate("window.pwned") is None


@pytest.mark.parametrize("student", [IMAGE, IDS[-1]])
def test_a_button_is_about_its_own_student_and_says_what_failed_in_plain_text(staff: Any, student: str) -> None:
    asked = []
    staff.route("**/formgrader/api/assignment/**", lambda route: (asked.append(route.request.url), route.abort()))
    visit(staff, "/formgrader/manage_submissions/tiny")
    ids = staff.locator("#main-table .student-id").all_inner_texts()
    staff.locator("#main-table .release-feedback a").nth(ids.index(student)).click()
    staff.locator(".modal-body", has_text=f"for student '{student}'").wait_for(timeout=5000)
    staff.unroute("**/formgrader/api/assignment/**")
    [address] = asked
    assert unquote(urlsplit(address).path).endswith(f"/api/assignment/tiny/{student}/release_feedback")
    assert staff.evaluate("window.pwned") is None


@pytest.mark.parametrize("path", ["students", "submissions/tiny", f"submission/tiny/{quote(IMAGE)}"])
def test_an_answer_to_a_script_is_no_page_when_a_link_leads_to_it(staff: Any, path: str) -> None:
    assert staff.goto(f"/formgrader/api/{path}").status == 200
    staff.wait_for_timeout(50)
    assert staff.evaluate("window.pwned") is None
    assert IMAGE in staff.inner_text("body")


def test_in_a_list_no_script_runs_that_something_got_into_it(staff: Any) -> None:
    visit(staff, "/formgrader/manage_students")
    staff.evaluate(f"document.body.insertAdjacentHTML('beforeend', {IMAGE!r})")
    staff.evaluate("document.body.append(Object.assign(document.createElement('script'), {text: 'window.pwned = 1'}))")
    staff.wait_for_timeout(50)
    assert staff.evaluate("window.pwned") is None
    staff.click("text=Add new student")  # nbgrader's own still do
    staff.locator(".modal-title", has_text="Add New Student").wait_for(timeout=5000)


def addresses(submission: str) -> Iterator[tuple[str, str]]:
    """Each method and address of formgrader that answers with something of the course's."""
    for pattern, handler, *_ in (*handlers.default_handlers, *apihandlers.default_handlers):
        if issubclass(handler, BaseHandler):
            path = re.sub(r"\(\?P<action>.*?\)|\(\.\*\)", "next", pattern.removesuffix("/?"))
            path = re.sub(r"\(.*?\+\)", lambda _: submission, path)
            yield from ((method, path) for method in ("GET", "PUT", "POST") if method.lower() in vars(handler))


def status(url: str, method: str, **headers: str) -> int:
    connection = HTTPConnection(urlsplit(url).netloc, timeout=20)
    connection.request(method, urlsplit(url).path, "{}" if method != "GET" else None, headers)
    found = connection.getresponse().status
    connection.close()
    return found


def test_nothing_answers_who_is_not_logged_in_and_nothing_is_done_for_another_site(
    staff: Any, server_url: str, submissions: dict[str, str]
) -> None:
    found = list(addresses(submissions["student-002"].split("/")[-2]))
    assert len(found) >= 40
    cookies = "; ".join(f"{each['name']}={each['value']}" for each in staff.context.cookies())
    assert "_xsrf" in cookies
    for method, path in found:
        assert status(server_url + path, method) == (302 if method == "GET" else 403), path
        assert status(server_url + path, method, Host="stranger.example", Cookie=cookies) == 403, path
        if method != "GET":
            assert status(server_url + path, method, Cookie=cookies) == 403, path
            assert status(server_url + path, method, Cookie=cookies, Origin=STRANGER) in (403, 404), path


@pytest.mark.parametrize(
    "name",
    [
        "..%2f..%2f..%2fgradebook.db",
        "%2e%2e/%2e%2e/%2e%2e/tests/hidden/tiny/test_double.py",
        "..%2f..%2fstudent-001%2ftiny%2ftiny.ipynb",
        "%2fetc%2fpasswd",
        "tiny.ipynb%00",
        "..%5c..%5ctiny.ipynb",
    ],
)
def test_an_address_of_a_submission_leads_to_no_other_file(
    staff: Any, server_url: str, submissions: dict[str, str], name: str
) -> None:
    cookies = "; ".join(f"{each['name']}={each['value']}" for each in staff.context.cookies())
    assert status(f"{server_url}{submissions['student-002']}tiny.ipynb", "GET", Cookie=cookies) == 200
    assert status(f"{server_url}{submissions['student-002']}{name}", "GET", Cookie=cookies) == 404


@pytest.mark.parametrize("student", ["student-002", "renamed", "unreadable", *IDS[:3]])
def test_a_submission_runs_nothing_and_asks_for_nothing_elsewhere(
    staff: Any, submissions: dict[str, str], student: str
) -> None:
    staff.asked.clear()
    visit(staff, submissions[student])
    for link in staff.locator("#notebook").get_by_text("click").all():
        link.click(timeout=1000, no_wait_after=True)
    staff.click(".glyphicon-eye-open")
    staff.wait_for_timeout(100)
    assert staff.evaluate("window.pwned") is None
    assert urlsplit(staff.url).path == submissions[student]
    mathjax = re.compile(r"https://cdnjs\.cloudflare\.com/ajax/libs/mathjax/.*,Safe")
    assert all(mathjax.fullmatch(url) for url in staff.asked)
    assert staff.locator("#notebook").locator("script, style, form, iframe, svg, base, meta, [onerror]").count() == 0


def test_the_fields_for_points_and_comments_are_those_of_the_exercise(staff: Any, submissions: dict[str, str]) -> None:
    visit(staff, submissions["student-002"])
    staff.wait_for_function("formgrader.grades && formgrader.grades.loaded && formgrader.comments.loaded")
    for name, points in (("double", "0"), ("mean_of", "2"), ("double_mean", "10")):
        assert staff.locator(f"#test_{name}").count() == 1
        assert staff.get_attribute(f"#test_{name}", "placeholder") == points
        assert "Look: <img" in staff.input_value(f"#{name}-comment")
    saved = "**/formgrader/api/grade/*"
    with staff.expect_response(saved):
        staff.fill("#test_double", "3")
        staff.press("#test_double", "Tab")
    visit(staff, submissions["student-002"])
    staff.wait_for_function("formgrader.grades && formgrader.grades.loaded")
    assert staff.input_value("#test_double") == "3"


def test_below_a_verdict_stands_the_group_of_the_answer(staff: Any, submissions: dict[str, str]) -> None:
    visit(staff, submissions["student-002"])
    words = staff.locator("#notebook").get_by_text("shows who else answered so").first.inner_text()
    told = re.match(r"Group (double-[0-9a-f]{6}): autograder groups tiny --group (\S+) shows", words)
    assert told, words
    assert told[1] == told[2]


def test_a_policy_keeps_a_submission_from_asking_elsewhere(staff: Any, submissions: dict[str, str]) -> None:
    visit(staff, submissions["student-001"])
    staff.asked.clear()
    staff.evaluate(f"document.body.insertAdjacentHTML('beforeend', \"<img src='{STRANGER}/a.png'>\")")
    staff.evaluate(f"document.body.insertAdjacentHTML('beforeend', \"<iframe src='{STRANGER}/'></iframe>\")")
    staff.wait_for_timeout(100)
    assert staff.asked == []


def test_no_address_makes_it_run_a_configuration_that_was_handed_in(staff: Any, hostile_class: Path) -> None:
    assert (hostile_class / "submitted" / "student-002" / "tiny" / "nbgrader_config.py").is_file()
    assert staff.goto(CONFIG).status == 200
    assert urlsplit(staff.url).path == "/formgrader/manage_assignments"
    visit(staff, "/formgrader/manage_submissions/tiny")
    assert "student-001" in staff.inner_text("#main-table")
    assert not list(hostile_class.rglob("pwned"))


@pytest.mark.parametrize("name", ["evil.html", "evil%2ehtml"])
def test_a_file_that_was_handed_in_is_text_and_cut_off_from_the_server(
    staff: Any, submissions: dict[str, str], name: str
) -> None:
    assert staff.goto(submissions["student-002"] + name).status == 200
    assert "<title>evil</title>" in staff.inner_text("body")
    assert staff.evaluate("window.pwned") is None
    assert staff.evaluate("window.origin") == "null"


def test_the_button_grades_a_damaged_notebook_as_the_command_does(
    staff: Any, hostile_class: Path, tiny: Assignment, grader: Any
) -> None:
    notebook = notebook_of(tiny, {**RIGHT, "mean_of": "def mean_of(x):\n    return x.sum().item()"})
    cells = [each for cell in notebook.cells for each in (cell, cell) if "test_double" not in str(cell.metadata)]
    damaged = hand_in(hostile_class, "damaged", json.dumps({**notebook, "cells": cells}))
    damaged.rename(damaged.with_name("renamed.ipynb"))
    report = grader.grade(damaged.parent, "damaged").report
    assert 0 < report.score < report.max_score
    visit(staff, "/formgrader/manage_submissions/tiny")
    row = staff.locator("#main-table tr", has=staff.locator(".student-id", has_text="damaged"))
    row.locator(".autograde a").click()
    staff.locator(".modal-title", has_text="Success").wait_for(timeout=120_000)
    assert "tiny: 1 submission" in staff.inner_text(".modal-body pre")
    with Gradebook(f"sqlite:///{hostile_class}/gradebook.db", "deep-learning-basics") as gradebook:
        grades = {
            each.name: each.auto_score for each in gradebook.find_submission_notebook("tiny", "tiny", "damaged").grades
        }
    assert grades == {f"test_{each.name}": each.points for each in report.exercises}


@pytest.fixture
def inbound(hostile_class: Path) -> Iterator[Inbound]:
    """An exchange of the class, in which `tiny` is released; it is as if it had never been, afterwards."""
    before = set((hostile_class / "submitted").iterdir())
    inbound = Inbound(hostile_class / "exchange")
    released = [
        inbound.folder.parent / "outbound" / "tiny",
        hostile_class / "release" / "tiny",
    ]  # or there is no button
    for each in released:
        each.mkdir(parents=True)
        (each / "tiny.ipynb").write_text("{}")
    yield inbound
    for each in {inbound.exchange, released[1], *(hostile_class / "submitted").iterdir()} - before:
        shutil.rmtree(each)


def test_the_button_collects_plain_files_and_says_what_it_left_out(
    staff: Any, hostile_class: Path, inbound: Inbound
) -> None:
    inbound.send("sent", text="mine")
    secret = hostile_class / "tests" / "hidden" / "tiny" / "test_double.py"
    (inbound.send("<img src=x onerror='window.pwned=1'>") / "data.py").symlink_to(secret)
    visit(staff, "/formgrader/manage_assignments")
    staff.locator("#main-table .collect a").first.click(timeout=10_000)
    staff.locator(".modal-title", has_text="Success").wait_for(timeout=60_000)
    log = staff.inner_text(".modal-body pre")
    assert "'data.py' is a link" in log
    assert "2 new" in log
    assert staff.evaluate("window.pwned") is None
    assert (hostile_class / "submitted" / "sent" / "tiny" / "tiny.ipynb").read_text() == "mine"
    assert not list((hostile_class / "submitted").glob("*/tiny/data.py"))
