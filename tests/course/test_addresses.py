"""Links that open the release with one click: their exact form, where they are put, and settings that are wrong."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import nbformat
import pytest
from traitlets.config import Config

from autograder.course.addresses import Addresses, fill_in_file, fill_in_notebook, fill_in_text, read_addresses
from autograder.course.errors import CourseError

GITHUB = Addresses("https://github.com/owner/lab")
GITLAB = Addresses("https://gitlab.com/group/sub/lab", "spring", "")
OWN_GITLAB = Addresses("https://gitlab.example.edu/group/lab")


def settings(**release: Any) -> Config:
    return Config(Release=Config(release))


@pytest.mark.parametrize(
    ("addresses", "address"),
    [
        (GITHUB, "https://colab.research.google.com/github/owner/lab/blob/main/release/tiny/tiny.ipynb"),
        (GITHUB, "https://mybinder.org/v2/gh/owner/lab/main?labpath=release%2Ftiny%2Ftiny.ipynb"),
        (GITLAB, "https://mybinder.org/v2/gl/group%2Fsub%2Flab/spring?labpath=tiny%2Ftiny.ipynb"),
        (
            OWN_GITLAB,
            "https://mybinder.org/v2/git/https%3A%2F%2Fgitlab.example.edu%2Fgroup%2Flab/main"
            "?labpath=release%2Ftiny%2Ftiny.ipynb",
        ),
    ],
)
def test_colab_and_binder_are_told_owner_branch_and_path(addresses: Addresses, address: str) -> None:
    assert f"]({address})" in addresses.links("tiny", "tiny.ipynb")


@pytest.mark.parametrize("addresses", [GITLAB, OWN_GITLAB])
def test_colab_is_left_out_where_it_can_t_read_the_repository(addresses: Addresses) -> None:
    assert "colab" not in addresses.links("tiny", "tiny.ipynb").lower()


@pytest.mark.parametrize("folder", ["release", "", "a/b"])
def test_a_hub_is_told_repository_branch_and_the_folder_that_it_pulls_into(folder: str) -> None:
    addresses = Addresses("https://gitlab.com/group/sub/lab", "main", folder, "https://hub.example.edu/x")
    address = addresses.links("my lab", "my lab.ipynb").rpartition("](")[2].removesuffix(")")
    parts = urlsplit(address)
    assert parts.path == "/x/hub/user-redirect/git-pull"
    path = "/".join(filter(None, ("lab/tree/lab", folder, "my lab/my lab.ipynb")))
    wanted = {"repo": ["https://gitlab.com/group/sub/lab"], "branch": ["main"], "urlpath": [path]}
    assert parse_qs(parts.query) == wanted


@pytest.mark.parametrize(
    ("addresses", "address"),
    [
        (GITHUB, "https://raw.githubusercontent.com/owner/lab/main/release/tiny/"),
        (GITLAB, "https://gitlab.com/group/sub/lab/-/raw/spring/tiny/"),
        (OWN_GITLAB, "https://gitlab.example.edu/group/lab/-/raw/main/release/tiny/"),
        (Addresses(), ""),
    ],
)
def test_missing_files_are_fetched_from_the_released_folder(addresses: Addresses, address: str) -> None:
    assert addresses.files("tiny") == address


def test_no_character_of_a_name_ends_a_link_early() -> None:
    links = Addresses("https://github.com/owner/lab", "a/b", "x y", "https://hub.example.edu").links(
        "a (b)", "a].ipynb"
    )
    for address in links.split("](")[1:]:
        assert not {" ", "(", "]", "<"} & set(address.partition(")")[0])


def test_a_picture_in_a_link_has_words_for_who_can_t_see_it() -> None:
    links = GITHUB.links("tiny", "tiny.ipynb")
    assert links.count("[![Open in ") == links.count("![") == 2


@pytest.mark.parametrize(
    ("text", "filled", "empty"),
    [
        ("# T\n\n<!-- open-in -->\n\nText\n", "# T\n\nLINKS\n\nText\n", "# T\n\nText\n"),
        ("# T\n<!-- open-in -->\nText\n", "# T\nLINKS\nText\n", "# T\nText\n"),
        ("# T\n\n<!-- open-in -->", "# T\n\nLINKS", "# T"),
        ("<!-- open-in -->\n\nText", "LINKS\n\nText", "Text"),
        (
            "Write `<!-- open-in -->` there.\n\n",
            "Write `<!-- open-in -->` there.\n\n",
            "Write `<!-- open-in -->` there.\n\n",
        ),
    ],
)
def test_links_stand_where_the_line_stood_and_nothing_does_without_them(text: str, filled: str, empty: str) -> None:
    assert fill_in_text(text, "LINKS") == filled
    assert fill_in_text(text, "") == empty


def test_a_file_in_another_encoding_is_left_as_it_is_around_the_links() -> None:
    data = "# Übung\r\n\n<!-- open-in -->\n".encode("latin-1")
    assert fill_in_file(data, "LINKS") == data.replace(b"<!-- open-in -->", b"LINKS")


MARKS = {"grade": False, "solution": False, "locked": False, "task": False, "grade_id": "one", "schema_version": 3}


@pytest.mark.parametrize("mark", ["grade", "solution", "locked", "task", None])
def test_only_cells_without_nbgrader_s_marks_are_changed(mark: str | None) -> None:
    marks = {"nbgrader": MARKS | ({mark: True} if mark else {})}
    sources = ("<!-- open-in -->\n\nHello", 'import os\n\nADDRESS = ""  # of missing files\nprint(ADDRESS == "")')
    notebook = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_markdown_cell(sources[0], metadata=marks),
            nbformat.v4.new_code_cell(sources[1], metadata=marks),
            nbformat.v4.new_code_cell('    ADDRESS = ""\nMY_ADDRESS = ""\nADDRESS = "" + ""'),
        ]
    )
    filled = fill_in_notebook(notebook, GITHUB, "tiny", "tiny.ipynb").cells
    assert filled[2] == notebook.cells[2]
    assert tuple(cell.source for cell in notebook.cells[:2]) == sources
    if mark:
        assert tuple(cell.source for cell in filled[:2]) == sources
    else:
        assert filled[0].source == f"{GITHUB.links('tiny', 'tiny.ipynb')}\n\nHello"
        address = f'ADDRESS = "{GITHUB.files("tiny")}"  # of missing files'
        assert filled[1].source == sources[1].replace('ADDRESS = ""  # of missing files', address)


@pytest.mark.parametrize("repository", ["https://github.com/owner/lab/", "https://github.com/owner/lab.git"])
def test_a_repository_may_be_written_as_people_copy_it(repository: str) -> None:
    found = read_addresses(settings(repository=repository, folder="/release/", hub="https://hub.example.edu/"))
    assert found == Addresses("https://github.com/owner/lab", "main", "release", "https://hub.example.edu")


def test_nothing_is_shown_where_nothing_is_set() -> None:
    found = read_addresses(Config())
    assert found == Addresses()
    assert found.links("tiny", "tiny.ipynb") == found.files("tiny") == ""


@pytest.mark.parametrize(
    ("release", "said"),
    [
        ({"repository": "github.com/owner/lab"}, "like 'https://github.com/owner/name'"),
        ({"repository": "http://github.com/owner/lab"}, "like 'https://github.com/owner/name'"),
        ({"repository": "git@github.com:owner/lab.git"}, "like 'https://github.com/owner/name'"),
        ({"repository": "https://github.com/owner"}, "like 'https://github.com/owner/name'"),
        ({"repository": "https://github.com/owner/lab/tree/main/x"}, "Put a branch into c.Release.branch"),
        ({"repository": "https://gitlab.com/owner/lab/-/tree/main"}, "Put a branch into c.Release.branch"),
        ({"repository": "https://user:secret@github.com/owner/lab"}, "it must be the address of a repository"),
        ({"repository": "https://example.edu/owner/lab"}, "a repository on GitHub or GitLab"),
        ({"repository": "https://[github.com/owner/lab"}, "it must be the address of a repository"),
        ({"repository": 3}, "c.Release.repository is 3; it must be text in quotes"),
        ({"repository": "https://github.com/owner/lab", "branch": ""}, "c.Release.branch is ''; it must be a branch"),
        ({"branch": "my branch"}, "it must be a branch of the repository"),
        ({"branch": "a..b"}, "it must be a branch of the repository"),
        ({"folder": "../release"}, "it must be a folder in the repository"),
        ({"folder": "a//b"}, "it must be a folder in the repository"),
        ({"folder": "a](b"}, "it must be a folder in the repository"),
        ({"hub": "hub.example.edu"}, "like 'https://hub.example.edu'"),
        ({"hub": "https://hub.example.edu/?next=x"}, "like 'https://hub.example.edu'"),
        ({"hub": "https://hub.example.edu"}, "c.Release.hub is set and c.Release.repository is not"),
    ],
)
def test_an_address_that_can_t_be_one_is_told_in_a_sentence(release: dict[str, Any], said: str) -> None:
    with pytest.raises(CourseError) as told:
        read_addresses(settings(**release))
    assert said in str(told.value)
    assert str(told.value).count(". ") <= 1
