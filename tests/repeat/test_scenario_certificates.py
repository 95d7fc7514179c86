"""Every scenario that ships can be certified against its own truth, with its own arms."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lowback.analyses.ancova import ancova
from lowback.analyses.expected_change import expected_change
from lowback.analyses.slopes import slopes
from lowback.analyses.within_between import within_between
from lowback.certificate import Certificate
from lowback.cohort import Cohort
from lowback.repeat import certify, scenario_truths
from lowback.repeat.asked import asked_of
from lowback.repeat.certify import certify_scenario
from lowback.result import Result
from lowback.simulate import (
    SimulationError,
    scenario_names,
    simulate,
    simulated_study,
    super_population,
)

ANALYSES = {"ancova": ancova, "within_between": within_between}
PRIMARY = "back pain at week 12"


@pytest.fixture(autouse=True)
def few_people_behind_the_truth(monkeypatch):
    """Which truth it is matters here, not how well it is known."""
    monkeypatch.setattr(super_population, "BLOCK", 64)
    monkeypatch.setattr(super_population, "BLOCKS", 2)
    monkeypatch.setattr(super_population, "BLOCKS_WITH_COURSE", 2)
    monkeypatch.setattr(scenario_truths, "BLOCKS_WITH_COURSE", 2)
    monkeypatch.setattr(certify, "PROBED", 64)
    for cached in (scenario_truths._values, scenario_truths._people):
        cached.cache_clear()


def certified(scenario: str | Path, **analyses: object) -> Certificate:
    return certify_scenario(str(scenario), 64, analyses or ANALYSES, replicates=2, seed=1, made="2026-11-22")


@pytest.mark.parametrize("scenario", scenario_names())
def test_a_scenario_is_certified_with_the_arms_that_it_has(scenario):
    found = certified(scenario)
    control, *others = simulated_study(scenario).arms
    part = found.of("ancova", PRIMARY)
    assert [one.term for one in part.terms] == [f"{arm} vs {control}" for arm in others]
    for one in part.terms:
        assert np.isfinite(one.worlds[scenario]["truth"])
        assert one.worlds[scenario]["refused"] == 0
    assert {one.estimand for one in found.certified if one.analysis == "within_between"} >= {
        "back pain and pelvic tilt",
        "back pain and sitting",
    }


def test_treatment_that_people_choose_is_judged_against_what_it_would_do_to_all():
    found = certified("chosen", ancova=ancova)
    (term,) = found.of("ancova", PRIMARY).terms
    assert term.term == "hip-flexor stretching vs usual care"
    assert simulated_study("chosen").design == "cohort"


ONE_ARM = "title: One arm\nsays: One arm only.\nbased_on: literature\ndesign: {arms: [usual care]}\n"


def test_a_scenario_of_one_arm_has_slopes_and_no_difference(tmp_path):
    file = tmp_path / "one_arm.yml"
    file.write_text(ONE_ARM, encoding="utf-8")
    found = certified(file)
    assert {one.analysis for one in found.certified} == {"within_between"}
    with pytest.raises(SimulationError, match="none of expected_change answers what it ships the truth of"):
        certified(file, expected_change=expected_change)


def test_the_slope_by_the_last_week_has_the_truth_of_the_difference_and_the_slope_a_week_is_the_same_row_scaled():
    # Planted: scores that fall in straight lines, 0.5 points a week faster in one arm.
    made = simulate("null", 40, 1, days=1)
    control, first, *_ = simulated_study("null").arms
    visits = made.visits.merge(made.participants[["participant_id", "arm"]])
    rng = np.random.default_rng(1)
    line = 8 - np.where(visits["arm"] == first, 0.6, 0.1) * visits["weeks"]
    visits = visits.assign(pain_nrs=line + rng.normal(0, 0.1, len(visits))).drop(columns="arm")
    study = simulated_study("null").focus(PRIMARY)
    result = slopes(Cohort("lines", made.participants, visits), study)
    assert isinstance(result, Result)
    rows = result.estimates.set_index("term")["estimate"]
    assert rows[f"{first} vs {control}: change by week 12"] == pytest.approx(-6, abs=0.2)
    assert rows[f"{first} vs {control}"] * 12 == pytest.approx(
        rows[f"{first} vs {control}: change by week 12"]
    )
    asked = asked_of(result, study.estimands[0])
    assert asked[f"{first} vs {control}: change by week 12"] == ("difference", first, control)
    assert f"{first} vs {control}" not in asked
