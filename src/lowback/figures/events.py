"""What came between and what else was done, as shares of the people of each arm."""

from __future__ import annotations

from typing import Any

from lowback.exhibit import Exhibit, arms_of, each, in_order, keyed_rows, noted, refused
from lowback.exhibit.numbers import capital, label_of
from lowback.figures.canvas import drawn, listed, reach, sheet, styles, tidy, wrapped
from lowback.result import Refusal, Result

MOST_EVENTS = 12


def events_figure(result: Result | Refusal) -> Exhibit:
    """The share of each arm to whom it happened, with its interval, event under event."""
    if isinstance(result, Refusal):
        return refused(result)
    rows = keyed_rows(result, "variable", "level", "arm", "statistic")
    rows = rows[rows["statistic"] == "percentage"].reset_index(drop=True)
    arms = [arm for arm in arms_of(rows) if arm not in ("", "all")] or arms_of(rows)
    rows = rows[rows["arm"].isin(arms)]
    if rows.empty:
        return noted(result, "Every share would tell of too few people.")
    places = in_order(rows["variable"] + "\n" + rows["level"])[:MOST_EVENTS]
    rows = rows[(rows["variable"] + "\n" + rows["level"]).isin(places)]
    looks = styles(arms)
    with sheet(1.6 + 0.3 * len(arms) / 2 + len(places) * (0.35 + 0.2 * len(arms))) as (figure, (axes,)):
        for row in each(rows):
            at = (
                places.index(f"{row.variable}\n{row.level}")
                + (arms.index(row.arm) + 0.5) / len(arms) * 0.7
                - 0.35
            )
            look = looks[row.arm]
            axes.errorbar(
                row.estimate, at, xerr=reach(row), color=look.colour, fmt=look.marker, markersize=7, capsize=3
            )
        for arm in arms:
            people = rows.loc[rows["arm"] == arm, "n_participants"]
            said = "" if people.empty else f", n={_span(people)}"
            axes.errorbar(
                [],
                [],
                color=looks[arm].colour,
                fmt=looks[arm].marker,
                markersize=7,
                label=wrapped(f"{arm or 'all'}{said}", 34),
            )
        axes.set_yticks(range(len(places)), [_event(place, 28) for place in places])
        axes.set_ylim(len(places) - 0.45, -0.55)
        axes.set_xlim(-3, 103)
        axes.set_xlabel("People of the arm to whom it happened after baseline (%, 95 % interval)")
        axes.grid(axis="x", color="#e6e6e6", linewidth=0.8)
        axes.set_axisbelow(True)
        axes.legend(
            loc="lower left", bbox_to_anchor=(0, 1), borderaxespad=0.2, ncols=2, title_fontsize=10, alignment="left",
            title="Were the arms alike, their marks would stand at the same share" if len(arms) > 1 else "Everybody",
        )  # fmt: skip
        tidy(axes, left=True)
        said = listed(
            rows,
            lambda row: (
                f"{_event(row.variable + chr(10) + row.level, 99)}, {row.arm or 'all'}: {row.estimate:.0f} % ({row.conf_low:.0f} to {row.conf_high:.0f}), n={row.n_participants}"
            ),
        )
        return drawn(
            result, figure, "events", f"Shares of people to whom it happened, with 95 % intervals. {said}."
        )


def _span(people: Any) -> str:
    fewest, most = int(people.min()), int(people.max())
    return f"{most}" if fewest == most else f"{fewest} to {most}"


def _event(place: str, width: int) -> str:
    """What happened, in words on short lines."""
    variable, level = place.split("\n")
    named = {"withdrawal_reason": "withdrew"}.get(variable, label_of(variable).partition(":")[0])
    return wrapped(capital(named if level == "any" else f"{named}, {level}"), width)
