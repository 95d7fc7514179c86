"""Many trials of one layout at once, as arrays with a row a trial."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lowback.simulate.parameters import SimulationError
from lowback.simulate.planned.assumptions import Assumptions, Measure, Scale
from lowback.simulate.planned.layout import Array, Codes, Layout


@dataclass(frozen=True, eq=False)
class Draws:
    """Recorded `scores`, and `exposure` where there is one: trials by people by visits, missing as NaN.

    `effects` is each trial's own effect; `layout` says who is in which arm and cluster.
    """

    layout: Layout
    effects: Array
    scores: Array
    exposure: Array | None

    @property
    def arm(self) -> Codes:
        """The arm of each person, from 0."""
        return self.layout.arm


def draw(
    assumed: Assumptions,
    layout: Layout,
    effects: Array,
    rng: np.random.Generator,
    *,
    per: float = 1.0,
    end: float | None = None,
) -> Draws:
    """One trial for each of `effects`, all of one layout.

    Without an exposure an effect is that of every arm but the first, by week `end` (default: the last visit); with one it is the slope
    of the outcome per `per` units of exposure. The same generator draws the same people whatever the effects are.
    Raises `SimulationError` where no people can vary as assumed.
    """
    weeks = np.asarray(layout.weeks)
    passed = weeks / (end or weeks[-1]) if weeks[-1] > 0 else weeks
    shape = (len(effects), layout.participants, len(weeks))
    covariance = people_covariance(assumed, layout)
    scores = assumed.outcome.mean + assumed.change * passed + _correlated(rng, shape, covariance)
    if assumed.clusters is not None:
        sd = assumed.clusters.icc**0.5 * assumed.outcome.sd
        scores += sd * _of_clusters(layout, len(effects), rng) * (weeks > 0)
    exposure = None
    if assumed.exposure is not None:
        true, exposure = _exposure(assumed.exposure, layout, shape, rng)
        scores += (effects / per)[:, None, None] * (true - assumed.exposure.mean)
    else:
        follows = (layout.arm > 0) & (rng.random(shape[:2]) < assumed.adherence)
        scores += (effects[:, None] * follows)[..., None] * passed
    scores = scores if assumed.scale is None else _on_scale(scores, assumed.scale)
    gone = rng.random(shape[:2])[..., None] < gone_by(assumed, weeks)
    scores[gone] = np.nan
    if exposure is not None:
        exposure[gone] = np.nan
    return Draws(layout, effects, scores, exposure)


def gone_by(assumed: Assumptions, weeks: Array) -> Array:
    """The share of people gone by each of these weeks: 0 at baseline, in straight lines between the weeks given."""
    known = sorted(assumed.dropout)
    return np.interp(weeks, [0.0, *known], [0.0, *(assumed.dropout[week] for week in known)])


def people_covariance(assumed: Assumptions, layout: Layout) -> Array:
    """The covariance of a person's recorded scores over the visits, without what the cluster adds to it."""
    measure, weeks = assumed.outcome, np.asarray(layout.weeks)
    covariance = _over_visits(measure, layout) + assumed.slope_sd**2 * np.outer(weeks, weeks)
    if assumed.clusters is not None:
        later = (weeks > 0).astype(float)
        covariance -= assumed.clusters.icc * measure.sd**2 * np.outer(later, later)
        if np.linalg.eigvalsh(covariance)[0] < -1e-9 * measure.sd**2:
            raise SimulationError(
                f"clusters.icc = {assumed.clusters.icc:g} leaves people of one cluster too alike for scores that correlate by "
                f"{measure.correlation:g} between visits and have a reliability of {measure.reliability:g}"
            )
    return covariance


def _over_visits(measure: Measure, layout: Layout) -> Array:
    """The covariance over visits of what is recorded of one measure."""
    visits = len(layout.weeks)
    shared = measure.correlation * measure.sd**2
    own = (measure.reliability - measure.correlation) * measure.sd**2
    error = measure.error_variance(layout.raters, layout.readings)
    return np.full((visits, visits), shared) + (own + error) * np.eye(visits)


def _correlated(rng: np.random.Generator, shape: tuple[int, ...], covariance: Array) -> Array:
    """Normal deviations with this covariance over the last axis."""
    values, vectors = np.linalg.eigh(covariance)
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    drawn = rng.standard_normal(shape)
    return np.asarray((drawn.reshape(-1, shape[-1]) @ root.T).reshape(shape))


def _of_clusters(layout: Layout, trials: int, rng: np.random.Generator) -> Array:
    """Each person's share in the standardised level of the cluster, trials by people by one."""
    return rng.standard_normal((trials, sum(layout.clusters)))[:, layout.cluster, None]


def _exposure(
    measure: Measure, layout: Layout, shape: tuple[int, ...], rng: np.random.Generator
) -> tuple[Array, Array]:
    """The true exposure and what raters record of it."""
    between = (measure.correlation**0.5 * measure.sd) * rng.standard_normal(shape[:2])[..., None]
    own = ((measure.reliability - measure.correlation) ** 0.5 * measure.sd) * rng.standard_normal(shape)
    true = measure.mean + between + own
    error = measure.error_variance(layout.raters, layout.readings) ** 0.5
    return true, true + error * rng.standard_normal(shape)


def _on_scale(scores: Array, scale: Scale) -> Array:
    rounded = np.round((scores - scale.low) / scale.step) * scale.step + scale.low if scale.step else scores
    return np.clip(rounded, scale.low, scale.high)
