"""Tells of a run what a request asks to be told of: each crossing and each failure once, and what could not be sent again next time."""

from __future__ import annotations

import hashlib
import json
import os
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from lowback.ending import Ending
from lowback.notices import mailbox, webhook
from lowback.notices.crossing import ESTIMATES, Crossed, crossed, estimates_of
from lowback.notices.declared import Notices, Trigger
from lowback.notices.message import EditionOutcome, Message, mail, payload
from lowback.notices.within import SECONDS, WAITS, NotSentError, tried

STATE, LOG = "told.json", "log.jsonl"


@dataclass(frozen=True)
class Watch:
    """What a request asks to be told of, the folder of its reports, and what had crossed its triggers before the run.

    `crossing` holds, by the name of an edition, the keys of what has crossed; `failure` is a mark of what was told last.
    """

    notices: Notices
    triggers: tuple[Trigger, ...]
    folder: Path
    crossing: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    failure: str = ""

    def report(self, edition: str) -> Path:
        """The folder of an edition's report; its name begins with that of the request's own folder."""
        return self.folder.parent / edition


def watch(notices: Notices, triggers: Sequence[Trigger], folder: Path) -> Watch:
    """Look, before a run, at what has been told already; where nothing has, at what the published reports cross."""
    state = _state(folder)
    told = {name: tuple(keys) for name, keys in state.get("crossing", {}).items()}
    # What was watched before is judged by what was told of it, which may be less than what was published.
    new = [one for one in triggers if one.model_dump_json() not in state.get("watched", ())]
    for report in (folder, *sorted(folder.glob("*/"))) if new else ():
        if (report / ESTIMATES).is_file():
            name = report.relative_to(folder.parent).as_posix()
            told[name] = (*told.get(name, ()), *_keys(new, report))
    return Watch(notices, tuple(triggers), folder, told, str(state.get("failure", "")))


def tell(
    seen: Watch,
    title: str,
    outcomes: Sequence[EditionOutcome],
    ending: Ending,
    *,
    slot: str = "",
    identifiers: Iterable[str] = (),
    seconds: float = SECONDS,
    waits: Sequence[float] = WAITS,
    environment: Mapping[str, str] = os.environ,
) -> list[str]:
    """Send what is to be told of a run after it; returns what could not be sent, a sentence each. It raises nothing of its own.

    One message to the webhook and one mail, whatever the number of reports. What was told is kept in a hidden folder beside the
    reports; a crossing or failure that could not be sent is told by the next run.
    """
    new = {one.edition: _new_crossings(seen, one.edition) for one in outcomes}
    told = [replace(one, triggers=tuple(found.sentence for found in new[one.edition][0])) for one in outcomes]
    message = Message(title, ending, tuple(told), slot).without(identifiers)
    failure = _failure(message)
    problems: list[str] = []
    if _is_asked(seen, message, failure):
        problems = _send(seen.notices, message, seconds, waits, environment)
    problems += _keep(seen, message, {name: keys for name, (_, keys) in new.items()}, failure, problems)
    return problems


def _new_crossings(seen: Watch, edition: str) -> tuple[list[Crossed], tuple[str, ...]]:
    """What a report crosses that had not been told, and the keys of all that it crosses."""
    before = seen.crossing.get(edition, ())
    rows = estimates_of(seen.report(edition)) if seen.triggers else None
    if rows is None:
        return [], before
    found = crossed(seen.triggers, rows)
    return [one for one in found if one.key not in before], tuple(one.key for one in found)


def _is_asked(seen: Watch, message: Message, failure: str) -> bool:
    """Whether the request wants to hear of this; of the same failure in the same slot only once."""
    on = seen.notices.on
    return (
        ("failure" in on and message.ending != Ending.DONE and failure != seen.failure)
        or ("trigger" in on and any(one.triggers for one in message.editions))
        or ("success" in on and any(one.published for one in message.editions))
    )


def _send(
    notices: Notices,
    message: Message,
    seconds: float,
    waits: Sequence[float],
    environment: Mapping[str, str],
) -> list[str]:
    """Send by every way that the request names; why not, a sentence for each that did not work."""
    ways = {
        "webhook": (notices.webhook, webhook.VARIABLE, _posted),
        "mail": (bool(notices.mail), mailbox.VARIABLE, _mailed),
    }
    problems = []
    for name, (wanted, variable, send) in ways.items():
        address = environment.get(variable, "")
        if wanted and not address:
            problems.append(f"notice by {name} not sent: {variable} is not set")
        elif wanted:
            why = tried(partial(send, address, message, notices, seconds), seconds, waits)
            problems += [f"notice by {name} not sent: {why}"] if why is not None else []
    return problems


def _posted(address: str, message: Message, notices: Notices, seconds: float) -> None:  # noqa: ARG001
    webhook.Webhook(address).post(payload(message), seconds)


def _mailed(address: str, message: Message, notices: Notices, seconds: float) -> None:
    box = mailbox.mailbox(address)
    try:
        made = mail(message, box.sender, notices.mail)
    except ValueError:
        raise NotSentError("the message cannot be written as a mail", again=False) from None
    box.send(made, seconds)


def _keep(
    seen: Watch,
    message: Message,
    keys: Mapping[str, tuple[str, ...]],
    failure: str,
    problems: Sequence[str],
) -> list[str]:
    """Record what was told; what could not be sent counts as not told."""
    folder = _folder(seen.folder)
    state = {
        "crossing": {**seen.crossing, **({} if problems else keys)},
        "watched": [one.model_dump_json() for one in seen.triggers],
        "failure": seen.failure if problems else failure,
    }
    line = {
        "moment": datetime.now(UTC).isoformat(timespec="seconds"),
        "slot": message.slot,
        "ending": int(message.ending),
        "not_sent": list(problems),
        "triggers": [said for one in message.editions for said in one.triggers],
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        part = folder / f".{uuid.uuid4().hex}.part"
        part.write_text(json.dumps(state), encoding="utf-8")
        part.replace(folder / STATE)
        with (folder / LOG).open("a", encoding="utf-8") as log:
            log.write(json.dumps(line) + "\n")
    except OSError as error:
        return [f"what was told cannot be recorded in {folder} ({error.strerror or error})"]
    return []


def _failure(message: Message) -> str:
    """A mark of this failure in this slot; none where all went well."""
    if message.ending == Ending.DONE:
        return ""
    said = [message.slot, int(message.ending), [[one.edition, one.failures] for one in message.editions]]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:16]


def _keys(triggers: Sequence[Trigger], report: Path) -> tuple[str, ...]:
    return tuple(one.key for one in crossed(triggers, estimates_of(report) or ()))


def _state(folder: Path) -> dict[str, Any]:
    """What has been told; nothing where the record is absent or unreadable."""
    try:
        found = json.loads((_folder(folder) / STATE).read_bytes())
        return {
            "crossing": {str(name): [str(key) for key in keys] for name, keys in found["crossing"].items()},
            "watched": [str(one) for one in found["watched"]],
            "failure": found["failure"],
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _folder(folder: Path) -> Path:
    return folder.parent / f".{folder.name}.notices"
