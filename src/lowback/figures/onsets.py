"""A series on the days around flares of another, against what onsets moved in time would show."""

from __future__ import annotations

from typing import Any

import pandas as pd

from lowback.exhibit import Exhibit, keyed_rows, refused
from lowback.exhibit.numbers import capital, rounded, spoken
from lowback.figures.canvas import GREY, INK, drawn, listed, reaches, sheet, styles, tidy, wrapped
from lowback.result import Refusal, Result

BAND = "#dcdcdc"
PANELS = {"level": "around its own line", "news": "beyond what its own past foretold"}


def onsets_figure(result: Result | Refusal) -> Exhibit:
    """The outcome by day from an onset, as it was and beyond its own past, with the band that moved onsets leave."""
    if isinstance(result, Refusal):
        return refused(result)
    rows = keyed_rows(result, "statistic", "series", "lag", "outcome_label", "exposure_label")
    rows = rows.assign(lag=pd.to_numeric(rows["lag"], errors="coerce"))
    exposure = spoken(rows["exposure_label"].iloc[0])
    with sheet(6.4, 2) as (figure, panels):
        for axes, (series, words) in zip(panels, PANELS.items(), strict=True):
            _curve(axes, rows[rows["series"] == series], words)
            axes.set_xlabel(f"Days from an onset of {wrapped(exposure, 40, 1)}")
        handles, labels = panels[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside upper left", ncols=1, handlelength=2.5)
        curve = rows[(rows["statistic"] == "curve") & (rows["series"] == "news")]
        said = listed(curve, lambda row: f"day {row.lag:+g}: {rounded(row).in_words}")
        people = rows["n_participants"].max()
        alt = f"{capital(spoken(rows['outcome_label'].iloc[0]))} around onsets of {exposure}, n={people}, news with 95 % intervals: {said}."
        return drawn(result, figure, "onsets", alt)


def _curve(axes: Any, rows: pd.DataFrame, words: str) -> None:
    seen = rows[rows["statistic"] == "curve"].sort_values("lag")
    moved = rows[rows["statistic"] == "moved onsets"].sort_values("lag")
    look = styles(["outcome"])["outcome"]
    axes.fill_between(moved["lag"], moved["conf_low"], moved["conf_high"], color=BAND, linewidth=0, label="onsets moved in time: 95 of 100 cohorts lie in here on all days")  # fmt: skip
    axes.plot(
        moved["lag"],
        moved["estimate"],
        color=GREY,
        linestyle=":",
        linewidth=1.4,
        label="mean of moved onsets: what is seen where the two have nothing to do with each other",
    )
    axes.axvline(0, color=INK, linewidth=0.8)
    axes.errorbar(
        seen["lag"],
        seen["estimate"],
        yerr=reaches(seen),
        color=look.colour,
        marker=look.marker,
        markersize=6,
        linewidth=1.6,
        elinewidth=1.2,
        capsize=2.5,
        label=f"as it was, with 95 % intervals (n={seen['n_participants'].max()})",
    )
    axes.set_ylabel(
        wrapped(f"{capital(spoken(seen['outcome_label'].iloc[0]))}, {words} ({seen['unit'].iloc[0]})", 34, 4)
    )
    axes.set_xticks(range(int(seen["lag"].min()), int(seen["lag"].max()) + 1))
    tidy(axes)
