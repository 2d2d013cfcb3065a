"""The course's files are copied once, whole, and anew when they have changed."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from autograder.sandbox.shared import copy_files, shared_folder


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    for name, text in {"numbers.csv": "1", "deep/er/words.txt": "a"}.items():
        (tmp_path / "course" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "course" / name).write_text(text)
    (tmp_path / "course" / "models").mkdir()
    (tmp_path / "room").mkdir()
    return {name: tmp_path / "course" / name for name in ("numbers.csv", "deep/er/words.txt", "models")}


def test_everybody_gets_the_same_copy(files: dict[str, Path], tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        folders = set(pool.map(lambda _: shared_folder(tmp_path / "room", files), range(40)))
    assert len(folders) == 1
    assert list((tmp_path / "room").iterdir()) == list(folders), "nothing is left of those who came later"
    folder = folders.pop()
    assert folder is not None
    found = {str(path.relative_to(folder)): path for path in folder.rglob("*")}
    assert sorted(found) == ["deep", "deep/er", "deep/er/words.txt", "models", "numbers.csv"]
    for path in found.values():
        assert stat.S_IMODE(path.stat().st_mode) == (0o777 if path.is_dir() else 0o666)


def test_changed_files_are_copied_anew(files: dict[str, Path], tmp_path: Path) -> None:
    before = shared_folder(tmp_path / "room", files)
    files["numbers.csv"].write_text("23")
    after = shared_folder(tmp_path / "room", files)
    assert before is not None
    assert after is not None
    assert before != after
    assert [(each / "numbers.csv").read_text() for each in (before, after)] == ["1", "23"]


def test_modules_are_compiled_and_not_run(tmp_path: Path) -> None:
    (tmp_path / "lab.py").write_text(f"open({str(tmp_path / 'was_run')!r}, 'w')")
    (tmp_path / "broken.py").write_text("def (")
    folder = shared_folder(tmp_path, {name: tmp_path / name for name in ("lab.py", "broken.py")})
    assert folder is not None
    assert [path.name.split(".")[0] for path in (folder / "__pycache__").iterdir()] == ["lab"]
    assert (folder / "broken.py").exists()
    assert not (tmp_path / "was_run").exists()


def test_no_files_need_no_folder(tmp_path: Path) -> None:
    assert shared_folder(tmp_path, {}) is None
    assert not list(tmp_path.iterdir())


def test_a_copy_can_be_written_to_with_its_folders(tmp_path: Path) -> None:
    (tmp_path / "words.txt").write_text("a")
    (tmp_path / "guest").mkdir()
    copy_files({"a/b/c.txt": tmp_path / "words.txt"}, tmp_path / "guest")
    modes = [stat.S_IMODE((tmp_path / "guest" / each).stat().st_mode) for each in ("a", "a/b", "a/b/c.txt")]
    assert modes == [0o777, 0o777, 0o666]
