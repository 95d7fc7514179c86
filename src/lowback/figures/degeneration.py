"""How common worn discs are by age, in people who hurt more and in those who hurt less."""

from __future__ import annotations

from typing import Any

import pandas as pd

from lowback.exhibit import Exhibit, each, in_order, keyed_rows, noted, refused
from lowback.exhibit.numbers import rounded
from lowback.figures.canvas import drawn, listed, reaches, sheet, styles, tidy, wrapped
from lowback.figures.panels import legend_above
from lowback.result import Refusal, Result


def degeneration_figure(result: Result | Refusal) -> Exhibit:
    """Shares with worn discs by age with their intervals, by pain; at one age, marks side by side are alike if pain goes with age alone."""
    if isinstance(result, Refusal):
        return refused(result)
    rows = keyed_rows(result, "level", "age", "arm", "statistic")
    shares = rows[(rows["level"] == "worn") & (rows["statistic"] == "percentage")]
    if shares.empty:
        return noted(result, "Every share would tell of too few people.")
    apart = rows[(rows["statistic"] == "difference") & (rows["age"] == "equal age")]
    over = "".join(f"At equal age: {rounded(row, difference=True).in_words}" for row in each(apart))
    with sheet(4.3) as (figure, (axes,)):
        _by_age(axes, shares)
        axes.set_ylim(-3, 103)
        axes.set_xlabel("Age at baseline")
        axes.set_ylabel("People with a disc of grade 3 or worse\n(%, 95 % interval)")
        level = "\nWere it age alone, marks of one age would stand level" if over else ""
        legend_above(axes, over + level, columns=2)
        tidy(axes)
        said = listed(
            shares, lambda row: f"{row.age}, {row.arm}: {rounded(row).in_words}, n={row.n_participants}"
        )
        alt = " ".join(f"{one}." for one in ("Share of people with a worn disc", said, over) if one)
        return drawn(result, figure, "worn discs", alt)


def _by_age(axes: Any, shares: pd.DataFrame) -> None:
    """The shares with their intervals, age after age, those who hurt more beside those who hurt less."""
    ages, looks = in_order(shares["age"]), styles(in_order(shares["arm"]))
    for place, (who, look) in enumerate(looks.items()):
        part = shares[shares["arm"] == who]
        at = [ages.index(one) + 0.08 * (2 * place + 1 - len(looks)) for one in part["age"]]
        axes.errorbar(
            at, part["estimate"], yerr=reaches(part), color=look.colour, marker=look.marker, markersize=7, linewidth=1.6, capsize=3,
            label=f"{who}, n={int(part['n_participants'].sum())}",
        )  # fmt: skip
    axes.set_xticks(range(len(ages)), [wrapped(one, 16) for one in ages])
    axes.set_xlim(-0.4, len(ages) - 0.6)
