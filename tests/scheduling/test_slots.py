"""Slots come from the calendar of their zone: by hand, against dateutil and systemd, and by what must hold of any."""

from __future__ import annotations

import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from clock_cases import CASES, ClockCase, utc
from dateutil import rrule, tz
from hypothesis import given, settings
from hypothesis import strategies as st

from lowback.checked_yaml import ConfigurationError
from lowback.scheduling.schedule import asked_schedule
from lowback.scheduling.slots import in_gap, latest_slot, next_slot, slots_between

ZONES = ("Europe/Amsterdam", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "Pacific/Apia", "Asia/Beirut",
         "Pacific/Chatham", "America/Havana", "Antarctica/Troll", "America/St_Johns", "Africa/Casablanca", "UTC")  # fmt: skip
EVERY = ("hour", "day 02:30", "day 00:00", "weekday 06:00", "sunday 02:15", "monday 23:59", "3 weeks sunday 01:30",
         "month 1 00:00", "month 28 02:30", "month last 23:30")  # fmt: skip
RULES = {
    "day 02:30": {"freq": rrule.DAILY, "byhour": 2, "byminute": 30},
    "day 00:00": {"freq": rrule.DAILY, "byhour": 0, "byminute": 0},
    "weekday 06:00": {"freq": rrule.DAILY, "byweekday": range(5), "byhour": 6, "byminute": 0},
    "sunday 02:15": {"freq": rrule.WEEKLY, "byweekday": rrule.SU, "byhour": 2, "byminute": 15},
    "2 weeks monday 06:00": {"freq": rrule.WEEKLY, "interval": 2, "byweekday": rrule.MO, "byhour": 6, "byminute": 0},
    "month 1 06:00": {"freq": rrule.MONTHLY, "bymonthday": 1, "byhour": 6, "byminute": 0},
    "month last 02:30": {"freq": rrule.MONTHLY, "bymonthday": -1, "byhour": 2, "byminute": 30},
}  # fmt: skip
CALENDARS = {
    "hour": "*-*-* *:00:00",
    "day 06:00": "*-*-* 06:00:00",
    "weekday 06:00": "Mon..Fri *-*-* 06:00:00",
    "monday 23:59": "Mon *-*-* 23:59:00",
    "month 15 12:00": "*-*-15 12:00:00",
    "month last 06:00": "*-*~01 06:00:00",
}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_slots_at_the_worst_of_calendars_are_those_worked_out_by_hand(case: ClockCase):
    schedule = asked_schedule(case.every, case.tz)
    found = slots_between(schedule, utc(case.after), utc(case.until))
    assert found == tuple(utc(one) for one in case.slots)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_asked_at_any_minute_the_latest_and_the_next_slot_are_the_neighbours(case: ClockCase):
    schedule = asked_schedule(case.every, case.tz)
    slots = [utc(one) for one in case.slots]
    for one, other in pairwise(slots):
        for now in (one, one + timedelta(seconds=1), other - timedelta(seconds=1)):
            assert latest_slot(schedule, now) == one
            assert next_slot(schedule, now) == other


