"""Repeated measures: every row of tests/reference/mmrm/mmrm.csv, and the digits that SAS printed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from comparison import TOLERANCES, Comparison
from mmrm.test_reference import SAS_COVARIANCE, SAS_DIFFERENCES
from mmrm.trials import REFERENCE, Rows, antidepressant, back_pain, r_trial

from lowback.estimators.mmrm import MmrmFit

SAS = "SAS PROC MIXED"
PROGRAMS = {"CR": "clubSandwich", "Satterthwaite": "lmerTest", "Kenward-Roger": "pbkrtest"}

# clubSandwich works where nlme stopped, which is not exactly the optimum; pbkrtest weighs by the expected curvature, where
# SAS and this engine take the observed one.
LOOSER = {"clubSandwich": 1e-4, "pbkrtest": 1e-4}


def comparisons(shared: Path | None) -> Iterator[Comparison]:
    """Each quantity of each model of which the data are at hand."""
    rows = pd.read_csv(REFERENCE / "mmrm.csv", keep_default_na=False).query("set != 'versions'")
    rows = rows.astype({"value": float})
    for (name, covariance, method), part in rows.groupby(["set", "covariance", "method"], sort=False):
        if name != "prt" or shared:
            trial = back_pain(shared) if name == "prt" and shared else r_trial(str(name), str(covariance))
            yield from _of_model(str(name), str(covariance), str(method), trial, part)
    if shared:
        yield from _printed_by_sas(antidepressant(shared).fit(), antidepressant(shared).names)


def _of_model(
    name: str, covariance: str, method: str, trial: Rows, rows: pd.DataFrame
) -> Iterator[Comparison]:
    times: dict[str, Any] = {"times": trial.times} if covariance == "spatial exponential" else {}
    # A random intercept is compound symmetry.
    ours = {"random intercept": "compound symmetry"}.get(covariance, covariance)
    fit = trial.fit(covariance=ours, method=method, **times)
    usual = "lmerTest" if covariance == "random intercept" else "nlme, polished"
    for row in rows.itertuples():
        kind = str(row.quantity).split()[-1]
        program = next((p for start, p in PROGRAMS.items() if str(row.quantity).startswith(start)), usual)
        yield Comparison(
            data=f"{name} (repeated measures)",
            model=f"{covariance}, {method}",
            quantity=str(row.quantity),
            term=str(row.name),
            program=program,
            ours=_ours(fit, trial.names, str(row.quantity), str(row.name)),
            theirs=float(row.value),
            relative=max(TOLERANCES[kind], LOOSER.get(program, 0.0)),
            absolute=1e-7 if kind == "estimate" else 0.0,
        )


def _ours(fit: MmrmFit, names: tuple[str, ...], quantity: str, term: str) -> float:
    if quantity == "objective":
        return fit.objective
    weights = (np.array(names) == term).astype(float)[None]
    method, attribute = quantity.split() if " " in quantity else ("normal", quantity)
    method = method if method.startswith("CR") else method.lower()
    return float(getattr(fit.contrast(weights, method), attribute)[0])  # type: ignore[arg-type]


def _printed_by_sas(fit: MmrmFit, names: tuple[str, ...]) -> Iterator[Comparison]:
    """-2RLL, the covariance of the visits and the drug's effect at each, as printed; one unit of the last digit."""
    where = ("antidepressant", "unstructured, REML")
    yield Comparison(*where, "objective", "", SAS, fit.objective, 3494.20285, 0, 5.1e-6)
    for i, row in enumerate(SAS_COVARIANCE):
        for j, theirs in enumerate(row):
            ours = float(np.asarray(fit.visit_covariances)[0][i, j])
            yield Comparison(*where, "covariance of visits", f"{i + 4} {j + 4}", SAS, ours, theirs, 0, 1e-4)
    for visit, (estimate, error, df, p_value) in SAS_DIFFERENCES.items():
        found = fit.contrast((np.array(names) == f"drug {visit}").astype(float)[None], "kenward-roger")
        for quantity, ours, theirs, unit in (
            ("estimate", found.estimate, estimate, 1e-4),
            ("std_error", found.std_error, error, 1e-4),
            ("df", found.df, df, 1.0),
            ("p_value", found.p_value, p_value, 1e-4),
        ):
            term = f"drug at visit {visit}"
            yield Comparison(
                *where, f"kenward-roger {quantity}", term, SAS, float(ours[0]), theirs, 0, 0.51 * unit
            )
