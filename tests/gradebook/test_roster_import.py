"""A roster's file into the gradebook: whatever a spreadsheet made of it, all of it or one sentence."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from helpers import make_course
from nbgrader.api import Gradebook

from autograder.course.course import load_course
from autograder.course.errors import CourseError
from autograder.gradebook.class_roster import read_roster as read_class_roster
from autograder.gradebook.record import open_gradebook
from autograder.gradebook.roster import compare_with_roster
from autograder.gradebook.roster_import import COLUMNS, import_roster, read_roster

Command = Callable[..., tuple[int, str, str]]
UNO = dict(zip(COLUMNS, ("uno", "Uno", "A, B", "uno@example.org", "17"), strict=True))


@pytest.fixture
def roster(tmp_path: Path) -> Callable[..., Path]:
    """Writes a roster."""

    def roster(content: str | bytes) -> Path:
        path = tmp_path / "roster.csv"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return roster


def in_gradebook(course: Path) -> dict[str, tuple[Any, ...]]:
    with Gradebook(f"sqlite:///{course}/gradebook.db", "deep-learning-basics") as gradebook:
        return {each.id: tuple(getattr(each, column) for column in COLUMNS[1:]) for each in gradebook.students}


PLAIN = 'id,first_name,last_name,email,lms_user_id\nuno,Uno,"A, B",uno@example.org,17\n'


@pytest.mark.parametrize(
    "content",
    [
        PLAIN,
        PLAIN.encode("utf-8-sig"),
        PLAIN.encode("utf-16"),
        PLAIN.replace("\n", "\r\n"),
        PLAIN.replace("\n", "\r"),
        f"\n\n{PLAIN}\n , ,\n",
        'id;first_name;last_name;email;lms_user_id\nuno;Uno;"A, B";uno@example.org;17\n',
        "id\tfirst_name\tlast_name\temail\tlms_user_id\nuno\tUno\tA, B\tuno@example.org\t17",
        PLAIN.replace("id,", "id,clone_url,", 1).replace("uno,", "uno,https://a.example/" + "x" * 200 + ",", 1),
        'LMS-User-ID, Last Name ,EMAIL,First name,Id\n 17 ,"  A,\n B ",uno@example.org , Uno, uno \n',
    ],
)
def test_what_spreadsheets_and_editors_write_is_read(roster: Callable[..., Path], content: str | bytes) -> None:
    assert read_roster(roster(content)) == [UNO]


@pytest.mark.parametrize(
    "name", ["\u0645\u06cc\u200c\u062e\u0648\u0627\u0646\u0645", "\u0d28\u0d4d\u200d", "\U0001f469\u200d\U0001f469"]
)
def test_letters_that_join_or_do_not_are_names(roster: Callable[..., Path], name: str) -> None:
    assert read_roster(roster(f"id,first_name\nuno,{name}\n")) == [{"id": "uno", "first_name": name}]


def test_only_the_id_is_needed(roster: Callable[..., Path]) -> None:
    assert read_roster(roster("id\nuno\n")) == [{"id": "uno"}]
    assert read_roster(roster("id,email\nuno\ndue,\n")) == [{"id": "uno", "email": None}, {"id": "due", "email": None}]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "is empty. Its first line names the columns: id, first_name"),
        ("id\n\n", "names no student"),
        ("first_name\nUno\n", ", line 1 names no column id"),
        ("id,id\nuno,uno\n", ", line 1 names the column id twice"),
        ("id,frist_name\nuno,Uno\n", ", line 1: there is no column 'frist_name'. Is it first_name? There are: id, fi"),
        ("id,section\nuno,3\n", ", line 1: there is no column 'section'. Take it out, or rename it."),
        ("id,\nuno,3\n", ", line 1: there is no column ''."),
        (f"id,{'x' * 5000}\nuno,3\n", "xxx…'. Take it out"),
        ("id,email\nuno,a\n\n ,b\n", ", line 4 has no id. Write one, or take the line out."),
        ("id\nuno\ndue\n uno\n", ", line 4: 'uno' is in line 2 already. Take one of them out."),
        ("id\n../uno\n", ", line 2: '../uno' can't be a student's id"),
        ("id\nuno/due\n", ", line 2: 'uno/due' can't be a student's id"),
        ("id,last_name\nuno,A, B\n", ", line 2 has 3 cells, and the first line names 2 columns. Put quotes around"),
        (f"id,last_name\nuno,{'A' * 129}\n", ", line 2: last_name has 129 characters; at most 128 fit. Shorten it."),
        ("id,last_name\nuno,\x1b[2J\n", ", line 2: last_name holds a character that can't be printed (U+001B)."),
        ('id,last_name\nuno,"A\ndue,B\n', "can't be read: unexpected end of data. Look whether each quote"),
        ("id,last_name\nuno,A\nzoë,ü\n".encode("latin-1"), ", line 3 is not UTF-8 (byte 0xeb). Save it as UTF-8"),
        (b"id\nuno\n\x89PNG\r\n\x1a\n", ", line 3 is not UTF-8"),
        (b"\xff\xfei\x00d\x00\n", "is not UTF-8"),
    ],
)
def test_what_is_wrong_is_one_sentence_and_nothing_is_changed(
    course: Path, command: Command, roster: Callable[..., Path], content: str | bytes, said: str
) -> None:
    code, out, err = command("roster", roster(content), "--course-dir", course)
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert said in err
    assert len(err) < 400 + len(str(course))
    assert not (course / "gradebook.db").exists()


def test_a_file_that_is_none_is_one_sentence(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "nothing.csv"):
        with pytest.raises(CourseError, match=r"can't be read: (Is a directory|No such file or directory)\."):
            read_roster(path)


def test_students_are_added_and_changed_and_those_who_left_keep_their_marks(
    course: Path, command: Command, roster: Callable[..., Path]
) -> None:
    with open_gradebook(load_course(course)) as gradebook, gradebook.db.no_autoflush:
        gradebook.update_or_create_assignment("tiny")
        gradebook.update_or_create_student("old", first_name="Old")
        gradebook.update_or_create_submission("tiny", "old")
    code, out, err = command("roster", roster(PLAIN + "due,Due,,,\n"), "--course-dir", course)
    assert (code, err) == (0, "")
    assert "2 students in" in out
    assert "2 new, 0 changed, 0 as before.\nIn the gradebook, but not in this file: old. They stay, with" in out
    _, out, _ = command("roster", roster("id,last_name\nuno,A\ndue,\n"), "--course-dir", course)
    assert "0 new, 1 changed, 1 as before." in out
    assert in_gradebook(course) == {
        "uno": ("Uno", "A", "uno@example.org", "17"),
        "due": ("Due", None, None, None),
        "old": ("Old", None, None, None),
    }
    with open_gradebook(load_course(course)) as gradebook:
        assert gradebook.find_submission("tiny", "old").student_id == "old"


def test_who_has_nothing_but_an_id_is_on_the_roster_all_the_same(course: Path) -> None:
    settings = load_course(course)
    found = import_roster(settings, [{"id": "uno", "first_name": "Uno"}, {"id": "due", "first_name": None}])
    assert found.new == ("due", "uno")
    assert import_roster(settings, [{"id": "uno"}, {"id": "due"}]).same == ("due", "uno")
    with open_gradebook(settings) as gradebook:
        gradebook.update_or_create_student("stranger")
        said = compare_with_roster(gradebook, (), ("due", "stranger"))
    assert len(said) == 2
    assert said[0].startswith("Not on the roster: stranger. ")
    assert said[1] == "On the roster, but nothing handed in: uno."
    roster_now = read_class_roster(settings, "tiny", set())
    assert roster_now is not None
    assert roster_now.known == {"uno", "due"}


class Refusing:
    """nbgrader's `c.Authenticator`, which asks a hub that is away."""

    def __init__(self, config: Any) -> None:
        self.config = config

    def add_student_to_course(self, student: str, course_id: str) -> None:
        raise ConnectionError(f"no hub for {student} in {course_id}")


def test_a_hub_that_is_away_is_one_sentence(course: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("autograder.gradebook.roster_import.Authenticator", Refusing)
    with pytest.raises(
        CourseError, match=r"are in the gradebook, but c\.Authenticator failed: ConnectionError: no hub"
    ):
        import_roster(load_course(course), [{"id": "uno"}])
    assert set(in_gradebook(course)) == {"uno"}


def test_many_students_are_read_and_read_again(tmp_path: Path) -> None:
    course = load_course(make_course(tmp_path / "course"))
    people = [{"id": f"s{number:04}", "last_name": "X"} for number in range(1000)]
    assert len(import_roster(course, people).new) == 1000
    assert len(import_roster(course, people).same) == 1000
