"""What the checks compare with: the notebook's data, and the formulas, in float64 and without autograd.

Training is worked out in closed form, so it shares neither code nor rounding with a solution.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from autograder.checks import Data, done_once, fresh_features, fresh_weights


@dataclass(frozen=True)
class Trained:
    """What gradient descent leaves behind.

    Attributes:
        weights: (d + 1,) float64, W and then b, after the last update.
        costs: the cost before each update.
    """

    weights: Tensor
    costs: list[float]


def eight_days() -> Data:
    """The notebook's days at a lemonade stand: sun and warmth, and litres sold."""
    x = [[-2, -1], [-1, 0], [-1, 1], [0, -1], [0, 1], [1, 0], [2, 1], [1, -1]]
    y = [[3.5], [7.5], [11], [7], [13], [11.5], [17.5], [9]]
    return Data(torch.tensor(x).float(), torch.tensor(y))


def fresh(seed: int, m: int, d: int) -> Data:
    """m rows of d features, and values that no plane meets."""
    generator = torch.Generator().manual_seed(seed)
    x, (W, b) = fresh_features(generator, m, d), fresh_weights(generator, d)
    return Data(x, x @ W + b + 0.3 * fresh_features(generator, m, 1))


def hypothesis(x: Tensor, W: Tensor, b: Tensor) -> Tensor:
    """XW + b, (m, 1) float64."""
    return x.detach().double() @ W.detach().double() + b.detach().double()


def squares(h: Tensor, y: Tensor) -> Tensor:
    """The squared difference of each row, (m, 1) float64."""
    off = h.detach().double() - y.double()
    return off * off


def cost(h: Tensor, y: Tensor) -> float:
    """The mean of the squared differences."""
    return float(squares(h, y).sum()) / len(y)


def descend(data: Data, W: Tensor, b: Tensor, *, lr: float, nb_epochs: int) -> Trained:
    """nb_epochs updates from W (d, 1) and b (1,), without a loop over them. Shared: don't change what it returns.

    With A the rows of x and a 1 each, the gradient is the linear map H (w - best), with H = 2 A^T A / m and `best` the
    solution of the normal equations. So after n updates w = best + (1 - lr H)^n (start - best), and the cost is that of
    `best` plus (w - best)^T H (w - best) / 2.
    """
    start = torch.cat([W.double().flatten(), b.double()])
    return _descended(data.x.double(), data.y.double(), start, lr, nb_epochs)


@done_once
def _descended(x: Tensor, y: Tensor, start: Tensor, lr: float, nb_epochs: int) -> Trained:
    A = torch.cat([x, torch.ones(len(x), 1).double()], dim=1)
    H = 2 * A.T @ A / len(x)
    best = torch.linalg.pinv(A) @ y.flatten()
    least = cost(A @ best[:, None], y)
    sizes, directions = torch.linalg.eigh(H)
    away = directions.T @ (start - best)
    after = [away * (1 - lr * sizes) ** epoch for epoch in range(nb_epochs + 1)]
    costs = [least + float(sizes @ each**2) / 2 for each in after[:-1]]
    return Trained(best + directions @ after[-1], costs)
