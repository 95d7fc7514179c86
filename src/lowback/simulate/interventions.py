"""What one could do to people: an arm for everybody, a rule, more or less of something; applied to the same people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np
from pydantic import Field, model_validator

from lowback.checked_yaml import Number, unknown_name
from lowback.simulate.design import ARMS, ScenarioPart
from lowback.simulate.population import Array

MOVED = (
    "session_done", "hip_session", "hips_first", "medication_taken", "spacer_used", "adherence", "sitting_hours", "hip_extension_deg", "pelvic_tilt_deg", "lordosis_deg", "hip_pain_nrs", "flare",
    "sensitised_nrs", "walking_min", "longest_sitting_min", "mood", "hold_s", "change_day", "smt_visits", "hip_signs",
    "leading_region", "side_sleeper", "disc_grade", "inflammatory_disease", "nerve_root_signs", "flag_present",
    "flag_explained", "flag_severe", "flag_by_rule", "running_km", "fell", "tilted",
)  # fmt: skip
"""The columns that the model lets an intervention change; of any other it would have no effect and look as if it had none."""


class Rule(ScenarioPart):
    """Do `column` (1) at every moment at which `when` is at least `at_least`, and not (0) at any other.

    "Hips first when back pain is 7 or more" is `Rule(column="hips_first", when="pain_nrs", at_least=7)`. `when` is one of
    `pain_nrs`, `sensitised_nrs` and `flare` (its severity), as they are felt at that moment, before anything is done.
    """

    column: Literal["session_done", "hip_session", "hips_first", "medication_taken", "spacer_used"]
    when: Literal["pain_nrs", "sensitised_nrs", "flare"]
    at_least: Number


class Intervention(ScenarioPart):
    """What is done to everybody from day 0 on; nothing by default; refused where the model could not do it.

    `arm` is the arm given to all. By column of the data dictionary, `fixed` sets a value, `shifted` adds to it and `scaled`
    multiplies it (of something that is done or not, its probability), each in the column's own unit; `rules` decide from
    moment to moment. Everything else runs its course, on the same random numbers.
    """

    arm: str | None = None
    fixed: Mapping[str, Number] = Field(default_factory=dict)
    shifted: Mapping[str, Number] = Field(default_factory=dict)
    scaled: Mapping[str, Number] = Field(default_factory=dict)
    rules: tuple[Rule, ...] = ()

    @property
    def in_words(self) -> str:
        """What is done, as in `arm strengthening, session_done times 1.5`."""
        said = [f"arm {self.arm}"] if self.arm else []
        said += [f"{column} {value:g}" for column, value in self.fixed.items()]
        said += [f"{column} {value:+g}" for column, value in self.shifted.items()]
        said += [f"{column} times {value:g}" for column, value in self.scaled.items()]
        said += [f"{rule.column} where {rule.when} is {rule.at_least:g} or more" for rule in self.rules]
        return ", ".join(said) or "nothing"

    @model_validator(mode="after")
    def _is_one_that_the_model_knows(self) -> Intervention:
        if self.arm is not None and self.arm not in ARMS:
            raise ValueError(f"no arm {self.arm!r}; {unknown_name(self.arm, list(ARMS))}")
        for column in (*self.fixed, *self.shifted, *self.scaled):
            if column not in MOVED:
                raise ValueError(f"no intervention on {column!r}; {unknown_name(column, list(MOVED))}")
        return self

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
