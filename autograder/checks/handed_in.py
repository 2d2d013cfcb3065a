"""What students are told of what they handed in: why it can't be read, what was mended, what was left out.

Sentences with {fields} are for `format`. A {name} is that of a file, as `messages.shown` tells it.
"""

from __future__ import annotations

from collections.abc import Sequence

_MAX_CELLS_TOLD = 8

# Why nothing could be read.

NO_NOTEBOOK = "There is no notebook in what you handed in; it should be called {wanted}."
OTHER_NOTEBOOK = (
    "{name} is not the notebook of {assignment}: none of its exercises is in it. Hand in the notebook that you were "
    "given."
)
TOO_MUCH_IN_IT = "{name} has too much in it to be graded. Clear its outputs and hand it in again."
TOO_LARGE_WITHOUT_OUTPUTS = (
    "{name} has {size} MB, not counting its outputs; at most {most} MB can be graded. Is data or a picture written "
    "into a cell? Keep it in a file of its own, and hand the notebook in again."
)
TOO_LARGE = "{name} has {size} MB; at most {most} MB can be graded. Clear its outputs and hand it in again."
NO_CELLS = "{name} is not a notebook: it has no cells."
NO_FILE = "{name} is not an ordinary file."
NOT_READABLE = "{name} could not be read: {reason}."
EMPTY = "{name} is empty. Save the notebook and hand it in again."
ARCHIVE = "{name} is an archive, not a notebook. Unpack it, and hand in the notebook itself."
PAGE = "{name} is a page to look at, not a notebook. Hand in the notebook that it was made from."
CONFLICT = (
    "{name} holds both sides of a conflict in git: look for <<<<<<<. Keep one side, open it in Jupyter, save it, hand "
    "it in again."
)
NO_CODE_IN_TEXT = "{name} is a text without any cell of Python code. Hand in the notebook (.ipynb) that you were given."
TEXT_TOO_LARGE = "{name} is a text of more than {most} MB. Hand in the notebook (.ipynb) instead."
TEXT_DAMAGED = "{name} could not be read as {format}. Hand in the notebook (.ipynb) instead."
DAMAGED = "{name} is not a notebook, or is damaged or cut off. Open it in Jupyter, save it, hand it in again."
PROBABLY_ANOTHER = (
    "This is probably another notebook: of the {total} cells that you were given, {there} in it. What belongs to "
    "{assignment} was judged; if you handed in the wrong file, hand in the notebook that you were given."
)
ANOTHER_FOR_STAFF = "It is probably another notebook: of the {total} cells of the release, {there} in it"  # for staff
CELL_MISSING = "Its cell is missing in what you handed in."

# What was mended.

FOLLOWED = "Something followed the notebook in its file; it was left out."
TEXT = "It is written in {format}, not saved as a notebook (.ipynb); its cells were judged."
SCRIPT = "It is a script, not a notebook; its code was judged."
SAVED_AS = "The file was saved as {encoding}, not plain UTF-8."
LATIN_1 = "The file is not UTF-8; it was read as Latin-1."
DAMAGED_CHARACTERS = "Some characters of the file were damaged; they were replaced."
MANY_CELLS = "The notebook has {count} cells; the first {most} were read."
DAMAGED_CELLS = "{count} damaged cell(s) could not be read."
OTHER_FORMAT = "The notebook's format was {format}, not 4."
OTHER_LANGUAGE = "The notebook's language was {language}; it was judged as Python."
CELLS_ELSEWHERE = "The cells were not where they should be in the file; they were found."
LINE_ENDS = "The line ends of another system were made plain ones."
NO_CHARACTERS = "Characters that code can't hold were taken out."
SAME_IDS = "Different cells had the same id; they were told apart by what is in them."
HOLDS_ANOTHER = "The cell {cell} holds {exercise}; it was judged as that."
MARKS_CHANGED = "nbgrader's marks of {cells} are not as the assignment has them now; today's were used."
MARKS_LOST = "{count} cell(s) had lost nbgrader's marks; they were recognised all the same."
SPLIT = "The cell {exercise} was split; its parts were put together."
COPIES = "The cell {cell} was there {count} times."
COPIES_OF_SOLUTION = "The cell {cell} was there {count} times; the last one with work in it counts."
OTHER_KIND = "The cell {cell} was a {kind} cell; it is a {wanted} cell again."
OTHER_ORDER = "Cells were in another order; they were judged in the order of the notebook you were given."
ELSEWHERE = ("{} was found in another cell.", "{} were found in another cell.")
OTHER_RELEASE = "The notebook is of another version of this assignment; its ready-made cells were replaced by today's."
# Nobody is blamed: it may be the instructor who changed them, after the release.
RESTORED = (
    "The locked cell {} is not as the assignment has it now; today's was used.",
    "The locked cells {} are not as the assignment has them now; today's were used.",
)
PUT_BACK = ("The cell {} was missing; it was put back.", "The cells {} were missing; they were put back.")


# What was left out.

LEFT_OUT = "{name} ({size}) was left out: {why}."
IS_A_HARD_LINK = "it is a link to another file"
IS_UNREADABLE = "it may not be read"
HAS_A_LONG_NAME = "its name is longer than {most} characters"
IS_TOO_LARGE = "a file beside the notebook may have {most} MB"
TOO_LARGE_TOGETHER = "all files beside the notebook may have {most} MB together"
TOO_MANY_FILES = "only the first {most} files beside the notebook are used"
LEFT_OUT_FOR_STAFF = "Points were lost, and files that were handed in were left out: {files}"  # for staff
_TOLD = 3


def first_few(sentences: Sequence[str]) -> list[str]:
    """Sentences about files that were left out: the first of them, and how many more there are."""
    if (more := len(sentences) - _TOLD) <= 0:
        return list(sentences)
    return [*sentences[:_TOLD], f"And {more} more {'file was' if more == 1 else 'files were'} left out."]


def of_cells(one_or_more: tuple[str, str], names: Sequence[str]) -> list[str]:
    """A sentence about cells, for one or for more of them; none for none."""
    told = ", ".join(names[:_MAX_CELLS_TOLD])
    more = f" and {len(names) - _MAX_CELLS_TOLD} more" if len(names) > _MAX_CELLS_TOLD else ""
    return [one_or_more[len(names) > 1].format(told + more)] if names else []


def there_are(count: int) -> str:
    """ "1 is", "3 are"."""
    return f"{count or 'none'} {'are' if count > 1 else 'is'}"


def which_was_graded(wanted: str, chosen: str, count: int, wanted_was: str) -> list[str]:
    """That another file than `wanted`, or one of several, was graded.

    Args:
        wanted_was: "missing", "damaged" or "untouched".
    """
    several = f" ({count} notebooks were handed in)" if count > 1 else ""
    if chosen == wanted:
        return [f"{wanted} was graded{several}."] if several else []
    why = {"missing": "was missing", "damaged": "could not be judged", "untouched": "had no work in it"}[wanted_was]
    return [f"{wanted} {why}; {chosen} was graded instead{several}."]
