"""Wrong answers that behave alike are one group: it can be told something, and its mistake can get a name."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from helpers import RIGHT, hand_in, make_course, notebook_of, run

from autograder.audit.groups import Group, code_of, find_groups, group_called, write_entry
from autograder.checks.catalogue import load_misconceptions
from autograder.cli.group_command import groups
from autograder.cli.tools import make_feedback
from autograder.course.course import load_course
from autograder.course.errors import CourseError
from autograder.course.loading import load_assignment

# No small edit makes these right, and the catalogue knows neither.
SAME = "def double(x):\n    return sum(ord(each) for each in str(x))"
SAME_AGAIN = (
    "def double(value):\n    total = 0\n    for sign in str(value):\n        total += ord(sign)\n    return total"
)
OTHER = "def double(x):\n    return len(repr(x)) ** 3 + 11"
# These have a name.
SUM = "def mean_of(x):\n    return x.sum().item()"
SUM_AGAIN = "def mean_of(x):\n    total = 0.0\n    for each in x:\n        total += float(each)\n    return total"
ANSWERS = {
    "student-001": {"double": SAME, "mean_of": SUM},
    "student-002": {"double": OTHER},
    "student-003": {"double": SAME_AGAIN, "mean_of": SUM_AGAIN},
    "x[1]": {"mean_of": SUM},
}


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = make_course(tmp_path_factory.mktemp("course"))
    with (folder / "course_config.py").open("a") as file:
        file.write("c.Grading.mend = False\n")  # the catalogue's names do, and it takes less time
    assignment = load_assignment(folder, "tiny")
    for student, answers in ANSWERS.items():
        hand_in(folder, student, notebook_of(assignment, {**RIGHT, **answers}))
    done = run("autograder", "grade", "tiny", "--quiet", cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder


Ask = Callable[..., str]


@pytest.fixture
def ask(course: Path, capsys: pytest.CaptureFixture[str]) -> Ask:
    """Runs `autograder groups` here, and gives what was printed."""

    def ask(*, name: str = "tiny", **options: object) -> str:
        with pytest.raises(typer.Exit) as left:
            groups(name, course, **options)  # type: ignore[arg-type]
        assert left.value.exit_code == 0
        said = capsys.readouterr()
        return said.out + said.err

    return ask


def groups_of(folder: Path, exercise: str = "double", unnamed: bool = False) -> list[Group]:
    return list(find_groups(load_course(folder), load_assignment(folder, "tiny"), exercise, unnamed).groups)


def test_students_whose_answers_behave_alike_stand_together_the_most_first(course: Path) -> None:
    first, second = groups_of(course)
    assert first.students == ("student-001", "student-003")
    assert second.students == ("student-002",)
    assert code_of(load_course(course), load_assignment(course, "tiny"), first) == SAME + "\n"
    assert first.points[1] < first.max_points
    assert first.message
    assert first.names == ()
    [named] = groups_of(course, "mean_of")
    assert named.students == ("student-001", "student-003", "x[1]")
    assert named.names
    assert [each.exercise for each in groups_of(course, "")] == ["mean_of", "double", "double"]
    assert [each.exercise for each in groups_of(course, "", unnamed=True)] == ["double", "double"]


def test_what_the_notebook_s_own_tests_judge_has_groups_but_awaits_no_name(course: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(course, tmp_path / "course")
    for path in folder.glob("autograded/*/tiny/report.json"):
        report = json.loads(path.read_text())
        for each in report["exercises"]:
            each["checks"] = [{**check, "id": each["graded_cell"]} for check in each["checks"][:1]]
        path.write_text(json.dumps(report))
    assert [each.exercise for each in groups_of(folder, "")] == ["mean_of", "double", "double"]
    assert groups_of(folder, "", unnamed=True) == []


def test_the_command_shows_each_group_with_its_id_students_mistake_and_code(course: Path, ask: Ask) -> None:
    [named] = groups_of(course, "mean_of")
    said = ask()
    assert re.search(rf"1\. {named.id}  3 students, 2 of 6 points\n +student-001, student-003, x\[1\]\n", said)
    assert f"Mistake: {named.names[0]}" in said
    assert "     return x.sum().item()" in said.replace("         ", "     ")
    assert said.endswith("3 groups, 6 answers.\n")
    assert named.id not in ask(unnamed=True)
    assert ask(group=named.id).startswith(f"{named.id}  3 students")
    assert not (course / "tests/hidden/tiny/found_misconceptions.json").exists()


def test_a_comment_is_on_each_page_and_follows_who_comes_and_goes(
    course: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = shutil.copytree(course, tmp_path / "course")
    [named] = groups_of(folder, "mean_of")
    with pytest.raises(typer.Exit):
        groups("tiny", folder, group=named.id, comment="Divide **once** <script>")
    assert capsys.readouterr().out.startswith(f"{named.id}: given to 3 students.\n")
    assert groups_of(folder, "mean_of")[0].comment == "Divide **once** <script>"
    assignment = load_assignment(folder, "tiny")
    hand_in(folder, "x[1]", notebook_of(assignment, RIGHT))
    hand_in(folder, "student-002", notebook_of(assignment, {**RIGHT, "double": OTHER, "mean_of": SUM_AGAIN}))
    done = run("autograder", "grade", "tiny", cwd=folder)
    assert f"The comment of group {named.id}: given to 1 more, taken back from 1 who left it." in done.stdout
    assert make_feedback(load_course(folder), "tiny", []) == 0
    pages = {path.parents[1].name: path.read_text(encoding="utf-8") for path in folder.glob("feedback/*/tiny/*.html")}
    shown = {who for who, page in pages.items() if "Divide <strong>once</strong> &lt;script&gt;" in page}
    assert shown == {"student-001", "student-002", "student-003"}
    capsys.readouterr()
    with pytest.raises(typer.Exit):
        groups("tiny", folder, group=named.id[:-1], remove_comment=True)
    assert capsys.readouterr().out.startswith(f"{named.id}: taken back from 3 students.\n")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"group": "double-ffffff"}, "There is no group 'double-ffffff'"),
        ({"group": "double"}, "There is no group 'double'"),
        ({"group": "double-"}, "There is no group 'double-'"),
        ({"exercise": "nope"}, "'tiny' has no exercise 'nope'; it has: double, mean_of"),
        ({"group": "double-ffffff", "comment": "a"}, "There is no group 'double-ffffff'"),
        ({"group": "double-ffffff", "comment": " "}, "The comment is empty"),
        ({"group": "double-ffffff", "remove_comment": True}, "There is no group 'double-ffffff'"),
    ],
)
def test_what_there_is_not_is_said_in_a_sentence(course: Path, options: dict[str, object], said: str) -> None:
    with pytest.raises(CourseError, match=re.escape(said)):
        groups("tiny", course, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "options",
    [
        {"comment": "a"},
        {"remove_comment": True},
        {"group": "double-ffffff", "comment": "a", "remove_comment": True},
        {"group": "double-ffffff", "write": True},
        {"group": "double-ffffff", "exercise": "double"},
    ],
)
def test_options_that_don_t_go_together_are_wrong_usage(course: Path, options: dict[str, object]) -> None:
    with pytest.raises(typer.BadParameter):
        groups("tiny", course, **options)  # type: ignore[arg-type]


def test_without_reports_or_a_gradebook_a_sentence_says_what_to_do(course: Path, tmp_path: Path) -> None:
    empty = make_course(tmp_path / "empty")
    with pytest.raises(CourseError, match="No submission of 'tiny' has been graded yet"):
        groups("tiny", empty)
    folder = shutil.copytree(course, tmp_path / "course")
    (folder / "gradebook.db").unlink()
    with pytest.raises(CourseError, match=r"There is no gradebook .*Run `autograder grade tiny` first"):
        groups("tiny", folder, group=groups_of(folder)[0].id, comment="a")


def test_reports_that_can_t_be_read_and_answers_of_older_versions_are_counted(
    course: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = shutil.copytree(course, tmp_path / "course")
    shutil.rmtree(folder / "submitted" / "student-002")
    reports = {student: folder / "autograded" / student / "tiny" / "report.json" for student in ANSWERS}
    reports["student-001"].write_text("{")
    reports["x[1]"].write_text(json.dumps({"schema_version": 1}))
    old = json.loads(reports["student-003"].read_text())
    for each in old["exercises"]:
        each["answers"] = ""
    reports["student-003"].write_text(json.dumps(old))
    with pytest.raises(typer.Exit):
        groups("tiny", folder)
    said = capsys.readouterr()
    assert "1 group, 1 answer." in said.out
    assert "(no answer of theirs to show)" in said.out
    assert "Can't be read, and in no group: 2 reports. Grade again: `autograder grade tiny`." in said.err
    assert "graded it: 2 failed answers. Grade again: `autograder grade tiny --force`." in said.err


def test_an_id_may_be_cut_short_unless_two_groups_begin_so(course: Path) -> None:
    found = find_groups(load_course(course), load_assignment(course, "tiny"))
    first = found.groups[0]
    assert group_called(found, f"{first.exercise}-{first.answers[:4]}") == first
    assert group_called(found, f"{first.exercise}-{first.answers}") == first
    twins = tuple(Group("a-b", answers, ("x",)) for answers in ("abcdef012345", "abcdef678901"))
    with pytest.raises(CourseError, match="could be: a-b-abcdef012345, a-b-abcdef678901"):
        group_called(type(found)(twins), "a-b-abcdef")
    assert group_called(type(found)(twins), "a-b-abcdef6") == twins[1]


def test_a_sentence_makes_an_entry_that_names_the_mistake_next_time(course: Path) -> None:
    assignment = load_assignment(course, "tiny")
    sentence = "The digits' codes are added up: double the number."
    entry, file = write_entry(assignment, groups_of(course)[0], SAME + "\n", sentence)
    assert (entry.exercise, entry.id) == ("double", "the-digits-codes-are-added")
    stored = json.loads((assignment.checks_folder / file).read_text())
    assert stored[0]["code"] == SAME.splitlines()
    assert entry in load_misconceptions(assignment)
    done = run("autograder", "grade", "tiny", "--json", cwd=course)
    reports = {each["student"]: each for each in map(json.loads, done.stdout.splitlines())}
    for student in ("student-001", "student-003"):
        told = next(each for each in reports[student]["exercises"] if each["name"] == "double")
        assert told["misconceptions"] == [entry.id]
        assert told["message"] == entry.sentence


def test_two_sentences_that_begin_alike_get_ids_of_their_own(tmp_path: Path) -> None:
    assignment = load_assignment(make_course(tmp_path), "tiny")
    group, code = Group("double", "abc", ("student-001",)), "def double(x):\n    return 7\n"
    ids = [write_entry(assignment, group, code, "It is always seven here.")[0].id for _ in range(2)]
    assert ids == ["it-is-always-seven-here", "it-is-always-seven-here-2"]


@pytest.mark.parametrize(
    "text", ["{", "[1]", '[{"exercise": "double", "id": 1, "sentence": "", "code": []}]', '[{"id": ""}]']
)
def test_a_damaged_file_of_entries_is_one_sentence(tmp_path: Path, text: str) -> None:
    assignment = load_assignment(make_course(tmp_path), "tiny")
    (assignment.checks_folder / "found_misconceptions.json").write_text(text)
    with pytest.raises(CourseError, match=r"found_misconceptions\.json can.t be read: .* It is a list of entries"):
        load_misconceptions(assignment)
