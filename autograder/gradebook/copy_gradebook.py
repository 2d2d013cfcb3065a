"""A gradebook copied into another database, all of it or nothing: from SQLite to PostgreSQL, or back."""

from __future__ import annotations

from nbgrader.api import Base
from nbgrader.api import Course as CourseRow
from sqlalchemy import Connection, Table, delete, func, insert, select
from sqlalchemy.exc import SQLAlchemyError

from autograder.course.course import Course
from autograder.course.errors import CourseError
from autograder.course.lock import alone
from autograder.gradebook.database import (
    ALONE,
    SNAPSHOT,
    make_tables,
    opening,
    tables_of,
    transaction,
)
from autograder.gradebook.trouble import read_url, reason_of, shown

_ROWS_AT_ONCE = 1000
_SETTING = "TARGET_URL"


def copy_gradebook(course: Course, target: str) -> dict[str, int]:
    """Copies the course's gradebook into an empty database, and leaves the one that there is as it is.

    Args:
        course: whose gradebook it is.
        target: an SQLAlchemy URL.

    Returns:
        How many rows were copied, by table.

    Raises:
        CourseError: a grader is at work, one of the two can't be used, or the target is not empty; it is as it was.
    """
    old, new = read_url(course.gradebook_url), read_url(target, _SETTING)
    with alone(course), opening(old), transaction(old, SNAPSHOT) as source:
        if not tables_of(source):
            raise CourseError(f"There is no gradebook in {shown(old)}, so there is nothing to move.")
        with opening(new, _SETTING), transaction(new, ALONE) as there:
            _make_empty(there)
            try:
                return {table.name: _copy(table, source, there) for table in Base.metadata.sorted_tables}
            except SQLAlchemyError as error:
                raise CourseError(f"The gradebook {shown(old)} can't be copied: {reason_of(error)}.") from error


def _make_empty(there: Connection) -> None:
    """nbgrader's tables without a row. What nbgrader makes by itself as soon as it opens a database may be there."""
    found = tables_of(there)
    for table in Base.metadata.sorted_tables:
        if table.name in found and table is not CourseRow.__table__ and (rows := _count(table, there)):
            raise CourseError(
                f"{shown(there.engine.url)} is not empty: its table {table.name} has {rows} row(s). Name another."
            )
    make_tables(there)
    there.execute(delete(CourseRow))


def _copy(table: Table, source: Connection, there: Connection) -> int:
    rows = source.execution_options(yield_per=_ROWS_AT_ONCE).execute(select(table)).mappings()
    for some in rows.partitions():
        there.execute(insert(table), [dict(row) for row in some])
    return _count(table, there)


def _count(table: Table, connection: Connection) -> int:
    return connection.execute(select(func.count()).select_from(table)).scalar_one()
