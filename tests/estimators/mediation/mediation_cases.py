"""The table that R read, its numbers, and small helpers for the tests of mediation."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from lowback.estimators.mediation import Roles

REFERENCE = Path(__file__).resolve().parents[2] / "reference" / "mediation"
NAMES = ("arm", "age", "pain0", "hip0", "tilt0", "steps", "hip", "tilt", "pain")
PLACE = {name: at for at, name in enumerate(NAMES)}


def table() -> np.ndarray:
    return np.loadtxt(REFERENCE / "data.csv", delimiter=",", skiprows=1)


def from_r(what: str) -> dict[str, float]:
    with (REFERENCE / "mediation.csv").open(encoding="utf-8") as file:
        return {row["name"]: float(row["estimate"]) for row in csv.DictReader(file) if row["what"] == what}


def roles(mediators: list[str], covariates: list[str], confounders: tuple[str, ...] = ()) -> Roles:
    return Roles(
        PLACE["arm"],
        tuple(PLACE[one] for one in covariates),
        tuple(PLACE[one] for one in confounders),
        tuple(PLACE[one] for one in mediators),
        PLACE["pain"],
    )


TILT = roles(["tilt"], ["age", "pain0", "tilt0"])
BOTH = roles(["hip", "tilt"], ["age", "pain0", "hip0", "tilt0"])
BOTH_AND_STEPS = roles(["hip", "tilt"], ["age", "pain0", "hip0", "tilt0"], ("steps",))
