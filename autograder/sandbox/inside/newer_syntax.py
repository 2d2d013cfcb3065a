"""Code in the syntax of a newer Python than this one, in the syntax of this one.

Only what is certain is touched: f-strings as of Python 3.12, t-strings, type parameters and aliases, `except A, B:`.
A text that is not right in any Python does not become right here.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass

_QUOTED = re.compile(r"(?i)(?<!\w)([rbuft]{0,2})('''|\"\"\"|'|\")")
_CLOSING = {"(": ")", "[": "]", "{": "}"}
_ALIAS = re.compile(r"(?m)^([ \t]*)(type[ \t]+)(\w+)[ \t]*(?=(?:\[|=(?!=)))")
_PARAMETERS = re.compile(r"(?m)^[ \t]*(?:async[ \t]+def|def|class|type)[ \t]+\w+[ \t]*(\[)")
_EXCEPT = re.compile(r"(?m)^[ \t]*except\*?[ \t]+([A-Z\w.]+(?:[ \t]*,[ \t]*(?:\w+\.)*[A-Z]\w*)+)[ \t]*:")
_MAX_CHARACTERS = 100_000
_STRINGS, _DEFAULTS, _TUPLES = (3, 12), (3, 13), (3, 14)


class _Unclear(Exception):
    """What this does not understand."""


@dataclass(frozen=True)
class Older:
    """A text as this Python can read it.

    Attributes:
        source: the text, with as many lines.
        version: the Python that the text is for, such as "3.12".
        changed_lines: those (from 1) that no longer mean what they meant.
    """

    source: str
    version: str
    changed_lines: frozenset[int]


@dataclass(frozen=True)
class _Edit:
    start: int
    end: int
    text: str
    since: tuple[int, int]
    exact: bool = True


def older(source: str) -> Older | None:
    """`source` without syntax of a newer Python; None if there is none, or if it is not clear what it says."""
    if len(source) > _MAX_CHARACTERS:
        return None
    try:
        strings = list(_strings(source))
        edits = [edit for start, end in strings if (edit := _string_edit(source[start:end], start)) is not None]
        edits += _code_edits(_masked(source, strings))
    except (_Unclear, RecursionError, IndexError):
        return None
    edits = [each for each in edits if each.since > sys.version_info[:2]]
    if not edits:
        return None
    text = source
    for each in sorted(edits, key=lambda edit: edit.start, reverse=True):
        text = text[: each.start] + each.text + text[each.end :]
    changed = {
        line
        for each in edits
        if not each.exact
        for line in range(1 + source.count("\n", 0, each.start), 2 + source.count("\n", 0, each.end))
    }
    major, minor = max(each.since for each in edits)
    return Older(text, f"{major}.{minor}", frozenset(changed))


def _strings(source: str) -> Iterator[tuple[int, int]]:
    """Where strings and comments begin and end."""
    position = 0
    while position < len(source):
        if source[position] == "#":
            end = _line_end(source, position)
            yield position, end
            position = end
        elif match := _QUOTED.match(source, position):
            end = _string_end(source, match)
            yield position, end
            position = end
        else:
            position += 1


def _line_end(source: str, position: int) -> int:
    found = source.find("\n", position)
    return found if found >= 0 else len(source)


def _string_end(source: str, opening: re.Match[str]) -> int:
    """Where a string ends; the parts in braces of f-strings and t-strings are code, with strings of their own."""
    prefix, quote = opening.groups()
    formatted = bool(set(prefix.lower()) & {"f", "t"})
    position = opening.end()
    while True:
        if position >= len(source) or (len(quote) == 1 and source[position] == "\n"):
            raise _Unclear
        if source.startswith(quote, position):
            return position + len(quote)
        if source[position] == "\\" or (formatted and source.startswith(("{{", "}}"), position)):
            position += 2
        elif formatted and source[position] == "{":
            position = _field_end(source, position)
        else:
            position += 1


def _field_end(source: str, position: int) -> int:
    """Where a field `{...}` that begins at `position` ends, its format included."""
    open_brackets = ["{"]
    position += 1
    in_format = False
    while open_brackets:
        character = source[position]  # IndexError: the text has ended
        if in_format:
            if character == "{":
                position = _field_end(source, position)
                continue
            if character == "}":
                open_brackets.pop()
            elif character in "\n'\"":
                raise _Unclear
        elif character == "#":
            position = _line_end(source, position)
        elif match := _QUOTED.match(source, position):
            position = _string_end(source, match)
            continue
        elif character in _CLOSING:
            open_brackets.append(character)
        elif character in ")]}":
            if _CLOSING[open_brackets.pop()] != character:
                raise _Unclear
        elif character == ":" and len(open_brackets) == 1:
            in_format = True
        position += 1
    return position


def _string_edit(literal: str, start: int) -> _Edit | None:
    """An f-string that this Python can't read in other quotes, which it can; or empty, if there are none such."""
    match = _QUOTED.match(literal)
    if match is None or not set(match[1].lower()) & {"f", "t"} or _is_expression(literal):
        return None
    quote = match[2]
    body = literal[match.end() : -len(quote)]
    since = _TUPLES if "t" in match[1].lower() else _STRINGS
    prefix = re.sub("[tT]", "f", match[1])
    triple = [mark for mark in ("'''", '"""') if mark not in body and not body.endswith((mark[0], "\\"))]
    for mark in (quote, *triple):
        if _is_expression(text := f"{prefix}{mark}{body}{mark}"):
            return _Edit(start, start + len(literal), text, since, exact=since == _STRINGS)
    if not all(_is_expression(each) for each in _field_expressions(body)):
        raise _Unclear
    return _Edit(start, start + len(literal), "(''" + "\n" * literal.count("\n") + ")", since, exact=False)


