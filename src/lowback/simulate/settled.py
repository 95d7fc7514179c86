"""Where the ups and downs of back and hip stand at the first moment: anywhere that they come to in the long run."""

from __future__ import annotations

import numpy as np

from lowback.simulate.parameters import Parameters
from lowback.simulate.population import Array


def first_ups_and_downs(
    p: Parameters, hip_leads: Array, back_leads: Array, draws: tuple[Array, Array]
) -> tuple[Array, Array]:
    """Those of back and hip (person,) in NRS points, from a standard normal draw of each.

    `hip_leads` and `back_leads` say how much of what one may hand to the other it does in each person. Where they would grow without end there
    is no lasting size, and they begin with what is new at the first moment.
    """
    new = np.array([p["back_shock_sd"], p["hip_shock_sd"]])
    found = np.zeros((2, len(hip_leads)))
    if not new.any():
        return found[0], found[1]
    leads, whose = np.unique(np.stack([hip_leads, back_leads]), axis=1, return_inverse=True)
    for at, (of_hip, of_back) in enumerate(leads.T):
        here = whose.reshape(-1) == at
        carried = np.array(
            [
                [p["back_memory"], p["back_from_hip"] * of_hip],
                [p["hip_from_back"] * of_back, p["hip_memory"]],
            ]
        )
        found[:, here] = _root(_lasting(carried, new**2)) @ np.stack(draws)[:, here]
    return found[0], found[1]


def _lasting(carried: Array, new: Array) -> Array:
    """The covariance S = F S F' + Q that the process keeps, Q alone where there is none."""
    if np.abs(np.linalg.eigvals(carried)).max() >= 1:
        return np.diag(new)
    each = np.linalg.solve(np.eye(4) - np.kron(carried, carried), np.diag(new).ravel())
    return np.asarray(each.reshape(2, 2))


def _root(covariance: Array) -> Array:
    """L with L L' the covariance, also where one of the two does not move."""
    first = np.sqrt(covariance[0, 0])
    mixed = covariance[1, 0] / first if first else 0.0
    return np.array([[first, 0.0], [mixed, np.sqrt(max(covariance[1, 1] - mixed**2, 0.0))]])
