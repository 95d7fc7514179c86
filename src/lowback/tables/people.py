"""Tables of who is in a study: flow, visits attended, characteristics at baseline, missing values, outcome means."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from lowback.exhibit import EVERYBODY, Exhibit, arms_of, in_order, keyed_rows, refused
from lowback.exhibit.numbers import (
    ABSENT,
    capital,
    in_words,
    label_of,
    label_with_unit,
    number,
    places_for_spread,
    rounded,
    week,
)
from lowback.result import Refusal, Result
from lowback.tables.effects import caption
from lowback.tables.markup import Row, Table

Cell = Callable[[pd.DataFrame], str]


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
        lines.append(Row(capital(header), _by(of_stage, "arm", arms, _first), is_indented=bool(reason)))
    return Table(caption(result), ("Stage", *map(_arm, arms)), tuple(lines)).exhibit(result)


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
            lines.append(Row(capital(week(weeks)), _by(at_visit, "arm", arms, _each), is_indented=True))
    return Table(caption(result), ("Visit", *map(_arm, arms)), tuple(lines)).exhibit(result)


def characteristics_table(result: Result | Refusal) -> Exhibit:
    """Who the people are, by arm (Table 1), with standardised differences instead of p-values."""
    if isinstance(result, Refusal):
        return refused(result)
    rows = keyed_rows(result, "variable", "level", "arm", "statistic")
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
    heads = [f"{_arm(arm)}, n={_people(described, arm)}" for arm in arms]
    heads += [f"Std. difference, {_arm(arm)}" for arm in compared]
    notes = ("Measures: mean (SD). Categories: people (%).",)
    return Table(caption(result), ("Characteristic", *heads), tuple(lines), notes).exhibit(result)


def missingness_table(result: Result | Refusal) -> Exhibit:
    """What is missing: variable, visit and reason, by arm."""
    if isinstance(result, Refusal):
        return refused(result)
    rows = keyed_rows(result, "variable", "arm", "weeks", "reason")
    arms = arms_of(rows)
    gaps = rows.groupby("variable", sort=False)["estimate"].max() > 0
    complete = ", ".join(label_of(name) for name in gaps.index[~gaps])
    lines = []
    for variable in gaps.index[gaps]:
        of_variable = rows[rows["variable"] == variable]
        lines.append(Row(capital(label_of(variable))))
        for weeks, of_week in of_variable.groupby("weeks", sort=False, dropna=False):
            lines += _missing_lines(week(weeks), of_week, arms)
    notes = ["Cells are missing values of those expected.", *([f"Complete: {complete}."] if complete else [])]
    heads = ("Missing", *map(_arm, arms))
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
        lines.append(Row(capital(label_with_unit(variable))))
        lines += [
            Row(
                capital(week(weeks)),
                _by(of_variable[of_variable["weeks"] == weeks], "arm", arms, _mean_and_people),
                is_indented=True,
            )
            for weeks in in_order(of_variable["weeks"])
        ]
    heads = ("Outcome, mean (SD)", *map(_arm, arms))
    return Table(caption(result), heads, tuple(lines)).exhibit(result)


def _characteristic(
    described: pd.DataFrame, differences: pd.DataFrame, arms: list[str], compared: list[str]
) -> list[Row]:
    """The lines of one variable: one for a measure, a head and a line a level for a category, one for the missing."""
    variable = in_order(pd.concat([described, differences])["variable"])[0]
    present = described[described["statistic"] != "missing"]
    levels = in_order(present["level"])
    lines = []
    for level in levels if "" in levels else ["", *levels]:
        at_level, apart = present[present["level"] == level], differences[differences["level"] == level]
        cells = tuple("" for _ in arms) if at_level.empty else _by(at_level, "arm", arms, _summary)
        cells += tuple("" for _ in compared) if apart.empty else _by(apart, "arm", compared, _difference)
        header = level or capital(label_with_unit(variable))
        lines.append(Row(header, cells if any(cells) else (), is_indented=bool(level)))
    absent = described[described["statistic"] == "missing"]
    if (absent["estimate"] > 0).any():
        cells = _by(absent, "arm", arms, _first) + tuple("" for _ in compared)
        lines.append(Row("missing", cells, is_indented=True))
    return lines


def _missing_lines(visit: str, rows: pd.DataFrame, arms: list[str]) -> list[Row]:
    """One visit's reasons; a sole reason needs no line for any reason."""
    occurring = rows[rows.groupby("reason")["estimate"].transform("max") > 0]
    reasons = in_order(occurring["reason"])
    if len(reasons) == 2 and "any reason" in reasons:
        reasons.remove("any reason")
    return [
        Row(
            capital(": ".join(filter(None, (visit, reason))) or "missing"),
            _by(occurring[occurring["reason"] == reason], "arm", arms, _of_people),
            is_indented=True,
        )
        for reason in reasons
    ]


