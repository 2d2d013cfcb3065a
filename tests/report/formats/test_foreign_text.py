"""Text that others' programs show: whatever it is, it is shown, and does nothing."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from made_up_reports import HOSTILE
from markdown_it import MarkdownIt

from autograder.report.formats.foreign_text import as_name, markdown, one_line


class Shown(HTMLParser):
    """The elements of a page and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


def rendered(text: str) -> Shown:
    # With HTML, tables, and whatever looks like an address as a link: more than any platform does.
    return Shown(MarkdownIt("gfm-like", {"linkify": False, "html": True}).render(text))


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_a_line_is_short_and_one(text: str) -> None:
    line = one_line(text)
    assert len(line) <= 1000
    assert line.isprintable()
    assert len(as_name(text)) <= 200


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("lead", ["", "- "], ids=["line", "item"])
def test_markdown_shows_the_text_and_has_no_element_of_its_own(text: str, lead: str) -> None:
    shown = rendered(f"{lead}{markdown(text)}\n")
    assert set(shown.tags) <= {"p", "code", *(("ul", "li") if lead else ())}
    wanted = one_line(text).replace("\u2060", "")
    letters = [shown.text.replace("\u2060", ""), wanted]
    assert "".join(letters[0].split()).replace("`", "") == "".join(letters[1].split()).replace("`", "")


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_a_cell_of_a_table_stays_one_cell(text: str) -> None:
    shown = rendered(f"| a | b |\n|---|---|\n| {markdown(text)} | last |\n")
    assert shown.tags.count("td") == 2
    assert set(shown.tags) <= {"table", "thead", "tbody", "tr", "th", "td", "code"}
    assert shown.text.rstrip().endswith("last")


def test_what_stands_between_backticks_is_code_and_plain_words_stay_plain() -> None:
    assert markdown("`cost(h, y)` returned 4.159 for 6 rows. That is 6 times the mean.") == (
        "<code>cost(h, y)</code> returned 4.159 for 6 rows. That is 6 times the mean."
    )
    assert markdown("mean_of") == "mean_of"


@pytest.mark.parametrize(
    "text", ["@everyone", "a #12", "!3", "https://x.example", "www.x.example", ":tada:", "%4", "$5"]
)
def test_no_name_number_or_address_is_found_by_a_platform(text: str) -> None:
    """Platforms look for these in the text that is shown, after markdown."""
    shown = rendered(markdown(text)).text
    assert text not in shown
    assert shown.replace("\u2060", "").strip() == text
