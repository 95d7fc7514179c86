"""What a failed run leaves beside the report: the notebooks as far as they ran, their logs, and a record that a program can read."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lowback.publish.failure import Failure, ending_of
from lowback.publish.placing import failed_folder, staging

RECORD = "failure.json"
SENTENCES = "failures.txt"


def keep_failed(work: Path, target: Path, failures: Sequence[Failure]) -> Path:
    """Keep what a failed run leaves to look at, with its record, beside the report and in place of an earlier failure."""
    ending = ending_of(one.kind for one in failures)
    record = {
        "kind": ending.name,
        "code": int(ending),
        "when": datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "sentence": str(failures[0]),
        "failures": [
            {"notebook": one.notebook, "cell": one.cell, "error": one.error, "kind": one.kind.name}
            for one in failures
        ],
    }
    text = "\n".join(map(str, failures)) + "\n"
    (work / SENTENCES).write_text(text, encoding="utf-8", errors="replace")
    (work / RECORD).write_text(
        json.dumps(record, indent=1, ensure_ascii=False) + "\n", encoding="utf-8", errors="replace"
    )
    kept = failed_folder(target)
    shutil.rmtree(kept, ignore_errors=True)
    work.rename(kept)
    return kept


def record_failed(target: Path, failures: Sequence[Failure]) -> None:
    """Keep the record of a run that failed before any notebook ran; a disk that does not take it is left alone."""
    try:
        with staging(target) as folder:
            (folder / "work").mkdir()
            keep_failed(folder / "work", target, failures)
    except OSError:
        return


def read_failed(target: Path) -> Mapping[str, Any] | None:
    """The record of the last run, if that failed."""
    folder = failed_folder(target)
    try:
        found = json.loads((folder / RECORD).read_bytes())
        return {**found, "kind": found["kind"], "when": found["when"], "sentence": found["sentence"]}
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, KeyError):
        return {
            "kind": "",
            "when": "",
            "sentence": f"the last run failed; its record in {folder.name} cannot be read",
        }
