"""How every edition stands: fresh, or why not."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from lowback.delivery.delivered import Delivered, Order
from lowback.delivery.surveying import every_edition, every_request
from lowback.publish.failure import failed_in_storage
from lowback.publish.freshness import Standing, standing, standing_unread
from lowback.publish.ingredients import Hashes
from lowback.publish.publishing import place_of


@dataclass(frozen=True)
class Stood:
    """An edition, the folder of its report (None where the request cannot be read), and how that stands."""

    name: str
    folder: Path | None
    standing: Standing


def stand(order: Order, *, verify: bool = False) -> tuple[Stood, ...]:
    """How each edition of the requests stands; `verify` hashes every published file anew."""
    hashes = Hashes()
    found: list[Stood] = []
    for _, expanded in every_request(order):
        if isinstance(expanded, Delivered):
            found.append(_cannot(expanded))
            continue
        for one in every_edition(expanded, order, hashes):
            if isinstance(one, Delivered):
                found.append(_cannot(one))
                continue
            place = place_of(one.edition, order.out)
            try:
                stands = standing(place, one.pantry.of(one.edition, one.data), verify=verify)
            except OSError as error:
                why = f"an input cannot be read: {failed_in_storage(error, place).error}"
                stands = standing_unread(place, why)
            found.append(Stood(one.edition.name, place, stands))
    return tuple(found)


def _cannot(one: Delivered) -> Stood:
    """The standing of what cannot even be asked for."""
    return Stood(one.name, one.folder, Standing("failed", one.failures, kind=one.ending.name))
