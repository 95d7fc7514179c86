"""How a scenario's cohort is designed."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from lowback.checked_yaml import unknown_name

COMPONENTS: dict[str, frozenset[str]] = {
    "usual care": frozenset(),
    "hip-flexor stretching": frozenset({"hip"}),
    "strengthening": frozenset({"strength"}),
    "both": frozenset({"hip", "strength"}),
    "back-only care": frozenset({"back"}),
    "hips and back": frozenset({"hip", "back"}),
    "guided video": frozenset({"video"}),
}
"""What each arm that there is does to people."""

ARMS = tuple(COMPONENTS)
TRIAL_ARMS = ARMS[:4]


class ScenarioPart(BaseModel):
    """A part of a scenario file, in which an unknown key is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Design(ScenarioPart):
    """Who gets which arm, and how often people are asked.

    An arm that is `chosen` goes with what people expect and how active they are (`choice_per_*` of the parameters).
    """

    allocation: Literal["randomised", "chosen"] = "randomised"
    arms: Annotated[tuple[str, ...], Field(min_length=1)] = TRIAL_ARMS
    checkins_a_day: Literal[1, 2] = 1

    @model_validator(mode="after")
    def _has_arms_that_there_are(self) -> Design:
        for arm in self.arms:
            if arm not in ARMS:
                raise ValueError(f"no arm {arm!r}; {unknown_name(arm, list(ARMS))}")
            if self.arms.count(arm) > 1:
                raise ValueError(f"the arm {arm!r} is named twice")
        return self
