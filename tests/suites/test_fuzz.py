"""Random damage: whatever is done to a notebook's JSON or its bytes, it is read, or gets one sentence.

`make test` tries the same few hundred notebooks each time; `make fuzz` tries 10,000, others for each FUZZ_SEED.
"""

from __future__ import annotations

import copy
import json
import math
import os
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
import pytest
from helpers import RIGHT, TINY_COURSE, notebook_of
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from autograder.course.assignment import Assignment
from autograder.course.loading import load_assignment
from autograder.course.marked_cells import grade_id
from autograder.judge.grader import Grader
from autograder.report.exercise_result import Verdict
from autograder.report.report import Report, Status
from autograder.submission.submission import Submission, read_submission

pytestmark = pytest.mark.slow

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "300"))
SEED = int(os.environ.get("FUZZ_SEED", "0"))
GRADED_SHARE = 10  # one in so many is graded, too
MAX_TIMES = 1000  # as long as a notebook that is not damaged may it take to read one, by the processor's clock

_HANDED_IN = Path(__file__).resolve().parent / "damaged"
_NAMES = ("double", "mean_of", "double_mean", "test_double", "setup", "show")
_KEYS = ("cells", "cell_type", "source", "metadata", "nbgrader", "grade_id", "id", "nbformat", "worksheets", "input")
_SOURCES = ("def double(x):", "    return 2 * x", "def mean_of(x):\n    return 3.0", "double = mean_of = abs", "1 / 0")
_ENCODINGS = ("utf-8", "utf-8", "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "latin-1")


@dataclass
class Tally:
    """How a run went, for its last line."""

    seconds: list[float] = field(default_factory=list)
    unreadable: int = 0

    def __str__(self) -> str:
        count, total = len(self.seconds), sum(self.seconds)
        return (
            f"{count} notebooks, {self.unreadable} of them unreadable: {1000 * total / max(count, 1):.1f} ms each, "
            f"the slowest {1000 * max(self.seconds, default=0):.0f} ms"
        )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz")


@pytest.fixture
def tally() -> Iterator[Tally]:
    tally = Tally()
    yield tally
    print(f"\n{tally}")


def bases() -> list[str]:
    """Notebooks to be damaged: right, untouched, of format 3, and as Colab saves them."""
    tiny = load_assignment(TINY_COURSE, "tiny")
    real = [(_HANDED_IN / name / "handed_in" / "tiny.ipynb").read_text() for name in ("format-3", "saved-by-colab")]
    return [json.dumps(notebook_of(tiny, RIGHT)), json.dumps(notebook_of(tiny)), *real]


texts = st.one_of(st.text(max_size=20), st.sampled_from((*_NAMES, *_KEYS, *_SOURCES)))
scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), texts)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4), max_leaves=8
)


def places(data: Any) -> list[tuple[Any, Any]]:
    """Every place in JSON data: a list or dict, and an index or key of it."""
    found, waiting = [], [data]
    while waiting:
        holder = waiting.pop()
        keys = range(len(holder)) if isinstance(holder, list) else list(holder)
        for key in keys:
            found.append((holder, key))
            if isinstance(holder[key], list | dict):
                waiting.append(holder[key])
    return found


def replaced(draw: Callable[..., Any], holder: Any, key: Any, _: Any) -> None:
    holder[key] = draw(values)


def deleted(_: Any, holder: Any, key: Any, __: Any) -> None:
    del holder[key]


def wrapped(draw: Callable[..., Any], holder: Any, key: Any, _: Any) -> None:
    value = holder[key]
    holder[key] = draw(st.sampled_from(([value], [[value], None], {"cells": value}, str(value), {"0": value})))


def copied(draw: Callable[..., Any], holder: Any, key: Any, data: Any) -> None:
    value = copy.deepcopy(holder[key])
    other, where = draw(st.sampled_from(places(data)))
    if isinstance(other, list):
        other.insert(where, value)
    else:
        other[draw(st.sampled_from(_KEYS))] = value


def swapped(draw: Callable[..., Any], holder: Any, key: Any, data: Any) -> None:
    other, where = draw(st.sampled_from(places(data)))
    first, second = copy.deepcopy(holder[key]), copy.deepcopy(other[where])
    holder[key] = second
    other[where] = first


def shuffled(draw: Callable[..., Any], _: Any, __: Any, data: Any) -> None:
    lists = [holder[key] for holder, key in places(data) if isinstance(holder[key], list) and holder[key]]
    if lists:
        chosen = draw(st.sampled_from(lists))
        chosen[:] = draw(st.permutations(chosen))


