"""Table 1: who the people are at baseline, by arm, with standardised differences."""

from __future__ import annotations

from functools import partial

import pandas as pd

from lowback.exhibit import Exhibit, arms_of, each, in_order, keyed_rows, refused, sentence
from lowback.exhibit.numbers import capital, label_of, number, sign_of, spoken
from lowback.result import Refusal, Result
from lowback.tables.cells import Cell, arm_head, by, first, median, places_alike, summary, with_unit
from lowback.tables.effects import caption
from lowback.tables.markup import Row, Table

SKEWED = 0.2


def characteristics_table(result: Result | Refusal) -> Exhibit:
    """Who the people are, by arm (Table 1), with standardised differences instead of p-values."""
    if isinstance(result, Refusal):
        return refused(result)
    rows = keyed_rows(result, "variable", "level", "arm", "statistic")
    rows = rows[rows["statistic"] != "reach by chance"]
    of_difference = rows["statistic"] == "standardised difference"
    described, differences = rows[~of_difference], rows[of_difference]
    arms, compared = arms_of(described), in_order(differences["arm"])
    lines: list[Row] = []
    for variable in in_order(rows["variable"]):
        lines += _characteristic(
            described[described["variable"] == variable],
            differences[differences["variable"] == variable],
            arms,
            compared,
        )
    heads = [f"{arm_head(arm)}, n={_people(described, arm)}" for arm in arms]
    heads += [f"Std. difference, {arm_head(arm)}" for arm in compared]
    notes = [
        "Measures: mean (SD), or median [quartiles] where the two lie far apart. Categories: people (%)."
    ]
    comparators = [] if "comparator" not in differences.columns else in_order(differences["comparator"])
    notes += [f"Std. difference: from {arm_head(one)}, in standard deviations." for one in comparators if one]
    notes += _signs(in_order(rows["variable"]))
    return Table(caption(result), ("Characteristic", *heads), tuple(lines), tuple(notes)).exhibit(result)


def _signs(variables: list[str]) -> list[str]:
    """Which direction of each angle is positive, which on radiographs may be the other one."""
    said = [f"{spoken(label_of(one))}{sign_of(one).replace(';', ',')}" for one in variables if sign_of(one)]
    return [sentence(f"Signs: {'; '.join(said)}")] if said else []


def _characteristic(
    described: pd.DataFrame, differences: pd.DataFrame, arms: list[str], compared: list[str]
) -> list[Row]:
    """The lines of one variable: one for a measure, a head and a line a level for a category, one for the missing."""
    heading, form = _measured(pd.concat([described, differences]))
    present = described[described["statistic"] != "missing"]
    levels = in_order(present["level"])
    lines = []
    for level in levels if "" in levels else ["", *levels]:
        at_level, apart = present[present["level"] == level], differences[differences["level"] == level]
        cells = tuple("" for _ in arms) if at_level.empty else by(at_level, "arm", arms, form)
        cells += tuple("" for _ in compared) if apart.empty else by(apart, "arm", compared, _difference)
        header = level or heading
        lines.append(Row(header, cells if any(cells) else (), is_indented=bool(level)))
    absent = described[described["statistic"] == "missing"]
    if (absent["estimate"] > 0).any():
        cells = by(absent, "arm", arms, first) + tuple("" for _ in compared)
        lines.append(Row("missing", cells, is_indented=True))
    return lines


def _measured(rows: pd.DataFrame) -> tuple[str, Cell]:
    """How a variable is called and summed up: by its median where the mean misleads, alike in every arm.

    Skew: mean and median more than a fifth of a standard deviation apart, Pearson's second coefficient beyond 0.6.
    """
    of_measure = rows[rows["unit"].where(rows["statistic"] == "mean").notna()]
    heading = with_unit(of_measure) if len(of_measure) else capital(label_of(rows["variable"].iloc[0]))
    whole = rows[rows["arm"] == arms_of(rows)[-1]]
    found = {row.statistic: row.estimate for row in each(whole)}
    alike = partial(summary, places=places_alike(rows))
    if not {"mean", "SD", "median", "lower quartile", "upper quartile"} <= set(found):
        return heading, alike
    if abs(found["mean"] - found["median"]) <= SKEWED * found["SD"]:
        return heading, alike
    return f"{heading}: median", _skewed


def _skewed(rows: pd.DataFrame) -> str:
    found = {row.statistic: row for row in each(rows)}
    return median(found) or summary(rows)


def _difference(rows: pd.DataFrame) -> str:
    return number(rows["estimate"].iloc[0], 2)


def _people(rows: pd.DataFrame, arm: str) -> int:
    """The most people whom any row of the arm rests on."""
    return int(rows.loc[rows["arm"] == arm, "n_participants"].max())
