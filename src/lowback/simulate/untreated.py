"""People whom nobody treats, enrolled on a bad day: the whole of their improvement is regression to the mean."""

from __future__ import annotations

import numpy as np
import pandas as pd

from lowback.simulate.parameters import SimulationError

PERSON_MEAN, PERSON_SD, DAY_SD = 4.5, 1.5, 1.6


def simulate_untreated(participants: int, seed: int, enrol_at: float = 6.0) -> pd.DataFrame:
    """Pain at screening and later of people enrolled with a reported pain of `enrol_at` or more, and never treated.

    Columns: participant_id, usual_pain_nrs (the person's own mean, which never changes), pain_before_nrs and
    pain_after_nrs (whole NRS points). Usual pain has mean 4.5 and SD 1.5, days differ by SD 1.6 (assumptions of the
    lesson). Rounded falls of 30 % and of 2 points are then seen in about 35 % and 46 % of people.
    """
    if participants < 1 or seed < 0:
        raise SimulationError(
            f"participants = {participants}, seed = {seed}: allowed 1 or more participants, a seed of 0 or more"
        )
    if not 0 <= enrol_at <= 10:
        raise SimulationError(f"enrol_at = {enrol_at:g}: allowed 0 to 10 NRS points")
    rng = np.random.default_rng(seed)
    parts: list[pd.DataFrame] = []
    enrolled = 0
    while enrolled < participants:
        screened = _screened(rng, 4096)
        parts.append(screened[screened["pain_before_nrs"] >= enrol_at])
        enrolled += len(parts[-1])
    people = pd.concat(parts, ignore_index=True)[:participants]
    ids = pd.Series([f"P{number:05d}" for number in range(1, participants + 1)], dtype="str")
    people.insert(0, "participant_id", ids)
    return people


def _screened(rng: np.random.Generator, n: int) -> pd.DataFrame:
    usual = PERSON_MEAN + PERSON_SD * rng.standard_normal(n)
    before, after = np.clip(np.round(usual + DAY_SD * rng.standard_normal((2, n))), 0, 10)
    return pd.DataFrame({"usual_pain_nrs": usual, "pain_before_nrs": before, "pain_after_nrs": after})
