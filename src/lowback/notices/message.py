"""What is told of a run: title, how each report ended, why, which triggers it crossed, and where it is; no word of the data."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import Any

from lowback.ending import Ending

LONGEST = 300
SHORTEST = 4
MOST_LINES = 50
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")
MEANING = {
    Ending.DONE: "done",
    Ending.WRONG_REQUEST: "the request cannot be used",
    Ending.PARTLY_FAILED: "something failed",
    Ending.ALREADY_RUNNING: "another run is at work",
    Ending.INPUT_REFUSED: "the data were refused",
    Ending.TIME_LIMIT: "a time limit was reached",
    Ending.KERNEL_DIED: "the process that ran a notebook died",
    Ending.STORAGE: "the report could not be stored",
}


@dataclass(frozen=True)
class EditionOutcome:
    """How one report ended; `where` are the notebook and cell of each failure, never the text of its error, which may quote data.

    `report` is the path of the page, relative to the folder of reports; `published` says that it is new.
    """

    edition: str
    ending: Ending
    report: str
    published: bool = False
    where: tuple[tuple[str, int | None], ...] = ()
    triggers: tuple[str, ...] = ()

    @property
    def failures(self) -> tuple[str, ...]:
        """Why it failed, in words."""
        if self.ending == Ending.DONE:
            return ()
        places = [_place(notebook, cell) for notebook, cell in self.where if notebook]
        return tuple(f"{MEANING[self.ending]} ({place})" for place in places) or (MEANING[self.ending],)


@dataclass(frozen=True)
class Message:
    """One notice of one run."""

    title: str
    ending: Ending
    editions: tuple[EditionOutcome, ...]
    slot: str = ""

    @property
    def subject(self) -> str:
        """The message in a line."""
        crossed = sum(len(one.triggers) for one in self.editions)
        told = f", triggers crossed: {crossed}" if crossed else ""
        return f"{one_line(self.title, 120)}: {MEANING[self.ending]} (code {int(self.ending)}){told}"

    @property
    def text(self) -> str:
        """The message as lines of plain text."""
        lines = [self.subject, *([f"Slot: {self.slot}"] if self.slot else [])]
        for one in self.editions:
            lines += [f"{one_line(one.edition)}: {said}" for said in map(one_line, one.failures)]
            lines += [f"{one_line(one.edition)}: {said}" for said in map(one_line, one.triggers)]
            if one.ending == Ending.DONE:
                lines.append(f"{one_line(one.edition)}: {one_line(one.report)}")
        more = len(lines) - MOST_LINES
        return "\n".join(lines[:MOST_LINES] + ([f"... and {more} more lines"] if more > 0 else []))

    def without(self, words: Iterable[str]) -> Message:
        """The same message with every one of these words, such as participants' identifiers, left out."""
        pattern = _pattern(words)
        if pattern is None:
            return self

        def masked(text: str) -> str:
            return pattern.sub("[participant]", text)

        editions = tuple(
            replace(
                one,
                edition=masked(one.edition),
                report=masked(one.report),
                where=tuple((masked(name), cell) for name, cell in one.where),
                triggers=tuple(map(masked, one.triggers)),
            )
            for one in self.editions
        )
        return replace(self, title=masked(self.title), editions=editions)


def payload(message: Message) -> bytes:
    """The message as JSON for a webhook; `text` is what chat servers show."""
    content: dict[str, Any] = {
        "text": message.text,
        "title": one_line(message.title),
        "slot": message.slot,
        "ending": _ending(message.ending),
        "editions": [
            {
                "edition": one_line(one.edition),
                "ending": _ending(one.ending),
                "failures": [one_line(said) for said in one.failures],
                "triggers": [one_line(said) for said in one.triggers],
                "report": one_line(one.report),
            }
            for one in message.editions[:MOST_LINES]
        ],
    }
    return json.dumps(content, ensure_ascii=True).encode()


def mail(message: Message, sender: str, to: Sequence[str]) -> EmailMessage:
    """The message as a mail; nothing in a title can add a header."""
    made = EmailMessage()
    made["Subject"] = message.subject
    made["From"] = sender
    made["To"] = ", ".join(to)
    made["Date"] = formatdate()
    made["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2])
    made["Auto-Submitted"] = "auto-generated"
    made.set_content(message.text + "\n")
    return made


def one_line(text: str, longest: int = LONGEST) -> str:
    """The text without control characters, such as new lines, and not longer than a line should be."""
    plain = CONTROL.sub(" ", text.encode(errors="replace").decode()).strip()
    return plain if len(plain) <= longest else plain[: longest - 1] + "…"


def _ending(ending: Ending) -> dict[str, Any]:
    return {"code": int(ending), "name": ending.name.lower(), "meaning": MEANING[ending]}


def _place(notebook: str, cell: int | None) -> str:
    return f"notebook {notebook!r}, cell {cell}" if cell else f"notebook {notebook!r}"


def _pattern(words: Iterable[str]) -> re.Pattern[str] | None:
    """What finds any of the words; short ones and bare numbers cannot be told from the numbers of a message."""
    told = {one.strip() for one in words}
    kept = sorted(one for one in told if len(one) >= SHORTEST and not re.fullmatch(r"[\d\s.,+-]+", one))
    if not kept:
        return None
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, kept))})(?!\w)", re.IGNORECASE)
