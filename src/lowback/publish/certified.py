"""What a report says beside an answer about its certificate."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from lowback.certificate import Certificate, Certified
from lowback.uncertified import why_uncertified

MEANING = {
    "at risk": "Not everything is there as the analysis says it is, though not so much that it fails.",
    "fails": "The analysis finds the truth there less often than it says: do not rely on its interval.",
}
# What the reasons say of a figure that may lie within its band, and how many cohorts settle such figures as a rule.
UNSETTLED, ENOUGH = "cannot be told", 5000
TOO_FEW = "Nothing was found wrong, but so few cohorts cannot show that all is right: {enough:,} can as a rule (lowback certify --replicates {enough})."
ON_THE_EDGE = "Nothing was found wrong, but some figures lie so near the edge of what is allowed that {replicates:,} cohorts cannot tell on which side."
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
    return Seal("not certified", why_uncertified(certificate, analysis, estimand))


def _tried(found: Certified) -> str:
    day = date.fromisoformat(found.made)
    few = ", too few to tell" if _is_unsettled(found) and found.replicates < ENOUGH else ""
    return f"{found.replicates:,} simulated cohorts like this one, whose truth is known{few}{_held(found)} ({day.day} {day:%B %Y})"


def _held(found: Certified) -> str:
    """In how many cohorts the intervals held the truth, the least and the most over rows and effects."""
    shares = [
        100 * value
        for term in found.terms
        for figures in term.worlds.values()
        if (value := figures.get("coverage")) is not None
    ]
    if not shares:
        return ""
    low, high = f"{min(shares):.1f}", f"{max(shares):.1f}"
    return (
        f"; 95 % intervals held it in {low} %"
        if low == high
        else f"; 95 % intervals held it in {low} to {high} %"
    )


def _is_unsettled(found: Certified) -> bool:
    """Whether nothing but the number of cohorts stands between the analysis and a better verdict."""
    return found.verdict == "at risk" and all(UNSETTLED in one for one in found.reasons)


def _more(found: Certified) -> str:
    if found.verdict == "holds":
        return ""
    if _is_unsettled(found):
        said = TOO_FEW if found.replicates < ENOUGH else ON_THE_EDGE
        return said.format(enough=ENOUGH, replicates=found.replicates)
    # What lies outside its band is worth telling; what a longer run would settle is not.
    reasons = [one for one in found.reasons if UNSETTLED not in one] or list(found.reasons)
    left = len(reasons) - MOST_REASONS
    listed = [*reasons[:MOST_REASONS], *([f"and {left} more"] if left > 0 else [])]
    return f"{MEANING[found.verdict]} {'; '.join(listed)}."
