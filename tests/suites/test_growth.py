"""What a submission costs grows with its size and no faster: no text and no answer of a few kB keeps a grader busy.

Each case was an attack, or is of the kind of one: twice as much of it may cost twice as much, and become twice as long.
Costs are the processor's time; what is less than a blink is not compared, as nobody can measure it.
"""

from __future__ import annotations

import gc
import itertools
import json
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import nbformat
import numpy
import pytest
import torch
from helpers import RIGHT, TINY_COURSE, cell_of, notebook_of, report_of

from autograder.course.assignment import Assignment
from autograder.course.loading import load_assignment
from autograder.judge.sketch import pieces
from autograder.report import page
from autograder.report.annotated import annotate
from autograder.report.student_page.code_lines import highlighted
from autograder.report.student_page.notebook_cells import output_html
from autograder.report.student_page.texts import Texts
from autograder.sandbox.cell_run import CellRun
from autograder.sandbox.decoding import decode
from autograder.sandbox.wire import WireError
from autograder.submission.submission import read_submission

TOLERANCE = 1.35  # costs vary; what is quadratic grows by 4, not by 2.7
BLINK_SECONDS = 0.03
REFUSED_SECONDS = 1.5  # keys are refused by a clock, which is read at each doubling: what is refused costs up to this
ROUNDS = 4  # until then something else may have kept the machine busy
MOST_TIMES = 8  # how much longer a page may be than a text without formulas and colours


@dataclass(frozen=True)
class Case:
    """A nasty text or answer of about `size`, and what is done with it.

    Attributes:
        make: it, for a size.
        step: the work; returns what comes of it, WireError if it was refused.
        size: the smaller one, at which the work can be measured.
    """

    make: Callable[[int], Any]
    step: Callable[[Any], Any]
    size: int


@pytest.fixture(autouse=True)
def no_garbage() -> Iterator[None]:
    """Garbage is not collected while time is measured: whoever comes next would pay for what others left."""
    gc.disable()
    yield
    gc.enable()


def seconds(case: Case, size: int) -> float:
    value, best = case.make(size), float("inf")
    for _ in range(2):
        began = time.process_time()
        case.step(value)
        best = min(best, time.process_time() - began)
    return best


def grows_by(case: Case) -> tuple[float, float]:
    return seconds(case, case.size), seconds(case, 2 * case.size)


def is_in_proportion(small: float, large: float) -> bool:
    return large <= BLINK_SECONDS or large <= 2 * TOLERANCE * max(small, BLINK_SECONDS / 2)


def assert_in_proportion(case: Case) -> None:
    small = large = float("inf")
    for _ in range(ROUNDS):
        small, large = map(min, zip((small, large), grows_by(case), strict=True))
        if is_in_proportion(small, large):
            return
    found = f"{large / small:.1f} times as much for twice the size ({large:.2f} s)"
    assert case.step(case.make(2 * case.size)) is WireError, found
    assert large <= REFUSED_SECONDS, found


# --- reading -----------------------------------------------------------------------------------------------------

BIG = "def double(x):\n    return 2 * x"


def a_cell(source: Any, name: str = "", kind: str = "code", **more: Any) -> dict[str, Any]:
    marks = {"grade_id": name, "solution": True, "grade": False, "locked": False, "schema_version": 3}
    cell = {"cell_type": kind, "source": source, "metadata": {"nbgrader": marks} if name else {}, **more}
    return {**cell, "outputs": [], "execution_count": None} if kind == "code" else cell


def copies(size: int, stub: str) -> list[dict[str, Any]]:
    return [*(a_cell(stub, "double") for _ in range(size)), a_cell("# x\n" * 400 * size + BIG, "double")]


