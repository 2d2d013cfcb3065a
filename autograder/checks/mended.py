"""Words for mistakes that were found by mending: for each kind of edit, what was wrong before it.

They say what is wrong and where, and quote the student's own text alone: the mended code is never shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from autograder.checks import messages

_SHOWN_CHARACTERS = 70


@dataclass(frozen=True)
class Place:
    """A stretch of a student's cell: `cell` counts from 0, lines from 1, columns in bytes from 0."""

    cell: int
    line: int
    column: int
    last_line: int
    last_column: int

    def fits(self, sources: Sequence[str]) -> bool:
        """Whether there is such a place in `sources`."""
        if not 0 <= self.cell < len(sources):
            return False
        last = sources[self.cell].count("\n") + 1
        return 1 <= self.line <= self.last_line <= last and self.column >= 0 and self.last_column >= 0

    def text(self, sources: Sequence[str]) -> str:
        """What stands there, in one line of at most some 70 characters."""
        lines = sources[self.cell].encode().splitlines()[self.line - 1 : self.last_line]
        if not lines:
            return ""
        if self.last_line == self.line:
            shown = lines[0][self.column : self.last_column].decode(errors="replace")
        else:
            parts = [lines[0][self.column :], *lines[1:-1], lines[-1][: self.last_column]]
            shown = " ".join(part.decode(errors="replace").strip() for part in parts)
        shown = messages.one_line(shown.strip()).replace("`", "'")
        return shown if len(shown) <= _SHOWN_CHARACTERS else shown[: _SHOWN_CHARACTERS - 1] + "…"


@dataclass(frozen=True)
class Mend:
    """One edit that mends a student's code.

    Attributes:
        kind: of the mistake, one of `KINDS`.
        size: smaller ones are more likely what was meant.
        places: where the mistake is; it may be made in several places.
        other: what else the words quote, or None.
    """

    kind: str
    size: int
    places: tuple[Place, ...]
    other: Place | None = None


