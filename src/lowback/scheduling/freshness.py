"""Whether the data are new enough for a report: last month's file, or last week's once more, is refused."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pandas as pd

from lowback.cohort import Cohort
from lowback.frozen import read_bytes

BASELINES = ("time_zero", "randomised_on")
A_DAY = timedelta(days=1)
FILES_NAMED = 3
FILE = "file"


@dataclass(frozen=True)
class Newest:
    """The newest day in the data, and what it is the day of: a visit, a check-in, or else a change of a file."""

    day: date
    counted: str


def newest_of(cohort: Cohort, files: Sequence[Path], today: date) -> Newest | None:
    """The newest visit or check-in that has a date; the newest file where the data carry no dates.

    A date that is still to come is none of a visit that was made. A check-in, or a visit without a date of its own, is dated from
    the person's baseline; a row in which nothing was recorded does not count.
    """
    last = pd.Timestamp(today + A_DAY)
    found = []
    for dates, counted in _dates(cohort):
        past = dates[dates <= last]
        if len(past):
            found.append(Newest(past.max().date(), counted))
    return max(found, key=lambda one: one.day, default=None) or _newest_file(files)


def too_old(
    newest: Newest | None, files: Sequence[Path], moment: datetime, newest_within_days: float
) -> str | None:
    """Why the data are too old at `moment` (the slot's, or now), naming files, date and what is allowed; None where they are not."""
    day = moment.astimezone(UTC).date()
    if newest is None or (age := (day - newest.day).days) <= newest_within_days:
        return None
    what = (
        f"the data carry no dates, and the newest file was changed on {newest.day}"
        if newest.counted == FILE
        else f"the newest {newest.counted} is of {newest.day}"
    )
    return (
        f"{_named(files)}: {what}, {age} days before {day}; newest_within_days = {newest_within_days:g} "
        f"allows {day - timedelta(days=newest_within_days)} or later"
    )


def unchanged_input(files: Sequence[Path], data_before: str) -> str | None:
    """Why the data are not new: byte for byte those of the last slot's report (`data_before` is their hash); None where they are."""
    if not data_before or data_digest(map(_hash, files)) != data_before:
        return None
    return f"{_named(files)}: byte for byte the data of the last slot's report; must_change = true asks for others"


def data_digest(hashes: Iterable[str]) -> str:
    """One hash of all data, from the hashes of the files, whatever their names and order."""
    return hashlib.sha256("\n".join(sorted(hashes)).encode()).hexdigest()


def _hash(path: Path) -> str:
    """The hash of a file as it is read in this run; of one that is not there, which others miss, none."""
    try:
        return hashlib.sha256(read_bytes(path)).hexdigest()
    except FileNotFoundError:
        return ""


def _dates(cohort: Cohort) -> Iterator[tuple[pd.Series, str]]:
    """The dates of visits and check-ins, with what they are dates of."""
    for frame, since, unit, counted in (
        (cohort.visits, "weeks", 7, "visit"),
        (cohort.checkins, "days", 1, "check-in"),
    ):
        if frame is None:
            continue
        recorded = frame[_recorded(frame, since)]
        dated = recorded.get("visit_date")
        if counted == "visit" and dated is not None and dated.notna().any():
            yield dated.dropna(), counted
        elif (baseline := _baselines(cohort)) is not None:
            passed = pd.to_timedelta(recorded[since] * unit, unit="D")
            yield (recorded["participant_id"].map(baseline) + passed).dropna(), counted


def _recorded(frame: pd.DataFrame, since: str) -> pd.Series:
    """Which rows hold more than who and when."""
    return frame.drop(columns=["participant_id", since]).notna().any(axis="columns")


def _newest_file(files: Sequence[Path]) -> Newest | None:
    """The day on which a file was changed last."""
    moments = [path.stat().st_mtime for path in files if path.is_file()]
    return Newest(datetime.fromtimestamp(max(moments), UTC).date(), FILE) if moments else None


def _baselines(cohort: Cohort) -> pd.Series | None:
    people = cohort.participants
    if people is None:
        return None
    name = next((one for one in BASELINES if one in people and people[one].notna().any()), None)
    return None if name is None else people.set_index("participant_id")[name]


def _named(files: Sequence[Path]) -> str:
    names = [path.name for path in files[:FILES_NAMED]]
    more = len(files) - len(names)
    return ", ".join(names) + (f" and {more} more" if more else "") if names else "the data"
