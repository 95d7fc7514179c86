"""The onset study: from check-ins to the days around flares, or to the reason why there are none."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from lowback.analyses.onsets import onsets
from lowback.cohort import Cohort
from lowback.figures import onsets_figure
from lowback.result import Refusal, Result
from lowback.sentences import answer
from lowback.simulate import claim_scenario, simulate
from lowback.study import Estimand, Study


def study(**changes: Any) -> Study:
    given = {
        "name": "hip leads",
        "summary": "lead",
        "outcome": "pain_nrs",
        "exposure": "hip_pain_nrs",
        **changes,
    }
    return Study(title="Flares", design="cohort", estimands=(Estimand(**given),))


def window(result: Result | Refusal, name: str) -> pd.Series:
    assert isinstance(result, Result), result
    assert result.keys is not None
    return result.estimates[(result.keys["window"] == name).to_numpy()].iloc[0]


def diaries(echo: float) -> Cohort:
    """12 people, 40 days; every tenth day hip pain rises by 4, and back pain a day later by `echo`."""
    rng = np.random.default_rng(1)
    rows = []
    for person in range(12):
        flares = (np.arange(40) % 10 == person % 10) & (np.arange(40) > 4)
        back = 4 + 0.3 * rng.standard_normal(40) + echo * np.concatenate([[False], flares[:-1]])
        hip = np.where(flares, 6.0, 2.0)
        rows.append(
            pd.DataFrame(
                {
                    "participant_id": f"{person:03d}",
                    "days": np.arange(40.0),
                    "pain_nrs": back,
                    "hip_pain_nrs": hip,
                }
            )
        )
    return Cohort("diaries", checkins=pd.concat(rows, ignore_index=True))  # fmt: skip


def test_an_echo_a_day_later_is_found_after_and_not_on_the_day() -> None:
    result = onsets(diaries(2.0), study())
    assert isinstance(result, Result)
    assert result.keys is not None
    counted = result.estimates[(result.keys["statistic"] == "onsets").to_numpy()]["estimate"].item()
    # Every tenth day from day 5 on, as long as 40 days last: 4 of people whose flares begin on days 5 to 9 of ten, else 3.
    assert counted == sum(
        len([day for day in range(40) if day % 10 == n % 10 and day > 4]) for n in range(12)
    )
    curve = result.estimates[((result.keys["statistic"] == "curve") & (result.keys["series"] == "level") & (result.keys["lag"] == 1)).to_numpy()]  # fmt: skip
    assert curve["estimate"].item() == pytest.approx(1.8, abs=0.15)
    assert window(result, "after")["conf_low"] > 0
    assert window(result, "same day")["estimate"] < 0


def test_no_echo_is_none() -> None:
    result = onsets(diaries(0.0), study())
    assert window(result, "after")["conf_low"] < 0 < window(result, "after")["conf_high"]
    assert "not proof that there is nothing" in answer(result).media["text/plain"]


def test_the_rise_that_counts_is_the_studys() -> None:
    result = onsets(diaries(2.0), study(rise=5))
    assert isinstance(result, Refusal)
    assert "0 onsets in 0 people" in result.reason
    assert "rises of 5 NRS points" in " ".join(result.needs)


def test_visits_alone_are_refused() -> None:
    visits = pd.DataFrame({"participant_id": ["a"], "weeks": [0.0], "pain_nrs": [3.0], "hip_pain_nrs": [2.0]})
    result = onsets(Cohort("visits", visits=visits), study())
    assert isinstance(result, Refusal)
    assert "no check-in records hip_pain_nrs" in result.reason


@pytest.mark.parametrize(("switch", "expected"), [(True, True), (False, False), ("trap", False)])
def test_the_back_follows_the_hip_only_where_it_does(switch: Any, expected: bool) -> None:
    """C21: in the trap both go their own slow ways."""
    result = onsets(simulate(claim_scenario("C21", switch), 96, 3).cohort(), study())
    found = window(result, "after")
    assert (found["conf_low"] > 0) == expected
    assert "does not tell which of the two leads" in answer(result).media["text/plain"] or not expected
    assert "image/png" in onsets_figure(result).media


def test_a_rise_of_what_is_better_the_higher_it_is_is_no_flare() -> None:
    cohort = diaries(0.0)
    better = cohort.variables["hip_pain_nrs"].model_copy(
        update={"higher_is": "better", "label": "ease of the hip"}
    )
    found = onsets(replace(cohort, variables={**cohort.variables, "hip_pain_nrs": better}), study())
    assert isinstance(found, Refusal)
    assert (
        found.reason
        == "of ease of the hip a higher score is better, and a flare is read from scores that are high"
    )
