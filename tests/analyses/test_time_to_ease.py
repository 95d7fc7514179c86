"""Minutes until pain eases after long sitting: by hand, against R, by simulated truth, in worlds with a truth, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lowback.analyses.time_to_ease import time_to_ease
from lowback.cohort import Cohort
from lowback.figures import easing_figure
from lowback.ledger import ledger
from lowback.result import Refusal, Result, from_payload, to_payload
from lowback.sentences import answer
from lowback.simulate import simulate
from lowback.simulate.claims import Switch
from lowback.simulate.scenario import claim_scenario
from lowback.study import Estimand, Study

REFERENCE = Path(__file__).resolve().parents[1] / "reference"
MINUTES = np.array([5.0, 15.0, 30.0])
REPORTS = [f"pain_{minute:g}_min_after_standing_nrs" for minute in MINUTES]
MIDDLES = np.array([2.5, 10.0, 22.5, 30.0])


def study(**changes: object) -> Study:
    asked: dict[str, object] = {
        "name": "easing",
        "summary": "time to ease",
        "outcome": "pain_on_standing_nrs",
        "exposure": "longest_sitting_min",
        "per": 60,
        "threshold": 60,
        "responders": [{"fall_points": 2}],
        "smallest_worthwhile": 2,
        **changes,
    }
    return Study(title="Easing", design="cohort", estimands=(Estimand.model_validate(asked),))


def cohort(
    sat: np.ndarray, standing: np.ndarray, lasts: np.ndarray, told: np.ndarray | None = None
) -> Cohort:
    """A check-in a day; pain falls by 3 points once it has eased after so many minutes (people, days)."""
    people, days = sat.shape
    after = standing[..., None] - 3 * (lasts[..., None] <= MINUTES)
    if told is not None:
        after = np.where(told, after, np.nan)
    rows = pd.DataFrame(
        {
            "participant_id": np.repeat([f"P{n:02d}" for n in range(people)], days),
            "days": np.tile(np.arange(days, dtype=float), people),
            "longest_sitting_min": sat.ravel(),
            "pain_on_standing_nrs": standing.ravel(),
            **{name: after[..., at].ravel() for at, name in enumerate(REPORTS)},
        }
    )
    return Cohort("easing", checkins=rows)


def row(result: Result | Refusal, statistic: str = "difference in minutes", **keys: object) -> pd.Series:
    assert isinstance(result, Result), result
    assert result.keys is not None
    asked = result.keys["statistic"] == statistic
    for name, value in keys.items():
        asked &= result.keys[name] == value
    return result.estimates[asked].iloc[0]


def drawn(
    rng: np.random.Generator,
    effect: float,
    people: int = 30,
    days: int = 24,
    missing: float = 0.15,
    missing_once_eased: float | None = None,
) -> Cohort:
    """Bouts of 30 or 90 min, longer the more it hurt the day before, after which what lasts does so exp(effect) times as long."""
    standing = np.clip(np.round(6 + rng.normal(0, 1, (people, 1)) + rng.normal(0, 1, (people, days))), 3, 10)
    worse = np.column_stack([np.zeros(people), standing[:, :-1] - 6])
    is_long = rng.random((people, days)) < 1 / (1 + np.exp(-0.5 * worse))
    slow = rng.normal(0, 0.4, (people, 1))
    lasts = 10 * np.exp(slow + effect * is_long + 0.15 * worse + 0.5 * rng.normal(size=(people, days)))
    chance = np.where(
        lasts[..., None] <= MINUTES, missing if missing_once_eased is None else missing_once_eased, missing
    )
    told = rng.random((people, days, 3)) > chance
    return cohort(np.where(is_long, 90.0, 30.0), standing, lasts, told)


def true_difference(effect: float) -> tuple[float, float]:
    """What an hour more does to the minutes as reports tell them (middles of intervals), and to the minutes themselves, up to 30."""
    rng = np.random.default_rng(1)
    slow, noise = rng.normal(0, 0.4, 10**6), 0.5 * rng.normal(size=10**6)
    standing = np.clip(np.round(6 + rng.normal(0, 2**0.5, 10**6)), 3, 10)
    short, long = (10 * np.exp(slow + one + 0.15 * (standing - 6) + noise) for one in (0.0, effect))
    told = [MIDDLES[np.searchsorted(MINUTES, one)].mean() for one in (short, long)]
    return float(told[1] - told[0]), float((np.minimum(long, 30) - np.minimum(short, 30)).mean())


def test_pain_gone_a_report_later_takes_the_minutes_between_the_middles() -> None:
    # 6 people; in each, short bouts ease between 5 and 15 min and long ones between 15 and 30: 22.5 less 10 min.
    rng = np.random.default_rng(1)
    is_long = rng.random((6, 12)) < 0.5
    standing = np.clip(np.round(6 + rng.normal(0, 1, (6, 12))), 3, 10)
    result = time_to_ease(
        cohort(np.where(is_long, 90.0, 30.0), standing, np.where(is_long, 20.0, 10.0)), study()
    )
    assert row(result)["estimate"] == pytest.approx(12.5)
    assert row(result, among="all bouts, those that do not hurt as 0 min")["estimate"] == pytest.approx(12.5)
    # Not yet eased after 15 min: all of the long bouts, none of the short.
    apart = row(result, "difference in share not eased", minutes=15.0, adjustment="within persons")
    assert apart["estimate"] == pytest.approx(1)
    assert [
        row(result, "share not eased", minutes=15.0, level=f"{one} 60 min")["estimate"]
        for one in ("at least", "under")
    ] == [1, 0]


def test_a_bout_that_does_not_hurt_counts_as_no_minutes_among_all() -> None:
    # Bouts that hurt ease after 10 or 20 min, whatever their length; long bouts hurt more often.
    rng = np.random.default_rng(4)
    is_long = rng.random((20, 20)) < 0.5
    hurts = rng.random((20, 20)) < np.where(is_long, 0.8, 0.3)
    standing = np.where(hurts, rng.integers(4, 9, hurts.shape), 1.0)
    lasts = np.where(hurts, rng.choice([10.0, 20.0], hurts.shape), np.inf)
    result = time_to_ease(cohort(np.where(is_long, 90.0, 30.0), standing, lasts), study())
    # By least squares with a column a person, at equal pain and bout the day before and week; from the second day on.
    minutes = np.where(hurts, np.where(lasts == 10, 10.0, 22.5), 0.0)[:, 1:].ravel()
    before, week = standing[:, :-1].ravel(), np.tile(np.arange(1, 20) / 7, 20)
    columns = np.column_stack(
        [
            is_long[:, 1:].ravel(),
            is_long[:, :-1].ravel(),
            before,
            before**2,
            week,
            np.repeat(np.eye(20), 19, axis=0),
        ]
    )
    for among, kept in (
        ("bouts that hurt", hurts[:, 1:].ravel()),
        ("all bouts, those that do not hurt as 0 min", np.full(380, True)),
    ):
        by_hand = np.linalg.lstsq(columns[kept], minutes[kept])[0][0]
        assert row(result, among=among, adjustment="within persons")["estimate"] == pytest.approx(by_hand)
    assert row(result, among="all bouts, those that do not hurt as 0 min")["conf_low"] > 3
    assert (
        row(result, "share that hurts", level="under 60 min")["estimate"]
        == hurts[:, 1:][~is_long[:, 1:]].mean()
    )


def test_agrees_with_r() -> None:
    rows = pd.read_csv(REFERENCE / "time_to_ease_data.csv")
    result = time_to_ease(Cohort("R", checkins=rows), study())
    expected = pd.read_csv(REFERENCE / "time_to_ease.csv")
    levels = {"long": "at least 60 min", "short": "under 60 min"}
    for one in expected.itertuples(index=False):
        keys = {"level": levels[one.level]} if one.level in levels else {"adjustment": one.level}
        if not np.isnan(one.minute):
            keys["minutes"] = one.minute
        ours = row(result, one.statistic, **keys)
        for name in ("estimate", "std_error", "df"):
            assert ours[name] == pytest.approx(getattr(one, name), rel=1e-6), (one.statistic, one.level, name)


def test_the_interval_covers_the_simulated_difference_and_that_of_the_record_does_not() -> None:
    rng = np.random.default_rng(20261122)
    truth = {effect: true_difference(effect)[0] for effect in (0.0, 0.5)}
    for effect, true in truth.items():
        hits = np.zeros(2)
        for _ in range(200):
            result = time_to_ease(drawn(rng, effect), study())
            for at, adjustment in enumerate(("within persons", "as recorded")):
                found = row(result, adjustment=adjustment, among="bouts that hurt")
                hits[at] += found["conf_low"] <= true <= found["conf_high"]
        # 95 % of 200 is 190, with a standard error of 3.1.
        assert 181 <= hits[0] <= 199, (effect, hits)
        assert hits[1] < 175, (effect, hits)


def world(setting: Switch, **figures: float) -> Cohort:
    made = claim_scenario("C10", setting)
    return simulate(
        made.model_copy(update={"parameters": {**made.parameters, **figures}}), 120, 3, 84
    ).cohort()


def test_worlds_in_which_it_is_true_false_and_a_trap_are_told_apart() -> None:
    true, false = (time_to_ease(world(one), study()) for one in (True, False))
    trap = time_to_ease(world("trap", ease_per_pain=0.2), study())
    assert row(true)["conf_low"] > 2
    for none in (false, trap):
        assert -2 < row(none)["conf_low"] < row(none)["conf_high"] < 2
    # People in pain sit longer and ease later: as recorded it looks as if sitting did it.
    assert row(trap, adjustment="as recorded", among="bouts that hurt")["conf_low"] > 2
    assert "too small to matter" in str(answer(trap).media["text/plain"])
    assert "by an amount that matters" in str(answer(true).media["text/plain"])
    assert not true.causal


def test_the_ledger_takes_it_where_check_ins_record_no_pain_beside_it() -> None:
    whole = world(True)
    assert whole.checkins is not None
    checkins = whole.checkins.drop(columns=["pain_nrs"])
    bare = Cohort("bare", whole.participants, None, checkins)
    another = Estimand(name="another", summary="lead", outcome="pain_nrs", exposure="hip_pain_nrs")
    of_something_else = Study(title="Ledger", design="cohort", estimands=(another,))
    (entry,) = ledger(bare, of_something_else, {"time_to_ease": time_to_ease}, only=["C10"]).entries
    assert (entry.verdict, entry.found.analysis) == ("supported", "time_to_ease")
    assert entry.strength == "within-person"


def test_the_figure_has_its_numbers_in_words_and_survives_the_journey() -> None:
    result = time_to_ease(
        drawn(np.random.default_rng(2), 0.5), study(responders=[{"fall_points": 2}, {"fall_percent": 30}])
    )
    shown = easing_figure(from_payload(to_payload(result)))
    alt = shown.metadata["image/png"]["alt"]
    assert shown.media["image/png"]
    assert "at least 60 min, after 15 min" in alt
    assert "percentage points per 60 min" in alt
    # Shares of bouts: a release for the public would round a "proportion" to counts of people.
    assert set(result.estimates["unit"]) == {
        "min per 60 min",
        "proportion of bouts per 60 min",
        "proportion of bouts",
    }
    assert "by a fall of 30 %" in str(answer(result).media["text/plain"]).lower()
    refusal = Refusal("time_to_ease", "asked", "?", "no reports", ("reports",))
    assert "no reports" in str(easing_figure(refusal).media["text/plain"])


def test_what_cannot_be_answered_is_refused_with_its_reason() -> None:
    good = drawn(np.random.default_rng(3), 0.5)
    assert good.checkins is not None
    rows = good.checkins

    def reason(checkins: pd.DataFrame, **changes: object) -> str:
        found = time_to_ease(Cohort("bad", checkins=checkins), study(**changes))
        assert isinstance(found, Refusal), found
        return found.reason

    assert "does not record how pain goes on after standing up" in reason(rows.drop(columns=REPORTS))
    assert "all bouts that hurt are below 500 min" in reason(rows, threshold=500)
    assert "no bout hurt on standing up so that a fall of 2 NRS points" in reason(
        rows.assign(pain_on_standing_nrs=1.0 * (rows["days"] % 2))
    )
    stays = rows.assign(**dict.fromkeys(REPORTS, rows["pain_on_standing_nrs"]))
    assert "after no bout was there a fall of 2 NRS points within 30 minutes" in reason(stays)
    assert "has no reports of the minutes after it" in reason(
        rows.assign(pain_nrs=5.0 + rows["days"] % 2), outcome="pain_nrs"
    )
    alone = rows[rows["participant_id"] == "P00"].reset_index(drop=True)
    assert isinstance(time_to_ease(Cohort("one", checkins=alone), study()), Refusal)
    one_report = time_to_ease(Cohort("one report", checkins=rows.drop(columns=REPORTS[1:])), study())
    assert "reports 5 min after" in one_report.method
