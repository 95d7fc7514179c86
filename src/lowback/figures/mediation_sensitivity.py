"""What would change the path of an effect: unmeasured common causes, and error in a mediator."""

from __future__ import annotations

from typing import Any

import pandas as pd

from lowback.exhibit import Exhibit, each, in_order, keyed_rows, noted, refused
from lowback.exhibit.numbers import label_of, rounded
from lowback.figures.canvas import GREY, INK, drawn, sheet, styles, tidy, wrapped
from lowback.result import Refusal, Result

KEYS = ("arm", "statistic", "mediator", "mediator_label")


def confounding_figure(result: Result | Refusal, arm: str = "", mediator: str = "") -> Exhibit:
    """The indirect effect by the correlation that unmeasured common causes would bring about, and by the shares they would explain.

    Above a curve with its interval, nil as a line; below contours. `arm` and `mediator` are the first ones unless named.
    """
    if isinstance(result, Refusal):
        return refused(result)
    rows = _chosen(result, arm, mediator)
    curve = rows[rows["statistic"] == "indirect at correlation"].sort_values("correlation")
    grid = rows[rows["statistic"] == "indirect at shares"]
    nil = rows[rows["statistic"] == "correlation at nil"].iloc[0]
    word = _word(result)
    outcome, label = label_of(rows["outcome"].iloc[0]), rows["mediator_label"].iloc[0]
    with sheet(7.2, panels=2) as (figure, (above, below)):
        _curve(above, curve, nil)
        above.set_xlabel(
            wrapped(
                f"Correlation of what is left unexplained of {label} and of {outcome}, n={nil['n_participants']}",
                62,
            )
        )
        above.set_title("95 % band; dotted: no unmeasured common cause, as analysed", fontsize=10)
        above.set_ylabel(f"Indirect {word}\n({curve['unit'].iloc[0]})")
        table = grid.pivot_table(index="share_of_outcome", columns="share_of_mediator", values="estimate")
        _contours(below, table)
        below.set_xlabel(
            wrapped(
                f"Share of the rest of {label} that has an unmeasured common cause (%), n={nil['n_participants']}",
                62,
            )
        )
        below.set_title(
            f"Lines: indirect {word} ({curve['unit'].iloc[0]}) in such a case; thick: nil", fontsize=10
        )
        below.set_ylabel(f"Share of the rest of\n{outcome} (%)")
        alt = (
            f"The indirect {word} by way of {label} by the correlation of its error with the outcome's, which is nil at "
            f"{rounded(_row(nil)).in_words}, n={nil['n_participants']}; below, contours of it by the shares that something unmeasured explains."
        )
        return drawn(result, figure, f"confounding-{rows['mediator'].iloc[0]}", alt)


def reliability_figure(result: Result | Refusal, arm: str = "", mediator: str = "") -> Exhibit:
    """Indirect and direct effect by how reliable a mediator is taken to be, with the reliability found and nil as lines.

    Both would lie flat if error did not matter. `arm` and `mediator` are the first ones unless named.
    """
    if isinstance(result, Refusal):
        return refused(result)
    rows = _chosen(result, arm, mediator)
    looks = styles(["indirect", "direct"])
    label = rows["mediator_label"].iloc[0]
    if not (rows["statistic"] == "direct at reliability").any():
        return noted(result, f"The effect cannot be split at any reliability of {label} that was tried.")
    analysed = rows[rows["statistic"] == "reliability"].iloc[0]
    with sheet(4.2) as (figure, (axes,)):
        for part, look in looks.items():
            curve = rows[rows["statistic"] == f"{part} at reliability"].sort_values("reliability")
            axes.fill_between(curve["reliability"], curve["conf_low"], curve["conf_high"], color=look.colour, alpha=0.18, linewidth=0)  # fmt: skip
            axes.plot(curve["reliability"], curve["estimate"], color=look.colour, marker=look.marker, markersize=5, label=f"{part} {_word(result)} (95 % interval)")  # fmt: skip
        axes.axhline(0, color=INK, linewidth=1)
        axes.axvline(analysed["estimate"], color=GREY, linestyle="--", linewidth=1.2, label=f"as analysed: {analysed['estimate']:.2f}")  # fmt: skip
        _band(axes, result.smallest_worthwhile)
        reached = rows.loc[rows["statistic"] == "direct at reliability", "reliability"].min()
        axes.set_xlim(1.005, min(reached, analysed["estimate"]) - 0.01)
        axes.set_xlabel(f"Reliability of {label} within arms (1: no error), n={analysed['n_participants']}")
        axes.set_ylabel(
            f"{_word(result).capitalize()} ({rows.loc[rows['statistic'] == 'direct at reliability', 'unit'].iloc[0]})"
        )
        axes.legend(loc="upper left", bbox_to_anchor=(0, 1.27), ncols=2)
        tidy(axes)
        ends = rows[rows["statistic"] == "indirect at reliability"].sort_values("reliability")
        alt = (
            f"Indirect and direct {_word(result)} by the reliability of {label}. Indirect: {rounded(_row(ends.iloc[-1])).in_words} at "
            f"{ends['reliability'].iloc[-1]:g}, {rounded(_row(ends.iloc[0])).in_words} at {ends['reliability'].iloc[0]:g}. Analysed at "
            f"{analysed['estimate']:.2f}, n={analysed['n_participants']}."
        )
        return drawn(result, figure, f"reliability-{rows['mediator'].iloc[0]}", alt)


