"""Curves of a plan: what more people, visits, raters or readings bring, and what they cost."""

from __future__ import annotations

from typing import Any, Literal

import pandas as pd

from lowback.exhibit import Exhibit, each, keyed_rows, noted, refused
from lowback.exhibit.numbers import PROPORTIONS, capital, number, unit_of
from lowback.figures.canvas import GREY, INK, drawn, sheet, styles, tidy, wrapped
from lowback.figures.panels import light_lines
from lowback.result import Refusal, Result

Size = Literal["participants", "visits", "raters", "readings"]
SIZES: tuple[Size, ...] = ("participants", "visits", "raters", "readings")
CURVES: tuple[Size, ...] = ("raters", "visits", "readings", "participants")
MOST_CURVES = 6
AXES = {
    "participants": "Participants in all arms",
    "visits": "Visits of a person, baseline among them",
    "raters": "Raters at each visit",
    "readings": "Readings of each rater at each visit",
}
STATISTICS = {"power": "Power", "assurance": "Assurance", "interval width": "Width of the 95 % interval"}


def power_figure(result: Result | Refusal, over: Size = "participants", statistic: str = "power") -> Exhibit:
    """Power, assurance or the interval's width over the size of a design, with Monte Carlo intervals and the target.

    There is a curve for each value of the next size that varies (raters, visits, readings, participants); what else varies is as in
    the cheapest design that will do, or as in the smallest.
    """
    if isinstance(result, Refusal):
        return refused(result)
    rows = _numbered(result)
    shown = rows[rows["statistic"] == statistic]
    if shown.empty or not _varies(shown, over):
        what = "is not part of this plan" if shown.empty else f"is planned for one number of {over} only"
        return noted(result, f"{STATISTICS[statistic]} {what}, so there is no curve to show.")
    curve = next((one for one in CURVES if one != over and _varies(shown, one)), None)
    shown, held = _held(rows, shown, [one for one in SIZES if one not in (over, curve)])
    if curve is not None:
        shown, held = _not_too_many(shown, curve, held)
    with sheet(4.2) as (figure, (axes,)):
        scale = 100.0 if shown["unit"].isin(PROPORTIONS).all() else 1.0
        _curves(axes, shown, over, curve, scale)
        if statistic == "power":
            _false_positives(axes, rows, shown, over)
        _target(axes, rows, statistic, scale)
        axes.set_xlabel(AXES[over])
        axes.set_ylabel(wrapped(_label(statistic, shown["unit"].iloc[0]), 44))
        _finish(axes, shown, over, scale, statistic, held)
        _legend(figure, axes)
        return drawn(
            result, figure, f"{statistic} over {over}", _alt(shown, over, curve, statistic, held, scale)
        )


def cost_figure(result: Result | Refusal) -> Exhibit:
    """The power of every design over its cost, the target, and the cheapest design that will do."""
    if isinstance(result, Refusal):
        return refused(result)
    rows = _numbered(result)
    power = rows[rows["statistic"] == "power"]
    costs = rows[rows["statistic"] == "cost"].set_index("design")
    if costs.empty:
        return noted(result, "This plan gives no costs, so there is nothing to weigh power against.")
    power = power.assign(cost=power["design"].map(costs["estimate"]))
    curve: Size = next((one for one in CURVES if _varies(power, one)), "participants")
    currency = costs["unit"].iloc[0]
    with sheet(4.4) as (figure, (axes,)):
        looks = styles([str(value) for value in sorted(power[curve].unique())])
        for value, look in zip(sorted(power[curve].unique()), looks.values(), strict=True):
            part = power[power[curve] == value]
            axes.errorbar(
                part["cost"],
                100 * part["estimate"],
                yerr=_reaches(part, 100.0),
                fmt=look.marker,
                color=look.colour,
                markersize=6,
                elinewidth=1.2,
                capsize=2,
                label=_counted(int(value), curve),
            )
        _false_positives(axes, rows.assign(cost=rows["design"].map(costs["estimate"])), power, "cost")
        _target(axes, rows, "power", 100.0)
        _mark_cheapest(axes, power)
        axes.set_xlabel(f"Cost ({currency})")
        axes.set_ylabel(_label("power", "proportion"))
        axes.set_ylim(0, 103)
        axes.xaxis.set_major_formatter(lambda value, _: number(value, 0))
        axes.grid(color="#e6e6e6", linewidth=0.8)
        axes.set_axisbelow(True)
        tidy(axes)
        _legend(figure, axes)
        return drawn(result, figure, "power over cost", _cost_alt(power, currency))


def _numbered(result: Result) -> pd.DataFrame:
    """The rows with their sizes as numbers; those of the target have none."""
    rows = keyed_rows(result, "design", *SIZES, "statistic", "reaches", "note")
    return rows.assign(**{size: pd.to_numeric(rows[size], errors="coerce") for size in SIZES})


def _not_too_many(shown: pd.DataFrame, curve: Size, held: str) -> tuple[pd.DataFrame, str]:
    """The rows of as many curves as can be told apart, evenly among all, and that there are more."""
    values = sorted(shown[curve].unique())
    if len(values) <= MOST_CURVES:
        return shown, held
    places = {round(step * (len(values) - 1) / (MOST_CURVES - 1)) for step in range(MOST_CURVES)}
    more = f"{MOST_CURVES} of {len(values)} numbers of {curve}"
    return shown[shown[curve].isin([values[place] for place in places])], f"{held}, {more}".removeprefix(", ")


