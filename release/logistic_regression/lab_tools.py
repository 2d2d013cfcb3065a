"""What the lab's checks are made of: boxes that say something, calls of your functions, and looks at values."""

import difflib
import html
import os
import re
import traceback
import warnings

import torch

# --- Boxes: what a check shows

SIGNS = {"right": "✓", "wrong": "✗", "not written": "○", "waits": "…"}
COLOURS = {"right": "#2e8540", "wrong": "#d07000", "not written": "#808080", "waits": "#808080"}


class Box:
    """A headline, lines below it and a footer: HTML where there is HTML, text elsewhere."""

    def __init__(self, state, headline, *lines, footer=""):
        self.state, self.headline, self.lines, self.footer = state, headline, lines, footer

    @property
    def text(self):
        lines = [f"{SIGNS[self.state]} {self.headline}", *(f"    {line}" for line in self.lines), self.footer]
        return "\n".join(line for line in lines if line)

    def __repr__(self):
        return self.text

    def _repr_html_(self):
        body = "".join(f"<div style='margin-top:.3em'>{_as_html(line)}</div>" for line in self.lines)
        foot = f"<div style='margin-top:.5em;font-size:90%'>{_as_html(self.footer)}</div>" if self.footer else ""
        return (
            f"<div style='border-left:.4em solid {COLOURS[self.state]};padding:.3em .9em;margin:.3em 0'>"
            f"<strong>{SIGNS[self.state]} {_as_html(self.headline)}</strong>{body}{foot}</div>"
        )


def _as_html(text):
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(text, quote=False))


# --- Calls of your functions


class NotWritten(Exception):
    """`raise NotImplementedError()` still stands where your code should: in what was called."""


class NotRight(Exception):
    """An answer is not right yet: what was called, what came back, what to try."""


class Call:
    """A call of a function of yours, said in words, and its value; `back` says what came back in other words."""

    def __init__(self, words, function, *inputs, **more):
        self.words, self.back = words, ""
        with warnings.catch_warnings(record=True) as self.warned:
            warnings.simplefilter("always")
            try:
                self.value = function(*inputs, **more)
            except KeyboardInterrupt:
                raise NotRight(words, "nothing: you stopped it", "Is there a loop that never ends?") from None
            except BaseException as error:
                raise _explained(words, function, error) from error

    def must(self, ok, hint):
        """Ends the check with this hint if it is not ok."""
        if not ok:
            if self.value is None and not self.back:
                hint = "The function gives nothing back: is its `return` missing?"
            causes = [cause for warning in self.warned if (cause := usual_cause("Warning", str(warning.message)))]
            raise NotRight(self.words, self.back or describe(self.value), " ".join([*causes[:1], hint]))

    def is_tensor_of(self, shape, hint=""):
        expected = f"Expected is a tensor of shape {tuple(shape)}."
        self.must(
            isinstance(self.value, torch.Tensor), f"{expected} `torch.stack` makes one of a list of tensors. {hint}"
        )
        if self.value.numel() == torch.Size(shape).numel():
            hint = "Is a dimension lost or added, as by an index, `squeeze()` or `flatten()`?"
        self.must(self.value.shape == torch.Size(shape), f"{expected} {hint}")

    def is_close(self, expected, hint):
        self.is_tensor_of(torch.FloatTensor(expected).shape)
        self.must(is_close(self.value, expected), hint)

    def is_number(self, expected, hint, off_by=2e-4):
        self.must(abs(as_number(self.value) - expected) < off_by, hint)

    def leads_back_to(self, *inputs):
        self.must(
            gradient_flows(self.value, *inputs),
            "No gradient flows back from that result, and training needs it. Compute with torch all the way: no "
            "`.item()`, `.detach()`, `.numpy()` or `no_grad()`.",
        )


def _explained(words, function, error):
    """What to say of an error in your code: the line of this function's own cell, and the usual cause."""
    every = traceback.extract_tb(error.__traceback__)
    if isinstance(error, NotImplementedError) and not _is_ours(every[-1].filename):
        return NotWritten(words)
    frames = [each for each in every if not _is_ours(each.filename)]
    cell = getattr(getattr(function, "__code__", None), "co_filename", "")
    frames = [each for each in frames if each.filename == cell] or frames
    near = _near(error) if type(error) is NameError else []
    line = frames[-1].line if frames else ""
    said = (str(error).strip().splitlines() or [""])[0]
    kind = type(error).__name__
    what = f"{kind}: {said}" if said else kind
    if line:
        what += f", in line {frames[-1].lineno} of your cell: `{line}`"
    cause = f"Did you mean `{near[0]}`?" if near else usual_cause(kind, said)
    return NotRight(words, what, cause or "Look at that line: what is each value in it, and what shape has it?")


