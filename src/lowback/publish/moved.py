"""How the estimates of a report moved from run to run."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from math import isfinite, nan
from types import SimpleNamespace
from typing import Any

from lowback.exhibit.numbers import Rounded, rounded
from lowback.publish.history import Entry

DATE = re.compile(r"\d{4}-\d{2}")
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


def levels_in(manifest: Mapping[str, Any]) -> set[tuple[str, ...]]:
    """The estimates that a manifest calls levels: how high something is, not what differs."""
    listed = manifest.get("levels")
    return (
        {tuple(map(str, one)) for one in listed if isinstance(one, list)}
        if isinstance(listed, list)
        else set()
    )


def moved(
    history: Sequence[Entry], margins: Mapping[str, float], levels: Set[tuple[str, ...]] = frozenset()
) -> list[Moved]:
    """Every statistic of the last run with its course, in the order of the last run; those in `levels` are no effects."""
    courses: dict[tuple[str, str, str, str], list[Entry]] = {}
    for row in history:
        courses.setdefault((row["analysis"], row["estimand"], row["term"], row["unit"]), []).append(row)
    last = (history[-1]["run"], history[-1]["key"]) if history else ("", "")
    return [
        Moved(
            analysis,
            estimand,
            term,
            unit,
            _points(rows),
            () if (analysis, estimand, term) in levels else lines_of(unit, margins.get(estimand)),
        )
        for (analysis, estimand, term, unit), rows in courses.items()
        if (rows[-1]["run"], rows[-1]["key"]) == last
    ]


def moved_groups(
    history: Sequence[Entry],
    margins: Mapping[str, float],
    questions: Mapping[tuple[str, str], str],
    levels: Set[tuple[str, ...]] = frozenset(),
) -> list[MovedGroup]:
    """The statistics of the report's answers, by the question that they answer, in the order of the questions."""
    groups: dict[tuple[str, str], list[Moved]] = {key: [] for key in questions}
    for one in moved(history, margins, levels):
        if (one.analysis, one.estimand) in groups:
            groups[one.analysis, one.estimand].append(one)
    return [
        MovedGroup(questions[key], *key, tuple(rows[:MOST_TERMS]), max(0, len(rows) - MOST_TERMS))
        for key, rows in groups.items()
        if rows
    ]


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


def _number(point: Point, unit: str) -> str:
    return as_printed(point, unit).estimate
