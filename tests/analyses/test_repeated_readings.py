"""Agreement of repeated measurements and judgements: by hand, on simulated cohorts of known error, and what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from lowback.analyses.agreement import agreement
from lowback.cohort import Cohort
from lowback.result import Refusal, Result
from lowback.sentences import answer
from lowback.simulate import claim_scenario, simulate
from lowback.study import Estimand, Study
from lowback.variables import Variable, dictionary


def study(outcome: str, smallest: float | None = None, weeks: tuple[float, ...] = ()) -> Study:
    estimand = Estimand(name="agreement", summary="agreement", outcome=outcome, smallest_worthwhile=smallest)
    return Study(title="Twice", design="cohort", weeks=weeks, estimands=(estimand,))


def angles(people: int = 60, seed: int = 1, **columns: object) -> Cohort:
    """Two visits of people whose tilt varies by 9, read twice with errors of variance 4."""
    rng = np.random.default_rng(seed)
    true = np.repeat(rng.normal(6, 3, people), 2)
    first, second = (np.round(true + rng.normal(0, 2, 2 * people), 1) for _ in range(2))
    visits = {
        "participant_id": np.repeat([f"{one:03d}" for one in range(people)], 2),
        "weeks": np.tile([0.0, 12.0], people),
        "pelvic_tilt_deg": first,
        "pelvic_tilt_second_deg": second,
    }
    return Cohort("angles", visits=pd.DataFrame({**visits, **columns}))


def numbers(result: Result | Refusal) -> pd.DataFrame:
    assert isinstance(result, Result), result
    assert result.keys is not None
    return (
        result.estimates.assign(statistic=result.keys["statistic"])
        .drop_duplicates("statistic")
        .set_index("statistic")
    )


def said(result: Result | Refusal) -> str:
    return str(answer(result).media["text/plain"])


def test_errors_by_hand_from_four_people():
    """Differences of 2, -2, 1 and -1: half their mean square is 1.25."""
    visits = pd.DataFrame(
        {
            "participant_id": list("abcd"), "weeks": 0.0, "pelvic_tilt_deg": [1.0, 4, 9, 16],
            "pelvic_tilt_second_deg": [3.0, 2, 10, 15],
        }
    )  # fmt: skip
    found = numbers(agreement(Cohort("four", visits=visits), study("pelvic_tilt_deg")))["estimate"]
    assert found["standard error of measurement"] == pytest.approx(1.25**0.5)
    assert found["smallest detectable change"] == pytest.approx(1.96 * 2.5**0.5, rel=1e-4)
    assert found["bias"] == pytest.approx(0)


def test_each_person_counts_once_with_the_first_pair():
    both, first = angles(), angles()
    visits = first.visits
    assert visits is not None
    alone = Cohort("first visit", visits=visits[visits["weeks"] == 0])
    result, other = (agreement(one, study("pelvic_tilt_deg")) for one in (both, alone))
    pd.testing.assert_frame_equal(numbers(result).drop(columns="term"), numbers(other).drop(columns="term"))
    assert numbers(result)["n_participants"].iloc[0] == 60
    later = agreement(both, study("pelvic_tilt_deg", weeks=(12,)))
    assert numbers(later)["estimate"]["bias"] != numbers(result)["estimate"]["bias"]


def test_intervals_cover_the_error_and_the_reliability_of_simulated_angles():
    covered = dict.fromkeys(("reliability", "standard error of measurement"), 0)
    for seed in range(100):
        found = numbers(agreement(angles(30, seed), study("pelvic_tilt_deg")))
        for name, truth in (("reliability", 9 / 13), ("standard error of measurement", 2.0)):
            covered[name] += found.loc[name, "conf_low"] <= truth <= found.loc[name, "conf_high"]
    # 95 % of 100 with 2.6 standard errors.
    assert all(89 <= count <= 100 for count in covered.values()), covered


def test_raters_who_differ_from_person_to_person_make_a_one_way_model():
    raters = np.repeat([f"r{one % 4}" for one in range(60)], 2)
    result = agreement(angles(rater_id=raters, second_rater_id="r9"), study("pelvic_tilt_deg"))
    assert isinstance(result, Result)
    assert result.estimates["term"].iloc[0] == "one reading, ICC(1,1)"
    assert "First readings are of 4 raters, the second always another rater's" in result.method
    same = agreement(angles(), study("pelvic_tilt_deg"))
    assert isinstance(same, Result)
    assert same.estimates["term"].iloc[0] == "one reading, ICC(2,1)"


def test_the_smallest_detectable_change_is_held_against_what_matters():
    assert "A change that matters can hide in the error" in said(
        agreement(angles(), study("pelvic_tilt_deg", 2))
    )
    assert "A change that matters shows beyond error" in said(
        agreement(angles(), study("pelvic_tilt_deg", 9))
    )
    assert "cannot tell whether a change that matters" in said(
        agreement(angles(), study("pelvic_tilt_deg", 5))
    )


@pytest.mark.parametrize(
    ("switch", "words"), [(True, "agree beyond chance"), ("trap", "do not show that the two agree")]
)
def test_judgements_have_kappa_beside_the_raw_agreement(switch: bool | str, words: str):
    cohort = simulate(claim_scenario("C33", switch), 256, 5, days=1).cohort()  # type: ignore[arg-type]
    result = agreement(cohort, study("trigger_point_first_rater"))
    found = numbers(result)["estimate"]
    assert words in said(result)
    observed, chance = found["observed agreement"], found["agreement by chance"]
    assert found["kappa"] == pytest.approx((observed - chance) / (1 - chance))
    # In the trap raters agree on four of five by chance alone.
    assert observed > 0.75


def test_a_variable_of_ones_own_with_odd_categories():
    known = {
        name: Variable(name=name, label="<b>spasm</b>", kind="category", tables=("participants",))
        for name in ("spasm", "spasm_second")
    }
    people = pd.DataFrame(
        {
            "participant_id": ["007", "é", "x, y"],
            "spasm": ["a, b", "<script>", "a, b"],
            "spasm_second": ["a, b", "<script>", "c"],
        }
    )
    cohort = Cohort("own", participants=people, variables={**dictionary(), **known})
    assert numbers(agreement(cohort, study("spasm")))["estimate"]["kappa"] == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("outcome", "reason"),
    [
        ("pain_nrs", "no column 'pain_nrs' in 'angles'"),
        ("weeks", "weeks was not measured twice: no column 'weeks_second'"),
        ("pelvic_tilt_deg", "agreement of pelvic tilt cannot be told: repeated readings do not differ"),
    ],
)
def test_what_cannot_be_answered_is_refused_by_name(outcome: str, reason: str):
    visits = angles().visits
    assert visits is not None
    twice = Cohort("angles", visits=visits.assign(pelvic_tilt_second_deg=visits["pelvic_tilt_deg"]))
    refusal = agreement(twice, study(outcome))
    assert isinstance(refusal, Refusal)
    assert reason in refusal.reason
    assert refusal.needs
    assert "These data cannot tell" in said(refusal)


def test_nobody_measured_twice_is_said():
    visits = angles().visits
    assert visits is not None
    refusal = agreement(
        Cohort("a", visits=visits.assign(pelvic_tilt_second_deg=np.nan)), study("pelvic_tilt_deg")
    )
    assert isinstance(refusal, Refusal)
    assert refusal.reason == "nobody has both pelvic_tilt_deg and pelvic_tilt_second_deg"
