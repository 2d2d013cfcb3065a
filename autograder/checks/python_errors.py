"""The usual causes of Python's own errors, and the next step; `torch_errors` has those of PyTorch.

`cause` is shown wherever the error may be named at all, so it holds no value of anybody's. `here` takes its place where
the inputs are the notebook's own: it may use groups of the patterns, `near` (a name that was probably meant) and
`nothing` (what is None in the line that failed); without one of those, `cause` stays. The first that fits counts.
"""

from __future__ import annotations

import re
from typing import NamedTuple


def missing_attribute(text: str) -> str:
    """The name that an AttributeError's text says is not there; empty if it is about something else."""
    found = re.search(r"object has no attribute '(\w+)'", text)
    return found[1] if found else ""


class Known(NamedTuple):
    """An error that has a usual cause.

    Attributes:
        type: a pattern for the whole name of the exception's type.
        text: a pattern to find in its text.
        cause: at most two sentences: what is usually wrong, and what to do.
        here: the same in the student's own names.
        line: a pattern to find in the student's line, which is known only where the inputs are the notebook's own.
    """

    type: str
    text: str
    cause: str
    here: str = ""
    line: str = ""


_BRACKETS = "A function stands where its result should: are its brackets `()` missing?"
_ATTRIBUTE = (
    "There is nothing of that name in it: is the name misspelt, or is it another kind of value than you expect?"
)
_NOTHING = "Something is None there: does a function lack its `return`, or is `.grad` used before `backward()`?"
_NOTHING_HERE = "`{nothing}` is None there: does a function lack its `return`, or is `.grad` used before `backward()`?"
_SINGLE = "It is a single number, without elements: is it averaged, summed or made a Python number too early?"
_NUMBER = "It is a plain Python number, no tensor: is there an `.item()` or `float()` too early?"
_FEW = "A call has fewer values in its brackets than the function asks for: which one is left out?"
_INDENT = "Lines of one block begin at the same place, four spaces further in than the line that opens it."
_BRACKET_PAIRS = "Each bracket needs its partner: count those of this line and of the line before it."
_SYNTAX = (
    "Python can't read this line: is there a letter too many, or an operator, a bracket, a quote or a comma missing?"
)
_IMPORTS = {
    **{"plt": "import matplotlib.pyplot as plt", "pd": "import pandas as pd"},
    **{"torch": "import torch", "nn": "import torch.nn as nn", "F": "import torch.nn.functional as F"},
    **{"optim": "import torch.optim as optim", "random": "import random"},
}
_FUNCTION = r"'(?:builtin_function_or_method|function|method|method_descriptor|wrapper_descriptor)'"