def _near(error):
    """A name that is there, and spelt much like the one that is not."""
    frame = list(traceback.walk_tb(error.__traceback__))[-1][0]
    name = (getattr(error, "name", None) or "").lower()
    for known, likeness in ((frame.f_locals, 0.5), (frame.f_globals, 0.7)):
        names = {each.lower(): each for each in known if not each.startswith("_")}
        if close := difflib.get_close_matches(name, names, n=1, cutoff=likeness):
            return [names[close[0]]]
    return []


def _is_ours(filename):
    """Whether a file is of this lab, or of Python and its packages, and not a cell of a notebook."""
    is_lab = os.path.basename(filename).startswith("lab") and filename.endswith(".py")
    return is_lab or filename.startswith(os.path.dirname(os.__file__)) or "-packages" in filename


# The usual causes, in the words that grading uses: a pattern for the kind of error, one for its text, and the cause.
CAUSES = r"""
NameError: '(np|math)' -> For tensors, torch has functions of its own, such as `torch.exp`: use those.
NameError: . -> A name is used that nothing has been given: is it misspelt, or does it belong to another function?
UnboundLocalError: . -> A function that gives a name a value keeps that name for itself: choose another name than that
    of a function, or set it before this line.
AttributeError: NoneType.*append -> `append` changes the list and gives None: leave out the `=` before it.
TypeError: unsupported operand.*NoneType -> Something is None there, as `.grad` is before `backward()`, and after `W =
    W - …` made a new W.
AttributeError|TypeError: NoneType -> Something is None there: does a function lack its `return`?
AttributeError|TypeError: '(function|method|builtin_function_or_method)' -> A function stands where its result should:
    are its brackets `()` missing?
AttributeError: '(float|int|bool)' -> It is a plain Python number, no tensor: is there an `.item()` or `float()` too
    early?
AttributeError: before Module.__init__ -> Begin `__init__` with `super().__init__()`: a module can't hold layers
    before that.
AttributeError: . -> There is nothing of that name in it: is the name misspelt?
TypeError: '__init__' of 'super' -> `super` needs its brackets: write `super().__init__()`.
TypeError: should return None -> `__init__` returns nothing: what is worked out is returned elsewhere.
TypeError: (Sigmoid|Linear).*positional -> The first brackets take a layer's settings, and its data comes in brackets
    of its own: `nn.Sigmoid()(x)`.
TypeError: iterable of Tensors -> An optimizer takes all its tensors at once: a list such as
    `[W, b]`, or `model.parameters()`.
TypeError: missing .* argument -> A call has fewer values in its brackets than the function asks for: which one is
    left out?
TypeError: positional arguments? but -> A call has more values in its brackets than the function takes.
TypeError: not callable -> Something that is no function is called: is a `*` missing before a bracket, or a function's
    name used for something else?
TypeError: 'int' object is not iterable -> A loop needs something to go through: is `range(…)` missing?
TypeError|IndexError: not iterable|not subscriptable|0-d -> It is a single number: is it averaged or summed too early?
IndexError: out of (range|bounds) -> Counting starts at 0, and the last index is one less than the length.
RuntimeError: cannot be multiplied|size mismatch -> In `a @ b`, a needs as many columns as b has rows: check the
    order, and the shape of each.
RuntimeError: must match the size -> Element by element, sizes must be the same: check the shape of each.
Error|Warning: target size -> Both need the same shape: leave out the `squeeze` or `reshape` that only one of them
    has.
RuntimeError: call numpy -> NumPy can't follow gradients: use functions of torch (`torch.exp`).
Error: converted to|[Ss]calar -> Only a tensor of one number becomes a Python number: is a `.mean()` missing, or
    `math` used for a tensor?
RuntimeError|ValueError: Boolean value|truth value -> `if`, `and`, `or` and `not` need one truth, and a tensor has
    many: compare without them, element by element. A loss like `nn.BCELoss` is made first and called afterwards.
RuntimeError: (mean|std)\(\): |nly Tensors of floating -> Make real numbers of them first, with `.float()`.
RuntimeError: leaf Variable -> Put the update of a tensor that needs gradients inside `with torch.no_grad():`.
RuntimeError: inplace operation -> What `backward` needs was changed in place, as by `+=`: make a new tensor.
RuntimeError: graph a second time -> Each `backward` needs a new cost: work it out anew in every round of the loop.
RuntimeError: does not require grad -> No gradient leads back from there: does each parameter have
    `requires_grad=True`, and is nothing on the way detached, as by `.item()` or `no_grad()`?
RuntimeError: only for scalar -> `backward` starts from one number: take the mean of the losses first.
RuntimeError: dtype|scalar type -> Two kinds of numbers meet: make all of them float32, with `.float()`.
RuntimeError: between 0 and 1 -> This loss needs probabilities first and labels second: are the two swapped?
ValueError: empty parameter list -> The model has no parameters: is its layer kept in `__init__`, as `self.linear =
    …`?
ValueError: non-leaf -> An optimizer needs the tensors that were made with `requires_grad=True`.
ValueError: values to unpack -> There are not as many names on the left as values on the right: what comes back?
ValueError: math domain -> There is a logarithm of 0, or a logarithm or root of a negative number.
NotImplementedError: missing the required -> The class has no `forward`: is it misspelt, or indented so that it is
    outside the class?
ZeroDivisionError: . -> Something is divided by 0: is a counter still 0, or a list empty?
RecursionError: . -> A function calls itself without end: was another function of that name meant?
SyntaxError: closed|incomplete|unmatched|not match -> Each bracket needs its partner: count those of this line and of
    the line before it.
SyntaxError: unterminated -> A text has no end: is its closing quote missing?
SyntaxError: expected ':' -> A line that opens a block (`def`, `for`, `if`, `with`) ends with a colon.
SyntaxError: '==' -> One `=` gives a name on the left a value; to compare, write `==`.
SyntaxError: forgot a comma -> Two values stand side by side: is a comma or an operator missing?
IndentationError: expected an indented -> A line that ends with a colon opens a block: indent what belongs to it by
    four spaces.
IndentationError: . -> Lines of one block begin at the same place, four spaces further in than the line that opens it.
SyntaxError: . -> Is there a letter too many, or an operator, a bracket, a quote or a comma missing?
"""
CAUSES = [line.split(" -> ") for line in CAUSES.replace("\n    ", " ").strip().splitlines()]


