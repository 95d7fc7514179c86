"""By which path an effect runs: the paths as a drawing, and its parts as a forest with the band of what is too small to matter."""

from __future__ import annotations

from typing import Any

import pandas as pd

from lowback.exhibit import Exhibit, each, in_order, keyed_rows, noted, refused
from lowback.exhibit.numbers import capital, label_of, rounded, week
from lowback.figures.canvas import GREY, INK, drawn, listed, people_in, sheet, styles, wrapped
from lowback.figures.forest import forest_axes, forest_height, marks, name_directions
from lowback.result import Refusal, Result

KEYS = ("arm", "comparator", "statistic", "correction", "model", "path", "mediator", "mediator_label")
PARTS = ("total", "indirect", "path", "direct")
BOX = {"boxstyle": "round,pad=0.5", "facecolor": "white", "edgecolor": INK, "linewidth": 1.2}


def paths_figure(result: Result | Refusal, arm: str = "") -> Exhibit:
    """Arm, mediators and outcome in their sequence, each arrow with its estimate; `arm` is the first one unless named.

    Arrows whose interval includes 0 are dashed.
    """
    if isinstance(result, Refusal):
        return refused(result)
    rows = keyed_rows(result, *KEYS)
    chosen = arm or in_order(rows["arm"])[0]
    rows = rows[rows["arm"].isin([chosen, ""]) & rows["correction"].isin(["corrected", ""])]
    rows = rows[rows["model"] != "slopes by arm"]
    if not (rows["statistic"] == "shift").any():
        return noted(result, f"No paths are estimated for {chosen}.")
    places, arrows = _layout(rows, chosen)
    with sheet(4.6 if len(places) > 3 else 3.6) as (figure, (axes,)):
        axes.set_xlim(-0.14, 1.14)
        axes.set_ylim(-0.24, 1.16)
        axes.axis("off")
        for start, end, row, share in arrows:
            _arrow(axes, places[start], places[end], row, share)
        for name, (x, y) in places.items():
            axes.annotate(wrapped(_node(name), 18), (x, y), ha="center", va="center", bbox=BOX, zorder=5)
        axes.annotate(
            f"{people_in(rows)}; 95 % intervals; dashed: the interval includes 0",
            (0.5, -0.22),
            ha="center",
            fontsize=9,
            color=GREY,
        )
        said = "; ".join(
            f"{_node(start)} to {_node(end)}: {rounded(row, difference=True).in_words}"
            for start, end, row, _ in arrows
        )
        return drawn(
            result, figure, "paths", f"Paths of the effect with 95 % intervals, {people_in(rows)}. {said}."
        )


def parts_figure(result: Result | Refusal) -> Exhibit:
    """Total, indirect and direct effect of each arm: corrected ones filled, naive ones open, within what is too small to matter."""
    if isinstance(result, Refusal):
        return refused(result)
    rows = keyed_rows(result, *KEYS)
    rows = rows[rows["statistic"].isin(PARTS) & (rows["model"] == "one slope")].copy()
    rows["order"] = rows["statistic"].map(PARTS.index)
    rows = rows.sort_values(["arm", "order", "correction"], kind="stable").reset_index(drop=True)
    looks = styles(PARTS)
    several = len(in_order(rows["arm"])) > 1
    labels = [_part_label(row, several=several) for row in each(rows)]
    with sheet(forest_height(labels)) as (figure, (axes,)):
        marks(
            axes, rows, lambda row: looks[row.statistic], lambda row: row.correction not in ("", "corrected")
        )
        forest_axes(axes, labels, rows, result.smallest_worthwhile)
        low, high = axes.get_xlim()
        # The figures above the outermost marks must not run into the labels.
        axes.set_xlim(1.2 * low, 1.2 * high)
        first = rows.iloc[0]
        outcome = label_of(first["outcome"])
        axes.set_xlabel(wrapped(f"{_word(result)} {outcome} ({first['unit']}), arm minus comparator", 60))
        name_directions(
            axes, result.higher_is, " / ".join(in_order(rows["comparator"])), in_order(rows["arm"])
        )
        alt = f"Parts of the effect with 95 % intervals, {people_in(rows)}: " + listed(
            rows, lambda row: f"{row.term}: {rounded(row, difference=True).in_words}"
        )
        return drawn(result, figure, "parts", f"{alt}.")


