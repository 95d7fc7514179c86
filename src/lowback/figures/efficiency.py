"""The plane of a difference in an outcome against a difference in what it takes, with the region of both."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from lowback.exhibit import Exhibit, each, in_order, keyed_rows, noted, refused
from lowback.exhibit.numbers import capital, rounded, spoken
from lowback.figures.canvas import INK, arm_styles, drawn, listed, people_in, reach, sheet, tidy, wrapped
from lowback.result import Refusal, Result

CORNERS = {
    ("less", "less"): (0, 0),
    ("less", "more"): (1, 0),
    ("more", "less"): (0, 1),
    ("more", "more"): (1, 1),
}
AROUND = np.linspace(0, 2 * np.pi, 181)


def efficiency_figure(result: Result | Refusal) -> Exhibit:
    """Each arm's pair of differences with its intervals and ellipses; the crossing of the lines is what would be seen if nothing were true."""
    if isinstance(result, Refusal):
        return refused(result)
    rows = keyed_rows(
        result, "statistic", "arm", "comparator", "correlation", "reach", "reach_of_half", "burden_label", "outcome_label", "outcome_side",
        "burden_side", "weeks",
    )  # fmt: skip
    numbers = ["correlation", "reach", "reach_of_half"]
    rows = rows.assign(**{name: pd.to_numeric(rows[name]) for name in numbers})
    pairs = rows[rows["statistic"].isin(["difference", "difference in burden"])]
    if pairs.empty:
        return noted(result, "This result holds no pair of differences to draw.")
    outcome, burden = (
        next(each(pairs[pairs["statistic"] == one])) for one in ("difference", "difference in burden")
    )
    with sheet(5.6) as (figure, (axes,)):
        looks = arm_styles(result, pairs)
        _none(axes, result.smallest_worthwhile)
        for arm in in_order(pairs["arm"]):
            _pair(axes, pairs[pairs["arm"] == arm], looks[arm])
        _corners(axes, rows[rows["statistic"] == "quadrant"])
        axes.set_xlabel(
            wrapped(
                f"Difference in {spoken(burden.burden_label)} ({burden.unit}), arm minus {burden.comparator}",
                62,
            )
        )
        axes.set_ylabel(
            wrapped(
                f"Difference in {spoken(outcome.outcome_label)} at week {float(outcome.weeks):g} ({outcome.unit})",
                46,
            )
        )
        tidy(axes)
        figure.legend(loc="outside upper left", handlelength=2)
        said = listed(pairs, lambda row: f"{row.term}: {rounded(row, difference=True).in_words}")
        shares = listed(
            rows[rows["statistic"] == "quadrant"], lambda row: f"{row.term}: {100 * row.estimate:.0f} of 100"
        )
        alt = f"Both differences with 95 % intervals, {people_in(pairs)}; none of either where the lines cross. {capital(said)}. Shares of the cloud: {shares}."
        return drawn(result, figure, "efficiency", alt)


def _none(axes: Any, margin: float | None) -> None:
    """What would be seen if nothing were true: the crossing; and what is too small to matter in the outcome."""
    axes.axhline(0, color=INK, linewidth=1, zorder=1)
    axes.axvline(0, color=INK, linewidth=1, zorder=1)
    axes.plot(
        [0],
        [0],
        "+",
        color=INK,
        markersize=12,
        markeredgewidth=2,
        label="no difference",
        zorder=4,
        linestyle="",
    )
    if margin is not None:
        axes.axhspan(
            -margin,
            margin,
            color="#e3e3e3",
            linewidth=0,
            zorder=0,
            label=f"too small to matter in the outcome: within ±{margin:.3g}",
        )


def _pair(axes: Any, rows: pd.DataFrame, look: Any) -> None:
    """One arm's two differences, their intervals as a cross, and the ellipses of both."""
    of = {row.statistic: row for row in each(rows)}
    y, x = of["difference"], of["difference in burden"]
    for radius, alpha, words in (
        (y.reach, 0.16, "both at once, 95 %"),
        (y.reach_of_half, 0.3, "both at once, 50 %"),
    ):
        across, up = _ellipse(x, y, float(radius))
        axes.fill(
            across, up, color=look.colour, alpha=alpha, linewidth=0, zorder=2, label=f"{y.arm}: {words}"
        )
        axes.plot(across, up, color=look.colour, linewidth=1, zorder=2)
    axes.errorbar(
        x.estimate, y.estimate, xerr=reach(x), yerr=reach(y), fmt="none", ecolor=look.colour, capsize=3, elinewidth=1.8, zorder=3
    )  # fmt: skip
    # In the legend both bars of a cross would hide behind its mark; a mark on a line is read.
    axes.plot(
        [x.estimate], [y.estimate], marker=look.marker, color=look.colour, markersize=8, linewidth=1.8, zorder=3,
        label=f"{y.arm}: each by itself, 95 % (n={y.n_participants})",
    )  # fmt: skip


def _ellipse(x: Any, y: Any, radius: float) -> tuple[Any, Any]:
    """The outline of a region of so many standard errors around a pair of estimates that hang together."""
    across = x.estimate + radius * x.std_error * np.cos(AROUND)
    rest = (1 - y.correlation**2) ** 0.5
    up = y.estimate + radius * y.std_error * (y.correlation * np.cos(AROUND) + rest * np.sin(AROUND))
    return across, up


def _corners(axes: Any, rows: pd.DataFrame) -> None:
    """What each corner of the plane means, with the share of the cloud where one arm is compared."""
    low, high = (max(map(abs, limits)) for limits in (axes.get_xlim(), axes.get_ylim()))
    axes.set_xlim(-1.25 * low, 1.25 * low)
    axes.set_ylim(-1.35 * high, 1.35 * high)
    alone = len(in_order(rows["arm"])) == 1
    for row in each(rows.drop_duplicates(["outcome_side", "burden_side"])):
        across, up = CORNERS[row.outcome_side, row.burden_side]
        words = (
            f"{row.outcome_side} {spoken(row.outcome_label)},\n{row.burden_side} {spoken(row.burden_label)}"
        )
        share = f"\n{100 * row.estimate:.0f} of 100 of the cloud" if alone else ""
        axes.annotate(
            words + share, (across, up), xycoords="axes fraction", xytext=(6 - 12 * across, 6 - 12 * up), textcoords="offset points",
            ha="right" if across else "left", va="top" if up else "bottom", fontsize=8.5, color="#444444", zorder=5,
        )  # fmt: skip
