"""Puts words into every text of every table that we write for readers, and looks whether a spreadsheet could take a cell for a formula.

Cells are parted as spreadsheets part them: at commas, at semicolons (most of Europe's) and at tabs. The judge is none of our code.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd

from lowback.checklists import table
from lowback.checklists.filling import Filled, Ticked, read_table
from lowback.checklists.items import checklists
from lowback.csv_text import csv_text, rows_of
from lowback.intake.quarantine import write_quarantine
from lowback.publish.building import write_history, write_tables
from lowback.publish.harvest import harvest
from lowback.publish.history import read_history, run_rows
from lowback.repeat.planning.results import write_designs
from lowback.result import RESULT_MIME, Result, estimates_frame
from lowback.simulate.documents import _write_truth

BEGINNINGS = "=+-@\t\r\n＝＋－＠"
"""What a spreadsheet may take for the beginning of a formula: OWASP, "CSV Injection"."""
PARTED_AT = ",;\t"
NUMBERS = {
    "estimate": -1.25,
    "std_error": 0.3,
    "df": 9.0,
    "conf_low": -1.6,
    "conf_high": -0.4,
    "p_value": 1e-5,
}


def formulas_in(text: str) -> Iterator[str]:
    """The cells of comma-separated text that a spreadsheet may execute, however it parts them; a number is none."""
    for separator in PARTED_AT:
        # A file parted at another mark than it was written with has rows of any length.
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator):
            yield from (one for one in row if _begins_a_formula(one))


def _begins_a_formula(cell: str) -> bool:
    begins = cell.lstrip(" \u00a0")[:1]
    return begins != "" and begins in BEGINNINGS and not _is_number(cell)


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _found(words: str) -> Any:
    """What a notebook brings whose result says the words in each of its texts."""
    row = {"term": words, **NUMBERS, "unit": words or "x", "n_participants": 9}
    payload = {"kind": "result", "analysis": "ancova", "estimand": words, "question": "q", "method": "m", "assumptions": [], "sources": [],
               "keys": None, "estimates": [row]}  # fmt: skip
    shown = {"output_type": "display_data", "data": {RESULT_MIME: payload}, "metadata": {}}
    cell = {"cell_type": "code", "metadata": {}, "source": "x", "outputs": [shown]}
    return harvest([("effect", [cell])])


def _estimates(words: str, folder: Path) -> tuple[Path, list[str]]:
    write_tables(SimpleNamespace(found=_found(words), folder=folder))
    row = rows_of(_text(folder / "estimates.csv"))[0]
    return folder / "estimates.csv", [row["estimand"], row["term"], row["unit"] if words else ""]


def _ledger(words: str, folder: Path) -> tuple[Path, list[str]]:
    row = {"claim_id": "C1", "claim": words, "estimand": words, "estimate": -1.25, "n_participants": 9}
    estimates = _found(words).estimates
    write_tables(SimpleNamespace(found=SimpleNamespace(estimates=estimates, ledger=(row,)), folder=folder))
    read = rows_of(_text(folder / "ledger.csv"))[0]
    return folder / "ledger.csv", [read["claim"], read["estimand"]]


def _history(words: str, folder: Path) -> tuple[Path, list[str]]:
    rows = run_rows(_found(words).estimates(), run="2026-01-05T06:00:00Z", data_date=words, key="k")
    write_history(SimpleNamespace(history=rows, folder=folder))
    (read,) = read_history(folder)
    return folder / "history.csv", [read["term"], read["estimand"], read["data_date"]]


def _checklists(words: str, folder: Path) -> tuple[Path, list[str]]:
    ticked = Ticked("1a", "Title", "asks", "answered", "answered", words, "")
    filled = Filled("consort", checklists()["consort"], (ticked,))
    path = folder / "checklists.csv"
    path.write_text(csv_text(table((filled,))), encoding="utf-8", newline="\n")
    return path, [read_table(path)[0].items[0].value]


def _quarantine(words: str, folder: Path) -> tuple[Path, list[str]]:
    rows = pd.DataFrame([{"file": words, "row": 2, "rule": words, "source_row": words}])
    write_quarantine(SimpleNamespace(quarantine=rows), folder / "quarantine.csv")
    read = rows_of(_text(folder / "quarantine.csv"))[0]
    return folder / "quarantine.csv", [read["file"], read["rule"], read["source_row"]]


def _designs(words: str, folder: Path) -> tuple[Path, list[str]]:
    row = {"term": words or "x", **NUMBERS, "unit": "points", "n_participants": 9}
    keys = pd.DataFrame([{"design": 1, "note": words}])
    write_designs(Result("planning", "plan", "q", estimates_frame([row]), "m", keys=keys), folder)
    return folder / "designs.csv", [rows_of(_text(folder / "designs.csv"))[0]["note"]]


def _truth(words: str, folder: Path) -> tuple[Path, list[str]]:
    _write_truth(
        pd.DataFrame([{"estimand": words, "value": -1.25, "monte_carlo_se": 0.01}]), folder / "truth.csv"
    )
    return folder / "truth.csv", [rows_of(_text(folder / "truth.csv"))[0]["estimand"]]


WRITTEN: dict[str, Callable[[str, Path], tuple[Path, list[str]]]] = {
    "estimates.csv": _estimates,
    "ledger.csv": _ledger,
    "history.csv": _history,
    "checklists.csv": _checklists,
    "quarantine.csv": _quarantine,
    "designs.csv": _designs,
    "truth.csv": _truth,
}
"""Each writes its file and gives the texts that our own code reads from it."""


def broken_csv(name: str) -> Callable[[str, Path], str]:
    """What looks at one of the files."""

    def broken(words: str, folder: Path) -> str:
        """What is wrong with the file: a formula, words that become other cells or rows or come back as others."""
        path, read = WRITTEN[name](words, folder)
        text = _text(path)
        formulas = list(formulas_in(text))
        if formulas:
            return f"holds the formula {formulas[0][:60]!r}"
        rows = list(csv.DictReader(io.StringIO(text, newline="")))
        if len(rows) != 1 or None in rows[0] or None in rows[0].values():
            return f"became {len(rows)} rows"
        number = rows[0].get("value" if name == "truth.csv" else "estimate", "-1.25")
        if number != "-1.25":
            return f"has another number: {number}"
        return "" if set(read) == {words.replace("\r", " ")} else "was changed"

    return broken


def _text(path: Path) -> str:
    return path.read_bytes().decode()
