"""What staff are told of why something that was handed in can't be read: the student's words, in the third person."""

from __future__ import annotations

import re

from autograder.checks import handed_in

# What students are to do next, which staff need not read.
_ADVICE = tuple(
    sentence.partition(". ")[2]
    for sentence in (
        *(handed_in.OTHER_NOTEBOOK, handed_in.TOO_MUCH_IN_IT, handed_in.TOO_LARGE_WITHOUT_OUTPUTS, handed_in.TOO_LARGE),
        *(handed_in.EMPTY, handed_in.ARCHIVE, handed_in.PAGE, handed_in.CONFLICT),
        *(handed_in.NO_CODE_IN_TEXT, handed_in.TEXT_TOO_LARGE, handed_in.TEXT_DAMAGED, handed_in.DAMAGED),
    )
)
_NO_NOTEBOOK = re.compile(re.escape(handed_in.NO_NOTEBOOK).replace(re.escape("{wanted}"), r"(.+?\.ipynb)"))
_NOT_AMONG = "{wanted} is not among what was handed in"


def for_staff(problem: str) -> str:
    """Why nothing could be read, for staff: of the student, not to them, and without a full stop, as in a list."""
    advice = next((each for each in _ADVICE if problem.endswith(f" {each}")), "")
    said = problem.removesuffix(f" {advice}") if advice else problem
    if found := _NO_NOTEBOOK.match(said):
        said = "; ".join(filter(None, (_NOT_AMONG.format(wanted=found[1]), said[found.end() :].strip())))
    return said.removesuffix(".")
