"""Images: linted, pinned, for ordinary users, and without anything of a course's."""

from __future__ import annotations

import fnmatch
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.doors import uploads

ROOT = Path(__file__).resolve().parents[2]
DOCKERFILES = [ROOT / "Dockerfile", *sorted((ROOT / ".devcontainer").glob("*/Dockerfile"))]
CONTAINERS = sorted((ROOT / ".devcontainer").glob("*/devcontainer.json"))
ROOTS = {"prairielearn"}  # stages whose platform wants root
names = {"ids": lambda path: str(path.relative_to(ROOT))}


def instructions(path: Path) -> list[tuple[str, str]]:
    """A Dockerfile's instructions: the word and the rest, lines that go on put together, without comments."""
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.lstrip().startswith("#")]
    whole = re.sub(r"\\\n\s*", "", "\n".join(lines)).splitlines()
    return [(line.partition(" ")[0], line.partition(" ")[2]) for line in whole if line.strip()]


def stages(path: Path) -> dict[str, list[tuple[str, str]]]:
    """Its stages by name, each with what it is built on put in front."""
    found: dict[str, list[tuple[str, str]]] = {}
    name = ""
    for word, rest in instructions(path):
        if word == "FROM":
            base, _, given = rest.partition(" AS ")
            name = given or "only"
            found[name] = list(found.get(base, ()))
        found[name].append((word, rest))
    return found


def _without_comments(path: Path) -> str:
    return re.sub(r"^\s*//.*$", "", path.read_text(encoding="utf-8"), flags=re.M)


def test_there_are_images_for_graders_and_students() -> None:
    assert [each.parent.name for each in DOCKERFILES] == [ROOT.name, "graders", "students"]
    assert list(stages(ROOT / "Dockerfile"))[-1] == "grader"  # what is built if nothing is said


