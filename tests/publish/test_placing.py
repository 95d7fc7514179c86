from __future__ import annotations

import subprocess
import sys

import pytest

from lowback.publish import ReportBlockedError, placing, verify_report
from lowback.publish.manifest import write_manifest


def report(folder, text):
    folder.mkdir()
    (folder / "report.html").write_text(text, encoding="utf-8")
    write_manifest(folder, {"title": text})
    return folder


def text_of(folder):
    assert verify_report(folder) == []
    return (folder / "report.html").read_text(encoding="utf-8")


@pytest.fixture(params=["one system call", "two moves"])
def way(request, monkeypatch):
    """Both ways of replacing a report, as the system can or cannot exchange folders."""
    if request.param == "two moves":
        monkeypatch.setattr(placing, "_exchange", lambda *_: False)


@pytest.mark.usefixtures("way")
def test_a_new_report_takes_the_place_of_the_old_one(tmp_path):
    target = report(tmp_path / "trial", "old")
    with placing.staging(target) as folder:
        folder.rmdir()
        placing.place(report(folder, "new"), target)
    assert text_of(target) == "new"
    assert [one.name for one in tmp_path.iterdir()] == ["trial"]


def test_a_first_report_may_take_the_place_of_an_empty_folder(tmp_path):
    (tmp_path / "trial").mkdir()
    placing.refuse_foreign(tmp_path / "trial")
    placing.place(report(tmp_path / "built", "new"), tmp_path / "trial")
    assert text_of(tmp_path / "trial") == "new"


@pytest.mark.skipif(sys.platform not in ("linux", "darwin"), reason="no exchange of folders on this system")
def test_this_system_exchanges_folders_in_one_call(tmp_path):
    one, other = report(tmp_path / "one", "one"), report(tmp_path / "other", "other")
    assert placing._exchange(one, other)
    assert (text_of(one), text_of(other)) == ("other", "one")


def test_a_report_left_aside_by_a_crash_between_two_moves_is_restored(tmp_path):
    report(tmp_path / ".trial.old-1", "old")
    report(tmp_path / ".trial.new-1", "new, but perhaps not whole")
    placing.mend(tmp_path / "trial")
    assert text_of(tmp_path / "trial") == "old"
    assert [one.name for one in tmp_path.iterdir()] == ["trial"]


def test_what_dead_runs_left_is_cleared_and_other_reports_are_not_touched(tmp_path):
    report(tmp_path / "trial", "new")
    for name in (".trial.old-1", ".trial.new-1", ".trial.new-2", ".trial-2.new-1", "trial.new-1"):
        report(tmp_path / name, name)
    placing.mend(tmp_path / "trial")
    assert sorted(one.name for one in tmp_path.iterdir()) == [".trial-2.new-1", "trial", "trial.new-1"]


def crash_while_building(target):
    with placing.staging(target) as folder:
        (folder / "report.html").write_text("half", encoding="utf-8")
        raise KeyboardInterrupt


def test_a_crash_while_building_leaves_the_old_report_and_no_rubbish(tmp_path):
    target = report(tmp_path / "trial", "old")
    with pytest.raises(KeyboardInterrupt):
        crash_while_building(target)
    assert text_of(target) == "old"
    assert [one.name for one in tmp_path.iterdir()] == ["trial"]


def test_two_runs_of_one_report_do_not_meet(tmp_path):
    holding = (
        "import sys, pathlib; from lowback.publish.placing import locked\n"
        "with locked(pathlib.Path(sys.argv[1])):\n    print('held', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", holding, str(tmp_path / "trial")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout.readline() == b"held\n"
        with (
            pytest.raises(ReportBlockedError, match=r"another run .*\.trial\.lock"),
            placing.locked(tmp_path / "trial"),
        ):
            pass
        with placing.locked(tmp_path / "another"):
            pass
        other.kill()
        other.wait()
    with placing.locked(tmp_path / "trial"):
        pass


def test_a_link_in_the_place_of_a_report_is_refused(tmp_path):
    report(tmp_path / "elsewhere", "other")
    (tmp_path / "trial").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ReportBlockedError, match="is no folder"):
        placing.refuse_foreign(tmp_path / "trial")
