"""Tables of marks that no platform's file is needed for: Gradescope's form, and everything for a spreadsheet.

Gradescope documents no importer of scores; its columns are those of its own "Download Grades", which tools for it read:
First Name, Last Name, SID, Email, Sections, Total Score, Max Points, Status, Submission ID, Submission Time,
Lateness (H:M:S), View Count, Submission Count, then a column for each question.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from autograder.course.errors import CourseError
from autograder.doors.matching import Theirs, match
from autograder.doors.scores import Person, Score, Scores, State
from autograder.doors.sheets import Sheet, shown_points
from autograder.doors.tables import Filled, Given, mark_of
from autograder.report.spreadsheet import csv_text

GRADESCOPE = (
    *("First Name", "Last Name", "SID", "Email", "Sections", "Total Score", "Max Points", "Status", "Submission ID"),
    *("Submission Time", "Lateness (H:M:S)", "View Count", "Submission Count"),
)
SPREADSHEET = (
    *("assignment", "student_id", "last_name", "first_name", "email", "lms_user_id", "state", "score", "max_score"),
    *("points_so_far", "late_penalty", "late_seconds", "handed_in"),
)
_EXCEL_MARK = "\ufeff"  # without it Excel takes UTF-8 for something else


def gradescope(scores: Scores, people: Mapping[str, Person], given: Given, roster: Sheet | None = None) -> Filled:
    """Marks as Gradescope writes them; with a roster of Gradescope's, its students in its order.

    Raises:
        CourseError: the roster has neither a column SID nor Email.
    """
    titles = [f"{number}: {name} ({points:g} pts)" for number, (name, points) in enumerate(scores.exercises.items(), 1)]
    header = (*GRADESCOPE, *(titles if given.exercises else ()))
    if roster is None:
        rows = [
            _of_gradescope(scores, student, (each.first_name, each.last_name, student, each.email, ""), given)
            for student in scores.of
            for each in [people.get(student, Person(student))]
        ]
        return Filled(csv_text(header, rows).encode())
    columns = [each.strip() for each in roster.header]
    if not {"SID", "Email"} & set(columns):
        raise CourseError(
            f"{roster.path} is no roster of Gradescope's: its first line has neither SID nor Email. In Gradescope: "
            "Roster, Download Roster."
        )
    at = {name: columns.index(name) for name in (*GRADESCOPE[:5], "Name", "Section") if name in columns}
    ids, mails = [at[each] for each in ("SID",) if each in at], [at[each] for each in ("Email",) if each in at]
    compared = given.compare({"id": ids, "email": mails, "lms_user_id": ids}, columns, roster.path)
    theirs = [
        Theirs(row.line, row.cells, " ".join(row.cells[at[each]] for each in ("SID", "Email") if each in at))
        for row in roster.rows
    ]
    matched = match(theirs, people.values(), compared)
    rows = []
    for row in roster.rows:
        who = tuple(row.cells[at[each]] if each in at else "" for each in GRADESCOPE[:5])
        rows.append(_of_gradescope(scores, matched.student_of.get(row.line), who, given))
    return Filled(csv_text(header, rows).encode(), matched)


def _of_gradescope(scores: Scores, student: str | None, who: Sequence[str], given: Given) -> list[object]:
    points = mark_of(scores, student, given)
    one = scores.of.get(student or "") or Score("", State.NOTHING)
    status = "Graded" if points is not None else "Missing" if one.state is State.NOTHING else "Ungraded"
    hours, rest = divmod(round(one.late_seconds), 3600)
    late = f"{hours:02}:{rest // 60:02}:{rest % 60:02}" if one.handed_in else ""
    exercises = [_shown(one.exercises.get(name) if points is not None else None) for name in scores.exercises]
    return [
        *who,
        _shown(points),
        shown_points(scores.max_points),
        status,
        "",
        one.handed_in.replace("T", " "),
        late,
        *("", ""),
        *(exercises if given.exercises else ()),
    ]


def spreadsheet(scores: Sequence[Scores], people: Mapping[str, Person], given: Given) -> Filled:
    """All that is known of marks, a line for each student and assignment, for Excel and its like."""
    names = list(dict.fromkeys(name for each in scores for name in each.exercises))
    rows = []
    for each in scores:
        for student, one in each.of.items():
            person = people.get(student, Person(student))
            points = mark_of(each, student, given)
            rows.append(
                [
                    *(each.assignment, student, person.last_name, person.first_name, person.email, person.lms_user_id),
                    *(one.state.name.lower(), _shown(points), shown_points(each.max_points)),
                    *(_shown(one.points), _shown(one.late_penalty), f"{one.late_seconds:g}", one.handed_in),
                    *(_shown(one.exercises.get(name) if points is not None else None) for name in names),
                ]
            )
    return Filled((_EXCEL_MARK + csv_text((*SPREADSHEET, *names), rows)).encode())


def _shown(points: float | None) -> str:
    return "" if points is None else shown_points(points)