def _field_expressions(body: str) -> Iterator[str]:
    """The expressions of a formatted string's fields, in the syntax of this Python."""
    position = 0
    while position < len(body):
        if body.startswith(("{{", "}}", "\\"), position):
            position += 2
        elif body[position] == "{":
            end = _field_end(body, position)
            field = body[position + 1 : end - 1]
            cut = re.sub(r"(?s)=?\s*(?:![rsa])?\s*(?::.*)?$", "", field, count=1) if not _is_code(field) else field
            yield rewritten.source if (rewritten := older(cut)) is not None else cut
            position = end
        else:
            position += 1


def _is_code(text: str) -> bool:
    rewritten = older(text)
    return _is_expression(rewritten.source if rewritten is not None else text)


def _is_expression(text: str) -> bool:
    try:
        ast.parse(f"(\n{text}\n)", mode="eval")
    except (SyntaxError, ValueError, MemoryError):
        return False
    return bool(text.strip())


def _masked(source: str, spans: list[tuple[int, int]]) -> str:
    """The same text with nothing in its strings and comments, in the same places."""
    parts, position = [], 0
    for start, end in spans:
        parts += [source[position:start], re.sub(r"[^\n]", '"', source[start:end])]
        position = end
    return "".join([*parts, source[position:]])


def _code_edits(code: str) -> Iterator[_Edit]:
    for match in _ALIAS.finditer(code):
        yield _Edit(match.start(2), match.end(2), "", _STRINGS)
    for match in _PARAMETERS.finditer(code):
        end = _bracket_end(code, match.start(1))
        since = _DEFAULTS if re.search(r"(?<![=!<>:])=(?!=)", code[match.start(1) : end]) else _STRINGS
        yield _Edit(match.start(1), end, "\n" * code.count("\n", match.start(1), end), since, exact=False)
    for match in _EXCEPT.finditer(code):
        yield _Edit(match.start(1), match.end(1), f"({match[1]})", _TUPLES)


def _bracket_end(code: str, position: int) -> int:
    depth = 0
    while True:
        depth += {"[": 1, "]": -1}.get(code[position], 0)
        position += 1
        if depth == 0:
            return position
