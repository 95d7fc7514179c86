"""Diagrams held against data: right ones are seldom contradicted, wrong ones often, and what cannot be tested is said."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from drawn_cohorts import cohort_of, study

from lowback.analyses.implications import implications
from lowback.cohort import Cohort
from lowback.diagram import Diagram, Node, diagram_of, diagrams
from lowback.intake import read_cohort
from lowback.language.facts import facts_of
from lowback.language.numbers import unfounded
from lowback.result import Refusal, Result, from_payload, to_payload
from lowback.sentences import answer
from lowback.simulate import simulate, simulated_study
from lowback.study import read_study

MECHANISM = diagrams()[0]


@cache
def found(diagram: str, people: int, seed: int, effect: float = 0.6) -> Result:
    world = {one.name: one for one in diagrams()}[diagram]
    result = implications(cohort_of(world, people, seed, effect), study())
    assert isinstance(result, Result)
    return result


def verdicts(result: Result | Refusal) -> dict[str, str]:
    assert isinstance(result, Result)
    assert result.keys is not None
    return dict(zip(result.keys["diagram"], result.keys["diagram_verdict"], strict=True))


@pytest.mark.parametrize("diagram", ["mechanism", "guarding", "activity"])
def test_a_diagram_that_is_true_is_seldom_contradicted(diagram: str) -> None:
    false = sum(verdicts(found(diagram, 150, seed))[diagram] == "contradicted" for seed in range(12))
    # 5 % of 12 + 2.6 Monte Carlo standard errors; tests/analyses/diagram_rates.py counts more.
    assert false <= 2


@pytest.mark.parametrize("rival", ["guarding", "activity"])
def test_a_cohort_of_a_rival_contradicts_the_mechanism(rival: str) -> None:
    assert sum(verdicts(found(rival, 700, seed))["mechanism"] == "contradicted" for seed in range(3)) >= 2


def test_a_cohort_of_the_mechanism_contradicts_both_rivals() -> None:
    for seed in range(2):
        told = verdicts(found("mechanism", 700, seed))
        assert (told["guarding"], told["activity"]) == ("contradicted", "contradicted")


def test_the_simulated_mechanism_contradicts_the_rivals_and_not_itself() -> None:
    made = [simulate("mechanism", 250, seed, 1).cohort() for seed in range(4)]
    told = [verdicts(implications(one, simulated_study("mechanism"))) for one in made]
    assert sum(one["mechanism"] == "contradicted" for one in told) <= 1
    assert all(one["activity"] == "contradicted" for one in told)


def test_without_allowing_for_error_the_true_mechanism_would_be_contradicted(monkeypatch) -> None:
    def exact(first, second, given, error):  # type: ignore[no-untyped-def]
        return real(first, second, given, 0 * error)

    import lowback.analyses.implications as room

    real = room.partial_correlation
    monkeypatch.setattr(room, "partial_correlation", exact)
    told = [
        verdicts(implications(cohort_of(MECHANISM, 1500, seed, 0.9), study(), [MECHANISM]))
        for seed in range(3)
    ]
    assert sum(one["mechanism"] == "contradicted" for one in told) >= 2


def test_rows_say_pair_conditions_and_holms_p() -> None:
    result = found("mechanism", 150, 1)
    assert result.keys is not None
    rows = result.keys[result.keys["statistic"] == "partial correlation"]
    assert result.estimates["estimate"][rows.index].abs().max() < 1
    assert (rows["p_holm"] >= result.estimates["p_value"][rows.index]).all()
    pair = rows[
        (rows["diagram"] == "mechanism") & (rows["first"] == "sitting") & (rows["second"] == "pelvic tilt")
    ]
    assert pair["given"].tolist() == ["hip extension"]
    again = from_payload(to_payload(result))
    assert isinstance(again, Result)
    pd.testing.assert_frame_equal(again.estimates, result.estimates)


def test_chance_made_arms_alike_at_baseline_so_that_is_not_tested() -> None:
    result = found("mechanism", 150, 1)
    assert result.keys is not None
    pairs = set(zip(result.keys["first"], result.keys["second"], strict=True))
    assert not {pair for pair in pairs if "arm" in " ".join(pair) and "age" in pair}
    assert any("arm" in " ".join(pair) and "pelvic tilt" in pair for pair in pairs)


def test_nothing_is_asked_of_arms_that_people_chose() -> None:
    plain = study().model_dump(exclude_defaults=True)
    estimand = {**plain["estimands"][0], "population": "all participants"}
    chosen = type(study()).model_validate({**plain, "design": "cohort", "estimands": [estimand]})
    result = implications(cohort_of(MECHANISM, 150, 1), chosen)
    assert isinstance(result, Result)
    assert result.keys is not None
    assert not result.keys["first"].str.startswith("arm").any()
    assert not result.keys["second"].str.startswith("arm").any()
    assert "which chance did not assign" in result.method


def test_a_cohort_seen_once_is_asked_about_values_and_one_with_too_little_refuses() -> None:
    rng = np.random.default_rng(8)
    a = rng.standard_normal(80)
    visits = pd.DataFrame(
        {
            "participant_id": [f"{at:03d}" for at in range(80)],
            "weeks": 0.0,
            "sitting_hours": 8 + a,
            "hip_extension_deg": -a + rng.standard_normal(80),
            "pelvic_tilt_deg": 5 + a + 0.5 * rng.standard_normal(80),
        }
    )
    seen_once = Cohort(name="once", visits=visits)
    asked = study().model_copy(update={"weeks": (0.0,), "covariates": (), "design": "cross-sectional"})
    result = implications(
        seen_once,
        asked,
        [
            diagram_of(
                {"title": "T", "arrows": ["sitting_hours -> hip_extension_deg -> pelvic_tilt_deg"]},
                "mine",
                "mine",
            )
        ],
    )
    assert verdicts(result) == {"mine": "contradicted"}
    assert isinstance(result, Result)
    assert "Values at a visit enter as they are" in result.method
    few = implications(Cohort(name="once", visits=visits.head(9)), asked)
    assert isinstance(few, Refusal)
    assert "says anything that these records could refute" in few.reason


def test_an_earlier_visit_is_the_one_before() -> None:
    rng = np.random.default_rng(9)
    first, second = rng.standard_normal((2, 300))
    third = 0.8 * second + rng.standard_normal(300)
    names = [f"P{at}" for at in range(300)]
    visits = pd.concat(
        [
            pd.DataFrame({"participant_id": names, "weeks": week, "steps_per_day": 6000 + 800 * x, "walking_min": 60 + 9 * y})
            for week, x, y in ((0.0, first, first), (4.0, second, rng.standard_normal(300)), (12.0, rng.standard_normal(300), third))
        ]
    )  # fmt: skip
    lagged = Diagram(
        "lagged",
        "Lagged",
        "",
        ((Node("steps_per_day", 1), Node("walking_min")),),
        ((Node("steps_per_day"), Node("walking_min")),),
    )
    none = Diagram(
        "none",
        "None",
        "",
        ((Node("walking_min", 1), Node("walking_min")), (Node("steps_per_day", 1), Node("steps_per_day"))),
        ((Node("walking_min", 1), Node("steps_per_day", 1)),),
    )
    asked = study().model_copy(update={"weeks": (0.0, 4.0, 12.0), "arms": (), "covariates": ()})
    told = verdicts(implications(Cohort(name="three visits", visits=visits), asked, [lagged, none]))
    assert told == {"lagged": "not contradicted", "none": "contradicted"}


def test_what_it_rests_on_is_told_in_words_and_each_reason_once() -> None:
    result = found("mechanism", 120, 3)
    said = [*result.assumptions, result.method]
    assert not any("_" in one or "->" in one for one in said)
    assert any("“Pain makes people guard and tilt”: back pain → pelvic tilt" in one for one in said)
    for part in result.method.split(". “")[1:]:
        reasons = re.findall(r"\(([^()]*)\)", part)
        assert len(reasons) == len(set(reasons))


def test_nobody_eligible_is_a_refusal() -> None:
    out = simulated_study().model_copy(update={"covariates": ()})
    cohort = simulate("literature", 20, 1, 1).cohort()
    people = cohort.participants
    assert people is not None
    result = implications(
        Cohort(name="none", participants=people.assign(consent=False), visits=cohort.visits), out
    )
    assert isinstance(result, Refusal)
    assert "no consent" in result.reason


def test_second_readings_of_these_people_say_how_large_the_error_is() -> None:
    # Here the pelvis is read with an error far beyond the dictionary's, which made the true diagram look refuted.
    folder = Path(__file__).resolve().parents[2] / "data" / "mechanism-example"
    cohort, study = read_cohort(folder / "mapping.yml"), read_study(folder / "study.yml")
    told = [
        verdicts(implications(one, study))["mechanism"] for one in (cohort, without_second_readings(cohort))
    ]
    assert told == ["not contradicted", "contradicted"]


def without_second_readings(cohort: Cohort) -> Cohort:
    visits = cohort.visits.drop(columns=[name for name in cohort.visits if "second" in name])
    return replace(cohort, visits=visits)


def test_an_arm_that_everybody_is_in_is_no_column_to_test() -> None:
    made = simulate("mechanism", 60, 1, 1).cohort()
    assert made.participants is not None
    one = replace(made, participants=made.participants.assign(arm="hip-flexor stretching"))
    told = implications(one, simulated_study("mechanism"))
    assert isinstance(told, Result)
    assert told.keys is not None
    assert not told.keys["first"].str.startswith("arm").any()


def test_every_number_of_the_answer_is_a_row_however_many_pairs_contradict() -> None:
    example = Path(__file__).resolve().parents[2] / "data" / "mediation-example"
    told, asked = read_cohort(example / "mapping.yml"), read_study(example / "study.yml")
    result = implications(told, asked)
    assert isinstance(result, Result)
    assert result.keys is not None
    rows = result.estimates.assign(**{name: result.keys[name] for name in ("diagram", "statistic", "p_holm")})
    for _, of in rows.groupby("diagram"):
        beyond = of.loc[of["statistic"] == "not zero", "estimate"].item()
        assert beyond == (of["p_holm"] < 0.05).sum()
    several = rows.loc[rows["statistic"] == "not zero", "estimate"]
    assert several.max() > 2
    words = answer(result).media["text/plain"]
    assert f"{several.max():.0f} are not" in words
    assert not unfounded(words, facts_of([result], asked, ()))