READ: dict[str, tuple[Callable[[int, str], list[dict[str, Any]]], int]] = {
    "stub copies beside a big one": (copies, 100),
    "copies that define it": (lambda size, _: [a_cell(BIG + "\n#" * 500, "double") for _ in range(size)], 200),
    "parts of a cell": (lambda size, _: [a_cell("if (", "double") for _ in range(size)], 500),
    "definitions in texts": (lambda size, _: [a_cell(BIG, kind="markdown") for _ in range(size)], 2_000),
    "a locked cell that was changed": (lambda size, _: [a_cell("a: b" * size + "\na = 1\n" * size, "setup")], 20_000),
    "an import of much": (lambda size, _: [a_cell("from " + "a, " * size + " import " + "b " * size)], 100_000),
    "spaces": (lambda size, _: [a_cell("double" + " " * size), a_cell("async " + "\t " * size)], 200_000),
    "lines in lists": (lambda size, _: [a_cell([["x\n"] * size])], 100_000),
    "one id": (lambda size, _: [a_cell("x = 1", id="a") for _ in range(size)], 2_000),
    "pictures": (
        lambda size, _: [a_cell("x", kind="markdown", attachments={f"{n}": {"image/png": "AA"} for n in range(size)})],
        20_000,
    ),
}


@pytest.fixture(scope="module")
def tiny() -> Assignment:
    return load_assignment(TINY_COURSE, "tiny")


@pytest.mark.parametrize("name", READ)
def test_reading_takes_time_in_proportion(tiny: Assignment, tmp_path: Path, name: str) -> None:
    cells, size = READ[name]
    whole = json.loads(json.dumps(notebook_of(tiny, RIGHT)))
    stub = cell_of(tiny.release, "double").source

    def handed_in(size: int) -> Path:
        path = tmp_path / f"{size}.ipynb"
        path.write_text(json.dumps({**whole, "cells": [*whole["cells"], *cells(size, stub)]}))
        return path

    assert_in_proportion(Case(handed_in, lambda path: read_submission(path, tiny, "student-001"), size))


# --- what a guest answers ----------------------------------------------------------------------------------------

PRIME = 2**61 - 1  # hashes of numbers are remainders of it
REF = {"t": "ref", "id": 1, "type": "Index", "module": False}


def an_int(number: int) -> Any:
    return number if abs(number) < 2**63 else {"t": "int", "v": f"{number:x}"}


