"""Staff read of a student, and are not spoken to as the student."""

from __future__ import annotations

import re

import pytest

from autograder.checks import handed_in
from autograder.checks.staff_words import for_staff

WHY = (
    *("OTHER_NOTEBOOK", "TOO_MUCH_IN_IT", "TOO_LARGE_WITHOUT_OUTPUTS", "TOO_LARGE", "NO_CELLS", "NO_FILE"),
    *("NOT_READABLE", "EMPTY", "ARCHIVE", "PAGE", "CONFLICT", "NO_CODE_IN_TEXT", "TEXT_TOO_LARGE", "TEXT_DAMAGED"),
    "DAMAGED",
)
ADDRESSED = re.compile(r"\b(?:you|your|hand in|hand it|save|clear|unpack|keep|open)\b", re.IGNORECASE)


def problem(name: str) -> str:
    fields = {"name": "mine.ipynb", "assignment": "ps1", "size": 40, "most": 30, "reason": "no right to read it"}
    return str(getattr(handed_in, name)).format(**fields, format="Markdown", wanted="text.ipynb")


@pytest.mark.parametrize("name", WHY)
def test_why_nothing_could_be_read_is_told_to_staff_without_what_the_student_is_to_do(name: str) -> None:
    nothing = handed_in.NO_NOTEBOOK.format(wanted="text.ipynb")
    for said in (for_staff(problem(name)), for_staff(f"{nothing} {problem(name)}")):
        assert not ADDRESSED.search(said), said
        assert said[-1] not in ".? "
        assert ".;" not in said


def test_a_notebook_that_is_not_there_is_named() -> None:
    nothing = handed_in.NO_NOTEBOOK.format(wanted="text.ipynb")
    assert for_staff(nothing) == "text.ipynb is not among what was handed in"
    assert for_staff(f"{nothing} {problem('EMPTY')}") == (
        "text.ipynb is not among what was handed in; mine.ipynb is empty"
    )
