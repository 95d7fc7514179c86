"""The language gate: whether sentences say no more about cause than the design carries, and no number that no result gives."""

from lowback.language.allowance import Allowance, allowance, nothing_declared
from lowback.language.gate import Overstatement, overstatements
from lowback.language.words import Grade

__all__ = ["Allowance", "Grade", "Overstatement", "allowance", "nothing_declared", "overstatements"]
