"""Parquet files: every type reads as the text that it stands for. Expected values stand in the tables."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from clinic_files import Refused, assert_refused

from lowback.intake import Intake, take_in


def taken(folder: Path, columns: dict[str, pa.Array]) -> Intake:
    """What becomes of a Parquet file of visits in canonical names."""
    pq.write_table(pa.table(columns), folder / "visits.parquet")
    return take_in(folder / "visits.parquet")


def test_every_type_of_column_is_read(tmp_path: Path) -> None:
    columns = {
        "participant_id": pa.array([7, 8, 9]),
        "weeks": pa.array([0, 0, 0], pa.int8()),
        "pain_nrs": pa.array([4.1, None, 3], pa.float32()),
        "arm": pa.array(["A", None, "B"]).dictionary_encode(),
        "flare": pa.array([True, False, None]),
        "visit_date": pa.array([datetime(2024, 5, 31), None, None]),
        "randomised_on": pa.array([date(2024, 5, 30), None, None]),
    }
    cohort = taken(tmp_path, columns).cohort
    assert cohort.participants["participant_id"].tolist() == ["7", "8", "9"]
    assert cohort.participants["arm"].isna().tolist() == [False, True, False]
    assert cohort.participants["randomised_on"].iloc[0] == datetime(2024, 5, 30)
    assert cohort.visits["pain_nrs"].iloc[0] == 4.1
    assert cohort.visits["pain_nrs"].isna().tolist() == [False, True, False]
    assert cohort.visits["flare"].iloc[:2].tolist() == [True, False]
    assert cohort.visits["visit_date"].iloc[0] == datetime(2024, 5, 31)


def test_a_number_that_is_none_is_refused(tmp_path: Path) -> None:
    columns = {
        "participant_id": pa.array(["P1"]),
        "weeks": pa.array([0]),
        "pain_nrs": pa.array([float("nan")]),
    }
    expected = Refused(2, "pain_nrs", "declare it under missing", "nan", file="visits.parquet")
    assert_refused(taken(tmp_path, columns), expected)


def test_a_column_of_lists_is_refused(tmp_path: Path) -> None:
    columns = {"participant_id": pa.array(["P1"]), "weeks": pa.array([0]), "pain_nrs": pa.array([[1, 2]])}
    expected = Refused(1, "pain_nrs", "holds no single values", file="visits.parquet")
    assert_refused(taken(tmp_path, columns), expected)


def test_a_file_that_is_no_parquet_is_refused(tmp_path: Path) -> None:
    (tmp_path / "visits.parquet").write_text("participant_id,weeks\nP1,0\n")
    expected = Refused(None, "", "cannot be read as Parquet", file="visits.parquet")
    assert_refused(take_in(tmp_path / "visits.parquet"), expected)
