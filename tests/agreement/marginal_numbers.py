"""Marginal means, joint tests, splines and margins: every row of tests/reference/marginal/marginal.csv."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd
from comparison import TOLERANCES, Comparison
from marginal_cases import LINEAR, ours, reference
from mmrm.test_reference import SAS_MEANS

from lowback.estimators.marginal import marginal_means
from lowback.estimators.mmrm import fit_mmrm
from lowback.estimators.terms import design

NEEDS_SHARED = {"orthodont", "sleepstudy", "licorice-gargle"}
# The fit's own numbers, from which tests/estimators/test_marginal.py checks contrasts apart from any fit.
NOT_ASKED = {"coefficient", "covariance"}


def comparisons(shared: Path | None) -> Iterator[Comparison]:
    """Each quantity of each model of which the data are at hand."""
    rows = reference()
    for (data, model), part in rows.groupby(["data", "model"], sort=False):
        if data in NEEDS_SHARED and not shared:
            continue
        found = ours(str(data), str(model), shared)
        for row in part.itertuples():
            if row.quantity in NOT_ASKED:
                continue
            yield Comparison(
                data="trial with unbalanced covariates" if data == "trial" else str(data),
                model=f"questions to {model}",
                quantity=str(row.quantity),
                term=str(row.term),
                program=_program(str(model), str(row.quantity)),
                ours=found.get((str(row.quantity), str(row.term)), float("nan")),
                theirs=float(row.value),
                relative=_tolerance(str(model), str(row.quantity)),
                absolute=1e-14 if row.quantity == "spline basis" else 0.0,
            )
    if shared:
        yield from _least_squares_means(shared)


def _least_squares_means(shared: Path) -> Iterator[Comparison]:
    """Means by visit of the antidepressant trial as SAS printed them, to its last digit; SAS stopped a little early."""
    rows = pd.read_csv(shared / "mmrm-antidepressant" / "antidepressant.csv")
    levels = {"VISIT": [4, 5, 6, 7], "THERAPY": ["PLACEBO", "DRUG"]}
    made = design(rows, ["VISIT", "BASVAL", "THERAPY", "VISIT:BASVAL", "VISIT:THERAPY"], levels)
    fit = fit_mmrm(rows["CHANGE"], made.matrix, rows["PATIENT"], rows["VISIT"], names=made.names)
    means = marginal_means(made, ["VISIT", "THERAPY"])
    found = fit.contrast(means.matrix, "kenward-roger")
    for at, (visit, therapy) in enumerate(means.levels):
        first = 0 if therapy == "DRUG" else 2
        for quantity, value, theirs in zip(
            ("estimate", "std_error"),
            (found.estimate[at], found.std_error[at]),
            SAS_MEANS[visit][first : first + 2],
            strict=True,
        ):
            where = ("antidepressant", "questions to unstructured, REML")
            name = f"mean equal {quantity}"
            yield Comparison(*where, name, means.labels[at], "SAS PROC MIXED", float(value), theirs, 0, 6e-5)


def _program(model: str, quantity: str) -> str:
    """Which program wrote a quantity."""
    if "ns " in model:
        return "splines::ns"
    if model in ("holm", "pooled"):
        return {"holm": "p.adjust", "pooled": "t.test"}[model]
    if quantity.startswith("joint"):
        return "stats::anova" if model == "crossed" else "emmeans" if model in LINEAR else "lmerTest"
    if model == "gls constrained":
        return "nlme"
    return "predict.lm" if "sample" in quantity else "emmeans"


def _tolerance(model: str, quantity: str) -> float:
    is_iterative = model.startswith(("gls", "lmer"))
    kind = quantity.split()[-1].removesuffix("_num").removesuffix("_den")
    return TOLERANCES[kind] if is_iterative else TOLERANCES["exact"]