PYTHON_ERRORS = (
    # Names
    *(
        Known("NameError", f"^name '{name}' is not defined", f"An import is missing: put `{line}` into this cell.")
        for name, line in _IMPORTS.items()
    ),
    Known(
        "NameError",
        "^name '(?:np|numpy|math)' is not defined",
        "An import is missing; for tensors, torch has functions of its own, such as `torch.exp`: use those.",
    ),
    Known(
        "NameError",
        r"^name '(?P<name>\w{1,3})' is not defined",
        "A line holds nothing but a name that does not exist: is it a letter too many?",
        "The line holds nothing but `{name}`: is it a letter too many?",
        line=r"^\s*\w{1,3}\s*$",
    ),
    Known(
        "NameError",
        "is not defined",
        "A name is used that nothing has been given: is it misspelt, or does it belong to another function?",
        "Did you mean `{near}`?",
    ),
    Known(
        "UnboundLocalError",
        "",
        "A function that gives a name a value keeps that name for itself: set it before this line, or make it a "
        "parameter.",
    ),
    # Attributes
    Known(
        "AttributeError",
        "NoneType.*'append'",
        "`append` changes the list and gives None: leave out the `=` before it.",
    ),
    Known("AttributeError|TypeError", "NoneType", _NOTHING, _NOTHING_HERE),
    Known("AttributeError|TypeError", _FUNCTION, _BRACKETS),
    Known("AttributeError", r"'(?:float|int|bool)' object has no attribute", _NUMBER),
    Known(
        "AttributeError",
        "'(?:list|tuple)' object has no attribute",
        "It is a list or tuple and no tensor: take one of its items, or make a tensor of it with `torch.stack`.",
    ),
    Known("AttributeError", "", _ATTRIBUTE, "Did you mean `{near}`?"),
    Known("ImportError", "cannot import name", "It holds nothing of that name: is the name misspelt?"),
    # Calls
    Known("TypeError", r"missing \d+ required .*argument", _FEW),
    Known(
        "TypeError",
        r"takes (?:from \d+ to )?\d+ positional arguments? but",
        "A call has more values in its brackets than the function takes: which one is too many, or is `self` missing?",
    ),
    Known("TypeError", "unexpected keyword argument", "The function has no parameter of that name: is it misspelt?"),
    Known("TypeError", "'__init__' of 'super'", "`super` needs its brackets: write `super().__init__()`."),
    Known("TypeError", "should return None", "`__init__` returns nothing: what is worked out is returned elsewhere."),
    Known(
        "TypeError", "super", "`super()` names another class: write `super().__init__()`, with nothing in `super()`."
    ),
    Known(
        "TypeError",
        "object is not callable",
        "Something that is no function is called: is a `*` missing before a bracket, or a function's name used for "
        "something else?",
    ),
    Known("TypeError", "'int' object is not iterable", "A loop needs something to go through: is `range(…)` missing?"),
    Known("TypeError|IndexError", r"object is not (?:iterable|subscriptable)|0-d|no len\(\)", _SINGLE),
    Known("TypeError", "cannot unpack non-iterable", "Several names are on the left, and one value on the right."),
    Known(
        "TypeError",
        "converted to an index|interpreted as an integer",
        "A whole number is needed there, such as `len(x)` or `x.shape[0]`.",
    ),
    Known("TypeError", r"'str'|\bstr\b", "A text stands where a number should: leave out the quotes."),
    Known(
        "TypeError",
        "invalid combination of arguments",
        "The function does not take these values together: are there too many or too few, or one of another kind?",
    ),
    Known("TypeError", "unsupported operand|not supported between", "These two kinds of values can't be combined."),
    # Numbers, lists and the rest
    Known("ValueError", "not enough values", "More names are on the left than values on the right: what comes back?"),
    Known("ValueError", "too many values", "Fewer names are on the left than values on the right: what comes back?"),
    Known("ValueError", "math domain", "There is a logarithm of 0, or a logarithm or root of a negative number."),
    Known("OverflowError", "math range", "A number is too large: is the sign in the `exp` the right one?"),
    Known("ZeroDivisionError", "", "Something is divided by 0: is a counter still 0, or a list empty?"),
    Known("RecursionError", "", "A function calls itself without end: was another function of that name meant?"),
    Known("KeyError", "", "The dict has no such key: is it misspelt?"),
    Known("FileNotFoundError", "", "Data files lie beside the notebook: use their bare names."),
    # Syntax
    Known("TabError", "", "Tabs and spaces are mixed: indent with four spaces everywhere."),
    Known(
        "IndentationError",
        "expected an indented block",
        "A line that ends with a colon opens a block: indent what belongs to it by four spaces.",
    ),
    Known("IndentationError", "", _INDENT),
    Known("SyntaxError", "was never closed|unmatched|does not match opening", _BRACKET_PAIRS),
    Known("SyntaxError", "unterminated|EOL while|EOF while", "A text has no end: is its closing quote missing?"),
    Known("SyntaxError", "expected ':'", "A line that opens a block (`def`, `for`, `if`, `with`) ends with a colon."),
    Known("SyntaxError", "'=='", "One `=` gives a name on the left a value; to compare, write `==`."),
    Known(
        "SyntaxError", "outside function", "The line is outside its function: indent it like the rest of the function."
    ),
    Known("SyntaxError", "outside loop", "The line is outside its loop: indent it like the rest of the loop."),
    Known("SyntaxError", "forgot a comma", "Two values stand side by side: is a comma or an operator missing?"),
    Known("SyntaxError", "decimal literal", "A name can't begin with a digit; write `2 * x` for twice x."),
    Known(
        "SyntaxError",
        "invalid (?:non-printable )?character",
        "A character only looks like the right one, as after copying: type this line's quotes, signs and spaces anew.",
    ),
    Known("SyntaxError", "Missing parentheses", "What is printed stands in brackets: `print(x)`."),
    Known("SyntaxError", "cannot assign", "On the left of `=` there must be a name."),
    Known("SyntaxError", "follows keyword", "Values with a name come last in a call."),
    Known("SyntaxError", "f-string", "In an f-string, each `{` needs its `}`, with an expression between them."),
    Known("SyntaxError", "expected 'except'", "A `try` needs an `except` below it."),
    Known("SyntaxError", "", "Python has no `++`: write `x += 1`.", line=r"\+\+|--\s*$"),
    Known("SyntaxError", "", "Python writes `and`, `or` and `not` for these signs.", line=r"&&|\|\||![^=]"),
    Known("SyntaxError", "", "An `else` needs its `if` above it, as far to the left.", line=r"^\s*(?:else|elif)\b"),
    Known("SyntaxError", "", _SYNTAX, "Did you mean `{near}`?"),
)
