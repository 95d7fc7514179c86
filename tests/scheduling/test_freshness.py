"""Old data are refused by the newest visit or check-in, or by the newest file where the data carry no dates."""

from __future__ import annotations

import hashlib
import os
from datetime import date, datetime
from pathlib import Path

import pandas as pd
import pytest
from clock_cases import utc

from lowback.cohort import Cohort
from lowback.scheduling.freshness import Newest, data_digest, newest_of, too_old, unchanged_input

NOW = utc("2026-11-23T06")


def people(**columns: object) -> pd.DataFrame:
    return pd.DataFrame({"participant_id": ["P1", "P2"], **columns})


def visits(dates: list[str | None], pain: list[float | None] | None = None) -> pd.DataFrame:
    return pd.DataFrame({"participant_id": ["P1", "P2"], "weeks": [0.0, 12.0], "pain_nrs": pain or [5.0, 4.0],
                         "visit_date": pd.to_datetime(dates)})  # fmt: skip


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "visits.csv"
    path.write_text("x", encoding="utf-8")
    return path


def stale(cohort: Cohort, file: Path, now: datetime = NOW) -> str | None:
    """What is said of the data in the slot of NOW, if it runs at `now`, where eight days are allowed."""
    return too_old(newest_of(cohort, [file], now.date()), [file], NOW, 8)


@pytest.mark.parametrize(
    ("day", "said"),
    [
        ("2026-11-22", None),
        ("2026-11-15", None),
        ("2026-11-14", "visits.csv: the newest visit is of 2026-11-14, 9 days before 2026-11-23; newest_within_days = 8 allows 2026-11-15 or later"),
        ("2026-10-01", "53 days before 2026-11-23"),
    ],
)  # fmt: skip
def test_last_month_s_file_is_refused_by_its_newest_visit(day, said, file):
    found = stale(Cohort("c", visits=visits(["2026-01-05", day])), file)
    assert found is None if said is None else said in found


def test_data_that_came_after_the_slot_are_new_enough(file):
    cohort = Cohort("c", visits=visits(["2026-01-05", "2026-11-25"]))
    assert stale(cohort, file, utc("2026-11-26T08")) is None


def test_a_visit_that_is_still_to_come_makes_nothing_new(file):
    found = stale(Cohort("c", visits=visits(["2026-10-05", "2027-02-01"])), file)
    assert "the newest visit is of 2026-10-05" in found


def test_check_ins_are_dated_from_the_baseline():
    checkins = pd.DataFrame(
        {"participant_id": ["P1", "P1", "P2"], "days": [0.0, 10.0, 3.0], "pain_nrs": [5.0, 4.0, 3.0]}
    )
    zero = pd.to_datetime(["2026-11-01", "2026-11-02"])
    found = newest_of(Cohort("c", participants=people(time_zero=zero), checkins=checkins), [], NOW.date())
    assert found == Newest(date(2026, 11, 11), "check-in")


def test_a_visit_without_a_date_is_dated_from_the_baseline_and_counts_if_something_was_recorded():
    zero = pd.to_datetime(["2026-08-03", "2026-08-10"])
    table = pd.DataFrame(
        {"participant_id": ["P1", "P1", "P2"], "weeks": [0.0, 12.0, 12.0], "pain_nrs": [5.0, 4.0, None]}
    )
    found = newest_of(Cohort("c", participants=people(randomised_on=zero), visits=table), [], NOW.date())
    assert found == Newest(date(2026, 10, 26), "visit")


def test_without_dates_the_newest_file_counts_and_that_is_said(file):
    cohort = Cohort("c", visits=visits([None, None]).drop(columns="visit_date"))
    old = utc("2026-10-01").timestamp()
    os.utime(file, (old, old))
    assert "visits.csv: the data carry no dates, and the newest file was changed on 2026-10-01" in stale(
        cohort, file
    )
    fresh = utc("2026-11-22T01").timestamp()
    os.utime(file, (fresh, fresh))
    assert stale(cohort, file) is None
    assert newest_of(cohort, [], NOW.date()) is None


def test_the_same_bytes_as_last_week_s_are_told_from_others(file, tmp_path):
    before = data_digest([hashlib.sha256(b"x").hexdigest()])
    os.utime(file, (0, 0))
    said = "visits.csv: byte for byte the data of the last slot's report; must_change = true asks for others"
    assert unchanged_input([file], before) == said
    assert unchanged_input([file], "") is None
    assert unchanged_input([tmp_path / "absent.csv"], before) is None
    file.write_text("y", encoding="utf-8")
    assert unchanged_input([file], before) is None


def test_a_hash_of_files_does_not_depend_on_their_order():
    assert data_digest(["a", "b"]) == data_digest(["b", "a"])
    assert data_digest(["a", "b"]) != data_digest(["a"])
    assert data_digest(["a", "b"]) != data_digest(["ab"])
