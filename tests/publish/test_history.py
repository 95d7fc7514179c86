"""The history of estimates from report to report; its rows by hand."""

from __future__ import annotations

import pandas as pd
import pytest

from lowback.publish import history
from lowback.publish.history import (
    COLUMNS,
    bounded,
    carried,
    data_id,
    extended,
    history_text,
    parsed,
    read_history,
    run_rows,
)
from lowback.publish.manifest import write_manifest

ESTIMATES = pd.DataFrame(
    {
        "analysis": ["ancova", "flow"],
        "estimand": ["pain, at week 12", "description"],
        "term": ['stretching "x" vs <b>usual</b> care', "randomised"],
        "estimate": [0.1 + 0.2, 98.0],
        "std_error": [0.3, float("nan")],
        "df": [95.0, float("nan")],
        "conf_low": [-0.3, float("nan")],
        "conf_high": [0.9, float("nan")],
        "p_value": [0.3, float("nan")],
        "unit": ["NRS points", "participants"],
        "n_participants": [98, 98],
    }
)


def run(number, *, key=None, people=98, rows=1):
    told = {
        "run": f"2026-01-{number:02d}T06:00:00Z",
        "data_date": f"2026-01-{number:02d}",
        "key": key or f"k{number}",
    }
    return [
        {**dict.fromkeys(COLUMNS, ""), **told, "term": f"t{row}", "n_participants": str(people)}
        for row in range(rows)
    ]


def write_report(folder, rows, **manifest):
    folder.mkdir()
    (folder / "history.csv").write_text(history_text(rows), encoding="utf-8")
    write_manifest(folder, manifest)
    return folder


def test_a_run_adds_its_estimates_that_have_an_interval_to_the_last_digit():
    (row,) = run_rows(ESTIMATES, run="2026-11-22T06:00:00Z", data_date="2026-11-20", key="k")
    assert float(row["estimate"]) == 0.1 + 0.2
    assert row["term"] == 'stretching "x" vs <b>usual</b> care'
    assert parsed(history_text([row])) == [row]


def test_a_run_of_the_same_key_adds_nothing():
    old = [*run(1), *run(2)]
    assert extended(old, run(3, key="k2")) == old
    assert extended(old, run(2)) == old
    assert extended(old, []) == old


def test_what_came_back_to_an_earlier_state_is_a_run_of_its_own():
    old = [*run(1), *run(2)]
    assert extended(old, run(3, key="k1")) == [*old, *run(3, key="k1")]
    assert extended([], run(1)) == run(1)


def test_a_history_keeps_its_newest_runs_whole(monkeypatch):
    monkeypatch.setattr(history, "MOST_RUNS", 3)
    rows = [row for number in range(1, 6) for row in run(number, rows=2)]
    assert [row["run"][8:10] for row in bounded(rows)] == ["03", "03", "04", "04", "05", "05"]
    monkeypatch.setattr(history, "MOST_ROWS", 5)
    assert {row["run"][8:10] for row in bounded(rows)} == {"04", "05"}
    monkeypatch.setattr(history, "MOST_ROWS", 1)
    assert {row["run"][8:10] for row in bounded(rows)} == {"04", "05"}


def test_a_whole_report_hands_its_history_on(tmp_path):
    folder = write_report(tmp_path / "trial", run(1), fingerprint="k1")
    rows, manifest = carried(folder)
    assert rows == run(1)
    assert manifest["fingerprint"] == "k1"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda folder: (folder / "history.csv").write_text("term\nx\n"),
        lambda folder: (folder / "history.csv").unlink(),
        lambda folder: (folder / "more.txt").write_text("x"),
        lambda folder: (folder / "manifest.json").write_text("{"),
        lambda folder: (folder / "manifest.json").write_text('{"kind": "lowback report", "outputs": [3]}'),
    ],
)
def test_a_damaged_report_hands_nothing_on(tmp_path, spoil):
    folder = write_report(tmp_path / "trial", run(1))
    spoil(folder)
    assert carried(folder) == ([], {})


def test_a_report_of_an_earlier_version_hands_on_its_manifest(tmp_path):
    (tmp_path / "trial").mkdir()
    write_manifest(tmp_path / "trial", {"fingerprint": "k1"})
    rows, manifest = carried(tmp_path / "trial")
    assert rows == []
    assert manifest["fingerprint"] == "k1"


@pytest.mark.parametrize(
    ("before", "now", "rows"),
    [
        ("private", "private", 1),
        ("public", "public", 1),
        ("public", "private", 1),
        ("private", "public", 0),
        (None, "public", 0),
        (None, "private", 1),
        ("friends", "public", 0),
        ("internal", "internal", 1),
        ("internal", "private", 0),
        ("private", "internal", 1),
    ],
)
def test_nothing_passes_from_a_narrower_audience_to_a_wider_one(tmp_path, before, now, rows):
    told = {} if before is None else {"audience": before}
    folder = write_report(tmp_path / "trial", run(1), **told)
    found, manifest = carried(folder, audience=now)
    assert len(found) == rows
    assert bool(manifest) == bool(rows)


def test_rows_that_a_new_smallest_count_forbids_are_dropped(tmp_path):
    folder = write_report(tmp_path / "trial", [*run(1, people=9), *run(2, people=10), *run(3, people="")])
    assert [row["n_participants"] for row in carried(folder, smallest_count=10)[0]] == ["10"]
    assert len(carried(folder)[0]) == 3


def test_data_without_a_date_are_named_by_their_content_whatever_their_order():
    one, other = ({"role": "data", "sha256": text * 64} for text in "ab")
    notebook = {"role": "notebook", "sha256": "c" * 64}
    assert data_id([one, other]) == data_id([other, notebook, one])
    assert data_id([one]) != data_id([other])


def test_a_file_that_is_no_history_is_refused(tmp_path):
    (tmp_path / "history.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(ValueError, match="has columns"):
        read_history(tmp_path)
