"""Answers that try to please nbgrader's own tests instead of being right: points are for what holds, and the others are
graded as if those had not been there."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest
from ordinary import NAME, Theme, theme_of, write_course

from autograder.course.loading import load_assignment
from autograder.judge.grader import Grader
from autograder.report.exercise_result import Verdict
from autograder.report.report import Report, Status
from autograder.sandbox.forked import ForkSandbox
from autograder.sandbox.limits import Limits
from autograder.sandbox.server import ForkServer

pytestmark = pytest.mark.slow
LIMITS = Limits(
    cell_wall_seconds=0.6,
    call_wall_seconds=0.6,
    lost_wall_seconds=1.0,
    patience_wall_seconds=0.1,
    submission_wall_seconds=8,
)
SECRET = "424242"
COURSE = f"""
%% given helpers
import math
import pickle
import unittest
import numpy as np
import pandas as pd
EXPECTED = [1, 4, 9]
def close(a, b):
    return abs(a - b) < 1e-9
class Checker:
    def check(self, got, wanted):
        assert got == wanted
def run_case(case):
    import io
    suite = unittest.defaultTestLoader.loadTestsFromTestCase(case)
    return unittest.TextTestRunner(stream=io.StringIO()).run(suite)
%% answer squares
def squares(n):
    if n < 1:
        raise ValueError("n")
    return [i * i for i in range(1, n + 1)]

def half(x):
    return x / 2

def frame():
    return pd.DataFrame({{"a": [1, 2]}})
%% tests equal 1
assert squares(3) == [1, 4, 9]
%% tests not_different 1
assert not squares(3) != [1, 4, 9]
%% tests given 1
assert squares(3) == EXPECTED
Checker().check(squares(2), [1, 4])
%% tests close 1
assert abs(half(3) - 1.5) < 1e-9
%% tests helper 1
assert close(half(5), 2.5)
%% tests isclose 1
assert math.isclose(half(7), 3.5) and not math.isnan(half(1))
%% tests numpy 1
np.testing.assert_allclose(squares(3), [1, 4, 9])
%% tests array_equal 1
assert np.array_equal(squares(3), [1, 4, 9])
%% tests pandas 1
assert frame().equals(pd.DataFrame({{"a": [1, 2]}}))
%% tests frames 1
pd.testing.assert_frame_equal(frame(), pd.DataFrame({{"a": [1, 2]}}))
%% tests loop 1
for got, wanted in zip(map(half, [2, 4]), [1, 2]):
    assert got == wanted
%% tests sum_range 1
assert sum(range(half(8))) == 6 if isinstance(half(8), int) else half(8) == 4
%% tests repeated 1
assert "a" * int(half(6)) == "aaa"
%% tests unit 1
class Case(unittest.TestCase):
    def test_it(self):
        self.assertEqual(squares(2), [1, 4])
assert run_case(Case).wasSuccessful()
%% tests contained 1
assert 9 in squares(3) and 5 not in squares(3)
%% tests sorted_all 1
assert sorted(squares(3), reverse=True) == [9, 4, 1] and all(x > 0 for x in squares(2)) and len(squares(4)) == 4
%% tests pickled 1
import pickle
assert pickle.loads(pickle.dumps(squares(1))) == [1]
%% tests secret 1
### BEGIN HIDDEN TESTS
assert half({SECRET}) == {SECRET} / 2
### END HIDDEN TESTS
%% tests after_secret 1
assert half(2) == 1
expected = [squares(1), squares(2)]
assert expected == [[1], [1, 4]]
"""

SHORT_COURSE = f"""
%% answer squares
def squares(n):
    return [i * i for i in range(1, n + 1)]
def half(x):
    return x / 2
%% tests equal 1
assert squares(3) == [1, 4, 9]
%% tests loop 1
n = 0
for _ in squares(int(half(4))):
    n += 1
assert n == 2 and sum(range(squares(3)[2])) == 36
%% tests secret 1
### BEGIN HIDDEN TESTS
assert half({SECRET}) == {SECRET} / 2
### END HIDDEN TESTS
"""

LIAR = """
class Liar{bases}:
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __lt__(self, other): return True
    def __le__(self, other): return True
    def __gt__(self, other): return True
    def __ge__(self, other): return True
    def __bool__(self): return True
    def __hash__(self): return 0
    def __sub__(self, other): return 0
    def __rsub__(self, other): return 0
    def __abs__(self): return 0
    def __contains__(self, item): return item != 5
    def equals(self, other): return True
    {more}
