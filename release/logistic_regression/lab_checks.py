"""The nine checks of the lab: small inputs, and answers that can be worked out by hand.

Each is a generator: it says what it has shown, step by step, until an answer is not right yet.
"""

import torch
import torch.nn as nn

from lab_tools import Call, as_number, column, describe, gradient_flows, is_close, listed

X = torch.FloatTensor([[1, 2], [2, 3], [3, 1], [4, 3], [5, 3], [6, 2]])  # the six students
Y = column(0, 0, 0, 1, 1, 1)


def _probabilities(call, expected, hint):
    """A call must give these probabilities; what is often wrong is named."""
    call.is_tensor_of(torch.FloatTensor(expected).shape)
    if is_close(1 - call.value, expected):
        hint = "They are those of label 0, one minus what they should be: is there a minus sign too many, or too few?"
    elif call.value.max() > 1 or call.value.min() < 0:
        hint = "A probability is between 0 and 1: does the formula go around the whole weighted sum, b included?"
    call.is_close(expected, f"Expected are {listed([each[0] for each in expected], len(expected))}. {hint}")


def check_hypothesis_exp(hypothesis_exp):
    zeros = torch.zeros(2, 1), torch.zeros(1)
    six = Call("`hypothesis_exp(x_train, W, b)` with W and b all zeros", hypothesis_exp, X, *zeros)
    six.is_tensor_of(
        (6, 1),
        "Six students need six probabilities: start from `x.matmul(W)`.",
    )
    six.is_close(
        [[0.5]] * 6,
        "Every weighted sum is 0 then, and 1 / (1 + e^0) is 0.5. Look at the fraction again: is the 1 + inside the "
        "denominator?",
    )
    yield "0.5 for each student while W and b are zeros"
    inputs = torch.eye(3), column(1, 2, 3), torch.FloatTensor([-1])
    words = (
        "`hypothesis_exp(torch.eye(3), W, b)` with W = [[1], [2], [3]] and b = [-1], so that the sums are 0, 1 and 2"
    )
    _probabilities(
        Call(words, hypothesis_exp, *inputs),
        [[0.5], [0.7311], [0.8808]],
        "Is b added before exp? Does the minus stand before the whole sum?",
    )
    yield "the right probabilities for other weights"
    W, b = torch.zeros(2, 1, requires_grad=True), torch.zeros(1, requires_grad=True)
    Call("`hypothesis_exp(x_train, W, b)`", hypothesis_exp, X, W, b).leads_back_to(W, b)
    yield "gradients that flow back to W and b"


def check_hypothesis(hypothesis):
    zeros = torch.zeros(2, 1), torch.zeros(1)
    six = Call("`hypothesis(x_train, W, b)` with W and b all zeros", hypothesis, X, *zeros)
    six.is_close(
        [[0.5]] * 6,
        "Expected is a tensor of shape (6, 1) that holds 0.5 six times. Is `torch.sigmoid` applied to the whole "
        "weighted sum?",
    )
    yield "0.5 for each student while W and b are zeros"
    inputs = torch.FloatTensor([[1, 0, 2], [0, 1, 0]]), column(2, -1, -0.5), torch.FloatTensor([1])
    words = (
        "`hypothesis(x, W, b)` with x = [[1, 0, 2], [0, 1, 0]], W = [[2], [-1], [-0.5]], b = [1]: the sums are 2 and 0"
    )
    hint = "Does your code use its own x, W and b, all three?"
    _probabilities(Call(words, hypothesis, *inputs), [[0.8808], [0.5]], hint)
    yield "the right probabilities for other weights"
    W, b = torch.zeros(2, 1, requires_grad=True), torch.zeros(1, requires_grad=True)
    Call("`hypothesis(x_train, W, b)`", hypothesis, X, W, b).leads_back_to(W, b)
    yield "gradients that flow back to W and b"


def check_element_loss(element_loss):
    def loss(h, y):
        return Call(f"`element_loss` for h = {h} and the label {y}", element_loss, torch.tensor([h]), column(y)[0])

    half = loss(0.5, 1)
    if abs(as_number(half.value) - 0.3010) < 2e-4:
        half.must(False, "Expected is 0.6931. That is the logarithm of base 10: `torch.log` is the natural one.")
    half.is_number(
        0.6931,
        "Expected is one number, log 2 = 0.6931, and a loss is never negative. Is there a minus sign before the whole "
        "formula?",
    )
    loss(0.9, 1).is_number(
        0.1054,
        "The model is nearly sure, and it is right, so the loss is small: 0.1054. With label 1 only the term with "
        "log(h) counts.",
    )
    loss(0.9, 0).is_number(
        2.3026,
        "The model is nearly sure, and it is wrong, so the loss is big: 2.3026. With label 0 only the term with "
        "log(1 - h) counts.",
    )
    yield "small losses for right answers, big ones for wrong answers"
    for h, y in [(0.001, 1), (0.999, 0)]:
        hint = "The model is very sure, and wrong: 6.9078. Is h_i clamped, or is a number added inside a log?"
        loss(h, y).is_number(6.9078, hint, off_by=1e-2)
    yield "the whole loss where the model is very sure, and wrong"
    h = torch.tensor([0.9], requires_grad=True)
    Call("`element_loss(h_i, y_i)`", element_loss, h, torch.zeros(1)).leads_back_to(h)
    yield "gradients that flow back to h_i"


