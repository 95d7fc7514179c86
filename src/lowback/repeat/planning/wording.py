"""A plan in words: its question, and the sentences that say what was simulated from which assumptions."""

from __future__ import annotations

from collections.abc import Iterator

from lowback.repeat.planning.counting import BLOCK_OF_COHORTS
from lowback.repeat.planning.question import Planning
from lowback.repeat.planning.weighing import Weighed
from lowback.simulate.planned import Measure

ANALYSES = {
    "ancova": "analysis of covariance at the last visit",
    "slopes": "the difference in change by the last visit, from a straight line for each person",
    "responders": "the standardised difference in risk",
    "within_between": "the slope within persons",
    "mmrm": "the mixed model for repeated measures",
    "clda": "constrained longitudinal analysis",
    "mixed": "the mixed model with a random intercept",
    "equivalence": "the mixed model for repeated measures",
}


def question_of(planning: Planning) -> str:
    """What the plan asks."""
    target = planning.plan.target
    is_share = planning.unit == "proportion"
    width = f"{100 * target.value:g} percentage points" if is_share else f"{target.value:g} {planning.unit}"
    what = {
        "power": f"a power of {100 * target.value:g} %",
        "assurance": f"an assurance of {100 * target.value:g} %",
        "interval width": f"a 95 % interval no wider than {width}",
    }[target.statistic]
    return f"Which design has {what} for {planning.estimand.name}?"


def method_of(planning: Planning, found: list[Weighed]) -> str:
    """The sentences that the report prints under "Method"."""
    trials = round(found[0].counted.trials)
    shown = {
        "difference": "the 95 % interval excludes 0 on the side of the effect",
        "equivalence": f"the 90 % interval lies within plus and minus {planning.margin} {planning.unit}",
        "non-inferiority": f"the 95 % interval excludes being worse by {planning.margin} {planning.unit}",
    }[planning.plan.success]
    how = (
        "the report's own analysis"
        if not planning.is_by_arrays
        else "the same estimator, many trials at once"
    )
    clusters = planning.plan.assumptions.clusters
    by_clusters = clusters is not None and not clusters.ignored and planning.is_by_arrays
    of = f" and Student's t on the means of each {clusters.of}" if clusters and by_clusters else ""
    parts = [
        f"{trials} simulated trials of each of {len(found)} designs (seed {planning.plan.seed}), each analysed by "
        f"{ANALYSES[planning.analysis]}{of} ({how})",
        *_compared(planning),
        f"power is the share of trials in which {shown}; intervals are of Monte Carlo error alone",
        *_assumed(planning),
    ]
    if planning.set_aside:
        parts.append(
            f"the study's covariates and rules ({', '.join(planning.set_aside)}) are set aside: what they explain makes the study more "
            "precise than planned"
        )
    parts += _flags(planning, found)
    return "; ".join(parts) + "."


def _compared(planning: Planning) -> Iterator[str]:
    """Which arms are compared, where there are more than the two, and in which proportion people join them."""
    treated = planning.study.treated_arms(planning.estimand)
    is_equal = len(set(planning.weights)) == 1
    if planning.estimand.summary != "slope" and len(planning.arms) > 2:
        others = ", with the same effect in the others" if len(treated) > 1 else ""
        sizes = " of equal size" if is_equal else ""
        yield f"planned for {planning.arms[1]} vs {planning.arms[0]} among {len(planning.arms)} arms{sizes}{others}"
    if not is_equal:
        each = ", ".join(
            f"{arm} {weight:g}" for arm, weight in zip(planning.arms, planning.weights, strict=True)
        )
        yield f"people join the arms in this proportion: {each}"


def _assumed(planning: Planning) -> Iterator[str]:
    """The assumptions that a plan was given, in words."""
    assumed = planning.plan.assumptions
    outcome = planning.outcome
    yield f"assumed of {outcome.label}: {_measure(assumed.outcome, outcome.unit or '')}"
    if assumed.exposure is not None:
        yield f"of the exposure: {_measure(assumed.exposure, '')}"
    prior = f" (SD of what is believed of it {assumed.effect.prior_sd:g})" if assumed.effect.prior_sd else ""
    unit = planning.unit if assumed.exposure is not None else outcome.unit
    yield f"effect {assumed.effect.value:g} {unit}{prior}"
    if assumed.slope_sd:
        yield f"people's own slopes differ with an SD of {assumed.slope_sd:g} a week"
    if assumed.dropout:
        gone = ", ".join(
            f"{100 * share:g} % by week {week:g}" for week, share in sorted(assumed.dropout.items())
        )
        yield f"gone are {gone}"
    if assumed.adherence < 1:
        yield f"{100 * assumed.adherence:g} % follow the programme"
    if assumed.clusters is not None:
        ignored = (
            ", which the analysis ignores" if assumed.clusters.ignored or not planning.is_by_arrays else ""
        )
        yield (
            f"{assumed.clusters.size} people to a {assumed.clusters.of}, with a correlation within it of "
            f"{assumed.clusters.icc:g}{ignored}"
        )


def _measure(measure: Measure, unit: str) -> str:
    words = (
        f"mean {measure.mean:g} {unit}".strip()
        + f", SD {measure.sd:g}, correlation of two visits {measure.correlation:g}"
    )
    return words + (f", reliability {measure.reliability:g}" if measure.reliability < 1 else "")


def _flags(planning: Planning, found: list[Weighed]) -> Iterator[str]:
    """What makes the power of some designs untrustworthy."""
    overstated = [str(one.design.number) for one in found if one.overstates]
    if overstated:
        clusters = planning.plan.assumptions.clusters
        why = f" because the analysis takes people of one {clusters.of} for independent" if clusters else ""
        yield (
            f"of designs {', '.join(overstated)} the power is overstated{why}: trials show what is not there more often than the "
            f"{100 * found[0].level:g} % that they may"
        )
    silent = [str(one.design.number) for one in found if one.unanswered.estimate > 0.01]
    if silent:
        yield f"in more than 1 % of the trials of designs {', '.join(silent)} the analysis gave no answer, which counts as no success"
    if not planning.is_by_arrays and found[0].counted.trials < 10 * BLOCK_OF_COHORTS:
        yield "so few trials tell a power only roughly"
