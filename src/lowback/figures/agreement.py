"""How far two readings of the same thing lie apart, by their size (Bland and Altman)."""

from __future__ import annotations

from typing import Any

import pandas as pd

from lowback.exhibit import Exhibit, each, keyed_rows, noted, refused
from lowback.exhibit.numbers import capital, label_of, rounded
from lowback.figures.canvas import GREY, INK, drawn, reach, sheet, styles, tidy, wrapped
from lowback.figures.panels import words_beside
from lowback.result import Refusal, Result

LINES = ("upper limit", "bias", "lower limit")


def agreement_figure(result: Result | Refusal) -> Exhibit:
    """The mean difference and the limits of agreement with their intervals, and the mean difference in fifths of people by size."""
    if isinstance(result, Refusal):
        return refused(result)
    rows = keyed_rows(result, "statistic", "outcome")
    found = {row.statistic: row for row in each(rows)}
    if not set(LINES) <= set(found):
        return noted(result, "Judgements have no size, so there are no limits of agreement to show.")
    fifths = rows[rows["statistic"] == "bias in a fifth"]
    fifths = fifths.assign(size=pd.to_numeric(fifths["size"]))
    bias, look = found["bias"], styles(["difference"])["difference"]
    with sheet(3.6) as (figure, (axes,)):
        for name in LINES:
            _line(
                axes,
                found[name],
                f"{'mean difference' if name == 'bias' else name}\n{rounded(found[name]).with_bounds}",
            )
        for row in each(fifths):
            axes.errorbar(
                row.size,
                row.estimate,
                yerr=reach(row),
                fmt=look.marker,
                color=look.colour,
                capsize=3,
                markersize=7,
                zorder=3,
            )
        axes.axhline(0, color=INK, linewidth=1, linestyle=":", zorder=1)
        label = label_of(bias.outcome)
        by_size = "" if fifths.empty else "; marks: mean difference in fifths by size"
        axes.set_xlabel(wrapped(f"Mean of both readings of {label} ({bias.unit})", 60))
        axes.set_ylabel(wrapped(f"Second less first ({bias.unit})", 30))
        axes.set_title(
            f"{capital(label)}, read twice in {bias.n_participants} people{by_size}\n"
            "Grey: 95 % intervals; dotted: no difference between the readings",
            fontsize=10,
        )
        if fifths.empty:
            axes.set_xticks([])
        tidy(axes)
        return drawn(result, figure, "agreement", _alt(found, fifths))


def _line(axes: Any, row: Any, words: str) -> None:
    """A line at the estimate with its interval as a band, and in words beside the panel."""
    is_bias = row.statistic == "bias"
    axes.axhline(
        row.estimate,
        color=INK if is_bias else GREY,
        linewidth=1.6,
        linestyle="-" if is_bias else "--",
        zorder=2,
    )
    axes.axhspan(row.conf_low, row.conf_high, color="#e3e3e3", linewidth=0, zorder=0)
    words_beside(axes, row.estimate, words)


def _alt(found: dict[str, Any], fifths: Any) -> str:
    lines = "; ".join(
        f"{'mean difference' if name == 'bias' else name} {rounded(found[name]).in_words}" for name in LINES
    )
    marks = "; ".join(f"at {row.size:.3g}: {rounded(row).in_words}" for row in each(fifths))
    by_size = f" Mean difference in fifths of people by size: {marks}." if marks else ""
    people = f"{found['bias'].n_participants} people"
    return f"Two readings of {label_of(found['bias'].outcome)} in {people}, second less first. {capital(lines)}.{by_size}"
