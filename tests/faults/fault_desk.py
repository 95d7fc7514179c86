"""A folder as a person keeps it, with a report in it, and what must hold of it after anything has happened."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from calling import Call, Caller

from lowback.publish import verify_report

STUDY = """\
title: A trial of two arms
design: randomised trial
weeks: [0, 12]
arms: [stretching, usual care]
control_arm: usual care
estimands:
  - {name: pain at week 12, summary: mean difference, outcome: pain_nrs, week: 12}
"""
MAPPING = """\
cohort: small
files:
  - file: people.csv
    columns: {id: {to: participant_id}, group: {to: arm}}
  - file: visits.csv
    columns: {id: {to: participant_id}, week: {to: weeks, unit: weeks}, pain: {to: pain_nrs, unit: NRS points}}
"""
PARAMETERS = """\
mapping = "mapping.yml"  # how the files are read
data = ""  # their folder
study_file = "study.yml"  # the question
turn = 0  # which report this is
"""
SHOWS = """\
from IPython.display import display
row = dict(term="stretching vs usual care", estimate=-turn, std_error=0.3, df=95.0, conf_low=-turn - 0.6,
           conf_high=0.6 - turn, p_value=0.01, unit="NRS points", n_participants=12)
result = dict(kind="result", analysis="ancova", estimand="pain at week 12", question="Did pain fall more?",
              estimates=[row], method="A method.", assumptions=[], sources=[], keys=None)
display({"application/vnd.lowback.result+json": result, "text/plain": "a 1"}, raw=True)
said = dict(question="Did pain fall more?", answer="By some points.", basis="12 people.", analysis="ancova",
            estimand="pain at week 12", refused=False)
display({"application/vnd.lowback.answer+json": said, "application/vnd.lowback.result+json": result,
         "text/html": '<div class="answer">By</div>'}, raw=True)
"""
GATE = """\
import os, time
open(os.environ["LOWBACK_GATE"] + "/started", "w").close()
end = time.monotonic() + 60
while not os.path.exists(os.environ["LOWBACK_GATE"] + "/go") and time.monotonic() < end:
    time.sleep(0.01)"""
LIMITS = "cell_seconds: 60\n"
NAME = "trial"
INDEX = "index.html"
"""The page that lists all reports, which every run renews."""
MARKER = "LOWBACK_FAULT_CASE"
MEND_SECONDS = 8.0
LONGEST = 150.0
MAY_STAY = (".lock", ".failed", ".failed.json", ".state.json", ".history", ".status.json")
"""Endings of what a run may leave beside a report besides the report: the lock's file and the record of a failure."""


def code(source: str, *tags: str) -> dict[str, Any]:
    """A code cell."""
    return {"cell_type": "code", "metadata": {"tags": list(tags)} if tags else {}, "source": source,
            "execution_count": None, "outputs": []}  # fmt: skip


def write_notebook(path: Path, *cells: Mapping[str, Any]) -> None:
    """A notebook of these cells."""
    numbered = [{**cell, "id": f"cell-{number}"} for number, cell in enumerate(cells)]
    content = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": numbered}
    path.write_text(json.dumps(content), encoding="utf-8")


