"""The panel analysis: from a cohort to both lags, or to the reason why there are none."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from lowback.analyses.panel import panel
from lowback.cohort import Cohort
from lowback.estimators.panel import fit_panel
from lowback.figures import panel_figure
from lowback.intake.measurement_error import MeasurementError, with_errors
from lowback.result import Refusal, Result, from_payload, to_payload
from lowback.sentences import answer
from lowback.simulate import claim_scenario, simulate
from lowback.study import Estimand, Study
from lowback.tables import estimates_table

WEEKS = (0.0, 4.0, 8.0, 12.0)


def waves(seed: int, people: int = 90, cross: float = 0.5) -> Any:
    """Hip and back pain (person, wave); the back follows the hip a wave later."""
    rng = np.random.default_rng(seed)
    levels, hip, back = rng.normal(0, 1, (people, 1)), [], []
    x, y = rng.normal(0, 1, people), rng.normal(0, 1, people)
    for _ in WEEKS:
        hip.append(x)
        back.append(y)
        x, y = 0.4 * x + rng.normal(0, 0.9, people), 0.3 * y + cross * x + rng.normal(0, 0.8, people)
    return 4 + levels + np.array(hip).T, 5 + levels + np.array(back).T


def cohort(hip: Any, back: Any, weeks: tuple[float, ...] = WEEKS, arms: tuple[str, ...] = ()) -> Cohort:
    people = [f"{n:03d}" for n in range(len(hip))]
    ids = np.repeat(people, len(weeks))
    table = {"participant_id": ids, "weeks": np.tile(weeks, len(hip)), "pain_nrs": np.clip(back, 0, 10).ravel(), "hip_pain_nrs": np.clip(hip, 0, 10).ravel()}  # fmt: skip
    visits = pd.DataFrame(table).dropna(subset=["pain_nrs", "hip_pain_nrs"], how="all")
    participants = pd.DataFrame({"participant_id": people})
    if arms:
        participants["arm"] = [arms[n % len(arms)] for n in range(len(hip))]
    return Cohort("waves", participants=participants, visits=visits)


def study(**changes: Any) -> Study:
    estimand = Estimand(name="hip and back", summary="lead", outcome="pain_nrs", exposure="hip_pain_nrs")
    return Study(
        **{"title": "Who leads?", "design": "cohort", "weeks": WEEKS, "estimands": (estimand,), **changes}
    )


def row(result: Result | Refusal, **keys: str) -> pd.Series:
    assert isinstance(result, Result), result
    assert result.keys is not None
    chosen = np.logical_and.reduce([result.keys[name] == value for name, value in keys.items()])
    return result.estimates[chosen].iloc[0]


def test_the_lags_are_those_of_the_estimator_with_the_error_of_the_dictionary() -> None:
    hip, back = waves(1)
    back = np.clip(back, 0, 10)
    result = panel(cohort(hip, back), study())
    # Of scores about the mean of their visit, over 90 people less one at each.
    error = (0.0, (1 - 0.915) * back.var(axis=0, ddof=1).mean())
    fit = fit_panel(np.clip(hip, 0, 10), back, error_variance=error)
    for adjustment, one in (
        ("corrected for measurement error", fit),
        ("as recorded", fit_panel(np.clip(hip, 0, 10), back)),
    ):
        found = row(result, statistic="lag", foretold="pain_nrs", adjustment=adjustment)
        at = one.names.index("second on first")
        assert found["estimate"] == pytest.approx(one.estimates[at])
        assert found["std_error"] == pytest.approx(one.jackknife_covariance[at, at] ** 0.5)
        # 90 people less three levels, three of the first wave, four lags and nine fresh ones.
        assert found["df"] == 90 - 19
        assert found["n_participants"] == 90
    assert row(result, statistic="lag", foretold="pain_nrs")["conf_low"] > 0
    assert "corrected for the measurement error of back pain" in result.method


def test_many_people_have_errors_from_their_parts_of_the_score() -> None:
    hip, back = waves(9, people=210)
    result = panel(cohort(hip, back), study())
    fit = fit_panel(np.clip(hip, 0, 10), np.clip(back, 0, 10))
    found, at = row(result, statistic="lag", adjustment="as recorded"), fit.names.index("second on first")
    assert found["std_error"] == pytest.approx(fit.robust_covariance[at, at] ** 0.5)
    assert np.isinf(found["df"])
    assert isinstance(result, Result)
    assert "from each person's part of the likelihood" in result.method


def test_arms_have_means_of_their_own() -> None:
    hip, back = waves(2)
    apart = np.where(np.arange(90) % 2, 3.0, 0.0)[:, None] * np.array([0, 0, 1, 1])
    arms = ("a, 'b'", "<c>")
    one = panel(cohort(hip, back, arms=arms), study(arms=arms))
    other = panel(cohort(hip, back - apart / 3, arms=arms), study(arms=arms))
    assert row(other, statistic="lag")["estimate"] == pytest.approx(
        row(one, statistic="lag")["estimate"], abs=0.05
    )


def test_uneven_waves_are_refused_with_the_way_to_continuous_time() -> None:
    hip, back = waves(3)
    result = panel(cohort(hip, back, weeks=(0, 2, 4, 8)), study(weeks=(0, 2, 4, 8)))
    assert isinstance(result, Refusal)
    assert "not evenly spaced (weeks 0, 2, 4, 8)" in result.reason
    assert "`lead`" in " ".join(result.needs)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"weeks": (0, 4)}, "only 2 visits record both pain_nrs and hip_pain_nrs"),
        ({"estimands": (Estimand(name="x", summary="lead", outcome="pain_nrs", exposure="mood"),)}, "no column 'mood'"),
        ({"estimands": (Estimand(name="x", summary="mean difference", outcome="pain_nrs", week=4),)}, "declares no estimand whose summary measure is “lead”"),
        ({"arms": ("other", "none"), "control_arm": "none"}, "nobody with these scores is in an arm of the study"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_refused_by_name(change: dict[str, Any], said: str) -> None:
    result = panel(cohort(*waves(4), arms=("one", "two")), study(**change))
    assert isinstance(result, Refusal)
    assert said in result.reason


def test_few_people_are_refused_and_not_fitted() -> None:
    hip, back = waves(5, people=12)
    result = panel(cohort(hip, back), study())
    assert isinstance(result, Refusal)
    assert "12 people for a model of" in result.reason


def test_a_result_is_shown_worded_and_carried() -> None:
    hip, back = waves(6)
    result = panel(cohort(hip, back), study())
    assert isinstance(result, Result)
    said = answer(result).media["text/plain"]
    assert (
        "pain at the front of the hip foretold back pain, and the other way round no lag was shown"
        in said.lower()
    )
    assert "an association" in said
    assert "image/png" in panel_figure(result).media
    assert "SD per SD" in estimates_table(result).media["text/html"]
    assert isinstance(from_payload(to_payload(result)), Result)


def test_without_a_lag_the_words_leave_it_open() -> None:
    hip, back = waves(7, cross=0.0)
    assert (
        "these data cannot tell whether"
        in answer(panel(cohort(hip, back), study())).media["text/plain"].lower()
    )


def test_the_five_percent_are_shared_between_both_lags() -> None:
    """By hand, Holm: the smaller of two p-values counts twice, the larger once but never before the smaller."""
    result = panel(cohort(*waves(8, people=60, cross=0.2)), study())
    assert isinstance(result, Result)
    assert result.keys is not None
    lags = (result.keys["statistic"] == "lag") & (result.keys["adjustment"] == "as recorded")
    p_values = result.estimates["p_value"][lags].to_numpy()
    smaller, larger = 2 * p_values.min(), max(2 * p_values.min(), p_values.max())
    expected = [(smaller if one == p_values.min() else larger) < 0.05 for one in p_values]
    assert (result.keys["conclusion"][lags] == "foretells").tolist() == expected


def test_low_mood_foretells_pain_where_it_keeps_pain_going_and_not_where_distress_brings_both() -> None:
    """C37: the trap, lasting distress, lies between people and is taken up by their levels."""
    for switch, expected in ((True, True), ("trap", False)):
        made = simulate(claim_scenario("C37", switch), 64, 5, days=10)
        people = Cohort("mood", participants=made.participants, checkins=made.checkins)
        estimand = Estimand(name="mood", summary="lead", outcome="pain_nrs", exposure="mood")
        result = panel(people, study(estimands=(estimand,), weeks=()))
        assert (row(result, statistic="lag", foretold="pain_nrs")["conf_low"] > 0) == expected


def test_a_course_that_all_share_moves_no_lag() -> None:
    # Means of visits are free, and how far people lie apart at a visit does not hang on them.
    hip, back = waves(1)
    courses = (0.0, np.array([1.5, 0.5, 0, -1]))
    still, falling = (panel(cohort(hip, np.clip(back, 2, 8) + one), study()) for one in courses)
    for column in ("estimate", "conf_low", "conf_high"):
        assert row(falling, statistic="lag")[column] == pytest.approx(
            row(still, statistic="lag")[column], abs=1e-6
        )


def diary(seed: int, people: int = 210, days: int = 7, sd: float = 1.3, more: float = 0.0) -> Cohort:
    """Check-ins of one a day in whole points, each series keeping 0.6 of itself; `more` is the SD of back pain's error beyond rounding."""
    rng = np.random.default_rng(seed)
    state, kept = sd * rng.standard_normal((2, people)), []
    for _ in range(days):
        kept.append(state + np.array([[0.0], [more]]) * rng.standard_normal((2, people)))
        state = 0.6 * state + 0.8 * sd * rng.standard_normal((2, people))
    scores = np.clip(np.round(np.array(kept) + rng.uniform(4.5, 5.5, (2, people))), 0, 10)
    names = [f"{n:03d}" for n in range(people)]
    table = pd.DataFrame(
        {
            "participant_id": np.tile(names, days),
            "days": np.repeat(np.arange(days, dtype=float), people),
            "hip_pain_nrs": scores[:, 0].ravel(),
            "pain_nrs": scores[:, 1].ravel(),
        }
    )
    return Cohort("diary", participants=pd.DataFrame({"participant_id": names}), checkins=table)


