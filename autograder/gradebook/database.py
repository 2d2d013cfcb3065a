"""nbgrader's tables in any database: made whole or not at all, and written in transactions that may be tried again.

SQLite is the default; PostgreSQL may restart, or lose a connection, while a class is graded.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

from nbgrader.api import Base, Course
from nbgrader.dbutil import ALEMBIC_DIR
from sqlalchemy import (
    URL,
    Column,
    Connection,
    Engine,
    ExceptionContext,
    MetaData,
    String,
    Table,
    create_engine,
    event,
    insert,
    inspect,
    select,
)
from sqlalchemy.exc import DataError, DBAPIError, NoSuchModuleError, ProgrammingError, SQLAlchemyError

from autograder.course.errors import CourseError
from autograder.gradebook.trouble import is_hopeless, of_driver, of_opening, reason_of, shown
from autograder.gradebook.trouble import read_url as read_url

T = TypeVar("T")

PATIENCE_SECONDS = 30.0
"""How long a gradebook may be away in the middle of grading before the grader gives up."""

_FIRST_PAUSE_SECONDS = 0.1  # each further pause is twice as long
_CONNECT_SECONDS = "10"
_LOCKED_SECONDS = 3.0  # how long a file may be locked when it is opened
_HOPELESS = (DataError, ProgrammingError)  # would fail again: a name that is too long, a right that is missing
# How a transaction begins, by kind of database: alone, to make tables or fill them; or to read the state of one moment.
ALONE = {
    "sqlite": "BEGIN IMMEDIATE",
    "postgresql": "SELECT pg_advisory_xact_lock(7283)",  # any number that nobody else uses
}
SNAPSHOT = {"sqlite": "BEGIN", "postgresql": "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"}
# nbgrader's note of its tables' version, for `nbgrader db upgrade`.
_VERSION = Table("alembic_version", MetaData(), Column("version_num", String(32), nullable=False))


class _NotDoneError(Exception):
    """A statement failed, and nbgrader did not catch and log it, as it does with the database's own errors."""

    def __init__(self, error: DBAPIError) -> None:
        super().__init__(error)
        self.error = error


@contextmanager
def opening(url: URL, setting: str = "GRADEBOOK_URL") -> Iterator[None]:
    """Makes one sentence of all that may be wrong with a database that is being opened.

    Raises:
        CourseError: it can't be reached, or its driver is missing; `setting` is where its address stands.
    """
    os.environ.setdefault("PGCONNECT_TIMEOUT", _CONNECT_SECONDS)
    try:
        yield
    except (ImportError, NoSuchModuleError) as error:
        raise CourseError(of_driver(url, error, setting)) from error
    except (SQLAlchemyError, OSError, ValueError) as error:
        raise CourseError(of_opening(url, error, setting)) from error


def _engine(url: URL) -> Engine:
    """An engine that does not wait long for a file that is locked, unless the address says how long."""
    waits = url.get_backend_name() == "sqlite" and "timeout" not in url.query
    return create_engine(url, connect_args={"timeout": _LOCKED_SECONDS} if waits else {})


@contextmanager
def transaction(url: URL, begin: Mapping[str, str]) -> Iterator[Connection]:
    """A connection in one transaction that begins as `ALONE` or `SNAPSHOT` says; all is undone if the body raises."""
    engine = _engine(url)
    try:
        with engine.begin() as connection:
            connection.exec_driver_sql(begin.get(connection.dialect.name, "SELECT 1"))
            yield connection
    finally:
        engine.dispose()


def tables_of(connection: Connection) -> set[str]:
    """nbgrader's tables that are there.

    Raises:
        CourseError: another version of nbgrader made them, and columns are missing.
    """
    columns = inspect(connection).get_multi_columns()
    found = {name: {str(column["name"]) for column in each} for (_, name), each in columns.items()}
    for table in Base.metadata.sorted_tables:
        if table.name in found and (missing := set(table.columns.keys()) - found[table.name]):
            raise CourseError(
                f"The gradebook {shown(connection.engine.url)} was made by another version of nbgrader: its table "
                f"{table.name} has no {sorted(missing)[0]}. Bring it up to date: `nbgrader db upgrade`."
            )
    return set(found) & {*Base.metadata.tables, _VERSION.name}


