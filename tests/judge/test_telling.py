"""A check's code says whether it tells guests inputs that students don't have."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest
from helpers import ROOT

from autograder.checks.loading import load_check_module
from autograder.course.loading import load_assignment
from autograder.judge.grader import Grader
from autograder.judge.telling import tells_hidden_inputs
from autograder.sandbox.forked import ForkSandbox

HELPERS = """
from autograder.checks import hidden_inputs

def ask(student):
    with hidden_inputs():
        student.f(1)

def around(student):
    again(student)

def again(student, count=1):
    if count:
        again(student, count - 1)

class Asks:
    def __call__(self, student):
        with hidden_inputs():
            student.f(1)
"""
CHECKS = """
import helpers_of_a_check
from autograder.checks import hidden_inputs, inputs
from helpers_of_a_check import ask, around
from pathlib import Path

def plain(student):
    student.f(1)
    Path("here").exists()

def itself(student):
    with hidden_inputs():
        student.f(2)

def within(student):
    def check(x):
        with hidden_inputs():
            student.f(x)
    check(2)

def by_another(student):
    ask(student)

def by_a_module(student):
    helpers_of_a_check.ask(student)

def by_another_name(student):
    with inputs.hidden_inputs():
        student.f(2)

def in_a_circle(student):
    around(student)
"""


@pytest.fixture(scope="module")
def checks(tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    folder = tmp_path_factory.mktemp("checks")
    (folder / "helpers_of_a_check.py").write_text(HELPERS)
    (folder / "checks.py").write_text(CHECKS)
    spec = importlib.util.spec_from_file_location("checks_that_tell", folder / "checks.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(folder))
        spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("name", "tells"),
    [
        ("plain", False),
        ("itself", True),
        ("within", True),
        ("by_another", True),
        ("by_a_module", True),
        ("by_another_name", True),
        ("in_a_circle", False),
    ],
)
def test_what_a_check_names_is_looked_through(checks: ModuleType, name: str, tells: bool) -> None:
    assert checks.__file__ is not None
    assert tells_hidden_inputs(getattr(checks, name), Path(checks.__file__).parent) is tells


def test_what_is_no_function_of_the_course_tells_nothing(checks: ModuleType) -> None:
    assert not tells_hidden_inputs(checks.itself, Path("/another/course"))
    assert not tells_hidden_inputs(None, Path("/"))


@pytest.mark.slow
def test_our_labs_public_checks_tell_what_their_code_says(sandbox: ForkSandbox) -> None:
    assignment = load_assignment(ROOT, "logistic_regression")
    folder = assignment.checks_folder
    found, right = {}, {}
    with Grader(assignment, sandbox) as grader:
        for exercise, checks in grader.session.checks.items():
            for check in checks:
                function = load_check_module(folder, f"test_{exercise}").__dict__[check.partition("::")[2]]
                if any(mark.kwargs.get("public") for mark in function.pytestmark):
                    rehearsal = grader.judges[0].diagnoser.rehearsed(check)
                    right[check] = rehearsal.open_requests < len(rehearsal.requests)
                    found[check] = tells_hidden_inputs(function, folder)
    assert found == right
    assert {True, False} == set(right.values())
