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


@dataclass(frozen=True)
class Newest:
    """The newest day in the data, and what it is the day of: a visit, a check-in, or else a change of a file."""

    day: date
    counted: str


def newest_in(cohort: Cohort, now: datetime) -> Newest | None:
    """The newest visit or check-in that has a date; none where the data carry no dates.

    A date that is still to come is none of a visit that was made. A check-in, or a visit without a date of its own, is dated from
    the person's baseline; a row in which nothing was recorded does not count.
    """
    last = pd.Timestamp((now + A_DAY).date())
    found = []
    for dates, counted in _dates(cohort):
        past = dates[dates <= last]
        if len(past):
            found.append(Newest(past.max().date(), counted))
    return max(found, key=lambda one: one.day, default=None)


def newest_file(files: Sequence[Path]) -> Newest | None:
    """The file that was changed last."""
    moments = [path.stat().st_mtime for path in files]
    if not moments:
        return None
    return Newest(datetime.fromtimestamp(max(moments), UTC).date(), "file")


def stale_input(
    cohort: Cohort,
    files: Sequence[Path],
    moment: datetime,
    *,
    newest_within_days: float | None,
    now: datetime | None = None,
) -> str | None:
    """Why the data are too old at `moment` (the slot's, or now), naming files, date and what is allowed; None where they are not."""
    if newest_within_days is None:
        return None
    newest = newest_in(cohort, now or datetime.now(UTC)) or newest_file(files)
    if newest is None:
        return None
    age = (moment.astimezone(UTC).date() - newest.day).days
    if age <= newest_within_days:
        return None
    what = (
        f"the data carry no dates, and the newest file was changed on {newest.day}"
        if newest.counted == "file"
        else f"the newest {newest.counted} is of {newest.day}"
    )
    return (
        f"{_named(files)}: {what}, {age} days before {moment:%Y-%m-%d}; newest_within_days = {newest_within_days:g} "
        f"allows {moment.astimezone(UTC).date() - timedelta(days=newest_within_days)} or later"
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
