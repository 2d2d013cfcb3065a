"""Wrong answers to `train_classifier`."""

from autograder.checks import Misconception

from .changes import changed

_TRAIN = """\
def train_classifier(model, x, y, lr=1.0, nb_epochs=100):
    optimizer = optim.SGD(model.parameters(), lr=lr)
    costs, accuracies = [], []
    for epoch in range(nb_epochs + 1):
        h = model(x)
        cost = F.binary_cross_entropy(h, y)
        costs.append(cost.item())
        prediction = (h >= 0.5).float()
        accuracies.append((prediction == y).sum().item() / len(y))
        optimizer.zero_grad()
        cost.backward()
        optimizer.step()
    return costs, accuracies
"""
_OPTIMIZER = "    optimizer = optim.SGD(model.parameters(), lr=lr)\n"
_PREDICT = "        prediction = (h >= 0.5).float()\n"
_NOTE_COST = "        costs.append(cost.item())\n"
_NOTE_ACCURACY = "        accuracies.append((prediction == y).sum().item() / len(y))\n"
_ZERO = "        optimizer.zero_grad()\n"
_BACKWARD = "        cost.backward()\n"
_STEP = "        optimizer.step()\n"


def _wrong(id: str, sentence: str, *changes: tuple[str, str]) -> Misconception:
    return Misconception("train_classifier", id, sentence, changed(_TRAIN, *changes))


MISCONCEPTIONS: tuple[Misconception, ...] = (
    _wrong(
        "missing-return",
        "The result is computed but not given back: a function needs `return` before what it should give.",
        ("    return costs, accuracies\n", ""),
    ),
    _wrong(
        "trains-a-new-model",
        "A new model is made and trained instead of the one that was passed in: use the argument model.",
        (_OPTIMIZER, "    model = BinaryClassifier()\n" + _OPTIMIZER),
    ),
    _wrong(
        "trains-a-copy",
        "A copy is trained, and the model that was passed in stays as it was: train the model itself.",
        (_OPTIMIZER, "    import copy\n    model = copy.deepcopy(model)\n" + _OPTIMIZER),
    ),
    _wrong(
        "other-parameters",
        "This model never moves: give the optimizer model.parameters(), and call backward and then step in each epoch.",
        ("optim.SGD(model.", "optim.SGD(BinaryClassifier()."),
    ),
    _wrong(
        "only-weights-trained",
        "Only the first of the parameters is trained: give all of model.parameters() to the optimizer.",
        ("model.parameters()", "list(model.parameters())[:1]"),
    ),
    _wrong(
        "gradients-not-cleared",
        "Gradients of earlier epochs add up: call optimizer.zero_grad() in each epoch, before backward.",
        (_ZERO, ""),
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
        "The model is left as it was before the last update: each epoch has an update, the last one too.",
        (_ZERO, "        if epoch == nb_epochs:\n            break\n" + _ZERO),
    ),
    _wrong(
        "cost-after-update",
        "The cost is computed again after the update: note the one from before the step.",
        (_NOTE_COST, ""),
        (_STEP, _STEP + "        costs.append(F.binary_cross_entropy(model(x), y).item())\n"),
    ),
    _wrong(
        "accuracy-after-update",
        "The accuracy is that of the model after the update: take it from the same h as the cost.",
        (_PREDICT + _NOTE_ACCURACY, ""),
        (_STEP, _STEP + "        prediction = (model(x) >= 0.5).float()\n" + _NOTE_ACCURACY),
    ),
    _wrong(
        "only-sometimes",
        "Costs and accuracies are noted in every tenth epoch only: note them in each one.",
        (_NOTE_COST, "        if epoch % 10 == 0:\n    " + _NOTE_COST),
        (_NOTE_ACCURACY, "        if epoch % 10 == 0:\n    " + _NOTE_ACCURACY),
    ),
    _wrong(
        "accuracy-once",
        "There is one accuracy, that of the end: note one in each epoch.",
        (_NOTE_ACCURACY, ""),
        ("    return", "    accuracies.append((prediction == y).sum().item() / len(y))\n    return"),
    ),
    _wrong(
        "best-cost-so-far",
        "The smallest cost so far is noted: note the cost of each epoch, even where it is higher than the one before.",
        (_NOTE_COST, "        costs.append(min([cost.item(), *costs]))\n"),
    ),
    _wrong(
        "best-accuracy-so-far",
        "The best accuracy so far is noted: note that of each epoch, even where it is lower than the one before.",
        (_NOTE_ACCURACY, "        accuracies.append(max([(prediction == y).sum().item() / len(y), *accuracies]))\n"),
    ),
    _wrong(
        "costs-as-tensors",
        "The costs are noted as tensors: .item() makes plain numbers of them, and lets go of the graph.",
        ("cost.item()", "cost"),
    ),
    _wrong(
        "accuracies-as-tensors",
        "The accuracies are noted as tensors: .item() makes plain numbers of them.",
        (".sum().item()", ".sum()"),
    ),
    _wrong(
        "percent",
        "The accuracies are in percent: they should be fractions from 0 to 1.",
        (" / len(y)", " / len(y) * 100"),
    ),
    _wrong(
        "count",
        "The right rows are counted but not divided by the number of rows.",
        (" / len(y)", ""),
    ),
    _wrong(
        "threshold-0",
        "Probabilities are compared with 0, and so all are predicted as 1: the border is 0.5.",
        ("h >= 0.5", "h >= 0"),
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
        "default-epochs-changed",
        "The default number of epochs is no longer 100: keep the first line of the function as it was given.",
        ("nb_epochs=100", "nb_epochs=1000"),
    ),
    _wrong(
        "trains-on-the-diabetes-data",
        "The function trains on x_diabetes and y_diabetes, whatever x and y are: use the arguments.",
        ("model(x)", "model(x_diabetes)"),
        ("(h, y)", "(h, y_diabetes)"),
        ("== y)", "== y_diabetes)"),
        ("len(y)", "len(y_diabetes)"),
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
        "sigmoid-again",
        "The model's output is a probability already: another sigmoid changes it.",
        ("model(x)", "torch.sigmoid(model(x))"),
    ),
    _wrong(
        "with-logits",
        "A sigmoid is taken twice: the model gives probabilities already, so neither the cost nor you should take "
        "another.",
        ("F.binary_cross_entropy(", "F.binary_cross_entropy_with_logits("),
    ),
    _wrong(
        "sum-for-mean",
        "The cost adds up the losses, and so the steps are too long: take the mean, which is the default.",
        ("(h, y)", "(h, y, reduction='sum')"),
    ),
    _wrong(
        "returned-in-another-order",
        "The lists are returned in another order: first the costs, then the accuracies.",
        ("return costs, accuracies", "return accuracies, costs"),
    ),
    _wrong(
        "model-returned-too",
        "The model is returned as well: it is changed in place, so return the two lists alone.",
        ("return costs, accuracies", "return model, costs, accuracies"),
    ),
    _wrong(
        "only-the-last",
        "Only the last cost and accuracy are returned: return the lists of all epochs.",
        ("return costs, accuracies", "return costs[-1], accuracies[-1]"),
    ),
)
