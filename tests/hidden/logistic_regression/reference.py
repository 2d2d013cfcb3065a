"""What the checks compare with: the lecture's data and numbers, the formulas, and fresh data no student has seen.

The formulas are written from the lecture's slides ("Logistic Regression", deeplearningzerotoall/PyTorch) in float64
and without autograd, so they share neither code nor rounding with a solution. The global random generators are left
as they are.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import torch
from torch import Tensor

from autograder.checks import Data, done_once, fresh_features, fresh_labels

_DIABETES_CSV = Path(__file__).parents[3] / "source" / "logistic_regression" / "diabetes.csv"

# The numbers that the lecture prints, epoch by epoch.
SIX_STUDENTS_COSTS = {0: 0.693147, 100: 0.134722}  # of its 1,000-epoch run, lr 1
CLASSIFIER_COSTS = {  # of its last table: epochs 0 to 100 on the diabetes data, lr 1, seed 1
    0: 0.704829,
    10: 0.572391,
    20: 0.539563,
    30: 0.520042,
    40: 0.507561,
    50: 0.499125,
    60: 0.493177,
    70: 0.488846,
    80: 0.485612,
    90: 0.483146,
    100: 0.481234,  # the lecture's table is cut off before this row; it follows from the run
}


@dataclass(frozen=True)
class Trained:
    """What gradient descent leaves behind.

    Attributes:
        W: (d, 1) float64, weights after the last update.
        b: (1,) float64, bias after the last update.
        costs: the cost before each update.
        accuracies: the fraction of right predictions before each update.
    """

    W: Tensor
    b: Tensor
    costs: list[float]
    accuracies: list[float]


def six_students() -> Data:
    """The lecture's first data: hours of lecture and of lab, and whether the student passed."""
    x = torch.tensor([[1.0, 2.0], [2.0, 3.0], [3.0, 1.0], [4.0, 3.0], [5.0, 3.0], [6.0, 2.0]])
    return Data(x, torch.tensor([[0.0], [0.0], [0.0], [1.0], [1.0], [1.0]]))


def easy() -> Data:
    """Two rows that are easy to tell apart: with lr 1 the cost is 4e-6 after one update, with no probability 0 or 1."""
    return Data(torch.tensor([[-5.0, 0.0], [5.0, 0.0]]), torch.tensor([[0.0], [1.0]]))


def diabetes() -> Data:
    """The 759 rows of 8 features of `diabetes.csv`, as students have them in x_diabetes and y_diabetes."""
    rows = _diabetes_rows()
    return Data(rows[:, :-1].clone(), rows[:, -1:].clone())


@lru_cache(maxsize=1)
def _diabetes_rows() -> Tensor:
    with _DIABETES_CSV.open(newline="") as file:
        _, *rows = csv.reader(file)
    return torch.tensor([[float(value) for value in row] for row in rows])


def fresh(seed: int, m: int, d: int, scale: float = 1.0) -> Data:
    """Normally distributed features of standard deviation `scale`; half of the labels are 1, in a mixed order."""
    generator = torch.Generator().manual_seed(seed)
    return Data(fresh_features(generator, m, d, scale), fresh_labels(generator, m))


def hypothesis(x: Tensor, W: Tensor, b: Tensor) -> Tensor:
    """H(X) = 1 / (1 + exp(-(XW + b))), (m, 1) float64; slide "Reminder: Logistic Regression"."""
    return 1 / (1 + torch.exp(-(x.detach().double() @ W.detach().double() + b.detach().double())))


def losses(h: Tensor, y: Tensor) -> Tensor:
    """-(y log h + (1 - y) log(1 - h)) of each element, float64; slide "Computing the Cost Function"."""
    h, y = h.detach().double(), y.double()
    return -(y * torch.log(h) + (1 - y) * torch.log(1 - h))


def cost(h: Tensor, y: Tensor) -> float:
    """The mean of the losses."""
    return float(losses(h, y).mean())


def loss_slopes(h: Tensor, y: Tensor) -> Tensor:
    """The derivative of each loss by its h: (h - y) / (h (1 - h)), float64."""
    h, y = h.detach().double(), y.double()
    return (h - y) / (h * (1 - h))


def predict(h: Tensor) -> Tensor:
    """1 where h is at least 0.5, else 0, float64; slide "Evaluation"."""
    return (h.detach().double() >= 0.5).double()


def accuracy(prediction: Tensor, y: Tensor) -> float:
    """The fraction of rows where the prediction is the label."""
    return float((prediction.double() == y.double()).double().mean())


def descend(
    data: Data, W: Tensor | None = None, b: Tensor | None = None, *, lr: float = 1.0, nb_epochs: int
) -> Trained:
    """nb_epochs + 1 updates W := W - lr d cost/dW on all rows, from W (d, 1) and b (1,), zeros if left out.

    The gradient of the cost is X^T (h - y) / m with respect to W, and the mean of h - y with respect to b. Shared:
    don't change it.
    """
    W = torch.zeros(data.x.shape[1], 1) if W is None else W
    b = torch.zeros(1) if b is None else b
    return _descended(data.x.double(), data.y.double(), W.double(), b.double(), lr, nb_epochs)


@done_once
def _descended(x: Tensor, y: Tensor, W: Tensor, b: Tensor, lr: float, nb_epochs: int) -> Trained:
    W, b = W.clone(), b.clone()
    costs, accuracies = [], []
    for _ in range(nb_epochs + 1):
        h = hypothesis(x, W, b)
        costs.append(cost(h, y))
        accuracies.append(accuracy(predict(h), y))
        W -= lr * x.T @ (h - y) / len(x)
        b -= lr * (h - y).mean(dim=0)
    return Trained(W, b, costs, accuracies)


@lru_cache(maxsize=1)
def lecture_classifier() -> tuple[Tensor, Tensor]:
    """W (8, 1) and b (1,), float32: what `nn.Linear(8, 1)` starts with right after `torch.manual_seed(1)`.

    Shared: don't change them.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        linear = torch.nn.Linear(8, 1)
    return linear.weight.detach().T.clone(), linear.bias.detach().clone()


@lru_cache(maxsize=1)
def lecture_classifier_run() -> Trained:
    """The lecture's last run: 101 updates on the diabetes data from `lecture_classifier`. Shared: don't change it."""
    return descend(diabetes(), *lecture_classifier(), nb_epochs=100)


@lru_cache(maxsize=1)
def six_students_run() -> Trained:
    """The lecture's first 101 updates on the six students, from zeros. Shared: don't change it."""
    return descend(six_students(), nb_epochs=100)
