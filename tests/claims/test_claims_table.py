"""The table of claims: its rule, its parts, and the main claims on a few cohorts with the answers that they must have."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
import rates as table
from answers import Finding, Holds, absence_taken_for_proof, answer_of
from asking import Case
from claim_cases import cases
from claim_faults import Found
from claims_page import PAGE, page, summary
from rates import Asking, Rates
from records import Records, difference, mean, slope
from scipy import stats

from lowback.estimators.measurement_error import simex
from lowback.outcomes import mediated_model
from lowback.simulate import simulate
from lowback.simulate.claims import claims
from lowback.simulate.scenario import claim_scenario

# Cohorts in which the naive analyses below say yes in practically all, and ours in hardly any.
MAIN = ("C01", "C02", "C03", "C09", "C14", "C17", "C29", "C31")
COHORTS = 4


@pytest.fixture(scope="module", autouse=True)
def fewer_draws() -> Iterator[None]:
    """Ends of intervals from a quarter of the draws; SIMEX, which no answer here is taken from, from fewer errors."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mediated_model, "REPLICATES", 500)
        patch.setattr(simex, "PAIRS", 1)
        yield


@pytest.fixture(scope="module")
def main_claims() -> dict[tuple[str, str, str], Rates]:
    return table.rates(Asking(MAIN, people=256), COHORTS, seed=11)


@pytest.mark.parametrize(
    ("low", "high", "holds", "expected"),
    [
        (0.2, 1.4, "not zero", "yes"),
        (0.2, 0.9, "not zero", "no"),
        (-0.2, 0.9, "not zero", "no"),
        (-2.0, -1.0, "not zero", "no"),
        (-0.2, 1.4, "not zero", "cannot tell"),
        (-np.inf, np.inf, "not zero", "cannot tell"),
        (-0.9, 0.9, "zero", "yes"),
        (0.2, 1.4, "zero", "no"),
        (-0.2, 1.4, "zero", "cannot tell"),
    ],
)
def test_the_answer_follows_from_interval_and_margin(
    low: float, high: float, holds: Holds, expected: str
) -> None:
    assert answer_of(Finding((low + high) / 2, low, high), 1.0, holds) == expected


def test_a_refusal_cannot_tell_and_a_test_of_equivalence_decides() -> None:
    assert answer_of(None, 1.0, "not zero") == "cannot tell"
    assert answer_of(Finding(0.5, -0.1, 1.1, shown_small=True), 1.0, "zero") == "yes"
    assert answer_of(Finding(0.0, -0.9, 0.9, shown_small=False), 1.0, "zero") == "cannot tell"


def test_a_finding_turned_round_speaks_for_the_opposite() -> None:
    assert Finding(-2.0, -3.0, -1.0).reversed == Finding(2.0, 1.0, 3.0)
    assert absence_taken_for_proof(Finding(0.1, -1, 2)) == "yes"


def test_plain_statistics_are_those_of_scipy() -> None:
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(2, 30))
    welch = stats.ttest_ind(x[:12], x[12:], equal_var=False).confidence_interval()
    found = difference(x[:12], x[12:])
    assert (found.low, found.high) == pytest.approx((welch.low, welch.high))
    one = stats.ttest_1samp(y, 0).confidence_interval()
    assert (mean(y).low, mean(y).high) == pytest.approx((one.low, one.high))
    line = stats.linregress(x, y)
    half = line.stderr * stats.t.ppf(0.975, 28)
    assert (slope(y, x).low, slope(y, x).high) == pytest.approx((line.slope - half, line.slope + half))


def test_records_stand_at_their_person_and_moment() -> None:
    made = simulate(claim_scenario("C36", True), 20, 1)
    row = made.checkins.iloc[200]
    person = made.participants["participant_id"].tolist().index(row["participant_id"])
    found = Records(made).checkin("walking_min")
    assert found.shape == (20, 168)
    assert found[person, int(2 * row["days"])] == row["walking_min"]


def test_every_claim_with_a_switch_is_asked_and_every_gap_is_named() -> None:
    known = cases()
    assert set(claims()) <= set(known)
    for case in known.values():
        assert case.asked.naive, case.name
        assert all(one.source for one in case.asked.naive), case.name
        assert case.asked.ours or case.asked.to_come, case.name


@pytest.mark.parametrize("name", MAIN)
def test_the_naive_analysis_falls_into_the_trap_and_ours_does_not(name: str, main_claims: Found) -> None:
    assert main_claims[name, "trap", "naive 0"].fools
    for at in range(len(cases()[name].asked.ours)):
        for setting in ("false", "trap"):
            assert main_claims[name, setting, f"ours {at}"].counts["yes"] <= 1, (setting, at)


@pytest.mark.parametrize("name", MAIN)
def test_ours_says_yes_where_the_claim_is_true(name: str, main_claims: Found) -> None:
    ours = [main_claims[name, "true", f"ours {at}"] for at in range(len(cases()[name].asked.ours))]
    assert max(one.counts["yes"] for one in ours) >= COHORTS - 1
    assert all(one.counts["no"] <= 1 for one in ours)


def test_a_trap_replaced_by_the_truth_is_said_yes(monkeypatch: pytest.MonkeyPatch) -> None:
    case = cases()["C29"]
    swapped = Case(case.name, case.title, {"trap": case.settings["true"]}, case.holds, case.asked)
    monkeypatch.setattr(table, "cases", lambda: {"C29": swapped})
    found = table.rates(Asking(("C29",), people=512), 4, seed=5)
    for at in range(len(case.asked.ours)):
        assert found["C29", "trap", f"ours {at}"].falls_in


def test_the_same_cohort_gets_the_same_answers_whatever_else_is_asked() -> None:
    alone = table.rates(Asking(("C31",), people=64, settings=("trap",)), 2, seed=9)
    among = table.rates(Asking(("C02", "C31"), people=64), 2, seed=9)
    assert all(among[place] == one for place, one in alone.items())


def test_the_page_says_which_trap_is_none_and_which_of_ours_falls_in() -> None:
    always, never = (
        Rates({"yes": 100, "no": 0, "cannot tell": 0}),
        Rates({"yes": 3, "no": 97, "cannot tell": 0}),
    )
    found = {
        ("C31", setting, who): never
        for setting in ("true", "false", "trap")
        for who in ("naive 0", "naive 1", "ours 0")
    }
    found["C31", "trap", "ours 0"] = always
    text = page(found, 100, 256, 1, "the command")
    assert "3 (1.7) **no trap**" in text
    assert "no trap: C31" in text
    assert "C31, within_between, between persons, visits: **falls in**" in text
    found["C31", "trap", "ours 0"] = never
    assert "**denies**" in summary([cases()["C31"]], found)


def test_the_page_that_ships_has_every_case_and_no_trap_that_is_none() -> None:
    text = PAGE.read_text(encoding="utf-8")
    for name in (*cases(), "C04", "C40"):
        assert f"| {name} |" in text
    assert "no trap" not in text
    assert "The reason is not known yet" not in text
