"""Colours of code and clean HTML at a cost that is in proportion to the text: what would cost more is shown as text.

The libraries that do the work were written for friends: some texts of a few kB keep them busy for minutes, or become
megabytes. So the work is measured while it is done, by the processor's clock, and given up where it is far more than
any honest text needs.
"""

from __future__ import annotations

import html
import time
from collections.abc import Iterator
from typing import Any

import pygments
from bleach.sanitizer import Cleaner
from nbconvert.filters.markdown_mistune import MarkdownWithMath
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from autograder.sandbox.garbage import garbage_kept

_SECONDS, _SECONDS_A_CHARACTER = 0.1, 10e-6  # several times what the densest honest text takes
_MOST_OPEN = 200  # tags in tags
_MOST_ENVIRONMENTS = 50
_TIMES, _CHARACTERS = 4, 2_000  # how much longer than the text what is made of it may be
_LEXER = PythonLexer(stripnl=False, ensurenl=False)
_FORMATTER = HtmlFormatter(nowrap=True)


class TooDearError(Exception):
    """A text costs more than it may."""


class _Budget:
    """What may be spent on a text of so many characters: time, and characters of what is made of it."""

    def __init__(self, characters: int) -> None:
        self._until = time.thread_time() + _SECONDS + _SECONDS_A_CHARACTER * characters
        self._left = _CHARACTERS + _TIMES * characters

    def spend(self, characters: int = 0) -> None:
        """Raises TooDearError if it is used up."""
        self._left -= characters
        if self._left < 0 or time.thread_time() > self._until:
            raise TooDearError


def coloured(source: str) -> str:
    """Python code as HTML, line for line; without colours where these would take too long."""
    budget = _Budget(len(source))

    def tokens() -> Iterator[Any]:
        for each in _LEXER.get_tokens(source):
            budget.spend()
            yield each

    try:
        with garbage_kept():
            return str(pygments.format(tokens(), _FORMATTER))
    except TooDearError:
        return html.escape(source)


def rendered(cleaner: Cleaner, renderer: Any, source: str) -> str:
    """Markdown as clean HTML; as text where that would be too dear."""
    if source.count("\\begin{") > _MOST_ENVIRONMENTS:  # for each, the rest of the text is searched
        return f"<pre>{html.escape(source)}</pre>"
    return cleaned(cleaner, MarkdownWithMath(renderer=renderer).render(source))


def cleaned(cleaner: Cleaner, text: str) -> str:
    """HTML of which `cleaner` makes harmless HTML; the text itself, escaped, where that would be too dear."""
    budget, tree = _Budget(len(text)), cleaner.parser.tree
    plain: Any = tree.elementClass

    class Counted(plain):  # type: ignore[misc]
        """An element as it is made: what stands open when a block begins is made again in each one."""

        def __init__(self, name: str, namespace: Any = None) -> None:
            super().__init__(name, namespace)
            budget.spend(2 * len(name))
            if len(tree.openElements) > _MOST_OPEN:
                raise TooDearError

        def set_attributes(self, attributes: Any) -> None:
            budget.spend(sum(len(str(value)) for value in attributes.values()))
            plain.attributes.fset(self, attributes)

        attributes = property(plain.attributes.fget, set_attributes)

        def cloneNode(self) -> Any:
            budget.spend(sum(len(str(value)) for value in self.attributes.values()))
            return super().cloneNode()

    def walked(document: Any) -> Iterator[Any]:
        for each in walk(document):
            budget.spend()
            yield each

    walk = cleaner.walker
    tree.elementClass, cleaner.walker = Counted, walked
    try:
        with garbage_kept():
            return str(cleaner.clean(text))
    except TooDearError:
        return f"<pre>{html.escape(text)}</pre>"
    finally:
        tree.elementClass, cleaner.walker = plain, walk
