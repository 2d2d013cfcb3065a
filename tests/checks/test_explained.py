"""Whatever student code raises is told with its place, its usual cause and the next step; of hidden inputs, nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from fakes import FakeSandbox

from autograder.checks import CheckFailed, Notebook, explained, messages, public_inputs
from autograder.checks.explained import line_of, usual_cause
from autograder.checks.python_errors import PYTHON_ERRORS
from autograder.checks.torch_errors import TORCH_ERRORS
from autograder.sandbox.cell_run import RunCell
from autograder.sandbox.notebook_run import NotebookRun

BEFORE = """
import math, torch, torch.nn as nn, torch.nn.functional as F, numpy as np
x, y, d = torch.ones(6, 2), torch.ones(6, 1), torch.ones(2, 1, dtype=torch.double)
W, bad = torch.zeros(2, 1, requires_grad=True), torch.zeros(3, 1)
class NoSuper(nn.Module):
    def __init__(self): self.layer = nn.Linear(2, 1)
class NoSuperEither(nn.Module):
    def __init__(self): self.a = 1
class Other(nn.Module):
    def __init__(self): super(nn.Linear, self).__init__()
class NoForward(nn.Module):
    def forwrd(self, x): return x
class NoSelf(nn.Module):
    def forward(): return 1
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(2, 1)
    def forward(self, x): return linear(x)
class Plain:
    def __init__(self): super.__init__()
def nobrackets(): return Plain()
class Returning:
    def __init__(self): return 1
def again(): return again()
def local():
    k = k + 1
def orphan(): super().__init__()
def in_place():
    a = W.exp()
    a += 1
    a.sum().backward()
def twice():
    a = (W * W).sum()
    a.backward()
    a.backward()
