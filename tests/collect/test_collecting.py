"""Each hand-in is there whole or not at all, whatever is wrong with another one, and whenever collecting ends."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from exchanges import everything_in
from filelock import FileLock

from autograder.collect.collected_words import tell
from autograder.collect.collecting import (
    Became,
    Collected,
    Filled,
    Found,
    HandIn,
    Target,
    collect,
    newer,
    opened_scratch,
)
from autograder.collect.copying import ChangingError
from autograder.course.errors import CourseError
from autograder.gradebook.plain_files import NotPlainError

AT = datetime(2026, 3, 1, 10)
LATER = AT + timedelta(days=1)


def hand_in(student: str, text: str = "{}", at: datetime | None = AT, **files: str) -> HandIn:
    def fill(folder: Path) -> Filled:
        for name, content in {"tiny.ipynb": text, **files}.items():
            (folder / name).write_text(content)
        return Filled(f"{at} UTC" if at else "", at)

    return HandIn(student, at, fill)


def raising(student: str, error: Exception) -> HandIn:
    def fill(folder: Path) -> Filled:
        (folder / "half").write_text("")
        raise error

    return HandIn(student, AT, fill)


@pytest.fixture
def submitted(tmp_path: Path) -> Path:
    return tmp_path / "submitted"


@pytest.fixture
def collect_all(submitted: Path, tmp_path: Path) -> Callable[..., dict[str, Collected]]:
    def collect_all(*hand_ins: HandIn, **target: Any) -> dict[str, Collected]:
        with opened_scratch(submitted, tmp_path / "lock") as scratch:
            found = list(collect(hand_ins, replace(Target(submitted, "tiny"), **target), scratch))
        return {each.student: each for each in found}

    return collect_all


def test_what_is_wrong_with_one_leaves_the_others_collected(collect_all: Any, submitted: Path) -> None:
    submitted.mkdir()
    (submitted / "linked").symlink_to("elsewhere")
    (submitted / "taken").mkdir()
    (submitted / "taken" / "tiny").write_text("a file")
    bad = ["..", ".hidden", "", " space", "x" * 129, "é" * 128, "a/b", "new\nline", "\udcff"]
    done = collect_all(
        hand_in("first"),
        raising("links", NotPlainError("is a link")),
        raising("changing", ChangingError()),
        *map(hand_in, bad),
        hand_in("linked"),
        hand_in("taken"),
        hand_in("last"),
    )
    assert {each for each in done if done[each].became is Became.NEW} == {"first", "last"}
    assert done["links"].why == "is a link"
    assert "collect again" in done["changing"].why
    assert {done[each].why for each in bad} == {"can't be a student's id"}
    assert all("move it away" in done[each].why for each in ("linked", "taken"))
    assert sorted(os.listdir(submitted)) == ["first", "last", "linked", "taken"]


def test_what_changes_is_read_again(collect_all: Any, submitted: Path) -> None:
    tries = []

    def fill(folder: Path) -> Filled:
        tries.append(os.listdir(folder))
        (folder / "half").write_text("")
        if len(tries) < 3:
            raise ChangingError
        return Filled()

    assert collect_all(HandIn("uno", AT, fill))["uno"].became is Became.NEW
    assert tries == [[], [], []]


def test_what_was_collected_stays_until_a_newer_one_is_asked_for(collect_all: Any, submitted: Path) -> None:
    collect_all(hand_in("uno", "old", notes="gone later"))
    assert collect_all(hand_in("uno", "new", LATER))["uno"].became is Became.KEPT
    assert collect_all(hand_in("uno", "same"), replaces=newer)["uno"].became is Became.KEPT
    assert everything_in(submitted)["uno/tiny/tiny.ipynb"] == "old"
    assert collect_all(hand_in("uno", "new", LATER), replaces=newer)["uno"].became is Became.UPDATED
    texts = {"uno/tiny/tiny.ipynb": "new", "uno/tiny/timestamp.txt": "2026-03-02 10:00:00 UTC"}
    assert everything_in(submitted) == texts
    assert collect_all(hand_in("uno", "old"), replaces=newer)["uno"].became is Became.KEPT
    assert collect_all(raising("uno", NotPlainError("is a link")), replaces=lambda new, old: True)["uno"].why
    assert everything_in(submitted) == texts
    assert collect_all(hand_in("uno", "no time", None), replaces=newer)["uno"].became is Became.UPDATED


def test_a_student_s_own_timestamp_says_nothing(collect_all: Any, submitted: Path) -> None:
    def folder_for_a_file(folder: Path) -> Filled:
        (folder / "timestamp.txt" / "deep").mkdir(parents=True)
        return Filled("2026-03-01 10:00:00 UTC", AT)

    collect_all(
        hand_in("uno", **{"timestamp.txt": "1999"}),
        hand_in("due", at=None, **{"timestamp.txt": "1999"}),
        HandIn("tre", AT, folder_for_a_file),
    )
    texts = everything_in(submitted)
    assert texts["uno/tiny/timestamp.txt"] == texts["tre/tiny/timestamp.txt"] == "2026-03-01 10:00:00 UTC"
    assert "due/tiny/timestamp.txt" not in texts


@pytest.mark.parametrize("moment", range(8))
def test_whenever_it_is_interrupted_nothing_is_half_and_the_next_run_ends_the_same(
    moment: int, collect_all: Any, submitted: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        """What no `except` of ours sees."""

    collect_all(hand_in("uno", "old"))
    steps = 0

    def counted(real: Any) -> Any:
        def step(*given: Any, **more: Any) -> Any:
            nonlocal steps
            steps += 1
            if steps > moment:
                raise Killed
            return real(*given, **more)

        return step

    again = [hand_in("due", "first"), hand_in("uno", "new", LATER)]
    with monkeypatch.context() as patch:
        for name in ("rename", "mkdir", "iterdir"):  # what moves things, and what clears up
            patch.setattr(Path, name, counted(getattr(Path, name)))
        with pytest.raises(Killed):
            collect_all(*again, replaces=newer)
    for student, texts in (("uno", {"old", "new"}), ("due", {"first"})):
        if (place := submitted / student / "tiny").exists():
            assert (place / "tiny.ipynb").read_text() in texts
            assert (place / "timestamp.txt").exists()
    collect_all()
    assert (submitted / "uno" / "tiny" / "tiny.ipynb").exists()
    collect_all(*again, replaces=newer)
    assert everything_in(submitted) == {
        "due/tiny/tiny.ipynb": "first",
        "due/tiny/timestamp.txt": "2026-03-01 10:00:00 UTC",
        "uno/tiny/tiny.ipynb": "new",
        "uno/tiny/timestamp.txt": "2026-03-02 10:00:00 UTC",
    }
    assert not (submitted / ".collecting").exists()


def test_a_second_collector_says_so(submitted: Path, tmp_path: Path) -> None:
    lock = FileLock(tmp_path / "lock")
    held, ended = threading.Event(), threading.Event()

    def hold() -> None:
        with lock:
            held.set()
            ended.wait(10)

    other = threading.Thread(target=hold)
    other.start()
    held.wait(10)
    try:
        with (
            pytest.raises(CourseError, match="Somebody else is collecting"),
            opened_scratch(submitted, tmp_path / "lock"),
        ):
            pass
    finally:
        ended.set()
        other.join()


def test_a_full_disk_is_a_sentence_and_what_was_collected_stays(collect_all: Any, submitted: Path) -> None:
    with pytest.raises(CourseError, match="No space left"):
        collect_all(hand_in("uno"), raising("due", OSError(28, "No space left on device")), hand_in("tre"))
    assert os.listdir(submitted) == ["uno"]


def test_a_group_may_change_what_is_shared(collect_all: Any, submitted: Path) -> None:
    collect_all(hand_in("uno"), group_shared=True)
    assert (submitted / "uno" / "tiny").stat().st_mode & 0o7777 == 0o2770
    assert (submitted / "uno" / "tiny" / "tiny.ipynb").stat().st_mode & 0o777 == 0o660


def came(student: str, changed: datetime, *left_out: str) -> Collected:
    filled = Filled("", AT, tuple((each, "is a link") for each in left_out), (), changed)
    return Collected(student, Became.NEW, AT, "", filled)


def test_a_time_that_the_kernel_contradicts_is_told_unless_it_does_so_for_most() -> None:
    soon = AT + timedelta(minutes=5)
    told = tell(Found(()), [*(came(f"{number}", soon) for number in range(5)), came("forger", LATER)], "")
    assert told.looks == (
        (
            "forger",
            "it says 2026-03-01 10:00 UTC, which counts; but something of it was changed at 2026-03-02 10:00 UTC.",
        ),
    )
    told = tell(Found(()), [came(f"{number}", LATER) for number in range(5)], "")
    assert told.looks == ()
    assert "5 of 5 folders were changed long after their time" in told.sentences[0]


def test_a_contradicted_time_is_told_until_staff_have_set_another_one(collect_all: Any, submitted: Path) -> None:
    forged = replace(hand_in("forger"), changed_at=LATER)
    collect_all(forged)

    def looks() -> list[str]:
        return [student for student, _ in tell(Found(()), list(collect_all(forged).values()), "").looks]

    assert looks() == ["forger"]
    (submitted / "forger" / "tiny" / "timestamp.txt").write_text(f"{LATER} UTC")
    assert looks() == []


def test_nobody_hides_others_among_their_own_rows() -> None:
    many = came("many", AT, *map(str, range(200)))
    rows = tell(Found((), (("", "bad.zip", "can't be read"),)), [many, came("one", AT, "x")], "").left_out
    assert [row[0] for row in rows] == ["", *["many"] * 6, "one"]
    assert rows[6] == ("many", "195 more", "for reasons like these")


def test_what_it_came_to_is_one_sentence() -> None:
    def sentence(*became: Became) -> Iterator[str]:
        yield tell(Found(()), [Collected("x", each) for each in became], "--update").sentences[-1]

    assert [*sentence()] == ["There is nothing to collect."]
    assert [*sentence(Became.NEW, Became.KEPT, Became.LEFT_OUT)] == [
        "Collected the work of 1 of 3 students: 1 new, 1 collected before (--update takes newer ones), 1 left out."
    ]
    found = Found((), (("uno", "a", "is a link"), ("uno", "b", "is a link"), ("", "bad.zip", "is damaged")))
    assert tell(found, [], "").sentences == ("Collected the work of 0 of 1 student: 1 left out.",)
