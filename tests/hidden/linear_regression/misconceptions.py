"""The catalogue of realistic wrong answers; see `autograder.checks`.

Many more are one small edit away from right code, and have their names from that.
"""

from autograder.checks import Misconception


def _hypothesis(id: str, sentence: str, body: str) -> Misconception:
    return Misconception("hypothesis", id, sentence, f"def hypothesis(x, W, b):\n    {body}\n")


def _cost(id: str, sentence: str, body: str) -> Misconception:
    return Misconception("cost", id, sentence, f"def cost(h, y):\n    {body}\n")


MODEL = """class LinearModel(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.linear = nn.Linear(d, 1)

    def forward(self, x):
        return self.linear(x)
"""
_TRAIN = """def train(model, x, y, lr=0.1, nb_epochs=100):
    optimizer = optim.SGD(model.parameters(), lr=lr)
    costs = []
    for epoch in range(nb_epochs):
        now = cost(model(x), y)
        costs.append(now.item())
        optimizer.zero_grad()
        now.backward()
        optimizer.step()
    return costs
"""


def _train(id: str, sentence: str, *changes: tuple[str, str]) -> Misconception:
    """The right code with some texts replaced. Raises ValueError if one of them is not there."""
    code = f"{MODEL}\n\n{_TRAIN}"
    for old, new in changes:
        if old not in code:
            raise ValueError(f"there is no {old!r} to change")
        code = code.replace(old, new)
    return Misconception("train", id, sentence, code)


