"""Diaries of people who hold a stretch for longer or shorter, where only what is held for long enough helps."""

from __future__ import annotations

import numpy as np

from lowback.estimators.thresholds import Thresholds, counted_by_threshold

GRID = np.array([15.0, 20, 25, 30, 35, 40, 45])


def diaries(
    rng: np.random.Generator,
    effect: float,
    threshold: float = 30,
    keeping: float = 0.0,
    noise: float = 1.2,
    people: int = 80,
    chosen: float = 0.0,
    own_hours: float = 0.0,
) -> Thresholds:
    """Twelve weeks of half days; who keeps to things holds longer and, by `keeping`, gets better whatever is held.

    A point more of what comes and goes of the pain at a session takes the share `chosen` off the time held; everybody answers by up to
    `own_hours` of a day later.
    """
    slots = np.arange(168)
    asked = np.isin(slots // 2 % 7, (0, 2, 4)) & (slots % 2 == 1)
    keeps = rng.uniform(-0.3, 0.3, people)
    did = asked & (rng.random((people, 168)) < 0.7 + keeps[:, None])
    longer = keeps[:, None] + 0.4 * rng.normal(size=did.shape)
    pain = 5 + rng.normal(size=(people, 1)) - keeping * keeps[:, None] * slots / 168
    now = noise * rng.normal(size=did.shape)
    held = np.where(did, 30 * np.exp(longer - chosen * now), np.nan)
    reached = np.nan_to_num(held) >= threshold
    before = np.cumsum(reached, axis=1) - reached
    pain = pain + effect * before + now
    person, slot = np.nonzero(rng.random(pain.shape) < 0.9) if noise else np.nonzero(np.ones_like(did))
    when = slot / 2 + (own_hours * rng.random(len(slot)) if own_hours else 0)
    return counted_by_threshold(person, when, pain[person, slot], held[person, slot], GRID)
