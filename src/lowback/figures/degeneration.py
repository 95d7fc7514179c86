"""How common worn discs are by age, in people who hurt more and in those who hurt less."""

from __future__ import annotations

from lowback.exhibit import Exhibit, each, in_order, keyed_rows, noted, refused
from lowback.exhibit.numbers import rounded
from lowback.figures.canvas import drawn, listed, reach, sheet, styles, tidy, wrapped
from lowback.result import Refusal, Result


def degeneration_figure(result: Result | Refusal) -> Exhibit:
    """Shares with worn discs by age with their intervals, by pain; at one age, marks side by side are alike if pain goes with age alone."""
    if isinstance(result, Refusal):
        return refused(result)
    rows = keyed_rows(result, "level", "age", "arm", "statistic")
    shares = rows[(rows["level"] == "worn") & (rows["statistic"] == "percentage")]
    if shares.empty:
        return noted(result, "Every share would tell of too few people.")
    ages, looks = in_order(shares["age"]), styles(in_order(shares["arm"]))
    with sheet(4.3) as (figure, (axes,)):
        for place, (who, look) in enumerate(looks.items()):
            part = shares[shares["arm"] == who]
            at = [ages.index(one) + 0.08 * (2 * place + 1 - len(looks)) for one in part["age"]]
            ends = [reach(row) for row in each(part)]
            axes.errorbar(
                at, part["estimate"], yerr=[[end[side][0] for end in ends] for side in (0, 1)], color=look.colour, marker=look.marker,
                markersize=7, linewidth=1.6, capsize=3, label=f"{who}, n={int(part['n_participants'].sum())}",
            )  # fmt: skip
        axes.set_xticks(range(len(ages)), [wrapped(one, 16) for one in ages])
        axes.set_ylim(-3, 103)
        axes.set_xlim(-0.4, len(ages) - 0.6)
        axes.set_xlabel("Age at baseline")
        axes.set_ylabel("People with a disc of grade 3 or worse\n(%, 95 % interval)")
        overall = [row for row in each(rows[rows["statistic"] == "difference"]) if row.age == "equal age"]
        over = "".join(
            f"At equal age: {rounded(row, difference=True).in_words}\nWere it age alone, marks of one age would stand level"
            for row in overall
        )
        axes.legend(
            loc="lower left",
            bbox_to_anchor=(0, 1),
            borderaxespad=0.2,
            ncols=2,
            title=over,
            title_fontsize=10,
            alignment="left",
        )
        tidy(axes)
        said = listed(
            shares, lambda row: f"{row.age}, {row.arm}: {rounded(row).in_words}, n={row.n_participants}"
        )
        return drawn(
            result,
            figure,
            "worn discs",
            f"Share of people with a worn disc. {said}. {over.partition(chr(10))[0]}.",
        )
