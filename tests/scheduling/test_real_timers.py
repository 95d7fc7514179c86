"""The real crontab and a real systemd of the user take, keep and give back what we write (`real_timers.py`, in mounts of its own).

What cron's own process makes of a line takes a minute of waiting: `python tests/scheduling/real_timers.py daemon`.
"""

from __future__ import annotations

import pytest
import real_timers
from test_timers import EVERY, HOSTILE

from lowback.scheduling.timers.cron import cron_block


def found(what: str) -> dict:
    reason = real_timers.missing(what)
    if reason:
        pytest.skip(reason)
    return real_timers.alone(what)


@pytest.fixture(scope="module")
def crontab() -> dict:
    return found("crontab")


@pytest.fixture(scope="module")
def systemd() -> dict:
    return found("systemd")


def test_a_crontab_gets_the_lines_once_and_keeps_those_of_others(crontab):
    one, later, two = (
        cron_block(real_timers.woken(*asked)) for asked in (("one",), ("one", "day 02:30"), ("two",))
    )
    others = real_timers.OTHERS
    assert crontab["of others"] == others
    assert crontab["installed"] == crontab["again"] == others + one
    assert crontab["at another time"] == others + later
    assert later != one
    assert crontab["beside a second"] == others + later + two
    assert crontab["first removed"] == others + two
    assert crontab["both removed"] == crontab["removed again"] == others


def test_a_user_without_a_crontab_is_not_given_an_empty_one(crontab):
    assert crontab["without any"] == 1


def test_a_crontab_takes_the_lines_of_any_path_and_gives_them_back_byte_for_byte(crontab):
    assert crontab["names"] == {name: cron_block(real_timers.woken(name)) for name in HOSTILE}
    assert crontab["after names"] == real_timers.OTHERS


def test_a_crontab_takes_the_longest_command_that_we_write(crontab):
    assert crontab["longest"]["bytes"] == crontab["longest"]["allowed"]


def test_systemd_turns_the_timer_on_and_forgets_it(systemd):
    assert systemd["enabled"] == ["enabled", "active"]
    assert systemd["left"] == [""]


def test_systemd_wakes_the_command_at_the_next_slot_also_after_a_change(systemd):
    told = dict(systemd["slots"])
    assert set(told) == set(EVERY)
    # Of several weeks it is woken in each; the command knows which it is.
    elapses, slot = told.pop("2 weeks sunday 06:00")
    assert elapses[:3] == slot[:3] == "Sun"
    assert {every: elapses for every, (elapses, _) in told.items()} == {
        every: slot for every, (_, slot) in told.items()
    }


def test_systemd_hands_every_path_to_the_command_as_it_is(systemd):
    assert systemd["words"] == {name: [name] for name in HOSTILE}
