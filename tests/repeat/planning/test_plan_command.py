"""`lowback plan PLAN.yml` prints the designs and keeps every number."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from typer.testing import CliRunner

from lowback.__main__ import app

EXAMPLE = Path(__file__).resolve().parents[3] / "data" / "plan-example" / "plan.yml"


def lowback(*arguments: object) -> str:
    ran = CliRunner().invoke(app, [str(one) for one in arguments])
    assert ran.exit_code == 0, ran.output
    return ran.output


def test_the_example_is_planned_and_kept(tmp_path):
    printed = lowback("plan", EXAMPLE, "--replicates", 40, "--out", tmp_path / "kept")
    assert "Which design has a power of 80 % for hip extension at week 12?" in printed
    assert "\n60            2       3         " in printed
    rows = pd.read_csv(tmp_path / "kept" / "designs.csv", dtype={"design": str})
    assert (rows["statistic"] == "power").sum() == 36
    assert sorted(path.suffix for path in (tmp_path / "kept").iterdir()) == [".csv", ".png", ".png"]


def test_finished_trials_are_kept_and_used_again(tmp_path):
    asked = ("plan", EXAMPLE, "--replicates", 40, "--keep", tmp_path / "trials")
    first = lowback(*asked)
    kept = sorted((tmp_path / "trials").glob("chunk-*.json"))
    times = [one.stat().st_mtime_ns for one in kept]
    assert kept
    assert lowback(*asked) == first
    assert [one.stat().st_mtime_ns for one in kept] == times
    other = CliRunner().invoke(
        app, ["plan", str(EXAMPLE), "--replicates", "41", "--keep", str(tmp_path / "trials")]
    )
    assert "name another folder" in str(other.exception)


def test_a_wrong_plan_ends_with_its_reason(tmp_path):
    wrong = tmp_path / "plan.yml"
    wrong.write_text(
        EXAMPLE.read_text(encoding="utf-8").replace("readings:", "reading:", 1), encoding="utf-8"
    )
    ran = CliRunner().invoke(app, ["plan", str(wrong)])
    assert "unknown key 'grid.reading'" in str(ran.exception)


def test_a_study_of_ones_own_begins_with_a_plan(tmp_path):
    lowback("new", tmp_path / "mine")
    printed = lowback("plan", tmp_path / "mine" / "plan.yml", "--replicates", 20)
    assert "Which design has a power of 80 % for pain at 12 weeks?" in printed
