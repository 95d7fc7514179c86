"""Which slot is due when clocks are set, weeks are missed, runs fail and machines die; and that it runs once."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from clock_cases import CLOCKS, MONDAYS, utc
from hypothesis import given, settings
from hypothesis import strategies as st

from lowback.ending import Ending
from lowback.scheduling.records import Record, SlotTakenError, forget_the_oldest, read_records, slots_folder
from lowback.scheduling.schedule import Schedule, asked_schedule
from lowback.scheduling.slots import latest_slot
from lowback.scheduling.turns import NotDue, Turn, Went, due, run_due, went

DONE = went(Ending.DONE)


@pytest.mark.parametrize("calls", CLOCKS.values(), ids=CLOCKS)
def test_whatever_the_clock_does_each_slot_is_made_once_and_none_is_lost(calls, tmp_path):
    for moment, ending, expected in calls:
        now, ran = utc(moment), []
        with time_machine.travel(now, tick=False):
            run_due(MONDAYS, tmp_path / "trial", lambda turn, at=ran, to=ending: _run(at, turn, to), now)
        assert [f"{turn.slot:%m-%d}" for turn in ran] == ([expected] if expected else [])


@given(
    st.lists(st.tuples(st.integers(-30, 60), st.integers(0, 1439), st.sampled_from([0, 0, 0, 3, 5, 8])), min_size=1, max_size=25),
    st.sampled_from(["day 06:00", "monday 06:00", "weekday 23:30", "month last 00:00", "2 weeks sunday 02:30"]),
)  # fmt: skip
@settings(max_examples=60)
def test_whatever_clocks_and_endings_no_slot_is_made_twice_and_the_latest_is_made_or_due(calls, every):
    schedule = asked_schedule(every, "Europe/Amsterdam", since=utc("2026-01-01T00"))
    records: dict[datetime, Record] = {}
    now, made = utc("2026-03-01T00"), []
    for days, minutes, ending in calls:
        now += timedelta(days=days, minutes=minutes)
        found = due(schedule, records, now)
        if isinstance(found, NotDue):
            assert _accounted_for(schedule, records, now)
            continue
        assert found.slot == latest_slot(schedule, now)
        assert all(found.after < one < found.slot for one in found.missed)
        state = "failed" if ending else "published"
        records[found.slot] = Record(slot=found.slot, state=state, host="h", process=1, started=now, ended=now, ending=Ending(ending),
                                     can_pass=ending in (5, 8), after=found.after)  # fmt: skip
        made += [found.slot] if not ending else []
    assert len(made) == len(set(made))


def _accounted_for(schedule: Schedule, records: dict[datetime, Record], now: datetime) -> bool:
    """Whether nothing needs to be made: too early, made, made by a later one, or looked at by a person."""
    slot = latest_slot(schedule, now)
    own = records.get(slot)
    return (
        slot <= schedule.since
        or (own is not None and (own.state == "published" or not own.can_pass))
        or any(one.state == "published" and one.after < slot < at for at, one in records.items())
    )


def test_the_latest_missed_slot_catches_up_the_others_by_name(tmp_path):
    turns: list[Turn] = []
    for moment in ("2026-11-02T05:00", "2026-11-25T05:00"):
        run_due(MONDAYS, tmp_path / "trial", lambda turn: _run(turns, turn, 0), utc(moment))
    assert turns[1].missed == (utc("2026-11-09T05:00"), utc("2026-11-16T05:00"))
    record = read_records(slots_folder(tmp_path / "trial"))[utc("2026-11-23T05:00")]
    assert record.missed == turns[1].missed
    assert record.missed_count == 2


def test_weeks_before_the_schedule_was_made_were_not_missed(tmp_path):
    turns: list[Turn] = []
    run_due(MONDAYS, tmp_path / "trial", lambda turn: _run(turns, turn, 0), utc("2026-11-16T05:00"))
    assert turns[0].missed == (utc("2026-11-02T05:00"), utc("2026-11-09T05:00"))


def test_what_is_not_due_says_when_the_next_is(tmp_path):
    found = due(MONDAYS, {}, utc("2026-11-01T12"))
    assert found == NotDue("no slot since the schedule was made", utc("2026-11-02T05"))
    run_due(MONDAYS, tmp_path / "trial", lambda _: DONE, utc("2026-11-02T05"))
    found = due(MONDAYS, read_records(slots_folder(tmp_path / "trial")), utc("2026-11-03T12"))
    assert found == NotDue("the slot of Monday 2026-11-02 06:00 CET has its report", utc("2026-11-09T05"))


def test_a_person_need_not_wait(tmp_path):
    moment = utc("2026-11-02T05:00")
    run_due(MONDAYS, tmp_path / "trial", lambda _: went(Ending.PARTLY_FAILED), moment)
    records = read_records(slots_folder(tmp_path / "trial"))
    assert isinstance(due(MONDAYS, records, datetime.now(UTC)), Turn)
    later = records[moment].ended + timedelta(hours=1)
    schedule = asked_schedule("day 00:00", "UTC")
    record = {latest_slot(schedule, later): records[moment]}
    assert due(schedule, record, later).ending == Ending.PARTLY_FAILED
    assert isinstance(due(schedule, record, later, force=True), Turn)


def test_what_each_report_was_made_from_is_handed_on_even_if_others_of_its_slot_failed(tmp_path):
    turns: list[Turn] = []
    made = [{"a": "1", "b": "1"}, {"a": "2", "b": "1", "c": ""}, {"a": "3"}, {}]
    for week, data in enumerate(made):

        def run(turn: Turn, data: dict[str, str] = data) -> Went:
            turns.append(turn)
            return went(Ending.PARTLY_FAILED if len(data) == 3 else Ending.DONE, data)

        run_due(MONDAYS, tmp_path / "trial", run, utc("2026-11-02T05:00") + timedelta(weeks=week))
    assert [one.data_before for one in turns] == [
        {},
        {"a": "1", "b": "1"},
        {"a": "2", "b": "1"},
        {"a": "3", "b": "1"},
    ]


def test_of_many_at_once_one_runs_and_the_others_are_told(tmp_path):
    ran: list[Turn] = []

    def slow(turn: Turn) -> Went:
        ran.append(turn)
        time.sleep(0.3)
        return DONE

    def one(_: int) -> str:
        try:
            found = run_due(MONDAYS, tmp_path / "trial", slow, utc("2026-11-02T05:00"))
        except SlotTakenError:
            return "taken"
        return "not due" if isinstance(found, NotDue) else "ran"

    with ThreadPoolExecutor(12) as pool:
        ways = list(pool.map(one, range(12)))
    assert ways.count("ran") == len(ran) == 1
    assert set(ways) <= {"ran", "taken", "not due"}


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL")
def test_a_killed_run_never_blocks_the_next(tmp_path):
    script = (
        "import sys, time\nfrom pathlib import Path\nfrom datetime import datetime\n"
        "from lowback.scheduling.schedule import Schedule, asked_schedule\nfrom lowback.scheduling.turns import run_due\n"
        "def run(turn):\n    print('begun', flush=True)\n    time.sleep(60)\n"
        "run_due(asked_schedule('monday 06:00', 'Europe/Amsterdam'), Path(sys.argv[1]), run, datetime.fromisoformat(sys.argv[2]))\n"
    )
    words = [sys.executable, "-c", script, str(tmp_path / "trial"), utc("2026-11-02T05:00").isoformat()]
    with subprocess.Popen(words, stdout=subprocess.PIPE) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == b"begun\n"
        with pytest.raises(SlotTakenError):
            run_due(MONDAYS, tmp_path / "trial", lambda _: DONE, utc("2026-11-02T06:00"))
        running.send_signal(signal.SIGKILL)
        running.wait()
    turns: list[Turn] = []
    run_due(MONDAYS, tmp_path / "trial", lambda turn: _run(turns, turn, 0), utc("2026-11-02T07:00"))
    assert [one.attempts for one in turns] == [2]


@pytest.mark.parametrize("share", range(11))
def test_a_record_cut_anywhere_never_blocks(share, tmp_path):
    target, moment = tmp_path / "trial", utc("2026-11-02T05:00")
    run_due(MONDAYS, target, lambda _: went(Ending.STORAGE), moment)
    (path,) = slots_folder(target).glob("*.json")
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) * share // 10])
    turns: list[Turn] = []
    run_due(MONDAYS, target, lambda turn: _run(turns, turn, 0), moment + timedelta(hours=1))
    assert len(turns) == 1
    assert isinstance(due(MONDAYS, read_records(slots_folder(target)), moment + timedelta(hours=2)), NotDue)


@pytest.mark.parametrize("text", ["", "{", "null", "[]", '{"slot": 1}', "\0" * 400, '{"slot": "2026-11-02T05:00:00Z", "state": "published"}'])  # fmt: skip
def test_a_record_that_is_none_never_blocks(text, tmp_path):
    target = tmp_path / "trial"
    folder = slots_folder(target)
    folder.mkdir()
    (folder / "20261102T050000Z.json").write_text(text, encoding="utf-8")
    turns: list[Turn] = []
    run_due(MONDAYS, target, lambda turn: _run(turns, turn, 0), utc("2026-11-02T05:00"))
    assert len(turns) == 1


def test_nothing_but_records_and_the_lock_is_left(tmp_path):
    target = tmp_path / "trial"
    for week in range(5):
        run_due(MONDAYS, target, lambda _: DONE, utc("2026-11-02T05:00") + timedelta(weeks=week))
    assert len([one for one in slots_folder(target).iterdir() if one.name.startswith(".")]) == 0
    forget_the_oldest(slots_folder(target), most=3)
    kept = sorted(path.name for path in slots_folder(target).glob("*.json"))
    assert kept == ["20261116T050000Z.json", "20261123T050000Z.json", "20261130T050000Z.json"]
    assert all(json.loads(path.read_text("utf-8")) for path in slots_folder(target).glob("*.json"))


def _run(turns: list[Turn], turn: Turn, ending: int) -> Went:
    turns.append(turn)
    return went(Ending(ending))
