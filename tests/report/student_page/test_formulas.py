"""Formulas become MathML, and nothing else does."""

from __future__ import annotations

import time
from xml.etree import ElementTree

import pytest
from readers import EVIL, RUN

from autograder.report.student_page.formulas import MAX_CHARACTERS, formula


@pytest.mark.parametrize(
    ("latex", "text"),
    [
        (r"H(X) = \frac{1}{1 + e^{-(XW + b)}}", "H(X)=11+e−(XW+b)"),
        (r"\frac{1}{m} \sum_{i=1}^{m} y_i \log h_i", "1m∑i=1myiloghi"),
        (
            r"p_i = \begin{cases} 1 & \text{if } h_i \ge 0.5 \\ 0 & \text{otherwise} \end{cases}",
            "pi={1if hi≥0.50otherwise",
        ),
        (r"W := W - \alpha \frac{\partial}{\partial W} cost(W, b)", "W:=W−α∂∂Wcost(W,b)"),
        ("a < b", "a<b"),
    ],
)
def test_a_formula_is_mathml_that_says_the_same(latex: str, text: str) -> None:
    root = ElementTree.fromstring(formula(latex, False))
    assert root.tag == "{http://www.w3.org/1998/Math/MathML}math"
    assert "".join(root.itertext()).replace("\xa0", " ") == text


def test_names_of_functions_stand_apart() -> None:
    made = formula(r"y \log h + \log(h)", False)
    assert made.count("<mspace") == 2
    assert made.index("<mspace") < made.index("log") < made.rindex("<mspace") < made.index("+")


def test_a_formula_of_its_own_line_can_be_scrolled_by_keys() -> None:
    assert formula("x", True).startswith('<span class="formula" tabindex="0"><math')


@pytest.mark.parametrize(
    "latex",
    [
        rf"\href{{javascript:{RUN}}}{{x}}",
        r"\style{position:fixed}{x}",
        r"\class{score}{x}",
        r"\color{white}{x}",
        r"\hspace{999em}x",
        r"\unknowncommand x",
        r"\text{\unknowncommand}",
        "{",
        "",
        "x" * (MAX_CHARACTERS + 1),
    ],
)
def test_what_can_t_be_turned_is_shown_as_it_was_written(latex: str) -> None:
    import html

    assert formula(latex, False) == f'<code class="latex">{html.escape(latex)}</code>'


@pytest.mark.parametrize("latex", [rf"\text{{{EVIL}}}", rf"\mbox{{{EVIL}}}", EVIL, r"\text{&lt;script&gt;}"])
def test_text_in_a_formula_stays_text(latex: str) -> None:
    made = formula(latex, False)
    assert "<script" not in made
    assert "<img" not in made
    ElementTree.fromstring(made)


@pytest.mark.parametrize("part", ["{", r"\frac", r"\sqrt{", r"\left(", "^", "x^{", r"\begin{matrix}", r"\\", r"\text{"])
def test_a_formula_never_takes_long(part: str) -> None:
    started = time.process_time()
    formula(part * (MAX_CHARACTERS // len(part)), False)
    assert time.process_time() - started < 1
