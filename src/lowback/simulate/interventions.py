"""What one could do to people: an arm for everybody, a rule, more or less of something; applied to the same people."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from pydantic import Field

from lowback.checked_yaml import Number
from lowback.simulate.design import ScenarioPart
from lowback.simulate.population import Array


class Rule(ScenarioPart):
    """Do `column` (1) at every moment at which `when` is at least `at_least`, and not (0) at any other.

    "Hips first when back pain is 7 or more" is `Rule(column="hips_first", when="pain_nrs", at_least=7)`. `when` is one of
    `pain_nrs`, `sensitised_nrs` and `flare` (its severity), as they are felt at that moment, before anything is done.
    """

    column: str
    when: str
    at_least: Number


class Intervention(ScenarioPart):
    """What is done to everybody from day 0 on; nothing by default.

    `arm` is the arm given to all. By column of the data dictionary, `fixed` sets a value, `shifted` adds to it and `scaled`
    multiplies it (of something that is done or not, its probability), each in the column's own unit; `rules` decide from
    moment to moment. Everything else runs its course, on the same random numbers.
    """

    arm: str | None = None
    fixed: Mapping[str, Number] = Field(default_factory=dict)
    shifted: Mapping[str, Number] = Field(default_factory=dict)
    scaled: Mapping[str, Number] = Field(default_factory=dict)
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

    def with_fixed(self, column: str, value: float) -> Intervention:
        """The same, with one column set to a value besides."""
        return self.model_copy(update={"fixed": {**self.fixed, column: value}})


NOTHING = Intervention()