DAILY = study(weeks=())


def test_check_ins_in_whole_points_have_the_error_of_rounding_taken_off():
    people = diary(1)
    assert people.checkins is not None
    result = panel(people, DAILY)
    wide = {
        name: people.checkins.pivot_table(index="participant_id", columns="days", values=name).to_numpy(float)
        for name in ("hip_pain_nrs", "pain_nrs")
    }
    fits = {
        "corrected for rounding": fit_panel(*wide.values(), error_variance=(1 / 12, 1 / 12)),
        "as recorded": fit_panel(*wide.values()),
    }
    for adjustment, one in fits.items():
        found = row(result, statistic="own past", foretold="pain_nrs", adjustment=adjustment)
        assert found["estimate"] == pytest.approx(one.estimates[one.names.index("second on second")])
    assert isinstance(result, Result)
    assert (
        "back pain is recorded in steps of 1 NRS point, whose error, a twelfth of the step squared, is taken off"
        in result.method
    )
    assert "not corrected for any other error" in result.method
    assert "Measurement error beyond that of rounding was not taken off" in answer(result).media["text/plain"]


def test_the_memory_of_rounded_scores_is_found_and_without_the_correction_is_too_short():
    """Simulated truth 0.6 with its negative control: the same cohorts as recorded."""
    covered, recorded = 0, []
    for seed in range(20):
        result = panel(diary(100 + seed), DAILY)
        for name in ("hip_pain_nrs", "pain_nrs"):
            found = row(result, statistic="own past", foretold=name, adjustment="corrected for rounding")
            covered += found["conf_low"] <= 0.6 <= found["conf_high"]
            recorded.append(
                row(result, statistic="own past", foretold=name, adjustment="as recorded")["estimate"]
            )
    # 95 % of 40 less 2.6 standard errors.
    assert covered >= 34
    off = np.mean(recorded) - 0.6
    assert off < -2.6 * np.std(recorded) / len(recorded) ** 0.5