def check_batch_losses(batch_losses, cost):
    h, y = column(0.5, 0.9, 0.9), column(1, 1, 0)
    losses = Call("`batch_losses(h, y)` with h = 0.5, 0.9, 0.9 and y = 1, 1, 0", batch_losses, h, y)
    losses.is_tensor_of(
        (3, 1),
        "That is one loss a row: the mean is the task of `cost`, and no loop is needed.",
    )
    losses.is_close(
        [[0.6931], [0.1054], [2.3026]],
        "Expected are 0.6931, 0.1054 and 2.3026, each as `element_loss` gives it. Compare the two formulas.",
    )
    sure = Call("`batch_losses` for two rows that are very sure, and wrong", batch_losses, column(0.001, 0.999), y[1:])
    sure.is_close([[6.9078]] * 2, "Expected is 6.9078 for both. Is h clamped, or is a number added inside a log?")
    yield "one loss a row"
    mean = Call("`cost(h, y)` for losses of 0.6931, 0.1054 and 2.3026", cost, h, y)
    mean.is_number(1.0337, "Expected is one number, their mean 1.0337. If yours is 3.1011, it is the sum.")
    yield "their mean as the cost"
    for function in (batch_losses, cost):
        h = column(0.5, 0.9).requires_grad_()
        Call(f"`{function.__name__}(h, y)`", function, h, column(1, 0)).leads_back_to(h)
    yield "gradients that flow back to h"


def check_bce(bce_cost):
    three = Call(
        "`bce_cost(h, y)` with h = 0.5, 0.9, 0.9 and y = 1, 1, 0", bce_cost, column(0.5, 0.9, 0.9), column(1, 1, 0)
    )
    three.is_number(
        1.0337,
        "Expected is one number, 1.0337, the same as from `cost`. Is it `F.binary_cross_entropy` itself, with its "
        "mean, and the probabilities before the labels?",
    )
    yield "the same number as `cost`"
    perfect = Call("`bce_cost` for two perfect answers, h = 1 and 0", bce_cost, column(1, 0), column(1, 0))
    perfect.is_number(0, "Expected is 0. `F.binary_cross_entropy` manages this; a formula with log alone gives nan.")
    yield "0 for perfect answers"
    h = column(0.5, 0.9).requires_grad_()
    Call("`bce_cost(h, y)`", bce_cost, h, column(1, 0)).leads_back_to(h)
    yield "gradients that flow back to h"


def check_train(train):
    short = Call("`train(x_train, y_train, lr=0.1, nb_epochs=2)`", train, X, Y, lr=0.1, nb_epochs=2)
    _three_things(short)
    _first_costs(short, short.value[2])
    yield "the first three costs"
    one = Call("`train(x_train, y_train, lr=0.1, nb_epochs=0)`, which takes one step", train, X, Y, lr=0.1, nb_epochs=0)
    W, b, _ = one.value
    one.back = f"W as {describe(W)}, and b as {describe(b)}"
    one.must(
        is_close(W, [[0.075], [0.0167]]),
        "Expected is W = 0.075, 0.0167, of shape (2, 1). Does the loop run nb_epochs + 1 times, with a step in each?",
    )
    one.must(
        isinstance(b, torch.Tensor) and b.numel() == 1 and abs(as_number(b)) < 2e-4,
        "Expected is a b of 0 after the first step, in a tensor. Is it b that comes back second?",
    )
    yield "the first step"
    words = "`train(torch.ones(4, 3), y, lr=0.1, nb_epochs=1)` with y = [[0], [1], [1], [1]]"
    other = Call(words, train, torch.ones(4, 3), column(0, 1, 1, 1), lr=0.1, nb_epochs=1)
    W, b, costs = other.value
    other.back = (
        f"W as {describe(W)}, b as {describe(b)}, and the costs {listed([round(each, 4) for each in costs], 2)}"
    )
    other.must(
        tuple(W.shape) == (3, 1) and costs[1] < costs[0] and as_number(b) > 0,
        "Expected are a W of shape (3, 1), a b above 0 and a cost that falls. Does your code use its own x and y?",
    )
    yield "other data"
    long = Call("`train(x_train, y_train, nb_epochs=100)`, with lr left out", train, X, Y, nb_epochs=100)
    costs = long.value[2]
    long.back = f"{len(costs)} costs, the last {costs[-1]:.4f}, the highest {max(costs):.4f}"
    long.must(
        len(costs) == 101 and abs(costs[-1] - 0.1347) < 2e-4,
        "Expected are 101, and 0.1347 as the last. Is lr=1.0 if it is left out, and does each epoch do the same, with "
        "a gradient of its own?",
    )
    long.must(max(costs) > 1, "With lr=1 the cost jumps up to more than 1 at first. Note each as it is.")
    yield "the whole way down"


