"""`lowback schedule` and `lowback report --slot latest` as a timer calls them."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from typer.testing import CliRunner

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "publish"))
sys.path.insert(0, str(ROOT / "tests" / "notices"))

from servers import web_server  # noqa: E402
from small_notebooks import PARAMETERS, SHOW_RESULT, STUDY, code, markdown, write_notebook  # noqa: E402

from lowback.__main__ import app  # noqa: E402
from lowback.checked_yaml import ConfigurationError  # noqa: E402
from lowback.commands.scheduling import without_schedules  # noqa: E402
from lowback.scheduling.records import Record, keep  # noqa: E402

PEOPLE = "participant_id,arm\nPERSON1,stretching\nPERSON2,usual care\n"
VISITS = "participant_id,weeks,pain_nrs,visit_date\nPERSON1,0,5,2020-01-01\nPERSON1,12,4,{0}\nPERSON2,0,5,2020-01-01\nPERSON2,12,4,{0}\n"
NO_SECRETS = "import os\nassert not {'LOWBACK_WEBHOOK', 'LOWBACK_SMTP'} & set(os.environ)\n"
SHOWN = (markdown("# Did pain fall?"), code(PARAMETERS, "parameters"), code(NO_SECRETS + SHOW_RESULT))
MAPPING = "cohort: made up\nfiles:\n  - {file: people.csv, canonical_names: true}\n  - {file: visits.csv, canonical_names: true}\n"


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A folder that holds a study, a notebook and data of today."""
    return furnished(tmp_path)


def furnished(place: Path) -> Path:
    """The same, below `place`, under a name that a shell would trip over."""
    folder = place / "it's 100% $(x)"
    folder.mkdir()
    (folder / "study.yml").write_text(STUDY, encoding="utf-8")
    (folder / "mapping.yml").write_text(MAPPING, encoding="utf-8")
    write_notebook(folder / "notes.ipynb", *SHOWN)
    (folder / "people.csv").write_text(PEOPLE, encoding="utf-8")
    of_age(folder, 0)
    return folder


def of_age(folder: Path, days: int) -> None:
    """Data whose newest visit is so many days old."""
    text = VISITS.format((datetime.now(UTC) - timedelta(days=days)).date())
    (folder / "visits.csv").write_text(text, encoding="utf-8")


def request(folder: Path, lines: str = "", effect: float = -1.0) -> Path:
    file = folder / "trial.yml"
    file.write_text(
        f"title: A trial\nmapping: mapping.yml\nstudy: study.yml\nnotebooks: [notes.ipynb]\nparameters: {{effect: {effect}}}\n{lines}\n",
        encoding="utf-8",
    )
    return file


def ask(*words: object, environment: dict[str, str] | None = None) -> tuple[int, str]:
    """What a command ends with and says."""
    ran = CliRunner().invoke(app, [str(word) for word in words], env=environment)
    if isinstance(ran.exception, ConfigurationError):
        return 2, str(ran.exception)
    assert ran.exception is None or isinstance(ran.exception, SystemExit), ran.exception
    return ran.exit_code, ran.output


def scheduled(file: Path, days_ago: int = 10) -> Path:
    """The request on a schedule that was made some days ago."""
    since = (datetime.now(UTC) - timedelta(days=days_ago)).isoformat()
    file.with_name("trial.schedule.yml").write_text(
        f"every: day 00:00\ntz: UTC\nsince: '{since}'\n", encoding="utf-8"
    )
    return file


def test_a_schedule_is_written_beside_the_request_and_says_when_the_next_slots_are(desk):
    file = request(desk)
    ended, said = ask(
        "schedule", file, "--every", "Monday 06:00", "--tz", "Europe/Amsterdam", "--with", "systemd"
    )
    assert ended == 0
    assert said.startswith("monday 06:00, Europe/Amsterdam: Mon ")
    assert "Nothing is installed yet" in said
    assert sorted(path.name for path in desk.glob("trial.*")) == [
        "trial.schedule.yml",
        "trial.service",
        "trial.timer",
        "trial.yml",
    ]
    assert ask("schedule", file, "--with", "cron")[0] == 0
    assert (desk / "trial.cron").read_text("utf-8").count("--slot latest") == 1
    since = (desk / "trial.schedule.yml").read_text("utf-8")
    time.sleep(1.1)
    ask("schedule", file, "--every", "monday 06:00", "--tz", "Europe/Amsterdam")
    assert (desk / "trial.schedule.yml").read_text("utf-8") == since


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ("--every", "mondy 06:00", "--tz", "UTC"),
            "schedule: every = 'mondy 06:00': 'mondy'; allowed: 'hour', 'day'",
        ),
        (("--every", "monday 06:00", "--tz", "Amsterdam"), "'Europe/Amsterdam'"),
        (("--every", "monday 06:00"), "give --every and --tz together"),
        ((), "trial.schedule.yml: no such file; make one with: lowback schedule"),
    ],
)
def test_what_cannot_be_scheduled_ends_with_2_and_writes_nothing(words, said, desk):
    ended, told = ask("schedule", request(desk), *words)
    assert ended == 2
    assert said in told
    assert [path.name for path in desk.glob("trial.*")] == ["trial.yml"]