def test_scores_that_hardly_change_are_not_corrected_and_the_method_says_why():
    result = panel(diary(2, sd=0.35), DAILY)
    assert isinstance(result, Result)
    assert "recorded in steps of 1 NRS point, too coarse beside what it changes by" in result.method
    assert result.keys is not None
    assert set(result.keys["adjustment"]) == {"as recorded"}


@pytest.mark.parametrize("at_visits", [False, True])
def test_the_error_that_a_mapping_declares_is_that_of_check_ins_where_no_visit_records_the_measure(at_visits):
    people = diary(3, more=0.9)
    told = with_errors(
        {"pain_nrs": MeasurementError(measurement_error_sem=0.95, source="made up")}, people.variables
    )
    visits = pd.DataFrame({"participant_id": people.participant_ids, "weeks": 0.0, "pain_nrs": 5.0})
    people = Cohort(
        "diary", variables={**people.variables, **told}, participants=people.participants, checkins=people.checkins,
        visits=visits if at_visits else None,
    )  # fmt: skip
    result = panel(people, DAILY)
    memory = row(result, statistic="own past", foretold="pain_nrs")
    assert isinstance(result, Result)
    assert ("measurement error of back pain (made up) as the mapping has it" in result.method) != at_visits
    assert (memory["conf_low"] <= 0.6 <= memory["conf_high"]) != at_visits
