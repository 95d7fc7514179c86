"""What an analysis says of a claim: yes, no or cannot tell, by one rule for all of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import stats

Answer = Literal["yes", "no", "cannot tell"]
Holds = Literal["not zero", "zero"]
ANSWERS: tuple[Answer, ...] = ("yes", "no", "cannot tell")

RULE = """**The rule, the same for every analysis and claim.** An analysis gives an estimate with a 95 % interval, signed so that above zero speaks for
the claim, and a smallest worthwhile effect m in the same unit. A claim that there is an effect: *no* where the
whole interval is below m (nothing worthwhile in the direction claimed, even if it differs from zero); else *yes* where it is above zero; else *cannot
tell*. A claim that there is no effect: *yes* where the whole interval lies within ±m (where an analysis tests equivalence itself, by that test); else *no*
where it excludes zero; else *cannot tell*. A refusal and an estimate without an interval are *cannot tell*."""


@dataclass(frozen=True)
class Finding:
    """An estimate with its 95 % interval, above zero where it speaks for the claim.

    `shown_small` is the analysis's own test of equivalence, None where it has none.
    """

    estimate: float
    low: float
    high: float
    shown_small: bool | None = None

    @classmethod
    def by_t(cls, estimate: float, std_error: float, df: float) -> Finding:
        """The finding with the interval of Student's t."""
        half = float(stats.t.ppf(0.975, df)) * std_error
        return cls(estimate, estimate - half, estimate + half)

    @property
    def reversed(self) -> Finding:
        """The same where a fall speaks for the claim."""
        return Finding(-self.estimate, -self.high, -self.low, self.shown_small)

    def times(self, factor: float) -> Finding:
        """The same per so many units."""
        return Finding(factor * self.estimate, factor * self.low, factor * self.high, self.shown_small)


def answer_of(finding: Finding | None, margin: float, holds: Holds) -> Answer:
    """The answer by `RULE`; None is a refusal."""
    if finding is None or not np.isfinite([finding.low, finding.high]).all():
        return "cannot tell"
    if holds == "zero":
        within = -margin < finding.low and finding.high < margin
        if within if finding.shown_small is None else finding.shown_small:
            return "yes"
        return "cannot tell" if finding.low <= 0 <= finding.high else "no"
    if finding.high < margin:
        return "no"
    return "yes" if finding.low > 0 else "cannot tell"


def absence_taken_for_proof(finding: Finding) -> Answer:
    """The mistake of calling everything absent that is not significant (Altman & Bland 1995, BMJ 311:485)."""
    return "yes" if finding.low <= 0 <= finding.high else "no"
