"""One number of ours beside the same number of another program, and how far apart they may be."""

from __future__ import annotations

from dataclasses import dataclass

# How far ours may be from a reference, as a share of it, by the last word of a quantity's name.
TOLERANCES = {
    "objective": 1e-8,
    "estimate": 1e-6,
    "std_error": 1e-5,
    "variance": 1e-4,
    "df": 1e-3,
    "F": 1e-5,
    "p_value": 1e-3,
    "exact": 1e-9,
}
# An objective (minus twice a log-likelihood) may be better than the reference's, never worse by more.
WORSE = 1e-5


@dataclass(frozen=True)
class Comparison:
    """A quantity of a model on a data set; within when the difference is at most the larger of both tolerances."""

    data: str
    model: str
    quantity: str
    term: str
    program: str
    ours: float
    theirs: float
    relative: float
    absolute: float = 0.0

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What the number is; no two comparisons share it."""
        return (self.data, self.model, self.quantity, self.term)

    @property
    def tolerance(self) -> float:
        """The largest difference allowed, in the quantity's own unit."""
        return max(self.relative * abs(self.theirs), self.absolute)

    @property
    def within(self) -> bool:
        """Whether ours is close enough; a number that is missing never is."""
        is_close = abs(self.ours - self.theirs) <= self.tolerance
        return is_close and not (self.quantity == "objective" and self.ours > self.theirs + WORSE)
