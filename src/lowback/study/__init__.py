"""The question: design, estimands and covariates, read from a study file and refused when it contradicts itself."""

from lowback.study.agreement import cohort_problems
from lowback.study.design import Design, Study, StudyError
from lowback.study.estimand import Eligibility, Estimand, Responder, Spells, Strategy
from lowback.study.later_changes import Blocks, LaterChange
from lowback.study.reading import read_study
from lowback.study.summaries import SummaryMeasure

__all__ = [
    "Blocks",
    "Design",
    "Eligibility",
    "Estimand",
    "LaterChange",
    "Responder",
    "Spells",
    "Strategy",
    "Study",
    "StudyError",
    "SummaryMeasure",
    "cohort_problems",
    "read_study",
]
