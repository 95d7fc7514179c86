"""What is done within a day, drawn: before and after it, the hours around it, and rules for when to do it."""

from __future__ import annotations

from typing import Any

import pandas as pd

from lowback.exhibit import Exhibit, each, keyed_rows, noted, refused
from lowback.exhibit.numbers import capital, rounded
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
from lowback.result import Refusal, Result

BAND = "#e3e3e3"


def before_and_after_figure(result: Result | Refusal) -> Exhibit:
    """The mean outcome before and after moments with the exposure, and over it that of moments without it."""
    if isinstance(result, Refusal):
        return refused(result)
    rows = keyed_rows(result, "level", "statistic", "exposure_label", "before_label")
    means = rows[rows["statistic"].isin(["mean before", "mean after"])]
    if means.empty:
        return noted(
            result, "The exposure is an amount, so there are no moments with and without it to draw."
        )
    label = rows["exposure_label"].iloc[0]
    with sheet(4.0) as (figure, (axes,)):
        _with_and_without(axes, means, label)
        _if_as_control(axes, means)
        axes.set_xticks([0, 1], [wrapped(capital(rows["before_label"].iloc[0]), 26), "after"])
        axes.set_xlim(-0.35, 1.35)
        axes.set_ylabel(
            wrapped(scale_label(rows["outcome"].iloc[0], means["unit"].iloc[0], result.higher_is), 36)
        )
        tidy(axes)
        first = next(each(rows[rows["statistic"] == "effect"]))
        effect = rounded(first, difference=True).in_words
        where = f" ({first.level})" if first.level else ""
        title = wrapped(f"Difference after, at equal before{where}: {effect}", 70)
        figure.legend(
            loc="outside upper left", handlelength=2.6, title=title, title_fontsize=9.5, alignment="left"
        )
        said = listed(
            rows[rows["statistic"].isin(["mean before", "mean after", "mean change"])],
            lambda row: f"{row.statistic} {row.level} “{label}”: {rounded(row).in_words}",
        )
        return drawn(
            result,
            figure,
            "before and after",
            f"Means with 95 % intervals, {people_in(means)}. {said}. Difference{where}: {effect}.",
        )


def _with_and_without(axes: Any, means: pd.DataFrame, label: str) -> None:
    """A line from before to after for moments with the exposure, and one for moments without it."""
    looks = styles(["with", "without"])
    named = {"with": f"{label}: yes", "without": f"{label}: no (control)"}
    for place, word in enumerate(looks):
        of_word = means[means["level"] == word].sort_values("statistic", ascending=False)
        at = [0.03 * (2 * place - 1) + x for x in range(len(of_word))]
        axes.errorbar(
            at, of_word["estimate"], yerr=reaches(of_word),
            color=looks[word].colour, marker=looks[word].marker, markersize=8, linewidth=1.8, capsize=3,
            linestyle="-" if word == "with" else "--",
            label=f"{wrapped(named[word], 40)}, n={of_word['n_participants'].max()}",
        )  # fmt: skip


def _if_as_control(axes: Any, means: pd.DataFrame) -> None:
    """Where the outcome after the exposure would lie if it did no more than the control: from its own start."""
    mean = {(row.level, row.statistic): row.estimate for row in each(means)}
    needed = [(word, when) for word in ("with", "without") for when in ("mean before", "mean after")]
    if not all(one in mean for one in needed):
        return
    expected = mean["with", "mean before"] + mean["without", "mean after"] - mean["without", "mean before"]
    axes.plot(
        [-0.03, 0.97], [mean["with", "mean before"], expected], color=GREY, linestyle=":", linewidth=1.4,
        label="if it did what the control does", zorder=1,
    )  # fmt: skip


def around_figure(result: Result | Refusal) -> Exhibit:
    """The curve of hours around an exposure: at equal history with its simultaneous band, and as it was recorded."""
    if isinstance(result, Refusal):
        return refused(result)
    rows = keyed_rows(
        result, "hours", "adjustment", "statistic", "band_low", "band_high", "exposure_label", "before_label"
    )
    numbers = ["hours", "band_low", "band_high"]
    rows = rows.assign(**{name: pd.to_numeric(rows[name]) for name in numbers}).sort_values("hours")
    adjusted, plain = (rows[rows["adjustment"] == one] for one in ("adjusted", "unadjusted"))
    with sheet(4.4) as (figure, (axes,)):
        _too_small(axes, result.smallest_worthwhile)
        axes.axhline(0, color=INK, linewidth=1, label="no difference")
        axes.axvline(0, color=GREY, linewidth=0.8, linestyle=":")
        _hours_drawn(axes, adjusted, plain)
        axes.set_xticks(sorted(rows["hours"].unique()))
        axes.set_xlabel(
            wrapped(
                f"Hours from the check-in that records “{rows['exposure_label'].iloc[0]}” (n={rows['n_participants'].max()})",
                70,
            )
        )
        axes.set_ylabel(
            wrapped(f"Difference in {rows['outcome_label'].iloc[0]} ({rows['unit'].iloc[0]})", 38)
        )
        tidy(axes)
        figure.legend(loc="outside upper left", ncols=1, handlelength=2.4)
        said = listed(adjusted, lambda row: f"{row.hours:+g} hours: {rounded(row, difference=True).in_words}")
        raw = listed(plain, lambda row: f"{row.hours:+g} hours: {rounded(row, difference=True).estimate}")
        return drawn(
            result,
            figure,
            "around",
            f"Differences at equal history with 95 % intervals, {people_in(adjusted)}: {said}. As recorded: {raw}.",
        )


