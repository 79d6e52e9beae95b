"""Plots as plain shapes, which a template draws as SVG: no script, nothing loaded."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

WIDTH, HEIGHT = 640, 200
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 16, 10, 24
_MOST_LABELS = 7
_WIDEST = 44.0
_UNITS = ((Decimal(10**9), "G"), (Decimal(10**6), "M"), (Decimal(1000), "k"))


class Box(NamedTuple):
    """A rectangle; `kind` is a class of the style sheet, `title` what a pointer shows."""

    x: float
    y: float
    width: float
    height: float
    kind: str
    title: str


class Dot(NamedTuple):
    """A point of a line."""

    x: float
    y: float
    title: str


class Label(NamedTuple):
    """A text at an axis: `at` is its x below, its y at the left."""

    at: float
    text: str


class Plot(NamedTuple):
    """A plot of WIDTH by HEIGHT. `said` is what it shows, for who does not see it."""

    title: str
    said: str
    ticks: tuple[Label, ...]
    labels: tuple[Label, ...]
    boxes: tuple[Box, ...] = ()
    line: str = ""
    dots: tuple[Dot, ...] = ()


class PlotColumn(NamedTuple):
    """What a column shows: a whole, and a part of it that is drawn at its foot."""

    name: str
    part: Decimal
    whole: Decimal


def columns(title: str, shown: Sequence[PlotColumn], kinds: tuple[str, str]) -> Plot:
    """A column for each, of two kinds of boxes: the part, and what is left of the whole."""
    top, ticks = _scale(max(c.whole for c in shown))
    step = (WIDTH - _LEFT - _RIGHT) / len(shown)
    width = min(step * 0.72, _WIDEST)
    boxes = []
    for number, column in enumerate(shown):
        x = _LEFT + step * number + (step - width) / 2
        said = f"{column.name}: {column.part:,} of {column.whole:,}"
        foot = Decimal(0)
        for kind, height in zip(kinds, (column.part, column.whole - column.part), strict=True):
            if height > 0:
                high = _y(foot + height, top)
                boxes.append(Box(_r(x), high, _r(width), _r(_y(foot, top) - high), kind, said))
                foot += height
    middles = [_LEFT + step * (n + 0.5) for n in range(len(shown))]
    said = f"{title}, {len(shown)} columns, {shown[0].name} to {shown[-1].name}; the table has all"
    return Plot(title, said, ticks, _labels(middles, [c.name for c in shown]), tuple(boxes))


def line(title: str, shown: Sequence[tuple[str, Decimal]], unit: str = "") -> Plot:
    """A line from left to right through the values, from 0 upwards."""
    top, ticks = _scale(max(value for _, value in shown), unit)
    step = (WIDTH - _LEFT - _RIGHT) / max(len(shown) - 1, 1)
    places = [_LEFT + step * n for n in range(len(shown))]
    dots = tuple(
        Dot(_r(x), _y(value, top), f"{name}: {value:,}{unit}")
        for x, (name, value) in zip(places, shown, strict=True)
    )
    path = "M" + " L".join(f"{dot.x} {dot.y}" for dot in dots)
    said = f"{title}: from {shown[0][1]:,}{unit} to {shown[-1][1]:,}{unit}; the table has all"
    return Plot(title, said, ticks, _labels(places, [n for n, _ in shown]), line=path, dots=dots)


def _scale(most: Decimal, unit: str = "") -> tuple[Decimal, tuple[Label, ...]]:
    """The value at the top, and the marks of the axis: some four, in steps of 1, 2 or 5."""
    most = max(most, Decimal(1) if not unit else Decimal("0.1"))
    power = Decimal(10) ** (most / 4).adjusted()
    step = next(s * power for s in (1, 2, 5, 10) if s * power * 4 >= most)
    count = math.ceil(most / step)
    top = step * count
    marks = (step * n for n in range(count + 1))
    return top, tuple(Label(_y(mark, top), _short(mark) + unit) for mark in marks)


def _short(value: Decimal) -> str:
    """A round number in a few characters."""
    for size, letter in _UNITS:
        if value >= size:
            return f"{(value / size).normalize():f}{letter}"
    return f"{value.normalize():f}"


def _labels(places: Sequence[float], names: Sequence[str]) -> tuple[Label, ...]:
    """Names below, as many as have room, the last among them."""
    every = -(-len(names) // _MOST_LABELS)
    last = len(names) - 1
    return tuple(
        Label(_r(place), name)
        for n, (place, name) in enumerate(zip(places, names, strict=True))
        if (last - n) % every == 0
    )


def _y(value: Decimal, top: Decimal) -> float:
    return _r(HEIGHT - _BOTTOM - float(value / top) * (HEIGHT - _TOP - _BOTTOM))


def _r(value: float) -> float:
    return round(value, 1)
