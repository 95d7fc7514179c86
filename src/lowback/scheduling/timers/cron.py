"""A line for cron, which knows no time zones and forgets what it slept through: it wakes every hour, the command knows the slots.

CRON_TZ is not used: cron of Debian does not know it, and where it is known it moves every line that somebody adds after it.
"""

from __future__ import annotations

import re
import shlex

from lowback.checked_yaml import ConfigurationError
from lowback.scheduling.timers.waking import Waking, minutes_of_slots

LONGEST_COMMAND = 998
"""Bytes that a crontab takes after the five times; crontab(1) of Debian refuses a file with a longer command."""
QUIET = " >/dev/null"


def cron_block(one: Waking) -> str:
    """The lines for a crontab, between two that find them again."""
    minutes = ",".join(str(minute) for minute in minutes_of_slots(one))
    command = " ".join(shell_word(word) for word in one.command) + QUIET
    length = len(command.encode(errors="surrogateescape"))
    if length > LONGEST_COMMAND:
        raise ConfigurationError(
            f"{one.name}: the command has {length} bytes; cron takes {LONGEST_COMMAND}, so move the request to a shorter path"
        )
    return f"{_begin(one.name)}\n{minutes} * * * * {command}\n{_end(one.name)}\n"


def with_block(crontab: str, one: Waking) -> str:
    """A crontab with the request's lines in place of any that it had."""
    rest = without_block(crontab, one.name)
    return rest + ("\n" if rest and not rest.endswith("\n") else "") + cron_block(one)


def without_block(crontab: str, name: str) -> str:
    """A crontab without the request's lines; every other line stays as it is."""
    own = rf"^{re.escape(_begin(name))}\n[^\n]*\n(?:{re.escape(_end(name))}\n)?"
    return re.sub(own, "", crontab, flags=re.MULTILINE)


def shell_word(word: str) -> str:
    """One word for the shell, without a percent sign or a new line, which end a command of cron."""
    if "%" not in word and "\n" not in word:
        return shlex.quote(word)
    if word.endswith("\n"):
        raise ConfigurationError(f"{word!r}: cron cannot hold a path that ends in a new line")
    octal = "".join(letter if letter.isalnum() else _octal(letter) for letter in word)
    return f"\"$(printf '{octal}')\""


def _octal(letter: str) -> str:
    return "".join(f"\\{byte:03o}" for byte in letter.encode(errors="surrogateescape"))


def _begin(name: str) -> str:
    return f"# {name}: written by lowback schedule"


def _end(name: str) -> str:
    return f"# {name}: end"
