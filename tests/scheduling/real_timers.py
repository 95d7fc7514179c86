"""Puts timers into the real crontab, the real cron and a real systemd of the user, and prints as JSON what they made of them.

    sudo .venv/bin/python tests/scheduling/real_timers.py {crontab,daemon,systemd}

runs in mounts of its own (`unshare`): /run and /var/spool/cron are empty folders in memory there, so no crontab and no timer of anybody is
read or changed. `daemon` waits for cron to wake the command, up to two minutes.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from lowback.checked_yaml import ConfigurationError
from lowback.scheduling.schedule import asked_schedule
from lowback.scheduling.slots import next_slot
from lowback.scheduling.timers.cron import LONGEST_COMMAND
from lowback.scheduling.timers.installing import install, remove, timer_for, units_folder
from lowback.scheduling.timers.waking import Waking, waking

OTHERS = "# mine: é\nMAILTO=me@clinic.org\n\n*/5 * * * * backup %a\n@daily tidy   --all\n"
ALONE = """\
mount -t tmpfs none /run && mkdir -p /run/systemd/system && mkdir -m 700 /run/user-of-test &&
mount -t tmpfs none /var/spool/cron && mkdir -m 1730 /var/spool/cron/crontabs && chgrp crontab /var/spool/cron/crontabs &&
exec "$@"
"""
WRITE = "import json, sys; open(sys.argv[1], 'w').write(json.dumps(sys.argv[2:]))"
SYSTEMD = Path("/lib/systemd/systemd")


def missing(what: str) -> str:
    """Why this machine cannot try it; empty where it can."""
    programs = {"crontab": ["crontab"], "daemon": ["crontab", "cron"], "systemd": ["systemctl"]}[what]
    absent = [one for one in ["unshare", *programs] if shutil.which(one) is None]
    if absent:
        return f"no {absent[0]} on this machine (Debian: apt install cron systemd util-linux)"
    if what == "systemd" and not SYSTEMD.exists():
        return f"no {SYSTEMD} on this machine (Debian: apt install systemd)"
    tried = subprocess.run(
        ["unshare", "-m", "sh", "-c", ALONE, "sh", "true"], capture_output=True, check=False
    )
    return "" if tried.returncode == 0 else "mounts of its own need root"


def alone(what: str) -> dict[str, Any]:
    """What one of the functions below finds in mounts of its own."""
    words = ["unshare", "-m", "sh", "-c", ALONE, "sh", sys.executable, __file__, "--inside", what]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=300)
    if done.returncode:
        raise RuntimeError(f"{what} ended with {done.returncode}: {done.stderr[-2000:]}")
    return json.loads(done.stdout)


def woken(name: str, every: str = "monday 06:00", request: Path | None = None) -> Waking:
    """A timer for a request in a folder of that name."""
    path = request or Path("/srv") / name / "report.yml"
    return waking(
        asked_schedule(every, "Europe/Amsterdam"), path, None, None, datetime(2026, 11, 22, tzinfo=UTC)
    )


def crontab() -> dict[str, Any]:
    """The crontab after each step: first installed, again, at another time, beside a second, taken out one by one; and without any."""
    from test_timers import HOSTILE

    one, two = woken("one"), woken("two")
    steps: dict[str, Callable[[], object]] = {
        "of others": lambda: subprocess.run(["crontab", "-"], input=OTHERS.encode(), check=True),
        "installed": lambda: install(timer_for("cron", one), {}),
        "again": lambda: install(timer_for("cron", one), {}),
        "at another time": lambda: install(timer_for("cron", woken("one", "day 02:30")), {}),
        "beside a second": lambda: install(timer_for("cron", two), {}),
        "first removed": lambda: remove(timer_for("cron", one)),
        "both removed": lambda: remove(timer_for("cron", two)),
        "removed again": lambda: remove(timer_for("cron", two)),
    }
    found: dict[str, Any] = {}
    for step, take in steps.items():
        take()
        found[step] = _listed()
    found["names"] = {}
    for name in HOSTILE:
        install(timer_for("cron", woken(name)), {})
        found["names"][name] = _listed().removeprefix(OTHERS)
        remove(timer_for("cron", woken(name)))
    found["after names"] = _listed()
    found["longest"] = _longest()
    subprocess.run(["crontab", "-r"], check=True)
    remove(timer_for("cron", one))
    found["without any"] = subprocess.run(["crontab", "-l"], capture_output=True, check=False).returncode
    return found


def _longest() -> dict[str, Any]:
    """The longest command that we write into a crontab, and whether one a letter longer is refused by us."""
    letters = 1
    while True:
        try:
            chosen = timer_for("cron", woken("", request=Path("/srv") / ("x" * letters) / "r.yml"))
        except ConfigurationError:
            break
        longest, letters = chosen, letters + 1
    install(longest, {})
    (line,) = [one for one in _listed().splitlines() if "--slot" in one]
    remove(longest)
    return {"bytes": len(line.split(" ", 5)[5].encode()), "allowed": LONGEST_COMMAND}


def daemon() -> dict[str, Any]:
    """What cron's own process hands to the command, at the minute of a slot, for a path that is hostile."""
    from test_timers import HOSTILE

    now = datetime.now(UTC)
    soon = now + timedelta(minutes=2 if now.second > 40 else 1)
    word = "".join(HOSTILE[:20]).replace("/", "")
    with tempfile.TemporaryDirectory() as made:
        told = Path(made) / "told"
        schedule = asked_schedule(f"day {soon:%H:%M}", "UTC")
        name = woken("daemon").name
        command = (sys.executable, "-c", WRITE, str(told), word)
        install(timer_for("cron", Waking(schedule, command, name, now)), {})
        with _running(["cron", "-f"]):
            until = time.monotonic() + 130
            while not told.exists() and time.monotonic() < until:
                time.sleep(0.5)
            time.sleep(0.5)
        woke = datetime.now(UTC)
        words = json.loads(told.read_text("utf-8")) if told.exists() else None
    return {"given": [word], "words": words, "slot": f"{soon:%H:%M}", "woken at": f"{woke:%H:%M}"}


