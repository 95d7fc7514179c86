"""Who leads, if one series were recorded more or less reliably than the fit finds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from scipy.special import logit

from lowback.estimators import NotEstimable
from lowback.estimators.lead.differences import scores_at
from lowback.estimators.lead.fit import LeadFit
from lowback.estimators.lead.process import RELIABILITY, TURN
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

    Reliability is the share of the variance around what is taken out that is no error. Fits whose optimum is not proven are left out.
    """
    low, high = RELIABILITY
    likelihood = fit.model.log_likelihoods
    for series in (0, 1):
        for share in ASSUMED:
            place = 2 + series
            start = fit.even.point.copy()
            start[place] = logit((share - low) / (high - low))
            even = optimum(likelihood, start[:, None], (place, TURN), prove=False)
            given = LeadFit(fit.model, even, scores_at(likelihood, even.point, TURN), (place,))
            try:
                found = evidence(given, days, margin)
            except NotEstimable:
                continue
            yield Assumed(series, share, found, fit.free.log_likelihood - given.free.log_likelihood)
