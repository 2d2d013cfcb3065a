"""Whose repository is where: a CSV file with a student's id and a clone address in each line.

An address is handed to git, so it is one of the few kinds that are known here, and never something that git would take
for an option or for a program to start.
"""

from __future__ import annotations

import difflib
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from autograder.course.errors import CourseError
from autograder.course.settings import is_student_id
from autograder.gradebook.student_lists import column_names, lines_of

COLUMNS = ("id", "clone_url", "branch")
_NEEDED = ("id", "clone_url")
_SCHEMES = ("https", "ssh", "file")
_MAX_BYTES = 10_000_000
_MAX_ADDRESS_CHARACTERS = 1_000
_SHOWN_CHARACTERS = 60
_SCP = re.compile(r"(?:[A-Za-z0-9][\w.-]*@)?[A-Za-z0-9][A-Za-z0-9.-]*:(?!/?/)[^\s-].*")  # git@host:team/lab.git
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9a-fA-F:.]+\]")
_SSH_USER = re.compile(r"[A-Za-z0-9][\w.-]*")
# What git allows in a branch's name (git-check-ref-format), less what it would take for a pattern.
_BRANCH = re.compile(r"(?!.*(?:\.\.|@\{|//|/\.|\.lock(?:/|$)))(?![./])[^\s~^:?*\[\\]+")

LeftOutRow = tuple[str, str, str]  # whose (or empty), what, and why: the end of a sentence


@dataclass(frozen=True)
class Repository:
    """One student's.

    Attributes:
        url: the address, as git takes it.
        host: where it is, as `host:port` if the address names a port; empty for a folder of this machine.
        branch: its name; empty: the repository's default.
        line: of the file.
    """

    student: str
    url: str
    host: str = ""
    branch: str = ""
    line: int = 0


def read_repositories(path: Path, course: Path | None = None) -> tuple[tuple[Repository, ...], tuple[LeftOutRow, ...]]:
    """The repositories that a file names, and lines that name none, with why.

    The first line names the columns, in any order and whatever stands beside them; `branch` may be missing. Cells stand
    between commas, semicolons or tabs.

    Args:
        course: its folder. Addresses may be students', and the course's own repository, which holds the solution, is no
            student's.

    Raises:
        CourseError: the file can't be read, or a column is missing.
    """
    rows = lines_of(path, _NEEDED, _MAX_BYTES)
    line, titles = next(rows, (1, []))
    columns = column_names(titles)
    _check_columns(f"{path}, line {line}", columns)
    found: list[Repository] = []
    left_out: list[LeftOutRow] = []
    for line, cells in rows:
        row = dict.fromkeys(columns, "") | {
            column: cell.strip() for column, cell in zip(columns, cells, strict=False) if column in COLUMNS
        }
        each = _repository(line, row)
        if isinstance(each, Repository) and course is not None and _is_of(course, each):
            each = each.student, f"line {line}", "has the clone_url of the course's own folder"
        if isinstance(each, Repository):
            found.append(each)
        else:
            left_out.append(each)
    by_student: dict[str, list[Repository]] = defaultdict(list)
    for each in found:
        by_student[each.student].append(each)
    for student, several in by_student.items():
        if len({(each.url, each.branch) for each in several}) > 1:
            lines = ", ".join(str(each.line) for each in several)
            left_out.append((student, f"lines {lines}", "name different repositories of one student: take one away"))
            several.clear()
    kept = tuple(several[0] for several in by_student.values() if several)
    if not found and not left_out:
        raise CourseError(f"{path} names no repository: below its first line there is none.")
    return kept, tuple(left_out)


def is_branch(name: str) -> bool:
    """Whether a branch may be called so, and nothing of it means more to git."""
    return bool(_BRANCH.fullmatch(name)) and not name.endswith((".", "/")) and name.isprintable()


def _repository(line: int, row: dict[str, str]) -> Repository | LeftOutRow:
    student, address, branch = row["id"], row["clone_url"], row.get("branch", "")
    where = f"line {line}"
    if not student:
        return "", where, "has no id"
    if not is_student_id(student) or "/" in student:
        return "", where, "has an id that can't be a student's, which is a folder's name"
    if not address:
        return student, where, "has no clone_url"
    url, host, why = _address(address)
    if why:
        return student, where, f"has a clone_url that {why}"
    if branch and not is_branch(branch):
        return student, where, "has a branch that no branch can be called"
    return Repository(student, url, host, branch, line)


def _is_of(course: Path, repository: Repository) -> bool:
    """Whether a repository is one that the course's folder lies in."""
    if repository.host or not repository.url.startswith("file:"):
        return False
    place = Path(unquote(urlsplit(repository.url).path)).resolve()
    folder = course.resolve()
    return any(place in (each, each / ".git") for each in (folder, *folder.parents))


def _address(address: str) -> tuple[str, str, str]:
    """An address as git takes it, its host, and why it is none, as the end of a sentence. It is not shown: a password
    may stand in it."""
    if "::" in address.partition("[")[0] or address.startswith("-"):
        return "", "", "git would take for a program or an option"
    is_folder = address.startswith("/")
    if len(address) > _MAX_ADDRESS_CHARACTERS or not address.isprintable() or (" " in address and not is_folder):
        return "", "", "is too long, or holds what no address does"
    if is_folder:
        return Path(address).as_uri(), "", ""  # asked like a server's, which sends what is asked for
    if "://" not in address:
        if not _SCP.fullmatch(address) or address.partition(":")[0] in _SCHEMES:
            return "", "", "is none: it begins with https:// or ssh://, or looks like git@host:path"
        return address, address.partition(":")[0].rpartition("@")[2].lower(), ""
    try:
        parts = urlsplit(address)
        parts.port  # noqa: B018  # raises if it is none
    except ValueError:
        return "", "", "can't be read as an address"
    if why := _why_not(parts):
        return "", "", why
    if parts.scheme == "file":
        return address, "", ""
    return address, parts.netloc.rpartition("@")[2].lower(), ""


def _why_not(parts: SplitResult) -> str:
    if parts.scheme == "file":
        return "" if parts.netloc in ("", "localhost") and parts.path.startswith("/") else "names no folder from / on"
    if parts.scheme not in _SCHEMES:
        return "begins with none of https://, ssh:// and file://"
    if parts.scheme == "https" and "@" in parts.netloc:
        return "holds a name or a password before the @: take it out, and see docs/git.md for where a token goes"
    if parts.password is not None or (parts.username is not None and not _SSH_USER.fullmatch(parts.username)):
        return "holds a password, or a name that no account has"
    host = parts.netloc.rpartition("@")[2]
    host = host if host.endswith("]") or parts.port is None else host.rpartition(":")[0]
    if not _HOST.fullmatch(host):
        return "names no host"
    return "names no repository" if parts.path in ("", "/") else ""


def _check_columns(where: str, columns: Sequence[str]) -> None:
    for needed in COLUMNS:
        if columns.count(needed) > 1:
            raise CourseError(f"{where} names the column {needed} twice. Take one of them out.")
        if needed in _NEEDED and needed not in columns:
            near = difflib.get_close_matches(needed, columns, 1)
            hint = f" Is it {_shown(near[0])}? Rename it." if near else ""
            raise CourseError(
                f"{where} names no column {needed}.{hint} It needs {' and '.join(_NEEDED)}; branch may be there."
            )


def _shown(text: str) -> str:
    return repr(text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}…")
