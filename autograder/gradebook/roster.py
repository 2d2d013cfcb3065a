"""Who should hand in and who did: the gradebook's students beside the folders in `submitted/`."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import Any

from nbgrader import api
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from autograder.course.course import Course
from autograder.course.errors import CourseError
from autograder.gradebook.database import SNAPSHOT, in_one_transaction, read_url, transaction
from autograder.gradebook.record import has_gradebook

_MAX_NAMES = 20


def compare_with_roster(gradebook: Any, recorded: Collection[str], handed_in: Collection[str]) -> list[str]:
    """What staff should know of who handed in and who did not, a line each. Call it before anything is recorded.

    There is a roster if somebody in the gradebook has a name (`autograder roster` gives an empty one to whom it knows
    the id alone of), an address or an id elsewhere, or has never handed in anything: then it was not only we who put
    students there.

    Args:
        recorded: who has marks of this assignment in the gradebook.
        handed_in: who has a folder of it.
    """
    people, submitters = in_one_transaction(gradebook, lambda: _read(gradebook.db))
    gone = sorted(set(recorded) - set(handed_in))
    lines = []
    if gone:
        lines.append(
            f"In the gradebook, but no more in submitted/: {_listed(gone)}. Their marks of this assignment stay until "
            "you take them away: see docs/marks.md, “Who handed in”."
        )
    known = {student for student, is_known in people.items() if is_known}
    roster = known or {student for student in people if student not in submitters}
    if not roster:
        return lines
    strangers = sorted(set(handed_in) - (known or set(people)))
    missing = sorted(roster - set(handed_in) - set(recorded))
    if strangers:
        lines.append(
            f"Not on the roster: {_listed(_with_guesses(strangers, missing))}. Their marks are kept. Rename the folder "
            "if it is a slip (or mend c.Grading.partners), or put the student on it: `autograder roster FILE`."
        )
    if missing:
        lines.append(f"On the roster, but nothing handed in: {_listed(missing)}.")
    return lines


def left_over(autograded: Path, assignment: str, known: Collection[str]) -> list[str]:
    """Who has results under `autograded/` and is otherwise not known any more, as a line; nbgrader stops at these.

    Args:
        known: who handed in, or has marks.
    """
    if not autograded.is_dir():
        return []
    names = sorted(each.name for each in autograded.iterdir() if each.name not in known)
    strange = [each for each in names if (autograded / each / assignment).is_dir()]
    if not strange:
        return []
    return [
        f"Left over in {autograded.name}/, and neither in submitted/ nor in the gradebook: {_listed(strange)}. Remove "
        f"{autograded.name}/<student>/{assignment}, as `nbgrader generate_feedback` fails there."
    ]


def names_in(course: Course) -> dict[str, str]:
    """First and last names by students' ids; none of those who have only an id, and none if nobody can be asked."""
    student = api.Student
    try:
        if not has_gradebook(course):
            return {}
        with transaction(read_url(course.gradebook_url), SNAPSHOT) as connection:
            rows = connection.execute(select(student.id, student.first_name, student.last_name)).all()
    except (CourseError, SQLAlchemyError):
        return {}  # names are a help, and no reason to show no marks
    return {name: said for name, *parts in rows if (said := " ".join(filter(None, parts)).strip())}


def _read(session: Any) -> tuple[dict[str, bool], set[str]]:
    """Whether there is more than an id of each student, and who has ever handed in anything."""
    student = api.Student
    rows = session.query(student.id, student.first_name, student.last_name, student.email, student.lms_user_id)
    people = {name: any(each is not None for each in more) for name, *more in rows}
    return people, {name for (name,) in session.query(api.SubmittedAssignment.student_id).distinct()}


def _with_guesses(strangers: Iterable[str], missing: Sequence[str]) -> list[str]:
    """The strangers, each with whom it could be of those who are missing."""
    few = missing if len(missing) <= 1000 else ()  # comparing with each takes long
    guesses = {each: difflib.get_close_matches(each, few, 1, 0.8) for each in strangers}
    return [f"{each} ({guess[0]}?)" if guess else each for each, guess in guesses.items()]


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MAX_NAMES} more" if len(names) > _MAX_NAMES else ""
    return ", ".join(names[:_MAX_NAMES]) + more
