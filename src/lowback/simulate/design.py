"""How a scenario's cohort is designed."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

ARMS = ("usual care", "hip-flexor stretching", "strengthening", "both")


class ScenarioPart(BaseModel):
    """A part of a scenario file, in which an unknown key is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Design(ScenarioPart):
    """Who gets which arm, and how often people are asked.

    An arm that is `chosen` goes with what people expect and how active they are (`choice_per_*` of the parameters).
    """

    allocation: Literal["randomised", "chosen"] = "randomised"
    arms: tuple[str, ...] = ARMS
    checkins_a_day: Literal[1, 2] = 1
