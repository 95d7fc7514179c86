"""The true value of every row that an analysis answers an estimand with, in a simulated world."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from lowback.outcomes.scores import responded
from lowback.repeat.asked import Asked
from lowback.simulate.alike import AlikeSlopes, AlikeTrial
from lowback.simulate.alike.trial import Array, Potential
from lowback.simulate.modified import MOST_VALUES
from lowback.study import Estimand

# People behind a true value, in portions: differences on the same random numbers are then known to a hundredth of their SD.
PORTION, PORTIONS = 20_000, 5
TRUTH_SEED = 2**64


def people_of_truth(world: AlikeTrial) -> list[Potential]:
    """The people whose mean is the truth, in portions; the same for every effect."""
    return [world.draw(np.random.default_rng([TRUTH_SEED, at]), PORTION) for at in range(PORTIONS)]


def trial_truths(
    world: AlikeTrial,
    estimand: Estimand,
    effects: Array,
    people: Sequence[Potential],
    modifier: Array | None = None,
) -> dict[Asked, float]:
    """The true values of an estimand on arms: each of these people under both arms, whoever leaves followed to the end.

    Only where the estimand counts those without a score as not responded are those who leave left out of the responders. `modifier`
    is what each donor has of a characteristic by which effects may differ.
    """
    parts = [_portion_truths(world, estimand, effects, drawn, modifier) for drawn in people]
    return {key: float(np.mean([one[key] for one in parts])) for key in parts[0]}


def _portion_truths(
    world: AlikeTrial, estimand: Estimand, effects: Array, drawn: Potential, modifier: Array | None
) -> dict[Asked, float]:
    kept = world.people.eligible[drawn.donors]
    if not kept.any():
        kept = ~kept
    arms = world.people.arms
    base = np.full(PORTION, world.comparator)
    control = world.scores(drawn, effects, base)[:, world.at]
    rising = -1.0 if world.outcome.higher_is == "better" else 1.0
    change = rising * (drawn.first - control)[kept & np.isfinite(drawn.first)]
    found: dict[Asked, float] = {("change",): float(change.mean()) if len(change) else float("nan")}
    for at in world.treated:
        arm = np.full(PORTION, at)
        treated = world.scores(drawn, effects, arm)[:, world.at]
        pair = (arms[at], arms[world.comparator])
        found["difference", *pair] = float((treated - control)[kept].mean())
        if modifier is not None:
            found |= modified_truths((treated - control)[kept], modifier[drawn.donors][kept], pair)
        for place, _ in enumerate(estimand.responders):
            both = [_better(world, drawn, estimand, place, effects, one)[kept] for one in (arm, base)]
            known = np.isfinite(both[0]) & np.isfinite(both[1])
            found["risk difference", *pair, str(place)] = float((both[0] - both[1])[known].mean())
    return found


def _better(
    world: AlikeTrial, drawn: Potential, estimand: Estimand, place: int, effects: Array, arm: np.ndarray
) -> Array:
    """1 for each person who gets better under an arm, 0 for who does not, NaN where that is not defined."""
    scores = world.scores(drawn, effects, arm)
    rule = estimand.responders[place]
    first: Any = pd.Series(drawn.first)
    found: Any = responded(first, pd.Series(scores[:, world.at]), rule, world.outcome)  # type: ignore[arg-type, unused-ignore]
    better: Array = pd.Series(found).astype("Float64").to_numpy(float, na_value=np.nan)
    if estimand.missing_outcome == "not responded":
        seen = world.seen(drawn, scores, arm)[:, world.at]
        better = np.where(seen, np.nan_to_num(better), 0.0)
    return better


def slope_truths(world: AlikeSlopes, slopes: tuple[float, float]) -> dict[Asked, float]:
    """The true values of an estimand on an exposure."""
    within, between = world.true_slopes(slopes)
    return {("slope", "within"): world.per * within, ("slope", "between"): world.per * between}


def modified_truths(effects: Array, modifier: Array, pair: tuple[str, str]) -> dict[Asked, float]:
    """The least-squares line of people's own effects over a characteristic: its rise for a unit, and its height at each of few values.

    This is what a trial of all these people finds, because chance makes arm and characteristic independent.
    """
    known = np.isfinite(modifier)
    values, effects = modifier[known], effects[known]
    different = np.unique(values)
    centred = values - values.mean()
    rise = float(centred @ effects / (centred @ centred)) if len(different) > 1 else float("nan")
    return line_truths(
        rise, {one: float(effects.mean() + rise * (one - values.mean())) for one in different}, pair
    )


def line_truths(rise: float, at: Mapping[float, float], pair: tuple[str, str]) -> dict[Asked, float]:
    """The same as what rows say: the rise, and the effect at each value where these are few."""
    found: dict[Asked, float] = {("rise of the effect", *pair): rise}
    if len(at) <= MOST_VALUES:
        found |= {("effect at", f"{value:g}", *pair): effect for value, effect in at.items()}
    return found
