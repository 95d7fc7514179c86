"""The rows of a result on how an arm's effect differs by a characteristic, each with its keys."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from scipy import special

from lowback.estimators import NotEstimable
from lowback.estimators.inference import Inference, infer
from lowback.estimators.reliability import components, intraclass_correlations
from lowback.estimators.shrinkage import shrunken
from lowback.outcomes.cell_means import Row
from lowback.outcomes.characteristic import ModifiedModel
from lowback.outcomes.scores import Array
from lowback.study import Estimand
from lowback.variables import one_of

# So many people with a score in either arm make a subgroup of their own.
FEWEST = 5
NUMBERS = ("estimate", "std_error", "df", "conf_low", "conf_high", "p_value")


def interaction_rows(model: ModifiedModel, arm: str) -> Iterator[Row]:
    """How the effect differs: from the lowest value to the highest and for each unit, or each level against the first.

    Of three levels or more, their joint test too.
    """
    found = model.characteristic
    first, *others = found.points
    named = f"{_named(model, arm)}: difference in effect"
    if found.is_measured:
        others = others[-1:]
        per = one_of(found.variable.unit or "unit")
        contrast = model.contrast([model.effect(arm, np.array([0.0, 1.0]))])
        yield _row(model, arm, f"{named} per {per}", _numbers(contrast, 0), "difference per unit", per=per)
    steps = [found.basis(one) - found.basis(first) for one in others]
    weights = [model.effect(arm, step) for step in steps]
    for at, point in enumerate(others):
        against = found.named(first)
        term = f"{named}, {found.named(point)} against {against}"
        numbers = _numbers(model.contrast([weights[at]]), 0)
        yield _row(model, arm, term, numbers, "difference in effect", point, against=against)
    if len(steps) > 1:
        joint = model.ladder.fit.joint_test(np.array(weights), model.errors(weights))
        numbers = {"estimate": joint.statistic, "df": joint.df_den, "p_value": joint.p_value}
        term = f"{_named(model, arm)}: any difference in effect (F, {joint.df_num:g} numerator df)"
        yield _row(model, arm, term, numbers, "test of any difference", unit="F")


def effect_rows(model: ModifiedModel, arm: str) -> Iterator[Row]:
    """The arm's difference from the comparator at each value."""
    found = model.characteristic
    for point in found.points:
        contrast = model.contrast([model.effect(arm, found.basis(point))])
        term = f"{_named(model, arm)}: effect at {_place(model, point)}"
        yield _row(model, arm, term, _numbers(contrast, 0), "effect", point)


def subgroup_rows(model: ModifiedModel, arm: str, scale: float) -> Iterator[Row]:
    """The difference in each subgroup with people enough by itself, and drawn towards each other.

    `scale` is that of the prior of how much true effects differ between subgroups (SD), in the outcome's unit.
    """
    points = model.points_with(arm, FEWEST)
    if len(points) < 2:
        return
    found = model.characteristic
    weights = np.array([model.effect(arm, found.basis(point)) for point in points])
    contrasts = model.contrast(weights)
    # As wide as Student's intervals, for a normal likelihood takes errors for known.
    wider = special.stdtrit(contrasts.df, 0.975) / special.ndtri(0.975)
    spread = model.ladder.fit.covariance_of(weights, model.errors(weights))
    drawn = shrunken(contrasts.estimate, spread * np.outer(wider, wider), scale)
    for at, point in enumerate(points):
        count = model.people(arm, point) + model.people(model.compared.comparator, point)
        place = f"{_named(model, arm)}: effect in those with {_place(model, point)}"
        if found.variable.is_numeric:
            alone = _numbers(contrasts, at)
            yield _row(model, arm, f"{place} alone", alone, "subgroup effect", point, people=count)
        together = {
            "estimate": drawn.estimate[at],
            "std_error": drawn.std_error[at],
            "df": np.inf,
            "conf_low": drawn.conf_low[at],
            "conf_high": drawn.conf_high[at],
        }
        yield _row(model, arm, f"{place}, shrunken", together, "shrunken effect", point, people=count)


def ratio_rows(model: ModifiedModel, arm: str) -> Iterator[Row]:
    """The arm's mean over the comparator's at each value; the last of these ratios, or each of a category, over the first.

    By the delta method on the logarithm; nothing where a mean is not above zero, since a ratio then says nothing.
    """
    fit, found = model.ladder.fit, model.characteristic
    logs = []
    for point in found.points:
        pair = np.array([model.mean(one, found.basis(point)) for one in (arm, model.compared.comparator)])
        means = pair @ fit.coefficients
        if means.min() <= 0:
            return
        logs.append((float(np.log(means[0] / means[1])), pair[0] / means[0] - pair[1] / means[1]))
    asked = [(point, *said) for point, said in zip(found.points, logs, strict=True)]
    for point, log, weights in asked:
        numbers = _exponentiated(log, model.contrast([weights]))
        term = f"{_named(model, arm)}: ratio of means at {_place(model, point)}"
        yield _row(model, arm, term, numbers, "ratio of means", point, unit="ratio")
    first, low, before = asked[0]
    against = found.named(first)
    for last, high, after in asked[-1:] if found.is_measured else asked[1:]:
        numbers = _exponentiated(high - low, model.contrast([after - before]))
        term = f"{_named(model, arm)}: ratio of these ratios, {found.named(last)} over {against}"
        yield _row(model, arm, term, numbers, "ratio of ratios", last, against=against, unit="ratio")


