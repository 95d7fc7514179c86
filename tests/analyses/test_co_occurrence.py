"""Two complaints that come together: by hand, against R, by simulated truth, where nothing is there to be found, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from lowback.analyses.co_occurrence import LEVEL_ONLY, TAKEN_OFF, co_occurrence
from lowback.cohort import Cohort
from lowback.disclosure import disclosed
from lowback.estimators import NotEstimable
from lowback.estimators.own_correlations import between_people, own_correlations
from lowback.figures import co_occurrence_figure
from lowback.result import Refusal, Result, from_payload, to_payload
from lowback.sentences import answer
from lowback.study import Estimand, Study

REFERENCE = Path(__file__).resolve().parents[1] / "reference"
ESTIMAND = Estimand(name="both", summary="lead", outcome="pain_nrs", exposure="hip_pain_nrs")
STUDY = Study(title="Together", design="cohort", estimands=(ESTIMAND,))


def cohort(hip: np.ndarray, back: np.ndarray) -> Cohort:
    """Two check-ins a day (people, moments)."""
    people, moments = hip.shape
    rows = pd.DataFrame(
        {
            "participant_id": np.repeat([f"P{n:03d}" for n in range(people)], moments),
            "days": np.tile(np.arange(moments) / 2, people),
            "hip_pain_nrs": np.clip(hip, 0, 10).ravel(),
            "pain_nrs": np.clip(back, 0, 10).ravel(),
        }
    )
    return Cohort("together", checkins=rows)


def slow(rng: np.random.Generator, shape: tuple[int, int], memory: float) -> np.ndarray:
    """Standard normal series that resemble themselves from one moment to the next."""
    out = rng.normal(size=shape)
    for at in range(1, shape[1]):
        out[:, at] = memory * out[:, at - 1] + (1 - memory**2) ** 0.5 * out[:, at]
    return out


def drawn(
    rng: np.random.Generator,
    mean_z: float,
    scatter: float = 0.0,
    memory: float = 0.5,
    people: int = 24,
    trait: float = 0.9,
) -> Cohort:
    """Each person's true Fisher z is normal around `mean_z`; levels of people go together by `trait`, and both fall over the weeks."""
    rho = np.tanh(mean_z + scatter * rng.normal(size=(people, 1)))
    shape = (people, 60)
    one, two = 0.6 * slow(rng, shape, memory), 0.6 * slow(rng, shape, memory)
    levels = 0.6 * rng.multivariate_normal([0, 0], [[1, trait], [trait, 1]], people)
    course = -1.5 * np.arange(60) / 60
    hip = 5 + levels[:, [0]] + course + one
    return cohort(hip, 5 + levels[:, [1]] + course + rho * one + (1 - rho**2) ** 0.5 * two)


def rows(result: Result | Refusal) -> pd.DataFrame:
    assert isinstance(result, Result), result
    assert result.keys is not None
    return result.estimates.join(result.keys)


def row(result: Result | Refusal, statistic: str, adjustment: str | None = None) -> pd.Series:
    found = rows(result)
    kept = found["statistic"] == statistic
    if adjustment is not None:
        kept &= found["adjustment"] == adjustment
    return found[kept].iloc[0]


def test_people_alike_have_their_own_correlation_by_hand() -> None:
    # Eight moments of 1, 1, -1, -1, ... and 1, -1, ...: the third series is half of each, so r = 1 / sqrt(2) in everybody.
    one = np.tile([1.0, 1, -1, -1, 2, -2, 2, -2], 2)
    two = np.tile([1.0, -1, 1, -1, 2, 2, -2, -2], 2)
    person = np.repeat(np.arange(6), 16)
    both = np.tile(one, 6), np.tile(one + two, 6)
    found = own_correlations(*both, person, np.ones((96, 1)), np.zeros(96, dtype=bool))
    assert np.tanh(found.z) == pytest.approx(np.full(6, 0.5**0.5))
    # No moment follows another, so 16 moments and a level leave 16 - 3; people who are all alike do not scatter.
    assert found.std_error == pytest.approx(np.full(6, 13**-0.5))
    assert (np.tanh(found.all.estimate), found.all.tau) == (pytest.approx(0.5**0.5), 0)
    assert not found.all.foretells
    assert found.chance == pytest.approx(np.tanh(1.959963985 / 13**0.5))


def test_memory_leaves_fewer_moments_by_hand() -> None:
    # Each value stands twice: half of the neighbours are alike and half unrelated, so that the memory is near a half of a half.
    rng = np.random.default_rng(2)
    one, two = (np.repeat(rng.normal(size=4000), 2) for _ in range(2))
    person = np.repeat(np.arange(5), 1600)
    follows = np.r_[False, np.diff(person) == 0]
    found = own_correlations(one, two, person, np.ones((8000, 1)), follows)
    assert found.memory == pytest.approx(0.25, abs=0.03)
    assert found.std_error[0] == pytest.approx((1600 * (1 - found.memory) / (1 + found.memory) - 3) ** -0.5)


