"""The student's page: its headings and labels, and what it says of points, verdicts and next steps."""

from __future__ import annotations

from collections.abc import Sequence

from autograder.checks.messages import these_are

# Verdicts, for people. The sign stands before the words: neither colour nor a sign alone says anything.
RIGHT = "all right"
PARTLY = "partly right"
WRONG = "not right yet"
EMPTY = "not written yet"
NOT_JUDGED = "not judged"
OUR_FAULT = "not judged, our fault"
BY_STAFF = "set by staff"
WAITING = "staff will mark this"
WAIVED = "waived, all get its points"
DROPPED = "dropped, counts for nobody"

POINTS = "{given} of {possible} points"
NO_MARK = "No mark yet"
SO_FAR = "{points} so far"
NOT_ALL_JUDGED = "A part could not be judged. That is our fault, and the staff will look at it."
NOT_ALL_MARKED = "Staff still mark a part by hand: {points} points."
ALL_NOTEBOOKS = "This page is of one notebook. All notebooks of the assignment together: {points}."
FEEDBACK_FOR = "Feedback for {student}"
HANDED_IN = "Handed in {when} ({zone})"
HANDED_IN_UNKNOWN = "When it was handed in is not known."

DO_FIRST = "Do this first"
TO_THE_EXERCISE = "Go to {title}"
YOU_DID_IT = "You did it"
NOTHING_LEFT = "You have all the points{here}. Well done."
ALL_RIGHT = "All exercises{here} are right. Well done."
NONE_LOST = "No exercise{here} lost a point. Well done."
OF_THIS_NOTEBOOK = " of this notebook"  # `here`, where there are several
NO_POINTS = "There are no points to get here."
NOTHING_TO_DO = "Nothing to do"
NOTHING_FOR_YOU = "Nothing is left for you to mend: the rest is with the staff."
WRITE_IT = "Replace the line `raise NotImplementedError()` with your code. A part of it counts, too."
SEE_ITS_CARD = "What to look at stands there."

POINTS_BY_EXERCISE = "Points by exercise"
EXERCISES = "Exercise by exercise"
CHECKS = "What was checked, with points"
ALL_PASSED = "What was checked: all {count} passed"
ONE_PASSED = "What was checked: it passed"
YOUR_CODE = "Your code"
YOUR_CODE_IN = "Your code, {cell}"
MARKED = "marked line {number}"
LINES_LEFT_OUT = "{count} lines not shown"
LINE_LEFT_OUT = "1 line not shown"
EXAMPLE = "A small example"
NEXT_STEP = "Next step"
PICTURES = "Your picture"
TOO_MUCH_SOURCE = "The rest of your notebook is too long for this page: look into the file that you handed in."
CELL_CUT = "… (the rest of this cell is too long for this page)"
AS_ABOVE = "For the same reason."
DECIDED = "What is not full here was decided by the staff."
PICTURES_HANDED_IN = "Your picture, as it stood in the notebook that you handed in"
PICTURE_FROM = "Picture that your notebook draws after {title}"
BROKEN_PICTURE = "A picture can't be shown here: it is damaged, too large, or neither PNG nor JPEG."
STAFF_SAY = "From the staff"
AUTO_POINTS = "The checks alone came to {points:g}."
STAFF_GAVE = "Staff gave it {points}."
FOLLOW_THROUGH = (
    "An earlier exercise is not right yet. This one was judged with right code in its place, so that you lose no "
    "points here for a mistake there."
)
FOLLOW_THROUGH_AGAIN = "Judged with right code for earlier exercises, as above."
CHECK_VERDICTS = {"passed": "passed", "failed": "not passed", "skipped": "not tried", "error": "not judged"}

NOTEBOOK = "Your notebook, as it was judged"
NOTEBOOK_FOLDED = "Show the whole notebook"
CELL = "cell {number}"
OUTPUT = "Output"
SEE_CARD = "The verdict stands above: {title}."
TOO_MUCH_OUTPUT = "[further output is not shown here]"
ASK = "Something looks wrong?"
ASK_USUAL = "Write to your course's staff: name the exercise and the line. It happens, and it helps the next student."

# Of an exercise's message, which the page says in its own words.
_FOLLOWED_THROUGH = "Marked with follow-through: {earlier} not right yet, so"
_ON_ITS_OWN = " `{exercise}` was judged on its own code, with right code for what comes before it."


def followed_through(exercise: str, earlier: Sequence[str]) -> str:
    """That marks were given with follow-through, and why."""
    return _FOLLOWED_THROUGH.format(earlier=these_are(earlier)) + _ON_ITS_OWN.format(exercise=exercise)


def judged_with_own(exercise: str, earlier: Sequence[str]) -> str:
    """That right code for earlier exercises was no help, as it could do the work of this one."""
    names = " and ".join(f"`{each}`" for each in earlier)
    return f"`{exercise}` was judged with your own {names}, as right code there could do its work."


def without_follow_through(exercise: str, message: str) -> str:
    """The rest of a message that begins so."""
    start, own = _FOLLOWED_THROUGH.partition("{")[0], _ON_ITS_OWN.format(exercise=exercise)
    return message.partition(own)[2].strip() if message.startswith(start) else message
