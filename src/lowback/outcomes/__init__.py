"""The tables that a study asks of a cohort: scores by visit, improvement, response, and who is compared with whom."""

from lowback.outcomes.comparison import Comparison, NotComparable, assignment, comparison, left_out
from lowback.outcomes.covariates import centred_columns
from lowback.outcomes.response import Response, response
from lowback.outcomes.scores import improvement, responded, response_label, scores_by_visit

__all__ = [
    "Comparison",
    "NotComparable",
    "Response",
    "assignment",
    "centred_columns",
    "comparison",
    "improvement",
    "left_out",
    "responded",
    "response",
    "response_label",
    "scores_by_visit",
]
