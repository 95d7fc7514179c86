"""Puts a timer into the system that is to wake the command, and takes it out again."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from lowback.checked_yaml import ConfigurationError
from lowback.scheduling.timers.cron import cron_block, with_block, without_block
from lowback.scheduling.timers.systemd import service, timer
from lowback.scheduling.timers.waking import Waking
from lowback.scheduling.timers.windows import task_xml

System = Literal["systemd", "cron", "windows"]
WAKES: Mapping[System, str] = {
    "systemd": "systemd wakes it at each slot, in the schedule's own time zone, and after a night in which the machine was off",
    "cron": "cron knows no time zones: it wakes every hour, and lowback knows which slot is due",
    "windows": "Windows' tasks know no time zones: one wakes every hour, and lowback knows which slot is due",
}


class NotInstalledError(ConfigurationError):
    """The system's own program did not take the timer, or let go of it."""


@dataclass(frozen=True)
class Timer:
    """The files that a system reads, by the ending of their name beside the request."""

    system: System
    waking: Waking
    files: Mapping[str, bytes]

    @property
    def name(self) -> str:
        """What the system calls it."""
        return self.waking.name


def this_system() -> System:
    """The timer of this machine: systemd where it runs, else cron; tasks on Windows."""
    if sys.platform == "win32":
        return "windows"
    return "systemd" if Path("/run/systemd/system").is_dir() and shutil.which("systemctl") else "cron"


def timer_for(system: System, waking: Waking) -> Timer:
    """The files of a timer; a `ConfigurationError` says what a path holds that the system cannot."""
    if system == "systemd":
        texts = {".service": service(waking), ".timer": timer(waking)}
    elif system == "cron":
        texts = {".cron": cron_block(waking)}
    else:
        return Timer(system, waking, {".task.xml": task_xml(waking)})
    return Timer(
        system,
        waking,
        {ending: text.encode(errors="surrogateescape") for ending, text in texts.items()},
    )


def install(timer: Timer, written: Mapping[str, Path]) -> None:
    """Have the system wake the command from now on; again is no harm. `written` are the files beside the request."""
    if timer.system == "systemd":
        folder = units_folder()
        folder.mkdir(parents=True, exist_ok=True)
        for ending, content in timer.files.items():
            (folder / f"{timer.name}{ending}").write_bytes(content)
        _run("systemctl", "--user", "daemon-reload")
        _run("systemctl", "--user", "enable", "--now", f"{timer.name}.timer")
    elif timer.system == "cron":
        _set_crontab(with_block(_crontab(), timer.waking))
    else:
        _run("schtasks", "/Create", "/TN", timer.name, "/XML", str(written[".task.xml"]), "/F")


def remove(timer: Timer) -> None:
    """Have the system forget the timer; again is no harm."""
    if timer.system == "systemd":
        # systemctl refuses to disable what it does not have.
        if (units_folder() / f"{timer.name}.timer").exists():
            _run("systemctl", "--user", "disable", "--now", f"{timer.name}.timer")
        for ending in timer.files:
            (units_folder() / f"{timer.name}{ending}").unlink(missing_ok=True)
        _run("systemctl", "--user", "daemon-reload")
    elif timer.system == "cron":
        before = _crontab()
        after = without_block(before, timer.name)
        if after != before:
            _set_crontab(after)
    else:
        _run("schtasks", "/Delete", "/TN", timer.name, "/F")


def units_folder() -> Path:
    """Where systemd looks for the units of a user."""
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "systemd" / "user"


def _crontab() -> str:
    """The user's crontab; anything but that there is none must not be taken for an empty one."""
    try:
        done = subprocess.run(["crontab", "-l"], capture_output=True, timeout=60, check=False)
    except (OSError, subprocess.SubprocessError) as error:
        raise NotInstalledError(f"crontab -l: {error}") from None
    said = done.stderr.decode(errors="replace").strip()
    if done.returncode and "no crontab" not in said:
        raise NotInstalledError(f"crontab -l ended with {done.returncode}: {said}")
    return "" if done.returncode else done.stdout.decode(errors="surrogateescape")


def _set_crontab(text: str) -> None:
    _run("crontab", "-", given=text.encode(errors="surrogateescape"))


def _run(*words: str, given: bytes | None = None) -> None:
    try:
        done = subprocess.run(words, input=given, capture_output=True, timeout=120, check=False)
    except (OSError, subprocess.SubprocessError) as error:
        raise NotInstalledError(f"{words[0]}: {error}") from None
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip() or done.stdout.decode(errors="replace").strip()
        raise NotInstalledError(f"{' '.join(words[:4])} ended with {done.returncode}: {said}")