_VERBS = {
    "add": ("adds", "add"),
    "sub": ("subtracts", "subtract"),
    "mult": ("multiplies", "multiply"),
    "div": ("divides", "divide"),
    "floordiv": ("divides and cuts off what is behind the point", "divide and cut off what is behind the point"),
    "pow": ("takes a power", "take a power"),
    "mod": ("takes a remainder", "take a remainder"),
}
_CONFUSED = (
    "add>sub add>mult add>div sub>add sub>mult sub>div mult>div mult>add mult>sub div>mult div>sub floordiv>div "
    "floordiv>mult pow>mult mod>div mod>floordiv"
)
_CALLS = {
    "mean": "the mean of `{code}` is not taken.",
    "sum": "`{code}` is not added up.",
    "item": "`{code}` is still a tensor, where a plain number is asked for.",
    "float": "`{code}` holds True and False, or whole numbers: it is not made a tensor of real numbers.",
    "detach": "`{code}` is still connected to the gradients, and should not be.",
    "squeeze": "`{code}` has a dimension too many.",
    "tolist": "`{code}` is still a tensor, where plain numbers are asked for.",
    "abs": "`{code}` keeps its sign, and should not.",
    "clone": "`{code}` is the same tensor, not a copy of it, and changes with it.",
    "exp": "`{code}` is not put through exp.",
    "log": "the logarithm of `{code}` is not taken.",
    "sigmoid": "`{code}` is not put through the sigmoid.",
    "t": "rows and columns of `{code}` are the wrong way round.",
    "double": "`{code}` is of another dtype than what it meets.",
    "long": "`{code}` is of another dtype than what it meets.",
}
WORDS = {
    **{
        f"operator:{a}>{b}": f"`{{code}}` {_VERBS[a][0]} where it should {_VERBS[b][1]}."
        for a, b in (pair.split(">") for pair in _CONFUSED.split())
    },
    "operator:mult>matmul": "`{code}` multiplies element by element where it should take the matrix product.",
    "operator:matmul>mult": "`{code}` takes the matrix product where it should multiply element by element.",
    **{f"method-missing:{name}": words for name, words in _CALLS.items()},
    "function-missing:sigmoid": "`{code}` is not put through the sigmoid.",
    "function-missing:tensor": "`{code}` is a plain number, where a tensor is asked for.",
    "function-missing:float": "`{code}` is not made a plain number.",
    "minus-extra": "the minus in `{code}` is too much.",
    "minus-missing": "a minus is missing before `{code}`.",
    "minus-covers-first": "the minus in `{code}` covers only `{other}`: it belongs to the whole of it, in brackets.",
    "minus-covers-too-much": "the minus in `{code}` covers all of it: it does not belong to `{other}`.",
    "not-extra": "`{code}` turns the answer into its opposite.",
    "sides-swapped": "the two sides of `{code}` are in the wrong order.",
    "brackets": "in `{code}`, Python takes `{other}` first: the brackets are missing, or stand in the wrong place.",
    "call-covers-too-little": "the brackets of `{other}` close too early: more of `{code}` belongs inside.",
    "call-covers-too-much": "`{other}` stands inside of the brackets of `{code}` and belongs outside.",
    "method-covers-too-little": "what `{other}` ends with is done to the last part of `{code}` alone, not to all of it.",
    "operand-extra": "`{other}` is too much in `{code}`.",
    "operand-missing": "`{other}` is missing: it belongs to `{code}`.",
    "one-minus-missing": "`{code}` should be taken from 1.",
    "plus-one-missing": "`{code}` is 1 too small.",
    "minus-one-missing": "`{code}` is 1 too large.",
    "twice": "`{code}` is twice what it should be.",
    "half": "`{code}` is half of what it should be.",
    "hundredfold": "`{code}` is 100 times what it should be.",
    "inverse-missing": "`{code}` stands above where it belongs under 1.",
    "per-row-missing": "`{code}` is not divided by the number of rows.",
    "per-row-extra": "`{code}` is divided by the number of rows once too often.",
    "compare:border": "`{code}` treats the border itself the wrong way: think of two values that are equal.",
    "compare:turned": "`{code}` compares the wrong way round.",
    "compare:turned-border": "`{code}` compares the wrong way round, and treats the border itself the wrong way.",
    "compare:opposite": "`{code}` asks for the opposite of what is needed.",
    "compare:identity": "`{code}` asks whether both are one object, not whether they are equal.",
    "round-missing": "`{code}` makes too few rounds.",
    "round-extra": "`{code}` makes too many rounds.",
    "rounds": "`{code}` rounds to an even number from halfway, 0.5 to 0: it should compare.",
    "cuts-off": "`{code}` cuts off what is behind the point, so that 0.9 becomes 0: it should compare.",
    "made-anew": "`{code}` makes a new one each time: the one that `{other}` keeps is not used.",
    "decorator-extra": "`{code}` is too much above the function.",
    "border": "`{code}` is not the border to compare with.",
    "in-place": "`{code}` changes the tensor itself, which others need as it was.",
    "attribute-extra": "what `{code}` takes of `{other}` is too much.",
    "threshold-extra": "`{code}` compares already, where the value itself is asked for.",
    "and-or": "`and` and `or` are confused in `{code}`.",
    "branches-swapped": "the two cases of `{code}` are the wrong way round.",
    "number": "the number in `{code}` is not the right one.",
    "index": "`{code}` takes the wrong index.",
    "axis": "`{code}` goes along the wrong dimension.",
    "flag": "`{code}` should be the opposite.",
    "part-only": "`{code}` takes only a part of what is needed.",
    "literal-for-name": "`{code}` is fixed here: it should come from `{other}`.",
    "literal-for-size": "`{code}` is fixed here: it should follow from the size of `{other}`.",
    "keyword-value": "`{code}` chooses another way than the one that is asked for.",
    "wrong-name": "`{code}` is not the variable that belongs here.",
    "global-for-name": "`{code}` comes from outside of the function, which should use its own `{other}`.",
    "wrong-function": "`{code}` is not the function that belongs here.",
    "misspelt": "`{code}` is misspelt.",
    "definition-misspelt": "the name in `{code}` is misspelt, so that nobody finds what it defines.",
    "self-missing": "`self.` is missing before `{code}`, so that it is lost when the method ends.",
    "self-extra": "`{code}` is no attribute: `self.` is too much.",
    "self-parameter-missing": "`self` is missing in `{code}`: each method gets it first.",
    "not-called": "`{code}` is only named and not called: its brackets are missing.",
    "method-extra": "`.{method}()` behind `{owner}` is too much.",
    "call-extra": "the call of `{other}` is too much.",
    "constructor-extra": "`{other}` makes a new tensor, which knows nothing of where its numbers came from.",
    "arguments-swapped": "the arguments in `{code}` are in the wrong order.",
    "argument-extra": "`{other}` is too much in `{code}`.",
    "argument-missing": "`{other}` is missing among the arguments of `{code}`.",
    "keyword-extra": "`{code}` is too much: it changes what `{other}` does.",
    "keyword-missing:requires_grad": "`{code}` doesn't ask for gradients.",
    "keyword-missing:keepdim": "`{code}` drops a dimension that is needed.",
    "keyword-missing:dim": "`{code}` goes over all dimensions, where one is meant.",
    "keyword-missing:lr": "`{code}` is not told the learning rate.",
    "sibling": "`{code}` is not the function that belongs here.",
    "sum-for-mean": "`{code}` adds up where the mean is asked for.",
    "mean-for-sum": "`{code}` takes the mean where the sum is asked for.",
    "start-values": "`{code}` makes other values than those to start with.",
    "numpy-for-torch": "`{code}` is no function of PyTorch, so that no gradient can flow through it.",
    "shape:column": "`{code}` has lost its second dimension, or never had one.",
    "shape:flat": "`{code}` has a dimension too many.",
    "shape:scalar": "`{code}` has dimensions left, where a single number is asked for.",
    "return-missing": "what `{code}` computes is not given back: the `return` is missing.",
    "print-for-return": "`{code}` only prints the result: it is not given back with `return`.",
    "return-order": "the values in `{code}` are returned in the wrong order.",
    "return-part-missing": "`{code}` leaves out `{other}`.",
    "return-part-extra": "`{other}` is too much in what is returned.",
    "return-early": "`{code}` comes too early: the function ends there, before the rest has been done.",
    "statement-extra": "`{code}` is too much.",
    "if-extra": "the condition `{code}` keeps something from being done that should be done each time.",
    "no-grad-extra": "under `{code}` no gradients are recorded, and here they are needed.",
    "with-extra": "`{code}` is too much around what stands below it.",
    "too-late": "`{code}` comes too late: it belongs before `{other}`.",
    "too-early": "`{code}` comes too early: it belongs behind `{other}`.",
    "into-loop": "`{code}` stands outside of the loop, and is done once: it belongs into each round.",
    "out-of-loop-after": "`{code}` stands inside of the loop, and is done in each round: it belongs behind the loop.",
    "out-of-loop-before": "`{code}` stands inside of the loop, and is done in each round: it belongs before the loop.",
    "zero-grad-missing": "the loop does not clear the gradients, so that they add up.",
    "grad-not-cleared": "the loop does not clear the gradients, or not all of them, so that they add up.",
    "step-missing": "the loop makes no step.",
    "backward-missing": "the loop never computes the gradients: `backward` is missing.",
    "append-missing": "the loop does not note all that it should in a list.",
    "range-missing": "the loop goes over `{code}`, a number: `range` is missing around it.",
    "own-function-missing": "`{code}` is taken as it is: a function that you have written belongs around it.",
    "layer-missing": "`{code}` does not go through `{other}`.",
    "method-missing:parameters": "`{code}` is the whole model: its parameters are meant.",
    "twin-missing": "`{code}` is done for one variable only: `{other}` needs the same.",
    "no-grad-missing": "`{code}` is recorded for gradients: an update has to be kept out of that.",
    "rebinds": "`{code}` makes a new tensor instead of changing the one that is trained.",
    "assign-for-subtract": "`{code}` replaces the old value: it should be subtracted from it.",
    "assign-for-add": "`{code}` replaces the old value: it should be added to it.",
    "adds-up": "`{code}` adds to the old value, which it should replace.",
    "element-missing": "`{other}` is missing in `{code}`.",
    "element-extra": "`{other}` is too much in `{code}`.",
    "base-missing": "the class in `{code}` is not made an `nn.Module`.",
    "super-missing": "`super().__init__()` is missing in `{code}`: the module has to set itself up first.",
    "plain-list": "a plain list, as in `{code}`, hides its layers from the module.",
    "not-a-parameter": "`{code}` keeps a plain tensor, which is not registered to be trained.",
}
KINDS = frozenset(WORDS)


