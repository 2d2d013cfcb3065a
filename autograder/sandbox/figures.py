"""What matplotlib's figures and axes show, as plain data: records on the grader's side, which needs no matplotlib."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from typing import Any

import numpy

from autograder.sandbox import parts
from autograder.sandbox.parts import Reader, Writer
from autograder.sandbox.shown import AxesShown, BarShown, FigureShown, ImageShown, LineShown, PointsShown, TextShown
from autograder.sandbox.wire import WireError

MAX_ARTISTS = 1_000
MAX_TEXT_CHARACTERS = 1_000
MAX_PIXELS = 1_000_000  # numbers in an image's data
_DEPTH = 5


def encode(value: Any, writer: Writer) -> Any:
    """JSON-ready data; None if `value` is no figure and no axes."""
    if isinstance(value, FigureShown | AxesShown):
        return None if value.ref is None else writer.one(value.ref)
    figure, axes = sys.modules.get("matplotlib.figure"), sys.modules.get("matplotlib.axes")
    if figure is None or axes is None or writer.depth_left() < _DEPTH:
        return None
    if isinstance(value, figure.Figure):
        title = value.get_suptitle()
        each = [_axes(one, writer) for one in value.axes[:MAX_ARTISTS]]
        return {"t": "figure", "title": _text(title), "axes": each, "ref": writer.ref(value)}
    return {"t": "axes", "v": _axes(value, writer), "ref": writer.ref(value)} if isinstance(value, axes.Axes) else None


def _axes(axes: Any, writer: Writer) -> dict[str, Any]:
    from matplotlib.collections import PathCollection
    from matplotlib.patches import Rectangle

    legend = axes.get_legend()
    scatters = [each for each in axes.collections if isinstance(each, PathCollection)]
    bars = [each for each in axes.patches if isinstance(each, Rectangle)]
    return {
        "title": _text(axes.get_title()),
        "x_label": _text(axes.get_xlabel()),
        "y_label": _text(axes.get_ylabel()),
        "x_limits": [float(each) for each in axes.get_xlim()],
        "y_limits": [float(each) for each in axes.get_ylim()],
        "x_scale": _text(axes.get_xscale()),
        "y_scale": _text(axes.get_yscale()),
        "x_tick_labels": _each(lambda each: _text(each.get_text()), axes.get_xticklabels()),
        "y_tick_labels": _each(lambda each: _text(each.get_text()), axes.get_yticklabels()),
        "legend": _each(lambda each: _text(each.get_text()), legend.get_texts() if legend else ()),
        "lines": _each(lambda each: _line(each, writer), axes.lines),
        "bars": _each(_bar, bars),
        "points": _each(lambda each: _points(each, writer), scatters),
        "images": _each(lambda each: _image(each, writer), axes.images),
        "texts": _each(lambda each: [_text(each.get_text()), *_numbers(each.get_position())], axes.texts),
    }


def _each(told: Callable[[Any], Any], artists: Iterable[Any]) -> list[Any]:
    return [told(each) for each in list(artists)[:MAX_ARTISTS]]


def _text(value: Any) -> str:
    return str(value)[:MAX_TEXT_CHARACTERS]


def _label(artist: Any) -> str:
    """Its label; matplotlib's own, for what has none, begin with an underscore."""
    label = _text(artist.get_label())
    return "" if label.startswith("_") else label


def _color(value: Any) -> str:
    from matplotlib.colors import to_hex

    return str(to_hex(value, keep_alpha=True))


def _numbers(values: Iterable[Any]) -> list[float]:
    return [float(each) for each in values]


def _array(values: Any, writer: Writer) -> Any:
    return writer.one(numpy.ma.filled(numpy.ma.asarray(values, dtype=float), math.nan))


def _line(line: Any, writer: Writer) -> list[Any]:
    x, y = (_array(each, writer) for each in line.get_data(orig=False))
    style, marker = _text(line.get_linestyle()), _text(line.get_marker())
    return [x, y, _label(line), _color(line.get_color()), style, marker]


def _bar(bar: Any) -> list[Any]:
    return [*_numbers((*bar.get_xy(), bar.get_width(), bar.get_height())), _color(bar.get_facecolor())]


def _points(points: Any, writer: Writer) -> list[Any]:
    return [_array(points.get_offsets(), writer), _array(points.get_sizes(), writer), _label(points)]


