"""Every claim put to one cohort, and what comes of it entered in the ledger."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

from lowback.certificate import Certificate
from lowback.cohort import Cohort
from lowback.ledger.asking import Asked, CannotBeAsked, asked, missing_records, roles_of
from lowback.ledger.claims import Ask, Claim, claims
from lowback.ledger.rows import Entry, Finding, Ledger, Strength, Verdict, verdict_of
from lowback.result import Refusal, Result
from lowback.study import Study
from lowback.uncertified import why_uncertified

Analysis = Callable[[Cohort, Study], Result | Refusal]
# Where the first clause of a method ends: no point within a number or a name.
FIRST_CLAUSE = re.compile(r";\s|\.\s+(?=[A-Z“])")
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
    enquiry = _Enquiry(cohort, study, analyses, roles_of(arms), certificate, smallest_count)
    asked_for = [(name, claim) for name, claim in claims().items() if only is None or name in only]
    return Ledger(tuple(enquiry.entry(name, claim) for name, claim in asked_for), cohort.name)


@dataclass(frozen=True, eq=False)
class _Enquiry:
    """Claims put to one cohort; what an analysis said of a study is kept for the next claim that asks the same."""

    cohort: Cohort
    study: Study
    analyses: Mapping[str, Analysis]
    arms: Mapping[str, str]
    certificate: Certificate
    smallest_count: int
    said: dict[tuple[str, str, str], Result | Refusal] = field(default_factory=dict)

    def entry(self, name: str, claim: Claim) -> Entry:
        """The claim's entry by the first way of asking that this cohort can answer."""
        facts: dict[str, Any] = {
            "claim_id": name,
            "claim": claim.claim,
            "records": claim.records,
            "design_needed": claim.design,
            "arrows": claim.arrows,
        }
        reasons = [] if claim.ask else [_why_never(claim, self.cohort)]
        is_testable = False
        for ask in claim.ask:
            try:
                question = self.question(ask)
                is_testable = True
                return Entry(**facts, **self.answer(ask, question), is_testable=True)
            except CannotBeAsked as refused:
                reasons.append(str(refused))
        reason = "; ".join(dict.fromkeys(reasons))
        verdict: Verdict = "cannot tell" if is_testable else "not tested"
        return Entry(**facts, verdict=verdict, is_testable=is_testable, reason=reason)

    def question(self, ask: Ask) -> Asked:
        """The question put to this study, or `CannotBeAsked`."""
        if ask.analysis not in self.analyses:
            raise CannotBeAsked(f"no analysis yet: {ask.analysis}")
        return asked(ask, self.cohort, self.study, self.arms)

    def answer(self, ask: Ask, question: Asked) -> dict[str, Any]:
        """What was found, its verdict and what that rests on; `CannotBeAsked` where the analysis refuses."""
        found = self.found(ask, question)
        if found.n_participants < self.smallest_count:
            raise CannotBeAsked(f"it would tell of fewer than {self.smallest_count} people")
        return {
            "verdict": verdict_of(
                found, ask.speaks, question.matters, is_ratio=ask.ratio, as_measured=ask.as_measured
            ),
            "strength": _strength(ask, self.study, found),
            "measure": question.words(ask.measure),
            "speaks": ask.speaks,
            "matters": question.matters,
            "is_ratio": ask.ratio,
            "as_measured": ask.as_measured,
            "found": found,
            "certificate": self.certified(found),
        }

    def certified(self, found: Finding) -> str:
        """The verdict on the analysis that answered, or why it has none."""
        part = self.certificate.of(found.analysis, found.estimand)
        if part is not None:
            return part.verdict
        declared = [one.name for one in self.study.estimands]
        return f"not certified: {why_uncertified(self.certificate, found.analysis, found.estimand, declared)}"

    def found(self, ask: Ask, question: Asked) -> Finding:
        """The row that answers, once what must be shown first is shown."""
        if ask.provided is not None:
            first = self.question(ask.provided)
            shown = self.found(ask.provided, first)
            if verdict_of(shown, ask.provided.speaks, first.matters) != "supported":
                raise CannotBeAsked(
                    f"it is not shown that this does not differ: {first.words(ask.provided.measure)}"
                )
        wanted = {key: question.arms[value] if key in ARMS else value for key, value in ask.row.items()}
        return _row(self.result(ask, question.study), wanted, ask.concludes)

    def result(self, ask: Ask, study: Study) -> Result:
        """What the analysis says; its refusal is a `CannotBeAsked`."""
        key = (ask.analysis, ask.table or "", study.model_dump_json())
        if key not in self.said:
            people = replace(self.cohort, visits=None) if ask.table == "checkins" else self.cohort
            self.said[key] = self.analyses[ask.analysis](people, study)
        result = self.said[key]
        if isinstance(result, Refusal):
            raise CannotBeAsked(result.reason)
        return result


def _why_never(claim: Claim, cohort: Cohort) -> str:
    """Why there is no way of asking, and what the cohort would lack for one."""
    if claim.never:
        return claim.never
    lacking = missing_records(claim.records, cohort)
    return f"no analysis yet ({claim.awaits})" + (f"; {lacking}" if lacking else "")


def _row(result: Result, wanted: Mapping[str, str], concludes: Mapping[str, str]) -> Finding:
    """The first row with these keys, as it stands; `CannotBeAsked` where there is none."""
    keys = pd.DataFrame(index=result.estimates.index) if result.keys is None else result.keys
    is_asked = pd.Series(True, index=keys.index)
    for key, value in wanted.items():
        if key not in keys:
            raise CannotBeAsked(f"{result.analysis} has no key {key!r}; its keys are {list(keys)}")
        is_asked &= keys[key].astype(str) == value
    if not is_asked.any():
        # The first clause of a method says what was answered in place of what was asked.
        answered = FIRST_CLAUSE.split(result.method, maxsplit=1)[0].rstrip(".")
        raise CannotBeAsked(
            f"{result.analysis} gives no such number ({', '.join(wanted.values())}): {answered[:1].lower()}{answered[1:]}"
        )
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
        df=float(row["df"]) if row["df"] > 0 else math.inf,
        concludes=all(str(keys[key].iloc[at]) == value for key, value in concludes.items()),
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
