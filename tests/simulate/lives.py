"""People of a scenario with everything that is true of them, and the naive analyses that a trap is set for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields

import numpy as np

from lowback.simulate.claims import Switch
from lowback.simulate.course import Lived
from lowback.simulate.design import ARMS
from lowback.simulate.living import live
from lowback.simulate.measurement import latent_hip_pain
from lowback.simulate.population import draw_population, rated_pain
from lowback.simulate.scenario import Scenario, claim_scenario
from lowback.simulate.streams import Streams
from lowback.simulate.treatment import assigned, treated

Z = float
Array = np.ndarray


@dataclass(frozen=True, eq=False)
class Lives:
    """One block of people after their course; everything by name, without error."""

    lived: Lived
    p: dict[str, float]
    rng: np.random.Generator

    def __getitem__(self, name: str) -> Array:
        """A column of the course, whichever table it stands in, check-ins first."""
        course = self.lived.course
        return next(table[name] for table in (course.slots, course.people, course.visits) if name in table)

    def at_visits(self, name: str) -> Array:
        return self.lived.course.visits[name]

    @property
    def people(self):
        return self.lived.people

    @property
    def pain(self) -> Array:
        """Pain as rated at the four visits."""
        return rated_pain(self.people.pain, self.people.item_error, self.p)

    @property
    def fall(self) -> Array:
        return self.pain[:, 0] - self.pain[:, 3]

    def in_arm(self, *names: str) -> Array:
        return np.isin(self.lived.arms, [ARMS.index(name) for name in names])


def lives(claim: str, switch: Switch, people: int = 1024, seed: int = 5) -> Lives:
    """People in whom one claim is true, false or a trap."""
    return lives_of(claim_scenario(claim, switch), people, seed)


def lives_of(scenario: Scenario, people: int = 1024, seed: int = 5) -> Lives:
    """People of a scenario."""
    p, streams, rng = dict(scenario.values), Streams(seed, 0), np.random.default_rng([seed, 0])
    untreated = draw_population(rng, people, p)
    arms = assigned(rng, untreated, scenario.design, p, streams)
    on = treated(untreated, arms, p)
    lived = live(on, latent_hip_pain(rng, on, p), arms, p, streams)
    assert {len(getattr(lived.people, one.name)) for one in fields(lived.people)} == {people}
    return Lives(lived, p, rng)


def slope(y: Array, x: Array, *others: Array) -> Z:
    """The t statistic of y on x, adjusted for others, by least squares over all that is known."""
    columns = [np.asarray(one, float).ravel() for one in (y, x, *others)]
    known = np.all([np.isfinite(one) for one in columns], axis=0)
    y, *rest = (one[known] for one in columns)
    design = np.column_stack([*rest, np.ones(len(y))])
    inverse = np.linalg.pinv(design.T @ design)
    beta = inverse @ design.T @ y
    residual = y - design @ beta
    variance = residual @ residual / (len(y) - design.shape[1])
    return float(beta[0] / np.sqrt(variance * inverse[0, 0]))


def difference(y: Array, first: Array, second: Array) -> Z:
    """Welch's t of the mean of y in the first less that in the second."""
    a, b = y[first & np.isfinite(y)], y[second & np.isfinite(y)]
    return float((a.mean() - b.mean()) / np.sqrt(a.var(ddof=1) / len(a) + b.var(ddof=1) / len(b)))


def mean(y: Array) -> Z:
    """The t statistic of a mean against zero."""
    y = y[np.isfinite(y)]
    return float(y.mean() / (y.std(ddof=1) / np.sqrt(len(y))))


def within(y: Array) -> Array:
    """Departures from each person's own mean."""
    return y - np.nanmean(y, axis=1, keepdims=True)


Naive = Callable[[Lives], Z]
