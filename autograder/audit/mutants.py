"""Small changes to reference solutions, made in their syntax tree: each should cost points, or be listed as right."""

from __future__ import annotations

import ast
import difflib
import pickle
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace

_BINARY: dict[type[ast.operator], tuple[type[ast.operator], ...]] = {
    ast.Add: (ast.Sub, ast.Mult),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.Add, ast.Div),
    ast.Div: (ast.Mult, ast.FloorDiv),
    ast.MatMult: (ast.Mult,),
    ast.Pow: (ast.Mult,),
}
_COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.GtE: (ast.Gt, ast.LtE, ast.Lt),
    ast.Gt: (ast.GtE, ast.Lt),
    ast.LtE: (ast.Lt, ast.GtE),
    ast.Lt: (ast.LtE, ast.Gt),
    ast.Eq: (ast.NotEq, ast.LtE),
    ast.NotEq: (ast.Eq,),
}


# A line, from 1, and the first and last column that changed in it, in bytes from 0.
Change = tuple[int, int, int]


@dataclass(frozen=True)
class Mutant:
    """A changed solution.

    Attributes:
        id: where and what: "train: line 14: `+` to `-` in nb_epochs + 1".
        changed: the places in `code`.
    """

    exercise: str
    id: str
    code: str
    changed: tuple[Change, ...] = ()


def changed_places(right: str, wrong: str) -> tuple[Change, ...]:
    """Where `wrong` differs from `right`, both as `ast.unparse` writes them; places are those of `wrong`."""
    old = right.encode().splitlines()
    new = wrong.encode().splitlines()
    found: list[Change] = []
    for tag, first, last, start, end in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        for index in range(start, max(end, start + 1)):
            line = new[index] if index < len(new) else b""
            before = old[first + index - start] if first + index - start < last else b""
            same = _alike(before, line)
            found.append((index + 1, same, len(line) - _alike(before[same:][::-1], line[same:][::-1])))
    return tuple(found)


