"""Runs over five sites: what one meets stops no other, and how each ends; `LOWBACK_KILLS=1 pytest tests/delivery` for the slow ones too."""

from __future__ import annotations

import errno
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from site_desk import SHOWS, SITES, Desk, estimates, write_notebook, write_site

from lowback import frozen
from lowback.checked_yaml import ConfigurationError
from lowback.delivery import Order, deliver, ending_together, making
from lowback.ending import Ending
from lowback.publish import building, verify_report
from lowback.publish.placing import locked

SLOW = pytest.mark.skipif("LOWBACK_KILLS" not in os.environ, reason="slow; set LOWBACK_KILLS=1")
MISBEHAVES = """\
import os, sys, time
site = os.path.basename(data)
if site == "Gouda": raise ValueError("no such thing")
if site == "Leiden": os._exit(0)
if site == "Utrecht": time.sleep(60)
if site == "Zeist": sys.exit()
"""
KILLS_ITS_MAKER = """\
import os, pathlib, signal
site, mark = os.path.basename(data), pathlib.Path(data, "killed")
def parent_of(process):
    return int(pathlib.Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])
if site == "Zeist" or (site == "Gouda" and not mark.exists()):
    mark.touch()
    maker = parent_of(parent_of(os.getpid()))
    # Once its maker is dead, the next of kin is somebody else's process.
    if any(word in pathlib.Path(f"/proc/{maker}/cmdline").read_bytes() for word in (b"loky", b"weekly.yml")):
        os.kill(maker, signal.SIGKILL)
    __import__("time").sleep(30)
"""


@pytest.fixture(scope="module")
def published(tmp_path_factory) -> Desk:
    """Five sites, published by two processes."""
    desk = Desk(tmp_path_factory.mktemp("sites"))
    ran = desk.run("report", "weekly.yml", "--jobs", 2)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stdout.strip() == "Editions: 5. published 5."
    assert sorted(re.findall(r"^weekly/(\w+): started$", ran.stderr, re.M)) == sorted(
        one.lower() for one in SITES
    )
    assert len(re.findall(r"^weekly/\w+: published in \d+ s$", ran.stderr, re.M)) == 5
    return desk


def endings(delivered) -> dict[str, Ending]:
    return {one.folder.name.capitalize(): one.ending for one in delivered}


def test_one_bad_site_stops_no_other_and_one_process_gives_the_same_bytes_as_two(published):
    gouda = published.folder / "data" / "Gouda" / "visits.csv"
    good = gouda.read_text(encoding="utf-8")
    gouda.write_text(good.replace("P3,12,", "P3,12,11"), encoding="utf-8")
    again = published.folder / "again"
    delivered = deliver(Order((published.folder / "weekly.yml",), out=again, jobs=1))
    gouda.write_text(good, encoding="utf-8")
    assert ending_together(delivered) is Ending.PARTLY_FAILED
    assert endings(delivered) == {**dict.fromkeys(SITES, Ending.DONE), "Gouda": Ending.INPUT_REFUSED}
    assert "the cohort is refused" in delivered[1].failures[0]
    others = [one for one in SITES if one != "Gouda"]
    assert estimates(published.folder / "again" / "weekly", others) == estimates(
        published.folder / "weekly", others
    )
    assert not (published.folder / "again" / "weekly" / "gouda").exists()
    record = json.loads(
        (published.folder / "again/weekly/.gouda.failed/failure.json").read_text(encoding="utf-8")
    )
    assert (record["kind"], record["code"]) == ("INPUT_REFUSED", 5)
    assert published.left_over() == []


@pytest.mark.skipif(sys.platform != "linux", reason="tells the dead from the living by /proc")
def test_the_record_of_a_run_that_died_goes_although_its_report_is_up_to_date(published):
    record = published.folder / "weekly" / ".gouda.owner"
    write = f"from pathlib import Path; from lowback.publish.owning import write_owner; write_owner(Path({str(record)!r}))"
    subprocess.run([sys.executable, "-c", write], check=True)
    ran = published.run("report", "weekly.yml")
    assert ran.stdout.strip() == "Editions: 5. unchanged 5.", ran.stdout
    assert not record.exists()


