"""Properties of the whole intake: every cell has a fate, and the form of the files does not matter."""

from __future__ import annotations

import dataclasses
import json
import random
import tempfile
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from clinic_files import VISITS, pain, taken, with_keys, written
from equal_cohorts import differing
from hypothesis import given, settings
from hypothesis import strategies as st

from lowback.intake import Intake, keep_quarantine, take_in, write_quarantine

CELLS = st.one_of(
    st.integers(0, 10).map(str),
    st.sampled_from(["", "-99", "11", "4,5", "NaN", "inf", " 3 ", "1e1", "４", "4 h", "04. Mai", "x", "'", "=1", "1,000"]),
    st.text(st.characters(blacklist_categories=["Cs", "Cc"]), max_size=4),
)  # fmt: skip
WEEKS = [0, 4, 12]


def quoted(rows: list[list[str]]) -> str:
    return "".join(",".join('"' + cell.replace('"', '""') + '"' for cell in row) + "\n" for row in rows)


def take(files: dict[str, str | bytes], mapping: str | None) -> Intake:
    with tempfile.TemporaryDirectory() as folder:
        return take_in(written(Path(folder), files, mapping))


def has_a_fate(cell: str, row: int, intake: Intake) -> bool:
    """Whether a pain score is a value, an empty cell, a missing code or named by a finding."""
    named = intake.findings[(intake.findings["row"] == row) & (intake.findings["severity"] != "note")]
    if (named["column"] == "pain").any():
        return named["value"].tolist() == [cell] and row in intake.quarantine["row"].tolist()
    if intake.cohort is None:
        return bool((intake.findings["severity"] == "refused").any())
    visit = intake.cohort.visits.set_index("participant_id").loc[f"P{row}"]
    if cell.strip() == "":
        return bool(pd.isna(visit["pain_nrs"]))
    if cell.strip() == "-99":
        return f"P{row}" in intake.cohort.missing_reasons["participant_id"].tolist()
    return visit["pain_nrs"] == float(cell)


@pytest.mark.parametrize("policy", ["refuse", "set aside"])
@settings(max_examples=30)
@given(cells=st.lists(CELLS, min_size=1, max_size=12))
def test_every_cell_becomes_a_value_a_reason_or_a_finding(policy: str, cells: list[str]) -> None:
    rows = [["id", "week", "pain"], *([f"P{row}", "0", cell] for row, cell in enumerate(cells, start=2))]
    intake = take(
        {"visits.csv": quoted(rows)}, with_keys(missing='{"-99": declined}', impossible_values=policy)
    )
    assert all(has_a_fate(cell, row, intake) for row, cell in enumerate(cells, start=2))
    assert intake.cohort is not None or policy == "refuse"
    for entry in intake.quarantine.itertuples():
        assert list(json.loads(entry.source_row).values()) == rows[entry.row - 1]


def test_a_lost_cell_would_be_noticed() -> None:
    intake = take({"visits.csv": "id,week,pain\nP2,0,11\nP3,0,4\n"}, with_keys(impossible_values="set aside"))
    assert has_a_fate("11", 2, intake)
    silent = dataclasses.replace(intake, findings=intake.findings.iloc[:0])
    assert not has_a_fate("11", 2, silent)
    assert not has_a_fate("5", 3, intake)


@settings(max_examples=30)
@given(content=st.binary(max_size=60))
def test_no_bytes_at_all_break_the_intake(content: bytes) -> None:
    intake = take({"visits.csv": b"id,week,pain\n" + content}, VISITS)
    assert (intake.cohort is None) == (intake.findings["severity"] == "refused").any()


scores = st.dictionaries(
    st.tuples(st.sampled_from(["P1", "P2", "007", "Ä, b"]), st.sampled_from(WEEKS)),
    st.integers(0, 10),
    min_size=1,
)


def long_rows(given_scores: dict[tuple[str, int], int]) -> list[list[str]]:
    return [[person, str(week), str(score)] for (person, week), score in given_scores.items()]


