"""How a slope on tilt, hip or sitting differs by how reactive the back is, in many people without loss or error of the exposure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lowback.simulate.at_moments import answered, blocks_of_moments, in_steps, recorder
from lowback.simulate.course import Lived
from lowback.simulate.doubles import Doubles
from lowback.simulate.parameters import SimulationError
from lowback.simulate.population import AT_VISITS, VISIT_WEEKS, Array, rated_pain
from lowback.simulate.recording.answers import favoured
from lowback.simulate.scenario import Scenario
from lowback.simulate.slopes import CrossProducts

MODIFIER = "sensitised_nrs"


@dataclass(frozen=True)
class ModifiedSlope:
    """The slope at a modifier of 0, how much it rises for each unit, both per unit of the exposure, and the modifier's quartiles."""

    at_zero: float
    per_unit: float
    low: float
    high: float

    def at(self, value: float) -> float:
        """The slope at a value of the modifier."""
        return self.at_zero + value * self.per_unit


def slopes_by_visit(scenario: Scenario, exposure: str, weeks: Sequence[float]) -> dict[str, ModifiedSlope]:
    """Rated pain at these visits on the true exposure, its departure from the person's mean and that mean, each also times the modifier.

    The modifier is as recorded. Beside them the modifier within and between persons, age, sex, and a level of each visit in each arm, as in the
    analysis: with lines over time what a programme does by week 6 to pelvis and pain alike would pass for a slope within persons.
    By generalised least squares: each person has a level, whose variance is what the departures leave. Nobody leaves.
    """
    which = _visits_of(weeks)
    read = [_at_visits(people, lived, exposure, which) for people, lived in blocks_of_moments(scenario)]
    columns, pain, seen = (np.concatenate([one[at] for one in read]) for at in range(3))
    whole = _solved(columns, pain)
    share = _level_share(pain - columns @ whole)
    found = _solved(_less(columns, share), _less(pain, share))
    ends = _quartiles(seen.ravel())
    return {
        level: ModifiedSlope(float(found[at]), float(found[at + 1]), *ends)
        for level, at in (("within", 0), ("between", 2))
    }


def _solved(columns: Array, outcome: Array) -> Array:
    return np.asarray(np.linalg.lstsq(columns.reshape(outcome.size, -1), outcome.ravel(), rcond=None)[0])


def _less(values: Array, share: float) -> Array:
    """Values less a share of the person's mean."""
    return np.asarray(values - share * values.mean(axis=1, keepdims=True))


def _level_share(rest: Array) -> float:
    """How much of each person's mean is taken off where people have levels of their own (Baltagi 2013, Econometric analysis of panel data, 2.3.1)."""
    visits = rest.shape[1]
    within = float(rest.var(axis=1, ddof=1).mean())
    return 1 - (within / (visits * float(rest.mean(axis=1).var()))) ** 0.5


def _visits_of(weeks: Sequence[float]) -> NDArray[np.intp]:
    """The places of these visits, of all where none is named; two or more are needed."""
    found = np.flatnonzero(np.isin(VISIT_WEEKS, weeks)) if weeks else np.arange(len(VISIT_WEEKS))
    if len(found) < 2:
        raise SimulationError(
            f"slopes within persons at weeks {list(weeks)}; allowed: two or more of weeks {VISIT_WEEKS.tolist()}"
        )
    return found


def slope_by_checkin(scenario: Scenario, exposure: str, weeks: Sequence[float]) -> ModifiedSlope:
    """Least squares of pain at a check-in on the person's mean true exposure at these visits, the modifier at the check-in before, and their product.

    Held equal are the person's mean of the modifier and its product with the exposure, so that the rise rests on the person's own moments; the
    slope at a value is that of people with an average mean. Over the check-ins that are answered with the one before.
    """
    which = _visits_of(weeks)
    found, seen = _least_squares(
        scenario, lambda people, lived: _at_checkins(scenario, people, lived, exposure, which)
    )
    return ModifiedSlope(float(found[0] + found[2] * seen.mean()), float(found[1]), *_quartiles(seen))


def refuse_other_modifiers(exposure: str, modifier: str) -> None:
    """Refuse an exposure that is none of posture or sitting, and a modifier other than how reactive the back is."""
    if exposure not in AT_VISITS or modifier != MODIFIER:
        raise SimulationError(
            f"no true slope on {exposure} by {modifier} is known; it is on {', '.join(AT_VISITS)} by {MODIFIER}"
        )


Read = tuple[CrossProducts, Array]


def _least_squares(scenario: Scenario, read: Callable[[Doubles, Lived], Read]) -> tuple[Array, Array]:
    """The coefficients over all blocks, and every value of the modifier."""
    parts, seen = zip(*(read(people, lived) for people, lived in blocks_of_moments(scenario)), strict=True)
    squares, moments = (np.sum([one[at] for one in parts], axis=0) for at in (0, 1))
    return np.linalg.solve(squares, moments), np.concatenate(seen)


def _quartiles(seen: Array) -> tuple[float, float]:
    low, high = np.quantile(seen, [0.25, 0.75])
    return float(low), float(high)


def _at_visits(
    people: Doubles, lived: Lived, exposure: str, which: NDArray[np.intp]
) -> tuple[Array, Array, Array]:
    """The columns of the model (person, visit, column), the ratings, and the modifier."""
    p, streams = people.p, people.streams
    pain = favoured(rated_pain(lived.people.pain, lived.people.item_error, p), p, streams, "visit back pain")
    x = np.asarray(getattr(lived.people, AT_VISITS[exposure]))[:, which]
    m = in_steps(MODIFIER, lived.course.visits[MODIFIER])[:, which]
    mean, own = (np.broadcast_to(one.mean(axis=1, keepdims=True), x.shape) for one in (x, m))
    apart = x - mean
    who = [
        np.broadcast_to(one[:, None], x.shape) for one in (np.round(lived.people.age), lived.people.female)
    ]
    cells = [arm[:, None] * visit for arm in _arms(lived).T for visit in np.eye(len(which))]
    columns = [apart, apart * m, mean, mean * m, m - own, own, *who, *cells]
    return np.stack(columns, axis=2), pain[:, which], m


def _arms(lived: Lived) -> Array:
    return (lived.arms[:, None] == np.unique(lived.arms)[None, :]).astype(float)


def _at_checkins(
    scenario: Scenario, people: Doubles, lived: Lived, exposure: str, which: NDArray[np.intp]
) -> Read:
    slots = lived.course.slots
    seen = answered(scenario, people, lived, after_another=True)
    pain = recorder(people, lived, "pain_nrs")(slots["pain_nrs"])[:, 1:][seen[:, 1:]]
    person, moment = np.nonzero(seen[:, 1:])
    now = in_steps(MODIFIER, slots[MODIFIER])[:, :-1][seen[:, 1:]]
    count = np.maximum(np.bincount(person, minlength=len(seen)), 1)
    own = (np.bincount(person, now, len(seen)) / count)[person]
    x = np.asarray(getattr(lived.people, AT_VISITS[exposure]))[:, which].mean(axis=1)[person]
    who = [np.round(lived.people.age)[person], lived.people.female[person]]
    design = np.column_stack([x, x * now, x * own, now, own, moment % 2, moment, _arms(lived)[person], *who])
    return (design.T @ design, design.T @ pain), now
