"""Every claim put to one cohort, and what comes of it entered in the ledger."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

import pandas as pd

from lowback.certificate import Certificate
from lowback.cohort import Cohort
from lowback.ledger.asking import Asked, CannotBeAsked, asked, missing_records, roles_of
from lowback.ledger.claims import Ask, Claim, claims
from lowback.ledger.rows import Entry, Finding, Ledger, Strength, verdict_of
from lowback.result import Refusal, Result
from lowback.study import Study

Analysis = Callable[[Cohort, Study], Result | Refusal]
# Keys in which an analysis says whether it is shown that a row is too small to matter.
TESTED = ("verdict", "shown")
# Keys of a row that name a role.
ARMS = ("arm", "comparator")


def ledger(
    cohort: Cohort,
    study: Study,
    analyses: Mapping[str, Analysis],
    *,
    arms: str = "",
    certificate: Certificate = Certificate(),  # noqa: B008 (frozen)
    only: Collection[str] | None = None,
    smallest_count: int = 0,
) -> Ledger:
    """Every claim (those in `only`, if given) with a verdict on this cohort, or the reason why there is none.

    `analyses` are those that may answer, by name. `arms` says which arm plays which role of `claims.yml` where its name is another, as in
    `hip: stretching; strengthening: gym`. Numbers that rest on fewer people than `smallest_count` are left out.
    """
    named = roles_of(arms)
    entries = tuple(
        _entered(name, claim, cohort, study, analyses, named, certificate, smallest_count)
        for name, claim in claims().items()
        if only is None or name in only
    )
    return Ledger(entries, cohort.name)


def _entered(
    name: str,
    claim: Claim,
    cohort: Cohort,
    study: Study,
    analyses: Mapping[str, Analysis],
    named: Mapping[str, str],
    certificate: Certificate,
    smallest_count: int,
) -> Entry:
    """The claim's entry by the first way of asking that this cohort can answer."""
    facts: dict[str, Any] = {
        "claim_id": name,
        "claim": claim.claim,
        "records": claim.records,
        "design_needed": claim.design,
        "arrows": claim.arrows,
    }
    if not claim.ask:
        return Entry(**facts, verdict="not tested", is_testable=False, reason=_why_never(claim, cohort))
    reasons: list[str] = []
    could_be_asked = False
    for ask in claim.ask:
        if ask.analysis not in analyses:
            reasons.append(f"no analysis yet: {ask.analysis}")
            continue
        try:
            question = asked(ask, cohort, study, named)
        except CannotBeAsked as refused:
            reasons.append(str(refused))
            continue
        could_be_asked = True
        found = _found(ask, question, cohort, study, analyses, named)
        if isinstance(found, str):
            reasons.append(found)
            continue
        if found.n_participants < smallest_count:
            reasons.append(f"it would tell of fewer than {smallest_count} people")
            continue
        return Entry(
            **facts,
            verdict=verdict_of(found, ask.speaks, question.matters, is_ratio=ask.ratio),
            is_testable=True,
            strength=_strength(ask, study, found),
            measure=question.words(ask.measure),
            speaks=ask.speaks,
            matters=question.matters,
            is_ratio=ask.ratio,
            found=found,
            certificate=_certified(certificate, found),
        )
    reason = "; ".join(dict.fromkeys(reasons))
    return Entry(
        **facts,
        verdict="cannot tell" if could_be_asked else "not tested",
        is_testable=could_be_asked,
        reason=reason,
    )


def _why_never(claim: Claim, cohort: Cohort) -> str:
    """Why there is no way of asking, and what the cohort would lack for one."""
    if claim.never:
        return claim.never
    lacking = missing_records(claim.records, cohort)
    return f"no analysis yet ({claim.awaits})" + (f"; {lacking}" if lacking else "")


def _found(
    ask: Ask,
    question: Asked,
    cohort: Cohort,
    study: Study,
    analyses: Mapping[str, Analysis],
    named: Mapping[str, str],
) -> Finding | str:
    """The row that answers, or why there is none."""
    if ask.provided is not None:
        first = asked(ask.provided, cohort, study, named)
        shown = _found(ask.provided, first, cohort, study, analyses, named)
        if isinstance(shown, str) or verdict_of(shown, ask.provided.speaks, first.matters) != "supported":
            return f"it cannot be said that this is the same: {first.words(ask.provided.measure)}"
    people = cohort
    if ask.table == "checkins":
        people = Cohort(
            name=cohort.name,
            participants=cohort.participants,
            checkins=cohort.checkins,
            variables=cohort.variables,
        )
    result = analyses[ask.analysis](people, question.study)
    if isinstance(result, Refusal):
        return result.reason
    wanted = {key: question.arms[value] if key in ARMS else value for key, value in ask.row.items()}
    return _row(result, wanted)


def _row(result: Result, wanted: Mapping[str, str]) -> Finding | str:
    """The first row with these keys, as it stands."""
    keys = pd.DataFrame(index=result.estimates.index) if result.keys is None else result.keys
    is_asked = pd.Series(True, index=keys.index)
    for key, value in wanted.items():
        if key not in keys:
            return f"{result.analysis} has no key {key!r}; its keys are {list(keys)}"
        is_asked &= keys[key].astype(str) == value
    if not is_asked.any():
        return f"{result.analysis} found nothing of {', '.join(wanted.values())}"
    at = int(is_asked.to_numpy().argmax())
    row = result.estimates.iloc[at]
    tested = next((str(keys[name].iloc[at]) for name in TESTED if name in keys), "")
    return Finding(
        analysis=result.analysis,
        estimand=result.estimand,
        term=str(row["term"]),
        estimate=float(row["estimate"]),
        conf_low=float(row["conf_low"]),
        conf_high=float(row["conf_high"]),
        unit=str(row["unit"]),
        n_participants=int(row["n_participants"]),
        causal=result.causal,
        shown_small=tested == "equivalent" if tested else None,
    )


def _strength(ask: Ask, study: Study, found: Finding) -> Strength:
    match ask.compares:
        case "arms":
            return "randomised" if study.is_randomised else "between-person"
        case "sessions":
            return "randomised within persons" if found.causal else "within-person"
        case "within persons":
            return "within-person"
        case "between persons":
            return "between-person"


def _certified(certificate: Certificate, found: Finding) -> str:
    part = certificate.of(found.analysis, found.estimand)
    return "not certified" if part is None else part.verdict
