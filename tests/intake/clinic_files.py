"""Small sources written into a temporary folder, and what is expected of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from lowback.intake import Intake, take_in

VISITS = """cohort: clinic
files:
  - file: visits.csv
    columns:
      id: {to: participant_id}
      week: {to: weeks}
      pain: {to: pain_nrs, unit: NRS points}
"""


@dataclass(frozen=True)
class Refused:
    """A refusal that must be among the findings."""

    row: int | None
    column: str
    rule: str
    value: str = ""
    file: str = "visits.csv"


def written(folder: Path, files: dict[str, str | bytes], mapping: str | None = VISITS) -> Path:
    """The folder, with the files and their mapping in it."""
    for name, content in files.items():
        raw = content if isinstance(content, bytes) else content.encode("utf-8")
        (folder / name).write_bytes(raw)
    if mapping is not None:
        (folder / "mapping.yml").write_text(mapping, encoding="utf-8")
    return folder


def taken(folder: Path, visits: str | bytes, mapping: str | None = VISITS) -> Intake:
    """What became of one file of visits."""
    return take_in(written(folder, {"visits.csv": visits}, mapping))


def with_keys(**keys: str) -> str:
    """The mapping of visits with further keys for the whole data set, such as an encoding."""
    return VISITS + "".join(f"{key}: {value}\n" for key, value in keys.items())


def pain(intake: Intake) -> dict[tuple[str, float], float]:
    """Pain scores of the cohort by participant and week."""
    assert intake.cohort is not None, intake.findings.to_string()
    assert intake.cohort.visits is not None
    visits = intake.cohort.visits.set_index(["participant_id", "weeks"])["pain_nrs"]
    return {key: value for key, value in visits.items() if pd.notna(value)}


def assert_refused(intake: Intake, expected: Refused) -> None:
    """The cohort is refused, and the expected finding is among the refusals."""
    assert intake.cohort is None
    found = intake.findings[intake.findings["severity"] == "refused"]
    alike = found[
        (found["file"] == expected.file)
        & (found["row"].isna() if expected.row is None else (found["row"] == expected.row).fillna(False))
        & (found["column"] == expected.column)
        & found["rule"].str.contains(expected.rule, regex=False)
        & found["value"].str.contains(expected.value, regex=False)
    ]
    assert len(alike) == 1, found.to_string()
