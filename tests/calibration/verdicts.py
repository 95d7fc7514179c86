"""What the counted intervals say: shares with their Monte Carlo standard errors, and whether they keep what they promise."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray
from replicates import COLUMNS
from scipy import stats

Array = NDArray[np.float64]

LEVEL = 0.95
# Coverage that is called right with this many trials; with fewer the band is wider in proportion to the standard error.
BAND, BAND_TRIALS = (0.939, 0.962), 5000
# Degrees of freedom up to which a normal interval must be seen to cover too seldom.
FEW_DF = 14
# An optimum this much above one that was reached from elsewhere is none.
WORSE = 1e-4


@dataclass(frozen=True)
class Share:
    """Intervals that covered, of `trials`."""

    covered: int
    trials: int

    @property
    def value(self) -> float:
        """The share."""
        return self.covered / self.trials if self.trials else float("nan")

    @property
    def error(self) -> float:
        """Its Monte Carlo standard error."""
        return sqrt(self.value * (1 - self.value) / self.trials) if self.trials else float("nan")

    @property
    def verdict(self) -> str:
        """`inside` the band, `too low` or `too high`."""
        wider = sqrt(BAND_TRIALS / max(self.trials, 1))
        if not self.value >= LEVEL - (LEVEL - BAND[0]) * wider:
            return "too low"
        return "too high" if self.value > LEVEL + (BAND[1] - LEVEL) * wider else "inside"


@dataclass(frozen=True)
class Finding:
    """What trials of one scenario gave, with an effect and without; `lost` is the share without a last score (no effect)."""

    coverage: dict[str, Share]
    null_coverage: dict[str, Share]
    se_ratio: dict[str, tuple[float, float]]
    df: float
    lost: float
    refused: float
    lower_rung: float
    shortfall: float
    optima: int

    def verdict(self, interval: str) -> str:
        """The verdict on an interval: of coverage, or of type I error where coverage is inside."""
        first, second = self.coverage[interval].verdict, self.null_coverage[interval].verdict
        return first if first != "inside" else second

    @property
    def has_few_df(self) -> bool:
        """Whether normal intervals must fail here."""
        return self.df <= FEW_DF + 1e-6


def finding(effect: Array, null: Array) -> Finding:
    """The counts of a scenario from its trials with and without an effect (rows as in `replicates.COLUMNS`)."""
    both = np.vstack([effect, null])
    at = {name: both[:, place] for place, name in enumerate(COLUMNS)}
    answered = np.isfinite(at["error"])
    checked = at["shortfall"][np.isfinite(at["shortfall"])]
    return Finding(
        coverage=_shares(effect),
        null_coverage=_shares(null),
        se_ratio={name: _ratio(at["error"], at[name]) for name in ("se", "se_kr")},
        df=float(np.mean(at["df_kr"][answered])),
        lost=float(null[:, COLUMNS.index("lost")].mean()),
        refused=float(1 - answered.mean()),
        lower_rung=float((at["rung"][answered] > 1).mean()),
        shortfall=float(checked.max()) if len(checked) else float("nan"),
        optima=len(checked),
    )


def _shares(trials: Array) -> dict[str, Share]:
    error, se, df, se_kr, df_kr = trials[np.isfinite(trials[:, 0]), :5].T
    half = {
        "kenward-roger": stats.t.ppf(0.5 + LEVEL / 2, df_kr) * se_kr,
        "satterthwaite": stats.t.ppf(0.5 + LEVEL / 2, df) * se,
        "normal": stats.norm.ppf(0.5 + LEVEL / 2) * se,
    }
    return {name: Share(int((np.abs(error) <= width).sum()), len(error)) for name, width in half.items()}


def _ratio(error: Array, se: Array) -> tuple[float, float]:
    """Mean standard error over the estimates' standard deviation, with its standard error (Morris et al. 2019)."""
    answered = np.isfinite(error)
    error, se = error[answered], se[answered]
    ratio = float(se.mean() / error.std(ddof=1))
    return ratio, ratio * sqrt(1 / (2 * (len(error) - 1)) + se.var() / (len(error) * se.mean() ** 2))
