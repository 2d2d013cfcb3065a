"""Edits of a syntax tree: each takes back one mistake, says where it is, and can be taken back itself."""

from __future__ import annotations

import ast
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from types import FunctionType
from typing import Any

import numpy
import pytest
import torch

from autograder.checks.mended import KINDS, Place
from autograder.sandbox.inside.edits.listing import MAX_EDITS, all_edits, same_everywhere
from autograder.sandbox.inside.edits.tree import Edit, Scene, get, parsed, put

MODULES = {"torch": torch, "nn": torch.nn, "F": torch.nn.functional, "np": numpy}
_SIGNS = {"add": "+", "sub": "-", "mult": "*", "div": "/", "floordiv": "//", "matmul": "@", "pow": "**", "mod": "%"}


def loop(body: str, before: str = "pass", after: str = "return W") -> str:
    """A training loop."""
    parts = (before.split("; "), body.split("; "), after.split("; "))
    start, rounds, end = (
        "\n".join(indent * " " + each for each in part) for part, indent in zip(parts, (4, 8, 4), strict=True)
    )
    return f"def f(x, y, W, b, lr, n):\n{start}\n    for e in range(n):\n{rounds}\n{end}"


def rounds(over: str) -> str:
    """A loop over something."""
    return f"def f(n):\n    for e in {over}:\n        g(e)"


def module(forward: str = "return self.lin(x)", init: str = "super().__init__(); self.lin = nn.Linear(8, 1)") -> str:
    """A module."""
    bodies = ("\n".join(8 * " " + each for each in part.split("; ")) for part in (init, forward))
    return "class M(nn.Module):\n    def __init__(self):\n{}\n    def forward(self, x):\n{}".format(*bodies)


def returns(*pairs: str) -> list[str]:
    """Functions that return these."""
    return [f"def f(x, y, lr):\n    return {each}" for each in pairs]


Row = tuple[str, str, str, Mapping[str, Any]]


def row(kind: str, wrong: str, right: str, **known: Any) -> Row:
    return kind, wrong, right, known