def _varies(rows: pd.DataFrame, size: Size) -> bool:
    return len(rows[size].unique()) > 1


def _held(rows: pd.DataFrame, shown: pd.DataFrame, sizes: list[Size]) -> tuple[pd.DataFrame, str]:
    """The rows at the cheapest design's value of each size that varies, and those values in words."""
    best = rows[rows["note"] == "cheapest"]
    words = []
    for size in sizes:
        if not _varies(shown, size):
            continue
        value = best[size].iloc[0] if len(best) else shown[size].min()
        shown = shown[shown[size] == value]
        words.append(_counted(int(value), size))
    return shown, ", ".join(words)


def _curves(axes: Any, shown: pd.DataFrame, over: Size, curve: Size | None, scale: float) -> None:
    values = [None] if curve is None else sorted(shown[curve].unique())
    looks = styles([str(value) for value in values])
    for value, look in zip(values, looks.values(), strict=True):
        part = (shown if curve is None else shown[shown[curve] == value]).sort_values(over)
        axes.errorbar(
            part[over],
            scale * part["estimate"],
            yerr=_reaches(part, scale),
            color=look.colour,
            marker=look.marker,
            markersize=6,
            linewidth=1.8,
            elinewidth=1.2,
            capsize=2,
            label=None if curve is None or value is None else _counted(int(value), curve),
        )


def _reaches(rows: pd.DataFrame, scale: float) -> list[pd.Series]:
    return [
        scale * (rows["estimate"] - rows["conf_low"]).clip(lower=0),
        scale * (rows["conf_high"] - rows["estimate"]).clip(lower=0),
    ]


def _target(axes: Any, rows: pd.DataFrame, statistic: str, scale: float) -> None:
    target = rows[(rows["statistic"] == "target") & (rows["note"] == statistic)]
    if len(target):
        axes.axhline(
            scale * target["estimate"].iloc[0],
            color=GREY,
            linewidth=1.2,
            linestyle=(0, (4, 3)),
            label="target",
        )


def _false_positives(axes: Any, rows: pd.DataFrame, shown: pd.DataFrame, over: str) -> None:
    """How often the designs shown would find something although nothing is true."""
    false = rows[(rows["statistic"] == "false positives") & rows["design"].isin(shown["design"])]
    if len(false):
        axes.plot(
            false[over], 100 * false["estimate"], "x", color=GREY, markersize=5, label="if nothing is true"
        )


def _legend(figure: Any, axes: Any) -> None:
    """The curves in their order, the target after them."""
    named = dict(zip(*reversed(axes.get_legend_handles_labels()), strict=True))
    labels = [one for one in named if one != "target"] + [one for one in named if one == "target"]
    if labels:
        figure.legend(
            [named[one] for one in labels], labels, loc="outside upper left", ncols=4, handlelength=2.5
        )


def _mark_cheapest(axes: Any, power: pd.DataFrame) -> None:
    """A ring around the cheapest design that will do, which the title names."""
    for row in each(power[power["note"] == "cheapest"]):
        ring = {"markersize": 13, "markerfacecolor": "none", "markeredgecolor": INK, "markeredgewidth": 1.3}
        axes.plot(row.cost, 100 * row.estimate, "o", **ring)
        sizes = ", ".join(_counted(int(getattr(row, size)), size) for size in SIZES)
        axes.set_title(f"Circled: the cheapest that will do, with {sizes}", fontsize=9.5, color=INK)


def _finish(axes: Any, shown: pd.DataFrame, over: Size, scale: float, statistic: str, held: str) -> None:
    ticks = sorted(shown[over].unique())
    axes.set_xticks(
        ticks, [f"n={value:.0f}" if over == "participants" else f"{value:.0f}" for value in ticks]
    )
    top = 103 if statistic != "interval width" else 1.08 * scale * float(shown["conf_high"].max())
    axes.set_ylim(0, top)
    light_lines(axes, "y")
    if held:
        axes.set_title(f"With {held}", fontsize=9.5, color=INK)
    tidy(axes)


def _label(statistic: str, unit: str) -> str:
    shown = "%" if statistic != "interval width" else unit_of(unit, difference=True)
    return f"{STATISTICS[statistic]} ({shown}, 95 % Monte Carlo interval)"


def _counted(value: int, size: Size) -> str:
    return f"{value} {size.removesuffix('s') if value == 1 else size}"


def _alt(shown: pd.DataFrame, over: Size, curve: Size | None, statistic: str, held: str, scale: float) -> str:
    said = "; ".join(
        f"{_counted(int(getattr(row, over)), over)}"
        f"{f', {_counted(int(getattr(row, curve)), curve)}' if curve else ''}: "
        f"{number(scale * row.estimate, 1)} ({number(scale * row.conf_low, 1)} to {number(scale * row.conf_high, 1)})"
        for row in each(shown.sort_values([one for one in (curve, over) if one]))
    )
    unit = "%" if statistic != "interval width" else unit_of(shown["unit"].iloc[0], difference=True)
    return capital(
        f"{STATISTICS[statistic].lower()} over {over}{f', with {held}' if held else ''} ({unit}): {said}."
    )


def _cost_alt(power: pd.DataFrame, currency: str) -> str:
    said = "; ".join(
        f"{number(row.cost, 0)} {currency} ({', '.join(_counted(int(getattr(row, size)), size) for size in SIZES)}): "
        f"{number(100 * row.estimate, 1)} %{', cheapest that will do' if row.note == 'cheapest' else ''}"
        for row in each(power.sort_values("cost"))
    )
    return f"Power over cost: {said}."
