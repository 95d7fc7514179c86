"""A part of a cohort: its people and nobody else's rows. Expected values stand in the files."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from clinic_files import written
from hypothesis import given, settings
from hypothesis import strategies as st

from lowback.checked_yaml import ConfigurationError
from lowback.cohort import Cohort
from lowback.intake import CohortRefused, read_cohort, take_in, values_of

MAPPING = """cohort: clinics
files:
  - file: people.csv
    columns:
      id: {to: participant_id}
      site: {to: site_id}
      group: {to: arm}
      years: {to: age_years, unit: years}
      drawn: {to: randomised_on}
  - file: visits.csv
    columns:
      id: {to: participant_id}
      week: {to: weeks}
      pain: {to: pain_nrs, unit: NRS points}
"""
PEOPLE = """id,site,group,years,drawn
P1,Leiden,A,30,2026-01-05
P2,Utrecht,B,40,2026-01-31
P3,Leiden,B,50,2026-02-01
P4,,A,60,2026-02-02
P5,Den Haag,C,70,2026-03-01
"""
VISITS = "id,week,pain\nP1,0,5\nP2,0,6\nP1,6,4\nP3,0,7\nP4,0,8\nP5,0,2\n"


@pytest.fixture
def clinics(tmp_path: Path) -> Path:
    return written(tmp_path, {"people.csv": PEOPLE, "visits.csv": VISITS}, MAPPING)


def people(cohort: Cohort) -> list[str]:
    return list(cohort.participants["participant_id"])


def scores(cohort: Cohort) -> list[float]:
    assert cohort.visits is not None
    return list(cohort.visits["pain_nrs"])


@pytest.mark.parametrize(
    ("part", "ids", "pain"),
    [
        ({"site_id": "Leiden"}, ["P1", "P3"], [5, 4, 7]),
        ({"month": "2026-01"}, ["P1", "P2"], [5, 4, 6]),
        ({"arm": "B", "control_arm": "A"}, ["P1", "P2", "P3", "P4"], [5, 4, 6, 7, 8]),
        ({"site_id": "Leiden", "month": "2026-02"}, ["P3"], [7]),
        ({"outcome": "pain_nrs"}, ["P1", "P2", "P3", "P4", "P5"], [5, 4, 6, 7, 8, 2]),
        ({}, ["P1", "P2", "P3", "P4", "P5"], [5, 4, 6, 7, 8, 2]),
    ],
)
def test_a_part_has_its_own_people_in_every_table(clinics, part, ids, pain):
    cohort = read_cohort(clinics, None, part)
    assert people(cohort) == ids
    assert scores(cohort) == pain


def test_nobody_of_another_part_is_told_of(clinics):
    intake = take_in(clinics, None, {"site_id": "Leiden"})
    assert intake.findings.empty
    assert intake.quarantine.empty
    assert intake.cohort is not None
    assert intake.cohort.set_aside["participants"].sum() == 0


def test_who_is_left_out_by_rule_is_left_out_where_they_belong(tmp_path):
    rule = MAPPING.replace(
        "    columns:\n      id: {to: participant_id}\n      site",
        "    rows: [{column: group, equals: B, reason: another trial}]\n    columns:\n      id: {to: participant_id}\n      site",
    )
    folder = written(tmp_path, {"people.csv": PEOPLE, "visits.csv": VISITS}, rule)
    leiden, hague = (read_cohort(folder, None, {"site_id": one}) for one in ("Leiden", "Den Haag"))
    assert people(leiden) == ["P1"]
    assert leiden.set_aside.to_numpy().tolist() == [["another trial", 1, 2]]  # P3's row and visit, not P2's
    assert hague.set_aside["participants"].sum() == 0
    assert dict(values_of(folder, None, "site_id").people) == {"Den Haag": 1, "Leiden": 1}


def test_every_value_is_counted_and_who_has_none_is_named(clinics):
    found = values_of(clinics, None, "site_id")
    assert dict(found.people) == {"Den Haag": 1, "Leiden": 2, "Utrecht": 1}
    assert found.without == 1
    assert found.findings[["severity", "file", "row", "column"]].to_numpy().tolist() == [
        ["set aside", "people.csv", 5, "site"],
        ["set aside", "visits.csv", 6, "id"],
    ]
    assert found.findings["rule"].iloc[0] == "tells no site_id of a person, so no edition holds the row"
    assert found.in_none_of(["Leiden", "Utrecht"]) == 2


def test_months_are_those_of_randomisation_else_of_the_baseline(tmp_path, clinics):
    assert dict(values_of(clinics, None, "month").people) == {"2026-01": 2, "2026-02": 2, "2026-03": 1}
    (tmp_path / "later").mkdir()
    baseline = written(
        tmp_path / "later",
        {"people.csv": PEOPLE, "visits.csv": VISITS},
        MAPPING.replace("randomised_on", "time_zero"),
    )
    assert people(read_cohort(baseline, None, {"month": "2026-02"})) == ["P3", "P4"]


@pytest.mark.parametrize(
    ("part", "message"),
    [
        ({"site": "Leiden"}, "part 'site'; allowed: .*did you mean 'site_id'"),
        ({"site_id": ""}, "part site_id = '': allowed text that is not empty"),
        ({"site_id": 7}, "part site_id = 7: allowed text"),
        ({"month": "2026-13"}, "part month = '2026-13': allowed a month such as '2026-01'"),
        ({"arm": "B"}, "'arm' and 'control_arm' stand together"),
    ],
)
def test_a_part_that_cannot_be_is_refused(clinics, part, message):
    with pytest.raises(ConfigurationError, match=message):
        read_cohort(clinics, None, part)


def test_a_part_without_people_is_refused_with_the_values_there_are(clinics):
    with pytest.raises(
        CohortRefused,
        match=r"people.csv site = Delft: no row has this site_id; found: 'Den Haag', 'Leiden', 'Utrecht'",
    ):
        read_cohort(clinics, None, {"site_id": "Delft"})


def test_a_variable_that_no_column_tells_is_refused(tmp_path):
    folder = written(
        tmp_path,
        {"people.csv": PEOPLE, "visits.csv": VISITS},
        MAPPING.replace("      site: {to: site_id}\n", ""),
    )
    for asked in (
        lambda: values_of(folder, None, "site_id"),
        lambda: read_cohort(folder, None, {"site_id": "Leiden"}),
    ):
        with pytest.raises(ConfigurationError, match=r"people.csv, visits.csv: no column is read as site_id"):
            asked()
    with pytest.raises(ConfigurationError, match="values of 'age_years'; allowed: 'site_id', 'arm', 'month'"):
        values_of(folder, None, "age_years")


def test_a_file_that_cannot_be_read_gives_no_values(clinics):
    (clinics / "visits.csv").write_text("", encoding="utf-8")
    with pytest.raises(CohortRefused, match=r"visits.csv: the file is empty"):
        values_of(clinics, None, "site_id")


BAD_ROWS = {
    "a score out of range": ("visits.csv", "P2,6,11\n"),
    "a word for a number": ("visits.csv", "P2,6,none\n"),
    "a row that stands again": ("visits.csv", "P2,0,6\n"),
    "a week of no number": ("visits.csv", "P2,later,6\n"),
    "a field too many": ("visits.csv", "P2,6,5,5\n"),
    "a field too few": ("visits.csv", "P2,6\n"),
    "bytes of another encoding": ("people.csv", b"P6,Utrecht,B\xe9,30,2026-01-01\n"),
    "a zero byte": ("people.csv", "P6,Utrecht,B\0,30,2026-01-01\n"),
    "a person twice": ("people.csv", "P2,Utrecht,A,40,2026-01-31\n"),
    "an arm spelt otherwise": ("people.csv", "P6,Utrecht,a,40,2026-01-31\n"),
    "no person": ("people.csv", ",Utrecht,A,40,2026-01-31\n"),
    "an impossible date": ("people.csv", "P6,Utrecht,A,40,2026-02-31\n"),
    "a new person with a field too many": ("people.csv", "P6,Utrecht,A,40,2026-01-31,9\n"),
}


@pytest.mark.parametrize("kind", BAD_ROWS)
def test_a_bad_row_stops_its_own_site_and_leaves_the_others_as_they_were(clinics, kind):
    before = {one: read_cohort(clinics, None, {"site_id": one}) for one in ("Leiden", "Den Haag")}
    name, row = BAD_ROWS[kind]
    with (clinics / name).open("ab") as file:
        file.write(row if isinstance(row, bytes) else row.encode())
    for site, cohort in before.items():
        after = take_in(clinics, None, {"site_id": site})
        assert after.findings.empty
        pd.testing.assert_frame_equal(after.cohort.participants, cohort.participants)
        pd.testing.assert_frame_equal(after.cohort.visits, cohort.visits)
    # The whole cohort refuses the row, so that it was a bad one; so does its own site, but for a spelling that is none there.
    for part in ({}, {"site_id": "Utrecht"}):
        if not (part and kind == "an arm spelt otherwise"):
            with pytest.raises(CohortRefused):
                read_cohort(clinics, None, part)


def test_a_row_of_which_nothing_tells_whose_it_is_stops_every_part(clinics):
    with (clinics / "visits.csv").open("a", encoding="utf-8") as file:
        file.write("what,is,this,row\n")
    for site in ("Leiden", "Utrecht"):
        with pytest.raises(CohortRefused, match="4 fields where the header has 3"):
            read_cohort(clinics, None, {"site_id": site})


def test_a_person_of_two_sites_is_refused_in_both(clinics):
    with (clinics / "people.csv").open("a", encoding="utf-8") as file:
        file.write("P1,Utrecht,A,30,2026-01-05\n")
    for site in ("Leiden", "Utrecht"):
        with pytest.raises(CohortRefused, match="participant P1 stands in rows 2 and 7"):
            read_cohort(clinics, None, {"site_id": site})
    assert people(read_cohort(clinics, None, {"site_id": "Den Haag"})) == ["P5"]


def test_filtering_a_cohort_after_it_was_checked_would_let_one_row_stop_all(clinics):
    (clinics / "visits.csv").write_text(VISITS + "P2,6,11\n", encoding="utf-8")
    with pytest.raises(CohortRefused, match="out of range"):
        read_cohort(clinics).participants.query("site_id == 'Leiden'")


SITES = ("Leiden", "leiden", "01", "1", "Sint Jan, Oost", 'Van "Dam"', "Zürich", "")
EVERYBODY = st.lists(
    st.tuples(st.sampled_from(SITES), st.sampled_from(["A", "B"]), st.integers(18, 90)),
    min_size=1,
    max_size=12,
)


@settings(max_examples=12, derandomize=True)
@given(rows=EVERYBODY, visited=st.lists(st.booleans(), min_size=24, max_size=24))
def test_the_parts_and_those_of_none_are_the_whole_row_for_row(tmp_path_factory, rows, visited):
    folder = tmp_path_factory.mktemp("clinics")
    written(folder, {}, MAPPING)
    ids = [f"P{place}" for place in range(len(rows))]
    frame = pd.DataFrame(rows, columns=["site", "group", "years"]).assign(id=ids, drawn="2026-01-01")
    frame.to_csv(folder / "people.csv", index=False)
    seen = [
        (one, week)
        for (one, week), here in zip(((one, week) for one in ids for week in (0, 6)), visited, strict=False)
        if here
    ]
    visits = pd.DataFrame([*seen, ("P0", 12)], columns=["id", "week"]).assign(pain=3)
    visits.to_csv(folder / "visits.csv", index=False)

    whole, found = read_cohort(folder), values_of(folder, None, "site_id")
    parts = [read_cohort(folder, None, {"site_id": one}) for one in found.people]
    assert found.without + sum(found.people.values()) == len(rows)
    assert [len(one.participants) for one in parts] == list(found.people.values())
    told = set().union(*(people(one) for one in parts))
    assert set(frame["id"][frame["site"] != ""]) == told
    for table, keys in (("participants", ["participant_id"]), ("visits", ["participant_id", "weeks"])):
        frames = [getattr(one, table) for one in parts if getattr(one, table) is not None]
        expected = getattr(whole, table)
        expected = expected[expected["participant_id"].isin(told)]
        together = pd.concat(frames) if frames else expected.iloc[:0]
        pd.testing.assert_frame_equal(
            together.sort_values(keys).reset_index(drop=True),
            expected.sort_values(keys).reset_index(drop=True),
            check_dtype=bool(frames),
        )
