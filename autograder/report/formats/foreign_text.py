"""Words of reports for programs of others: on one line, cut to a length, and nothing in them that such a program obeys.

A message may quote a student, and ids and names of files are anything.
"""

from __future__ import annotations

import re

from autograder.report.formats.screen import without_controls

MOST_OF_A_NAME, MOST_OF_A_MESSAGE = 200, 1_000  # characters
_MARKS = re.compile(r"[\\`*\[\]<>|~&$]|(?<![^\W_])_|_(?![^\W_])")  # but not the ones in `a_name`
_REFERENCES = re.compile(r"[@#!~&$%:](?=\S)|\bwww(?=\.)", re.IGNORECASE)  # @name, #1, !1, https://…
_JOINER = "\u2060"  # nobody sees it, and no platform finds a name or an address behind it


def one_line(text: str, most: int = MOST_OF_A_MESSAGE) -> str:
    """The text on one line, without control characters, and cut to so many characters."""
    line = without_controls(" ".join(text[: 4 * most].split()))
    return line if len(line) <= most else f"{line[: most - 1]}…"


def as_name(text: str) -> str:
    """An id or a name, likewise."""
    return one_line(text, MOST_OF_A_NAME)


def markdown(text: str, most: int = MOST_OF_A_MESSAGE) -> str:
    """The text as markdown that shows just that, in a table too: no HTML, links, pictures, or mentions.

    What stands between backticks is shown as code. Signs are written as character references, which CommonMark never
    takes for marks (https://spec.commonmark.org/0.31.2/#entity-and-numeric-character-references).
    """
    parts = one_line(text, most).split("`")
    if len(parts) % 2 == 0:
        parts[-2:] = ["`".join(parts[-2:])]  # one without its partner
    lead = _JOINER if parts[0] and not parts[0][0].isalpha() else ""  # a heading or a list would begin there
    return lead + "".join(
        f"<code>{_referenced(part)}</code>" if number % 2 and part else _referenced(_REFERENCES.sub(_broken, part))
        for number, part in enumerate(parts)
    )


def _broken(found: re.Match[str]) -> str:
    return f"{found[0]}{_JOINER}"


def _referenced(text: str) -> str:
    return _MARKS.sub(lambda found: f"&#{ord(found[0])};", text)
