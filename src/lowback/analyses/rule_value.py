"""What would a rule be worth by which something is done on the days that call for it, against always and never?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from lowback.cohort import Cohort
from lowback.estimators import NotEstimable
from lowback.estimators.multiplicity import simultaneous_level
from lowback.estimators.rules import Pseudo, clustered_mean, honest_threshold, pseudo_outcomes
from lowback.outcomes import NotComparable, cannot_be_fitted
from lowback.outcomes.asking import Asking, answered_of_people
from lowback.outcomes.cell_means import framed
from lowback.outcomes.moments import Moments, moments
from lowback.outcomes.scores import Array
from lowback.result import Refusal, Result
from lowback.study import Estimand, Study
from lowback.variables import Variable

ASKING = Asking(
    "rule_value",
    "value of a rule",
    "What is “{exposure}” worth for {label} by “{modifier}”, and is a rule better than always or never?",
    "What would a rule be worth by which something is done on the days that call for it?",
)
SEED = 20261122
# A threshold is tried where at least this share of the moments lies on either side of it.
EITHER_SIDE = 0.05
MOST_THRESHOLDS = 11
NEVER, ALWAYS, CHOSEN = "never", "always", "best rule found in others"
SOURCES = (
    "Robins, Rotnitzky & Zhao 1994, J Am Stat Assoc 89:846-866 (doubly robust means)",
    "Chernozhukov et al. 2018, Econom J 21:C1-C68, doi:10.1111/ectj.12097 (people's own records take no part in their regressions)",
    "Zhang, Tsiatis, Laber & Davidian 2012, Biometrics 68:1010-1018, doi:10.1111/j.1541-0420.2012.01763.x (values of rules)",
    "Athey & Imbens 2016, Proc Natl Acad Sci 113:7353-7360, doi:10.1073/pnas.1510489113 (choosing and estimating in different people)",
    "Crump, Hotz, Imbens & Mitnik 2009, Biometrika 96:187-199 (overlap)",
)


def rule_value(cohort: Cohort, study: Study) -> Result | Refusal:
    """The mean outcome if the exposure were had wherever the modifier is at least k, for each k, and never, and always.

    In the outcome's unit, over the moments at which it could be had: values, differences from never and from always, and the effect at
    the moments at which the rule bids it (where higher is worse, negative means relief). The best k is chosen in some people and valued in
    others. A declared `threshold` is the rule asked about and comes first, else the chosen one does. One moment is changed and all others stay as they were.
    """
    return answered_of_people(cohort, study, ASKING, _values)


@dataclass(frozen=True, eq=False)
class _Rules:
    """The moments with overlap, what each would bring without and with the exposure, and the thresholds that are tried."""

    read: Moments
    score: Variable
    scores: Array
    pseudo: Pseudo
    kept: NDArray[np.bool_]
    thresholds: tuple[float, ...]
    estimand: Estimand

    @cached_property
    def chosen(self) -> tuple[float, NDArray[np.bool_]]:
        """The best threshold found in some people, and the moments of the others."""
        fewer = self.read.outcome.higher_is != "better"
        return honest_threshold(self.pseudo, self.scores, self.thresholds, fewer_is_better=fewer)

    @property
    def bids(self) -> dict[str, NDArray[np.bool_]]:
        """At which moments each rule has the exposure, the one asked about first."""
        by_score = {self.name(one): np.asarray(self.scores >= one) for one in self.thresholds}
        rules = {CHOSEN: np.asarray(self.scores >= self.chosen[0]), **by_score}
        asked = self.estimand.threshold
        if asked is not None:
            rules = {self.name(asked): np.asarray(self.scores >= asked), **rules}
        every = np.ones(len(self.scores), dtype=bool)
        return {**rules, ALWAYS: every, NEVER: ~every}

    def name(self, threshold: float) -> str:
        """A rule in words."""
        return f"where {self.score.label} is at least {threshold:g}"


def _values(people: Cohort, study: Study, estimand: Estimand, question: str) -> Result:
    try:
        rules = _rules(people, study, estimand)
        estimates, keys = framed(list(_rows(rules)))
    except NotEstimable as refused:
        raise cannot_be_fitted(f"the value of rules for {estimand.exposure}", refused) from refused
    return Result(
        analysis="rule_value",
        estimand=estimand.name,
        question=question,
        estimates=estimates,
        keys=keys,
        method=_method(rules),
        assumptions=_assumptions(rules),
        sources=SOURCES,
        causal=estimand.randomised_with is not None,
        smallest_worthwhile=estimand.smallest_worthwhile,
        higher_is=rules.read.outcome.higher_is,
    )


def _rules(people: Cohort, study: Study, estimand: Estimand) -> _Rules:
    read = moments(people, study, estimand)
    score = read.modifier_variable
    if not read.is_flag or score is None or read.modifier is None or score.kind == "flag":
        raise NotComparable(
            f"a rule needs a yes or no to be done and a number to look at, not {read.exposure.name} and {estimand.modifier}",
            "an exposure that is had or not, and a modifier that is a number",
        )
    pseudo = pseudo_outcomes(
        read.scores,
        read.exposures,
        read.person,
        read.modifier,
        _history(read, read.modifier),
        seed=SEED,
        chance=estimand.randomised_with,
    )
    kept = pseudo.overlaps
    if kept.mean() < 0.5:
        raise NotComparable(
            f"{read.exposure.label} was all but certain to be had, or not to be, at {100 * (1 - kept.mean()):.0f} % of the moments",
            "moments alike in what was recorded, with and without it",
        )
    thresholds = _thresholds(read.modifier[kept])
    if not thresholds:
        raise NotComparable(
            f"{score.label} hardly varies, so no rule can be told from another", "moments of several kinds"
        )
    asked = estimand.threshold
    if asked is not None and len(np.unique(read.person[kept & (read.modifier >= asked)])) < 2:
        raise NotComparable(
            f"{score.label} is hardly ever {asked:g} or more",
            "several people at whose moments the rule bids it",
        )
    return _Rules(read, score, read.modifier, pseudo, kept, thresholds, estimand)


def _history(read: Moments, score: Array) -> Array:
    """What the exposure may have answered to: the outcome before, the person's usual outcome, the modifier, and time."""
    columns, _ = read.history()
    return np.column_stack([columns, read.usual(), score])


