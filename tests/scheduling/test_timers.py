"""Every timer calls the same command, whatever the request's path holds; each file is read back as its reader would."""

from __future__ import annotations

import ast
import configparser
import os
import re
import shlex
import shutil
import subprocess
import sys
from datetime import UTC
from pathlib import Path
from xml.etree import ElementTree

import pytest
from clock_cases import utc

from lowback.checked_yaml import ConfigurationError
from lowback.scheduling.schedule import asked_schedule
from lowback.scheduling.timers.airflow import cron_words, dag
from lowback.scheduling.timers.cron import cron_block, with_block, without_block
from lowback.scheduling.timers.installing import NotInstalledError, install, remove, timer_for
from lowback.scheduling.timers.systemd import calendar, service, timer
from lowback.scheduling.timers.waking import Waking, minutes_of_slots, slots_after_gaps, waking
from lowback.scheduling.timers.windows import SPACE, task_xml

NOW = utc("2026-11-22T09")
AMSTERDAM = "Europe/Amsterdam"
HOSTILE = ("plain", "two words", "it's", 'say "hi"', "$(touch pwned)", "`touch pwned`", "${HOME} $HOME $$", "100% of %h %n %%",
           "a;b&c|d>e", "back\\slash \\n \\x41", "new\nline", "tab\there", "*?[a]", "-rf", "é ü 漢 🙂", "#no comment", "!history",
           "{{ jinja }} {% raw %}", "a=b", "~root", "\x01\x7f", "trailing\\", "%", "'; touch pwned; '", "\u2028")  # fmt: skip
EVERY = ("hour", "day 06:00", "weekday 06:00", "monday 06:00", "2 weeks sunday 06:00", "month 1 06:00", "month last 06:00")  # fmt: skip


def woken(name: str = "report", every: str = "monday 06:00", tz: str = AMSTERDAM) -> Waking:
    return waking(asked_schedule(every, tz), Path("/srv") / name / "report.yml", None, Path("/srv/out"), NOW)


