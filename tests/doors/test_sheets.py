"""A platform's file comes back in its own form, and what is wrong with one is a sentence with the line."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.course.errors import CourseError
from autograder.doors.sheets import kept, read_sheet, shown_points, write_bytes_whole

TEXT = 'Identifier,Full name,Grade\r\n"Participant 1","Bee, ""Ann""\nB.",1.5\r\n'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\r\n", "\n"])
def test_encoding_separator_and_ends_of_lines_stay(tmp_path: Path, encoding: str, separator: str, end: str) -> None:
    path = tmp_path / "sheet.csv"
    text = separator.join(["Identifier", "Full name", "Grade"]) + end
    text += separator.join(["Participant 1", f'"Bé{separator} ""A""\nB."', "1.5"]) + end
    path.write_bytes(text.encode(encoding))
    sheet = read_sheet(path)
    assert sheet.rows[0].cells == ("Participant 1", f'Bé{separator} "A"\nB.', "1.5")
    assert sheet.bytes_of(row.cells for row in sheet.rows) == path.read_bytes()


def test_lines_are_counted_as_an_editor_counts_them(tmp_path: Path) -> None:
    path = tmp_path / "sheet.csv"
    path.write_text('a,b\n\n"two\nlines",1\nlast,2\n')
    assert [row.line for row in read_sheet(path).rows] == [3, 5]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "is empty"),
        (b" \n\n", "is empty"),
        ("a,b\nM\u00fcller,1\n".encode("latin-1"), r"line 2 is not UTF-8 \(byte 0xfc\)"),
        (b"a,b\n1,2\n1,2,3\n", "line 3 has 3 cells, and the first line 2"),
        (b'a,b\n1,2\n"open,3\n', "line 3 can't be read"),
        (b"a,b\n1,\x00\n", None),
    ],
)
def test_what_is_wrong_with_a_file_is_a_sentence_with_its_line(tmp_path: Path, data: bytes, said: str | None) -> None:
    path = tmp_path / "sheet.csv"
    path.write_bytes(data)
    if said is None:
        assert read_sheet(path).rows
        return
    with pytest.raises(CourseError, match=said):
        read_sheet(path)


def test_a_file_that_is_not_there_or_much_too_large_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match="No such file"):
        read_sheet(tmp_path / "none.csv")
    with (tmp_path / "large.csv").open("wb") as file:
        file.truncate((64 << 20) + 1)
    with pytest.raises(CourseError, match="larger than 64 MiB"):
        read_sheet(tmp_path / "large.csv")


@pytest.mark.parametrize("text", ["=1+1", "+SUM(A1)", "-A1", "@x", "＝1", "\t=1", "\r=1"])
def test_what_is_handed_on_is_no_formula(text: str) -> None:
    assert kept(text) == f"'{text}"


@pytest.mark.parametrize("text", ["-", "-1.5", "+3", "Ann", "", "1,5", "a=b", "\u202eAnn"])
def test_what_is_no_formula_stays(text: str) -> None:
    assert kept(text) == text


@pytest.mark.parametrize(("points", "shown"), [(7.0, "7"), (7.5, "7.5"), (7.256, "7.26"), (0.0, "0"), (100.0, "100")])
def test_points_have_a_decimal_point_and_no_more_decimals_than_they_need(points: float, shown: str) -> None:
    assert shown_points(points) == shown


def test_a_file_that_can_not_be_written_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "old.csv"
    path.write_text("old")

    def full(self: Path, target: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(CourseError, match=r"No space left on device.*--output"):
        write_bytes_whole(path, b"new")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
