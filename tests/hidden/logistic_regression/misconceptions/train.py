"""Wrong answers to `train`."""

from autograder.checks import Misconception

from .changes import changed

_TRAIN = """\
def train(x, y, lr=1.0, nb_epochs=1000):
    W = torch.zeros((x.shape[1], 1), requires_grad=True)
    b = torch.zeros(1, requires_grad=True)
    optimizer = optim.SGD([W, b], lr=lr)
    costs = []
    for epoch in range(nb_epochs + 1):
        h = torch.sigmoid(x.matmul(W) + b)
        cost = F.binary_cross_entropy(h, y)
        costs.append(cost.item())
        optimizer.zero_grad()
        cost.backward()
        optimizer.step()
    return W, b, costs
"""
_ZERO = "        optimizer.zero_grad()\n"
_BACKWARD = "        cost.backward()\n"
_STEP = "        optimizer.step()\n"
_NOTE = "        costs.append(cost.item())\n"
_START = "    W = torch.zeros((x.shape[1], 1), requires_grad=True)\n    b = torch.zeros(1, requires_grad=True)\n"

_BY_HAND = changed(
    _TRAIN,
    ("    optimizer = optim.SGD([W, b], lr=lr)\n", ""),
    (_ZERO, ""),
    (
        _STEP,
        "        with torch.no_grad():\n"
        "            W -= lr * W.grad\n"
        "            b -= lr * b.grad\n"
        "        W.grad.zero_()\n"
        "        b.grad.zero_()\n",
    ),
)


def _wrong(id: str, sentence: str, *changes: tuple[str, str], code: str = _TRAIN) -> Misconception:
    return Misconception("train", id, sentence, changed(code, *changes))


