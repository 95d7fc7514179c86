"""For whom: the effect at each value of a characteristic, and what rules of whom to treat would gain."""

from __future__ import annotations

from typing import Any

import pandas as pd

from lowback.exhibit import Exhibit, each, in_order, keyed_rows, noted, refused
from lowback.exhibit.numbers import label_of, rounded, spoken
from lowback.figures.canvas import GREY, arm_styles, drawn, listed, people_in, sheet, wrapped
from lowback.figures.forest import forest_axes, forest_height, marks, name_directions
from lowback.figures.panels import legend_above
from lowback.result import Refusal, Result

SHOWN = ("effect", "shrunken effect")


def characteristic_figure(result: Result | Refusal) -> Exhibit:
    """Each arm's effect at each value: of the model filled, of the subgroup drawn towards the others open; were nothing to differ, one line."""
    if isinstance(result, Refusal):
        return refused(result)
    rows = keyed_rows(result, "arm", "comparator", "statistic", "modifier", "level")
    rows = rows[rows["statistic"].isin(SHOWN)].sort_values(
        ["arm", "value", "statistic"],
        key=lambda column: column.map(float) if column.name == "value" else column,
        kind="stable",
    )
    looks = arm_styles(result, rows)
    labels = [_label(row, several=len(looks) > 1) for row in each(rows)]
    with sheet(forest_height(labels)) as (figure, (axes,)):
        marks(axes, rows, lambda row: looks[row.arm], lambda row: row.statistic != "effect")
        forest_axes(axes, labels, rows, result.smallest_worthwhile)
        for at in _overall(result):
            axes.axvline(
                at, color=GREY, linewidth=1, linestyle="--", zorder=1, label="if all gained the same"
            )
            legend_above(axes, columns=2)
        first = rows.iloc[0]
        axes.set_xlabel(
            wrapped(f"Effect on {label_of(first['outcome'])} ({first['unit']}), arm minus comparator", 60)
        )
        name_directions(
            axes, result.higher_is, " / ".join(in_order(rows["comparator"])), in_order(rows["arm"])
        )
        return drawn(result, figure, "for-whom", _alt(rows, spoken(first["modifier_label"])))


def rules_figure(result: Result | Refusal) -> Exhibit:
    """What each rule of whom to treat gains, filled, and what is left of it after the cost of treating, open."""
    if isinstance(result, Refusal):
        return refused(result)
    rows = keyed_rows(result, "arm", "comparator", "statistic", "rule")
    rows = rows[rows["statistic"].isin(["gain by rule", "net benefit by rule"])].sort_values(
        "arm", kind="stable"
    )
    if rows.empty:
        return noted(result, "Whether higher or lower is better is not known, so no rule can gain.")
    looks = arm_styles(result, rows)
    labels = [_rule_label(row, several=len(looks) > 1) for row in each(rows)]
    with sheet(forest_height(labels)) as (figure, (axes,)):
        marks(axes, rows, lambda row: looks[row.arm], lambda row: row.statistic != "gain by rule")
        forest_axes(axes, labels, rows, None)
        unit = rows["unit"].iloc[0]
        axes.set_xlabel(
            wrapped(
                f"Gain in everybody's mean ({unit}, positive is better); 0: treat nobody; {people_in(rows)}",
                60,
            )
        )
        alt = f"Gain by rule of whom to treat, {people_in(rows)}, with 95 % intervals: " + listed(
            rows, lambda row: f"{row.arm}, {row.rule}, {_kind(row)}: {rounded(row, difference=True).in_words}"
        )
        return drawn(result, figure, "rules", f"{alt}.")


def _overall(result: Result) -> list[float]:
    """Where every mark of the only arm would stand if the effect were the same for all: at the gain of treating everybody."""
    rows = keyed_rows(result, "arm", "statistic", "rule")
    everybody = rows[(rows["statistic"] == "gain by rule") & (rows["rule"] == "everybody")]
    if len(everybody) != 1:
        return []
    sign = -1 if result.higher_is == "worse" else 1
    return [sign * float(everybody["estimate"].iloc[0])]


def _label(row: Any, *, several: bool) -> str:
    shrunken = row.statistic != "effect"
    lines = [wrapped(row.arm)] if several else []
    kind = f"subgroup, shrunken, n={row.n_participants}" if shrunken else f"model, n={row.n_participants}"
    return "\n".join([*lines, wrapped(f"{spoken(row.modifier_label)}: {row.level}", 30), kind])


def _kind(row: Any) -> str:
    return "gain" if row.statistic == "gain by rule" else "gain less cost"


def _rule_label(row: Any, *, several: bool) -> str:
    lines = [wrapped(row.arm)] if several else []
    share = f"{100 * float(row.share_treated):.0f} % treated"
    return "\n".join([*lines, wrapped(row.rule, 30), f"{_kind(row)}, {share}"])


def _alt(rows: pd.DataFrame, label: str) -> str:
    said = listed(
        rows,
        lambda row: (
            f"{row.arm}, {row.level}, {'model' if row.statistic == 'effect' else 'subgroup, shrunken'}: "
            f"{rounded(row, difference=True).in_words}, n={row.n_participants}"
        ),
    )
    return f"Effects by {label} with 95 % intervals: {said}."
