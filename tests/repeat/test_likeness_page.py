"""The page on how like a cohort those are that its certificate rests on."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import wrong_analyses as wrong

from lowback.cohort import Cohort
from lowback.repeat.likeness_page import likeness_page
from lowback.study import Study

ROOT = Path(__file__).resolve().parents[2]


def test_the_page_counts_what_is_matched_and_shows_names_as_text():
    cohort, study = wrong.clustered_trial(24, 10, 0.2), wrong.study()
    evil = {wrong.ARMS[0]: "usual | care", wrong.ARMS[1]: "<script>alert(1)</script>"}
    people = cohort.participants.assign(arm=cohort.participants["arm"].map(evil))
    content = study.model_dump(exclude_none=True, exclude_unset=True)
    content |= {"arms": list(evil.values()), "control_arm": evil[wrong.ARMS[0]]}
    page = likeness_page(
        Cohort("a cohort", people, cohort.visits), Study.model_validate(content), "the command", 5
    )
    assert "figures are matched; by chance" in page
    assert "usual \\| care" in page
    assert "&lt;script&gt;" in page
    assert "<script>" not in page
    assert "share of the variance between therapists or classes" in page
    assert "missing because of their own" in page


def test_a_cohort_of_which_none_alike_can_be_drawn_is_told_so():
    cohort, study = wrong.trial(6), wrong.study()
    bare = Cohort("bare", cohort.participants, cohort.visits[cohort.visits["weeks"] < 12])
    assert "No cohort alike can be drawn: no visit at week 12" in likeness_page(bare, study, "the command", 2)


def test_only_a_request_has_a_cohort_to_be_like():
    ran = subprocess.run(
        [sys.executable, "-m", "lowback", "certify", "--scenario", "null", "--likeness", "page.md"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    assert ran.returncode == 2
    assert "give a request" in ran.stderr