"""
# What a function `f` does, and what is told of it.
RAISED = [
    ("simgoid(x)", "Did you mean `torch.sigmoid`?"),
    ("exp(x)", "Did you mean `torch.exp`?"),
    ("binary_cross_entropy(x, x)", "Did you mean `F.binary_cross_entropy`?"),
    ("bda + 1", "Did you mean `bad`?"),
    ("a = [1]; a = a.append(2); a.append(3)", "leave out the `=` before it"),
    ("nobrackets()", "`super` needs its brackets"),
    ("Returning()", "`__init__` returns nothing"),
    ("something_quite_unknown", "is it misspelt, or does it belong to another function?"),
    ("\n  q\n", "The line holds nothing but `q`"),
    ("plt.plot(x)", "put `import matplotlib.pyplot as plt` into this cell"),
    ("numpy.exp(x)", "torch has functions of its own"),
    ("local()", "set it before this line"),
    ("torch.nn.module", "Did you mean `nn.Module`?"),
    ("torch.sigmod(x)", "Did you mean `torch.sigmoid`?"),
    ("nn.sigmoid(x)", "Did you mean `torch.sigmoid`?"),
    ("torch.Linear(2, 1)", "Did you mean `nn.Linear`?"),
    ("x.avg()", "Did you mean `.mean`?"),
    ("x.astype(float)", "Did you mean `.to`?"),
    ("x.something_quite_unknown", "is it another kind of value than you expect?"),
    ("Model()(x)", "Did you mean `self.linear`?"),
    ("NoSuper()", "Begin `__init__` with `super().__init__()`"),
    ("NoSuperEither()(x)", "Begin `__init__` with `super().__init__()`"),
    ("Other()", "with nothing in `super()`"),
    ("orphan()", "whose first parameter is `self`"),
    ("NoForward()(x)", "The class has no `forward`"),
    ("NoSelf()(x)", "is `self` missing?"),
    ("W.grad * 2", "`W.grad` is None there"),
    ("W.grad.zero_()", "`W.grad` is None there"),
    ("a, b = None", "Something is None there"),
    ("x * x.sum", "are its brackets `()` missing?"),
    ("for p in nn.Linear(2, 1).parameters: pass", "are its brackets `()` missing?"),
    ("torch.exp(x.sum)", "are its brackets `()` missing?"),
    ("(1.0).backward()", "is there an `.item()` or `float()` too early?"),
    ("torch.log(0.5)", "is there an `.item()` or `float()` too early?"),
    ("x.numpy().backward()", "without `.numpy()`"),
    ("[x].mean()", "`torch.stack`"),
    ("torch.mean([1.0, 2.0])", "wrap it in `torch.tensor(…)`"),
    ("torch.cat(x, x)", "`torch.cat([a, b])`"),
    ("nn.Sigmoid(x)", "data comes in brackets of its own"),
    ("nn.Linear(8)", "which one is left out?"),
    ("torch.exp(x, y)", "which one is too many"),
    ("torch.zeros(2, grad=True)", "no parameter of that name"),
    ("np.mean(W)", "use the one of torch"),
    ("torch.optim.SGD(W, lr=1)", "`model.parameters()`"),
    ("torch.optim.SGD([W * 1], lr=1)", "not what is computed from them"),
    ("torch.optim.SGD([], lr=1)", "The model has no parameters"),
    ("x(y)", "is a `*` missing before a bracket"),
    ("for i in 5: pass", "is `range(…)` missing?"),
    ("len(x.sum())", "It is a single number"),
    ("for i in 1.5: pass", "It is a single number"),
    ("x.sum()[0]", "It is a single number"),
    ("a, b = 1.5", "Several names are on the left"),
    ("range(1.0)", "A whole number is needed"),
    ("'1' + 1", "leave out the quotes"),
    ("torch.where(x > 1, 1)", "does not take these values together"),
    ("[1] - [2]", "can't be combined"),
    ("x @ bad", "where `x` has shape (6, 2) and `bad` (3, 1). In `a @ b`, a needs as many columns"),
    ("x + bad", "where `x` has shape (6, 2) and `bad` (3, 1). Element by element"),
    ("torch.dot(x, x)", "`@` multiplies matrices"),
    ("F.binary_cross_entropy(x[:, 0], y)", "Both need the same shape"),
    ("x.reshape(7, 7)", "A reshape keeps the number of elements"),
    ("x.sum(dim=3)", "The tensor has no such dimension"),
    ("x[0, 0, 0]", "more indices in the brackets"),
    ("x[9]", "the last index is one less than the length"),
    ("[1][2]", "the last index is one less than the length"),
    ("x[1.5]", "An index is a whole number"),
    ("W.numpy()", "NumPy can't follow gradients"),
    ("np.exp(W)", "NumPy can't follow gradients"),
    ("x.item()", "Only a tensor of one number"),
    ("math.exp(x)", "Only a tensor of one number"),
    ("(x > 1).mean()", "make real numbers of them first"),
    ("torch.zeros(2, dtype=torch.int64, requires_grad=True)", "Only real numbers have gradients"),
    ("torch.tensor([1, 2]).requires_grad_()", "Only real numbers have gradients"),
    ("W.add_(1)", "`with torch.no_grad():`"),
    ("in_place()", "What `backward` still needs was changed in place"),
    ("twice()", "Each `backward` needs a new cost"),
    ("x.sum().backward()", "No gradient leads back from there"),
    ("W.backward()", "take the mean of the losses first"),
    ("x @ d", "where `x` is float32 and `d` is float64. Two kinds of numbers meet"),
    ("nn.Linear(2, 1)(x.long())", "Two kinds of numbers meet"),
    ("F.binary_cross_entropy(x, x.long())", "Two kinds of numbers meet"),
    ("\n  if x > 0: pass\n", "need one truth"),
    ("nn.BCELoss(x, x)", "`nn.BCELoss()(h, y)`"),
    ("F.binary_cross_entropy(x * 2, x)", "is the sigmoid missing"),
    ("1 - (x > 0)", "True and False can't be subtracted"),
    ("x & x", "try `.float()`"),
    ("a, b, c = 1, 2", "More names are on the left"),
    ("a, b = 1, 2, 3", "Fewer names are on the left"),
    ("math.log(0)", "a logarithm of 0"),
    ("math.exp(1000)", "A number is too large"),
    ("1 / 0", "Something is divided by 0"),
    ("x.int() // 0", "Something is divided by 0"),
    ("again()", "was another function of that name meant?"),
    ("{}['a']", "no such key"),
    ("np.loadtxt('nothing.csv')", "Data files lie beside the notebook"),
    ("\n  from torch import sigmod\n", "It holds nothing of that name"),
    ("\n  import torch.nn.module\n", "`nn.Module` is a class"),
]
NOT_PYTHON = [
    ("def f(x:\n    return x", "Each bracket needs its partner"),
    ("def f(x):\n    return x)", "Each bracket needs its partner"),
    ("def f(x):\n    return 'x", "is its closing quote missing?"),
    ("def f(x)\n    return x", "ends with a colon"),
    ("def f(x):\nreturn x", "opens a block"),
    ("def f(x):\n    a = 1\n      return x", "begin at the same place"),
    ("def f(x):\n    a = 1\n  return x", "begin at the same place"),
    ("def f(x):\n\treturn x\n        return x", "Tabs and spaces are mixed"),
    ("def f(x):\n    if x = 1: return x", "to compare, write `==`"),
    ("def f(x): pass\nreturn x", "The line is outside its function"),
    ("break", "The line is outside its loop"),
    ("f(a b)", "Two values stand side by side"),
    ("a = 5b", "A name can't begin with a digit"),
    ("a\u00a0= 1", "type this line's quotes, signs and spaces anew"),
    ("print 'a'", "`print(x)`"),
    ("None = 1", "On the left of `=`"),
    ("f(x=1, 2)", "Values with a name come last"),
    ("f'{x'", "each `{` needs its `}`"),
    ("try:\n    x\ny", "A `try` needs an `except`"),
    ("x++", "write `x += 1`"),
    ("a && b", "Python writes `and`"),
    ("else:\n    pass", "An `else` needs its `if`"),
    ("def f(x):\n    retrun x", "Did you mean `return`?"),
    ("x = = 1", "is there a letter too many"),
]


@pytest.fixture(autouse=True)
def _public() -> Iterator[None]:
    token = public_inputs.set(True)
    yield
    public_inputs.reset(token)


def notebook(source: str, before: str = BEFORE) -> Notebook:
    cells = (RunCell("before", before.strip(), None, 0), RunCell("f", source, "f", 1))
    return Notebook(NotebookRun(FakeSandbox(), cells, {"f": "f"}), "f", [])


def said(source: str) -> str:
    with pytest.raises(CheckFailed) as caught:
        notebook(source).f()
    return str(caught.value)


@pytest.mark.parametrize(("code", "told"), RAISED)
def test_an_error_is_told_with_its_place_and_its_usual_cause(code: str, told: str) -> None:
    message = said(f"def f():\n  {code.strip()}")
    assert re.match(r"`f` raised \w+ on line \d+ of the cell (f|before) \(`.*`\)", message)
    assert told in message
    assert message[-1] in ".?"
    assert len(message) < 520
    _, _, after = message.partition(told[:20])
    assert len(re.findall(r"[.?](?= [A-Z`]|$)", after)) <= 2


@pytest.mark.parametrize(("source", "told"), NOT_PYTHON)
def test_a_cell_that_is_no_python_is_told_with_its_line_and_its_usual_cause(source: str, told: str) -> None:
    message = said(source)
    assert re.match(r"`f` does not exist, because its cell raised \w+ on line \d of the cell f", message)
    assert told in message
    assert message[-1] in ".?"


@pytest.mark.parametrize("code", [code for code, _ in RAISED])
def test_on_hidden_inputs_the_words_are_those_of_the_table(code: str) -> None:
    public_inputs.set(False)
    message = said(f"def f():\n  {code.strip()}")
    guess = ": is a size or a name of the notebook's data in the code\\?"
    words = re.fullmatch(rf"`f` raised [A-Z]\w+ for other data than the notebook's(?:\.|{guess}) (.*)", message)
    assert words is not None
    assert words[1] in {known.cause for known in (*TORCH_ERRORS, *PYTHON_ERRORS)}


def test_no_row_of_the_table_is_idle(monkeypatch: pytest.MonkeyPatch) -> None:
    found = set()
    find = explained._find.__wrapped__
    monkeypatch.setattr(explained, "_find", lambda *told: found.add(find(*told)[0]) or find(*told))
    for code, _ in RAISED:
        said(f"def f():\n  {code.strip()}")
    for source, _ in NOT_PYTHON:
        said(source)
    imports = [each for each in PYTHON_ERRORS if each.cause.startswith("An import is missing")]
    assert [each for each in (*TORCH_ERRORS, *PYTHON_ERRORS) if each not in found | set(imports)] == []


def test_what_the_check_gave_does_not_fit_the_parameters() -> None:
    assert said("f = lambda x, y: x").endswith("Keep the parameters that the notebook gives this function.")


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"type": 3, "text": 4, "builtin": True},
        {"type": "NameError", "builtin": True, "text": "name 'x' is not defined", "near": "<b>" * 99, "values": "x"},
        {"type": "TypeError", "builtin": True, "text": "NoneType", "values": [["`" * 9, "none", None, None], 3, [1]]},
        {"type": "RuntimeError", "builtin": True, "text": "shape", "values": [["x", "tensor", ["<b>"], "<"]] * 99},
        {"type": "E" * 9999, "builtin": "yes", "text": "\x1b[2J" * 9999, "line": 10**30, "cell": "c" * 9999},
    ],
)
def test_whatever_a_guest_says_the_words_are_bounded_and_printable(told: dict[str, Any]) -> None:
    run = NotebookRun(FakeSandbox(), (RunCell("c" * 9999, "x", None, 0),))
    for public in (True, False):
        public_inputs.set(public)
        message = str(explained.raised(run, "f", told))
        assert message.isprintable()
        assert len(message) < 700
        assert "<b>" not in message


def test_a_text_of_the_student_s_own_error_is_not_explained() -> None:
    told = {"type": "NameError", "builtin": False, "text": "name 'np' is not defined"}
    assert usual_cause(told) == ""
    assert usual_cause({**told, "builtin": True}) != ""


def test_a_line_is_as_the_student_wrote_it_and_short() -> None:
    source = "\n\nx = `1`\ny = 2" + "2" * 200
    run = NotebookRun(FakeSandbox(), (RunCell("f", source, "f", 0),))
    assert line_of(run, {"cell": "f", "line": 1}) == "x = '1'"
    assert len(line_of(run, {"cell": "f", "line": 2})) == 80
    for line in (0, 3, -1, True, "1", None):
        assert line_of(run, {"cell": "f", "line": line}) == ""


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("def f(): raise NotImplementedError()", "`f` is not written yet"),
        ("class f:\n    def __init__(self): raise NotImplementedError()", "`f` is not written yet"),
        (
            "class Base:\n    def go(self): raise NotImplementedError\ndef f(): return Base().go()",
            "`f` raised NotImplementedError in a function or class that you added.",
        ),
        ("def helper(): raise NotImplementedError()\ndef f(): return helper()", "`f` raised NotImplementedError in a"),
    ],
)
def test_a_stub_is_told_from_what_the_student_left_open(source: str, told: str) -> None:
    with pytest.raises(CheckFailed) as caught:
        notebook(source).f()
    assert str(caught.value).startswith(told)
    assert caught.value.not_written == str(caught.value).startswith("`f` is not written")


def unwritten(called: str, name: str, file: list[str]) -> CheckFailed:
    stubs = frozenset({("tools/text.py", "clean"), ("tools/text.py", "Table.rows")})
    run = NotebookRun(FakeSandbox(), (RunCell("f", "", "f", 0),), {"f": "f"}, file_stubs=stubs)
    told = {"type": "NotImplementedError", "text": "", "cell": "f", "function": "f", "owner": "f", "file": file}
    return explained.unwritten(run, "f", called, name, told)


def test_a_stub_in_a_file_is_told_with_the_file_and_never_with_a_cell() -> None:
    own = unwritten("clean(x)", "clean", ["tools/text.py", "clean"])
    assert str(own) == (
        "`clean` in tools/text.py is not written yet: it still holds the `raise NotImplementedError()` it was given "
        "with."
    )
    assert own.not_written
    method = unwritten("t.rows()", "t.rows", ["tools/text.py", "Table.rows"])
    assert str(method).startswith("`Table.rows` in tools/text.py is not written yet: it still holds")
    needed = unwritten("f(x)", "f", ["tools/text.py", "clean"])
    assert str(needed) == "`f(x)` needs `clean`, but `clean` in tools/text.py is not written yet."
    assert not needed.not_written
    for file in (["tools/text.py", "secret"], ["secret.py", "clean"], [], [["tools/text.py", "clean"]]):
        assert str(unwritten("f(x)", "f", file)) == "`f(x)` raised NotImplementedError in a file beside the notebook."


def test_the_words_of_a_cell_and_of_a_call_are_the_same() -> None:
    assert said("torch.sigmod(1)\ndef f(): pass") == (
        "`f` does not exist, because its cell raised AttributeError on line 1 of the cell f (`torch.sigmod(1)`): "
        "module 'torch' has no attribute 'sigmod'. Did you mean `torch.sigmoid`?"
    )
    assert not hasattr(messages, "raised")
