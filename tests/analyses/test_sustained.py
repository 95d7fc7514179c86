"""More of an exposure, kept up: by hand, against R, by simulated truth, in worlds with a truth, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lowback.analyses.sustained import sustained
from lowback.cohort import Cohort
from lowback.figures import sustained_figure
from lowback.result import Refusal, Result, from_payload, to_payload
from lowback.sentences import answer
from lowback.simulate import simulate
from lowback.simulate.scenario import claim_scenario
from lowback.study import Estimand, Study

REFERENCE = Path(__file__).resolve().parents[1] / "reference"
WEEKS = (0.0, 8.0, 16.0, 24.0)


def study(weeks: tuple[float, ...] = WEEKS, covariates: tuple[str, ...] = (), **changes: object) -> Study:
    asked: dict[str, object] = {
        "name": "kept up",
        "summary": "sustained effect",
        "outcome": "hip_extension_deg",
        "exposure": "sitting_hours",
        "per": 2,
        "week": weeks[-1],
        "smallest_worthwhile": 1,
        **changes,
    }
    estimand = Estimand.model_validate(asked)
    return Study(title="Kept up", design="cohort", weeks=weeks, covariates=covariates, estimands=(estimand,))


def cohort(sitting: np.ndarray, hip: np.ndarray) -> Cohort:
    people, visits = sitting.shape
    rows = pd.DataFrame(
        {
            "participant_id": np.repeat([f"P{n:03d}" for n in range(people)], visits),
            "weeks": np.tile(WEEKS[:visits], people),
            "sitting_hours": sitting.ravel(),
            "hip_extension_deg": hip.ravel(),
        }
    )
    return Cohort("sitting", visits=rows)


def row(result: Result | Refusal, statistic: str, approach: str, week: float | None = None) -> pd.Series:
    assert isinstance(result, Result), result
    assert result.keys is not None
    asked = (result.keys["statistic"] == statistic) & (result.keys["approach"] == approach)
    if week is not None:
        asked &= result.keys["weeks"] == week
    return result.estimates[asked].iloc[0]


def drawn(
    rng: np.random.Generator,
    now: float,
    before: float,
    *,
    trait: float = 0.0,
    feedback: float = 0.0,
    people: int = 120,
) -> Cohort:
    """Hip extension per hour now and before; `trait` moves hip and sitting for good, `feedback` sitting after a change of the hip."""
    own, error = rng.normal(0, 1, people), rng.normal(0, 1, (people, 4))
    sits = 7.5 - 0.8 * trait * own
    past = sits + rng.normal(0, 1, people)
    sitting, hip = np.zeros((people, 4)), np.zeros((people, 4))
    for visit in range(4):
        last = error[:, visit - 1] if visit else 0.0
        sitting[:, visit] = sits + rng.normal(0, 1, people) + feedback * last
        hip[:, visit] = 10 + 3 * trait * own + now * sitting[:, visit] + before * past + error[:, visit]
        past = sitting[:, visit]
    hip[:, 1:][rng.random((people, 3)) < 0.08] = np.nan
    return cohort(np.clip(sitting, 0, 24), hip)


def test_recovers_what_is_in_the_data_with_hardly_any_noise() -> None:
    # Each hour takes off 0.6 degrees at once and 0.2 an interval later: 2 h/day more come to -1.6 when kept up.
    rng = np.random.default_rng(1)
    sitting = rng.uniform(4, 12, (30, 4))
    level, lag = rng.normal(0, 5, 30), np.column_stack([np.full(30, 7.0), sitting[:, :-1]])
    # A thousandth of a degree of noise, without which scores before would be combinations of each other.
    hip = level[:, None] + np.array([0, 1, 3, 2]) - 0.6 * sitting - 0.2 * lag + rng.normal(0, 1e-3, (30, 4))
    result = sustained(cohort(sitting, hip), study())
    assert row(result, "sustained", "within persons")["estimate"] == pytest.approx(-1.6, abs=2e-3)
    assert row(result, "now", "within persons")["estimate"] == pytest.approx(-1.2, abs=2e-3)
    assert row(result, "before", "within persons")["estimate"] == pytest.approx(-0.4, abs=2e-3)
    assert row(result, "later exposure", "within persons")["estimate"] == pytest.approx(0, abs=2e-3)


def test_agrees_with_r() -> None:
    rows = pd.read_csv(REFERENCE / "sustained_data.csv")
    people = rows.drop_duplicates("participant_id")[["participant_id", "arm", "age_years"]].reset_index(
        drop=True
    )
    visits = rows[["participant_id", "weeks", "sitting_hours", "hip_extension_deg"]]
    asked = study(covariates=("age_years",)).model_copy(
        update={
            "arms": ("usual care", "stretching"),
            "control_arm": "usual care",
            "design": "randomised trial",
        }
    )
    result = sustained(Cohort("R", people, visits), asked)
    for one in pd.read_csv(REFERENCE / "sustained.csv").itertuples(index=False):
        ours = row(result, one.statistic, one.approach, None if np.isnan(one.week) else one.week)
        for name in ("estimate", "std_error", "df"):
            if not np.isnan(getattr(one, name)):
                assert ours[name] == pytest.approx(getattr(one, name), rel=1e-6), (one.statistic, name)


@pytest.mark.parametrize(
    ("keys", "holds", "fails"),
    [
        # Lasting traits that move both: of these the scores before tell the g-formula a part only.
        ({"trait": 1.0}, "within persons", "g-formula"),
        # Sitting that answers to the hip, which a level for each person does not take up.
        ({"feedback": 1.5}, "g-formula", "within persons"),
    ],
)
def test_each_way_covers_the_truth_where_what_it_rests_on_holds_and_only_there(
    keys: dict[str, float], holds: str, fails: str
) -> None:
    rng, truth = np.random.default_rng(20261122), 2 * (-0.5 - 0.3)
    hits = dict.fromkeys((holds, fails), 0)
    for _ in range(200):
        result = sustained(drawn(rng, -0.5, -0.3, **keys), study())
        for one in hits:
            found = row(result, "sustained", one)
            hits[one] += found["conf_low"] <= truth <= found["conf_high"]
    # 95 % of 200 is 190, with a standard error of 3.1.
    assert 181 <= hits[holds] <= 199
    assert hits[fails] < 170


def test_the_negative_control_warns_where_sitting_answers_to_the_hip() -> None:
    rng = np.random.default_rng(3)
    warned = {}
    for feedback in (0.0, 1.5):
        found = [
            row(sustained(drawn(rng, 0, 0, feedback=feedback), study()), "later exposure", "within persons")
            for _ in range(60)
        ]
        warned[feedback] = sum(not one["conf_low"] <= 0 <= one["conf_high"] for one in found)
    # 5 % of 60 is 3, with a standard error of 1.7.
    assert warned[0.0] <= 8
    assert warned[1.5] >= 55
    said = str(answer(sustained(drawn(rng, 0, 0, feedback=1.5), study())).media["text/plain"])
    assert "A warning: sitting after a visit goes with hip extension at it" in said


def test_worlds_in_which_sitting_shortens_the_hip_and_in_which_it_does_not() -> None:
    asked = study((0.0, 4.0, 8.0, 12.0))
    found = {
        setting: sustained(simulate(claim_scenario("C01", setting), 512, 4, days=1).cohort(), asked)
        for setting in (True, False, "trap")
    }
    for approach in ("within persons", "g-formula"):
        assert row(found[True], "sustained", approach)["conf_high"] < 0
        for setting in (False, "trap"):
            assert row(found[setting], "sustained", approach)["conf_high"] > 0
    assert isinstance(found[True], Result)
    assert not found[True].causal


def test_the_figure_has_its_numbers_in_words_and_survives_the_journey() -> None:
    result = sustained(drawn(np.random.default_rng(6), -0.6, -0.2), study())
    shown = sustained_figure(from_payload(to_payload(result)))
    assert shown.media["image/png"]
    assert "2 h/day more from week 0 to 24, g-formula" in shown.metadata["image/png"]["alt"]
    said = str(answer(result).media["text/plain"])
    assert (
        "Within persons, over two intervals: a lower value of hip extension went with 2 h/day more of sitting, kept up"
        in said
    )
    assert "By the g-formula, from baseline to week 24" in said


def test_what_cannot_be_answered_is_refused_with_its_reason() -> None:
    good = drawn(np.random.default_rng(7), -0.6, -0.2)
    assert good.visits is not None

    def reason(visits: pd.DataFrame, **changes: object) -> str:
        found = sustained(Cohort("bad", visits=visits.reset_index(drop=True)), study(**changes))
        assert isinstance(found, Refusal), found
        return found.reason

    two = good.visits[good.visits["weeks"] <= 8]
    assert "2 visits up to week 8; allowed: 3 or more" in reason(two, weeks=(0.0, 8.0))
    assert "nobody's sitting differs" in reason(good.visits.assign(sitting_hours=8.0))
    assert "no column 'sitting_hours'" in reason(good.visits.drop(columns="sitting_hours"))
    few = good.visits[good.visits["participant_id"] < "P004"]
    assert "cannot be fitted" in reason(few)


def test_nobody_with_two_whole_intervals_is_refused() -> None:
    sitting = np.full((20, 3), np.nan)
    sitting[:, 1] = np.linspace(4, 12, 20)
    sitting[:10, 0] = sitting[10:, 2] = np.linspace(5, 9, 10)
    asked = study(weeks=WEEKS[:3])
    result = sustained(cohort(sitting, np.random.default_rng(1).normal(0, 3, (20, 3))), asked)
    assert isinstance(result, Refusal)