def told(mends: Sequence[Mend], sources: Sequence[str]) -> str:
    """What the student reads of the edits that mend their cells, one sentence each, in the order of the text."""
    ordered = sorted(mends, key=lambda each: (each.places[0].cell, each.places[0].line, each.places[0].column))
    sentences = [_sentence(each, sources) for each in ordered]
    if len(sentences) == 1:
        return sentences[0]
    count = {2: "Two", 3: "Three"}.get(len(sentences), "Several")
    return f"{count} mistakes come together here. {' '.join(sentences)}"


def told_either(mend: Mend, places: Sequence[Place], sources: Sequence[str]) -> str:
    """The same for one mistake that can be taken back at either of several places."""
    lines = sorted({each.line for each in places})
    if len(lines) == 1 or len({each.text(sources) for each in places}) > 1:
        return told([mend], sources)
    sentence = _words(mend, sources)
    return f"In line {' or '.join(map(str, lines))} of your cell, {sentence}"


def placed(sentence: str, mends: Sequence[Mend]) -> str:
    """The catalogue's sentence for a mistake, with the place where it was found."""
    return f"{_where([place for each in mends for place in each.places]).rstrip(',')}: {sentence}"


def place_only(places: Sequence[Place]) -> str:
    """For a mistake that can be mended in different ways at one place."""
    return f"{_where(places)} there is a mistake: what follows from it is wrong."


def _sentence(mend: Mend, sources: Sequence[str]) -> str:
    return f"{_where(mend.places)} {_words(mend, sources)}"


def _words(mend: Mend, sources: Sequence[str]) -> str:
    other = mend.other.text(sources) if mend.other is not None else ""
    owner, _, method = other.rpartition(".")
    return WORDS[mend.kind].format(code=mend.places[0].text(sources), other=other, owner=owner, method=method)


def _where(places: Sequence[Place]) -> str:
    lines = sorted({each.line for each in places})
    if len(lines) == 1:
        return f"In line {lines[0]} of your cell,"
    return f"In lines {', '.join(map(str, lines[:-1]))} and {lines[-1]} of your cell,"
