"""A certificate: what an analysis did on simulated cohorts whose truth is known, and its verdict on each estimand.

Beside a request `NAME.yml` it is the file `NAME.certificate.json`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from lowback.frozen import read_bytes

Verdict = Literal["holds", "at risk", "fails"]
VERDICTS: tuple[Verdict, ...] = ("holds", "at risk", "fails")
MARK = "lowback certificate"

Figures = Mapping[str, float | None]
"""Figures of one world by name; the Monte Carlo standard error of `bias` is `bias_error`, and so on. None where there is none."""


@dataclass(frozen=True)
class CertifiedTerm:
    """One row of an analysis: verdict, why it is not better, and the figures of each world (effect) it was tried in."""

    term: str
    verdict: Verdict
    reasons: tuple[str, ...]
    worlds: Mapping[str, Figures]


@dataclass(frozen=True)
class Certified:
    """One analysis of one estimand; `key` tells whether data, study or code have changed since `made` (a date)."""

    analysis: str
    estimand: str
    key: str
    made: str
    replicates: int
    seed: int
    terms: tuple[CertifiedTerm, ...]

    @property
    def verdict(self) -> Verdict:
        """The worst of its terms' verdicts."""
        return worst([one.verdict for one in self.terms])

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why the verdict is not better, each reason after the term that it is about."""
        several = len(self.terms) > 1
        return tuple(
            f"{one.term}: {reason}" if several else reason
            for one in self.terms
            if one.verdict == self.verdict
            for reason in one.reasons
        )


@dataclass(frozen=True)
class Certificate:
    """Every analysis of every estimand that was certified, for one cohort and study.

    `outdated` names the analyses and estimands whose part no longer holds, `untried` those that were not tried, each with the reason.
    """

    certified: tuple[Certified, ...] = ()
    outdated: tuple[tuple[str, str], ...] = ()
    untried: tuple[tuple[str, str, str], ...] = ()

    def of(self, analysis: str, estimand: str) -> Certified | None:
        """The part on one analysis of one estimand."""
        asked = (analysis, estimand)
        return next((one for one in self.certified if (one.analysis, one.estimand) == asked), None)

    def still_holding(self, keys: Mapping[tuple[str, str], str]) -> Certificate:
        """The parts whose key is still that of their analysis and estimand; the others are outdated."""
        fresh = [one for one in self.certified if keys.get((one.analysis, one.estimand)) == one.key]
        stale = [(one.analysis, one.estimand) for one in self.certified if one not in fresh]
        return Certificate(tuple(fresh), tuple(stale), self.untried)


def worst(verdicts: Sequence[Verdict]) -> Verdict:
    """The worst of several verdicts; of none, *fails*."""
    return max(verdicts, key=VERDICTS.index, default="fails")


def certificate_file(request: Path) -> Path:
    """Where the certificate of a request lies."""
    return request.with_name(f"{request.stem}.certificate.json")


def certificate_text(certificate: Certificate) -> str:
    """The certificate as the text of its file."""
    content = {
        "kind": MARK,
        "certified": [asdict(one) for one in certificate.certified],
        "untried": certificate.untried,
    }
    return json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def read_certificate(path: Path) -> Certificate:
    """The certificate in a file; an empty one where there is no file, or none of ours."""
    try:
        content = json.loads(read_bytes(path))
        if content["kind"] != MARK:
            return Certificate()
        untried = tuple((str(one), str(of), str(why)) for one, of, why in content.get("untried", ()))
        return Certificate(tuple(_certified(one) for one in content["certified"]), untried=untried)
    except (OSError, ValueError, KeyError, TypeError):
        return Certificate()


def _certified(content: dict[str, object]) -> Certified:
    terms = content["terms"]
    assert isinstance(terms, list)
    read = tuple(CertifiedTerm(**{**one, "reasons": tuple(one["reasons"])}) for one in terms)
    return Certified(**{**content, "terms": read})  # type: ignore[arg-type]
