"""Which triggers a published report crosses, read from its estimates."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from lowback.csv_text import rows_of
from lowback.notices.declared import Trigger

ESTIMATES = "estimates.csv"


@dataclass(frozen=True)
class Estimate:
    """One row of a report's estimates.csv, as far as a trigger looks at it."""

    analysis: str
    estimand: str
    term: str
    estimate: float
    conf_low: float
    conf_high: float
    compares: bool
    unit: str


@dataclass(frozen=True)
class Crossed:
    """An estimate that lies on a trigger's side of its margin."""

    trigger: Trigger
    row: Estimate

    @property
    def key(self) -> str:
        """What tells this crossing from others, from one report to the next."""
        one = self.trigger
        return "|".join(
            (
                one.estimand,
                self.row.analysis,
                self.row.term,
                one.side,
                one.when,
                f"{one.crosses:g}",
            )
        )

    @property
    def sentence(self) -> str:
        """The crossing in words, with estimate, interval and margin."""
        row, one = self.row, self.trigger
        interval = (
            ""
            if math.isnan(row.conf_low)
            else f" (interval {_shown(row.conf_low)} to {_shown(row.conf_high)})"
        )
        what = "the interval lies" if one.when == "interval" else "the estimate lies"
        return (
            f"{row.estimand}, {row.term} ({row.analysis}): {_shown(row.estimate)}{interval} {row.unit}; "
            f"{what} {one.side} {one.crosses:g}, which it did not before"
        )


def estimates_of(report: Path) -> tuple[Estimate, ...] | None:
    """The estimates of a published report; None where there is none that can be read."""
    try:
        return tuple(_estimate(row) for row in rows_of((report / ESTIMATES).read_bytes().decode()))
    except (OSError, KeyError, TypeError, ValueError, csv.Error):
        return None


def crossed(triggers: Iterable[Trigger], rows: Sequence[Estimate]) -> list[Crossed]:
    """Every watched estimate that lies on its trigger's side of the margin."""
    return [Crossed(one, row) for one in triggers for row in watched(one, rows) if _crosses(one, row)]


def watched(trigger: Trigger, rows: Sequence[Estimate]) -> list[Estimate]:
    """The rows that a trigger looks at: those it names, or the comparisons of its estimand's first analysis."""
    own = [row for row in rows if row.estimand == trigger.estimand]
    if trigger.term is None:
        own = [row for row in own if row.compares]
    analysis = trigger.analysis or next((row.analysis for row in own), None)
    return [row for row in own if row.analysis == analysis and trigger.term in (None, row.term)]


def _crosses(trigger: Trigger, row: Estimate) -> bool:
    if trigger.side == "below":
        return (row.conf_high if trigger.when == "interval" else row.estimate) < trigger.crosses
    return (row.conf_low if trigger.when == "interval" else row.estimate) > trigger.crosses


def _estimate(row: dict[str, str]) -> Estimate:
    numbers = {name: _number(row[name]) for name in ("estimate", "conf_low", "conf_high")}
    # An estimate with a p-value compares something with something; a count or a mean does not.
    compares = not math.isnan(_number(row["p_value"]))
    return Estimate(row["analysis"], row["estimand"], row["term"], compares=compares, unit=row["unit"], **numbers)  # fmt: skip


def _number(text: str) -> float:
    return float(text) if text else math.nan


def _shown(number: float) -> str:
    return f"{number:.2f}".replace("-", "\N{MINUS SIGN}")
