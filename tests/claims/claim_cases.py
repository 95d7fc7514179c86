"""Every claim that has a switch, with its scenarios and what is asked about it, and the mistakes beside them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from asking import Case
from claims_1_to_20 import FIRST_CLAIMS
from claims_21_to_39 import LATER_CLAIMS
from mistakes import mistakes

from lowback.simulate.claims import Switch, claims
from lowback.simulate.scenario import claim_scenario

SETTINGS: dict[str, Switch] = {"true": True, "false": False, "trap": "trap"}


@cache
def cases() -> Mapping[str, Case]:
    """All cases by name, the claims first."""
    asked = {**FIRST_CLAIMS, **LATER_CLAIMS}
    found = {
        name: Case(
            name=name,
            title=claim.claim,
            settings={word: claim_scenario(name, switch) for word, switch in SETTINGS.items()},
            holds=claim.holds,
            asked=asked[name],
            bias=claim.trap.bias or "",
        )
        for name, claim in claims().items()
    }
    return found | {case.name: case for case in mistakes()}
