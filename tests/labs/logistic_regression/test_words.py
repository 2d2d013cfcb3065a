"""What students of the lab read: each known mistake gets words that help, and no words carry hidden data."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import torch
from helpers import ROOT
from words_of_reports import faults_of_form, form_of

from autograder.checks import Misconception, notebook, public_inputs
from autograder.checks.catalogue import load_misconceptions
from autograder.course.assignment import Assignment, load_assignment
from autograder.judge.runs import reference_run
from autograder.judge.session import CheckSession
from autograder.report.report import Verdict
from autograder.sandbox.forked import ForkSandbox
from autograder.sandbox.limits import Limits
from autograder.sandbox.notebook_run import NotebookRun
from autograder.sandbox.outcome import GuestStopped
from autograder.sandbox.server import ForkServer

pytestmark = pytest.mark.slow

LONGEST_CHARACTERS = 520
MOST_SENTENCES = 5
LEAST_SHARE_WITH_A_NEXT_STEP = 0.85


@dataclass
class Heard:
    """All messages by misconception and check, and all numbers that crossed in calls with hidden inputs."""

    messages: dict[str, dict[str, str]] = field(default_factory=dict)
    hidden: set[float] = field(default_factory=set)


def numbers_in(value: Any) -> Iterator[float]:
    if isinstance(value, torch.Tensor):
        yield from value.detach().double().flatten().tolist()
    elif isinstance(value, float):
        yield value
    elif isinstance(value, list | tuple):
        for each in value:
            yield from numbers_in(each)


@pytest.fixture(scope="module")
def lab() -> Assignment:
    return load_assignment(ROOT, "logistic_regression")


@pytest.fixture(scope="module")
def heard(lab: Assignment, server: ForkServer) -> Heard:
    """Judges every misconception's own exercise, listening to calls and messages."""
    heard = Heard()
    call = notebook._call

    def listen(line: Any, target: Any, called: str, arguments: Any, *rest: Any, **more: Any) -> Any:
        answer = call(line, target, called, arguments, *rest, **more)
        if not public_inputs.get():
            heard.hidden.update(numbers_in((arguments, answer.value, answer.gradients)))
        return answer

    patch = pytest.MonkeyPatch()
    patch.setattr(notebook, "_call", listen)
    sandbox = ForkSandbox(server, Limits(call_wall_seconds=5))
    try:
        with CheckSession(lab) as session, reference_run(lab, sandbox) as run:
            for exercise in lab.exercises:  # the reference's values are the expected ones
                session.run(run, frozenset({exercise.name}))
            for each in load_misconceptions(lab):
                heard.messages[f"{each.exercise}/{each.id}"] = said(lab, session, run, each)
    finally:
        patch.undo()
    return heard


def said(lab: Assignment, session: CheckSession, run: NotebookRun, each: Misconception) -> dict[str, str]:
    home = lab.exercise(each.exercise)
    try:
        run.redefine(home.name, home.functions, each.code)
        check_runs = session.run(run, frozenset({home.name}))
    except GuestStopped:
        return {}
    finally:
        run.redefine(home.name, home.functions, home.reference)
    return {one.result.id: one.result.message for one in check_runs if one.result.verdict is not Verdict.PASSED}


def public_checks(lab: Assignment) -> set[str]:
    """Ids of the checks whose inputs students have in their notebook, and whose messages may show values."""
    found = set()
    for path in lab.checks_folder.glob("test_*.py"):
        for marks, name in re.findall(r"@pytest\.mark\.exercise\((.*?)\)\s+def (\w+)", path.read_text(), re.S):
            if "public=True" in marks:
                found.add(f"{path.stem.removeprefix('test_')}::{name}")
    return found


def test_every_mistake_gets_words(heard: Heard, lab: Assignment) -> None:
    entries = load_misconceptions(lab)
    assert len(entries) >= 70
    for each in entries:
        messages = heard.messages[f"{each.exercise}/{each.id}"]
        assert messages
        assert all(messages.values()), each.id


def test_words_name_what_was_called_and_are_whole_short_sentences(heard: Heard) -> None:
    for entry, messages in heard.messages.items():
        for message in messages.values():
            assert "`" in message, (entry, message)
            assert message[-1] in ".?", (entry, message)
            assert len(message) <= LONGEST_CHARACTERS, (entry, len(message), message)
            assert "  " not in message, (entry, message)


def test_messages_are_of_one_form_and_their_advice_is_about_what_was_found(heard: Heard) -> None:
    messages = sorted({message for each in heard.messages.values() for message in each.values()})
    assert [fault for message in messages for fault in faults_of_form(message, MOST_SENTENCES)] == []
    assert [message for message in messages if not form_of(message).expected] == []
    with_a_step = [message for message in messages if form_of(message).step]
    assert len(with_a_step) >= LEAST_SHARE_WITH_A_NEXT_STEP * len(messages)


def test_no_words_hold_a_hidden_input_or_an_expected_value(heard: Heard, lab: Assignment) -> None:
    """A number with two or more digits after the point must not be one that crossed with hidden inputs."""
    public = public_checks(lab)
    assert len(public) >= 9
    assert len(heard.hidden) > 500
    looked_at = 0
    for entry, messages in heard.messages.items():
        for check, message in messages.items():
            if check in public:
                continue
            looked_at += 1
            for text in re.findall(r"-?\d+\.\d{2,}", message):
                digits = len(text.partition(".")[2])
                assert float(text) not in {round(number, digits) for number in heard.hidden}, (entry, message)
    assert looked_at > 100


def test_every_sentence_of_the_catalogue_is_one_kind_sentence(lab: Assignment) -> None:
    for each in load_misconceptions(lab):
        assert 20 <= len(each.sentence) <= 240, each.id
        assert each.sentence[-1] in ".?", each.id
        for harsh in ("wrong!", "stupid", "obviously", "simply"):
            assert harsh not in each.sentence.lower(), (each.id, harsh)
