"""`autograder collect --from git`: everybody whose repository can be read, only what is new, and times that count."""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest
from exchanges import everything_in
from helpers import make_course
from repositories import AT, Repository, Server, git, has_openssl, serving
from typer.testing import CliRunner, Result

from autograder.cli.exit_codes import BAD_INPUT, OK, USAGE
from autograder.cli.main import app
from autograder.collect import git_source
from autograder.collect.collect_from import FromGit, from_git
from autograder.collect.collecting import Became, Collected, Found
from autograder.collect.git_runs import GitLimits
from autograder.course.course import load_course
from autograder.gradebook.database import in_one_transaction
from autograder.gradebook.record import open_gradebook
from autograder.gradebook.timestamps import read_timestamp

MEMORY = ".autograder.git.tiny.json"
QUICK = GitLimits(wall_seconds=20, tries=2, pause_seconds=0.01)


@pytest.fixture
def course(tmp_path: Path) -> Path:
    return make_course(tmp_path / "course")


@pytest.fixture
def repositories(tmp_path: Path) -> dict[str, Repository]:
    """Three students'."""
    found = {student: Repository(tmp_path / f"{student}.git") for student in ("uno", "due", "tre")}
    for student, each in found.items():
        each.commit({"tiny.ipynb": f"of {student}"})
    return found


def roster_of(course: Path, addresses: dict[str, str | Path]) -> Path:
    path = course / "repositories.csv"
    path.write_text("id,clone_url\n" + "".join(f"{student},{each}\n" for student, each in addresses.items()))
    return path


def paths(repositories: dict[str, Repository]) -> dict[str, str | Path]:
    return {student: each.path for student, each in repositories.items()}


def collect(course: Path, roster: Path, *options: str) -> Result:
    command = ["collect", "tiny", "--course-dir", str(course), "--from", "git", "--roster", str(roster), *options]
    return CliRunner().invoke(app, command)


def collected(course: Path, roster: Path, **how: object) -> tuple[Found, dict[str, Collected]]:
    with from_git(load_course(course), "tiny", roster, (), FromGit(**{"limits": QUICK} | how)) as (found, collecting):  # type: ignore[arg-type]
        return found, {each.student: each for each in collecting}


def set_due(course: Path, due_at: datetime) -> None:
    with open_gradebook(load_course(course)) as gradebook:
        in_one_transaction(gradebook, lambda: gradebook.update_or_create_assignment("tiny", duedate=due_at))


def test_everybody_s_comes_with_a_time_that_late_policy_understands(
    course: Path, repositories: dict[str, Repository]
) -> None:
    repositories["uno"].commit({"tiny.ipynb": "new", "timestamp.txt": "2000-01-01 UTC"}, "2026-03-01T21:00:00+0900")
    result = collect(course, roster_of(course, paths(repositories)))
    assert result.exit_code == OK, result.output
    assert "Collected the work of 3 of 3 students: 3 new." in result.output
    texts = everything_in(course / "submitted")
    assert {name: text for name, text in texts.items() if name.endswith("ipynb")} == {
        "uno/tiny/tiny.ipynb": "new",
        "due/tiny/tiny.ipynb": "of due",
        "tre/tiny/tiny.ipynb": "of tre",
    }
    assert texts["uno/tiny/timestamp.txt"] == "2026-03-01 12:00:00 UTC"
    assert read_timestamp(course / "submitted" / "due" / "tiny").at == datetime(2026, 3, 1, 10)
    assert sorted(each.name for each in (course / "submitted").iterdir()) == ["due", "tre", "uno"]


def test_a_folder_of_the_assignment_s_name_counts_if_a_notebook_is_in_it(
    course: Path, repositories: dict[str, Repository]
) -> None:
    repositories["uno"].commit({"tiny/tiny.ipynb": "in it", "tiny/more/a.csv": "1", "tiny.ipynb": "beside it"})
    repositories["due"].commit({"tiny/notes.txt": "none", "tiny.ipynb": "beside it"})
    repositories["tre"].commit({"other/tiny.ipynb": "elsewhere"})
    collect(course, roster_of(course, paths(repositories)))
    texts = {name: text for name, text in everything_in(course / "submitted").items() if "timestamp" not in name}
    assert texts == {
        "uno/tiny/tiny.ipynb": "in it",
        "uno/tiny/more/a.csv": "1",
        "due/tiny/tiny/notes.txt": "none",
        "due/tiny/tiny.ipynb": "beside it",
        "tre/tiny/other/tiny.ipynb": "elsewhere",
    }


