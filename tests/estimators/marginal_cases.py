"""The quantities of tests/reference/marginal/marginal.csv as this package finds them, from the same data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from lowback.estimators.equivalence import against_margin
from lowback.estimators.inference import Inference, JointTest, infer
from lowback.estimators.linear import LinearFit, least_squares
from lowback.estimators.lmm import fit_lmm
from lowback.estimators.marginal import Contrasts, differences, marginal_means, term_contrasts
from lowback.estimators.mmrm import fit_mmrm
from lowback.estimators.multiplicity import holm
from lowback.estimators.splines import natural_spline
from lowback.estimators.terms import Design, constrained, design, spline

REFERENCE = Path(__file__).resolve().parents[1] / "reference" / "marginal"
ARMS = ["usual care", "stretching", "both, at home"]
CONTROL = ARMS[0]
Numbers = dict[tuple[str, str], float]

LINEAR: dict[str, list[Any]] = {
    "additive": ["arm", "base", "sex", "site"],
    "crossed": ["arm", "sex", "site", "base", spline("age", 3), ("arm", "sex")],
    "sloped": ["arm", "base", "site", "arm:base"],
    "categorical": ["arm", "sex", "site", "arm:sex"],
}
# R's extra data set `sleep`: hours of extra sleep under two drugs, ten people each (Cushny & Peebles 1905).
SLEEP = (
    [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0],
    [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4],
)


@cache
def reference() -> pd.DataFrame:
    """The reference numbers, one row a quantity."""
    return pd.read_csv(REFERENCE / "marginal.csv", keep_default_na=False).astype({"value": float})


@cache
def trial() -> pd.DataFrame:
    """The simulated trial, one row a visit."""
    return pd.read_csv(REFERENCE / "trial.csv")


def model_design(data: str, model: str, folder: Path | None = None) -> tuple[Design, pd.DataFrame]:
    """The design of a model in the order of R's coefficients, and the rows it was made of."""
    if data == "orthodont" and folder:
        rows = pd.read_csv(folder / "mixed-model-classics" / "orthodont.csv")
        return design(rows, ["Sex", "age", "Sex:age"]), rows
    if data == "sleepstudy" and folder:
        rows = pd.read_csv(folder / "mixed-model-classics" / "sleepstudy.csv")
        return design(rows, ["Days"]), rows
    if data == "licorice-gargle" and folder:
        rows = throat_pain(folder)
        return design(
            rows, ["arm", "occasion", "age", "size", "arm:occasion"], {"arm": ["sugar water", "licorice"]}
        ), rows
    rows = trial()
    if model in LINEAR:
        rows = rows[rows["week"] == 12]
        return design(rows, LINEAR[model], {"arm": ARMS}), rows
    if model == "gls constrained":
        rows = with_baseline_as_visit(rows)
        terms: list[Any] = ["week", constrained("week", "arm", without={"week": 0})]
        return design(rows, terms, {"arm": ARMS, "week": [0, 4, 8, 12]}), rows
    if model.startswith("lmer slopes"):
        rows = rows.rename(columns={"week": "week_number"})
        return design(rows, ["arm", "week_number", "base", "site", "arm:week_number"], {"arm": ARMS}), rows
    return design(rows, ["arm", "week", "base", "sex", "arm:week"], {"arm": ARMS, "week": [4, 8, 12]}), rows


def with_baseline_as_visit(rows: pd.DataFrame) -> pd.DataFrame:
    """The trial with the baseline score as the visit of week 0."""
    baseline = rows.drop_duplicates("id").assign(week=0, y=lambda first: first["base"])
    return pd.concat([baseline, rows])


def throat_pain(folder: Path) -> pd.DataFrame:
    """The licorice gargle trial, one row a patient and occasion."""
    wide = pd.read_csv(folder / "licorice-gargle" / "licorice_gargle.csv")
    columns = ["pacu30min_throatPain", "pacu90min_throatPain", "postOp4hour_throatPain", "pod1am_throatPain"]
    people = pd.DataFrame(
        {
            "id": wide.index,
            "arm": wide["treat"].map({1: "licorice", 0: "sugar water"}),
            "age": wide["preOp_age"],
            "size": "size " + wide["intraOp_surgerySize"].astype("Int64").astype("str"),
        }
    )
    occasions = [
        people.assign(occasion=f"t{at}", y=wide[column]) for at, column in enumerate(columns, start=1)
    ]
    return pd.concat(occasions).dropna(subset="y")


def questions(data: str, model: str, made: Design) -> Iterator[tuple[str, Contrasts]]:
    """Each set of contrasts that the R script asked of a model, under the name that it has there."""
    if model in LINEAR:
        yield from _linear_questions(model, made)
        return
    factor, at = {"orthodont": "Sex", "sleepstudy": ""}.get(data, "arm"), None
    by = [factor, "week"]
    if data == "orthodont":
        by, at = ["Sex", "age"], {"age": (8, 14)}
    elif data == "licorice-gargle":
        by = ["arm", "occasion"]
    elif data == "sleepstudy":
        by, at = ["Days"], {"Days": (0, 4.5, 9)}
    elif "slopes" in model:
        by, at = ["arm", "week_number"], {"week_number": (4, 12)}
    means = marginal_means(made, by, at=at)
    yield "mean equal", means
    if factor and model != "gls constrained":
        yield "difference equal", differences(means, factor, made.levels[factor][0])
    if model == "gls":
        yield "difference of changes", differences(differences(means, "week", 4), "arm", CONTROL)


