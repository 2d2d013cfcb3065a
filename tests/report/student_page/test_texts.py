"""Texts fit into the page: clean, with formulas, with pictures inside, and in time."""

from __future__ import annotations

import base64
import html
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from page_cases import picture
from readers import BLOCKS, LINKS, PICTURES

from autograder.report import affordable, page
from autograder.report.student_page import texts as module
from autograder.report.student_page.formulas import formula
from autograder.report.student_page.texts import Texts

PNG = base64.b64encode(picture()).decode()
MATHML = {"math", "mrow", "mi", "mo", "mn", "mtext", "msup", "msub", "mfrac"}


@pytest.mark.parametrize("source", [*LINKS, *PICTURES, *BLOCKS])
def test_a_text_keeps_no_tag_and_no_attribute_that_could_harm(source: str) -> None:
    for made in (Texts().markdown(source), Texts().clean(source)):
        for tag in BeautifulSoup(made, "html.parser").find_all(True):
            assert tag.name in {*page.TAGS, *MATHML}
            if tag.name not in MATHML:
                assert set(tag.attrs) <= {"href", "alt", "title", "id", "class", "tabindex"}
            assert tag.get("href", "https:").startswith("https:")
            assert tag.get("id", "text-").startswith("text-")
            assert set(tag.get("class", [])) <= {"latex", "formula"}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("# One", "<h3>One</h3>"),
        ("##### Five", "<h6>Five</h6>"),
        ("<h1>raw</h1>", "<h3>raw</h3>"),
        ("As $a$, so", "<p>As <math"),
        ("$$\na\n$$", '<span class="formula" tabindex="0"><math'),
        ("\\begin{align}a\\end{align}", '<span class="formula"'),
        ("`$a$`", "<code>$a$</code>"),
        ("- [x] done", "<li>☑ done</li>"),
        ("![plot](plot.png)", "[picture: plot]"),
        ('<img src="plot.png" alt="plot">', "[picture: plot]"),
        ("![plot](http://stranger.example/plot.png)", "[picture: plot]"),
    ],
)
def test_a_text_looks_as_it_should(source: str, expected: str) -> None:
    assert expected in Texts().markdown(source)


@pytest.mark.parametrize(
    "source",
    [
        "![a $x^2$ b](plot.png)",
        "![a](plot.png '$x$')",
        '<a href="https://example.org" title="$x$">$y$</a>',
        "[$x$](#a)",
    ],
)
def test_a_formula_never_stands_in_an_attribute(source: str) -> None:
    for tag in BeautifulSoup(Texts(lambda _: picture()).markdown(source), "html.parser").find_all(True):
        if tag.name not in MATHML:
            assert not [value for value in tag.attrs.values() if "math" in str(value) or "\ue000" in str(value)]


@pytest.mark.parametrize("mark", ["\ue0000\ue001", "&#xe000;0&#xe001;", "\ue00099999999999\ue001", "\ue000-1\ue001"])
def test_whoever_writes_the_mark_of_a_formula_gets_no_more_than_their_own(mark: str) -> None:
    made = Texts().markdown(f"{mark} $a$")
    assert "\ue000" not in made.replace(formula("a", False), "")
    assert "<math" not in made.replace(formula("a", False), "")


def test_pictures_beside_the_notebook_and_pasted_ones_are_put_into_the_page() -> None:
    asked: list[str] = []

    def read(name: str) -> bytes | None:
        asked.append(name)
        return picture()

    wanted = f'src="data:image/png;base64,{PNG}"'
    assert wanted in Texts(read).markdown("![plot](figures/plot.png)")
    assert wanted in Texts(read).markdown('<img src="figures/plot.png">')
    assert wanted in Texts().markdown("![plot](attachment:a.png)", {"a.png": {"image/png": PNG}})
    assert wanted in Texts().clean(f'<img src="data:image/png;base64,{PNG}">')
    Texts(read).markdown("![plot](../plot.png) ![plot](/etc/plot.png) ![plot](file:plot.png)")
    assert asked == ["figures/plot.png"] * 2


def test_only_what_is_a_picture_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = Texts()
    for data in (None, b"", b"<svg onload=1>", b"GIF", picture() + b" " * module.MAX_PICTURE_BYTES):
        assert texts.data_url(data) == ""
    monkeypatch.setattr(module, "MAX_PAGE_PICTURE_BYTES", 2 * len(picture()))
    assert [bool(texts.data_url(picture())) for _ in range(3)] == [True, True, False]


@pytest.mark.parametrize("text", ["<div>", "<b>", "\\begin{a}", "\\\\(", "[", "`a", "$", "$a$"])
def test_a_long_text_is_shown_as_it_is(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """The parsers, which would take minutes, are not asked."""

    def never(*_: Any, **__: Any) -> None:
        raise AssertionError("it was parsed")

    monkeypatch.setattr(affordable, "MarkdownWithMath", never)
    monkeypatch.setattr(module, "_make_cleaner", never)
    long = text * 100_000
    assert Texts().markdown(long) == Texts().clean(long) == f"<pre>{html.escape(long)}</pre>"
    with pytest.raises(AssertionError, match="it was parsed"):
        Texts().clean(text)


def test_a_page_parses_so_much_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_PAGE_CHARACTERS", 100)
    texts = Texts()
    made = [texts.markdown("*a* " * 10) for _ in range(4)]
    assert [each.startswith("<p><em>a</em>") for each in made] == [True, True, False, False]


def test_what_is_the_same_for_a_class_is_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    source = f"Seldom *written* {Path(__file__).name}"
    made = Texts().markdown(source)
    monkeypatch.setattr(affordable, "MarkdownWithMath", None)
    assert Texts().markdown(source) == made


def test_a_small_file_that_says_it_is_a_huge_picture_is_not_shown() -> None:
    huge = b"\x89PNG\r\n\x1a\n" + bytes(4) + b"IHDR" + (30_000).to_bytes(4, "big") * 2 + bytes(20)
    assert Texts().data_url(huge) == ""
    assert Texts().data_url(picture()).startswith("data:image/png;base64,")
