"""What is wrong with a database, in a sentence each, with what to do next."""

from __future__ import annotations

import difflib
import os
from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import SQLAlchemyError

from autograder.course.errors import CourseError

FORMS = "sqlite:///gradebook.db or postgresql+psycopg://user@host/database"
_KINDS = ("sqlite", "postgresql")
_INSTALL = "its driver comes with `pip install 'notebook-autograder[postgres]'`"
_OTHERS = ("mysql", "mariadb", "oracle", "mssql")
# What SQLite says when trying again is of no use.
_HOPELESS = ("readonly", "not a database", "malformed", "is full", "no such table", "unable to open", "read-only")


def read_url(text: str, setting: str = "GRADEBOOK_URL") -> URL:
    """A database's address.

    Raises:
        CourseError: it is none, or not of a kind that we keep gradebooks in. The sentence does not repeat it, as it may
            hold a password.
    """
    try:
        url = make_url(text)
    except (SQLAlchemyError, ValueError) as error:
        raise CourseError(
            f"The gradebook can't be opened: its address is not one of SQLAlchemy's, such as {FORMS}. Check {setting}."
        ) from error
    kind = url.drivername.partition("+")[0]
    if kind not in _KINDS:
        raise CourseError(f"The gradebook {shown(url)} can't be opened: {_unknown(kind)}. Check {setting}.")
    if kind == "sqlite" and url.host:
        raise CourseError(
            f"The gradebook {shown(url)} can't be opened: an SQLite address has three slashes before a relative path, "
            f"sqlite:///{url.host}, and four before an absolute one. Check {setting}."
        )
    if kind == "sqlite" and url.database in (None, "", ":memory:"):
        raise CourseError(
            f"The gradebook {shown(url)} would be gone when the command ends: it has no file. Write {setting} as "
            "sqlite:///gradebook.db."
        )
    return url


def _unknown(kind: str) -> str:
    if kind == "postgres":
        return f"SQLAlchemy's name for PostgreSQL is another, postgresql+psycopg://user@host/database; {_INSTALL}"
    near = difflib.get_close_matches(kind, [*_KINDS, *_OTHERS], 1)
    if near and near[0] in _KINDS:
        return f"there is no kind of database called {kind!r}; you may mean {near[0]!r}, as in {FORMS}"
    return f"the grader keeps its gradebook in SQLite or PostgreSQL, not in {kind!r}: {FORMS}"


def shown(url: URL) -> str:
    """The address as it may be printed: without user, password and options."""
    return URL.create(url.drivername, host=url.host, port=url.port, database=url.database).render_as_string()


def reason_of(error: BaseException) -> str:
    """What a database or its driver said, as one line."""
    text = str(getattr(error, "orig", None) or error).strip()
    return text.splitlines()[0].rstrip(".") if text else type(error).__name__


def is_hopeless(error: BaseException) -> bool:
    """Whether what a database said would be said again a moment later."""
    return any(each in reason_of(error) for each in _HOPELESS)


def of_driver(url: URL, error: BaseException, setting: str) -> str:
    """The sentence for a database whose driver is not here."""
    start = f"The gradebook {shown(url)} can't be opened: {reason_of(error)}."
    if url.drivername.startswith("postgresql"):
        if url.drivername == "postgresql+psycopg":
            return f"{start} Install the driver that {setting} names: `pip install 'notebook-autograder[postgres]'`."
        return f"{start} Write {setting} as postgresql+psycopg://user@host/database; {_INSTALL}."
    return f"{start} Write {setting} as sqlite:///gradebook.db."


def of_opening(url: URL, error: BaseException, setting: str) -> str:
    """The sentence for a database that can't be used as it is."""
    reason = reason_of(error)
    start = f"The gradebook {shown(url)}"
    path = _file_of(url)
    if "locked" in reason and path is not None:
        return (
            f"{start} can't be opened: it is locked, as another program writes to it. Close formgrader and what else "
            "has it open, or wait for it; then run the same command again."
        )
    if "readonly" in reason or "read-only" in reason:
        what = (
            f"Give yourself the right to write: chmod u+w '{path}', and its folder" if path else "Ask for more rights"
        )
        return f"{start} can't be opened for writing: it is read-only. {what}, or name another in {setting}."
    if path is None:
        return f"{start} can't be opened: {reason}. Check {setting}."
    if not path.parent.is_dir():
        return f"{start} can't be opened: there is no folder {path.parent}. Make it, or check {setting}."
    if path.is_dir():
        return f"{start} can't be opened: it is a folder. Name a file in {setting}."
    if "not a database" in reason or "malformed" in reason:
        what = "damaged" if "malformed" in reason else "no SQLite database, but some other file"
        return f"{start} can't be opened: it is {what}. Put back a copy, or move it away, or check {setting}."
    if "is full" in reason:
        return f"{start} can't be opened: its disk is full. Make room, and run the same command again."
    if path.exists() and not os.access(path, os.R_OK):
        return f"{start} can't be opened: you may not read it. Ask its owner for rights, or check {setting}."
    if not os.access(path.parent, os.W_OK | os.X_OK):
        return (
            f"{start} can't be opened: you may not write in {path.parent}, which SQLite needs. Ask for rights, or "
            f"check {setting}."
        )
    return f"{start} can't be opened: {reason}. Check {setting}."


def _file_of(url: URL) -> Path | None:
    """The file of an SQLite database; None for a server."""
    if not url.drivername.startswith("sqlite") or url.database is None:
        return None
    return Path(url.database.removeprefix("file:"))
