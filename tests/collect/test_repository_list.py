"""A list of repositories: what is wrong with a line is told by its number, and no address runs or reveals anything."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.collect.repository_list import read_repositories
from autograder.course.errors import CourseError


def read(tmp_path: Path, text: str | bytes) -> tuple[dict[str, str], dict[str, str]]:
    """Addresses by student, and why lines name none, by line."""
    path = tmp_path / "roster.csv"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    found, left_out = read_repositories(path)
    return {each.student: each.url for each in found}, {what: why for _, what, why in left_out}


@pytest.mark.parametrize(
    "address",
    [
        "https://github.com/course/lab-student-001.git",
        "https://git.example.org:8443/a/b",
        "https://[::1]:8443/a",
        "ssh://git@git.example.org:2222/a/b.git",
        "git@github.com:course/lab.git",
        "git.example.org:lab.git",
        "file:///srv/git/lab.git",
    ],
)
def test_addresses_of_the_usual_kinds_are_taken_as_they_are(tmp_path: Path, address: str) -> None:
    assert read(tmp_path, f"id,clone_url\nuno,{address}\n") == ({"uno": address}, {})


def test_a_folder_of_this_machine_is_asked_like_a_server(tmp_path: Path) -> None:
    assert read(tmp_path, "id,clone_url\nuno,/srv/git/a b.git\n")[0] == {"uno": "file:///srv/git/a%20b.git"}


@pytest.mark.parametrize(
    "address",
    [
        *("ext::sh -c touch% /tmp/ran", "fd::3", "--upload-pack=touch /tmp/ran", "-u", "transport::address"),
        *("http://github.com/a", "git://github.com/a", "ftp://a/b", "HTTP://a/b", "s3://a/b"),
        *("ssh://-oProxyCommand=touch/a", "ssh://a@-oProxyCommand=x/a", "-oProxyCommand=x:a", "git@-x:a", "a@b:-x"),
        *("https://", "https://github.com", "https:///a", "https://a b/c", "https://a:99999/c", "https://exa\\mple/c"),
        *("lab.git", "../lab.git", "~/lab.git", "file://elsewhere/a", "file:relative", "https://a/\x1b[2J", "x" * 2000),
    ],
)
def test_an_address_of_any_other_kind_is_a_row(tmp_path: Path, address: str) -> None:
    found, why = read(tmp_path, f'id,clone_url\nuno,"{address}"\ndue,https://a.example/b\n')
    assert found == {"due": "https://a.example/b"}
    assert why["line 2"].startswith("has a clone_url that ")


@pytest.mark.parametrize(
    "address", ["https://s3cret@github.com/a", "https://me:s3cret@github.com/a", "ssh://git:s3cret@github.com/a"]
)
def test_a_password_in_an_address_is_refused_and_not_shown(tmp_path: Path, address: str) -> None:
    found, why = read(tmp_path, f"id,clone_url\nuno,{address}\n")
    assert not found
    assert "password" in why["line 2"]
    assert "s3cret" not in why["line 2"]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (",https://a.example/b", "has no id"),
        ("uno,", "has no clone_url"),
        ("uno", "has no clone_url"),
        ("../uno,https://a.example/b", "has an id that can't be"),
        (".uno,https://a.example/b", "has an id that can't be"),
        ("u\x1bno,https://a.example/b", "has an id that can't be"),
        ("uno,https://a.example/b,a b", "has a branch"),
        ("uno,https://a.example/b,a..b", "has a branch"),
        ("uno,https://a.example/b,main:refs/heads/x", "has a branch"),
        ("uno,https://a.example/b,refs/*", "has a branch"),
        ("uno,https://a.example/b,a.lock", "has a branch"),
        ("uno,https://a.example/b,a@{1}", "has a branch"),
        ("uno,https://a.example/b,/a", "has a branch"),
        ("uno,https://a.example/b,a/", "has a branch"),
    ],
)
def test_what_is_wrong_with_a_line_is_told_and_the_others_stay(tmp_path: Path, line: str, says: str) -> None:
    found, why = read(tmp_path, f"id,clone_url,branch\n\n{line}\ndue,https://a.example/b\n")
    assert found == {"due": "https://a.example/b"}
    assert why["line 3"].startswith(says)


def test_columns_may_be_written_otherwise_stand_in_any_order_and_beside_others(tmp_path: Path) -> None:
    text = "\ufeffSection;Clone-URL ; ID;Branch\nA; https://a.example/b ;uno;\n"
    assert read(tmp_path, text) == ({"uno": "https://a.example/b"}, {})
    assert read(tmp_path, text.encode("utf-16")) == ({"uno": "https://a.example/b"}, {})


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("id,clone\nuno,a\n", "no column clone_url. Is it 'clone'?"),
        ("name,clone_url\nuno,a\n", "no column id"),
        ("id,id,clone_url\n", "names the column id twice"),
        ("", "is empty"),
        ("id,clone_url\n", "names no repository"),
        ('id,clone_url\n"uno,a\n', "line 2 can't be read"),
        (b"id,clone_url\n\xff,a\n", "is not UTF-8"),
    ],
)
def test_a_file_that_is_no_list_gets_one_sentence(tmp_path: Path, text: str | bytes, says: str) -> None:
    with pytest.raises(CourseError, match=says.replace("?", r"\?").replace("(", r"\(")):
        read(tmp_path, text)


def test_a_file_that_is_far_too_large_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "large.csv"
    with path.open("wb") as file:
        file.truncate(10_000_001)
    with pytest.raises(CourseError, match="larger than 10 MB"):
        read_repositories(path)


def test_a_file_that_is_not_there_gets_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match="can't be read"):
        read_repositories(tmp_path / "none.csv")


def test_a_student_with_two_repositories_has_none_and_the_same_one_twice_is_one(tmp_path: Path) -> None:
    found, why = read(
        tmp_path,
        "id,clone_url\nuno,https://a.example/1\ndue,https://a.example/2\nuno,https://a.example/3\n"
        "tre,https://a.example/4\ntre,https://a.example/4\n",
    )
    assert found == {"due": "https://a.example/2", "tre": "https://a.example/4"}
    assert why == {"lines 2, 4": "name different repositories of one student: take one away"}


def test_a_host_is_told_from_the_account_and_the_path(tmp_path: Path) -> None:
    path = tmp_path / "roster.csv"
    rows = ["https://Git.example.org:8443/a", "git@git.example.org:a", "ssh://git@git.example.org/a", "/srv/a"]
    path.write_text("id,clone_url\n" + "".join(f"{number},{each}\n" for number, each in enumerate(rows)))
    hosts = [each.host for each in read_repositories(path)[0]]
    assert hosts == ["git.example.org:8443", "git.example.org", "git.example.org", ""]
