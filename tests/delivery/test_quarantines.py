"""The refused rows of several editions: each edition's stand in a file of its own, and none is lost."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from site_desk import Desk

from lowback.delivery.quarantining import keep_of_edition, keep_of_nobody
from lowback.intake import take_in, values_of
from lowback.publish import editions, read_request
from lowback.study import read_study

MAPPING = """\
cohort: five sites
files:
  - file: people.csv
    columns: {id: {to: participant_id}, site: {to: site_id}, group: {to: arm}}
  - file: visits.csv
    columns: {id: {to: participant_id}, week: {to: weeks, unit: weeks}, pain: {to: pain_nrs, unit: NRS points}}
"""
PEOPLE = """\
id,site,group
D1,Delft,stretching
D2,Delft,usual care
G1,Gouda,stretching
G2,Gouda,usual care
N1,,stretching
"""
BAD = ("G1,12,11", "G2,0,five")
STRAY = "N1,0,3"
VISITS = "id,week,pain\nD1,0,5\nD1,12,4\nD2,0,6\nD2,12,6\n" + "\n".join((*BAD, STRAY)) + "\n"


@pytest.fixture
def shared(tmp_path: Path) -> Desk:
    """One file of all sites, of which Gouda's rows are refused and one person's site is not known."""
    desk = Desk(tmp_path)
    (tmp_path / "mapping.yml").write_text(MAPPING, encoding="utf-8")
    (tmp_path / "people.csv").write_text(PEOPLE, encoding="utf-8")
    (tmp_path / "visits.csv").write_text(VISITS, encoding="utf-8")
    ask(desk)
    return desk


def ask(desk: Desk, *lines: str) -> Path:
    text = (
        "title: A trial\nmapping: mapping.yml\nstudy: study.yml\nfor_each: site\nnotebooks: [notes.ipynb]\n"
    )
    request = desk.folder / "weekly.yml"
    request.write_text(text + "".join(f"{line}\n" for line in lines), encoding="utf-8")
    return request


def rows_in(file: Path) -> list[str]:
    with file.open(encoding="utf-8", newline="") as text:
        return [",".join(json.loads(row["source_row"]).values()) for row in csv.DictReader(text)]


def kept_in(folder: Path) -> dict[str, list[str]]:
    return {one.name: sorted(rows_in(one)) for one in folder.glob("quarantine*")}


def test_each_edition_leaves_its_refused_rows_and_the_run_those_of_nobody(shared):
    ran = shared.run("report", "weekly.yml", "--jobs", 1, "--retries", 0)
    assert ran.returncode == 3, ran.stdout + ran.stderr
    found = kept_in(shared.folder)
    assert found == {
        "quarantine.weekly.gouda.csv": sorted(BAD),
        "quarantine.weekly.in no edition.csv": sorted((STRAY, "N1,,stretching")),
    }
    assert (
        f"weekly/gouda: 2 rows refused or with a value set aside, word for word: {shared.folder}"
        in ran.stdout
    )
    assert "weekly.yml, in no edition: 2 rows" in ran.stdout
    assert list((shared.folder / "weekly").rglob("quarantine*")) == []


def test_an_edition_made_alone_leaves_the_rows_of_the_others_where_they_are(shared):
    whole = shared.folder / "quarantine.csv"
    whole.write_text("file,row,rule,source_row\nof,another,report,\n", encoding="utf-8")
    before = whole.read_bytes()
    assert shared.run("report", "weekly.yml", "--only", "Gouda").returncode == 5
    assert whole.read_bytes() == before
    assert sorted(rows_in(shared.folder / "quarantine.weekly.gouda.csv")) == sorted(BAD)


def test_rows_that_were_mended_are_kept_no_longer(shared):
    request = read_request(shared.folder / "weekly.yml")
    _, gouda = editions(request, read_study(request.study), ["Delft", "Gouda"])
    first = keep_of_edition(gouda, take_in(request.mapping, None, gouda.part))
    assert first is not None
    assert (first.rows, first.place) == (2, shared.folder / "quarantine.weekly.gouda.csv")
    (shared.folder / "visits.csv").write_text(
        VISITS.replace("11", "1").replace("five", "5"), encoding="utf-8"
    )
    assert keep_of_edition(gouda, take_in(request.mapping, None, gouda.part)) is None
    assert rows_in(first.place) == []


def test_of_a_report_for_the_public_no_row_is_kept(shared):
    request = read_request(shared.folder / "weekly.yml").model_copy(update={"audience": "public"})
    _, gouda = editions(request, read_study(request.study), ["Delft", "Gouda"])
    assert keep_of_edition(gouda, take_in(request.mapping, None, gouda.part)) is None
    assert keep_of_nobody(request, values_of(request.mapping, None, "site_id")) is None
    assert kept_in(shared.folder) == {}


def test_rows_that_cannot_be_kept_are_told_of_and_stop_nothing(shared):
    (shared.folder / "quarantine.weekly.gouda.csv").mkdir()
    request = read_request(shared.folder / "weekly.yml")
    _, gouda = editions(request, read_study(request.study), ["Delft", "Gouda"])
    kept = keep_of_edition(gouda, take_in(request.mapping, None, gouda.part))
    assert kept is not None
    assert kept.rows == 2
    assert "holds something else" in kept.problem
