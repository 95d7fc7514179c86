"""Nobody is treated and everybody enrols with pain of 6 or more: a few cohorts, and the page that counts many."""

from __future__ import annotations

import numpy as np
import pytest
from nobody_treated import LEDGER, NAIVE, PAGE, SAYS, Once, page

from lowback.simulate import read_scenario, simulate


@pytest.fixture(scope="module")
def said() -> dict[str, list[dict[str, bool | None]]]:
    seeds = np.random.SeedSequence(3).spawn(2)
    return {world: [Once(world)(seed) for seed in seeds] for world in SAYS}


def test_usual_analyses_claim_a_benefit_everywhere(said: dict[str, list[dict[str, bool | None]]]) -> None:
    assert all(
        one[name] for given in said.values() for one in given for name in one if name.startswith(NAIVE)
    )


def test_analyses_of_arms_refuse_one_group_and_nothing_else_claims(
    said: dict[str, list[dict[str, bool | None]]],
) -> None:
    for one in said["nobody_treated"]:
        ours = {name: claim for name, claim in one.items() if not name.startswith((NAIVE, LEDGER))}
        assert ours.pop("expected_change") is False
        assert ours
        assert set(ours.values()) == {None}
        assert True not in {claim for name, claim in one.items() if name.startswith(LEDGER)}


def test_people_of_these_worlds_enrol_with_six_or_more() -> None:
    for world in SAYS:
        made = simulate(
            read_scenario(PAGE.parents[1] / "data" / "mechanism-worlds" / f"{world}.yml"), 60, 1, days=1
        )
        assert made.visits.loc[made.visits["weeks"] == 0, "pain_nrs"].min() >= 6


def test_the_page_counts_500_cohorts_or_more_and_finds_none_beyond_chance() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert int(text.split(" cohorts of 160 people", 1)[0].split()[-1].replace(",", "")) >= 500
    assert "Beyond it, of ours: none." in text


def test_claims_beyond_chance_would_be_named() -> None:
    wrong = {"nothing_in_it": [{"ancova": n % 5 == 0} for n in range(500)]}
    text = page({"nothing_in_it": wrong["nothing_in_it"]}, 500, "a command")
    assert "Beyond it, of ours: ancova (two arms, a programme with nothing in it)." in text