def test_each_kind_of_failure_has_its_own_ending_and_only_what_can_pass_is_tried_again(desk):
    write_notebook(desk.folder / "notes.ipynb", MISBEHAVES, SHOWS)
    request = desk.ask("cell_seconds: 2", "retries: 1")
    delivered = deliver(Order((request,), jobs=1))
    assert endings(delivered) == {
        "Delft": Ending.DONE,
        "Gouda": Ending.PARTLY_FAILED,
        "Leiden": Ending.KERNEL_DIED,
        "Utrecht": Ending.TIME_LIMIT,
        "Zeist": Ending.PARTLY_FAILED,
    }
    assert [one.tries for one in delivered] == [1, 1, 2, 1, 1]
    assert ending_together(delivered) is Ending.PARTLY_FAILED
    assert verify_report(desk.folder / "weekly" / "delft") == []
    codes = {site: _record(desk, site)["code"] for site in SITES[1:]}
    assert codes == {"Gouda": 3, "Leiden": 7, "Utrecht": 6, "Zeist": 3}
    assert "SystemExit" in _record(desk, "Zeist")["sentence"]


def _record(desk: Desk, site: str) -> dict:
    path = desk.folder / "weekly" / f".{site.lower()}.failed" / "failure.json"
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize(("only", "code"), [pytest.param("Leiden", 7, marks=SLOW), ("Utrecht", 6)])
def test_one_edition_alone_ends_the_command_with_its_own_code(desk, only, code):
    write_notebook(desk.folder / "notes.ipynb", MISBEHAVES, SHOWS)
    desk.ask("cell_seconds: 1", "retries: 0")
    ran = desk.run("report", "weekly.yml", "--only", only)
    assert ran.returncode == code
    assert "Nothing was published" in ran.stdout


@SLOW
@pytest.mark.skipif(not Path("/proc").is_dir(), reason="finds the process to kill by /proc")
def test_a_process_that_dies_takes_only_the_edition_with_it_that_kills_it_each_time(desk):
    write_notebook(desk.folder / "notes.ipynb", KILLS_ITS_MAKER, SHOWS)
    delivered = deliver(Order((desk.ask("retries: 1"),), only=("Delft", "Gouda", "Zeist"), jobs=2))
    assert endings(delivered) == {"Delft": Ending.DONE, "Gouda": Ending.DONE, "Zeist": Ending.KERNEL_DIED}
    assert "the process that made the report died" in delivered[-1].failures[0]
    assert all(verify_report(desk.folder / "weekly" / site) == [] for site in ("delft", "gouda"))
    assert desk.left_over() == []
    assert desk.left_over("weekly") == [".zeist.failed"]
    assert _record(desk, "Zeist")["kind"] == "KERNEL_DIED"


@SLOW
@pytest.mark.skipif(not Path("/proc").is_dir(), reason="finds the process to kill by /proc")
def test_a_fork_of_the_command_that_dies_takes_only_its_edition_with_it(desk):
    write_notebook(desk.folder / "notes.ipynb", KILLS_ITS_MAKER, SHOWS)
    desk.ask("retries: 1")
    only = [word for site in ("Delft", "Gouda", "Zeist") for word in ("--only", site)]
    ran = desk.run("report", "weekly.yml", *only, "--jobs", 2)
    assert ran.returncode == Ending.PARTLY_FAILED, ran.stdout + ran.stderr
    assert "Editions: 3. published 2, " in ran.stdout
    assert "the process that made the report died" in ran.stdout
    assert all(verify_report(desk.folder / "weekly" / site) == [] for site in ("delft", "gouda"))
    assert desk.left_over() == []
    assert desk.left_over("weekly") == [".zeist.failed"]


def test_a_full_disk_is_tried_again_and_leaves_the_old_report(desk, monkeypatch):
    monkeypatch.setattr(making, "PAUSE_SECONDS", 0)
    order = Order((desk.ask(sites=False),))
    assert [one.ending for one in deliver(order)] == [Ending.DONE]
    before = (desk.folder / "weekly" / "manifest.json").read_bytes()

    def full(*_args, **_options):
        raise OSError(errno.ENOSPC, "No space left on device", "report.html")

    with monkeypatch.context() as patch:
        patch.setattr(building, "write_page", full)
        (found,) = deliver(Order(order.requests, force=True, retries=1))
    assert (found.ending, found.tries) == (Ending.STORAGE, 2)
    assert (desk.folder / "weekly" / "manifest.json").read_bytes() == before
    assert verify_report(desk.folder / "weekly") == []
    assert set(desk.left_over()) <= {".weekly.failed"}