def squares(n): return Liar()
half = frame = lambda *_: Liar()
"""
_GETATTR = "def __getattr__(self, name): return Liar()\n    def __call__(self, *a, **k): return True"
_CLAIM = """
import sys
refs = sys.modules["autograder.sandbox.refs"]
describe = refs.describe
def lying(value, number, rich):
    told = describe(value, number, rich)
    if type(value).__name__ == "Liar" and rich:
        told["mro"] = {mro!r}
        told["methods"] = sorted(refs.METHODS)
    return told
refs.describe = lying
sys.modules["autograder.sandbox.values"].describe = lying
"""
_REPLY = """
import sys
objects = sys.modules["autograder.sandbox.inside.objects"]
def answer(self, request, tensors):
    return objects.wire.pack({{"sequence": request["sequence"], **{reply}}})
objects.Objects.answer = answer
"""
_ALL_CALLS = "def squares(*a): {code}\nhalf = frame = squares\n"

ATTACKS = {
    "equal to all": LIAR.format(bases="", more=""),
    "equal to all, and has all": LIAR.format(bases="", more=_GETATTR),
    "a list that lies": LIAR.format(bases="(list)", more=""),
    "an int that lies": LIAR.format(bases="(int)", more=""),
    "a float that lies": LIAR.format(bases="(float)", more=""),
    "a frame that lies": "import pandas as pd" + LIAR.format(bases="(pd.DataFrame)", more=""),
    "says it is a frame": LIAR.format(bases="", more=_GETATTR) + _CLAIM.format(mro=[["pandas", "DataFrame"]]),
    "says it is a list": LIAR.format(bases="", more=_GETATTR) + _CLAIM.format(mro=[["builtins", "list"]]),
    "says it is an array": LIAR.format(bases="", more=_GETATTR) + _CLAIM.format(mro=[["numpy", "ndarray"]]),
    "says it is a mock": LIAR.format(bases="", more=_GETATTR) + _CLAIM.format(mro=[["unittest.mock", "_ANY"]]),
    "says what can't be": LIAR.format(bases="", more="") + _CLAIM.format(mro=[["builtins", 3]]),
    "shadows what tests use": (
        "abs = lambda x: 0\nlen = lambda x: 4\nsum = lambda x: 6\nsorted = lambda *a, **k: [9, 4, 1]\n"
        "all = any = isinstance = lambda *a: True\nAssertionError = ValueError\nexpected = got = wanted = 1\n"
        "def squares(n): return 7\ndef half(x): return 7\ndef frame(): return 7"
    ),
    "replaces helpers": (
        "EXPECTED = 7\nclose = lambda a, b: True\nrun_case = lambda c: __import__('types').SimpleNamespace("
        "wasSuccessful=lambda: True)\nclass Checker:\n    def check(self, *a): pass\n"
        "def squares(n): return 7\ndef half(x): return 7\ndef frame(): return 7"
    ),
    "ends loops": _ALL_CALLS.format(code="raise StopIteration"),
    "skips tests": _ALL_CALLS.format(code="import unittest; raise unittest.SkipTest('no')"),
    "raises what tests raise": _ALL_CALLS.format(code="raise AssertionError('All is right.')"),
    "leaves": _ALL_CALLS.format(code="raise SystemExit(0)"),
}
STOPPING = {
    "interrupts": _ALL_CALLS.format(code="raise KeyboardInterrupt"),
    "dies": _ALL_CALLS.format(code="import os; os._exit(0)"),
    "never ends": _ALL_CALLS.format(code="\n    while True: pass"),
    "an endless generator": _ALL_CALLS.format(code="\n    while True: yield 1"),
    "an endless sequence": "class S:\n    def __getitem__(self, i): return 2\n" + _ALL_CALLS.format(code="return S()"),
    "a large number": _ALL_CALLS.format(code="return 10**13"),
    "a number with a million digits": _ALL_CALLS.format(code="return 10**1_000_000"),
    "a huge answer": _ALL_CALLS.format(code="return 'x' * 50_000_000"),
    "much that is printed": _ALL_CALLS.format(code="print('x' * 1_000_000)"),
    "a deep answer": _ALL_CALLS.format(code="\n    x = []\n    for _ in range(5000): x = [x]\n    return x"),
    "a class that claims to be an error": _ALL_CALLS.format(
        code="raise type('E', (Exception,), {'__module__': 'autograder.judge.stand_ins.line', "
        "'__qualname__': 'AskingStopped', '__str__': lambda s: '</script><b>'})"
    ),
    "no protocol": _REPLY.format(reply="{'value': {'t': 'list', 'v': 3}}"),
    "an error of nothing": _REPLY.format(reply="{'raised': 7}"),
    "an error of the tests' that was none": _REPLY.format(reply="{'raised': {'own': 5}}"),
    "a callback to nothing": _REPLY.format(reply="{'callback': 99, 'args': [], 'kwargs': {}}"),
    "numbers of nothing": _REPLY.format(reply="{'value': None, 'kept': [[0, 1], [99, 2]], 'changed': [[1]]}"),
    "texts for lists": _REPLY.format(reply="{'value': 1, 'printed': 'x', 'warned': 'y', 'files': 'z', 'late': 'u'}"),
    "warnings of nothing": _REPLY.format(reply="{'value': 1, 'warned': [{'text': 'x', 'mro': [['a']]}]}"),
    "an endless answer": _REPLY.format(reply="{'value': {'t': 'ref', 'id': 10**30, 'type': 'x', 'module': False}}"),
}


@dataclass(frozen=True)
class Course:
    """A notebook with tests, and what grades it."""

    theme: Theme
    grader: Grader

    def report(self, answer: str | None, folder: Path) -> Report:
        """Of a submission with this answer, or with the right one."""
        notebook = self.theme.submission(0)
        for cell in notebook.cells:
            if answer is not None and cell.metadata.nbgrader.solution:
                cell.source = answer
        nbformat.write(notebook, folder / "attacked.ipynb")
        return self.grader.grade(folder, "student-001").report


def course_of(text: str, folder: Path, server: ForkServer) -> Course:
    theme = theme_of("attacked", text)
    assignment = load_assignment(write_course(folder / "course", [theme], 0), NAME)
    return Course(theme, Grader(assignment, ForkSandbox(server, LIMITS)))


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory, server: ForkServer) -> Iterator[Course]:
    made = course_of(COURSE, tmp_path_factory.mktemp("attacked"), server)
    with made.grader:
        yield made


@pytest.fixture(scope="module")
def short_course(tmp_path_factory: pytest.TempPathFactory, server: ForkServer) -> Iterator[Course]:
    made = course_of(SHORT_COURSE, tmp_path_factory.mktemp("attacked"), server)
    with made.grader:
        yield made


def check_attack(report: Report) -> None:
    assert report.status is Status.GRADED
    assert [each.graded_cell for each in report.exercises if each.points] == []
    assert not [each for each in report.exercises if each.verdict is Verdict.ERROR]
    assert SECRET not in report.to_json()


@pytest.mark.parametrize("name", ATTACKS)
def test_a_lie_gets_nothing(name: str, course: Course, tmp_path: Path) -> None:
    check_attack(course.report(ATTACKS[name], tmp_path))


@pytest.mark.parametrize("name", STOPPING)
def test_nothing_stops_the_grader(name: str, short_course: Course, tmp_path: Path) -> None:
    started = time.monotonic()
    check_attack(short_course.report(STOPPING[name], tmp_path))
    assert time.monotonic() - started < LIMITS.submission_wall_seconds + 10


def test_answers_that_listen_tell_nothing_of_hidden_tests(course: Course, tmp_path: Path) -> None:
    answer = (
        "import warnings\nheard = []\ndef squares(n): raise ValueError(f'I heard {heard}')\n"
        "def half(x):\n    heard.append(x)\n    if x == 2: warnings.warn(f'heard {heard}')\n    return x / 2\n"
        "def frame(): raise TypeError(heard)"
    )
    report = course.report(answer, tmp_path)
    assert {each.graded_cell: each.points for each in report.exercises}["secret"] == 1
    assert SECRET not in report.to_json()


def test_after_all_that_the_right_answer_still_gets_all_points(
    course: Course, short_course: Course, tmp_path: Path
) -> None:
    for each in (course, short_course):
        report = each.report(None, tmp_path)
        assert report.score == report.max_score, [one.graded_cell for one in report.exercises if not one.points]
