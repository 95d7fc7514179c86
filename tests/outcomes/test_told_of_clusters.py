"""Who was allocated together is no independent witness: an analysis that takes them for that says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from lowback.analyses.ancova import ancova
from lowback.analyses.corrected_slopes import corrected_slopes
from lowback.analyses.implications import implications
from lowback.analyses.recurrence import recurrence
from lowback.analyses.within_between import within_between
from lowback.intake import read_cohort
from lowback.result import Refusal, Result
from lowback.study import Study, read_study

EXAMPLE = Path(__file__).resolve().parents[2] / "data" / "mechanism-example"
SAID = "People of one site are taken for independent of each other, though the study says that they were allocated or treated together"


@pytest.mark.parametrize(
    ("analysis", "estimand"),
    [
        (within_between, "lordosis and pelvic tilt"),
        (corrected_slopes, "lordosis and pelvic tilt"),
        (recurrence, "return of back pain by hip extension"),
        (implications, "lordosis and pelvic tilt"),
    ],
)
def test_people_of_one_site_are_said_to_be_taken_for_independent(analysis, estimand):
    cohort, alone = read_cohort(EXAMPLE / "mapping.yml"), read_study(EXAMPLE / "study.yml").focus(estimand)
    together = alone.model_copy(update={"clusters": "site_id"})
    found, plain = analysis(cohort, together), analysis(cohort, alone)
    assert isinstance(found, Result)
    assert isinstance(plain, Result)
    assert SAID in found.method
    assert SAID not in plain.method
    assert found.estimates.equals(plain.estimates)
    each = analysis(cohort, alone.model_copy(update={"clusters": "participant_id"}))
    assert isinstance(each, Result)
    assert each.method == plain.method


def test_an_analysis_that_accounts_for_them_or_refuses_says_nothing_of_it():
    cohort, study = read_cohort(EXAMPLE / "mapping.yml"), read_study(EXAMPLE / "study.yml")
    together: Study = study.model_copy(update={"clusters": "site_id"})
    found = ancova(cohort, together)
    assert isinstance(found, (Result, Refusal))
    assert SAID not in (found.method if isinstance(found, Result) else found.reason)
