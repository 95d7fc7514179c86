"""How often each analysis says yes, no or cannot tell, over simulated cohorts of each case and setting."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from answers import ANSWERS, Answer, answer_of
from asking import Case
from claim_cases import cases
from records import Records

from lowback.repeat.replicates import Progress, replicated
from lowback.simulate import Simulated, simulate

CHANCE = 0.05


@dataclass(frozen=True)
class Rates:
    """How often one analysis gave each answer."""

    counts: Mapping[Answer, int]

    @property
    def cohorts(self) -> int:
        """The cohorts that it was asked about."""
        return sum(self.counts.values())

    def share(self, answer: Answer) -> float:
        """The proportion of an answer."""
        return self.counts[answer] / self.cohorts

    def error(self, answer: Answer) -> float:
        """Its Monte Carlo standard error."""
        found = self.share(answer)
        return float(np.sqrt(found * (1 - found) / self.cohorts))

    @property
    def fools(self) -> bool:
        """Whether yes comes in well over 5 % of cohorts: by more than twice its Monte Carlo error."""
        return self.share("yes") - 2 * self.error("yes") > CHANCE

    @property
    def falls_in(self) -> bool:
        """Whether yes comes more often than chance allows, by more than twice the Monte Carlo error of a rate of 5 %."""
        return bool(self.share("yes") > CHANCE + 2 * np.sqrt(CHANCE * (1 - CHANCE) / self.cohorts))

    @property
    def denies(self) -> bool:
        """The same for no, of a claim that is true."""
        return bool(self.share("no") > CHANCE + 2 * np.sqrt(CHANCE * (1 - CHANCE) / self.cohorts))


@dataclass(frozen=True)
class Asking:
    """Which cohorts are simulated: of these cases and settings, with so many people unless a case has its own number."""

    names: tuple[str, ...]
    people: int
    settings: tuple[str, ...] = ("true", "false", "trap")

    @property
    def scenarios(self) -> Iterator[tuple[Case, str]]:
        """Each case that is asked for with each setting that it has."""
        known = cases()
        return (
            (known[name], one) for name in self.names for one in self.settings if one in known[name].settings
        )


def rates(
    asking: Asking,
    replicates: int,
    seed: int,
    jobs: int = 1,
    keep: Path | None = None,
    progress: Progress | None = None,
) -> dict[tuple[str, str, str], Rates]:
    """The rates of every analysis, by case, setting, and `naive 0`, `ours 0` or `association 0` and so on."""
    said = replicated(
        partial(answers, asking=asking),
        replicates,
        seed,
        jobs=jobs,
        keep=keep,
        key=repr(asking),
        progress=progress,
    )
    columns = zip(*said, strict=True)
    found = {}
    for column in columns:
        (place,) = {tuple(place) for place, _ in column}
        given = [answer for _, answer in column]
        found[place] = Rates({answer: given.count(answer) for answer in ANSWERS})
    return found


def answers(seed: np.random.SeedSequence, asking: Asking) -> list[tuple[tuple[str, str, str], Answer]]:
    """What every analysis says of one cohort of each case and setting, after the place of each answer."""
    places = list(cases())
    # A case has its own number whichever others are asked for, and the same people in all its settings.
    numbers = seed.generate_state(len(places), np.uint64) >> np.uint64(1)
    found = []
    for case, setting in asking.scenarios:
        number = int(numbers[places.index(case.name)])
        made = simulate(case.settings[setting], case.people or asking.people, number, case.asked.days)
        found += [((case.name, setting, who), answer) for who, answer in said_of(case, made)]
    return found


def said_of(case: Case, made: Simulated) -> Iterator[tuple[str, Answer]]:
    """The answers of the naive analyses and of ours on one cohort, each under its name."""
    asked, records = case.asked, Records(made)
    for at, naive in enumerate(asked.naive):
        found = naive.find(records)
        yield f"naive {at}", found if isinstance(found, str) else answer_of(found, naive.margin, case.holds)
    if not asked.ours and not asked.associations:
        return
    cohort = made.cohort()
    for who, analyses in (("ours", asked.ours), ("association", asked.associations)):
        for at, one in enumerate(analyses):
            yield f"{who} {at}", answer_of(one(cohort), one.margin, case.holds)
