"""Tables of who is in a study: flow, visits attended, characteristics at baseline, missing values, outcome means."""

from __future__ import annotations

from functools import partial
from typing import Any

import pandas as pd

from lowback.exhibit import Exhibit, arms_of, each, in_order, keyed_rows, noted, refused
from lowback.exhibit.numbers import (
    capital,
    in_words,
    label_of,
    number,
    rounded,
    week,
)
from lowback.result import Refusal, Result
from lowback.tables.cells import arm_head, by, first, places_alike, summary, with_unit
from lowback.tables.effects import caption
from lowback.tables.markup import Row, Table


def flow_table(result: Result | Refusal) -> Exhibit:
    """How many people reached each stage, by arm, and why others did not."""
    if isinstance(result, Refusal):
        return refused(result)
    rows = keyed_rows(result, "stage", "arm", "reason")
    arms = arms_of(rows)
    lines = []
    for stage, reason in in_order(pd.Series(list(zip(rows["stage"], rows["reason"], strict=True)))):
        of_stage = rows[(rows["stage"] == stage) & (rows["reason"] == reason)]
        header = f"{in_words(stage)}: {reason}" if reason else in_words(stage)
        lines.append(Row(capital(header), by(of_stage, "arm", arms, first), is_indented=bool(reason)))
    return Table(caption(result), ("Stage", *map(arm_head, arms)), tuple(lines)).exhibit(result)


def attendance_table(result: Result | Refusal) -> Exhibit:
    """How many people came to each visit, by arm."""
    if isinstance(result, Refusal):
        return refused(result)
    rows = keyed_rows(result, "arm", "weeks")
    arms = arms_of(rows)
    rows = rows if "variable" in rows.columns else rows.assign(variable="visit")
    lines = []
    for variable in in_order(rows["variable"]):
        of_variable = rows[rows["variable"] == variable]
        came = "Came to the visit" if variable == "visit" else f"{capital(label_of(variable))} recorded"
        lines.append(Row(came))
        for weeks in in_order(of_variable["weeks"]):
            at_visit = of_variable[of_variable["weeks"] == weeks]
            lines.append(Row(capital(week(weeks)), by(at_visit, "arm", arms, _each), is_indented=True))
    return Table(caption(result), ("Visit", *map(arm_head, arms)), tuple(lines)).exhibit(result)


def missingness_table(result: Result | Refusal) -> Exhibit:
    """What is missing: variable, visit and reason, by arm; variables that are missing alike share their lines."""
    if isinstance(result, Refusal):
        return refused(result)
    rows = keyed_rows(result, "variable", "arm", "weeks", "reason")
    arms = arms_of(rows)
    gaps = rows.groupby("variable", sort=False)["estimate"].max() > 0
    complete = ", ".join(label_of(name) for name in gaps.index[~gaps])
    if not gaps.any():
        return noted(result, "Nothing is missing: every value that was planned is recorded.")
    alike: dict[tuple[Row, ...], list[str]] = {}
    for variable in gaps.index[gaps]:
        visits = rows[rows["variable"] == variable].groupby("weeks", sort=False, dropna=False)
        own = tuple(line for weeks, of_week in visits for line in _missing_lines(week(weeks), of_week, arms))
        alike.setdefault(own, []).append(label_of(variable))
    lines = [line for own, names in alike.items() for line in (Row(capital("; ".join(names))), *own)]
    notes = ["Cells are missing values of those expected.", *([f"Complete: {complete}."] if complete else [])]
    heads = ("Missing", *map(arm_head, arms))
    return Table(caption(result), heads, tuple(lines), tuple(notes)).exhibit(result)


def means_table(result: Result | Refusal) -> Exhibit:
    """Each outcome's mean, standard deviation and people, by visit and arm."""
    if isinstance(result, Refusal):
        return refused(result)
    rows = keyed_rows(result, "variable", "arm", "weeks", "statistic")
    arms = arms_of(rows)
    lines = []
    for variable in in_order(rows["variable"]):
        of_variable = rows[rows["variable"] == variable]
        lines.append(Row(with_unit(of_variable)))
        cell = partial(_mean_and_people, places=places_alike(of_variable))
        lines += [
            Row(
                capital(week(weeks)),
                by(of_variable[of_variable["weeks"] == weeks], "arm", arms, cell),
                is_indented=True,
            )
            for weeks in in_order(of_variable["weeks"])
        ]
    heads = ("Outcome, mean (SD)", *map(arm_head, arms))
    return Table(caption(result), heads, tuple(lines)).exhibit(result)


def _missing_lines(visit: str, rows: pd.DataFrame, arms: list[str]) -> list[Row]:
    """One visit's reasons; a sole reason needs no line for any reason."""
    occurring = rows[rows.groupby("reason")["estimate"].transform("max") > 0]
    reasons = in_order(occurring["reason"])
    if len(reasons) == 2 and "any reason" in reasons:
        reasons.remove("any reason")
    return [
        Row(
            capital(": ".join(filter(None, (visit, reason))) or "missing"),
            by(occurring[occurring["reason"] == reason], "arm", arms, _of_people),
            is_indented=True,
        )
        for reason in reasons
    ]


def _of_people(rows: pd.DataFrame) -> str:
    row = next(each(rows))
    shown = rounded(row)
    return (
        f"{shown.estimate}\N{NO-BREAK SPACE}%"
        if shown.unit == "%"
        else f"{shown.estimate}/{row.n_participants}"
    )


def _each(rows: pd.DataFrame) -> str:
    """Every number of the cell: a count, or a percentage in brackets."""
    return " ".join(_count_or_share(row) for row in each(rows))


def _count_or_share(row: Any) -> str:
    shown = rounded(row)
    return f"({number(row.estimate, 0)}\N{NO-BREAK SPACE}%)" if shown.unit == "%" else shown.estimate


def _mean_and_people(rows: pd.DataFrame, places: int | None) -> str:
    people = rows.loc[rows["statistic"] == "mean", "n_participants"]
    return f"{summary(rows, places)}, n={people.iloc[0] if len(people) else rows['n_participants'].iloc[0]}"
