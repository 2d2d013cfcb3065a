"""Wrong answers to `hypothesis_exp` and `hypothesis`."""

from autograder.checks import Misconception


def _exp(id: str, sentence: str, body: str) -> Misconception:
    return Misconception("hypothesis_exp", id, sentence, f"def hypothesis_exp(x, W, b):\n    {body}\n")


def _sigmoid(id: str, sentence: str, body: str) -> Misconception:
    return Misconception("hypothesis", id, sentence, f"def hypothesis(x, W, b):\n    {body}\n")


MISCONCEPTIONS: tuple[Misconception, ...] = (
    _exp(
        "missing-return",
        "The result is computed but not given back: a function needs `return` before what it should give.",
        "h = 1 / (1 + torch.exp(-(x.matmul(W) + b)))",
    ),
    _sigmoid(
        "missing-return",
        "The result is computed but not given back: a function needs `return` before what it should give.",
        "h = torch.sigmoid(x.matmul(W) + b)",
    ),
    _exp(
        "missing-minus",
        "The exponent has lost its minus sign: it is e to the power of minus the weighted sum.",
        "return 1 / (1 + torch.exp(x.matmul(W) + b))",
    ),
    _exp(
        "missing-bias",
        "The bias b is left out: add it to the weighted sum before taking exp.",
        "return 1 / (1 + torch.exp(-x.matmul(W)))",
    ),
    _exp(
        "minus-misses-bias",
        "The minus sign reaches only the product and not the bias: put brackets around the whole sum.",
        "return 1 / (1 + torch.exp(-x.matmul(W) + b))",
    ),
    _exp(
        "minus-on-bias-alone",
        "The minus sign reaches only the bias and not the product: put brackets around the whole sum.",
        "return 1 / (1 + torch.exp(x.matmul(W) - b))",
    ),
    _exp(
        "bias-outside-exp",
        "The bias is added after exp: it belongs to the weighted sum, inside.",
        "return 1 / (1 + torch.exp(-x.matmul(W)) + b)",
    ),
    _exp(
        "missing-brackets",
        "Division comes before addition, so this computes 1 / 1 plus the rest: put brackets around the denominator.",
        "return 1 / 1 + torch.exp(-(x.matmul(W) + b))",
    ),
    _exp(
        "no-one-in-denominator",
        "The 1 + in the denominator is missing, so the result can grow beyond 1.",
        "return 1 / torch.exp(-(x.matmul(W) + b))",
    ),
    _exp(
        "minus-in-denominator",
        "The denominator is 1 plus the exponential, not 1 minus it.",
        "return 1 / (1 - torch.exp(-(x.matmul(W) + b)))",
    ),
    _exp(
        "exponential-only",
        "This is only the exponential of the formula: the probability is 1 / (1 + the exponential).",
        "return torch.exp(-(x.matmul(W) + b))",
    ),
    _exp(
        "power-of-two",
        "The base is 2 here, but the formula has e: that is what torch.exp is for.",
        "return 1 / (1 + 2 ** (-(x.matmul(W) + b)))",
    ),
    _exp(
        "factors-swapped",
        "The factors of the matrix product are swapped: rows of x times the columns of W is x.matmul(W).",
        "return 1 / (1 + torch.exp(-(W.matmul(x) + b)))",
    ),
    _exp(
        "flat-result",
        "The result lost its second dimension: keep the shape (m, 1), without squeeze.",
        "return (1 / (1 + torch.exp(-(x.matmul(W) + b)))).squeeze()",
    ),
    _exp(
        "detached",
        "The result is cut off from W and b, so no gradient flows back: leave out detach, no_grad, .data, item "
        "and numpy.",
        "z = (x.matmul(W) + b).detach()\n    return 1 / (1 + torch.exp(-z))",
    ),
    _exp(
        "numpy-result",
        "NumPy does not know about gradients: with torch.exp the result stays a tensor that can be trained.",
        "import numpy as np\n    z = (x.matmul(W) + b).detach().numpy()\n    return 1 / (1 + np.exp(-z))",
    ),
    _exp(
        "two-features-only",
        "Only the first two features are used: x.matmul(W) adds up all of them, however many there are.",
        "z = x[:, 0:1] * W[0] + x[:, 1:2] * W[1] + b\n    return 1 / (1 + torch.exp(-z))",
    ),
    _exp(
        "uses-x-train",
        "The function looks at x_train instead of its argument x, so it can't serve other data.",
        "return 1 / (1 + torch.exp(-(x_train.matmul(W) + b)))",
    ),
    _exp(
        "own-weights",
        "The result is 0.5 whatever W and b are: use the ones that are passed in.",
        "W = torch.zeros((x.shape[1], 1), requires_grad=True)\n"
        "    b = torch.zeros(1, requires_grad=True)\n"
        "    return 1 / (1 + torch.exp(-(x.matmul(W) + b)))",
    ),
    _exp(
        "hard-coded-halves",
        "The result is 0.5 for six rows, whatever comes in: compute it from x, W and b.",
        "return torch.full((6, 1), 0.5)",
    ),
    _sigmoid(
        "no-sigmoid",
        "The weighted sum is returned as it is: torch.sigmoid makes a probability of it.",
        "return x.matmul(W) + b",
    ),
    _sigmoid(
        "missing-bias",
        "The bias b is left out: add it to the weighted sum before the sigmoid.",
        "return torch.sigmoid(x.matmul(W))",
    ),
    _sigmoid(
        "extra-minus",
        "torch.sigmoid has the minus sign of the formula inside already: give it the sum itself.",
        "return torch.sigmoid(-(x.matmul(W) + b))",
    ),
    _sigmoid(
        "bias-subtracted",
        "The bias is subtracted, but the weighted sum is x times W plus b.",
        "return torch.sigmoid(x.matmul(W) - b)",
    ),
    _sigmoid(
        "bias-after-sigmoid",
        "The bias is added to the probability: it belongs inside the sigmoid, to the sum.",
        "return torch.sigmoid(x.matmul(W)) + b",
    ),
    _sigmoid(
        "sigmoid-too-early",
        "The sigmoid is applied to the features: first the weighted sum, then the sigmoid of it.",
        "return torch.sigmoid(x).matmul(W) + b",
    ),
    _sigmoid(
        "product-subtracted",
        "The product of x and W is subtracted, but the weighted sum is x times W plus b.",
        "return torch.sigmoid(b - x.matmul(W))",
    ),
    _sigmoid(
        "two-features-only",
        "Only the first two features are used: x.matmul(W) adds up all of them, however many there are.",
        "return torch.sigmoid(x[:, 0:1] * W[0] + x[:, 1:2] * W[1] + b)",
    ),
    _sigmoid(
        "two-sigmoids",
        "The sigmoid is taken twice: once is enough.",
        "z = torch.sigmoid(x.matmul(W) + b)\n    return torch.sigmoid(z)",
    ),
    _sigmoid(
        "fraction-of-sigmoid",
        "torch.sigmoid is the whole fraction 1 / (1 + e^-z), not only its exponential.",
        "return 1 / (1 + torch.sigmoid(-(x.matmul(W) + b)))",
    ),
    _sigmoid(
        "softmax",
        "softmax shares a probability among several outputs; with one output it is always 1, and sigmoid is needed.",
        "return torch.softmax(x.matmul(W) + b, dim=1)",
    ),
    _sigmoid(
        "tanh",
        "tanh runs from -1 to 1; a probability needs the sigmoid, from 0 to 1.",
        "return torch.tanh(x.matmul(W) + b)",
    ),
    _sigmoid(
        "log-sigmoid",
        "This is the logarithm of the probability: take torch.sigmoid, without the log.",
        "return F.logsigmoid(x.matmul(W) + b)",
    ),
    _sigmoid(
        "predictions",
        "These are predictions already: the hypothesis is the probability, before comparing it with 0.5.",
        "return (torch.sigmoid(x.matmul(W) + b) >= 0.5).float()",
    ),
    _sigmoid(
        "flat-result",
        "The result lost its second dimension: keep the shape (m, 1), without flatten.",
        "return torch.sigmoid(x.matmul(W) + b).flatten()",
    ),
    _sigmoid(
        "detached",
        "The result is cut off from W and b, which could not be trained: leave out no_grad, detach, .data and the "
        "like.",
        "with torch.no_grad():\n        return torch.sigmoid(x.matmul(W) + b)",
    ),
    _sigmoid(
        "uses-x-train",
        "The function looks at x_train instead of its argument x, so it can't serve other data.",
        "return torch.sigmoid(x_train.matmul(W) + b)",
    ),
)