MISCONCEPTIONS: tuple[Misconception, ...] = (
    _wrong(
        "missing-return",
        "The result is computed but not given back: a function needs `return` before what it should give.",
        ("    return W, b, costs\n", ""),
    ),
    _wrong(
        "gradients-not-cleared",
        "Gradients of earlier epochs add up: call optimizer.zero_grad() in each epoch, before backward.",
        (_ZERO, ""),
    ),
    _wrong(
        "bias-gradient-not-cleared",
        "The gradient of W is cleared, but that of b adds up from epoch to epoch: clear both.",
        ("        b.grad.zero_()\n", ""),
        code=_BY_HAND,
    ),
    _wrong(
        "never-moves",
        "W and b never change: each epoch needs backward and then step, and nothing that clears gradients between.",
        (_STEP, ""),
    ),
    _wrong(
        "step-before-backward",
        "The step comes before backward and so takes the gradient of the epoch before: first backward, then step.",
        (_ZERO + _BACKWARD + _STEP, _STEP + _ZERO + _BACKWARD),
    ),
    _wrong(
        "one-epoch-short",
        "The loop runs nb_epochs times: the epochs are 0 to nb_epochs, so it takes range(nb_epochs + 1).",
        ("range(nb_epochs + 1)", "range(nb_epochs)"),
    ),
    _wrong(
        "one-epoch-too-many",
        "The loop runs once too often: the epochs are 0 to nb_epochs, so it takes range(nb_epochs + 1).",
        ("range(nb_epochs + 1)", "range(nb_epochs + 2)"),
    ),
    _wrong(
        "last-update-missing",
        "W and b are as they were before the last update: each epoch has an update, the last one too.",
        (_ZERO, "        if epoch == nb_epochs:\n            break\n" + _ZERO),
    ),
    _wrong(
        "cost-after-update",
        "The cost is computed again after the update: note the one from before the step.",
        (_NOTE, ""),
        (_STEP, _STEP + "        costs.append(F.binary_cross_entropy(torch.sigmoid(x.matmul(W) + b), y).item())\n"),
    ),
    _wrong(
        "costs-only-sometimes",
        "Only every tenth cost is noted: append one in each epoch, and choose when you print.",
        (_NOTE, "        if epoch % 10 == 0:\n            costs.append(cost.item())\n"),
    ),
    _wrong(
        "best-cost-so-far",
        "The smallest cost so far is noted: note the cost of each epoch, even where it is higher than the one before.",
        (_NOTE, "        costs.append(min([cost.item(), *costs]))\n"),
    ),
    _wrong(
        "costs-as-arrays",
        "The costs are noted as NumPy arrays: .item() makes plain numbers of them.",
        ("cost.item()", "cost.detach().numpy()"),
    ),
    _wrong(
        "costs-as-tensors",
        "The costs are noted as tensors: .item() makes plain numbers of them, and lets go of the graph.",
        ("cost.item()", "cost"),
    ),
    _wrong(
        "lr-ignored",
        "The learning rate is a fixed 1, whatever lr says: hand lr on to the optimizer.",
        ("lr=lr", "lr=1"),
    ),
    _wrong(
        "epochs-ignored",
        "The number of epochs is fixed: use the argument nb_epochs.",
        ("range(nb_epochs + 1)", "range(100 + 1)"),
    ),
    _wrong(
        "default-lr-changed",
        "The default learning rate is no longer 1.0: keep the first line of the function as it was given.",
        ("lr=1.0", "lr=0.01"),
    ),
    _wrong(
        "stops-early",
        "The loop stops when the cost is small: run all nb_epochs + 1 epochs.",
        (_NOTE, _NOTE + "        if cost < 0.3:\n            break\n"),
        ("    return W, b, costs", "    costs += [costs[-1]] * (nb_epochs + 1 - len(costs))\n    return W, b, costs"),
    ),
    _wrong(
        "random-start",
        "W and b start with random numbers: start with torch.zeros, so that the first cost is log 2.",
        ("torch.zeros((x.shape[1], 1)", "torch.randn((x.shape[1], 1)"),
        ("torch.zeros(1", "torch.randn(1"),
    ),
    _wrong(
        "starts-with-ones",
        "W and b start with ones: start with torch.zeros, so that the first cost is log 2.",
        ("torch.zeros(", "torch.ones("),
    ),
    _wrong(
        "bias-starts-with-one",
        "b starts with 1: start both W and b with torch.zeros, so that the first cost is log 2.",
        ("b = torch.zeros(1", "b = torch.ones(1"),
    ),
    _wrong(
        "start-inside-the-loop",
        "W and b are set back to zeros in each epoch: make them, and the optimizer, once before the loop.",
        (_START + "    optimizer = optim.SGD([W, b], lr=lr)\n    costs = []\n", "    costs = []\n"),
        (
            "        h = ",
            "        W = torch.zeros((x.shape[1], 1), requires_grad=True)\n"
            "        b = torch.zeros(1, requires_grad=True)\n"
            "        optimizer = optim.SGD([W, b], lr=lr)\n"
            "        h = ",
        ),
    ),
    _wrong(
        "no-requires-grad",
        "W and b don't ask for gradients: make them with requires_grad=True.",
        (", requires_grad=True", ""),
    ),
    _wrong(
        "bias-not-trained",
        "The optimizer knows only W, so b stays 0: give it both, [W, b].",
        ("[W, b], lr", "[W], lr"),
    ),
    _wrong(
        "adam",
        "Adam takes other steps: this exercise is about plain gradient descent, optim.SGD.",
        ("optim.SGD", "optim.Adam"),
    ),
    _wrong(
        "momentum",
        "Momentum mixes in the earlier steps: plain gradient descent has none.",
        ("lr=lr", "lr=lr, momentum=0.9"),
    ),
    _wrong(
        "lr-shrinks",
        "The learning rate gets smaller from epoch to epoch: it should stay at lr.",
        (_STEP, _STEP + "        optimizer.param_groups[0]['lr'] *= 0.95\n"),
    ),
    _wrong(
        "uphill",
        "The gradient is added, which goes uphill: subtract lr times the gradient.",
        ("W -=", "W +="),
        ("b -=", "b +="),
        code=_BY_HAND,
    ),
    _wrong(
        "sum-for-mean",
        "The cost adds up the losses, and so the steps are too long: take the mean, which is the default.",
        ("(h, y)", "(h, y, reduction='sum')"),
    ),
    _wrong(
        "squared-error",
        "The cost is the squared error: use the binary cross entropy, as before.",
        ("F.binary_cross_entropy", "F.mse_loss"),
    ),
    _wrong(
        "one-row-at-a-time",
        "There is an update after each row: compute the cost of all rows, and then make one update.",
        (
            _ZERO + _BACKWARD + _STEP,
            "        for i in range(len(x)):\n"
            "            optimizer.zero_grad()\n"
            "            F.binary_cross_entropy(torch.sigmoid(x[i].matmul(W) + b), y[i]).backward()\n"
            "            optimizer.step()\n",
        ),
    ),
    _wrong(
        "trains-on-x-train",
        "The function trains on x_train and y_train, whatever x and y are: use the arguments.",
        ("x.matmul(W)", "x_train.matmul(W)"),
        ("(h, y)", "(h, y_train)"),
        ("x.shape[1]", "x_train.shape[1]"),
    ),
    _wrong(
        "two-features-only",
        "W has two rows, whatever x is like: it needs one for each feature, x.shape[1].",
        ("x.shape[1]", "2"),
    ),
    _wrong(
        "only-costs-returned",
        "Only the costs are returned: return all three, W, b and costs.",
        ("return W, b, costs", "return costs"),
    ),
    _wrong(
        "costs-not-returned",
        "The costs are not returned: return all three, W, b and costs.",
        ("return W, b, costs", "return W, b"),
    ),
    _wrong(
        "returned-in-another-order",
        "The values are returned in another order: it should be W, b, costs.",
        ("return W, b, costs", "return costs, W, b"),
    ),
)
