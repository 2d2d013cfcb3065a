"""What a notebook holds: what has changed shows, what has not does not, and what can't be seen is said."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any

import numpy
import pytest
import torch

from autograder.sandbox.inside.looking import Look, Unknown
from autograder.sandbox.inside.state import state_digest

CHANGES = {
    "a dictionary that a function fills": ("cache = {}\ndef f(x):\n    cache[x] = 1", "f(1)"),
    "a number": ("n = 1", "n += 1"),
    "the type of a number": ("n = 1", "n = True"),
    "a text": ("s = 'é\\ud800'", "s += 'x'"),
    "an item deep inside": ("a = [[(1, {2: [3]})]]", "a[0][0][1][2].append(4)"),
    "a row of a table": ("a = [[1, 2], [3, 4]]", "a[1][1] = 5"),
    "the last row of a long table": ("a = [[i, 2.5] for i in range(250)]", "a[249][1] = 5"),
    "a row between others": ("a = [[1], 'x', [2], {}, [3]]", "a[2][0] = 5"),
    "where a row ends": ("a = [[1, 2], [3]]", "a[1].insert(0, a[0].pop())"),
    "the code of a function": ("def f(): return 1\ndef g(): return 2", "f.__code__ = g.__code__"),
    "a default that is given by name": ("def f(*, x=1): pass", "f.__kwdefaults__['x'] = 2"),
    "the order of a dictionary": ("d = {1: 1, 2: 2}", "d[1] = d.pop(1)"),
    "a name more": ("a = 1", "b = 1"),
    "an attribute of a function": ("def f(): f.calls = 1", "f()"),
    "a default": ("def f(x, seen=[]): seen.append(x)", "f(1)"),
    "what a closure holds": (
        "def make():\n    n = 0\n    def f():\n        nonlocal n\n        n += 1\n    return f\nf = make()",
        "f()",
    ),
    "an attribute of a class": ("class A:\n    n = 0", "A.n += 1"),
    "an attribute of an object": ("class A: pass\na = A()", "a.x = 1"),
    "a slot": ("class A:\n    __slots__ = ('x',)\na = A()", "a.x = 1"),
    "what a method appends to": ("items = [].append\n", "items(1)"),
    "a deque": ("from collections import deque\nd = deque([1])", "d.append(2)"),
    "a default dictionary": ("from collections import defaultdict\nd = defaultdict(int)", "d[1]"),
    "a set": ("s = {1}", "s.add(2)"),
    "bytes that change": ("b = bytearray(b'x')", "b[0] = 1"),
    "an array": ("import numpy\na = numpy.zeros(3)", "a[1] = 1"),
    "a tensor": ("import torch\nt = torch.zeros(3, dtype=torch.bfloat16)", "t[1] = 1"),
    "a gradient": ("import torch\nW = torch.zeros(2, requires_grad=True)", "W.sum().backward()"),
    "whether a tensor asks for one": ("import torch\nW = torch.zeros(2)", "W.requires_grad_()"),
    "a layer": ("import torch\nm = torch.nn.Linear(2, 1)", "m.weight.data[0, 0] += 1"),
    "a generator of numbers": ("import numpy\nr = numpy.random.default_rng(0)", "r.random()"),
    "one of Python's": ("import random\nr = random.Random(0)", "r.random()"),
    "one of PyTorch's": ("import torch\ng = torch.Generator()", "torch.rand(1, generator=g)"),
    "a frame": ("import pandas\nd = pandas.DataFrame({'a': [1, 2], 'b': ['x', 'y']})", "d.loc[0, 'b'] = 'z'"),
    "the default dtype": ("import torch", "torch.set_default_dtype(torch.float64)"),
    "a file": ("", "open('saved.txt', 'w').close()"),
}
UNKNOWN = {
    "a generator": "g = (i for i in range(3))",
    "an iterator": "i = iter([1])",
    "an open file": "f = open('saved.txt', 'w')",
    "an array of objects": "import numpy\na = numpy.array([[], None], dtype=object)",
    "something inside": "a = [{1: ({2}, iter([]))}]",
    "an object of C": "import hashlib\nh = hashlib.sha256()",
    "another one": "import csv\nr = csv.reader(['a'])",
    "one of Python's that counts": "import itertools\nc = itertools.count()",
    "a list of its own class": "class L(list): pass\nl = L()",
    "something too deep": "a = []\nfor _ in range(200): a = [a, a]",
    "something too large": "a = [[[]] for _ in range(51_000)]",
}
SAME = {
    "calls": ("def f(x):\n    y = [x]\n    y.append(1)\n    return y", "f(1)\nf(2)"),
    "a warning that is shown once": ("import warnings\ndef f():\n    warnings.warn('old', stacklevel=1)", "f()"),
    "a ring": ("a = []\na.append(a)", "len(a)"),
    "a function that keeps what it gave": ("import functools\n@functools.cache\ndef f(x): return x", "f(1)"),
    "odd classes": (
        "class A:\n"
        "    def __getattribute__(self, name): raise KeyError(name)\n"
        "    def __eq__(self, other): raise ValueError\n"
        "    __hash__ = None\n"
        "a = A()",
        "1",
    ),
    "defaults that can be asked": (
        "asked = []\nclass T(tuple):\n    def __bool__(self): asked.append(1)\n"
        "def f(x=1): pass\nf.__defaults__ = T((1,))",
        "1",
    ),
    "named tuples": ("from collections import namedtuple\nP = namedtuple('P', 'x y')\np = P(1, [2])", "p.x"),
    "a closed file": ("with open(__file__) as f: pass", "f.closed"),
    "a bound method": ("class A:\n    def f(self): return 1\ng = A().f", "g()"),
    "models": (
        "import torch\nm = torch.nn.Sequential(torch.nn.Linear(2, 1), torch.nn.Sigmoid())",
        "m(torch.zeros(1, 2))",
    ),
    "data": (
        "import torch\nd = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(torch.zeros(4, 2)), 2)",
        "len(d)",
    ),
}


@pytest.fixture
def run(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs code as a notebook, and looks at what that holds."""
    import torch

    monkeypatch.chdir(tmp_path)
    dtype = torch.get_default_dtype()
    names: dict[str, Any] = {"__name__": "__main__", "__file__": __file__, "In": [""], "_": 1}
    shell = SimpleNamespace(user_ns=names, user_ns_hidden={"__name__": 0, "__file__": 0, "__builtins__": 0})

    def run(code: str) -> str | None:
        exec(code, names)
        return state_digest(shell)

    yield run
    torch.set_default_dtype(dtype)


