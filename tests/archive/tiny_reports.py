"""Reports of a few rows, written by hand in the form that publishing writes, whole down to their manifests."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lowback.csv_text import csv_of_rows
from lowback.publish.history import COLUMNS
from lowback.publish.manifest import write_manifest

ESTIMAND = "pain at week 12"
ROW = {
    "analysis": "ancova",
    "estimand": ESTIMAND,
    "term": "stretching vs usual care",
    "estimate": "-1.0",
    "std_error": "0.3",
    "df": "95.0",
    "conf_low": "-1.6",
    "conf_high": "-0.4",
    "p_value": "0.001",
    "unit": "NRS points",
    "n_participants": "98",
}
ANSWER = {
    "question": "Did pain fall more?",
    "answer": "Pain fell by 1 point more. That may matter.",
    "analysis": "ancova",
    "estimand": ESTIMAND,
    "verdict": "holds",
    "refused": False,
}


def row(**changes: Any) -> dict[str, str]:
    return {**ROW, **{name: str(value) for name, value in changes.items()}}


def data_file(content: str = "one", path: str = "../data/visits.csv", role: str = "data") -> dict[str, Any]:
    digest = hashlib.sha256(content.encode()).hexdigest()
    return {"role": role, "path": path, "bytes": len(content), "sha256": digest}


def past(run: str, estimate: float, *, half: float = 0.6, **changes: Any) -> dict[str, str]:
    """A row of a history: `run` is its day."""
    told = {
        "run": f"{run}T06:00:00Z",
        "data_date": run,
        "key": f"key of {run}",
        "estimate": repr(estimate),
        "conf_low": repr(estimate - half),
        "conf_high": repr(estimate + half),
    }
    whole = {**row(), **told, **{name: str(value) for name, value in changes.items()}}
    return {name: whole[name] for name in COLUMNS}


def write_report(
    folder: Path,
    rows: Sequence[Mapping[str, str]] = (ROW,),
    *,
    history: Sequence[Mapping[str, str]] = (),
    **manifest: Any,
) -> Path:
    """A report in `folder`; `manifest` are keys that it has besides or instead of the usual ones."""
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / "estimates.csv", tuple(ROW), rows)
    if history:
        _write(folder / "history.csv", COLUMNS, history)
    (folder / "report.html").write_text("<!doctype html><title>A report</title>\n", encoding="utf-8")
    write_manifest(folder, {**usual(), "name": folder.name, **manifest})
    return folder


def usual() -> dict[str, Any]:
    return {
        "title": "A trial",
        "fingerprint": "key of 2026-11-16",
        "started": "2026-11-16T06:00:00Z",
        "data_date": "2026-11-15",
        "study": {"estimands": [{"name": ESTIMAND, "smallest_worthwhile": 1.0}]},
        "inputs": [data_file()],
        "parameters": {"effect": {"effect": -1.0}},
        "versions": {"python": "3.11.2", "numpy": "2.4.0"},
        "sources": "a" * 64,
        "commit": {"hash": "b" * 40, "changed": False},
        "seed": 1,
        "smallest_count": 0,
        "headline": "Pain fell by 1 point more.",
        "answers": [ANSWER],
        "claims": {"supported": 2, "cannot tell": 5},
    }


def _write(path: Path, columns: Sequence[str], rows: Sequence[Mapping[str, str]]) -> None:
    path.write_text(csv_of_rows(columns, rows), encoding="utf-8", newline="")