def _by(rows: pd.DataFrame, key: str, values: list[str], cell: Cell) -> tuple[str, ...]:
    """A cell for each value of the key; a dash where there are no rows."""
    parts = [rows[rows[key] == value] for value in values]
    return tuple(ABSENT if part.empty else cell(part) for part in parts)


def _first(rows: pd.DataFrame) -> str:
    return rounded(next(rows.itertuples(index=False))).estimate


def _of_people(rows: pd.DataFrame) -> str:
    row = next(rows.itertuples(index=False))
    shown = rounded(row)
    return f"{shown.estimate}%" if shown.unit == "%" else f"{shown.estimate}/{row.n_participants}"


def _each(rows: pd.DataFrame) -> str:
    """Every number of the cell: a count, or a percentage in brackets."""
    return " ".join(_count_or_share(row) for row in rows.itertuples(index=False))


def _count_or_share(row: Any) -> str:
    shown = rounded(row)
    return f"({shown.estimate}%)" if shown.unit == "%" else shown.estimate


def _summary(rows: pd.DataFrame) -> str:
    """One arm's description of one measure or level, in the form that its statistics allow."""
    found = {row.statistic: row for row in rows.itertuples(index=False)}
    return _mean(found) or _median(found) or _count(found) or ABSENT


def _mean(found: Mapping[str, Any]) -> str:
    if "mean" not in found:
        return ""
    spread = found["SD"].estimate if "SD" in found else float("nan")
    places = places_for_spread(spread)
    mean = number(found["mean"].estimate, places)
    return f"{mean} ({number(spread, places)})" if "SD" in found else mean


def _median(found: Mapping[str, Any]) -> str:
    names = ("median", "lower quartile", "upper quartile")
    if not set(names) <= set(found):
        return ""
    low, high = (found[name].estimate for name in names[1:])
    places = places_for_spread(found["SD"].estimate if "SD" in found else high - low)
    median, lower, upper = (number(found[name].estimate, places) for name in names)
    return f"{median} [{lower} to {upper}]"


def _count(found: Mapping[str, Any]) -> str:
    count = f"{found['count'].estimate:.0f}" if "count" in found else ""
    share = f"{rounded(found['percentage']).estimate}%" if "percentage" in found else ""
    return f"{count} ({share})" if count and share else count or share


def _mean_and_people(rows: pd.DataFrame) -> str:
    people = rows.loc[rows["statistic"] == "mean", "n_participants"]
    return f"{_summary(rows)}, n={people.iloc[0] if len(people) else rows['n_participants'].iloc[0]}"


def _difference(rows: pd.DataFrame) -> str:
    return number(rows["estimate"].iloc[0], 2)


def _people(rows: pd.DataFrame, arm: str) -> int:
    """The most people whom any row of the arm rests on."""
    return int(rows.loc[rows["arm"] == arm, "n_participants"].max())


def _arm(arm: str) -> str:
    return "All" if arm in EVERYBODY else arm
