"""Every file of a source as text, each read once, whatever its format."""

from __future__ import annotations

import pandas as pd

from lowback.intake.decode import UnreadableError
from lowback.intake.delimited import read_delimited
from lowback.intake.findings import REFUSED, findings
from lowback.intake.mapping import FileRules
from lowback.intake.parquet import read_parquet
from lowback.intake.sheet import Reading, without_blank_rows, without_repeated_headers
from lowback.intake.sources import Source

_PARQUET = (".parquet", ".pq")


def read_files(source: Source) -> list[Reading]:
    """A reading for each entry of the mapping; entries of the same file and format share one."""
    seen: dict[tuple[str, str | None, str | None], Reading] = {}
    readings = []
    for entry in source.mapping.files:
        told = (entry.file, source.mapping.told(entry, "encoding"), source.mapping.told(entry, "separator"))
        if told not in seen:
            seen[told] = _read(source, entry, told[1], told[2])
        readings.append(seen[told])
    return readings


def reading_findings(readings: list[Reading]) -> list[pd.DataFrame]:
    """What was found while reading, once a file."""
    once = {id(reading): reading for reading in readings}
    return [part for reading in once.values() for part in reading.found]


def _read(source: Source, entry: FileRules, encoding: str | None, separator: str | None) -> Reading:
    path, name = source.folder / entry.file, entry.file
    try:
        parquet = path.suffix.lower() in _PARQUET
        reading = read_parquet(path, name) if parquet else read_delimited(path, name, encoding, separator)
    except UnreadableError as refusal:
        return Reading(name, None, [findings(REFUSED, name, str(refusal))])
    reading = without_repeated_headers(without_blank_rows(reading))
    if reading.sheet is None or len(reading.sheet.rows) or reading.broken or _refused(reading):
        return reading
    empty = findings(REFUSED, name, "no rows beneath the header", rows=[1])
    return Reading(name, None, [*reading.found, empty])


def _refused(reading: Reading) -> bool:
    return any((part["severity"] == REFUSED).any() for part in reading.found)
