"""What does something done at a moment do to what is felt right after it?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from lowback.cohort import Cohort
from lowback.estimators import NotEstimable
from lowback.estimators.centred import centred_effects, known_chance
from lowback.estimators.clustered import ClusteredFit, clustered_least_squares
from lowback.outcomes import NotComparable, cannot_be_fitted
from lowback.outcomes.asking import Asking, answered_of_people
from lowback.outcomes.cell_means import framed
from lowback.outcomes.modifying import Modifying, modifying
from lowback.outcomes.moments import Moments, moments
from lowback.result import Refusal, Result
from lowback.study import Estimand, Study

ASKING = Asking(
    "proximal_effect",
    "proximal effect",
    "Is {label} different right after “{exposure}”?",
    "What does something done at a moment do to what is felt right after it?",
)
# A chance as declared whose record is less probable than this was not that chance.
AGAINST_CHANCE = 0.001
MISSING = (
    "Whether a value is missing does not depend on what it would have been, given what was recorded before."
)
ALONE = "People do not affect each other."
SOURCES = (
    "Boruvka, Almirall, Witkiewitz & Murphy 2018, J Am Stat Assoc 113:1112-1121, doi:10.1080/01621459.2017.1305274 (centred effects)",
    "Bell & McCaffrey 2002, Survey Methodology 28:169-181; Pustejovsky & Tipton 2018, J Bus Econ Stat 36:672-683, "
    "doi:10.1080/07350015.2016.1247004 (errors and degrees of freedom with few people)",
)


def proximal_effect(cohort: Cohort, study: Study) -> Result | Refusal:
    """The outcome after a moment with the exposure less that after a moment without it, at equal outcome before.

    Estimates are in the outcome's unit (of a measured exposure: per `per` of it); where higher is worse, negative means
    relief. Where the estimand says with which chance the exposure was decided (`randomised_with`), weighted and centred
    least squares; else a comparison within persons at equal outcome and exposure before, time of day and time. With a `modifier` the effect is given
    by it. Of a yes or no, the mean outcome before and after stands beside it, at moments with and without. A refusal says what is
    missing; a chance that the record contradicts is refused.

    Boruvka et al. 2018, J Am Stat Assoc 113:1112-1121.
    """
    return answered_of_people(cohort, study, ASKING, _effect)


@dataclass(frozen=True, eq=False)
class _Asked:
    """The moments, by what the effect may differ, and the estimand."""

    read: Moments
    by: Modifying
    estimand: Estimand

    @property
    def per(self) -> float:
        """Units of a measured exposure that one estimate is for."""
        return 1.0 if self.read.is_flag else float(self.estimand.per or 1.0)

    @property
    def unit(self) -> str:
        """The unit of an effect."""
        per = "" if self.read.is_flag else f" per {self.per:g} {self.read.exposure.unit}"
        return f"{self.read.outcome.unit or 'proportion'}{per}"

    @property
    def people(self) -> int:
        """The people whom the effect rests on."""
        kept = self.read.in_both | (self.estimand.randomised_with is not None)
        return len(np.unique(self.read.person[kept]))


def _effect(people: Cohort, study: Study, estimand: Estimand, question: str) -> Result:
    read = moments(people, study, estimand)
    asked = _Asked(read, modifying(read), estimand)
    try:
        fit = (
            _chosen(asked)
            if estimand.randomised_with is None
            else _randomised(asked, estimand.randomised_with)
        )
        estimates, keys = framed([*_effects(asked, fit), *_levels(asked)])
    except NotEstimable as refused:
        raise cannot_be_fitted(f"{read.outcome.label} after {read.exposure.label}", refused) from refused
    return Result(
        analysis="proximal_effect",
        estimand=estimand.name,
        question=question,
        estimates=estimates,
        keys=keys,
        method=_method(asked),
        assumptions=_assumptions(asked),
        sources=SOURCES,
        causal=estimand.randomised_with is not None,
        smallest_worthwhile=estimand.smallest_worthwhile,
        higher_is=read.outcome.higher_is,
    )


def _randomised(asked: _Asked, chance: float) -> ClusteredFit:
    """Centred effects at the chance declared, after a look at whether the record can be of that chance."""
    read, by = asked.read, asked.by
    if not read.is_flag:
        raise NotComparable(
            f"{read.exposure.label} is no yes or no, so {chance:g} is no chance of it",
            "an exposure that is had or not, or an estimand without randomised_with",
        )
    one = np.ones(len(read.at))
    _refuse_another_chance(read, chance)
    history, names = read.history()
    main, main_names = by.main_effects(own_levels=False)
    return centred_effects(
        read.scores,
        read.exposures,
        read.person,
        known_chance(chance * one),
        controls=np.column_stack([one, history, main]),
        moderators=by.columns,
        names=by.names,
        control_names=["level", *names, *main_names],
    )


def _refuse_another_chance(read: Moments, chance: float) -> None:
    """Refuse a declared chance from which the share of moments departs, or which follows what was felt before."""
    before = read.before - read.before.mean()
    design = (
        np.column_stack([np.ones(len(before)), before]) if np.ptp(before) > 0 else np.ones((len(before), 1))
    )
    fit = clustered_least_squares(
        read.exposures - chance, design, read.person, names=["share", "before"][: design.shape[1]]
    )
    found = fit.contrast(np.eye(design.shape[1]))
    share = read.exposures.mean()
    said = f"{read.exposure.label} is declared to be decided by a chance of {chance:g}, but"
    if found.p_value[0] < AGAINST_CHANCE:
        raise NotComparable(f"{said} is recorded at {share:.3f} of the moments", "the chance that was used")
    if found.p_value[-1] < AGAINST_CHANCE:
        raise NotComparable(
            f"{said} goes with {read.before_label}", "an estimand without randomised_with: it was chosen"
        )


def _chosen(asked: _Asked) -> ClusteredFit:
    """Least squares with every person's own level, at equal outcome and exposure before and time."""
    read, by = asked.read, asked.by
    history, names = read.history()
    main, main_names = by.main_effects(own_levels=True)
    turned, turned_names = by.times(history[:, 0], "before")
    return clustered_least_squares(
        read.scores,
        np.column_stack([by.columns * (read.exposures / asked.per)[:, None], history, main, turned]),
        read.person,
        names=[*by.names, *names, *main_names, *turned_names],
        own_levels=True,
    )


