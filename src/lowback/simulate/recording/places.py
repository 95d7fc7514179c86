"""Where each person is measured, by whom and with which device."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from lowback.simulate.design import ARMS, Design
from lowback.simulate.parameters import Parameters, SimulationError
from lowback.simulate.population import VISIT_WEEKS, Array, Population
from lowback.simulate.recording.plan import Measurement
from lowback.simulate.streams import Streams

Positions = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Places:
    """Each person's site, and each visit's raters (one a reading) and device, as numbers from 0.

    Shapes: `site` person; `raters` (person, visit, reading); `device` and `days_since_calibration` (person, visit).
    """

    site: Positions
    raters: Positions
    device: Positions
    days_since_calibration: Array


def places(arms: Positions, design: Design, plan: Measurement, p: Parameters, streams: Streams) -> Places:
    """Places of people in these arms (positions in `ARMS`), all of them 0 where the plan counts none.

    The sites draw from a stream each, so that one site more takes people from the others and moves nobody else.
    """
    n = len(arms)
    site = chosen_sites(arms != ARMS.index(design.arms[0]), 2 * len(design.arms), plan, p, streams)
    device = (streams("device").random((n, len(VISIT_WEEKS))) * plan.devices_a_site).astype(np.intp)
    return Places(
        site=site,
        raters=_raters(n, plan, streams),
        device=device,
        days_since_calibration=_days_since_calibration(site, device, plan, p, streams),
    )


def chosen_sites(
    is_treated: NDArray[np.bool_], neighbours: int, plan: Measurement, p: Parameters, streams: Streams
) -> Positions:
    """The site of each person.

    Each site bids an exponential draw over its weight and the lowest bid wins (weighted rendezvous hashing, Thaler & Ravishankar
    1998, doi:10.1109/90.663936). With `site_arm_imbalance` 0, `neighbours` among whom the arms are balanced go to one
    site; else each person goes alone, and every other site draws the treated exp(`site_arm_imbalance`) times as much.
    """
    if plan.sites == 0:
        return np.zeros(len(is_treated), dtype=np.intp)
    imbalance = p["site_arm_imbalance"]
    together = neighbours if imbalance == 0 else 1
    groups = -(-len(is_treated) // together)
    bids = [streams(f"site {one}").standard_exponential(groups) for one in range(plan.sites)]
    each = np.repeat(np.stack(bids, axis=1), together, axis=0)[: len(is_treated)]
    weights = np.exp(imbalance * np.outer(is_treated, np.arange(plan.sites) % 2))
    return np.argmin(each / weights, axis=1)


def in_sites(people: Population, site: Positions, plan: Measurement, p: Parameters, root: int) -> Population:
    """The same people with the pain of their site: a constant a site, added on every day."""
    if plan.sites == 0:
        return people
    level = p["site_pain_sd"] * by_place(site, lambda one: Streams(root, one)("site pain").standard_normal())
    return replace(people, pain=people.pain + level[:, None])


def place_number(site: Positions, member: Positions) -> Positions:
    """One number for each rater or device of a site; a site has at most 100 of each."""
    return 128 * site + member


def by_place(numbers: Positions, trait: Callable[[int], object]) -> Array:
    """`trait` of each place's number, drawn once for each place that occurs."""
    known, position = np.unique(numbers, return_inverse=True)
    traits = np.array([trait(int(one)) for one in known], dtype=float)
    return np.asarray(traits[position.reshape(numbers.shape)])


def _raters(n: int, plan: Measurement, streams: Streams) -> Positions:
    """The raters of both readings; the second is another one where the site has two."""
    draws = streams("raters").random((n, len(VISIT_WEEKS), 2))
    raters = plan.raters_a_site
    first = (draws[..., 0] * raters).astype(np.intp)
    if raters < 2:
        return np.stack([first, first], axis=-1)
    step = 1 + (draws[..., 1] * (raters - 1)).astype(np.intp)
    return np.stack([first, (first + step) % raters], axis=-1)


def _days_since_calibration(
    site: Positions, device: Positions, plan: Measurement, p: Parameters, streams: Streams
) -> Array:
    """Days between the device's last calibration and each visit; devices are calibrated in turn, not together."""
    if plan.devices_a_site == 0:
        return np.zeros(device.shape)
    enrolled = 7 * p["recruitment_weeks"] * streams("enrolment").random((len(site), 1))
    if p["calibration_weeks"] <= 0:
        raise SimulationError(f"calibration_weeks = {p['calibration_weeks']:g}: allowed above 0 weeks")
    period = 7 * p["calibration_weeks"]
    numbers = place_number(site[:, None], device)
    offset = by_place(numbers, lambda number: Streams(streams.root, number)("calibration").random())
    calendar = np.floor(enrolled) + 7 * VISIT_WEEKS
    return np.asarray(np.floor((calendar + period * offset) % period))
