"""Pictures as SVG that is drawn here, in the colours of the page, each with its numbers as text beside it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from markupsafe import Markup, escape

from autograder.report.class_report.item_analysis import LEAST_DISCRIMINATION, Item, Summary
from autograder.report.class_report.page_filters import shown
from autograder.report.class_report.times import Bin

_WIDTH, _LEFT, _RIGHT = 720, 56, 20


def histogram(bins: Sequence[Bin], figures: Summary, max_score: float) -> Markup:
    """How many have how many points, and below it where the quartiles are.

    A part for what is under 0 or over the maximum (`is_over`) stands beside the scale, up to the least or the most.
    """
    top, base, box = 22, 190, 240
    scale = (_WIDTH - _LEFT - _RIGHT) / len(bins)
    is_under, is_over = bins[0].is_over, bins[-1].is_over
    start, end = _LEFT + scale * is_under, _WIDTH - _RIGHT - scale * is_over

    def x_of(score: float) -> float:
        if score < 0:
            return start - scale * is_under * score / min(figures.least or 0.0, score)
        if score > max_score:
            return end + scale * is_over * (score - max_score) / (max(figures.most or 0.0, score) - max_score)
        return start + (end - start) * score / max_score

    most = max(each.count for each in bins) or 1
    parts = []
    for level in _levels(most):
        y = base - (base - top) * level / most
        parts.append(f'<line class="grid" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(_text(_LEFT - 6, y + 4, f"{level}", "end"))
    for at, each in enumerate(bins):
        height = (base - top) * each.count / most
        x = _LEFT + at * scale
        if each.count:
            parts.append(
                f'<rect class="bar" x="{x + 1.5:.1f}" y="{base - height:.1f}" width="{scale - 3:.1f}" '
                f'height="{height:.1f}"><title>{escape(each.label)}: {each.count}</title></rect>'
            )
    parts.append(f'<line class="axis" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{base}" y2="{base}"/>')
    for edge in [start] * is_under + [end] * is_over:
        parts.append(f'<line class="axis" x1="{edge:.1f}" x2="{edge:.1f}" y1="{top}" y2="{base + 5}"/>')
    for tenth in range(2 * is_under, 11 - 2 * is_over, 2):
        parts.append(_text(start + (end - start) * tenth / 10, base + 20, f"{max_score * tenth / 10:g}"))
    parts += [_text(_LEFT, base + 20, bins[0].label, "start")] * is_under
    parts += [_text(_WIDTH - _RIGHT, base + 20, bins[-1].label, "end")] * is_over
    parts += _box(figures, x_of, box)
    said = "; ".join(f"{each.label} points: {each.count}" for each in bins if each.count)
    return _svg(_WIDTH, box + 22, f"How many students have how many points. {said}.", parts)


def _box(figures: Summary, x_of: Callable[[float], float], y: int) -> list[str]:
    """A box plot: the quartiles, and lines to the least and the most."""
    numbers = (figures.least, figures.first_quartile, figures.median, figures.third_quartile, figures.most)
    known = [each for each in numbers if each is not None]
    if len(known) < len(numbers) or figures.count < 5:
        return []
    least, first, median, third, most = map(x_of, known)
    return [
        f'<line class="axis" x1="{least:.1f}" x2="{most:.1f}" y1="{y}" y2="{y}"/>',
        f'<rect class="box" x="{first:.1f}" y="{y - 9}" width="{max(third - first, 1):.1f}" height="18"/>',
        f'<line class="median" x1="{median:.1f}" x2="{median:.1f}" y1="{y - 12}" y2="{y + 12}"/>',
        *(f'<line class="axis" x1="{x:.1f}" x2="{x:.1f}" y1="{y - 5}" y2="{y + 5}"/>' for x in (least, most)),
    ]


def _levels(most: int) -> list[int]:
    """Where grid lines are: at most five round numbers."""
    step = 1
    for factor in (2, 2.5, 2) * 8:
        if most / step <= 5:
            break
        step = int(step * factor) if step * factor == int(step * factor) else step * 2
    return list(range(0, most + 1, step))


def fifths(shares: Sequence[float]) -> Markup:
    """The mean share of each fifth of the class, from the lowest scores to the highest."""
    parts = []
    for at, each in enumerate(shares):
        height = 24 * each
        parts.append(
            f'<rect class="bar" x="{at * 15 + 1}" y="{25 - height:.1f}" width="12" height="{height + 1:.1f}"/>'
        )
    parts.append('<line class="axis" x1="0" x2="75" y1="26.5" y2="26.5"/>')
    said = ", ".join(f"{each:.0%}" for each in shares)
    return _svg(75, 28, f"Mean share of each fifth of the class, lowest scores first: {said}.", parts, "spark")


def scatter(items: Sequence[Item]) -> Markup:
    """Each exercise by its difficulty and discrimination; empty if none has both."""
    known = [(number, each) for number, each in enumerate(items, 1) if each.discrimination is not None]
    if not known:
        return Markup("")
    top, base, low = 14, 250, min(0.0, *(each.discrimination or 0.0 for _, each in known)) - 0.05
    span = _WIDTH - _LEFT - _RIGHT

    def y_of(value: float) -> float:
        return base - (base - top) * (value - low) / (1 - low)

    parts = []
    for value in (0.0, LEAST_DISCRIMINATION, 0.4, 0.6, 0.8, 1.0):
        kind = "limit" if value == LEAST_DISCRIMINATION else "grid"
        parts.append(
            f'<line class="{kind}" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y_of(value):.1f}" y2="{y_of(value):.1f}"/>'
        )
        parts.append(_text(_LEFT - 6, y_of(value) + 4, f"{value:g}", "end"))
    for tenth in range(0, 11, 2):
        parts.append(_text(_LEFT + span * tenth / 10, base + 20, f"{tenth * 10}%"))
    parts.append(_text(_LEFT + span / 2, base + 42, "mean share of the points (difficulty)"))
    for number, each in known:
        x, y = _LEFT + span * (each.difficulty or 0.0), y_of(each.discrimination or 0.0)
        kind = "flagged" if each.is_flagged else "point"
        label = f"{shown(each.name)}: {each.difficulty or 0.0:.0%}, {each.discrimination:.2f}"
        parts.append(f'<g class="{kind}"><circle cx="{x:.1f}" cy="{y:.1f}" r="11"/><title>{escape(label)}</title>')
        parts.append(f"{_text(x, y + 4.5, str(number))}</g>")
    said = "; ".join(
        f"{shown(each.name)}: {each.difficulty or 0.0:.0%} and {each.discrimination:.2f}" for _, each in known
    )
    return _svg(_WIDTH, base + 50, f"Difficulty and discrimination of each exercise. {said}.", parts)


def _text(x: float, y: float, text: str, anchor: str = "middle") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _svg(width: int, height: int, said: str, parts: Sequence[str], kind: str = "chart") -> Markup:
    start = f'<svg class="{kind}" viewBox="0 0 {width} {height}" role="img" aria-label="{escape(said)}">'
    return Markup(f"{start}{''.join(parts)}</svg>")
