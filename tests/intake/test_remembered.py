"""A cohort that several notebooks of a report ask for is read once, from the copies of that report's run."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest
from clinic_files import written
from equal_cohorts import TABLES, differing

from lowback import frozen
from lowback.cohort import Cohort
from lowback.intake import reading, take_in
from lowback.intake.reading import read_cohort
from lowback.variables import dictionary

MAPPING = """cohort: clinics
variables:
  own_score:
    {label: own score, unit: points, kind: number, low: 0, high: 10, higher_is: worse, tables: [visits], source: this study}
files:
  - file: people.csv
    columns:
      id: {to: participant_id}
      site: {to: site_id}
      group: {to: arm}
  - file: visits.csv
    columns:
      id: {to: participant_id}
      week: {to: weeks}
      pain: {to: pain_nrs, unit: NRS points}
      own: {to: own_score, unit: points}
"""
FILES = {
    "people.csv": "id,site,group\n007,Leiden,A\nP2,Utrecht,B\n",
    "visits.csv": "id,week,pain,own\n007,0,5,1.5\nP2,0,6,\n007,6,4,2.5\n",
}


@pytest.fixture
def clinics(tmp_path: Path) -> Path:
    return written(tmp_path, FILES, MAPPING) / "mapping.yml"


@pytest.fixture
def index(clinics: Path, tmp_path: Path) -> Path:
    (tmp_path / "copies").mkdir()
    return frozen.freeze([clinics, *(clinics.parent / name for name in FILES)], tmp_path / "copies")


WHOLE = (*TABLES, "set_aside")


def named(cohort: Cohort) -> tuple[object, ...]:
    """What a cohort knows beside its tables."""
    return cohort.name, dict(cohort.variables), cohort.measured_by


def test_a_cohort_travels_whole_and_shares_the_data_dictionary_that_is_there(clinics):
    cohort = read_cohort(clinics)
    again = pickle.loads(pickle.dumps(cohort))  # noqa: S301 (made in this line)
    assert not differing(cohort, again, WHOLE)
    assert named(cohort) == named(again)
    assert again.variables["pain_nrs"] is dictionary()["pain_nrs"]
    assert again.variables["own_score"].label == "own score"


def test_within_a_run_the_files_are_read_once_and_each_reader_has_a_cohort_of_its_own(
    clinics, index, monkeypatch
):
    with frozen.reading(index):
        first = take_in(clinics).cohort
        monkeypatch.setattr(reading, "take_in", lambda *_: pytest.fail("read again"))
        second = read_cohort(clinics)
        assert not differing(first, second, WHOLE)
        assert named(first) == named(second)
        second.visits.loc[0, "pain_nrs"] = 9.0
        assert differing(first, second, WHOLE) == ["visits"]
        assert not differing(first, read_cohort(str(clinics), None, None), WHOLE)


def test_other_people_or_another_folder_are_another_cohort(clinics, index):
    with frozen.reading(index):
        whole, part = read_cohort(clinics), read_cohort(clinics, None, {"site_id": "Leiden"})
        assert (len(whole.participants), len(part.participants)) == (2, 1)
        assert len(read_cohort(clinics, None, {"site_id": "Utrecht"}).participants) == 1
        assert len(read_cohort(clinics, clinics.parent, {}).participants) == 2


def test_without_a_run_a_file_that_changed_is_read_anew(clinics, index):
    with frozen.reading(index):
        assert len(read_cohort(clinics).participants) == 2
    (clinics.parent / "people.csv").write_text(FILES["people.csv"] + "P3,Leiden,A\n", encoding="utf-8")
    assert len(read_cohort(clinics).participants) == 3


def test_no_cohort_is_kept_of_refused_data(clinics, index, tmp_path):
    with frozen.reading(index):
        read_cohort(clinics)
    assert len(list((tmp_path / "copies").glob("*.cohort"))) == 1
    (clinics.parent / "visits.csv").write_text("id,week,pain,own\n007,0,11,1\n", encoding="utf-8")
    (tmp_path / "more").mkdir()
    refused = frozen.freeze([clinics, *(clinics.parent / name for name in FILES)], tmp_path / "more")
    with frozen.reading(refused):
        assert take_in(clinics).cohort is None
    assert list((tmp_path / "more").glob("*.cohort")) == []
