"""The true value of every row that an analysis answers an estimand with, in a simulated world."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from lowback.outcomes.scores import responded
from lowback.result import Result
from lowback.simulate.alike import AlikeSlopes, AlikeTrial
from lowback.simulate.alike.trial import Array, Potential
from lowback.study import Estimand

Asked = tuple[str, ...]
"""What a row says, without its wording: ("difference", arm, comparator), ("risk difference", arm, comparator, "0"), ..."""

# People behind a true value, in portions: differences on the same random numbers are then known to a hundredth of their SD.
PORTION, PORTIONS = 20_000, 5
TRUTH_SEED = 2**64


def asked_of(result: Result, estimand: Estimand) -> dict[str, Asked]:
    """What each row of a result says of the estimand, by term; rows that say something else are left out."""
    if result.keys is None:
        return {}
    keys = result.keys.astype(object)
    definitions = list(dict.fromkeys(keys["definition"])) if "definition" in keys else []
    adjusted = "adjustment" in keys and (keys["adjustment"] == "adjusted").any()
    found = {}
    for term, key in zip(result.estimates["term"], keys.to_dict("records"), strict=True):
        said = _asked(dict(key), estimand, definitions, adjusted)
        if said is not None:
            found[str(term)] = said
    return found


def _asked(
    key: Mapping[object, object], estimand: Estimand, definitions: list[object], adjusted: bool
) -> Asked | None:
    statistic = key.get("statistic")
    arms = (str(key.get("arm")), str(key.get("comparator")))
    if statistic == "risk difference":
        return ("risk difference", *arms, str(definitions.index(key["definition"])))
    if statistic in ("difference", "difference in change"):
        week = key.get("weeks", estimand.week)
        return ("difference", *arms) if week == estimand.week or statistic != "difference" else None
    if statistic == "observed change":
        return ("change",)
    if key.get("level") in ("within", "between"):
        wanted = "adjusted" if adjusted else "unadjusted"
        return ("slope", str(key["level"])) if key.get("adjustment") == wanted else None
    return None


def people_of_truth(world: AlikeTrial) -> list[Potential]:
    """The people whose mean is the truth, in portions; the same for every effect."""
    return [world.draw(np.random.default_rng([TRUTH_SEED, at]), PORTION) for at in range(PORTIONS)]


def trial_truths(
    world: AlikeTrial, estimand: Estimand, effects: Array, people: Sequence[Potential]
) -> dict[Asked, float]:
    """The true values of an estimand on arms: each of these people under both arms, whoever leaves followed to the end.

    Only where the estimand counts those without a score as not responded are those who leave left out of the responders.
    """
    parts = [_portion_truths(world, estimand, effects, drawn) for drawn in people]
    return {key: float(np.mean([one[key] for one in parts])) for key in parts[0]}


def _portion_truths(
    world: AlikeTrial, estimand: Estimand, effects: Array, drawn: Potential
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
