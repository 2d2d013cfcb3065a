"""Objects of the tests' in student code's hands: what works, and what stays out of its reach."""

from __future__ import annotations

import io
import os
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import nbformat
import numpy
import pytest
from ordinary import NAME, theme_of, write_course

from autograder.course.loading import load_assignment
from autograder.judge.grader import Grader
from autograder.judge.stand_ins.of_tests import done, is_of_tests, special_methods
from autograder.report.report import Report
from autograder.sandbox.forked import ForkSandbox
from autograder.sandbox.limits import Limits
from autograder.sandbox.server import ForkServer

TEXT = "%% answer f\n{right}\n%% wrong f\n{wrong}\n%% tests tests_of_f 4\n{tests}"
NODE = """class Node:
    kind = "node"
    def __init__(self, value, left=None):
        self.value, self.left, self._secret = value, left, 7
    def double(self, by=2):
        return by * self.value
    @property
    def half(self):
        return self.value / 2
    def __len__(self):
        return self.value
    def __eq__(self, other):
        return self.value == other.value
"""


@pytest.fixture
def grade(server: ForkServer, tmp_path: Path) -> Callable[..., Report]:
    """The report on a right answer, or on a wrong one."""

    def graded(tests: str, right: str, wrong: str = "") -> Report:
        theme = theme_of("one", TEXT.format(right=right, wrong=wrong or right, tests=tests))
        folder = write_course(tmp_path / str(len(list(tmp_path.iterdir()))), [theme], 0)
        (folder / "handed-in").mkdir()
        nbformat.write(theme.submission(1 if wrong else 0), folder / "handed-in" / "one.ipynb")
        sandbox = ForkSandbox(server, Limits(cell_wall_seconds=3.0, call_wall_seconds=3.0))
        with Grader(load_assignment(folder, NAME), sandbox) as grader:
            return grader.grade(folder / "handed-in", "student-001").report

    return graded


WORKS = {
    "attributes": ("return x.value + x.left.value, x.kind", NODE + "assert f(Node(3, Node(4))) == (7, 'node')"),
    "methods": ("return x.double(), x.double(by=5), x.half", NODE + "assert f(Node(3)) == (6, 15, 1.5)"),
    "special methods": ("return len(x), x == x.left", NODE + "assert f(Node(3, Node(3))) == (3, True)"),
    "what is written": ("x.value, x.done = 5, True", NODE + "n = Node(3)\nf(n)\nassert n.value == 5 and n.done"),
    "what comes back": ("return x.left", NODE + "m = Node(4)\nassert f(Node(3, m)) is m"),
    "a type's name": ("return type(x).__name__", NODE + "assert f(Node(3)) == 'Node'"),
    "one that is called": (
        "return x(3, by=2)",
        "class Times:\n    def __call__(self, a, by):\n        self.asked = a\n        return a * by\n"
        "t = Times()\nassert f(t) == 6 and t.asked == 3",
    ),
    "an iterator": ("return [next(x), next(x)]", "it = iter('abc')\nassert f(it) == ['a', 'b'] and next(it) == 'c'"),
    "a generator": ("return sum(x)", "assert f(n * n for n in range(4)) == 14"),
    "a namespace": ("return x.a + 1", "from types import SimpleNamespace\nassert f(SimpleNamespace(a=1)) == 2"),
    "a text to write to": ("print('a', file=x)", "import io\no = io.StringIO()\nf(o)\nassert o.getvalue() == 'a\\n'"),
    "a text to read from": (
        "return [each.strip() for each in x]",
        "import io\nassert f(io.StringIO('a\\nb\\n')) == ['a', 'b']",
    ),
    "a generator of numbers": (
        "return x.normal(size=3)",
        "import numpy as np\nassert np.allclose(f(np.random.default_rng(0)), np.random.default_rng(0).normal(size=3))",
    ),
    "an open file": (
        "return [each.strip() for each in x]",
        "from pathlib import Path\nPath('a.txt').write_text('a\\nb\\n')\n"
        "with open('a.txt') as file:\n    assert f(file) == ['a', 'b']",
    ),
    "a path": ("return x.parent / 'c'", "from pathlib import Path\nassert f(Path('a/b')) == Path('a/c')"),
    "a path that comes back": ("return x", "from pathlib import Path\np = Path('a')\nassert f(p) is p"),
    "a pattern": ("return x.findall('a1b')", "import re\nassert f(re.compile('[A-Z]', re.I)) == ['a', 'b']"),
    "a pattern that comes back": ("return x", "import re\np = re.compile('a')\nassert f(p) is p"),
    "a file for a while": (
        "print('a', file=x)",
        "import tempfile\nwith tempfile.NamedTemporaryFile('w+') as t:\n    f(t)\n    t.seek(0)\n"
        "    assert t.read() == 'a\\n'",
    ),
    "a mock": (
        "return x.post('/a', json=1).status",
        "from unittest.mock import Mock\nm = Mock()\nm.post.return_value.status = 200\nassert f(m) == 200\n"
        "m.post.assert_called_once_with('/a', json=1)",
    ),
}