@pytest.mark.parametrize("name", HOSTILE)
def test_systemd_reads_every_path_back(name):
    one = woken(name)
    parsed = _units(service(one))
    assert _systemd_words(parsed["Service"]["ExecStart"]) == list(one.command)


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd-analyze on this machine")
@pytest.mark.parametrize("every", EVERY)
def test_systemd_itself_accepts_both_units(every, tmp_path):
    one = woken("".join(HOSTILE[:20]), every)
    for ending, text in ((".service", service(one)), (".timer", timer(one))):
        (tmp_path / f"{one.name}{ending}").write_text(text, encoding="utf-8")
    run = tmp_path / "run"
    run.mkdir(mode=0o700)
    environment = {"XDG_RUNTIME_DIR": str(run), "HOME": str(tmp_path), "PATH": os.environ["PATH"]}
    words = ["systemd-analyze", "verify", "--user", "--man=no", str(tmp_path / f"{one.name}.timer")]
    done = subprocess.run(words, capture_output=True, text=True, env=environment, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert (
        subprocess.run(["systemd-analyze", "calendar", calendar(one)], capture_output=True, check=False).returncode
        == 0
    )  # fmt: skip


@pytest.mark.parametrize(
    ("every", "expected"),
    [
        ("hour", "*-*-* *:00:00 Europe/Amsterdam"),
        ("weekday 06:00", "Mon..Fri *-*-* 06:00:00 Europe/Amsterdam"),
        ("monday 06:00", "Mon *-*-* 06:00:00 Europe/Amsterdam"),
        ("month 1 06:00", "*-*-01 06:00:00 Europe/Amsterdam"),
        ("month last 06:00", "*-*~01 06:00:00 Europe/Amsterdam"),
    ],
)
def test_systemd_is_told_the_slots_in_the_zone(every, expected):
    units = _units(timer(woken(every=every)))
    assert units["Timer"]["OnCalendar"] == expected
    assert units["Timer"]["Persistent"] == "true"
    assert units["Install"]["WantedBy"] == "timers.target"


def test_systemd_is_woken_where_its_calendar_would_leave_a_slot_out():
    one = woken(every="day 02:30")
    lines = [line for line in timer(one).splitlines() if line.startswith("OnCalendar=")]
    assert lines[0] == "OnCalendar=*-*-* 02:30:00 Europe/Amsterdam"
    assert lines[1] == "OnCalendar=2027-03-28 01:00:00 UTC"
    assert len(lines) == 11


@pytest.mark.skipif(os.name != "posix", reason="cron")
@pytest.mark.parametrize("shell", ["sh", "bash"])
@pytest.mark.parametrize("name", HOSTILE)
def test_cron_reads_every_path_back_through_a_real_shell(name, shell, tmp_path):
    one = woken(name)
    begin, line, end, rest = cron_block(one).split("\n")
    assert begin.startswith("#")
    assert end.startswith("#")
    assert rest == ""
    assert "%" not in line  # cron takes it for a new line
    command = line.split(" ", 5)[5].removesuffix(" >/dev/null")
    shown = command.replace(
        shlex.quote(sys.executable), f"{shlex.quote(sys.executable)} -c {shlex.quote(SHOW)}", 1
    )
    done = subprocess.run([shell, "-c", shown], capture_output=True, cwd=tmp_path, check=True)
    assert ast.literal_eval(done.stdout.decode()) == list(one.command[1:])
    assert list(tmp_path.iterdir()) == []


SHOW = "import sys; print(ascii(sys.orig_argv[3:]))"


@pytest.mark.parametrize(
    ("every", "tz", "minutes"),
    [
        ("monday 06:00", "Europe/Amsterdam", (0,)),
        ("monday 06:10", "Asia/Kolkata", (40,)),
        ("day 06:00", "Australia/Lord_Howe", (0, 30)),
        ("hour", "Asia/Kathmandu", (15,)),
        ("day 02:30", "Europe/Amsterdam", (0, 30)),
    ],
)
def test_who_wakes_every_hour_does_so_at_the_minute_of_the_slots(every, tz, minutes):
    assert minutes_of_slots(woken(every=every, tz=tz), UTC) == minutes


def test_a_crontab_keeps_every_line_of_others():
    others = "MAILTO=me@clinic.org\n# mine\n0 1 * * * backup %a\n"
    one, two = woken("one"), woken("two")
    both = with_block(with_block(with_block(others, one), two), one)
    assert both.count("--slot") == 2
    assert both.startswith(others)
    assert without_block(without_block(both, one.name), two.name) == others
    assert with_block("* * * * * no new line at the end", one).startswith(
        "* * * * * no new line at the end\n#"
    )
    cut = cron_block(one).split("\n")[0] + "\n* * * * * x\n* * * * * mine\n"
    assert without_block(cut, one.name) == "* * * * * mine\n"


def test_cron_is_given_998_bytes_of_command_and_not_one_more():
    def line(letters: int) -> str:
        request = Path("/srv") / ("x" * letters) / "r.yml"
        return cron_block(waking(asked_schedule("hour", "UTC"), request, None, None, NOW)).split("\n")[1]

    fits = 998 - len(line(1).split(" ", 5)[5]) + 1
    assert len(line(fits).split(" ", 5)[5]) == 998
    with pytest.raises(ConfigurationError, match="the command has 999 bytes; cron takes 998"):
        line(fits + 1)


@pytest.mark.parametrize("path", ["/srv/" + "x" * 1000 + "/r.yml", "/srv/100%\n"])
def test_cron_refuses_what_it_would_cut(path):
    with pytest.raises(ConfigurationError, match="cron"):
        cron_block(waking(asked_schedule("hour", "UTC"), Path(path), None, None, NOW))


@pytest.mark.parametrize("name", [one for one in HOSTILE if not re.search(r"%[^%]+%|\$\(|\x01", one)])
def test_windows_reads_every_path_back(name):
    one = woken(name)
    task = ElementTree.fromstring(task_xml(one))
    run = task.find(f"{{{SPACE}}}Actions/{{{SPACE}}}Exec")
    words = [run.findtext(f"{{{SPACE}}}Command"), *_windows_words(run.findtext(f"{{{SPACE}}}Arguments"))]
    assert words == list(one.command)


@pytest.mark.parametrize("name", ["%TEMP% here", "$(Arg0)", "\x01"])
def test_windows_refuses_what_its_scheduler_would_replace(name):
    with pytest.raises(ConfigurationError, match="task scheduler would read it otherwise"):
        task_xml(woken(name))


def test_windows_wakes_every_hour_by_utc_and_after_sleep():
    task = ElementTree.fromstring(task_xml(woken(every="monday 06:10", tz="Asia/Kolkata")))
    assert task.findtext(f".//{{{SPACE}}}StartBoundary") == "2026-11-22T00:40:00Z"
    assert task.findtext(f".//{{{SPACE}}}Interval") == "PT1H"
    assert task.findtext(f".//{{{SPACE}}}StartWhenAvailable") == "true"
    assert task_xml(woken())[:2] in (b"\xff\xfe", b"\xfe\xff")


# learn.microsoft.com, "Task Scheduler Schema": the parts that we write; an order counts in triggerBaseType alone (xs:sequence).
SEQUENCE = ("Enabled", "StartBoundary", "EndBoundary", "Repetition", "ExecutionTimeLimit")
ALL = {
    "Task": {"RegistrationInfo", "Triggers", "Settings", "Data", "Principals", "Actions"},
    "RegistrationInfo": {"URI", "Source", "Date", "Author", "Version", "Description", "Documentation"},
    "Triggers": {"TimeTrigger"},
    "TimeTrigger": set(SEQUENCE),
    "Repetition": {"Interval", "Duration", "StopAtDurationEnd"},
    "Settings": {"MultipleInstancesPolicy", "DisallowStartIfOnBatteries", "StopIfGoingOnBatteries", "StartWhenAvailable",
                 "ExecutionTimeLimit"},
    "Actions": {"Exec"},
    "Exec": {"Command", "Arguments", "WorkingDirectory"},
}  # fmt: skip
VALUES = {"Enabled": "true|false", "StartBoundary": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "Interval": r"PT\d+[HM]", "ExecutionTimeLimit": r"PT\d+S",
          "MultipleInstancesPolicy": "Parallel|Queue|IgnoreNew|StopExisting", "StartWhenAvailable": "true|false", "Command": ".+"}  # fmt: skip


@pytest.mark.parametrize("every", [*EVERY, "day 02:30"])
def test_windows_task_keeps_to_the_published_schema(every):
    task = ElementTree.fromstring(task_xml(woken(every=every, tz="Australia/Lord_Howe")))
    for one in task.iter():
        name, children = _plain(one), [_plain(child) for child in one]
        assert set(children) <= ALL.get(name, set())
        assert name == "Triggers" or len(set(children)) == len(children)
        assert re.fullmatch(VALUES.get(name, ".*"), one.text or "")
        if name == "TimeTrigger":
            assert children == [part for part in SEQUENCE if part in children]


def _plain(one: ElementTree.Element) -> str:
    assert one.tag.startswith(f"{{{SPACE}}}")
    return one.tag.removeprefix(f"{{{SPACE}}}")


@pytest.mark.parametrize("name", HOSTILE)
def test_the_dag_is_plain_python_that_calls_the_same_command(name):
    one = woken(name)
    tree = ast.parse(dag(one))
    compile(tree, "dag.py", "exec")
    command = next(node.value for node in tree.body if isinstance(node, ast.Assign))
    assert ast.literal_eval(command) == list(one.command)
    assert dag(one).isascii()


@pytest.mark.parametrize(
    ("every", "expected"),
    [
        ("hour", "0 * * * *"),
        ("day 06:00", "0 6 * * *"),
        ("weekday 06:05", "5 6 * * 1-5"),
        ("sunday 06:00", "0 6 * * 0"),
        ("month 15 06:00", "0 6 15 * *"),
        ("month last 06:00", "0 6 28-31 * *"),
        ("day 02:30", "0,30 * * * *"),
    ],
)
def test_airflow_is_woken_in_the_zone_of_the_schedule(every, expected):
    assert cron_words(woken(every=every)) == expected


@pytest.mark.parametrize(
    "operators", ["airflow.operators.python", "airflow.providers.standard.operators.python"]
)
@pytest.mark.parametrize(("code", "raised"), [(0, None), (4, "AirflowSkipException"), (2, "AirflowFailException"), (3, "RuntimeError"), (8, "RuntimeError")])  # fmt: skip
def test_the_dag_runs_the_command_and_tells_airflow_how_it_ended(code, raised, operators, monkeypatch):
    calls, endings = _run_dag(dag(woken()), code, operators, monkeypatch)
    assert calls == [list(woken().command)]
    assert endings == [raised]


def test_names_differ_for_every_request_and_are_plain():
    names = {woken(name).name for name in HOSTILE}
    assert len(names) == len(HOSTILE)
    assert all(re.fullmatch(r"lowback-[a-z0-9-]+-[0-9a-f]{8}", name) for name in names)


def test_gaps_are_known_ten_years_ahead():
    assert [f"{one:%Y-%m-%d %H:%M}" for one in slots_after_gaps(woken(every="sunday 02:30"))][:2] == [
        "2027-03-28 01:00",
        "2028-03-26 01:00",
    ]
    assert slots_after_gaps(woken()) == ()


@pytest.mark.skipif(os.name != "posix", reason="a program that stands in for systemctl")
def test_systemd_is_installed_and_removed_again(tmp_path, monkeypatch):
    asked = _stand_in(tmp_path, monkeypatch, "systemctl")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    chosen = timer_for("systemd", woken())
    install(chosen, {})
    units = tmp_path / "config" / "systemd" / "user"
    assert sorted(path.suffix for path in units.iterdir()) == [".service", ".timer"]
    remove(chosen)
    assert list(units.iterdir()) == []
    remove(chosen)
    assert asked.read_text("utf-8").splitlines() == [
        "--user daemon-reload",
        f"--user enable --now {chosen.name}.timer",
        f"--user disable --now {chosen.name}.timer",
        "--user daemon-reload",
        "--user daemon-reload",
    ]


@pytest.mark.skipif(os.name != "posix", reason="a program that stands in for crontab")
def test_cron_is_installed_and_removed_again(tmp_path, monkeypatch):
    kept = tmp_path / "kept"
    kept.write_text("0 1 * * * mine\n", encoding="utf-8")
    _program(tmp_path, monkeypatch, "crontab", f'if [ "$1" = -l ]; then cat {kept}; else cat > {kept}; fi')
    chosen = timer_for("cron", woken())
    install(chosen, {})
    install(chosen, {})
    assert kept.read_text("utf-8") == "0 1 * * * mine\n" + cron_block(woken())
    remove(chosen)
    assert kept.read_text("utf-8") == "0 1 * * * mine\n"


@pytest.mark.skipif(os.name != "posix", reason="a program that stands in for crontab")
def test_a_crontab_that_cannot_be_read_is_not_taken_for_an_empty_one(tmp_path, monkeypatch):
    _program(tmp_path, monkeypatch, "crontab", "echo 'permission denied' >&2; exit 1")
    with pytest.raises(NotInstalledError, match="permission denied"):
        install(timer_for("cron", woken()), {})


@pytest.mark.skipif(os.name != "posix", reason="a program that stands in for schtasks")
def test_windows_is_asked_to_create_and_delete_the_task(tmp_path, monkeypatch):
    asked = _stand_in(tmp_path, monkeypatch, "schtasks")
    chosen = timer_for("windows", woken())
    install(chosen, {".task.xml": Path("C:/x.task.xml")})
    remove(chosen)
    assert asked.read_text("utf-8").splitlines() == [
        f"/Create /TN {chosen.name} /XML C:/x.task.xml /F",
        f"/Delete /TN {chosen.name} /F",
    ]


def test_a_system_that_is_not_there_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    for system in ("systemd", "cron", "windows"):
        with pytest.raises(NotInstalledError, match=r"systemctl|crontab|schtasks"):
            install(timer_for(system, woken()), {".task.xml": Path("x")})


def _units(text: str) -> configparser.RawConfigParser:
    """A unit file by its sections; a key that stands again, as OnCalendar may, counts once."""
    parser = configparser.RawConfigParser(strict=False, delimiters=("=",), comment_prefixes=("#", ";"))
    parser.optionxform = str
    parser.read_string(text)
    return parser


def _systemd_words(line: str) -> list[str]:
    """A command line as systemd.service(5) and systemd.unit(5) say it is read: unquoted, then specifiers, no variables after a colon."""
    assert line.startswith(":")
    words = re.findall(r'"((?:[^"\\]|\\.)*)"', line)
    assert " ".join(f'"{word}"' for word in words) == line[1:]
    unescaped = [
        re.sub(r"\\(x[0-9a-f]{2}|.)", lambda found: _letter(found.group(1)), word, flags=re.DOTALL)
        for word in words
    ]
    for word in unescaped:
        assert "%" not in word.replace("%%", "")
    return [word.replace("%%", "%") for word in unescaped]


def _letter(escape: str) -> str:
    if escape.startswith("x"):
        return chr(int(escape[1:], 16))
    return {"n": "\n", "t": "\t"}.get(escape, escape)


def _windows_words(line: str) -> list[str]:
    """A command line as the C runtime of Windows splits it (docs: "Parsing C command-line arguments")."""
    words, word, inside, at = [], "", False, 0
    begun = False
    while at < len(line):
        slashes = re.match(r"\\*", line[at:]).group()
        at += len(slashes)
        if line[at : at + 1] == '"':
            word += "\\" * (len(slashes) // 2)
            if len(slashes) % 2:
                word += '"'
            else:
                inside, begun = not inside, True
            at += 1
            continue
        word += slashes
        if line[at : at + 1] in (" ", "\t") and not inside:
            words, word, begun = [*words, *([word] if word or begun else [])], "", False
        else:
            word += line[at : at + 1]
        at += 1
    return [*words, *([word] if word or begun else [])]


def _run_dag(
    text: str, code: int, operators: str, monkeypatch: pytest.MonkeyPatch
) -> tuple[list[list[str]], list[str | None]]:
    """Run a DAG file with stand-ins for what it imports from Airflow, and its task once."""
    from contextlib import nullcontext
    from types import ModuleType, SimpleNamespace

    calls, tasks = [], []
    standing = {
        "airflow": {"DAG": lambda **_: nullcontext()},
        "airflow.exceptions": {name: type(name, (Exception,), {}) for name in ("AirflowFailException", "AirflowSkipException")},
        operators: {"PythonOperator": lambda **given: tasks.append(given["python_callable"])},
        "airflow.timetables.trigger": {"CronTriggerTimetable": lambda words, timezone: (words, timezone)},
    }  # fmt: skip
    for name, content in standing.items():
        module = ModuleType(name)
        vars(module).update(content)
        monkeypatch.setitem(sys.modules, name, module)
    space: dict[str, object] = {}
    exec(compile(text, "dag.py", "exec"), space)  # noqa: S102 (the file that was written)

    def run(words: list[str], check: bool) -> SimpleNamespace:
        assert check is False
        calls.append(words)
        return SimpleNamespace(returncode=code)

    monkeypatch.setattr(subprocess, "run", run)
    endings: list[str | None] = []
    for task in tasks:
        try:
            task()
        except Exception as error:  # noqa: BLE001 (any that the file raises)
            endings.append(type(error).__name__)
        else:
            endings.append(None)
    return calls, endings


def _program(folder: Path, monkeypatch: pytest.MonkeyPatch, name: str, script: str) -> None:
    place = folder / "bin"
    place.mkdir()
    (place / name).write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    (place / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{place}:{os.environ['PATH']}")


def _stand_in(folder: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> Path:
    """A program that writes down what it was asked."""
    asked = folder / "asked"
    _program(folder, monkeypatch, name, f'echo "$@" >> {asked}')
    return asked
