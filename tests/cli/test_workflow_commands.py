"""On GitHub, nothing that is printed is a command to the runner, but for annotations of ours."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest
from helpers import run
from hypothesis import given
from hypothesis import strategies as st
from made_up_reports import HOSTILE, runner_commands

from autograder.cli.workflow_commands import HarmlessStream, guarded_output, harmless, print_commands

COMMANDS = (
    "::error::x",
    "  ::stop-commands::x",
    "a\n::add-mask::x",
    "a\r::debug::",
    "\u00ad::error::x",
    "a ##[error]x",
)


@pytest.mark.parametrize("text", [*COMMANDS, *HOSTILE], ids=range(len(COMMANDS) + len(HOSTILE)))
def test_no_text_is_a_command(text: str) -> None:
    assert not runner_commands(harmless(text))


def test_the_tests_know_a_command() -> None:
    assert all(runner_commands(each) for each in COMMANDS)


@given(
    pieces=st.lists(
        st.sampled_from([":", "::", "#", "##", "[", "error", "]", " ", "\n", "\r", "x", "\u00ad", "::error::"])
    )
)
def test_no_command_is_put_together_from_pieces(pieces: list[str]) -> None:
    out = io.StringIO(newline="")
    stream = HarmlessStream(out)
    for each in pieces:
        assert stream.write(each) == len(each)
    assert not runner_commands(out.getvalue())


@pytest.mark.parametrize("text", COMMANDS, ids=range(len(COMMANDS)))
def test_nor_from_letters(text: str) -> None:
    out = io.StringIO(newline="")
    stream = HarmlessStream(out)
    stream.writelines(text)
    assert not runner_commands(out.getvalue())


def test_ordinary_text_stays_as_it_is() -> None:
    text = 'check train::test_any\n12:30: a: b\n# heading [x]\n| a | b::c |\n{"a": "::error::x"}\n'
    assert harmless(text) == text


def test_help_and_wrong_usage_are_told_on_github_as_elsewhere(tmp_path: Path) -> None:
    for arguments, code, said in ((["--help"], 0, "Usage:"), (["grade", "--nothing"], 2, "No such option")):
        done = run("autograder", *arguments, cwd=tmp_path, GITHUB_ACTIONS="true")
        assert (done.returncode, said in done.stdout + done.stderr, "Traceback" in done.stderr) == (code, True, False)


def test_only_on_github_is_output_guarded_and_commands_of_ours_pass(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for value, expected in (("", ["error", "warning", "error"]), ("true", ["warning"])):
        monkeypatch.setenv("GITHUB_ACTIONS", value)
        with guarded_output():
            print("::error::forged")
            print_commands("::warning title=a::b\n")
            print("::error::forged", file=sys.stderr)
        out, err = capsys.readouterr()
        assert [each.name for each in runner_commands(out + err)] == expected
