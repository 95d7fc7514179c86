from __future__ import annotations

import os
from pathlib import Path

import pandas as pd
import pytest

from lowback.intake import read_cohort
from lowback.publish import read_request
from lowback.simulate import SimulationError, simulate, simulated_study, write_simulated
from lowback.study import cohort_problems, read_study

FILES = {
    "README.md",
    "checkins.csv",
    "mapping.yml",
    "participants.csv",
    "report.yml",
    "study.yml",
    "truth.csv",
    "visits.csv",
}
EXAMPLE = Path(__file__).resolve().parents[2] / "data" / "example"


def contents(folder):
    return {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()}


def test_the_tracked_example_is_what_its_command_makes(tmp_path):
    write_simulated(simulate("literature", 160, 1), tmp_path / "example")
    assert "--scenario literature --participants 160 --seed 1 " in (EXAMPLE / "README.md").read_text()
    assert contents(EXAMPLE) == contents(tmp_path / "example")
    assert sum(len(content) for content in contents(EXAMPLE).values()) < 1_000_000


def test_the_tracked_trial_of_the_mechanism_is_what_its_scenario_makes(tmp_path):
    folder = EXAMPLE.with_name("mechanism-example")
    write_simulated(simulate(folder / "scenario.yml", 80, 1), tmp_path / "made")
    ours, made = contents(folder), contents(tmp_path / "made")
    for name in ("participants.csv", "visits.csv", "checkins.csv", "mapping.yml", "truth.csv"):
        assert ours[name] == made[name]
    assert cohort_problems(read_study(folder / "study.yml"), read_cohort(folder / "mapping.yml")) == []


def test_the_files_read_back_through_the_mapping_are_the_cohort(tmp_path):
    made = simulate("mechanism", 40, 7)
    write_simulated(made, tmp_path / "cohort")
    read, known = read_cohort(tmp_path / "cohort" / "mapping.yml"), made.cohort()
    for table in ("participants", "visits", "checkins"):
        ours = getattr(known, table)
        theirs = getattr(read, table)[list(ours)]
        pd.testing.assert_frame_equal(theirs, ours, check_dtype=False, check_categorical=False)
    assert read_study(tmp_path / "cohort" / "study.yml") == simulated_study()


def test_every_simulated_cohort_brings_the_request_of_its_report(tmp_path):
    for scenario in ("literature", "mechanism", "null"):
        write_simulated(simulate(scenario, 20, 1), tmp_path / scenario)
        request = read_request(tmp_path / scenario / "report.yml")
        assert scenario in request.title
        assert cohort_problems(read_study(request.study), read_cohort(request.mapping)) == []


def test_an_earlier_simulation_is_replaced_and_what_is_not_ours_stays(tmp_path):
    write_simulated(simulate("null", 20, 1), tmp_path / "out")
    (tmp_path / "out" / "notes.txt").write_text("mine")
    write_simulated(simulate("mechanism", 30, 2), tmp_path / "out")
    assert set(contents(tmp_path / "out")) == {*FILES, "notes.txt"}
    assert len(pd.read_csv(tmp_path / "out" / "participants.csv")) == 30
    assert [one.name for one in tmp_path.iterdir()] == ["out"]


def test_a_folder_of_something_else_is_refused_and_left_alone(tmp_path):
    (tmp_path / "participants.csv").write_text("real people")
    (tmp_path / "README.md").write_text("# Our trial")
    with pytest.raises(SimulationError, match="holds other files; allowed a new folder"):
        write_simulated(simulate("null", 20, 1), tmp_path)
    assert (tmp_path / "participants.csv").read_text() == "real people"


def test_a_file_in_the_way_is_refused(tmp_path):
    (tmp_path / "out").write_text("")
    with pytest.raises(SimulationError, match="is a file"):
        write_simulated(simulate("null", 20, 1), tmp_path / "out")


def test_a_failure_on_the_way_leaves_the_earlier_files_whole(tmp_path, monkeypatch):
    write_simulated(simulate("null", 20, 1), tmp_path / "out")
    before = contents(tmp_path / "out")

    def full(*_: object, **__: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr("lowback.simulate.documents._write_truth", full)
    with pytest.raises(OSError, match="no space"):
        write_simulated(simulate("mechanism", 30, 2), tmp_path / "out")
    assert contents(tmp_path / "out") == before
    assert [one.name for one in tmp_path.iterdir()] == ["out"]


def test_an_empty_or_nested_new_folder_is_written_to(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    os.mkdir("empty")
    write_simulated(simulate("null", 20, 1), tmp_path / "empty")
    write_simulated(simulate("null", 20, 1), tmp_path / "a" / "b")
    assert contents(tmp_path / "empty") == contents(tmp_path / "a" / "b")
    assert set(contents(tmp_path / "empty")) == FILES
