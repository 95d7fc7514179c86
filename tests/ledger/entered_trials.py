"""The ledger asked about simulated cohorts in which a claim is true, false or a trap."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from lowback.every_analysis import every_analysis
from lowback.ledger import Entry, claims, ledger
from lowback.simulate import claim_scenario, simulate, simulated_study
from lowback.simulate.claims import Switch

SETTINGS: dict[str, Switch] = {"true": True, "false": False, "trap": "trap"}
# Analyses that read whole diaries; others need but a day of check-ins, which is faster.
# Ways of asking that stand behind a claim's first: asked alone, they must be right as well.
BEHIND = {"C01": "sustained", "C10": "time_to_ease", "C17": "complier"}
OF_DIARIES = ("recurrence", "lead", "hold", "event_curve", "one_person")


def answerable() -> list[str]:
    """The claims that an analysis answers."""
    known = every_analysis()
    return [name for name, one in claims().items() if any(ask.analysis in known for ask in one.ask)]


def reads_diary(claim: str) -> bool:
    """Whether the claim is answered from weeks of check-ins."""
    asks = claims()[claim].ask
    return any(ask.table or ask.compares == "sessions" or ask.analysis in OF_DIARIES for ask in asks)


def entry_of(claim: str, setting: str, people: int, seed: int, alone: str = "") -> Entry:
    """What the ledger says of the claim in one cohort, where the analysis `alone` is the only one if it is named."""
    scenario = claim_scenario(claim, SETTINGS[setting])
    made = simulate(scenario, people, seed, 84 if reads_diary(claim) else 1)
    analyses = {name: one for name, one in every_analysis().items() if alone in ("", name)}
    (entry,) = ledger(made.cohort(), simulated_study(scenario), analyses, only=[claim]).entries
    return entry


def verdicts(
    claims_asked: Sequence[str],
    settings: Sequence[str],
    people: int,
    seeds: Sequence[int],
    alone: str = "",
) -> dict[tuple[str, str], Counter[str]]:
    """How often each verdict was given, by claim and setting."""
    return {
        (claim, setting): Counter(entry_of(claim, setting, people, seed, alone).verdict for seed in seeds)
        for claim in claims_asked
        for setting in settings
    }


def seeds_of(seed: int, count: int) -> list[int]:
    """So many seeds from one."""
    return [int(one) for one in np.random.SeedSequence(seed).generate_state(count)]
