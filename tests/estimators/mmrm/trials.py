"""Trials for the tests: simulated here, simulated in R, and real."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lowback.estimators.mmrm import MmrmFit, fit_mmrm

REFERENCE = Path(__file__).resolve().parents[2] / "reference" / "mmrm"
Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Rows:
    """The arguments of `fit_mmrm` in one place."""

    outcome: Array
    design: Array
    subjects: NDArray[Any]
    visits: NDArray[Any]
    names: tuple[str, ...]
    arm: NDArray[Any]
    times: Array

    def fit(self, **choices: Any) -> MmrmFit:
        return fit_mmrm(self.outcome, self.design, self.subjects, self.visits, names=self.names, **choices)


def simulated(
    persons: int,
    visits: int,
    seed: int,
    dropout: float = 0.1,
    gaps: float = 0.0,
    correlation: float = 0.6,
    effect: float = -0.5,
) -> Rows:
    """A trial of two arms: outcome on baseline, visit and arm by visit; correlation falls with the lag to a floor."""
    random = np.random.default_rng(seed)
    arm, baseline = np.arange(persons) % 2, random.normal(6, 2, persons)
    lag = np.abs(np.subtract.outer(np.arange(visits), np.arange(visits)))
    deviations = np.linspace(1, 1.6, visits)
    covariance = (0.3 + 0.7 * correlation**lag) * np.outer(deviations, deviations)
    errors = random.standard_normal((persons, visits)) @ np.linalg.cholesky(covariance).T
    trend = effect * arm[:, None] * np.arange(1, visits + 1) / visits
    outcome = 0.4 * baseline[:, None] + trend + errors
    left = np.cumsum(random.uniform(size=(persons, visits)) < dropout, axis=1) > 0
    seen = ~left & ~(random.uniform(size=(persons, visits)) < gaps)
    seen[:, 0] = True
    person, visit = np.nonzero(seen)
    names, columns = by_visit(visit, arm[person], baseline[person], visits)
    weeks = 4.0 * (visit + 1)
    return Rows(outcome[person, visit], columns, person, visit, names, arm[person], weeks)


def by_visit(
    visit: NDArray[Any], arm: NDArray[Any], baseline: Array, visits: int
) -> tuple[tuple[str, ...], Array]:
    """An intercept, the baseline, each visit but the first, and the arm at each visit."""
    dummies = [(visit == at).astype(float) for at in range(visits)]
    columns = [np.ones(len(visit)), baseline, *dummies[1:], *(one * arm for one in dummies)]
    names = (
        "intercept",
        "baseline",
        *(f"visit {at}" for at in range(1, visits)),
        *(f"arm at visit {at}" for at in range(visits)),
    )
    return names, np.column_stack(columns)


def crossed(first: pd.Series, second: pd.Series | None, name: str, levels: list[Any]) -> dict[str, Array]:
    """Treatment-coded columns of a factor (without its first level), each times `second` where that is given."""
    times = 1.0 if second is None else second.to_numpy(dtype=float)
    return {f"{name}{level}": (first == level).to_numpy(dtype=float) * times for level in levels[1:]}


def r_trial(name: str, covariance: str) -> Rows:
    """A trial that the R script simulated, with the design and the column names of R's formula."""
    rows = pd.read_csv(REFERENCE / "trials.csv")
    rows = rows[rows["trial"] == name]
    arms, visits = sorted(rows["arm"].unique()), sorted(rows["visit"].unique())
    one = pd.Series(1.0, index=rows.index)
    if covariance == "spatial exponential":
        columns = {"(Intercept)": one, "baseline": rows["baseline"], "time": rows["time"]}
        columns |= crossed(rows["arm"], None, "arm_factor", arms)
        columns |= {f"arm_factor{arm}:time": (rows["arm"] == arm) * rows["time"] for arm in arms[1:]}
    else:
        columns = {"(Intercept)": one, "baseline": rows["baseline"]}
        columns |= crossed(rows["arm"], None, "arm_factor", arms)
        columns |= crossed(rows["visit"], None, "visit_factor", visits)
        columns |= {
            f"arm_factor{arm}:visit_factor{visit}": (rows["arm"] == arm) & (rows["visit"] == visit)
            for arm in arms[1:]
            for visit in visits[1:]
        }
    return framed(columns, rows, "outcome", "person", "visit", "arm", rows["time"])


def framed(
    columns: dict[str, Any], rows: pd.DataFrame, outcome: str, person: str, visit: str, arm: str, times: Any
) -> Rows:
    """Rows from named columns."""
    return Rows(
        rows[outcome].to_numpy(dtype=float),
        np.column_stack([np.asarray(one, dtype=float) for one in columns.values()]),
        rows[person].to_numpy(),
        rows[visit].to_numpy(),
        tuple(columns),
        rows[arm].to_numpy(),
        np.asarray(times, dtype=float),
    )


def antidepressant(folder: Path) -> Rows:
    """CHANGE on visit, baseline by visit and drug by visit, so that `drug N` is the difference at visit N."""
    rows = pd.read_csv(folder / "mmrm-antidepressant" / "antidepressant.csv")
    drug = (rows["THERAPY"] == "DRUG").astype(float)
    columns: dict[str, Any] = {}
    for visit in (4, 5, 6, 7):
        there = (rows["VISIT"] == visit).astype(float)
        columns |= {f"visit {visit}": there, f"baseline {visit}": there * rows["BASVAL"]}
        columns[f"drug {visit}"] = there * drug
    return framed(columns, rows, "CHANGE", "PATIENT", "VISIT", "THERAPY", rows["RELDAYS"])


def back_pain(folder: Path) -> Rows:
    """pain_avg on arm by visit, age and sex, named as in R."""
    rows = pd.read_csv(folder / "prt-back-pain" / "pain_long.csv")
    order = ["baseline", "posttreatment", "five_years"]
    rows["visit"] = rows["visit"].map(order.index) + 1
    columns: dict[str, Any] = {"(Intercept)": np.ones(len(rows))}
    columns |= crossed(rows["arm"], None, "arm", ["PRT", "placebo", "usual_care"])
    columns |= crossed(rows["visit"], None, "visit_factor", [1, 2, 3])
    columns |= {"age": rows["age"], "sexmale": rows["sex"] == "male"}
    for arm in ("placebo", "usual_care"):
        for visit in (2, 3):
            columns[f"arm{arm}:visit_factor{visit}"] = (rows["arm"] == arm) & (rows["visit"] == visit)
    return framed(columns, rows, "pain_avg", "id", "visit", "arm", rows["month"])
