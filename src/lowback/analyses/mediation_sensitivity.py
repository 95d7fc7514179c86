"""How much unmeasured confounding, or error in a mediator, would change what is said of a mediated effect?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from lowback.cohort import Cohort
from lowback.estimators import NotEstimable
from lowback.estimators.mediation import e_value, e_value_of_interval, indirect_at, rho_at_zero
from lowback.outcomes.asking import Asking, answered_of_people
from lowback.outcomes.mediated_model import Estimated, MediatedModel, mediated_model
from lowback.outcomes.mediated_rows import (
    CORRECTED,
    DIRECT,
    NAIVE,
    ONE_SLOPE,
    MediatedRows,
    mediator_keys,
    mediators_in_words,
)
from lowback.outcomes.mediated_words import SOURCES, assumptions, cannot_be_split, model_told
from lowback.outcomes.mediation import MediationRecords, mediation_records
from lowback.outcomes.mediation_table import mediation_table
from lowback.outcomes.refusals import NotComparable
from lowback.outcomes.scores import Array
from lowback.result import Refusal, Result
from lowback.study import Estimand, Study

ASKING = Asking(
    "mediation_sensitivity",
    "mediated effect",
    "What would have to be wrong to change the path by which the effect on {label} at week {week:g} runs?",
    "What would have to be wrong to change the path by which the effect runs?",
)
CORRELATIONS = tuple(tenth / 10 for tenth in range(-9, 10))
EXPLAINED = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5)
RELIABILITIES = (1.0, 0.99, 0.98, 0.97, 0.96, *np.round(np.arange(0.95, 0.24, -0.05), 2).tolist())


def mediation_sensitivity(cohort: Cohort, study: Study) -> Result | Refusal:
    """The indirect effect under unmeasured confounding and under other reliabilities of each mediator.

    Estimates are in the outcome's unit where nothing else is said. Of each arm and mediator: the indirect effect at correlations from -0.9 to
    0.9 between what is left unexplained of mediator and outcome, and the correlation at which it is nil; the same by the shares of
    the rest of either that something unmeasured would explain; mediational E-values; and indirect and direct effect at reliabilities of the
    mediator from 1 (the naive split) down to where nothing is left, with the reliability nearest to the one found at which it changes whether the interval
    of either excludes 0.

    Imai, Keele & Yamamoto 2010, Stat Sci 25:51-71; Smith & VanderWeele 2019, Epidemiology 30:835-837.
    """
    return answered_of_people(cohort, study, ASKING, _tried)


def _tried(people: Cohort, study: Study, estimand: Estimand, question: str) -> Result:
    records = mediation_records(people, study, estimand)
    if records.is_within:
        raise NotComparable(
            f"mediator_slope: {estimand.mediator_slope}: what lasts in a person cannot move that slope, and the correlations tried here are those "
            "of one visit",
            "an estimand without mediator_slope",
        )
    try:
        model = mediated_model(mediation_table(records))
        word = "effect" if study.is_randomised else "difference"
        tried = _Tried(records, model, MediatedRows(records, model), word)
        for arm in records.compared.treated:
            tried.add_arm(arm)
    except NotEstimable as refused:
        raise cannot_be_split(records, refused) from refused
    return Result(
        analysis="mediation_sensitivity",
        estimand=estimand.name,
        question=question,
        estimates=tried.rows.estimates,
        keys=tried.rows.keys,
        method=_method(records, model, tried),
        assumptions=assumptions(records, study),
        sources=(
            "Imai, Keele & Yamamoto 2010, Stat Sci 25:51-71, doi:10.1214/10-STS321 (correlation of errors)",
            "Smith & VanderWeele 2019, Epidemiology 30:835-837, doi:10.1097/EDE.0000000000001064 (mediational E-values)",
            *SOURCES,
        ),
        causal=study.is_randomised,
        smallest_worthwhile=estimand.smallest_worthwhile,
        higher_is=records.compared.outcome.higher_is,
    )


@dataclass
class _Tried:
    """The rows of every way in which the answer was tried."""

    records: MediationRecords
    model: MediatedModel
    rows: MediatedRows
    word: str
    uncorrected: str = ""

    def add_arm(self, arm: str) -> None:
        """All rows of one arm."""
        compared = self.records.compared
        found, correction = self._base(arm)
        lead = f"{arm} vs {compared.comparator}"
        keys = {"arm": arm, "comparator": compared.comparator, "model": ONE_SLOPE, "correction": correction}
        self._add_e_values(lead, found, keys)
        for at, one in enumerate(self.records.mediators):
            variable = one.variable
            named = {**keys, **mediator_keys(variable)}
            self._add_correlations(f"{lead}, {variable.label}", at, found, named)
            self._add_explained(f"{lead}, {variable.label}", at, found, named)
            self._add_reliabilities(f"{lead}, {variable.label}", arm, variable.name, named)

    def _base(self, arm: str) -> tuple[Estimated, str]:
        """The corrected split, or the naive one where the correction leaves nothing that has an interval."""
        try:
            found = self.model.estimated(arm, self.model.known_errors)
            self.model.percentiles.interval(found.drawn.indirect, float(found.here.indirect))
        except NotEstimable as refused:
            self.uncorrected = str(refused)
            return self.model.estimated(arm, {}), NAIVE
        return found, CORRECTED

    def _add_e_values(self, lead: str, found: Estimated, keys: Mapping[str, object]) -> None:
        """Mediational E-values of the indirect and the direct effect, and of the ends of their intervals nearest to nil."""
        table, percentiles = self.model.table, self.model.percentiles
        sd = float(np.sqrt(self.model.within(table.outcome)))
        for name in ("indirect", DIRECT):
            here, drawn = float(getattr(found.here, name)), getattr(found.drawn, name)
            nearest = e_value_of_interval(*percentiles.interval(drawn, here), sd)
            term = f"{lead}: E-value of the {name} {self.word}"
            self.rows.add(term, f"E-value, {name}", e_value(here, sd), None, keys, unit="risk ratio")
            self.rows.add(
                f"{term}'s interval", f"E-value, {name}, interval", nearest, None, keys, unit="risk ratio"
            )

    def _add_correlations(self, lead: str, at: int, found: Estimated, keys: Mapping[str, object]) -> None:
        """The indirect effect at correlations of this mediator's error with the outcome's, and where it is nil."""
        for correlation in CORRELATIONS:
            rho = self._alone(at, correlation)
            self.rows.add(
                f"{lead}: indirect {self.word} at a correlation of {correlation:g}",
                "indirect at correlation",
                indirect_at(found.here, rho),
                indirect_at(found.drawn, rho),
                {**keys, "correlation": correlation},
            )
        here, drawn = rho_at_zero(found.here, at), rho_at_zero(found.drawn, at)
        term = f"{lead}: correlation at which the indirect {self.word} is nil"
        self.rows.add(term, "correlation at nil", here, drawn, keys, unit="correlation")

    def _add_explained(self, lead: str, at: int, found: Estimated, keys: Mapping[str, object]) -> None:
        """The indirect effect if something unmeasured explains shares of what is left of mediator and outcome, against it.

        The correlation is the geometric mean of the shares, of the sign that brings the effect nearer to nil and beyond
        (Imai, Keele & Yamamoto 2010, section 5).
        """
        sign = float(np.sign(rho_at_zero(found.here, at)))
        for mediator in EXPLAINED:
            for outcome in EXPLAINED:
                rho = self._alone(at, sign * float(np.sqrt(mediator * outcome)))
                self.rows.add(
                    f"{lead}: indirect {self.word} if {100 * mediator:g} % of the rest of it and {100 * outcome:g} % of the outcome's "
                    "have a common cause",
                    "indirect at shares",
                    indirect_at(found.here, rho),
                    None,
                    {**keys, "share_of_mediator": mediator, "share_of_outcome": outcome},
                )

    def _add_reliabilities(self, lead: str, arm: str, name: str, keys: Mapping[str, object]) -> None:
        """Indirect and direct effect at other reliabilities of a mediator, and the nearest at which the answer changes."""
        errors = self.model.with_error(name)
        column = errors[name].columns[0]
        spread = self.model.within(column), self.model.within_drawn(column)
        now = self.model.reliability(name)
        is_seen: dict[str, dict[float, bool]] = {"indirect": {}, DIRECT: {}}
        for reliability in RELIABILITIES:
            instead = ((1 - reliability) * spread[0], (1 - reliability) * spread[1])
            try:
                found = self.model.estimated(arm, errors, {name: instead})
                for part, seen in is_seen.items():
                    here, drawn = getattr(found.here, part), getattr(found.drawn, part)
                    low, high = self.model.percentiles.interval(drawn, float(here))
                    seen[reliability] = low > 0 or high < 0
            except NotEstimable:
                break
            for part in is_seen:
                self.rows.add(
                    f"{lead}: {part} {self.word} at a reliability of {reliability:g}",
                    f"{part} at reliability",
                    getattr(found.here, part),
                    getattr(found.drawn, part),
                    {**keys, "reliability": reliability},
                )
        analysed = 1.0 if now is None else float(now[0])
        term, draws = f"{lead}: reliability as analysed", None if now is None else now[1]
        own = {**keys, "reliability": float("nan")}
        self.rows.add(term, "reliability", analysed, draws, own, unit="correlation")
        for part, seen in is_seen.items():
            tipping = _tipping(seen, analysed)
            if tipping is not None:
                term = f"{lead}: reliability at which the answer on the {part} {self.word} changes"
                self.rows.add(term, f"tipping reliability, {part}", tipping, None, keys, unit="correlation")

    def _alone(self, at: int, correlation: float) -> Array:
        rho = np.zeros(len(self.records.mediators))
        rho[at] = correlation
        return rho


def _tipping(is_seen: Mapping[float, bool], here: float) -> float | None:
    """The reliability nearest to the one here at which the interval excludes 0 and here does not, or the other way round."""
    if not is_seen:
        return None
    now = is_seen[min(is_seen, key=lambda one: abs(one - here))]
    others = [one for one, seen in is_seen.items() if seen != now]
    return min(others, key=lambda one: abs(one - here)) if others else None


def _method(records: MediationRecords, model: MediatedModel, tried: _Tried) -> str:
    """The sentences that the report prints under "Method"."""
    parts = [
        f"The indirect {tried.word} by way of {mediators_in_words(records)} on {records.compared.question_place} under correlations of what is "
        "left unexplained of one mediator and of the outcome, which common causes that are not measured would bring about (Imai, Keele and "
        "Yamamoto's formula; one mediator at a time)",
        "E-values are the risk ratios with mediator and outcome that something unmeasured needs at least to bring an effect to nil, on the "
        "scale of exp(0.91 effect / SD)",
        f"correlations and E-values are of the split as if mediators were measured without error, because {tried.uncorrected}"
        if tried.uncorrected
        else "",
        "effects under other reliabilities of one mediator, at baseline and follow-up alike, down to where intervals can no longer be given",
        *model_told(records, model),
    ]
    return "; ".join(filter(None, parts)) + "."
