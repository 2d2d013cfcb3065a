"""Of a student's repository plain files come, under plain names, within bounds; what is none is told."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from exchanges import everything_in
from repositories import Repository

from autograder.collect.copying import Bounds, LeftOut
from autograder.collect.git_objects import Objects, opened_objects
from autograder.collect.git_runs import Git, GitLimits
from autograder.collect.git_tree import copy_tree
from autograder.collect.git_words import GitError

FILE, LINK, FOLDER, SUBMODULE = "100644", "120000", "40000", "160000"


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "a.git")


@contextmanager
def opened(repository: Repository, seconds: float = 20, limits: GitLimits | None = None) -> Iterator[Objects]:
    with opened_objects(Git(limits or GitLimits()), repository.path, time.monotonic() + seconds) as objects:
        yield objects


def copied(
    repository: Repository, tree: str, tmp_path: Path, **bounds: object
) -> tuple[dict[str, str], dict[str, str]]:
    """What came, and why what did not; two rows of one name are one."""
    target = tmp_path / "copy"
    target.mkdir()
    with opened(repository) as objects:
        left_out: tuple[LeftOut, ...] = copy_tree(objects, tree, target, replace(Bounds(), **bounds))  # type: ignore[arg-type]
    assert not [each for each in target.rglob("*") if each.is_symlink() or not (each.is_file() or each.is_dir())]
    return everything_in(target), dict(left_out)


def test_plain_files_come_whatever_is_beside_them(repository: Repository, tmp_path: Path) -> None:
    blob, passwd = repository.blob(b"{}"), repository.blob(b"/etc/passwd")
    inner = repository.tree((FILE, b"data.csv", blob), (LINK, b"up", repository.blob(b"../../..")))
    commit = repository.commit({"a": "1"})
    tree = repository.tree(
        (FILE, b".gitattributes", repository.blob(b"* filter=x")),
        (LINK, b"link", passwd),
        (FOLDER, b"more", inner),
        (SUBMODULE, b"sub", commit),
        ("100755", b"tiny.ipynb", blob),
        (FILE, b"timestamp.txt", repository.blob(b"2020-01-01 00:00:00 UTC")),
    )
    texts, why = copied(repository, tree, tmp_path)
    assert texts == {"more/data.csv": "{}", "tiny.ipynb": "{}", "timestamp.txt": "2020-01-01 00:00:00 UTC"}
    assert why == {
        "link": "is a link",
        "more/up": "is a link",
        "sub": "is a submodule: its files are in another repository",
    }


@pytest.mark.parametrize(
    "name",
    [
        *(
            b"..",
            b".",
            b"",
            b"a/b",
            b"../../out",
            b"/etc/out",
            b"a\\b",
            b"c:evil",
            b"new\nline",
            b"bell\x07",
            b"esc\x1b[2J",
        ),
        *(b"\xff\xfe", "right‮left".encode(), "zero​width".encode(), b"long" * 70),
    ],
)
def test_a_name_that_leads_elsewhere_or_can_not_be_printed_is_left_out(
    repository: Repository, tmp_path: Path, name: bytes
) -> None:
    blob = repository.blob(b"evil")
    tree = repository.tree((FILE, name, blob), (FILE, b"tiny.ipynb", blob))
    texts, why = copied(repository, tree, tmp_path)
    assert list(texts) == ["tiny.ipynb"]
    assert "name" in why[os.fsdecode(name)]
    assert sorted(each.name for each in tmp_path.iterdir()) == ["a.git", "copy"]


@pytest.mark.parametrize("name", [b".git", b".GIT", b".Git", b"git~1", b".gitmodules", b".github", b".git "])
def test_what_belongs_to_git_never_comes(repository: Repository, tmp_path: Path, name: bytes) -> None:
    hook = repository.tree((FILE, b"config", repository.blob(b"[core]\n\tfsmonitor = touch /tmp/ran\n")))
    tree = repository.tree((FOLDER, name, hook), (FILE, b"tiny.ipynb", hook and repository.blob(b"{}")))
    texts, _ = copied(repository, tree, tmp_path)
    assert list(texts) == ["tiny.ipynb"]


@pytest.mark.parametrize(
    "name", ["-rf", "--help", "übung.ipynb", "日本語.ipynb", "a b.ipynb", "$(touch x)", "`x`", "a;b"]
)
def test_names_that_are_only_unusual_come(repository: Repository, tmp_path: Path, name: str) -> None:
    tree = repository.tree((FILE, name.encode(), repository.blob(b"1")))
    assert copied(repository, tree, tmp_path) == ({name: "1"}, {})


def test_names_that_differ_in_case_come_both_and_one_name_twice_once(repository: Repository, tmp_path: Path) -> None:
    one, two = repository.blob(b"1"), repository.blob(b"2")
    inner = repository.tree((FILE, b"x", two))
    tree = repository.tree((FILE, b"LAB", one), (FILE, b"Lab", two), (FILE, b"lab", one), (FILE, b"lab", two))
    assert copied(repository, tree, tmp_path)[0] == {"LAB": "1", "Lab": "2", "lab": "1"}
    both = repository.tree((FILE, b"lab", one), (FOLDER, b"lab", inner))
    (tmp_path / "second").mkdir()
    texts, why = copied(repository, both, tmp_path / "second")
    assert len(texts) == 1
    assert "name of another file" in "".join(why.values())


def test_a_git_lfs_pointer_is_told_and_a_file_that_speaks_of_it_comes(repository: Repository, tmp_path: Path) -> None:
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 12345\n"
    tree = repository.tree(
        (FILE, b"notes", repository.blob(b"see " + pointer)), (FILE, b"tiny.ipynb", repository.blob(pointer))
    )
    texts, why = copied(repository, tree, tmp_path)
    assert list(texts) == ["notes"]
    assert "Git LFS" in why["tiny.ipynb"]


def test_bounds_hold_notebooks_first(repository: Repository, tmp_path: Path) -> None:
    big, small = repository.blob(b"x" * 3_000), repository.blob(b"y" * 1_500)
    tree = repository.tree(
        *((FILE, b"a%d" % number, small) for number in range(3)), (FILE, b"big", big), (FILE, b"z.ipynb", small)
    )
    texts, why = copied(repository, tree, tmp_path, file_bytes=2_000, all_bytes=4_000)
    assert list(texts) == ["a0", "z.ipynb"]
    assert why["a1"] == "is too large together with the other files"
    assert why["big"] == "has more than 0.002 MB"
    (tmp_path / "second").mkdir()
    texts, why = copied(repository, tree, tmp_path / "second", files=2)
    assert list(texts) == ["a0", "z.ipynb"]
    assert "beyond the 2 files" in why["a2"]


def test_patterns_of_the_course_hold(repository: Repository, tmp_path: Path) -> None:
    blob = repository.blob(b"1")
    inner = repository.tree((FILE, b"kept.py", blob))
    tree = repository.tree((FOLDER, b"__pycache__", inner), (FILE, b"a.pyc", blob), (FILE, b"b.py", blob))
    assert copied(repository, tree, tmp_path, ignored=("__pycache__", "*.pyc"), wanted=("*.py",)) == ({"b.py": "1"}, {})


def test_a_file_that_swells_is_neither_written_nor_read(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    real = Objects.blob
    monkeypatch.setattr(Objects, "blob", lambda objects, name: (read.append(name), real(objects, name))[1])
    zeros = repository.blob(bytes(30_000_000))
    tree = repository.tree((FILE, b"bomb.ipynb", zeros), (FILE, b"tiny.ipynb", repository.blob(b"1")))
    started = time.monotonic()
    texts, why = copied(repository, tree, tmp_path, file_bytes=1_000_000)
    assert time.monotonic() - started < 5
    assert (texts, why) == ({"tiny.ipynb": "1"}, {"bomb.ipynb": "has more than 1 MB"})
    assert zeros not in read


def test_a_tree_of_trees_that_is_endless_ends(repository: Repository, tmp_path: Path) -> None:
    tree = repository.tree((FILE, b"f", repository.blob(b"1")))
    for _ in range(30):  # 10 to the 30 files
        tree = repository.tree(*((FOLDER, b"d%d" % number, tree) for number in range(10)))
    top = repository.tree((FOLDER, b"d", tree), (FILE, b"tiny.ipynb", repository.blob(b"1")))
    started = time.monotonic()
    texts, why = copied(repository, top, tmp_path)
    assert time.monotonic() - started < 10
    assert texts == {"tiny.ipynb": "1"}
    assert "10,000 files and folders" in why["the rest"]


def test_many_files_and_deep_folders_end(repository: Repository, tmp_path: Path) -> None:
    blob = repository.blob(b"1")
    deep = repository.tree((FILE, b"f", blob))
    for _ in range(25):
        deep = repository.tree((FOLDER, b"d", deep))
    many = repository.tree((FOLDER, b"deep", deep), *((FILE, b"f%05d" % number, blob) for number in range(3_000)))
    texts, why = copied(repository, many, tmp_path)
    assert len(texts) == 1_000
    assert "20 folders deep" in why["/".join(["deep", *"d" * 20])]
    assert any(name.endswith("more") for name in why)


@pytest.mark.parametrize(
    "raw", [b"100644", b"100644 a", b"100644 a\0short", b"\0\0\0", b"999999999 a\0" + b"0" * 20, b" \0" + b"\1" * 20]
)
def test_a_tree_that_is_none_is_told(repository: Repository, tmp_path: Path, raw: bytes) -> None:
    tree = repository.write("tree", raw)
    try:
        texts, _ = copied(repository, tree, tmp_path)
    except GitError:
        return
    assert texts == {}


def test_an_object_that_is_missing_or_another_kind_is_told(repository: Repository, tmp_path: Path) -> None:
    blob = repository.blob(b"1")
    empty = repository.tree()
    tree = repository.tree((FILE, b"gone", "0" * 39 + "1"), (FILE, b"tree", empty), (FOLDER, b"blob", blob))
    texts, why = copied(repository, tree, tmp_path)
    assert texts == {}
    assert why["gone"] == why["tree"] == "is missing in the repository"
    assert "something else" in why["blob"]
    with opened(repository) as objects, pytest.raises(GitError):
        objects.commit(blob)


def test_the_time_ends(repository: Repository) -> None:
    commit = repository.commit({"a": "1"})
    with opened(repository, 0.0) as objects:
        time.sleep(0.1)
        with pytest.raises(GitError, match="takes too much"):
            objects.commit(commit)