@pytest.mark.parametrize("path", DOCKERFILES, **names)
def test_hadolint_finds_nothing(path: Path) -> None:
    tool = Path(sys.executable).parent / "hadolint"
    done = subprocess.run([tool, "--no-color", path], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize("path", DOCKERFILES, **names)
def test_bases_are_pinned_and_are_pythons_own(path: Path) -> None:
    own = set(stages(path))
    bases = [rest.partition(" AS ")[0] for word, rest in instructions(path) if word == "FROM"]
    outside = {each for each in bases if each not in own}
    assert len(outside) == 1
    assert re.fullmatch(r"python:3\.11\.\d+-slim-\w+(@sha256:[0-9a-f]{64})?", outside.pop())


@pytest.mark.parametrize("path", DOCKERFILES, **names)
def test_packages_are_pinned_and_come_without_cuda(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert re.findall(r"pip install [^\n]*?(\S+)\n", text)
    assert all("==" in each for each in re.findall(r"RUN pip install --no-cache-dir (\S+)", text))
    assert "UV_TORCH_BACKEND=cpu" in text
    assert re.findall(r"uv==([\d.]+)", text) == [uploads.UV_VERSION]  # what Gradescope's setup.sh has, too
    assert "curl" not in text


@pytest.mark.parametrize("path", DOCKERFILES, **names)
def test_whoever_runs_in_it_is_an_ordinary_user(path: Path) -> None:
    for name, found in stages(path).items():
        users = [rest for word, rest in found if word == "USER"]
        if name in ROOTS:
            assert users == ["0:0"]
        elif name not in ("packages", "runtime"):  # which nobody runs
            assert users == ["1000:1000"], name


def test_the_grader_s_image_holds_no_assignment() -> None:
    for name in ("grader", "prairielearn"):
        copied = [rest for word, rest in stages(ROOT / "Dockerfile")[name] if word in ("COPY", "ADD")]
        assert copied == ["--from=packages /usr/local/lib/autograder /usr/local/lib/autograder"]
    built = stages(ROOT / "Dockerfile")["packages"]
    assert built[-1][1].endswith("&& rm -rf /usr/local/lib/autograder/venv/share/autograder")


@pytest.mark.slow
def test_the_package_can_be_built_from_what_the_image_copies(tmp_path: Path) -> None:
    for word, rest in stages(ROOT / "Dockerfile")["packages"]:
        *copied, target = rest.split()
        for each in copied if word == "COPY" else ():
            place = tmp_path / "src" / (each if target == "./" else target)
            place.parent.mkdir(parents=True, exist_ok=True)
            (shutil.copytree if (ROOT / each).is_dir() else shutil.copyfile)(ROOT / each, place)
    build = ("-m", "build", "--wheel", "--no-isolation", "--outdir", tmp_path, tmp_path / "src")
    done = subprocess.run([sys.executable, *build], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert [each.suffix for each in tmp_path.iterdir() if each.is_file()] == [".whl"]


# A root of its own over this machine's, which is thrown away.
_IN_A_ROOT = """
set -eu
mount -t tmpfs tmpfs "$1"
cd "$1"
mkdir up work root
mount -t overlay overlay -o lowerdir=/,upperdir=up,workdir=work root
mount --rbind /proc root/proc
mount --rbind /dev root/dev
exec chroot root sh -euc "$2"
"""


@pytest.mark.slow
@pytest.mark.parametrize("path", DOCKERFILES[1:], **names)
def test_the_steps_of_a_dev_container_can_be_run_and_make_its_user(path: Path, tmp_path: Path) -> None:
    if "NEEDS_CONTAINERS" not in os.environ:
        pytest.skip("it needs root, and fetches packages: set NEEDS_CONTAINERS=1")
    steps = {"ENV": "export ", "RUN": ""}
    lines = [f"{steps[word]}{rest}" for word, rest in instructions(path) if word in steps]
    user = json.loads(_without_comments(path.with_name("devcontainer.json")))["remoteUser"]
    others = "getent passwd 1000 | cut -d: -f1 | xargs -r userdel"  # a base image has no such user
    script = "\n".join([others, *lines, f"id -u {user}", "uv --version"])
    environment = {**os.environ, "PATH": f"{sys.base_prefix}/bin:/usr/sbin:/usr/bin:/sbin:/bin"}  # the base's Python
    done = subprocess.run(
        ["unshare", "--mount", "--propagation=private", "sh", "-c", _IN_A_ROOT, "sh", tmp_path, script],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    uid, uv = done.stdout.splitlines()[-2:]
    assert (uid, uv.split()[:2]) == ("1000", ["uv", uploads.UV_VERSION])


def test_docker_is_sent_what_the_package_is_built_from_and_no_hand_in() -> None:
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    let_in = {line[1:] for line in rules if line.startswith("!")}
    copied = {
        name for word, rest in stages(ROOT / "Dockerfile")["packages"] if word == "COPY" for name in rest.split()[:-1]
    }
    assert let_in == copied
    assert all((ROOT / name).exists() for name in let_in)
    links = [path for name in let_in for path in (ROOT / name).rglob("*") if path.is_symlink()]
    ends = {path.resolve().relative_to(ROOT) for path in links}
    assert all(any(end.is_relative_to(name) for name in let_in) for end in ends)
    private = ("submitted", "autograded", "feedback", "gradebook.db", "roster.csv", ".git", "exchange", "reports")
    assert not [name for name in private if any(fnmatch.fnmatch(name, each) for each in let_in)]


@pytest.mark.parametrize("path", CONTAINERS, **names)
def test_a_dev_container_is_built_here_and_runs_as_the_image_s_user(path: Path) -> None:
    settings = json.loads(_without_comments(path))
    dockerfile = path.parent / settings["build"]["dockerfile"]
    assert f"--uid 1000 {settings['remoteUser']}" in dockerfile.read_text(encoding="utf-8")
    assert "--privileged" not in settings.get("runArgs", [])
    assert "-c constraints.txt" in settings["postCreateCommand"] or path.parent.name == "students"