def _effects(asked: _Asked, fit: ClusteredFit) -> Iterator[tuple[dict[str, object], dict[str, object]]]:
    """The effect and, with a modifier, how it differs by it; each with its key."""
    read = asked.read
    for level, statistic, weights in asked.by.contrasts:
        where = f", {level}" if level else ""
        named = {"term": f"{statistic} of {read.exposure.label}{where}", "n_participants": asked.people}
        unit = asked.unit + (asked.by.per_unit if statistic == "change of effect" else "")
        yield {**named, "unit": unit, **fit.interval(weights)}, _key(asked, level, statistic)


def _levels(asked: _Asked) -> Iterator[tuple[dict[str, object], dict[str, object]]]:
    """The mean outcome before and after, and its change, at moments with and without the exposure."""
    read = asked.read
    if not read.is_flag:
        return
    for had, word in ((1.0, "with"), (0.0, "without")):
        here = read.exposures == had
        person, before, after = read.person[here], read.before[here], read.scores[here]
        for statistic, values in (
            ("mean before", before),
            ("mean after", after),
            ("mean change", after - before),
        ):
            if len(np.unique(person)) < 2 or np.ptp(values) == 0:
                continue
            found = clustered_least_squares(values, np.ones((len(values), 1)), person, names=["mean"])
            row = found.interval([1.0])
            term = f"{statistic}, {word} {read.exposure.label}"
            named = {
                "term": term,
                "unit": read.outcome.unit or "proportion",
                "n_participants": found.n_people,
            }
            yield {**named, **row, "p_value": np.nan}, _key(asked, word, statistic)


def _key(asked: _Asked, level: str, statistic: str) -> dict[str, object]:
    return {**asked.read.named, "level": level, "statistic": statistic, "per": asked.per}


def _method(asked: _Asked) -> str:
    """The sentences that the report prints under "Method"."""
    read, chance = asked.read, asked.estimand.randomised_with
    occasion, steps = read.diary.occasion, asked.estimand.checkins_later
    after = {0: f"at the same {occasion}", 1: f"one {occasion} later"}.get(
        steps, f"{steps} {occasion}s later"
    )
    how = (
        f"Least squares within persons (each with a level of their own) of {read.outcome.label} {after} on {read.exposure.label}, "
        f"at equal {read.held_equal}, {read.time_in_words}"
        if chance is None
        else f"Weighted and centred least squares of {read.outcome.label} {after} on {read.exposure.label}, which a chance of {chance:g} "
        f"decided at each moment, with {read.before_label} and time to take up noise"
    )
    parts = [
        f"{how}, from {len(read.at)} moments of {len(np.unique(read.person))} people, {asked.people} of whom inform the effect",
        f"{read.incomplete} moments left out because a value before or after is missing"
        if read.incomplete
        else "",
        f"left out because it is the same at all moments there: {', '.join(read.never)}"
        if read.never
        else "",
        "errors hold however the moments of a person hang together; 95 % intervals from Student's t with Satterthwaite's degrees of freedom",
        "means before and after are of the moments as they were recorded" if read.is_flag else "",
    ]
    return "; ".join(filter(None, parts)) + "."


def _assumptions(asked: _Asked) -> tuple[str, ...]:
    chance = asked.estimand.randomised_with
    if chance is None:
        return (*asked.read.rests_on, MISSING, ALONE)
    pair = f"{asked.read.exposure.label} and {asked.read.outcome.label}"
    return (
        f"Rests on: no common cause of {pair}, because a chance of {chance:g} decided at each moment.",
        MISSING,
        ALONE,
    )
