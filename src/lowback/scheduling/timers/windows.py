"""A task for Windows, which knows no time zones: it wakes every hour, the command knows the slots."""

from __future__ import annotations

import re
import subprocess
from datetime import UTC
from pathlib import PureWindowsPath
from xml.etree import ElementTree

from lowback.checked_yaml import ConfigurationError
from lowback.scheduling.timers.waking import Waking, minutes_of_slots

SPACE = "http://schemas.microsoft.com/windows/2004/02/mit/task"
REPLACED = re.compile(r"%[^%]+%|\$\(")
"""What the task scheduler would put something else in place of."""
NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
SETTINGS = {
    "MultipleInstancesPolicy": "IgnoreNew",
    "DisallowStartIfOnBatteries": "false",
    "StopIfGoingOnBatteries": "false",
    "StartWhenAvailable": "true",
    "ExecutionTimeLimit": "PT0S",
}


def task_xml(one: Waking) -> bytes:
    """The task as `schtasks /Create /XML` reads it, in UTF-16."""
    for word in one.command:
        if REPLACED.search(word) or NOT_IN_XML.search(word):
            raise ConfigurationError(
                f"{word!r}: Windows' task scheduler would read it otherwise; allowed are paths without %...%, $( and control characters"
            )
    task = ElementTree.Element("Task", {"version": "1.2", "xmlns": SPACE})
    _add(_add(task, "RegistrationInfo"), "Description", f"{one.rule.words}, {one.schedule.tz}")
    triggers = _add(task, "Triggers")
    for minute in minutes_of_slots(one, UTC):
        trigger = _add(triggers, "TimeTrigger")
        # In the order of the schema (learn.microsoft.com, "triggerBaseType Complex Type").
        _add(trigger, "Enabled", "true")
        _add(trigger, "StartBoundary", f"{one.now.astimezone(UTC):%Y-%m-%dT00}:{minute:02d}:00Z")
        _add(_add(trigger, "Repetition"), "Interval", "PT1H")
    settings = _add(task, "Settings")
    for name, value in SETTINGS.items():
        _add(settings, name, value)
    run = _add(_add(task, "Actions"), "Exec")
    program, *words = one.command
    _add(run, "Command", str(PureWindowsPath(program)) if "\\" in program else program)
    _add(run, "Arguments", subprocess.list2cmdline(words))
    return bytes(ElementTree.tostring(task, encoding="utf-16", xml_declaration=True))


def _add(parent: ElementTree.Element, name: str, text: str | None = None) -> ElementTree.Element:
    child = ElementTree.SubElement(parent, name)
    child.text = text
    return child
