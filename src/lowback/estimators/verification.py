"""How good a rule is where not everybody was looked at: sensitivity and specificity corrected for verification."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, ndtri

from lowback.estimators import NotEstimable
from lowback.estimators.proportions import Proportion

Z = float(ndtri(0.975))


@dataclass(frozen=True)
class Verified:
    """People on one side of a rule: how many there are, how many of them were looked at, and in how many of these it was found."""

    people: int
    looked_at: int
    found: int

    def __post_init__(self) -> None:
        """Refuse counts that contradict each other."""
        if not 0 <= self.found <= self.looked_at <= self.people:
            raise NotEstimable(
                f"found in {self.found} of {self.looked_at} looked at of {self.people} people: allowed are counts that do not rise"
            )


@dataclass(frozen=True)
class Accuracy:
    """The share of those who have it whom the rule picks out, and of those who have it not whom it passes over."""

    sensitivity: Proportion
    specificity: Proportion


def corrected_accuracy(flagged: Verified, passed: Verified) -> Accuracy:
    """Sensitivity and specificity where being looked at depended on nothing but the rule's own answer.

    Each side's risk is that of those looked at, weighted by how many people are on that side; intervals are normal on the scale of log
    odds. With everybody looked at these are the plain shares, and the variance of the log odds of sensitivity is 1/true positives +
    1/false negatives. Where it was found in nobody, or in everybody, of a side, half a person is added to both (Haldane), for otherwise
    there would be no interval.

    Begg & Greenes 1983, Biometrics 39:207-215; Haldane 1956, Ann Hum Genet 20:309-311.
    """
    sides = (flagged, passed)
    if not all(one.looked_at for one in sides):
        raise NotEstimable("nobody on one side of the rule was looked at")
    add = 0.5 if any(one.found in (0, one.looked_at) for one in sides) else 0.0
    risk = np.array([(one.found + add) / (one.looked_at + 2 * add) for one in sides])
    looked = np.array([one.looked_at + 2 * add for one in sides])
    people = np.array([one.people for one in sides], dtype=float)
    # Variances of the logarithms of each side's share of people, and of its risk.
    of_people = float((1 / people).sum())
    of_risk = float(((1 - risk) / (looked * risk)).sum())
    of_health = float((risk / (looked * (1 - risk))).sum())
    have, have_not = people * risk, people * (1 - risk)
    return Accuracy(
        _by_odds(float(np.log(have[0] / have[1])), of_people + of_risk),
        _by_odds(float(np.log(have_not[1] / have_not[0])), of_people + of_health),
    )


def _by_odds(log_odds: float, variance: float) -> Proportion:
    """A share from its log odds."""
    half = Z * variance**0.5
    share = float(expit(log_odds))
    error = share * (1 - share) * variance**0.5
    return Proportion(share, error, float(expit(log_odds - half)), float(expit(log_odds + half)))
