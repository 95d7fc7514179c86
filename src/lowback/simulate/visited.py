"""What the visits find beside pain and posture: mood, treatment by others, steps of care, knee height, sessions."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy.stats import poisson

from lowback.simulate.design import ARMS
from lowback.simulate.findings import Person
from lowback.simulate.population import VISIT_WEEKS, Array, Population
from lowback.simulate.treatment import weekly_minutes

# The check-ins' columns and the states of the course that they show.
SLOT_COLUMNS = {
    "pain_nrs": "felt",
    "hip_pain_nrs": "felt_hip",
    "sensitised_nrs": "sensitised_nrs",
    "flare": "flare",
    "walking_min": "walking_min",
    "longest_sitting_min": "longest_sitting_min",
    "ease_min": "ease_min",
    "back_stiffness_nrs": "stiffness",
    "mood": "mood",
    "medication_taken": "medication_taken",
    "spacer_used": "spacer_used",
    "session_done": "session_done",
}
VISIT_SLOTS = (0, 56, 112, 168)


def visit_columns(people: Population, x: Mapping[str, Array], person: Person) -> Mapping[str, Array]:
    """The visits' further columns, by name of the data dictionary (person, 4 visits); baseline looks at the first morning."""
    p = person.p
    distress = p["mood_per_distress"] * person.normal("distress")[:, None]
    minutes = np.array([weekly_minutes(arm, p) for arm in ARMS])[person.arms, None]
    since = np.array([0.0, 1, 1, 1])
    return {
        "depression_phq9": 6 + 2 * (_last_weeks(x["mood"]) + distress),
        "sensitised_nrs": _last_weeks(x["sensitised_nrs"]),
        "knee_height_cm": 40 - p["knee_per_hip"] * (people.hip - p["hip_mean"]) + 3 * person.normal("knee")[:, None],
        "smt_visits": manual_therapy(person),
        "steps_per_day": _steps(person),
        "care_step": _care_steps(people, person),
        "session_min_per_week": minutes * since * person.people.adherence[:, None],
        "sessions_done": np.diff(np.concatenate([[0 * x["dose"][0]], x["dose"][[0, 55, 111, 167]]]), axis=0).T,
    }  # fmt: skip


def _last_weeks(state: Array) -> Array:
    """The mean of the two weeks before each visit, of the first morning at baseline (person, 4 visits)."""
    means = [state[0], *(state[end - 28 : end].mean(axis=0) for end in VISIT_SLOTS[1:])]
    return np.stack(means, axis=1)


def manual_therapy(person: Person) -> Array:
    """Visits to a manual therapist in the four weeks before each visit, the more the worse the week before them was."""
    p, pain = person.p, person.people.pain
    weeks = np.stack([pain[:, 28 * v : 28 * v + 7].mean(axis=1) for v in range(3)], axis=1)
    rate = np.exp(p["smt_log_rate"] + p["smt_per_pain"] * (weeks - 4))
    u = person.streams("smt_visits").random(weeks.shape)
    counts = np.asarray(poisson.ppf(u, np.minimum(rate, 20)))
    return np.column_stack([np.zeros(len(weeks)), person.act.on("smt_visits", counts)])


def _steps(person: Person) -> Array:
    """Steps a day as a counter shows them: by activity at baseline and what of it was gained since, with the counter's error."""
    p, gain = (
        person.p,
        person.normal("activity gain")[:, None] * np.minimum(VISIT_WEEKS / person.p["programme_weeks"], 1),
    )
    error = p["steps_error_sd"] * person.streams("steps_per_day").standard_normal(gain.shape)
    return np.asarray(7000 + 1500 * (person.people.activity[:, None] + gain) + error)


def _care_steps(people: Population, person: Person) -> Array:
    """The step of care at each visit: 0 activity, 1 anti-inflammatory, 2 opioid, 3 surgery.

    By the ladder, one step up at each visit in whose week pain was 4 or more; else any step at any visit.
    """
    p = person.p
    weeks = np.stack([people.pain[:, 28 * v : 28 * v + 7].mean(axis=1) for v in range(4)], axis=1)
    climbed = np.minimum(np.cumsum((weeks >= 4) * np.array([0, 1, 1, 1]), axis=1), 3.0)
    anywhere = np.floor(4 * person.streams("care_step").random(weeks.shape))
    steps = climbed if p["care_by_ladder"] else anywhere
    return np.asarray(np.maximum.accumulate(steps, axis=1) if p["care_recorded_as_highest"] else steps)
