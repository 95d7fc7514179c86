"""What a report says beside an answer about its certificate."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from lowback.certificate import Certificate, Certified

MEANING = {
    "holds": "the analysis finds the truth there as often as it says",
    "at risk": "the analysis may find the truth there less often than it says, or too few cohorts were tried to tell",
    "fails": "the analysis finds the truth there less often than it says: do not rely on its interval",
}
MOST_REASONS = 3


@dataclass(frozen=True)
class Seal:
    """The verdict, what it means, and the reasons why it is not better; `css` is the verdict as a class name."""

    verdict: str
    words: str
    reasons: tuple[str, ...] = ()

    @property
    def css(self) -> str:
        """The verdict as a class name."""
        return self.verdict.replace(" ", "-")


def seal_of(analysis: str, estimand: str, certificate: Certificate) -> Seal:
    """What a certificate says of one analysis of one estimand; "not certified" where it has no part that still holds."""
    found = certificate.of(analysis, estimand)
    if found is not None:
        return Seal(found.verdict, _words(found), _reasons(found))
    if (analysis, estimand) in certificate.outdated:
        return Seal("not certified", "data, study or software have changed since it was")
    return Seal("not certified", "this analysis was not tried on simulated cohorts like this one")


def _words(found: Certified) -> str:
    day = date.fromisoformat(found.made)
    tried = f"{found.replicates:,} simulated cohorts like this one, whose truth is known"
    return f"{tried}, {day.day} {day:%B %Y}; {MEANING[found.verdict]}"


def _reasons(found: Certified) -> tuple[str, ...]:
    if found.verdict == "holds":
        return ()
    more = len(found.reasons) - MOST_REASONS
    return (*found.reasons[:MOST_REASONS], *([f"and {more} more"] if more > 0 else []))
