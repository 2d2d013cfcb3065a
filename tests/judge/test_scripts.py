"""Guests are told ahead what checks ask: nothing in that tells of an answer, and marks and words are what they were."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from helpers import make_variant, notebook_of, write_notebook

from autograder.course.loading import load_assignment
from autograder.judge import diagnosis
from autograder.judge.grader import Grader
from autograder.judge.learning import script_of
from autograder.judge.memory import MemoryFile
from autograder.judge.recorded_answers import Chain
from autograder.judge.rehearsal import Rehearsal, rehearse
from autograder.judge.session import CheckSession
from autograder.report.exercise_result import Verdict
from autograder.report.report import Report
from autograder.sandbox.asked_ahead import Ahead
from autograder.sandbox.forked import ForkSandbox
from autograder.sandbox.guest import ForkedGuest
from autograder.sandbox.notebook_run import NotebookRun
from autograder.sandbox.prompt import Prompt, Script

SOLUTION = """import torch
def f(x):
    return x * 2
class Box:
    def __init__(self, n):
        self.n = n
    def more(self):
        self.n += 1
        return self.n
print("hello")"""

CHECKS = """
import pytest, torch
from autograder.checks import expect_close, fail, hidden_inputs, output_of

@pytest.mark.exercise("f")
def test_sends_on(student):
    '''What came back is sent on.'''
    first = student.f(torch.tensor([1.5]))
    expect_close(first, torch.tensor([3.0]), "f(x)", "It is twice x.")
    expect_close(student.f(first), torch.tensor([6.0]), "f(f(x))", "It is four times x.")

@pytest.mark.exercise("f")
def test_sends_on_what_it_rounds(student):
    '''What came back is rounded and sent on.'''
    first = float(student.f(1.4))
    expect_close(student.f(float(round(first))), 6.0, "f(x)", "It is twice x.")

@pytest.mark.exercise("f")
def test_asks_the_same_whatever_comes_back(student):
    '''Three numbers.'''
    for x in (1.0, 2.5, -4.0):
        expect_close(student.f(x), 2 * x, "f(x)", "It is twice x.")

@pytest.mark.exercise("f", public=True)
def test_goes_on_to_hidden_inputs(student):
    '''One number of the notebook's, and another one.'''
    expect_close(student.f(7.0), 14.0, "f(7.0)", "It is twice x.")
    with hidden_inputs():
        expect_close(student.f(98765.0), 197530.0, "f(x)", "It is twice x.")

@pytest.mark.exercise("f", public=True)
def test_looks_closer(student):
    '''One number of the notebook's, another one if that is wrong, and one that nobody has.'''
    if student.f(5.0) != 10.0:
        expect_close(student.f(6.0), 12.0, "f(6.0)", "It is twice x.")
    with hidden_inputs():
        expect_close(student.f(4321.0), 8642.0, "f(x)", "It is twice x.")

@pytest.mark.exercise("f", public=True)
def test_public(student):
    '''One number of the notebook's.'''
    expect_close(student.f(3.0), 6.0, "f(3.0)", "It is twice x.")

@pytest.mark.exercise("f")
def test_prints(student):
    '''Its cell says hello, and `f` doubles.'''
    expect_close(student.f(11.0), 22.0, "f(x)", "It is twice x.")
    if output_of(student, "f").strip() != "hello":
        raise fail("the cell", "prints something else", "It says hello.", "Print it.")

@pytest.mark.exercise("f")
def test_an_object_counts(student):
    '''An object of its own counts from where it started.'''
    box = student.Box(5)
    for right in (6, 7):
        found = box.call("more")
        if found != right:
            raise fail("box.more()", "returned another number", "It counts on.", "Add one.")