MISCONCEPTIONS: tuple[Misconception, ...] = (
    _hypothesis("missing-bias", "The bias b is left out: add it to the weighted sum.", "return x.matmul(W)"),
    _hypothesis("bias-subtracted", "The bias is added to the weighted sum, not taken off.", "return x.matmul(W) - b"),
    _hypothesis(
        "bias-times-features",
        "The bias is added once, after the weighted sum, and not to each feature before it.",
        "return (x + b).matmul(W)",
    ),
    _hypothesis(
        "not-given-back",
        "The result is printed but not given back: a function needs `return` before what it should give.",
        "print(x.matmul(W) + b)",
    ),
    _hypothesis(
        "no-matrix-product",
        "`*` multiplies element by element: the weighted sum of a row is a matrix product, `x.matmul(W)`.",
        "return x * W.t() + b",
    ),
    _hypothesis(
        "mean-for-sum",
        "The mean of the products is taken: the weighted sum adds them up, as `x.matmul(W)` does.",
        "return (x * W.t()).mean(dim=1, keepdim=True) + b",
    ),
    _hypothesis(
        "two-features-only",
        "Only the first two features are used: x.matmul(W) adds up all of them, however many there are.",
        "return x[:, 0:1] * W[0] + x[:, 1:2] * W[1] + b",
    ),
    _hypothesis(
        "uses-x-train",
        "The function looks at x_train instead of its argument x, so it can't serve other data.",
        "return x_train.matmul(W) + b",
    ),
    _hypothesis(
        "flat-result",
        "The result lost its second dimension: keep the shape (m, 1), without squeeze.",
        "return (x.matmul(W) + b).squeeze(1)",
    ),
    _hypothesis(
        "changes-its-argument",
        "`x *= …` changes x itself, and whoever called has another x afterwards: `x.matmul(W)` makes a new tensor.",
        "x *= W.t()\n    return x.sum(dim=1, keepdim=True) + b",
    ),
    _hypothesis(
        "answer-of-the-example",
        "The result is the one of the example, whatever comes in: compute it from x, W and b.",
        "return torch.full((len(x), 1), 9.0)",
    ),
    _cost(
        "no-square",
        "The differences are not squared, so that too much and too little cancel out.",
        "return (h - y).mean()",
    ),
    _cost(
        "absolute",
        "This is the mean of the absolute differences: the squared error punishes large ones more.",
        "return (h - y).abs().mean()",
    ),
    _cost(
        "root",
        "The root is too much: the cost is the mean of the squares itself.",
        "return torch.sqrt(((h - y) ** 2).mean())",
    ),
    _cost("sum-for-mean", "The squares are added up: their mean is wanted.", "return ((h - y) ** 2).sum()"),
    _cost(
        "half",
        "Half of the mean is what other texts call the cost; here it is the mean itself.",
        "return ((h - y) ** 2).mean() / 2",
    ),
    _cost(
        "mean-then-square",
        "The mean is taken before the square, so that too much and too little cancel out: square first.",
        "return (h - y).mean() ** 2",
    ),
    _cost(
        "squares-apart",
        "h and y are squared each by itself: take their difference first, and square that.",
        "return (h**2 - y**2).mean()",
    ),
    _cost(
        "added",
        "h and y are added where their difference is wanted: too much and too little look alike then.",
        "return ((h + y) ** 2).mean()",
    ),
    _cost(
        "fixed-eight-rows",
        "The sum is divided by 8, which is right for the eight days alone: `.mean()` knows how many rows there are.",
        "return ((h - y) ** 2).sum() / 8",
    ),
    _cost(
        "one-for-each-row",
        "This gives one number for each row: the cost is a single one, their mean.",
        "return (h - y) ** 2",
    ),
    _cost(
        "kept-as-column",
        "The mean keeps its dimensions here: leave out `keepdim`, and the cost has the shape ().",
        "return ((h - y) ** 2).mean(dim=0, keepdim=True)",
    ),
    _cost(
        "plain-number",
        "A plain number has lost its way back to h, so nothing can be trained with it: leave out `.item()`.",
        "return ((h - y) ** 2).mean().item()",
    ),
    _cost(
        "detached",
        "`.detach()` cuts the cost off from h, so nothing can be trained with it: leave it out.",
        "return ((h.detach() - y) ** 2).mean()",
    ),
    _train(
        "no-bias",
        "The layer was told to have no bias: leave out `bias=False`, as without it a model is bound to 0.",
        ("nn.Linear(d, 1)", "nn.Linear(d, 1, bias=False)"),
    ),
    _train(
        "two-features-only",
        "The layer takes two features, however many there are: use `d`.",
        ("nn.Linear(d, 1)", "nn.Linear(2, 1)"),
    ),
    _train(
        "layer-made-anew",
        "`forward` makes a new layer each time, which is never trained: make it once, in `__init__`.",
        ("self.linear(x)", "nn.Linear(x.shape[1], 1)(x)"),
    ),
    _train(
        "sigmoid-too-many",
        "The sigmoid belongs to logistic regression: here the weighted sum itself is the answer.",
        ("return self.linear(x)", "return torch.sigmoid(self.linear(x))"),
    ),
    _train(
        "frozen-layer",
        "The layer was told that it needs no gradients, so no optimizer can train it: leave that line out.",
        ("nn.Linear(d, 1)", "nn.Linear(d, 1).requires_grad_(False)"),
    ),
    _train(
        "output-flattened",
        "The model's output lost its second dimension: with y of the shape (m, 1), h - y is (m, m) then.",
        ("return self.linear(x)", "return self.linear(x).squeeze(-1)"),
    ),
    _train(
        "trains-a-new-model",
        "`train` makes a model of its own and trains that: the one passed in is the one to train.",
        ("    optimizer = ", "    model = nn.Linear(x.shape[1], 1)\n    optimizer = "),
    ),
    _train(
        "one-epoch-too-many",
        "The loop makes one round too many: there are nb_epochs of them, 0 to nb_epochs - 1.",
        ("range(nb_epochs)", "range(nb_epochs + 1)"),
    ),
    _train(
        "never-steps",
        "The gradients are computed, but no step is taken: `optimizer.step()` is missing.",
        ("        optimizer.step()\n", ""),
    ),
    _train(
        "gradients-pile-up",
        "The gradients of all epochs add up: clear them with `optimizer.zero_grad()` before each `backward`.",
        ("        optimizer.zero_grad()\n", ""),
    ),
    _train(
        "fixed-lr",
        "The learning rate is fixed: use the `lr` that is passed in.",
        ("lr=lr)", "lr=0.1)"),
    ),
    _train(
        "uphill",
        "The steps go uphill: the optimizer already takes the gradient off, so the cost needs no minus.",
        ("now.backward()", "(-now).backward()"),
    ),
    _train(
        "momentum",
        "Momentum takes other steps than gradient descent does: leave it out.",
        ("lr=lr)", "lr=lr, momentum=0.9)"),
    ),
    _train(
        "adam",
        "Adam takes steps of another kind: plain gradient descent is `optim.SGD`.",
        ("optim.SGD", "optim.Adam"),
    ),
    _train(
        "cost-after-step",
        "The cost is noted after the step: it should be that of the model before it.",
        ("        costs.append(now.item())\n", ""),
        ("        optimizer.step()\n", "        optimizer.step()\n        costs.append(cost(model(x), y).item())\n"),
    ),
    _train(
        "costs-as-tensors",
        "The costs are noted as tensors, which keep all that they were computed from: note `.item()`.",
        ("now.item()", "now"),
    ),
    _train(
        "last-cost-only",
        "Only the last cost is given back: note each of them in a list.",
        ("return costs", "return costs[-1]"),
    ),
    _train(
        "stops-early",
        "The loop ends once the cost hardly falls: make all nb_epochs rounds.",
        (
            "        costs.append(now.item())\n",
            "        costs.append(now.item())\n"
            "        if len(costs) > 3 and costs[-2] - costs[-1] < 50:\n"
            "            break\n",
        ),
    ),
    _train(
        "one-row-at-a-time",
        "Each step here follows a single row: take the cost of all rows for one step.",
        (
            "        now = cost(model(x), y)\n",
            "        i = epoch % len(x)\n        now = cost(model(x[i : i + 1]), y[i : i + 1])\n",
        ),
    ),
    _train(
        "lr-shrinks",
        "The learning rate gets smaller from epoch to epoch: each step should have the same one.",
        ("        optimizer.step()\n", "        optimizer.step()\n        optimizer.param_groups[0]['lr'] *= 0.9\n"),
    ),
)
