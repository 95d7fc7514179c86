"""Slopes at low and high values of a modifier: planted, simulated truth, four cells, and what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from lowback.analyses.slope_by_modifier import slope_by_modifier
from lowback.cohort import Cohort
from lowback.result import Refusal, Result
from lowback.study import Estimand, Study
from lowback.variables import Variable, dictionary


def study(**changes: object) -> Study:
    slope = {
        "name": "pain on tilt", "summary": "slope", "outcome": "disability_odi", "exposure": "pelvic_tilt_deg", "per": 5, "modifier": "sensitised_nrs",
    }  # fmt: skip
    return Study(
        title="By modifier", design="cohort", estimands=(Estimand.model_validate({**slope, **changes}),)
    )


def cohort(seed: int = 1, people: int = 80, noise: float = 1.0, sem: float = 1.1) -> Cohort:
    """Disability rises within people by 0.5 a degree of tilt, and 0.4 a degree more for each point of reactivity above 5."""
    rng = np.random.default_rng(seed)
    person = np.repeat(np.arange(people), 4)
    moved = rng.normal(0, 1.5, (people, 4))
    own = (moved - moved.mean(axis=1, keepdims=True)).ravel()
    mean = np.repeat(rng.normal(6, 3, people) + moved.mean(axis=1), 4)
    reactive = np.clip(np.round(5 + rng.normal(0, 1.5, 4 * people)), 0, 10)
    score = 40 + (0.5 + 0.4 * (reactive - 5)) * own + 0.3 * mean + reactive
    score = score + noise * (np.repeat(rng.normal(0, 2, people), 4) + rng.normal(0, 1, 4 * people))
    visits = {
        "participant_id": [f"{one:03d}" for one in person], "weeks": np.tile([0.0, 4, 8, 12], people), "disability_odi": score,
        "pelvic_tilt_deg": mean + own + rng.normal(0, sem, 4 * people), "sensitised_nrs": reactive,
    }  # fmt: skip
    return Cohort("by modifier", visits=pd.DataFrame(visits))


def found(result: Result | Refusal, **key: str) -> pd.Series:
    assert isinstance(result, Result), result
    keys = result.keys
    assert keys is not None
    kept = np.logical_and.reduce([keys[name] == value for name, value in key.items()])
    assert kept.sum() == 1
    return result.estimates[kept].iloc[0]


def test_planted_slopes_are_found_without_noise():
    result = slope_by_modifier(cohort(noise=1e-3, sem=0.0), study())
    at = {"level": "within", "adjustment": "as measured", "statistic": "slope"}
    assert isinstance(result, Result)
    low, high = result.keys[["low", "high"]].iloc[0]  # type: ignore[index]
    for name, value in (("low", low), ("high", high)):
        assert found(result, at=name, **at)["estimate"] == pytest.approx(
            5 * (0.5 + 0.4 * (value - 5)), abs=0.02
        )
    assert found(result, at="high minus low", **at)["estimate"] == pytest.approx(
        5 * 0.4 * (high - low), abs=0.02
    )
    assert found(result, at="for each unit", **at)["estimate"] == pytest.approx(5 * 0.4, abs=0.02)


@pytest.mark.parametrize("zero", [-10.0, 1000.0, 5e8])
def test_slopes_by_a_modifier_are_the_same_wherever_its_scale_has_its_zero(zero: float):
    made = cohort()
    assert made.visits is not None
    known = {**dictionary(), "strung": Variable(name="strung", label="strung", unit="units")}
    far = Cohort(
        "far", visits=made.visits.assign(strung=made.visits["sensitised_nrs"] + zero), variables=known
    )
    there, here = slope_by_modifier(far, study(modifier="strung")), slope_by_modifier(made, study())
    assert isinstance(there, Result)
    assert isinstance(here, Result)
    assert f"strung {zero + 6:.9g} minus {zero + 4:.9g}" in there.estimates["term"].str.cat()
    for name in ("estimate", "std_error", "conf_low", "conf_high"):
        assert there.estimates[name].tolist() == pytest.approx(here.estimates[name].tolist(), rel=1e-6)


def test_four_cells_add_up():
    result = slope_by_modifier(cohort(), study())
    cells = {
        name: found(result, statistic=name)["estimate"]
        for name in ("exposure alone", "modifier alone", "both", "both beyond the sum")
    }
    assert cells["both"] - cells["exposure alone"] - cells["modifier alone"] == pytest.approx(
        cells["both beyond the sum"]
    )
    assert found(result, level="within", adjustment="corrected", at="high minus low")[
        "estimate"
    ] == pytest.approx(cells["both beyond the sum"])


def test_intervals_cover_the_true_rise_and_those_as_measured_do_not():
    covered = {"corrected": 0, "as measured": 0}
    for seed in range(120):
        result = slope_by_modifier(cohort(seed, 120), study())
        for adjustment in covered:
            row = found(result, level="within", adjustment=adjustment, at="for each unit")
            # 0.4 points a degree for each point, of 5 degrees.
            covered[adjustment] += row["conf_low"] <= 5 * 0.4 <= row["conf_high"]
    # 95 % of 120 with 2.9 standard errors.
    assert 107 <= covered["corrected"] <= 120
    assert covered["as measured"] < 60


def test_a_flag_of_persons_may_modify():
    plain = cohort().visits
    assert plain is not None
    ids = sorted(set(plain["participant_id"]))
    people = pd.DataFrame({"participant_id": ids, "sign_hip_pain": [one % 2 == 0 for one in range(len(ids))]})
    result = slope_by_modifier(
        Cohort("flag", participants=people, visits=plain), study(modifier="sign_hip_pain")
    )
    assert isinstance(result, Result)
    assert tuple(result.keys[["low", "high"]].iloc[0]) == (0, 1)  # type: ignore[index]
    assert "for each unit" not in set(result.keys["at"])  # type: ignore[index]


def test_a_slope_that_names_a_modifier_comes_before_one_that_names_none():
    (asked,) = study().estimands
    plain = asked.model_copy(update={"name": "pain on tilt alone", "modifier": None})
    both = study().model_copy(update={"estimands": (plain, asked)})
    assert slope_by_modifier(cohort(people=20), both).estimand == "pain on tilt"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"modifier": None}, "estimand 'pain on tilt' names no modifier"),
        ({"modifier": "flare"}, "no column 'flare' in 'by modifier'"),
        ({"modifier": "participant_id"}, "'participant_id' is neither a number nor a yes or no"),
        ({"exposure": "hip_extension_deg"}, "no column 'hip_extension_deg' in 'by modifier'"),
    ],
)
def test_what_cannot_be_answered_is_refused_by_name(changes: dict[str, object], reason: str):
    if changes.get("modifier", "") is None:
        estimand = {
            "name": "pain on tilt",
            "summary": "slope",
            "outcome": "disability_odi",
            "exposure": "pelvic_tilt_deg",
            "per": 5,
        }
        asked = Study(title="t", design="cohort", estimands=(Estimand.model_validate(estimand),))
    else:
        asked = study(**changes)
    refusal = slope_by_modifier(cohort(), asked)
    assert isinstance(refusal, Refusal)
    assert refusal.reason == reason
    assert refusal.needs


def test_a_modifier_that_never_changes_is_refused():
    visits = cohort().visits
    assert visits is not None
    refusal = slope_by_modifier(Cohort("still", visits=visits.assign(sensitised_nrs=4.0)), study())
    assert isinstance(refusal, Refusal)
    assert refusal.reason == "sensitised_nrs is the same on every occasion"


def test_slopes_of_which_none_has_an_interval_are_refused_by_name():
    # Of seven people one decides whether tilt and flares change together.
    visits = pd.DataFrame(
        {
            "participant_id": list("AABBCCDDEEFGG"),
            "weeks": [0.0, 12, 0, 12, 0, 12, 0, 12, 0, 12, 0, 0, 12],
            "pelvic_tilt_deg": [4.2, -8.4, 4.4, 5.9, 0.5, 1.4, -0.3, -2.8, 2.3, 1.7, -1.1, -2.8, 3.3],
            "disability_odi": [8.0, 4, 9, 6, 4, 2, 4, 6, 5, 8, 5, 3, 3],
            "flare": pd.array([0, 0, 0, 1, 0, 1, 1, 0, 1, 0, 0, 0, 1], dtype="boolean"),
        }
    )
    result = slope_by_modifier(Cohort("few", visits=visits), study(modifier="flare"))
    assert isinstance(result, Refusal)
    assert "the exposure's variation (within x modifier) is that of too few people" in result.reason