def _image(image: Any, writer: Writer) -> list[Any]:
    data = numpy.ma.asarray(image.get_array())
    return [list(data.shape), _array(data, writer) if data.size <= MAX_PIXELS else None]


def _read_text(data: Any) -> str:
    return parts.text(data, MAX_TEXT_CHARACTERS)


def _read_number(data: Any) -> float:
    if type(data) is not float:
        raise WireError("a number in a figure is none")
    return data


def _read_array(data: Any, reader: Reader, dimensions: int | None = 1) -> numpy.ndarray[Any, Any]:
    array = reader.one(data)
    if not isinstance(array, numpy.ndarray) or array.dtype != float or dimensions not in (None, array.ndim):
        raise WireError("data in a figure are none")
    return array


def _read_texts(data: Any) -> tuple[str, ...]:
    return tuple(_read_text(each) for each in parts.items(data, MAX_ARTISTS))


def _read_limits(data: Any) -> tuple[float, float]:
    low, high = (_read_number(each) for each in parts.items(data, 2))
    return low, high


def _read_line(data: Any, reader: Reader) -> LineShown:
    x, y, *texts = parts.items(data, 6)
    label, color, style, marker = (_read_text(each) for each in texts)
    line = LineShown(_read_array(x, reader), _read_array(y, reader), label, color, style, marker)
    if line.x.shape != line.y.shape:
        raise WireError("a line has more of one coordinate than of the other")
    return line


def _read_bar(data: Any) -> BarShown:
    x, y, width, height, color = parts.items(data, 5)
    return BarShown(_read_number(x), _read_number(y), _read_number(width), _read_number(height), _read_text(color))


def _read_points(data: Any, reader: Reader) -> PointsShown:
    offsets, sizes, label = parts.items(data, 3)
    points = PointsShown(_read_array(offsets, reader, 2), _read_array(sizes, reader), _read_text(label))
    if points.offsets.shape[1] != 2:
        raise WireError("points have other than two coordinates")
    return points


def _read_image(data: Any, reader: Reader) -> ImageShown:
    shape, sent = parts.items(data, 2)
    sizes = tuple(parts.whole(each, 0, 2**31) for each in parts.items(shape, parts.MAX_DIMENSIONS))
    image = ImageShown(sizes, None if sent is None else _read_array(sent, reader, None))
    if image.data is not None and image.data.shape != image.shape:
        raise WireError("an image has another shape than its data")
    return image


def _read_text_shown(data: Any) -> TextShown:
    text, x, y = parts.items(data, 3)
    return TextShown(_read_text(text), _read_number(x), _read_number(y))


def _read_axes(data: Mapping[str, Any], reader: Reader, ref: Any) -> AxesShown:
    readers: dict[str, Callable[[Any], Any]] = {
        "x_limits": _read_limits,
        "y_limits": _read_limits,
        "x_tick_labels": _read_texts,
        "y_tick_labels": _read_texts,
        "legend": _read_texts,
        "lines": lambda each: _all(lambda one: _read_line(one, reader), each),
        "bars": lambda each: _all(_read_bar, each),
        "points": lambda each: _all(lambda one: _read_points(one, reader), each),
        "images": lambda each: _all(lambda one: _read_image(one, reader), each),
        "texts": lambda each: _all(_read_text_shown, each),
    }
    found = {}
    for each in fields(AxesShown):
        if each.name != "ref":
            read: Callable[[Any], Any] = readers.get(each.name, _read_text)
            found[each.name] = read(data[each.name])
    return AxesShown(**found, ref=ref)


def _all(read: Callable[[Any], Any], data: Any) -> tuple[Any, ...]:
    return tuple(read(each) for each in parts.items(data, MAX_ARTISTS))


def _figure(data: Mapping[str, Any], reader: Reader) -> FigureShown:
    axes = tuple(_read_axes(each, reader, None) for each in parts.items(data["axes"], MAX_ARTISTS))
    return FigureShown(_read_text(data["title"]), axes, reader.ref(data["ref"]))


DECODERS: Mapping[str, Callable[[Mapping[str, Any], Reader], Any]] = {
    "figure": _figure,
    "axes": lambda data, reader: _read_axes(data["v"], reader, reader.ref(data["ref"])),
}