@settings(max_examples=12)
@given(found=scores)
def test_long_and_wide_forms_give_equal_cohorts(found: dict[tuple[str, int], int]) -> None:
    people = sorted({person for person, _ in found})
    wide = [[person, *(str(found.get((person, week), "")) for week in WEEKS)] for person in people]
    columns = '      id: {to: participant_id}\n      "pain_{week}": {to: pain_nrs, unit: NRS points}\n'
    mapping = f"cohort: clinic\nfiles:\n  - file: visits.csv\n    columns:\n{columns}"
    from_wide = take({"visits.csv": quoted([["id", *(f"pain_{week}" for week in WEEKS)], *wide])}, mapping)
    from_long = take({"visits.csv": quoted([["id", "week", "pain"], *long_rows(found)])}, VISITS)
    assert pain(from_long) == {(person, float(week)): score for (person, week), score in found.items()}
    assert not differing(from_wide.cohort, from_long.cohort)


@settings(max_examples=12)
@given(found=scores, seed=st.integers(0, 99))
def test_the_order_of_rows_and_columns_does_not_matter(found: dict[tuple[str, int], int], seed: int) -> None:
    rows, order = long_rows(found), [0, 1, 2]
    shuffle = random.Random(seed).shuffle
    plain = take({"visits.csv": quoted([["id", "week", "pain"], *rows])}, VISITS)
    shuffle(rows)
    shuffle(order)
    turned = [[row[place] for place in order] for row in [["id", "week", "pain"], *rows]]
    assert not differing(take({"visits.csv": quoted(turned)}, VISITS).cohort, plain.cohort)


@settings(max_examples=10)
@given(found=scores)
def test_parquet_and_csv_give_equal_cohorts(found: dict[tuple[str, int], int]) -> None:
    rows = long_rows(found)
    table = pa.table(
        {
            "id": [row[0] for row in rows],
            "week": pa.array([int(row[1]) for row in rows], pa.int16()),
            "pain": pa.array([float(row[2]) for row in rows]),
        }
    )
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink)
    mapping = VISITS.replace("visits.csv", "visits.parquet")
    from_parquet = take({"visits.parquet": sink.getvalue().to_pybytes()}, mapping)
    from_csv = take({"visits.csv": quoted([["id", "week", "pain"], *rows])}, VISITS)
    assert not differing(from_parquet.cohort, from_csv.cohort)


def test_the_quarantine_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    intake = take({"visits.csv": 'id,week,pain\n"P,1",0,11\n'}, VISITS)
    target = tmp_path / "quarantine.csv"
    write_quarantine(intake, target)
    back = pd.read_csv(target)
    assert json.loads(back["source_row"].item()) == {"id": "P,1", "week": "0", "pain": "11"}
    assert [path.name for path in tmp_path.iterdir()] == ["quarantine.csv"]
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(OSError, match="folder.csv"):
        write_quarantine(intake, tmp_path / "folder.csv")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder.csv", "quarantine.csv"]


def test_a_header_that_stands_again_is_no_person_and_is_kept_in_quarantine(tmp_path):
    mapping = (
        "cohort: c\nfiles: [{file: visits.csv, columns: {id: {to: participant_id}, group: {to: arm}}}]\n"
    )
    intake = taken(tmp_path, "id,group\nP1,a\nid,group\nP2,b\n", mapping)
    assert intake.cohort is None
    assert intake.quarantine["source_row"].tolist() == ['{"id": "id", "group": "group"}']


def test_the_quarantine_stands_beside_the_source_until_no_row_needs_it(tmp_path):
    bad = taken(tmp_path, "id,week,pain\nP1,0,11\n")
    assert keep_quarantine(bad, tmp_path / "mapping.yml") == tmp_path / "quarantine.csv"
    assert "out of range" in (tmp_path / "quarantine.csv").read_text(encoding="utf-8")
    good = taken(tmp_path, "id,week,pain\nP1,0,1\n")
    assert keep_quarantine(good, tmp_path) is None
    assert (tmp_path / "quarantine.csv").read_text(encoding="utf-8") == "file,row,rule,source_row\n"


def test_a_sound_source_leaves_no_quarantine(tmp_path):
    assert keep_quarantine(taken(tmp_path, "id,week,pain\nP1,0,1\n"), tmp_path) is None
    assert not (tmp_path / "quarantine.csv").exists()


def test_a_file_of_that_name_that_is_no_quarantine_is_not_overwritten(tmp_path):
    (tmp_path / "quarantine.csv").write_text("id,isolated\nP1,yes\n", encoding="utf-8")
    with pytest.raises(FileExistsError, match="--quarantine"):
        keep_quarantine(taken(tmp_path, "id,week,pain\nP1,0,11\n"), tmp_path)
    assert (tmp_path / "quarantine.csv").read_text(encoding="utf-8") == "id,isolated\nP1,yes\n"
