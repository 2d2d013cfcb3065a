"""The lab's pictures: what your functions give, over what is expected. All are readable on a light and a dark page."""

import base64
import builtins
import html
import io
import os

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from PIL import Image  # comes with matplotlib

YOURS, EXPECTED, NO, YES = "tab:blue", "#f5c48a", "tab:red", "tab:blue"

# The costs of the six students' training: of each of the first 60 epochs, and then of every 40th, up to 980.
FIRST_COSTS = """
0.693 1.009 1.411 2.546 0.621 0.812 1.592 0.442 0.460 0.496 0.671 0.600 0.955 0.496 0.658 0.501 0.682 0.473 0.622 0.455
0.591 0.438 0.565 0.423 0.543 0.409 0.524 0.395 0.505 0.382 0.487 0.370 0.469 0.358 0.452 0.347 0.435 0.335 0.418 0.324
0.401 0.314 0.384 0.303 0.368 0.293 0.352 0.283 0.335 0.273 0.320 0.264 0.304 0.254 0.289 0.245 0.274 0.236 0.260 0.227
"""
LATER_COSTS = """
0.246 0.135 0.106 0.088 0.075 0.065 0.058 0.052 0.047 0.043 0.040 0.037 0.035 0.033 0.031 0.029 0.028 0.026 0.025 0.024
0.023 0.022 0.021 0.020
"""
# How many of the women without diabetes, and with it, get a probability of 0 to 0.05, of 0.05 to 0.1, and so on.
EXPECTED_COUNTS = {
    1: [1, 1, 3, 3, 2, 4, 3, 9, 8, 20, 9, 28, 31, 34, 40, 61, 63, 84, 81, 11],
    0: [1, 3, 13, 15, 20, 18, 16, 19, 23, 13, 12, 13, 29, 19, 18, 13, 14, 3, 1, 0],
}


class Picture:
    """Pictures as files, each with words for those who can't see it; the first may move, and is not printed then."""

    def __init__(self, *files, words):
        self.files, self.words = files, words

    def __repr__(self):
        return f"[picture: {self.words}]"

    def _repr_png_(self):
        return self.files[-1][1]

    def _repr_html_(self):
        shown = []
        for number, (kind, data) in enumerate(self.files):
            moving = " class='lab-moving'" if kind == "gif" else ""
            words = self.words if number == 0 else "The same in one still picture."
            source = f"data:image/{kind};base64,{base64.b64encode(data).decode()}"
            style = "background:white;border-radius:.5em;max-width:100%;margin:.2em"
            shown.append(f"<img{moving} alt='{html.escape(words)}' src='{source}' style='{style}'>")
        still = "<style>@media print, (prefers-reduced-motion) { .lab-moving { display: none } }</style>"
        return "".join(shown) + (still if len(self.files) > 1 else "")


def _axes(x_label, y_label):
    figure, axes = plt.subplots(figsize=(5, 3), facecolor="white", layout="constrained")
    axes.set_xlabel(x_label)
    axes.set_ylabel(y_label)
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def _png(figure):
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=100)
    plt.close(figure)
    return file.getvalue()


def _show(*files, words):
    getattr(builtins, "display", print)(Picture(*files, words=f"{words}."))


def _compared(axes, x, yours, expected, color=YOURS, label="yours"):
    """Draws yours as a thin line over what is expected, a broad pale one."""
    axes.plot(x, expected, color=EXPECTED, linewidth=7, solid_capstyle="round", label="expected")
    axes.plot(x, yours, color=color, linewidth=1.8, label=label)


def picture_sigmoid(hypothesis):
    """Draw your hypothesis for weighted sums from -6 to 6, over the sigmoid."""
    z = torch.linspace(-6, 6, 121)
    yours = hypothesis(z.reshape(-1, 1), torch.ones(1, 1), torch.zeros(1)).detach().flatten()
    figure, axes = _axes("weighted sum", "probability")
    _compared(axes, z, yours, torch.sigmoid(z))
    axes.plot([1], [0.7311], "o", color="black", markersize=5)
    axes.annotate("sigmoid(1) = 0.7311", (1, 0.7311), (1.6, 0.6))
    axes.set(xticks=[-6, 0, 6], yticks=[0, 0.5, 1], ylim=(-0.05, 1.05))
    axes.legend(loc="upper left", frameon=False)
    words = "Your hypothesis over the sigmoid, an S from 0 to 1 that goes through one half where the weighted sum is 0"
    _show(("png", _png(figure)), words=f"{words}; yours runs from {yours[0]:.3f} to {yours[-1]:.3f}.")


def picture_losses(element_loss):
    """Draw your loss for probabilities between 0 and 1, for both labels, over the right one."""
    h = torch.linspace(0.01, 0.99, 99)
    figure, axes = _axes("probability h of label 1", "loss")
    for label, color in [(1, YES), (0, NO)]:
        y = torch.tensor([float(label)])
        yours = [float(element_loss(each.reshape(1), y)) for each in h]
        _compared(axes, h, yours, F.binary_cross_entropy(h, y.expand(99), reduction="none"), color, f"label {label}")
    handles, labels = axes.get_legend_handles_labels()
    axes.legend(
        [handles[1], handles[3], handles[0]], [labels[1], labels[3], "expected"], loc="upper center", frameon=False
    )
    axes.set(xticks=[0, 0.5, 1], yticks=[0, 2, 4], ylim=(-0.2, 4.8))
    words = (
        "Your losses over the expected ones: as h goes to 1, the loss for label 1 falls to 0, that for label 0 rises"
    )
    _show(("png", _png(figure)), words=f"{words}.")


