"""Who is in it: flow, attendance, Table 1, missing values, the course of the outcomes and what came between, by arm."""

from lowback.describe.baseline import table_one
from lowback.describe.course import outcome_means
from lowback.describe.degeneration import degeneration_by_age
from lowback.describe.events import events_by_arm
from lowback.describe.gaps import missingness
from lowback.describe.participation import attendance, flow

__all__ = [
    "attendance",
    "degeneration_by_age",
    "events_by_arm",
    "flow",
    "missingness",
    "outcome_means",
    "table_one",
]
