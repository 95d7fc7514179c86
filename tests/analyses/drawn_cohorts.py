"""Cohorts in which a causal diagram is true: changes by linear effects along its arrows, and measured with error."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pandas as pd

from lowback.cohort import Cohort
from lowback.diagram import Diagram, Node
from lowback.simulate import simulated_study
from lowback.study import Study
from lowback.variables import dictionary

ARMS = ("usual care", "hip-flexor stretching")
LEVELS = np.array(["low", "moderate", "high"])
# Mean, SD between persons, SD of changes, and the size of one unit of change in the column's own.
SCALES = {
    "sitting_hours": (8.0, 1.5),
    "hip_extension_deg": (-4.0, 6.0),
    "pelvic_tilt_deg": (6.0, 3.0),
    "lordosis_deg": (50.0, 5.0),
    "pain_nrs": (5.0, 1.0),
    "steps_per_day": (7000.0, 1200.0),
}
ERRORS = {"hip_extension_deg": 2.0, "pelvic_tilt_deg": 1.0, "lordosis_deg": 2.0, "pain_nrs": 0.3}


def study() -> Study:
    """Two arms and two visits."""
    made = simulated_study().model_dump(exclude_defaults=True)
    pain = {**made["estimands"][0], "week": 12, "factorial": ()}
    return Study.model_validate(
        {**made, "arms": ARMS, "weeks": (0, 12), "eligibility": (), "estimands": [pain]}
    )


def cohort_of(diagram: Diagram, people: int, seed: int, effect: float = 0.6) -> Cohort:
    """A cohort of the diagram: each cause moves its effect by `effect` SD, up or down by the order of their names."""
    rng = np.random.default_rng(seed)
    drawn = _latent(diagram, people, rng, effect)
    columns = {node.variable: values for node, values in drawn.items() if isinstance(node, Node)}
    ids = [f"P{at:04d}" for at in range(people)]
    activity = np.digitize(columns["activity_level"], [-0.5, 0.5])
    persons = pd.DataFrame(
        {
            "participant_id": ids,
            "arm": np.array(ARMS)[(columns["arm"] > 0).astype(int)],
            "age_years": np.clip(45 + 8 * columns["age_years"], 18, 90).round(),
            "expectation_nrs": np.clip(np.round(5 + 1.5 * columns["expectation_nrs"]), 0, 10),
            "activity_level": LEVELS[activity],
        }
    )
    visits = [_visit(columns, ids, week, rng) for week in (0, 12)]
    return Cohort(name=diagram.name, participants=persons, visits=pd.concat(visits, ignore_index=True))


def _latent(
    diagram: Diagram, people: int, rng: np.random.Generator, effect: float
) -> dict[object, np.ndarray]:
    """Standardised values of every node, one after another along the arrows; people's own traits move nothing here."""
    drawn: dict[object, np.ndarray] = {}
    for node in nx.topological_sort(diagram.graph):
        if node == Node("arm"):
            drawn[node] = rng.permutation(np.arange(people) % 2) * 2.0 - 1
            continue
        value = rng.standard_normal(people)
        for at, cause in enumerate(diagram.graph.predecessors(node)):
            value = value + effect * (-1) ** at * drawn[cause]
        drawn[node] = value / value.std()
    return drawn


def _visit(
    columns: dict[str, np.ndarray], ids: list[str], week: float, rng: np.random.Generator
) -> pd.DataFrame:
    frame = pd.DataFrame({"participant_id": ids, "weeks": float(week)})
    for name, (mean, scale) in SCALES.items():
        if name not in columns:
            continue
        moved = columns[name] * scale if week else 0.0
        trait = np.random.default_rng(len(name)).standard_normal(len(ids)) * scale
        error = ERRORS.get(name, 0.0) * rng.standard_normal(len(ids))
        known = dictionary()[name]
        frame[name] = np.clip(mean + trait + moved + error, known.low, known.high)
    return frame
