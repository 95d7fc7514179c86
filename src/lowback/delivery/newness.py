"""Whether an edition's data are new enough by its request; asked before anything is found to be up to date."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from lowback.checked_yaml import ConfigurationError
from lowback.intake import take_in
from lowback.publish import Edition
from lowback.scheduling.freshness import stale_input, unchanged_input


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
        cohort = take_in(request.mapping, edition.data, edition.part).cohort
        if cohort is None:
            return None
        when = moment or datetime.now(UTC)
        return stale_input(cohort, files, when, newest_within_days=request.newest_within_days)
    except (ConfigurationError, OSError):
        return None
