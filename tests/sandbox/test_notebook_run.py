"""A notebook in a guest that is started again: what runs again, what does not, and what is kept of it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import pytest
from fakes import FakeSandbox

from autograder.sandbox.cell_run import OutputsLeft, RunCell
from autograder.sandbox.limits import Limits
from autograder.sandbox.notebook_run import NotebookRun
from autograder.sandbox.outcome import Cause, GuestStopped, Outcome, ServerGone, Stop
from autograder.sandbox.showing import show

TOO_SLOW = Stop(Outcome.TIMED_OUT, Cause.TOO_SLOW, 1.0)
CALL = {"op": "call", "name": "f", "args": {"t": "list", "v": []}, "kwargs": {"t": "dict", "v": []}}
CALL |= {"seed": 0, "backward": False}


def cells(*sources: str, show: bool = False) -> tuple[RunCell, ...]:
    return tuple(RunCell(f"cell {number}", source, None, number, show) for number, source in enumerate(sources))


def stops_at(*sources: str) -> Any:
    def before(message: Mapping[str, Any]) -> None:
        if message.get("source") in sources:
            raise GuestStopped(TOO_SLOW)

    return before


def sources_run(fake: FakeSandbox) -> list[list[str]]:
    return [[each["source"] for each in guest.requests if each["op"] == "cell"] for guest in fake.guests]


def test_a_cell_that_stops_the_guest_is_left_out_of_the_next_one() -> None:
    fake = FakeSandbox(before=stops_at("endless"))
    with NotebookRun(fake, cells("a = 1", "endless", "b = 2")) as run:
        run.guest()
        assert sources_run(fake) == [["a = 1", "endless"], ["a = 1", "b = 2"]]
        assert [run.runs[position].outcome for position in range(3)] == ["ok", "timed_out", "ok"]
        assert run.runs[1].stop == TOO_SLOW
        assert run.generation == 2
        assert run.stops == [Outcome.TIMED_OUT]
    assert all(guest.closed for guest in fake.guests)


def test_a_guest_that_a_fault_of_ours_closed_is_not_asked_again() -> None:
    def faulty(message: Mapping[str, Any]) -> None:
        if message["op"] == "call" and len(fake.guests) == 1:
            raise ValueError("40 is not a valid Signals")

    fake = FakeSandbox(before=faulty)
    with NotebookRun(fake, cells("def f(): return 3"), {"f": "f"}) as run:
        with pytest.raises(ValueError, match="40"):
            run.request(CALL, {})
        assert run.request(CALL, {})[0]["value"] == 3
        assert [guest.closed for guest in fake.guests] == [True, False]


def test_a_call_after_a_stop_finds_the_notebook_run_again() -> None:
    fake = FakeSandbox()
    with NotebookRun(fake, cells("def f(): return 3"), {"f": "f"}) as run:
        assert run.request(CALL, {})[0]["value"] == 3
        run.tainted = True
        run.stop()
        assert run.request(CALL, {})[0]["value"] == 3
        assert not run.tainted
        assert sources_run(fake) == [["def f(): return 3"]] * 2


def test_redefining_takes_the_old_names_away() -> None:
    fake = FakeSandbox()
    with NotebookRun(fake, cells("def f(): return 3"), {"f": "f"}) as run:
        run.redefine("f", ["f"], "g = 1")
        assert run.request(CALL, {})[0]["missing"] == "NoneType"


def test_what_was_lost_to_stops_shortens_the_patience_with_the_next() -> None:
    limits = Limits(call_wall_seconds=5, patience_wall_seconds=0.25, lost_wall_seconds=1)
    fake = FakeSandbox(limits)
    with NotebookRun(fake, cells("def f(): return 3"), {"f": "f"}, lost_seconds=0.5) as run:
        run.request(CALL, {})
        run.lost_seconds = 1.5
        run.request(CALL, {})
    assert fake.guests[0].wall_seconds[-2:] == [5, 0.25]


def test_nothing_runs_after_the_deadline() -> None:
    fake = FakeSandbox()
    run = NotebookRun(fake, cells("a = 1"), deadline=time.monotonic() - 1)
    with pytest.raises(GuestStopped) as caught:
        run.guest()
    assert caught.value.stop == Stop(Outcome.TIMED_OUT, Cause.TIME_USED_UP, fake.limits.submission_wall_seconds)
    assert not fake.guests


def test_a_server_that_is_gone_is_noted_as_checks_only_see_an_error() -> None:
    def before(message: Mapping[str, Any]) -> None:
        raise ServerGone("gone")

    run = NotebookRun(FakeSandbox(before=before), cells("a = 1"))
    with pytest.raises(ServerGone):
        run.guest()
    assert run.server_gone


SHOWING = (*cells("a = 1"), RunCell("show", "print(a)", None, 1, show=True))


def test_cells_that_show_things_run_before_anything_hidden_is_known_and_their_guest_ends() -> None:
    fake = FakeSandbox()
    run = NotebookRun(fake, SHOWING)
    show(run)
    run.guest()
    assert sources_run(fake) == [["a = 1", "print(a)"], ["a = 1"]]
    assert run.runs[1].outputs[0]["text"] == "1\n"


def test_no_cell_shows_anything_once_a_guest_has_known_hidden_inputs() -> None:
    fake = FakeSandbox()
    run = NotebookRun(fake, (*cells("print('a')"), RunCell("show", "print(1)", None, 1, show=True)))
    run.guest()
    run.tainted = True
    run.stop()
    run.cells = (*run.cells, *cells("", "", "print('b')")[2:])
    run.guest()
    show(run)
    assert run.runs[0].outputs[0]["text"] == "a\n"
    assert run.runs[1].not_run
    assert (run.runs[2].outputs, run.runs[2].left_out) == ((), True)


def test_a_cell_that_stops_a_guest_later_on_shows_what_it_showed_before() -> None:
    """In which cell a guest ends could tell of inputs that the one before it knew."""
    broken: set[str] = set()

    def before(message: Mapping[str, Any]) -> None:
        if message.get("source") in broken:
            raise GuestStopped(TOO_SLOW)

    fake = FakeSandbox(before=before)
    run = NotebookRun(fake, cells("print('a')", "print('b')"))
    run.guest()
    run.tainted = True
    run.stop()
    broken.add("print('b')")
    run.guest()
    assert run.runs[1].outputs[0]["text"] == "b\n"
    assert run.lethal == {1}
    assert sources_run(fake)[-1] == ["print('a')"]


def test_a_second_run_shows_what_the_first_one_showed_if_that_knew_hidden_inputs() -> None:
    first, again, fresh = (NotebookRun(FakeSandbox(), SHOWING) for _ in range(3))
    show(first)
    fresh.go_on_from(first)
    first.guest()
    first.tainted = True
    again.go_on_from(first)
    show(again)
    again.guest()
    assert again.runs == first.runs
    assert not fresh.runs


def test_cells_that_show_things_cost_the_notebook_nothing() -> None:
    fake = FakeSandbox(before=stops_at("print(a)"))
    run = NotebookRun(fake, SHOWING, deadline=time.monotonic() + 60)
    left = run.deadline
    show(run)
    assert run.runs[1].stop is not None
    assert (run.lost_seconds, run.killed, run.stops) == (0.0, False, [])
    assert run.deadline > left


def test_they_do_not_run_where_something_had_to_be_stopped() -> None:
    fake = FakeSandbox(before=stops_at("endless"))
    run = NotebookRun(fake, (*cells("endless"), RunCell("show", "print(1)", None, 1, show=True)))
    run.guest()
    show(run)
    assert run.runs[1].not_run
    assert not run.runs[1].outputs


def test_outputs_of_a_whole_notebook_are_kept_up_to_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = FakeSandbox()
    run = NotebookRun(fake, cells("print(1)", "print(2)", "print(3)"), _outputs=OutputsLeft(2))
    run.guest()
    assert [len(run.runs[position].outputs) for position in range(3)] == [1, 1, 0]
    assert [run.runs[position].left_out for position in range(3)] == [False, False, True]


def test_what_is_asked_on_the_side_costs_nothing_and_leaves_no_trace() -> None:
    broken: set[str] = set()

    def before(message: Mapping[str, Any]) -> None:
        if message["op"] in broken:
            raise GuestStopped(TOO_SLOW, killed=True)

    fake = FakeSandbox(before=before)
    with NotebookRun(fake, cells("def f(): return 3"), {"f": "f"}, deadline=time.monotonic() + 5) as run:
        assert run.request(CALL, {})[0]["value"] == 3
        known = (run.lost_seconds, run.killed, list(run.stops), set(run.notes), dict(run.runs))
        deadline = run.deadline
        with run.on_the_side(60):
            assert run.request({"op": "cell", "source": "def f(): return 4", "label": "f", "names": ["f"]}, {})
            assert run.request(CALL, {})[0]["value"] == 4
            broken.update(("call", "cell"))
            with pytest.raises(GuestStopped):
                run.request(CALL, {})
            with pytest.raises(GuestStopped):
                run.request(CALL, {})
            assert run.stops
            time.sleep(0.05)
        broken.clear()
        assert (run.lost_seconds, run.killed, run.stops, run.notes, run.runs) == known
        assert deadline + 0.05 <= run.deadline < deadline + 5
        assert run.request(CALL, {})[0]["value"] == 3, "the notebook's own code again"


def test_nothing_runs_on_the_side_for_longer_than_it_may() -> None:
    run = NotebookRun(FakeSandbox(), cells("a = 1"))
    with run.on_the_side(0), pytest.raises(GuestStopped):
        run.guest()
    assert run.stops == []
    assert run.guest()


def test_a_guest_that_can_not_say_what_it_holds_costs_the_notebook_no_time_and_is_not_asked_again() -> None:
    asked = []

    def stop(message: Mapping[str, Any]) -> None:
        if message["op"] == "state":
            asked.append(message)
            time.sleep(0.05)
            raise GuestStopped(Stop(Outcome.TIMED_OUT, Cause.TOO_SLOW, 2.0))

    run = NotebookRun(FakeSandbox(before=stop), (), deadline=time.monotonic() + 100)
    before = run.deadline
    run.guest()
    assert run.state() is None
    assert run.deadline >= before + 0.05
    run.guest()
    assert run.state() is None
    assert len(asked) == 1