def usual_cause(kind, text):
    """What usually is behind an error or a warning; empty if that is not known."""
    for patterns, cause in CAUSES:
        of, words = patterns.split(": ", 1)
        if re.search(of, kind) and re.search(words, text):
            return cause
    return ""


# --- Looking at values


def describe(value):
    """Say in a few words what a value is."""
    if value is None:
        return "None, as from a function without `return`"
    if isinstance(value, (tuple, list)):
        floats = all(isinstance(each, float) for each in value)
        inside = [round(each, 4) if floats else type(each).__name__ for each in value[:6]]
        return f"a {type(value).__name__} of {len(value)}: {listed(inside, len(value))}"
    if isinstance(value, float):
        value = round(value, 4)
    if not isinstance(value, torch.Tensor):
        return f"{value!r:.60} (type {type(value).__name__})"
    values = [round(each, 4) for each in value.flatten()[:6].tolist()]
    return f"a tensor of shape {tuple(value.shape)} with the values {listed(values, value.numel())}"


def title_of(exercise):
    """An exercise's title, as it stands in a sentence."""
    return exercise.title[0].lower() + exercise.title[1:]


def listed(values, count):
    return ", ".join(map(str, values)) + (", …" if count > len(values) else "")


def as_number(value):
    """A number, or a tensor with one element, as a float. Anything else is NaN (not a number)."""
    one = isinstance(value, (int, float)) or (isinstance(value, torch.Tensor) and value.numel() == 1)
    return float(value.item() if isinstance(value, torch.Tensor) else value) if one else float("nan")


def is_close(value, expected):
    """True if value is a tensor with the shape of expected and nearly the same numbers."""
    expected = torch.FloatTensor(expected)
    alike = isinstance(value, torch.Tensor) and value.shape == expected.shape
    return alike and torch.allclose(value.detach().float(), expected, atol=2e-4)


def gradient_flows(result, *inputs):
    """True if training can follow the result back to each of the inputs."""
    if not isinstance(result, torch.Tensor) or not result.requires_grad:
        return False
    gradients = torch.autograd.grad(result.sum(), inputs, allow_unused=True)
    return all(gradient is not None and bool(gradient.any()) for gradient in gradients)


def column(*values):
    """A float32 tensor with one value a row."""
    return torch.FloatTensor([[value] for value in values])
