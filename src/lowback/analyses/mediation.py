"""By which path does the arm's effect run? Total, direct and indirect effects, corrected for error in the mediators."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from lowback.cohort import Cohort
from lowback.estimators import NotEstimable
from lowback.estimators.mediation import Share
from lowback.outcomes.asking import Asking, answered_of_people
from lowback.outcomes.mediated_model import Estimated, MediatedModel, mediated_model
from lowback.outcomes.mediated_rows import (
    BY_ARM,
    CORRECTED,
    DIRECT,
    EVERY_PATH,
    LARGEST,
    NAIVE,
    ONE_SLOPE,
    MediatedRows,
    earlier_in_words,
    mediator_keys,
    mediators_as_read,
    mediators_in_words,
    path_words,
    per_unit,
)
from lowback.outcomes.mediated_words import assumptions, cannot_be_split, sources, split_told, total_told
from lowback.outcomes.mediation import MediationRecords, mediation_records
from lowback.outcomes.mediation_table import mediation_table
from lowback.result import Refusal, Result
from lowback.study import Estimand, Study

ASKING = Asking(
    "mediation",
    "mediated effect",
    "By which path does the effect on {label} at week {week:g} run?",
    "By which path does the effect run?",
)


def mediation(cohort: Cohort, study: Study) -> Result | Refusal:
    """An arm's effect on the outcome, split into what runs by way of the mediators and what runs beside them.

    Arm minus comparator in the outcome's unit; where higher is worse, negative means the arm is better off. Of each arm there are the
    total, the indirect effect with each path through the mediators in their sequence, the direct effect, and the share mediated where the
    total is clearly not zero; then the same without correction for error ("naive") and with slopes by arm. Total = direct +
    indirect, exactly. The key `shown` of the direct effect is "equivalent" where its
    90 % interval lies within the margin, `smallest_worthwhile` or else the dictionary's minimal important change, even with the
    largest error that confounders can have. Where the error variance of a mediator may reach what is observed of it, the total stands alone.

    VanderWeele, Vansteelandt & Robins 2014, Epidemiology 25:300-306; Vansteelandt & Daniel 2017, Epidemiology 28:258-265.
    """
    return answered_of_people(cohort, study, ASKING, _split)


def _split(people: Cohort, study: Study, estimand: Estimand, question: str) -> Result:
    records = mediation_records(people, study, estimand)
    margin = estimand.smallest_worthwhile or records.compared.outcome.minimal_important_change
    try:
        asked = _Asked(records, mediated_model(mediation_table(records)), study, margin)
        method = asked.answered()
    except NotEstimable as refused:
        raise cannot_be_split(records, refused) from refused
    return Result(
        analysis="mediation",
        estimand=estimand.name,
        question=question,
        estimates=asked.rows.estimates,
        keys=asked.rows.keys,
        method=method,
        assumptions=assumptions(records, study),
        sources=sources(records),
        causal=study.is_randomised,
        smallest_worthwhile=margin,
        higher_is=records.compared.outcome.higher_is,
    )


@dataclass
class _Asked:
    """One question with the rows that answer it as they are collected."""

    records: MediationRecords
    model: MediatedModel
    study: Study
    margin: float | None

    def __post_init__(self) -> None:
        self.rows = MediatedRows(self.records, self.model)
        self.unclear: list[str] = []
        self.word = "effect" if self.study.is_randomised else "difference"

    def answered(self) -> str:
        """Every row, or the totals alone where their parts cannot be told; returns the method."""
        try:
            for arm in self.records.compared.treated:
                self.add_arm(arm)
            self.add_measurement()
        except NotEstimable as refused:
            self.rows = MediatedRows(self.records, self.model)
            for arm in self.records.compared.treated:
                # The total needs no mediator: it is that of columns as measured.
                self._add_total(arm, self.model.estimated(arm, {}), mediators_in_words(self.records))
            return total_told(self.records, self.model, self.word, refused)
        return split_told(self.records, self.model, self.word, self.margin, self.unclear)

    def _add_total(self, arm: str, found: Estimated, unsplit_by: str = "") -> tuple[str, dict[str, str]]:
        """An arm's whole effect; what its other rows begin with, and their keys."""
        lead = f"{arm} vs {self.records.compared.comparator}"
        keys = {"arm": arm, "comparator": self.records.compared.comparator, "model": ONE_SLOPE}
        told = {**keys, "mediator_label": unsplit_by}
        self.rows.add(f"{lead}: total {self.word}", "total", found.here.total, found.drawn.total, told)
        return lead, keys

    def add_arm(self, arm: str) -> None:
        """All rows of one arm."""
        found = self.model.estimated(arm, self.model.known_errors)
        lead, keys = self._add_total(arm, found)
        largest = self._largest(arm)
        shown = self._shown(found, largest)
        self._add_parts(lead, found, {**keys, "correction": CORRECTED}, shown)
        self._add_paths(lead, found, {**keys, "correction": CORRECTED})
        if self.margin is not None:
            self._add_bounds(lead, found, {**keys, "correction": CORRECTED})
        naive = self.model.estimated(arm, {})
        self._add_parts(f"{lead}, naive", naive, {**keys, "correction": NAIVE})
        if largest is not None:
            self._add_parts(f"{lead}, with the {LARGEST}", largest, {**keys, "correction": LARGEST})
        self._add_by_arm(arm, lead, {**keys, "correction": CORRECTED, "model": BY_ARM})
        self._add_shifts(lead, found, {**keys, "correction": CORRECTED})

    def _add_parts(self, lead: str, found: Estimated, keys: Mapping[str, str], shown: str = "") -> None:
        """Indirect and direct effect, and the share mediated where the total is clearly not zero."""
        here, drawn = found.here, found.drawn
        by_way = f"by way of {mediators_as_read(self.records)}"
        every = {**keys, "path": EVERY_PATH}
        indirect = f"{lead}: indirect {self.word}, {by_way}"
        self.rows.add(indirect, "indirect", here.indirect, drawn.indirect, every)
        term, direct = f"{lead}: direct {self.word}", {**keys, "shown": shown}
        self.rows.add(term, DIRECT, here.direct, drawn.direct, direct)
        parts = float(here.indirect), float(here.total), drawn.indirect, drawn.total
        share = Share(*parts, self.model.percentiles)
        if not share.is_clear:
            self.unclear.append(lead)
            return
        low, high = share.interval()
        if np.isfinite([low, high]).all():
            interval = (min(low, share.estimate), max(high, share.estimate))
            draws, term = drawn.indirect / drawn.total, f"{lead}: share {by_way}"
            self.rows.add(
                term, "share mediated", share.estimate, draws, every, unit="proportion", interval=interval
            )

    def _add_paths(self, lead: str, found: Estimated, keys: Mapping[str, str]) -> None:
        """Each path through the mediators in their sequence, where there are several."""
        paths = self.model.table.roles(keys["arm"]).paths
        for at, path in enumerate(paths if len(paths) > 1 else ()):
            words = path_words(self.records, path)
            term = f"{lead}: by way of {words}{' alone' if len(path) == 1 else ''}"
            here, drawn = found.here.paths[at], found.drawn.paths[..., at]
            self.rows.add(term, "path", here, drawn, {**keys, "path": words})

    def _add_bounds(self, lead: str, found: Estimated, keys: Mapping[str, str]) -> None:
        """The bounds of the direct effect's 90 % interval, which the two one-sided tests read."""
        low, high = self.model.percentiles.interval(found.drawn.direct, float(found.here.direct), 0.90)
        for side, bound in (("lower", low), ("upper", high)):
            words = f"{side} bound of the 90 % interval"
            self.rows.add(f"{lead}: direct {self.word}, {words}", f"{DIRECT}, {words}", bound, None, keys)

    def _add_by_arm(self, arm: str, lead: str, keys: Mapping[str, str]) -> None:
        """Indirect and direct effect with slopes of their own in each arm, where an interval can be had."""
        found = self.model.by_arm(arm)
        if found is None:
            return
        words = {
            "indirect": f"indirect {self.word}",
            DIRECT: f"direct {self.word}",
            "interaction": "interaction of arm and mediators",
        }
        parts = {name: (getattr(found.here, name), getattr(found.drawn, name)) for name in words}
        try:
            for here, drawn in parts.values():
                self.model.percentiles.interval(drawn, float(here))
        except NotEstimable:
            return
        for name, (here, drawn) in parts.items():
            self.rows.add(f"{lead}, slopes by arm: {words[name]}", name, here, drawn, keys)

    def _add_shifts(self, lead: str, found: Estimated, keys: Mapping[str, str]) -> None:
        """The arm's effect on each mediator."""
        for at, one in enumerate(self.records.mediators):
            term = f"{lead}: {self.word} on {one.variable.label} at week {self.records.mediators_week:g}"
            here, drawn = found.here.shifts[at], found.drawn.shifts[..., at]
            named = {**keys, **mediator_keys(one.variable)}
            self.rows.add(term, "shift", here, drawn, named, unit=one.variable.unit)
            if at:
                here, drawn = found.here.own_shifts[at], found.drawn.own_shifts[..., at]
                words = f"{term}, beside what runs by way of {earlier_in_words(self.records, at)}"
                self.rows.add(words, "own shift", here, drawn, named, unit=one.variable.unit)

    def add_measurement(self) -> None:
        """Slopes between mediators and outcome, and how reliably mediators are measured; the same for all arms."""
        found = self.model.estimated(self.records.compared.treated[0], self.model.known_errors)
        here, drawn, outcome = found.here, found.drawn, self.records.compared.outcome
        mediators = [one.variable for one in self.records.mediators]
        for at, one in enumerate(mediators):
            keys = {**mediator_keys(one), "correction": CORRECTED}
            unit = per_unit(str(outcome.unit), str(one.unit))
            term = f"{outcome.label} per {one.label}"
            self.rows.add(term, "slope", here.slopes[at], drawn.slopes[..., at], keys, unit=unit)
            for before, earlier in enumerate(mediators[:at]):
                unit = per_unit(str(one.unit), str(earlier.unit))
                path = {"path": f"{earlier.label}, then {one.label}"}
                link = here.links[at, before], drawn.links[..., at, before]
                self.rows.add(f"{one.label} per {earlier.label}", "link", *link, {**keys, **path}, unit=unit)
            reliability = self.model.reliability(one.name)
            if reliability is not None:
                term = f"reliability of {one.label} within arms, as analysed"
                self.rows.add(term, "reliability", *reliability, keys, unit="correlation")

    def _largest(self, arm: str) -> Estimated | None:
        """The parts with the largest error that confounders can have; None without such, or where nothing is left of them."""
        if not self.model.table.largest_errors:
            return None
        try:
            found = self.model.estimated(arm, self.model.largest_errors)
            self.model.percentiles.interval(found.drawn.direct, float(found.here.direct))
        except NotEstimable:
            return None
        return found

    def _shown(self, found: Estimated, largest: Estimated | None) -> str:
        """Whether the direct effect is shown to be too small to matter, by its 90 % interval."""
        if self.margin is None:
            return ""
        asked = [found] if largest is None else [found, largest]
        is_bounded = largest is not None or not self.model.table.largest_errors
        bounds = [
            self.model.percentiles.interval(one.drawn.direct, float(one.here.direct), 0.90) for one in asked
        ]
        reaches = [max(map(abs, both)) for both in bounds]
        return "equivalent" if is_bounded and max(reaches) < self.margin else "not shown"
