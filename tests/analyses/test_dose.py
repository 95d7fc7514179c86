"""Doses and thresholds of a cohort: by hand, negative controls that warn, and what cannot be told."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from lowback.analyses.dose import dose
from lowback.analyses.hold import _candidates, _diary, hold
from lowback.cohort import Cohort
from lowback.estimators.reliability import error_of_repeats, smallest_change
from lowback.estimators.thresholds import counted_by_threshold
from lowback.outcomes.responsiveness import responsiveness_rows
from lowback.result import Refusal, Result
from lowback.sentences import answer
from lowback.simulate import claim_scenario, simulate
from lowback.study import Estimand, Study

WEEKS = (0.0, 4, 8, 12)
ARMS = ("usual care", "<stretch>, daily")


def trial(effect: float = -0.1, people: int = 120, by_time: float = 0.0, noise: float = 0.3) -> Cohort:
    """Half of the people stretch; each session takes off so much for good, and time takes off `by_time` a week from everybody."""
    rng = np.random.default_rng(4)
    level, keeps = rng.normal(6, 0.8, people), rng.uniform(0.2, 0.9, people)
    arm = np.array([ARMS[n % 2] for n in range(people)])
    taken = (
        np.column_stack([np.zeros(people), *(rng.binomial(12, keeps) for _ in range(3))])
        * (arm == ARMS[1])[:, None]
    )
    pain = (
        level[:, None]
        + effect * np.cumsum(taken, axis=1)
        - by_time * np.array(WEEKS)
        + rng.normal(0, noise, (people, 4))
    )
    names = [f"{n:03d}" for n in range(people)]
    visits = pd.DataFrame({
        "participant_id": np.repeat(names, 4), "weeks": np.tile(WEEKS, people),
        "pain_nrs": pain.ravel().clip(0, 10), "sessions_done": taken.ravel(),
    })  # fmt: skip
    return Cohort("doses", pd.DataFrame({"participant_id": names, "arm": arm}), visits)


def study(**changes: object) -> Study:
    content = {
        "outcome": "pain_nrs",
        "exposure": "sessions_done",
        "week": 12,
        "per": 10,
        "smallest_worthwhile": 0.3,
        **changes,
    }
    estimand = Estimand(name="sessions", summary="dose response", **content)
    return Study(
        title="Doses",
        design="randomised trial",
        weeks=WEEKS,
        arms=ARMS,
        control_arm=ARMS[0],
        estimands=(estimand,),
    )


def rows(result: Result | Refusal) -> dict[str, pd.Series]:
    """The first row of each statistic."""
    assert isinstance(result, Result), result
    assert result.keys is not None
    first = result.keys.drop_duplicates("statistic")
    return {row["statistic"]: result.estimates.loc[at] for at, row in first.iterrows()}


def test_a_straight_line_is_found_with_no_bend_and_no_order() -> None:
    found = rows(dose(trial(), study()))
    assert found["more"]["estimate"] == pytest.approx(-1, abs=0.1)
    assert found["more"]["conf_low"] < -1 < found["more"]["conf_high"]
    for name in ("bend", "spread less bunched early", "spread less bunched late", "later doses"):
        assert found[name]["conf_low"] < 0 < found[name]["conf_high"], name


def test_a_knee_is_found_as_a_bend_of_another_size_and_told_so() -> None:
    plain = trial(effect=0, noise=0.05)
    visits = plain.visits.copy()
    so_far = visits.groupby("participant_id")["sessions_done"].cumsum()
    visits["pain_nrs"] = visits["pain_nrs"] - 0.1 * (so_far - 20).clip(lower=0)
    result = dose(Cohort("knee", plain.participants, visits), study())
    bend = rows(result)["bend"]
    low, high = map(float, re.findall(r"(\d[\d.]*) to (\d[\d.]*)", bend["term"])[0])
    # Nothing up to 20 sessions, which lies in the upper half, and 0.1 points a session from there on.
    knee = -0.1 * ((high - 20) - 2 * max((low + high) / 2 - 20, 0))
    assert bend["conf_high"] < 0
    assert not bend["conf_low"] <= knee <= bend["conf_high"]
    assert isinstance(result, Result)
    assert any("a threshold is smoothed" in one for one in result.assumptions)
    assert "A threshold would show as such a bend, too" in answer(result).media["text/plain"]


def knee(people: int, seed: int) -> tuple[Cohort, float]:
    """Sessions do nothing up to the eighteenth and take off 0.1 points each from there on; who hurts does more. With the true bend."""
    rng = np.random.default_rng(seed)
    level, keeps = rng.normal(6, 1.2, people), rng.uniform(0.2, 0.8, people)
    scores, taken, so_far = [level + rng.normal(0, 0.8, people)], [np.zeros(people)], np.zeros(people)
    for _ in WEEKS[1:]:
        taken.append(rng.binomial(12, np.clip(keeps + 0.06 * (scores[-1] - 6), 0.02, 0.98)).astype(float))
        so_far = so_far + taken[-1]
        scores.append(level - 0.1 * (so_far - 18).clip(0) + rng.normal(0, 0.8, people))
    names = [f"{n:03d}" for n in range(people)]
    visits = pd.DataFrame({
        "participant_id": np.tile(names, 4), "weeks": np.repeat(WEEKS, people),
        "pain_vas": 10 * np.concatenate(scores), "sessions_done": np.concatenate(taken),
    })  # fmt: skip
    low, high = np.quantile(so_far, [0.1, 0.9])
    bend = -1.0 * ((high - 18) - 2 * max((low + high) / 2 - 18, 0))
    arms = pd.DataFrame({"participant_id": names, "arm": ARMS[1]})
    return Cohort("knee", arms, visits[visits["pain_vas"].between(0, 100)]), bend


@pytest.mark.parametrize(("people", "columns"), [(240, 2), (300, 3), (600, 4)])
def test_a_curve_has_more_columns_with_more_people(people: int, columns: int) -> None:
    result = dose(knee(people, 1)[0], study(outcome="pain_vas"))
    assert isinstance(result, Result)
    assert f"({columns} columns)" in result.method
    assert any(("with one bend" in one) == (columns == 2) for one in result.assumptions if "smoothed" in one)


def test_many_people_tell_the_bend_of_a_threshold() -> None:
    # Of 100 cohorts the interval held the truth in 93, and in 42 had the curve two columns.
    held = 0
    for seed in range(40):
        cohort, true = knee(600, seed)
        bend = rows(dose(cohort, study(outcome="pain_vas")))["bend"]
        held += bend["conf_low"] <= true <= bend["conf_high"]
    assert held >= 33


def test_doses_too_alike_for_more_columns_have_a_curve_of_two() -> None:
    cohort, _ = knee(300, 2)
    visits = cohort.visits.assign(sessions_done=lambda rows: rows["sessions_done"] // 5)
    result = dose(Cohort("few", cohort.participants, visits), study(outcome="pain_vas", per=1))
    assert isinstance(result, Result), result
    assert "(2 columns)" in result.method


def test_too_few_different_totals_are_refused_with_the_visit_and_the_totals() -> None:
    cohort, _ = knee(60, 3)
    visits = cohort.visits.assign(sessions_done=lambda rows: (rows["sessions_done"] > 6).astype(float))
    refused = dose(Cohort("few", cohort.participants, visits), study(outcome="pain_vas", per=1))
    assert isinstance(refused, Refusal)
    assert (
        "up to week 4 people took 2 different totals of sessions since the last visit (0, 1)"
        in refused.reason
    )


def test_intervals_of_means_end_where_the_scale_does_and_means_stay_as_they_are() -> None:
    few = trial(people=40, noise=2.0)
    result = dose(few, study())
    assert isinstance(result, Result), result
    assert result.keys is not None
    means = result.estimates[result.keys["statistic"].isin(["mean by total", "mean under regime"])]
    assert (means["conf_low"] >= 0).all()
    assert (means["conf_high"] <= 10).all()
    error = means["std_error"] * stats.t.ppf(0.975, means["df"])
    low, high = means["estimate"] - error, means["estimate"] + error
    assert (low < 0).any() or (high > 10).any(), "no interval of this trial would have left the scale"
    assert means["conf_low"].to_numpy() == pytest.approx(low.clip(lower=0).to_numpy())
    assert means["conf_high"].to_numpy() == pytest.approx(high.clip(upper=10).to_numpy())


def test_time_does_not_pass_for_the_dose() -> None:
    found = rows(dose(trial(effect=0, by_time=0.25), study()))
    assert found["more"]["conf_low"] < 0 < found["more"]["conf_high"]
    assert abs(found["more"]["estimate"]) < 0.2


def test_the_negative_control_warns_of_people_who_keep_to_things_and_get_better_anyway() -> None:
    cohort = trial(effect=0, noise=0.2)
    assert cohort.visits is not None
    keeps = cohort.visits.groupby("participant_id")["sessions_done"].transform("sum")
    pain = (cohort.visits["pain_nrs"] - 0.008 * keeps * cohort.visits["weeks"]).clip(0, 10)
    result = dose(Cohort("keepers", cohort.participants, cohort.visits.assign(pain_nrs=pain)), study())
    assert rows(result)["later doses"]["conf_high"] < 0
    assert "A warning" in answer(result).media["text/plain"]


def test_sessions_told_at_check_ins_count_as_those_counted_at_visits() -> None:
    made = simulate(claim_scenario("C19", True), 80, 5).cohort()
    asked = study().model_copy(update={"arms": tuple(made.arms), "control_arm": "usual care"})
    counted = rows(dose(made, asked))
    assert made.visits is not None
    from_checkins = Cohort(
        "told", made.participants, made.visits.drop(columns="sessions_done"), made.checkins
    )
    estimand = asked.estimands[0].model_copy(update={"exposure": "session_done"})
    told = rows(dose(from_checkins, asked.model_copy(update={"estimands": (estimand,)})))
    assert told["more"]["estimate"] == pytest.approx(counted["more"]["estimate"], abs=0.6)


def test_sessions_told_at_hours_of_ones_own_count_alike() -> None:
    counted = trial()
    visits = counted.visits
    assert visits is not None
    rng = np.random.default_rng(6)
    told = []
    for person, rows_of in visits.groupby("participant_id"):
        for week, done in zip(WEEKS[1:], rows_of["sessions_done"].to_numpy()[1:], strict=True):
            days = 7 * (week - 4) + np.arange(28) + 0.1
            told += [(person, day, at < done) for at, day in enumerate(days)]
    checkins = pd.DataFrame(told, columns=["participant_id", "days", "session_done"])
    checkins["session_done"] = checkins["session_done"].astype("boolean")
    own = checkins.assign(days=checkins["days"] + rng.uniform(0, 0.8, len(checkins)).round(3))
    same, other = (
        rows(
            dose(
                Cohort("told", counted.participants, visits.drop(columns="sessions_done"), one),
                study(exposure="session_done"),
            )
        )
        for one in (checkins, own)
    )
    for statistic in ("more", "bend"):
        assert other[statistic]["estimate"] == pytest.approx(same[statistic]["estimate"])


def test_words_are_no_more_certain_than_the_interval() -> None:
    said = answer(dose(trial(), study())).media["text/plain"]
    assert "10 sessions more go with less back pain, by an amount that matters" in said
    assert "<stretch>" not in answer(dose(trial(), study())).media["text/html"]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"exposure": "pain_duration_weeks"}, "no column 'pain_duration_weeks' that counts"),
        ({"week": 8, "outcome": "disability_odi"}, "no column 'disability_odi' at the visits"),
        ({"intercurrent_events": {"surgery": "hypothetical"}}, "the strategy 'hypothetical'"),
    ],
)
def test_what_cannot_be_asked_is_refused(changes: dict[str, object], reason: str) -> None:
    refused = dose(trial(people=20), study(**changes))
    assert isinstance(refused, Refusal)
    assert reason in refused.reason


def test_equal_doses_and_too_few_people_are_refused() -> None:
    cohort = trial()
    assert cohort.visits is not None
    same = Cohort("same", cohort.participants, cohort.visits.assign(sessions_done=3.0))
    assert isinstance(dose(same, study()), Refusal)
    assert isinstance(dose(trial(people=8), study()), Refusal)


def held_study(**changes: object) -> Study:
    content = {
        "outcome": "pain_nrs",
        "exposure": "hold_s",
        "threshold": 30,
        "per": 10,
        "smallest_worthwhile": 0.3,
        **changes,
    }
    estimand = Estimand(name="held", summary="threshold", **content)
    return Study(title="Held", design="cohort", weeks=WEEKS, estimands=(estimand,))


@pytest.fixture(scope="module")
def held() -> Cohort:
    return simulate(claim_scenario("C28", True), 160, 3).cohort()


def test_the_effect_at_the_rule_is_that_of_the_arrays(held: Cohort) -> None:
    found = rows(hold(held, held_study()))
    assert held.checkins is not None
    did = held.checkins.groupby("participant_id")["hold_s"].transform("count") > 0
    table = held.checkins[did & held.checkins["pain_nrs"].notna()]
    arrays = counted_by_threshold(
        table["participant_id"], table["days"], table["pain_nrs"], table["hold_s"], [30.0]
    )
    assert found["effect at the rule"]["estimate"] == pytest.approx(10 * arrays.effect(0)["estimate"])
    assert found["keeps to the rule"]["estimate"] == pytest.approx((table["hold_s"].dropna() >= 30).mean())


def test_a_candidate_that_arithmetic_puts_beside_the_rule_is_the_rule() -> None:
    # Their quantiles hold 29.999999999999993, which is named as the rule is.
    seconds = np.round(30 * np.exp(0.4 * np.random.default_rng(324).normal(size=60)))
    assert "30" in {f"{one:.4g}" for one in np.quantile(seconds, np.linspace(0.05, 0.95, 17)) if one != 30}
    checkins = pd.DataFrame(
        {
            "participant_id": np.repeat(["A", "B", "C"], 20),
            "days": np.tile(np.arange(20.0), 3),
            "pain_nrs": np.tile([4.0, 5, 3, 4, 6], 12),
            "hold_s": seconds,
        }
    )
    diary = _diary(Cohort("held", checkins=checkins), held_study().estimands[0])
    found = _candidates(diary, 30.0)
    assert len({f"{one:.4g}" for one in found}) == len(found)
    assert 30.0 in found


def test_the_height_of_the_knee_by_hand(held: Cohort) -> None:
    found = rows(hold(held, held_study()))
    assert held.visits is not None
    assert held.checkins is not None
    did = held.checkins.groupby("participant_id")["hold_s"].count() > 0
    table = held.visits.pivot_table(index="participant_id", columns="weeks", values="knee_height_cm")
    change = (table[12] - table[0])[did.reindex(table.index, fill_value=False)].dropna()
    assert found["standardised response mean"]["estimate"] == pytest.approx(change.mean() / change.std())
    assert found["change of measure"]["n_participants"] == len(change)
    still = table[~did.reindex(table.index, fill_value=False)]
    limit = smallest_change(error_of_repeats(still))
    smallest = found["smallest detectable change"]
    assert (smallest["conf_low"], smallest["conf_high"]) == pytest.approx((limit.conf_low, limit.conf_high))
    assert limit.conf_low < smallest["estimate"] == pytest.approx(limit.estimate)
    assert smallest["n_participants"] == (still.notna().sum(axis=1) > 1).sum()


def test_the_course_of_the_knee_by_hand() -> None:
    """Six people who did it come down by 1 and 3 cm, six who never did stay; the sixth of them has no last visit."""
    heights = np.array(
        [[40, 39, 37 + 0.1 * (n % 2)] for n in range(6)] + [[40, 40, 40 + 0.1 * (n % 3)] for n in range(6)]
    )
    heights[-1, -1] = np.nan
    ids = [f"{n:02d}" for n in range(12)]
    visits = pd.DataFrame(
        {
            "participant_id": np.repeat(ids, 3),
            "weeks": np.tile([0.0, 6, 12], 12),
            "knee_height_cm": heights.ravel(),
        }
    )
    cohort = Cohort("knees", pd.DataFrame({"participant_id": ids}), visits)
    did = np.arange(12) < 6
    course = {
        (key["who"], key["weeks"]): row
        for key, row in responsiveness_rows(cohort, "knee_height_cm", (0.0, 6.0, 12.0), did, ~did)
        if key["statistic"] == "change by visit"
    }
    assert course["did it", 6.0]["estimate"] == -1
    assert course["did it", 12.0]["estimate"] == pytest.approx(-2.95)
    half = 2.5706 * np.std([0, 0.1] * 3, ddof=1) / 6**0.5  # Student's t, 5 degrees of freedom
    assert course["did it", 12.0]["conf_high"] == pytest.approx(-2.95 + half, abs=1e-5)
    assert course["never did it", 12.0]["n_participants"] == 5
    assert course["never did it", 6.0]["estimate"] == 0


def test_a_threshold_that_is_not_identified_says_so(held: Cohort) -> None:
    result = hold(held, held_study())
    found = rows(result)["threshold"]
    assert isinstance(result, Result)
    assert result.keys is not None
    identified = result.keys.loc[result.keys["statistic"] == "threshold", "identified"].item()
    assert (identified == "no") == (found["p_value"] >= 0.05)
    words = answer(result).media["text/plain"]
    assert ("cannot be told" in words) == (identified == "no")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"threshold": 900}, "nearly all are on one side of 900"),
        ({"exposure": "ease_min"}, "no column 'ease_min' at the check-ins"),
    ],
)
def test_a_rule_that_nobody_meets_is_refused(held: Cohort, changes: dict[str, object], reason: str) -> None:
    refused = hold(held, held_study(**changes))
    assert isinstance(refused, Refusal)
    assert reason in refused.reason