@pytest.mark.parametrize("name", WORKS)
def test_what_student_code_does_with_an_object_of_the_tests_works(grade: Callable[..., Report], name: str) -> None:
    body, tests = WORKS[name]
    report = grade(tests, f"def f(x):\n    {body}")
    assert (report.score, report.looks) == (4, ())


ATTACKS = {
    "a hidden attribute": "return x._secret",
    "its class": "return x._ask('get', '__class__')",
    "its dictionary": "return x._ask('get', '__dict__')",
    "the globals of a method": "return x._ask('get', 'double').__globals__['double']",
    "a special method that it has not": "return x._ask('__getattribute__', '__class__')",
    "another method for its own": "x._ask('set', 'double', lambda by=2: 6)",
    "a number of nobody's": "return type(x.double).__call__(x.double, 1, 2, 3, 4)",
}


@pytest.mark.parametrize("name", ATTACKS)
def test_what_the_tests_did_not_write_stays_out_of_reach(grade: Callable[..., Report], name: str) -> None:
    tests = f"{NODE}n = Node(2)\nassert f(n) is None\nassert n.double() == 6"
    right = "def f(x):\n    x.value = 3"
    report = grade(tests, right, f"def f(x):\n    {ATTACKS[name]}")
    assert report.score == 0
    assert report.status == "graded"


PLACES = """from pathlib import Path
Path("a.txt").write_text("theirs")
assert f(1).read_text() == "secret"
"""


@pytest.mark.parametrize("place", ["{folder}/secret.txt", "../{folder.name}/secret.txt", "/proc/self/cwd/../x"])
def test_a_path_out_of_the_folder_opens_nothing_of_the_grader_s(
    grade: Callable[..., Report], place: str, tmp_path: Path
) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    right = "def f(x):\n    from pathlib import Path\n    Path('b.txt').write_text('secret')\n    return Path('b.txt')"
    assert grade(PLACES, right).score == 4
    wrong = f"def f(x):\n    from pathlib import Path\n    return Path({place.format(folder=tmp_path)!r})"
    report = grade(PLACES, right, wrong)
    assert (report.score, report.status) == (0, "graded")


def test_what_tests_set_in_the_environment_is_there_and_nothing_else_of_the_grader_s(
    grade: Callable[..., Report], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOKEN_OF_THE_GRADER", "secret")
    tests = """import os
from unittest.mock import patch
with patch.dict(os.environ, {"A": "b"}, clear=True):
    assert f(0) == ("b", None)
assert f(0) == (None, None)
os.environ["A"] = "c"
"""
    report = grade(
        tests, "def f(x):\n    import os\n    return os.environ.get('A'), os.environ.get('TOKEN_OF_THE_GRADER')"
    )
    assert report.score == 4
    assert "A" not in os.environ
    assert os.environ["TOKEN_OF_THE_GRADER"] == "secret"


def test_what_has_more_from_a_library_is_no_object_of_the_tests() -> None:
    names: dict[str, Any] = {"__name__": "__main__", "Path": type(Path())}
    exec("class Own:\n    def __len__(self): return 3\n    def m(self): return 5\nclass Place(Path): pass", names)
    own, path = names["Own"](), names["Place"]("a")
    assert [is_of_tests(each) for each in (own, SimpleNamespace(), io.StringIO(), Mock())] == [True] * 4
    others = (path, Mock(wraps=Path), iter([]), is_of_tests, [1], io, sqlite3.connect(":memory:"))
    assert [is_of_tests(each) for each in others] == [False] * len(others)
    assert special_methods(own) == ["__len__"]
    assert done(own, "__len__") == 3
    assert done(own, "get", "m")() == 5


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (io.StringIO("a"), "__init__"),
        (io.StringIO("a"), "_checkClosed"),
        (numpy.random.default_rng(0), "__reduce__"),
        (Mock(), "assert_called_once_with"),
        (Mock(), "mock_calls"),
        (Mock(), "_mock_parent"),
        (SimpleNamespace(a=1), "b"),
        (SimpleNamespace(a=open), "a"),
        (SimpleNamespace(a=shutil.rmtree), "a"),
        (SimpleNamespace(a=Path().rmdir), "a"),
        (SimpleNamespace(a=numpy.exp), "a"),
        (SimpleNamespace(a=1), 3),
    ],
)
def test_an_attribute_that_is_not_for_student_code_is_not_there(value: Any, name: Any) -> None:
    with pytest.raises(AttributeError):
        done(value, "get", name)


@pytest.mark.parametrize(("value", "name"), [(Mock(), "return_value"), (io.StringIO(), "write"), (Mock(), "x")])
def test_what_a_library_s_object_does_is_not_replaced(value: Any, name: str) -> None:
    with pytest.raises(AttributeError):
        done(value, "set", name, 1)
