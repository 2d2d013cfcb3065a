"""What students are told of nbgrader's own tests: never more of a hidden one than its own message."""

from __future__ import annotations

from autograder.checks.messages import one_line

TITLE = "The tests in `{cell}`"
DOES_NOT_HOLD = "This line of the tests does not hold: `{line}`."
TESTS_DO_NOT_HOLD = "The tests of this cell do not hold."
HIDDEN_DOES_NOT_HOLD = "A hidden test does not hold. Try your code with other inputs than those of the visible tests."
COULD_NOT_GO_ON = "The tests could not go on with what your code gave: {kind}: {text}. They were at `{line}`."
COULD_NOT_GO_ON_AT = (
    "The tests could not go on with what your code gave ({kind}). They were at `{line}`. Does it return what the text "
    "asks for, and of the right type?"
)
COULD_NOT_GO_ON_HIDDEN = (
    "A hidden test could not go on with what your code gave ({kind}). Does it return what the text asks for, and of "
    "the right type?"
)
OTHER_KIND = (
    "The tests want a plain value here, such as a number, a text, a list or a dict, and your code gives an object of "
    "another class, which they can't look into. Return a plain value, or ask your instructor."
)
THEY_WERE_AT = " They were at `{line}`."
WROTE_A_WARNING = "While the tests ran, this was written to the error output, which costs the points: {text}"
WROTE_SOMETHING = (
    "While the tests ran, something was written to the error output, such as a warning; that costs the points."
)
AN_ERROR = "an error"
OWN_FUNCTION = "the tests' own function"
NOT_CALLABLE = "'{kind}' object is not callable"
DOES_NOT_SUPPORT = "'{kind}' object does not support {what}"
RAISED_STOP = "it raised StopIteration"
TO_STAFF_WARNED = "they wrote to the error output: {text}"
TO_STAFF_NOTHING = "no reason given"
IN_PART = "The tests give {given:g} of {possible:g} points for this."
_MAX_LINE_CHARACTERS = 120


def line_of_tests(code: str) -> str:
    """A statement of visible tests, in one line and in few characters."""
    text = " ".join(code.replace("`", "'").split())
    return text if len(text) <= _MAX_LINE_CHARACTERS else f"{text[: _MAX_LINE_CHARACTERS - 1]}…"


def own_words(text: str) -> str:
    """What an assertion says itself."""
    return one_line(text.strip())