def test_one_that_can_not_be_read_is_a_row_and_an_exit_code_and_the_others_come(
    course: Path, repositories: dict[str, Repository], tmp_path: Path
) -> None:
    Repository(tmp_path / "empty.git")
    addresses = paths(repositories) | {
        "empty": tmp_path / "empty.git",
        "gone": tmp_path / "gone.git",
        "odd": "ext::sh -c 'touch ran'",
    }
    result = collect(course, roster_of(course, addresses))
    assert result.exit_code == BAD_INPUT
    assert "Collected the work of 3 of 6 students: 3 new, 3 left out." in result.output
    for words in ("has no commit yet", "is not there", "take for a program"):
        assert words in " ".join(result.output.split())
    assert not list(tmp_path.rglob("ran"))


def test_who_has_not_pushed_yet_is_no_fault(course: Path, tmp_path: Path) -> None:
    Repository(tmp_path / "empty.git")
    assert collect(course, roster_of(course, {"uno": tmp_path / "empty.git"})).exit_code == OK


def counting(monkeypatch: pytest.MonkeyPatch) -> Callable[[], tuple[int, int]]:
    """Counts how often a server was asked what it has, and how often for it, since it was last read."""
    count = Counter[str]()

    def watch(name: str) -> None:
        real = getattr(git_source, name)

        def counted(*arguments: object) -> object:
            count[name] += 1
            return real(*arguments)

        monkeypatch.setattr(git_source, name, counted)

    def read() -> tuple[int, int]:
        found = count["find_head"], count["fetch_chosen"]
        count.clear()
        return found

    watch("find_head")
    watch("fetch_chosen")
    return read