@pytest.mark.skipif(os.name != "posix", reason="a program that stands in for crontab")
def test_installing_and_removing_leaves_the_schedule_alone(desk, tmp_path, monkeypatch):
    kept, programs = tmp_path / "kept", tmp_path / "bin"
    programs.mkdir()
    (programs / "crontab").write_text(
        f'#!/bin/sh\nif [ "$1" = -l ]; then cat {kept}; else cat > {kept}; fi\n', encoding="utf-8"
    )
    (programs / "crontab").chmod(0o755)
    kept.write_text("0 1 * * * mine\n", encoding="utf-8")
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    file = request(desk)
    ended, said = ask("schedule", file, "--every", "hour", "--tz", "UTC", "--with", "cron", "--install")
    assert ended == 0
    assert "--remove takes it out again" in said
    assert "--slot latest" in kept.read_text("utf-8")
    assert ask("schedule", file, "--with", "cron", "--remove")[0] == 0
    assert kept.read_text("utf-8") == "0 1 * * * mine\n"
    assert sorted(path.name for path in desk.glob("trial.*")) == ["trial.schedule.yml", "trial.yml"]


def test_where_no_record_can_be_kept_nothing_runs_and_the_code_is_8(desk):
    file = scheduled(request(desk))
    (desk / ".trial.slots").write_text("in the way", encoding="utf-8")
    ended, said = ask("report", file, "--slot", "latest")
    assert ended == 8
    assert "what runs when cannot be recorded there" in said
    assert not (desk / "trial").exists()


def test_a_failure_that_waits_for_a_person_goes_on_being_seen(desk):
    file, now = scheduled(request(desk)), datetime.now(UTC)
    folder = desk / ".trial.slots"
    folder.mkdir()
    slot = now.replace(hour=0, minute=0, second=0, microsecond=0)
    keep(
        folder,
        Record(
            slot=slot, state="failed", host="h", process=1, started=now, ended=now, ending=3, can_pass=False
        ),
    )
    ended, said = ask("report", file, "--slot", "latest")
    assert ended == 3
    assert "failed with code 3, which waits for a person; --force tries it again at once" in said


def test_the_dag_is_all_that_airflow_prints(desk):
    ended, text = ask("schedule", request(desk), "--every", "hour", "--tz", "UTC", "--airflow")
    assert ended == 0
    assert any(isinstance(node, ast.With) for node in ast.parse(text).body)


def test_schedules_among_requests_are_no_requests():
    files = [Path("a.yml"), Path("a.schedule.yml"), Path("b.yml")]
    assert without_schedules(files) == [Path("a.yml"), Path("b.yml")]
    assert without_schedules(files[1:2]) == files[1:2]


def test_without_a_schedule_a_slot_is_refused(desk):
    ended, said = ask("report", request(desk), "--slot", "latest")
    assert ended == 2
    assert "lowback schedule" in said


ALL_KEYS = (
    "newest_within_days: 8\nmust_change: true\nnotices: {webhook: true, mail: [a@b.org], on: [success]}"
)


@dataclass(frozen=True)
class Week:
    """A slot that was asked for first with old data, then with new."""

    file: Path
    old: tuple[int, str]
    new: tuple[int, str]

    @property
    def report(self) -> Path:
        return self.file.with_suffix("")

    @property
    def record(self) -> Path:
        (found,) = (self.file.parent / ".trial.slots").glob("*.json")
        return found


@pytest.fixture(scope="module")
def week(tmp_path_factory: pytest.TempPathFactory) -> Week:
    desk = furnished(tmp_path_factory.mktemp("week"))
    file, nowhere = scheduled(request(desk, ALL_KEYS)), {"LOWBACK_WEBHOOK": "", "LOWBACK_SMTP": ""}
    of_age(desk, 30)
    old = ask("report", file, "--slot", "latest", environment=nowhere)
    assert not (desk / "trial").exists()
    of_age(desk, 0)
    return Week(file, old, ask("report", file, "--slot", "latest", environment=nowhere))


