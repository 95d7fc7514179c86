"""What a report says beside an answer about its certificate."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from lowback.certificate import Certificate, Certified

MEANING = {
    "at risk": "The analysis may find the truth there less often than it says, or too few cohorts were tried to tell.",
    "fails": "The analysis finds the truth there less often than it says: do not rely on its interval.",
}
MOST_REASONS = 3


@dataclass(frozen=True)
class Seal:
    """The verdict, what it rests on, and what it means with the reasons why it is not better."""

    verdict: str
    words: str
    more: str = ""

    @property
    def css(self) -> str:
        """The verdict as a class name."""
        return self.verdict.replace(" ", "-")


def seal_of(analysis: str, estimand: str, certificate: Certificate) -> Seal:
    """What a certificate says of one analysis of one estimand; "not certified" where it has no part that still holds."""
    found = certificate.of(analysis, estimand)
    if found is not None:
        return Seal(found.verdict, _tried(found), _more(found))
    if (analysis, estimand) in certificate.outdated:
        return Seal("not certified", "data, study or software have changed since it was")
    return Seal("not certified", "not tried on simulated cohorts like this one")


def _tried(found: Certified) -> str:
    day = date.fromisoformat(found.made)
    return (
        f"{found.replicates:,} simulated cohorts like this one, whose truth is known, {day.day} {day:%B %Y}"
    )


def _more(found: Certified) -> str:
    if found.verdict == "holds":
        return ""
    # What lies outside its band is worth more than what a longer run would settle.
    reasons = sorted(found.reasons, key=lambda one: "cannot be told" in one)
    left = len(reasons) - MOST_REASONS
    listed = [*reasons[:MOST_REASONS], *([f"and {left} more"] if left > 0 else [])]
    return f"{MEANING[found.verdict]} {'; '.join(listed)}."
