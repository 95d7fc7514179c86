"""How the days of change were chosen: by a lot, which has a test of its own, or by a bad day, which passes by itself."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr

from lowback.estimators import NotEstimable
from lowback.estimators.intervals import student_interval
from lowback.estimators.phases import Randomised, chance_of_places, randomisation_test
from lowback.outcomes.change import Changes
from lowback.outcomes.refusals import NotComparable
from lowback.outcomes.scores import Array

SEED = 20261122
# A lot that gives days as bad as chance does in one of a thousand lots was none.
NO_LOT = 0.001
# One whose days lie as far from even as chance does in one of ten thousand was another than is told.
OTHER_LOT = 0.0001
FEWEST_PEOPLE = 8
Row = tuple[dict[str, object], dict[str, object]]


def rank_rows(found: Changes) -> list[Row]:
    """How bad the first day of change was among the person's days, 1 the worst; chance gives a half."""
    rank = found.rank[np.isfinite(found.rank)]
    if not len(rank):
        return []
    numbers = {"estimate": float(rank.mean())}
    if len(rank) > 2 and rank.std() > 0:
        numbers = student_interval(
            float(rank.mean()), float(rank.std(ddof=1) / len(rank) ** 0.5), len(rank) - 1.0
        )
    row = {
        "term": "how bad the day of the change was among all days (1: the worst)",
        "unit": "rank from 0 to 1",
    }
    return [({**row, "n_participants": len(rank), **numbers, "p_value": np.nan}, {"statistic": "rank"})]


def lot_rows(found: Changes) -> list[Row]:
    """The randomisation test, where there was a lot and all people's days allow every draw."""
    lot = _tested(found)
    if lot is None:
        return []
    drawn = "days that could have been drawn" if not found.reverses else "draws that were possible"
    what = "step at the day drawn" if not found.reverses else "step of days on"
    row: dict[str, object] = {
        "term": f"{what}, against the {lot.possible} {drawn}",
        "unit": "standard errors",
        "estimate": lot.step,
        "n_participants": lot.series,
    }
    own = lot.together if len(found.start) > 1 else float(lot.own[0])
    return [({**row, "p_value": own}, {"statistic": "randomisation test"})]


def _tested(found: Changes) -> Randomised | None:
    if found.lot is None or found.lot.possible is None:
        return None
    try:
        return randomisation_test(
            found.scores, found.days, found.lot.possible, seed=SEED, settling=found.settling
        )
    except NotEstimable:
        return None


def _chance(ranks: Array) -> float:
    """How often a lot gives ranks whose mean lies so far from a half; 1 of few people."""
    rank = ranks[np.isfinite(ranks)]
    if len(rank) < FEWEST_PEOPLE:
        return 1.0
    # By lot ranks are even over 0 to 1, whose SD is the root of 1/12.
    beyond = (float(rank.mean()) - 0.5) / (1 / 12 / len(rank)) ** 0.5
    return 2 * float(ndtr(-abs(beyond)))


def refuse_a_lot_that_was_none(found: Changes) -> None:
    """Refuse changes that are said to be drawn by lot and yet follow bad days, or lie as the lot told would not have them."""
    if found.lot is None:
        return
    rank = found.rank[np.isfinite(found.rank)]
    # What works on the very day makes the day of a lot look good or bad, beside the days off but not beside those on.
    if max(_chance(rank), _chance(found.rank_if_at_once)) < NO_LOT:
        raise NotComparable(
            f"starts are said to be drawn by lot, but they fall on days that are no draw: their mean rank "
            f"among people's days is {rank.mean():.2f}, where a lot gives 0.5 (people: {len(rank)})",
            "starts that were drawn by lot, or a study file that does not say between which days they were (without `start_drawn_from`)",
        )
    for at, size in enumerate(found.lot.sizes):
        places = found.lot.places[:, at]
        if len(places) >= FEWEST_PEOPLE and chance_of_places(places, size) < OTHER_LOT:
            counts = np.bincount(places, minlength=size)
            raise NotComparable(
                f"change {at + 1} is said to be drawn by lot from {size} equally likely places, but people lie in them as that lot gives in "
                f"fewer than 1 of 10,000: {', '.join(map(str, counts))} people in place 1, 2, ... (people: {len(places)})",
                "the lot from which chance drew, each day or order of it as likely as the next",
            )
