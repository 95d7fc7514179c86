"""Who is in it: flow, attendance, Table 1, missing values and the course of the outcomes, by arm."""

from lowback.describe.baseline import table_one
from lowback.describe.course import outcome_means
from lowback.describe.gaps import missingness
from lowback.describe.participation import attendance, flow

__all__ = ["attendance", "flow", "missingness", "outcome_means", "table_one"]