def _chosen(result: Result, arm: str, mediator: str) -> pd.DataFrame:
    """The rows of one arm and one mediator."""
    rows = keyed_rows(result, *KEYS)
    numbers = ["correlation", "share_of_mediator", "share_of_outcome", "reliability"]
    rows = rows.assign(**{name: pd.to_numeric(rows[name], errors="coerce") for name in numbers})
    rows = rows[rows["mediator"] != ""]
    rows = rows[rows["arm"] == (arm or in_order(rows["arm"])[0])]
    rows = rows[rows["mediator"] == (mediator or in_order(rows["mediator"])[0])]
    if rows.empty:
        raise ValueError(f"no rows for arm {arm!r} and mediator {mediator!r}")
    return rows


def _word(result: Result) -> str:
    return "effect" if result.causal else "difference"


def _curve(axes: Any, curve: pd.DataFrame, nil: Any) -> None:
    look = styles(["indirect"])["indirect"]
    axes.fill_between(
        curve["correlation"],
        curve["conf_low"],
        curve["conf_high"],
        color=look.colour,
        alpha=0.2,
        linewidth=0,
    )
    axes.plot(curve["correlation"], curve["estimate"], color=look.colour, marker=look.marker, markersize=4.5)
    axes.axhline(0, color=INK, linewidth=1)
    axes.axvline(0, color=GREY, linewidth=1, linestyle=":")
    axes.axvline(nil["estimate"], color=GREY, linewidth=1.2, linestyle="--")
    axes.annotate(
        f"nil at {rounded(_row(nil)).with_bounds}",
        (nil["estimate"], 1),
        xycoords=("data", "axes fraction"),
        xytext=(4, -12),
        textcoords="offset points",
        fontsize=9,
        color=INK,
    )
    tidy(axes)


def _contours(axes: Any, table: pd.DataFrame) -> None:
    """Contours of the indirect effect, nil drawn thick."""
    columns, rows = 100 * table.columns.to_numpy(float), 100 * table.index.to_numpy(float)
    values = table.to_numpy(float)
    lines = axes.contour(columns, rows, values, levels=9, colors=GREY, linewidths=1)
    labels = axes.clabel(lines, [level for level in lines.levels if level], fontsize=8.5, colors=INK)
    for one in labels:
        _keep_inside(axes, one)
    if values.min() < 0 < values.max():
        thick = axes.contour(columns, rows, values, levels=[0], colors=INK, linewidths=2.4)
        axes.clabel(thick, fmt={0: "nil"}, fontsize=9.5, colors=INK)
    tidy(axes)


def _keep_inside(axes: Any, label: Any) -> None:
    """Take away a label that the edge of the panel would cut through."""
    x, y = axes.transAxes.inverted().transform(axes.transData.transform(label.get_position()))
    if not (0.05 <= x <= 0.95 and 0.05 <= y <= 0.95):
        label.remove()


def _band(axes: Any, margin: float | None) -> None:
    if margin is not None:
        axes.axhspan(-margin, margin, color="#e3e3e3", zorder=0, linewidth=0, label=f"too small to matter: within ±{margin:.3g}")  # fmt: skip


def _row(series: pd.Series) -> Any:
    """A row whose columns can be named after a dot."""
    return next(each(series.to_frame().T.infer_objects()))