"""


@pytest.fixture(scope="module")
def grader(tmp_path_factory: pytest.TempPathFactory, sandbox: ForkSandbox) -> Iterator[Grader]:
    folder, name = make_variant(tmp_path_factory.mktemp("variant"), CHECKS, SOLUTION)
    with Grader(load_assignment(folder, name), sandbox, show_cells=False, keep_answers=True) as grader:
        for number in range(4):  # with the fourth one it pays to know what checks ask
            path = write_notebook(folder / f"{number}.ipynb", notebook_of(grader.assignment, {"f": SOLUTION}))
            assert grader.grade(path, "right").report.score == grader.assignment.max_score
        yield grader


@pytest.mark.parametrize(("submissions", "learned"), [(4, True), (3, False)])
def test_for_a_class_checks_are_learned_before_its_first_submission(
    grader: Grader, submissions: int, learned: bool
) -> None:
    with Grader(grader.assignment, grader.sandbox, show_cells=False) as new:
        new.get_ready(submissions)
        scripts = new.session.scripts._scripts
        assert scripts.keys() == (grader.session.scripts._scripts.keys() if learned else set())


def test_what_checks_ask_is_learned_once_for_all_workers_and_later_runs(
    grader: Grader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rehearsed: list[str] = []

    def rehearse_and_note(session: CheckSession, run: NotebookRun, check: str, *more: Any) -> Rehearsal:
        rehearsed.append(check)
        return rehearse(session, run, check, *more)

    monkeypatch.setattr(diagnosis, "rehearse", rehearse_and_note)
    memory = MemoryFile(tmp_path / "kept.jsonl", "1")
    with Grader(grader.assignment, grader.sandbox, show_cells=False, memory=memory) as first:
        first.get_ready(4)
        learned = first.session.scripts._scripts
    assert sorted(rehearsed) == sorted(grader.session.checks["f"])
    rehearsed.clear()
    with Grader(grader.assignment, grader.sandbox, show_cells=False, memory=memory) as next_one:
        next_one.get_ready(1)
        assert next_one.session.scripts._scripts == learned
        assert learned.keys() == grader.session.scripts._scripts.keys()
        calls: list[str] = []
        request = ForkedGuest.request

        def ask_and_note(guest: ForkedGuest, message: Mapping[str, Any], *more: Any) -> Any:
            calls.extend([message["op"]] if message["op"] == "call" else [])
            return request(guest, message, *more)

        monkeypatch.setattr(ForkedGuest, "request", ask_and_note)
        assert graded(next_one, tmp_path, SOLUTION).score == grader.assignment.max_score
    assert len(calls) < 5, "all else was told ahead"
    assert rehearsed == []


def test_a_check_that_did_not_pass_is_learned_another_time(
    grader: Grader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail_once(session: CheckSession, run: NotebookRun, check: str, *more: Any) -> Rehearsal:
        found = rehearse(session, run, check, *more)
        result = replace(found.result.result, verdict=Verdict.FAILED)
        return replace(found, result=replace(found.result, result=result))

    memory = MemoryFile(tmp_path / "kept.jsonl", "1")
    with monkeypatch.context() as patched:
        patched.setattr(diagnosis, "rehearse", fail_once)
        with Grader(grader.assignment, grader.sandbox, show_cells=False, memory=memory) as first:
            first.get_ready(4)
            assert first.session.scripts._scripts == {}
    with Grader(grader.assignment, grader.sandbox, show_cells=False, memory=memory) as next_one:
        next_one.get_ready(4)
        assert next_one.session.scripts._scripts.keys() == grader.session.scripts._scripts.keys()


def graded(grader: Grader, tmp_path: Path, code: str) -> Report:
    path = write_notebook(tmp_path / "handed-in.ipynb", notebook_of(grader.assignment, {"f": code}))
    return grader.grade(path, "student-001").report


def script(grader: Grader, name: str) -> Script:
    (check,) = (each for each in grader.session.checks["f"] if each.endswith(f"::{name}"))
    diagnoser = grader.judges[0].diagnoser
    found = script_of(grader.session, diagnoser.rehearsed(check), diagnoser._reference)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("test_sends_on", 1),
        ("test_sends_on_what_it_rounds", 1),
        ("test_asks_the_same_whatever_comes_back", 3),
        ("test_goes_on_to_hidden_inputs", 2),
        ("test_looks_closer", 1),
        ("test_public", 1),
    ],
)
def test_a_script_ends_before_what_tells_of_an_answer(grader: Grader, name: str, count: int) -> None:
    assert len(script(grader, name).requests) == count


@pytest.mark.parametrize(
    ("name", "count"),
    [("test_sends_on", 0), ("test_goes_on_to_hidden_inputs", 1), ("test_public", 1)],
)
def test_a_script_says_what_comes_before_hidden_inputs(grader: Grader, name: str, count: int) -> None:
    assert script(grader, name).open_requests == count


def test_nothing_that_the_reference_answers_is_in_any_script(grader: Grader) -> None:
    answered = {3.0, 2.8, 6.0, 14.0, 197530.0}
    for name in ("test_sends_on", "test_sends_on_what_it_rounds", "test_goes_on_to_hidden_inputs"):
        for message, tensors in script(grader, name).requests:
            sent = {value for each in tensors.values() for value in each.flatten().tolist()}
            assert not answered & sent
            assert not any(str(each) in str(message) for each in answered)


def test_a_notebook_that_answers_as_another_did_is_asked_in_one_go_and_not_judged_again(
    grader: Grader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[str] = []
    live: list[object] = []
    run_check, request = CheckSession._run_check, ForkedGuest.request

    def run_and_note(session: CheckSession, item: pytest.Item, following: pytest.Item | None) -> None:
        ran.append(item.name)
        run_check(session, item, following)

    def ask_and_note(guest: ForkedGuest, message: Mapping[str, Any], *more: Any) -> Any:
        live.extend([message] if message["op"] == "call" else [])
        return request(guest, message, *more)

    monkeypatch.setattr(CheckSession, "_run_check", run_and_note)
    monkeypatch.setattr(ForkedGuest, "request", ask_and_note)
    assert graded(grader, tmp_path, SOLUTION + "\n# the same").score == grader.assignment.max_score
    assert ran == ["test_prints"]  # as it also looks at what was printed
    assert len(live) == 1


@pytest.mark.parametrize(
    "code",
    [
        "def f(x):\n    return x * 3",
        "def f(x):\n    return x * 2 if x != 2.5 else 1 / 0",
        "def f(x):\n    return x * 2 + 1e-9",
        "calls = 0\ndef f(x):\n    global calls\n    calls += 1\n    return x * 2 + (calls > 5)",
        "def f(x):\n    import os\n    if isinstance(x, float) and x == -4.0: os._exit(3)\n    return x * 2",
        "def f(x):\n    return 'nothing'",
        "f = 5",
        "def f(x):\n    print(x)\n    return x * 2",
    ],
    ids=["wrong", "raises once", "nearly the same", "counts", "leaves at the third", "a text", "no function", "prints"],
)
@pytest.mark.parametrize("box", ["right", "wrong"])
def test_marks_and_words_are_those_of_who_is_asked_one_thing_after_another(
    grader: Grader, tmp_path: Path, code: str, box: str
) -> None:
    counting = SOLUTION[SOLUTION.index("class Box") :].replace("+= 1", "+= 1" if box == "right" else "+= 2")
    whole = f"import torch\n{code}\n{counting}"
    with Grader(grader.assignment, grader.sandbox, show_cells=False) as alone:
        expected = graded(alone, tmp_path, whole)
    found = graded(grader, tmp_path, whole)
    assert found.score == expected.score
    assert found.outcome == expected.outcome
    for mine, theirs in zip(found.exercises[0].checks, expected.exercises[0].checks, strict=True):
        assert (mine.verdict, mine.message) == (theirs.verdict, theirs.message), mine.id


def test_answers_that_are_kept_are_those_of_who_is_asked_one_thing_after_another(
    grader: Grader, tmp_path: Path
) -> None:
    path = write_notebook(tmp_path / "handed-in.ipynb", notebook_of(grader.assignment, {"f": SOLUTION}))

    def kept(asking: Grader) -> dict[str, Chain]:
        (runs,) = (asking.grade(path, "student-001").answers or {}).values()
        return {each.check: each for each in runs[""].chains}

    with Grader(grader.assignment, grader.sandbox, show_cells=False, keep_answers=True) as alone:
        expected = kept(alone)
    assert len(expected) == len(grader.session.checks["f"])
    assert kept(grader) == expected


def test_who_looks_into_the_wire_finds_no_hidden_input_while_a_public_check_asks(
    grader: Grader, tmp_path: Path
) -> None:
    """Whatever such a check says of its answer may hold values."""
    peek = (
        "import os, socket, torch\n"
        "def _is_open(n):\n"
        "    try:\n        os.fstat(n)\n        return True\n    except OSError:\n        return False\n"
        "wire = socket.socket(fileno=next(n for n in range(3, 64) if _is_open(n)))\n"
        "def f(x):\n"
        "    if not torch.is_tensor(x) and x == 7.0:\n"
        "        try:\n            waiting = wire.recv(60_000, socket.MSG_PEEK | socket.MSG_DONTWAIT)\n"
        "        except BlockingIOError:\n            waiting = b''\n"
        "        raise ValueError('nothing there' if b'987' + b'65' not in waiting else waiting)\n"
        "    return x * 2\n"
    )
    report = graded(grader, tmp_path, peek + SOLUTION[SOLUTION.index("class Box") :])
    said = " ".join(each.message for each in report.exercises[0].checks)
    assert "nothing there" in said
    assert "98765" not in said


@pytest.mark.parametrize(
    ("code", "sent"),
    [("x * 2", 3.0), ("x * 2 + 1e-6", 3.0 + 1e-6), ("x * 3", None)],
    ids=["as before", "nearly", "wrong"],
)
def test_what_is_sent_on_is_the_notebooks_own_answer_and_no_other(
    grader: Grader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str, sent: float | None
) -> None:
    """A check that was right before is gone through without being run: never further than this notebook was right."""
    told: list[float] = []
    send = Prompt.send_next

    def send_and_note(prompt: Prompt) -> None:
        tensors = prompt.script.requests[prompt.sent][1].values()
        told.extend(number for each in tensors for number in each.flatten().tolist() if number != 1.5)
        send(prompt)

    monkeypatch.setattr(Prompt, "send_next", send_and_note)
    graded(grader, tmp_path, SOLUTION.replace("x * 2", code))
    assert told == pytest.approx([] if sent is None else [sent], rel=1e-7)


def test_a_guest_that_is_asked_a_hidden_input_without_the_check_is_known_to_know_it(
    grader: Grader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[bool] = []
    ask_more = Ahead.ask_more

    def ask_and_note(
        ahead: Ahead, run: NotebookRun, message: Mapping[str, Any], tensors: Any, hidden: bool, times: Any
    ) -> bytes | None:
        if "4321.0" in str(message["args"]):
            asked.append(hidden)
        return ask_more(ahead, run, message, tensors, hidden, times)

    monkeypatch.setattr(Ahead, "ask_more", ask_and_note)
    graded(grader, tmp_path, SOLUTION)
    assert asked == [True]


def test_a_check_that_also_looks_at_what_was_printed_is_run_each_time(grader: Grader, tmp_path: Path) -> None:
    verdicts = [
        {each.id.rpartition("::")[2]: each.verdict for each in graded(grader, tmp_path, code).exercises[0].checks}
        for code in (SOLUTION, SOLUTION.replace("hello", "good bye"), SOLUTION)
    ]
    assert [each["test_prints"] for each in verdicts] == ["passed", "failed", "passed"]
    assert {each["test_asks_the_same_whatever_comes_back"] for each in verdicts} == {"passed"}


def test_pytest_keeps_what_the_check_needs_that_runs_next(grader: Grader, tmp_path: Path) -> None:
    """Checks in between are left out, at other places each time."""
    for code in (SOLUTION, SOLUTION.replace("x * 2", "x * 4"), SOLUTION):
        assert not graded(grader, tmp_path, code).staff
