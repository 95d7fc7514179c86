"""A request on a copy of the example cohort whose one notebook takes a second: the mean pain of all visits."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "data" / "example"
PARAMETERS = """\
mapping = "x.yml"  # how the files are read
data = ""  # their folder
study_file = "y.yml"  # the study
part: dict[str, str] = {}  # whom the report is about
shift = 0.0  # added to the mean
"""
SHOW = """\
from IPython.display import display
from lowback.intake import read_cohort
from lowback.result import ANSWER_MIME, RESULT_MIME, Result, estimates_frame, to_payload

pain = read_cohort(mapping, data or None, part).visits["pain_nrs"].dropna()
mean, error = float(pain.mean()) + shift, float(pain.sem())
row = dict(term="mean pain", estimate=mean, std_error=error, df=len(pain) - 1.0, conf_low=mean - 2 * error,
           conf_high=mean + 2 * error, p_value=0.5, unit="NRS points", n_participants=160)
result = Result("visit_means", "back pain at week 12", "How much pain?", estimates_frame([row]), "A mean.")
said = dict(question=result.question, answer="Some pain. It varies.", basis="160 people.", analysis="visit_means",
            estimand="back pain at week 12", refused=False)
display({ANSWER_MIME: said, RESULT_MIME: to_payload(result), "text/html": "<p>Some</p>"}, raw=True)
"""
REQUEST = """\
title: A small report
mapping: data/mapping.yml
study: data/study.yml
notebooks: [pain.ipynb]
"""


def small_study(folder: Path, more: str = "") -> Path:
    """Write the request `small.yml` with its data into `folder`; `more` are further lines of it."""
    shutil.copytree(EXAMPLE, folder / "data", ignore=shutil.ignore_patterns("report", "*.md", "truth.csv"))
    cells = [
        {"cell_type": "markdown", "id": "a", "metadata": {}, "source": "# Pain"},
        _code(PARAMETERS, "b", "parameters"),
        _code(SHOW, "c"),
    ]
    notebook = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}
    (folder / "pain.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    request = folder / "small.yml"
    request.write_text(REQUEST + more, encoding="utf-8")
    return request


def raise_pain(folder: Path) -> None:
    """Add a point to the first visit whose pain allows it."""
    path = folder / "data" / "visits.csv"
    head, *rows = path.read_text(encoding="utf-8").splitlines()
    place = head.split(",").index("pain_nrs")
    for number, line in enumerate(rows):
        cells = line.split(",")
        if cells[place] and float(cells[place]) <= 9:
            cells[place] = str(float(cells[place]) + 1)
            rows[number] = ",".join(cells)
            break
    path.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")


def lowback(*arguments: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "lowback", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, timeout=300, check=False)


def _code(source: str, name: str, *tags: str) -> dict[str, object]:
    metadata = {"tags": list(tags)} if tags else {}
    return {"cell_type": "code", "id": name, "metadata": metadata, "source": source, "execution_count": None, "outputs": []}  # fmt: skip
