"""Wrong answers to `accuracy`: `predict` and `accuracy`."""

from autograder.checks import Misconception

from .changes import changed

_RIGHT = """\
def predict(h):
    return (h >= 0.5).float()


def accuracy(prediction, y):
    return (prediction == y).sum().item() / len(y)
"""
_PREDICT = "(h >= 0.5).float()"
_FRACTION = "(prediction == y).sum().item() / len(y)"


def _wrong(id: str, sentence: str, *changes: tuple[str, str]) -> Misconception:
    return Misconception("accuracy", id, sentence, changed(_RIGHT, *changes))


MISCONCEPTIONS: tuple[Misconception, ...] = (
    _wrong(
        "one-half-counts-as-0",
        "A probability of exactly 0.5 becomes 0, as with > or rounding: it should count as 1, with >=.",
        (">=", ">"),
    ),
    _wrong(
        "threshold-0",
        "Every probability is predicted as 1, as by a border of 0 or a second sigmoid: compare h itself with 0.5.",
        ("0.5", "0"),
    ),
    _wrong(
        "another-threshold",
        "The border between 0 and 1 is not 0.5.",
        ("0.5", "0.7"),
    ),
    _wrong(
        "below-for-above",
        "The comparison is turned around: a high probability means 1.",
        (">=", "<="),
    ),
    _wrong(
        "truncated",
        "Every probability below 1 comes out as 0, as when what is behind the point is cut off: compare with 0.5 "
        "instead.",
        (_PREDICT, "h.int()"),
    ),
    _wrong(
        "no-threshold",
        "The probabilities come back as they are: compare them with 0.5.",
        (_PREDICT, "h"),
    ),
    _wrong(
        "one-answer-for-all",
        "There is one prediction for all rows together: compare each row with 0.5.",
        (_PREDICT, "1.0 if h.mean() >= 0.5 else 0.0"),
    ),
    _wrong(
        "flat-predictions",
        "The predictions lost their second dimension: keep the shape of h, without squeeze.",
        (_PREDICT, _PREDICT + ".squeeze(1)"),
    ),
    _wrong(
        "list-of-words",
        "The predictions are words in a list: give a tensor of 0 and 1.",
        (_PREDICT, "['pass' if p >= 0.5 else 'fail' for p in h]"),
    ),
    _wrong(
        "percent",
        "The accuracy is in percent: it should be a fraction from 0 to 1.",
        (_FRACTION, _FRACTION + " * 100"),
    ),
    _wrong(
        "count",
        "The right rows are counted but not divided by the number of rows.",
        (" / len(y)", ""),
    ),
    _wrong(
        "whole-division",
        "// cuts off everything behind the point: divide with /.",
        (" / len", " // len"),
    ),
    _wrong(
        "fixed-six-rows",
        "The count is divided by 6, whatever the number of rows: divide by len(y).",
        ("len(y)", "6"),
    ),
    _wrong(
        "error-rate",
        "This is the fraction that is wrong: count the rows where prediction and label are equal.",
        ("prediction == y", "prediction != y"),
    ),
    _wrong(
        "only-ones-count",
        "Only rows with a right 1 are counted: a right 0 counts just as much.",
        ("(prediction == y).sum()", "(prediction * y).sum()"),
    ),
    _wrong(
        "divided-by-ones",
        "The count is divided by the number of ones: divide by the number of all rows.",
        ("len(y)", "max(y.sum().item(), 1)"),
    ),
    _wrong(
        "all-or-nothing",
        "This is all or nothing, not a fraction: count the rows that are right, and divide by the number of rows.",
        (_FRACTION, "float(torch.equal(prediction, y))"),
    ),
    _wrong(
        "every-row-with-every-row",
        "Shapes (m,) and (m, 1) broadcast to an m by m table: compare prediction and y both at (m, 1).",
        ("prediction == y", "prediction.squeeze(1) == y"),
    ),
    _wrong(
        "as-tensor",
        "The accuracy is a tensor: .item() makes a plain float of it.",
        (_FRACTION, "(prediction == y).float().mean()"),
    ),
    _wrong(
        "rounded",
        "The accuracy is rounded: keep it exact, and round only what you print.",
        (_FRACTION, f"round({_FRACTION}, 2)"),
    ),
)
