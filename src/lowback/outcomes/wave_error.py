"""How large the error of a wave's score is: as the data dictionary or the mapping has it, and no less than that of rounding."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lowback.estimators.rounding import Rounding, rounding
from lowback.outcomes.scores import Array
from lowback.outcomes.waves import PairedWaves
from lowback.variables import Variable, one_of


@dataclass(frozen=True, eq=False)
class WaveError:
    """The variance of one score's error in squared units: `declared` (None where nothing is), and that by rounding."""

    variable: Variable
    declared: float | None
    rounded: Rounding

    @property
    def variance(self) -> float:
        """The larger of the two: what is declared holds the error of rounding too."""
        return max(self.declared or 0.0, self.rounded.variance)

    @property
    def told(self) -> str:
        """What is known of it, as a clause; nothing where nothing is."""
        label, of = self.variable.label, self.rounded
        if self.declared is not None:
            source = f" ({self.variable.source.split(';')[0]})" if self.variable.source else ""
            return (
                f"corrected for the measurement error of {label}{source} as {self.variable.error_from} has it"
            )
        if of.step is None:
            return ""
        steps = f"{label} is recorded in steps of {of.step:g} {self.variable.unit if of.step != 1 else one_of(str(self.variable.unit))}"
        if of.is_coarse:
            return f"{steps}, too coarse beside what it changes by to know the error of that, which is not taken off"
        return f"{steps}, whose error, a twelfth of the step squared, is taken off"


def wave_errors(waves: PairedWaves) -> tuple[WaveError, WaveError]:
    """What is known of the error of the exposure and of the outcome."""
    return (
        _wave_error(waves, waves.exposure, waves.exposures),
        _wave_error(waves, waves.outcome, waves.outcomes),
    )


def _wave_error(waves: PairedWaves, variable: Variable, scores: Array) -> WaveError:
    return WaveError(variable, _declared(waves, variable, scores), rounding(scores, np.diff(scores, axis=1)))


def _declared(waves: PairedWaves, variable: Variable, scores: Array) -> float | None:
    """The variance of an error that is declared.

    The data dictionary speaks of visits; a mapping speaks of check-ins where no visit records the variable.
    """
    is_of_checkins = variable.error_from == "the mapping" and variable.name not in waves.at_visits
    if waves.kind != "visit" and not is_of_checkins:
        return None
    if variable.measurement_error_sem is not None:
        return variable.measurement_error_sem**2
    if variable.reliability_icc is None:
        return None
    return (1 - variable.reliability_icc) * _between_people(waves, scores)


def _between_people(waves: PairedWaves, scores: Array) -> float:
    """The variance of scores between people of one arm at one wave: a course that all share is no difference between people."""
    squares = freedom = 0.0
    for arm in np.unique(waves.arm):
        here = scores[waves.arm == arm]
        for wave in here.T:
            seen = wave[np.isfinite(wave)]
            if len(seen) > 1:
                squares, freedom = squares + len(seen) * float(seen.var()), freedom + len(seen) - 1
    return squares / freedom if freedom else 0.0