def _thresholds(scores: Array) -> tuple[float, ...]:
    """Values of the modifier with enough moments on either side; quantiles of them where there are many."""
    found = [
        float(one) for one in np.unique(scores) if EITHER_SIDE <= (scores >= one).mean() <= 1 - EITHER_SIDE
    ]
    if len(found) > MOST_THRESHOLDS:
        found = sorted({float(one) for one in np.quantile(scores, np.linspace(0.1, 0.9, 9))})
    return tuple(found)


def _rows(rules: _Rules) -> Iterator[tuple[dict[str, object], dict[str, object]]]:
    """Each rule's effect where it bids, differences from the constant rules, and value; what fewer than two people tell is left out."""
    without, with_it, person = rules.pseudo.without, rules.pseudo.with_it, rules.read.person
    for rule, bids in rules.bids.items():
        kept = rules.kept & rules.chosen[1] if rule == CHOSEN else rules.kept
        by_rule, none = np.where(bids, with_it, without), np.zeros_like(kept)
        asked = (
            ("effect where it bids", with_it - without, none if rule == ALWAYS else kept & bids),
            ("difference from never", by_rule - without, kept if (kept & bids).any() else none),
            (
                "difference from always",
                by_rule - with_it,
                kept if (kept & ~bids).any() and rule != NEVER else none,
            ),
            ("value", by_rule, kept),
        )
        for statistic, values, at in asked:
            if len(np.unique(person[at])) > 1:
                yield _row(rules, rule, statistic, values[at], person[at])


def _row(
    rules: _Rules, rule: str, statistic: str, values: Array, person: NDArray[np.intp]
) -> tuple[dict[str, object], dict[str, object]]:
    fit = clustered_mean(values, person)
    together = fit.contrast([1.0], level=simultaneous_level(len(rules.thresholds)))
    row = {
        "term": f"{statistic}: {rule}",
        "unit": rules.read.outcome.unit or "proportion",
        "n_participants": fit.n_people,
        **fit.interval([1.0]),
    }
    threshold = next((one for one in rules.thresholds if rules.name(one) == rule), np.nan)
    key = {
        **rules.read.named,
        "modifier": rules.score.name,
        "modifier_label": rules.score.label,
        "level": rule,
        "statistic": statistic,
        "threshold": threshold,
        "band_low": float(together.conf_low[0]),
        "band_high": float(together.conf_high[0]),
    }
    return ({**row, "p_value": np.nan} if statistic == "value" else row), key


def _method(rules: _Rules) -> str:
    """The sentences that the report prints under "Method"."""
    read, kept = rules.read, rules.kept
    known = rules.estimand.randomised_with
    by = (
        f"known to be {known:g}"
        if known is not None
        else "by logistic regression on what was recorded before"
    )
    parts = [
        f"Doubly robust values of rules for {read.exposure.label}, from {kept.sum()} moments of {len(np.unique(read.person[kept]))} people, "
        f"the chance of it {by}",
        f"{(~kept).sum()} moments left out because it was all but certain to be had or not to be"
        if (~kept).any()
        else "",
        f"{read.incomplete} moments left out because a value before or after is missing"
        if read.incomplete
        else "",
        "regressions for each fifth of the people are made in the others; the best rule is chosen in two fifths of them and valued in the other three "
        f"(at least {rules.chosen[0]:g})",
        "a value is the mean outcome over these moments if the rule had been followed at one of them and all others had been as they were",
        "errors hold however the moments of a person hang together; 95 % intervals from Student's t with Satterthwaite's degrees of freedom, "
        f"and, over all thresholds together, Bonferroni's over {len(rules.thresholds)}",
    ]
    return "; ".join(filter(None, parts)) + "."


def _assumptions(rules: _Rules) -> tuple[str, ...]:
    read, known = rules.read, rules.estimand.randomised_with
    pair = f"{read.exposure.label} and {read.outcome.label}"
    rests = (
        f"Rests on: no common cause of {pair} other than {read.held_equal}, the person's usual {read.outcome.label}, {rules.score.label}, "
        f"{read.time_in_words}."
        if known is None
        else f"Rests on: no common cause of {pair}, because a chance of {known:g} decided at each moment."
    )
    return (
        rests,
        "A rule changes one moment at a time; what following it for weeks would bring is not said.",
        "Whether a value is missing does not depend on what it would have been, given what was recorded before.",
        "People do not affect each other.",
    )
