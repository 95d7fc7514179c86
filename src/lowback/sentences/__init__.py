"""A result in words, with no more certainty than its interval and its design allow."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape

import pandas as pd

from lowback.exhibit import EVERYBODY, Exhibit, arms_of, each, exhibit_of, in_order, keyed_rows, sentence
from lowback.exhibit.numbers import capital, in_words, rounded
from lowback.result import ANSWER_MIME, Refusal, Result
from lowback.sentences.agreement import agreement_sentences
from lowback.sentences.by_characteristic import by_characteristic_sentences
from lowback.sentences.co_occurrence import co_occurrence_sentences
from lowback.sentences.complier import complier_sentences
from lowback.sentences.contrasts import Contrast, contrasts, named
from lowback.sentences.curves import bend_sentences
from lowback.sentences.dose import dose_sentences, hold_sentences
from lowback.sentences.easing import easing_sentences
from lowback.sentences.efficiency import efficiency_sentences
from lowback.sentences.expected import change_sentences
from lowback.sentences.factorial import factorial_sentences
from lowback.sentences.implications import identification, implication_sentences
from lowback.sentences.incidence import incidence_sentences
from lowback.sentences.lead import lead_sentences, tipping_sentences
from lowback.sentences.ledger import ledger_answer, worded_ledger
from lowback.sentences.links import link_sentences
from lowback.sentences.margins import margin_sentences, people_compared
from lowback.sentences.mediation import mediation_sentences, sensitivity_sentences
from lowback.sentences.modified_links import modified_link_sentences
from lowback.sentences.moment_links import moment_link_sentences
from lowback.sentences.one_person import one_person_sentences
from lowback.sentences.onsets import onset_sentences
from lowback.sentences.panel import panel_sentences
from lowback.sentences.planning import plan_sentences
from lowback.sentences.recurrence import recurrence_sentences
from lowback.sentences.screening_rule import screening_sentences
from lowback.sentences.sustained import sustained_sentences
from lowback.sentences.three_in_a_row import three_in_a_row_sentences
from lowback.sentences.transitions import transition_sentences
from lowback.sentences.verdicts import Verdict, verdict
from lowback.sentences.within_the_day import curve_sentences, proximal_sentences, rule_sentences

# Analyses whose answer is not a list of differences, and what words each.
WORDED: dict[str, Callable[[Result], list[str]]] = {
    "agreement": agreement_sentences,
    "by_characteristic": by_characteristic_sentences,
    "co_occurrence": co_occurrence_sentences,
    "complier": complier_sentences,
    "corrected_slopes": link_sentences,
    "event_curve": curve_sentences,
    "dose": dose_sentences,
    "expected_change": change_sentences,
    "exposure_curve": bend_sentences,
    "efficiency": efficiency_sentences,
    "factorial": factorial_sentences,
    "slope_by_modifier": modified_link_sentences,
    "slope_by_moment": moment_link_sentences,
    "hold": hold_sentences,
    "implications": implication_sentences,
    "incidence": incidence_sentences,
    "lead": lead_sentences,
    "lead_by_reliability": tipping_sentences,
    "mediation": mediation_sentences,
    "mediation_sensitivity": sensitivity_sentences,
    "one_person": one_person_sentences,
    "onsets": onset_sentences,
    "panel": panel_sentences,
    "proximal_effect": proximal_sentences,
    "recurrence": recurrence_sentences,
    "rule_value": rule_sentences,
    "screening_rule": screening_sentences,
    "sustained": sustained_sentences,
    "three_in_a_row": three_in_a_row_sentences,
    "time_to_ease": easing_sentences,
    "transitions": transition_sentences,
}
# Analyses whose causal words rest on chance at each moment, not on arms.
OF_MOMENTS = ("proximal_effect", "rule_value")

__all__ = [
    "Verdict",
    "answer",
    "cohort_sentence",
    "identification",
    "ledger_answer",
    "verdict",
    "worded_ledger",
]


def answer(result: Result | Refusal) -> Exhibit:
    """The question, its answer in a sentence or three with intervals and units, and what the answer rests on.

    Verbs are causal only where `result.causal`; the verdict on each difference is `verdicts.verdict`.
    Raises ValueError for a result that holds neither differences nor people counted by stage.
    """
    if isinstance(result, Refusal):
        reason = f"These data cannot tell: {sentence(result.reason)}"
        needs = f"Needed: {sentence('; '.join(result.needs))}" if result.needs else ""
        return _worded(result, reason, needs)
    if result.keys is not None and {"stage", "variable"} & set(result.keys.columns):
        return cohort_sentence(result)
    if result.keys is not None and "verdict" in result.keys.columns:
        people = people_compared(result)
        return _worded(result, " ".join(margin_sentences(result)), _basis(people, len(people) > 1, result))
    if result.analysis in WORDED:
        people = [int(result.estimates["n_participants"].max())]
        return _worded(result, " ".join(WORDED[result.analysis](result)), _basis(people, False, result))
    if result.analysis == "planning":
        return _worded(result, " ".join(plan_sentences(result)), sentence(_first(result.method)))
    found = contrasts(result)
    if not found:
        raise ValueError(f"a result of {result.analysis!r} holds no differences to put into a sentence")
    people = [contrast.row.n_participants for contrast in found]
    are_arms = len(found) > 1 and bool(found[0].subject)
    return _worded(result, " ".join(_sentences(found)), _basis(people, are_arms, result))


def cohort_sentence(result: Result | Refusal) -> Exhibit:
    """Who is in it: how many people in how many arms, and how many of them reached the last stage."""
    if isinstance(result, Refusal):
        return answer(result)
    rows = keyed_rows(result, "arm")
    arms = [arm for arm in arms_of(rows) if arm not in EVERYBODY]
    among = f" in {len(arms)} {'arm' if len(arms) == 1 else 'arms'}" if arms else ""
    basis = sentence(_first(result.method))
    if "stage" not in rows.columns:
        return _worded(result, f"{rows['n_participants'].max()} people{among}.", basis)
    reached = rows[rows["reason"] == ""] if "reason" in rows.columns else rows
    stages = in_order(reached["stage"])
    first = next(
        (stage for stage in ("allocated", "randomised", "included", "eligible") if stage in stages), stages[0]
    )
    last = _last_of_primary(stages[stages.index(first) :])
    start, end = (_people(reached[reached["stage"] == stage]) for stage in (first, last))
    whom = "all of them" if end == start else f"{end} of them"
    followed = f"; {_reached(in_words(last))} {whom}" if last != first else ""
    whose = "eligible people" if first == "eligible" else "people"
    return _worded(result, f"{start} {whose}{among}{followed}.", basis)


def _last_of_primary(stages: list[str]) -> str:
    """The last stage; where outcomes have stages at visits, the last of the outcome that the study asks of first."""
    measured = [one.partition(" at week ")[0] for one in stages if " at week " in one]
    return [one for one in stages if not measured or one.startswith(f"{measured[0]} at week ")][-1]


def _reached(stage: str) -> str:
    """The last stage before the number of those who reached it."""
    measured = stage.removesuffix(" recorded")
    return f"{stage}:" if measured == stage else f"{measured} was recorded for"


def _sentences(found: list[Contrast]) -> list[str]:
    """A clause for each difference, then one sentence that reads several together."""
    if len(found) == 1 or not found[0].subject:
        said = capital(sentence("; ".join(contrast.alone() for contrast in found)))
        due = "Either may be due to something else that differs within or between people."
        return [said, due] if len(found) > 1 else [said]
    comparators = ", ".join(named(name) for name in dict.fromkeys(one.row.comparator for one in found))
    clauses = "; ".join(contrast.after_lead() for contrast in found)
    verdicts = [contrast.verdict for contrast in found]
    counted = ", ".join(f"{verdicts.count(one)} {one}" for one in dict.fromkeys(verdicts))
    return [
        sentence(f"Compared with {comparators}{found[0].where}, {clauses}"),
        f"Of {len(found)} comparisons, {counted}; "
        "each is taken by itself, and among several one may exclude 0 by chance alone.",
    ]


def _basis(people: list[int], are_several_arms: bool, result: Result) -> str:
    fewest, most = min(people), max(people)
    among = f"{fewest} to {most}" if fewest < most else f"{fewest}"
    each = " in each comparison" if are_several_arms else ""
    by_chance = "chance decided at each moment" if result.analysis in OF_MOMENTS else "arms were assigned"
    if result.analysis == "one_person":
        by_chance = "chance decided when the change was taken up"
    them = "them" if by_chance == "arms were assigned" else "it"
    design = (
        f"{by_chance} so that the difference can be put down to {them}"
        if result.causal
        else "an association: the design does not say what brought it about"
    )
    whom = "participant" if among == "1" else "participants"
    return f"{among} {whom}{each}; {_first(result.method).rstrip('.')}; {design}."


def _first(method: str) -> str:
    """The method's first sentence, as far as its first semicolon outside brackets."""
    method = method.strip()
    for end in re.finditer(r"(?<=[.!?])\s+(?=[A-Z])|;\s", method):
        head = method[: end.start()]
        if head.count("(") == head.count(")"):
            return head
    return method


def _people(rows: pd.DataFrame) -> str:
    """A stage's people: of everybody where that is a row, else of each arm."""
    overall = rows[rows["arm"].isin(EVERYBODY)]
    shown = overall if len(overall) else rows
    return " + ".join(rounded(row).estimate for row in each(shown))


def _worded(result: Result | Refusal, text: str, basis: str) -> Exhibit:
    said = {
        "question": result.question,
        "answer": text,
        "basis": basis,
        "analysis": result.analysis,
        "estimand": result.estimand,
        "refused": isinstance(result, Refusal),
    }
    html = "".join(
        f'<p class="{name}">{escape(words)}</p>'
        for name, words in (("question", result.question), ("answer-text", text), ("basis", basis))
        if words
    )
    media = {"text/html": f'<div class="answer">{html}</div>', ANSWER_MIME: said}
    return exhibit_of(result, f"{result.question}\n{text}\n{basis}".strip(), media)