def _linear_questions(model: str, made: Design) -> Iterator[tuple[str, Contrasts]]:
    for weights in ("equal", "observed", "sample"):
        means = marginal_means(made, "arm", weights)
        yield f"mean {weights}", means
        yield f"difference {weights}", differences(means, "arm", CONTROL)
    if model == "crossed":
        both = marginal_means(made, ["arm", "sex"])
        yield "mean equal", both
        yield "difference equal", differences(both, "arm", CONTROL)
        yield "mean observed", marginal_means(made, ["arm", "sex"], "observed")
        yield "mean equal", marginal_means(made, ["sex", "age"], at={"age": (30, 60)})
    if model == "sloped":
        yield "mean equal", marginal_means(made, ["arm", "base"], at={"base": (3, 8)})


def linear_contrast(fit: LinearFit, matrix: np.ndarray) -> Inference:
    """Estimates of contrasts of a linear model."""
    errors = np.sqrt(np.einsum("ij,jk,ik->i", matrix, fit.covariance, matrix))
    return infer(matrix @ fit.coefficients, errors, fit.df)


def wald(coefficients: np.ndarray, covariance: np.ndarray, matrix: np.ndarray) -> float:
    """The mean squared standardised contrast: F before any scaling for small samples."""
    estimate = matrix @ coefficients
    return float(estimate @ np.linalg.solve(matrix @ covariance @ matrix.T, estimate)) / len(matrix)


def linear_joint(fit: LinearFit, matrix: np.ndarray) -> JointTest:
    """The F test of a linear model that some contrasts are all zero."""
    from scipy import stats

    statistic = wald(fit.coefficients, fit.covariance, matrix)
    return JointTest(statistic, len(matrix), fit.df, float(stats.f.sf(statistic, len(matrix), fit.df)))


def ours(data: str, model: str, folder: Path | None = None) -> Numbers:
    """Every quantity of one model of the reference, by its name and term there."""
    if model == "holm":
        families = {"0.01 0.04 0.03": 3, "0.2 0.001 0.001 0.9 0.049": 5, "0.7": 1}
        return {("adjusted p_value", f"{at + 1} of {family}"): value
                for family in families for at, value in enumerate(holm([float(p) for p in family.split()]))}  # fmt: skip
    if model == "pooled":
        return _margins()
    if model.startswith("ns "):
        return _spline_values(int(model[3:]))
    made, rows = model_design(data, model, folder)
    return dict(_fitted_numbers(data, model, made, rows))


def _fitted_numbers(
    data: str, model: str, made: Design, rows: pd.DataFrame
) -> Iterator[tuple[tuple[str, str], float]]:
    contrast, joint = _fit(data, model, made, rows)
    for kind, contrasts in questions(data, model, made):
        found = contrast(contrasts.matrix)
        for quantity in ("estimate", "std_error", "df"):
            for label, value in zip(contrasts.labels, getattr(found, quantity), strict=True):
                yield (f"{kind} {quantity}", label_of(label)), float(value)
    if model.startswith("gls"):
        return
    for term, matrix in term_contrasts(made).items():
        test = joint(matrix)
        for name, value in zip(["F", "df_num", "df_den", "p_value"],
                               [test.statistic, test.df_num, test.df_den, test.p_value], strict=True):  # fmt: skip
            yield (f"joint {name}", term), float(value)


def _fit(data: str, model: str, made: Design, rows: pd.DataFrame) -> tuple[Any, Any]:
    """How the model's fit estimates contrasts and tests them jointly."""
    if model in LINEAR:
        linear = least_squares(rows["y"], made.matrix, names=made.names)
        return (lambda matrix: linear_contrast(linear, matrix)), (lambda matrix: linear_joint(linear, matrix))
    if model.startswith("gls"):
        repeated = fit_mmrm(rows["y"], made.matrix, rows["id"], rows["week"], names=made.names)
        return (lambda matrix: repeated.contrast(matrix, "normal")), repeated.joint_test
    method: Any = model.rsplit(" ", 1)[1]
    outcome, group, slope = {"orthodont": ("distance", "Subject", "age"), "sleepstudy": ("Reaction", "Subject", "Days")}.get(
        data, ("y", "id", "week_number"))  # fmt: skip
    random = None if "visits" in model else np.column_stack([np.ones(len(rows)), rows[slope]])
    fit = fit_lmm(rows[outcome], made.matrix, rows[group], random, names=made.names)
    return (lambda matrix: fit.contrast(matrix, method)), (lambda matrix: fit.joint_test(matrix, method))


def label_of(label: str) -> str:
    """A label with levels as R prints them."""
    return label.replace(".0,", ",").removesuffix(".0")


def _margins() -> Numbers:
    """Two one-sided tests of R's `sleep` data: second drug minus first, with a pooled variance."""
    first, second = map(np.array, SLEEP)
    difference = first.mean() - second.mean()
    error = float(np.sqrt((first.var(ddof=1) + second.var(ddof=1)) / 2 * (1 / 10 + 1 / 10)))
    found: Numbers = {}
    for margin in (1.0, 2.5, 5.0):
        test = against_margin(difference, error, 18, margin)
        values = [difference, error, 18, test.p_above, test.p_below, test.conf_low, test.conf_high]
        names = ["estimate", "std_error", "df", "p_above", "p_below", "conf_low", "conf_high"]
        found |= {("t test", f"margin {margin:g} {name}"): v for name, v in zip(names, values, strict=True)}
    return found


def _spline_values(df: int) -> Numbers:
    points: Sequence[float] = (2, 20, 31.4, 40, 55.5, 70, 120)
    rows = trial()
    age = rows.loc[rows["week"] == 12, "age"].to_numpy(float)
    basis = natural_spline(age, df, "age").basis(np.array(points))
    return {("spline basis", f"{point:g} {column + 1}"): float(basis[at, column])
            for at, point in enumerate(points) for column in range(df)}  # fmt: skip
