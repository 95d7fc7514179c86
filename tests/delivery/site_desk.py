"""A request over five sites, one of which may be bad, that is made in a few seconds."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

SITES = ("Delft", "Gouda", "Leiden", "Utrecht", "Zeist")
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
cohort: five sites
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
part: dict[str, str] = {}  # whom it is about
turn = 0  # which report this is
"""
SHOWS = """\
from IPython.display import display
from lowback.intake import read_cohort
from lowback.result import RESULT_MIME, Result, estimates_frame, to_payload
cohort = read_cohort(mapping, data or None, part)
pain = float(cohort.visits["pain_nrs"].mean())
row = dict(term="stretching vs usual care", estimate=pain + turn, std_error=0.3, df=95.0, conf_low=pain + turn - 1,
           conf_high=pain + turn + 1, p_value=0.01, unit="NRS points", n_participants=len(cohort.participant_ids))
display({RESULT_MIME: to_payload(Result("ancova", "pain at week 12", "Did pain fall?", estimates_frame([row]), "Means."))}, raw=True)
"""


def code(source: str, *tags: str) -> dict[str, Any]:
    metadata = {"tags": list(tags)} if tags else {}
    return {
        "cell_type": "code",
        "metadata": metadata,
        "source": source,
        "execution_count": None,
        "outputs": [],
    }


def write_notebook(path: Path, *sources: str) -> None:
    cells = [code(PARAMETERS, "parameters"), *(code(one) for one in sources)]
    numbered = [{**cell, "id": f"cell-{number}"} for number, cell in enumerate(cells)]
    path.write_text(
        json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": numbered}), encoding="utf-8"
    )


def write_site(folder: Path, pain: float) -> None:
    folder.mkdir(parents=True)
    people = "".join(f"P{number},{('stretching', 'usual care')[number % 2]}\n" for number in range(8))
    visits = "".join(
        f"P{number},{week},{(pain + number) % 10:g}\n" for number in range(8) for week in (0, 12)
    )
    (folder / "people.csv").write_text("id,group\n" + people, encoding="utf-8")
    (folder / "visits.csv").write_text("id,week,pain\n" + visits, encoding="utf-8")


class Desk:
    """A folder as a person keeps it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "study.yml").write_text(STUDY, encoding="utf-8")
        (folder / "mapping.yml").write_text(MAPPING, encoding="utf-8")
        write_notebook(folder / "notes.ipynb", SHOWS)
        for number, site in enumerate(SITES):
            write_site(folder / "data" / site, 0.25 * number)
        self.ask()

    def ask(self, *lines: str, name: str = "weekly", sites: bool = True) -> Path:
        """Write a request; over the sites, or of one of them alone."""
        of = "data: data/{site}\nfor_each: site" if sites else "data: data/Delft"
        text = f"title: A trial\nmapping: mapping.yml\nstudy: study.yml\n{of}\nnotebooks: [notes.ipynb]\n"
        request = self.folder / f"{name}.yml"
        request.write_text(text + "".join(f"{line}\n" for line in lines), encoding="utf-8")
        return request

    def command(self, *words: object) -> list[str]:
        return [sys.executable, "-m", "lowback", *map(str, words)]

    def run(self, *words: object, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*words), capture_output=True, text=True, timeout=300, check=False, cwd=self.folder,
            env={**os.environ, **environment},
        )  # fmt: skip

    def left_over(self, folder: str = ".") -> list[str]:
        names = [one.name for one in (self.folder / folder).iterdir() if one.name.startswith(".")]
        return sorted(name for name in names if not name.endswith(".lock"))


def estimates(folder: Path, sites: Sequence[str] = SITES) -> dict[str, bytes]:
    return {site: (folder / site.lower() / "estimates.csv").read_bytes() for site in sites}
