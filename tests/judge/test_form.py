"""The form of code: what tells two answers apart, and what does not."""

from __future__ import annotations

import time

import pytest

from autograder.checks.mended import Mend, Place
from autograder.judge.form import Form, digest, form_of
from autograder.judge.memory import Finding, Memory

CODE = "def f(x, W):\n    z = x @ W\n    return 1 / (1 + torch.exp(-z))\n"
ALIKE = {
    "names": CODE.replace("z", "in_between").replace("x,", "data,").replace("x @", "data @"),
    "spaces": CODE.replace(" @ ", "@").replace(", ", ",  ").replace("1 / ", "1/"),
    "comments": CODE.replace("\n", "  # so that it is right\n"),
    "empty lines": CODE.replace("\n", "\n\n   \n"),
    "breaks in brackets": CODE.replace("(1 + ", "(\n  1\n      + ").replace("f(x, W)", "f(x,\n  W)"),
    "a line that goes on": CODE.replace(" @ ", " \\\n  @ "),
    "tabs between words": CODE.replace(" @ ", "\t@\t"),
}


@pytest.mark.parametrize("name", ALIKE)
def test_names_of_its_own_and_layout_are_no_part_of_it(name: str) -> None:
    assert ALIKE[name] != CODE
    assert digest([form_of(ALIKE[name])]) == digest([form_of(CODE)])


OTHER = [
    # a part of the code, and what stands there instead
    ("-z", "z"),
    ("@", "*"),
    ("/", "//"),
    ("1 /", "2 /"),
    ("1 /", "1.0 /"),
    ("exp", "log"),
    ("torch.exp", "exp"),
    ("x @ W", "W @ x"),
    ("x @ W", "x @ x"),
    ("    return", "return"),
    ("return", "print"),
    ("(1 + torch.exp(-z))", "1 + torch.exp(-z)"),
    ("-z", "-z, dim=1"),
    ("-z", "'z'"),
    ("z = x", "z == x"),
    ("f(x, W)", "f(x, *W)"),
    ("def f", "async def f"),
]


@pytest.mark.parametrize(("part", "instead"), OTHER, ids=[each[1] for each in OTHER])
def test_all_else_is(part: str, instead: str) -> None:
    assert part in CODE
    assert digest([form_of(CODE.replace(part, instead, 1))]) != digest([form_of(CODE)])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("x.mean()", "x.sum()"),
        ("x. mean()", "x. sum()"),
        ("x.y.mean", "x.y.sum"),
        ("g(x, dim=0)", "g(x, keepdim=0)"),
        ("g(x, dim = 0)", "g(x, keepdim = 0)"),
        ("int(x)", "len(x)"),
        ("self.x", "other.x"),
        ("'x'", "'y'"),
        ("if x:\n    y = 1\nz = 2", "if x:\n    y = 1\n    z = 2"),
        ("x = 1\ny = 2", "x = 1; y = 2"),
    ],
)
def test_attributes_keywords_builtins_texts_and_blocks_are_part_of_it(one: str, other: str) -> None:
    assert form_of(one).words != form_of(other).words


def test_names_that_everybody_knows_are_kept() -> None:
    one, other = "return cost(h)", "return loss(h)"
    assert form_of(one) == form_of(other)
    assert form_of(one, ["cost"]).words != form_of(other, ["cost"]).words


def test_a_digest_is_of_each_cell_and_of_whatever_else_matters() -> None:
    one, other = form_of("x = 1"), form_of("y = 2")
    digests = {
        digest([one, other]),
        digest([other, one]),
        digest([one]),
        digest([one], "train"),
        digest([one], "train", "4"),
        digest([form_of("x = 1\ny = 2")]),
    }
    assert len(digests) == 6


def test_each_word_has_its_place_in_bytes() -> None:
    source = "größe = 1\nx = '''a\nß''' + größe\n"
    form = form_of(source)
    lines = source.encode().split(b"\n")
    found = [lines[line - 1][first:last].decode() for line, first, end, last in form.spans if line == end]
    assert "".join(found) == "größe=1x=+größe"
    assert (2, 4, 3, 5) in form.spans, "a text of several lines"
    assert form.spans[-2] == (3, 6, 3, 7)


def mend_at(source: str, code: str, other: str = "", kind: str = "number") -> Mend:
    def place(part: str) -> Place:
        before = source[: source.index(part)].encode()
        line, start = before.count(b"\n") + 1, before.rfind(b"\n") + 1
        return Place(0, line, len(before) - start, line, len(before) - start + len(part.encode()))

    return Mend(kind, 10, (place(code),), place(other) if other else None)


def moved(mend: Mend, old: list[Form], new: list[Form]) -> Mend | None:
    memory = Memory()
    memory.keep("key", Finding(ways=((mend,),)), old)
    found = memory.find("key", new)
    return found.ways[0][0] if found else None


def test_an_edit_moves_to_the_same_words_of_other_code() -> None:
    old = "def f(x, rate):\n    return x * 0.1"
    new = "# mine\n\ndef f(größe,\n      faktor):\n    # so\n    return größe * 0.1"
    mend = moved(mend_at(old, "x * 0.1", "rate"), [form_of(old)], [form_of(new)])
    assert mend is not None
    assert mend.other is not None
    assert (mend.kind, mend.size) == ("number", 10)
    assert mend.places[0].text([new]) == "größe * 0.1"
    assert (mend.other.line, mend.other.text([new])) == (4, "faktor")


def test_an_edit_moves_to_itself() -> None:
    mend = mend_at(CODE, "torch.exp(-z)", "x @ W")
    assert moved(mend, [form_of(CODE)], [form_of(CODE)]) == mend


def test_what_is_not_about_whole_words_or_about_the_names_themselves_does_not_move() -> None:
    forms = [form_of(CODE)]
    assert moved(mend_at(CODE, "orch.exp"), forms, forms) is None
    assert moved(mend_at(CODE, "torch.exp(-z)", "rch"), forms, forms) is None
    for kind in ("misspelt", "definition-misspelt", "global-for-name"):
        assert moved(mend_at(CODE, "x @ W", kind=kind), forms, forms) is None


HOSTILE = [
    *('"', "'", '"""', "'''", '"\\', "'\\", '"\\\n', 'r"', 'rb"""', '"a\n', "'\"", "'''\"\"\"", "\"'''\n", "x'''\\"),
    *(
        "\\'\"",
        "\\",
        "a",
        "é",
        "(",
        ")",
        "\n",
        "\\\n",
        "#",
        "1",
        ".",
        " ",
        "\0",
        "a =",
        "(a ",
        "=",
        "a.",
        "😀",
        'a\\"\n',
    ),
]


@pytest.mark.parametrize("part", HOSTILE, ids=[ascii(each) for each in HOSTILE])
def test_a_megabyte_of_anything_is_read_at_once(part: str) -> None:
    source = (part * 250_000)[:250_000]
    started = time.process_time()
    form = form_of(source)
    assert time.process_time() - started < 1.5
    assert len(form.words) == len(form.spans)
    assert all(1 <= line <= last for line, _, last, _ in form.spans)
