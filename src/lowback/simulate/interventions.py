"""What one could do to people: an arm for everybody, a rule, more or less of something; applied to the same people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from lowback.simulate.population import Array


@dataclass(frozen=True)
class Rule:
    """Do `column` (1) at every moment at which `when` is at least `at_least`, and not (0) at any other.

    "Hips first when back pain is 7 or more" is `Rule("hips_first", "pain_nrs", 7)`. `when` is one of `pain_nrs`,
    `sensitised_nrs` and `flare`, as they are at that moment, before it is acted.
    """

    column: str
    when: str
    at_least: float


@dataclass(frozen=True)
class Intervention:
    """What is done to everybody from day 0 on; nothing by default.

    `arm` is the arm given to all. By column of the data dictionary, `fixed` sets a value, `shifted` adds to it and `scaled`
    multiplies it (of something that is done or not, its probability), each in the column's own unit; `rules` decide from
    moment to moment. Everything else runs its course, on the same random numbers.
    """

    arm: str | None = None
    fixed: Mapping[str, float] = field(default_factory=dict)
    shifted: Mapping[str, float] = field(default_factory=dict)
    scaled: Mapping[str, float] = field(default_factory=dict)
    rules: tuple[Rule, ...] = ()

    def on(self, column: str, natural: Array, now: Mapping[str, Array] | None = None) -> Array:
        """What becomes of a column's natural values; `now` holds what a rule may look at."""
        for rule in self.rules:
            if rule.column == column and now is not None:
                return np.asarray((now[rule.when] >= rule.at_least).astype(float))
        if column in self.fixed:
            return np.full_like(natural, self.fixed[column])
        return np.asarray(natural * self.scaled.get(column, 1.0) + self.shifted.get(column, 0.0))

    def added(self, column: str, natural: Array) -> Array:
        """How much the intervention adds to the column's natural values."""
        return np.asarray(self.on(column, natural) - natural)


NOTHING = Intervention()


@dataclass(frozen=True)
class Among:
    """Those people only whose `column` of the participants lies between `at_least` and `at_most`."""

    column: str
    at_least: float = -np.inf
    at_most: float = np.inf
