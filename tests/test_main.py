"""The command line as a person meets it: what it prints, what it writes, its exit codes."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
from rich.console import Console

from lowback.printed.findings import print_findings

ROOT = Path(__file__).resolve().parents[1]
EXAMPLE = ROOT / "data" / "example"


def lowback(*arguments: object, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "lowback", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, timeout=300, check=False)


def test_check_prints_a_sound_cohort_and_ends_with_0():
    ran = lowback("check", EXAMPLE / "mapping.yml")
    assert ran.returncode == 0, ran.stderr
    assert "participants" in ran.stdout
    assert "Weeks: 0, 4, 8, 12." in ran.stdout


def test_check_names_file_row_column_value_and_rule_and_ends_with_5(tmp_path):
    source = tmp_path / "visits.csv"
    source.write_text("participant_id,weeks,pain_nrs\nP1,0,4\nP2,0,11\n", encoding="utf-8")
    ran = lowback("check", source, "--quarantine", tmp_path / "quarantine.csv")
    assert ran.returncode == 5
    line = next(line for line in ran.stdout.splitlines() if "pain_nrs" in line and "11" in line)
    assert "visits.csv" in line
    assert " 3 " in line
    assert "0 to 10" in line
    assert "11" in (tmp_path / "quarantine.csv").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "arguments",
    [
        ("report", "reports/absent.yml"),
        ("report", "LICENSE"),
        ("check", "absent.csv"),
        ("simulate", "--scenario", "wish", "--participants", "50", "--seed", "1", "--out", "x"),
        ("simulate", "--scenario", "null", "--participants", "-5", "--seed", "1", "--out", "x"),
        ("report", "reports/example.yml", "--forec"),
    ],
)
def test_what_cannot_be_asked_ends_with_2_and_a_sentence(arguments, tmp_path):
    arguments = tuple(str(tmp_path / one) if one == "x" else one for one in arguments)
    ran = lowback(*arguments)
    assert ran.returncode == 2, ran.stdout
    assert ran.stderr.strip()
    assert "Traceback" not in ran.stderr


def test_simulate_writes_a_cohort_with_its_truth(tmp_path):
    ran = lowback(
        "simulate", "--scenario", "null", "--participants", 40, "--seed", 3, "--out", tmp_path / "made"
    )
    assert ran.returncode == 0, ran.stderr
    written = {path.name for path in (tmp_path / "made").iterdir()}
    assert {
        "participants.csv",
        "visits.csv",
        "checkins.csv",
        "truth.csv",
        "study.yml",
        "mapping.yml",
        "report.yml",
    } <= written
    assert f"lowback report {tmp_path / 'made' / 'report.yml'}" in ran.stdout


@pytest.fixture(scope="module")
def new_study(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("own") / "my-study"
    ran = lowback("new", folder)
    assert ran.returncode == 0, ran.stderr
    return folder


@pytest.fixture(scope="module")
def first_report(new_study) -> subprocess.CompletedProcess[str]:
    return lowback("report", new_study / "report.yml")


def test_a_new_study_is_commented_and_its_report_runs(new_study, first_report):
    assert {path.name for path in (new_study / "data").iterdir()} == {
        "participants.csv",
        "visits.csv",
        "checkins.csv",
    }
    for name in ("report.yml", "mapping.yml", "study.yml"):
        assert "# " in (new_study / name).read_text(encoding="utf-8")
    assert lowback("check", new_study / "mapping.yml", "--data", new_study / "data").returncode == 0
    assert first_report.returncode == 0, first_report.stdout + first_report.stderr
    assert (new_study / "report" / "report.html").is_file()
    assert "Published" in first_report.stdout


def test_the_request_of_a_new_study_names_every_page_there_is(new_study):
    text = (new_study / "report.yml").read_text(encoding="utf-8")
    pages = [path.stem for path in (ROOT / "notebooks" / "reports").glob("*.ipynb")]
    assert [page for page in pages if not re.search(rf"\b{page}\b", text)] == []


def test_every_page_answers_a_new_study_or_says_what_it_needs(new_study, tmp_path):
    shutil.copytree(new_study, tmp_path / "all")
    request = tmp_path / "all" / "report.yml"
    # The plan of a study is no cohort, and the sheet of one person is for an internal audience (tests/publish).
    text = re.sub(
        r"^  # - (?!power|.notebook: one_person)",
        "  - ",
        request.read_text(encoding="utf-8"),
        flags=re.MULTILINE,
    )
    request.write_text(text, encoding="utf-8")
    ran = lowback("report", request)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_a_used_folder_is_not_overwritten_by_a_new_study(tmp_path):
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    ran = lowback("new", tmp_path)
    assert ran.returncode == 2
    assert "not empty" in ran.stderr


@pytest.mark.parametrize(
    ("file", "old", "new", "code", "named"),
    [
        ("study.yml", "control_arm: usual care", "control_arm: usual car", 2, "did you mean 'usual care'?"),
        ("study.yml", "weeks: [0, 4, 8, 12]", "weeks: [0, 4, 8, 12, 20]", 2, "no visit at week 20; this cohort has weeks [0, 4, 8, 12]"),
        ("study.yml", "design:", "desing:", 2, "did you mean 'design'?"),
        ("study.yml", "outcome: pain_nrs", "outcome: sex", 2, "has no unit"),
        ("report.yml", "  - effect  ", "  - efect  ", 2, "efect"),
        ("report.yml", "smallest_count: 0", "smallest_count: 0\nparameters: {weks: 6}", 2, "weks"),
        ("mapping.yml", "sign: positive is anterior", "measured_by: radiograph", 5, "sign"),
        ("mapping.yml", "{to: age_years, unit: years}", "{to: age_years, unit: cm}", 5, "age_years"),
        ("data/participants.csv", None, None, 5, "participants.csv"),
    ],
)  # fmt: skip
def test_a_request_that_cannot_be_met_is_refused_before_anything_runs(
    new_study, tmp_path, file, old, new, code, named
):
    folder = tmp_path / "study"
    shutil.copytree(new_study, folder, ignore=shutil.ignore_patterns("report", ".report*"))
    if old is None:
        (folder / file).unlink()
    else:
        text = (folder / file).read_text(encoding="utf-8")
        assert old in text
        (folder / file).write_text(text.replace(old, new), encoding="utf-8")
    ran = lowback("report", folder / "report.yml")
    assert ran.returncode == code, ran.stdout + ran.stderr
    assert named in ran.stdout + ran.stderr
    assert "Traceback" not in ran.stderr
    assert not (folder / "report").exists()


def test_the_published_estimates_are_the_rows_of_all_analyses(new_study, first_report):
    assert first_report.returncode == 0
    with (new_study / "report" / "estimates.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0])[:4] == ["analysis", "estimand", "term", "estimate"]
    assert {"flow", "table_one", "ancova", "mixed", "responders", "within_between"} <= {
        row["analysis"] for row in rows
    }


def refused_visits(folder: Path, count: int) -> Path:
    rows = "".join(f"P{number},0,11\n" for number in range(count))
    (folder / "visits.csv").write_text("participant_id,weeks,pain_nrs\n" + rows, encoding="utf-8")
    return folder / "visits.csv"


def test_check_keeps_the_refused_rows_beside_the_source_and_says_where(tmp_path):
    ran = lowback("check", refused_visits(tmp_path, 1))
    assert ran.returncode == 5
    assert str(tmp_path / "quarantine.csv") in ran.stdout
    assert "P0" in (tmp_path / "quarantine.csv").read_text(encoding="utf-8")


def test_a_quarantine_that_cannot_be_written_ends_with_2_and_a_sentence(tmp_path):
    ran = lowback("check", refused_visits(tmp_path, 1), "--quarantine", tmp_path / "absent" / "rows.csv")
    assert ran.returncode == 2
    assert "absent" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_more_findings_than_a_person_reads_are_counted_and_all_quarantined(tmp_path):
    ran = lowback("check", refused_visits(tmp_path, 5200))
    assert "... and 200 more findings." in ran.stdout
    assert "(5200 findings)" in ran.stdout
    assert len((tmp_path / "quarantine.csv").read_text(encoding="utf-8").splitlines()) == 5201


def test_a_folder_of_data_is_refused_where_no_mapping_could_use_it(tmp_path):
    ran = lowback("check", refused_visits(tmp_path, 1), "--data", tmp_path)
    assert ran.returncode == 2
    assert "is no mapping" in ran.stderr


def test_a_new_study_where_nothing_can_be_made_ends_with_2_and_a_sentence(tmp_path):
    (tmp_path / "file").write_text("x", encoding="utf-8")
    ran = lowback("new", tmp_path / "file" / "study")
    assert ran.returncode == 2
    assert "Traceback" not in ran.stderr


def test_a_report_where_a_file_stands_in_place_of_its_folder_ends_with_2(new_study, tmp_path):
    (tmp_path / "file").write_text("x", encoding="utf-8")
    ran = lowback("report", new_study / "report.yml", "--out", tmp_path / "file")
    assert ran.returncode == 2
    assert "no report can be written there" in ran.stderr


def test_a_column_name_is_never_shortened_on_a_narrow_terminal():
    name = "a_column_whose_name_is_far_longer_than_a_terminal_is_wide_and_still_matters"
    table = pd.DataFrame({"severity": "refused", "file": "visits.csv", "row": 2, "column": [name], "value": "11", "rule": "out of range"})  # fmt: skip
    shown = Console(width=60, record=True, file=io.StringIO())
    print_findings(shown, SimpleNamespace(findings=table, cohort=None, quarantine=table))
    assert "…" not in shown.export_text()


def test_a_run_prints_each_question_with_its_answer_and_where_the_numbers_are(new_study, first_report):
    told = json.loads((new_study / "report" / "manifest.json").read_text(encoding="utf-8"))
    answered = [one for one in told["answers"] if not one["refused"]]
    assert answered
    for one in answered:
        assert f"{one['question']}\n  {one['answer']}\n" in first_report.stdout
    with (new_study / "report" / "estimates.csv").open(encoding="utf-8", newline="") as file:
        count = len(list(csv.DictReader(file)))
    assert f"{count} estimates, unrounded: {new_study / 'report' / 'estimates.csv'}" in first_report.stdout
    assert len(first_report.stdout.splitlines()) < 3 * len(answered) + 6
