"""From requests to published reports: every edition on its own, as many at once as asked, so that none stops another."""

from __future__ import annotations

from lowback.delivery.delivered import Delivered, Order, ending_together
from lowback.delivery.delivering import deliver
from lowback.delivery.telling import Telling, Watch, told_by
from lowback.delivery.verdicts import Stood, stand

__all__ = [
    "Delivered",
    "Order",
    "Stood",
    "Telling",
    "Watch",
    "deliver",
    "ending_together",
    "stand",
    "told_by",
]
