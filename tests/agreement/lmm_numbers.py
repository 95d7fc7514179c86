"""Mixed models: every row of tests/reference/lmm/lmm.csv, and what others have published."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from comparison import TOLERANCES, Comparison
from lmm_cases import OWN, REFERENCE, SHARED, columns, fitted, own_fit, prt_fit, shared_fit, table
from test_agreement import ERRORS, FREEDOM, JOINT

from lowback.estimators.inference import DfMethod
from lowback.estimators.lmm import LmmFit, likelihood_ratio_test

DATA = {"trial": "trial with drop-out", "sites": "trial in nine sites", "dyestuff2": "dyestuff"}
# Predicted effects of single people and sites are compared in the tests of the mixed model; there are too many to list.
NOT_LISTED = {"random_effect", "site_effect"}
PROGRAMS = {"satterthwaite": "lmerTest", "kenward": "pbkrtest", "CR": "clubSandwich"}


def comparisons(shared: Path | None) -> Iterator[Comparison]:
    """Each quantity of each model of which the data are at hand."""
    rows = pd.read_csv(REFERENCE / "lmm.csv", keep_default_na=False).astype({"value": float})
    rows = rows[~rows["quantity"].isin(NOT_LISTED)]
    for name, part in rows.groupby("data", sort=False):
        if name in NESTED:
            yield from _of_nested(str(name), part)
        elif name in OWN:
            yield from _of_model(str(name), own_fit(str(name)), part)
        elif name in SHARED and shared:
            yield from _of_model(str(name), shared_fit(str(name), shared), part)
    if shared:
        yield from _published(shared)


def _of_model(name: str, fit: LmmFit, rows: pd.DataFrame) -> Iterator[Comparison]:
    """The rows of one model, in the order in which the R script wrote them."""
    variance_scale = float(np.abs(fit.random_covariance).max())
    for quantity, part in rows.groupby("quantity", sort=False):
        found, kind = _ours(fit, name, str(quantity), part["term"].tolist())
        program = next(
            (p for start, p in PROGRAMS.items() if str(quantity).startswith(start)), "lme4, polished"
        )
        for term, ours, theirs in zip(part["term"], found, part["value"], strict=True):
            yield Comparison(
                data=DATA.get(name.split("_")[0], name.split("_")[0]),
                model=f"mixed model {name}",
                quantity=str(quantity),
                term=str(term),
                program=program,
                ours=float(ours),
                theirs=theirs,
                relative=TOLERANCES[kind if kind != "joint" else term],
                absolute={"variance": 1e-7 * variance_scale + 1e-12, "estimate": 1e-9}.get(kind, 0.0),
            )


def _ours(fit: LmmFit, name: str, quantity: str, terms: list[str]) -> tuple[list[float], str]:
    """Our numbers for one quantity and the kind of tolerance that they are held to."""
    each = np.eye(len(fit.names))
    if quantity == "objective":
        return [fit.objective], "objective"
    if quantity == "estimate":
        return fit.coefficients.tolist(), "estimate"
    if quantity == "random_covariance":
        places = [[int(at) - 1 for at in term.split()] for term in terms]
        return [float(fit.random_covariance[i, j]) for i, j in places], "variance"
    if quantity.startswith("variance"):
        return [float(getattr(fit, quantity))], "variance"
    if quantity == "aic_bic":
        return [{"AIC": fit.aic, "BIC": fit.bic}[term] for term in terms], "objective"
    if quantity in ERRORS:
        return fit.contrast(each, _df(ERRORS[quantity])).std_error.tolist(), "std_error"
    if quantity in FREEDOM:
        return fit.contrast(each, _df(FREEDOM[quantity])).df.tolist(), "df"
    joint = fit.joint_test(each[JOINT[name]], _df(quantity.removesuffix("_joint").replace("_", "-")))
    return [{"F": joint.statistic, "df": joint.df_den}[term] for term in terms], "joint"


def _of_nested(name: str, rows: pd.DataFrame) -> Iterator[Comparison]:
    """The likelihood ratio test of two nested models on the trial."""
    found = likelihood_ratio_test(*NESTED[name]())
    ours = [found.statistic, found.df, found.p_value]
    for row, value in zip(rows.itertuples(), ours, strict=True):
        where = (DATA["trial"], f"mixed model {name}", str(row.quantity), str(row.term))
        yield Comparison(*where, "stats::anova", float(value), float(row.value), 1e-6)


def _without_arm() -> LmmFit:
    rows = table("trial")
    design = columns(1, rows["base"], rows["week"])
    return fitted(rows["y"], design, rows["id"], columns(1, rows["week"]), method="ML")


NESTED = {
    "trial_slopes": lambda: (own_fit("trial_intercept"), own_fit("trial")),
    "trial_arm": lambda: (_without_arm(), own_fit("trial_ml")),
}


def _df(name: str) -> DfMethod:
    return name  # type: ignore[return-value]


def _published(shared: Path) -> Iterator[Comparison]:
    """Digits printed in papers, to half of the last one."""
    criterion = shared_fit("sleepstudy", shared).objective
    bates = "Bates et al. 2015"
    yield Comparison("sleepstudy", "published", "REML criterion", "", bates, criterion, 1743.628, 0, 5e-4)
    tests = prt_fit(shared).contrast(np.eye(8)[6:], "satterthwaite")
    for at, (arm, df, t) in enumerate([("placebo", 137.63, 6.06), ("usual care", 135.69, 8.13)]):
        ashar = ("prt", "published", f"{arm} by time", "Ashar et al. 2022")
        df_ours, t_ours = float(tests.df[at]), abs(float(tests.statistic[at]))
        yield Comparison(*ashar[:3], "df", ashar[3], df_ours, df, 0, 5e-3)
        yield Comparison(*ashar[:3], "t", ashar[3], t_ours, t, 0, 5e-3)
    zero = float(own_fit("dyestuff2").random_covariance[0, 0])
    yield Comparison(
        "dyestuff",
        "published",
        "variance between batches of Dyestuff2",
        "",
        "Bates et al. 2015",
        zero,
        0.0,
        0,
    )
