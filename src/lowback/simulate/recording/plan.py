"""How a scenario's cohort is measured, and by which mechanism its records go missing."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from lowback.simulate.design import ScenarioPart

Mechanism = Literal["MCAR", "MAR", "MNAR"]


class Instruments(ScenarioPart):
    """With what each angle is measured; where none is named, by one person with the error of the parameters' table."""

    hip_extension_deg: Literal["goniometer", "inclinometer", "trigonometric"] | None = None
    pelvic_tilt_deg: Literal["palm", "inclinometer", "trigonometric"] | None = None
    lordosis_deg: Literal["markers"] | None = None


class Measurement(ScenarioPart):
    """Where, by whom and how often angles are measured; a count of 0 records no such column and adds no such error.

    `raters_a_site` and `devices_a_site` count those of each site (of the whole study where it has one place only);
    `readings` are told apart in the tables, the second by another rater; `takes` are averaged within a reading.
    """

    instruments: Instruments = Instruments()
    sites: Annotated[int, Field(ge=0, le=1000)] = 0
    raters_a_site: Annotated[int, Field(ge=0, le=100)] = 0
    devices_a_site: Annotated[int, Field(ge=0, le=100)] = 0
    readings: Literal[1, 2] = 1
    takes: Annotated[int, Field(ge=1, le=20)] = 1


class Missing(ScenarioPart):
    """Why records are missing: completely at random, at random given the last visit attended, or by today's own value.

    With MCAR nothing matters, with MAR the last recorded pain (for drop-out adherence too), with MNAR the pain that would
    have been recorded instead. By how much stands in the parameters (`drop_out_per_pain`, `visit_missed_per_pain`,
    `diary_per_pain`).
    """

    drop_out: Mechanism = "MAR"
    visits: Mechanism = "MCAR"
    checkins: Mechanism = "MCAR"
