"""Places in a folder that each of two sides has: what crosses as which, and what leads elsewhere."""

from __future__ import annotations

from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath
from typing import Any

import pytest

from autograder.sandbox.two_folders import is_inside, path_data, received, received_inside, text_data
from autograder.sandbox.wire import WireError


@pytest.mark.parametrize("text", ["/tmp/here", "/tmp/here/a/b.txt", "/tmp/here/"])
def test_a_place_in_one_folder_is_the_same_place_in_the_other(text: str) -> None:
    told = text_data(text, "/tmp/here")
    assert received(told, "/there") == text.replace("/tmp/here", "/there")


@pytest.mark.parametrize("text", ["", "a.txt", "/tmp/hereafter", "/tmp", "x/tmp/here"])
def test_any_other_text_stays_as_it_is(text: str) -> None:
    assert text_data(text, "/tmp/here") == text


@pytest.mark.parametrize("data", ["/../x", "/a/../../x", "x", "/a/..", 3, None, "/" + "x" * 200_001])
def test_what_leads_out_of_the_folder_is_refused(data: Any) -> None:
    for told in ({"t": "here", "v": data}, {"t": "path", "kind": "Path", "v": {"t": "here", "v": data}}):
        with pytest.raises(WireError):
            received(told, "/there")


def test_without_a_folder_of_both_there_is_no_place_in_it() -> None:
    assert text_data("/tmp/here", "") == "/tmp/here"
    with pytest.raises(WireError):
        received({"t": "here", "v": "/a"}, "")


@pytest.mark.parametrize("path", [Path("a/b"), Path("/x"), PurePosixPath("a"), PureWindowsPath("c:/a")])
def test_a_path_is_the_same_on_the_other_side(path: PurePath) -> None:
    told = path_data(path, "")
    assert told is not None
    made = received(told, "")
    assert (type(made), made) == (type(path), path)


class Place(type(Path())):  # type: ignore[misc]
    pass


@pytest.mark.parametrize("value", ["a", 3, Place("a"), Path])
def test_what_is_no_path_of_python_s_own_is_none(value: Any) -> None:
    assert path_data(value, "") is None


@pytest.mark.parametrize("data", [{"kind": "open", "v": "a"}, {"kind": "Path", "v": 3}, {"kind": "Path"}, {"v": "a"}])
def test_what_is_not_of_a_path_s_form_is_refused(data: dict[str, Any]) -> None:
    with pytest.raises(WireError):
        received({"t": "path", **data}, "/there")


@pytest.mark.parametrize(
    ("path", "is_in"),
    [
        (Path("a.txt"), True),
        (Path("/here/a.txt"), True),
        (PurePosixPath("/etc/passwd"), True),  # it opens nothing
        (Path("/etc/passwd"), False),
        (Path("../a"), False),
        (Path("/here/../etc"), False),
        (Path("/hereafter"), False),
    ],
)
def test_a_path_that_opens_files_crosses_where_it_leads_to_none_but_those_of_both(path: PurePath, is_in: bool) -> None:
    assert is_inside(path, "/here") == is_in
    assert is_inside(path, "") == (type(path) is PurePosixPath)
    told = path_data(path, "")
    assert told is not None
    if is_in:
        assert received_inside(told, "/here") == path
    else:
        with pytest.raises(WireError):
            received_inside(told, "/here")
