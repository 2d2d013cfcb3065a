"""Notebooks as pages in which nothing runs that a student wrote: filters for nbconvert, and the feedback page.

`course_config.py` names the filters, so that they clean feedback pages and formgrader's alike.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Any

from bleach.html5lib_shim import Filter
from bleach.sanitizer import Cleaner
from jinja2 import pass_context
from nbconvert.exporters import HTMLExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer

from autograder.checks import messages
from autograder.course.marked_cells import TEST_PREFIX
from autograder.report.affordable import cleaned, coloured, rendered

MAX_TEXT_CHARACTERS = 20_000
MAX_PAGE_CHARACTERS = 200_000

_TAGS = (
    "a abbr b blockquote br code dd del details div dl dt em h1 h2 h3 h4 h5 h6 hr i img li ol p pre small span strong "
    "sub summary sup table tbody td th thead tr ul"
)
TAGS = _TAGS.split()
# What says nothing to a page's own scripts and styles: no name, no style, no class but the colours of code.
# Pictures stand in the text or beside the page: one from elsewhere would tell who reads it, and when.
_VALUES = {
    ("a", "id"): re.compile(r"[\w-]+"),
    ("a", "href"): re.compile(r"(?:https?://|mailto:|#)\S*", re.I),
    ("img", "src"): re.compile(r"data:image/(?:png|jpeg|gif);base64,[\w+/=\s]*|(?:\w[\w-]*[/.])+(?:png|jpe?g|gif)"),
    ("img", "width"): re.compile(r"\d{1,3}"),
    ("div", "class"): re.compile(r"highlight"),
    ("span", "class"): re.compile(r"[a-z][a-z0-9]?"),
}
_ANY_TEXT = ("alt", "title")
_MATHJAX = "https://cdnjs.cloudflare.com/ajax/libs/mathjax/"  # where nbconvert's pages load it from
_FEEDBACK_POLICY = (
    f"default-src 'none'; script-src {_MATHJAX} 'unsafe-eval'; style-src 'unsafe-inline'; font-src {_MATHJAX}; "
    "img-src 'self' file: data:; connect-src https://api.cdnjs.com; base-uri 'none'; form-action 'none'"
)
_PYTHON = ("python", "python3", "py", "py3", "ipython", "ipython3")  # other languages stay without colours
_LISTED = re.compile(rf'<a href="#{TEST_PREFIX}(\w+)">Test cell</a>')


def allowed(tag: str, name: str, value: str) -> bool:
    """Whether bleach leaves an attribute as it is."""
    pattern = _VALUES.get((tag, name))
    return bool(pattern.fullmatch(value)) if pattern else name in _ANY_TEXT


class OwnAnchors(Filter):  # type: ignore[misc]
    """Gives anchors, and links to them, names that the page does not use itself."""

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for token in super().__iter__():
            if token["type"] == "StartTag" and token["name"] == "a":
                values = token["data"]
                if (None, "id") in values:
                    values[None, "id"] = f"text-{values[None, 'id']}"
                if values.get((None, "href"), "").startswith("#"):
                    values[None, "href"] = f"#text-{values[None, 'href'][1:]}"
            yield token


PROTOCOLS = ("http", "https", "mailto", "data")
_cleaner = Cleaner(tags=TAGS, attributes=allowed, protocols=PROTOCOLS, filters=[OwnAnchors])


class Ours(str):
    """HTML that is clean already."""


@pass_context
def clean(context: Any, text: Any) -> str:
    """HTML with harmless tags only; all others are shown as text. What it opens it closes."""
    if isinstance(text, Ours):
        return text
    return cleaned(_cleaner, str(text)) if _affordable(context, text) else _plain(text)


@pass_context
def highlight(context: Any, source: str, language: Any = None, metadata: Any = None) -> str:
    """A code cell as HTML, with colours. It is Python, whatever the notebook says."""
    code = coloured(source) if _affordable(context, source) else html.escape(source)
    return Ours(f'<div class="highlight"><pre><span></span>{code}</pre></div>')


@pass_context
def markdown(context: Any, source: str) -> str:
    """A text cell, a comment or an output as clean HTML, with formulas for MathJax."""
    if not _affordable(context, source):
        return _plain(source)
    attachments = context.get("cell", {}).get("attachments", {})
    renderer = CellRenderer(escape=False, attachments=attachments, exclude_anchor_links=True)
    return rendered(_cleaner, renderer, source)


def _affordable(context: Any, text: str) -> bool:
    """Whether to parse `text`: the parsers take the square of its length, and nobody shall wait hours for a page."""
    resources = context.get("resources", {})
    resources["parsed"] = resources.get("parsed", 0) + len(text)
    return len(text) <= MAX_TEXT_CHARACTERS and resources["parsed"] <= MAX_PAGE_CHARACTERS


def _plain(text: str) -> str:
    return f"<pre>{html.escape(text)}</pre>"


class CellRenderer(IPythonRenderer):
    """nbconvert's, for pages without scripts and forms."""

    def block_code(self, code: str, info: str | None = None) -> str:
        language = (info or "").strip().split(maxsplit=1)[:1]
        if language and language[0].lower() in _PYTHON:
            return f'<div class="highlight"><pre><span></span>{coloured(code)}</pre></div>\n'
        return f"<pre><code>{html.escape(code)}</code></pre>\n"

    def image(self, text: str, url: str, title: str | None = None) -> str:
        # Of a notebook that a pasted picture is gone from, nbconvert makes no page at all.
        pasted = url.startswith("attachment:") and url.removeprefix("attachment:") in self.attachments
        if pasted or _VALUES["img", "src"].fullmatch(url):
            return str(super().image(text, url, title))
        return html.escape(messages.PICTURE.format(text=text or url))

    def task_list_item(self, text: str, checked: bool = False) -> str:
        return f"<li>{'☑' if checked else '☐'} {text}</li>\n"


class FeedbackPage(HTMLExporter):
    """nbgrader's feedback page, which names the exercises in its list, with a policy that browsers enforce."""

    def from_notebook_node(self, nb: Any, resources: Any = None, **kw: Any) -> Any:
        page, resources = super().from_notebook_node(nb, resources, **kw)
        return with_policy(_LISTED.sub(r'<a href="#test_\1">\1</a>', page), _FEEDBACK_POLICY), resources


def with_policy(page: str, policy: str) -> str:
    """The page with a Content-Security-Policy, links that don't tell where they stand, and room in its tables."""
    head = (
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="referrer" content="no-referrer">\n'
        "<style>.rendered_html :is(td, th) { padding: 0 0.6em; }</style>"
    )
    return page.replace("<head>", f"<head>\n{head}", 1)
