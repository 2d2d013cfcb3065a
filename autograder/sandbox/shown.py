"""What a figure shows, as checks see it: records of titles, labels, limits and data, whoever drew them and how."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy


@dataclass(frozen=True, eq=False)
class LineShown:
    """A line, or points without one: `plot`'s. `color` is "#rrggbbaa", `style` and `marker` are matplotlib's."""

    x: numpy.ndarray[Any, Any]
    y: numpy.ndarray[Any, Any]
    label: str
    color: str
    style: str
    marker: str


@dataclass(frozen=True)
class BarShown:
    """One bar, of `bar` or `hist`: its lower left corner and its size, in the axes' units."""

    x: float
    y: float
    width: float
    height: float
    color: str


@dataclass(frozen=True, eq=False)
class PointsShown:
    """The points of one `scatter`: places (n, 2), and sizes in square points."""

    offsets: numpy.ndarray[Any, Any]
    sizes: numpy.ndarray[Any, Any]
    label: str


@dataclass(frozen=True, eq=False)
class ImageShown:
    """An image: the shape of its data, and the data, unless they are too many."""

    shape: tuple[int, ...]
    data: numpy.ndarray[Any, Any] | None


@dataclass(frozen=True)
class TextShown:
    """A text within the axes, and its place there."""

    text: str
    x: float
    y: float


@dataclass(frozen=True)
class AxesShown:
    """What one plot shows. `ref` is matplotlib's own object, which stays in the guest."""

    title: str
    x_label: str
    y_label: str
    x_limits: tuple[float, float]
    y_limits: tuple[float, float]
    x_scale: str
    y_scale: str
    x_tick_labels: tuple[str, ...]
    y_tick_labels: tuple[str, ...]
    legend: tuple[str, ...]
    lines: tuple[LineShown, ...]
    bars: tuple[BarShown, ...]
    points: tuple[PointsShown, ...]
    images: tuple[ImageShown, ...]
    texts: tuple[TextShown, ...]
    ref: Any = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class FigureShown:
    """What a figure shows: its title over all, and its plots in order. `ref` is as in `AxesShown`."""

    title: str
    axes: tuple[AxesShown, ...]
    ref: Any = field(default=None, compare=False, repr=False)
