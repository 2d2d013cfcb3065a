"""Right answers in other styles, each of which must get full marks; see `autograder.checks`."""

from autograder.checks import Alternative

from .misconceptions import MODEL


def _hypothesis(id: str, body: str) -> Alternative:
    return Alternative("hypothesis", id, f"def hypothesis(x, W, b):\n    {body}\n")


def _cost(id: str, body: str) -> Alternative:
    return Alternative("cost", id, f"def cost(h, y):\n    {body}\n")


_TRAIN = """def train(model, x, y, lr=0.1, nb_epochs=100):
    optimizer = optim.SGD(model.parameters(), lr=lr)
    costs = []
    for _ in range(nb_epochs):
        optimizer.zero_grad()
        now = F.mse_loss(model(x), y)
        now.backward()
        optimizer.step()
        costs.append(float(now.detach()))
    return costs
"""


def _train(id: str, model: str = MODEL, train: str = _TRAIN) -> Alternative:
    return Alternative("train", id, f"{model}\n\n{train}")


ALTERNATIVES: tuple[Alternative, ...] = (
    _hypothesis("at-sign", "return x @ W + b"),
    _hypothesis("mm-and-add", "return torch.add(torch.mm(x, W), b)"),
    _hypothesis("sum-of-products", "return (x * W.t()).sum(dim=1, keepdim=True) + b"),
    _hypothesis("as-a-layer", "return F.linear(x, W.t(), b)"),
    _hypothesis("row-by-row", "return torch.stack([row @ W + b for row in x])"),
    _cost("ready-made", "return F.mse_loss(h, y)"),
    _cost("row-by-row", "return torch.stack([(a - b) ** 2 for a, b in zip(h, y)]).mean()"),
    _cost("other-way-round", "off = y - h\n    return torch.mean(off * off)"),
    _cost("power-of-two", "return torch.mean((h - y).pow(2.0))"),
    _cost("as-a-module", "return nn.MSELoss()(h, y)"),
    _cost("scalar-product", "off = (h - y).flatten()\n    return off.dot(off) / off.numel()"),
    _train("mse-loss-and-order"),
    _train(
        "own-parameters",
        """class LinearModel(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.W = nn.Parameter(torch.randn(d, 1))
        self.b = nn.Parameter(torch.zeros(1))

    def forward(self, x):
        return hypothesis(x, self.W, self.b)
""",
    ),
    _train(
        "sequential",
        """class LinearModel(nn.Module):
    def __init__(self, d):
        super(LinearModel, self).__init__()
        self.layers = nn.Sequential(nn.Linear(in_features=d, out_features=1))

    def forward(self, x):
        return self.layers(x)
""",
    ),
    _train(
        "a-linear-layer-itself",
        """class LinearModel(nn.Linear):
    def __init__(self, d):
        super().__init__(d, 1)
""",
    ),
    _train(
        "steps-by-hand",
        train="""def train(model, x, y, lr=0.1, nb_epochs=100):
    costs, epoch = [], 0
    while epoch < nb_epochs:
        model.zero_grad()
        now = cost(model(x), y)
        now.backward()
        with torch.no_grad():
            for parameter in model.parameters():
                parameter -= lr * parameter.grad
        costs += [now.item()]
        epoch += 1
    return costs
""",
    ),
    _train(
        "gradients-by-autograd",
        train="""def train(model, x, y, lr=0.1, nb_epochs=100):
    def one_epoch():
        now = cost(model(x), y)
        gradients = torch.autograd.grad(now, list(model.parameters()))
        for parameter, its_own in zip(model.parameters(), gradients):
            parameter.data = parameter.data - lr * its_own
        return now.item()

    return [one_epoch() for epoch in range(nb_epochs)]
""",
    ),
)
