"""Right answers to the exercises that are one formula each."""

from autograder.checks import Alternative


def _exp(id: str, body: str) -> Alternative:
    return Alternative("hypothesis_exp", id, f"def hypothesis_exp(x, W, b):\n    {body}\n")


def _sigmoid(id: str, body: str) -> Alternative:
    return Alternative("hypothesis", id, f"def hypothesis(x, W, b):\n    {body}\n")


def _element(id: str, body: str) -> Alternative:
    return Alternative("element_loss", id, f"def element_loss(h_i, y_i):\n    {body}\n")


def _bce(id: str, body: str) -> Alternative:
    return Alternative("bce", id, f"def bce_cost(h, y):\n    {body}\n")


ALTERNATIVES: tuple[Alternative, ...] = (
    _exp("at-sign", "z = x @ W + b\n    return 1 / (1 + torch.exp(-z))"),
    _exp("power-minus-one", "return (1 + (-(torch.mm(x, W) + b)).exp()) ** -1"),
    _exp("exp-over-one-plus-exp", "e = torch.exp(torch.matmul(x, W) + b)\n    return e / (1 + e)"),
    _exp("power-of-e", "import math\n    return 1.0 / (1.0 + math.e ** (-(x @ W) - b))"),
    _exp(
        "sum-of-products",
        "z = (x * W.t()).sum(dim=1, keepdim=True) + b\n    return torch.reciprocal(1 + torch.exp(-z))",
    ),
    _exp("row-by-row", "rows = [1 / (1 + torch.exp(-(row @ W + b))) for row in x]\n    return torch.stack(rows)"),
    Alternative(
        "hypothesis_exp",
        "typed-and-talkative",
        "def weighted_sum(x: torch.Tensor, W: torch.Tensor, b: torch.Tensor) -> torch.Tensor:\n"
        "    return torch.addmm(b, x, W)\n\n\n"
        "def hypothesis_exp(x: torch.Tensor, W: torch.Tensor, b: torch.Tensor) -> torch.Tensor:\n"
        "    z = weighted_sum(x, W, b)\n"
        "    print('z has the shape', z.shape)\n"
        "    return torch.div(1, torch.add(torch.exp(torch.neg(z)), 1))\n",
    ),
    Alternative(
        "hypothesis_exp", "lambda", "hypothesis_exp = lambda x, W, b: 1 / (1 + torch.exp(-(x.matmul(W) + b)))\n"
    ),
    _sigmoid("method", "return (x @ W + b).sigmoid()"),
    _sigmoid("functional", "return F.sigmoid(x.mm(W) + b)"),
    _sigmoid("module", "return nn.Sigmoid()(torch.matmul(x, W) + b)"),
    _sigmoid("functional-linear", "return torch.sigmoid(F.linear(x, W.T, b))"),
    _sigmoid("einsum", "return torch.sigmoid(torch.einsum('md,dk->mk', x, W) + b)"),
    _sigmoid("special-expit", "return torch.special.expit(x @ W + b)"),
    _sigmoid("half-tanh", "return 0.5 * (1 + torch.tanh((x @ W + b) / 2))"),
    _sigmoid("calls-the-other", "return hypothesis_exp(x, W, b)"),
    _sigmoid("exp-of-log-sigmoid", "return torch.exp(F.logsigmoid(x @ W + b))"),
    Alternative("hypothesis", "lambda", "hypothesis = lambda x, W, b: torch.sigmoid(x.matmul(W) + b)\n"),
    _element("two-minus-signs", "return -y_i * torch.log(h_i) - (1 - y_i) * torch.log(1 - h_i)"),
    _element("log1p", "return -(y_i * h_i.log() + (1 - y_i) * torch.log1p(-h_i))"),
    _element("branches", "if y_i == 1:\n        return -torch.log(h_i)\n    return -torch.log(1 - h_i)"),
    _element("where", "return -torch.log(torch.where(y_i == 1, h_i, 1 - h_i))"),
    _element("probability-of-the-label", "p = h_i * y_i + (1 - h_i) * (1 - y_i)\n    return p.log().neg()"),
    _element("tiny-epsilon", "e = 1e-7\n    return -(y_i * torch.log(h_i + e) + (1 - y_i) * torch.log(1 - h_i + e))"),
    _element("tiny-clamp", "h = h_i.clamp(1e-6, 1 - 1e-6)\n    return -(y_i * h.log() + (1 - y_i) * (1 - h).log())"),
    _element("library", "return F.binary_cross_entropy(h_i, y_i)"),
    _element("xlogy", "return -(torch.xlogy(y_i, h_i) + torch.xlogy(1 - y_i, 1 - h_i))"),
    _element("absolute", "return (y_i * h_i.log() + (1 - y_i) * (1 - h_i).log()).abs()"),
    _bce("xlogy", "return -(torch.xlogy(y, h) + torch.xlogy(1 - y, 1 - h)).mean()"),
    _bce("module", "return nn.BCELoss()(h, y)"),
    _bce(
        "keywords",
        "loss = F.binary_cross_entropy(input=h, target=y, reduction='mean')\n    print(loss.item())\n    return loss",
    ),
    _bce("mean-of-none", "return F.binary_cross_entropy(h, y, reduction='none').mean()"),
    _bce("sum-over-rows", "return F.binary_cross_entropy(h, y, reduction='sum') / h.shape[0]"),
    _bce("flat", "return F.binary_cross_entropy(h.view(-1), y.view(-1).float())"),
    _bce("back-to-logits", "return F.binary_cross_entropy_with_logits(torch.logit(h, eps=1e-7), y)"),
    _bce(
        "clamped-logs",
        "log_h = torch.log(h).clamp(min=-100)\n"
        "    log_not_h = torch.log(1 - h).clamp(min=-100)\n"
        "    return -(y * log_h + (1 - y) * log_not_h).mean()",
    ),
    Alternative(
        "batch_losses",
        "library-per-row",
        "def batch_losses(h, y):\n"
        "    return F.binary_cross_entropy(h, y, reduction='none')\n\n\n"
        "def cost(h, y):\n"
        "    return torch.mean(batch_losses(h, y))\n",
    ),
    Alternative(
        "batch_losses",
        "row-by-row",
        "def batch_losses(h, y):\n"
        "    return torch.stack([element_loss(h_i, y_i) for h_i, y_i in zip(h, y)])\n\n\n"
        "def cost(h, y):\n"
        "    losses = batch_losses(h, y)\n"
        "    return losses.sum() / len(losses)\n",
    ),
    Alternative(
        "batch_losses",
        "concatenated",
        "def batch_losses(h, y):\n"
        "    rows = []\n"
        "    for i in range(h.shape[0]):\n"
        "        rows.append(-(y[i:i + 1] * torch.log(h[i:i + 1]) + (1 - y[i:i + 1]) * torch.log(1 - h[i:i + 1])))\n"
        "    return torch.cat(rows, dim=0)\n\n\n"
        "def cost(h, y):\n"
        "    total = 0\n"
        "    for loss in batch_losses(h, y):\n"
        "        total = total + loss\n"
        "    return total / h.size(0)\n",
    ),
    Alternative(
        "batch_losses",
        "cost-on-its-own",
        "def batch_losses(h, y):\n"
        "    return torch.where(y > 0.5, -torch.log(h), -torch.log1p(-h))\n\n\n"
        "def cost(h, y):\n"
        "    h, y = h.flatten(), y.flatten()\n"
        "    return -(torch.dot(y, h.log()) + torch.dot(1 - y, (1 - h).log())) / h.numel()\n",
    ),
    Alternative(
        "batch_losses",
        "softplus",
        "def batch_losses(h, y):\n"
        "    z = torch.logit(h)\n"
        "    return F.softplus(z) - y * z\n\n\n"
        "def cost(h, y):\n"
        "    return batch_losses(h, y).mean(dim=0)\n",
    ),
    Alternative(
        "batch_losses",
        "lambdas",
        "batch_losses = lambda h, y: -y * torch.log(h + 1e-8) - (1 - y) * torch.log(1 - h + 1e-8)\n"
        "cost = lambda h, y: batch_losses(h, y).mean()\n",
    ),
    Alternative(
        "batch_losses",
        "cost-from-library",
        "def batch_losses(h: torch.Tensor, y: torch.Tensor) -> torch.Tensor:\n"
        "    return element_loss(h, y)\n\n\n"
        "def cost(h: torch.Tensor, y: torch.Tensor) -> torch.Tensor:\n"
        "    return nn.BCELoss(reduction='mean')(h, y)\n",
    ),
)
