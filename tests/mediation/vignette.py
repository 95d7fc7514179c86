"""What R's package `mediation` prints of its examples, what lm and glm give of them without drawing, and our split of the same.

The package draws its mediators at random. tests/reference/mediation/vignette.R made what needs no drawing, and the moments of both data
sets, which are enough for lines; the data themselves are not kept here.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from lowback.estimators.mediation import Effects, Roles, decomposed
from lowback.estimators.mediation.moments import Array

REFERENCE = Path(__file__).resolve().parents[1] / "reference" / "mediation"
PARTS = ("indirect", "direct", "total")


@dataclass(frozen=True)
class Printed:
    """A figure that mediate() printed with its 95 % interval, and from how many simulations."""

    estimate: float
    low: float
    high: float
    simulations: int = 1000

    @property
    def sd(self) -> float:
        """The spread of its simulations, from the interval."""
        return (self.high - self.low) / (2 * 1.959964)

    @property
    def monte_carlo_error(self) -> float:
        """Of the estimate, a mean over simulations."""
        return self.sd / np.sqrt(self.simulations)

    @property
    def error_of_an_end(self) -> float:
        """Of an end of the interval, a quantile of normal simulations: sqrt(p (1 - p) / simulations) over the density there."""
        return float(np.sqrt(0.025 * 0.975 / self.simulations) / 0.05844507 * self.sd)


# Quasi-Bayesian, seed 123: easystats.github.io/bayestestR/articles/mediation.html, "Comparison to the mediation package".
JOBS = {
    "indirect": Printed(-0.0157168, -0.0387462, 0.0075162),
    "direct": Printed(-0.0438229, -0.1315386, 0.0384077),
    "total": Printed(-0.0595397, -0.1530295, 0.0235004),
}
# The same page, lavaan 0.6-21, to three decimals.
JOBS_BY_LAVAAN = {"a": 0.066, "b": -0.240, "indirect": -0.016, "direct": -0.040, "total": -0.056}
# The package's vignette, section 3 (probit outcome), with 1,000 simulations and seed 2014, quasi-Bayesian, averages over both arms: as printed in
# M. Nguyen, A Guide on Data Analysis, chapter on mediation.
FRAMED = {
    "indirect": Printed(0.0829, 0.0351, 0.14),
    "direct": Printed(0.0140, -0.1047, 0.13),
    "total": Printed(0.0968, -0.0290, 0.23),
}


def from_r(what: str) -> dict[str, float]:
    table = pd.read_csv(REFERENCE / "vignette.csv")
    return table[table["what"] == what].set_index("name")["estimate"].to_dict()


def by_moments(what: str) -> tuple[Array, Roles]:
    """The covariances that R wrote; the treatment stands first, mediator and outcome last."""
    table = pd.read_csv(REFERENCE / "vignette_moments.csv")
    table = table[table["what"] == what]
    width = table["row"].nunique()
    covariance = table["covariance"].to_numpy().reshape(width, width)
    return covariance, Roles(0, tuple(range(1, width - 2)), (), (width - 2,), width - 1)


def split(what: str) -> Effects:
    return decomposed(*by_moments(what))