def test_only_what_is_new_is_asked_for_and_only_that_is_fetched(
    course: Path, repositories: dict[str, Repository], monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = counting(monkeypatch)
    roster = roster_of(course, paths(repositories))
    collected(course, roster)
    assert counts() == (3, 3)
    assert {each.became for each in collected(course, roster)[1].values()} == {Became.KEPT}
    assert counts() == (0, 0)
    assert {each.became for each in collected(course, roster, update=True)[1].values()} == {Became.KEPT}
    assert counts() == (3, 0)
    repositories["due"].commit({"tiny.ipynb": "newer"}, "2026-03-02T10:00:00Z")
    became = {student: each.became for student, each in collected(course, roster, update=True)[1].items()}
    assert became == {"uno": Became.KEPT, "due": Became.UPDATED, "tre": Became.KEPT}
    assert counts() == (3, 1)
    assert (course / "submitted/due/tiny/tiny.ipynb").read_text() == "newer"


def test_a_commit_of_the_same_second_and_one_that_is_older_are_taken_as_they_are_what_is_there(
    course: Path, repositories: dict[str, Repository]
) -> None:
    roster = roster_of(course, paths(repositories))
    collected(course, roster)
    for student, at in (("uno", AT), ("due", "2026-02-01T10:00:00Z")):
        repositories[student].point("main", "")
        repositories[student].commit({"tiny.ipynb": "rewritten"}, at)
    became = {student: each.became for student, each in collected(course, roster, update=True)[1].items()}
    assert became == {"uno": Became.UPDATED, "due": Became.UPDATED, "tre": Became.KEPT}
    assert (course / "submitted/uno/tiny/tiny.ipynb").read_text() == "rewritten"


def test_what_was_taken_away_or_lies_there_with_another_time_is_fetched_again(
    course: Path, repositories: dict[str, Repository]
) -> None:
    roster = roster_of(course, paths(repositories))
    collected(course, roster)
    (course / "submitted/uno/tiny/timestamp.txt").write_text("2026-01-01 10:00:00 UTC")
    (course / "submitted/due").rename(course / "away")
    (course / MEMORY).write_text((course / MEMORY).read_text()[:-3] + "damaged")
    (course / MEMORY).write_text("{")  # what can't be read is not believed
    assert collected(course, roster)[1]["due"].became is Became.NEW
    assert collected(course, roster, update=True)[1]["uno"].became is Became.UPDATED
    assert read_timestamp(course / "submitted/uno/tiny").at == datetime(2026, 3, 1, 10)


def test_before_the_due_date_counts_the_last_commit_in_time_and_later_ones_are_told(
    course: Path, repositories: dict[str, Repository]
) -> None:
    set_due(course, datetime(2026, 3, 1, 12))
    repositories["uno"].commit({"tiny.ipynb": "late"}, "2026-03-01T12:00:01Z")
    repositories["due"].commit({"tiny.ipynb": "in time"}, "2026-03-01T14:00:00+0200")
    roster = roster_of(course, paths(repositories))
    assert collect(course, roster).exit_code == OK
    assert (course / "submitted/uno/tiny/tiny.ipynb").read_text() == "late"
    result = collect(course, roster, "--before-duedate")
    assert result.exit_code == OK
    assert (course / "submitted/uno/tiny/tiny.ipynb").read_text() == "of uno"
    assert (course / "submitted/uno/tiny/timestamp.txt").read_text() == "2026-03-01 10:00:00 UTC"
    assert (course / "submitted/due/tiny/timestamp.txt").read_text() == "2026-03-01 12:00:00 UTC"
    assert "1 commit after the due date" in " ".join(result.output.split())
    again = collect(course, roster, "--before-duedate")
    assert "1 commit after the due date" in " ".join(again.output.split()), "it is told each time"
    assert "3 collected before" in again.output


def test_a_due_date_that_changes_nothing_collects_nothing_anew(
    course: Path, repositories: dict[str, Repository]
) -> None:
    roster = roster_of(course, paths(repositories))
    collected(course, roster)
    set_due(course, datetime(2026, 3, 2))
    for _ in range(2):
        assert {each.became for each in collected(course, roster, before_duedate=True)[1].values()} == {Became.KEPT}


def test_without_a_due_date_that_is_said_and_the_newest_counts(
    course: Path, repositories: dict[str, Repository]
) -> None:
    result = collect(course, roster_of(course, paths(repositories)), "--before-duedate")
    assert result.exit_code == OK
    assert "no due date" in result.output


ELSEWHERE = "the branch ended elsewhere"


def test_a_commit_that_is_older_than_our_last_look_and_was_not_there_is_told_each_time(
    course: Path, repositories: dict[str, Repository]
) -> None:
    roster = roster_of(course, paths(repositories))
    collected(course, roster)
    repositories["uno"].commit({"tiny.ipynb": "pushed late"}, "2026-03-01T11:00:00Z")
    repositories["due"].commit({"tiny.ipynb": "now"}, datetime.now().astimezone().isoformat(timespec="seconds"))
    set_due(course, datetime(2026, 3, 1, 12))
    for how in ({"update": True}, {"update": True}, {"before_duedate": True}, {"before_duedate": True}):
        _, each = collected(course, roster, **how)
        assert ELSEWHERE in " ".join(each["uno"].filled.doubts), how
        assert ELSEWHERE not in " ".join(each["due"].filled.doubts), how


def test_who_only_went_on_after_the_due_date_is_not_suspected(
    course: Path, repositories: dict[str, Repository]
) -> None:
    """What counts is older than our last look in all of these; it was there then in some."""
    late = [f"2026-03-01T1{hour}:00:00Z" for hour in (3, 4, 5)]
    roster = roster_of(course, paths(repositories))
    for each in repositories.values():
        each.commit({"tiny.ipynb": "late"}, late[0])
    set_due(course, datetime(2026, 3, 1, 12))
    collected(course, roster)
    repositories["uno"].commit({"tiny.ipynb": "later"}, late[1])
    repositories["due"].commit({"tiny.ipynb": "forged"}, "2026-03-01T11:00:00Z")
    repositories["tre"].commit({"tiny.ipynb": "forged"}, "2026-03-01T11:00:00Z")
    repositories["tre"].commit({"tiny.ipynb": "and hidden below a late one"}, late[2])
    _, found = collected(course, roster, before_duedate=True)
    suspected = {student for student, each in found.items() if ELSEWHERE in " ".join(each.filled.doubts)}
    assert suspected == {"due", "tre"}
    assert (course / "submitted/uno/tiny/tiny.ipynb").read_text() == "of uno"


def test_a_date_that_is_none_is_no_time_and_is_fetched_each_time(
    course: Path, repositories: dict[str, Repository]
) -> None:
    tree = repositories["uno"].tree_of({"tiny.ipynb": "1"})
    raw = f"tree {tree}\nauthor a <a> 999999999999999 +0000\ncommitter a <a> 999999999999999 +0000\n\na\n"
    repositories["uno"].point("main", repositories["uno"].write("commit", raw.encode()))
    roster = roster_of(course, paths(repositories))
    for became in (Became.NEW, Became.UPDATED):
        each = collected(course, roster, update=True)[1]["uno"]
        assert each.became is became
        assert "a date that is none" in each.filled.doubts[0]
        assert not (course / "submitted/uno/tiny/timestamp.txt").exists()


def test_what_a_student_has_in_the_gradebook_s_stead_is_told(
    course: Path, repositories: dict[str, Repository], tmp_path: Path
) -> None:
    with open_gradebook(load_course(course)) as gradebook:
        in_one_transaction(gradebook, lambda: [gradebook.update_or_create_student(each) for each in ("uno", "due")])
    addresses = paths(repositories) | {"quattro": repositories["uno"].path}
    found, each = collected(course, roster_of(course, addresses))
    assert each["tre"].became is Became.NEW
    assert "Not in the gradebook, and collected all the same: tre, quattro." in found.notes
    assert any("uno, quattro" in note for note in found.notes)


def test_some_students_can_be_asked_for(course: Path, repositories: dict[str, Repository]) -> None:
    result = collect(course, roster_of(course, paths(repositories)), "--student", "due", "--jobs", "1")
    assert result.exit_code == OK
    assert [each.name for each in (course / "submitted").iterdir()] == ["due"]


def test_a_repository_of_the_course_s_own_folder_is_nobody_s(course: Path, repositories: dict[str, Repository]) -> None:
    git(course, "init", "--quiet")
    git(course, "add", "source")
    git(course, "commit", "--quiet", "-m", "the solution")
    roster = roster_of(course, paths(repositories) | {"evil": course / ".git", "worse": f"file://{course}/../course"})
    result = collect(course, roster)
    assert result.exit_code == BAD_INPUT
    assert sorted(each.name for each in (course / "submitted").iterdir()) == ["due", "tre", "uno"]


@pytest.mark.parametrize(
    "options",
    [
        ("--from", "git"),
        ("--roster", "a.csv"),
        ("--from", "./git", "--roster", "a.csv"),
        ("--from", "folder", "--before-duedate"),
        ("--from", "git", "--roster", "a.csv", "--jobs", "0"),
    ],
)
def test_options_that_do_not_go_together_are_wrong_usage(course: Path, options: tuple[str, ...]) -> None:
    assert CliRunner().invoke(app, ["collect", "tiny", "--course-dir", str(course), *options]).exit_code == USAGE


def test_a_folder_called_git_can_be_collected_from(course: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(course)
    (course / "git").mkdir()
    result = CliRunner().invoke(app, ["collect", "tiny", "--from", "./git"])
    assert (result.exit_code, "There is nothing to collect." in result.output) == (OK, True)


def test_hostile_repositories_give_nothing_but_plain_files_and_hold_up_nobody(
    course: Path, repositories: dict[str, Repository], tmp_path: Path
) -> None:
    """Those of which a fetch itself must survive something; what is in a tree, `test_git_objects.py` tries."""
    hidden = course / "tests/hidden/tiny/test_double.py"
    evil = {name: Repository(tmp_path / f"{name}.git") for name in ("dotgit", "link", "bomb", "sub", "alternates")}
    blob = evil["dotgit"].blob(b"[core]\n\tfsmonitor = touch ran\n")
    inner = evil["dotgit"].tree(("100644", b"config", blob))
    evil["dotgit"].commit_tree(evil["dotgit"].tree(("40000", b".git", inner)))
    link = evil["link"].blob(str(hidden).encode())
    evil["link"].commit_tree(evil["link"].tree(("120000", b"tiny.ipynb", link)))
    zeros = evil["bomb"].blob(bytes(20_000_000))
    evil["bomb"].commit_tree(evil["bomb"].tree(("100644", b"zeros", zeros)))
    commit = evil["sub"].commit({"a": "1"})
    tree = evil["sub"].tree(("100644", b".gitmodules", evil["sub"].blob(b'[submodule "-u"]\n\tpath = a\n\turl = -u\n')))
    evil["sub"].commit_tree(evil["sub"].tree(("160000", b"sub", commit)) and tree)
    (evil["alternates"].path / "objects/info").mkdir()
    (evil["alternates"].path / "objects/info/alternates").write_text(str(repositories["uno"].path / "objects") + "\n")
    (evil["alternates"].path / "refs/heads/main").write_text("0" * 39 + "1\n")
    found, each = collected(course, roster_of(course, paths(repositories | evil)))
    assert {student for student, one in each.items() if one.became is Became.NEW} >= set(repositories)
    texts = everything_in(course / "submitted")
    assert not [name for name, text in texts.items() if "fsmonitor" in text or "def test" in text or ".git" in name]
    assert not list(tmp_path.rglob("ran"))
    why = {student: why for student, _, why in found.left_out}
    assert "hasDotgit" in why["dotgit"]
    assert "git" in why["sub"]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    if not has_openssl():
        assert not os.environ.get("CI"), "there is no openssl"
        pytest.skip("there is no openssl")
    root = tmp_path_factory.mktemp("served")
    Repository(root / "a.git").commit({"tiny.ipynb": "1"})
    with serving(root) as server:
        yield server


@pytest.fixture
def trusted(server: Server, monkeypatch: pytest.MonkeyPatch) -> Server:
    monkeypatch.setenv("GIT_SSL_CAINFO", str(server.certificate))
    server.asked.clear()
    return server


def test_https_gives_what_a_folder_gives(course: Path, trusted: Server) -> None:
    _, each = collected(course, roster_of(course, {"uno": trusted.url("ok/a.git")}), before_duedate=True)
    assert each["uno"].became is Became.NEW
    assert (course / "submitted/uno/tiny/timestamp.txt").read_text() == "2026-03-01 10:00:00 UTC"


def test_a_host_that_refuses_all_is_not_asked_on_and_the_next_run_goes_on(course: Path, trusted: Server) -> None:
    trusted.token = "of somebody else"
    students = {f"s{number:02}": trusted.url("token/a.git") for number in range(12)}
    found, each = collected(course, roster_of(course, students), jobs=2)
    assert not each
    assert len(found.unread) == 12
    assert len([note for note in found.notes if "refused 3 repositories" in note]) == 1
    assert len(trusted.asked) <= 3 + 2
    trusted.token = ""
    assert len(collected(course, roster_of(course, students))[1]) == 12


def test_a_token_that_runs_out_in_the_middle_is_said_once_and_what_came_stays(course: Path, trusted: Server) -> None:
    trusted.token = ""
    trusted.tokens_end_after = 2 * 4  # a repository takes three requests: of what it has, and two for it
    students = {f"s{number:02}": trusted.url("token/a.git") for number in range(20)}
    try:
        found, each = collected(course, roster_of(course, students), jobs=1)
    finally:
        trusted.tokens_end_after = None
    assert 1 <= len(each) < 5
    assert len(each) + len(found.unread) == 20
    assert len([note for note in found.notes if "refused 3 repositories" in note and "still valid" in note]) == 1
    assert len(trusted.asked) < 8 + 3 + 2, "it went on asking"
    assert len(collected(course, roster_of(course, students))[1]) == 20


def test_a_few_that_are_refused_stop_nobody_else(course: Path, trusted: Server) -> None:
    good, bad = trusted.url("ok/a.git"), trusted.url("401/a.git")
    students = {"a": good} | {f"b{number}": bad for number in range(4)} | {"c": good}
    found, each = collected(course, roster_of(course, students), jobs=1)
    assert set(each) == {"a", "c"}
    assert len(found.unread) == 4
    assert not [note for note in found.notes if "refused" in note]


def test_a_server_that_is_down_is_not_waited_for_by_everybody(course: Path, trusted: Server) -> None:
    students = {f"s{number:02}": trusted.url("503/a.git") for number in range(12)}
    found, _ = collected(course, roster_of(course, students), jobs=1)
    assert len(found.unread) == 12
    assert len(trusted.asked) == 3 * QUICK.tries
    assert any("could not be reached" in note for note in found.notes)


def test_what_stays_of_one_that_can_not_be_reached_is_said(course: Path, trusted: Server) -> None:
    roster = roster_of(course, {"uno": trusted.url("ok/a.git")})
    collected(course, roster)
    found, _ = collected(course, roster_of(course, {"uno": trusted.url("503/a.git")}), update=True)
    assert found.left_out[0][2] == "can't be reached; what was collected before stays"
    assert (course / "submitted/uno/tiny/tiny.ipynb").read_text() == "1"


def test_an_interrupted_run_ends_what_it_started_and_remembers_what_it_has(
    course: Path, repositories: dict[str, Repository], trusted: Server
) -> None:
    addresses = paths(repositories) | {"slow": trusted.url("hang/a.git")}
    with from_git(load_course(course), "tiny", roster_of(course, addresses), (), FromGit(jobs=4)) as (_, collecting):
        came = [next(collecting).student for _ in range(3)]
        left_at = time.monotonic()
    assert time.monotonic() - left_at < 15, "it waited for a server that never answers"
    assert sorted(came) == ["due", "tre", "uno"]
    assert set(json.loads((course / MEMORY).read_text())) == {"due", "tre", "uno"}
    assert not (course / "submitted/.collecting").exists()


@pytest.mark.parametrize("length", [200, 255])
def test_an_id_that_is_too_long_for_a_folder_ends_nothing(
    course: Path, repositories: dict[str, Repository], length: int
) -> None:
    addresses = paths(repositories) | {"ü" * (length // 2): repositories["uno"].path}
    assert {"uno", "due", "tre"} <= set(collected(course, roster_of(course, addresses))[1])
