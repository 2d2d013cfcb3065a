"""What runs on GitHub and GitLab: this repository's workflow, and the templates for courses. Their files are checked
against the platforms' schemas, and their steps are run as they stand, but for what needs the network or root."""

from __future__ import annotations

import csv
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml
from helpers import (
    RIGHT,
    ROOT,
    TINY_COURSE,
    make_course,
    notebook_of,
    open_the_way,
    run_environment,
    write_notebook,
)
from made_up_reports import RunnerCommand, runner_commands

from autograder.course.assignment import Assignment

DOORS = ROOT / "doors"
ON_GITHUB = sorted([*ROOT.glob(".github/workflows/*.yml"), *DOORS.glob("*/.github/workflows/*.yml")])
ON_GITLAB = sorted(DOORS.glob("*/.gitlab-ci.yml"))
PINNED = re.compile(r"[\w-]+/[\w-]+@[0-9a-f]{40}")
EXPRESSION = re.compile(r"\$\{\{ (.*?) \}\}")
INSTALL = "python -m pip install -r requirements.txt"
# What is left out here, and why: packages come from the network, and this machine is not ours to change.
NOT_RUN = {INSTALL, "sudo sysctl --write kernel.apparmor_restrict_unprivileged_userns=0"}


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


def read(path: Path) -> dict[Any, Any]:
    found: dict[Any, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return found


def jobs_of(path: Path) -> Iterator[dict[str, Any]]:
    """The jobs of a workflow of GitHub's."""
    yield from read(path)["jobs"].values()


def test_there_are_templates_for_both_kinds_of_repository_on_both_platforms() -> None:
    assert {relative(path) for path in (*ON_GITHUB, *ON_GITLAB)} >= {
        ".github/workflows/ci.yml",
        "doors/student/.github/workflows/checks.yml",
        "doors/student/.gitlab-ci.yml",
        "doors/instructor/.github/workflows/grade.yml",
        "doors/instructor/.gitlab-ci.yml",
    }


@pytest.mark.parametrize(
    ("files", "options"),
    [(ON_GITHUB, ["vendor.github-workflows"]), (ON_GITLAB, ["vendor.gitlab-ci", "--data-transform", "gitlab-ci"])],
    ids=["github", "gitlab"],
)
def test_files_fit_the_platform_s_schema(files: list[Path], options: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", *options, *files], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", ON_GITHUB, ids=relative)
def test_a_workflow_can_do_no_more_than_it_must(path: Path) -> None:
    workflow = read(path)
    assert workflow["permissions"] == {"contents": "read"}
    assert "pull_request_target" not in workflow[True]  # YAML takes `on` for a truth
    assert set(workflow["concurrency"]) == {"group", "cancel-in-progress"}
    text = path.read_text(encoding="utf-8")
    for job in jobs_of(path):
        assert job["timeout-minutes"] <= 120
        for step in job["steps"]:
            if action := step.get("uses"):
                assert PINNED.fullmatch(action), f"{action} is not pinned to a commit"
                assert re.search(rf"{action} # v\d+\.\d+\.\d+$", text, re.MULTILINE), f"{action}: which version?"
            if action and action.startswith("actions/checkout@"):
                assert step["with"]["persist-credentials"] is False
            # What stands in a script could be a student's, or a secret: it comes by a variable.
            assert "${{" not in step.get("run", "")
    assert not re.search(r"secrets\.(?!\w+ \}\}$)", text, re.MULTILINE)  # a secret is one variable's value


@pytest.mark.parametrize("path", ON_GITLAB, ids=relative)
def test_a_pipeline_never_meets_itself_and_keeps_work_from_the_public(path: Path) -> None:
    for job in (each for each in read(path).values() if isinstance(each, dict) and "script" in each):
        assert job.get("interruptible") or job.get("resource_group")
        assert "timeout" in job
        assert job["artifacts"]["when"] == "always"
        if "instructor" in path.parts:
            assert job["artifacts"]["access"] == "developer"


def run_script(script: str, cwd: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Runs a step as GitHub does: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax"""
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        cwd=cwd, env=run_environment(**variables), capture_output=True, text=True, timeout=240,
    )  # fmt: skip


def run_job(job: Mapping[str, Any], cwd: Path, values: Mapping[str, str], env: Mapping[str, str]) -> dict[str, Any]:
    """Runs the steps of a job in their order, whatever becomes of one, and gives each that was run, by its script."""
    done: dict[str, Any] = {}
    for step in job["steps"]:
        script = step.get("run")
        if script is None or script in NOT_RUN:
            continue
        told = {**env, **step.get("env", {})}
        variables = {name: EXPRESSION.sub(lambda each: values[each[1]], value) for name, value in told.items()}
        done[script] = run_script(script, cwd, **variables)
    return done


def student_repository(folder: Path, notebook: Any) -> Path:
    """What a student's repository holds: the released files, and the template."""
    shutil.copytree(DOORS / "student", folder)
    write_notebook(folder / "tiny.ipynb", notebook)
    shutil.copyfile(TINY_COURSE / "source" / "tiny" / "numbers.csv", folder / "numbers.csv")
    return folder


FORGING = """\
import os, sys
os.write(1, b"::error::forged\\n")
os.write(2, b"##[error]forged\\n")
print("::error::forged")
for name in ("GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT", "GITHUB_ENV"):
    os.environ.pop(name, None)
def mean_of(x):
    raise ValueError("\\n::stop-commands::forged\\n##[add-mask]e </failure> | <img src=x> [a](b) @everyone")"""


def test_a_student_s_push_on_github_says_which_visible_checks_fail_and_where(tiny: Assignment, tmp_path: Path) -> None:
    notebook = notebook_of(tiny, {"double": RIGHT["double"], "mean_of": FORGING})
    folder = student_repository(tmp_path / "repository", notebook)
    (job,) = jobs_of(folder / ".github" / "workflows" / "checks.yml")
    summary = tmp_path / "summary"
    (done,) = run_job(job, folder, {}, {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(summary)}).values()
    assert done.returncode == 1, done.stderr
    assert "✓ double: passes" in done.stdout
    assert "1 of 3 checks pass. These are the checks that you see in the notebook. They are no mark." in done.stdout
    found = runner_commands(done.stdout + done.stderr)
    assert [(each.name, each.properties["title"]) for each in found] == [
        ("error", "mean_of: not right yet"),
        ("notice", "double_mean: not written yet"),
    ]
    lines = (folder / "tiny.ipynb").read_text().splitlines()
    assert [lines[int(each.properties["line"]) - 1].strip() for each in found] == [
        '"import os, sys\\n",',
        '"def double_mean(x):\\n",',
    ]
    assert "ValueError: ::stop-commands::forged" in found[0].data
    text = summary.read_text()
    assert "| ✓ passes | double |  |" in text
    assert "<img" not in text
    assert "forged" not in done.stdout.partition("✗ mean_of")[0]  # what it printed itself is nowhere


def test_a_student_s_push_on_gitlab_leaves_reports_that_gitlab_reads(tiny: Assignment, tmp_path: Path) -> None:
    folder = student_repository(tmp_path / "repository", notebook_of(tiny, RIGHT))
    job = read(folder / ".gitlab-ci.yml")["checks"]
    scripts = [each for each in job["script"] if each not in NOT_RUN]
    done = run_script("\n".join(scripts), folder)
    assert (done.returncode, done.stderr) == (0, "")
    reports = job["artifacts"]["reports"]
    cases = list(ElementTree.parse(folder / reports["junit"]).iter("testcase"))
    assert [(each.get("name"), len(each)) for each in cases] == [("double", 0), ("mean_of", 0), ("double_mean", 0)]
    assert (folder / reports["codequality"]).read_text() == "[]"


def git(*arguments: str | Path, cwd: Path) -> None:
    names = ("GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL")
    identity = dict.fromkeys(names, "student@example.org")
    kept = {**os.environ, **identity, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    subprocess.run(["git", *arguments], cwd=cwd, env=kept, check=True, capture_output=True)


@pytest.fixture
def course(tmp_path: Path, tiny: Assignment) -> Path:
    """An instructor's repository: a course with the template, and two students' repositories beside it."""
    folder = make_course(tmp_path / "course")
    open_the_way(folder)
    shutil.copytree(DOORS / "instructor", folder, dirs_exist_ok=True)
    answers = {"student-001": RIGHT, "student-002": {**RIGHT, "mean_of": FORGING}}
    urls = {}
    for student, each in answers.items():
        urls[student] = repository = tmp_path / student
        write_notebook(repository / "tiny.ipynb", notebook_of(tiny, each))
        git("init", "--quiet", cwd=repository)
        git("add", ".", cwd=repository)
        git("commit", "--quiet", "--message", "::error::forged", cwd=repository)
    with (folder / "roster.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("id", "clone_url"), *urls.items()])
    return folder


@pytest.mark.slow
def test_the_instructor_s_workflow_collects_grades_and_leaves_pages(course: Path, tmp_path: Path) -> None:
    workflow = read(course / ".github" / "workflows" / "grade.yml")
    (job,) = workflow["jobs"].values()
    values = {
        "inputs.assignment || vars.ASSIGNMENT": "tiny",
        "vars.DUE_DATE": "2040-03-01 23:00 UTC",
        "secrets.GRADEBOOK_URL": "",
        "secrets.AUTOGRADER_GIT_TOKEN": "a-secret",
    }
    summary = tmp_path / "summary"
    env = {**workflow["env"], "GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(summary)}
    done = run_job(job, course, values, env)
    failed = {script: each.stdout + each.stderr for script, each in done.items() if each.returncode}
    assert not failed, "\n".join(failed.values())
    printed = "".join(each.stdout + each.stderr for each in done.values())
    assert runner_commands(printed) == list[RunnerCommand]()
    assert "a-secret" not in printed
    assert summary.read_text().startswith("## tiny: 2 submissions, mean ")
    (upload,) = (each["with"] for each in job["steps"] if "upload-artifact" in each.get("uses", ""))
    assert all((course / each).exists() for each in upload["path"].split())
    assert sorted(path.name for path in course.glob("feedback/*/tiny/tiny.html")) == ["tiny.html"] * 2
    with (course / "grades.csv").open() as file:
        scores = {row["student_id"]: float(row["score"]) for row in csv.DictReader(file)}
    assert (scores["student-001"], scores["student-002"] < 20) == (20, True)


def test_gitlab_s_pipeline_runs_the_same_commands_as_github_s_workflow() -> None:
    (job,) = jobs_of(DOORS / "instructor" / ".github" / "workflows" / "grade.yml")
    on_github = [line for step in job["steps"] for line in step.get("run", "").splitlines() if line not in NOT_RUN]
    on_gitlab = read(DOORS / "instructor" / ".gitlab-ci.yml")["grade"]["script"]
    ours = [re.sub(r" --format .*| \|\| collected.*", "", each) for each in on_gitlab]
    assert ours == [INSTALL, *(re.sub(r" --format .*", "", each) for each in on_github), 'exit "${collected:-0}"']
