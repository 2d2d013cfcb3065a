"""Changed checks are judged by answers that were kept exactly as they would be by running everything again."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from helpers import RIGHT, TINY_COURSE, notebook_of, write_notebook

from autograder.course.assignment import Assignment
from autograder.course.loading import load_assignment
from autograder.judge.grader import Grader
from autograder.judge.recorded_answers import Runs, pack_answers, unpack_answers
from autograder.judge.replaying import NoSandbox, NotRecorded, RecordedRun
from autograder.report.report import Report
from autograder.sandbox.forked import ForkSandbox
from autograder.sandbox.limits import Limits
from autograder.sandbox.outcome import Cause, Outcome, Stop
from autograder.sandbox.server import ForkServer

LIMITS = Limits(call_wall_seconds=0.5, patience_wall_seconds=0.3, mend_cpu_seconds=0)
CLASS = {
    "right": {},
    "in another style": {"double": "double = lambda x: x + x"},
    "wrong, and judged beside the reference": {"double": "def double(x):\n    return x ** 2"},
    "wrong twice": {
        "double": "def double(x):\n    return 2 * x.detach()",
        "mean_of": "def mean_of(x):\n    return x.sum().item()",
    },
    "raises": {"mean_of": "def mean_of(x):\n    return x.mean().item() if len(x) > 1 else [][0]"},
    "says so in two ways": {"mean_of": "def mean_of(x):\n    raise ValueError(f'no {len(x)}')"},
    "misspelt": {"double": "def duoble(x):\n    return 2 * x"},
    "not written": {"double_mean": "raise NotImplementedError()"},
    "never ends": {"mean_of": "def mean_of(x):\n    while len(x) == 1: pass\n    return x.mean().item()"},
    "leaves": {"double": "import os\ndef double(x):\n    os._exit(3) if x.dim() == 2 else None\n    return 2 * x"},
    "odd values": {
        "double": "class Odd:\n    pass\ndef double(x):\n    return Odd()",
        "mean_of": "def mean_of(x):\n    return {'a': [float('nan'), x, (None, 'é\\ud800')]}",
    },
    "remembers": {
        "mean_of": "seen = []\ndef mean_of(x):\n    seen.append(1)\n    return x.mean().item() * (len(seen) != 2)"
    },
    "reads its data": {
        "mean_of": "numbers = iter([1, 2])\ndef mean_of(x):\n    return x.mean().item() + 0 * len([numbers])"
    },
}
FIRST_CHECK = '@pytest.mark.exercise("mean_of", public=True)'
EDITS: dict[str, Callable[[str, str], str]] = {
    "as it was": lambda name, text: text,
    "other values, shapes and weights": lambda name, text: (
        text.replace("617.375", "617.3").replace('"double", weight=2', '"double", weight=5').replace("(2, 2)", "(2, 3)")
    ),
    "a check less": lambda name, text: (
        text.replace(FIRST_CHECK, "").replace("def test_notebook_values(student: Notebook)", "def not_one(student)")
        if name == "test_mean_of.py"
        else text
    ),
    "another call": lambda name, text: text.replace("-8.5", "-8.25"),
}
NEEDS_GUESTS = {
    "as it was": set(),
    "a check less": {"remembers", "reads its data", "never ends", "leaves"},
}


@dataclass(frozen=True)
class Kept:
    """The class as it was graded first."""

    folders: dict[str, Path]
    answers: dict[str, dict[str, Runs]]
    reports: dict[str, Report]


def outcome(report: Report) -> Any:
    """What a report comes to: points and verdicts, and the words of each check."""
    return (
        report.score,
        report.status,
        report.outcome,
        report.repairs,
        report.looks,
        [
            (
                each.name,
                each.points,
                each.verdict,
                each.follow_through,
                [(one.id, one.title, one.verdict, one.weight, one.message) for one in each.checks],
            )
            for each in report.exercises
        ],
    )


@pytest.fixture(scope="module")
def kept(tiny: Assignment, server: ForkServer, tmp_path_factory: pytest.TempPathFactory) -> Kept:
    folder = tmp_path_factory.mktemp("class")
    found = Kept({}, {}, {})
    with Grader(tiny, ForkSandbox(server, LIMITS), show_cells=False, keep_answers=True) as grader:
        for name, answers in CLASS.items():
            found.folders[name] = folder / name
            write_notebook(folder / name / "tiny.ipynb", notebook_of(tiny, {**RIGHT, **answers}))
            graded = grader.grade(folder / name, name)
            assert graded.answers is not None, name
            found.reports[name] = graded.report
            found.answers[name] = unpack_answers(pack_answers(graded.answers))
    return found


@pytest.fixture(scope="module")
def graders(server: ForkServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Grader]]:
    """Graders of the tiny assignment with edited checks; without a server they have no guests."""
    with ExitStack() as stack:

        def make(edit: str, has_guests: bool, **more: Any) -> Grader:
            folder = tmp_path_factory.mktemp("changed")
            shutil.copytree(TINY_COURSE, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
            for path in (folder / "tests/hidden/tiny").glob("test_*.py"):
                path.write_text(EDITS[edit](path.name, path.read_text()))
            sandbox = ForkSandbox(server, LIMITS) if has_guests else NoSandbox(LIMITS)
            assignment = load_assignment(folder, "tiny")
            return stack.enter_context(Grader(assignment, sandbox, show_cells=False, **more))

        yield make


@pytest.mark.slow
@pytest.mark.parametrize("edit", EDITS)
def test_kept_answers_give_the_report_that_a_new_run_gives(
    kept: Kept, graders: Callable[..., Grader], edit: str
) -> None:
    again = graders(edit, has_guests=True)
    judge = graders(edit, has_guests=False, verdicts_only=True)
    fallback = graders(edit, has_guests=True, verdicts_only=True)
    needed = set()
    for name, folder in kept.folders.items():
        try:
            found = judge.grade(folder, name, known=kept.answers[name]).report
        except NotRecorded:
            needed.add(name)
            found = fallback.grade(folder, name, known=kept.answers[name]).report
        expected = kept.reports[name] if edit == "as it was" else again.grade(folder, name).report
        assert outcome(found) == outcome(expected), name
    if edit in NEEDS_GUESTS:
        assert needed == NEEDS_GUESTS[edit]


def test_equal_answers_are_judged_once(
    kept: Kept, graders: Callable[..., Grader], monkeypatch: pytest.MonkeyPatch
) -> None:
    judge = graders("as it was", has_guests=False, verdicts_only=True)
    asked: list[Any] = []
    ask = RecordedRun.request
    monkeypatch.setattr(RecordedRun, "request", lambda *more: asked.append(more[1]["name"]) or ask(*more))
    folder, answers = kept.folders["right"], kept.answers["right"]
    first = judge.grade(folder, "right", known=answers).report
    assert len(asked) == 8
    asked.clear()
    assert outcome(judge.grade(folder, "right", known=answers).report) == outcome(first)
    assert asked == []
    other = kept.answers["in another style"]
    judge.grade(kept.folders["in another style"], "other", known=other)
    assert asked == []
    judge.grade(kept.folders["raises"], "raises", known=kept.answers["raises"])
    assert set(asked) == {"mean_of"}


def test_answers_of_one_run_are_not_those_of_another(kept: Kept, graders: Callable[..., Grader]) -> None:
    """Judged as another submission's, they would give its verdicts: it is the file's key that keeps them apart."""
    judge = graders("as it was", has_guests=False, verdicts_only=True)
    for known in ({}, {"tiny": {}}, {"other": kept.answers["right"]["tiny"]}):
        with pytest.raises(NotRecorded):
            judge.grade(kept.folders["right"], "right", known=known)


def test_replies_that_are_no_replies_are_not_used(kept: Kept, graders: Callable[..., Grader]) -> None:
    judge = graders("as it was", has_guests=False, verdicts_only=True)
    run = kept.answers["right"]["tiny"][""]
    bomb = b'{"value":' + b'{"t":"list","v":[' * 50_000
    for frames in (
        b"",
        b"\xff" * 40,
        b"\x08\0\0\0\0\0\0\0" + b"[" * 8,
        len(bomb).to_bytes(4, "little") + b"\0" * 4 + bomb,
    ):
        chains = tuple(replace(each, frames=frames) for each in run.chains)
        with pytest.raises(NotRecorded):
            judge.grade(kept.folders["right"], "right", known={"tiny": {"": replace(run, chains=chains)}})


def test_a_reply_of_another_form_is_a_failed_check_as_it_is_of_a_guest(
    kept: Kept, graders: Callable[..., Grader]
) -> None:
    judge = graders("as it was", has_guests=False, verdicts_only=True)
    run = kept.answers["right"]["tiny"][""]
    text = b'{"value":{"t":"tensor","k":"9","grad":true}}'
    frame = len(text).to_bytes(4, "little") + b"\0" * 4 + text
    chains = tuple(replace(each, frames=frame * len(each.asked)) for each in run.chains)
    answers = {"": replace(run, chains=chains)}
    try:
        report = judge.grade(kept.folders["right"], "right", known={"tiny": answers}).report
    except NotRecorded:
        return  # what such checks ask next was not kept
    assert report.score == 0


def test_a_stop_is_told_as_it_was(kept: Kept) -> None:
    chain = next(each for each in kept.answers["never ends"]["tiny"][""].chains if each.stops)
    assert chain.stops == {0: Stop(Outcome.TIMED_OUT, Cause.TOO_SLOW, 0.5)}
    assert kept.answers["never ends"]["tiny"][""].remembers
