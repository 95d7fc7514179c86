"""Who leads, if one series were recorded more or less reliably than the fit finds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from lowback.estimators import NotEstimable
from lowback.estimators.lead.fit import LeadFit, turning_at
from lowback.estimators.lead.likelihood import Model
from lowback.estimators.lead.process import MOST_WITHOUT_KNOWN, TURN, share_point
from lowback.estimators.lead.search import optimum
from lowback.estimators.lead.verdicts import Evidence, evidence

ASSUMED = (0.4, 0.6, 0.8, 0.95)


@dataclass(frozen=True)
class Assumed:
    """What the verdict would rest on if one series (0 first, 1 second) had this reliability; `fall` is what log-likelihood is lost by it."""

    series: int
    reliability: float
    evidence: Evidence
    fall: float


def assumed_reliabilities(fit: LeadFit, days: float, margin: float) -> Iterator[Assumed]:
    """Each series in turn with a reliability that is given instead of estimated, everything else fitted anew.

    Reliability is the share of the variance around what is taken out that is no error. Reliabilities that the known error rules out, and fits
    whose optimum is not proven, are left out.
    """
    for series in (0, 1):
        for share in ASSUMED:
            if share >= fit.most_reliable[series]:
                continue
            model, start = _given(fit, series, share)
            place = 2 + series
            even = optimum(
                model.likelihood,
                start[:, None],
                (place, TURN),
                prove=False,
                curvature=fit.even.information,
            )
            given = LeadFit(model, even, turning_at(model, even.point), (place,))
            try:
                found = evidence(given, days, margin)
            except NotEstimable:
                continue
            yield Assumed(series, share, found, fit.free.log_likelihood - given.free.log_likelihood)


def _given(fit: LeadFit, series: int, share: float) -> tuple[Model, NDArray[np.float64]]:
    """The model with no error of this series known, so that a figure of the point alone is its reliability, and where to begin."""
    model, start = fit.model, fit.even.point.copy()
    known = list(model.bounds.known_error)
    start[series] = np.log(np.exp(2 * start[series]) + known[series]) / 2
    start[2 + series] = share_point(np.array(share), np.array(MOST_WITHOUT_KNOWN))
    known[series] = 0.0
    bounds = replace(model.bounds, known_error=(known[0], known[1]))
    return replace(model, bounds=bounds), start
