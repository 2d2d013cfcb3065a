"""What known mistakes of the lab get: words that help, and points that follow how bad they are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
import torch
from helpers import ROOT
from words_of_reports import faults_of_form, form_of

from autograder.checks import Misconception, notebook, public_inputs
from autograder.checks.catalogue import load_misconceptions
from autograder.course.assignment import Assignment
from autograder.course.loading import load_assignment
from autograder.judge.points import exercise_result
from autograder.judge.runs import reference_run
from autograder.judge.session import CheckSession
from autograder.report.exercise_result import Verdict
from autograder.sandbox.forked import ForkSandbox
from autograder.sandbox.limits import Limits
from autograder.sandbox.notebook_run import NotebookRun
from autograder.sandbox.outcome import GuestStopped
from autograder.sandbox.server import ForkServer

pytestmark = pytest.mark.slow

LONGEST_CHARACTERS = 520
LEAST_SHARE_WITH_A_NEXT_STEP = 0.85

# How much a mistake may cost, by its size; see docs/writing-checks.md. The right numbers in another form:
FORM = [
    "flat-result",
    "numpy-result",
    "detached",
    "as-float",
    "cost-as-float",
    "cost-detached",
    "flat-losses",
    "as-tensor",
    "flat-predictions",
    "costs-as-tensors",
    "costs-as-arrays",
    "accuracies-as-tensors",
    "returned-in-another-order",
    "model-returned-too",
    "flat-output",
    "default-lr-changed",
    "default-epochs-changed",
]
# One part is wrong, and the others work:
PART = [
    "log-base-10",
    "log-base-2",
    "wide-clamp",
    "wide-clamp-of-the-other",
    "minus-misses-bias",
    "minus-on-bias-alone",
    "missing-bias",
    "bias-subtracted",
    "two-features-only",
    "sum-for-mean",
    "fixed-six-rows",
    "one-epoch-short",
    "one-epoch-too-many",
    "last-update-missing",
    "cost-after-update",
    "accuracy-after-update",
    "bias-not-trained",
    "lr-ignored",
    "epochs-ignored",
    "gradients-not-cleared",
    "bias-gradient-not-cleared",
    "momentum",
    "lr-shrinks",
    "stops-early",
    "random-start",
    "starts-with-ones",
    "bias-starts-with-one",
    "starts-from-zeros",
    "best-cost-so-far",
    "best-accuracy-so-far",
    "percent",
    "error-rate",
    "rounded",
    "one-half-counts-as-0",
    "nan-at-the-edges",
    "trains-a-copy",
    "trains-on-x-train",
    "only-costs-returned",
    "costs-not-returned",
    "missing-minus",
    "minus-on-first-term",
]
# What the exercise is about is missing, or only looks as if it were there:
IDEA = [
    "hard-coded",
    "hard-coded-halves",
    "own-weights",
    "never-moves",
    "uphill",
    "squared-error",
    "always-one",
    "softmax",
    "plain-tensors",
    "not-a-module",
    "no-super-init",
    "printed-not-returned",
    "terms-crossed",
    "arguments-swapped",
    "other-parameters",
    "trains-a-new-model",
]


@dataclass
class Heard:
    """All messages by misconception and check, the share of points lost, and all numbers of hidden inputs."""

    messages: dict[str, dict[str, str]] = field(default_factory=dict)
    lost: dict[str, float] = field(default_factory=dict)
    hidden: set[float] = field(default_factory=set)
    open: set[float] = field(default_factory=set)


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
    call = notebook.call

    def listen(line: Any, target: Any, called: str, arguments: Any = (), *rest: Any, **more: Any) -> Any:
        answer = call(line, target, called, arguments, *rest, **more)
        numbers = heard.open if public_inputs.get() else heard.hidden
        numbers.update(numbers_in((arguments, answer.value, answer.gradients)))
        return answer

    patch = pytest.MonkeyPatch()
    patch.setattr(notebook, "call", listen)
    sandbox = ForkSandbox(server, Limits(call_wall_seconds=5))
    try:
        with CheckSession(lab) as session, reference_run(lab, sandbox) as run:
            for exercise in lab.exercises:  # the reference's values are the expected ones
                session.run(run, frozenset({exercise.name}))
            for each in load_misconceptions(lab):
                messages, lost = said(lab, session, run, each)
                heard.messages[f"{each.exercise}/{each.id}"] = messages
                heard.lost[f"{each.exercise}/{each.id}"] = lost
    finally:
        patch.undo()
    return heard


def said(lab: Assignment, session: CheckSession, run: NotebookRun, each: Misconception) -> tuple[dict[str, str], float]:
    """The messages by check, and the share of the points lost."""
    home = lab.exercise(each.exercise)
    try:
        run.redefine(home.name, home.functions, each.code)
        check_runs = session.run(run, frozenset({home.name}))
    except GuestStopped:
        return {}, 1.0
    finally:
        run.redefine(home.name, home.functions, home.reference)
    messages = {one.result.id: one.result.message for one in check_runs if one.result.verdict is not Verdict.PASSED}
    return messages, 1 - exercise_result(home, check_runs).points / home.points


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
    assert [fault for message in messages for fault in faults_of_form(message)] == []
    assert [message for message in messages if not form_of(message).expected] == []
    with_a_step = [message for message in messages if form_of(message).step]
    assert len(with_a_step) >= LEAST_SHARE_WITH_A_NEXT_STEP * len(messages)


def test_no_words_hold_a_hidden_input_or_an_expected_value(heard: Heard, lab: Assignment) -> None:
    """A number with two or more digits after the point must not be one that crossed with hidden inputs.

    A public check may show what crossed with the notebook's own inputs; by chance those agree to two digits.
    """
    public = public_checks(lab)
    assert len(public) >= 9
    assert len(heard.hidden) > 500
    looked_at = 0
    for entry, messages in heard.messages.items():
        for check, message in messages.items():
            looked_at += 1
            for text in re.findall(r"-?\d+\.\d{4,}" if check in public else r"-?\d+\.\d{2,}", message):
                digits = len(text.partition(".")[2])
                hidden = {round(number, digits) for number in heard.hidden}
                shown = {round(number, digits) for number in heard.open} if check in public else set()
                assert float(text) not in hidden - shown, (entry, message)
    assert looked_at > 100


def test_every_sentence_of_the_catalogue_is_one_kind_sentence(lab: Assignment) -> None:
    for each in load_misconceptions(lab):
        assert 20 <= len(each.sentence) <= 240, each.id
        assert each.sentence[-1] in ".?", each.id
        for harsh in ("wrong!", "stupid", "obviously", "simply"):
            assert harsh not in each.sentence.lower(), (each.id, harsh)


def shares(heard: Heard, ids: list[str]) -> dict[str, float]:
    """The share of the points lost by each misconception with one of the ids, which must all be there."""
    found = {entry: lost for entry, lost in heard.lost.items() if entry.partition("/")[2] in ids}
    assert {entry.partition("/")[2] for entry in found} == set(ids)
    return found


def test_the_right_numbers_in_another_form_cost_a_fifth_at_most(heard: Heard) -> None:
    assert {entry: lost for entry, lost in shares(heard, FORM).items() if not 0.05 <= lost <= 0.201} == {}


def test_one_wrong_part_costs_half_at_most(heard: Heard) -> None:
    found = shares(heard, PART)
    # Where the whole exercise is one formula, a sum for a mean or a sign is more of it.
    for entry in ("hypothesis_exp/missing-minus", "bce/sum-for-mean", "train_classifier/sum-for-mean"):
        assert found.pop(entry) <= 0.601
    found.pop("binary_classifier/two-features-only")  # nothing runs
    assert {entry: lost for entry, lost in found.items() if not 0.05 <= lost <= 0.501} == {}


def test_a_missing_idea_costs_more_than_half(heard: Heard) -> None:
    assert {entry: lost for entry, lost in shares(heard, IDEA).items() if lost < 0.55 - 1e-9} == {}


def test_what_is_returned_in_another_form_costs_less_than_what_is_not_returned(heard: Heard) -> None:
    lost = heard.lost
    assert lost["train/returned-in-another-order"] < lost["train/only-costs-returned"] < lost["train/missing-return"]
    assert lost["train_classifier/trains-a-copy"] >= 0.4
    assert lost["train/lr-ignored"] >= 0.3
    assert lost["binary_classifier/always-one"] >= 0.7


def test_a_wrong_learning_rate_costs_the_same_whatever_it_is(lab: Assignment, server: ForkServer) -> None:
    ignored = next(each for each in load_misconceptions(lab) if (each.exercise, each.id) == ("train", "lr-ignored"))
    sandbox = ForkSandbox(server, Limits(call_wall_seconds=5))
    with CheckSession(lab) as session, reference_run(lab, sandbox) as run:
        for lr in ("0.01", "0.5", "2", "lr / 3", "3 * lr"):
            code = ignored.code.replace("lr=1)", f"lr={lr})")
            assert code != ignored.code
            messages, lost = said(lab, session, run, replace(ignored, code=code))
            assert list(messages) == ["train::test_first_step"], (lr, messages)
            assert lost == pytest.approx(0.3)
