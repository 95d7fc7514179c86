"""What every comparison of arms has to say in words: how arms were assigned, and who was left out."""

from __future__ import annotations

import pandas as pd

from lowback.study import Study


def assignment(study: Study) -> str:
    """What the design allows to be said of a difference between arms, as an assumption."""
    if study.is_randomised:
        return "Arms were assigned at random; whatever happened afterwards counts as part of the arm (treatment policy)."
    return "Arms were not assigned at random: a difference is an association, and may come from who was in which arm."


def left_out(gaps: pd.DataFrame) -> str:
    """How many people lack something, and what they lack, in words; empty where nobody does."""
    people = int(gaps.any(axis=1).sum())
    lacking = "; ".join(f"{name}: {count}" for name, count in gaps.sum().items() if count)
    several = ", a person may lack several" if gaps.sum().sum() > people else ""
    return f"{people} left out because a value is missing ({lacking}{several})" if people else ""
