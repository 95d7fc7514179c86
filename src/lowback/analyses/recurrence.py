"""Once pain has settled, does it come back, and the sooner the less the exposure had changed?"""

from __future__ import annotations

import pandas as pd

from lowback.cohort import Cohort
from lowback.outcomes import NotComparable
from lowback.outcomes.asking import Asking, answered_of_people
from lowback.outcomes.recurrence import DefinitionFound, found_by, said_of_gaps
from lowback.outcomes.recurrence_curves import curve_rows
from lowback.outcomes.settling import AtSettling, at_settling
from lowback.outcomes.spell_definitions import published_spells
from lowback.outcomes.spell_records import Records, spell_records
from lowback.result import Refusal, Result, estimates_frame
from lowback.study import Estimand, Spells, Study

ASKING = Asking(
    "recurrence",
    "recurrence",
    "Once settled, does {label} come back?",
    "Does pain that has settled come back?",
)
SOURCES = (
    "Andersen & Gill 1982, Ann Stat 10:1100-1120, doi:10.1214/aos/1176345976",
    "Prentice, Williams & Peterson 1981, Biometrika 68:373-379, doi:10.1093/biomet/68.2.373",
    "Lin & Wei 1989, J Am Stat Assoc 84:1074-1078, doi:10.1080/01621459.1989.10478874 (errors over persons)",
    "Grambsch & Therneau 1994, Biometrika 81:515-526, doi:10.1093/biomet/81.3.515 (test of one ratio for all times)",
    "Prentice 1982, Biometrika 69:331-342, doi:10.1093/biomet/69.2.331 (regression calibration of a hazard)",
    "Stanton et al. 2011, Eur Spine J 20:744-752; de Vet et al. 2002, Spine 27:2409-2416; Costa et al. 2019, J Pain 20:1267-1275 (definitions)",
)


def recurrence(cohort: Cohort, study: Study) -> Result | Refusal:
    """How often pain that has settled comes back, and the hazard ratio per `per` units of the exposure as it was when it settled.

    Under each definition of calm and flare that the estimand names, or else under those published. A ratio below 1 means that it
    comes back less where the exposure is higher. "Corrected" is for measurement error of the exposure and of covariates, as far as
    it is known (regression calibration), "as measured" is not; "any return" is Andersen and Gill's model in time since
    baseline, "by order of return" that of Prentice, Williams and Peterson in time since settling. Curves (share not yet come back, share in
    flare, mean number of returns) are those of the first definition that the records allow. Never causal: nobody is assigned an exposure.

    Sources: `SOURCES`.
    """
    return answered_of_people(cohort, study, ASKING, _answer)


def _answer(people: Cohort, study: Study, estimand: Estimand, question: str) -> Result:
    records = spell_records(people, study, estimand)
    settled = at_settling(people, study, estimand) if estimand.exposure else None
    found = [found_by(records, one, settled, estimand) for one in _definitions(people, records, estimand)]
    usable = [one for one in found if one.returns]
    if not usable:
        why = "; ".join(f"{one.name}: {one.why_none}" for one in found) or "no definition fits the records"
        raise NotComparable(
            f"no return after settling under any definition ({why})",
            "longer follow-up, or a definition that these people can meet",
        )
    rows = [row for one in found for row in one.rows]
    rows += curve_rows(usable[0].spells)
    exposed = (
        {}
        if settled is None
        else {"exposure": settled.exposure.name, "exposure_label": settled.exposure.label}
    )
    measure = people.variables[estimand.outcome]
    keys = [{"outcome": measure.name, "outcome_label": measure.label, **exposed, **key} for key, _ in rows]
    return Result(
        analysis="recurrence",
        estimand=estimand.name,
        question=_question(question, settled, people, estimand),
        estimates=estimates_frame([row for _, row in rows]),
        keys=pd.DataFrame(keys),
        method=_method(people, records, found, settled, estimand),
        assumptions=_assumptions(settled),
        sources=SOURCES,
        smallest_worthwhile=estimand.smallest_worthwhile,
    )