def test_an_input_that_cannot_be_read_is_the_disk_s_fault_and_an_absent_one_the_input_s(desk, monkeypatch):
    monkeypatch.setattr(making, "PAUSE_SECONDS", 0)
    monkeypatch.setattr(frozen, "PAUSE_SECONDS", 0)
    request = desk.ask("retries: 1", sites=False)
    (desk.folder / "data" / "Delft" / "visits.csv").unlink()
    (found,) = deliver(Order((request,)))
    assert (found.ending, found.tries) == (Ending.INPUT_REFUSED, 1)

    write_site(desk.folder / "data" / "new", 0)
    (desk.folder / "data" / "new" / "visits.csv").rename(desk.folder / "data" / "Delft" / "visits.csv")
    whole = frozen._read
    for broken, tries in (("visits.csv", 2), ("study.yml", 1)):

        def failing(source, broken=broken):
            if source.name.endswith(broken):
                raise frozen._ReadingError(errno.EIO, "Input/output error")
            return whole(source)

        monkeypatch.setattr("lowback.frozen._read", failing)
        (found,) = deliver(Order((request,)))
        assert (found.ending, found.tries) == (Ending.STORAGE, tries)


def test_whatever_lowback_itself_meets_in_one_edition_is_its_failure_alone(desk, monkeypatch):
    def faulty(*_args, **_options):
        raise RecursionError("too deep")

    monkeypatch.setattr(making, "cohort_problems", faulty)
    (found,) = deliver(Order((desk.ask(sites=False),)))
    assert found.ending is Ending.PARTLY_FAILED
    assert "RecursionError: too deep (a fault of lowback's own)" in found.failures[0]


def test_a_report_that_another_run_is_at_work_on_ends_with_4_and_names_it(published):
    with locked(published.folder / "weekly" / "delft"):
        ran = published.run("report", "weekly.yml", "--only", "Delft", "--force")
    assert ran.returncode == Ending.ALREADY_RUNNING
    assert f"process {os.getpid()} on " in ran.stderr


def test_a_wrong_request_stops_no_other_and_an_unknown_site_is_named(published, software_keeps_still):  # noqa: ARG001
    wrong = published.ask("colour: red", name="wrong")
    delivered = deliver(Order((wrong, published.folder / "absent.yml"), jobs=1))
    assert [one.ending for one in delivered] == [Ending.WRONG_REQUEST] * 2
    (found,) = deliver(Order((published.folder / "weekly.yml",), only=("Delfd",)))
    assert found.ending is Ending.WRONG_REQUEST
    assert "did you mean 'Delft'?" in found.failures[0]
    wrong.unlink()


@SLOW
def test_a_run_reads_the_state_that_its_inputs_had_when_it_began(desk):
    """A notebook of the first site rewrites the data of all; every report is of the data before."""
    rewrites = """\
import os, subprocess
if os.path.basename(data) == "Delft":
    subprocess.run("for one in data/*/visits.csv; do echo id,week,pain > $one; done", shell=True)
"""
    write_notebook(desk.folder / "notes.ipynb", rewrites, SHOWS)
    delivered = deliver(Order((desk.ask("retries: 0"),), jobs=1))
    assert (desk.folder / "data" / "Zeist" / "visits.csv").read_text(encoding="utf-8") == "id,week,pain\n"
    assert set(endings(delivered).values()) == {Ending.DONE}


def test_two_requests_that_would_share_a_folder_are_refused(desk, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    text = desk.ask(sites=False).read_text(encoding="utf-8").replace(": ", ": ../", 0)
    (other / "weekly.yml").write_text(
        text.replace("mapping.yml", "../mapping.yml")
        .replace("study.yml", "../study.yml")
        .replace("data/Delft", "../data/Delft")
        .replace("notes.ipynb", "../notes.ipynb"),
        encoding="utf-8",
    )
    order = Order((desk.folder / "weekly.yml", other / "weekly.yml"), out=tmp_path / "both")
    with pytest.raises(ConfigurationError, match="both would publish"):
        deliver(order)
