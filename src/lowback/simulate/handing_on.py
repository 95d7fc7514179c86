"""Hip and back pain whose own ups and downs may move each other: what one leaves in the other half days later, by the equations."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import LinAlgError, logm, solve_discrete_lyapunov

from lowback.simulate.course import SLOTS_A_DAY, Lived
from lowback.simulate.doubles import Doubles
from lowback.simulate.interventions import NOTHING
from lowback.simulate.measurement import measured_diary
from lowback.simulate.parameters import Parameters, SimulationError
from lowback.simulate.population import Array
from lowback.simulate.scenario import Scenario

SERIES = ("hip_pain_nrs", "pain_nrs")
"""The two series, in the order of rows and columns here."""
CHECKIN_ERRORS = ("checkin_hip_error_sd", "checkin_back_error_sd")
MOMENTS = ("hip_moment_sd", "back_moment_sd")
UPS_AND_DOWNS = ("hip_shock_sd", "back_shock_sd", "shared_sd")
# Whole points add the error of rounding; more scores than this at 0 or 10 would bend what the equations say.
ROUNDING = 1 / 12
MOST_AT_ENDS = 0.005


@dataclass(frozen=True, eq=False)
class HandedOn:
    """What half a day carries over (to, from), the lasting covariance of the ups and downs, and the variance of a check-in's error.

    In NRS points of `SERIES`; where one process moves both at the same moment, its part is among the ups and downs of each.
    """

    carried: Array
    covariance: Array
    error: Array

    def after(self, days: float) -> Array:
        """What a point more of each leaves in each so many days later at equal other (to, from)."""
        return np.linalg.matrix_power(self.carried, round(SLOTS_A_DAY * days))

    @property
    def sd(self) -> Array:
        """The SD of each series' ups and downs."""
        return np.asarray(np.sqrt(np.diag(self.covariance)))

    @property
    def correlation(self) -> float:
        """That of both at one moment."""
        return float(self.covariance[0, 1] / self.sd.prod())

    @property
    def reliability(self) -> Array:
        """The share of the variance around a person's level that is no error."""
        return np.asarray(self.sd**2 / (self.sd**2 + self.error))

    def correlations_after(self, days: float) -> Array:
        """The correlation of each series later with each now (later, now)."""
        return np.asarray(self.after(days) @ self.covariance / np.outer(self.sd, self.sd))

    @property
    def is_continuous(self) -> bool:
        """Whether half days could be looks at a course that runs on between them: its drift is real and its noise has no variance below 0."""
        try:
            drift = np.asarray(logm(self.carried))
        except (LinAlgError, ValueError):
            return False
        if not np.isfinite(drift).all() or np.abs(np.imag(drift)).max() > 1e-9:
            return False
        noise = -(drift.real @ self.covariance + self.covariance @ drift.real.T)
        return bool(np.linalg.eigvalsh(noise).min() >= 0)


def handed_on(scenario: Scenario) -> HandedOn:
    """The process of both series from half day to half day; refused where anything else moves either of them within a person."""
    p = scenario.values
    _refuse_other_processes(scenario)
    _refuse_other_movements(scenario)
    carried = _carried(p)
    takes = np.array([p["hip_share_of_shared"], 1.0]) * p["shared_sd"]
    new = np.diag([p["hip_shock_sd"] ** 2, p["back_shock_sd"] ** 2])
    new = new + (1 - p["shared_memory"] ** 2) * np.outer(takes, takes)
    errors = [
        p[one] ** 2 + p[other] ** 2 + ROUNDING for one, other in zip(MOMENTS, CHECKIN_ERRORS, strict=True)
    ]
    return HandedOn(carried, np.asarray(solve_discrete_lyapunov(carried, new)), np.array(errors))


def nothing_in_common(p: Parameters) -> bool:
    """Whether neither series hands on to the other and nothing moves both."""
    return not (p["back_from_hip"] or p["hip_from_back"] or p["shared_sd"])


def recorded_series(people: Doubles, lived: Lived) -> tuple[Array, Array]:
    """Hip and back pain as all check-ins of two a day record them (person, slot), nobody missing one."""
    slots = {name: lived.course.slots[name] for name in SERIES}
    rng = np.random.default_rng(0)
    diary = measured_diary(rng, lived.people, lived.hip_pain, slots, SLOTS_A_DAY, people.p, people.streams)
    return diary.hip_pain_nrs, diary.pain_nrs


def usual_levels(scenario: Scenario, number: int) -> tuple[Array, Array]:
    """The same people's hip and back pain at all moments (person, slot) without ups and downs of their own."""
    still = dict.fromkeys((*UPS_AND_DOWNS, *MOMENTS), 0.0)
    slots = Doubles(scenario, {**scenario.values, **still}, number).under(NOTHING).course.slots
    return slots[SERIES[0]], slots[SERIES[1]]


def _carried(p: Parameters) -> Array:
    """What is left after half a day of a point of each (to, from)."""
    return np.array([[p["hip_memory"], p["hip_from_back"]], [p["back_from_hip"], p["back_memory"]]])


def _refuse_other_processes(scenario: Scenario) -> None:
    p = scenario.values
    if scenario.design.checkins_a_day != SLOTS_A_DAY:
        raise SimulationError("check-ins come once a day, and one region hands on to the other by half days")
    if p["nrs_to_five"] or p["nrs_to_ends"]:
        raise SimulationError("scores are drawn to 0, 5 and 10 here, which is an error of no one size")
    if p["regions_lead_in_some"]:
        raise SimulationError("a region leads in some people only, so that no one figure is true of all")
    if np.abs(np.linalg.eigvals(_carried(p))).max() >= 1:
        raise SimulationError(
            "hip and back hand on so much to each other that their ups and downs grow without end"
        )
    memories = {p["shared_memory"], p["hip_memory"], p["back_memory"]}
    if p["shared_sd"] and (len(memories) > 1 or p["back_from_hip"] or p["hip_from_back"]):
        raise SimulationError(
            "what hip and back share is a third process, unless it lasts as long as the ups and downs of each and neither hands on: "
            f"shared_memory, hip_memory and back_memory are {p['shared_memory']:g}, {p['hip_memory']:g} and {p['back_memory']:g}"
        )


def _refuse_other_movements(scenario: Scenario) -> None:
    """Refuse where pain moves within persons without their own ups and downs, and where scores often end at 0 or 10."""
    for name, level in zip(SERIES, usual_levels(scenario, 0), strict=True):
        if np.ptp(level, axis=1).max() > 1e-9:
            raise SimulationError(
                f"{name} moves within persons by more than what hip and back have and share of ups and downs, so that what one leaves in the "
                "other has no one true value"
            )
    people = Doubles(scenario, scenario.values, 0)
    for name, scores in zip(SERIES, recorded_series(people, people.under(NOTHING)), strict=True):
        share = float(np.isin(scores, (0, 10)).mean())
        if share > MOST_AT_ENDS:
            raise SimulationError(
                f"{share:.1%} of check-ins have {name} at 0 or 10, allowed {MOST_AT_ENDS:.1%}: where scores end, less is handed on than the equations say"
            )