OWN = FunctionType(compile("0", "own", "eval"), {"__name__": "__main__"})
METHODS = ["mean", "sum", "item", "float", "detach", "squeeze", "tolist", "abs", "clone", "exp", "log", "sigmoid", "t"]
FUNCTIONS = {"sigmoid": "torch.sigmoid", "tensor": "torch.tensor", "float": "float"}
OPTIMIZER = "o = torch.optim.SGD([W, b], lr=lr)"
GONE_ON = "o.zero_grad(); loss = g(x); loss.backward(); o.step()"
ROWS: list[Row] = [
    *(
        row(kind, *returns(f"x {_SIGNS[wrong]} y", f"x {_SIGNS[right]} y"))
        for kind in sorted(KINDS)
        if kind.startswith("operator:")
        for wrong, right in [kind.removeprefix("operator:").split(">")]
    ),
    row("operator:add>sub", loop("W += lr * W.grad"), loop("W -= lr * W.grad")),
    *(row(f"method-missing:{each}", *returns("x", f"x.{each}()")) for each in METHODS),
    row("method-missing:mean", *returns("x.log() + x.exp()", "(x.log() + x.exp()).mean()")),
    *(row(f"method-missing:{each}", *returns("g(x)", f"g(x.{each}())")) for each in ("parameters", "double", "long")),
    row("method-missing:item", loop("costs.append(loss)"), loop("costs.append(loss.item())")),
    *(row(f"function-missing:{each}", *returns("x", f"{name}(x)")) for each, name in FUNCTIONS.items()),
    row("minus-extra", *returns("-x", "x")),
    row("minus-missing", *returns("x", "-x")),
    row("minus-missing", *returns("torch.exp(x @ y)", "torch.exp(-(x @ y))")),
    row("minus-covers-first", *returns("-x + y", "-(x + y)")),
    row("minus-covers-first", *returns("-x * lr - y", "-(x * lr - y)")),
    row("minus-covers-too-much", *returns("-(x + y)", "-x + y")),
    row("not-extra", *returns("not x", "x")),
    row("sides-swapped", *returns("x - y", "y - x")),
    row("sides-swapped", *returns("x.matmul(y)", "y.matmul(x)")),
    row("brackets", *returns("x - y - lr", "x - (y - lr)")),
    row("brackets", *returns("1 / 1 + x", "1 / (1 + x)")),
    row("brackets", *returns("x * (y + lr)", "x * y + lr")),
    row("call-covers-too-little", *returns("torch.exp(x) + y", "torch.exp(x + y)")),
    row("call-covers-too-little", *returns("torch.exp(-x) + y", "torch.exp(-(x + y))")),
    row("call-covers-too-little", *returns("1 - torch.log(x) + y", "1 - torch.log(x + y)")),
    row("call-covers-too-much", *returns("1 + torch.exp(x + y)", "1 + (torch.exp(x) + y)")),
    row("method-covers-too-little", *returns("x - y.mean()", "(x - y).mean()")),
    row("method-covers-too-little", *returns("x - y * lr.mean()", "(x - y * lr).mean()")),
    row("operand-extra", *returns("x + y", "x")),
    row("operand-extra", *returns("2 * x", "x")),
    row("operand-missing", "def f(x, b):\n    return x", "def f(x, b):\n    return x + b"),
    row("operand-missing", loop("W -= W.grad"), loop("W -= W.grad * lr")),
    row("operand-missing", *returns("y * 1", "y * (1 - x)")),
    row("one-minus-missing", *returns("y * torch.log(x)", "y * torch.log(1 - x)")),
    row("plus-one-missing", *returns("x", "x + 1")),
    row("minus-one-missing", *returns("x", "x - 1")),
    row("twice", *returns("x", "x / 2")),
    row("half", *returns("x", "x * 2")),
    row("hundredfold", *returns("x", "x / 100")),
    row("inverse-missing", *returns("1 + torch.exp(x)", "1 / (1 + torch.exp(x))")),
    row("per-row-missing", *returns("x.sum()", "x.sum() / len(x)")),
    row("per-row-extra", *returns("x", "x * len(x)")),
    row("compare:border", *returns("x > y", "x >= y")),
    row("compare:turned", *returns("x > y", "x < y")),
    row("compare:turned-border", *returns("x > y", "x <= y")),
    row("compare:opposite", *returns("x != y", "x == y")),
    row("compare:identity", *returns("x is y", "x == y")),
    row("round-missing", rounds("range(n)"), rounds("range(n + 1)")),
    row("round-extra", rounds("range(n)"), rounds("range(n - 1)")),
    row("rounds", *returns("torch.round(x)", "x >= 0.5")),
    row("rounds", *returns("(x + y).round()", "x + y >= 0.5")),
    row("cuts-off", *returns("int(x)", "x >= 0.5")),
    row("made-anew", module("return nn.Linear(8, 1)(x)"), module()),
    row("decorator-extra", "@staticmethod\ndef f(x):\n    return x", "def f(x):\n    return x"),
    row("threshold-extra", *returns("x >= 0.5", "x")),
    row("threshold-extra", *returns("(x >= 0.5).float()", "x")),
    row("and-or", *returns("x and y", "x or y")),
    row("branches-swapped", *returns("1 if x else 0", "0 if x else 1")),
    row(
        "branches-swapped",
        *(f"def f(x):\n    if x:\n        g({a})\n    else:\n        g({b})" for a, b in ("ab", "ba")),
    ),
    row("number", *returns("x * 3", "x * 2")),
    row("number", *returns("x > 50", "x > 0.5"), size=(1, 0.5)),
    row("index", *returns("x[0]", "x[1]")),
    row("axis", *returns("x.sum(dim=0)", "x.sum(dim=1)")),
    row("axis", *returns("x.sum(axis=0)", "x.sum(axis=1)")),
    row("flag", *returns("nn.Linear(1, 1, bias=False)", "nn.Linear(1, 1, bias=True)")),
    row("part-only", *returns("x[0]", "x")),
    row("part-only", *returns("x[1:]", "x[:]")),
    row("literal-for-name", *returns("x * 0.1", "x * lr")),
    row("literal-for-name", rounds("range(101)"), rounds("range(n + 1)")),
    row("literal-for-size", *returns("x / 6", "x / len(x)")),
    row("literal-for-size", *returns("torch.zeros(8, 1)", "torch.zeros(x.shape[1], 1)")),
    row("border", *returns("x > x.mean()", "x > 0.5")),
    row("in-place", *returns("x.mul_(y)", "x.mul(y)")),
    row("attribute-extra", *returns("x.data + 1", "x + 1")),
    row("keyword-value", *returns("g(x, reduction='sum')", "g(x, reduction='mean')")),
    row("wrong-name", *returns("x + x", "x + y")),
    row("wrong-name", *(module(f"return self.{each}(x)", "self.lin = 1; self.sig = 2") for each in ("sig", "lin"))),
    row("global-for-name", *returns("x_train", "x"), x_train=1),
    row("wrong-function", *returns("h(x)", "other(x)"), h=abs),
    row("misspelt", "def f(total):\n    return totl", "def f(total):\n    return total"),
    row("misspelt", *returns("torch.sigmiod(x)", "torch.sigmoid(x)")),
    row("misspelt", *returns("x.bakward()", "x.backward()")),
    row("misspelt", module("return self.lim(x)"), module()),
    row("definition-misspelt", "def othr(x):\n    return x", "def other(x):\n    return x"),
    row("definition-misspelt", module().replace("forward", "foward"), module()),
    row("self-missing", module("return lin(x)"), module()),
    row("self-missing", module(init="super().__init__(); lin = nn.Linear(8, 1)"), module()),
    row("self-extra", module("return self.lin(self.x)"), module("return self.lin(x)")),
    row("self-parameter-missing", module().replace("self, x", "x"), module()),
    row("not-called", loop("o.step"), loop("o.step()")),
    row("method-extra", *returns("x.mean()", "x")),
    row("call-extra", *returns("torch.exp(x)", "x")),
    row("constructor-extra", *returns("torch.tensor(x)", "x")),
    row("arguments-swapped", *returns("g(x, y)", "g(y, x)")),
    row("argument-extra", *returns("g(x, y)", "g(x)")),
    row("argument-missing", *returns("g(x)", "g(x, y)")),
    row("keyword-extra", *returns("x.sum(dim=0)", "x.sum()")),
    row("keyword-missing:requires_grad", *returns("torch.zeros(1)", "torch.zeros(1, requires_grad=True)")),
    row("keyword-missing:keepdim", *returns("x.sum()", "x.sum(keepdim=True)")),
    row("keyword-missing:dim", *returns("x.mean()", "x.mean(dim=1)")),
    row("keyword-missing:lr", *returns("torch.optim.SGD(x)", "torch.optim.SGD(x, lr=lr)")),
    row("sibling", *returns("torch.log10(x)", "torch.log(x)")),
    row("sibling", *returns("torch.max(x)", "torch.mean(x)")),
    row("sum-for-mean", *returns("x.sum()", "x.mean()")),
    row("mean-for-sum", *returns("x.mean()", "x.sum()")),
    row("start-values", *returns("torch.ones(1)", "torch.zeros(1)")),
    row("numpy-for-torch", *returns("np.exp(x)", "torch.exp(x)")),
    row("shape:column", *returns("x", "x.reshape((-1, 1))")),
    row("shape:flat", *returns("x", "x.reshape(-1)")),
    row("shape:scalar", *returns("x", "x.reshape(())")),
    row("return-missing", "def f(x):\n    x + 1", "def f(x):\n    return x + 1"),
    row("return-missing", "def f(x):\n    h = x + 1", "def f(x):\n    h = x + 1\n    return h"),
    row("return-missing", "def f(x):\n    h = x\n    k = x", "def f(x):\n    h = x\n    k = x\n    return h, k"),
    row("print-for-return", "def f(x):\n    print(x)", "def f(x):\n    return x"),
    row("print-for-return", "def f(x):\n    print('is', x)", "def f(x):\n    return x"),
    row("return-order", *returns("x, y", "y, x")),
    row("return-part-missing", *("def f(x):\n    h = x\n    return " + each for each in ("x", "x, h"))),
    row("return-part-missing", *("def f(x):\n    h = x\n    return " + each for each in ("x, x", "h, x, x"))),
    row("return-part-extra", *returns("x, y", "y")),
    row("return-part-extra", *returns("x, y, lr", "x, y")),
    row("return-early", "def f(x):\n    return x\n    return -x", "def f(x):\n    return -x"),
    row("return-early", loop("W -= 1; return W"), loop("W -= 1")),
    row("statement-extra", loop("W -= 1; W -= 1"), loop("W -= 1")),
    row("if-extra", loop("if e:; ␣W -= 1").replace("␣", "    "), loop("W -= 1")),
    row("no-grad-extra", loop("with torch.no_grad():; ␣W = g()").replace("␣", "    "), loop("W = g()")),
    row("no-grad-extra", "@torch.no_grad()\ndef f(x):\n    return x", "def f(x):\n    return x"),
    row("with-extra", loop("with g():; ␣W = g()").replace("␣", "    "), loop("W = g()")),
    row("too-late", loop("o.step(); loss.backward()"), loop("loss.backward(); o.step()")),
    row("too-early", loop("a(); b(); c()"), loop("b(); c(); a()")),
    row("into-loop", loop("a()", after="b(); return W"), loop("a(); b()")),
    row("into-loop", loop("a()", "c = []; d()"), loop("d(); a()", "c = []")),
    row("out-of-loop-after", loop("a(); b()"), loop("a()", after="b(); return W")),
    row("out-of-loop-after", loop("a(); return W; b()", after="pass"), loop("a(); b()", after="return W; pass")),
    row("out-of-loop-before", loop("c = []; a()"), loop("a()", "pass; c = []")),
    row("zero-grad-missing", loop("loss = g(x); loss.backward(); o.step()", OPTIMIZER), loop(GONE_ON, OPTIMIZER)),
    row("step-missing", loop(GONE_ON.removesuffix("; o.step()"), OPTIMIZER), loop(GONE_ON, OPTIMIZER)),
    row("backward-missing", loop("loss = g(x); o.step()"), loop("loss = g(x); loss.backward(); o.step()")),
    row(
        "append-missing",
        loop("loss = g(x)", "costs = []"),
        loop("loss = g(x); costs.append(loss.item())", "costs = []"),
    ),
    row("grad-not-cleared", loop("W -= W.grad", "W = g()"), loop("W -= W.grad; W.grad.zero_()", "W = g()")),
    row("range-missing", rounds("n"), rounds("range(n)")),
    row("own-function-missing", *returns("x", "mine(x)"), mine=OWN),
    row("layer-missing", module("return x"), module()),
    row("twin-missing", loop("W -= W.grad"), loop("W -= W.grad; b -= b.grad")),
    row("no-grad-missing", loop("W -= W.grad"), loop("with torch.no_grad():; ␣W -= W.grad").replace("␣", "    ")),
    row("rebinds", loop("W = W - W.grad"), loop("W -= W.grad")),
    row("assign-for-subtract", loop("W = W.grad"), loop("W -= W.grad")),
    row("assign-for-add", loop("W = W.grad"), loop("W += W.grad")),
    row("adds-up", loop("W += W.grad"), loop("W = W.grad")),
    row("element-missing", *(f"def f(x):\n    W = b = x\n    return g([W{each}])" for each in ("", ", b"))),
    row("element-extra", *(f"def f(x):\n    W = b = x\n    return g([W{each}])" for each in (", b", ""))),
    row("base-missing", "class M:\n    pass", "class M(nn.Module):\n    pass"),
    row("super-missing", module(init="self.lin = nn.Linear(8, 1)"), module()),
    row(
        "plain-list",
        module(init="self.all = [nn.Linear(1, 1)]"),
        module(init="self.all = nn.ModuleList([nn.Linear(1, 1)])"),
    ),
    row("not-a-parameter", module(init="self.w = torch.ones(1)"), module(init="self.w = nn.Parameter(torch.ones(1))")),
]


