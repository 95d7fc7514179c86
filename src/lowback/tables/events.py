"""The table of what came between and what else was done, by arm."""

from __future__ import annotations

import pandas as pd

from lowback.exhibit import Exhibit, arms_of, each, in_order, keyed_rows, refused
from lowback.exhibit.numbers import capital, label_of, number, rounded
from lowback.result import Refusal, Result
from lowback.tables.cells import arm_head, by
from lowback.tables.effects import caption
from lowback.tables.markup import Row, Table

COUNTED = ("count", "percentage")


def events_table(result: Result | Refusal) -> Exhibit:
    """People of each arm to whom each thing happened, of those with a record, and how far arms lie from their comparator."""
    if isinstance(result, Refusal):
        return refused(result)
    rows = keyed_rows(result, "variable", "level", "arm", "comparator", "statistic")
    counted, compared = rows[rows["statistic"].isin(COUNTED)], rows[rows["statistic"] == "difference"]
    arms, others = arms_of(counted), in_order(compared["arm"])
    lines = []
    for variable, level in in_order(pd.Series(list(zip(rows["variable"], rows["level"], strict=True)))):
        here, apart = (
            one[(one["variable"] == variable) & (one["level"] == level)] for one in (counted, compared)
        )
        named = {"withdrawal_reason": "withdrew"}.get(variable, label_of(variable))
        cells = (*by(here, "arm", arms, _people), *by(apart, "arm", others, _apart))
        lines.append(Row(capital(named if level == "any" else f"{named}, {level}"), cells))
    against = f" less {compared['comparator'].iloc[0]}" if len(compared) else ""
    heads = ("After baseline", *map(arm_head, arms), *(f"{arm}{against} (points, 95 % CI)" for arm in others))
    # Who reads the table alone must know who counts.
    notes = (
        "Cells are people to whom it happened, of those with a record of it, and their percentage.",
        result.method,
    )
    return Table(caption(result), heads, tuple(lines), notes).exhibit(result)


def _people(rows: pd.DataFrame) -> str:
    found = {row.statistic: row for row in each(rows)}
    count, share = found.get("count"), found.get("percentage")
    said = "" if count is None else f"{count.estimate:.0f}/{count.n_participants}"
    return (
        " ".join(
            filter(None, (said, "" if share is None else f"({number(share.estimate, 0)}\N{NO-BREAK SPACE}%)"))
        )
        or "–"
    )


def _apart(rows: pd.DataFrame) -> str:
    return rounded(next(each(rows)), difference=True).with_bounds
