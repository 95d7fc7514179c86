"""What is missing from a simulated cohort and by which mechanism, in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lowback.simulate.follow_up import CENTRE, DIARY_DAYS
from lowback.simulate.population import VISIT_WEEKS
from lowback.simulate.recording.plan import Mechanism
from lowback.simulate.scenario import Scenario

NAMES: dict[Mechanism, str] = {
    "MCAR": "completely at random",
    "MAR": "at random given the record",
    "MNAR": "not at random",
}
DECIDING: dict[Mechanism, str] = {
    "MAR": "pain at the last visit",
    "MNAR": "the pain that would have been recorded",
}


@dataclass(frozen=True)
class Counts:
    """How many people, and how many of them withdrew; how many visits and check-ins stand in the tables."""

    participants: int
    withdrew: int
    visits: int
    checkins: int


def gaps_table(scenario: Scenario, counts: Counts, days: int = DIARY_DAYS) -> str:
    """What is missing, by which mechanism, how strongly, and how much of it there came to be: a table in markdown."""
    lines = ["| what is missing | mechanism | how | in these files |", "|---|---|---|---|"]
    return "\n".join([*lines, *_rows(scenario, counts, days)])


def _rows(scenario: Scenario, counts: Counts, days: int) -> Iterator[str]:
    p, missing, n = scenario.values, scenario.missing, counts.participants
    adherence = f"; {p['drop_out_per_adherence']:+g} per unit of adherence in the period before"
    how = f"log odds {p['drop_out_logit']:g} in each of three periods" + _slope(
        missing.drop_out, p["drop_out_per_pain"]
    )
    how += adherence if missing.drop_out != "MCAR" else ""
    yield _row("people who withdrew", missing.drop_out, how, f"{counts.withdrew} of {n}")
    how = f"{p['visit_missed']:.3g} of those due after baseline" + _slope(
        missing.visits, p["visit_missed_per_pain"]
    )
    due = n * len(VISIT_WEEKS)
    yield _row("visits", missing.visits, how, f"{due - counts.visits} of {due}, withdrawal included")
    how = f"{p['measurement_missed']:.3g} of the visits attended"
    yield _row("hip and pelvis at a visit", "MCAR", how, "")
    how = (
        f"log odds to answer {p['diary_logit']:g} on day 0, {p['diary_per_day']:+g} a day, SD {p['diary_sd']:g} between persons"
        + _slope(missing.checkins, p["diary_per_pain"])
    )
    asked = n * days * scenario.design.checkins_a_day
    unanswered = f"{asked - counts.checkins} of {asked}, withdrawal included"
    yield _row("check-ins", missing.checkins, how, unanswered)


def _slope(mechanism: Mechanism, log_odds: float) -> str:
    """By how much pain moves the log odds, from a pain of `CENTRE`."""
    if mechanism == "MCAR":
        return ""
    return f"; log odds {log_odds:+g} a point of {DECIDING[mechanism]} from {CENTRE} on"


def _row(what: str, mechanism: Mechanism, how: str, found: str) -> str:
    return f"| {what} | {NAMES[mechanism]} ({mechanism}) | {how} | {found} |"
