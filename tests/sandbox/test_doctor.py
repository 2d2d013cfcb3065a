"""The doctor: what this machine can do, and how to get what it lacks."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from helpers import LACKING, RIGHT, make_course, notebook_of, run, write_notebook

from autograder.course.assignment import Assignment
from autograder.sandbox.confinement import REQUIRED_LAYERS
from autograder.sandbox.doctor import container_kind, required_packages


@pytest.mark.slow
def test_the_doctor_finds_every_layer_and_says_that_all_is_well(tmp_path: Path) -> None:
    course = make_course(tmp_path / "course")
    done = run("autograder", "doctor", "--course-dir", course, cwd=tmp_path, fresh=True)
    assert done.returncode == 0, done.stderr
    for layer in ("namespaces", "descriptors", "limits", "folder", "user", "memory", "files", "syscalls", "signals"):
        assert f"✓   layer {layer} (" in done.stdout
    assert "kernel" in done.stdout
    assert sys.version.split()[0] in done.stdout
    assert "Student code can be isolated fully here." in done.stdout


@pytest.mark.slow
def test_the_doctor_says_how_to_get_a_layer_that_is_missing(tmp_path: Path) -> None:
    course = make_course(tmp_path / "course")
    done = run("python", "-c", LACKING, "doctor", "--course-dir", course, cwd=tmp_path)
    assert done.returncode == 1
    assert "✗   layer files (required)" in done.stdout
    assert "→ Linux 6.2 or later with Landlock: CONFIG_SECURITY_LANDLOCK=y" in done.stdout
    assert "can't be isolated fully here: grading refuses" in done.stdout
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_where_nobody_may_make_namespaces_the_doctor_says_what_is_open_and_grading_goes_on(
    tmp_path: Path, tiny: Assignment
) -> None:
    course = make_course(tmp_path / "course")
    forbidden = LACKING.replace('ENOSYS), "landlock_create_ruleset"', 'EPERM), "unshare"')
    done = run("python", "-c", forbidden, "doctor", "--course-dir", course, cwd=tmp_path, container="a-jail")
    assert done.returncode == 0, done.stderr
    assert "✗ container: " in done.stdout  # of the name that it has here, or this one
    assert "--security-opt seccomp=unconfined" in done.stdout
    for layer in ("namespaces", "folder"):
        assert f"✗   layer {layer} (wanted)" in done.stdout
    assert "but the layers above are missing" in done.stdout
    assert "isolated fully" not in done.stdout
    path = write_notebook(tmp_path / "tiny.ipynb", notebook_of(tiny, RIGHT))
    done = run("python", "-c", forbidden, "grade", "--notebook", path, "--json", "--course-dir", course, cwd=tmp_path)
    report = json.loads(done.stdout)
    assert (report["score"], report["status"]) == (20, "graded")
    assert set(report["isolation"]) == {*REQUIRED_LAYERS, "memory"}


@pytest.mark.parametrize(
    ("mark", "environment", "kind"),
    [
        ("", {}, ""),
        (".dockerenv", {}, "Docker"),
        ("run/.containerenv", {"container": "oci"}, "Podman"),
        ("", {"container": "systemd-nspawn"}, "systemd-nspawn"),
        (".dockerenv", {"KUBERNETES_SERVICE_HOST": "10.0.0.1"}, "Kubernetes"),
    ],
)
def test_a_container_is_known_by_what_it_leaves(
    tmp_path: Path, mark: str, environment: dict[str, str], kind: str
) -> None:
    if mark:
        (tmp_path / mark).parent.mkdir(exist_ok=True)
        (tmp_path / mark).touch()
    assert container_kind(tmp_path, environment) == kind


REQUIREMENTS = """
# what the lab allows
torch>=2.0   # a comment
numpy >= 1.26, < 99
jupyterlab[extra]>=4 ; python_version >= "3.8"
no-such-package-of-ours>=1.0
pytest>=1000
winsound>=1 ; sys_platform == "win32"
-r other.txt
--no-binary :all:
tqdm==4.* --hash=sha256:00
rich \\
  >=13
this is no requirement
"""


def test_each_line_of_an_assignments_requirements_is_compared_with_what_is_here(tmp_path: Path) -> None:
    path = tmp_path / "requirements.txt"
    path.write_text(REQUIREMENTS)
    found = required_packages("lab", path)
    assert [(each.title.split("=")[0].rstrip("<>"), each.good) for each in found] == [
        ("lab: torch", True),
        ("lab: numpy<99,", True),
        ("lab: jupyterlab", True),
        ("lab: no-such-package-of-ours", False),
        ("lab: pytest", False),
        ("lab: tqdm", True),
        ("lab: rich", True),
        ("lab: requirements.txt", False),
    ]
    missing, old, malformed = (each for each in found if each.good is False)
    assert missing.value == "not installed"
    assert old.value == pytest.__version__
    assert missing.mend == old.mend == f"{sys.executable} -m pip install -r {path}"
    assert malformed.value == "line 14 is no requirement: this is no requirement"
    assert "write it as pip does" in malformed.mend


def test_requirements_that_are_not_there_or_no_text_end_nothing(tmp_path: Path) -> None:
    assert required_packages("lab", tmp_path / "requirements.txt") == []
    (tmp_path / "requirements.txt").write_bytes(b"\xff\xfe")
    (found,) = required_packages("lab", tmp_path / "requirements.txt")
    assert found.good is False
    assert "can't be read" in found.value


@pytest.mark.slow
def test_the_doctor_says_what_an_assignment_needs_and_how_to_get_it(tmp_path: Path) -> None:
    course = make_course(tmp_path / "course")
    (course / "source" / "tiny" / "requirements.txt").write_text("torch>=2\nno-such-package-of-ours\n")
    done = run("autograder", "doctor", "--course-dir", course, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "✓   tiny: torch>=2" in done.stdout
    assert "✗ tiny: no-such-package-of-ours: not installed" in done.stdout
    assert "-m pip install -r" in done.stdout
