"""A term on two accounts, by clicks: released, fetched, validated, submitted, graded, marked by hand, handed back."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from http.client import HTTPException
from pathlib import Path
from typing import Any

import nbformat
import pytest
from accounts import Account, accounts, no_accounts_because
from helpers import RIGHT, TINY_COURSE, cell_of, wait_until
from hosts import free_port
from nbgrader.api import Gradebook

from autograder.sandbox.confinement import REQUIRED_LAYERS

pytestmark = [
    pytest.mark.slow,
    pytest.mark.browser,
    pytest.mark.skipif(bool(no_accounts_because()), reason=no_accounts_because()),
]

COURSE_ID = "ml-2027"
STUDENT = "student-001"
OPTIONS = ("--no-browser", "--ip=127.0.0.1", "--ServerApp.port_retries=0", "--IdentityProvider.token=")
ELSEWHERE = re.compile(r"^https?://(?!127\.0\.0\.1)")
NO_NEWS = {"fetchNews": "false", "checkForUpdates": False}


class Term:
    """A course of the account `grader`, an exchange, and the account of a student."""

    def __init__(self, folder: Path) -> None:
        self.exchange = folder / "shared" / "exchange"
        self.exchange.parent.mkdir()
        self.grader, self.student = accounts(folder, "grader", STUDENT)
        self.grader.owns(self.exchange.parent)
        self.course = self.grader.home / "course"
        self.fetched = self.student.home / COURSE_ID / "tiny"
        self._folder = folder

    def make_course(self) -> None:
        """What an instructor types."""
        options = (f"--course-id={COURSE_ID}", f"--exchange={self.exchange}")
        done = self.grader.run("autograder", "new-course", self.course, *options)
        assert (done.returncode, done.stderr) == (0, ""), done.stderr

    def fill_course(self) -> None:
        """The assignment `tiny` beside those that come with a course, and a roster."""
        for part in ("source/tiny", "tests/hidden/tiny"):
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(TINY_COURSE / part, self.course / part, ignore=ignored)
        (self.course / "roster.csv").write_text(f"id,first_name,last_name\n{STUDENT},Uno,Example\n")
        self.grader.owns(self.course)
        done = self.grader.run("autograder", "roster", "roster.csv", cwd=self.course)
        assert (done.returncode, done.stderr) == (0, ""), done.stderr

    def prepare_student(self) -> None:
        """What docs/students.md says of the exchange."""
        jupyter = self.student.home / ".jupyter"
        settings = jupyter / "lab" / "user-settings" / "@jupyterlab" / "apputils-extension"
        settings.mkdir(parents=True)
        (jupyter / "nbgrader_config.py").write_text(
            f"c = get_config()\nc.CourseDirectory.course_id = {COURSE_ID!r}\n"
            f"c.Exchange.root = {str(self.exchange)!r}\nc.Exchange.path_includes_course = True\n"
        )
        (settings / "notification.jupyterlab-settings").write_text(json.dumps(NO_NEWS))
        self.student.owns(self.student.home)

    def jupyter(self, account: Account, cwd: Path, stack: ExitStack) -> str:
        """Starts the account's JupyterLab, and gives its address, where it may not answer yet."""
        command = account.command("jupyter", "lab", *OPTIONS, f"--port={(port := free_port())}")
        log = stack.enter_context((self._folder / f"{account.name}.log").open("w"))
        server = subprocess.Popen(command, cwd=cwd, env=account.environment(), stdout=log, stderr=log)
        stack.callback(server.wait, 20)
        stack.callback(server.terminate)
        return f"http://127.0.0.1:{port}"

    def page_of_feedback(self) -> str:
        return (self.course / "feedback" / STUDENT / "tiny" / "tiny.html").read_text()

    def answer(self, **answers: str) -> None:
        """Writes into cells of the fetched notebook."""
        path = self.fetched / "tiny.ipynb"
        notebook = nbformat.read(path, as_version=4)
        for name, source in answers.items():
            cell_of(notebook, name).source = source
        nbformat.write(notebook, path)


def is_up(url: str) -> bool:
    try:
        urllib.request.urlopen(f"{url}/api", timeout=5).close()
    except (OSError, HTTPException):
        return False
    return True


@pytest.fixture
def term() -> Iterator[Term]:
    folder = Path(tempfile.mkdtemp(prefix="term-"))  # pytest's folders are closed to other users
    folder.chmod(0o755)
    try:
        yield Term(folder)
    finally:
        shutil.rmtree(folder)


class Formgrader:
    """What an instructor does in formgrader."""

    def __init__(self, page: Any) -> None:
        self.page = page

    def click(self, path: str, row: str, *buttons: str) -> str:
        """Clicks buttons of a list's row, each with the success that follows; gives the last one's log."""
        self.page.goto(f"/formgrader/{path}")
        for button in buttons:
            self.page.locator("#main-table tr", has_text=row).locator(f".{button} a").click()
            self.page.locator(".modal-title", has_text="Success").wait_for()
            log = self.page.inner_text(".modal-body pre")
            self.page.locator(".modal.in .modal-footer button").first.click()
            self.page.locator(".modal.in").wait_for(state="detached")
        return str(log)

    def mark(self, points: str, comment: str) -> None:
        """Gives points and a comment of one's own to the exercise `mean_of` of the only submission."""
        self.page.goto("/formgrader/gradebook/tiny/tiny")
        self.page.locator("#main-table a").first.click()
        self.page.wait_for_selector("#test_mean_of")
        self.page.wait_for_function("formgrader.grades && formgrader.grades.loaded && formgrader.comments.loaded")
        for field, text, saved in (("#test_mean_of", points, "grade"), ("#mean_of-comment", comment, "comment")):
            with self.page.expect_response(f"**/formgrader/api/{saved}/*") as response:
                self.page.fill(field, text)
                self.page.press(field, "Tab")
            assert response.value.status == 200