def scene_of(source: str, known: Mapping[str, Any] | None = None) -> Scene:
    number = {"size": None, **(known or {})}
    variables = {f"known_{index}": each for index, each in enumerate(number.pop("size") or ())}
    return Scene(ast.Module(parsed(source, 0), []), ("f", "other"), {**MODULES, **number, **variables})


class Applied:
    """An edit in its place, as long as the block lasts."""

    def __init__(self, edit: Edit) -> None:
        self._edit = edit

    def __enter__(self) -> None:
        self._before = []
        for slot, value in self._edit.changes:
            self._before.append((slot, get(slot)))
            put(slot, value)

    def __exit__(self, *_: object) -> None:
        for slot, value in reversed(self._before):
            put(slot, value)


class _Plain(ast.NodeTransformer):
    """Code as a person writes it: without the blocks, the lines and the function that edits leave behind."""

    def visit_If(self, node: ast.If) -> Any:
        self.generic_visit(node)
        return node.body if isinstance(node.test, ast.Constant) and node.test.value is True else node

    def visit_Call(self, node: ast.Call) -> Any:
        self.generic_visit(node)
        return node.args[0] if isinstance(node.func, ast.Lambda) else node

    def visit_Pass(self, node: ast.Pass) -> None:
        return None


def plain(tree: ast.AST) -> str:
    return ast.dump(_Plain().visit(ast.parse(ast.unparse(tree))))