def _three_things(call):
    """A short training must give W, b and a list of three floats."""
    out = call.value
    three = isinstance(out, (tuple, list)) and len(out) == 3
    call.must(three, "Expected are three things, W, b and costs. Does the last line return all of them?")
    costs = out[2]
    call.must(
        isinstance(costs, (tuple, list)),
        "Expected are W, b and costs, in this order, and costs as a list. Are they returned in that order?",
    )
    call.back = f"W, b and {len(costs)} costs"
    call.must(
        len(costs) == 3,
        "Expected are 3 costs, for the epochs 0, 1 and 2. Does the loop run nb_epochs + 1 times, is the list made "
        "before it, and does the `return` stand after it?",
    )
    call.back = f"costs of the type {type(costs[0]).__name__}"
    call.must(
        all(isinstance(each, float) for each in costs), "Expected are floats. `.item()` gets one out of a tensor."
    )


def _first_costs(call, costs):
    """The costs of three epochs on the six students must be right; the first that is off tells what may be wrong."""
    expected = [0.6931, 0.6475, 0.6310]
    off = next((number for number in range(3) if abs(costs[number] - expected[number]) > 2e-4), None)
    hints = [
        "The first is off: training starts from zeros here, and the cost is taken before the step.",
        "The second is off: is the step one with lr, downhill, along the gradient of the whole cost?",
        "Only the third is off: are the old gradients cleared in each epoch?",
    ]
    if len({round(each, 4) for each in costs}) == 1:
        hint = "The cost never changes: is `step()` called in each epoch, with its brackets, right after `backward()`?"
    elif off == 2 and abs(costs[2] - 0.6318) < 2e-4:
        hint = "Only the third is off: is b trained as well, in the same optimizer and with `requires_grad=True`?"
    else:
        hint = hints[off or 0]
    call.back = f"the costs {listed([round(each, 4) for each in costs], 3)}"
    call.must(off is None, f"Expected are the costs 0.6931, 0.6475 and 0.6310. {hint}")


def check_accuracy(predict, accuracy):
    h = column(0.2, 0.5, 0.7)
    three = Call("`predict` for the probabilities 0.2, 0.5 and 0.7", predict, h)
    three.is_close(
        [[0], [1], [1]],
        "Expected are 0, 1 and 1 in a tensor of shape (3, 1). A probability of exactly 0.5 counts as 1: is it `>=` "
        "rather than `>`?",
    )
    three.back = f"the right answer, but h itself became {describe(h)}"
    three.must(is_close(h, [[0.2], [0.5], [0.7]]), "Make a new tensor instead of changing h: others still need it.")
    yield "0 and 1, split at 0.5"
    four = Call("`accuracy` where three of four are right", accuracy, column(0, 1, 1, 1), column(0, 1, 0, 1))
    four.must(
        isinstance(four.value, (int, float)), "Expected is a plain Python number: `.item()` gets it out of a tensor."
    )
    four.is_number(
        0.75,
        "Expected is the fraction 0.75, neither the number of right rows nor a percentage. Do you divide by the number "
        "of rows?",
    )
    two = Call("`accuracy` where two of three are right", accuracy, column(0, 1, 1), column(0, 1, 0))
    two.must(
        isinstance(two.value, (int, float)) and abs(two.value - 2 / 3) < 2e-4,
        "Expected is 0.6667: is it rounded, or is a number of rows written into the code?",
    )
    yield "the fraction of right rows"