def test_means_of_people_by_hand() -> None:
    z, error, people = between_people(
        [1, 3, 2, 2, 4, 0, 5, 5, 9, 1], [0, 2, 2, 2, 1, 1, 3, 3, 5, 5], np.repeat(range(5), 2)
    )
    # Means 2, 2, 2, 5, 5 and 1, 2, 1, 3, 5: sums of squares 10.8 and 11.2, of products 9.6.
    assert (np.tanh(z), people) == (pytest.approx(9.6 / (10.8 * 11.2) ** 0.5), 5)
    # Without the first or third: 9, 8.75 and 7.5; the second: 9, 11 and 9; the fourth: 6.75, 10.75 and 8.25; the fifth: 6.75, 2.75 and 3.75.
    sums = np.array([[9, 8.75, 7.5], [9, 11, 9], [9, 8.75, 7.5], [6.75, 10.75, 8.25], [6.75, 2.75, 3.75]])
    without = np.arctanh(sums[:, 2] / np.sqrt(sums[:, 0] * sums[:, 1]))
    assert error == pytest.approx((4 / 5 * ((without - without.mean()) ** 2).sum()) ** 0.5)


def test_what_one_person_decides_alone_is_no_correlation_of_people() -> None:
    with pytest.raises(NotEstimable, match="vary by one person alone"):
        between_people([1, 1, 1, 1, 5], [2, 1, 3, 2, 4], range(5))
    with pytest.raises(NotEstimable, match="but for their scale and one person"):
        between_people([1, 2, 3, 4, 5], [1, 2, 3, 4, 1], range(5))


def test_means_of_few_moments_that_lie_far_out_leave_the_interval_its_level() -> None:
    """A fifth of people have means that vary three times as far, where the error that normal means would have is too small."""
    rng, held, by_fisher = np.random.default_rng(4), 0, 0
    for _ in range(400):
        far = np.where(rng.random(60) < 0.2, 3.0, 1.0)
        one, other = far * rng.normal(size=(2, 60))
        z, error, people = between_people(one, 0.5 * one + 0.75**0.5 * other, range(60))
        held += abs(z - np.arctanh(0.5)) < stats.t.ppf(0.975, people - 2) * error
        by_fisher += abs(z - np.arctanh(0.5)) < 1.96 * (people - 3) ** -0.5
    # 95 % of 400 within 2.6 Monte Carlo errors.
    assert 369 <= held <= 391
    assert by_fisher < 360


def test_agrees_with_r() -> None:
    data, r = pd.read_csv(REFERENCE / "co_occurrence_data.csv"), pd.read_csv(REFERENCE / "co_occurrence.csv")
    ours = co_occurrence(Cohort("drawn in R", checkins=data), STUDY)
    for adjustment, name in ((TAKEN_OFF, "course"), (LEVEL_ONLY, "level")):
        here, there = (
            row(ours, "within", adjustment),
            r[(r["statistic"] == "within") & (r["adjustment"] == name)].iloc[0],
        )
        numbers = ("estimate", "std_error", "conf_low", "conf_high", "p_value")
        for mine, theirs in zip(numbers, ("estimate", "std_error", "low", "high", "p"), strict=True):
            assert here[mine] == pytest.approx(there[theirs], rel=1e-5), (adjustment, mine)
    people, theirs = rows(ours), r[r["statistic"] == "person"]
    people = people[people["statistic"] == "person"]
    for number in ("estimate", "std_error"):
        assert people[number].to_numpy(float) == pytest.approx(theirs[number].to_numpy(float), rel=1e-8)
    between, scatter = (r[r["statistic"] == one].iloc[0] for one in ("between", "between people"))
    assert row(ours, "between")["estimate"] == pytest.approx(between["estimate"])
    assert list(row(ours, "between")[["std_error", "conf_low", "conf_high", "p_value"]]) == pytest.approx(
        list(between[["std_error", "low", "high", "p"]])
    )
    assert row(ours, "between people")["estimate"] == pytest.approx(scatter["estimate"], rel=1e-4)
    assert row(ours, "between people")["p_value"] == pytest.approx(scatter["p"], rel=1e-6)


@pytest.mark.parametrize(("mean_z", "scatter", "memory"), [(0.5, 0.3, 0.5), (0.0, 0.0, 0.7), (0.3, 0.0, 0.0)])
def test_the_interval_covers_the_correlation_of_people_who_differ(
    mean_z: float, scatter: float, memory: float
) -> None:
    # 200 cohorts of 24 people; 95 % of them within 2.6 Monte Carlo errors.
    held = 0
    for seed in range(200):
        found = row(
            co_occurrence(drawn(np.random.default_rng(seed), mean_z, scatter, memory), STUDY), "within"
        )
        held += found["conf_low"] <= np.tanh(mean_z) <= found["conf_high"]
    assert 182 <= held <= 198


