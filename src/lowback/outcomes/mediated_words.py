"""What every analysis of a mediated effect says of itself: how, on which assumptions, on whose authority."""

from __future__ import annotations

from collections.abc import Sequence

from lowback.outcomes.mediated_model import REPLICATES, MediatedModel
from lowback.outcomes.mediated_rows import mediators_in_words
from lowback.outcomes.mediation import MediationRecords
from lowback.outcomes.refusals import NotComparable
from lowback.outcomes.wording import assignment, left_out
from lowback.study import Study

SOURCES = (
    "VanderWeele, Vansteelandt & Robins 2014, Epidemiology 25:300-306, doi:10.1097/EDE.0000000000000034 (interventional effects)",
    "Vansteelandt & Daniel 2017, Epidemiology 28:258-265, doi:10.1097/EDE.0000000000000596 (several mediators)",
    "Fuller 1987, Measurement Error Models, Wiley, doi:10.1002/9780470316665 (error variances taken off)",
    "Hesterberg 2015, Am Stat 69:371-386, doi:10.1080/00031305.2015.1089789 (expanded percentile intervals)",
    "Lee et al. 2021, JAMA 326:1045-1056, doi:10.1001/jama.2021.14075 (AGReMA: reporting of mediation analyses)",
)

WITHIN = "Griliches & Hausman 1986, J Econometrics 31:93-118, doi:10.1016/0304-4076(86)90058-8 (slopes within persons, freed of error)"


def sources(records: MediationRecords) -> tuple[str, ...]:
    """What a split rests on."""
    return (*SOURCES, WITHIN) if records.is_within else SOURCES


def model_told(records: MediationRecords, model: MediatedModel) -> list[str]:
    """Model, people, gaps and errors, as clauses of a method; empty ones where there is nothing to say."""
    table, compared = model.table, records.compared
    adjusted = [compared.label(name) for name in compared.covariates if name not in table.constant]
    confounders = [one.variable.label for one in records.confounders]
    baselines = ", ".join(
        one.variable.label for one in records.mediators if one.variable.label not in table.unadjusted
    )
    same_visit = records.mediators_week == compared.week
    return [
        f"linear models of {mediators_in_words(records)} at week {records.mediators_week:g} and of {compared.question_place} on "
        "arm, " + ", ".join([*adjusted, compared.baseline_place, *([f"{baselines} at baseline"] if baselines else [])]),
        "the g-formula has a closed form in linear models, so nothing is drawn at random in it",
        _slope_told(records),
        f"{', '.join(confounders)} at baseline and at week {records.mediators_week:g} taken as what the arm may change and what moves "
        "mediators and outcome"
        if confounders
        else "",
        *(one.told for one in records.doses),
        f"{', '.join(table.absent)} count as zero in an arm that does not have them" if table.absent else "",
        f"not adjusted for {', '.join(table.unadjusted)} at baseline: not recorded there" if table.unadjusted else "",
        "mediators and outcome are of the same visit, so that their order in time is taken for granted" if same_visit else "",
        f"{table.people} of {len(compared.arm)} people in the arms of the study are analysed, all arms with the same slopes",
        left_out(records.lacking),
        "gaps after baseline are dealt with by maximum likelihood under a normal distribution of all columns and of the other visits"
        if model.has_gaps
        else "",
        *(one.told for one in (*records.mediators, *records.confounders)),
        f"95 % intervals are expanded percentiles of {REPLICATES:,} groups of people drawn again within arms, error variances among "
        "what is estimated anew",
    ]  # fmt: skip


def _slope_told(records: MediationRecords) -> str:
    """What the slope within persons is pooled over; nothing where it is that at one visit."""
    if not records.is_within:
        return ""
    weeks = ", ".join(f"{week:g}" for week in records.weeks)
    return (
        f"what goes with a unit of {mediators_in_words(records)} is one slope for all visits (weeks {weeks} pooled), both about the person's own mean "
        "over them, at equal arm, covariates and programme done at each visit"
    )


