"""For whom: effects by a characteristic, by hand, against R, with a truth that is known, and refused where nothing can be told."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
import pytest
from trials import REFERENCE, study

from lowback.analyses.by_characteristic import by_characteristic
from lowback.cohort import Cohort
from lowback.outcomes.characteristic import modified_model
from lowback.result import Refusal, Result
from lowback.simulate import claim_scenario, claim_truth, simulate
from lowback.study import Study

ARMS = ("usual care", "stretching")
TRIAL = ("usual care", "hip-flexor stretching", "strengthening", "both")


def asked(modifier: str, **changes: object) -> Study:
    estimand = {"summary": "effect by characteristic", "modifier": modifier, "smallest_worthwhile": 1}
    return study(estimand={**estimand, **changes.pop("estimand", {})}, **changes)  # type: ignore[dict-item]


def row(result: Result | Refusal, **key: str) -> pd.Series:
    assert isinstance(result, Result)
    assert result.keys is not None
    chosen = np.logical_and.reduce([result.keys[name] == value for name, value in key.items()])
    return result.estimates[chosen].iloc[0]


def by_hand(cells: dict[tuple[str, bool], list[float]]) -> Cohort:
    """Everybody at 5 at baseline; scores at week 12 by arm and signs of a nerve root."""
    people, visits = [], []
    for (arm, root), scores in cells.items():
        for score in scores:
            name = f"P{len(people):02d}"
            people.append((name, arm, root))
            visits += [(name, 0.0, 5.0), (name, 12.0, score)]
    return Cohort(
        "by hand",
        participants=pd.DataFrame(people, columns=["participant_id", "arm", "nerve_root_signs"]),
        visits=pd.DataFrame(visits, columns=["participant_id", "weeks", "pain_nrs"]),
    )


HAND = {
    ("usual care", False): [4.0, 5.0, 6.0, 5.0, 5.0],
    ("usual care", True): [5.0, 6.0, 7.0, 6.0, 6.0],
    ("stretching", False): [2.0, 3.0, 4.0, 3.0, 3.0],
    ("stretching", True): [5.0, 6.0, 4.0, 5.0, 5.0],
}


def test_finds_the_difference_in_effect_by_hand():
    # Cell means 5, 6, 3, 5: effects -2 without the signs and -1 with them. Within each cell squares sum to 2, so the
    # residual variance is 8 / 16 = 0.5, and a difference of differences of means of 5 has variance 4 * 0.5 / 5.
    result = by_characteristic(by_hand(HAND), asked("nerve_root_signs"))
    apart = row(result, statistic="difference in effect")
    assert apart["estimate"] == pytest.approx(1.0)
    assert apart["std_error"] == pytest.approx(np.sqrt(0.4))
    assert apart["df"] == pytest.approx(16)
    assert row(result, statistic="effect", level="no")["estimate"] == pytest.approx(-2.0)
    assert row(result, statistic="effect", level="yes")["estimate"] == pytest.approx(-1.0)


def test_effects_have_the_errors_of_those_they_are_of():
    # With the signs scores scatter ten times as widely, with variances 2 / 4 and 0.02 / 4 in each arm of five: Welch's errors of two means.
    wide = {key: [10 * (one - 5) + 5 for one in (4.9, 5.0, 5.1, 5.0, 5.0)] for key in HAND if key[1]}
    narrow = {key: [4.9, 5.0, 5.1, 5.0, 5.0] for key in HAND if not key[1]}
    result = by_characteristic(by_hand({**narrow, **wide}), asked("nerve_root_signs"))
    for level, squares in (("no", 0.02), ("yes", 2.0)):
        effect = row(result, statistic="effect", level=level)
        assert effect["std_error"] == pytest.approx(np.sqrt(2 * squares / 4 / 5))
        assert effect["df"] == pytest.approx(8)
    assert row(result, statistic="difference in effect")["std_error"] == pytest.approx(
        np.sqrt(2 * 2.02 / 4 / 5)
    )
    assert isinstance(result, Result)
    assert "one scatter" not in result.method


@pytest.mark.parametrize("scores", [[5.0], [6.0, 6.0, 6.0]])
def test_an_effect_whose_scatter_nobody_tells_takes_that_of_all_and_says_so(scores):
    # One person with the signs in either arm, or three with the same score, have no residual. Without the signs squares sum to 2 in each arm of five.
    cells = {key: values if not key[1] else scores for key, values in HAND.items()}
    people = sum(map(len, cells.values()))
    result = by_characteristic(by_hand(cells), asked("nerve_root_signs"))
    effect = row(result, statistic="effect", level="yes")
    assert effect["std_error"] == pytest.approx(np.sqrt(2 / len(scores) * 4 / (people - 4)))
    assert effect["df"] == pytest.approx(people - 4)
    assert row(result, statistic="effect", level="no")["std_error"] == pytest.approx(np.sqrt(2 * 2 / 4 / 5))
    assert isinstance(result, Result)
    assert "(stretching at yes), with Kenward and Roger's, which take one scatter for all" in result.method


def test_scales_and_rules_by_hand():
    # Ratios of means 3/5 and 5/6. Treating everybody takes off (2 + 1) / 2, treating those without the signs half of 2;
    # at a cost of 1 for each person treated half a point is left of either.
    result = by_characteristic(by_hand(HAND), asked("nerve_root_signs"))
    assert row(result, statistic="ratio of means", level="no")["estimate"] == pytest.approx(3 / 5)
    assert row(result, statistic="ratio of ratios")["estimate"] == pytest.approx((5 / 6) / (3 / 5))
    assert row(result, statistic="gain by rule", rule="everybody")["estimate"] == pytest.approx(1.5)
    only = "only signs of a nerve root: no"
    assert row(result, statistic="gain by rule", rule=only)["estimate"] == pytest.approx(1.0)
    for rule in ("everybody", only):
        assert row(result, statistic="net benefit by rule", rule=rule)["estimate"] == pytest.approx(0.5)


def test_shrunken_subgroups_lie_between_their_own_effect_and_the_common_one():
    result = by_characteristic(by_hand(HAND), asked("nerve_root_signs"))
    without, with_signs = (
        row(result, statistic="shrunken effect", level=level)["estimate"] for level in ("no", "yes")
    )
    assert -2 < without < -1.5 < with_signs < -1


def reference_cohort() -> Cohort:
    data = pd.read_csv(REFERENCE / "by_characteristic_data.csv").rename(columns={"age": "age_years"})
    data["participant_id"] = data["id"].map("P{:03d}".format)
    data["arm"] = np.where(data["treated"] == 1, *reversed(ARMS))
    people = data.groupby("participant_id", as_index=False).first()
    people = people.rename(columns={"signs": "hip_signs", "region": "leading_region"})
    first = people.assign(weeks=0.0, pain_nrs=people["baseline"])
    visits = pd.concat([first, data.rename(columns={"week": "weeks", "pain": "pain_nrs"})])
    return Cohort(
        "reference",
        participants=people[["participant_id", "arm", "age_years", "hip_signs", "leading_region"]],
        visits=visits[["participant_id", "weeks", "pain_nrs"]].astype({"weeks": float}),
    )


@pytest.mark.parametrize(
    ("modifier", "name", "key"),
    [
        ("hip_signs", "per sign", {"statistic": "difference per unit"}),
        ("hip_signs", "effect at 2 signs", {"statistic": "effect", "level": "2 signs"}),
        ("leading_region", "hip against together", {"statistic": "difference in effect", "level": "hip"}),
        ("leading_region", "effect where the back leads", {"statistic": "effect", "level": "back"}),
    ],
)
def test_agrees_with_r(modifier, name, key):
    expected = pd.read_csv(REFERENCE / "by_characteristic.csv").set_index("row").loc[name]
    trial = asked(modifier, weeks=[0, 4, 8, 12], covariates=["age_years"])
    found = row(by_characteristic(reference_cohort(), trial), **key)
    assert found["estimate"] == pytest.approx(expected["estimate"], abs=1e-4 * expected["std_error"])
    # nlme stops a little before the optimum.
    for number in ("std_error", "df", "p_value"):
        assert found[number] == pytest.approx(expected[number], rel=3e-4), number


def simulated(claim: str, switch: bool | str, seed: int, modifier: str) -> Result | Refusal:
    cohort = simulate(claim_scenario(claim, switch), 200, seed, days=1).cohort()
    estimand = {"arms": ["hip-flexor stretching"]}
    trial = asked(
        modifier, arms=TRIAL, weeks=[0, 4, 8, 12], covariates=["age_years", "sex"], estimand=estimand
    )
    return by_characteristic(cohort, trial)


def test_interval_covers_the_simulated_difference_in_effect():
    true = claim_truth("C13", claim_scenario("C13", True)).value
    key = {"statistic": "difference in effect", "level": "3 signs"}
    rows = [row(simulated("C13", True, seed, "hip_signs"), **key) for seed in range(40)]
    assert sum(one["conf_low"] <= true <= one["conf_high"] for one in rows) >= 34
    assert np.mean([one["estimate"] for one in rows]) == pytest.approx(true, abs=0.4)


def test_intervals_cover_where_those_with_the_signs_scatter_five_times_as_widely():
    # One in five of 60 people has signs and an SD of 10 points, the others one of 2: one scatter for all would be 4.8.
    true, covered = -6.0, {"CR2": 0, "kenward-roger": 0}
    for seed in range(150):
        rng = np.random.default_rng(seed)
        treated, signs = np.arange(60) % 2 == 1, np.arange(60) % 10 < 2
        scores = 50 + true * treated + np.where(signs, 10, 2) * rng.normal(size=60)
        people = pd.DataFrame({
            "participant_id": [f"P{n:02d}" for n in range(60)],
            "arm": np.where(treated, ARMS[1], ARMS[0]), "nerve_root_signs": signs,
        })  # fmt: skip
        visits = pd.DataFrame({
            "participant_id": np.tile(people["participant_id"], 2), "weeks": np.repeat([0.0, 12.0], 60),
            "disability_odi": np.concatenate([np.full(60, 50.0), scores]),
        })  # fmt: skip
        trial = asked("nerve_root_signs", estimand={"outcome": "disability_odi"})
        model = modified_model(Cohort("wide", people, visits), trial, trial.estimands[0])
        for errors in ("CR2", "kenward-roger"):
            effect = [model.effect(ARMS[1], model.characteristic.basis(1.0))]
            found = model.ladder.fit.contrast(effect, errors)
            covered[errors] += int(found.conf_low[0] <= true <= found.conf_high[0])
        assert model.errors(effect) == "CR2"
    assert covered["CR2"] >= 135
    assert covered["kenward-roger"] < 120


def test_prognosis_is_not_taken_for_response():
    # In the trap people with the signs do worse in every arm: in the treated alone that looks like less of an effect.
    key = {"statistic": "difference in effect"}
    rows, alone = [], []
    for seed in range(20):
        rows.append(row(simulated("C32", "trap", seed, "nerve_root_signs"), **key))
        cohort = simulate(claim_scenario("C32", "trap"), 200, seed, days=1).cohort()
        wide = cohort.visits.pivot(index="participant_id", columns="weeks", values="pain_nrs")
        people = cohort.participants.set_index("participant_id").assign(change=wide[12] - wide[0])
        treated = people[people["arm"] == "hip-flexor stretching"]
        alone.append(treated.groupby("nerve_root_signs")["change"].mean().diff().iloc[-1])
    assert sum(one["p_value"] < 0.05 for one in rows) <= 4
    assert np.mean(alone) > 0.9


def test_everybody_alike_is_refused():
    cohort = by_hand({key: scores for key, scores in HAND.items() if not key[1]})
    refusal = by_characteristic(cohort, asked("nerve_root_signs"))
    assert isinstance(refusal, Refusal)
    assert "signs of a nerve root is the same in everybody" in refusal.reason


def test_a_level_that_an_arm_lacks_is_refused_by_name():
    cohort = by_hand({key: scores for key, scores in HAND.items() if key != ("stretching", True)})
    refusal = by_characteristic(cohort, asked("nerve_root_signs"))
    assert isinstance(refusal, Refusal)
    assert "nobody in arm 'stretching' with signs of a nerve root = 'yes'" in refusal.reason


def test_people_without_the_characteristic_are_counted_not_lost():
    cohort = by_hand({key: [*scores, scores[0]] for key, scores in HAND.items()})
    people = cohort.participants.astype({"nerve_root_signs": object})
    people.loc[0, "nerve_root_signs"] = None
    result = by_characteristic(
        Cohort("gap", participants=people, visits=cohort.visits), asked("nerve_root_signs")
    )
    assert isinstance(result, Result)
    assert "23 of 24 people" in result.method
    assert "signs of a nerve root: 1" in result.method


def test_a_number_with_many_values_is_shown_at_its_quartiles():
    rng = np.random.default_rng(4)
    people = pd.DataFrame({"participant_id": [f"P{n}" for n in range(80)], "arm": np.tile(ARMS, 40)})
    people["age_years"] = rng.integers(20, 70, 80).astype(float)
    scores = [
        (name, week, rng.uniform(2, 8)) for name, week in product(people["participant_id"], (0.0, 12.0))
    ]
    visits = pd.DataFrame(scores, columns=["participant_id", "weeks", "pain_nrs"])
    result = by_characteristic(Cohort("many", participants=people, visits=visits), asked("age_years"))
    assert isinstance(result, Result)
    assert (result.keys["statistic"] == "effect").sum() == 3
    assert not (result.keys["statistic"] == "shrunken effect").any()


def test_a_score_with_its_items_comes_with_its_reliability():
    cohort = simulate(claim_scenario("C13", True), 120, 5, days=1).cohort()
    trial = asked("hip_signs", arms=TRIAL, weeks=[0, 4, 8, 12], estimand={"arms": ["both"]})
    items = cohort.participants[["sign_worse_after_sitting", "sign_hip_pain", "sign_better_walking"]].astype(
        float
    )
    # Cronbach 1951: alpha = k / (k - 1) (1 - sum of the items' variances / variance of their sum).
    by_formula = 1.5 * (1 - items.var().sum() / items.sum(axis=1).var())
    found = row(by_characteristic(cohort, trial), statistic="reliability")
    assert found["estimate"] == pytest.approx(by_formula)
    assert found["n_participants"] == 120


def test_who_has_the_items_of_a_score_is_told_that_it_is_their_sum():
    refused = by_characteristic(by_hand(HAND), asked("hip_signs"))
    assert isinstance(refused, Refusal)
    assert "hip_signs" in refused.reason
    assert any(
        "the sum of sign_worse_after_sitting, sign_hip_pain, sign_better_walking" in one
        for one in refused.needs
    )