def picture_costs(costs):
    """Draw your costs of 1,000 epochs over the expected shape."""
    epochs = [*range(60), *range(60, 1000, 40)]
    expected = [*map(float, FIRST_COSTS.split()), *map(float, LATER_COSTS.split())]
    figure, sides = plt.subplots(1, 2, figsize=(8, 3), facecolor="white", layout="constrained", sharey=True)
    for axes, last in zip(sides, [60, 1000], strict=True):
        axes.plot(epochs, expected, color=EXPECTED, linewidth=6, label="expected")
        axes.plot(costs, color=YOURS, linewidth=1.2, label="yours")
        axes.set(xlim=(-0.03 * last, last), xticks=[0, last // 2, last], xlabel="epoch")
        axes.set(yticks=[0, 1, 2], ylim=(-0.1, max(2.8, min(max(costs), 6))), title=f"up to epoch {last}")
        axes.spines[["top", "right"]].set_visible(False)
    sides[0].set_ylabel("cost")
    sides[1].legend(loc="upper right", frameon=False)
    words = "Your cost of each epoch over the expected shape, which jumps at first and then falls and falls"
    _show(("png", _png(figure)), words=f"{words}; yours starts at {costs[0]:.3f} and ends at {costs[-1]:.3f}.")


def picture_lines(train, x, y):
    """Draw how your decision line turns while you train, once as a film, and once in a still picture."""
    epochs = [3, 5, 7, 10, 13, 16, 20, 25, 30, 35, 40, 45, 50, 60, 70, 80, 90, 100]
    if "NBGRADER_EXECUTION" in os.environ:  # nobody is looking
        epochs = [10, 30, 50, 100]
    lines = {each: train(x, y, lr=1.0, nb_epochs=each)[:2] for each in epochs}
    frames = []
    for each in epochs:
        figure, axes = _students(x, y)
        _line(axes, *lines[each])
        axes.set_title(f"after {each} epochs", loc="left", fontsize=10)
        frames.append(Image.open(io.BytesIO(_png(figure))).convert("RGB"))
    colours = frames[-1].quantize(64)  # the same in all frames
    frames = [each.quantize(palette=colours, dither=Image.Dither.NONE) for each in frames]
    film = io.BytesIO()
    pauses = [180] * (len(frames) - 1) + [2000]
    frames[0].save(film, format="GIF", save_all=True, append_images=frames[1:], duration=pauses)  # plays once
    figure, axes = _students(x, y)
    for each, style in [(10, ":"), (30, "-."), (50, "--"), (100, "-")]:
        _line(axes, *lines[each], linestyle=style, label=f"{each} epochs")
    axes.legend(loc="upper left", bbox_to_anchor=(1, 1), frameon=False)
    words = (
        "Your decision line turns as the epochs pass, until it stands between the students who failed, at the left, "
    )
    _show(("gif", film.getvalue()), ("png", _png(figure)), words=words + "and those who passed, at the right.")


def _students(x, y):
    figure, axes = _axes("hours of lecture", "hours of lab")
    for label, name, marker, color in [(1, "passed", "o", YES), (0, "failed", "X", NO)]:
        some = x[y.flatten() == label]
        axes.plot(some[:, 0], some[:, 1], marker, color=color, markersize=9, label=name)
    axes.set(xlim=(0, 7), ylim=(0, 4), xticks=[0, 3, 6], yticks=[0, 2, 4])
    axes.legend(loc="lower right", frameon=False)
    return figure, axes


def _line(axes, W, b, **style):
    """The points where w1 * lecture + w2 * lab + b = 0: there the probability is one half."""
    w1, w2 = W.detach().flatten()
    lab_hours = torch.FloatTensor([0, 4])
    axes.plot(-(b.detach() + w2 * lab_hours) / w1, lab_hours, color="tab:green", linewidth=2, **style)


def picture_probabilities(h, y):
    """Draw your probabilities of no diabetes, for the women without it and with it, over the expected numbers."""
    figure, axes = _axes("probability of no diabetes", "number of women")
    edges = torch.linspace(0, 1, 21).tolist()
    for label, name, color in [(1, "no diabetes", YES), (0, "diabetes", NO)]:
        axes.hist(h[y == label].tolist(), bins=edges, color=color, alpha=0.45, label=f"{name}, yours")
        axes.stairs(EXPECTED_COUNTS[label], edges, color=color, linewidth=1.5, label=f"{name}, expected")
    axes.axvline(0.5, color="black", linestyle="--", linewidth=1)
    axes.set(xticks=[0, 0.5, 1], yticks=[0, 40, 80])
    axes.legend(loc="upper left", frameon=False)
    words = (
        "Your probabilities, over the expected numbers: most women without diabetes stand near 1, and those with it are"
    )
    _show(("png", _png(figure)), words=f"{words} spread from 0.1 to 0.8. The dashed line is at one half.")