def split_told(
    records: MediationRecords, model: MediatedModel, word: str, margin: float | None, unclear: Sequence[str]
) -> str:
    """The method of a split; `unclear` are the comparisons whose share mediated cannot be told."""
    parts = [
        f"{_asked(records, word)} split into what runs by way of {mediators_in_words(records)} and what runs beside",
        *model_told(records, model),
        f"the direct {word} is shown to be too small to matter where its 90 % interval lies within ±{margin:g} "
        f"{records.compared.outcome.unit} (two one-sided tests)"
        if margin is not None
        else "",
        f"no share mediated is given for {'; '.join(dict.fromkeys(unclear))}: the interval of the total includes 0"
        if unclear
        else "",
    ]
    return "; ".join(filter(None, parts)) + "."


def total_told(records: MediationRecords, model: MediatedModel, word: str, why: object) -> str:
    """The method of an effect whose parts cannot be told, with what would help."""
    refused = cannot_be_split(records, why)
    parts = [
        f"{_asked(records, word)}, whole: {refused}",
        f"the total {word} needs no mediator and is that of columns as measured",
        *model_told(records, model),
    ]
    return f"{'; '.join(filter(None, parts))}. To split it would need {'; '.join(refused.needs)}."


def _asked(records: MediationRecords, word: str) -> str:
    """Which effect is meant: an effect is had on an outcome, a difference is one in it."""
    place = "on" if word == "effect" else "in"
    return f"{word.capitalize()} {place} {records.compared.question_place} (arm minus {records.compared.comparator})"


def assumptions(records: MediationRecords, study: Study) -> tuple[str, ...]:
    """What has to hold, with the arrows of the causal diagram that must not be there."""
    compared = records.compared
    mediators, outcome = mediators_in_words(records), compared.outcome.label
    known = [
        "arm",
        *(compared.label(name) for name in compared.covariates),
        f"{outcome} and {mediators} at baseline",
        *(one.variable.label for one in records.confounders),
        *(one.variable.label for one in records.doses),
    ]
    kept = " and ".join(one.variable.label for one in records.doses)
    does, them = ("does", "it") if len(records.mediators) == 1 else ("do", "them")
    return (
        assignment(study),
        _no_common_cause(records, known),
        f"Rests on: no arrow from {outcome} back to {mediators} between baseline and week {records.mediators_week:g}.",
        f"A unit of {mediators} goes with the same difference in {outcome} at every level, in every arm and whatever brought it about "
        f"(straight lines); {'slopes are the same at all visits, and nothing is left at the next' if records.is_within else 'slopes by arm are shown beside where they can be had'}.",
        *(
            [
                f"What {mediators} {does} after week {records.mediators_week:g} counts as left beside {them}, not as by way of {them}."
            ]
            if records.mediators_week != compared.week
            else []
        ),
        *(
            [
                f"What moves {mediators} and {outcome} is the level of {kept} that a person keeps to; single visits scatter around it by "
                "chance."
            ]
            if kept
            else []
        ),
        "Errors of measurement are independent of the true value, of each other, between visits and of everything else.",
        "Whether a value is missing does not depend on it among people alike in everything that was seen of them (missing at random).",
    )


def _no_common_cause(records: MediationRecords, known: Sequence[str]) -> str:
    """What must not move mediators and outcome: within persons, only what comes and goes can."""
    both = f"{mediators_in_words(records)} and {records.compared.outcome.label}"
    if records.is_within:
        cause = f"no common cause of {both} that comes and goes from visit to visit, beside arm and programme"
    else:
        cause = f"no common cause of {both} other than {', '.join(known)}"
    return f"Rests on: {cause}; chance that assigned the arms does not protect this step."


def cannot_be_split(records: MediationRecords, why: object) -> NotComparable:
    """The refusal of an effect that cannot be split, with what would help."""
    return NotComparable(
        f"the effect on {records.compared.question_place} cannot be split by {mediators_in_words(records)}: {why}",
        "more people, mediators read twice or with less error, or an estimand with one mediator only",
    )
