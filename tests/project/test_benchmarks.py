"""The benchmarks run, small, and their figures are of what they say. Whether they are good, `make bench` tells."""

from __future__ import annotations

import itertools
import json
import pickle
import random
import shutil
import subprocess
import sys
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from helpers import QUICK, ROOT
from helpers import run as run_warm

sys.path.insert(0, str(ROOT))

from autograder.batch import dask_worker
from autograder.batch.packed import PackedSubmission
from autograder.batch.pool import result_of
from autograder.judge.naming import Namer
from autograder.judge.unjudged import fault
from autograder.report.report import Status
from autograder.sandbox.server import ForkServer
from benchmarks import (
    bare,
    class_report,
    course,
    dry_run,
    feedback,
    machine,
    made_up_worker,
    measuring,
    naming,
    peers,
    simulation,
    timing,
)
from benchmarks.__main__ import main
from benchmarks.bare import Costs, measure_costs
from benchmarks.course import make_course, student, the_assignment
from benchmarks.measuring import Found
from benchmarks.targets import profile, targets
from benchmarks.timing import Measured, Stopwatch, measure, run


@pytest.fixture(autouse=True)
def _what_is_not_timed_is_quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Assignments are released by an nbgrader that has been imported before."""

    def release(folder: Path, *command: str) -> None:
        done = run_warm(*command, cwd=folder)
        assert done.returncode == 0, done.stderr

    monkeypatch.setattr(course, "run", release)
    monkeypatch.setenv("PYTHONPATH", str(QUICK))


def test_graders_are_timed_whole_on_the_same_submission_and_give_marks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: ForkServer
) -> None:
    monkeypatch.setattr(Namer, "traces", lambda *_: {})  # known mistakes, which nobody makes here, and which take long
    monkeypatch.setattr(bare, "ForkServer", lambda: nullcontext(server))
    monkeypatch.setattr(timing, "_SAMPLE_EVERY_SECONDS", 0.05)  # one submission is soon done
    rows = [peers.grade_ours(tmp_path / "ours", 1, look=True), peers.grade_stock(tmp_path / "stock", 1)]
    assert [(row.grader, row.submissions) for row in rows] == [(peers.OURS, 1), (peers.STOCK, 1)]
    with Stopwatch() as importing:
        subprocess.run([sys.executable, "-c", "import torch"], check=True)
    for row in rows:
        # Each of them imports PyTorch at least once, and two processors can't do more than twice the wall time.
        assert row.cpu_seconds > 0.8 * importing.cpu_seconds
        assert row.cpu_seconds < 2.5 * row.wall_seconds * machine.cores() / 2
    assert rows[0].memory_bytes > 50_000_000
    costs = measure_costs(tmp_path / "ours", 1)
    assert 0.2 * costs.guest_cpu_seconds < costs.bare_cpu_seconds < costs.guest_cpu_seconds
    assert 1_000_000 < costs.guest_memory_bytes < 1_000_000_000
    assert costs.guests >= 1


def test_what_a_grader_shares_with_its_workers_is_no_ones_own_whenever_it_is_looked_at(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(timing, "_SAMPLE_EVERY_SECONDS", 0.05)
    grader = "import os, time; held = b'x' * 200_000_000; time.sleep(0.5)"
    worker = "; pid = os.fork(); time.sleep(0.5); os.waitpid(pid, 0) if pid else os._exit(0); time.sleep(0.5)"
    alone = measure("ours", tmp_path, 1, "python", "-c", grader, look=True)
    shared = measure("ours", tmp_path, 1, "python", "-c", grader + worker, look=True)
    assert shared.memory_bytes < 100_000_000 < 200_000_000 < alone.memory_bytes


def test_all_is_measured_shown_and_written(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def timed(grader: str, seconds: float, *at_first: float) -> Any:
        """At first it takes other times, one after another."""
        times = itertools.chain(at_first, itertools.repeat(seconds))

        def grade(_: Path, submissions: int, **__: Any) -> Measured:
            each = next(times)
            return Measured(grader, submissions, each * submissions, each, 60 << 20)

        return grade

    # Before and after the others it takes 2 s in the mean.
    monkeypatch.setattr(peers, "grade_ours", timed(peers.OURS, 2.0, 1.0, 3.0))
    for name, grader, seconds in (
        ("grade_with_pictures", peers.PICTURES, 3.0),
        ("grade_stock", peers.STOCK, 9.0),
    ):
        monkeypatch.setattr(peers, name, timed(grader, seconds))
    monkeypatch.setattr(peers, "grade_audited", lambda scratch: timed(peers.AUDITED, 1.5))
    monkeypatch.setattr(measuring, "measure", lambda grader, folder, count, *_: Measured(grader, count, 1.0, 1.0))
    monkeypatch.setattr(measuring, "make_course", lambda folder, count: folder)
    monkeypatch.setattr(measuring, "measure_costs", lambda *_: Costs(0.1, 0.2, 0.1, 0.01, 90_000_000, 1.5))
    monkeypatch.setattr(measuring, "_cold_ratio", lambda course: 2.5)
    main(["--quick", "--json", str(tmp_path / "found.json"), "--picture", str(tmp_path / "speed.svg")])
    told = json.loads((tmp_path / "found.json").read_text())
    [rows] = told["found"]["rounds"]
    assert [row["grader"] for row in rows] == [peers.OURS, peers.AUDITED, peers.PICTURES, peers.STOCK]
    assert [row["submissions"] for row in told["found"]["sizes"]] == [1, 2]
    assert told["found"]["again"]["wall_seconds"] == 1.0
    assert told["machine"]["cores"] >= 1
    assert told["versions"]["torch"]
    assert len(told["targets"]) == 11
    assert (tmp_path / "speed.svg").read_text().startswith("<?xml")
    assert "4.5" in capsys.readouterr().out, "stock's wall time in times of ours"


def test_what_an_audit_found_is_in_the_course_that_is_graded_after_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def made_and_graded(folder: Path, *command: str) -> None:
        assert command[:2] in (("nbgrader", "generate_assignment"), ("autograder", "audit"))
        if command[0] == "autograder":
            (folder / "autograded" / ".mended").mkdir(parents=True)
            (folder / "autograded" / ".mended" / f"{course.NAME}.jsonl").write_text("found")

    def timed(grader: str, folder: Path, submissions: int, *_: Any, **__: Any) -> Measured:
        assert (folder / "autograded" / ".mended" / f"{course.NAME}.jsonl").read_text() == "found"
        return Measured(grader, submissions, 1.0, 1.0)

    monkeypatch.setattr(course, "run", made_and_graded)
    monkeypatch.setattr(peers, "measure", timed)
    monkeypatch.setattr(peers, "expect_marks", lambda *_: None)
    assert peers.grade_audited(tmp_path / "audit")(tmp_path / "course", 1).grader == peers.AUDITED


@pytest.mark.slow
def test_a_grader_that_gives_no_marks_stops_the_benchmark(tmp_path: Path) -> None:
    make_course(tmp_path / "course", 1)
    with pytest.raises(RuntimeError, match="failed with exit code 1"):
        measure("nobody", tmp_path / "course", 1, "autograder", "grade", "no-such-assignment")
    run(tmp_path, "true")
    with pytest.raises(RuntimeError, match="`false` failed with exit code 1"):
        run(tmp_path, "false")
    url = f"sqlite:///{tmp_path}/empty.db"
    with pytest.raises(RuntimeError, match=f"{student(0)} has None of None points"):
        peers.expect_marks(url, "nobody", 1)


def test_ratios_are_taken_within_a_round_and_targets_know_their_side() -> None:
    def round_of(ours: float, stock: float) -> list[Measured]:
        audited = Measured(peers.AUDITED, 10, ours / 2, ours)
        return [Measured(peers.OURS, 10, ours, 2 * ours), audited, Measured(peers.STOCK, 2, stock, stock)]

    sizes = [
        Measured(peers.OURS, 1, 4, 5, 100),
        Measured(peers.OURS, 10, 8, 12, 100),
        Measured(peers.OURS, 99, 90, 9, 104),
    ]
    found = Found(
        [round_of(4, 16), round_of(8, 24), round_of(2, 12)],
        sizes,
        Measured(peers.OURS, 99, 3.5, 3),
        [2.0, 9.0, 2.5],
        Costs(0.1, 0.2, 0.1, 0.01, 90_000_000, 1.5),
        [],
    )
    assert found.ratio(peers.STOCK, lambda row: row.wall_seconds_each) == 20
    assert found.ratio(peers.STOCK, lambda row: row.wall_seconds_each, peers.AUDITED) == 40
    verdicts = {
        each.title.removeprefix("the same, ").split(",")[0]: (round(each.measured, 3), each.met)
        for each in targets(found)
    }
    assert verdicts == {
        "wall time of stock nbgrader": (20, False),
        "processor time of stock nbgrader": (10, False),
        "after an audit: wall": (40, True),
        "after an audit: processor": (20, True),
        "our processor time": (8, False),
        "private memory of a guest": (90, False),
        "the grader's memory at 99": (1.04, True),
        "throughput at 99": (0.44, False),
        "99 submissions": (0.909, False),
        "99 again": (3.5, False),
        "one notebook from cold": (2.5, False),
    }
    assert sum(milliseconds for _, milliseconds in profile(found)) == pytest.approx(1000 * found.ours.cpu_seconds_each)


def test_a_class_for_naming_has_right_answers_single_mistakes_and_pairs_and_no_two_texts_alike() -> None:
    lab = the_assignment()
    answers = naming.make_class(lab, 40)
    assert answers == naming.make_class(lab, 40)
    assert answers != naming.make_class(lab, 40, seed=2)
    trains = [own["train"] for own in answers]
    assert len(set(trains)) > 30
    assert all(set(own) == {each.name for each in lab.exercises} for own in answers)


def test_renaming_changes_own_variables_and_nothing_else() -> None:
    code = "def f(x, lr=2):\n    total = g\n    for each in x:\n        total = total + lr * each\n    return total\n"
    texts = {naming.renamed(code, random.Random(number)) for number in range(5)}
    assert len(texts) == 5
    for text in texts:
        space: dict[str, Any] = {"g": 1}
        exec(text, space)
        assert space["f"]([1, 2], lr=3) == 10
        assert "total" not in text


def test_naming_is_reported_in_times_of_the_run_beside_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seconds = iter([10.0, 12.0, 26.0, 20.0, 10.0, 14.0])
    order = []

    def graded(folder: Path, answers: Any, assignment: Any, *, mend: bool) -> naming.Row:
        order.append(mend)
        return naming.Row(Measured(str(mend), 2, wall := next(seconds), 2 * wall), 4, 3 if mend else 1)

    monkeypatch.setattr(naming, "graded", graded)
    naming.main(["--submissions", "2", "--json", str(tmp_path / "found.json")])
    assert order == [False, True, True, False, False, True]
    found = json.loads((tmp_path / "found.json").read_text())
    assert (found["wall_ratio"], found["cpu_ratio"], len(found["pairs"])) == (1.3, 1.3, 3)
    said = capsys.readouterr().out
    assert "1.30 of wall time" in said
    assert "3 of 4 wrong exercises named" in said


def test_pages_are_timed_beside_grading_and_stock_nbgrader_on_the_same_class(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seconds = {feedback.GRADE: 40.0, feedback.OURS: 2.0, feedback.CONNECTED: 5.0, feedback.STOCK: 20.0}
    asked = []

    def measured(grader: str, folder: Path, submissions: int, *command: str) -> Measured:
        asked.append((grader, command[0]))
        if grader != feedback.GRADE:
            page = folder / "feedback" / "student" / feedback.NAME / f"{feedback.NAME}.html"
            page.parent.mkdir(parents=True, exist_ok=True)
            page.touch()
        return Measured(grader, submissions, seconds[grader], 2 * seconds[grader])

    def made(folder: Path, submissions: int) -> Path:
        folder.mkdir()
        return folder

    monkeypatch.setattr(feedback, "measure", measured)
    monkeypatch.setattr(feedback, "make_course", made)
    feedback.main(["--submissions", "1", "--rounds", "2", "--json", str(tmp_path / "found.json")])
    assert asked[0] == (feedback.GRADE, "autograder")
    assert asked[1:4] == asked[4:]
    ratios = json.loads((tmp_path / "found.json").read_text())["ratios"]
    assert ratios["autograder feedback / autograder grade"]["wall"] == 0.05
    assert ratios["nbgrader generate_feedback, connected / nbgrader generate_feedback"]["cpu"] == 0.25
    assert "pages take at most 0.1 of grading: met" in capsys.readouterr().out
    with pytest.raises(RuntimeError, match="has 1 pages for 2 students"):
        feedback.find_out(tmp_path, 2, 1)


def test_a_large_class_is_simulated_small_through_the_real_scheduling_and_the_real_gradebook(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    result = result_of(fault(the_assignment(), "somebody", ""))
    result = replace(result, report=replace(result.report, status=Status.GRADED))
    monkeypatch.setattr(simulation, "grade_samples", lambda _: [result])
    figures = tmp_path / "found.json"
    options = ["--submissions", "30", "--workers", "7", "--seconds-each", "0.02", "--json", str(figures)]
    simulation.main(options)
    told = json.loads(figures.read_text())
    found = told["found"]
    assert (told["pool"], told["workers"]) == ("here", 7)
    assert [each["done"] for each in found["stretches"]] == [30]
    assert found["stretches"][0]["submissions"] == 29
    assert 0 < found["again"]["coordinator_seconds"] < found["first"]["coordinator_seconds"] + 5
    assert found["stages"]["gradebook"] > 0
    assert "The coordinator took " in capsys.readouterr().out
    assert simulation.marks(7000) == [1000, 2000, 5000, 7000]


def test_a_made_up_worker_of_a_cluster_gives_everybody_a_result_of_the_true_size(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    result = result_of(fault(the_assignment(), "somebody", ""))
    (tmp_path / "results").write_bytes(pickle.dumps([pickle.dumps(result)]))
    monkeypatch.setattr(dask_worker, "grade_packed", None)
    assert made_up_worker.dask_setup.callback is not None
    made_up_worker.dask_setup.callback(None, str(tmp_path / "results"), "0.001")
    made = dask_worker.grade_packed(None, PackedSubmission("student-001", ()))
    assert made == replace(result, report=replace(result.report, student="student-001"))


def test_a_class_report_is_timed_as_a_whole_command(tmp_path: Path) -> None:
    class_report.make_course(tmp_path, 4)
    wall_seconds, cpu_seconds = class_report.time_once(tmp_path, "csv")
    assert wall_seconds > 0.05
    assert cpu_seconds > 0.05


@pytest.mark.parametrize("title", dry_run.CHANGES)
def test_each_change_of_a_check_that_a_dry_run_is_timed_with_still_changes_the_lab_s(
    title: str, tmp_path: Path
) -> None:
    hidden = tmp_path / "tests" / "hidden"
    shutil.copytree(ROOT / "tests" / "hidden", hidden)
    before = {path: path.read_text() for path in hidden.rglob("*.py")}
    dry_run.change_checks(tmp_path, dry_run.CHANGES[title])
    changed = [path for path, text in before.items() if path.read_text() != text]
    assert len(changed) == 1
    compile(changed[0].read_text(), str(changed[0]), "exec")


def test_the_pages_say_what_the_last_run_measured() -> None:
    record = json.loads((ROOT / "benchmarks" / "results.json").read_text(encoding="utf-8"))
    measured = record["found"]
    rounds = [[Measured(**row) for row in rows] for rows in measured["rounds"]]
    sizes = [Measured(**row) for row in measured["sizes"]]
    costs, again = Costs(**measured["costs"]), Measured(**measured["again"])
    found = Found(rounds, sizes, again, measured["cold_ratios"], costs, measured["notes"])
    wall_times = found.ratio(peers.STOCK, lambda row: row.wall_seconds_each)
    cpu_times = found.ratio(peers.STOCK, lambda row: row.cpu_seconds_each)
    readme = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
    assert f"100 submissions take {found.ours.wall_seconds_each:.2f} s each" in readme
    assert f"took {wall_times:.0f} times as long and {cpu_times:.0f} times the processor time" in readme
    page = (ROOT / "docs" / "speed.md").read_text(encoding="utf-8")
    for row in found.peers:
        assert f"| {row.submissions} | {row.wall_seconds_each:.2g} s | {row.cpu_seconds_each:.2g} s |" in page
    verdicts = [line.split(" | ")[2] for line in page.splitlines() if line.endswith((" met |", " **not met** |"))]
    assert verdicts == ["met |" if each.met else "**not met** |" for each in targets(found)]
    assert all(f"| {round(milliseconds)} |" in page for _, milliseconds in profile(found))
