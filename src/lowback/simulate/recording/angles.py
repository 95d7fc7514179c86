"""How angles are read: the error of instrument, rater, device and site, and the digits that raters prefer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lowback.simulate.parameters import Parameters, SimulationError
from lowback.simulate.population import VISIT_WEEKS, Array
from lowback.simulate.recording.places import Places, by_place, place_number
from lowback.simulate.recording.plan import Measurement
from lowback.simulate.streams import Streams

SHORT = {"hip_extension_deg": "hip", "pelvic_tilt_deg": "tilt", "lordosis_deg": "lordosis"}
# Whose raters disagree by how much, where the scenario names no instrument.
USUAL = {"hip_extension_deg": "trigonometric", "pelvic_tilt_deg": "palm", "lordosis_deg": "markers"}
# Lordosis is not read from the device that drifts.
DRIFTING = ("hip_extension_deg", "pelvic_tilt_deg")
RANGE = {"hip_extension_deg": (-60, 60), "pelvic_tilt_deg": (-60, 60), "lordosis_deg": (-30, 150)}
READINGS = 2


@dataclass(frozen=True, eq=False)
class Hands:
    """How each reading of each angle comes out: what is added, the SD of its own error, and whether it is rounded to fives.

    Arrays by column name, of shape (person, visit, reading); degrees.
    """

    shift: Mapping[str, Array]
    error_sd: Mapping[str, Array]
    to_five: Mapping[str, NDArray[np.bool_]]

    def read(self, column: str, true: Array, noise: Array, reading: int = 0) -> Array:
        """The angle written down for these true angles and standard normal draws (person, visit), to 0.1 degrees."""
        value = true + self.error_sd[column][..., reading] * noise + self.shift[column][..., reading]
        shown = np.where(self.to_five[column][..., reading], 5 * np.round(value / 5), np.round(value, 1))
        return np.asarray(np.clip(shown, *RANGE[column]))


def true_sd(column: str, p: Parameters) -> float:
    """SD of the true angle between persons and visits (degrees)."""
    if column == "pelvic_tilt_deg":
        return float(np.sqrt(p["tilt_sd"] ** 2 - p["tilt_sem"] ** 2))
    short = SHORT[column]
    return float(p[f"{short}_sd"] * np.sqrt(p[f"{short}_icc"]))


def error_sd(column: str, plan: Measurement, p: Parameters) -> float:
    """Standard error of measurement of one reading by one rater (degrees): true SD times sqrt(1 / ICC - 1), over sqrt(takes)."""
    short, instrument = SHORT[column], getattr(plan.instruments, column)
    if instrument is not None:
        sem = true_sd(column, p) * np.sqrt(1 / reliability(f"{short}_{instrument}_icc", p) - 1)
    elif short == "tilt":
        sem = p["tilt_sem"]
    else:
        sem = p[f"{short}_sd"] * np.sqrt(1 - p[f"{short}_icc"])
    return float(sem / np.sqrt(plan.takes))


def rater_sd(column: str, plan: Measurement, p: Parameters) -> float:
    """SD of raters' means (degrees): what the ICC between raters is below that within one implies."""
    instrument = getattr(plan.instruments, column) or USUAL[column]
    within, between = (reliability(f"{SHORT[column]}_{instrument}_icc{one}", p) for one in ("", "_raters"))
    return float(true_sd(column, p) * np.sqrt(max(1 / between - 1 / within, 0)))


def reliability(symbol: str, p: Parameters) -> float:
    """An intraclass correlation among the parameters, refused if it is none."""
    if not 0 < p[symbol] <= 1:
        raise SimulationError(f"{symbol} = {p[symbol]:g}: allowed above 0, up to 1")
    return p[symbol]


def plain_hands(people: int, p: Parameters) -> Hands:
    """One pair of hands for everybody: the error of the parameters' table and nothing else."""
    shape = (people, len(VISIT_WEEKS), READINGS)
    return Hands(
        shift=dict.fromkeys(SHORT, np.zeros(shape)),
        error_sd={column: np.full(shape, error_sd(column, Measurement(), p)) for column in SHORT},
        to_five=dict.fromkeys(SHORT, np.zeros(shape, dtype=bool)),
    )


def hands(where: Places, plan: Measurement, p: Parameters, streams: Streams) -> Hands:
    """The hands through which the readings of people measured in these places go."""
    shape = (len(where.site), len(VISIT_WEEKS), READINGS)
    own = _rater_traits(where, plan, shape, streams.root)
    drift = _drift(where, plan, p, streams.root)[..., None]
    steadiness = np.exp(p["rater_noise_log_sd"] * own[..., -1]) if plan.raters_a_site else 1.0
    shift, error, to_five = {}, {}, {}
    for number, column in enumerate(SHORT):
        rater = rater_sd(column, plan, p) * own[..., number] if plan.raters_a_site else 0.0
        site = _site_shift(column, where, plan, p, streams.root)[:, None, None]
        shift[column] = np.zeros(shape) + rater + site + (drift if column in DRIFTING else 0.0)
        error[column] = error_sd(column, plan, p) * steadiness * np.ones(shape)
        to_five[column] = _rounds(f"{column} digits", p["angle_to_five"], shape, streams)
    return Hands(shift, error, to_five)


def _rounds(component: str, share: float, shape: tuple[int, ...], streams: Streams) -> NDArray[np.bool_]:
    return np.zeros(shape, dtype=bool) if share == 0 else streams(component).random(shape) < share


def _rater_traits(where: Places, plan: Measurement, shape: tuple[int, ...], root: int) -> Array:
    """Standard normal traits of each reading's rater, a last axis of four: shifts of the three angles and steadiness."""
    if plan.raters_a_site == 0:
        return np.zeros((*shape, 4))
    numbers = place_number(where.site[:, None, None], where.raters)
    return by_place(numbers, lambda number: Streams(root, number)("rater").standard_normal(4))


def _drift(where: Places, plan: Measurement, p: Parameters, root: int) -> Array:
    """Degrees by which the device of each visit is off."""
    if plan.devices_a_site == 0:
        return np.zeros(where.device.shape)
    numbers = place_number(where.site[:, None], where.device)
    own = by_place(numbers, lambda number: Streams(root, number)("drift").standard_normal())
    a_week = p["device_drift_mean"] + p["device_drift_sd"] * own
    return np.asarray(a_week * where.days_since_calibration / 7)


def _site_shift(column: str, where: Places, plan: Measurement, p: Parameters, root: int) -> Array:
    if plan.sites == 0:
        return np.zeros(len(where.site))
    own = by_place(where.site, lambda site: Streams(root, site)(f"site {column}").standard_normal())
    return np.asarray(p[f"site_{SHORT[column]}_sd"] * own)
