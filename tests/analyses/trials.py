"""Trials for the tests of effects: one with everything under control, simulated ones, and two from files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from lowback.cohort import Cohort
from lowback.result import Refusal, Result
from lowback.study import Estimand, Study, read_study

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = ROOT / "tests" / "reference"
PRT_STUDY = ROOT / "data" / "prt-back-pain" / "study.yml"


# What makes the trial below one of a single arm.
SINGLE_ARM = {
    "design": "single arm",
    "arms": ["usual care"],
    "control_arm": None,
    "estimand": {"population": "all participants"},
}


def link_study(**changes: object) -> Study:
    """A cohort asked how the lumbar curve goes with 5 degrees of pelvic tilt; changes are of its only estimand."""
    slope = {
        "name": "curve on tilt",
        "summary": "slope",
        "outcome": "lordosis_deg",
        "exposure": "pelvic_tilt_deg",
        "per": 5,
    }
    return Study(title="Links", design="cohort", estimands=(Estimand.model_validate({**slope, **changes}),))


def study(**changes: object) -> Study:
    """A randomised trial of two arms over weeks 0 and 12; `estimand` changes its only estimand."""
    estimand = {
        "name": "pain at week 12",
        "summary": "mean difference",
        "outcome": "pain_nrs",
        "population": "all randomised",
        "week": 12,
        **changes.pop("estimand", {}),  # type: ignore[dict-item]
    }
    content = {
        "title": "a trial",
        "design": "randomised trial",
        "weeks": [0, 12],
        "arms": ["usual care", "stretching"],
        "control_arm": "usual care",
        "estimands": [estimand],
    }
    return Study.model_validate({**content, **changes})


def responder_study(*rules: dict[str, object], **changes: object) -> Study:
    """The same trial asking who got better."""
    estimand = {
        "summary": "risk difference",
        "responders": list(rules) or [{"fall_points": 2}],
        **changes.pop("estimand", {}),  # type: ignore[dict-item]
    }
    return study(estimand=estimand, **changes)


def cohort(scores: dict[str, tuple[str, list[float | None]]], weeks: tuple[float, ...] = (0, 12)) -> Cohort:
    """People by hand: participant -> (arm, scores at the weeks); None is a visit not attended."""
    people = pd.DataFrame({"participant_id": list(scores), "arm": [arm for arm, _ in scores.values()]})
    rows = [
        (person, float(week), score)
        for person, (_, values) in scores.items()
        for week, score in zip(weeks, values, strict=True)
        if score is not None
    ]
    visits = pd.DataFrame(rows, columns=["participant_id", "weeks", "pain_nrs"])
    return Cohort("by hand", participants=people, visits=visits.astype({"pain_nrs": float}))


def simulated(
    seed: int, effect: float, people: int = 60, weeks: tuple[float, ...] = (0, 12), dropout: float = 0.0
) -> Cohort:
    """Two equal arms; pain is a person's level plus noise, and `effect` reached in a straight line by the last week."""
    rng = np.random.default_rng(seed)
    ids = np.array([f"P{number:03d}" for number in range(people)])
    treated = rng.permutation(np.arange(people) % 2)
    level = rng.normal(5, 0.8, people)
    frames = []
    for week in weeks:
        pain = level + effect * treated * week / weeks[-1] + rng.normal(0, 0.6, people)
        stays = (rng.random(people) >= dropout) | (week == 0)
        frames.append(pd.DataFrame({"participant_id": ids, "weeks": float(week), "pain_nrs": pain})[stays])
    arms = np.where(treated == 1, "stretching", "usual care")
    visits = pd.concat(frames)
    visits["pain_nrs"] = visits["pain_nrs"].clip(0, 10)
    return Cohort("simulated", participants=pd.DataFrame({"participant_id": ids, "arm": arms}), visits=visits)


def effects_trial() -> Cohort:
    """The simulated trial of three arms that the R scripts analyse."""
    rows = pd.read_csv(REFERENCE / "effects_trial.csv")
    people = rows[["participant_id", "arm", "age_years", "sex", "job_class"]].drop_duplicates()
    return Cohort("effects trial", participants=people, visits=rows[["participant_id", "weeks", "pain_nrs"]])


def effects_study(**changes: object) -> Study:
    """The study of that trial."""
    return study(
        weeks=[0, 6, 12],
        arms=["usual care", "stretching, hip", "strength"],
        covariates=["age_years", "sex", "job_class"],
        **changes,
    )


def prt_cohort(shared_data: Path) -> Cohort:
    """The patients of the PRT trial before and after treatment, as published."""
    rows = pd.read_csv(
        shared_data / "prt-back-pain" / "outcomes_baseline_posttreatment.csv", dtype={"id": str}
    )
    rows = rows[rows["is_patient"] == 1].rename(
        columns={"id": "participant_id", "pain_avg": "pain_nrs", "age": "age_years"}
    )
    rows["weeks"] = rows["time"].map({1: 0.0, 2: 4.0})
    rows["arm"] = rows["group"].map({1: "PRT", 2: "placebo", 3: "usual care"})
    rows["sex"] = rows["gender"].map({1: "male", 2: "female"})
    people = rows.groupby("participant_id")[["arm", "age_years", "sex"]].first().reset_index()
    return Cohort("PRT", participants=people, visits=rows[["participant_id", "weeks", "pain_nrs"]])


def prt_study(control: str) -> Study:
    """The study file that is kept beside the PRT mapping, its questions about PRT against this control."""
    study = read_study(PRT_STUDY)
    names = [one.name for one in study.estimands if one.name.endswith(f", against {control}")]
    return study.focus(*names)


def prt_reference(file: str, control: str) -> pd.DataFrame:
    """What R wrote of all arms, and of PRT against this control; R takes PRT for the reference, so differences are turned round to treatment less control."""
    rows = reference(file, "prt-back-pain")
    rows = rows[[" vs PRT" not in term or term.startswith(control) for term in rows.index]]
    is_difference = rows.index.str.startswith(f"{control} vs PRT")
    turned = -rows[["estimate", "conf_high", "conf_low"]][is_difference]
    rows.loc[is_difference, ["estimate", "conf_low", "conf_high"]] = turned.to_numpy()
    return rows.rename(index=lambda term: term.replace(f"{control} vs PRT", f"PRT vs {control}"))


def estimates(result: Result | Refusal) -> pd.DataFrame:
    """The estimates by term of an analysis that answered."""
    assert isinstance(result, Result), result
    return result.estimates.set_index("term")


def reference(file: str, data: str) -> pd.DataFrame:
    """What R wrote about one data set, by term."""
    rows = pd.read_csv(REFERENCE / file)
    return rows[rows["data"] == data].set_index("term").drop(columns=["data", "versions"]).astype(float)


def refusal(result: Result | Refusal) -> Refusal:
    """The refusal of an analysis that did not answer."""
    assert isinstance(result, Refusal), result
    return result
