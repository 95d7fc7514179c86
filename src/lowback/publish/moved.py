"""How an estimate moved from run to run, as a small picture of lines: no script, no style but the page's own colours."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from math import isfinite, nan
from types import SimpleNamespace
from typing import Any

from lowback.exhibit.numbers import Rounded, rounded
from lowback.publish.history import Entry

DATE = re.compile(r"\d{4}-\d{2}")
WIDTH, HEIGHT = 320, 96
LEFT, RIGHT, TOP, BOTTOM = 6, 314, 8, 74
MOST_POINTS = 104
"""Runs that a picture shows: two years of weeks; more would melt into each other."""
FEWER_POINTS = 26
"""Runs that a small picture shows: half a year of weeks."""
MOST_TERMS = 6
"""Rows of one analysis that the report draws; the others lie in history.csv."""


@dataclass(frozen=True)
class Point:
    """An estimate of one run, with its interval and the date of its data."""

    day: str
    estimate: float
    std_error: float
    low: float
    high: float
    people: float


@dataclass(frozen=True)
class Moved:
    """One statistic over the runs, oldest first; `lines` are no effect and the smallest effect that matters."""

    analysis: str
    estimand: str
    term: str
    unit: str
    points: tuple[Point, ...]
    lines: tuple[tuple[str, float], ...] = ()

    @property
    def said(self) -> str:
        """What the picture shows, in a sentence."""
        first, last = self.points[0], self.points[-1]
        now = f"{as_printed(last, self.unit).in_words}, {last.day}"
        if len(self.points) == 1:
            return f"One run: {now}."
        lowest, highest = (
            _number(pick(self.points, key=lambda one: one.estimate), self.unit) for pick in (min, max)
        )
        return (
            f"{len(self.points)} runs: from {_number(first, self.unit)} ({first.day}) to {now}; "
            f"lowest {lowest}, highest {highest}."
        )

    @property
    def dates(self) -> str:
        """The dates of the data, the first and the last."""
        days = self.points[0].day, self.points[-1].day
        return days[0] if days[0] == days[1] else f"{days[0]} to {days[1]}"


@dataclass(frozen=True)
class MovedGroup:
    """The statistics of one analysis of one estimand, under the question that they answer; `more` are not drawn."""

    question: str
    analysis: str
    estimand: str
    rows: tuple[Moved, ...]
    more: int = 0


def as_printed(point: Point, unit: str) -> Rounded:
    """The estimate as tables print it: with the decimals that its standard error deserves."""
    row = {
        "estimate": point.estimate,
        "std_error": point.std_error,
        "conf_low": point.low,
        "conf_high": point.high,
    }
    return rounded(SimpleNamespace(**row, unit=unit, n_participants=point.people))


def day_of(row: Entry) -> str:
    """The date of a run's data; where they bear none, that of the run."""
    return row["data_date"] if DATE.match(row["data_date"]) else row["run"][:10]


def lines_of(unit: str, margin: float | None) -> tuple[tuple[str, float], ...]:
    """No effect, and the smallest effect that matters in both directions, in the unit of an estimate."""
    if "ratio" in unit.split():
        ratio = [] if not margin or margin <= 0 else [("margin", margin), ("margin", 1 / margin)]
        return (("no effect", 1.0), *ratio)
    return (("no effect", 0.0), *([("margin", margin), ("margin", -margin)] if margin else []))


def margins_of(study: Mapping[str, Any]) -> dict[str, float]:
    """The smallest effect that matters for each estimand of a study as a manifest holds it."""
    found = {}
    for one in study.get("estimands") or ():
        margin = one.get("smallest_worthwhile")
        if isinstance(margin, (int, float)) and isfinite(margin):
            found[str(one.get("name"))] = float(margin)
    return found


def moved(history: Sequence[Entry], margins: Mapping[str, float]) -> list[Moved]:
    """Every statistic of the last run with its course, in the order of the last run."""
    courses: dict[tuple[str, str, str, str], list[Entry]] = {}
    for row in history:
        courses.setdefault((row["analysis"], row["estimand"], row["term"], row["unit"]), []).append(row)
    last = (history[-1]["run"], history[-1]["key"]) if history else ("", "")
    return [
        Moved(analysis, estimand, term, unit, _points(rows), lines_of(unit, margins.get(estimand)))
        for (analysis, estimand, term, unit), rows in courses.items()
        if (rows[-1]["run"], rows[-1]["key"]) == last
    ]


def moved_groups(
    history: Sequence[Entry], margins: Mapping[str, float], questions: Mapping[tuple[str, str], str]
) -> list[MovedGroup]:
    """The statistics of the report's answers, by the question that they answer, in the order of the questions."""
    groups: dict[tuple[str, str], list[Moved]] = {key: [] for key in questions}
    for one in moved(history, margins):
        if (one.analysis, one.estimand) in groups:
            groups[one.analysis, one.estimand].append(one)
    return [
        MovedGroup(questions[key], *key, tuple(rows[:MOST_TERMS]), max(0, len(rows) - MOST_TERMS))
        for key, rows in groups.items()
        if rows
    ]


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


def _points(rows: Sequence[Entry]) -> tuple[Point, ...]:
    return tuple(
        Point(
            day=day_of(row),
            estimate=float(row["estimate"]),
            std_error=float(row["std_error"] or nan),
            low=float(row["conf_low"]),
            high=float(row["conf_high"]),
            people=float(row["n_participants"] or nan),
        )
        for row in rows
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


def _number(point: Point, unit: str) -> str:
    return as_printed(point, unit).estimate
