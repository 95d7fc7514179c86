"""Estimators that know arrays and groups but not pain, cohorts or files."""


class NotEstimable(ValueError):  # noqa: N818 (it is a finding about the numbers, not a fault of the program)
    """Numbers from which the estimate cannot be had; the message names the columns at fault."""
