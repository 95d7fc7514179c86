"""Runs the fault-injection suite: `python tests/faults/run_faults.py --all --jobs 2 --page docs/reliability.md`.

Outcomes are kept, a line each, in the file given by `--records`; a case that was survived with the same source code is not run
again. Linux only; the cases that mount disks or make namespaces need root and are listed as not run without.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Empty, Queue
from typing import Any

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

import at_once  # noqa: E402
import bad_sites  # noqa: E402
import deaths  # noqa: E402
import input_changes  # noqa: E402
import storage_faults  # noqa: E402
import write_faults  # noqa: E402
from clock_faults import clock_cases  # noqa: E402
from fault_cases import NEW, Case, Outcome, desks, tried  # noqa: E402
from fault_desk import Desk  # noqa: E402
from reliability_page import Record, write_page  # noqa: E402

from lowback.publish.provenance import sources_hash  # noqa: E402


def all_cases(template: Desk) -> list[Case]:
    """Every case of the whole suite; a taped and a timed run on the template's copies tell where faults can be put."""
    with tempfile.TemporaryDirectory(dir=template.folder.parent) as folder:
        tape = write_faults.taped(template, Path(folder))
    with tempfile.TemporaryDirectory(dir=template.folder.parent) as folder:
        desk = template.copied(Path(folder))
        desk.ask(NEW)
        started = time.monotonic()
        desk.run()
        seconds = time.monotonic() - started
    return [
        *deaths.cases(),
        *storage_faults.error_cases(tape),
        *storage_faults.size_cases(),
        *storage_faults.folder_cases(),
        *at_once.network_cases(),
        *clock_cases(),
        *input_changes.cases(),
        *at_once.double_start_cases(),
        *write_faults.prefix_cases(tape),
        *write_faults.signal_cases(seconds),
        *bad_sites.cases(),
        *write_faults.kill_cases(tape),
    ]


def sampled(cases: list[Case], most: int) -> list[Case]:
    """At most so many cases of each family, evenly from the first to the last, the families in turn."""
    families = dict.fromkeys(one.family for one in cases)
    ours = {name: [one for one in cases if one.family == name] for name in families}
    return [
        mine[number * len(mine) // most]
        for number in range(most)
        for mine in ours.values()
        if number == 0 or number * len(mine) // most > (number - 1) * len(mine) // most
    ]


def run_all(cases: list[Case], jobs: int, records: Path, place: Path | None) -> None:
    """Try every case that has no outcome yet, `jobs` at a time, each worker with a desk and a server of its own."""
    done = survived_already(records)
    waiting: Queue[Case] = Queue()
    for case in cases:
        if (case.family, case.name) not in done:
            waiting.put(case)
    total = waiting.qsize()
    print(f"{len(cases)} cases, {total} to be run")  # noqa: T201

    def work(_: int) -> None:
        with desks(place) as template:
            while True:
                try:
                    case = waiting.get_nowait()
                except Empty:
                    return
                keep(records, tried(case, template))

    with ThreadPoolExecutor(jobs) as pool:
        list(pool.map(work, range(min(jobs, total))))


def keep(records: Path, outcome: Outcome) -> None:
    """Add the outcome to the records and say it."""
    case = outcome.case
    line = {
        "family": case.family,
        "case": case.name,
        "expected": [int(one) for one in case.expected],
        "code": outcome.code,
        "problem": outcome.problem,
        "seconds": outcome.seconds,
        "sources": sources_hash(),
    }
    with records.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")
    verdict = "survived" if not outcome.problem else f"NOT SURVIVED: {outcome.problem[:300]}"
    print(f"{case.family} | {case.name} | {outcome.code} | {outcome.seconds} s | {verdict}", flush=True)  # noqa: T201


def read_records(records: Path) -> list[dict[str, Any]]:
    """The last outcome of each case."""
    lines = records.read_text(encoding="utf-8").splitlines() if records.exists() else []
    last = {(one["family"], one["case"]): one for one in map(json.loads, lines)}
    return list(last.values())


def survived_already(records: Path) -> set[tuple[str, str]]:
    """The cases that need not be run again."""
    now = sources_hash()
    return {
        (one["family"], one["case"])
        for one in read_records(records)
        if one["sources"] == now and not one["problem"]
    }


def main() -> int:
    """Run what is asked for and write the page."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--all", action="store_true", help="every family")
    words.add_argument("--family", action="append", default=[], help="families whose name begins so")
    words.add_argument("--sample", type=int, help="so many cases of each family, spread evenly")
    words.add_argument("--jobs", type=int, default=2)
    words.add_argument("--records", type=Path, default=Path("faults.jsonl"))
    words.add_argument("--page", type=Path)
    words.add_argument("--at", type=Path, default=Path("/dev/shm") if os.path.isdir("/dev/shm") else None)
    words.add_argument("--attacks", type=Path, help="the records of tests/attacks, to be shown on the page")
    asked = words.parse_args()
    with desks(asked.at) as template:
        cases = all_cases(template)
    if asked.all or asked.family:
        chosen = [one for one in cases if asked.all or one.family.startswith(tuple(asked.family))]
        chosen = sampled(chosen, asked.sample) if asked.sample else chosen
        may = [one for one in chosen if one.needs != "root" or os.geteuid() == 0]
        run_all(may, asked.jobs, asked.records, asked.at)
    now = sources_hash()
    found = {
        (one["family"], one["case"]): one for one in read_records(asked.records) if one["sources"] == now
    }
    shown = [Record(one.family, one.name, one.expected, found.get((one.family, one.name))) for one in cases]
    if asked.page:
        write_page(asked.page, shown, asked.attacks)
    failed = [one for one in shown if one.outcome and one.outcome["problem"]]
    print(f"survived {sum(one.survived for one in shown)} of {len(shown)}; not survived {len(failed)}")  # noqa: T201
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
