"""Cohorts streamed to Parquet: the same as in memory, the same bytes by any number of processes, whole or absent."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from lowback.intake import read_cohort
from lowback.simulate import SimulationError, simulate, simulate_to_parquet, write_simulated
from lowback.simulate.parquet import GROUP
from lowback.simulate.recording.rows import BLOCK
from lowback.simulate.scenario import Scenario, read_scenario

FEW = 300
EVERYTHING = Scenario(
    title="a test",
    says="All that can be recorded is.",
    based_on="literature",
    name="everything",
    parameters={"nrs_to_five": 0.2, "angle_to_five": 0.2, "device_drift_mean": 0.1},
    design={"checkins_a_day": 2},
    measurement={"sites": 3, "raters_a_site": 2, "devices_a_site": 2, "readings": 2},
    missing={"drop_out": "MNAR", "visits": "MAR", "checkins": "MNAR"},
    records=["mood", "flare", "medication_taken"],
)


@pytest.fixture(autouse=True)
def quick_truth(monkeypatch):
    """The truth has tests of its own, and takes longer than all of these together."""
    truth = pd.DataFrame({"value": [1.0], "monte_carlo_se": [0.0]})
    monkeypatch.setattr("lowback.simulate.parquet.truth_of", lambda _: truth)


def digests(folder: Path) -> dict[str, str]:
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in folder.iterdir()}


def test_one_process_and_two_write_the_same_bytes(tmp_path):
    people = GROUP * BLOCK + 100
    counts = [
        simulate_to_parquet("null", people, 5, tmp_path / str(jobs), jobs=jobs, days=7) for jobs in (1, 2)
    ]
    assert counts[0] == counts[1]
    assert digests(tmp_path / "1") == digests(tmp_path / "2")
    written = pq.ParquetFile(tmp_path / "1" / "checkins.parquet")
    assert written.num_row_groups == 2
    assert written.metadata.num_rows == counts[0].checkins
    assert counts[0].participants == people


@pytest.mark.parametrize("scenario", ["literature", EVERYTHING], ids=["literature", "everything"])
def test_intake_reads_back_what_is_simulated_in_memory(scenario, tmp_path):
    simulate_to_parquet(scenario, FEW, 7, tmp_path / "out")
    read, known = read_cohort(tmp_path / "out" / "mapping.yml"), simulate(scenario, FEW, 7).cohort()
    for table in ("participants", "visits", "checkins"):
        ours = getattr(known, table)
        theirs = getattr(read, table)[list(ours)]
        pd.testing.assert_frame_equal(theirs, ours, check_dtype=False, check_categorical=False)


def test_memory_holds_no_more_than_a_group_a_process(tmp_path, monkeypatch):
    asked = []
    from lowback.simulate import parquet

    made, written = parquet.group_tables, parquet.pq.ParquetWriter.write_table

    def counted(*arguments):
        asked.append("made")
        return made(*arguments)

    def noted(self, *arguments, **options):
        asked.append("written")
        return written(self, *arguments, **options)

    monkeypatch.setattr(parquet, "group_tables", counted)
    monkeypatch.setattr(parquet.pq.ParquetWriter, "write_table", noted)
    simulate_to_parquet("null", 2 * GROUP * BLOCK + 1, 5, tmp_path / "out", days=1)
    assert asked == ["made", *["written"] * 3] * 3


def test_files_of_the_other_kind_do_not_stay_behind(tmp_path):
    write_simulated(simulate("null", 20, 1), tmp_path / "out")
    simulate_to_parquet("null", 20, 1, tmp_path / "out")
    names = {file.name for file in (tmp_path / "out").iterdir()}
    assert {name for name in names if name.endswith((".csv", ".parquet"))} == {
        "truth.csv", "participants.parquet", "visits.parquet", "checkins.parquet",
    }  # fmt: skip


def test_a_failure_on_the_way_leaves_the_earlier_files_whole(tmp_path, monkeypatch):
    simulate_to_parquet("null", 20, 1, tmp_path / "out")
    before = digests(tmp_path / "out")

    def full(*_: object, **__: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr("lowback.simulate.parquet.block_tables", full)
    with pytest.raises(OSError, match="no space"):
        simulate_to_parquet("mechanism", 30, 2, tmp_path / "out")
    assert digests(tmp_path / "out") == before
    assert [one.name for one in tmp_path.iterdir()] == ["out"]


def test_a_scenario_of_ones_own_lies_beside_its_cohort_and_makes_it_again(tmp_path):
    simulate_to_parquet(EVERYTHING, 40, 3, tmp_path / "one")
    again = read_scenario(tmp_path / "one" / "scenario.yml")
    assert "--scenario FOLDER/scenario.yml" in (tmp_path / "one" / "README.md").read_text()
    assert again.model_copy(update={"name": EVERYTHING.name}) == EVERYTHING
    simulate_to_parquet(again, 40, 3, tmp_path / "two")
    first, second = digests(tmp_path / "one"), digests(tmp_path / "two")
    assert first["checkins.parquet"] == second["checkins.parquet"]


def test_the_readme_says_what_is_missing_and_why(tmp_path):
    counts = simulate_to_parquet(EVERYTHING, FEW, 3, tmp_path / "out")
    text = (tmp_path / "out" / "README.md").read_text()
    assert f"| people who withdrew | not at random (MNAR) | log odds -3 in each of three periods; log odds +0.2 a point of the pain that would have been recorded from 4 on; -2 per unit of adherence in the period before | {counts.withdrew} of {FEW} |" in text  # fmt: skip
    assert "| visits | at random given the record (MAR) | 0.03 of those due after baseline; log odds +0.3 a point of pain at the last visit from 4 on |" in text  # fmt: skip
    assert f"| {FEW * 168 - counts.checkins} of {FEW * 168}, withdrawal included |" in text


@pytest.mark.parametrize("jobs", [0, -1, True, 2.0])
def test_a_number_of_processes_that_is_none_is_refused(jobs, tmp_path):
    with pytest.raises(SimulationError, match=rf"jobs = {jobs}: allowed whole numbers 1 to 1000"):
        simulate_to_parquet("null", 20, 1, tmp_path / "out", jobs=jobs)
    assert not list(tmp_path.iterdir())
