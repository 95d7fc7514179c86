"""Whether a difference is shown to be too small to matter, and how far people improve without any treatment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import special

from lowback.estimators import NotEstimable

Verdict = Literal["equivalent", "not inferior", "inferior", "not shown"]


@dataclass(frozen=True)
class MarginTest:
    """An estimate against a margin; unit and sign are those of the estimate.

    `p_above` is the one-sided p of the difference being at or below -margin, `p_below` of its being at or above +margin;
    `p_equivalence` is the larger of them. The interval has level 1 - 2 alpha.
    """

    p_above: float
    p_below: float
    conf_low: float
    conf_high: float
    verdict: Verdict

    @property
    def p_equivalence(self) -> float:
        """The p-value of the two one-sided tests: small when the difference is shown to lie within the margin."""
        return max(self.p_above, self.p_below)


def against_margin(
    estimate: float,
    std_error: float,
    df: float,
    margin: float,
    *,
    better: Literal["lower", "higher"] = "lower",
    alpha: float = 0.05,
) -> MarginTest:
    """Whether a difference lies between -margin and +margin, or at least is not worse than the margin.

    `estimate` is arm minus comparator with its standard error and degrees of freedom (infinite: normal); `margin` is the
    smallest difference that would matter, in the same unit. The verdict is read off the interval of level 1 - 2 alpha
    (90 %): "equivalent" when it lies within the margins, else "not inferior" when it excludes the margin on the worse
    side, "inferior" when it lies wholly beyond that margin, else "not shown", which says nothing about the effect. Use
    alpha = 0.025 where non-inferiority is the question.

    Raises `NotEstimable` for a standard error, df or margin that is not positive, or an alpha that is not in 0 to 0.5.

    Schuirmann 1987, J Pharmacokinet Biopharm 15:657-680; Piaggio et al. 2012, JAMA 308:2594-2604 (verdicts).
    """
    if not (
        np.isfinite(estimate)
        and 0 < std_error < np.inf
        and df > 0
        and 0 < margin < np.inf
        and 0 < alpha < 0.5
    ):
        raise NotEstimable(
            f"estimate {estimate:g}, standard error {std_error:g}, df {df:g}, margin {margin:g}, alpha {alpha:g}; "
            "allowed: a finite estimate, positive standard error, df and margin, alpha between 0 and 0.5"
        )
    half = float(special.stdtrit(df, 1 - alpha)) * std_error
    low, high = estimate - half, estimate + half
    return MarginTest(
        p_above=float(special.stdtr(df, -(estimate + margin) / std_error)),
        p_below=float(special.stdtr(df, (estimate - margin) / std_error)),
        conf_low=low,
        conf_high=high,
        verdict=_verdict(*((low, high) if better == "lower" else (-high, -low)), margin),
    )


@dataclass(frozen=True)
class RegressionToTheMean:
    """What to expect of untreated people enrolled for a high reading, in the reading's unit.

    `fall` is positive when the next reading is lower; `mean_at_enrolment` is the mean of the readings that enrolled,
    `share_enrolled` the share of all people who reach the cut-off, `reliability` the correlation between two such readings.
    """

    fall: float
    mean_at_enrolment: float
    share_enrolled: float
    reliability: float


def regression_to_the_mean(
    mean: float,
    between_sd: float,
    within_sd: float,
    cut_off: float,
    *,
    readings: int = 1,
    step: float = 0.0,
) -> RegressionToTheMean:
    """The fall to expect, with no treatment at all, in people enrolled because a reading was at or above `cut_off`.

    Readings are normal: a person's own mean varies between people with `between_sd` around `mean`, single readings
    with `within_sd` around it. The reading that enrols is the mean of `readings` of them. Scores written down in steps
    (whole points: 1) reach the cut-off from half a step below it, and rounding raises the mean of those enrolled by
    step^2 / 12 times the hazard at the cut-off (Euler and Maclaurin's formula, to the fourth power of the step). The ends
    of a scale are not taken into account. For people enrolled for low readings, change the sign of
    mean and cut-off.

    Raises `NotEstimable` for values that are not finite, negative SDs or both zero, fewer than one reading, a negative step.

    Gardner & Heady 1973, J Chronic Dis 26:781-795; Davis 1976, Am J Epidemiol 104:493-498.
    """
    if not np.isfinite([mean, between_sd, within_sd, cut_off, step]).all() or not (
        between_sd >= 0 and within_sd >= 0 and between_sd + within_sd > 0 and readings >= 1 and step >= 0
    ):
        raise NotEstimable(
            f"mean {mean:g}, SDs {between_sd:g} and {within_sd:g}, cut-off {cut_off:g}, {readings} readings, "
            f"step {step:g}; allowed: finite values, SDs and step not below 0, an SD above 0, 1 or more readings"
        )
    noise = within_sd**2 / readings
    total_sd = (between_sd**2 + noise) ** 0.5
    z = (cut_off - step / 2 - mean) / total_sd
    # The ratio phi(z) / (1 - Phi(z)) by logarithms, which do not vanish far out.
    beyond = float(np.exp(-(z**2) / 2 - special.log_ndtr(-z)) / (2 * np.pi) ** 0.5)
    rounding = step**2 / 12 * beyond / total_sd
    return RegressionToTheMean(
        fall=noise / total_sd * beyond + rounding,
        mean_at_enrolment=mean + total_sd * beyond + rounding,
        share_enrolled=float(special.ndtr(-z)),
        reliability=between_sd**2 / total_sd**2,
    )


def expected_fall(mean_at_enrolment: float, population_mean: float, reliability: float) -> float:
    """The fall from regression to the mean alone in people whose readings at enrolment have this mean.

    `population_mean` is that of all people of their kind, in the same unit; `reliability` is the correlation of two
    readings of a person. Any cut-off that enrolled them is in their mean already. Negative where they joined low.

    Raises `NotEstimable` for a mean that is not finite or a reliability that is no correlation of 0 to 1.

    Davis 1976, Am J Epidemiol 104:493-498.
    """
    if not np.isfinite([mean_at_enrolment, population_mean]).all() or not 0 <= reliability <= 1:
        raise NotEstimable(
            f"means {mean_at_enrolment:g} and {population_mean:g}, reliability {reliability:g}; "
            "allowed: finite means, a reliability of 0 to 1"
        )
    return (1 - reliability) * (mean_at_enrolment - population_mean)


def _verdict(low: float, high: float, margin: float) -> Verdict:
    """The verdict on an interval where more is worse."""
    if -margin < low and high < margin:
        return "equivalent"
    if high < margin:
        return "not inferior"
    return "inferior" if low > margin else "not shown"
