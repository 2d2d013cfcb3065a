"""Code in the syntax of a newer Python than this one, in the syntax of this one.

Only what is certain is touched: f-strings as of Python 3.12, t-strings, type parameters and aliases, `except A, B:`.
A text that is not right in any Python does not become right here.
"""

from __future__ import annotations

import ast
import re
import sys
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

_QUOTED = re.compile(r"(?i)(?<!\w)([rbuft]{0,2})('''|\"\"\"|'|\")")
_CLOSING = {"(": ")", "[": "]", "{": "}"}
_ALIAS = re.compile(r"(?m)^([ \t]*)(type[ \t]+)(\w+)[ \t]*(?=(?:\[|=(?!=)))")
_PARAMETERS = re.compile(r"(?m)^[ \t]*(?:async[ \t]+)?(?P<kind>def|class|type)[ \t]+\w+[ \t]*(?P<open>\[)")
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
        type_names: of type parameters, which must stand for something where the text runs.
    """

    source: str
    version: str
    changed_lines: frozenset[int]
    type_names: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Edit:
    start: int
    end: int
    text: str
    since: tuple[int, int]
    exact: bool = True
    type_names: tuple[str, ...] = ()


def older(source: str) -> Older | None:
    """`source` without syntax of a newer Python; None if there is none, or if it is not clear what it says."""
    if len(source) > _MAX_CHARACTERS:
        return None
    try:
        strings = list(_strings(source))
        edits = [edit for start, end in strings if (edit := _string_edit(source, start, end)) is not None]
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
    type_names = tuple(name for each in edits for name in each.type_names)
    return Older(text, f"{major}.{minor}", frozenset(changed), type_names)


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
    position = _expression_end(source, position + 1)
    while source[position] != "}":
        if source[position] in "\n'\"":
            raise _Unclear
        position = _field_end(source, position) if source[position] == "{" else position + 1
    return position + 1


def _expression_end(source: str, position: int) -> int:
    """Where the expression of a field ends: before its `}`, its format or its conversion."""
    open_brackets: list[str] = []
    while True:
        character = source[position]  # IndexError: the text has ended
        if character == "#":
            position = _line_end(source, position)
        elif match := _QUOTED.match(source, position):
            position = _string_end(source, match)
            continue
        elif not open_brackets and (character in ":}" or re.match(r"![^=]", source[position : position + 2])):
            return position
        elif character in _CLOSING:
            open_brackets.append(character)
        elif character in ")]}" and (not open_brackets or _CLOSING[open_brackets.pop()] != character):
            raise _Unclear
        position += 1


def _string_edit(source: str, start: int, end: int) -> _Edit | None:
    """An f-string that this Python can't read in other quotes, or as a text with `format`; or empty, where neither
    says the same."""
    literal = source[start:end]
    match = _QUOTED.match(literal)
    if match is None or not set(match[1].lower()) & {"f", "t"} or _is_expression(literal):
        return None
    # Strings side by side are one, and `format` would be that of all of them.
    before, after = source[:start].rstrip(" \t\n\\"), source[end:].lstrip(" \t\n\\")
    beside = before.endswith(("'", '"')) or _QUOTED.match(after) is not None
    quote = match[2]
    body = literal[match.end() : -len(quote)]
    since = _TUPLES if "t" in match[1].lower() else _STRINGS
    prefix = re.sub("[tT]", "f", match[1])
    triple = [mark for mark in ("'''", '"""') if mark not in body and not body.endswith((mark[0], "\\"))]
    for mark in (quote, *triple):
        if _is_expression(text := f"{prefix}{mark}{body}{mark}"):
            return _Edit(start, end, text, since, exact=since == _STRINGS)
    template, expressions = _template(body)
    if since == _STRINGS and not beside:
        text = f"{prefix.lower().replace('f', '')}{quote}{template}{quote}.format({', '.join(expressions)})"
        if _is_expression(text) and text.count("\n") == literal.count("\n"):
            return _Edit(start, end, text, since)
    empty = "''" + " \\\n" * literal.count("\n")
    return _Edit(start, end, empty, since, exact=False)


def _template(body: str) -> tuple[str, list[str]]:
    """What is between the quotes of a formatted string as a text for `str.format`, and what to put into its fields."""
    parts, expressions = [], []
    position = 0
    while position < len(body):
        if body.startswith(("{{", "}}", "\\"), position):
            parts.append(body[position : position + 2])
            position += 2
        elif body[position] != "{":
            parts.append(body[position])
            position += 1
        else:
            end, after = _expression_end(body, position + 1), _field_end(body, position)
            code, form = body[position + 1 : end], body[end : after - 1]
            if re.search(r"(?<![=!<>])=\s*$", code):  # {x=} says "x=" and then x
                parts.append(code.replace("{", "{{").replace("}", "}}"))
                code, form = code.rstrip()[:-1], form or "!r"
            rewritten = older(code)
            code = rewritten.source if rewritten is not None else code
            if not _is_expression(code) or (rewritten is not None and rewritten.changed_lines):
                raise _Unclear
            inner, more = _template(form)
            parts.append("{" + inner + "}")
            expressions += [f"({code})", *more]
            position = after
    return "".join(parts), expressions


def _is_expression(text: str) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
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
        start = match.start("open")
        inside = code[start + 1 : (end := _bracket_end(code, start)) - 1]
        since = _DEFAULTS if re.search(r"(?<![=!<>:])=(?!=)", inside) else _STRINGS
        while inside != (inside := re.sub(r"[(\[][^()\[\]]*[)\]]", "", inside)):
            pass  # bounds have brackets of their own
        names = tuple(re.findall(r"(?:^|,)\s*\**(\w+)", inside))
        lines = "\n" * code.count("\n", start, end)
        # A class would have to become generic for what it is asked then.
        yield _Edit(start, end, lines, since, exact=match["kind"] != "class" and not lines, type_names=names)
    for match in _EXCEPT.finditer(code):
        yield _Edit(match.start(1), match.end(1), f"({match[1]})", _TUPLES)


def _bracket_end(code: str, position: int) -> int:
    depth = 0
    while True:
        depth += {"[": 1, "]": -1}.get(code[position], 0)
        position += 1
        if depth == 0:
            return position
