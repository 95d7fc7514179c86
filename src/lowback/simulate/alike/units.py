"""What is drawn whole where an outcome goes with an exposure: people, or the groups that they belong to."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lowback.simulate.alike.people import People, Positions

Array = NDArray[np.float64]

# With fewer groups than this, drawing them whole would leave too few different cohorts.
FEWEST_GROUPS = 10


@dataclass(frozen=True, eq=False)
class Drawn:
    """Donors, the arm of each, the unit each was drawn in, and the sign that all residuals of a unit have (one a person)."""

    donors: Positions
    arm: Positions
    unit: Positions
    signs: Array


def drawn_units(people: People, rng: np.random.Generator) -> Drawn:
    """People drawn from each arm with replacement; where they are in ten groups or more, whole groups with their arms.

    Wild cluster bootstrap: Cameron, Gelbach & Miller 2008, Rev Econ Stat 90:414-427.
    """
    of = _unit_of(people)
    if of is None:
        donors, arm = replace(people, is_randomised=False).drawn(rng)
        # The same donor may be drawn twice, with either sign.
        return Drawn(donors, arm, np.arange(len(donors)), rng.choice([-1.0, 1.0], len(donors)))
    kinds = _kinds(of, people.arm)
    units = np.concatenate(
        [rng.choice(one, len(one)) for kind in np.unique(kinds) if len(one := np.flatnonzero(kinds == kind))]
    )
    order = np.argsort(of, kind="stable")
    counts = np.bincount(of)
    starts = np.cumsum(counts) - counts
    unit = np.repeat(np.arange(len(units)), counts[units])
    place = np.arange(len(unit)) - np.repeat(np.cumsum(counts[units]) - counts[units], counts[units])
    donors = order[starts[units][unit] + place]
    return Drawn(donors, people.arm[donors], unit, rng.choice([-1.0, 1.0], len(units))[unit])


def named_units(people: People, drawn: Drawn) -> pd.DataFrame:
    """The participants' table of people drawn, under new names; a group that is drawn twice has two names."""
    table = people.named(drawn.donors, drawn.arm)
    of = _unit_of(people)
    for grouping in people.groupings if of is not None else ():
        units_of_groups = pd.Series(of).groupby(grouping.of).nunique()
        if (units_of_groups[units_of_groups.index >= 0] == 1).all():
            names = zip(table[grouping.name], drawn.unit, strict=True)
            again = [None if pd.isna(name) else f"{name} ({unit + 1})" for name, unit in names]
            table[grouping.name] = pd.array(again, dtype="str")
    return table


def _unit_of(people: People) -> Positions | None:
    """The unit of each person, those in no group being one each; None where people are drawn singly."""
    chosen = next((one for one in people.groupings if one.groups >= FEWEST_GROUPS), None)
    if chosen is None:
        return None
    alone = chosen.of < 0
    return np.where(alone, chosen.groups + np.cumsum(alone) - 1, chosen.of)


def _kinds(of: Positions, arm: Positions) -> Positions:
    """The arm of each unit whose people are all in one, else -1: units are drawn in place of their like."""
    frame = pd.DataFrame({"of": of, "arm": arm}).groupby("of")["arm"]
    least, most = (one.to_numpy(np.intp) for one in (frame.min(), frame.max()))
    return np.where(least == most, least, -1)
