"""By what an effect within the day may differ: its columns, and the contrasts that are shown."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from lowback.outcomes.moments import Moments
from lowback.outcomes.scores import Array
from lowback.variables import Variable, one_of

# A measured modifier is shown at these shares of the moments.
SHOWN_AT = (0.1, 0.9)


@dataclass(frozen=True, eq=False)
class Modifying:
    """Columns (moments, k) that an effect is a sum of: one, and the modifier where there is one, about `centre`."""

    read: Moments
    variable: Variable | None
    centre: float
    columns: Array

    @property
    def names(self) -> list[str]:
        """The columns' names."""
        return ["effect", "effect by modifier"][: self.columns.shape[1]]

    @property
    def per_unit(self) -> str:
        """What a change of the effect is per, after the effect's unit."""
        if self.variable is None or self.variable.kind == "flag":
            return ""
        return f" per {one_of(str(self.variable.unit))}"

    @property
    def contrasts(self) -> Iterator[tuple[str, str, Array]]:
        """What is shown: level, statistic, and weights of the columns; a single effect, or at each level and the change."""
        values = self.read.modifier
        if self.variable is None or values is None:
            yield "", "effect", np.array([1.0])
            return
        label = self.variable.label
        if self.variable.kind == "flag":
            yield f"{label}: yes", "effect", np.array([1.0, 1.0])
            yield f"{label}: no", "effect", np.array([1.0, 0.0])
            yield f"{label}: yes less no", "change of effect", np.array([0.0, 1.0])
            return
        yield "", "effect", np.array([1.0, 0.0])
        for at in np.unique(np.quantile(values, SHOWN_AT)):
            yield f"{label} {at:g}", "effect", np.array([1.0, at - self.centre])
        yield f"with {label}", "change of effect", np.array([0.0, 1.0])

    def main_effects(self, *, own_levels: bool) -> tuple[Array, list[str]]:
        """The modifier itself as a column, where it is not taken up by people's own levels."""
        if self.variable is None or self.read.modifier is None:
            return np.empty((len(self.columns), 0)), []
        _, first, person = np.unique(self.read.person, return_index=True, return_inverse=True)
        varies = (self.read.modifier != self.read.modifier[first][person]).any()
        if own_levels and not varies:
            return np.empty((len(self.columns), 0)), []
        return self.columns[:, 1:], ["modifier"]

    def times(self, values: Array, name: str) -> tuple[Array, list[str]]:
        """A column times the modifier, so that what it does may differ by the modifier too."""
        return self.columns[:, 1:] * values[:, None], [f"{name} by modifier"] * (self.columns.shape[1] - 1)


def modifying(read: Moments) -> Modifying:
    """The columns for the modifier of these moments; a single one of ones where the estimand names none."""
    one = np.ones(len(read.at))
    if read.modifier is None or read.modifier_variable is None:
        return Modifying(read, None, 0.0, one[:, None])
    centre = 0.0 if read.modifier_variable.kind == "flag" else float(read.modifier.mean())
    return Modifying(read, read.modifier_variable, centre, np.column_stack([one, read.modifier - centre]))
