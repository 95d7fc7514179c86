"""Sends a notice as a mail over SMTP; user and password stand in the environment, and leave this machine over TLS alone."""

from __future__ import annotations

import base64
import smtplib
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import EmailMessage
from urllib.parse import parse_qs, unquote, urlsplit

from lowback.notices.declared import ADDRESS
from lowback.notices.webhook import is_this_machine
from lowback.notices.within import SECONDS, NotSentError

VARIABLE = "LOWBACK_SMTP"
PORTS = {"smtps": 465, "smtp": 587}
# Done, or done before (as smtplib takes them).
LOGGED_IN = (235, 503)


@dataclass(frozen=True)
class Mailbox:
    """A mail server and who is logged in there; the password is never shown."""

    host: str
    port: int
    is_tls: bool
    sender: str
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    trusted: Callable[[], ssl.SSLContext] = field(default=ssl.create_default_context, repr=False)

    def send(self, message: EmailMessage, seconds: float = SECONDS) -> None:
        """Send once; `NotSentError` says why not, in our own words and the server's number."""
        try:
            with self._connected(seconds) as server:
                self._log_in(server)
                refused = server.send_message(message)
        except ssl.SSLCertVerificationError:
            raise NotSentError("the mail server's certificate is not trusted", again=False) from None
        except ssl.SSLError:
            raise NotSentError(
                "the mail server does not answer in TLS; smtps:// is TLS from the start (port 465), smtp:// is STARTTLS (port 587)",
                again=False,
            ) from None
        except smtplib.SMTPAuthenticationError as error:
            raise NotSentError(
                f"the mail server refused user or password ({error.smtp_code})", again=False
            ) from None
        except smtplib.SMTPResponseException as error:
            raise NotSentError(
                f"the mail server answered {error.smtp_code}", again=400 <= error.smtp_code < 500
            ) from None
        except smtplib.SMTPRecipientsRefused as error:
            raise NotSentError(
                f"the mail server refused all {len(error.recipients)} addresses", again=False
            ) from None
        except (OSError, smtplib.SMTPException, ValueError) as error:
            raise NotSentError(
                f"the mail server cannot be reached ({type(error).__name__})", again=True
            ) from None
        if refused:
            raise NotSentError(
                f"the mail server refused {len(refused)} of the addresses; the others have it", again=False
            )

    def _connected(self, seconds: float) -> smtplib.SMTP:
        if self.is_tls:
            return smtplib.SMTP_SSL(self.host, self.port, timeout=seconds, context=self.trusted())
        server = smtplib.SMTP(self.host, self.port, timeout=seconds)
        server.ehlo()
        if server.has_extn("starttls"):
            server.starttls(context=self.trusted())
            server.ehlo()
        elif not is_this_machine(self.host):
            server.close()
            raise NotSentError("the mail server offers no TLS, so nothing is sent to it", again=False)
        return server

    def _log_in(self, server: smtplib.SMTP) -> None:
        if self.user is None:
            return
        said = f"{self.user}{self.password or ''}"
        try:
            if said.isascii():
                server.login(self.user, self.password or "")
            else:
                self._log_in_plainly(server)
        except smtplib.SMTPNotSupportedError:
            raise NotSentError(
                f"the mail server takes no login; leave user and password out of {VARIABLE}", again=False
            ) from None
        except smtplib.SMTPServerDisconnected:
            raise NotSentError(
                "the mail server hung up at the login, as some do at a wrong user or password", again=False
            ) from None

    def _log_in_plainly(self, server: smtplib.SMTP) -> None:
        """Log in with letters that smtplib cannot send: AUTH PLAIN in UTF-8 (RFC 4616)."""
        server.ehlo_or_helo_if_needed()
        if "PLAIN" not in server.esmtp_features.get("auth", "").upper().split():
            raise smtplib.SMTPNotSupportedError
        given = base64.b64encode(f"\0{self.user}\0{self.password or ''}".encode()).decode()
        code, answer = server.docmd("AUTH", f"PLAIN {given}")
        if code not in LOGGED_IN:
            raise smtplib.SMTPAuthenticationError(code, answer)


def mailbox(address: str) -> Mailbox:
    """The mail server that an address such as smtps://user:password@mail.clinic.org names; `NotSentError` where it names none."""
    said = f"{VARIABLE} is no address of a mail server; allowed: smtps://user:password@host:port (smtp:// with STARTTLS)"
    try:
        place = urlsplit(address.strip())
        port = place.port
        asked = parse_qs(place.query, strict_parsing=bool(place.query))
    except ValueError:
        raise NotSentError(said, again=False) from None
    if (
        place.scheme not in PORTS
        or not place.hostname
        or set(asked) - {"from"}
        or place.path not in ("", "/")
    ):
        raise NotSentError(said, again=False)
    user = unquote(place.username) if place.username else None
    sender = asked["from"][0] if asked else user if user and "@" in user else f"lowback@{socket.getfqdn()}"
    if not ADDRESS.fullmatch(sender):
        raise NotSentError(
            f"{VARIABLE} tells no usable sender; add ?from=reports@clinic.org to it", again=False
        )
    return Mailbox(
        place.hostname,
        port or PORTS[place.scheme],
        place.scheme == "smtps",
        sender,
        user,
        unquote(place.password) if place.password else None,
    )
