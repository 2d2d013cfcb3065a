"""Edits of calls: one too many, one missing, another function of its kind, arguments and keywords."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import pairwise
from types import FunctionType

from autograder.sandbox.inside.edits.tree import Edit, Spot, can_be_tensor, is_read, is_result, load, parameters

# Functions that stand for each other in wrong code.
_FAMILIES = (
    ("log", "log10", "log2", "log1p", "exp"),
    ("exp", "exp2", "expm1"),
    ("sigmoid", "tanh", "relu", "softmax", "logsigmoid", "log_softmax", "softplus"),
    ("Sigmoid", "Tanh", "ReLU", "Softmax", "LogSigmoid", "Identity", "Softplus"),
    ("SGD", "Adam", "AdamW", "RMSprop", "Adagrad", "Adadelta", "ASGD", "Rprop", "Adamax", "NAdam", "RAdam"),
    ("zeros", "ones", "randn", "rand", "empty", "full", "normal"),
    ("zeros_like", "ones_like", "randn_like", "rand_like", "empty_like"),
    ("binary_cross_entropy", "binary_cross_entropy_with_logits", "mse_loss", "l1_loss", "cross_entropy", "nll_loss"),
    ("BCELoss", "BCEWithLogitsLoss", "MSELoss", "L1Loss", "CrossEntropyLoss", "NLLLoss"),
    ("mean", "sum", "max", "min", "median", "prod", "norm", "std", "var"),
    ("matmul", "mm", "mul", "dot", "bmm"),
    ("ge", "gt", "le", "lt", "eq", "ne"),
    ("add_", "sub_", "mul_", "div_"),
    ("add", "sub", "mul", "div"),
    ("round", "floor", "ceil", "trunc"),
    ("zero_", "fill_"),
)
_METHODS = (("mean", 12), ("sum", 13), ("item", 12), ("float", 13), ("detach", 14), ("exp", 16), ("log", 16))
_OF_RESULTS = (("squeeze", 14), ("tolist", 15), ("clone", 13), ("sigmoid", 14), ("t", 14), ("abs", 19))
_OF_ARGUMENTS = (("parameters", 16), ("double", 18), ("long", 18), ("clone", 14), ("t", 15))
_MAKERS = ("zeros", "ones", "randn", "rand", "tensor", "full", "empty", "zeros_like", "normal")
_MAX_FUNCTIONS = 12
_SHAPES = (("column", "(-1, 1)"), ("flat", "-1"), ("scalar", "()"))
_ROUNDING = ("torch.round", "np.round", "round", "torch.floor", "torch.ceil", "int")
_IN_TORCH = ("exp", "log", "sigmoid", "mean", "sum", "matmul", "dot", "abs", "sqrt", "where", "round", "zeros", "ones")


def edits(spot: Spot) -> Iterator[Edit]:
    """Edits of one node."""
    node = spot.node
    if isinstance(node, ast.Call):
        yield from _extra(spot)
        yield from _rounded(spot)
        yield from _arguments(spot)
        yield from _keywords(spot)
    elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
        yield from _siblings(spot)
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Attribute | ast.Name):
        called = ast.Call(node.value, [], [])
        yield Edit("not-called", 8, (node.value,), (((node, "value"), ast.copy_location(called, node)),))
    if is_read(node) and _is_value(spot) and can_be_tensor(spot):
        yield from _missing(spot)


def _extra(spot: Spot) -> Iterator[Edit]:
    node = spot.node
    name = ast.unparse(node.func)
    if isinstance(node.func, ast.Attribute) and not _is_module(spot, node.func.value):
        group = f"method-extra:{node.func.attr}"
        yield Edit("method-extra", 11, (node,), spot.becomes(node.func.value), node.func, group)
    if node.args and not isinstance(node.args[0], ast.Starred):
        kind = "constructor-extra" if name.endswith("tensor") else "call-extra"
        size = 11 if all(isinstance(each, ast.Constant) for each in node.args[1:]) else 15
        yield Edit(kind, size, (node,), spot.becomes(node.args[0]), node.func, f"call-extra:{name}")


def _rounded(spot: Spot) -> Iterator[Edit]:
    node = spot.node
    name = ast.unparse(node.func)
    value = node.func.value if name.endswith((").round", ".round")) and not name.startswith(_ROUNDING) else None
    if name.startswith(_ROUNDING) and node.args:
        value = node.args[0]
    if value is not None:
        compared = ast.Compare(value, [ast.GtE()], [ast.Constant(0.5)])
        kind = "rounds" if "round" in name else "cuts-off"
        yield Edit(kind, 12, (node,), spot.becomes(compared), group="rounds")


def _arguments(spot: Spot) -> Iterator[Edit]:
    node = spot.node
    for first, (one, other) in enumerate(pairwise(node.args)):
        swap = [*node.args[:first], other, one, *node.args[first + 2 :]]
        yield Edit("arguments-swapped", 10 + first, (node,), (((node, "args"), swap),), group="swap" + _name(node))
    if isinstance(node.func, ast.Attribute) and len(node.args) == 1 and not _is_module(spot, node.func.value):
        changes = (((node.func, "value"), node.args[0]), ((node, "args"), [node.func.value]))
        yield Edit("sides-swapped", 11, (node,), changes)
    for index, argument in enumerate(node.args):
        rest = [*node.args[:index], *node.args[index + 1 :]]
        yield Edit("argument-extra", 14, (node,), (((node, "args"), rest),), argument)
    for parameter in parameters(spot.function):
        if parameter.arg not in {each.id for each in node.args if isinstance(each, ast.Name)} and len(node.args) < 3:
            more = [*node.args, load(parameter.arg)]
            size = 15 if node.args else 16
            yield Edit("argument-missing", size, (node,), (((node, "args"), more),), parameter)


def _name(node: ast.Call) -> str:
    return ast.unparse(node.func)


def _keywords(spot: Spot) -> Iterator[Edit]:
    node = spot.node
    name = _name(node).rpartition(".")[2]
    given = {each.arg for each in node.keywords}
    for index, keyword in enumerate(node.keywords):
        rest = [*node.keywords[:index], *node.keywords[index + 1 :]]
        group = f"keyword-extra:{name}{keyword.arg}"
        yield Edit("keyword-extra", 11, (keyword,), (((node, "keywords"), rest),), node.func, group)
    wanted: list[tuple[str, ast.expr, int]] = []
    if name in _MAKERS:
        wanted.append(("requires_grad", ast.Constant(True), 11))
    if name in ("sum", "mean", "max"):
        wanted += [("keepdim", ast.Constant(True), 13), ("dim", ast.Constant(0), 14), ("dim", ast.Constant(1), 14)]
    optimizer = "lr" not in given and name in _FAMILIES[4]
    for parameter in parameters(spot.function) if optimizer or name == "step" else ():
        wanted.append(("lr", load(parameter.arg), 12))
    for word, value, size in wanted:
        if word not in given:
            more = [*node.keywords, ast.keyword(word, value)]
            changes = (((node, "keywords"), [_placed(each, node) for each in more]),)
            kind = f"keyword-missing:{word}"
            yield Edit(kind, size, (node,), changes, group=f"{kind}{ast.unparse(value)}")


def _placed(keyword: ast.keyword, node: ast.AST) -> ast.keyword:
    return keyword if hasattr(keyword, "lineno") else ast.copy_location(keyword, node)


def _siblings(spot: Spot) -> Iterator[Edit]:
    node = spot.node
    if node.attr.endswith("_") and not node.attr.startswith("_") and node.attr not in ("requires_grad_", "zero_"):
        plain = (((node, "attr"), node.attr.rstrip("_")),)
        yield Edit("in-place", 9, (node,), plain, group=f"in-place:{node.attr}")
    if node.attr in ("data", "T", "mT"):
        yield Edit("attribute-extra", 10, (node,), spot.becomes(node.value), node.value, f"attribute:{node.attr}")
    for family in _FAMILIES:
        if node.attr not in family:
            continue
        for other in family:
            if other == node.attr:
                continue
            kind = "sibling"
            if family[0] in ("zeros", "zeros_like"):
                kind = "start-values"
            elif (node.attr, other) in (("sum", "mean"), ("mean", "sum")):
                kind = f"{node.attr}-for-{other}"
            size = 10 if other == family[0] or kind != "sibling" else 13
            group = f"{node.attr}>{other}"
            yield Edit(kind, size, (node,), (((node, "attr"), other),), group=group)
    is_numpy = isinstance(node.value, ast.Name) and node.value.id in ("np", "numpy", "math")
    if is_numpy and node.attr in _IN_TORCH and "torch" in spot.scene.namespace:
        yield Edit("numpy-for-torch", 10, (node,), (((node, "value"), _torch(node)),), group="numpy-for-torch")


def _torch(node: ast.AST) -> ast.AST:
    return ast.copy_location(load("torch"), node)


def _missing(spot: Spot) -> Iterator[Edit]:
    node = spot.node
    appended = isinstance(spot.parent, ast.Call) and _name(spot.parent).endswith(".append")
    more = _OF_RESULTS if is_result(spot) else _OF_ARGUMENTS if isinstance(spot.parent, ast.Call) else ()
    for method, size in (*_METHODS, *more):
        called = ast.Call(ast.Attribute(node, method, ast.Load()), [], [])
        kind = f"method-missing:{method}"
        less = 2 if appended and method == "item" else 0
        yield Edit(kind, size - less, (node,), spot.becomes(called), group=kind)
    for text, shape in _SHAPES if is_result(spot) or isinstance(spot.parent, ast.Call) else ():
        shaped = ast.Call(ast.Attribute(node, "reshape", ast.Load()), [ast.parse(shape, mode="eval").body], [])
        yield Edit(f"shape:{text}", 14, (node,), spot.becomes(shaped), group=f"shape:{text}")
    if "torch" in spot.scene.namespace:
        for function in ("sigmoid", "tensor"):
            called = ast.Call(ast.Attribute(load("torch"), function, ast.Load()), [node], [])
            kind = f"function-missing:{function}"
            yield Edit(kind, 13 if function == "sigmoid" else 17, (node,), spot.becomes(called), group=kind)
    for name in _own_functions(spot):
        called = ast.Call(load(name), [node], [])
        yield Edit("own-function-missing", 15, (node,), spot.becomes(called), group=f"own-function-missing:{name}")
    for layer in _layers(spot):
        called = ast.Call(ast.Attribute(load("self"), layer.attr, ast.Load()), [node], [])
        yield Edit("layer-missing", 12, (node,), spot.becomes(called), layer)
    whole = ast.Call(load("float"), [node], [])
    yield Edit("function-missing:float", 14, (node,), spot.becomes(whole), group="function-missing:float")


def _own_functions(spot: Spot) -> list[str]:
    """Functions that the notebook defines, other than the one around."""
    around = spot.function.name if spot.function is not None else ""
    found = [
        name
        for name, value in list(spot.scene.namespace.items())
        if isinstance(value, FunctionType) and value.__module__ == "__main__" and name not in (around, "_")
    ]
    return found[:_MAX_FUNCTIONS] if isinstance(spot.parent, ast.Call | ast.Return | ast.Assign) else []


def _layers(spot: Spot) -> list[ast.Attribute]:
    """The attributes that a class gives `self`, seen from another method than `__init__`."""
    around = spot.around_class
    if around is None or spot.function is None or spot.function.name == "__init__":
        return []
    every = [each for each in ast.walk(around) if isinstance(each, ast.Attribute)]
    return [each for each in every if isinstance(each.ctx, ast.Store)]


def _is_value(spot: Spot) -> bool:
    """Whether it is returned, assigned, an argument or a side of an operation, and could be put through a call."""
    if isinstance(spot.node, ast.Constant | ast.Lambda | ast.List | ast.JoinedStr | ast.Starred | ast.Dict):
        return False
    parent = spot.parent
    if isinstance(parent, ast.Call):
        return spot.node in parent.args
    if isinstance(parent, ast.Tuple):
        return isinstance(spot.parents[1], ast.Return)
    return isinstance(parent, ast.Return | ast.Assign | ast.AugAssign | ast.BinOp | ast.UnaryOp | ast.Compare)


def _is_module(spot: Spot, node: ast.expr) -> bool:
    name = ast.unparse(node).partition(".")[0]
    return type(spot.scene.namespace.get(name)).__name__ == "module"
