"""Whether an edition's data are new enough by its request; asked before anything is found to be up to date."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path

from lowback.checked_yaml import ConfigurationError
from lowback.cohort import Cohort
from lowback.intake import take_in
from lowback.publish import Edition
from lowback.scheduling.freshness import Newest, newest_of, too_old, unchanged_input


def why_too_old(
    edition: Edition, files: Sequence[Path], moment: datetime | None, data_before: Mapping[str, str]
) -> str | None:
    """Why the data must not be used at `moment` (a slot's; none: now), naming files, date and what is allowed; None where they may.

    `data_before` holds, by edition, the hash of what the last slot's report was made from. Data that cannot be read are left to the
    attempt to make the report, which says more.
    """
    request = edition.request
    try:
        if request.must_change:
            same = unchanged_input(files, data_before.get(edition.name, ""))
            if same is not None:
                return same
        if request.newest_within_days is None:
            return None
        now = datetime.now(UTC)
        newest = _newest(request.mapping, edition.data, tuple(files), _state(files), now.date())
        return too_old(newest, files, moment or now, request.newest_within_days)
    except (ConfigurationError, OSError):
        return None


def newest_date(cohort: Cohort) -> str:
    """The newest date that the data bear, as text; empty where they bear none."""
    newest = newest_of(cohort, (), datetime.now(UTC).date())
    return newest.day.isoformat() if newest is not None else ""


@lru_cache(maxsize=1024)
def _newest(
    mapping: Path, data: Path | None, files: tuple[Path, ...], _of: object, today: date
) -> Newest | None:
    """The newest day in the files, read once for all editions that are made from them."""
    cohort = take_in(mapping, data).cohort
    return None if cohort is None else newest_of(cohort, files, today)


def _state(files: Sequence[Path]) -> tuple[tuple[int, int], ...]:
    """What changes about files when their content does."""
    return tuple((found.st_mtime_ns, found.st_size) for found in (path.stat() for path in files))