class AssignmentList:
    """What a student does in JupyterLab's Assignment List."""

    def __init__(self, page: Any) -> None:
        self.page = page
        page.goto("/lab")
        page.get_by_role("menuitem", name="Nbgrader").click()
        page.get_by_text("Assignment List", exact=True).last.click()
        page.wait_for_selector("#released_assignments_list")

    def refresh(self) -> None:
        self.page.click("#refresh_assignments_list")

    def click(self, part: str, button: str) -> None:
        self.page.locator(f"#{part}_assignments_list button", has_text=button).click()

    def has(self, part: str, text: str) -> None:
        self.page.locator(f"#{part}_assignments_list", has_text=text).wait_for()

    def feedback(self) -> str:
        """Opens the page of the feedback that was fetched, as JupyterLab shows it."""
        self.page.get_by_text("(view feedback)").click()
        self.page.locator(".jp-DirListing-item", has_text="tiny.html").dblclick()
        return str(self.page.frame_locator(".jp-HTMLViewer iframe").locator("main").inner_text())

    def validate(self) -> str:
        """What nbgrader's own validation says of the fetched notebook."""
        self.page.locator("#fetched_assignments_list a", has_text="tiny").first.click()
        self.click("fetched", "Validate")
        self.page.wait_for_selector(".jp-Dialog")
        said = self.page.inner_text(".jp-Dialog")
        self.page.locator(".jp-Dialog button").last.click()
        return str(said)


def test_an_assignment_goes_to_a_student_and_comes_back_with_a_comment(browser: Any, term: Term) -> None:
    term.prepare_student()
    with ExitStack() as stack:
        theirs = term.jupyter(term.student, term.student.home, stack)  # while it starts, the course is made
        term.make_course()
        urls = term.jupyter(term.grader, term.course, stack), theirs
        term.fill_course()
        assert wait_until(lambda: all(is_up(url) for url in urls), 60), "a server does not start"
        pages = [browser.new_context(base_url=url).new_page() for url in urls]
        for page in pages:
            stack.callback(page.context.close)
            page.set_default_timeout(60_000)
            page.route(ELSEWHERE, lambda route: route.abort())
        staff, student = Formgrader(pages[0]), AssignmentList(pages[1])

        staff.click("manage_assignments", "tiny", "assign", "release")

        student.refresh()
        student.click("released", "Fetch")
        student.has("fetched", "tiny")
        assert (term.fetched / "numbers.csv").is_file()
        assert not list(term.fetched.rglob("test_*"))
        term.answer(double=RIGHT["double"], mean_of="def mean_of(x):\n    return x.sum().item()")
        said = student.validate()
        assert "AssertionError: The mean of 1, 2 and 6 is 3." in said
        assert "The double of 1 is 2." not in said
        student.click("fetched", "Submit")
        student.has("submitted", "UTC")

        staff.click("manage_assignments", "tiny", "collect")
        handed_in = term.course / "submitted" / STUDENT / "tiny" / "tiny.ipynb"
        assert handed_in.read_text() == (term.fetched / "tiny.ipynb").read_text()
        log = staff.click("manage_submissions/tiny", STUDENT, "autograde")
        assert "Graded 1 of 1 submission" in log
        report = json.loads((term.course / "autograded" / STUDENT / "tiny" / "report.json").read_text())
        assert [each["points"] for each in report["exercises"]] == [4, 2, 0]
        assert {*REQUIRED_LAYERS} <= {*report["isolation"]}
        with Gradebook(f"sqlite:///{term.course}/gradebook.db", COURSE_ID) as gradebook:
            assert gradebook.find_submission("tiny", STUDENT).timestamp is not None
        staff.mark("5", "Nearly: *see me*.")
        staff.click("manage_submissions/tiny", STUDENT, "generate-feedback")
        assert "Nearly:" in term.page_of_feedback()
        done = term.grader.run("autograder", "feedback", "tiny", cwd=term.course)
        assert (done.returncode, done.stderr) == (0, ""), done.stderr
        staff.click("manage_submissions/tiny", STUDENT, "release-feedback")

        student.refresh()
        student.click("submitted", "Fetch Feedback")
        shown = student.feedback()
    for words in (
        "Feedback for Uno Example",
        "9 of 20 points",
        "5 of 6 points: set by staff",
        "Nearly: see me.",
        "The checks alone came to 2.",
        "That is the sum: divide by the count.",
    ):
        assert words in shown


def test_accounts_that_may_not_get_one_sentence_or_nothing(term: Term) -> None:
    term.make_course()
    done = term.student.run("autograder", "new-course", term.course / "mine")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    done = term.student.run("autograder", "new-course", "mine", f"--exchange={term.exchange.parent / 'another'}")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert f"you may not write to {term.exchange.parent}" in done.stderr
    assert not (term.student.home / "mine").exists()
    (term.exchange / COURSE_ID).mkdir()
    term.grader.owns(term.exchange / COURSE_ID)
    for command in (("/bin/ls", term.course), ("/bin/mv", term.exchange / COURSE_ID, term.exchange / "gone")):
        assert "denied" in (refused := term.student.run(*command).stderr) or "not permitted" in refused
