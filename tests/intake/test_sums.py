"""A score that contradicts its own items is refused at the door, with row, value and what it would be."""

from __future__ import annotations

from pathlib import Path

import pytest

from lowback.intake import CohortRefused, read_cohort

MAPPING = """
cohort: signs
files:
  - file: people.csv
    columns:
      id: {to: participant_id}
      sitting: {to: sign_worse_after_sitting, recode: {"1": true, "0": false}}
      hip: {to: sign_hip_pain, recode: {"1": true, "0": false}}
      walking: {to: sign_better_walking, recode: {"1": true, "0": false}}
      score: {to: hip_signs, unit: signs}
"""


def written(folder: Path, rows: str) -> Path:
    (folder / "mapping.yml").write_text(MAPPING, encoding="utf-8")
    (folder / "people.csv").write_text(f"id,sitting,hip,walking,score\n{rows}", encoding="utf-8")
    return folder / "mapping.yml"


def test_a_score_that_is_not_the_sum_of_its_items_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CohortRefused) as refused:
        read_cohort(written(tmp_path, "A,1,1,0,2\nB,1,1,1,1\n"))
    said = str(refused.value)
    assert "1 finding" in said
    assert "people.csv row 3 score = 1: hip_signs is the sum of sign_worse_after_sitting" in said
    assert "which is 3 here" in said


def test_a_gap_among_score_or_items_contradicts_nothing(tmp_path: Path) -> None:
    cohort = read_cohort(written(tmp_path, "A,1,1,0,2\nB,1,,1,0\nC,0,0,1,\n"))
    assert len(cohort.participant_ids) == 3