@pytest.mark.parametrize("case", CHANGES)
def test_what_has_changed_shows(run: Any, case: str) -> None:
    before, change = CHANGES[case]
    held = run(before)
    assert held is not None
    assert run("") == held
    assert run(change) not in (None, held)


@pytest.mark.parametrize("case", UNKNOWN)
def test_what_can_t_be_looked_into_is_said(run: Any, case: str) -> None:
    assert run("a = 1") is not None
    assert run(UNKNOWN[case]) is None


@pytest.mark.parametrize("case", SAME)
def test_what_has_not_changed_is_the_same(run: Any, case: str) -> None:
    before, after = SAME[case]
    held = run(before)
    assert held is not None
    assert run(after) == held


@pytest.mark.parametrize(
    "value",
    [
        [0.5] * 6_000_000,
        [[0.5] * 1_000] * 49_000,
        dict.fromkeys(range(1_000_000)),
        "x" * 200_000_000,
        ["x" * 1_000_000] * 10_000,
        numpy.broadcast_to(0.5, (1_000_000_000,)),
        torch.zeros(1).expand(1_000_000_000),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_too_much_is_said_at_once(value: Any) -> None:
    started = time.monotonic()
    with pytest.raises(Unknown):
        Look(SimpleNamespace(user_ns={}), []).add(value, 0)
    assert time.monotonic() - started < 2
