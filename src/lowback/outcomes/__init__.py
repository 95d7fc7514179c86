"""The tables that a study asks of a cohort: scores by visit, improvement, response, and who is compared with whom."""

from lowback.outcomes.comparison import Comparison, comparison
from lowback.outcomes.covariates import centred_columns
from lowback.outcomes.refusals import NotComparable, cannot_be_fitted
from lowback.outcomes.response import Response, response
from lowback.outcomes.scores import improvement, responded, response_label, scores_by_visit
from lowback.outcomes.wording import Gaps, assignment, complete, left_out

__all__ = [
    "Comparison",
    "Gaps",
    "NotComparable",
    "Response",
    "assignment",
    "cannot_be_fitted",
    "centred_columns",
    "comparison",
    "complete",
    "improvement",
    "left_out",
    "responded",
    "response",
    "response_label",
    "scores_by_visit",
]