def test_last_month_s_file_is_refused_by_name_date_and_what_is_allowed(week):
    ended, said = week.old
    assert ended == 5
    assert "people.csv, visits.csv: the newest visit is of" in said
    assert "newest_within_days = 8 allows" in said


def test_the_slot_is_due_again_when_the_new_file_comes_and_is_recorded(week):
    assert week.new[0] == 0, week.new[1]
    assert (week.report / "report.html").is_file()
    record = json.loads(week.record.read_text("utf-8"))
    assert (record["state"], record["attempts"], record["missed_count"]) == ("published", 2, 9)
    assert list(record["data"]) == ["trial"]


def test_a_notice_that_cannot_be_sent_is_said_and_changes_nothing(week):
    assert week.new[0] == 0
    assert "notice by webhook not sent: LOWBACK_WEBHOOK is not set" in week.new[1]
    assert "notice by mail not sent: LOWBACK_SMTP is not set" in week.new[1]


def test_a_slot_that_ran_does_not_run_again_and_the_next_is_told(week):
    published = (week.report / "manifest.json").stat().st_mtime_ns
    ended, said = ask("report", week.file, "--slot", "latest")
    assert ended == 0
    assert "No slot is due" in said
    assert "00:00 UTC" in said
    assert (week.report / "manifest.json").stat().st_mtime_ns == published


def test_a_report_that_is_up_to_date_is_refused_all_the_same_when_its_data_are_old(week):
    with time_machine.travel(datetime.now(UTC) + timedelta(days=30)):
        assert ask("report", week.file)[0] == 5
    assert (week.report / "report.html").is_file()


def test_the_bytes_of_the_last_slot_are_refused_where_they_must_change(week):
    written = week.record.read_text("utf-8")
    content = json.loads(written)
    yesterday = (datetime.fromisoformat(content["slot"]) - timedelta(days=1)).isoformat()
    week.record.write_text(json.dumps(content | {"slot": yesterday}), encoding="utf-8")
    ended, said = ask("report", week.file, "--slot", "latest")
    assert ended == 5
    assert "people.csv, visits.csv: byte for byte the data of the last slot's report" in said
    assert ask("report", week.file)[0] == 0
    week.record.write_text(written, encoding="utf-8")


@pytest.mark.skipif(os.name != "posix", reason="two processes that start at once")
def test_of_two_timers_that_fire_at_once_one_runs_and_the_other_ends_with_4(desk):
    waits = "import time\nfrom pathlib import Path\nwhile not Path('go').exists():\n    time.sleep(0.05)\n"
    write_notebook(desk / "notes.ipynb", *SHOWN[:2], code(waits), code(SHOW_RESULT))
    words = [
        sys.executable,
        "-P",
        "-m",
        "lowback",
        "report",
        str(scheduled(request(desk))),
        "--slot",
        "latest",
    ]
    both = [
        subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)
    ]
    while all(one.poll() is None for one in both):
        time.sleep(0.05)
    (desk / "go").touch()
    said = [one.communicate(timeout=300) for one in both]
    assert sorted(one.returncode for one in both) == [0, 4], said
    assert "is at work on the slot" in "".join(err for _, err in said)
    assert len(list((desk / ".trial.slots").glob("*.json"))) == 1


TOLD = """\
notices: {webhook: true, on: [failure, trigger]}
triggers: [{estimand: pain at week 12, crosses: -1.2, side: below, when: interval}]
"""


def test_a_crossing_and_a_failure_are_told_once_and_without_the_words_of_the_error(desk):
    file = request(desk, TOLD, effect=-1.0)
    with web_server(200) as taken:
        environment = {"LOWBACK_WEBHOOK": taken.address}
        assert ask("report", file, environment=environment)[0] == 0
        assert taken.bodies == []
        request(desk, TOLD, effect=-2.0)
        for _ in range(2):
            assert ask("report", file, environment=environment)[0] == 0
        assert len(taken.bodies) == 1
        write_notebook(desk / "notes.ipynb", *SHOWN[:2], code("raise ValueError('PERSON1 has a secret')"))
        assert ask("report", file, environment=environment)[0] == 3
    crossing, failure = map(json.loads, taken.bodies)
    assert "the interval lies below -1.2" in crossing["editions"][0]["triggers"][0]
    assert crossing["editions"][0]["report"] == "trial/report.html"
    assert failure["editions"][0]["failures"] == ["something failed (notebook 'notes', cell 3)"]
    assert b"PERSON1" not in b"".join(taken.bodies)


def test_a_trigger_on_an_estimand_that_the_study_lacks_ends_with_2(desk):
    file = request(desk, TOLD.replace("week 12", "weak 12"))
    ended, said = ask("report", file)
    assert ended == 2
    assert "did you mean 'pain at week 12'?" in said
