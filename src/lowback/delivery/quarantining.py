"""Rows that entered no edition whole, kept word for word beside the mapping, a file for each edition that has such rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

from lowback.delivery.delivered import Kept
from lowback.intake import keep_quarantine
from lowback.publish import Edition, Request

OF_NOBODY = "in no edition"
"""Stands where the name of an edition does; it has spaces, so that no edition is called so."""


class Quarantined(Protocol):
    """What became of a source, or of a part of it."""

    @property
    def quarantine(self) -> Any:
        """Its rows that were refused or of which a value was set aside."""


def keep_of_edition(edition: Edition, intake: Quarantined) -> Kept | None:
    """Keep the rows of one edition among several, as `quarantine.<request>.<edition>.csv`; nothing of a report for the public.

    A request without `for_each` is left to the command, which keeps its rows where `lowback check` does.
    """
    if not edition.slug:
        return None
    return _kept(edition.request, intake, edition.slug)


def keep_of_nobody(request: Request, quarantined: Quarantined) -> Kept | None:
    """Keep the rows that no edition holds, since they belong to nobody of whom it is known where."""
    return _kept(request, quarantined, OF_NOBODY)


def _kept(request: Request, quarantined: Quarantined, name: str) -> Kept | None:
    if request.audience == "public":
        return None
    try:
        place = keep_quarantine(quarantined, request.mapping, f"{request.name}.{name}")
    except OSError as error:
        return Kept(len(quarantined.quarantine), request.mapping.parent, str(error))
    return None if place is None else Kept(len(quarantined.quarantine), Path(place))
