"""An analysis that answers the same cohort once, so that it and what is made of its rows cost one fit."""

from __future__ import annotations

from lowback.cohort import Cohort
from lowback.repeat.trying import Analysis
from lowback.result import Refusal, Result
from lowback.study import Study


def asked_once(analysis: Analysis) -> Analysis:
    """The analysis; asked again of the same cohort by the same study, it gives the answer that it gave."""
    last: list[tuple[Cohort, Study, Result | Refusal]] = []

    def once(cohort: Cohort, study: Study) -> Result | Refusal:
        if not last or last[0][0] is not cohort or last[0][1] is not study:
            last[:] = [(cohort, study, analysis(cohort, study))]
        return last[0][2]

    return once
