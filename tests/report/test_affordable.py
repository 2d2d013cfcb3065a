"""What would cost far more than any honest text is shown as text; all else is as it was."""

from __future__ import annotations

import html
import itertools

import pytest
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from autograder.report import affordable, page
from autograder.report.affordable import cleaned, coloured
from autograder.report.page import clean
from autograder.report.page import highlight as highlight_code

CODE = 'def f(x):\n    """Twice."""\n    return [2 * x, "<b>"]  # ü\n'
TABLE = f"<table><tr>{'<td><b>1</b></td>' * 400}</tr></table>"
NOTHING = {"resources": {}}


def test_honest_code_has_the_colours_that_pygments_gives_it() -> None:
    expected = highlight(CODE, PythonLexer(stripnl=False, ensurenl=False), HtmlFormatter(nowrap=True))
    assert coloured(CODE) == expected


def test_honest_html_is_as_bleach_cleans_it() -> None:
    for text in (TABLE, "<p>a<p>b<br><i title='x'>c", "<script>1</script>"):
        assert cleaned(page._cleaner, text) == page._cleaner.clean(text)


@pytest.mark.parametrize("make", [coloured, lambda text: cleaned(page._cleaner, text)])
def test_when_time_is_up_it_is_text(monkeypatch: pytest.MonkeyPatch, make) -> None:  # type: ignore[no-untyped-def]
    clock = itertools.count(step=10.0)
    monkeypatch.setattr(affordable.time, "thread_time", lambda: next(clock))
    assert html.escape("<b>x = 1</b>") in make("<b>x = 1</b>")
    monkeypatch.undo()
    assert html.escape("<b>x = 1</b>") not in make("<b>x = 1</b>"), "the next one is made as ever"


@pytest.mark.parametrize(
    "text",
    [
        "<p>" + "".join(f'<b title="{each}">' for each in range(100)) + "<p>x" * 1_000,
        f'<p><i title="{"x" * 5_000}">' + "<p>x" * 1_000,
        "<div>" * 1_000,
    ],
)
def test_what_becomes_far_longer_or_deeper_is_text(text: str) -> None:
    assert cleaned(page._cleaner, text) == f"<pre>{html.escape(text)}</pre>"
    assert cleaned(page._cleaner, TABLE) == page._cleaner.clean(TABLE), "the next one is made as ever"


def test_colours_of_code_are_cleaned_once_and_a_student_s_html_always() -> None:
    made = highlight_code(NOTHING, CODE)
    assert clean(NOTHING, made) == made
    assert "<script" not in highlight_code(NOTHING, "<script>1</script>")
    assert "<script" not in clean(NOTHING, "<script>1</script>")


def test_no_language_of_a_student_s_choice_is_read() -> None:
    for language in ("perl", "mermaid", "nothing", ""):
        made = page.CellRenderer().block_code("<b>", language)
        assert made == "<pre><code>&lt;b&gt;</code></pre>\n"
    assert '<span class="k">' in page.CellRenderer().block_code("def f(): pass", "python extra")
