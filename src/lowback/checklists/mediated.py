"""What fills the items of a mediation analysis."""

from __future__ import annotations

from lowback.checklists.estimated import first_sentence, main_rows, of_results
from lowback.checklists.facts import PROVENANCE, SUMMARY, Facts, Filling
from lowback.variables import dictionary


def mediated_questions(facts: Facts) -> Filling:
    """The paths asked about."""
    return Filling(
        ", ".join(f"{one.name} (by way of {facts.labelled(one.mediators)})" for one in facts.mediated),
        PROVENANCE,
    )


def parts_of_the_effect(facts: Facts) -> Filling:
    """Which parts each mediated estimand has."""
    said = [
        f"{one.name}: total, by way of {facts.labelled(one.mediators)}, and beside it"
        for one in facts.mediated
    ]
    return Filling("; ".join(said), PROVENANCE)


def mediation_summary(facts: Facts) -> Filling | None:
    """That the summary answers them."""
    return Filling("answered in the summary", SUMMARY) if facts.of("mediation") else None


def mediation_assumptions(facts: Facts) -> Filling | None:
    """What the split takes for granted."""
    assumed = list(
        dict.fromkeys(
            text for one in facts.of("mediation", "mediation_sensitivity") for text in one.assumptions
        )
    )
    found = facts.of("mediation", "mediation_sensitivity")
    return Filling(" ".join(assumed), facts.place(found[0])) if assumed else None


def mediators(facts: Facts) -> Filling:
    """Mediators, confounders and when they are read."""
    said = []
    for one in facts.mediated:
        week = one.week if one.mediators_week is None else one.mediators_week
        beside = (*one.confounders, *one.doses)
        more = f"; confounders: {facts.labelled(beside)}" if beside else ""
        said.append(f"{one.name}: {facts.labelled(one.mediators)} at week {week:g}{more}")
    return Filling("; ".join(said), PROVENANCE)


def units(facts: Facts) -> Filling:
    """The unit of each measure that a mediated estimand names."""
    named = dict.fromkeys(name for one in facts.mediated for name in one.measures)
    known = [
        f"{facts.labelled([name])}: {dictionary()[name].unit}"
        for name in named
        if name in dictionary() and dictionary()[name].unit
    ]
    return Filling("; ".join(known), PROVENANCE)


def mediation_methods(facts: Facts) -> Filling | None:
    """The method, whole."""
    return of_results(facts, facts.of("mediation"), lambda one: one.method)


def mediation_sensitivity(facts: Facts) -> Filling | None:
    """What would have to be wrong."""
    return of_results(
        facts, facts.of("mediation_sensitivity"), lambda one: f"{one.estimand}: {first_sentence(one.method)}"
    )


def mediation_estimates(facts: Facts) -> Filling | None:
    """Total, indirect and direct parts."""
    return of_results(facts, facts.of("mediation"), main_rows)
