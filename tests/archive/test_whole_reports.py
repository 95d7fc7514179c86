from __future__ import annotations

import json

import pytest
from tiny_reports import past, row, write_report

from lowback.archive.reading import NotWholeError, previous_run, read_report


def change_manifest(folder, **changes):
    path = folder / "manifest.json"
    content = json.loads(path.read_text(encoding="utf-8")) | changes
    path.write_text(json.dumps(content), encoding="utf-8")


def test_a_report_is_read_by_its_folder_or_by_its_manifest(tmp_path):
    folder = write_report(tmp_path / "trial", [row(estimate="-0.30000000000000004")])
    (one,) = read_report(folder).statistics.values()
    assert one.estimate == -0.1 - 0.2
    assert read_report(folder / "manifest.json").statistics == read_report(folder).statistics


def test_rows_alike_in_analysis_estimand_and_term_are_told_apart(tmp_path):
    found = read_report(write_report(tmp_path / "trial", [row(), row(estimate=-2)])).statistics
    assert [(key[3], one.estimate) for key, one in found.items()] == [(0, -1.0), (1, -2.0)]


def test_what_a_row_has_not_is_missing_and_not_zero(tmp_path):
    (one,) = read_report(
        write_report(tmp_path / "t", [row(std_error="", conf_low="", conf_high="")])
    ).statistics.values()
    assert one.number("std_error") != one.number("std_error")
    assert not one.has_interval


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda folder: (folder / "manifest.json").unlink(), "no report"),
        (lambda folder: (folder / "manifest.json").write_text("{"), "no report"),
        (lambda folder: (folder / "manifest.json").write_text("[]"), "no report"),
        (lambda folder: change_manifest(folder, kind="shopping list"), "no report"),
        (lambda folder: change_manifest(folder, outputs=None), "is damaged"),
        (lambda folder: change_manifest(folder, outputs=[7]), "is damaged"),
        (lambda folder: change_manifest(folder, outputs=[]), "is damaged"),
        (lambda folder: change_manifest(folder, study=[]), "is damaged"),
        (lambda folder: (folder / "estimates.csv").write_text("x"), "estimates.csv has changed since"),
        (lambda folder: (folder / "report.html").unlink(), "report.html is missing"),
        (lambda folder: (folder / "more.txt").write_text("x"), "more.txt is not part of the report"),
    ],
)
def test_a_damaged_report_is_refused_by_name(tmp_path, spoil, said):
    folder = write_report(tmp_path / "trial")
    spoil(folder)
    with pytest.raises(NotWholeError, match=said):
        read_report(folder)


def test_an_absent_folder_is_refused(tmp_path):
    with pytest.raises(NotWholeError, match="no report"):
        read_report(tmp_path / "nowhere")


def test_the_run_before_comes_from_the_history_and_the_manifest(tmp_path):
    history = [past("2026-11-02", -1.0), past("2026-11-09", -1.2), past("2026-11-16", -1.5)]
    folder = write_report(
        tmp_path / "trial", history=history, previous={"fingerprint": "key of 2026-11-09", "inputs": []}
    )
    before, after = previous_run(folder)
    assert [one.estimate for one in before.statistics.values()] == [-1.2]
    assert [one.estimate for one in after.statistics.values()] == [-1.5]
    assert before.manifest["fingerprint"] == "key of 2026-11-09"


@pytest.mark.parametrize(
    ("history", "previous", "said"),
    [
        ([], None, "no run before"),
        ([past("2026-11-16", -1.0)], None, "no run before"),
        ([past("2026-11-09", -1.2), past("2026-11-16", -1.5)], {"fingerprint": "another"}, "does not end with"),
    ],
)  # fmt: skip
def test_without_a_run_before_there_is_nothing_to_compare(tmp_path, history, previous, said):
    folder = write_report(tmp_path / "trial", history=history, previous=previous)
    with pytest.raises(NotWholeError, match=said):
        previous_run(folder)
