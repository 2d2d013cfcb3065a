"""Right answers to `accuracy` and `binary_classifier`."""

from autograder.checks import Alternative


def _accuracy(id: str, predict: str, accuracy: str) -> Alternative:
    code = f"def predict(h):\n    {predict}\n\n\ndef accuracy(prediction, y):\n    {accuracy}\n"
    return Alternative("accuracy", id, code)


def _class(id: str, init: str, forward: str) -> Alternative:
    code = (
        "class BinaryClassifier(nn.Module):\n"
        "    def __init__(self):\n"
        "        super().__init__()\n"
        f"        {init}\n\n"
        "    def forward(self, x):\n"
        f"        {forward}\n"
    )
    return Alternative("binary_classifier", id, code)


ALTERNATIVES: tuple[Alternative, ...] = (
    _accuracy("booleans", "return h >= 0.5", "return (prediction == y).float().mean().item()"),
    _accuracy("whole-numbers", "return (h >= 0.5).long()", "return float((prediction == y.long()).sum()) / y.shape[0]"),
    _accuracy(
        "where",
        "return torch.where(h < 0.5, 0.0, 1.0)",
        "wrong = (prediction != y).sum().item()\n    return 1 - wrong / len(y)",
    ),
    _accuracy(
        "lecture",
        "return h >= torch.FloatTensor([0.5])",
        "correct_prediction = prediction.float() == y\n"
        "    return correct_prediction.sum().item() / len(correct_prediction)",
    ),
    _accuracy(
        "row-by-row",
        "return torch.tensor([[1.0] if p.item() >= 0.5 else [0.0] for p in h])",
        "right = 0\n    for p, l in zip(prediction, y):\n        right += int(p == l)\n    return right / len(y)",
    ),
    _accuracy(
        "numpy",
        "import numpy as np\n    return torch.from_numpy((h.detach().numpy() >= 0.5).astype(np.float32))",
        "import numpy as np\n    return float(np.mean(prediction.numpy() == y.numpy()))",
    ),
    _accuracy("greater-equal", "return torch.ge(h, 0.5).int()", "return prediction.eq(y).double().mean().item()"),
    _accuracy("floor", "return torch.floor(h + 0.5)", "return 1.0 - (prediction - y).abs().mean().item()"),
    Alternative(
        "accuracy",
        "lambdas",
        "predict = lambda h: (h > 0.5).float() + (h == 0.5).float()\n"
        "accuracy = lambda prediction, y: sum((prediction == y).flatten().tolist()) / y.numel()\n",
    ),
    _class("functional-sigmoid", "self.fc = nn.Linear(8, 1)", "return F.sigmoid(self.fc(x))"),
    _class(
        "torch-sigmoid",
        "self.layer = nn.Linear(in_features=8, out_features=1, bias=True)",
        "return torch.sigmoid(self.layer(x))",
    ),
    _class("sequential", "self.model = nn.Sequential(nn.Linear(8, 1), nn.Sigmoid())", "return self.model(x)"),
    _class(
        "own-parameters",
        "self.W = nn.Parameter(torch.randn(8, 1))\n        self.b = nn.Parameter(torch.zeros(1))",
        "return hypothesis(x, self.W, self.b)",
    ),
    _class(
        "random-parameters",
        "self.weight = nn.Parameter(torch.randn(8))\n        self.bias = nn.Parameter(torch.tensor(0.1))",
        "z = (x * self.weight).sum(dim=1) + self.bias\n        return torch.sigmoid(z).unsqueeze(1)",
    ),
    _class(
        "with-a-buffer",
        "self.linear = nn.Linear(8, 1)\n        self.register_buffer('calls', torch.zeros(()))",
        "self.calls += 1\n        return torch.sigmoid(self.linear(x))",
    ),
    _class(
        "module-list",
        "self.layers = nn.ModuleList([nn.Linear(8, 1), nn.Sigmoid()])",
        "for layer in self.layers:\n            x = layer(x)\n        return x",
    ),
    Alternative(
        "binary_classifier",
        "old-super-with-sizes",
        """\
class BinaryClassifier(torch.nn.Module):
    def __init__(self, inputs=8, outputs=1):
        super(BinaryClassifier, self).__init__()
        self.linear = torch.nn.Linear(inputs, outputs)
        self.activation = torch.sigmoid

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        z = self.linear(features)
        print("z:", z.shape)
        return self.activation(z)
""",
    ),
    Alternative(
        "binary_classifier",
        "subclass-of-sequential",
        """\
class BinaryClassifier(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Linear(8, 1), nn.Sigmoid())
""",
    ),
)
