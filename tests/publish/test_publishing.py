from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
from pathlib import Path

import pandas as pd
import pytest
from small_notebooks import FULL, PARAMETERS, STUDY, code, markdown, with_result, write_notebook

from lowback.checked_yaml import ConfigurationError
from lowback.ending import Ending
from lowback.publish import (
    ReportBlockedError,
    building,
    publish_report,
    publishing,
    read_request,
    verify_report,
)
from lowback.publish.provenance import sources_hash


def publish(path: Path, **options):
    data = path.parent / "visits.csv"
    return publish_report(read_request(path), inputs=[data], **options)


def left_over(folder: Path) -> list[str]:
    return [
        one.name for one in folder.iterdir() if one.name.startswith(".") and not one.name.endswith(".lock")
    ]


@pytest.fixture(scope="module", autouse=True)
def _software_that_keeps_still():
    """The package's own files may be edited while the tests run, which would make every report stale."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("lowback.publish.ingredients.sources_hash", lambda: "the same")
        yield


@pytest.fixture(scope="module")
def first_run(tmp_path_factory):
    """A folder in which a report was published."""
    folder = tmp_path_factory.mktemp("desk")
    (folder / "study.yml").write_text(STUDY, encoding="utf-8")
    (folder / "mapping.yml").write_text("name: made up\n", encoding="utf-8")
    (folder / "visits.csv").write_text("id,week,pain\nP1,0,5\n", encoding="utf-8")
    write_notebook(folder / "notes.ipynb", *FULL)
    lines = "title: A trial\nmapping: mapping.yml\nstudy: study.yml\nnotebooks: [notes.ipynb]\n"
    (folder / "trial.yml").write_text(f"{lines}parameters: {{effect: -2}}\n", encoding="utf-8")
    assert publish(folder / "trial.yml").failures == ()
    return folder


@pytest.fixture
def published(first_run, desk):
    """A request and its published report, copied so that each test may spoil them."""
    shutil.copytree(first_run, desk, dirs_exist_ok=True)
    return desk / "trial.yml", desk / "trial"


def test_everything_is_published_and_nothing_else_is_left(published):
    path, folder = published
    files = {one.relative_to(folder).as_posix() for one in folder.rglob("*") if one.is_file()}
    assert files == {
        "report.html",
        "estimates.csv",
        "history.csv",
        "checklists.csv",
        "manifest.json",
        "figures/notes-squares.png",
        "notebooks/notes.ipynb",
    }
    assert verify_report(folder) == []
    assert left_over(path.parent) == []
    rows = pd.read_csv(folder / "estimates.csv")
    assert list(rows.columns[:4]) == ["analysis", "estimand", "term", "estimate"]
    assert rows["estimate"].tolist() == [-2.0]


def test_the_manifest_lists_every_input_and_output(published):
    _, folder = published
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert {one["role"] for one in manifest["inputs"]} == {"request", "study", "mapping", "notebook", "data"}
    assert manifest["study"]["estimands"][0]["name"] == "pain at week 12"
    assert manifest["parameters"]["notes"]["effect"] == -2.0
    assert manifest["versions"]["python"]
    assert manifest["notebooks"][0]["seconds"] > 0
    assert manifest["started"] <= manifest["ended"]


def test_no_path_of_this_machine_is_published(published):
    path, folder = published
    for name in ("notebooks/notes.ipynb", "manifest.json", "report.html", "estimates.csv"):
        text = (folder / name).read_text(encoding="utf-8")
        assert str(path.parent) not in text
        assert str(Path.home()) + os.sep not in text


def test_unchanged_inputs_run_nothing_and_any_change_runs_anew(published, monkeypatch):
    path, folder = published
    before = (folder / "manifest.json").stat().st_mtime_ns

    def refuse(*_args, **_options):
        raise AssertionError("a notebook was run")

    with monkeypatch.context() as patch:
        patch.setattr(publishing, "run_all", refuse)
        assert publish(path).unchanged
        assert (folder / "manifest.json").stat().st_mtime_ns == before
        with pytest.raises(AssertionError):
            publish(path, force=True)
        for name in ("visits.csv", "study.yml", "mapping.yml", "notes.ipynb"):
            old = (path.parent / name).read_bytes()
            (path.parent / name).write_bytes(old + b"\n")
            with pytest.raises(AssertionError):
                publish(path)
            (path.parent / name).write_bytes(old)
        asked = path.read_text(encoding="utf-8")
        path.write_text(asked.replace("-2", "-3"), encoding="utf-8")
        with pytest.raises(AssertionError):
            publish(path)
        path.write_text(f"{asked}# what nobody reads in the report\n", encoding="utf-8")
        assert publish(path).unchanged
        (folder / "estimates.csv").write_text("changed by hand", encoding="utf-8")
        with pytest.raises(AssertionError):
            publish(path)


def test_a_failing_cell_publishes_nothing_and_keeps_what_ran(write_request, published):
    path, folder = published
    before = (folder / "manifest.json").read_bytes()
    failing = write_request(*FULL, code("1 / 0"))
    outcome = publish(failing)
    assert outcome.failures[0] == "notebook 'notes', cell 6: ZeroDivisionError: division by zero"
    assert (folder / "manifest.json").read_bytes() == before
    assert verify_report(folder) == []
    kept = {one.name for one in (path.parent / ".trial.failed").iterdir()}
    assert kept == {"notes.ipynb", "notes.log", "failures.txt", "failure.json"}
    assert left_over(path.parent) == [".trial.failed"]
    publish(write_request(*FULL))
    assert left_over(path.parent) == []


def test_a_cell_that_takes_too_long_is_stopped_and_named(write_request):
    path = write_request(
        code(PARAMETERS, "parameters"),
        code("import time; time.sleep(60)"),
        lines="notebooks: [notes.ipynb]\ncell_seconds: 1",
    )
    started = time.monotonic()
    assert (
        publish(path).failures[0] == "notebook 'notes', cell 2: ran longer than 1 s, the limit for one cell"
    )
    assert time.monotonic() - started < 20


def test_a_kernel_that_dies_is_a_failure(write_request):
    path = write_request(code(PARAMETERS, "parameters"), code("import os; os._exit(0)"), markdown("after"))
    (failure, _) = publish(path).failures
    assert failure.startswith("notebook 'notes', cell 2: the Python process that ran the cell died")


def test_what_papermill_lets_pass_is_a_failure_here(write_request):
    cells = [code("1 / 0", "raises-exception"), code("x = 1", "skip-execution"), code("y = 2")]
    outcome = publish(write_request(code(PARAMETERS, "parameters"), *cells))
    assert outcome.failures[0] == "notebook 'notes', cell 2: ZeroDivisionError: division by zero"
    assert not outcome.folder.exists()


def test_a_report_without_any_result_is_not_published(write_request):
    outcome = publish(write_request(code(PARAMETERS, "parameters"), code("print('all is well')")))
    assert "a report must answer or refuse something" in outcome.failures[0]
    assert not outcome.folder.exists()


def test_a_table_of_estimates_that_is_cut_short_is_not_published(write_request, monkeypatch):
    whole = building.STEPS

    def cut(making):
        (making.folder / "estimates.csv").write_text("analysis,estimand,term,estimate\n", encoding="utf-8")
        return ()

    monkeypatch.setattr(building, "STEPS", (*whole[:3], cut, *whole[3:]))
    outcome = publish(write_request(*FULL))
    assert "does not hold the estimates" in outcome.failures[0]
    assert (outcome.ending, outcome.passing) == (Ending.STORAGE, True)


def test_a_report_that_shows_who_somebody_is_is_not_published(write_request):
    path = write_request(*with_result(PARAMETERS, code("print('most pain: P-0141')")))
    outcome = publish(path, identifiers=["P-0140", "P-0141"])
    assert outcome.failures[0].startswith("notebook 'notes': shows the identifier 'P-0141' of a participant")
    assert "audience: internal" in outcome.failures[0]
    assert not outcome.folder.exists()


@pytest.mark.parametrize(("audience", "published"), [("internal", True), ("private", False)])
def test_only_an_internal_report_may_show_who_somebody_is(write_request, audience, published):
    said = markdown("Of P-0141.")
    path = write_request(
        *with_result(PARAMETERS, said), lines=f"notebooks: [notes.ipynb]\naudience: {audience}"
    )
    outcome = publish(path, identifiers=["P-0140", "P-0141"])
    assert outcome.folder.exists() is published
    if published:
        page = (outcome.folder / "report.html").read_text(encoding="utf-8")
        assert "internal (may show who a participant is; not to be passed on)" in page


def test_parameters_of_every_type_arrive_as_they_were_written(write_request, desk):
    cell = "text = ''\nlimit: float | None = 1.5\nlabels: list[str] = []\nby_arm: dict = {}\nshare = 0.5"
    given = {
        "text": "say \"no\" \\\\ 'yes'\n{x} 股関節 é %s",
        "limit": None,
        "labels": ["a, b", "</script>"],
        "by_arm": {"usual care": [1, 2.5, True, None]},
        "share": 0.1,
    }
    lines = f"notebooks: [notes.ipynb]\nparameters: {json.dumps(given)}"
    path = write_request(*with_result(cell, code("print(1)")), lines=lines)
    assert publish(path).failures == ()
    manifest = json.loads((desk / "trial" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["parameters"]["notes"] == given


def test_two_notebooks_run_and_one_failing_stops_no_other(write_request, desk):
    write_notebook(desk / "bad.ipynb", code(PARAMETERS, "parameters"), code("raise ValueError('no')"))
    outcome = publish(write_request(*FULL, lines="notebooks: [bad.ipynb, notes.ipynb]"))
    assert outcome.failures[0] == "notebook 'bad', cell 2: ValueError: no"
    executed = json.loads((desk / ".trial.failed" / "notes.ipynb").read_text(encoding="utf-8"))
    assert all(cell["execution_count"] for cell in executed["cells"] if cell["cell_type"] == "code")


def test_an_input_that_changes_or_vanishes_while_the_report_runs_changes_nothing_in_it(write_request, desk):
    cells = (
        "import subprocess; subprocess.run(['sh', '-c', 'echo other > visits.csv; rm mapping.yml'])",
        "from lowback.frozen import read_bytes; from pathlib import Path; print(read_bytes(Path('visits.csv')))",
    )
    path = write_request(*FULL, *map(code, cells))
    visits = (desk / "visits.csv").read_bytes()
    assert publish(path).failures == ()
    executed = (desk / "trial" / "notebooks" / "notes.ipynb").read_text(encoding="utf-8")
    assert "id,week,pain" in executed
    assert str(desk) not in executed
    inputs = json.loads((desk / "trial" / "manifest.json").read_text(encoding="utf-8"))["inputs"]
    (listed,) = [one["sha256"] for one in inputs if one["path"] == "visits.csv"]
    assert listed == hashlib.sha256(visits).hexdigest()


def test_an_input_that_a_notebook_opens_by_itself_must_be_what_was_hashed(write_request):
    change = "from pathlib import Path\nPath('visits.csv').write_text('other')"
    outcome = publish(write_request(*FULL, code(change)))
    assert "visits.csv changed while" in outcome.failures[0]
    assert (outcome.ending, outcome.passing) == (Ending.INPUT_REFUSED, True)
    assert not outcome.folder.exists()


def test_a_module_beside_the_notebook_that_changes_while_the_report_runs_is_a_failure(write_request, desk):
    (desk / "rules.py").write_text("x = 1\n", encoding="utf-8")
    change = "import rules\nfrom pathlib import Path\nPath('rules.py').write_text('x = 2')"
    assert "rules.py changed while" in publish(write_request(*FULL, code(change))).failures[0]


def test_a_full_disk_leaves_the_old_report_whole(published, monkeypatch):
    path, folder = published
    before = (folder / "manifest.json").read_bytes()

    def full(*_args, **_options):
        raise OSError(28, "No space left on device", "report.html")

    monkeypatch.setattr(building, "write_page", full)
    outcome = publish(path, force=True)
    assert outcome.failures == ("report: No space left on device: report.html",)
    assert (folder / "manifest.json").read_bytes() == before
    assert verify_report(folder) == []
    assert left_over(path.parent) == []


def test_an_out_folder_that_cannot_be_made_is_refused_by_name(write_request, desk):
    with pytest.raises(ReportBlockedError, match="visits.csv.*no report can be written there"):
        publish(write_request(*FULL), out=desk / "visits.csv" / "reports")


def test_an_out_folder_that_cannot_be_written_to_is_refused_by_name(write_request, tmp_path, monkeypatch):
    def refused(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    # The tests may run as root, whom no mode of a folder keeps out.
    monkeypatch.setattr("lowback.publish.owning.os.open", refused)
    with pytest.raises(ReportBlockedError, match="no report can be written there .Permission denied."):
        publish(write_request(*FULL), out=tmp_path)


def test_a_cell_that_prints_fifty_megabytes_is_published_with_a_page_that_opens(write_request):
    path = write_request(*with_result(PARAMETERS, code("print('x' * 50_000_000)")))
    started = time.monotonic()
    folder = publish(path).folder
    assert time.monotonic() - started < 40
    assert (folder / "report.html").stat().st_size < 1_000_000
    assert "49900000 characters more stand in the executed notebook" in (folder / "report.html").read_text(
        encoding="utf-8"
    )
    assert (folder / "notebooks" / "notes.ipynb").stat().st_size > 50_000_000


def test_a_file_in_the_place_of_the_report_is_not_overwritten(write_request, desk):
    (desk / "trial").write_text("mine", encoding="utf-8")
    with pytest.raises(ReportBlockedError, match="is no folder"):
        publish(write_request(*FULL))
    assert (desk / "trial").read_text(encoding="utf-8") == "mine"


def test_a_folder_that_is_no_report_is_not_overwritten(write_request, desk):
    (desk / "trial").mkdir()
    (desk / "trial" / "thesis.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="holds files but no report"):
        publish(write_request(*FULL), force=True)
    assert (desk / "trial" / "thesis.txt").read_text(encoding="utf-8") == "mine"


def test_a_file_put_into_a_report_is_not_lost(published):
    path, folder = published
    (folder / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(ReportBlockedError, match=r"notes\.txt is not part of the report and would be lost"):
        publish(path, force=True)


def test_verification_names_what_changed(published):
    _, folder = published
    (folder / "estimates.csv").write_text("x", encoding="utf-8")
    (folder / "report.html").unlink()
    (folder / "more.txt").write_text("x", encoding="utf-8")
    assert sorted(verify_report(folder)) == [
        "estimates.csv has changed since it was published",
        "more.txt is not part of the report",
        "report.html is missing",
    ]
    shutil.rmtree(folder)
    assert "no manifest.json" in verify_report(folder)[0]


def test_the_published_notebook_says_the_same_twice(published):
    path, folder = published
    names = ("notebooks/notes.ipynb", "estimates.csv", "figures/notes-squares.png")
    before = {name: (folder / name).read_bytes() for name in names}
    assert publish(path, force=True).failures == ()
    assert {name: (folder / name).read_bytes() for name in names} == before


def test_the_hash_of_the_sources_is_of_this_package():
    assert len(sources_hash()) == 64
