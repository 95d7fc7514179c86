"""Coverage in worlds of known paths, and shares mediated and claims over simulated cohorts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from worlds import DIRECT, INDIRECT, World

from lowback.analyses.mediation import mediation
from lowback.outcomes.mediated_model import mediated_model
from lowback.result import Refusal, Result
from lowback.simulate import Intervention, mediated_effect, simulate
from lowback.simulate.scenario import Scenario
from lowback.study import Estimand, Study

ARM, CONTROL = "hip-flexor stretching", "usual care"


@dataclass(frozen=True)
class Covered:
    """What one world's trials gave for one effect: mean estimate, how often the interval held the truth, how many refused."""

    world: str
    effect: str
    people: int
    truth: float
    mean: float
    naive: float
    covered: int
    trials: int
    refused: int

    @property
    def coverage(self) -> float:
        """The share of answered trials whose interval held the truth."""
        return self.covered / self.trials


def coverage(world: World, trials: int, seed: int) -> list[Covered]:
    """Both effects of a world over so many trials."""
    names = (INDIRECT, DIRECT)
    found: dict[str, list[tuple[float, float, bool]]] = {name: [] for name in names}
    refused = 0
    for number in range(trials):
        model = mediated_model(world.drawn(np.random.default_rng([seed, number])))
        try:
            by_arm = model.by_arm("stretching") if world.interaction else None
            asked = by_arm or model.estimated("stretching", model.known_errors)
            naive = model.estimated("stretching", {}).here
            rows = {name: (float(getattr(asked.here, name)), getattr(asked.drawn, name)) for name in names}
            intervals = {
                name: model.percentiles.interval(draws, here) for name, (here, draws) in rows.items()
            }
        except ValueError:
            refused += 1
            continue
        for name in names:
            low, high = intervals[name]
            truth = world.truth[name]
            found[name].append((rows[name][0], float(getattr(naive, name)), low <= truth <= high))
    return [
        Covered(
            world.name,
            name,
            world.people,
            world.truth[name],
            float(np.mean([one[0] for one in found[name]])),
            float(np.mean([one[1] for one in found[name]])),
            sum(one[2] for one in found[name]),
            len(found[name]),
            refused,
        )
        for name in names
    ]


def study(*mediators: str, arms: tuple[str, ...], confounders: tuple[str, ...] = ()) -> Study:
    """A trial that asks how much of stretching's effect on pain at week 12 runs by way of mediators."""
    estimand = Estimand(
        name="by way of the mediators",
        summary="mediated effect",
        outcome="pain_nrs",
        week=12,
        arms=(ARM,),
        mediators=mediators,
        confounders=confounders,
        smallest_worthwhile=1,
    )
    return Study(
        title="a trial",
        design="randomised trial",
        weeks=(0, 4, 8, 12),
        arms=arms,
        control_arm=CONTROL,
        covariates=("age_years", "sex"),
        estimands=(estimand,),
    )


def results(
    scenario: str | Scenario, asked: Study, people: int, cohorts: int, seed: int
) -> Iterable[Result | Refusal]:
    """What the analysis says of each of so many cohorts."""
    for number in range(cohorts):
        yield mediation(simulate(scenario, people, seed + number, 1).cohort(), asked)


def estimate(result: Result | Refusal, statistic: str, correction: str) -> tuple[float, float, float]:
    """One row's estimate and interval; NaN for a refusal or where there is no such row."""
    if isinstance(result, Refusal) or result.keys is None:
        return (np.nan,) * 3
    keys = result.keys
    rows = result.estimates[(keys["statistic"] == statistic) & keys["correction"].isin([correction, ""]) & (keys["model"] == "one slope")]  # fmt: skip
    return (np.nan,) * 3 if rows.empty else tuple(rows[["estimate", "conf_low", "conf_high"]].iloc[0])


def true_share() -> tuple[float, float]:
    """The share of the effect that runs by way of the pelvis in the scenario `mediated`, and that part in points."""
    split = mediated_effect("mediated", "pain_nrs", "pelvic_tilt_deg", Intervention(arm=ARM), Intervention(arm=CONTROL), week=12)  # fmt: skip
    return split.by_way_of.value / split.total.value, split.by_way_of.value
