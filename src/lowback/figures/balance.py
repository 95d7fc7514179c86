"""How alike the arms are at baseline, and where values are missing."""

from __future__ import annotations

from typing import Any

import pandas as pd

from lowback.exhibit import EVERYBODY, Exhibit, each, in_order, keyed_rows, noted, refused
from lowback.exhibit.numbers import COUNTS, capital, label_of, number, week
from lowback.figures.canvas import GREY, arm_styles, drawn, listed, people_in, sheet, tidy, wrapped
from lowback.result import Refusal, Result

GUIDE = 0.1
MOST_VARIABLES = 40


def balance_figure(result: Result | Refusal) -> Exhibit:
    """Standardised differences of each arm from the comparator, beside the guide of 0.1 and what chance alone would show.

    Guide: Austin 2009, Stat Med 28:3083-3107, doi:10.1002/sim.3697.
    """
    if isinstance(result, Refusal):
        return refused(result)
    rows = keyed_rows(result, "variable", "level", "arm", "statistic")
    by_chance = {
        (row.variable, row.arm): row.estimate for row in each(rows[rows["statistic"] == "reach by chance"])
    }
    rows = rows[rows["statistic"] == "standardised difference"]
    if rows.empty:
        return noted(result, "No arm is compared with another here, so there is no balance to show.")
    rows = rows.assign(line=[_line(row) for row in each(rows)])
    lines, looks = in_order(rows["line"]), arm_styles(result, rows)
    with sheet(1.3 + 0.22 * len(looks) + sum(0.1 + 0.19 * (1 + line.count("\n")) for line in lines)) as (
        figure,
        (axes,),
    ):
        for place, (arm, look) in enumerate(looks.items()):
            of_arm = rows[rows["arm"] == arm]
            apart = 0.5 * ((place + 0.5) / len(looks) - 0.5)
            at = [lines.index(line) + apart for line in of_arm["line"]]
            _chance(axes, [by_chance.get((row.variable, row.arm)) for row in each(of_arm)], at, place == 0)
            label = wrapped(f"{arm}, {people_in(of_arm)} with the comparator's", 40)
            axes.scatter(
                of_arm["estimate"], at, color=look.colour, marker=look.marker, s=45, label=label, zorder=3
            )
        _balance_axes(axes, lines, max(rows["estimate"].abs().max(), *by_chance.values(), 0.0))
        figure.legend(*axes.get_legend_handles_labels(), loc="outside upper left", ncols=min(2, len(looks)))
        return drawn(result, figure, "balance", _balance_alt(rows, by_chance))


def _balance_alt(rows: pd.DataFrame, by_chance: dict[tuple[str, str], float]) -> str:
    """Each difference with what chance alone would show, in words."""

    def in_words(row: Any) -> str:
        reach = by_chance.get((row.variable, row.arm))
        chance = "" if reach is None else f" (by chance alone up to {number(reach, 2)})"
        return f"{row.line}, {row.arm}: {number(row.estimate, 2)}{chance}, n={row.n_participants}"

    said = listed(rows, in_words)
    alt = f"Standardised differences from the comparator at baseline (guide: 0.1 either way): {said}."
    return alt.replace("\n", " ")


def _chance(axes: Any, reaches: list[float | None], at: list[float], is_first: bool) -> None:
    """Grey bars that hold 95 of 100 differences where chance alone divided people."""
    for reach, height in zip(reaches, at, strict=True):
        if reach is None:
            continue
        words = "95 of 100 differences by chance alone" if is_first else None
        axes.plot(
            [-reach, reach], [height, height], color="#cfcfcf", linewidth=4, solid_capstyle="butt", zorder=2, label=words
        )  # fmt: skip
        is_first = False