def _hours_drawn(axes: Any, adjusted: pd.DataFrame, plain: pd.DataFrame) -> None:
    """The curve as recorded, and over it that at equal history in two parts, since nothing is estimated in between."""
    look, other = styles(["adjusted", "unadjusted"]).values()
    axes.plot(
        plain["hours"], plain["estimate"], color=other.colour, marker=other.marker, markerfacecolor="white", linestyle="--",
        markersize=6, linewidth=1.3, label="as recorded (people in pain may do more or less of it)",
    )  # fmt: skip
    for part in (adjusted[adjusted["hours"] < 0], adjusted[adjusted["hours"] >= 0]):
        axes.fill_between(
            part["hours"], part["band_low"], part["band_high"], color=look.colour, alpha=0.2, linewidth=0
        )
        axes.plot(part["hours"], part["estimate"], color=look.colour, linewidth=1.8)
    for is_check, face, label in (
        (False, look.colour, "at equal history, 95 % for the whole curve"),
        (True, "white", "the same as a check: must lie at 0"),
    ):
        part = adjusted[(adjusted["statistic"] == "check") == is_check]
        axes.plot(
            part["hours"],
            part["estimate"],
            look.marker,
            color=look.colour,
            markerfacecolor=face,
            markersize=7,
            label=label,
        )


def rule_value_figure(result: Result | Refusal) -> Exhibit:
    """What rules are worth by their threshold: the effect where they bid, and the mean outcome against always and never."""
    if isinstance(result, Refusal):
        return refused(result)
    rows = keyed_rows(
        result, "level", "statistic", "threshold", "band_low", "band_high", "modifier_label", "exposure_label"
    )
    numbers = ["threshold", "band_low", "band_high"]
    rows = rows.assign(**{name: pd.to_numeric(rows[name], errors="coerce") for name in numbers})
    by_rule = (
        rows.dropna(subset=["threshold"]).drop_duplicates(["threshold", "statistic"]).sort_values("threshold")
    )
    effects, gains = (
        by_rule[by_rule["statistic"] == one] for one in ("effect where it bids", "difference from never")
    )
    look, other = styles(["rule", "always"]).values()
    outcome, unit = rows["outcome_label"].iloc[0], rows["unit"].iloc[0]
    with sheet(6.6, 2) as (figure, (upper, lower)):
        _too_small(upper, result.smallest_worthwhile)
        upper.axhline(0, color=INK, linewidth=1, label="no difference")
        _with_intervals(upper, effects, look, "where the rule bids it")
        upper.set_ylabel(wrapped(f"Effect on {outcome} ({unit})", 34))
        lower.axhline(0, color=INK, linewidth=1, label="never")
        _always(lower, rows, other.colour)
        _with_intervals(lower, gains, look, "the rule")
        lower.set_ylabel(wrapped(f"Mean {outcome} less that of never ({unit})", 34))
        rule = f"“{rows['exposure_label'].iloc[0]}” where {rows['modifier_label'].iloc[0]} is at least …"
        for axes in (upper, lower):
            axes.set_xlabel(wrapped(f"{rule} (n={rows['n_participants'].max()})", 60))
            axes.set_xticks(sorted(gains["threshold"]))
            axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), fontsize=8.5, handlelength=2)
            tidy(axes)
        said = listed(
            by_rule[by_rule["statistic"].isin(["effect where it bids", "difference from never"])],
            lambda row: (
                f"{row.statistic}, at least {row.threshold:g}: {rounded(row, difference=True).in_words}"
            ),
        )
        return drawn(
            result, figure, "rule", f"Rules by threshold with 95 % intervals, {people_in(by_rule)}: {said}."
        )


def _always(axes: Any, rows: pd.DataFrame, colour: Any) -> None:
    """What always having the exposure is worth against never, with its interval."""
    row = rows[(rows["level"] == "always") & (rows["statistic"] == "difference from never")].iloc[0]
    axes.axhspan(row["conf_low"], row["conf_high"], color=colour, alpha=0.15, linewidth=0)
    axes.axhline(row["estimate"], color=colour, linestyle="--", linewidth=1.8, label="always, with 95 %")


def _with_intervals(axes: Any, rows: pd.DataFrame, look: Any, label: str) -> None:
    """A line over the thresholds with the interval of each, in a band for all of them together."""
    axes.fill_between(
        rows["threshold"], rows["band_low"], rows["band_high"], color=look.colour, alpha=0.2, linewidth=0,
        label="95 % for all thresholds",
    )  # fmt: skip
    axes.errorbar(
        rows["threshold"], rows["estimate"], yerr=reaches(rows), color=look.colour,
        marker=look.marker, markersize=6, linewidth=1.6, capsize=3, label=label,
    )  # fmt: skip


def _too_small(axes: Any, margin: float | None) -> None:
    if margin is not None:
        axes.axhspan(
            -margin,
            margin,
            color=BAND,
            linewidth=0,
            zorder=0,
            label=f"too small to matter: within ±{margin:.3g}",
        )
