"""The claims, and what one cohort allows one to say of each: nothing at all, that it cannot tell, or a verdict with its design."""

from lowback.ledger.claims import Ask, Claim, claims
from lowback.ledger.entering import ledger
from lowback.ledger.rows import VERDICTS, Entry, Finding, Ledger, Verdict

__all__ = ["VERDICTS", "Ask", "Claim", "Entry", "Finding", "Ledger", "Verdict", "claims", "ledger"]
