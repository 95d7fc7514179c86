"""What the ledger says of each claim, and the one rule by which an interval becomes a verdict."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from scipy.special import ndtri, stdtrit

from lowback.ledger.claims import Speaks

Verdict = Literal["supported", "contradicted", "too small to matter", "cannot tell", "not tested"]
VERDICTS: tuple[Verdict, ...] = (
    "supported",
    "contradicted",
    "too small to matter",
    "cannot tell",
    "not tested",
)
# What nobody claimed needs a 99 % interval: 0.5 % on its side and 2.5 % on the side claimed are 3 % of claims that are false.
AGAINST = 0.995
Strength = Literal["randomised", "randomised within persons", "within-person", "between-person", "none"]


@dataclass(frozen=True)
class Finding:
    """The row of a result that answers a claim, in its own unit and sign.

    `shown_small` is the analysis's own test of equivalence, None where it has none; `concludes` whether its own conclusion, where
    the claim asks for one, is that of the claim; `df` the degrees of freedom of the interval, infinite where it is none of Student's t.
    """

    analysis: str
    estimand: str
    term: str
    estimate: float
    conf_low: float
    conf_high: float
    unit: str
    n_participants: int
    causal: bool
    shown_small: bool | None = None
    concludes: bool = True
    df: float = math.inf


@dataclass(frozen=True)
class Entry:
    """One claim in one cohort: whether it could be tested, by what design, what was found, and what may be said.

    `reason` says why it is not tested, or why nothing can be told; `measure` what the estimate is, in words; `certificate` the
    verdict on the analysis in simulated cohorts like this one, or why it has none. `sentence` is empty until the showing wing words it.
    """

    claim_id: str
    claim: str
    verdict: Verdict
    is_testable: bool
    reason: str = ""
    strength: Strength = "none"
    measure: str = ""
    speaks: Speaks = "rise"
    matters: float = math.nan
    is_ratio: bool = False
    as_measured: bool = False
    found: Finding | None = None
    certificate: str = "not certified"
    records: tuple[str, ...] = ()
    design_needed: str = ""
    arrows: tuple[str, ...] = ()
    sentence: str = ""

    def row(self) -> dict[str, object]:
        """The entry as a row of ledger.csv."""
        found: Mapping[str, Any] = asdict(self.found) if self.found else {}
        return {
            "claim_id": self.claim_id,
            "claim": self.claim,
            "testable": "yes" if self.is_testable else "no",
            "reason": self.reason,
            "design": self.strength,
            "analysis": found.get("analysis", ""),
            "estimand": found.get("estimand", ""),
            "term": found.get("term", ""),
            "measure": self.measure,
            **{name: _finite(found.get(name)) for name in ("estimate", "conf_low", "conf_high")},
            "unit": found.get("unit", ""),
            "smallest_worthwhile": _finite(self.matters),
            "n_participants": found.get("n_participants"),
            "verdict": self.verdict,
            "certificate": self.certificate,
            "sentence": self.sentence,
            "records": " ".join(self.records),
            "design_needed": self.design_needed,
            "arrows": "; ".join(self.arrows),
        }


@dataclass(frozen=True)
class Ledger:
    """Every claim once, in order, as one cohort and study allow one to speak of it."""

    entries: tuple[Entry, ...]
    cohort: str = ""
    counts: Mapping[Verdict, int] = field(init=False)

    def __post_init__(self) -> None:
        """Count the verdicts; refuse a claim that stands twice."""
        ids = [one.claim_id for one in self.entries]
        if len(set(ids)) < len(ids):
            raise ValueError(f"a claim stands twice: {sorted(ids)}")
        counts: dict[Verdict, int] = {
            one: sum(entry.verdict == one for entry in self.entries) for one in VERDICTS
        }
        object.__setattr__(self, "counts", counts)


def verdict_of(
    found: Finding, speaks: Speaks, matters: float, *, is_ratio: bool = False, as_measured: bool = False
) -> Verdict:
    """The verdict from the 95 % interval against 0 and the smallest effect that matters.

    A claim of an effect: wholly within plus and minus what matters, too small to matter; else wholly on the claimed side of 0, supported;
    a 99 % interval wholly on the other side, contradicted; else nothing worthwhile on the claimed side, too small to matter as well. So a claim
    that is false is supported in 2.5 % of cohorts and contradicted in 0.5 %: the side that was claimed beforehand has the larger share (directed
    tests: Rice & Gaines 1994, Trends Ecol Evol 9:235-237). A claim of none: wholly within (by the analysis's own test of equivalence where it
    has one), supported; else 0 excluded, contradicted. All else cannot be told. A ratio is read by its logarithm.
    An interval without width is none, and tells nothing.
    A link `as_measured`, with an exposure whose error was not taken off, tells which way it goes and never that it is small: error draws it
    towards 0 (Carroll et al. 2006, Measurement error in nonlinear models, 2nd ed., section 3.2).
    """
    low, high = found.conf_low, found.conf_high
    if is_ratio and low > 0:
        low, high, matters = math.log(low), math.log(high), math.log(matters)
    if not (math.isfinite(low) and math.isfinite(high)) or high - low <= 1e-12 * max(abs(low), abs(high)):
        return "cannot tell"
    matters = 0.0 if as_measured else matters
    is_small = -matters < low and high < matters
    if speaks == "none":
        if is_small if found.shown_small is None or as_measured else found.shown_small:
            return "supported"
        return "cannot tell" if low <= 0 <= high else "contradicted"
    estimate = math.log(found.estimate) if is_ratio and found.estimate > 0 else found.estimate
    estimate = estimate if low <= estimate <= high else (low + high) / 2
    if speaks == "fall":
        low, estimate, high = -high, -estimate, -low
    if is_small:
        return "too small to matter"
    if low > 0:
        return "supported" if found.concludes else "cannot tell"
    if estimate + _reach(found.df) * (high - estimate) < 0:
        return "contradicted"
    return "too small to matter" if high < matters and not as_measured else "cannot tell"


def _reach(df: float) -> float:
    """How many times as far a 99 % interval of Student's t goes as one of 95 %."""
    return float(
        stdtrit(df, AGAINST) / stdtrit(df, 0.975) if math.isfinite(df) else ndtri(AGAINST) / ndtri(0.975)
    )


def _finite(value: object) -> float | None:
    number = math.nan if value is None else float(str(value))
    return number if math.isfinite(number) else None
