"""A mediated effect with the mediator's slope within persons: by hand, against R, by simulated truth, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from lowback.analyses.mediation import mediation
from lowback.analyses.mediation_sensitivity import mediation_sensitivity
from lowback.cohort import Cohort
from lowback.estimators import NotEstimable
from lowback.estimators.mediation import Visits, slope_within
from lowback.outcomes import mediated_model as modelling
from lowback.outcomes.mediation import mediation_records
from lowback.outcomes.mediation_table import mediation_table
from lowback.result import Refusal, Result
from lowback.study import Estimand, Study

REFERENCE = Path(__file__).resolve().parents[1] / "reference" / "mediation"
ARM, CONTROL = "stretching", "usual care"
WEEKS = (0, 4, 8, 12)
# What a degree of the hip goes with, what the arm does to the hip by week 12, and what it does to pain by other ways.
SLOPE, SHIFT, BESIDE = -0.1, 5.0, -0.5


def study(weeks: tuple[int, ...] = WEEKS, covariates: tuple[str, ...] = (), **changes: object) -> Study:
    asked: dict[str, object] = {
        "name": "by way of the hip",
        "summary": "mediated effect",
        "outcome": "pain_nrs",
        "week": weeks[-1],
        "mediators": ["hip_extension_deg"],
        "mediator_slope": "within persons",
        **changes,
    }
    return Study(
        title="A trial",
        design="randomised trial",
        weeks=weeks,
        arms=(CONTROL, ARM),
        control_arm=CONTROL,
        covariates=covariates,
        estimands=(Estimand.model_validate(asked),),
    )


def cohort(arm: np.ndarray, pain: np.ndarray, *readings: np.ndarray, age: np.ndarray | None = None) -> Cohort:
    """People with pain and one or two readings of the hip at each visit (person, visit)."""
    ids = [f"P{n:03d}" for n in range(len(arm))]
    people = pd.DataFrame({"participant_id": ids, "arm": np.where(arm == 1, ARM, CONTROL)})
    if age is not None:
        people["age_years"] = age
    names = ("hip_extension_deg", "hip_extension_second_deg")
    visits = pd.DataFrame(
        {
            "participant_id": np.repeat(ids, pain.shape[1]),
            "weeks": np.tile(np.array(WEEKS[: pain.shape[1]], dtype=float), len(arm)),
            "pain_nrs": pain.ravel(),
            **{name: one.ravel() for name, one in zip(names, readings, strict=False)},
        }
    )
    return Cohort("trial", participants=people, visits=visits)


def drawn(rng: np.random.Generator, slope: float = SLOPE, people: int = 120) -> Cohort:
    """A trial in which people whose hips are long for good hurt more for good, and the hip is read twice with error."""
    arm = np.arange(people) % 2
    ramp = np.array([0.0, 1 / 3, 2 / 3, 1.0])
    lasting = rng.normal(0, 4, (people, 1))
    hip = lasting + rng.normal(0, 2, (people, 4)) + SHIFT * np.outer(arm, ramp)
    pain = 5 + slope * hip + 0.2 * lasting + BESIDE * np.outer(arm, ramp) + rng.normal(0, 0.5, (people, 4))
    readings = (hip + rng.normal(0, 2.5, hip.shape) for _ in range(2))
    return cohort(arm, np.clip(pain, 0, 10), *readings)


def value(result: Result | Refusal, statistic: str, correction: str = "corrected") -> float:
    assert isinstance(result, Result), result
    assert result.keys is not None
    rows = (result.keys["statistic"] == statistic) & result.keys["correction"].isin(["", correction])
    return float(result.estimates.loc[rows, "estimate"].iloc[0])


def test_two_visits_give_the_slope_of_the_changes() -> None:
    # Two visits: a slope about own means is that of change on change. Changes of the hip -1, 0, 1 (and of 2 points of pain each).
    first, change = np.array([5.0, -3.0, 8.0, 1.0]), np.array([-1.0, 0.0, 1.0, 0.0])
    other = np.array([0.0, 1.0, 0.0, -1.0])
    rows = np.column_stack([first, first + change, 7 * first, 7 * first + 2 * change, other])
    covariance = np.cov(rows.T, bias=True)
    assert slope_within(covariance, Visits((0, 1), (2, 3), (4,))) == pytest.approx(2)
    # The mean square of changes is 1/2. An error variance of 1/8 a visit is 1/4 of a change: half is left, and the slope doubles.
    covariance[[0, 1], [0, 1]] -= 1 / 8
    assert slope_within(covariance, Visits((0, 1), (2, 3), (4,))) == pytest.approx(4)
    covariance[[0, 1], [0, 1]] -= 1 / 8
    assert np.isnan(slope_within(covariance, Visits((0, 1), (2, 3), (4,))))


def test_agrees_with_r() -> None:
    data = pd.read_csv(REFERENCE / "within_data.csv")
    wide = data.pivot(index="person", columns="weeks")
    people = data.drop_duplicates("person")
    trial = cohort(
        people["arm"].to_numpy(),
        wide["pain"].to_numpy(),
        wide["hip"].to_numpy(),
        age=people["age"].to_numpy(dtype=float),
    )
    found = mediation(trial, study(covariates=("age_years",)))
    expected = pd.read_csv(REFERENCE / "within.csv").set_index(["what", "name"])["estimate"]
    names = {"slope": "corrected", "total": "corrected", "indirect": "corrected", "direct": "corrected"}
    for name in names:
        assert value(found, name) == pytest.approx(expected["corrected", name], rel=1e-7)
    for name in ("indirect", "direct"):
        assert value(found, name, "naive") == pytest.approx(expected["naive", name], rel=1e-7)


def test_the_indirect_effect_is_the_product_and_the_parts_add_up() -> None:
    found = mediation(drawn(np.random.default_rng(1)), study())
    product = value(found, "shift") * value(found, "slope")
    assert value(found, "indirect") == pytest.approx(product, abs=1e-12)
    assert value(found, "total") == pytest.approx(
        value(found, "indirect") + value(found, "direct"), abs=1e-12
    )


def parts(trial: Cohort, asked: Study) -> tuple[float, tuple[float, float]]:
    """The indirect effect with its interval."""
    table = mediation_table(mediation_records(trial, asked, asked.estimands[0]))
    model = modelling.mediated_model(table)
    found = model.estimated(ARM, model.known_errors)
    return float(found.here.indirect), model.percentiles.interval(
        found.drawn.indirect, float(found.here.indirect)
    )


@pytest.mark.parametrize("slope", [SLOPE, 0.0])
def test_intervals_hold_the_truth_and_those_of_one_visit_do_not(
    slope: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(modelling, "REPLICATES", 500)
    monkeypatch.setattr(modelling, "arm_fit", lambda *_: None)
    truth, one_visit = slope * SHIFT, study(mediator_slope=None)
    held, estimates, beside = 0, [], []
    for number in range(200):
        trial = drawn(np.random.default_rng([3, number]), slope)
        estimate, (low, high) = parts(trial, study())
        estimates.append(estimate)
        held += low <= truth <= high
        if number < 40:
            beside.append(parts(trial, one_visit)[0])
    # 95 % of 200 trials, 2.6 standard errors to either side.
    assert 182 <= held <= 198
    assert np.mean(estimates) == pytest.approx(truth, abs=3 * np.std(estimates) / 200**0.5)
    # Negative control: at one visit, the hip at baseline tells only part of what lasts, and that hurts.
    assert np.mean(beside) - truth > 0.2


def test_the_method_says_what_was_pooled_and_on_what_it_rests() -> None:
    found = mediation(drawn(np.random.default_rng(1)), study())
    assert isinstance(found, Result)
    assert "one slope for all visits (weeks 0, 4, 8, 12 pooled)" in found.method
    assert any("comes and goes from visit to visit" in one for one in found.assumptions)
    assert any("Griliches" in one for one in found.sources)
    assert not any("slopes by arm" in one for one in (*found.assumptions, *found.estimates["term"]))


def test_gaps_at_a_visit_do_not_cost_the_person() -> None:
    whole = drawn(np.random.default_rng(2))
    assert whole.visits is not None
    gone = np.random.default_rng(4).random(len(whole.visits)) < 0.15
    gone &= whole.visits["weeks"].to_numpy() > 0
    visits = whole.visits.assign(hip_extension_deg=whole.visits["hip_extension_deg"].mask(gone))
    visits["hip_extension_second_deg"] = visits["hip_extension_second_deg"].mask(gone)
    found = mediation(Cohort("gaps", participants=whole.participants, visits=visits), study())
    assert isinstance(found, Result)
    assert set(found.estimates["n_participants"]) == {120}
    complete = mediation(whole, study())
    assert value(found, "indirect") == pytest.approx(value(complete, "indirect"), abs=0.3)
    assert isinstance(complete, Result)
    dealt_with = "gaps after baseline are dealt with by maximum likelihood"
    assert dealt_with in found.method
    assert dealt_with not in complete.method


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        (
            {"mediators": ["hip_extension_deg", "pelvic_tilt_deg"]},
            "is that of one mediator without confounders",
        ),
        ({"confounders": ["sitting_hours"]}, r"confounders = \['sitting_hours'\]"),
        ({"mediators_week": 8}, "needs the mediator at the outcome's visits; mediators_week = 8"),
        ({"mediator_slope": "between persons"}, "Input should be 'within persons'"),
    ],
)
def test_what_has_no_meaning_within_persons_is_refused(changes: dict[str, object], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        study(**changes)


def test_a_mediator_that_is_not_there_at_baseline_is_refused_by_name() -> None:
    whole = drawn(np.random.default_rng(2))
    assert whole.visits is not None
    first = whole.visits["weeks"] == 0
    visits = whole.visits.assign(hip_extension_deg=whole.visits["hip_extension_deg"].mask(first))
    found = mediation(Cohort("later", participants=whole.participants, visits=visits), study())
    assert isinstance(found, Refusal)
    assert "hip extension at baseline is not recorded or does not vary" in found.reason


def test_where_error_is_all_that_varies_within_persons_the_total_stands_alone() -> None:
    rng = np.random.default_rng(5)
    lasting, arm = rng.normal(0, 8, (60, 1)), np.arange(60) % 2
    readings = (lasting + rng.normal(0, 3, (60, 4)) for _ in range(2))
    found = mediation(cohort(arm, np.clip(5 + rng.normal(0, 1, (60, 4)), 0, 10), *readings), study())
    assert isinstance(found, Result)
    assert found.keys is not None
    assert set(found.keys["statistic"]) == {"total"}


def test_what_would_have_to_be_wrong_is_not_asked_of_a_slope_within_persons() -> None:
    found = mediation_sensitivity(drawn(np.random.default_rng(1)), study())
    assert isinstance(found, Refusal)
    assert "what lasts in a person cannot move that slope" in found.reason
    assert found.needs == ("an estimand without mediator_slope",)


def test_no_table_is_made_of_a_visit_that_does_not_vary() -> None:
    whole = drawn(np.random.default_rng(2))
    assert whole.visits is not None
    same = whole.visits["pain_nrs"].where(whole.visits["weeks"] != 4, 5.0)
    trial = Cohort("same", participants=whole.participants, visits=whole.visits.assign(pain_nrs=same))
    with pytest.raises(NotEstimable, match="back pain at week 4 does not vary"):
        mediation_table(mediation_records(trial, study(), study().estimands[0]))
