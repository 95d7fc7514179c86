"""Before, at and after something done: by hand, against R, by simulated truth, where nothing is there to be found, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lowback.analyses.three_in_a_row import three_in_a_row
from lowback.cohort import Cohort
from lowback.disclosure import disclosed
from lowback.estimators import NotEstimable
from lowback.estimators.three_in_a_row import AGAINST_BOTH, BACK, BEFORE, THERE, in_a_row
from lowback.figures import three_in_a_row_figure
from lowback.result import Refusal, Result, from_payload, to_payload
from lowback.sentences import answer
from lowback.study import Estimand, Study

REFERENCE = Path(__file__).resolve().parents[1] / "reference"
ESTIMAND = Estimand(
    name="ladder", summary="proximal effect", outcome="back_stiffness_nrs", exposure="walking_min", per=20
)
STUDY = Study(title="Ladder", design="cohort", estimands=(ESTIMAND,))


def cohort(walked: np.ndarray, stiff: np.ndarray) -> Cohort:
    """Two check-ins a day (people, moments)."""
    people, moments = walked.shape
    rows = pd.DataFrame(
        {
            "participant_id": np.repeat([f"P{n:03d}" for n in range(people)], moments),
            "days": np.tile(np.arange(moments) / 2, people),
            "walking_min": walked.ravel(),
            "back_stiffness_nrs": np.clip(stiff, 0, 10).ravel(),
        }
    )
    return Cohort("ladder", checkins=rows)


def drawn(
    rng: np.random.Generator,
    effect: float,
    lasting: float = 0.0,
    evening: float = -1.0,
    chosen: float = 0.0,
    people: int = 25,
    noise: float = 0.6,
) -> Cohort:
    """Walks of 30 min or none, more often in the evening, when backs are less stiff (`evening`), and `chosen` where the back is stiff before.

    Each walk takes `effect` off, of which the share `lasting` is left at the next check-in.
    """
    moments = 80
    is_evening = np.arange(moments) % 2 == 1
    stiff = (
        5
        + 0.8 * rng.normal(size=(people, 1))
        + evening * is_evening
        + noise * rng.normal(size=(people, moments))
    )
    walks = np.zeros((people, moments), dtype=bool)
    for at in range(moments):
        before = stiff[:, at - 1] - 5 if at else np.zeros(people)
        walks[:, at] = rng.random(people) < 1 / (1 + np.exp(-(0.8 * is_evening[at] - 0.6 + chosen * before)))
        stiff[:, at] += effect * walks[:, at] + (lasting * effect * walks[:, at - 1] if at else 0)
    return cohort(np.where(walks, 30.0, 0.0), stiff)


def rows(result: Result | Refusal) -> pd.DataFrame:
    assert isinstance(result, Result), result
    assert result.keys is not None
    return result.estimates.join(result.keys)


def row(result: Result | Refusal, statistic: str = "difference") -> pd.Series:
    found = rows(result)
    return found[found["statistic"] == statistic].iloc[0]


def test_two_times_of_day_are_compared_by_hand() -> None:
    # Each of six people: in the morning 6, 3, 5 with it (three times) and 6, 6, 6 without; in the evening 4, 2, 4 with it (once) and 4, 3, 4 without (nine times).
    cells = [
        ([6, 3, 5], True, 0, 3),
        ([6, 6, 6], False, 0, 1),
        ([4, 2, 4], True, 1, 1),
        ([4, 3, 4], False, 1, 9),
    ]
    one = [(scores, done, when) for scores, done, when, times in cells for _ in range(times)]
    scores, done, when = (np.array([each[at] for each in one] * 6) for at in range(3))
    found = in_a_row(scores, np.repeat(np.arange(6), 14), done, when, np.zeros(84))
    # With it: three quarters of the morning's, one quarter of the evening's; without it at the same shares.
    assert found.done[0] == pytest.approx([5.5, 2.75, 4.75])
    assert found.left[0] == pytest.approx([5.5, 5.25, 5.5])
    # 2.75 - 5.125, less 5.25 - 5.5.
    assert found.contrast(AGAINST_BOTH)["estimate"] == pytest.approx(-2.125)
    assert (found.contrast(THERE)["estimate"], found.contrast(BACK)["estimate"]) == pytest.approx(
        (-2.5, 1.75)
    )
    assert (found.n_done, found.n_left) == (24, 60)


def test_who_never_does_it_between_two_without_counts_for_nobody() -> None:
    scores, person = np.tile([4.0, 2, 4], (13, 1)), np.r_[np.repeat(np.arange(6), 2), 6]
    done = np.r_[np.tile([True, False], 6), True]
    assert list(in_a_row(scores, person, done, np.zeros(13), np.zeros(13)).people) == [0, 1, 2, 3, 4, 5]


def test_what_was_left_by_one_before_is_taken_off_by_hand() -> None:
    # Six people, two rows each. At the middle 2 less with it. One two moments before, in half of the people with it and in nobody without, left 1 at the first.
    earlier = np.array([1.0, 0, 0, 0] * 3)
    done = np.tile([True, False], 6)
    scores = np.column_stack([5 + earlier, 5 - 2.0 * done, np.full(12, 5.0)])
    found = in_a_row(scores, np.repeat(np.arange(6), 2), done, np.zeros(12), earlier)
    assert list(found.earlier) == [1, 0, 1, 0, 1, 0]
    assert found.contrast(AGAINST_BOTH)["estimate"] == pytest.approx(-2)
    assert found.contrast(BEFORE)["estimate"] == pytest.approx(0)
    # Six people less a level and a line.
    assert found.contrast(AGAINST_BOTH)["df"] == 4
    # Where it is not recorded, the person's others stand for it; where it is alike in all, the mean is told.
    unknown = np.where(np.arange(12) < 2, np.nan, earlier)
    assert in_a_row(scores, np.repeat(np.arange(6), 2), done, np.zeros(12), unknown).earlier[0] == 0
    alike = in_a_row(scores, np.repeat(np.arange(6), 2), done, np.zeros(12), np.zeros(12))
    assert (alike.contrast(BEFORE)["estimate"], alike.contrast(BEFORE)["df"]) == pytest.approx((0.5, 5))


def test_agrees_with_r() -> None:
    data, r = (
        pd.read_csv(REFERENCE / "three_in_a_row_data.csv"),
        pd.read_csv(REFERENCE / "three_in_a_row.csv"),
    )
    ours = three_in_a_row(Cohort("drawn in R", checkins=data), STUDY)
    for theirs in r.to_dict("records"):
        found = row(ours, str(theirs["statistic"]))
        for number in ("estimate", "std_error", "df", "conf_low", "conf_high", "p_value"):
            assert found[number] == pytest.approx(theirs[number], rel=1e-8), (theirs["statistic"], number)
        assert found["n_participants"] == theirs["people"]
    assert isinstance(ours, Result)
    assert f"{r['with'][0]} times over {r['cut'][0]} min" in ours.method
    assert f"{r['without'][0]} times {r['cut'][0]} min" in ours.method


@pytest.mark.parametrize(("effect", "lasting"), [(-0.6, 0.0), (-0.6, 0.5)])
def test_the_interval_covers_the_simulated_difference(effect: float, lasting: float) -> None:
    # At it, the whole effect; after it, what lasts: against the mean of both sides, effect less half of what lasts.
    truth = {
        "difference": effect * (1 - lasting / 2),
        "there": effect,
        "back": -effect * (1 - lasting),
        "left over": effect * lasting,
    }
    truth["check"] = 0.0
    held = dict.fromkeys(truth, 0)
    errors: dict[str, list[float]] = {one: [] for one in truth}
    for seed in range(200):
        result = three_in_a_row(drawn(np.random.default_rng(seed), effect, lasting), STUDY)
        for statistic, true in truth.items():
            found = row(result, statistic)
            held[statistic] += found["conf_low"] <= true <= found["conf_high"]
            errors[statistic].append(found["estimate"] - true)
    # 95 % of 200 within 2.6 Monte Carlo errors, and the mean error within as many.
    assert all(182 <= one <= 198 for one in held.values()), held
    off = {one: np.mean(each) / (np.std(each, ddof=1) / 200**0.5) for one, each in errors.items()}
    assert all(abs(one) < 2.6 for one in off.values()), off


def test_what_earlier_walks_left_behind_passes_for_nothing() -> None:
    # Without noise the answer is in the data: 0.6 points at a walk and half of it at the next check-in, so 0.6 less a half of 0.3; nothing before.
    found = three_in_a_row(drawn(np.random.default_rng(1), -0.6, lasting=0.5, noise=0.0), STUDY)
    # What was done before the first check-in is not recorded, so that a little stays.
    assert row(found)["estimate"] == pytest.approx(-0.45, abs=0.002)
    assert row(found, "check")["estimate"] == pytest.approx(0, abs=0.002)
    # The negative control: without taking it off, what earlier walks left is part of the check-in before.
    by_place = rows(found)[lambda all_of: all_of["place"].eq("before") & all_of["statistic"].eq("mean")]
    with_it, without = by_place.sort_values("sequence")["estimate"]
    assert with_it - without > 0.005


def test_evenings_that_are_less_stiff_pass_for_nothing() -> None:
    """The negative control: walks of the evening that do nothing look like relief where their three check-ins stand alone."""
    misled = found_out = 0
    for seed in range(60):
        result = three_in_a_row(drawn(np.random.default_rng(seed), 0.0, evening=-1.5), STUDY)
        alone, compared = row(result, "difference, with"), row(result)
        misled += alone["conf_high"] < 0
        found_out += compared["conf_low"] > 0 or compared["conf_high"] < 0
    # Of 60 at 5 %, 8 or more come up in one of a hundred.
    assert misled == 60
    assert found_out <= 7


def test_walks_that_answer_to_the_back_are_found_by_the_check_and_nothing_is_claimed() -> None:
    said = [
        answer(three_in_a_row(drawn(np.random.default_rng(seed), 0.0, chosen=1.5), STUDY)).media["text/plain"]
        for seed in range(10)
    ]
    assert all("These data cannot tell whether" in one and "a return to the usual" in one for one in said)


def test_a_verdict_is_said_only_where_the_interval_allows_it() -> None:
    there = answer(three_in_a_row(drawn(np.random.default_rng(3), -0.8), STUDY)).media["text/plain"]
    assert "There was a lower" in there
    assert "the check-in before it shows no difference" in there
    none = answer(three_in_a_row(drawn(np.random.default_rng(4), 0.0), STUDY)).media["text/plain"]
    assert "These data do not show" in none


def test_results_travel_and_single_people_are_left_out_of_what_is_published() -> None:
    result = three_in_a_row(drawn(np.random.default_rng(3), -0.5), STUDY)
    assert rows(from_payload(to_payload(result))).equals(rows(result))
    assert (rows(result)["statistic"] == "person").sum() == 3 * 25
    published = disclosed(result, 5, "")
    assert not (rows(published)["statistic"] == "person").any()
    assert "Means with 95 % intervals" in three_in_a_row_figure(published).metadata["image/png"]["alt"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda d: d.drop(columns="walking_min"), "no column 'walking_min'"),
        (lambda d: d.assign(walking_min=10.0), "is the same at every moment"),
        (lambda d: d[d["participant_id"] < "P004"], "4 people with three moments in a row"),
        (
            lambda d: d.assign(walking_min=np.where(d["days"] % 1 > 0, 30.0, 0.0)),
            "0 people with three moments in a row",
        ),
    ],
)
def test_what_cannot_be_told_is_refused(change, said: str) -> None:
    found = three_in_a_row(
        Cohort("ladder", checkins=change(drawn(np.random.default_rng(3), -0.5).checkins)), STUDY
    )
    assert isinstance(found, Refusal)
    assert said in found.reason


def test_visits_weeks_apart_are_no_three_in_a_row() -> None:
    checkins = drawn(np.random.default_rng(3), -0.5).checkins
    assert checkins is not None
    visits = checkins.assign(weeks=np.round(checkins["days"] * 2)).drop(columns="days")
    people = pd.DataFrame({"participant_id": visits["participant_id"].unique()})
    visits = visits[visits["weeks"] < 10]
    found = three_in_a_row(
        Cohort("ladder", people, visits), STUDY.model_copy(update={"weeks": tuple(range(10))})
    )
    assert isinstance(found, Refusal)
    assert "visits only, weeks apart" in found.reason


def test_scores_that_are_all_the_same_are_refused() -> None:
    scores, person = np.full((12, 3), 5.0), np.repeat(np.arange(6), 2)
    with pytest.raises(NotEstimable, match="5 in every row"):
        in_a_row(scores, person, np.tile([True, False], 6), np.zeros(12), np.zeros(12))
