"""Table 1: by hand, against R, and the published baseline of a real trial."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from describe.small_trial import STRETCH, plain_study, study, trial
from lowback.cohort import Cohort
from lowback.describe import table_one
from lowback.describe.balance import difference_of_levels, difference_of_means
from lowback.result import Refusal, Result
from lowback.study import Study

REFERENCE = Path(__file__).resolve().parents[1] / "reference"


def statistics(result: Result | Refusal) -> dict[tuple[str, str, str, str], float]:
    assert isinstance(result, Result), result
    keys = result.keys[["variable", "level", "arm", "statistic"]].itertuples(index=False, name=None)
    return dict(zip(keys, result.estimates["estimate"], strict=True))


def test_statistics_by_hand():
    found = statistics(table_one(trial(), study()))
    # Stretching: 30, 40, 50, 60 years.
    assert found["age_years", "", STRETCH, "mean"] == 45
    assert found["age_years", "", STRETCH, "SD"] == pytest.approx((500 / 3) ** 0.5)
    assert found["age_years", "", STRETCH, "median"] == 45
    assert found["age_years", "", STRETCH, "lower quartile"] == 37.5
    # Usual care: 35 and 45 years, one missing; variances 500/3 and 50.
    assert found["age_years", "", "usual care", "missing"] == 1
    assert found["age_years", "", STRETCH, "standardised difference"] == pytest.approx(5 / ((500 / 3 + 50) / 2) ** 0.5)  # fmt: skip
    assert found["sex", "female", STRETCH, "count"] == 3
    assert found["sex", "female", "usual care", "percentage"] == pytest.approx(100 / 3)
    # Shares 3/4 and 1/3: variances 3/16 and 2/9.
    assert found["sex", "", STRETCH, "standardised difference"] == pytest.approx((5 / 12) / ((3 / 16 + 2 / 9) / 2) ** 0.5)  # fmt: skip
    assert found["pain_nrs", "", "all", "mean"] == 6


def test_what_is_no_characteristic_stays_out():
    found = {variable for variable, *_ in statistics(table_one(trial(), study()))}
    # Nobody eligible is pregnant, and withdrawing is not known at baseline.
    assert found == {"age_years", "sex", "pain_nrs", "pelvic_tilt_deg"}


def test_agrees_with_r():
    data = pd.read_csv(REFERENCE / "table_one_data.csv", dtype={"participant_id": str})
    question = Study.model_validate(
        {
            "title": "reference",
            "design": "randomised trial",
            "arms": ["A, stretching", "B", "control"],
            "control_arm": "control",
            "estimands": plain_study().model_dump(exclude_unset=True)["estimands"],
        }
    )
    found = statistics(table_one(Cohort("reference", data), question))
    expected = pd.read_csv(REFERENCE / "table_one.csv", keep_default_na=False)
    assert len(expected) == 32
    for row in expected.itertuples(index=False):
        got = found[row.variable, "", row.arm, row.statistic]
        assert got == pytest.approx(row.value, rel=1e-12), row


def test_no_row_has_a_p_value_or_an_interval():
    result = table_one(trial(), study())
    assert isinstance(result, Result)
    assert result.estimates[["std_error", "df", "conf_low", "conf_high", "p_value"]].isna().all(axis=None)
    assert "p-value" not in result.method


@settings(max_examples=30)
@given(
    levels=st.lists(st.sampled_from(["a", "b, c", "b", "<i>", None]), min_size=1, max_size=15),
    arms=st.lists(st.sampled_from(["c", "b, c", "x"]), min_size=15, max_size=15),
)
def test_levels_and_missing_add_up_to_all(levels: list[str | None], arms: list[str]):
    people = pd.DataFrame(
        {
            "participant_id": [str(number) for number in range(len(levels))],
            "arm": arms[: len(levels)],
            "smoking": pd.Series(levels, dtype=object),
        }
    )
    result = table_one(Cohort("levels", people), plain_study())
    found = statistics(result)
    sizes = {**people["arm"].value_counts(), "all": len(people)}
    for arm, size in sizes.items():
        percent = sum(v for (_, _, of, what), v in found.items() if of == arm and what == "percentage")
        missing = found["smoking", "", arm, "missing"]
        assert percent + 100 * missing / size == pytest.approx(100)
    assert result.estimates["term"].is_unique


def test_a_category_of_many_levels_is_not_tabulated():
    ids = [str(number) for number in range(14)]
    jobs = [f"job {number}" for number in range(13)]
    people = pd.DataFrame(
        {"participant_id": ids, "job_class": [*jobs, jobs[0]], "smoking": ["yes", "no"] * 7}
    )
    result = table_one(Cohort("jobs", people), plain_study())
    assert {variable for variable, *_ in statistics(result)} == {"smoking"}
    assert "come near to naming people: job_class" in result.method


def test_identifiers_dates_and_free_text_are_never_shown():
    people = pd.DataFrame(
        {
            "participant_id": ["1", "2"],
            "site_id": ["X", "Y"],
            "randomised_on": ["2020-01-01", "2020-01-02"],
            "age_years": [30.0, 40.0],
        }
    )
    found = statistics(table_one(Cohort("secrets", people), plain_study()))
    assert {variable for variable, *_ in found} == {"age_years"}


def test_one_person_has_no_spread_and_nobody_no_mean():
    people = pd.DataFrame({"participant_id": ["1", "2"], "arm": ["a", "b"], "age_years": [30.0, None]})
    found = statistics(table_one(Cohort("two", people), plain_study()))
    assert found["age_years", "", "a", "mean"] == 30
    assert ("age_years", "", "a", "SD") not in found
    assert ("age_years", "", "b", "mean") not in found
    assert found["age_years", "", "b", "missing"] == 1


def test_an_arm_called_all_is_told_from_everybody():
    people = pd.DataFrame(
        {"participant_id": ["1", "2", "3"], "arm": ["all", "all", "b"], "age_years": [30.0, 40.0, 80.0]}
    )
    found = statistics(table_one(Cohort("all", people), plain_study()))
    assert found["age_years", "", "arm all", "mean"] == 35
    assert found["age_years", "", "all", "mean"] == 50


def test_nobody_eligible_is_refused():
    refusal = table_one(trial(), study().model_copy(update={"arms": ("c", "d"), "control_arm": "c"}))
    assert isinstance(refusal, Refusal)
    assert "is eligible and in an arm of the study" in refusal.reason


def test_arms_without_a_common_level_have_no_finite_difference():
    first, second = pd.Series(["a", "b"]), pd.Series(["c", "c"])
    assert difference_of_levels(first, second) is None
    assert difference_of_levels(first, first) == 0
    assert difference_of_means(pd.Series([0.1] * 3), pd.Series([0.3] * 3)) is None
    assert difference_of_means(pd.Series([0.1] * 3), pd.Series([0.1] * 4)) == 0


@given(st.permutations(["a", "a", "b", "c", "c"]), st.permutations(["a", "b", "b", "c"]))
def test_a_difference_of_levels_does_not_depend_on_names_or_order(first: list[str], second: list[str]):
    renamed = {"a": "z", "b": "m", "c": "<1>"}
    plain = difference_of_levels(pd.Series(first), pd.Series(second))
    moved = difference_of_levels(pd.Series(first).map(renamed), pd.Series(second).map(renamed))
    assert plain == pytest.approx(moved)
    assert plain == pytest.approx(difference_of_levels(pd.Series(second), pd.Series(first)))


def test_baseline_of_a_published_trial(shared_data: Path):
    """Ashar 2022, JAMA Psychiatry 79(1), Table 1: mean (SD) of baseline pain in the three arms."""
    data = pd.read_csv(shared_data / "prt-back-pain" / "pain_long.csv", dtype={"id": str})
    data = data[data["visit"] == "baseline"].rename(
        columns={"id": "participant_id", "pain_avg": "baseline_pain_nrs", "age": "age_years"}
    )
    people = data[["participant_id", "arm", "baseline_pain_nrs", "age_years", "sex"]]
    found = statistics(table_one(Cohort("prt", people), plain_study()))
    published = {"PRT": (4.22, 1.21), "placebo": (4.16, 1.33), "usual_care": (3.91, 1.24)}
    for arm, (mean, deviation) in published.items():
        got = [found["baseline_pain_nrs", "", arm, statistic] for statistic in ("mean", "SD")]
        np.testing.assert_allclose(np.round(got, 2), [mean, deviation], atol=1e-9)