@pytest.mark.parametrize(
    ("kind", "wrong", "right", "known"), ROWS, ids=[f"{each[0]} {number}" for number, each in enumerate(ROWS)]
)
def test_a_mistake_is_taken_back_by_an_edit_of_its_kind(
    kind: str, wrong: str, right: str, known: Mapping[str, Any]
) -> None:
    scene = scene_of(wrong, known)
    before, nodes = ast.dump(scene.tree, include_attributes=True), set(ast.walk(scene.tree))
    meant = plain(ast.parse(right))
    mending = []
    for edit in all_edits(scene):
        if edit.kind == kind:
            with Applied(edit):
                if plain(scene.tree) == meant:
                    mending.append(edit)
            assert ast.dump(scene.tree, include_attributes=True) == before, "undoing left something behind"
    assert mending
    for node in (*mending[0].about, *([mending[0].other] if mending[0].other else [])):
        assert node in nodes, "it is about something that the student did not write"
        place = Place(0, node.lineno, node.col_offset, node.end_lineno, node.end_col_offset)
        assert place.fits([wrong])
        assert place.text([wrong])


def test_the_table_has_each_kind_that_has_words() -> None:
    assert {each[0] for each in ROWS} == KINDS


def everyday_cells() -> Iterator[str]:
    """Cells as students write them: all of the table's."""
    yield from dict.fromkeys(wrong for _, wrong, _, _ in ROWS)


