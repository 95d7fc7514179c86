"""An outcome by an exposure, within people on top of between them: each fifth of people stands at what it usually has, with its own slope."""

from __future__ import annotations

from typing import Any

import pandas as pd

from lowback.exhibit import Exhibit, each, keyed_rows, noted, refused
from lowback.exhibit.numbers import capital, label_of, rounded, sign_of
from lowback.figures.canvas import (
    GREY,
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
from lowback.figures.panels import legend_above
from lowback.result import Refusal, Result


def own_lines_figure(result: Result | Refusal) -> Exhibit:
    """Marks for fifths of people by their usual exposure, and through each mark the line within these people with its 95 % fan."""
    if isinstance(result, Refusal):
        return refused(result)
    rows = keyed_rows(result, "statistic", "at", "outcome", "exposure")
    rows = rows.assign(at=pd.to_numeric(rows["at"], errors="coerce"))
    means, slopes = (rows[rows["statistic"] == one] for one in ("usual", "own slope"))
    if means.empty or slopes.empty:
        return noted(result, "Too few people with several occasions to draw their own lines.")
    half = 0.11 * float(means["at"].max() - means["at"].min())
    with sheet(4.4) as (figure, (axes,)):
        looks = styles(["between", "within"])
        _marks(axes, means, looks["between"])
        for slope in each(slopes):
            level = float(means.loc[means["at"] == slope.at, "estimate"].iloc[0])
            _line(axes, slope, level, half, looks["within"].colour, is_first=slope.at == slopes["at"].iloc[0])
        first = means.iloc[0]
        axes.set_xlabel(
            wrapped(
                f"{capital(label_of(first.exposure))} ({first.exposure_unit}{sign_of(first.exposure)})", 66
            )
        )
        axes.set_ylabel(wrapped(scale_label(first.outcome, first.unit, result.higher_is), 34))
        legend_above(axes, f"Marks: between people; lines: within them ({people_in(means)} a mark)")
        tidy(axes)
        said = listed(
            means,
            lambda row: (
                f"at {row.at:.3g} {row.exposure_unit} {rounded(row).in_words}, n={row.n_participants}"
            ),
        )
        own = listed(
            slopes,
            lambda row: f"at {row.at:.3g} {row.exposure_unit} {rounded(row, difference=True).in_words}",
        )
        alt = f"{capital(label_of(first.outcome))} by usual {label_of(first.exposure)}, means of fifths of people with 95 % intervals: {said}. Slopes within them: {own}."
        return drawn(result, figure, "own lines", alt)


def _marks(axes: Any, means: pd.DataFrame, look: Any) -> None:
    """The mean outcome of each fifth at its usual exposure."""
    axes.errorbar(
        means["at"], means["estimate"], yerr=reaches(means), fmt=look.marker, color=look.colour,
        markersize=7, capsize=3, zorder=4, label="fifths of people by their usual exposure, mean and 95 % interval",
    )  # fmt: skip


def _line(axes: Any, slope: Any, level: float, half: float, colour: Any, *, is_first: bool) -> None:
    """The line within people through a mark; level and dotted, what would be seen if nothing went along within them."""
    # The unit of a slope ends in what it is per: "degrees per 5 degrees".
    per = float(slope.unit.rpartition(" per ")[2].split()[0])
    ends = [slope.at - half, slope.at + half]
    at = [
        [level + side * half / per * value for side in (-1, 1)]
        for value in (slope.estimate, slope.conf_low, slope.conf_high)
    ]
    axes.fill_between(
        ends,
        at[1],
        at[2],
        color=colour,
        alpha=0.25,
        linewidth=0,
        zorder=2,
        label="its 95 % fan" if is_first else None,
    )
    axes.plot(
        ends,
        at[0],
        color=colour,
        linewidth=2.2,
        zorder=3,
        label="line within these people, at equal visit" if is_first else None,
    )
    axes.plot(
        ends,
        [level, level],
        color=GREY,
        linewidth=1,
        linestyle=":",
        zorder=1,
        label="if nothing went along within them" if is_first else None,
    )
