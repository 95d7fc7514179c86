"""Who leads: cross-effects by interval, the verdicts on single people, and what another reliability would change."""

from __future__ import annotations

from typing import Any

import pandas as pd

from lowback.exhibit import Exhibit, each, noted, refused
from lowback.exhibit.leads import lead_rows
from lowback.exhibit.numbers import capital, rounded, spoken
from lowback.figures.canvas import GREY, INK, drawn, listed, people_in, reach, sheet, styles, tidy, wrapped
from lowback.figures.forest import counted_bars
from lowback.result import Refusal, Result

# The log-likelihood that a reliability must lose for the data to speak against it at 5 %.
AGAINST = 1.92


def lead_figure(result: Result | Refusal) -> Exhibit:
    """What each measure leaves in the other after each interval, with bands; were nothing handed on, both would lie at 0."""
    if isinstance(result, Refusal):
        return refused(result)
    rows = lead_rows(result, "statistic", "source", "days")
    rows = rows[rows["statistic"] == "standardised effect"]
    if rows.empty:
        return noted(result, "This analysis holds no cross-effects to draw.")
    named = _named(rows)
    unit, shown = ("days", 1.0) if rows["days"].max() < 14 else ("weeks", 7.0)
    with sheet(4.2) as (figure, (axes,)):
        _null(axes, float(rows["margin"].iloc[0]))
        for source, look in styles(list(named)).items():
            of = rows[rows["source"] == source].sort_values("days")
            at = of["days"] / shown
            axes.fill_between(at, of["conf_low"], of["conf_high"], color=look.colour, alpha=0.18, linewidth=0)
            axes.plot(
                at,
                of["estimate"],
                color=look.colour,
                marker=look.marker,
                label=f"{named[source]} (band: 95 % interval)",
            )
        axes.legend(loc="lower left", bbox_to_anchor=(0, 1.01), borderaxespad=0)
        axes.set_xlabel(f"Interval between the one and the other ({unit})")
        axes.set_ylabel(wrapped("Left in the other measure (SD per SD, error-free)", 36))
        axes.set_xlim(0, None)
        _counted(axes, rows)
        tidy(axes)
        alt = (
            f"What an SD more of each measure leaves in the other, {people_in(rows)}, with 95 % intervals: "
            + listed(
                rows,
                lambda row: f"{named[row.source]}, {_later(row.days / shown, unit)}: {rounded(row).in_words}",
            )
        )
        return drawn(result, figure, "who-leads", f"{alt}.")


def lead_people_figure(result: Result | Refusal) -> Exhibit:
    """How many people have which verdict; without a leader in anybody, at most one in twenty leaders named would be wrong by chance."""
    if isinstance(result, Refusal):
        return refused(result)
    rows = lead_rows(result, "statistic", "conclusion")
    rows = rows[rows["statistic"] == "people"]
    if rows.empty:
        return noted(result, "Too few people to show their verdicts.")
    x, y = (capital(spoken(str(rows[f"{one}_label"].iloc[0]))) for one in ("exposure", "outcome"))
    words = {"exposure leads": f"{x} leads", "outcome leads": f"{y} leads", "together": "Both together"}
    labels = [wrapped(words.get(one, "Cannot tell"), 26) for one in rows["conclusion"]]
    colours = [look.colour for look in styles(["exposure leads", "outcome leads", "together"]).values()]
    with sheet(2.8) as (figure, (axes,)):
        counted_bars(axes, labels, rows["estimate"].tolist(), [*colours, "#c4c4c4"][: len(rows)])
        axes.set_xlim(0, 1.12 * max(float(rows["n_participants"].max()), 1))
        axes.set_xlabel(
            f"People (n={rows['n_participants'].max()}), each judged by their own records;\n"
            "of those said to lead, one in twenty at most is to be expected by chance"
        )
        counts = listed(rows, lambda row: f"{words.get(row.conclusion, 'cannot tell')}: {row.estimate:.0f}")
        return drawn(
            result,
            figure,
            "who-leads-in-whom",
            f"{rows['n_participants'].max()} people by verdict: {counts}.",
        )


def lead_tipping_figure(result: Result | Refusal) -> Exhibit:
    """The lead under each reliability that is assumed of either measure; open where the data speak against it."""
    if isinstance(result, Refusal):
        return refused(result)
    rows = lead_rows(result, "source", "reliability", "conclusion", "fall")
    x, y = (spoken(str(rows[f"{one}_label"].iloc[0])) for one in ("exposure", "outcome"))
    named = {str(rows["exposure"].iloc[0]): x, str(rows["outcome"].iloc[0]): y}
    with sheet(4.2) as (figure, (axes,)):
        _null(axes, float(rows["margin"].iloc[0]))
        for shift, (source, look) in zip((-0.006, 0.006), styles(list(named)).items(), strict=True):
            of = rows[rows["source"] == source]
            axes.plot(of["reliability"] + shift, of["estimate"], color=look.colour, linewidth=1, zorder=2)
            for row in each(of):
                _mark(axes, row, row.reliability + shift, look)
            axes.plot(
                [], [], color=look.colour, marker=look.marker, label=f"reliability of {named[source]} assumed"
            )
        axes.plot(
            [],
            [],
            color=GREY,
            marker="o",
            markerfacecolor="white",
            linestyle="",
            label="the data speak against it",
        )
        axes.legend(loc="lower left", bbox_to_anchor=(0, 1.01), borderaxespad=0)
        axes.set_xlabel("Reliability assumed of one measure (all else fitted anew)")
        axes.set_ylabel(wrapped(f"Lead of {x} (difference of correlations, 95 % interval)", 44))
        _counted(axes, rows)
        tidy(axes)
        alt = f"Lead of {x} over {y} by assumed reliability, {people_in(rows)}: " + listed(
            rows,
            lambda row: f"{named[row.source]} {row.reliability:g}: {rounded(row).in_words}, {row.conclusion}",
        )
        return drawn(result, figure, "who-leads-by-reliability", f"{alt}.")


def _later(interval: float, unit: str) -> str:
    return f"{interval:.3g} {unit.removesuffix('s') if interval == 1 else unit} later"


def _mark(axes: Any, row: Any, at: float, look: Any) -> None:
    axes.errorbar(
        at,
        row.estimate,
        yerr=reach(row),
        fmt=look.marker,
        color=look.colour,
        markerfacecolor="white" if row.fall > AGAINST else look.colour,
        markersize=7,
        capsize=3,
        elinewidth=1.4,
        zorder=3,
    )


def _null(axes: Any, margin: float) -> None:
    """Where everything would lie if neither handed anything on or came first, and what is too small to matter."""
    axes.axhline(0, color=INK, linewidth=1, zorder=1)
    axes.axhspan(
        -margin,
        margin,
        color="#e6e6e6",
        linewidth=0,
        zorder=0,
        label=f"too small to matter: within ±{margin:.2g}",
    )


def _counted(axes: Any, rows: pd.DataFrame) -> None:
    axes.annotate(
        f"n={rows['n_participants'].max()}",
        (1, 1),
        xycoords="axes fraction",
        xytext=(0, -4),
        textcoords="offset points",
        ha="right",
        va="top",
        color=GREY,
    )


def _named(rows: pd.DataFrame) -> dict[str, str]:
    """What a line shows, by the measure that it starts from."""
    first = rows.iloc[0]
    x, y = spoken(str(first["exposure_label"])), spoken(str(first["outcome_label"]))
    return {str(first["exposure"]): f"{x}, then {y}", str(first["outcome"]): f"{y}, then {x}"}
