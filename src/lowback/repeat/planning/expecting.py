"""What closed forms lead to expect of a design, to stand beside what simulation finds."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from scipy import optimize, special

from lowback.estimators import NotEstimable
from lowback.estimators import closed_forms as forms
from lowback.repeat.planning.question import Planning
from lowback.simulate.planned import Layout
from lowback.simulate.planned.draws import gone_by, people_covariance


@dataclass(frozen=True)
class Expected:
    """The effect that the analysis will see, its standard error, and the name and source of the formula."""

    effect: float
    precision: forms.Precision
    formula: str


def expected(planning: Planning, layout: Layout, effect: float | None = None) -> Expected | None:
    """What a closed form says of a design with this effect (default: the plan's); None where there is no form.

    A scale's ends and steps are beyond every form, and so are clusters that the analysis ignores.
    """
    assumed = planning.plan.assumptions
    value = assumed.effect.value if effect is None else effect
    is_ignored = assumed.clusters is not None and assumed.clusters.ignored
    if not planning.is_by_arrays or is_ignored or assumed.scale is not None:
        return None
    try:
        return _FORMS[planning.analysis](planning, layout, value)
    except NotEstimable:
        return None


def expected_power(planning: Planning, layout: Layout, effect: float | None = None) -> float | None:
    """The power of a design by its closed form."""
    found = expected(planning, layout, effect)
    if found is None:
        return None
    if planning.plan.success == "difference":
        return forms.power_beyond(found.effect * side(planning), found.precision)
    margin = float(planning.margin or 0.0)
    if planning.plan.success == "equivalence":
        return forms.power_of_equivalence(found.effect, found.precision, margin)
    return forms.power_beyond(margin + found.effect * better_side(planning), found.precision)


def expected_assurance(planning: Planning, layout: Layout) -> float | None:
    """The power of a design by its closed form, averaged over the prior of the effect."""
    prior = planning.plan.assumptions.effect
    if expected_power(planning, layout) is None:
        return None
    return forms.assurance(
        lambda effect: expected_power(planning, layout, effect) or 0.0, prior.value, prior.prior_sd
    )


def side(planning: Planning) -> float:
    """The sign that the estimate has when the effect planned for is there.

    A share of people who got better rises when scores move to the better side, or below the score not to be exceeded.
    """
    is_positive = planning.plan.assumptions.effect.value > 0
    if planning.analysis == "responders":
        is_rise = planning.outcome.higher_is == "better" and planning.estimand.responders[0].at_most is None
        return 1.0 if is_positive == is_rise else -1.0
    return 1.0 if is_positive else -1.0


def better_side(planning: Planning) -> float:
    """The sign of a difference that is an improvement; more people who got better always are."""
    is_higher = planning.analysis == "responders" or planning.outcome.higher_is == "better"
    return 1.0 if is_higher else -1.0


def risks(planning: Planning, layout: Layout, effect: float) -> tuple[float, float]:
    """The shares that get better in the arm and the comparator; a scale's ends and steps are not taken into account.

    Every definition is a line in baseline and follow-up, which are normal together. Of falls in percent, people with a baseline of 0 or
    less have none.
    """
    assumed, rule = planning.plan.assumptions, planning.estimand.responders[0]
    rise = planning.outcome.higher_is == "better" and rule.at_most is None
    # Better is: last - share * baseline <= most (for a rise: >=).
    share, most = 1.0, 0.0
    if rule.at_most is not None:
        share, most = 0.0, rule.at_most
    elif rule.fall_percent is not None:
        share = 1 + (1 if rise else -1) * rule.fall_percent / 100
    else:
        points = rule.fall_points or planning.outcome.minimal_important_change or math.nan
        most = points if rise else -points
    covariance = people_covariance(assumed, layout)
    later = covariance[-1, -1] + (assumed.clusters.icc * assumed.outcome.sd**2 if assumed.clusters else 0.0)
    sd = math.sqrt(later + share**2 * covariance[0, 0] - 2 * share * covariance[0, -1])
    middle = assumed.outcome.mean * (1 - share) + assumed.change

    def got_better(shift: float) -> float:
        z = (most - middle - shift) / sd
        return float(special.ndtr(-z if rise else z))

    control = got_better(0.0)
    treated = assumed.adherence * got_better(effect) + (1 - assumed.adherence) * control
    kept = 1 - _gone(planning, layout) if planning.estimand.missing_outcome == "not responded" else 1.0
    return kept * treated, kept * control


def effect_for(planning: Planning, layout: Layout, difference: float) -> float | None:
    """The effect that leads to this difference as the analysis sees it; None where none does."""
    assumed = planning.plan.assumptions
    if planning.analysis == "within_between":
        return difference
    if assumed.adherence == 0:
        return None
    if planning.analysis != "responders":
        return difference / assumed.adherence
    far = 20 * assumed.outcome.sd

    def missed(effect: float) -> float:
        treated, control = risks(planning, layout, effect)
        return treated - control - difference

    return float(optimize.brentq(missed, -far, far)) if missed(-far) * missed(far) < 0 else None


def _gone(planning: Planning, layout: Layout) -> float:
    return float(gone_by(planning.plan.assumptions, np.asarray(layout.weeks))[-1])


def _means(planning: Planning, layout: Layout, effect: float) -> Expected:
    assumed = planning.plan.assumptions
    seen, extra = _adhering(planning, layout, effect)
    recorded = assumed.outcome.recorded_sd(layout.raters, layout.readings) ** 2
    later = recorded + float(assumed.slope_sd * planning.end) ** 2 + extra
    # The correlation of baseline and follow-up as they are recorded.
    shared = assumed.outcome.correlation * assumed.outcome.sd**2
    correlation = shared / math.sqrt(recorded * later)
    people = [count * (1 - _gone(planning, layout)) for count in layout.people]
    if assumed.clusters is not None:
        icc = assumed.clusters.icc * assumed.outcome.sd**2 / later
        kept = 1 - _gone(planning, layout)
        # Clusters of unequal size count alike, so what matters is the mean of 1 / size.
        size = assumed.clusters.size * kept / (1 + (1 - kept) / (assumed.clusters.size * kept))
        clusters = layout.clusters
        precision = forms.clustered_means(math.sqrt(later), icc, size, clusters[1], clusters[0], correlation)
        more = sum(clusters[2:]) - len(clusters[2:])
        precision = forms.Precision(precision.std_error, precision.df + more)
        return Expected(seen, precision, "cluster trial (Donner & Klar 2000)")
    precision = forms.adjusted_means(
        math.sqrt(later), correlation, people[1], people[0], sum(people[2:]), len(people[2:])
    )
    return Expected(seen, precision, "analysis of covariance (Borm et al. 2007)")


def _adhering(planning: Planning, layout: Layout, effect: float) -> tuple[float, float]:
    """The effect diluted by those who do not follow, and the variance that they add, averaged over all arms."""
    share = planning.plan.assumptions.adherence
    treated = sum(layout.people[1:]) / layout.participants
    return effect * share, share * (1 - share) * effect**2 * treated


def _slopes(planning: Planning, layout: Layout, effect: float) -> Expected | None:
    """Slopes times the weeks to the end; only without dropout or clusters."""
    assumed = planning.plan.assumptions
    if _gone(planning, layout) > 0 or assumed.clusters is not None:
        return None
    seen, extra = _adhering(planning, layout, effect)
    sd = assumed.outcome.recorded_sd(layout.raters, layout.readings)
    correlation = assumed.outcome.correlation * assumed.outcome.sd**2 / sd**2
    weeks = [week / planning.end for week in layout.weeks]
    own = math.sqrt((assumed.slope_sd * planning.end) ** 2 + extra)
    n, control = layout.people[1], layout.people[0]
    precision = forms.two_slopes(sd, correlation, weeks, n, control, slope_sd=own)
    more = sum(layout.people[2:]) - len(layout.people[2:])
    precision = forms.Precision(precision.std_error, precision.df + more)
    return Expected(seen, precision, "slopes (Diggle et al. 2002)")


def _within(planning: Planning, layout: Layout, effect: float) -> Expected | None:
    """The slope that measurement error of the exposure leaves."""
    assumed, per = planning.plan.assumptions, float(planning.estimand.per or 1.0)
    if assumed.exposure is None or assumed.slope_sd > 0 or assumed.clusters is not None:
        return None
    error = assumed.exposure.error_variance(layout.raters, layout.readings)
    true = (assumed.exposure.reliability - assumed.exposure.correlation) * assumed.exposure.sd**2
    if true <= 0:
        return None
    left = true / (true + error)
    covariance = people_covariance(assumed, layout)
    own = covariance[0, 0] - covariance[0, 1]
    residual = own + (effect / per) ** 2 * true * (1 - left)
    kept = 1 - gone_by(assumed, np.asarray(layout.weeks))
    free = layout.participants * (kept.sum() - 1) - len(layout.people) * (len(layout.weeks) - 1)
    recorded_sd = math.sqrt(true + error) / per
    precision = forms.slope_within(math.sqrt(residual), recorded_sd, float(free))
    return Expected(effect * left, precision, "slope within persons, attenuated (Fuller 1987)")


def _proportions(planning: Planning, layout: Layout, effect: float) -> Expected | None:
    """Two unadjusted proportions; adjusting for baseline can only do better."""
    if planning.plan.assumptions.clusters is not None:
        return None
    treated, control = risks(planning, layout, effect)
    counted = 1.0 if planning.estimand.missing_outcome == "not responded" else 1 - _gone(planning, layout)
    n, n_control = layout.people[1] * counted, layout.people[0] * counted
    if not (0 < treated < 1 or 0 < control < 1):
        return None
    precision = forms.two_proportions(treated, control, n, n_control)
    return Expected(treated - control, precision, "two proportions, unadjusted (Chow et al. 2008)")


_FORMS: Mapping[str, Callable[[Planning, Layout, float], Expected | None]] = {
    "ancova": _means,
    "slopes": _slopes,
    "responders": _proportions,
    "within_between": _within,
}