def _definitions(people: Cohort, records: Records, estimand: Estimand) -> tuple[Spells, ...]:
    outcome = people.variables[estimand.outcome]
    name = outcome.label.partition(",")[0]
    found = estimand.spells
    if not found and outcome.kind == "flag":
        found = (Spells(name=f"{name} by own account", flag=outcome.name),)
    elif not found:
        # A flare by a person's own account is one of pain.
        is_pain = "pain" in name and outcome.block == "pain"
        has_flag = is_pain and "flare" in records.table
        change, what = outcome.minimal_important_change, "pain" if is_pain else name
        found = published_spells(has_flag, change, outcome.low, what)
    if outcome.higher_is == "better" and any(one.flag is None for one in found):
        raise NotComparable(
            f"of {outcome.label} a higher score is better, and a flare is read from scores that are high",
            "an outcome of which a higher score is worse, or definitions by a yes/no column (in the study file, `flag`)",
        )
    return found


def _question(question: str, settled: AtSettling | None, people: Cohort, estimand: Estimand) -> str:
    """The question with the exposure, and with the event up to which people are followed."""
    words = question.removesuffix("?")
    for event, strategy in estimand.intercurrent_events.items():
        if strategy == "while on treatment":
            words += f" before {people.variables[event].label}"
    if settled is None:
        return f"{words}?"
    return f"{words}, and the sooner the lower {settled.exposure.label} was then?"


def _method(
    people: Cohort,
    records: Records,
    found: list[DefinitionFound],
    settled: AtSettling | None,
    estimand: Estimand,
) -> str:
    """The sentences that the report prints under "Method"."""
    known = people.variables
    sentences = [
        f"Calm and flare spells of {len(set(records.person))} people from {len(records.day)} "
        f"{'visits' if records.of_visits else 'check-ins'} that record {known[estimand.outcome].label}, read by "
        f"{len(found)} {'definition' if len(found) == 1 else 'definitions'}",
        f"Definitions: {'; '.join(one.definition_in_words for one in found)}",
        said_of_gaps(records),
        *(
            f"Nothing is read from the first record with {known[event].label} on; who has it may differ in pain to come from who has not, which this does not make up for"
            for event, strategy in estimand.intercurrent_events.items()
            if strategy == "while on treatment"
        ),
    ]
    sentences += [f"Under “{one.name}” {one.why_none}" for one in found if one.why_none]
    if settled is not None:
        adjusted = f", adjusted for {', '.join(settled.adjusted_for)}" if settled.adjusted_for else ""
        sentences += [
            f"Hazard ratios per {estimand.per or 1:g} {settled.exposure.unit} of {settled.exposure.label} as last measured when pain "
            f"settled{adjusted}, by Cox's partial likelihood for counting processes with Efron's ties; 95 % intervals from errors that "
            "leave each person out (one step) and Student's t",
            f"Corrected by regression calibration: {'; '.join(settled.told)}",
        ]
        sentences += [one.said_of_proportions for one in found if one.said_of_proportions]
    sentences.append(
        "Curves with 95 % intervals over persons: Kaplan-Meier in time since settling, Aalen-Johansen and Nelson-Aalen in time since baseline"
    )
    return ". ".join(sentences) + "."


def _assumptions(settled: AtSettling | None) -> tuple[str, ...]:
    always = (
        "Whether a record is missing, and when somebody leaves, does not depend on whether a flare is about to come, given the past that "
        "is adjusted for.",
        "A flare is dated at the record that first shows it; one that came and went between two records is not counted.",
    )
    if settled is None:
        return always
    beside = ", ".join(settled.adjusted_for) or "nothing"
    return (
        f"Rests on: no common cause of {settled.exposure.label} and of a flare coming back other than {beside}; the exposure was observed, "
        "not assigned, so the ratio describes an association.",
        "One hazard ratio for all times and all people; a straight line on the logarithm.",
        "Measurement errors are independent of the truth, of each other and of the flares; the correction of a hazard ratio is "
        "approximate and good where errors or effects are moderate.",
        *always,
    )
