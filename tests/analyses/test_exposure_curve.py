"""The curve of an outcome along an exposure: lines, bends, one record a person, and what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from trials import link_study

from lowback.analyses.corrected_slopes import corrected_slopes
from lowback.analyses.exposure_curve import exposure_curve
from lowback.cohort import Cohort
from lowback.result import Refusal, Result


def cohort(bend: float, people: int = 80, visits: int = 4, within: float = 2.0) -> Cohort:
    rng = np.random.default_rng(8)
    person = np.repeat(np.arange(people), visits)
    tilt = np.repeat(rng.normal(6, 3, people), visits) + rng.normal(0, within, len(person))
    curve = (
        50
        + tilt
        + bend * (tilt - 6) ** 2
        + np.repeat(rng.normal(0, 3, people), visits)
        + rng.normal(0, 1, len(person))
    )
    rows = {
        "participant_id": [f"{one:03d}" for one in person], "weeks": np.tile(4.0 * np.arange(visits), people), "pelvic_tilt_deg": tilt,
        "lordosis_deg": np.clip(curve, -30, 150),
    }  # fmt: skip
    return Cohort("curves", visits=pd.DataFrame(rows))


def rows(result: Result | Refusal, level: str, statistic: str) -> pd.DataFrame:
    assert isinstance(result, Result), result
    assert result.keys is not None
    kept = (result.keys["level"] == level) & (result.keys["statistic"] == statistic)
    return result.estimates[kept].assign(at=result.keys["at"][kept])


@pytest.mark.parametrize(("bend", "is_shown"), [(0.0, False), (0.25, True)])
def test_a_bend_within_people_is_found_where_there_is_one(bend: float, is_shown: bool):
    result = exposure_curve(cohort(bend), link_study())
    assert (rows(result, "within", "bend")["p_value"].item() < 0.01) == is_shown
    curve = rows(result, "within", "curve")
    middle = curve["at"][curve["estimate"].abs().idxmin()]
    true = (curve["at"] - middle) + bend * ((curve["at"] - 6) ** 2 - (middle - 6) ** 2)
    assert (curve["estimate"] - true).abs().max() < 1.2
    assert (curve["conf_low"] <= curve["estimate"]).all()
    assert len(rows(result, "within", "curve without error")) == len(curve)


def test_no_curve_without_error_is_shown_where_error_may_be_all_that_varies():
    result = exposure_curve(cohort(0.0, within=0.8), link_study())
    assert isinstance(result, Result)
    assert len(rows(result, "within", "curve")) > 0
    assert len(rows(result, "within", "curve without error")) == 0
    assert len(rows(result, "between", "curve without error")) == len(rows(result, "between", "curve"))
    assert (
        "No curve without error within persons: error may be most of how pelvic tilt varies there"
        in result.method
    )
    # The slopes of the same people say the same.
    slopes = corrected_slopes(cohort(0.0, within=0.8), link_study())
    assert isinstance(slopes, Result)
    assert slopes.keys is not None
    freed = slopes.keys.loc[slopes.keys["adjustment"] == "SIMEX", "level"].tolist()
    assert freed == ["between"]


def test_one_record_a_person_has_a_curve_between_persons():
    result = exposure_curve(cohort(0.1, visits=1), link_study())
    assert isinstance(result, Result)
    assert set(result.keys["level"]) == {"between"}  # type: ignore[index]
    assert "No curve within persons: each person has one record" in result.method


def test_the_rug_points_at_nobody():
    result = exposure_curve(cohort(0.0), link_study())
    rug = rows(result, "between", "rug")
    visits = cohort(0.0).visits
    assert visits is not None
    means = visits.groupby("participant_id")["pelvic_tilt_deg"].mean()
    assert len(rug) == 19
    assert rug["estimate"].iloc[9] == pytest.approx(means.median())


def test_an_exposure_with_two_values_has_no_curve():
    visits = cohort(0.0).visits
    assert visits is not None
    refusal = exposure_curve(
        Cohort("two", visits=visits.assign(pelvic_tilt_deg=np.arange(len(visits)) % 2 * 1.0)), link_study()
    )
    assert isinstance(refusal, Refusal)
    assert "no curve of lumbar lordosis along pelvic tilt" in refusal.reason
    assert "too few distinct values" in refusal.reason


def test_values_far_from_zero_are_told_apart_in_words():
    near = cohort(0.0)
    assert near.visits is not None
    far = near.visits.rename(columns={"pelvic_tilt_deg": "steps_per_day"})
    far["steps_per_day"] = 40_000 + far["steps_per_day"] / 10
    asked = link_study(exposure="steps_per_day", per=1)
    terms = rows(exposure_curve(Cohort("far", visits=far), asked), "between", "curve")["term"]
    assert terms.is_unique
    assert terms.str.startswith("between persons, at 4000").all()