@dataclass
class Desk:
    """`folder` holds the sources and the report; `aside` (temporary files, what was printed) lies beside it."""

    folder: Path
    caller: Caller
    mark: str = field(default_factory=lambda: uuid.uuid4().hex)
    kept: dict[str, str] = field(default_factory=dict)
    out: Path | None = None
    afterwards: list[Callable[[], object]] = field(default_factory=list)

    @property
    def aside(self) -> Path:
        """Where everything else goes that a run writes."""
        return self.folder.parent / "aside"

    @property
    def report(self) -> Path:
        """Where the report stands."""
        return (self.out or self.folder) / NAME

    @property
    def request(self) -> Path:
        """The request."""
        return self.folder / f"{NAME}.yml"

    def lay(self, turn: int = 0, *, cells: Sequence[str] = (), limits: str = LIMITS) -> None:
        """Write the sources of a report that shows `turn`, its notebook with more cells before the last if wished."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.aside.mkdir(exist_ok=True)
        (self.aside / "tmp").mkdir(exist_ok=True)
        (self.folder / "study.yml").write_text(STUDY, encoding="utf-8")
        (self.folder / "mapping.yml").write_text(MAPPING, encoding="utf-8")
        people = [f"P{number},{'stretching' if number % 2 else 'usual care'}" for number in range(12)]
        (self.folder / "people.csv").write_text("\n".join(["id,group", *people, ""]), encoding="utf-8")
        visits = [f"P{number},{week},{3 + (number + week) % 4}" for number in range(12) for week in (0, 12)]
        (self.folder / "visits.csv").write_text("\n".join(["id,week,pain", *visits, ""]), encoding="utf-8")
        self.ask(turn, cells=cells, limits=limits)

    def ask(self, turn: int, *, cells: Sequence[str] = (), limits: str = LIMITS, shows: str = SHOWS) -> None:
        """Write the request and its notebook anew."""
        write_notebook(
            self.folder / "turns.ipynb",
            code(PARAMETERS, "parameters"),
            code(shows),
            *(code(one) for one in cells),
            code("print('turn', turn)"),
        )
        self.request.write_text(
            f"title: A trial\nmapping: mapping.yml\nstudy: study.yml\nnotebooks: [turns.ipynb]\n"
            f"parameters: {{turn: {turn}}}\n{limits}",
            encoding="utf-8",
        )

    def start(self, *words: str, **given: Any) -> Call:
        """Start `lowback report` on the request."""
        environment = {
            **os.environ,
            MARKER: self.mark,
            "TMPDIR": str(self.aside / "tmp"),
            "HOME": str(self.aside),
        }
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        environment |= given.pop("environment", {})
        words = words or ("report", str(self.request), *(("--out", str(self.out)) if self.out else ()))
        self.kept = self.kept or self.sources()
        out = self.aside / given.pop("out", "said.txt")
        return self.caller.start(words, self.folder, out, environment, **given)

    def run(self, *words: str, **given: Any) -> int:
        """Run it to its end; its exit code."""
        return self.start(*words, **given).ended(LONGEST)

    def gated(self, action: Callable[[], object], turn: int, **given: Any) -> int:
        """Run it with `action` while its notebook runs."""
        self.ask(turn, cells=[GATE, *given.pop("cells", [])])
        call = self.start(
            environment={"LOWBACK_GATE": str(self.aside), **given.pop("environment", {})}, **given
        )
        return self.opened(call, action)

    def opened(self, call: Call, action: Callable[[], object]) -> int:
        """Wait until a run has come to the gate, act, and let it go on; its exit code."""
        end = time.monotonic() + LONGEST
        while not (self.aside / "started").exists() and call.code(0.02) is None and time.monotonic() < end:
            continue
        action()
        (self.aside / "go").touch()
        return call.ended(LONGEST)

    def said(self) -> str:
        """What has been printed."""
        said = self.aside / "said.txt"
        return said.read_text(encoding="utf-8", errors="replace") if said.exists() else ""

    def copied(self, folder: Path) -> Desk:
        """The same in another place."""
        shutil.copytree(self.folder, folder / "desk", symlinks=True)
        other = Desk(folder / "desk", self.caller)
        (other.aside / "tmp").mkdir(parents=True)
        return other

    def sources(self) -> dict[str, str]:
        """The hash of every file that is the person's own."""
        found = {}
        for path in sorted(self.folder.iterdir()):
            if path.is_file() and not path.name.startswith(".") and path.name != INDEX:
                found[path.name] = hashlib.sha256(path.read_bytes()).hexdigest()
        return found

    def standing(self) -> int | None:
        """Which report stands, whole; None for none at all."""
        if not self.report.exists():
            return None
        problems = verify_report(self.report)
        if problems:
            raise NotSurvivedError(f"the report is not whole: {problems[0]}")
        manifest = json.loads((self.report / "manifest.json").read_text(encoding="utf-8"))
        turn = manifest["parameters"]["turns"]["turn"]
        if f"turn {turn}" not in (self.report / "report.html").read_text(encoding="utf-8"):
            raise NotSurvivedError(f"the page of report {turn} is not its own")
        return int(turn)

    def strays(self) -> list[str]:
        """Files that nobody needs, once no run is under way."""
        ours = {
            "study.yml",
            "mapping.yml",
            "people.csv",
            "visits.csv",
            "turns.ipynb",
            f"{NAME}.yml",
            NAME,
            INDEX,
        }
        beside = [one.name for one in self.folder.iterdir() if one.name not in ours]
        beside = [one for one in beside if not (one.startswith(".") and one.endswith(MAY_STAY))]
        return sorted(beside) + [f"tmp/{one.name}" for one in (self.aside / "tmp").iterdir()]

    def strays_of_sites(self) -> list[str]:
        """Hidden folders of runs that have ended, beside the reports of sites, and temporary files."""
        hidden = [one for one in self.folder.rglob(".*.new-*") if one.is_dir()]
        return sorted(one.name for one in [*hidden, *(self.aside / "tmp").iterdir()])

    def running(self) -> list[int]:
        """Processes that a run has left."""
        found = []
        for entry in os.scandir("/proc"):
            if entry.name.isdigit():
                try:
                    with open(f"/proc/{entry.name}/environ", "rb") as file:
                        marked = f"{MARKER}={self.mark}".encode() in file.read()
                    with open(f"/proc/{entry.name}/stat", "rb") as file:
                        dead = file.read().rpartition(b")")[2].split()[0] in (b"Z", b"X")
                except OSError:
                    continue
                if marked and not dead:
                    found.append(int(entry.name))
        return found

    def quiet(self, seconds: float = MEND_SECONDS) -> list[int]:
        """Wait until no process is left; those that still are after so many seconds."""
        end = time.monotonic() + seconds
        while (left := self.running()) and time.monotonic() < end:
            time.sleep(0.05)
        return left


class NotSurvivedError(AssertionError):
    """Something that must hold whatever happens does not."""