def make_tables(connection: Connection) -> None:
    """Makes what is missing of nbgrader's tables, and notes their version as nbgrader would."""
    Base.metadata.create_all(connection)
    _VERSION.create(connection, checkfirst=True)
    if connection.execute(select(_VERSION)).first() is None:
        from alembic.script import ScriptDirectory  # 0.1 s, for who makes tables

        head = ScriptDirectory(ALEMBIC_DIR).get_current_head()
        connection.execute(_VERSION.insert().values(version_num=head))


def prepare(url: URL, course_id: str) -> None:
    """Makes the tables of a new gradebook, or mends one whose making was interrupted.

    nbgrader would do so in many steps, some in another program; killed in between, it leaves tables without a version.
    """
    its_course = select(Course.id).where(Course.id == course_id)
    engine = _engine(url)
    try:
        with engine.connect() as connection:
            ready = tables_of(connection) == {*Base.metadata.tables, _VERSION.name} and all(
                connection.execute(each).first() for each in (select(_VERSION), its_course)
            )
    finally:
        engine.dispose()
    if not ready:
        with transaction(url, ALONE) as connection:
            make_tables(connection)
            if connection.execute(its_course).first() is None:
                connection.execute(insert(Course).values(id=course_id))
    elif url.get_backend_name() == "sqlite":
        _try_to_write(url)


def _try_to_write(url: URL) -> None:
    """A file that can't be written to says so only when it is: it is, and that is undone."""
    engine = _engine(url)
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql(ALONE["sqlite"])
            connection.execute(_VERSION.delete())
            connection.rollback()
    finally:
        engine.dispose()


def let_errors_pass(gradebook: Any) -> None:
    """Prepares a gradebook of nbgrader for `in_one_transaction`: its API shall not catch the database's errors."""

    @event.listens_for(gradebook.engine, "handle_error")
    def _(context: ExceptionContext) -> None:
        if isinstance(context.sqlalchemy_exception, DBAPIError):
            raise _NotDoneError(context.sqlalchemy_exception)


def in_one_transaction(gradebook: Any, work: Callable[[], T]) -> T:
    """Does `work` with nbgrader's API, all of it or nothing; again if the database goes away meanwhile.

    Between two transactions no connection is open: none is there to be cut, and none is shared with a process that is
    forked then. `work` may run more than once.

    Raises:
        CourseError: the database refuses, or is away for longer than `PATIENCE_SECONDS`.
    """
    give_up, pause = time.monotonic() + PATIENCE_SECONDS, _FIRST_PAUSE_SECONDS
    while True:
        try:
            return _once(gradebook, work)
        except _NotDoneError as failed:
            hopeless = isinstance(failed.error, _HOPELESS) or is_hopeless(failed.error)
            if hopeless or time.monotonic() + pause > give_up:
                away = f"could not be reached for {PATIENCE_SECONDS:g} s"
                trouble = "refuses what is to be read or written" if hopeless else away
                raise CourseError(
                    f"The gradebook {shown(gradebook.engine.url)} {trouble}: "
                    f"{reason_of(failed.error)}. Run the same command again: what was finished is kept."
                ) from failed.error
        time.sleep(pause)
        pause *= 2


def _once(gradebook: Any, work: Callable[[], T]) -> T:
    session = gradebook.db
    session.commit = session.flush  # nbgrader's API commits at each step; here all steps become one
    try:
        with session.no_autoflush:
            done = work()
        del session.commit
        session.commit()
        return done
    finally:
        vars(session).pop("commit", None)
        gradebook.close()
