"""Right answers to `train` and `train_classifier`."""

from autograder.checks import Alternative


def _train(id: str, body: str) -> Alternative:
    return Alternative("train", id, "def train(x, y, lr=1.0, nb_epochs=1000):\n" + body)


def _classifier(id: str, body: str) -> Alternative:
    head = "def train_classifier(model, x, y, lr=1.0, nb_epochs=100):\n"
    return Alternative("train_classifier", id, head + body)


ALTERNATIVES: tuple[Alternative, ...] = (
    _train(
        "steps-by-hand",
        """\
    W = torch.zeros(x.size(1), 1, requires_grad=True)
    b = torch.zeros(1, requires_grad=True)
    costs = []
    for _ in range(nb_epochs + 1):
        loss = cost(hypothesis(x, W, b), y)
        costs.append(float(loss))
        loss.backward()
        with torch.no_grad():
            W -= lr * W.grad
            b -= lr * b.grad
        W.grad = None
        b.grad.zero_()
    return W, b, costs
""",
    ),
    _train(
        "gradient-by-formula",
        """\
    m, d = x.shape
    W, b = torch.zeros(d, 1), torch.zeros(1)
    costs = []
    epoch = 0
    while epoch <= nb_epochs:
        h = hypothesis(x, W, b)
        costs.append(bce_cost(h, y).item())
        W = W - lr * x.T @ (h - y) / m
        b = b - lr * (h - y).mean()
        epoch += 1
    return W, b, costs
""",
    ),
    _train(
        "autograd-grad",
        """\
    W = torch.zeros((x.shape[1], 1), requires_grad=True)
    b = torch.zeros((1,), requires_grad=True)
    costs = []
    for epoch in range(0, nb_epochs + 1):
        now = F.binary_cross_entropy(torch.sigmoid(x @ W + b), y)
        costs += [now.item()]
        dW, db = torch.autograd.grad(now, [W, b])
        W = (W - lr * dW).detach().requires_grad_()
        b = (b - lr * db).detach().requires_grad_()
    return W.detach(), b.detach(), costs
""",
    ),
    _train(
        "zero-grad-last",
        """\
    W = torch.zeros((x.shape[1], 1))
    b = torch.zeros(1)
    W.requires_grad = True
    b.requires_grad = True
    sgd = torch.optim.SGD(params=[W, b], lr=lr)
    criterion = nn.BCELoss()
    history = []
    for epoch in range(nb_epochs + 1):
        loss = criterion(hypothesis_exp(x, W, b), y)
        loss.backward()
        sgd.step()
        sgd.zero_grad()
        history.append(loss.detach().item())
        if epoch % 50 == 0:
            print(f"Epoch {epoch:4d}/{nb_epochs} Cost: {loss.item():.6f}")
    return (W, b, history)
""",
    ),
    _train(
        "with-logits",
        """\
    W = nn.Parameter(torch.zeros(x.shape[1], 1))
    b = nn.Parameter(torch.zeros(1))
    optimizer = optim.SGD((W, b), lr, momentum=0)
    costs = []
    for epoch in range(nb_epochs + 1):
        optimizer.zero_grad(set_to_none=False)
        loss = F.binary_cross_entropy_with_logits(x @ W + b, y)
        loss.backward()
        costs.append(loss.item())
        optimizer.step()
    return W.data, b.data, costs
""",
    ),
    _train(
        "linear-layer",
        """\
    layer = nn.Linear(x.shape[1], 1)
    nn.init.zeros_(layer.weight)
    nn.init.zeros_(layer.bias)
    optimizer = optim.SGD(layer.parameters(), lr=lr)
    costs = torch.zeros(nb_epochs + 1)
    for epoch in range(nb_epochs + 1):
        optimizer.zero_grad()
        loss = bce_cost(torch.sigmoid(layer(x)), y)
        loss.backward()
        optimizer.step()
        costs[epoch] = loss.item()
    return layer.weight.T, layer.bias, costs.tolist()
""",
    ),
    Alternative(
        "train",
        "one-function-a-step",
        """\
def forward(x, y, W, b):
    return batch_losses(hypothesis(x, W, b), y).mean()


def update(parameter, lr):
    parameter.data = parameter.data - lr * parameter.grad.data
    parameter.grad = None


def train(x: torch.Tensor, y: torch.Tensor, lr: float = 1.0, nb_epochs: int = 1000):
    W, b = torch.zeros(x.shape[1], 1, requires_grad=True), torch.zeros(1, requires_grad=True)
    costs = [0.0] * (nb_epochs + 1)
    for epoch in range(nb_epochs + 1):
        loss = forward(x, y, W, b)
        costs[epoch] = loss.item()
        loss.backward()
        update(W, lr)
        update(b, lr)
    return [W, b, tuple(costs)]
""",
    ),
    _train(
        "closure",
        """\
    W = torch.zeros_like(x[:1].T).requires_grad_()
    b = torch.zeros(1).requires_grad_()
    optimizer = optim.SGD([{"params": [W]}, {"params": [b]}], lr=lr)

    def closure():
        optimizer.zero_grad()
        loss = bce_cost(hypothesis(x, W, b), y)
        loss.backward()
        return loss

    costs = [optimizer.step(closure).item() for _ in range(nb_epochs + 1)]
    return W, b, costs
""",
    ),
    _classifier(
        "by-hand",
        """\
    costs = []
    accuracies = []
    for epoch in range(nb_epochs + 1):
        h = model(x)
        loss = cost(h, y)
        costs.append(loss.item())
        accuracies.append(accuracy(predict(h), y))
        model.zero_grad()
        loss.backward()
        with torch.no_grad():
            for parameter in model.parameters():
                parameter -= lr * parameter.grad
    return costs, accuracies
""",
    ),
    _classifier(
        "forward-called",
        """\
    model.train()
    optimizer = torch.optim.SGD(params=list(model.parameters()), lr=lr)
    criterion = nn.BCELoss()
    result = [], []
    for _ in range(nb_epochs + 1):
        optimizer.zero_grad()
        out = model.forward(x)
        loss = criterion(out, y)
        loss.backward()
        result[0].append(float(loss))
        result[1].append(float((out.round() == y).float().mean()))
        optimizer.step()
    return result
""",
    ),
    _classifier(
        "evaluated-apart",
        """\
    optimizer = optim.SGD(model.parameters(), lr=lr)
    costs, accuracies = [], []
    epoch = 0
    while True:
        model.eval()
        with torch.no_grad():
            h = model(x)
            costs.append(F.binary_cross_entropy(h, y).item())
            accuracies.append(((h >= 0.5) == y.bool()).sum().item() / y.numel())
        model.train()
        optimizer.zero_grad()
        F.binary_cross_entropy(model(x), y).backward()
        optimizer.step()
        if epoch == nb_epochs:
            return costs, accuracies
        epoch += 1
""",
    ),
    _classifier(
        "numpy-accuracy",
        """\
    import numpy as np

    optimizer = optim.SGD(model.parameters(), lr=lr)
    costs, accuracies = [], []
    for epoch in range(nb_epochs + 1):
        h = model(x)
        loss = F.binary_cross_entropy(h, y)
        guess = h.detach().numpy() >= 0.5
        accuracies.append(float(np.mean(guess == (y.numpy() == 1))))
        costs.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if epoch % 10 == 0:
            print('Epoch {:4d}/{} Cost: {:.6f} Accuracy {:.2f}%'.format(
                epoch, nb_epochs, costs[-1], 100 * accuracies[-1]))
    return costs, accuracies
""",
    ),
    _classifier(
        "rows-of-pairs",
        """\
    optimizer = optim.SGD(model.parameters(), lr=lr)
    history = []
    for epoch in range(1, nb_epochs + 2):
        h = model(x)
        loss = bce_cost(h, y)
        history.append((loss.item(), accuracy(predict(h), y)))
        gradients = torch.autograd.grad(loss, list(model.parameters()))
        for parameter, gradient in zip(model.parameters(), gradients):
            parameter.grad = gradient
        optimizer.step()
    costs, accuracies = zip(*history)
    return list(costs), list(accuracies)
""",
    ),
)
