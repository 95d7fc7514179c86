"""The data sets of tests/reference/lmm as arguments of `fit_lmm`, under the names that the R script gave them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from lowback.estimators.lmm import LmmFit, fit_lmm

REFERENCE = Path(__file__).resolve().parents[2] / "reference" / "lmm"

OWN = [
    "dyestuff",
    "dyestuff2",
    "dyestuff_ml",
    "trial",
    "trial_ml",
    "trial_intercept",
    "trial_visits",
    "trial_weighted",
    "sites",
    "sites_intercept",
    "singular",
    "quadratic",
]
SHARED = [
    "sleepstudy",
    "sleepstudy_ml",
    "sleepstudy_intercept",
    "orthodont",
    "prt",
    "sciatica",
    "sciatica_actual",
    "sciatica_intercept",
]


def table(name: str) -> pd.DataFrame:
    """A data file beside the R script."""
    return pd.read_csv(REFERENCE / f"{name}.csv")


def columns(*given: Any) -> np.ndarray:
    """Columns side by side, a number standing for a constant column."""
    rows = max(len(one) for one in given if np.ndim(one))
    return np.column_stack([np.broadcast_to(np.asarray(one, dtype=float), rows) for one in given])


def fitted(outcome: Any, design: np.ndarray, groups: Any, random: Any = None, **more: Any) -> LmmFit:
    """`fit_lmm` with columns named a, b, c and so on."""
    return fit_lmm(outcome, design, groups, random, names=list("abcdefghijklmnop"[: design.shape[1]]), **more)


def own_fit(name: str) -> LmmFit:
    """The model of this name on the data beside the R script."""
    if name.startswith("dyestuff"):
        rows = table("dyestuff")
        rows = rows[rows["set"] == ("Dyestuff2" if name == "dyestuff2" else "Dyestuff")]
        method = "ML" if name.endswith("_ml") else "REML"
        return fitted(rows["Yield"], np.ones((len(rows), 1)), rows["Batch"], method=method)
    if name == "quadratic":
        rows = table(name)
        design = columns(1, rows["week"], rows["week"] ** 2)
        return fitted(rows["y"], design, rows["id"], design)
    if name == "singular":
        rows = table(name)
        design = columns(1, rows["week"])
        return fitted(rows["y"], design, rows["id"], design)
    if name.startswith("sites"):
        rows = table("sites")
        random = None if name == "sites_intercept" else columns(1, rows["week"])
        design = columns(1, rows["x"], rows["arm"], rows["week"], rows["arm"] * rows["week"])
        return fitted(rows["y"], design, rows["id"], random, sites=rows["site"])
    return _trial(name)


def _trial(name: str) -> LmmFit:
    rows = table("trial")
    random = None if name in ("trial_intercept", "trial_visits") else columns(1, rows["week"])
    design = columns(1, rows["base"], rows["arm"], rows["week"], rows["arm"] * rows["week"])
    if name == "trial_visits":
        rows = rows[rows["week"] != 5.5]
        visits = [(rows["week"] == week).astype(float) for week in (2, 4, 8, 12)]
        design = columns(1, rows["base"], rows["arm"], *visits, *[rows["arm"] * visit for visit in visits])
    weights = rows["weight"] if name == "trial_weighted" else None
    method = "ML" if name == "trial_ml" else "REML"
    return fitted(rows["y"], design, rows["id"], random, weights=weights, method=method)


def shared_fit(name: str, folder: Path) -> LmmFit:
    """The model of this name on the shared real data."""
    if name.startswith("sleepstudy"):
        rows = pd.read_csv(folder / "mixed-model-classics" / "sleepstudy.csv")
        design = columns(1, rows["Days"])
        random = None if name == "sleepstudy_intercept" else design
        method = "ML" if name == "sleepstudy_ml" else "REML"
        return fitted(rows["Reaction"], design, rows["Subject"], random, method=method)
    if name == "orthodont":
        rows = pd.read_csv(folder / "mixed-model-classics" / "orthodont.csv")
        age, female = rows["age"] - 11, rows["Sex"] == "Female"
        return fitted(
            rows["distance"], columns(1, age, female, age * female), rows["Subject"], columns(1, age)
        )
    if name == "prt":
        return prt_fit(folder)
    rows = pd.read_csv(folder / "sciatica-trial" / "sciatica_long.csv").dropna(subset="vas_back")
    week = np.log1p(rows["actual_week" if name == "sciatica_actual" else "planned_week"])
    outcome = rows["vas_leg" if name == "sciatica_actual" else "vas_back"]
    random = None if name == "sciatica_intercept" else columns(1, week)
    return fitted(outcome, columns(1, week, rows["age"], rows["sex"] == "male"), rows["id"], random)


def prt_fit(folder: Path, fit: Callable[..., LmmFit] = fitted) -> LmmFit:
    """Pain by arm and time, adjusted for age and gender, with a random intercept (Ashar et al. 2022)."""
    rows = pd.read_csv(folder / "prt-back-pain" / "outcomes_baseline_posttreatment.csv")
    rows = rows[(rows["is_patient"] == 1) & rows["group"].notna() & rows["pain_avg"].notna()]
    placebo, usual, after = rows["group"] == 2, rows["group"] == 3, rows["time"] - 1
    design = columns(1, placebo, usual, after, rows["age"], rows["gender"], placebo * after, usual * after)
    return fit(rows["pain_avg"], design, rows["id"])
