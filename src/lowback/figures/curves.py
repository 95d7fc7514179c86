"""An outcome along an exposure: the curve within persons and between them, with its band and a rug."""

from __future__ import annotations

from typing import Any

import pandas as pd

from lowback.exhibit import Exhibit, each, in_order, keyed_rows, refused
from lowback.exhibit.numbers import capital, label_of, p_value, rounded, sign_of
from lowback.figures.canvas import GREY, INK, drawn, people_in, sheet, styles, tidy, wrapped
from lowback.result import Refusal, Result


def curve_figure(result: Result | Refusal) -> Exhibit:
    """A panel for each level: the curve as measured with its band, the curve without error, zero, and a rug of the exposure."""
    if isinstance(result, Refusal):
        return refused(result)
    rows = keyed_rows(result, "level", "statistic", "exposure", "outcome")
    rows = rows.assign(at=pd.to_numeric(rows["at"], errors="coerce"))
    rows = rows[rows["level"].isin(["within", "between"])]
    levels = in_order(rows["level"])
    looks = styles(["within", "between"])
    with sheet(0.4 + 3.1 * len(levels), len(levels)) as (figure, panels):
        for axes, level in zip(panels, levels, strict=True):
            _panel(axes, rows[rows["level"] == level], looks[level].colour)
            if result.smallest_worthwhile is not None:
                margin = result.smallest_worthwhile
                axes.axhspan(
                    -margin,
                    margin,
                    color="#eeeeee",
                    linewidth=0,
                    zorder=0,
                    label=f"too small to matter: within ±{margin:.3g}",
                )
            axes.legend(loc="best")
        return drawn(
            result, figure, "curve", " ".join(_alt(rows[rows["level"] == level]) for level in levels)
        )


def _panel(axes: Any, rows: pd.DataFrame, colour: Any) -> None:
    """One level: its curves, what they stand on, and the test of a bend above them."""
    by = {name: rows[rows["statistic"] == name] for name in ("curve", "curve without error", "rug", "bend")}
    curve, freed, first = by["curve"], by["curve without error"], rows.iloc[0]
    axes.fill_between(
        curve["at"],
        curve["conf_low"],
        curve["conf_high"],
        color=colour,
        alpha=0.2,
        linewidth=0,
        label="95 % band",
    )
    axes.plot(curve["at"], curve["estimate"], color=colour, linewidth=2, label="as measured")
    if len(freed):
        axes.plot(
            freed["at"],
            freed["estimate"],
            color=INK,
            linewidth=1.6,
            linestyle="--",
            label="without error (SIMEX)",
        )
    axes.axhline(0, color=GREY, linewidth=1, linestyle=":", zorder=1, label="if they had no link")
    axes.plot(
        by["rug"]["at"],
        [0.0] * len(by["rug"]),
        "|",
        color=INK,
        markersize=9,
        transform=axes.get_xaxis_transform(),
        clip_on=False,
        zorder=3,
    )
    _words(axes, first, by["bend"].iloc[0], curve["unit"].iloc[0])


def _words(axes: Any, first: Any, bend: Any, unit: str) -> None:
    """Title and labels of a panel, from its first row and that of the bend."""
    bent = p_value(bend.p_value)
    axes.set_title(
        f"{capital(first.level)} people, n={first.n_participants}, bend: p{bent if bent[0] in '<>' else f'={bent}'}",
        fontsize=11,
    )
    axes.set_xlabel(
        wrapped(
            f"{capital(label_of(first.exposure))} ({first.exposure_unit}{sign_of(first.exposure)}; marks: every twentieth)",
            66,
        )
    )
    axes.set_ylabel(wrapped(f"{capital(label_of(first.outcome))} less that at the median ({unit})", 30))
    tidy(axes)


def _alt(rows: pd.DataFrame) -> str:
    curve, bend = rows[rows["statistic"] == "curve"], rows[rows["statistic"] == "bend"].iloc[0]
    ends = list(each(curve.iloc[[0, -1]]))
    said = "; ".join(f"at {row.at:.3g} {row.exposure_unit} {rounded(row).in_words}" for row in ends)
    return f"{capital(str(bend.level))} people, difference in {label_of(bend.outcome)} from the median {label_of(bend.exposure)}, {people_in(curve)}: {said}; p of a bend {p_value(bend.p_value)}."
