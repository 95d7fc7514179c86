"""A cohort of which no other can be made."""

from __future__ import annotations


class NotAlikeError(ValueError):
    """A cohort that records too little for another like it to be drawn; the message says what is missing."""
