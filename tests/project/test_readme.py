"""The commands in the README and in the guides exist, and take the arguments that are written there."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = (
    "README.md",
    "CONTRIBUTING.md",
    "docs/instructors.md",
    "docs/jupyterhub.md",
    "docs/marks.md",
    "docs/scale.md",
    "docs/speed.md",
    "docs/students.md",
    "docs/term.md",
    "docs/writing-checks.md",
    "tests/README.md",
)
_BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_TIMEOUT_SECONDS = 120


def commands_of(page: str) -> list[str]:
    """The commands in a page's shell blocks, without comments."""
    blocks = _BLOCK.findall((ROOT / page).read_text(encoding="utf-8"))
    lines = [line.split("  #")[0].strip() for block in blocks for line in block.splitlines()]
    return [line for line in lines if line and not line.startswith("#")]


COMMANDS = sorted({command for page in PAGES for command in commands_of(page)})


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=_TIMEOUT_SECONDS, check=False)


@cache
def help_of(subcommand: str) -> str:
    done = run(sys.executable, "-m", "autograder", subcommand, "--help")
    assert done.returncode == 0, done.stderr
    return done.stdout


def assert_autograder_knows(words: list[str]) -> None:
    text = help_of(words[1])
    for option in (word.split("=")[0] for word in words if word.startswith("--")):
        assert option in text, f"autograder {words[1]} has no {option}"


def assert_nbgrader_knows(words: list[str]) -> None:
    from nbgrader.apps.nbgraderapp import NbGraderApp

    app, depth = NbGraderApp, 1
    while depth < len(words) and words[depth] in (commands := app().subcommands):  # "nbgrader db assignment add"
        app, depth = commands[words[depth]][0], depth + 1
    assert depth > 1, f"nbgrader has no {words[1]}"
    for option in (word.removeprefix("--").split("=")[0] for word in words if word.startswith("--")):
        assert option in {**app().flags, **app().aliases}, f"nbgrader {words[1]} has no --{option}"


def assert_make_knows(words: list[str]) -> None:
    done = run("make", "--dry-run", *words[1:])
    assert done.returncode == 0, done.stderr


def assert_pytest_would_find(words: list[str]) -> None:
    folder, rest = words[1], words[2:]
    assert list((ROOT / folder).glob("test_*.py")), f"there are no tests in {folder}"
    assert rest[0] == "--submission"
    assert (ROOT / rest[1]).is_file(), f"there is no {rest[1]}"


def assert_dask_knows(words: list[str]) -> None:
    done = run(sys.executable, "-m", "dask", words[1], "--help")
    assert done.returncode == 0, done.stderr
    for option in (word for word in words if word.startswith("--")):
        assert option in done.stdout, f"dask {words[1]} has no {option}"


def assert_openssl_knows(words: list[str]) -> None:
    if shutil.which("openssl") is None:
        pytest.skip("no program openssl here: `apt-get install openssl`")
    done = run("openssl", words[1], "-help")
    for option in (word for word in words[2:] if word.startswith("-")):
        assert f" {option} " in done.stdout + done.stderr, f"openssl {words[1]} has no {option}"


def assert_can_be_installed(words: list[str]) -> None:
    assert words[:4] == ["pip", "install", "-c", "constraints.txt"]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert words[4] in [f".[{extra}]" for extra in project["optional-dependencies"]]


def assert_python_has_the_program(words: list[str]) -> None:
    done = run(sys.executable, "-m", words[2], "--help")
    assert (words[1], done.returncode) == ("-m", 0), done.stderr
    for option in (word for word in words[3:] if word.startswith("-")):
        assert option in done.stdout, f"{words[2]} has no {option}"


def assert_can_be_sourced(words: list[str]) -> None:
    assert words == [".", ".venv/bin/activate"]  # made by `make setup`


CHECKERS = {
    ".": assert_can_be_sourced,
    "autograder": assert_autograder_knows,
    "dask": assert_dask_knows,
    "make": assert_make_knows,
    "nbgrader": assert_nbgrader_knows,
    "openssl": assert_openssl_knows,
    "pip": assert_can_be_installed,
    "python": assert_python_has_the_program,
    "pytest": assert_pytest_would_find,
}


@pytest.mark.parametrize("command", COMMANDS)
def test_a_documented_command_exists_with_its_options(command: str) -> None:
    words = shlex.split(command)
    assert words[0] in CHECKERS, f"{command!r}: nothing here checks that"
    CHECKERS[words[0]](words)


def test_the_readme_names_the_two_commands_that_need_no_set_up() -> None:
    assert commands_of("README.md")[:2] == ["make demo", "make test"]


def test_every_make_target_that_help_lists_can_be_made() -> None:
    shown = run("make", "help").stdout
    targets = re.findall(r"^ *make (\w+)", shown, re.MULTILINE)
    assert {"demo", "test", "release", "lint"} <= set(targets)
    for target in targets:
        assert_make_knows(["make", target])


def test_the_exit_codes_in_the_readme_are_those_of_the_command() -> None:
    from autograder.cli import exit_codes

    listed = re.findall(r"^\| (\d) \|", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert [int(code) for code in listed] == [*exit_codes.MEANINGS]


def test_the_table_of_limits_has_every_limit_and_its_default() -> None:
    from autograder.sandbox.limits import Limits

    text = (ROOT / "docs" / "instructors.md").read_text(encoding="utf-8")
    table = dict(re.findall(r"^\| `(\w+)` \| ([\d.,]+(?: [GM]iB)?) \|", text, re.MULTILINE))
    units = {"GiB": 1 << 30, "MiB": 1 << 20}
    for name, value in Limits().to_dict().items():
        assert name in table, f"{name} is not in docs/instructors.md"
        number, _, unit = table[name].replace(",", "").partition(" ")
        assert float(number) * units.get(unit, 1) == value, f"docs/instructors.md has another default for {name}"


def test_the_table_of_settings_of_dask_has_their_names_and_defaults() -> None:
    import dask
    import distributed  # noqa: F401

    text = (ROOT / "docs" / "scale.md").read_text(encoding="utf-8")
    table = re.findall(r"^\| `DASK_(\w+)` \| `?([\w ]+?)`? \|", text, re.MULTILINE)
    assert len(table) == 4
    for name, default in table:
        setting = name.lower().replace("__", ".").replace("_", "-")
        assert str(dask.config.get(setting)) == default


def test_the_layers_in_the_security_page_are_those_of_the_guest() -> None:
    from autograder.sandbox.confinement import REQUIRED_LAYERS

    text = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)
    assert set(listed) == {*REQUIRED_LAYERS, "namespaces", "view", "folder", "memory"}


LINKING = sorted(
    str(path.relative_to(ROOT))
    for path in (
        *ROOT.glob("*.md"),
        *(each for name in ("docs", "tests", ".github") for each in ROOT.glob(f"{name}/**/*.md")),
    )
)


@pytest.mark.parametrize("page", LINKING)
def test_links_between_pages_lead_somewhere(page: str) -> None:
    path = ROOT / page
    for target in _LINK.findall(path.read_text(encoding="utf-8")):
        if "://" in target:
            continue
        file, _, heading = target.partition("#")
        other = (path.parent / file) if file else path
        assert other.exists(), f"{page} links to {target}"
        if heading:
            assert heading in anchors_of(other), f"{page} links to {target}"


def anchors_of(path: Path) -> set[str]:
    """What GitHub makes of a page's headings."""
    headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in headings}
