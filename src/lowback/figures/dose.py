"""How much is taken and what it does: the dose curve, regimes of one total, occasions against a rule, and its threshold."""

from __future__ import annotations

from typing import Any

import pandas as pd

from lowback.exhibit import Exhibit, each, in_order, keyed_rows, noted, refused
from lowback.exhibit.numbers import label_of, rounded
from lowback.figures.canvas import (
    GREY,
    INK,
    drawn,
    listed,
    people_in,
    reaches,
    scale_label,
    sheet,
    styles,
    tidy,
    wrapped,
)
from lowback.figures.forest import forest_axes, forest_height, marks
from lowback.figures.panels import legend_above, light_lines
from lowback.result import Refusal, Result

CONTRASTS = ("more", "bend", "spread less bunched early", "spread less bunched late", "later doses")


def dose_curve_figure(result: Result | Refusal) -> Exhibit:
    """The mean outcome by the whole dose, evenly spread, with its 95 % band; a level line is what no effect would give."""
    if isinstance(result, Refusal):
        return refused(result)
    rows = keyed_rows(result, "statistic", "dose")
    rows = rows[rows["statistic"] == "mean by total"]
    if rows.empty:
        return noted(result, "This result holds no dose curve.")
    rows = rows.assign(dose=pd.to_numeric(rows["dose"])).sort_values("dose")
    colour = styles(["all"])["all"].colour
    with sheet(3.8) as (figure, (axes,)):
        axes.plot(
            rows["dose"], rows["estimate"], marker="o", color=colour, linewidth=1.8, label="estimated mean"
        )
        axes.fill_between(
            rows["dose"],
            rows["conf_low"],
            rows["conf_high"],
            color=colour,
            alpha=0.2,
            linewidth=0,
            label="95 % interval",
        )
        level = float(rows["estimate"].mean())
        axes.axhline(level, color=GREY, linestyle="--", linewidth=1.2, label="if the dose did nothing")
        axes.set_xlabel(
            wrapped(f"{_counted(rows).capitalize()} in all, evenly spread (range of eight in ten people)", 66)
        )
        axes.set_title(f"n={rows['n_participants'].max()}")
        _mean_axes(axes, rows, result)
        said = listed(rows, lambda row: f"{row.term}: {rounded(row).in_words}")
        return drawn(
            result,
            figure,
            "dose curve",
            f"Mean outcome by dose with 95 % intervals, {people_in(rows)}: {said}.",
        )


def _mean_axes(axes: Any, rows: pd.DataFrame, result: Result) -> None:
    """The outcome's scale at the left with light lines, and a legend."""
    axes.set_ylabel(wrapped(scale_label(rows["outcome"].iloc[0], rows["unit"].iloc[0], result.higher_is), 36))
    light_lines(axes, "y")
    axes.legend(loc="best")
    tidy(axes)


def regimes_figure(result: Result | Refusal) -> Exhibit:
    """The mean outcome at each visit under regimes of the same total: spread, bunched early, bunched late."""
    if isinstance(result, Refusal):
        return refused(result)
    rows = keyed_rows(result, "statistic", "weeks")
    rows = rows[rows["statistic"] == "mean under regime"]
    if rows.empty:
        return noted(result, "This result compares no regimes.")
    looks = styles(in_order(rows["regime"]))
    step = 0.015 * (rows["weeks"].max() - min(0.0, rows["weeks"].min()))
    with sheet(3.8) as (figure, (axes,)):
        for place, (regime, look) in enumerate(looks.items()):
            of_regime = rows[rows["regime"] == regime].sort_values("weeks")
            axes.errorbar(
                of_regime["weeks"] + (place - 1) * step,
                of_regime["estimate"],
                yerr=reaches(of_regime),
                color=look.colour, marker=look.marker, markersize=7, linewidth=1.6, elinewidth=1.2, capsize=2.5, label=regime,
            )  # fmt: skip
        axes.set_xticks(sorted(rows["weeks"].unique()))
        axes.set_xlabel("Weeks since baseline")
        axes.set_title(
            wrapped(
                f"The same {_counted(rows)} in all, n={rows['n_participants'].max()}; equal lines mean that order does nothing",
                72,
            )
        )
        _mean_axes(axes, rows, result)
        said = listed(rows, lambda row: f"{row.term}: {rounded(row).in_words}")
        return drawn(
            result,
            figure,
            "regimes",
            f"Mean outcome under regimes of one total with 95 % intervals, {people_in(rows)}: {said}.",
        )


