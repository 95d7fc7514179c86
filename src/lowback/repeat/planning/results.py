"""The weighed designs of a plan as a result: every number a row, what was assumed in the method sentence."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from pathlib import Path

import pandas as pd

from lowback.csv_text import csv_text
from lowback.repeat.kept import write_whole
from lowback.repeat.planning.estimating import Analysis
from lowback.repeat.planning.expecting import expected, expected_assurance, expected_power
from lowback.repeat.planning.question import Planning
from lowback.repeat.planning.weighing import Mean, Share, Weighed, cheapest, weighed
from lowback.repeat.planning.wording import method_of, question_of
from lowback.repeat.replicates import Progress
from lowback.result import Result, estimates_frame

ANALYSIS = "planning"
Row = tuple[dict[str, object], dict[str, object]]
SOURCES = (
    "Morris, White & Crowther 2019, Stat Med 38:2074-2102, doi:10.1002/sim.8086 (simulation studies and their errors)",
    "O'Hagan, Stevens & Campbell 2005, Pharm Stat 4:187-201, doi:10.1002/pst.175 (assurance)",
    "Brennan 2001, Generalizability theory, Springer (means of several raters and readings)",
)


def planned(
    planning: Planning,
    analyses: Mapping[str, Analysis] | None = None,
    *,
    replicates: int | None = None,
    jobs: int = 1,
    cluster: str | None = None,
    keep: Path | None = None,
    progress: Progress | None = None,
) -> Result:
    """Power, assurance, precision and cost of every design of a plan, from so many simulated trials each.

    `analyses` are the report's own by name, of which a plan that asks for them takes one. Rows of a design have the keys `design` (its
    number), `participants`, `visits`, `raters`, `readings`, `statistic`, `reaches` ("yes", "no", "cannot tell") and `note`
    ("cheapest", "overstated", or the closed form's name). Shares have Wilson's intervals and widths normal ones, both of Monte Carlo error
    only; the row of the target has design "".
    """
    analysis = (analyses or {}).get(planning.analysis)
    found = weighed(
        planning,
        analysis=analysis,
        replicates=replicates,
        jobs=jobs,
        cluster=cluster,
        keep=keep,
        progress=progress,
    )
    return result_of(planning, found)


def result_of(planning: Planning, found: list[Weighed]) -> Result:
    """The weighed designs as a result, the cheapest that will do among them marked."""
    best = cheapest(planning, found)
    rows = [_target(planning), *(row for one in found for row in _rows(planning, one, one is best))]
    formulas = {one.formula for each in found if (one := expected(planning, each.design.layout)) is not None}
    return Result(
        analysis=ANALYSIS,
        # A plan is no estimate of the estimand, and one estimand may have several plans.
        estimand=planning.plan.title,
        question=question_of(planning),
        estimates=estimates_frame([row for row, _ in rows]),
        keys=pd.DataFrame([key for _, key in rows]),
        method=method_of(planning, found),
        assumptions=_assumptions(planning),
        sources=(*SOURCES, *sorted(formulas)),
        smallest_worthwhile=planning.margin,
        higher_is=planning.outcome.higher_is,
    )


def write_designs(result: Result, folder: Path) -> None:
    """Write every number of every design, with its keys, to `designs.csv` in the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    keys = pd.DataFrame() if result.keys is None else result.keys
    rows = pd.concat([keys, result.estimates], axis=1)
    write_whole(folder / "designs.csv", csv_text(rows))


def _target(planning: Planning) -> Row:
    target = planning.plan.target
    unit = planning.unit if target.statistic == "interval width" else "proportion"
    row = {"term": f"target: {target.statistic}", "estimate": target.value, "unit": unit, "n_participants": 0}
    place = dict.fromkeys(("design", "participants", "visits", "raters", "readings"), "")
    return row, {**place, "statistic": "target", "reaches": "", "note": target.statistic}


def _rows(planning: Planning, one: Weighed, is_best: bool) -> Iterator[Row]:
    """What one design came to: power first, then all that stands beside it, each with its key."""
    reaches = one.reaches(planning)
    note = "cheapest" if is_best else "overstated" if one.overstates else ""
    yield _row(one, "power", one.power, "proportion", reaches, note)
    for statistic, value, formula in _closed(planning, one):
        yield _row(one, statistic, Mean(value, math.nan), "proportion", "", formula)
    if one.assurance is not None:
        yield _row(one, "assurance", one.assurance, "proportion", reaches)
    if one.width is not None and one.estimate is not None:
        yield _row(one, "interval width", one.width, planning.unit, reaches)
        yield _row(one, "mean estimate", one.estimate, planning.unit)
    if one.false_positives is not None:
        yield _row(one, "false positives", one.false_positives, "proportion")
    yield _row(one, "unanswered", one.unanswered, "proportion")
    if planning.plan.costs.model_fields_set - {"currency"}:
        yield _row(one, "cost", Mean(one.design.cost, math.nan), planning.plan.costs.currency)


def _closed(planning: Planning, one: Weighed) -> Iterator[tuple[str, float, str]]:
    """Power, and assurance where there is a prior, by the closed form with its name; nothing where there is none."""
    found = expected(planning, one.design.layout)
    power = expected_power(planning, one.design.layout)
    if found is None or power is None:
        return
    yield "power, closed form", power, found.formula
    averaged = expected_assurance(planning, one.design.layout)
    if one.assurance is not None and averaged is not None:
        yield "assurance, closed form", averaged, found.formula


def _row(
    one: Weighed, statistic: str, value: Share | Mean, unit: str, reaches: str = "", note: str = ""
) -> Row:
    layout = one.design.layout
    low, high = value.interval
    place = {
        "design": one.design.number,
        "participants": layout.participants,
        "visits": one.design.visits,
        "raters": layout.raters,
        "readings": layout.readings,
    }
    row = {
        "term": f"design {one.design.number}: {statistic}",
        "estimate": value.estimate,
        "std_error": value.std_error,
        "conf_low": low,
        "conf_high": high,
        "unit": unit,
        "n_participants": layout.participants,
    }
    return row, {**place, "statistic": statistic, "reaches": reaches, "note": note}


def _assumptions(planning: Planning) -> tuple[str, ...]:
    assumed = planning.plan.assumptions
    scale = (
        f"Scores are written down from {assumed.scale.low:g} to {assumed.scale.high:g}."
        if assumed.scale
        else "Scores are normal and have no ends: where many would lie at an end of the scale, power is less than shown."
    )
    return (
        "People will be like those assumed; a power says nothing about how likely the assumptions are.",
        scale,
        "Who drops out, and who follows the programme, depends on nothing that is measured.",
        "Raters differ from each other at random, anew for each person and visit; a rater who always reads high is not planned for.",
    )
