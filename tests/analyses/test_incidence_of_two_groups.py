"""Events with and without a yes/no exposure: by hand, against R, by simulated truth, and what recall could make of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lowback.analyses.incidence import incidence
from lowback.cohort import Cohort
from lowback.figures import incidence_figure
from lowback.result import Refusal, Result
from lowback.sentences import answer
from lowback.study import Estimand, Study

REFERENCE = Path(__file__).resolve().parents[1] / "reference"


def cohort(**columns: object) -> Cohort:
    people = pd.DataFrame(columns)
    people.insert(0, "participant_id", [f"{n:03d}" for n in range(len(people))])
    return Cohort("falls", people)


def study(outcome: str = "groin_pain", *covariates: str, **changes: object) -> Study:
    estimand = Estimand(name="after a fall", summary="incidence", outcome=outcome, exposure="fell", **changes)
    return Study(title="Falls", design="cohort", covariates=covariates, estimands=(estimand,))


def rows(result: Result | Refusal) -> dict[str, pd.Series]:
    assert isinstance(result, Result), result
    assert result.keys is not None
    return {kind: result.estimates.loc[at] for at, kind in result.keys["statistic"].items()}


def falls(n: int, seed: int, log_odds: float = 2.0, recalled: float = 0.0) -> dict[str, np.ndarray]:
    """A fifth fell; groin pain of 12 % of the others; `recalled` is the share of those without it who recall it after a fall."""
    rng = np.random.default_rng(seed)
    fell = rng.random(n) < 0.2
    pain = rng.random(n) < 1 / (1 + np.exp(2 - log_odds * fell))
    return {
        "fell": fell,
        "groin_pain": pain,
        "groin_pain_reported": pain | (fell & (rng.random(n) < recalled)),
    }


# 8 of 20 who fell and 10 of 50 others.
FELL = np.repeat([True, False], [20, 50])
PAIN = np.r_[np.arange(20) < 8, np.arange(50) < 10]


def test_shares_and_their_difference_by_hand() -> None:
    found = rows(incidence(cohort(fell=FELL, groin_pain=PAIN), study()))
    assert found["risk with"]["estimate"] == pytest.approx(0.4)
    assert found["risk without"]["estimate"] == pytest.approx(0.2)
    assert found["risk difference"]["estimate"] == pytest.approx(0.2)
    # The variance is that of two proportions with each residual over 1 less its leverage (1/20, 1/50): p q n / (n - 1)^2.
    error = (0.4 * 0.6 * 20 / 19**2 + 0.2 * 0.8 * 50 / 49**2) ** 0.5
    assert found["risk difference"]["std_error"] == pytest.approx(error)
    assert [*found] == ["events with", "risk with", "events without", "risk without", "risk difference"]
    assert (found["events with"]["estimate"], found["events with"]["n_participants"]) == (8, 20)


def test_what_is_recalled_may_all_be_not_so() -> None:
    found = rows(incidence(cohort(fell=FELL, groin_pain_reported=PAIN), study("groin_pain_reported")))
    bounds, undone = found["risk difference, recalled"], found["recalled wrongly for none"]
    # From nobody who fell to nobody else: - 0.2 and + 0.4, each with its interval.
    assert bounds["conf_low"] < -0.2
    assert bounds["conf_high"] > 0.4
    # Half of 40 % would have to be not so for 20 % in both.
    assert undone["estimate"] == pytest.approx(0.5)
    assert 0 <= undone["conf_low"] < 0.5 < undone["conf_high"] < 1


def test_agrees_with_r() -> None:
    d = pd.read_csv(REFERENCE / "two_groups_data.csv")
    r = pd.read_csv(REFERENCE / "two_groups.csv").set_index("name")["value"]
    found = rows(
        incidence(
            cohort(fell=d["fell"] == 1, age_years=d["age"], groin_pain_reported=d["groin"] == 1),
            study("groin_pain_reported", "age_years"),
        )
    )
    assert found["risk difference"]["estimate"] == pytest.approx(r["risk difference"], rel=1e-8)
    assert found["recalled wrongly for none"]["estimate"] == pytest.approx(r["share undone"], rel=1e-8)
    for name in ("with", "without"):
        row = found[f"risk {name}"]
        assert (row["estimate"], row["conf_low"], row["conf_high"]) == pytest.approx(
            (r[name], r[f"{name} low"], r[f"{name} high"]), rel=1e-6
        )


def test_the_interval_covers_the_simulated_difference() -> None:
    truth = 1 / 2 - 1 / (1 + np.exp(2))
    held = 0
    for seed in range(200):
        drawn = falls(200, seed)
        row = rows(incidence(cohort(fell=drawn["fell"], groin_pain=drawn["groin_pain"]), study()))[
            "risk difference"
        ]
        held += row["conf_low"] <= truth <= row["conf_high"]
    assert 182 <= held <= 198


def test_false_recall_passes_for_a_difference_only_in_the_naive_row() -> None:
    naive = bounded = examined = 0
    for seed in range(40):
        people = cohort(**falls(256, seed, log_odds=0.0, recalled=0.3))
        recalled = rows(incidence(people, study("groin_pain_reported")))
        naive += recalled["risk difference"]["conf_low"] > 0
        bounded += recalled["risk difference, recalled"]["conf_low"] > 0
        examined += rows(incidence(people, study()))["risk difference"]["conf_low"] > 0
    assert naive >= 30
    assert bounded == 0
    # 2.5 % of 40 on this side, and 2.6 standard errors.
    assert examined <= 4


def test_those_not_examined_may_have_had_anything() -> None:
    some = pd.array(np.where(np.arange(70) % 7 == 0, None, PAIN), dtype="boolean")
    found = rows(incidence(cohort(fell=FELL, groin_pain=some), study()))
    bounds = found["risk difference, bounds"]
    assert bounds["conf_low"] < found["risk difference"]["conf_low"]
    assert bounds["conf_high"] > found["risk difference"]["conf_high"]
    assert "whatever 10 not asked had" in bounds["term"]


def test_words_and_figure_claim_no_more_than_the_bounds() -> None:
    people = cohort(**falls(256, 1))
    result = incidence(people, study("groin_pain_reported", smallest_worthwhile=0.1))
    said = answer(result).media["text/plain"]
    assert "so these data cannot tell" in said
    assert "of what those with it recall were not so" in said
    assert "any of what either recalls not so" in incidence_figure(result).metadata["image/png"]["alt"]
    examined = answer(incidence(people, study(smallest_worthwhile=0.1))).media["text/plain"]
    assert "likelier where it is yes for slipped" in examined
    assert "cannot tell" not in examined


def test_what_cannot_be_compared_is_refused() -> None:
    counts = cohort(fell=FELL, hip_flexor_injuries=np.arange(70) % 3)
    said = incidence(counts, study("hip_flexor_injuries"))
    assert isinstance(said, Refusal)
    assert "rates are compared by a measured exposure only" in said.reason
    said = incidence(cohort(fell=np.arange(70) < 3, groin_pain=PAIN), study())
    assert isinstance(said, Refusal)
    assert "3 people of whom pain in the upper groin is known have yes" in said.reason
    said = incidence(cohort(fell=FELL, groin_pain=PAIN), study(per=5))
    assert isinstance(said, Refusal)
    assert "per = 5 has no meaning" in said.reason


def test_where_nobody_of_a_group_had_it_the_shares_are_compared() -> None:
    # Newcombe 1998, method 10, from Wilson's intervals of 8 of 20 (0.2188 to 0.6134) and 0 of 50 (0 to 0.0714).
    result = incidence(cohort(fell=FELL, groin_pain=FELL & PAIN), study())
    row = rows(result)["risk difference"]
    low, high = 0.4 - ((0.4 - 0.21880) ** 2 + 0.07135**2) ** 0.5, 0.4 + (0.61342 - 0.4)
    assert (row["estimate"], row["conf_low"], row["conf_high"]) == pytest.approx((0.4, low, high), abs=1e-4)
    assert isinstance(result, Result)
    assert "adjusted for nothing" in result.method
