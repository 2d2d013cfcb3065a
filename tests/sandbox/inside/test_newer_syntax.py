"""Syntax of a newer Python is told from what is wrong in any Python, and read where that can be done."""

from __future__ import annotations

import ast
import sys

import pytest

from autograder.sandbox.inside.newer_syntax import older

NEWER = [
    # code, the Python that it is for, whether it means the same afterwards
    ('print(f"{d["a"]}")', "3.12", True),
    ('print(f"{d["a"]:>5} {x!r} {y=} {{}}")', "3.12", True),
    ("print(f'{'yes' if x else 'no'}')", "3.12", True),
    ('print(f"{f"{f"{1 + 1}"}"}")', "3.12", True),
    ('print(f"{x:{w["a"]}}")', "3.12", True),
    ('print(rf"{d["a"]}\\d")', "3.12", True),
    ('print(f"{\n    x\n}")', "3.12", True),
    ('print(f"{d["a"]  # the first\n}")', "3.12", True),
    ("print(f\"{'\\n'.join(words)}\")", "3.12", True),
    ("print('a' f\"{'\\n'.join(words)}\" 'b')", "3.12", False),
    ("type Row = list[float]", "3.12", True),
    ("try:\n    pass\nexcept ValueError, TypeError:\n    pass", "3.14", True),
    ("print(t'{x}')", "3.14", False),
    ("type Rows[T] = list[T]", "3.12", True),
    ("def first[T](x: list[T]) -> T:\n    return x[0]", "3.12", True),
    ("async def first[T: (int, list[str]), *Ts, **P](x: T): pass", "3.12", True),
    ("def first[T = int](x: T): pass", "3.13", True),
    ("class Stack[T]:\n    pass", "3.12", False),
    ("class Stack[T = int]:\n    pass", "3.13", False),
]  # fmt: skip

WRONG = [
    "x = = 1",
    "print 'hello'",
    'f"{x"',
    'f"{}"',
    'f"{d["a]}"',
    'f"{a b}"',
    'f"{a["b"]} {c d}"',
    'def f(x)\n    return f"{d["a"]}"',
    "try:\n    pass\nexcept ValueError, error:\n    pass",
    "def f[T](x) return x",
    "def f(x:\n    pass",
    "type = 3\nx y",
    "for i in range(3) print(i)",
    'x = """abc',
    "(((",
    "'" * 5,
    "f'" + "{" * 5000,
    "if x:\nprint(1)",
]


def is_code(text: str) -> bool:
    try:
        ast.parse(text)
    except SyntaxError:
        return False
    return True


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="its syntax is not newer than this Python's")
@pytest.mark.parametrize(("code", "version", "exact"), NEWER, ids=[row[0][:30] for row in NEWER])
def test_newer_syntax_is_named_with_its_version(code: str, version: str, exact: bool) -> None:
    found = older(f"first = 1\n{code}\nlast = 2")
    assert found is not None
    assert found.version == version
    assert is_code(found.source)
    assert found.source.count("\n") == code.count("\n") + 2, "lines keep their numbers"
    assert found.source.splitlines()[0] == "first = 1"
    assert bool(found.changed_lines) is not exact
    assert not found.changed_lines & {1, code.count("\n") + 3}


@pytest.mark.parametrize("code", WRONG, ids=[each[:30] for each in WRONG])
def test_what_is_wrong_in_any_python_is_not_called_new(code: str) -> None:
    assert not is_code(code)
    found = older(code)
    assert found is None or not is_code(found.source)


def test_what_this_python_can_read_is_left_alone() -> None:
    for code in (
        "f'{d[\"a\"]}'",
        "type = 3",
        "print(f'{x!r:>{w}} {{}}')",
        "f'''{d['a']}'''",
        "try:\n    1\nexcept A:\n    2",
    ):
        assert older(code) is None


SAYS = [
    ('f"{d["a"]!r:>{d["w"]}}|{d["a"]=}|{{"', '     2|d["a"]=2|{'),
    ("f\"{'\\n'.join(words)}\\t{d['a']}\"", "x\ny\t2"),
    ('f"{f"{f"{1 + 1}"}"}{1 + 1 = :>4}{{{d["a"]}}}"', "21 + 1 =    2{2}"),
    ("f\"{d['a']:{'\\x3e'}{d['w']}} {'\\t' != 'a'}\"", "     2 True"),
    ('rf"{r"\\d"}\\d{d["a"]}"', "\\d\\d2"),
    ('f"{(lambda n: n + "!")("a")}{[w for w in words if w != "x"]}"', "a!['y']"),
]


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="its syntax is not newer than this Python's")
@pytest.mark.parametrize(("code", "said"), SAYS)
def test_what_is_read_says_the_same(code: str, said: str) -> None:
    found = older(f'd = {{"a": 2, "w": 6}}\nwords = ["x", "y"]\nr = {code}\n')
    names: dict[str, str] = {}
    assert found is not None
    assert not found.changed_lines
    exec(found.source, names)
    assert names["r"] == said


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="its syntax is not newer than this Python's")
def test_type_parameters_are_known_by_their_names() -> None:
    found = older("def first[T: (int, list[str]), *Ts, **P](x: T): pass\ntype Rows[Row: dict[str, int]] = list[Row]")
    assert found is not None
    assert sorted(found.type_names) == ["P", "Row", "T", "Ts"]
