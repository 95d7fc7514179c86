"""How reports stand: fresh, or stale by which component, failed, missing or damaged."""

from __future__ import annotations

import io
import json
import os
import shutil
import socket
from dataclasses import asdict

import pytest
from rich.console import Console
from site_desk import Desk
from typer.testing import CliRunner

from lowback.__main__ import app
from lowback.delivery import Order, deliver, stand
from lowback.delivery.verdicts import Stood
from lowback.ending import Ending
from lowback.printed_run import print_standing
from lowback.publish import ingredients, owning
from lowback.publish.freshness import Standing

pytestmark = pytest.mark.usefixtures("software_keeps_still")


@pytest.fixture(scope="module")
def first(tmp_path_factory) -> Desk:
    """A published report."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("lowback.publish.ingredients.sources_hash", lambda: "the same")
        desk = Desk(tmp_path_factory.mktemp("first"))
        (desk.folder / "rules.py").write_text("x = 1\n", encoding="utf-8")
        (found,) = deliver(Order((desk.ask(sites=False),)))
    assert found.ending is Ending.DONE, found.failures
    return desk


@pytest.fixture
def published(first, tmp_path) -> Desk:
    """The same in a folder that a test may spoil."""
    shutil.copytree(first.folder, tmp_path, dirs_exist_ok=True)
    desk = Desk.__new__(Desk)
    desk.folder = tmp_path
    return desk


def standing(desk: Desk, **how):
    (found,) = stand(Order((desk.folder / "weekly.yml",)), **how)
    return found.standing


def test_an_untouched_report_is_fresh_and_making_it_again_runs_nothing(published, monkeypatch):
    assert standing(published).state == "fresh"
    monkeypatch.setattr("lowback.delivery.delivering._tasks", None)
    (found,) = deliver(Order((published.folder / "weekly.yml",)))
    assert found.unchanged
    assert CliRunner().invoke(app, ["status", str(published.folder / "weekly.yml")]).exit_code == 0


@pytest.mark.parametrize(
    ("file", "old", "new", "component", "named"),
    [
        ("data/Delft/visits.csv", "P0,0,", "P0,0,1", "data", "data/Delft/visits.csv"),
        ("mapping.yml", "five sites", "six sites", "mapping", "mapping.yml"),
        ("study.yml", "A trial", "Our trial", "study", "study.yml"),
        ("weekly.yml", "title: A trial", "title: Another\nparameters: {turn: 1}", "parameters", ""),
        ("notes.ipynb", "mean()", "median()", "notebook", "notes.ipynb"),
        ("rules.py", "x = 1", "x = 2", "code", "rules.py"),
    ],
)
def test_a_stale_report_says_which_component_and_file_changed(published, file, old, new, component, named):
    path = published.folder / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    found = standing(published)
    assert (found.state, found.changed) == ("stale", (component,))
    assert named in found.why[0]


def test_other_software_is_told_by_name(published, monkeypatch):
    now = {**ingredients.installed(), "pandas": "4.0"}
    monkeypatch.setattr(ingredients, "installed", lambda: now)
    monkeypatch.setattr("lowback.publish.ingredients.sources_hash", lambda: "another")
    found = standing(published)
    assert found.changed == ("code", "lock")
    assert "lowback's own files" in found.why[0]
    assert found.why[1].startswith("lock changed: pandas ")
    assert found.why[1].endswith(", now 4.0")


def test_a_new_certificate_makes_a_report_stale(published):
    certificate = published.folder / "weekly.certificate.json"
    certificate.write_text('{"kind": "lowback certificate", "certified": []}', encoding="utf-8")
    found = standing(published)
    assert (found.state, found.changed) == ("stale", ("certificate",))
    assert "weekly.certificate.json is new" in found.why[0]


@pytest.mark.parametrize("spoilt", ["cut", "gone", "added", "same size", "no manifest"])
def test_a_damaged_report_is_told_from_a_fresh_one(published, spoilt):
    report = published.folder / "weekly"
    table = report / "estimates.csv"
    if spoilt == "cut":
        table.write_bytes(table.read_bytes()[:-5])
    elif spoilt == "gone":
        table.unlink()
    elif spoilt == "added":
        (report / "thesis.txt").write_text("mine", encoding="utf-8")
    elif spoilt == "same size":
        table.write_bytes(table.read_bytes()[:-2] + b"9\n")
    else:
        (report / "manifest.json").write_text("{", encoding="utf-8")
    assert standing(published).state == "damaged"


def test_only_a_look_at_every_byte_finds_a_change_that_hides_its_time(published):
    table = published.folder / "weekly" / "estimates.csv"
    before = table.stat()
    table.write_bytes(table.read_bytes()[:-2] + b"9\n")
    os.utime(table, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert standing(published).state == "fresh"
    assert standing(published, verify=True).state == "damaged"


def test_a_report_that_was_never_made_is_missing_and_one_that_failed_says_when_and_why(published):
    shutil.rmtree(published.folder / "weekly")
    assert standing(published).state == "missing"
    (published.folder / "data" / "Delft" / "visits.csv").write_text(
        "id,week,pain\nP0,0,11\n", encoding="utf-8"
    )
    assert [one.ending for one in deliver(Order((published.folder / "weekly.yml",)))] == [
        Ending.INPUT_REFUSED
    ]
    found = standing(published)
    assert (found.state, found.kind) == ("failed", "INPUT_REFUSED")
    assert "the cohort is refused" in found.why[0]
    assert found.when.endswith("Z")


def test_a_report_that_was_never_made_of_a_file_that_cannot_be_read_is_not_called_stale(published):
    visits = published.folder / "data" / "Delft" / "visits.csv"
    content = visits.read_bytes()
    visits.unlink()
    visits.mkdir()
    assert standing(published).state == "stale"
    shutil.rmtree(published.folder / "weekly")
    found = standing(published)
    assert found.state == "missing"
    assert "cannot be read" in found.why[0]
    assert [one.ending for one in deliver(Order((published.folder / "weekly.yml",)))] == [
        Ending.INPUT_REFUSED
    ]
    assert standing(published).state == "failed"
    visits.rmdir()
    visits.write_bytes(content)


def test_a_line_each_says_how_reports_stand_however_many_findings_there_are():
    why = "the cohort is refused (3 findings): visits.csv row 2\nvisits.csv row 3\nvisits.csv row 4"
    shown = io.StringIO()
    stood = [
        Stood(name, None, Standing("failed", (why,), kind="INPUT_REFUSED", when="today")) for name in "ab"
    ]
    print_standing(Console(file=shown, width=400), stood)
    told = "failed (input refused, today): the cohort is refused (3 findings): visits.csv row 2"
    assert shown.getvalue() == f"a: {told}\nb: {told}\nEditions: 2. failed 2.\n"


def test_a_failure_that_is_over_is_forgotten(published):
    visits = published.folder / "data" / "Delft" / "visits.csv"
    good = visits.read_bytes()
    visits.write_text("id,week,pain\nP0,0,11\n", encoding="utf-8")
    order = Order((published.folder / "weekly.yml",))
    assert [one.ending for one in deliver(order)] == [Ending.INPUT_REFUSED]
    assert standing(published).state == "failed"
    visits.write_bytes(good)
    assert standing(published).state == "fresh"
    assert [one.unchanged for one in deliver(order)] == [True]
    assert published.left_over() == []


def test_what_a_killed_run_left_is_cleared_away_by_the_next(published):
    for name in (".weekly.new-0123", ".lowback-run-0123"):
        (published.folder / name).mkdir()
    owner = asdict(owning.Owner(socket.gethostname(), os.getpid(), "1", "", 0))
    record = published.folder / ".lowback-run-0123" / "owner"
    record.touch()
    record.write_text(json.dumps({**owner, "file": record.stat().st_ino}), encoding="utf-8")
    deliver(Order((published.folder / "weekly.yml",), force=True))
    assert published.left_over() == []


def test_the_command_prints_json_and_ends_with_3_unless_all_are_fresh(published):
    (published.folder / "study.yml").write_text(
        (published.folder / "study.yml").read_text(encoding="utf-8") + "\n", encoding="utf-8"
    )
    ran = CliRunner().invoke(app, ["status", "--json", str(published.folder / "weekly.yml")])
    assert ran.exit_code == Ending.PARTLY_FAILED
    (row,) = json.loads(ran.stdout)
    assert (row["edition"], row["state"], row["changed"]) == ("weekly", "stale", ["study"])
    plain = CliRunner().invoke(app, ["status", str(published.folder / "weekly.yml")])
    assert plain.stdout.splitlines()[0] == "weekly: stale: study changed: study.yml"


def test_a_request_that_cannot_be_read_fails_alone(published):
    found = stand(Order((published.folder / "absent.yml", published.folder / "weekly.yml")))
    assert [one.standing.state for one in found] == ["failed", "fresh"]