def edited(draw: Callable[..., Any], holder: Any, key: Any, data: Any) -> None:
    strings = [place for place in places(data) if isinstance(place[0][place[1]], str)]
    holder, key = draw(st.sampled_from(strings)) if strings else (holder, key)
    text = str(holder[key])
    start, end = sorted(draw(st.tuples(*[st.integers(0, len(text))] * 2)))
    holder[key] = text[:start] + draw(texts) + text[end:]


CHANGES = (replaced, deleted, wrapped, copied, swapped, shuffled, edited)


@st.composite
def damaged_notebooks(draw: Callable[..., Any]) -> bytes:
    """The bytes of a notebook after a few changes of its JSON, and then of its bytes."""
    data = json.loads(draw(st.sampled_from(bases())))
    for change in draw(st.lists(st.sampled_from(CHANGES), max_size=6)):
        if all_places := places(data):
            change(draw, *draw(st.sampled_from(all_places)), data)
    text = json.dumps(data, ensure_ascii=draw(st.booleans()))
    raw = text.encode(draw(st.sampled_from(_ENCODINGS)), "replace")
    for _ in range(draw(st.sampled_from((0, 0, 0, 1, 3)))):
        start, end = sorted(draw(st.tuples(*[st.integers(0, len(raw))] * 2)))
        end = draw(st.sampled_from((start, start + 1, end, len(raw))))
        raw = raw[:start] + draw(st.binary(max_size=4) | st.just(raw[start:end] * 2)) + raw[end:]
    return raw


def fuzz(examples: int) -> Callable[[Any], Any]:
    """Runs a test on many damaged notebooks: on the same ones each time, but for those of another FUZZ_SEED."""
    chosen = settings(
        max_examples=examples,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    return lambda test: seed(SEED)(chosen(given(raw=damaged_notebooks())(test)))


def read(raw: bytes, folder: Path, tiny: Assignment, tally: Tally) -> Submission:
    path = folder / "tiny.ipynb"
    path.write_bytes(raw)
    started = time.process_time()  # other programs may keep the machine busy
    submission = read_submission(folder, tiny, "student-001")
    tally.seconds.append(time.process_time() - started)
    tally.unreadable += submission.problem is not None
    return submission


def test_any_damaged_notebook_is_read_or_gets_a_sentence(tiny: Assignment, folder: Path, tally: Tally) -> None:
    frame = [(grade_id(cell), cell.source) for cell in tiny.release.cells if grade_id(cell)]
    whole = Tally()
    for text in bases() * 5:
        read(text.encode(), folder, tiny, whole)
    usual = statistics.median(whole.seconds)

    @fuzz(EXAMPLES)
    def check(raw: bytes) -> None:
        submission = read(raw, folder, tiny, tally)
        assert tally.seconds[-1] < MAX_TIMES * usual
        nbformat.validate(submission.notebook)
        nbformat.writes(submission.notebook).encode()
        cells = submission.notebook.cells
        kept = [(grade_id(cell), cell.source) for cell in cells if grade_id(cell)]
        assert [name for name, _ in kept] == [name for name, _ in frame]
        assert [each for each in kept if each[0] not in RIGHT] == [each for each in frame if each[0] not in RIGHT]
        for each in submission.cells:
            assert cells[each.position].cell_type == "code"
            assert cells[each.position].source == each.source
            assert each.source.strip()
        for sentence in (*submission.repairs, *([submission.problem] if submission.problem else [])):
            assert sentence.encode().endswith(b".")
            assert sentence.isprintable()
        assert submission.problem is None or not submission.cells

    check()
    assert 0.05 < tally.unreadable / len(tally.seconds) < 0.7


def test_any_damaged_notebook_ends_in_a_report(grader: Grader, folder: Path, tally: Tally) -> None:
    @fuzz(max(EXAMPLES // GRADED_SHARE, 1))
    def check(raw: bytes) -> None:
        (folder / "tiny.ipynb").write_bytes(raw)
        started = time.monotonic()
        graded = grader.grade(folder, "student-001")
        tally.seconds.append(time.monotonic() - started)
        report = graded.report
        tally.unreadable += report.status is Status.UNREADABLE
        assert report.status in (Status.GRADED, Status.UNREADABLE), report.staff
        assert 0 <= report.score <= report.max_score == 20
        assert math.isclose(report.score, sum(each.points for each in report.exercises))
        assert not any(each.verdict is Verdict.ERROR for each in report.exercises), report.staff
        assert (report.status is Status.UNREADABLE) == bool(report.message)
        assert Report.from_dict(json.loads(report.to_json())) == report
        nbformat.validate(graded.notebook)
        nbformat.writes(graded.notebook).encode()

    check()