def test_every_edit_has_words_for_its_kind_a_place_in_the_text_and_can_be_compiled_or_does_no_harm() -> None:
    for source in everyday_cells():
        scene = scene_of(source)
        edits, nodes = all_edits(scene), set(ast.walk(scene.tree))
        assert not {each.kind for each in edits} - KINDS
        assert all(each.about and set(each.about) <= nodes for each in edits), source
        assert all(hasattr(node, "end_col_offset") for each in edits for node in each.about)
        for edit in edits[:: max(1, len(edits) // 20)]:
            # A SyntaxError is such as a `return` that has left its function: it is dropped at once.
            with Applied(edit), suppress(SyntaxError):
                compile(ast.Module(scene.tree.body, []), "<mended>", "exec")


def test_the_smallest_edits_come_first() -> None:
    for source in everyday_cells():
        sizes = [each.size for each in all_edits(scene_of(source))]
        assert sizes == sorted(sizes)
        assert min(sizes, default=1) > 0


MATCH = """
def f(x):
    match x:
        case [1, *more] if more:
            return more
        case _:
            return -x
"""
ASYNC = """
async def f(x):
    async with x as y:
        return await y
def g(x):
    async def h():
        return [e async for e in x]
    return h
"""
NESTED = """
def f(x):
    def g(y):
        nonlocal x
        class M:
            def h(self):
                return self.a + y
        return M
    return g
"""
GENERATORS = """
def f(x):
    yield x
    r = yield from (a for a in x if a for b in a)
    return {a: b for a, b in r}, {a for a in r}
"""
TRY = """
def f(x):
    try:
        return x
    except* ValueError as e:
        raise e from None
    finally:
        del x
"""
LOOPS = """
def f(x):
    for a, (b, *c) in x:
        break
    else:
        return
    while True:
        continue
"""
NAMES = [f"v{each}" for each in range(100)]
ODD = {
    "empty": "",
    "only a text": "'nothing'",
    "bodies of one line": "def f(x): return x\nclass M(nn.Module): x = 1",
    "match": MATCH,
    "async": ASYNC,
    "nested": NESTED,
    "generators": GENERATORS,
    "try": TRY,
    "loops": LOOPS,
    "walrus": "def f(x):\n    while (y := x - 1) > 0:\n        x = y\n    return y",
    "decorators": "@torch.no_grad()\n@g(1)\n@property\ndef f(x):\n    return x",
    "lambdas": "f = lambda x, *y, z=1, **w: (lambda: x)() + z",
    "stars": "def f(*x, y=1, **z):\n    a, *b = x\n    return g(*x, *b, y=y, **z), {**z}, [*b]",
    "texts": "def f(x):\n    return f'{x!r:>{x + 1}} {x:.2f}' + 'a' 'b' + rb'c'.decode()",
    "unicode": "def größe(Größe, λ):\n    σ = Größe @ λ\n    return 1 / (1 + torch.exp(-σ))",
    "global": "def f():\n    global a\n    a: int = 1\n    a @= 2\n    assert a, 'no'\n    return a[..., 1:2, ::-1]",
    "nothing to return": "def f():\n    return\ndef g():\n    return ()\ndef h(): ...",
    "no self": "class M:\n    def __init__():\n        x = 1\n    def f(*, x): super().f()",
    "numbers": "def f(x):\n    return x * 1j + 10**400 + 1e308 * 0 + True + 0x_ff - -0.0 + int('1') + ...",
    "large number": f"def f(x):\n    return x + {'9' * 4000}",
    "long number": f"def f(x):\n    return x + 0x{'f' * 9_000}",
    "comparisons": "def f(x):\n    return x < 1 <= 2 != 3 is not None not in (x,) and not x or x",
    "deep signs": f"def f(x):\n    return {'-' * 900}x",
    "deep brackets": f"def f(x):\n    return {'(' * 150}x{')' * 150}",
    "deep calls": f"def f(x):\n    return {'abs(' * 60}x{')' * 60}",
    "deep blocks": "def f(x):\n" + "".join(f"{' ' * depth}if x:\n" for depth in range(1, 90)) + " " * 90 + "return x",
    "long sum": f"def f(x):\n    return {' + '.join(['x'] * 2_000)}",
    "long chain": f"def f(x):\n    return x{'.t()' * 400}",
    "long list": f"def f(x):\n    return [{'x, ' * 20_000}]",
    "many arguments": f"def f({', '.join(f'a{each}' for each in range(200))}):\n    return a1(a2, a3)",
    "many variables": "def f(x):\n" + "".join(f"    v{each} = x + v{each - 1}\n" for each in range(1, 300)),
    "many lines": "a = 1 + 2\n" * 10_000,
    "a function of many lines": "def f(x, y):\n" + "    a = x + y * 2\n" * 10_000,
    "functions of some lines": ("def f(x, y):\n" + "    a = x + y * 2\n" * 90) * 20,
    "many statements after a loop": loop("a(); b()", after="; ".join(["c()"] * 400)),
    "many returns": "def f(x):\n    " + "; ".join(f"{each} = x" for each in NAMES) + f"\n    return {', '.join(NAMES)}",
}


@pytest.mark.parametrize("name", ODD)
def test_whatever_a_cell_holds_its_edits_are_few_and_soon_found(name: str) -> None:
    scene = scene_of(ODD[name])
    before = ast.dump(scene.tree) if "deep" not in name and "long" not in name else ""
    started = time.process_time()
    edits = all_edits(scene)
    assert time.process_time() - started < 3
    assert len(edits) <= MAX_EDITS
    assert not {each.kind for each in edits} - KINDS
    assert not before or ast.dump(scene.tree) == before


def test_a_slip_made_in_several_places_is_one_edit_that_mends_them_all() -> None:
    source = "def f(x, y):\n    a = x.sum()\n    b = y.sum()\n    return a + b"
    scene = scene_of(source)
    meant = plain(ast.parse(source.replace("sum", "mean")))
    mending = []
    for edit in all_edits(scene):
        with Applied(edit):
            if plain(scene.tree) == meant:
                mending.append(edit)
    assert {each.kind for each in mending} == {"sum-for-mean"}
    assert [node.lineno for node in mending[0].about] == [2, 3]
    alone = min(each.size for each in all_edits(scene) if each.kind == "sum-for-mean")
    assert mending[0].size == alone + 2, "one slip is likelier than the same twice"


def test_only_edits_of_one_group_that_touch_different_slots_become_one() -> None:
    first, second = ([value] for value in "ab")

    def edit(group: str, *slots: tuple[Any, int]) -> Edit:
        return Edit("number", 10, (ast.Pass(),), tuple((slot, "c") for slot in slots), None, group)

    one, other = edit("g", (first, 0)), edit("g", (second, 0))
    merged = same_everywhere([one, other, edit("h", (first, 0))])
    assert [each.changes for each in merged] == [one.changes + other.changes]
    assert not same_everywhere([one, edit("g", (first, 0))])
    assert not same_everywhere([edit("", (first, 0)), edit("", (second, 0))])
