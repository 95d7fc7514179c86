"""How an estimate moved, as a small picture of lines: no script, and no style but the page's own."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from lowback.publish.moved import Moved, Point

WIDTH, HEIGHT = 320, 96
LEFT, RIGHT, TOP, BOTTOM = 6, 314, 8, 74
MOST_POINTS = 104
"""Runs that a picture shows: two years of weeks; more would melt into each other."""
FEWER_POINTS = 26
"""Runs that a small picture shows: half a year of weeks."""


def picture_of(one: Moved, name: str, *, small: bool = False) -> str:
    """The course as SVG; `name` must be its own on the page. A `small` one has no dates, to stand in a row of a table."""
    points = one.points[-(FEWER_POINTS if small else MOST_POINTS) :]
    shown = [value for line in _near(one.lines, points) for value in line[1:]]
    values = [*(point.low for point in points), *(point.high for point in points), *shown]
    low, high = min(values), max(values)
    spread = (high - low) or abs(high) or 1.0

    def across(place: int) -> float:
        return RIGHT - 4 if len(points) == 1 else LEFT + 4 + place * (RIGHT - LEFT - 8) / (len(points) - 1)

    def down(value: float) -> float:
        return BOTTOM - (value - low) / spread * (BOTTOM - TOP)

    drawn = [_line(kind, down(value)) for kind, value in _near(one.lines, points)]
    places = [
        (across(at), down(one.low), down(one.estimate), down(one.high)) for at, one in enumerate(points)
    ]
    drawn += _course(places)
    if not small:
        drawn += _axis(one, points)
    height = BOTTOM + TOP if small else HEIGHT
    title, desc = escape(f"{one.term}: {len(one.points)} runs" if len(one.points) > 1 else f"{one.term}: one run"), escape(one.said)  # fmt: skip
    return (
        f'<svg class="moved" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" role="img" '
        f'aria-labelledby="{name}-t {name}-d"><title id="{name}-t">{title}</title><desc id="{name}-d">{desc}</desc>'
        f"{''.join(drawn)}</svg>"
    )


def _near(lines: Sequence[tuple[str, float]], points: Sequence[Point]) -> list[tuple[str, float]]:
    """The lines that lie within the picture or so close that it can be stretched to them."""
    low, high = min(one.low for one in points), max(one.high for one in points)
    room = 0.6 * ((high - low) or abs(high))
    return [(kind, value) for kind, value in lines if low - room <= value <= high + room]


def _course(places: Sequence[tuple[float, float, float, float]]) -> list[str]:
    """The band of the intervals, the line of the estimates and the last of them as a dot; one run is a bar."""
    if len(places) == 1:
        ((x, low, middle, high),) = places
        bar = f'<line class="bar" x1="{x:.1f}" x2="{x:.1f}" y1="{low:.1f}" y2="{high:.1f}"/>'
        return [bar, f'<circle class="now" cx="{x:.1f}" cy="{middle:.1f}" r="3.5"/>']
    above = " ".join(f"{x:.1f},{high:.1f}" for x, _, _, high in places)
    below = " ".join(f"{x:.1f},{low:.1f}" for x, low, _, _ in reversed(places))
    middle_line = " ".join(f"{x:.1f},{middle:.1f}" for x, _, middle, _ in places)
    x, _, middle, _ = places[-1]
    return [
        f'<polygon class="band" points="{above} {below}"/>',
        f'<polyline class="course" points="{middle_line}"/>',
        f'<circle class="now" cx="{x:.1f}" cy="{middle:.1f}" r="3.5"/>',
    ]


def _line(kind: str, y: float) -> str:
    return f'<line class="{kind.replace(" ", "-")}" x1="{LEFT}" x2="{RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'


def _axis(one: Moved, points: Sequence[Point]) -> list[str]:
    first = escape(points[0].day)
    runs = f"{len(points)} of {len(one.points)} runs" if len(points) < len(one.points) else f"{len(points)} runs"  # fmt: skip
    if len(points) == 1:
        return [f'<text x="{RIGHT}" y="{HEIGHT - 6}" text-anchor="end">{first}</text>']
    return [
        f'<text x="{LEFT}" y="{HEIGHT - 6}">{first}</text>',
        f'<text x="{WIDTH / 2:g}" y="{HEIGHT - 6}" text-anchor="middle">{runs}</text>',
        f'<text x="{RIGHT}" y="{HEIGHT - 6}" text-anchor="end">{escape(points[-1].day)}</text>',
    ]