def systemd() -> dict[str, Any]:
    """What systemd of the user makes of the units: whether they are on, when they elapse next, and what it hands to the command."""
    from test_timers import EVERY, HOSTILE

    with tempfile.TemporaryDirectory() as made:
        home = Path(made)
        os.environ |= {"XDG_RUNTIME_DIR": "/run/user-of-test", "HOME": made}
        os.environ.pop("XDG_CONFIG_HOME", None)
        with _running([str(SYSTEMD), "--user"]):
            _wait_for(lambda: _asked("is-system-running") in ("running", "degraded"))
            found: dict[str, Any] = {"slots": {}, "words": {}}
            one = woken("one")
            install(timer_for("systemd", one), {})
            install(timer_for("systemd", one), {})
            found["enabled"] = [
                _asked("is-enabled", f"{one.name}.timer"),
                _asked("is-active", f"{one.name}.timer"),
            ]
            for every in EVERY:
                changed = replace(woken("one", every), now=datetime.now(UTC))
                install(timer_for("systemd", changed), {})
                slot = next_slot(changed.schedule, changed.now).astimezone()
                found["slots"][every] = [_next_elapse(one.name), f"{slot:%a %Y-%m-%d %H:%M:%S %Z}"]
            remove(timer_for("systemd", one))
            found["left"] = [_asked("is-enabled", f"{one.name}.timer"), *map(str, units_folder().iterdir())]
            remove(timer_for("systemd", one))
            for name in HOSTILE:
                found["words"][name] = _handed_over(home / "told", name)
    return found


def _handed_over(told: Path, word: str) -> list[str]:
    """The words that the command gets when systemd starts the service."""
    one = replace(woken(word), command=(sys.executable, "-c", WRITE, str(told), word))
    chosen = timer_for("systemd", one)
    install(chosen, {})
    subprocess.run(["systemctl", "--user", "start", f"{one.name}.service"], check=True, timeout=60)
    remove(chosen)
    words = json.loads(told.read_text("utf-8"))
    told.unlink()
    return list(words)


def _next_elapse(name: str) -> str:
    """The moment at which systemd will wake the service next, by the clock of this machine."""
    return _asked("show", f"{name}.timer", "--property=NextElapseUSecRealtime", "--value")


def _asked(*words: str) -> str:
    done = subprocess.run(["systemctl", "--user", *words], capture_output=True, text=True, check=False)
    return done.stdout.strip()


def _listed() -> str:
    return subprocess.run(["crontab", "-l"], capture_output=True, check=True).stdout.decode(
        errors="surrogateescape"
    )


def _wait_for(ready: Callable[[], bool]) -> None:
    until = time.monotonic() + 30
    while not ready():
        if time.monotonic() > until:
            raise RuntimeError("not ready after 30 seconds")
        time.sleep(0.1)


@contextmanager
def _running(words: list[str]) -> Iterator[None]:
    """A process that ends with the block."""
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        process.wait(timeout=30)


def main() -> None:
    """Try one of them in mounts of its own, and print what came of it."""
    tried = {"crontab": crontab, "daemon": daemon, "systemd": systemd}
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=tried)
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    shown = tried[given.what]() if given.inside else missing(given.what) or alone(given.what)
    sys.stdout.write(f"{json.dumps(shown, indent=None if given.inside else 1)}\n")


if __name__ == "__main__":
    main()