def rule_rows(model: ModifiedModel, arm: str, estimand: Estimand) -> Iterator[Row]:
    """What rules change in everybody's mean, positive for the better, and that less the smallest worthwhile for each treated.

    Intervals take the people analysed as given.
    """
    outcome, found = model.compared.outcome, model.characteristic
    if outcome.higher_is is None:
        return
    sign = -1.0 if outcome.higher_is == "worse" else 1.0
    bases = found.bases
    for rule, treated in _rules(model):
        weights = sign * model.effect(arm, (bases * treated[:, None]).mean(axis=0))
        share = float(treated.mean())
        contrast = model.contrast([weights])
        said: dict[str, Any] = {"rule": rule, "share": share}
        place = f"{_named(model, arm)}, {rule} ({100 * share:.0f} % treated)"
        yield _row(model, arm, f"{place}: mean gain", _numbers(contrast, 0), "gain by rule", **said)
        if estimand.smallest_worthwhile is not None:
            cost = estimand.smallest_worthwhile
            net = infer(contrast.estimate - cost * share, contrast.std_error, contrast.df)
            term = f"{place}: net benefit at a cost of {cost:g} for each"
            yield _row(model, arm, term, _numbers(net, 0), "net benefit by rule", **said)


def reliability_rows(model: ModifiedModel, items: Array) -> Iterator[Row]:
    """How far the items of a score agree: Cronbach's alpha (of yes and no: Kuder and Richardson's formula 20).

    It is the consistency of the items' mean, ICC(3,k), with its exact interval. Nothing where items do not vary.
    """
    if len(items) < 3:
        return
    try:
        alpha = intraclass_correlations(components(items))["ICC(3,k)"]
    except NotEstimable:
        return
    found, compared = model.characteristic, model.compared
    row: dict[str, object] = {
        "term": f"{found.variable.label}: reliability of the score (alpha of {items.shape[1]} items)",
        "unit": "alpha",
        "n_participants": len(items),
        "estimate": alpha.estimate,
        "conf_low": alpha.conf_low,
        "conf_high": alpha.conf_high,
    }
    keys = {**compared.named_outcome, "statistic": "reliability", "modifier": found.variable.name}
    yield row, {**keys, "modifier_label": found.variable.label, "weeks": compared.week}


def _rules(model: ModifiedModel) -> Iterator[tuple[str, Array]]:
    """Everybody; then those from each value up (down, where higher is better), or those of each level."""
    found = model.characteristic
    yield "everybody", np.ones(len(found.values))
    for point in found.points:
        if found.levels:
            treated, rule = found.values == point, f"only {_place(model, point)}"
        elif found.variable.higher_is == "better":
            treated, rule = found.values <= point, f"{found.named(point)} or less"
        else:
            treated, rule = found.values >= point, f"{found.named(point)} or more"
        if 0 < treated.mean() < 1:
            yield rule, treated.astype(float)


def _row(
    model: ModifiedModel,
    arm: str,
    term: str,
    numbers: dict[str, float],
    statistic: str,
    point: float = float("nan"),
    *,
    unit: str = "",
    per: str = "",
    against: str = "",
    rule: str = "",
    share: float = float("nan"),
    people: int | None = None,
) -> Row:
    """One row, in the outcome's unit (per so much) where no other is named; everybody in the two arms counts if nobody else is said to."""
    compared, found = model.compared, model.characteristic
    counted = [model.read.people(model.read.arms.index(one)) for one in (arm, compared.comparator)]
    row: dict[str, object] = {
        "term": term,
        "unit": unit or f"{compared.outcome.unit}{f' per {per}' if per else ''}",
        "n_participants": sum(counted) if people is None else people,
        **numbers,
    }
    keys: dict[str, object] = {
        **compared.named_outcome,
        "arm": arm,
        "comparator": compared.comparator,
        "weeks": compared.week,
        "statistic": statistic,
        "modifier": found.variable.name,
        "modifier_label": found.variable.label,
        "value": point,
        "level": "" if np.isnan(point) else found.named(point),
        "against": against,
        "rule": rule,
        "share_treated": share,
    }
    return row, keys


def _named(model: ModifiedModel, arm: str) -> str:
    return f"{arm} vs {model.compared.comparator}"


def _place(model: ModifiedModel, point: float) -> str:
    found = model.characteristic
    named = found.named(point)
    return named if found.variable.is_numeric else f"{found.variable.label}: {named}"


def _numbers(found: Inference, at: int) -> dict[str, float]:
    return {name: float(getattr(found, name)[at]) for name in NUMBERS}


def _exponentiated(log: float, found: Inference) -> dict[str, float]:
    """A ratio with its interval, from the standard error of its logarithm; tested against 1."""
    on_log = infer([log], found.std_error, found.df)
    ends: Sequence[float] = (on_log.conf_low[0], on_log.conf_high[0])
    return {
        "estimate": float(np.exp(log)),
        "std_error": float(np.exp(log) * on_log.std_error[0]),
        "df": float(on_log.df[0]),
        "conf_low": float(np.exp(ends[0])),
        "conf_high": float(np.exp(ends[1])),
        "p_value": float(on_log.p_value[0]),
    }