def test_what_people_have_in_common_and_a_course_of_weeks_pass_for_nothing() -> None:
    """The negative control: levels that go together and a fall that both share, with moments that have nothing to do with each other."""
    false = {TAKEN_OFF: 0, LEVEL_ONLY: 0}
    for seed in range(60):
        result = co_occurrence(drawn(np.random.default_rng(seed), 0.0), STUDY)
        assert row(result, "between")["conf_low"] > 0.1
        for adjustment in false:
            found = row(result, "within", adjustment)
            false[adjustment] += found["conf_low"] > 0 or found["conf_high"] < 0
    # Of 60 at 5 %, 8 or more come up in one of a hundred; the course alone makes both go together where it is left in.
    assert false[TAKEN_OFF] <= 7
    assert false[LEVEL_ONLY] == 60


def test_by_chance_alone_one_person_in_twenty_lies_beyond_the_band() -> None:
    result = rows(co_occurrence(drawn(np.random.default_rng(1), 0.0, people=1000), STUDY))
    people, band = (result[result["statistic"] == one] for one in ("person", "chance"))
    beyond = (people["estimate"].abs() > band["conf_high"].iloc[0]).mean()
    assert 0.03 <= beyond <= 0.08


def test_another_person_is_foretold_only_where_people_are_found_to_differ() -> None:
    told = []
    for seed in range(12):
        result = co_occurrence(drawn(np.random.default_rng(seed), 0.3, people=12), STUDY)
        found = rows(result).set_index("statistic")
        told.append("prediction" in found.index)
        assert told[-1] == (found.loc["between people", "estimate"] > 0.001 * found["std_error"].max())
        alt = co_occurrence_figure(result).metadata["image/png"]["alt"].lower()
        assert ("in another person like these" in alt) == told[-1]
    assert 0 < sum(told) < len(told)


def test_a_verdict_is_said_only_where_the_interval_allows_it() -> None:
    there = answer(co_occurrence(drawn(np.random.default_rng(3), 0.5), STUDY)).media["text/plain"]
    assert "were up at the same check-ins" in there
    opposed = answer(co_occurrence(drawn(np.random.default_rng(3), -0.5), STUDY)).media["text/plain"]
    assert "was up where" in opposed
    none = answer(co_occurrence(drawn(np.random.default_rng(3), 0.0), STUDY)).media["text/plain"]
    assert "These data cannot tell whether" in none


def test_results_travel_and_single_people_are_left_out_of_what_is_published() -> None:
    result = co_occurrence(drawn(np.random.default_rng(3), 0.5), STUDY)
    assert rows(from_payload(to_payload(result))).equals(rows(result))
    published = disclosed(result, 5, "")
    assert not (rows(published)["statistic"] == "person").any()
    alt = co_occurrence_figure(published).metadata["image/png"]["alt"]
    assert "own correlations of" not in alt
    assert "within persons" in alt.lower()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda d: d.drop(columns="hip_pain_nrs"), "no column 'hip_pain_nrs'"),
        (
            lambda d: d.assign(
                hip_pain_nrs=d["hip_pain_nrs"].where(d["days"] % 1 == 0),
                pain_nrs=d["pain_nrs"].where(d["days"] % 1 > 0),
            ),
            "both",
        ),
        (lambda d: d[d["participant_id"] < "P004"], "4 people whose moments tell of it"),
        (lambda d: d[d["days"] < 3], "0 people whose moments tell of it"),
        (lambda d: d.assign(pain_nrs=3.0), "0 people whose moments tell of it"),
        (lambda d: d.assign(pain_nrs=d["hip_pain_nrs"]), "as if one were a copy of the other"),
    ],
)
def test_what_cannot_be_told_is_refused(change, said: str) -> None:
    data = change(drawn(np.random.default_rng(3), 0.5).checkins)
    found = co_occurrence(Cohort("together", checkins=data), STUDY)
    assert isinstance(found, Refusal)
    assert said in found.reason


def test_a_study_that_asks_no_such_question_is_told_so() -> None:
    other = Estimand(name="change", summary="change in one person", outcome="pain_nrs")
    found = co_occurrence(
        drawn(np.random.default_rng(3), 0.5),
        Study(title="Other", design="cohort", weeks=(0, 12), estimands=(other,)),
    )
    assert isinstance(found, Refusal)
    assert "summary measure is “lead”" in found.reason


def test_too_few_means_are_refused() -> None:
    with pytest.raises(NotEstimable, match="means of 2 people"):
        between_people([1, 2], [2, 1], [0, 1])
