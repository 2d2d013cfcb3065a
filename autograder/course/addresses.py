"""Where students open a released assignment with one click: links to Colab, Binder and a hub, filled into the release.

A line `<!-- open-in -->` in a notebook's text or in `README.md` becomes the links, or goes. A line `ADDRESS = ""` in
code becomes the address from which missing files can be fetched. Only cells without nbgrader's marks are changed, so
that its checksums stay what they are.
"""

from __future__ import annotations

import copy
import re
from dataclasses import dataclass, fields
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from autograder.course.errors import CourseError
from autograder.course.marked_cells import marks_of

README = "README.md"
_PLACE = re.compile(r"^<!-- open-in -->[ \t]*$", re.MULTILINE)
_PLACE_AND_SPACE = re.compile(r"\s*^<!-- open-in -->\s*\Z|^<!-- open-in -->[ \t]*\n{1,2}", re.MULTILINE)
_FETCHED_FROM = re.compile(r'^ADDRESS = ""(?=[ \t]*(?:#.*)?$)', re.MULTILINE)
_REPOSITORY = re.compile(
    r"https://(?:(?P<github>github\.com)|[\w.-]*gitlab[\w.-]*)/[\w.-]+/[\w.-]+(?P<more>(?:/[\w.-]+)*)"
)
_HUB = re.compile(r"https?://[\w.:-]+(?:/[\w.~-]+)*")
_BRANCH = re.compile(r"\w(?:[\w./-]*\w)?")
_FOLDER = re.compile(r"(?:[\w .-]+(?:/[\w .-]+)*)?")


@dataclass(frozen=True)
class Addresses:
    """Where a course's release is, as `c.Release` names it.

    Attributes:
        repository: the public repository on GitHub or GitLab that holds the release; empty: there are no links.
        branch: its branch.
        folder: where in it the assignments' folders stand; empty: at its top.
        hub: a JupyterHub with nbgitpuller; empty: there is none.
    """

    repository: str = ""
    branch: str = "main"
    folder: str = "release"
    hub: str = ""

    def links(self, assignment: str, notebook: str) -> str:
        """One line of markdown: what opens `notebook` (a file's name) of an assignment; empty without a repository."""
        if not self.repository:
            return ""
        path = self._path(assignment, notebook)
        links = []
        if self._on_github:
            badge = "https://colab.research.google.com/assets/colab-badge.svg"
            address = f"https://colab.research.google.com/github/{self._name}/blob/{quote(self.branch)}/{quote(path)}"
            links.append(f"[![Open in Colab]({badge})]({address})")
        address = f"https://mybinder.org/v2/{self._binder}/{quote(self.branch)}?{urlencode({'labpath': path})}"
        links.append(f"[![Open in Binder](https://mybinder.org/badge_logo.svg)]({address})")
        if self.hub:
            folder = self._name.rpartition("/")[2]  # the one that nbgitpuller makes
            wanted = {"repo": self.repository, "branch": self.branch, "urlpath": f"lab/tree/{folder}/{path}"}
            links.append(f"[Open in JupyterHub]({self.hub}/hub/user-redirect/git-pull?{urlencode(wanted)})")
        return " ".join(links)

    def files(self, assignment: str) -> str:
        """The address that an assignment's released files stand below, with a slash at its end; or empty."""
        if not self.repository:
            return ""
        raw = f"https://raw.githubusercontent.com/{self._name}" if self._on_github else f"{self.repository}/-/raw"
        return f"{raw}/{quote(self.branch)}/{quote(self._path(assignment))}/"

    @property
    def _on_github(self) -> bool:
        return urlsplit(self.repository).hostname == "github.com"

    @property
    def _name(self) -> str:
        return urlsplit(self.repository).path.strip("/")

    @property
    def _binder(self) -> str:
        """How Binder names the repository: by its owner, or as any git repository if the GitLab is one's own."""
        if self._on_github:
            return f"gh/{self._name}"
        on_gitlab = urlsplit(self.repository).hostname == "gitlab.com"
        return f"gl/{quote(self._name, safe='')}" if on_gitlab else f"git/{quote(self.repository, safe='')}"

    def _path(self, *parts: str) -> str:
        return "/".join(filter(None, (self.folder, *parts)))


SETTINGS = tuple(each.name for each in fields(Addresses))


def read_addresses(config: Any) -> Addresses:
    """The settings `c.Release`.

    Raises:
        CourseError: one of them can't be what it should be.
    """
    found = {each.name: config.Release.get(each.name, each.default) for each in fields(Addresses)}
    repository, branch, folder, hub = found.values()
    for name, value in found.items():
        if not isinstance(value, str):
            raise CourseError(f"c.Release.{name} is {value!r}; it must be text in quotes.")
    parts = _REPOSITORY.fullmatch(repository.rstrip("/"))
    if repository and not parts:
        raise CourseError(
            f"c.Release.repository is {repository!r}; it must be the address of a repository on GitHub or GitLab, "
            "like 'https://github.com/owner/name'."
        )
    if parts and ((parts["github"] and parts["more"]) or "/-/" in repository):
        raise CourseError(
            f"c.Release.repository is {repository!r}, which is more than 'https://github.com/owner/name'. Put a branch "
            "into c.Release.branch, and a folder into c.Release.folder."
        )
    if not _BRANCH.fullmatch(branch) or ".." in branch or "//" in branch:
        raise CourseError(f"c.Release.branch is {branch!r}; it must be a branch of the repository, like 'main'.")
    folder = folder.strip("/")
    if not _FOLDER.fullmatch(folder) or not {".", ".."}.isdisjoint(folder.split("/")):
        raise CourseError(
            f"c.Release.folder is {found['folder']!r}; it must be a folder in the repository, like 'release', or ''."
        )
    if hub and not _HUB.fullmatch(hub.rstrip("/")):
        raise CourseError(f"c.Release.hub is {hub!r}; it must be a hub's address, like 'https://hub.example.edu'.")
    if hub and not repository:
        raise CourseError("c.Release.hub is set and c.Release.repository is not. Say where the hub finds the release.")
    return Addresses(repository.rstrip("/").removesuffix(".git"), branch, folder, hub.rstrip("/"))


def fill_in_text(text: str, links: str) -> str:
    """A text with its line `<!-- open-in -->` replaced by `links`, or taken out if they are empty."""
    return _PLACE.sub(lambda _: links, text) if links else _PLACE_AND_SPACE.sub("", text)


def fill_in_file(data: bytes, links: str) -> bytes:
    """The same with a file's contents, whatever else is in it."""
    return fill_in_text(data.decode("utf-8", "surrogateescape"), links).encode("utf-8", "surrogateescape")


def fill_in_notebook(notebook: Any, addresses: Addresses, assignment: str, name: str) -> Any:
    """A copy of a released notebook (a file called `name`) with the addresses in its cells that have no marks."""
    filled = copy.deepcopy(notebook)
    links, files = addresses.links(assignment, name), addresses.files(assignment)
    for cell in filled.cells:
        if not any(marks_of(cell).get(mark) for mark in ("grade", "solution", "locked", "task")):
            if cell.cell_type == "markdown":
                cell.source = fill_in_text(cell.source, links)
            elif cell.cell_type == "code":
                cell.source = _FETCHED_FROM.sub(lambda _: f'ADDRESS = "{files}"', cell.source)
    return filled
