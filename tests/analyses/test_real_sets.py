"""Three published sets that the analyses were not built on, against lm, emmeans, lmerTest and glm (real_sets.R wrote real_sets.csv)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from trials import REFERENCE, estimates

from lowback.analyses.ancova import ancova
from lowback.analyses.mixed import mixed
from lowback.analyses.responders import responders
from lowback.cohort import Cohort
from lowback.study import Study
from lowback.variables import Variable, dictionary

ANALYSES = {"ancova": ancova, "mixed": mixed, "responders": responders}
Case = Callable[[Path], tuple[Cohort, Study]]


def own(name: str, **entry: object) -> Variable:
    return Variable.model_validate({"name": name, "label": name, **entry})


def made(
    name: str, people: pd.DataFrame, scores: dict[float, pd.Series], outcome: Variable, *more: Variable
) -> Cohort:
    ids = people["participant_id"]
    visits = [
        pd.DataFrame({"participant_id": ids, "weeks": week, outcome.name: values.astype(float)})
        for week, values in scores.items()
    ]
    known = {**dictionary(), **{one.name: one for one in (outcome, *more)}}
    return Cohort(name, participants=people, visits=pd.concat(visits), variables=known)


def asked(outcome: str, arms: list[str], week: float, rule: dict[str, float], **more: object) -> Study:
    shared = {"outcome": outcome, "week": week}
    risk = {"name": "better", "summary": "risk difference", "responders": [rule], **shared}
    estimands = [{"name": "score", "summary": "mean difference", **shared}, risk]
    content = {
        "title": outcome,
        "design": "cohort",
        "arms": arms,
        "control_arm": arms[0],
        "estimands": estimands,
    }
    return Study.model_validate({**content, **more})


def licorice(data: Path) -> tuple[Cohort, Study]:
    """Two arms, four visits within a day, a score that is mostly zero, a categorical covariate."""
    source = pd.read_csv(data / "licorice-gargle" / "licorice_gargle.csv")
    people = pd.DataFrame(
        {
            "participant_id": [f"{number:03d}" for number in range(len(source))],
            "arm": source["treat"].map({0: "sugar water", 1: "licorice"}),
            "age_years": source["preOp_age"].astype(float),
            "bmi": source["preOp_calcBMI"].astype(float),
            "asa": source["preOp_asa"].astype(str),
        }
    )
    columns = {
        0: "pacu30min_throatPain",
        0.009: "pacu90min_throatPain",
        0.024: "postOp4hour_throatPain",
        0.12: "pod1am_throatPain",
    }
    pain = own("throat_pain", unit="NRS points", low=0, high=10, higher_is="worse")
    asa = own("asa", kind="category", tables=["participants"])
    scores = {week: source[column] for week, column in columns.items()}
    study = asked(
        "throat_pain",
        ["sugar water", "licorice"],
        0.024,
        {"fall_points": 1},
        covariates=["age_years", "bmi", "asa"],
    )
    return made("licorice", people, scores, pain, asa), study


def hips(data: Path) -> tuple[Cohort, Study]:
    """A score on which higher is better, 39 people."""
    source = pd.read_csv(data / "hip-stretching-as" / "hips.csv").query("side == 'right'")
    people = pd.DataFrame({"participant_id": source["person"].astype(str), "arm": source["grp"]})
    rotation = own("rotation", unit="degrees", higher_is="better")
    scores = {0.0: source["rbef"], 3.0: source["raft"]}
    return made("hips", people, scores, rotation), asked(
        "rotation", ["control", "treat"], 3, {"fall_points": 5}
    )


def nhefs(data: Path) -> tuple[Cohort, Study]:
    """1,629 people, an outcome without a good direction, three categories among the covariates."""
    source = pd.read_csv(data / "nhefs" / "nhefs.csv")
    people = pd.DataFrame(
        {
            "participant_id": source["seqn"].astype(str),
            "arm": source["qsmk"].map({0: "kept smoking", 1: "quit"}),
            "age_years": source["age"].astype(float),
            "sex": source["sex"].map({0: "male", 1: "female"}),
            "education": source["education"].astype(str),
            "exercise": source["exercise"].astype(str),
            "smokeyrs": source["smokeyrs"].astype(float),
        }
    )
    weight = own("body_weight", unit="kg")
    exercise = own("exercise", kind="category", tables=["participants"])
    years = own("smokeyrs", unit="years", tables=["participants"])
    scores = {0.0: source["wt71"], 572.0: source["wt82"]}
    covariates = ["age_years", "sex", "education", "exercise", "smokeyrs"]
    study = asked("body_weight", ["kept smoking", "quit"], 572, {"fall_points": 5}, covariates=covariates)
    return made("nhefs", people, scores, weight, exercise, years), study


@pytest.mark.parametrize(
    ("case", "analysis"),
    [
        (licorice, "ancova"),
        (licorice, "mixed"),
        (hips, "ancova"),
        (hips, "responders"),
        (nhefs, "ancova"),
        (nhefs, "responders"),
    ],
)
def test_agrees_with_r_on_a_set_it_was_not_built_on(shared_data: Path, case: Case, analysis: str) -> None:
    expected = pd.read_csv(REFERENCE / "real_sets.csv", na_values=[""])
    expected = expected[(expected["data"] == case.__name__) & (expected["analysis"] == analysis)].set_index(
        "term"
    )
    found = estimates(ANALYSES[analysis](*case(shared_data))).loc[expected.index]
    assert len(expected)
    for column, tolerance in (("estimate", 1e-6), ("std_error", 1e-6), ("df", 1e-3), ("n_participants", 0)):
        assert found[column].tolist() == pytest.approx(
            expected[column].astype(float).tolist(), rel=tolerance, abs=1e-9
        )
