"""Archives made to do harm: what can be taken is taken, and each other file or archive is one sentence."""

from __future__ import annotations

import gzip
import io
import os
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from autograder.collect import archives
from autograder.collect.archives import ArchiveError, is_plain_name, members
from autograder.gradebook.plain_files import NotPlainError

Read = Callable[[bytes, str], tuple[dict[str, bytes], dict[str, str], str]]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Reads an archive: files and their bytes; what was left out and why; why it ended before its end."""

    def read(data: bytes, name: str = "a.zip") -> tuple[dict[str, bytes], dict[str, str], str]:
        path = tmp_path / name
        path.write_bytes(data)
        taken: dict[str, bytes] = {}
        left_out: dict[str, str] = {}
        file = os.open(path, os.O_RDONLY)
        try:
            with members(file, name) as found:
                for each in found:
                    try:
                        if each.why_not:
                            raise NotPlainError(each.why_not)
                        taken[each.name] = b"".join(iter(each.read, b""))
                    except NotPlainError as error:
                        left_out[each.name] = str(error)
        except ArchiveError as error:
            return taken, left_out, str(error)
        finally:
            os.close(file)
        return taken, left_out, ""

    return read


def zip_of(*files: tuple[str | zipfile.ZipInfo, bytes], packed: int = zipfile.ZIP_DEFLATED) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", packed) as archive:
        for name, content in files:
            archive.writestr(name, content)
    return data.getvalue()


def of_kind(name: str, kind: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = (kind | 0o777) << 16
    return info


ODD_MEMBERS = {
    "climbs": (("../../x.ipynb", b""), "leads elsewhere"),
    "absolute": (("/etc/x.ipynb", b""), "leads elsewhere"),
    "a drive's": (("C:/x.ipynb", b""), "leads elsewhere"),
    "of another system": (("a\\..\\x.ipynb", b""), "leads elsewhere"),
    "steers a terminal": (("\x1b[31mx.ipynb", b""), "can't be printed"),
    "a link": ((of_kind("x.ipynb", stat.S_IFLNK), b"/etc/passwd"), "is a link"),
    "a device": ((of_kind("x.ipynb", stat.S_IFCHR), b""), "is a link, or no plain file"),
    "there twice": (("good.ipynb", b"again"), "the name of another file"),
}


@pytest.mark.parametrize("kind", ODD_MEMBERS)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_file_in_an_archive_that_leads_out_is_left_out(kind: str, read: Read) -> None:
    odd, words = ODD_MEMBERS[kind]
    taken, left_out, why = read(zip_of(("good.ipynb", b"{}"), odd, ("later.ipynb", b"{}")), "a.zip")
    assert taken == {"good.ipynb": b"{}", "later.ipynb": b"{}"}
    assert [words in each for each in left_out.values()] == [True]
    assert why == ""


def changed(data: bytes, *places: tuple[bytes, int, bytes]) -> bytes:
    """`data` with bytes put in so far behind the first place of a mark."""
    raw = bytearray(data)
    for mark, offset, new in places:
        at = raw.index(mark) + offset
        raw[at : at + len(new)] = new
    return bytes(raw)


TWO = zip_of(("bad.ipynb", b"x" * 500), ("good.ipynb", b"{}"))
LOCAL, CENTRAL, END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
DAMAGED_FILES = {
    "locked": (changed(TWO, (LOCAL, 6, b"\1"), (CENTRAL, 8, b"\1")), "without a password"),
    "packed otherwise": (changed(TWO, (LOCAL, 8, b"\x63"), (CENTRAL, 10, b"\x63")), "packed in a way"),
    "with a dictionary of any size": (
        changed(TWO, (LOCAL, 8, b"\x0e"), (CENTRAL, 10, b"\x0e")),
        "packed in a way",
    ),
    "of other bytes": (changed(TWO, (CENTRAL, 16, b"\1\2\3\4")), "is damaged"),
    "of another size": (changed(TWO, (CENTRAL, 24, b"\x10\x00")), "is damaged"),
    "somewhere else": (changed(TWO, (CENTRAL, 42, b"\xf0\xff")), "is damaged"),
}


@pytest.mark.parametrize("kind", DAMAGED_FILES)
def test_a_damaged_file_in_an_archive_is_left_out_and_the_others_are_taken(kind: str, read: Read) -> None:
    data, words = DAMAGED_FILES[kind]
    taken, left_out, why = read(data, "a.zip")
    assert (taken, why) == ({"good.ipynb": b"{}"}, "")
    assert words in left_out["bad.ipynb"]


NO_ARCHIVES = {
    "empty": b"",
    "no zip": b"PK\3\4 and so on",
    "cut off": TWO[: len(TWO) // 2],
    "with a list that is elsewhere": changed(TWO, (END, 16, b"\xff\xff\xff\x7f")),
    "with a list that is too long": changed(TWO, (END, 12, b"\xff\xff\xff\x7f")),
}


@pytest.mark.parametrize("kind", NO_ARCHIVES)
def test_what_is_no_archive_is_one_sentence(kind: str, read: Read) -> None:
    taken, left_out, why = read(NO_ARCHIVES[kind], "a.zip")
    assert taken == {}
    assert "archive" in why or all("is damaged" in each for each in left_out.values())
    assert why or left_out


def test_an_archive_of_very_many_files_ends(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "_MAX_MEMBERS", 3)
    taken, _, why = read(zip_of(*((f"{number}.ipynb", b"") for number in range(9))), "a.zip")
    assert len(taken) == 3
    assert why == "has more than 3 files; the others were not looked at"
    monkeypatch.setattr(archives, "_MAX_READ_BYTES", 100)
    assert "too long" in read(zip_of(*((f"{number}.ipynb", b"") for number in range(9))), "a.zip")[2]


def tar_of(*members: tuple[tarfile.TarInfo, bytes]) -> bytes:
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w:gz") as archive:
        for info, content in members:
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return data.getvalue()


def test_of_a_tar_plain_files_are_taken(read: Read) -> None:
    link, hard, pipe, climbs = (tarfile.TarInfo(each) for each in ("link", "hard", "pipe", "../climbs"))
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
    hard.type, hard.linkname = tarfile.LNKTYPE, "/etc/passwd"
    pipe.type = tarfile.FIFOTYPE
    first, last = tarfile.TarInfo("./first.ipynb"), tarfile.TarInfo("last.ipynb")
    data = tar_of((first, b"1"), (link, b""), (hard, b""), (pipe, b""), (climbs, b""), (last, b"2"))
    taken, left_out, why = read(data, "a.tar.gz")
    assert taken == {"first.ipynb": b"1", "last.ipynb": b"2"}
    assert set(left_out) == {"link", "hard", "pipe", "../climbs"}
    assert why == ""


def test_a_tar_that_swells_ends(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "_MAX_TAR_BYTES", 1 << 20)
    data = tar_of(
        (tarfile.TarInfo("a.ipynb"), b"1"), (tarfile.TarInfo("b"), bytes(4 << 20)), (tarfile.TarInfo("c"), b"2")
    )
    taken, _, why = read(data, "a.tar.gz")
    assert taken.keys() == {"a.ipynb"}
    assert "when it is unpacked" in why
    header = tarfile.TarInfo("x")
    header.type, header.size = tarfile.XHDTYPE, 1 << 40  # a header that would be read at once
    huge = gzip.compress(header.tobuf() + bytes(1 << 16))
    assert read(huge, "a.tar.gz")[2]


@pytest.mark.parametrize(
    "data",
    [gzip.compress(b"no tar"), b"no gzip", zlib.compress(b"x"), gzip.compress(b"x" * 2000)[:20]],
    ids=["no tar", "no gzip", "zlib", "cut off"],
)
def test_what_is_no_tar_is_one_sentence(data: bytes, read: Read) -> None:
    assert read(data, "a.gz")[2].startswith("can't be read as an archive")


def test_plain_names() -> None:
    assert all(map(is_plain_name, ("a.ipynb", "a b/ü.ipynb", "..a/b", "a..", "ab:c")))
    assert not any(
        map(is_plain_name, ("", "a/", "/a", "a//b", "./a", "..", "a/../b", "a\\b", "c:d", "a\nb", "a\u202eb"))
    )
