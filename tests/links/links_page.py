"""Writes docs/links.md: slopes freed of error in simulated people of known truth, and what is said of the chain when no link is true."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lowback.analyses.corrected_slopes import corrected_slopes
from lowback.estimators import NotEstimable
from lowback.estimators.measurement_error import (
    ErrorVariance,
    error_from_pairs,
    extrapolated_slopes,
)
from lowback.estimators.measurement_error import (
    corrected_slopes as freed_of_error,
)
from lowback.result import Result
from lowback.sentences import Verdict, verdict
from lowback.simulate import simulate
from lowback.simulate.scenario import Scenario
from lowback.study import Estimand, Study

PAGE = Path(__file__).resolve().parents[2] / "docs" / "links.md"
TRUE = {"within": 0.3, "between": -0.4}
UNBOUNDED = {"estimate": np.nan, "conf_low": -np.inf, "conf_high": np.inf}
FOUND = (Verdict.WORTHWHILE, Verdict.UNCLEAR_SIZE, Verdict.SHOWN)
LINKS = (
    ("hip_extension_deg", "sitting_hours", 1, 0.25),
    ("pelvic_tilt_deg", "hip_extension_deg", 5, 0.5),
    ("lordosis_deg", "pelvic_tilt_deg", 5, 1),
    ("pain_nrs", "pelvic_tilt_deg", 5, 0.5),
)


@dataclass(frozen=True)
class World:
    """People whose true exposure has an SD of 3 between and `within` within them, measured with an error of SD `error`."""

    name: str
    people: int
    within: float
    error: float

    def drawn(self, rng: np.random.Generator) -> dict[str, np.ndarray]:
        """Four visits each, 15 % of them missed; the group, outcome, both measurements."""
        group = np.repeat(np.arange(self.people), 4)
        true = np.repeat(rng.normal(6, 3, self.people), 4) + rng.normal(0, self.within, len(group))
        kept = rng.random(len(group)) > 0.15
        group, true = group[kept], true[kept]
        codes = np.unique(group, return_inverse=True)[1]
        mean = (np.bincount(codes, true) / np.bincount(codes))[codes]
        outcome = TRUE["within"] * (true - mean) + TRUE["between"] * mean
        outcome += rng.normal(0, 1, self.people)[group] + rng.normal(0, 1, len(group))
        first, second = true + rng.normal(0, self.error, (2, len(true)))
        return {"group": group, "outcome": outcome, "first": first, "second": second}


WORLDS = (
    World("60 people, half of the variation within them is error", 60, 1.2, 1.2),
    World("150 people, half of the variation within them is error", 150, 1.2, 1.2),
    World("60 people, a fifth of the variation within them is error", 60, 1.5, 0.75),
    World("25 people, a fifth of the variation within them is error", 25, 1.5, 0.75),
)


def covered(world: World, replicates: int, seed: int) -> Iterator[str]:
    """A row of the table for each method and level."""
    rng = np.random.default_rng(seed)
    seen: dict[tuple[str, str], list[tuple[float, float, float]]] = {}
    for one in range(replicates):
        of = world.drawn(rng)
        rows = (of["outcome"], of["first"], of["group"], np.empty((len(of["first"]), 0)))
        known = ErrorVariance(world.error**2)
        errors = {
            "as measured": ErrorVariance(0.0),
            "corrected, error known": known,
            "corrected, error from second measurements": error_from_pairs(
                of["first"], of["second"], of["group"]
            ),
        }
        for method, error in errors.items():
            model = freed_of_error(*rows, names=[], error=error)
            for level in TRUE:
                try:
                    found = model.interval({level: 1.0})
                except NotEstimable:
                    found = UNBOUNDED
                seen.setdefault((method, level), []).append(
                    (found["estimate"], found["conf_low"], found["conf_high"])
                )
        moved = extrapolated_slopes(*rows, names=[], error_variance=known.value, seed=one)
        for level in TRUE:
            found = moved.get(level, UNBOUNDED)
            seen.setdefault(("SIMEX, error known", level), []).append(
                (found["estimate"], found["conf_low"], found["conf_high"])
            )
    for (method, level), values in seen.items():
        estimate, low, high = np.array(values).T
        truth = TRUE[level]
        holds = np.mean((low <= truth) & (truth <= high))
        error = np.sqrt(holds * (1 - holds) / replicates)
        cells = [
            world.name, level, method, f"{truth:g}", f"{np.nanmedian(estimate):.3f}", f"{100 * holds:.1f} ± {100 * error:.1f}",
            f"{100 * np.mean(np.isinf(low)):.1f}",
        ]  # fmt: skip
        yield f"| {' | '.join(cells)} |"


def said_of_nothing(replicates: int, people: int, seed: int) -> Iterator[str]:
    """What is said of each link, within people, in cohorts in which none is true; a row a link."""
    scenario = Scenario.model_validate(
        {
            "title": "No link is true",
            "says": "Sitting, hip, pelvis, curve and pain go their own ways.",
            "based_on": "null",
            "claims": {"C01": False, "C02": False, "C03": False, "C06": False},
        }
    )
    counts: dict[tuple[str, str], Counter[str]] = {}
    for one in range(replicates):
        cohort = simulate(scenario, people, seed + one, 1).cohort()
        for outcome, exposure, per, margin in LINKS:
            estimand = Estimand(
                name="link",
                summary="slope",
                outcome=outcome,
                exposure=exposure,
                per=per,
                smallest_worthwhile=margin,
            )
            arms = tuple(cohort.arms)
            study = Study(
                title="Nothing",
                design="randomised trial",
                weeks=(0, 4, 8, 12),
                arms=arms,
                control_arm=arms[0],
                estimands=(estimand,),
            )
            for adjustment in ("as measured", "corrected"):
                counted = counts.setdefault((f"{outcome} on {exposure}", adjustment), Counter())
                counted[_said(corrected_slopes(cohort, study), adjustment, margin)] += 1
    for (link, adjustment), counted in counts.items():
        shares = [f"{100 * counted[word] / replicates:.1f}" for word in ("found", "too small", "cannot tell")]
        if counted["none"] < replicates:
            yield f"| {link} | {adjustment} | {' | '.join(shares)} |"


def _said(result: object, adjustment: str, margin: float) -> str:
    if not isinstance(result, Result) or result.keys is None:
        return "cannot tell"
    kept = (result.keys["level"] == "within") & (result.keys["adjustment"] == adjustment)
    if not kept.any():
        return "none" if not (result.keys["adjustment"] == "corrected").any() else "cannot tell"
    row = result.estimates[kept].iloc[0]
    said = verdict(row["conf_low"], row["conf_high"], margin)
    if said in FOUND:
        return "found"
    return "too small" if said == Verdict.TOO_SMALL else "cannot tell"


def page(replicates: int, cohorts: int, people: int, seed: int) -> str:
    """The whole page."""
    lines = [
        "# Links freed of error of measurement",
        "",
        "How `corrected_slopes` does where the truth is known. The command that wrote this page:",
        "",
        "```sh",
        f"python tests/links/links_page.py --replicates {replicates} --cohorts {cohorts} --people {people} --seed {seed}",
        "```",
        "",
        "## Coverage of the true slopes",
        "",
        f"{replicates} samples of each world: four visits each, 15 % missed. An interval that has no bounds, because error may be all by which the exposure "
        "varies, holds every slope and counts as covering; the last column says how often that happens, and the analysis then says that these data "
        "cannot tell. 95 % is meant; ± is the Monte Carlo standard error.",
        "",
        "| world | slope | method | truth | median estimate | coverage % | unbounded % |",
        "|---|---|---|---:|---:|---:|---:|",
    ]
    for number, world in enumerate(WORLDS):
        lines += covered(world, replicates, seed + number)
        sys.stderr.write(f"{world.name}\n")
    lines += [
        "",
        "## Where no link is true",
        "",
        f"{cohorts} simulated trials of {people} people in which sitting, hip, pelvis, curve and pain have nothing to do with each other: what is said of "
        "the slope within people. *Found* is any verdict that a difference is there, and should be 5 % at most.",
        "",
        "| link | slope | found % | too small to matter % | cannot tell % |",
        "|---|---|---:|---:|---:|",
        *said_of_nothing(cohorts, people, seed),
        "",
    ]
    return "\n".join(lines)


def main() -> None:
    """Write the page."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--replicates", type=int, default=1000)
    asked.add_argument("--cohorts", type=int, default=500)
    asked.add_argument("--people", type=int, default=160)
    asked.add_argument("--seed", type=int, default=20261122)
    given = asked.parse_args()
    PAGE.write_text(page(given.replicates, given.cohorts, given.people, given.seed), encoding="utf-8")


if __name__ == "__main__":
    main()