@lru_cache
def in_each_others_way(count: int) -> list[int]:
    """Numbers of other hashes, of which a dict has to pass half of them to find a place for each of the other half.

    A dict tries slots that follow from ever higher bits of the hash, and then each slot from the one before alone: the
    first half lies on that last path, and the second comes to it by 12 slots that are taken as well.
    """
    bits = (count * 3 // 2).bit_length()
    mask, path = (1 << bits) - 1, [1]
    while len(path) < count // 2:
        path.append((5 * path[-1] + 1) & mask)
    place = numpy.full(mask + 1, -1)
    place[path] = numpy.arange(len(path))
    pick = numpy.random.default_rng(0)
    slots = numbers = pick.choice(path, 40 * count)
    for low in range(5, 61, 5):
        new = max(0, min(5, 66 - low - bits))  # bits that this slot is the first to depend on
        more = 1 << min(new, 2)
        higher = pick.integers(0, 1 << new, more * numbers.size) << min(low + bits - 5, 61)
        numbers = numpy.repeat(numbers, more) | higher
        slots = (5 * numpy.repeat(slots, more) + (numbers >> low) + 1) & mask
        taken = numpy.flatnonzero(place[slots] >= 0)[: 40 * count]
        numbers, slots = numbers[taken], slots[taken]
    joining = numbers[(place[slots] < count // 6) & (numbers < PRIME)]
    chosen = list(dict.fromkeys([*path, *joining.tolist()]))[:count]
    assert len(chosen) == count
    return chosen


def a_dict(keys: list[Any], tag: str = "dict") -> tuple[Any, Any]:
    return {"t": tag, "v": [[an_int(each), 0] for each in keys] if tag == "dict" else [*map(an_int, keys)]}, {}


def an_array(values: Any) -> tuple[Any, dict[str, torch.Tensor]]:
    raw = torch.frombuffer(bytearray(values.tobytes()), dtype=torch.uint8)
    told = {"t": "ndarray", "k": "0", "dtype": values.dtype.str, "shape": list(values.shape), "scalar": False}
    return told, {"0": raw}


def one_hash(count: int) -> Any:
    """Whole numbers of which pandas' own tables have one hash: `k >> 33 ^ k ^ k << 11`, cut to 32 bits."""
    low = numpy.arange(1, 4 * count, 2, dtype=numpy.uint64)
    high = (low ^ (low << 11) ^ 7) & 0xFFFFFFFF
    return (low | high << 33)[high < 1 << 31][:count].astype(numpy.int64)


def a_level(column: Any) -> Any:
    return {"t": "index", "v": ["levels", [column], [None]], "ref": REF}


def levels_of_numbers(count: int) -> tuple[Any, Any]:
    told, tensors = an_array(one_hash(count))
    return a_level(["plain", told]), tensors


def words_of_one_hash(count: int) -> list[str]:
    """`Aa` and `BB` have one hash in tables for which a character is worth 31 times the next."""
    letters = itertools.product(("Aa", "BB"), repeat=count.bit_length())
    return ["".join(each) for each in itertools.islice(letters, count)]


ANSWERS: dict[str, tuple[Callable[[int], tuple[Any, Any]], int]] = {
    "numbers with one remainder": (lambda size: a_dict([each * PRIME for each in range(size)]), 10_000),
    "few numbers of each of many remainders": (
        lambda size: a_dict([each % 60 * PRIME + each // 60 for each in range(size)]),
        20_000,
    ),
    "numbers in each other's way in a dict": (lambda size: a_dict(in_each_others_way(size)), 10_000),
    "the same, in a set": (lambda size: a_dict(in_each_others_way(size), "set"), 10_000),
    "the same, as it is not rich": (lambda size: a_dict(in_each_others_way(size)), 10_000),
    "one key again and again": (lambda size: a_dict([each // 65 for each in range(size)]), 50_000),
    "pairs of them": (
        lambda size: ({"t": "set", "v": [{"t": "tuple", "v": [0, an_int(PRIME * each)]} for each in range(size)]}, {}),
        10_000,
    ),
    "objects": (lambda size: ({"t": "objects", "shape": [size], "v": [*range(size)]}, {}), 50_000),
}
FRAMES: dict[str, tuple[Callable[[int], tuple[Any, Any]], int]] = {
    "an index of numbers": (levels_of_numbers, 20_000),
    "an index of words": (lambda size: (a_level(["str", words_of_one_hash(size)]), {}), 10_000),
    "an index of many objects": (
        lambda size: (
            a_level(["plain", {"t": "objects", "shape": [size], "v": [n << 32 | (n ^ 5) for n in range(size)]}]),
            {},
        ),
        5_000,
    ),
}


def read_answer(value: tuple[Any, Any], rich: bool = True) -> Any:
    try:
        return decode(*value, rich=rich)
    except WireError:
        return WireError


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_is_read_in_proportion(name: str) -> None:
    make, size = ANSWERS[name]
    assert_in_proportion(Case(make, lambda value: read_answer(value, rich="not rich" not in name), size))


@pytest.mark.parametrize("name", FRAMES)
def test_a_frame_is_read_in_proportion(name: str) -> None:
    pytest.importorskip("pandas")
    make, size = FRAMES[name]
    assert_in_proportion(Case(make, read_answer, size))


def test_many_honest_keys_and_labels_are_read() -> None:
    many = 50_000
    numbers = random.Random(1).sample(range(10**9), many)
    for keys in (numbers, [each << 40 for each in range(many)], [each * 1e9 for each in numbers]):
        assert decode(*a_dict(keys), rich=True) == dict.fromkeys(keys, 0)
    pytest.importorskip("pandas")
    told, tensors = an_array(numpy.array(numbers))
    assert decode(a_level(["plain", told]), tensors, rich=True).tolist() == [(each,) for each in numbers]


# --- pages -------------------------------------------------------------------------------------------------------

TEXTS = (
    *("[", "[a](", "!["),
    *("*a_ ", "**a ", "> ", "> > a\n", "`a``", "<", "<!--", "$a ", "\\begin{a}", "- ", "#"),
    "- [ ] ",
    *("|a|b|\n|-|-|\n", "```\n", "[^a]", "[a]: b\n", "<div>", "<ul><li>", "<b><i><p>", "<b></p>", "<table><td>"),
)  # fmt: skip
UNCLOSED = {
    "tags": lambda size: "<p>" + "".join(f'<b title="{each}">' for each in range(size // 30)) + "<p>x" * (size // 8),
    "pairs": lambda size: "".join(f'<em title="{each}"><p>' for each in range(size // 20)),
    "a long one": lambda size: f'<p><i title="{"x" * (size // 2)}">' + "<p>x" * (size // 8),
    "in lines": lambda size: "".join(f'<em title="{each}">\n\n' for each in range(size // 20)),
    "deep": lambda size: "<div>" * (size // 5),
}
CODES = (" \n", "\t\n", "   \n", "\n", " ", "a.", '"""\n', "f'{", "(", "\\\n", "%a\n", "x?\n", "@", "0x")


def repeated(unit: str) -> Callable[[int], str]:
    return lambda size: (unit * (size // len(unit) + 1))[:size]


def marked(text: str) -> str:
    return page.markdown({"resources": {}}, text)


def cleaned(text: str) -> str:
    return page.clean({"resources": {}}, text)


def with_colours(source: str) -> str:
    highlighted.cache_clear()
    return "\n".join(highlighted(source))


@pytest.mark.parametrize("unit", TEXTS)
def test_a_text_becomes_a_page_in_proportion(unit: str) -> None:
    size = page.MAX_TEXT_CHARACTERS // 4
    assert_in_proportion(Case(repeated(unit), marked, size))
    assert len(marked(repeated(unit)(size))) <= MOST_TIMES * size


@pytest.mark.parametrize("name", UNCLOSED)
def test_what_is_not_closed_does_not_become_more(name: str) -> None:
    size = page.MAX_TEXT_CHARACTERS // 2 - 100
    for step in (cleaned, lambda text: Texts().markdown(text)):
        assert_in_proportion(Case(UNCLOSED[name], step, size))
    for step in (marked, lambda text: Texts().clean(text)):
        assert len(step(UNCLOSED[name](2 * size))) <= MOST_TIMES * 2 * size


@pytest.mark.parametrize("unit", CODES)
def test_code_gets_its_colours_in_proportion(unit: str) -> None:
    size = page.MAX_TEXT_CHARACTERS // 2 - 1
    assert_in_proportion(Case(lambda size: repeated(unit)(size)[:19_900], with_colours, size))


def test_all_code_on_a_page_gets_its_colours_so() -> None:
    steps = (lambda code: page.highlight({"resources": {}}, code), lambda code: marked(f"```py\n{code}"))
    for step in steps:
        assert_in_proportion(Case(repeated(" \n"), step, 5_000))


def test_no_code_of_any_length_gets_colours_for_long() -> None:
    assert_in_proportion(Case(repeated(" \n"), lambda code: page.highlight({"resources": {}}, code), 500_000))


@pytest.mark.parametrize("unit", ["\x1b[31m", "\x1b[", "\x1b[1;", "\r", "http://", "<"])
def test_an_output_becomes_html_in_proportion(unit: str) -> None:
    def step(text: str) -> str:
        return output_html({"output_type": "stream", "text": text}, Texts())

    assert_in_proportion(Case(repeated(unit), step, 400_000))


# --- what else is made of it -------------------------------------------------------------------------------------


def test_a_graded_notebook_is_made_in_proportion(tiny: Assignment) -> None:
    report = report_of(tiny, "student-001")

    def runs(size: int) -> dict[int, CellRun]:
        outputs = [{"output_type": "stream", "name": "stdout", "text": "/usr/lib/python3.11/" * 10}] * size
        return dict.fromkeys(range(len(tiny.release.cells)), CellRun(tuple(outputs)))

    def step(found: dict[int, CellRun]) -> str:
        return str(nbformat.writes(annotate(notebook_of(tiny), found, report)))

    assert_in_proportion(Case(runs, step, 200))


@pytest.mark.parametrize("unit", ["(", "a ", "a b", "'", " \n", "    a\n", "\\\n", "0x", "f'{"])
def test_a_sketch_is_made_in_proportion(unit: str) -> None:
    assert_in_proportion(Case(repeated(unit), lambda code: pieces([code], ("x",)), 16_000))