def missingness_figure(result: Result | Refusal) -> Exhibit:
    """The share of values missing, by variable and visit; variables without a gap are left out when there are others."""
    if isinstance(result, Refusal):
        return refused(result)
    rows = _overall(keyed_rows(result, "variable", "arm", "weeks", "reason"))
    rows = rows.assign(
        percent=_percent_missing(rows), visit=[week(value) or "once" for value in rows["weeks"]]
    )
    rows = rows.assign(line=[_missing_line(row) for row in each(rows)])
    grid = rows.pivot_table(index="line", columns="visit", values="percent", aggfunc="sum", sort=False)
    visits = [
        week(value) or "once"
        for value in sorted(rows["weeks"].unique(), key=lambda value: (value == value, value))
    ]
    grid = grid.reindex(index=in_order(rows["line"]), columns=visits)
    with_gaps = grid[(grid > 0).any(axis=1)]
    grid = (with_gaps if len(with_gaps) else grid).head(MOST_VARIABLES).dropna(axis=1, how="all")
    with sheet(1.2 + sum(0.14 + 0.19 * (1 + line.count("\n")) for line in grid.index)) as (figure, (axes,)):
        # The bar of colours lies beside the panel, not under it.
        figure.set_layout_engine("constrained")
        _heat(axes, grid, _visit_label(grid, rows))
        shown = rows[rows["line"].isin(grid.index) & (rows["percent"] > 0)]
        said = listed(
            shown,
            lambda row: f"{row.line}, {row.visit}: {number(row.percent, 0)} % of n={row.n_participants}",
        )
        alt = f"Share of values missing by variable and visit, {people_in(rows)}. {said or 'No value is missing'}."
        return drawn(result, figure, "missingness", alt.replace("\n", " "))


def _line(row: Any) -> str:
    label = capital(label_of(row.variable))
    return wrapped(f"{label}: {row.level}" if row.level else label, 34)


def _missing_line(row: Any) -> str:
    label = capital(label_of(row.variable))
    return wrapped(label if row.arm in EVERYBODY else f"{label}, {row.arm}", 34)


def _overall(rows: pd.DataFrame) -> pd.DataFrame:
    """Everybody's rows for any reason, or as near to them as the result has."""
    any_reason = rows[rows["reason"].isin(["any reason", ""])]
    rows = any_reason if len(any_reason) else rows
    everybody = rows[rows["arm"].isin(EVERYBODY)]
    return everybody if len(everybody) else rows


def _percent_missing(rows: pd.DataFrame) -> pd.Series:
    """A count of the people expected as a percentage of them; a share as it is."""
    of_people = 100 * rows["estimate"] / rows["n_participants"].where(rows["n_participants"] > 0)
    shares = rows["estimate"].where(rows["unit"] != "proportion", 100 * rows["estimate"])
    return of_people.where(rows["unit"].isin(COUNTS), shares).fillna(0.0)


def _balance_axes(axes: Any, lines: list[str], furthest: float) -> None:
    axes.axvspan(-GUIDE, GUIDE, color="#ececec", zorder=0, linewidth=0)
    axes.axvline(0, color=GREY, linewidth=1, zorder=1)
    axes.set_yticks(range(len(lines)), lines)
    axes.set_ylim(len(lines) - 0.5, -0.5)
    limit = max(0.25, 1.1 * furthest)
    axes.set_xlim(-limit, limit)
    axes.set_xlabel("Standardised difference from the comparator\n(standard deviations; band: within ±0.1)")
    axes.grid(axis="y", color="#eeeeee", linewidth=0.8)
    axes.set_axisbelow(True)
    tidy(axes, left=True)


def _visit_label(grid: pd.DataFrame, rows: pd.DataFrame) -> str:
    """What stands under the columns, and of how many people."""
    once = "; once: asked of the person" if "once" in grid.columns else ""
    return f"Visit (weeks since baseline{once}), {people_in(rows)}"


def _heat(axes: Any, grid: pd.DataFrame, visit_label: str) -> None:
    import seaborn as sns

    labels = grid.map(lambda value: "" if pd.isna(value) else f"{value:.0f} %")
    sns.heatmap(
        grid,
        ax=axes,
        vmin=0,
        vmax=100,
        cmap="Blues",
        annot=labels,
        fmt="",
        annot_kws={"fontsize": 9.5},
        linewidths=1,
        linecolor="white",
        cbar_kws={"label": "Values missing (%)"},
    )
    # Numbers alone: of ten visits there is no room for words under each.
    places = axes.get_xticks()
    axes.set_xticks(places, ["0" if one == "baseline" else one.removeprefix("week ") for one in grid.columns])
    axes.set_xlabel(visit_label)
    axes.set_ylabel("")
    axes.tick_params(axis="y", rotation=0, length=0)
    axes.tick_params(axis="x", rotation=0, length=0)
