"""The cells of a graded notebook as they stand folded on the page: texts, code, and what came out of it."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from autograder.checks import page_words
from autograder.report.page import MAX_TEXT_CHARACTERS
from autograder.report.student_page.code_lines import highlighted
from autograder.report.student_page.formulas import formula
from autograder.report.student_page.texts import Texts, decoded

MAX_OUTPUT_CHARACTERS = 500_000
MAX_SOURCE_CHARACTERS = 400_000
MAX_COLOURED_CHARACTERS = 100_000  # of code: each of them may become a tag
PICTURES = ("image/png", "image/jpeg")
_ANSI = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_LATEX = re.compile(r"\s*(?:\$\$?|\\\(|\\\[)(.*?)(?:\$\$?|\\\)|\\\])\s*", re.DOTALL)


@dataclass(frozen=True)
class CellView:
    """A cell: its kind ("text", "code" or "raw"), its name, HTML of it and of its outputs, and the id of its card."""

    kind: str
    name: str
    body: Markup
    outputs: tuple[Markup, ...] = ()
    card: str = ""


def cell_views(cells: Sequence[Any], cards: dict[str, str], texts: Texts) -> Iterator[CellView]:
    """The cells to show.

    Args:
        cells: of a graded notebook, without the one about the submission.
        cards: what is the place of a verdict: ids of cards by the grade ids of test cells.
    """
    left, sources, coloured = MAX_OUTPUT_CHARACTERS, MAX_SOURCE_CHARACTERS, MAX_COLOURED_CHARACTERS
    for number, cell in enumerate(cells, 1):
        whole = text_of(cell.get("source"))
        source = whole[: MAX_TEXT_CHARACTERS + 1]
        sources -= len(source)
        if sources < 0:
            yield CellView("raw", "", Markup(page_words.TOO_MUCH_SOURCE))
            return
        kind = {"markdown": "text", "code": "code"}.get(str(cell.get("cell_type")), "raw")
        if not source.strip() and not cell.get("outputs"):
            continue
        name = page_words.CELL.format(number=number)
        marks = cell.get("metadata", {}).get("nbgrader", {})
        card = cards.get(str(marks.get("grade_id")), "") if isinstance(marks, dict) else ""
        if kind == "text":
            attachments = cell.get("attachments")
            body = texts.markdown(source, attachments if isinstance(attachments, dict) else None)
        elif kind == "code":
            coloured -= len(source)
            body = "\n".join(highlighted(source)) if coloured >= 0 else html.escape(source)
        else:
            body = html.escape(source)
        if len(source) < len(whole):
            body += f"\n{page_words.CELL_CUT}"
        outputs = []
        # What a test cell holds in place of its own outputs is the verdict, which stands in the card.
        for each in cell.get("outputs") or () if kind == "code" and not card else ():
            made = output_html(each, texts)
            left -= len(made)
            if left < 0 and "<img" not in made:
                outputs.append(Markup(f"<p>{page_words.TOO_MUCH_OUTPUT}</p>"))
                break
            outputs.append(Markup(made))
        yield CellView(kind, name, Markup(body), tuple(each for each in outputs if each), card)


def output_html(output: Any, texts: Texts) -> str:
    """One output as clean HTML: the richest form that is harmless."""
    kind = output.get("output_type")
    if kind == "stream":
        return _pre(text_of(output.get("text")))
    if kind == "error":
        trace = output.get("traceback")
        lines = [text_of(each) for each in trace] if isinstance(trace, list) else []
        return _pre("\n".join(lines) or f"{text_of(output.get('ename'))}: {text_of(output.get('evalue'))}", "error")
    data = output.get("data")
    if not isinstance(data, dict):
        return ""
    for name in PICTURES:
        if name in data:
            return picture_html(texts.data_url(decoded(data[name])), page_words.OUTPUT)
    if "text/html" in data:
        return f'<div class="rich">{texts.clean(text_of(data["text/html"]))}</div>'
    if "text/markdown" in data:
        return f'<div class="rich">{texts.markdown(text_of(data["text/markdown"]))}</div>'
    if "text/latex" in data and (found := _LATEX.fullmatch(text_of(data["text/latex"]))):
        return f'<div class="rich">{formula(found[1], True)}</div>'
    return _pre(text_of(data.get("text/plain") or data.get("text/latex")))


def picture_html(url: str, alternative: str) -> str:
    """A picture, or a sentence where it can't be drawn."""
    if not url:
        return f'<p class="broken">{page_words.BROKEN_PICTURE}</p>'
    return f'<img src="{url}" alt="{html.escape(alternative)}">'


def pictures_in(cells: Sequence[Any]) -> Iterator[bytes | None]:
    """The pictures that code cells drew; None where one can't be read."""
    for cell in cells:
        for output in cell.get("outputs") or ():
            data = output.get("data")
            for name in PICTURES if isinstance(data, dict) else ():
                if name in data:
                    yield decoded(data[name])
                    break


def _pre(text: str, name: str = "") -> str:
    plain = _CONTROL.sub("�", _ANSI.sub("", text)).rstrip("\n")
    if not plain:
        return ""
    cut = plain[:MAX_TEXT_CHARACTERS]
    more = f"\n{page_words.TOO_MUCH_OUTPUT}" if len(plain) > len(cut) else ""
    label = f'tabindex="0" role="group" aria-label="{page_words.OUTPUT}"'
    return f'<pre class="{f"output {name}".strip()}" {label}>{html.escape(cut + more)}</pre>'


def text_of(value: Any) -> str:
    """What a notebook holds as text, or as a list of its lines; empty if it is something else."""
    return value if isinstance(value, str) else "".join(map(str, value)) if isinstance(value, list) else ""