def dose_effects_figure(result: Result | Refusal) -> Exhibit:
    """What more does, the bend of the curve, the order at equal totals, and the negative control, beside zero."""
    if isinstance(result, Refusal):
        return refused(result)
    rows = keyed_rows(result, "statistic")
    rows = rows[rows["statistic"].isin(CONTRASTS)].reset_index(drop=True)
    if rows.empty:
        return noted(result, "This result holds no contrasts of doses.")
    looks = styles(list(CONTRASTS))
    words = {"later doses": " (negative control)"}
    labels = [
        wrapped(f"{row.term}{words.get(row.statistic, '')}, n={row.n_participants}", 38, 4)
        for row in each(rows)
    ]
    with sheet(forest_height(labels)) as (figure, (axes,)):
        marks(axes, rows, lambda row: looks[row.statistic], lambda row: row.statistic == "later doses")
        forest_axes(axes, labels, rows, result.smallest_worthwhile)
        axes.set_xlabel(
            wrapped(f"Difference in {label_of(rows['outcome'].iloc[0])} ({rows['unit'].iloc[0]})", 50)
        )
        said = listed(
            rows, lambda row: f"{row.term}: {rounded(row, difference=True).in_words}, n={row.n_participants}"
        )
        return drawn(result, figure, "dose effects", f"Contrasts of doses with 95 % intervals: {said}.")


def occasions_figure(result: Result | Refusal) -> Exhibit:
    """How long occasions lasted against the rule, and what an occasion does by each candidate threshold."""
    if isinstance(result, Refusal):
        return refused(result)
    rows = keyed_rows(result, "statistic", "rule")
    shares = rows[rows["statistic"] == "share of occasions"]
    profile = rows[rows["statistic"] == "effect by threshold"]
    if shares.empty or profile.empty:
        return noted(result, "This result holds no occasions.")
    rule = float(rows["rule"].iloc[0])
    threshold = next(each(rows[rows["statistic"] == "threshold"]))
    with sheet(6.6, 2) as (figure, (above, below)):
        _histogram(above, shares, rule, threshold.unit)
        _profile(below, profile, rule, threshold, result.smallest_worthwhile)
        exposure = label_of(rows["exposure"].iloc[0])
        above.set_xlabel(wrapped(f"{exposure.capitalize()} ({threshold.unit})", 60))
        below.set_xlabel(wrapped(f"Candidate threshold ({threshold.unit})", 60))
        kept = next(each(rows[rows["statistic"] == "keeps to the rule"]))
        said = listed(profile, lambda row: f"{row.term}: {rounded(row).in_words}")
        alt = f"{rounded(kept).in_words} of occasions reach the rule of {rule:g} {threshold.unit}, {people_in(rows)}. Effect by candidate threshold: {said}."
        return drawn(result, figure, "occasions", alt)


def _histogram(axes: Any, shares: pd.DataFrame, rule: float, unit: str) -> None:
    look = styles(["reaches the rule", "falls short of it"])
    low, high = (pd.to_numeric(shares[name]) for name in ("from", "to"))
    for name, chosen in (("reaches the rule", low >= rule), ("falls short of it", low < rule)):
        axes.bar(
            low[chosen], 100 * shares["estimate"][chosen], width=(high - low)[chosen], align="edge",
            color=look[name].colour, edgecolor="white", label=name, hatch="" if name == "reaches the rule" else "//",
        )  # fmt: skip
    axes.axvline(rule, color=INK, linewidth=1.2)
    axes.set_xticks(sorted({*low, *high})[::2])
    axes.set_ylabel("Occasions (%)")
    title = f"Rule: {rule:g} {unit}; n={shares['n_participants'].max()}; the last bar holds all beyond"
    legend_above(axes, wrapped(title, 84), columns=2)
    tidy(axes)


def _profile(axes: Any, profile: pd.DataFrame, rule: float, threshold: Any, margin: float | None) -> None:
    colour = styles(["all"])["all"].colour
    at = pd.to_numeric(profile["threshold"])
    known = "95 % set of thresholds" if threshold.identified == "yes" else "not identified: any threshold"
    axes.axvspan(threshold.conf_low, threshold.conf_high, color="#f0e0c8", zorder=0, linewidth=0, label=known)
    if margin is not None:
        axes.axhspan(
            -margin,
            margin,
            color="#e3e3e3",
            zorder=0.5,
            linewidth=0,
            label=f"too small to matter: ±{margin:.3g}",
        )
    axes.errorbar(
        at, profile["estimate"], yerr=reaches(profile),
        fmt="o", color=colour, elinewidth=1.2, capsize=2, markersize=6,
    )  # fmt: skip
    axes.axhline(0, color=INK, linewidth=1)
    axes.axvline(rule, color=INK, linewidth=1.2)
    axes.set_ylabel(wrapped(f"Difference (95 % interval, {profile['unit'].iloc[0]})", 30))
    people = f"n={profile['n_participants'].max()}"
    title = f"Occasions that reach it against those that do not, {people}; 0: no difference"
    legend_above(axes, wrapped(title, 84), columns=2)
    tidy(axes)


def _counted(rows: pd.DataFrame) -> str:
    """What is counted: sessions, occasions or the exposure's own label."""
    label = label_of(rows["exposure"].iloc[0])
    return "sessions" if "session" in label else label
