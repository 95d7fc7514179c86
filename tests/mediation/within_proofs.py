"""A mediator's slope within persons in the mechanism's worlds, as a section of docs/mediation.md."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from proofs import ARM, CONTROL, estimate

from lowback.analyses.mediation import mediation
from lowback.simulate import Intervention, mediated_effect, simulate
from lowback.study import Study, read_study

WORLDS = Path(__file__).resolve().parents[2] / "data" / "mechanism-worlds"
PEOPLE = 160


def asked() -> Study:
    """The mechanism's trial, asked for pain by way of the hip within persons alone."""
    study = read_study(WORLDS / "study.yml")
    by_way = next(one for one in study.estimands if one.name == "back pain by way of the hip")
    within = by_way.model_copy(update={"mediator_slope": "within persons"})
    return study.model_copy(update={"estimands": (within,)})


def truths(world: str) -> dict[str, float]:
    """The parts of the effect on pain at week 12 by way of the hip and beside it."""
    found = mediated_effect(WORLDS / f"{world}.yml", "pain_nrs", "hip_extension_deg", Intervention(arm=ARM), Intervention(arm=CONTROL), week=12)  # fmt: skip
    return {"indirect": found.by_way_of.value, "direct": found.beside.value}


def rows(world: str, cohorts: int, seed: int) -> list[str]:
    """A line of the table for each part."""
    study, true = asked(), truths(world)
    said = [
        mediation(simulate(WORLDS / f"{world}.yml", PEOPLE, seed + one, 1).cohort(), study)
        for one in range(cohorts)
    ]
    lines = []
    for part, truth in true.items():
        found = np.array([estimate(one, part, "corrected") for one in said])
        told = found[np.isfinite(found[:, 1:]).all(axis=1)]
        held = np.mean((told[:, 1] <= truth) & (truth <= told[:, 2]))
        apart = np.mean((told[:, 1] > 0) | (told[:, 2] < 0))
        middle = f"{told[:, 0].mean():.3f} | {np.median(told[:, 0]):.3f}"
        shares = f"{100 * held:.1f} % | {100 * apart:.1f} % | {100 * (1 - len(told) / cohorts):.1f} %"
        lines.append(f"| {world} | {part} | {truth:.3f} | {middle} | {shares} |")
    return lines


def section(cohorts: int, seed: int) -> str:
    """The section on slopes within persons."""
    found = [line for world in ("chain", "no_chain") for line in rows(world, cohorts, seed)]
    error = 100 * np.sqrt(0.95 * 0.05 / cohorts)
    return f"""## Slopes within persons, where one visit tells too little

The mechanism's worlds, {cohorts} cohorts of {PEOPLE} people each, pain at week 12 by way of hip extension with `mediator_slope: within persons`. (With the slope at
one visit most of such cohorts have no answer: [certificates](certificates-mechanism.md).) Coverage and "excludes 0" are of the cohorts with an
answer; the Monte Carlo standard error of a coverage of 95 % is {error:.1f} percentage points.

| world | effect | truth | mean estimate | median | interval holds the truth | interval excludes 0 | no answer |
|---|---|---|---|---|---|---|---|
{chr(10).join(found)}
"""
