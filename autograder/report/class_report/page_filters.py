"""How the page on a class writes texts, numbers and times. Texts may be anything: what a student, or a file, says."""

from __future__ import annotations

import re
from datetime import datetime
from zoneinfo import ZoneInfo

from markupsafe import Markup

from autograder.checks.messages import duration
from autograder.report.verdicts import words_html

_MOST_CHARACTERS = 90
_MOST_SENTENCE = 600


def shown(text: str) -> str:
    """An id, a name or a word of a file, in which nothing steers what is around it, and no end is missing."""
    text = text[: _MOST_CHARACTERS + 1]
    told = "".join(each if each.isprintable() else "�" for each in text)
    return f"{told[:_MOST_CHARACTERS]}…" if len(told) > _MOST_CHARACTERS else told


def sentence(text: str) -> Markup:
    """A sentence with code in backticks."""
    text = "".join(each if each.isprintable() else " " for each in text[:_MOST_SENTENCE])
    return Markup(words_html(text))


def code(text: str) -> str:
    return "".join(each if each.isprintable() or each in "\n\t" else "�" for each in text)


def moment(text: str, timezone: str) -> str:
    try:
        at = datetime.fromisoformat(text).astimezone(ZoneInfo(timezone))
    except (ValueError, OverflowError):  # the first or the last year, in another zone
        return ""
    return f"{at:%Y-%m-%d %H:%M}"


def number(value: float | None, places: int = 1) -> str:
    """A number without zeros that say nothing; a dash if there is none."""
    return "–" if value is None else f"{value:.{places}f}".rstrip("0").rstrip(".") if places else f"{value:.0f}"


def percent(value: float | None) -> str:
    return "–" if value is None else f"{value:.0%}"


def lateness(seconds: float) -> str:
    """By how much, as the table of `autograder grade` has it: "1 d 10 h"."""
    return re.sub(r" days?", " d", duration(seconds)) if seconds else ""


def span(seconds: float) -> str:
    """A time as one reads it."""
    for size, word in ((86400.0, "day"), (3600.0, "h"), (60.0, "min")):
        if seconds >= size:
            count = seconds / size
            return f"{count:.1f}".removesuffix(".0") + f" {word}{'s' * (word == 'day' and count >= 1.05)}"
    return f"{seconds:.0f} s" if seconds >= 10 else f"{seconds:.2f} s"