def _layout(
    rows: pd.DataFrame, arm: str
) -> tuple[dict[str, tuple[float, float]], list[tuple[str, str, Any, float]]]:
    """Where each node stands, and each arrow with its row and where along it the figures stand."""
    mediators = in_order(rows.loc[rows["statistic"] == "shift", "mediator"])
    outcome = rows["outcome"].iloc[0]
    last = len(mediators) - 1
    across = [0.5] if not last else [0.17 + 0.66 * at / last for at in range(len(mediators))]
    places = {arm: (0.0, 0.1), **{name: (x, 1.0) for name, x in zip(mediators, across, strict=True)}}
    places[outcome] = (1.0, 0.1)
    one = {(row.statistic, row.mediator, row.path): row for row in each(rows)}
    arrows: list[tuple[str, str, Any, float]] = []
    for at, name in enumerate(mediators):
        own = one[("own shift" if at else "shift", name, "")]
        arrows.append((arm, name, own, (0.62 if last else 0.5) if not at else 0.36))
        nearest = 0.38 if last else 0.5
        arrows.append((name, outcome, one[("slope", name, "")], nearest if at == last else 0.64))
    for row in each(rows[rows["statistic"] == "link"]):
        earlier = next(name for name in mediators if _labels(rows)[name] == row.path.partition(", then ")[0])
        arrows.append((earlier, row.mediator, row, 0.5))
    direct = next(row for row in each(rows) if row.statistic == "direct")
    arrows.append((arm, outcome, direct, 0.5))
    return places, arrows


def _labels(rows: pd.DataFrame) -> dict[str, str]:
    return dict(zip(rows["mediator"], rows["mediator_label"], strict=True))


def _arrow(axes: Any, start: tuple[float, float], end: tuple[float, float], row: Any, share: float) -> None:
    """An arrow with its estimate, dashed where its interval includes 0."""
    is_clear = row.conf_low > 0 or row.conf_high < 0
    axes.annotate(
        "",
        end,
        start,
        arrowprops={
            "arrowstyle": "-|>",
            "color": INK if is_clear else GREY,
            "linestyle": "-" if is_clear else (0, (4, 3)),
            "linewidth": 1.6 if is_clear else 1.1,
            "shrinkA": 30,
            "shrinkB": 30,
        },
        zorder=1,
    )
    x, y = (start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1]))
    shown = rounded(row, difference=True)
    axes.annotate(
        f"{shown.estimate}\n({shown.low} to {shown.high})\n{shown.unit}",
        (x, y),
        ha="center",
        va="center",
        fontsize=8.5,
        color=INK,
        bbox={"facecolor": "white", "linewidth": 0, "pad": 1},
        zorder=4,
    )


def _node(name: str) -> str:
    return label_of(name)


def _part_label(row: Any, *, several: bool) -> str:
    words = {
        "total": "total",
        "indirect": "by way of the mediators",
        "path": f"by way of {row.path}{'' if ', then ' in row.path else ' alone'}",
        "direct": "beside them (direct)",
    }[row.statistic]
    kind = "" if row.correction in ("", "corrected") else f"\n{row.correction}"
    arm = f"{wrapped(row.arm, 26)}{'' if not week(row.weeks) else ', ' + week(row.weeks)}\n" if several or row.statistic == "total" else ""  # fmt: skip
    people = f", n={row.n_participants}" if row.statistic == "total" else ""
    return f"{arm}{wrapped(capital(words), 28)}{people}{kind}"


def _word(result: Result) -> str:
    return "Effect on" if result.causal else "Difference in"
