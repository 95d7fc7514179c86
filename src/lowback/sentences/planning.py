"""Which design will do, in words, and what doing without raters or readings would cost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from lowback.exhibit import keyed_rows, sentence
from lowback.exhibit.numbers import PROPORTIONS, capital, number, places_for_spread, unit_of
from lowback.result import Result

SIZES = ("participants", "visits", "raters", "readings")
ARTICLES = {"power": "a", "assurance": "an", "interval width": "an"}
COMPARED = ("raters", "readings", "visits")


def plan_sentences(result: Result) -> list[str]:
    """The cheapest design that reaches the target, the cheapest without what it has more of, and what is not to be trusted."""
    rows = keyed_rows(result, "design", *SIZES, "statistic", "reaches", "note")
    target = rows[rows["statistic"] == "target"].iloc[0]
    designs = rows[rows["statistic"] == "power"]
    wanted = f"{ARTICLES[target['note']]} {target['note']} of {_value(target)}"
    best = designs[designs["note"] == "cheapest"]
    said = (
        [_none(rows, designs, wanted)]
        if best.empty
        else [
            f"Of {_designs(len(designs))} the {'cheapest' if _cost(rows, best.iloc[0]) else 'smallest'} that is shown to have "
            f"{wanted} has {_in_words(rows, best.iloc[0], designs)}",
            *_undecided(rows, designs, best.iloc[0]),
            *_instead(rows, designs, best.iloc[0]),
        ]
    )
    flagged = int((designs["note"] == "overstated").sum())
    if flagged:
        said.append(
            f"the power of {_designs(flagged)} is overstated, because trials show what is not there too often; such a design is never chosen"
        )
    return [capital(sentence(one)) for one in said]


def _none(rows: pd.DataFrame, designs: pd.DataFrame, wanted: str) -> str:
    """That no design will do, and how far the best of them goes."""
    honest = designs[designs["note"] != "overstated"]
    best = designs.loc[(honest if len(honest) else designs)["estimate"].idxmax()]
    return f"none of {_designs(len(designs))} is shown to have {wanted}; the one with the highest power has {_in_words(rows, best, designs)}"


def _designs(count: int) -> str:
    return "1 design" if count == 1 else f"{count} designs"


def _undecided(rows: pd.DataFrame, designs: pd.DataFrame, best: Any) -> Iterator[str]:
    """The cheapest design that may do as well, for less, but that the number of trials does not tell from the target."""
    open_ones = designs[designs["reaches"] == "cannot tell"]
    costs = {place: _cost(rows, row) or 0.0 for place, row in open_ones.iterrows()}
    cheaper = {place: cost for place, cost in costs.items() if cost < (_cost(rows, best) or 0.0)}
    if cheaper:
        one = designs.loc[min(cheaper, key=lambda place: cheaper[place])]
        said = _in_words(rows, one, designs, priced="for")
        yield f"more trials would tell whether it can be cheaper: one of {said} may do"


def _instead(rows: pd.DataFrame, designs: pd.DataFrame, best: Any) -> Iterator[str]:
    """The cheapest design with fewer raters, readings or visits than the chosen one, or with more, and the difference in cost."""
    reaching = designs[designs["reaches"] == "yes"]
    for size in COMPARED:
        others = reaching[reaching[size] != best[size]]
        if others.empty:
            continue
        costs = {place: _cost(rows, row) or 0.0 for place, row in others.iterrows()}
        other = others.loc[
            min(costs, key=lambda place: (costs[place], int(others.loc[place, "participants"])))
        ]
        price = _price(rows, other)
        more = _more(rows, other, best)
        yield (
            f"with {_counted(other, size)} in place of {best[size]} it takes {other['participants']} participants"
            f"{_besides(other, best, size)}{f' and {price}, {more}' if price else ''}"
        )


def _besides(other: Any, best: Any, size: str) -> str:
    """What else the other design has otherwise."""
    changed = [_counted(other, one) for one in COMPARED if one != size and other[one] != best[one]]
    return f", {', '.join(changed)}," if changed else ""


def _in_words(rows: pd.DataFrame, design: Any, designs: pd.DataFrame, priced: str = "and costs") -> str:
    """Participants and what varies of the other sizes, cost and power of a design."""
    varying = [size for size in COMPARED if len(designs[size].unique()) > 1]
    sizes = ", ".join(_counted(design, size) for size in ("participants", *varying))
    shown, price = _reached(rows, design), _price(rows, design)
    return f"{sizes}{f' {priced} {price}' if price else ''} ({shown})"


def _reached(rows: pd.DataFrame, design: Any) -> str:
    """What a design comes to of what is aimed at, with its Monte Carlo interval."""
    aim = rows.loc[rows["statistic"] == "target", "note"].iloc[0]
    matching = rows[(rows["design"] == design["design"]) & (rows["statistic"] == aim)]
    if matching.empty:
        return "none of its trials gave an answer"
    found = matching.iloc[0]
    is_share = found["unit"] in PROPORTIONS
    values = [(100 if is_share else 1) * found[name] for name in ("estimate", "conf_low", "conf_high")]
    places = 1 if is_share else 1 + places_for_spread(values[0])
    middle, low, high = (number(value, places) for value in values)
    unit = "%" if aim in ("power", "assurance") else unit_of(found["unit"], difference=True)
    return f"{aim} {middle} {unit}, 95 % CI {low} to {high}"


def _counted(design: Any, size: str) -> str:
    return f"{design[size]} {size.removesuffix('s') if design[size] == '1' else size}"


def _cost(rows: pd.DataFrame, design: Any) -> float | None:
    found = rows[(rows["design"] == design["design"]) & (rows["statistic"] == "cost")]
    return None if found.empty else float(found["estimate"].iloc[0])


def _price(rows: pd.DataFrame, design: Any) -> str:
    cost = _cost(rows, design)
    if cost is None:
        return ""
    unit = rows.loc[rows["statistic"] == "cost", "unit"].iloc[0]
    return f"{number(cost, 0)} {unit}"


def _more(rows: pd.DataFrame, other: Any, best: Any) -> str:
    apart = (_cost(rows, other) or 0.0) - (_cost(rows, best) or 0.0)
    return f"{number(apart, 0)} more"


def _value(target: Any) -> str:
    if target["note"] == "interval width":
        scale = 100 if target["unit"] in PROPORTIONS else 1
        return f"at most {scale * target['estimate']:g} {unit_of(target['unit'], difference=True)}"
    return f"{100 * target['estimate']:g} % or more"