def check_binary_classifier(BinaryClassifier):
    model = Call("`BinaryClassifier()`", BinaryClassifier).value
    made = Call("`BinaryClassifier().parameters()`", lambda: list(model.parameters()))
    sizes = sorted(each.numel() for each in made.value)
    trained = all(each.requires_grad for each in made.value)
    shapes = ", ".join(str(tuple(each.shape)) for each in made.value)
    made.back = f"parameters of the shapes {shapes}" if shapes else "no parameters at all"
    made.must(
        sizes == [1, 8] and trained,
        "Expected are 8 weights and a bias to train, those of one `nn.Linear` with 8 inputs and 1 output. Is the layer "
        "kept as `self.something`, in `__init__`, and not frozen?",
    )
    yield "eight weights and a bias"
    x = torch.ones(2, 8, requires_grad=True)
    two = Call("a `BinaryClassifier` for two rows", model, x)
    two.is_tensor_of((2, 1), "That is one probability a row: what does `forward` return?")
    Call("a `BinaryClassifier` for one row", model, x[:1]).is_tensor_of((1, 1))
    two.must(
        gradient_flows(two.value, x, *model.parameters()),
        "No gradient flows from there back to the parameters, and training needs it. Does `forward` use the layer of "
        "`__init__` on its x, without `.detach()`, `.item()` and `no_grad()`?",
    )
    again = Call("a second new `BinaryClassifier`, for the same two rows", lambda: BinaryClassifier()(x))
    again.must(
        not is_close(again.value, two.value.tolist()),
        "It answers the same as the first. Weights should start at random, as `nn.Linear` makes them.",
    )
    yield "one probability a row, from random weights"
    for parameter in model.parameters():
        nn.init.constant_(parameter, 1)
    sums = torch.FloatTensor([[0] * 8, [-0.25] * 8])
    known = Call("a `BinaryClassifier` with all parameters 1, for rows whose weighted sums are 1 and -1", model, sums)
    known.is_close(
        [[0.7311], [0.2689]], "Expected are 0.7311 and 0.2689. Is the sigmoid there, only once, and nothing else?"
    )
    yield "the sigmoid of the weighted sum"


def check_train_classifier(train_classifier):
    def zero_model():
        model = nn.Sequential(nn.Linear(2, 1), nn.Sigmoid())
        for parameter in model.parameters():
            nn.init.zeros_(parameter)
        return model

    words = "`train_classifier(model, x, y, lr=0.1, nb_epochs=2)` for a model of zeros"
    short = Call(words, train_classifier, zero_model(), X, Y, lr=0.1, nb_epochs=2)
    out = short.value
    two = isinstance(out, (tuple, list)) and len(out) == 2 and all(isinstance(each, (tuple, list)) for each in out)
    short.must(
        two, "Expected are two lists, the costs and the accuracies. Does the last line return both, in this order?"
    )
    short.back = f"lists of {len(out[0])} and {len(out[1])}"
    short.must(
        len(out[0]) == len(out[1]) == 3,
        "Expected are lists of 3, for the epochs 0, 1 and 2. Does the loop run nb_epochs + 1 times, and are the lists "
        "made before it?",
    )
    short.back = f"costs of the type {type(out[0][0]).__name__}, accuracies of the type {type(out[1][0]).__name__}"
    short.must(
        all(isinstance(value, (int, float)) for values in out for value in values),
        "Expected are floats. `.item()` gets one out of a tensor.",
    )
    _first_costs(short, out[0])
    short.back = f"{out[1][0]:.4f} as the first accuracy"
    short.must(abs(out[1][0] - 0.5) < 2e-4, "Expected is 0.5. It is the fraction for `model(x)` before the step.")
    yield "the first costs and the first accuracy"
    model = zero_model()
    Call("`train_classifier(model, x, y, lr=0.1, nb_epochs=0)`", train_classifier, model, X, Y, lr=0.1, nb_epochs=0)
    weights = Call("`model[0].weight` after one step from zeros", lambda: model[0].weight)
    weights.is_close(
        [[0.075, 0.0167]],
        "Expected are 0.075 and 0.0167. Is this very model trained, the last epoch included?",
    )
    yield "the model itself is trained"
    long = Call("`train_classifier(model, x, y)`, with lr and nb_epochs left out", train_classifier, zero_model(), X, Y)
    costs, accuracies = long.value
    long.back = f"{len(costs)} costs, the last {costs[-1]:.4f}, the highest {max(costs):.4f}"
    long.must(
        len(costs) == 101 and abs(costs[-1] - 0.1347) < 2e-4 and max(costs) > 1,
        "Expected are 101, which jump above 1 at first and end at 0.1347. Note each as it is.",
    )
    long.back = f"the first accuracies {listed([round(each, 4) for each in accuracies[:7]], 7)}"
    long.must(
        is_close(6 * torch.tensor(accuracies[:7]), [3, 3, 3, 3, 4, 4, 3]),
        "Expected are 3, 3, 3, 3, 4, 4 and 3 of 6 right, as fractions: those of the same `model(x)` as the cost, in "
        "each epoch before its step.",
    )
    yield "the whole way down, with the accuracy beside it"
