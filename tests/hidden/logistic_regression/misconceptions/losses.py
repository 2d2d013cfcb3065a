"""Wrong answers to `element_loss`, `batch_losses` and `bce`."""

from autograder.checks import Misconception

from .changes import changed

_BATCH = """\
def batch_losses(h, y):
    return -(y * torch.log(h) + (1 - y) * torch.log(1 - h))


def cost(h, y):
    return batch_losses(h, y).mean()
"""
_FORMULA = "return -(y * torch.log(h) + (1 - y) * torch.log(1 - h))"
_MEAN = "return batch_losses(h, y).mean()"


def _element(id: str, sentence: str, body: str) -> Misconception:
    return Misconception("element_loss", id, sentence, f"def element_loss(h_i, y_i):\n    {body}\n")


def _batch(id: str, sentence: str, *changes: tuple[str, str]) -> Misconception:
    return Misconception("batch_losses", id, sentence, changed(_BATCH, *changes))


def _bce(id: str, sentence: str, body: str) -> Misconception:
    return Misconception("bce", id, sentence, f"def bce_cost(h, y):\n    {body}\n")


MISCONCEPTIONS: tuple[Misconception, ...] = (
    _element(
        "missing-minus",
        "The minus sign before the brackets is missing, and so the loss comes out negative.",
        "return y_i * torch.log(h_i) + (1 - y_i) * torch.log(1 - h_i)",
    ),
    _element(
        "minus-on-first-term",
        "The minus sign reaches only the first term: put brackets around the sum of both.",
        "return -y_i * torch.log(h_i) + (1 - y_i) * torch.log(1 - h_i)",
    ),
    _element(
        "first-term-only",
        "The second term is missing, so examples with label 0 cost nothing: add (1 - y) log(1 - h).",
        "return -(y_i * torch.log(h_i))",
    ),
    _element(
        "second-term-only",
        "The first term is missing, so examples with label 1 cost nothing: add y log(h).",
        "return -((1 - y_i) * torch.log(1 - h_i))",
    ),
    _element(
        "same-log-twice",
        "Both terms have log(h): with label 0 it is the log of 1 - h that counts.",
        "return -(y_i * torch.log(h_i) + (1 - y_i) * torch.log(h_i))",
    ),
    _element(
        "one-minus-log",
        "The second term has 1 - log(h), but it should be log(1 - h): the subtraction comes first.",
        "return -(y_i * torch.log(h_i) + (1 - y_i) * (1 - torch.log(h_i)))",
    ),
    _element(
        "terms-crossed",
        "The terms are crossed: label 1 goes with log(h), and label 0 with log(1 - h).",
        "return -(y_i * torch.log(1 - h_i) + (1 - y_i) * torch.log(h_i))",
    ),
    _element(
        "missing-brackets",
        "Without brackets around 1 - y, the product is taken first and the 1 is added on its own.",
        "return -(y_i * torch.log(h_i) + 1 - y_i * torch.log(1 - h_i))",
    ),
    _element(
        "arguments-swapped",
        "The labels stand inside the logarithms, where the log of 0 is infinite: the probability belongs there.",
        "return -(h_i * torch.log(y_i) + (1 - h_i) * torch.log(1 - y_i))",
    ),
    _element(
        "log-base-10",
        "torch.log10 is the logarithm to base 10: the formula has the natural one, torch.log.",
        "return -(y_i * torch.log10(h_i) + (1 - y_i) * torch.log10(1 - h_i))",
    ),
    _element(
        "log-base-2",
        "torch.log2 is the logarithm to base 2: the formula has the natural one, torch.log.",
        "return -(y_i * torch.log2(h_i) + (1 - y_i) * torch.log2(1 - h_i))",
    ),
    _element(
        "squared-error",
        "This is the squared error; logistic regression measures with logarithms.",
        "return (h_i - y_i) ** 2",
    ),
    _element(
        "wide-clamp",
        "The clamp is so wide that it changes the loss of a very sure answer: log needs at most a tiny one.",
        "return -(y_i * torch.log(h_i.clamp(min=0.01)) + (1 - y_i) * torch.log(1 - h_i))",
    ),
    _element(
        "wide-clamp-of-the-other",
        "The clamp of 1 - h is so wide that it changes the loss of a very sure answer: log needs at most a tiny one.",
        "return -(y_i * torch.log(h_i) + (1 - y_i) * torch.log((1 - h_i).clamp(min=0.01)))",
    ),
    _element(
        "detached",
        "The loss is cut off from h_i, and no gradient can flow back: use torch.log on h_i itself, without item "
        "or detach.",
        "h_i = torch.tensor([h_i.item()])\n    return -(y_i * torch.log(h_i) + (1 - y_i) * torch.log(1 - h_i))",
    ),
    _element(
        "as-float",
        "The loss is a plain number: without item() it stays a tensor that gradients can flow through.",
        "return -(y_i * torch.log(h_i) + (1 - y_i) * torch.log(1 - h_i)).item()",
    ),
    _element(
        "printed-not-returned",
        "The loss is printed but not returned: add a return.",
        "print(-(y_i * torch.log(h_i) + (1 - y_i) * torch.log(1 - h_i)))",
    ),
    _element(
        "hard-coded",
        "The number is the first student's loss at the start: compute it from h_i and y_i.",
        "return torch.tensor([0.6931])",
    ),
    _batch(
        "sum-for-mean",
        "The cost adds up the losses: take their mean, so that it does not grow with the number of rows.",
        (_MEAN, "return batch_losses(h, y).sum()"),
    ),
    _batch(
        "mean-too-early",
        "batch_losses takes the mean already: it should give one loss a row, and cost their mean.",
        (_FORMULA, "return -(y * torch.log(h) + (1 - y) * torch.log(1 - h)).mean()"),
    ),
    _batch(
        "mean-of-probabilities",
        "The mean is taken of h and y before the loss: first each row's loss, then their mean.",
        (_MEAN, "return batch_losses(h.mean(), y.mean())"),
    ),
    _batch(
        "fixed-six-rows",
        "The sum is divided by 6, whatever the number of rows: take .mean(), or divide by len(h).",
        (_MEAN, "return batch_losses(h, y).sum() / 6"),
    ),
    _batch(
        "no-mean",
        "The cost is still one number a row: take the mean of the losses.",
        (_MEAN, "return batch_losses(h, y)"),
    ),
    _batch(
        "first-row-only",
        "The cost is the loss of the first row alone: take the mean over all rows.",
        (_MEAN, "return batch_losses(h, y)[0]"),
    ),
    _batch(
        "missing-minus",
        "The minus sign before the brackets is missing, and so the losses come out negative.",
        ("return -(", "return ("),
    ),
    _batch(
        "two-minus-signs",
        "The losses have their minus sign already: cost takes their mean, without another one.",
        (_MEAN, "return -batch_losses(h, y).mean()"),
    ),
    _batch(
        "minus-on-first-term",
        "The minus sign reaches only the first term: put brackets around the sum of both.",
        (_FORMULA, "return -y * torch.log(h) + (1 - y) * torch.log(1 - h)"),
    ),
    _batch(
        "first-term-only",
        "The second term is missing, so rows with label 0 cost nothing: add (1 - y) log(1 - h).",
        (_FORMULA, "return -(y * torch.log(h))"),
    ),
    _batch(
        "log-base-10",
        "torch.log10 is the logarithm to base 10: the formula has the natural one, torch.log.",
        ("torch.log(", "torch.log10("),
    ),
    _batch(
        "flat-losses",
        "The losses lost their second dimension: keep the shape (m, 1), without squeeze.",
        (_FORMULA, _FORMULA + ".squeeze(1)"),
    ),
    _batch(
        "every-row-with-every-row",
        "Shapes (m, 1) and (m,) broadcast to an m by m table: keep h and y both at (m, 1).",
        (_FORMULA, "y = y.squeeze(1)\n    " + _FORMULA),
    ),
    _batch(
        "uses-y-train",
        "batch_losses looks at y_train instead of its argument y, so it can't serve other data.",
        (_FORMULA, _FORMULA.replace("y ", "y_train ").replace("- y)", "- y_train)")),
        (_MEAN, "return F.binary_cross_entropy(h, y)"),
    ),
    _batch(
        "wide-clamp",
        "The clamp is so wide that it changes the losses of very sure answers: log needs at most a tiny one.",
        (_FORMULA, "h = h.clamp(0.01, 0.99)\n    " + _FORMULA),
    ),
    _batch(
        "loop-over-six-rows",
        "The loop runs over six rows, whatever the number of rows: write the formula for whole tensors, or use len(h).",
        (
            _FORMULA,
            "return torch.stack([-(y[i] * torch.log(h[i]) + (1 - y[i]) * torch.log(1 - h[i])) for i in range(6)])",
        ),
        (_MEAN, "return F.binary_cross_entropy(h, y)"),
    ),
    _batch(
        "cost-as-float",
        "The cost is a plain number: without item() it stays a tensor that gradients can flow through.",
        (_MEAN, _MEAN + ".item()"),
    ),
    _batch(
        "cost-detached",
        "A new tensor made from a number knows nothing of h: return the mean itself, so that gradients can flow.",
        (_MEAN, "return torch.tensor(batch_losses(h, y).mean().item())"),
    ),
    _bce(
        "missing-return",
        "The result is computed but not given back: a function needs `return` before what it should give.",
        "cost = F.binary_cross_entropy(h, y)",
    ),
    _bce(
        "sum-for-mean",
        "reduction='sum' adds up the losses: the default is their mean.",
        "return F.binary_cross_entropy(h, y, reduction='sum')",
    ),
    _bce(
        "no-reduction",
        "reduction='none' keeps one loss a row: the default gives their mean, one number.",
        "return F.binary_cross_entropy(h, y, reduction='none')",
    ),
    _bce(
        "arguments-swapped",
        "The arguments are swapped: first the probabilities, then the labels.",
        "return F.binary_cross_entropy(y, h)",
    ),
    _bce(
        "with-logits",
        "A sigmoid is taken of h, which holds probabilities already: use the version without logits, on h as it is.",
        "return F.binary_cross_entropy_with_logits(h, y)",
    ),
    _bce(
        "squared-error",
        "mse_loss is the squared error: this exercise is about F.binary_cross_entropy.",
        "return F.mse_loss(h, y)",
    ),
    _bce(
        "cross-entropy-of-classes",
        "F.cross_entropy is for several classes, one column each; with one column it is always 0.",
        "return F.cross_entropy(h, y)",
    ),
    _bce(
        "nan-at-the-edges",
        "The formula written out gives NaN where h is 0 or 1: F.binary_cross_entropy takes care of that.",
        "return -(y * torch.log(h) + (1 - y) * torch.log(1 - h)).mean()",
    ),
    _bce(
        "minus-added",
        "F.binary_cross_entropy has the minus sign of the formula inside already.",
        "return -F.binary_cross_entropy(h, y)",
    ),
    _bce(
        "as-float",
        "The cost is a plain number: without item() it stays a tensor that gradients can flow through.",
        "return F.binary_cross_entropy(h, y).item()",
    ),
    _bce(
        "detached",
        "The cost is cut off from h, and no gradient can flow back: leave out detach, item and the like.",
        "return F.binary_cross_entropy(h, y).detach()",
    ),
)