@pytest.mark.parametrize("zone", ["Europe/Amsterdam", "America/New_York", "Australia/Lord_Howe", "UTC"])
@pytest.mark.parametrize("every", RULES)
def test_dateutil_finds_the_same_slots_where_the_clock_does_not_jump(every, zone):
    start, end = datetime(2024, 1, 1), datetime(2032, 1, 1)
    there = tz.gettz(zone)
    wall = [one for one in rrule.rrule(dtstart=start, until=end, bysecond=0, **RULES[every])
            if tz.datetime_exists(one, there)]  # fmt: skip
    expected = {one.replace(tzinfo=there).astimezone(UTC) for one in wall}
    found = slots_between(asked_schedule(every, zone), *(one.replace(tzinfo=there) for one in (start, end)))
    ours = {one for one in found if _is_as_asked(one, every, zone)}
    assert {one for one in expected if one > start.replace(tzinfo=there).astimezone(UTC)} == ours
    assert len(found) - len(ours) <= 8  # one jump a year


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd-analyze on this machine")
@pytest.mark.parametrize("zone", ["Europe/Amsterdam", "Asia/Kolkata", "America/St_Johns"])
@pytest.mark.parametrize("every", CALENDARS)
def test_systemd_finds_the_same_slots(every, zone):
    start = datetime(2027, 10, 20, tzinfo=UTC)
    words = ["systemd-analyze", "calendar", "--iterations=60", f"--base-time={start:%Y-%m-%d %H:%M:%S} UTC"]
    ran = subprocess.run(
        [*words, f"{CALENDARS[every]} {zone}"], capture_output=True, text=True, env={"TZ": "UTC", "PATH": "/usr/bin:/bin"},
        check=True,
    )  # fmt: skip
    lines = [line for line in ran.stdout.splitlines() if "Next elapse" in line or "Iter. #" in line]
    expected = [
        datetime.strptime(" ".join(line.split()[-3:-1]), "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
        for line in lines
    ]
    assert len(expected) == 60
    assert list(slots_between(asked_schedule(every, zone), start, expected[-1])) == expected


@given(
    st.sampled_from(EVERY),
    st.sampled_from(ZONES),
    st.datetimes(datetime(1995, 1, 1), datetime(2060, 1, 1), timezones=st.just(UTC)),
)
@settings(max_examples=50)
def test_between_two_slots_that_follow_each_other_there_is_no_third(every, zone, now):
    schedule = asked_schedule(every, zone)
    earlier, later = latest_slot(schedule, now), next_slot(schedule, now)
    assert earlier <= now < later
    assert slots_between(schedule, earlier, later) == (later,)
    assert next_slot(schedule, earlier) == later
    assert latest_slot(schedule, later - timedelta(microseconds=1)) == earlier


@given(
    st.sampled_from(EVERY),
    st.sampled_from(ZONES),
    st.datetimes(datetime(1995, 1, 1), datetime(2060, 1, 1), timezones=st.just(UTC)),
    st.integers(0, 60),
    st.integers(0, 60),
)
@settings(max_examples=50)
def test_slots_rise_and_two_stretches_hold_what_the_whole_holds(every, zone, start, days, more):
    schedule = asked_schedule(every, zone)
    middle, end = start + timedelta(days=days), start + timedelta(days=days + more)
    whole = slots_between(schedule, start, end)
    assert all(one < other for one, other in pairwise(whole))
    assert slots_between(schedule, start, middle) + slots_between(schedule, middle, end) == whole
    assert all(_is_as_asked(one, every, zone) or _ends_a_gap(one, zone) for one in whole)


def test_the_zone_of_the_one_who_asks_changes_nothing():
    schedule = asked_schedule("monday 06:00", "Europe/Amsterdam")
    now = datetime(2026, 11, 22, 12, tzinfo=UTC)
    assert {next_slot(schedule, now.astimezone(ZoneInfo(zone))) for zone in ZONES} == {
        utc("2026-11-23T05:00")
    }


def test_a_check_that_forgets_the_jump_would_be_caught():
    naive = datetime(2026, 3, 29, 2, 30, tzinfo=ZoneInfo("Europe/Amsterdam")).astimezone(UTC)
    assert naive not in slots_between(
        asked_schedule("day 02:30", "Europe/Amsterdam"), utc("2026-03-28T12"), utc("2026-03-29T12")
    )


@pytest.mark.parametrize(
    ("every", "said"),
    [
        ("mondy 06:00", "did you mean 'monday'?"),
        ("monday", "1 words where 2 belong"),
        ("monday 6", "'6' is no time; allowed 00:00 to 23:59"),
        ("monday 24:00", "'24:00' is no time"),
        ("monday 06:0\u0660", "is no time"),
        ("month 31 06:00", "allowed 1 to 28, which every month has, or 'last'"),
        ("month 0 06:00", "allowed 1 to 28"),
        ("month first 06:00", "allowed 1 to 28"),
        ("0 weeks monday 06:00", "allowed: 1 to 52 weeks"),
        ("2 weeks mo 06:00", "allowed: 'monday'"),
        ("mon 1 06:00", "3 words where 2 belong"),
        ("2 weeks monday 06:00 from 2026-02-30", "'2026-02-30' is no date"),
        ("hour 3", "2 words where 1 belong"),
        ("", "no words"),
        ("0 6 * * 1", "5 words where 4 belong"),
        ("99 weeks monday 06:00", "allowed: 1 to 52 weeks"),
        ("² weeks monday 06:00", "allowed: 'hour'"),
        ("$(reboot) 06:00", "'$(reboot)'; allowed: 'hour'"),
    ],
)
def test_words_that_cannot_be_read_are_refused_with_what_is_allowed(every, said):
    with pytest.raises(ConfigurationError) as refused:
        asked_schedule(every, "UTC")
    assert said in str(refused.value)
    assert "month last 06:00" in str(refused.value)


@pytest.mark.parametrize(
    ("zone", "said"),
    [
        ("Europe/Amsterdm", "did you mean 'Europe/Amsterdam'"),
        ("amsterdam", "'Europe/Amsterdam'"),
        ("europe/amsterdam", "'Europe/Amsterdam'"),
        ("Europe", "no such time zone"),
        ("../../etc/passwd", "no such time zone"),
        ("/etc/localtime", "no such time zone"),
        ("localtime", "no such time zone"),
        ("", "no such time zone"),
        ("CET-1CEST", "an offset"),
    ],
)
def test_zones_that_do_not_exist_are_refused_with_the_nearest(zone, said):
    with pytest.raises(ConfigurationError, match=r"allowed are names of the tz database") as refused:
        asked_schedule("hour", zone)
    assert said in str(refused.value)


@pytest.mark.parametrize("zone", ["GMT+1", "GMT+01", "Etc/GMT+01", "UTC+1"])
def test_an_offset_is_never_answered_by_the_zone_of_the_same_name_that_lies_on_the_other_side(zone):
    with pytest.raises(ConfigurationError) as refused:
        asked_schedule("hour", zone)
    assert "did you mean" not in str(refused.value)
    assert "an offset, which knows no summer time" in str(refused.value)


def test_words_are_read_whatever_their_case_and_spaces():
    assert asked_schedule("  Monday   06:00 ", "UTC").every == "monday 06:00"


@pytest.mark.parametrize(
    ("short", "whole"),
    [
        ("mon 06:00", "monday 06:00"),
        ("Tues 06:00", "tuesday 06:00"),
        ("thurs 06:00", "thursday 06:00"),
        ("2 weeks SUN 06:00", "2 weeks sunday 06:00"),
        ("month 1 06:00", "month 1 06:00"),
    ],
)
def test_the_first_letters_of_a_day_are_kept_as_its_whole_name(short, whole):
    assert asked_schedule(short, "UTC").every == whole


def _is_as_asked(slot: datetime, every: str, zone: str) -> bool:
    wall = slot.astimezone(ZoneInfo(zone))
    asked = "00" if every == "hour" else every.split(" from ")[0].split()[-1]
    return f"{wall:%M}" == asked if every == "hour" else f"{wall:%H:%M}" == asked


def _ends_a_gap(slot: datetime, zone: str) -> bool:
    there = slot.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    return in_gap(there - timedelta(seconds=1), ZoneInfo(zone))
