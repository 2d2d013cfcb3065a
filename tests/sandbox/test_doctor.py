"""The doctor: what this machine can do, and how to get what it lacks."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from helpers import LACKING, make_course, run


@pytest.mark.slow
def test_the_doctor_finds_every_layer_and_says_that_all_is_well(tmp_path: Path) -> None:
    course = make_course(tmp_path / "course")
    done = run("autograder", "doctor", "--course-dir", course, cwd=tmp_path)
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
