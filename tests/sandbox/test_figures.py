"""What figures and axes show, as the grader gets it: their data and words, and nothing of matplotlib's."""

from __future__ import annotations

from typing import Any

import numpy
import pytest
from crossing import crossed, refuse_mutants, told
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from autograder.sandbox import figures, shown
from autograder.sandbox.values import Encoder, Ref, Refs, decode
from autograder.sandbox.wire import WireError


@pytest.fixture
def figure() -> Figure:
    made = Figure()
    FigureCanvasAgg(made)
    made.suptitle("Both")
    left, right = made.subplots(1, 2)
    left.plot([1, 2, 3], [2, 4, float("nan")], "r--o", label="cost")
    left.plot([0.5, 0.5], [0, 1])
    left.set(title="Costs", xlabel="epoch", ylabel="cost", xlim=(0, 4), yscale="log")
    left.legend()
    left.text(1, 2, "here")
    right.bar(["a", "b"], [3, 5], color="#00ff00")
    right.scatter([1, 2], [3, 4], s=[10, 20], label="points")
    right.imshow(numpy.eye(3))
    return made


def test_axes_are_told_by_their_words_and_data(figure: Figure) -> None:
    kept = Refs()
    axes = crossed(figure.axes[0], kept)
    assert (axes.title, axes.x_label, axes.y_label) == ("Costs", "epoch", "cost")
    assert (axes.x_limits, axes.x_scale, axes.y_scale) == ((0.0, 4.0), "linear", "log")
    assert axes.legend == ("cost",)
    line, other = axes.lines
    numpy.testing.assert_array_equal(line.x, [1, 2, 3])
    numpy.testing.assert_array_equal(line.y, [2, 4, numpy.nan])
    assert (line.label, line.color, line.style, line.marker) == ("cost", "#ff0000ff", "--", "o")
    assert other.label == "", "matplotlib's own names for lines are none"
    assert axes.texts == (shown.TextShown("here", 1.0, 2.0),)
    assert kept[axes.ref.id] is figure.axes[0]
    assert decode(Encoder(rich=True).encode(axes), {}, kept, rich=True) is figure.axes[0], "it can be given back"


def test_bars_points_and_images_are_told_by_their_data(figure: Figure) -> None:
    axes = crossed(figure.axes[1])
    assert [(bar.width, bar.height, bar.color) for bar in axes.bars] == [
        (0.8, 3.0, "#00ff00ff"),
        (0.8, 5.0, "#00ff00ff"),
    ]
    assert axes.x_tick_labels == ("a", "b")
    (points,) = axes.points
    assert (points.offsets.tolist(), points.sizes.tolist(), points.label) == ([[1, 3], [2, 4]], [10, 20], "points")
    (image,) = axes.images
    assert image.shape == (3, 3)
    numpy.testing.assert_array_equal(image.data, numpy.eye(3))


def test_a_figure_is_its_title_and_its_axes_in_order(figure: Figure) -> None:
    back = crossed(figure)
    assert back.title == "Both"
    assert [each.title for each in back.axes] == ["Costs", ""]
    table = crossed(numpy.array(figure.axes, dtype=object))
    assert [each.title for each in table] == ["Costs", ""]
    assert isinstance(crossed(figure.axes[0].lines[0]), Ref)


def test_large_images_are_told_by_their_shape(figure: Figure, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures, "MAX_PIXELS", 5)
    (image,) = crossed(figure).axes[1].images
    assert (image.shape, image.data) == ((3, 3), None)


def test_words_and_artists_are_bounded(figure: Figure, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures, "MAX_ARTISTS", 1)
    figure.axes[0].set_title("long" * 10_000)
    axes = crossed(figure.axes[0])
    assert len(axes.lines) == 1
    assert len(axes.title) == figures.MAX_TEXT_CHARACTERS


ARRAY = {"t": "ndarray", "k": "0", "dtype": "<f8", "shape": [2], "scalar": False}
AGAIN = {**ARRAY, "k": "2"}


def axes_message(**changes: Any) -> dict[str, Any]:
    texts = dict.fromkeys(("title", "x_label", "y_label", "x_scale", "y_scale"), "")
    lists: dict[str, Any] = {
        name: [] for name in ("x_tick_labels", "y_tick_labels", "legend", "bars", "points", "images", "texts")
    }
    lines = [[ARRAY, AGAIN, "", "#000000ff", "-", "o"]]
    told_of = {**texts, **lists, "lines": lines, "x_limits": [0.0, 1.0], "y_limits": [0.0, 1.0], **changes}
    return {"t": "axes", "v": told_of, "ref": {"t": "ref", "id": 0, "type": "Axes", "module": False}}


@pytest.mark.parametrize(
    "changes",
    [
        {"title": "x" * 10_000},
        {"title": 5},
        {"x_limits": [0.0]},
        {"x_limits": ["0", "1"]},
        {"legend": [{"t": "list", "v": []}]},
        {"legend": ["x"] * 10_000},
        {"lines": [[ARRAY, {**AGAIN, "shape": [1, 2]}, "", "", "", ""]]},
        {"lines": [[ARRAY, 5, "", "", "", ""]]},
        {"bars": [[1.0, 2.0]]},
        {"points": [[ARRAY, AGAIN, ""]]},
        {"images": [[[5, 5], ARRAY]]},
        {"texts": [["a", "b", "c"]]},
    ],
    ids=str,
)
def test_what_a_guest_makes_up_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(WireError):
        told(axes_message(**changes))


def test_a_message_with_anything_else_in_any_place_is_a_value_or_refused(figure: Figure) -> None:
    assert len(told(axes_message()).lines) == 1
    refuse_mutants(figure.axes[1])
