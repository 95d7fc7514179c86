"""What is said of cohorts whose truth is known: of the cohort, and of each person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from diaries_of import World

from lowback.estimators import NotEstimable
from lowback.estimators.lead.diaries import Diaries
from lowback.estimators.lead.fit import fit_lead
from lowback.estimators.lead.persons import personal_leads
from lowback.estimators.lead.verdicts import ALPHA, evidence


@dataclass
class Tally:
    """Cohorts and people by verdict; `people_in` counts the cohorts whose people were judged."""

    cohorts: Counter[str] = field(default_factory=Counter)
    people: Counter[str] = field(default_factory=Counter)
    people_in: int = 0

    def add(
        self, series: Diaries, *, with_people: bool, known_error: tuple[float, float] = (0.0, 0.0)
    ) -> None:
        """Judge one more cohort, and its people if asked; `known_error` is the least variance of each series' error.

        The free fit is left out where the test of asymmetry, without which nobody is said to lead, does not reject.
        """
        fit = fit_lead(series, known_error=known_error, prove=False)
        self.cohorts[_verdict(fit)] += 1
        if with_people:
            self.people_in += 1
            self.people.update(personal_leads(fit, 1.0).verdicts)

    def share(self, verdicts: Iterable[str]) -> float:
        """Share of the cohorts with one of these verdicts."""
        return sum(self.cohorts[one] for one in verdicts) / max(self.cohorts.total(), 1)

    def share_of_people(self, verdicts: Iterable[str]) -> float:
        """The same of the people."""
        return sum(self.people[one] for one in verdicts) / max(self.people.total(), 1)


def _verdict(fit) -> str:  # type: ignore[no-untyped-def]
    if not fit.asymmetry().p_value < ALPHA:
        return "nobody leads"
    try:
        return evidence(fit, 1.0).verdict
    except NotEstimable:
        return "cannot tell"


def tally(world: World, seeds: Iterable[int], people_every: int = 1) -> Tally:
    """The verdicts on cohorts of one world; people are judged in every so manieth cohort."""
    found = Tally()
    for at, seed in enumerate(seeds):
        found.add(world.diaries(seed), with_people=at % people_every == 0)
    return found