def _alike(one: bytes, other: bytes) -> int:
    """How long both are the same from their start on."""
    pairs = zip(one, other, strict=False)
    return next((index for index, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


def make_mutants(exercise: str, reference: str, modules: Collection[str] = ()) -> list[Mutant]:
    """All mutants of an exercise's `reference` solution, each with one change, in the order of the code.

    Args:
        modules: names that the notebook gives to modules: a call of one's function is no method call.
    """
    made: dict[str, Mutant] = {}
    for what, code, places in _changed(reference, modules):
        made.setdefault(code, Mutant(exercise, f"{exercise}: {what}", code, places))
    return _numbered(list(made.values()))


def can_change(code: str, modules: Collection[str] = ()) -> bool:
    """Whether an answer has mutants."""
    return any(True for _ in _changed(code, modules))


def _changed(reference: str, modules: Collection[str]) -> Iterator[tuple[str, str, tuple[Change, ...]]]:
    """What was done, and the code with one change and its places, in the order of the code; some code comes twice."""
    tree = without_docstrings(ast.parse(reference))
    original = ast.unparse(tree)
    copied = pickle.dumps(tree)  # to read it again takes a fifth of the time of a deep copy
    for index, node in enumerate(ast.walk(tree)):
        for what, change in _changes(node, tree, modules):
            mutated = pickle.loads(copied)
            change(list(ast.walk(mutated))[index])
            try:
                code = ast.unparse(ast.fix_missing_locations(mutated))
                compile(code, "mutant", "exec")
            except (SyntaxError, ValueError):
                continue
            if code != original:
                yield what, code, changed_places(original, code)


def _numbered(mutants: list[Mutant]) -> list[Mutant]:
    """The same with unique ids: changes that read the same get a number."""
    seen: dict[str, int] = {}
    unique = []
    for each in mutants:
        seen[each.id] = seen.get(each.id, 0) + 1
        suffix = f" (#{seen[each.id]})" if seen[each.id] > 1 else ""
        unique.append(replace(each, id=each.id + suffix))
    return unique


Step = tuple[str, Callable[[ast.AST], None]]


def _changes(node: ast.AST, tree: ast.Module, modules: Collection[str]) -> Iterator[Step]:
    if isinstance(node, ast.BinOp):
        yield from _binary_changes(node)
    elif isinstance(node, ast.UnaryOp):
        yield f"drop the sign of `{_text(node)}`", lambda each: _become(each, each.operand)  # type: ignore[attr-defined]
    elif isinstance(node, ast.Compare):
        for kind in _COMPARISONS.get(type(node.ops[0]), ()):
            yield f"`{_text(node)}` with {kind.__name__}", _setter("ops", [kind()])
    elif isinstance(node, ast.Constant):
        yield from _constant_changes(node)
    elif isinstance(node, ast.Call):
        yield from _call_changes(node, modules)
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
        for other in _parameters_around(node, tree):
            if other != node.id and node.id in _parameters_around(node, tree):
                yield f"`{node.id}` to `{other}` in `{_statement(node, tree)}`", _setter("id", other)
    if isinstance(node, ast.FunctionDef | ast.For | ast.With):
        yield from _dropped_statements(node)


def _binary_changes(node: ast.BinOp) -> Iterator[Step]:
    for kind in _BINARY.get(type(node.op), ()):
        yield f"`{_text(node)}` with {kind.__name__}", _setter("op", kind())
    yield f"`{_text(node)}` to its left side", lambda each: _become(each, each.left)  # type: ignore[attr-defined]
    yield f"`{_text(node)}` to its right side", lambda each: _become(each, each.right)  # type: ignore[attr-defined]
    if isinstance(node.op, ast.Sub | ast.Div | ast.MatMult):

        def swap(each: ast.AST) -> None:
            assert isinstance(each, ast.BinOp)
            each.left, each.right = each.right, each.left

        yield f"`{_text(node)}` with its sides swapped", swap


def _constant_changes(node: ast.Constant) -> Iterator[Step]:
    value = node.value
    if isinstance(value, bool):
        yield f"{value} to {not value}", _setter("value", not value)
    elif isinstance(value, int | float):
        for other in (value + 1, value - 1, value / 2 if isinstance(value, float) else -value):
            yield f"{value} to {other}", _setter("value", other)


def _call_changes(node: ast.Call, modules: Collection[str]) -> Iterator[Step]:
    if len(node.args) >= 2:

        def swap(each: ast.AST) -> None:
            assert isinstance(each, ast.Call)
            each.args[0], each.args[1] = each.args[1], each.args[0]

        yield f"`{_text(node)}` with its first arguments swapped", swap
    for number, keyword in enumerate(node.keywords):

        def drop(each: ast.AST, number: int = number) -> None:
            assert isinstance(each, ast.Call)
            del each.keywords[number]

        yield f"`{_text(node)}` without {keyword.arg}", drop
        if not isinstance(keyword.value, ast.Constant):

            def double(each: ast.AST, number: int = number) -> None:
                assert isinstance(each, ast.Call)
                value = each.keywords[number].value
                each.keywords[number].value = ast.BinOp(value, ast.Mult(), ast.Constant(2))

            yield f"`{_text(node)}` with {keyword.arg} doubled", double
    if len(node.args) == 1 and not node.keywords:
        yield f"`{_text(node)}` to its argument", lambda each: _become(each, each.args[0])  # type: ignore[attr-defined]
    if isinstance(node.func, ast.Attribute) and ast.unparse(node.func.value) not in modules:
        yield f"`{_text(node)}` without the call", lambda each: _become(each, each.func.value)  # type: ignore[attr-defined]


def _dropped_statements(node: ast.FunctionDef | ast.For | ast.With) -> Iterator[Step]:
    for number, statement in enumerate(node.body):

        def drop(each: ast.AST, number: int = number) -> None:
            each.body[number] = ast.Pass()  # type: ignore[attr-defined]

        yield f"drop `{_text(statement)}`", drop


def _setter(name: str, value: object) -> Callable[[ast.AST], None]:
    def change(each: ast.AST) -> None:
        setattr(each, name, value)

    return change


def _become(node: ast.AST, other: ast.AST) -> None:
    """Makes `node`, wherever it stands in its tree, the same as `other`."""
    fields = dict(vars(other))
    node.__class__ = other.__class__
    node.__dict__.clear()
    node.__dict__.update(fields)


def _parameters_around(node: ast.AST, tree: ast.Module) -> list[str]:
    """The parameters of the function that `node` is in."""
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef) and node in ast.walk(function):
            return [each.arg for each in function.args.args if each.arg != "self"]
    return []


def _statement(node: ast.AST, tree: ast.Module) -> str:
    """The innermost statement around `node`, shortened."""
    around = [each for each in ast.walk(tree) if isinstance(each, ast.stmt) and node in ast.walk(each)]
    return _text(around[-1]) if around else ""


def _text(node: ast.AST) -> str:
    return ast.unparse(node).splitlines()[0][:60]


def without_docstrings(tree: ast.Module) -> ast.Module:
    """The same tree, changed in place: docstrings are no code."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node) is not None:
            node.body = node.body[1:] or [ast.Pass()]
    return tree
