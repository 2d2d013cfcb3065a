"""Wrong answers to `binary_classifier`."""

from autograder.checks import Misconception

from .changes import changed

_RIGHT = """\
class BinaryClassifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(8, 1)
        self.sigmoid = nn.Sigmoid()

    def forward(self, x):
        return self.sigmoid(self.linear(x))
"""
_LAYER = "self.linear = nn.Linear(8, 1)"
_OUTPUT = "self.sigmoid(self.linear(x))"


def _wrong(id: str, sentence: str, *changes: tuple[str, str]) -> Misconception:
    return Misconception("binary_classifier", id, sentence, changed(_RIGHT, *changes))


MISCONCEPTIONS: tuple[Misconception, ...] = (
    _wrong(
        "no-super-init",
        "super().__init__() is missing: nn.Module has to set itself up before layers can be kept in it.",
        ("        super().__init__()\n", ""),
    ),
    _wrong(
        "not-a-module",
        "The class is not an nn.Module, so it has no parameters to train: write class BinaryClassifier(nn.Module).",
        ("(nn.Module)", ""),
    ),
    _wrong(
        "no-sigmoid",
        "forward returns the weighted sum: put it through the sigmoid, so that it is a probability.",
        (_OUTPUT, "self.linear(x)"),
    ),
    _wrong(
        "two-sigmoids",
        "The sigmoid is taken twice: once is enough.",
        (_OUTPUT, f"torch.sigmoid({_OUTPUT})"),
    ),
    _wrong(
        "softmax",
        "softmax over a single output is always 1: this needs the sigmoid.",
        ("nn.Sigmoid()", "nn.Softmax(dim=1)"),
    ),
    _wrong(
        "tanh",
        "tanh runs from -1 to 1; a probability needs the sigmoid, from 0 to 1.",
        ("nn.Sigmoid()", "nn.Tanh()"),
    ),
    _wrong(
        "relu",
        "ReLU can give any positive number; a probability needs the sigmoid, from 0 to 1.",
        ("nn.Sigmoid()", "nn.ReLU()"),
    ),
    _wrong(
        "relu-before-sigmoid",
        "A ReLU before the sigmoid lets no probability fall below 0.5: leave it out.",
        (_OUTPUT, "self.sigmoid(torch.relu(self.linear(x)))"),
    ),
    _wrong(
        "no-bias",
        "The layer has no bias: leave bias=False out.",
        ("nn.Linear(8, 1)", "nn.Linear(8, 1, bias=False)"),
    ),
    _wrong(
        "two-features-only",
        "The layer takes 2 features, as in the first part: the diabetes data have 8.",
        ("nn.Linear(8, 1)", "nn.Linear(2, 1)"),
    ),
    _wrong(
        "sizes-swapped",
        "The sizes of the layer are swapped: first the number of inputs, 8, then that of outputs, 1.",
        ("nn.Linear(8, 1)", "nn.Linear(1, 8)"),
    ),
    _wrong(
        "two-outputs",
        "The layer has 2 outputs: one probability is enough, that of label 1.",
        ("nn.Linear(8, 1)", "nn.Linear(8, 2)"),
    ),
    _wrong(
        "hidden-layer",
        "There is a second layer: logistic regression has just one, from 8 features to 1 number.",
        (_LAYER, "self.linear = nn.Sequential(nn.Linear(8, 4), nn.Linear(4, 1))"),
    ),
    _wrong(
        "starts-from-zeros",
        "The weights are set to zero, so that each new model starts the same: leave the random start of nn.Linear.",
        (_LAYER, _LAYER + "\n        nn.init.zeros_(self.linear.weight)\n        nn.init.zeros_(self.linear.bias)"),
    ),
    _wrong(
        "always-one",
        "forward answers 1 for every row, whatever x is: return the sigmoid of the weighted sums.",
        (_OUTPUT, "torch.ones(len(x), 1)"),
    ),
    _wrong(
        "layer-made-in-forward",
        "The layer is made anew in each forward, with new random weights: make it once, in __init__.",
        (f"        {_LAYER}\n", ""),
        (_OUTPUT, "self.sigmoid(nn.Linear(8, 1)(x))"),
    ),
    _wrong(
        "layers-in-a-list",
        "A plain list hides its layers from nn.Module: keep the layer as self.linear, or use nn.ModuleList.",
        (_LAYER, "self.layers = [nn.Linear(8, 1)]"),
        ("self.linear(x)", "self.layers[0](x)"),
    ),
    _wrong(
        "plain-tensors",
        "Plain tensors are not registered as parameters: use nn.Linear, or wrap them in nn.Parameter.",
        (
            _LAYER,
            "self.W = torch.zeros((8, 1), requires_grad=True)\n        self.b = torch.zeros(1, requires_grad=True)",
        ),
        ("self.linear(x)", "x.matmul(self.W) + self.b"),
    ),
    _wrong(
        "frozen",
        "The parameters are frozen with requires_grad off, and could not be trained.",
        (_LAYER, _LAYER + "\n        self.linear.requires_grad_(False)"),
    ),
    _wrong(
        "detached",
        "The output is cut off from the parameters, so no gradient can flow: leave no_grad and detach out of forward.",
        (f"        return {_OUTPUT}", f"        with torch.no_grad():\n            return {_OUTPUT}"),
    ),
    _wrong(
        "predictions",
        "forward returns predictions already: it should give the probability, before comparing it with 0.5.",
        (_OUTPUT, f"({_OUTPUT} >= 0.5).float()"),
    ),
    _wrong(
        "flat-output",
        "The output lost its second dimension: keep the shape (m, 1), without squeeze.",
        (_OUTPUT, _OUTPUT + ".squeeze()"),
    ),
    _wrong(
        "no-return",
        "forward computes the probability but does not return it.",
        ("return self", "h = self"),
    ),
    _wrong(
        "forward-misspelt",
        "nn.Module looks for a method called exactly forward.",
        ("def forward", "def foward"),
    ),
)
