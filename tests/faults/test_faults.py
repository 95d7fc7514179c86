"""A part of the fault-injection suite, a few cases of each family; the whole: `python tests/faults/run_faults.py --all`."""

from __future__ import annotations

import os
import random
import sys
from collections.abc import Iterator
from dataclasses import replace

import at_once
import bad_sites
import deaths
import input_changes
import pytest
import storage_faults
import write_faults
from clock_faults import clock_cases
from fault_cases import Case, desks, tried
from fault_desk import Desk

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="forks, kills and reads /proc")

SEED = 20
EACH = {"write prefix": 4, "SIGKILL during writing": 2}


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with desks(tmp_path_factory.mktemp("desks")) as desk:
        yield desk


def drawn(cases: list[Case], seed: int) -> list[Case]:
    """Some cases of each family, quick ones first; the next run asks for what stands."""
    chance = random.Random(seed)
    found = []
    for family in dict.fromkeys(one.family for one in cases):
        ours = [one for one in cases if one.family == family and (one.needs != "root" or os.geteuid() == 0)]
        found += chance.sample(ours, min(len(ours), EACH.get(family, 1)))
    return [replace(one, anew=False) for one in found]


def assert_survived(cases: list[Case], template: Desk) -> None:
    outcomes = [tried(one, template) for one in cases]
    assert [(one.case.family, one.case.name, one.problem) for one in outcomes if one.problem] == []


def test_notebooks_that_die_stop_or_hang_leave_the_old_report(template):
    assert_survived(drawn(deaths.cases(), SEED), template)


def test_killed_and_failing_writes_leave_a_whole_report(template, tmp_path):
    tape = write_faults.taped(template, tmp_path)
    cases = [
        *write_faults.kill_cases(tape),
        *write_faults.prefix_cases(tape),
        *storage_faults.error_cases(tape),
    ]
    assert_survived(drawn(cases, SEED), template)


def test_signals_folders_changed_inputs_and_runs_at_once_leave_a_whole_report(template):
    cases = [
        *write_faults.signal_cases(2.0),
        *storage_faults.folder_cases(),
        *input_changes.cases(),
        *at_once.double_start_cases(),
    ]
    assert_survived(drawn(cases, SEED), template)


def test_every_slot_of_the_table_of_clocks_is_known(template):
    assert_survived([one for one in clock_cases() if one.bare], template)


def test_a_bad_site_changes_no_other_sites_report(template):
    cases = bad_sites.cases(2)
    assert_survived(random.Random(SEED).sample(cases, 1), template)
