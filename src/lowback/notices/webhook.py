"""Posts a notice to a webhook, whose address is a secret: it is followed nowhere else and stands in no message."""

from __future__ import annotations

import http.client
import ssl
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from lowback.notices.within import SECONDS, NotSentError

VARIABLE = "LOWBACK_WEBHOOK"
PASSES = (408, 425, 429, *range(500, 600))
"""Answers after which another attempt may help."""


@dataclass(frozen=True)
class Webhook:
    """Where notices are posted to; its address is never shown."""

    address: str = field(repr=False)

    def post(self, content: bytes, seconds: float = SECONDS) -> None:
        """Post JSON once; `NotSentError` says what the other side answered, by its number alone."""
        place = _place(self.address)
        path = (place.path or "/") + (f"?{place.query}" if place.query else "")
        try:
            connection = _connection(place, seconds)
            try:
                connection.request("POST", path, content, HEADERS)
                status = connection.getresponse().status
            finally:
                connection.close()
        except ssl.SSLError:
            raise NotSentError("the webhook's certificate is not trusted", again=False) from None
        except (OSError, http.client.HTTPException, ValueError) as error:
            # What the error says may hold the address.
            raise NotSentError(
                f"the webhook cannot be reached ({type(error).__name__})", again=True
            ) from None
        if 300 <= status < 400:
            raise NotSentError(f"the webhook sends elsewhere ({status}), which is not followed", again=False)
        if not 200 <= status < 300:
            raise NotSentError(f"the webhook answered {status}", again=status in PASSES)


HEADERS = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "lowback"}


def _place(address: str) -> SplitResult:
    """The parts of the address; without TLS only on this machine."""
    said = f"{VARIABLE} is no address of a webhook; allowed: https://..., or http:// on this machine"
    try:
        place = urlsplit(address.strip())
        usable = bool(place.hostname) and (place.port is None or place.port > 0)
    except ValueError:
        raise NotSentError(said, again=False) from None
    if not usable or place.username is not None or not address.strip().isascii() or " " in address.strip():
        raise NotSentError(said, again=False)
    if place.scheme != "https" and not (place.scheme == "http" and is_this_machine(place.hostname or "")):
        raise NotSentError(said, again=False)
    return place


def _connection(place: SplitResult, seconds: float) -> http.client.HTTPConnection:
    host = place.hostname or ""
    if place.scheme == "http":
        return http.client.HTTPConnection(host, place.port, timeout=seconds)
    return http.client.HTTPSConnection(
        host, place.port, timeout=seconds, context=ssl.create_default_context()
    )


def is_this_machine(host: str) -> bool:
    """Whether a name is one of this machine's own, which no other machine answers."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
