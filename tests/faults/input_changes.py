"""Inputs that are cut, grow, are replaced or vanish while a report is made of them."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

from calling import fault_environment
from fault_cases import NEW, Case
from fault_desk import GATE, Desk, NotSurvivedError

from lowback.ending import Ending

RIGHT = (Ending.DONE, Ending.WRONG_REQUEST, Ending.PARTLY_FAILED, Ending.INPUT_REFUSED, Ending.STORAGE)
READ = """\
import hashlib, json, os
from pathlib import Path
from lowback.frozen import read_bytes
folder = data or os.path.dirname(mapping)
files = {"mapping.yml": mapping, "study.yml": study_file, "people.csv": os.path.join(folder, "people.csv"),
         "visits.csv": os.path.join(folder, "visits.csv")}
read = {name: hashlib.sha256(read_bytes(Path(path))).hexdigest() for name, path in files.items()}
print("read " + json.dumps(read))"""
FILES = ("trial.yml", "study.yml", "mapping.yml", "people.csv", "visits.csv", "turns.ipynb")


def _cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def _grow(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"\n# more\n")


def _replace(path: Path) -> None:
    other = path.with_name(".other.lock")
    other.write_bytes(path.read_bytes().replace(b"1", b"2") + b"\n")
    other.replace(path)


def _edit(path: Path) -> None:
    """Another content of the same size and with the same times."""
    times = path.stat()
    content = path.read_bytes()
    path.write_bytes(content[:-2] + bytes([content[-2] ^ 1]) + content[-1:])
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


CHANGES: dict[str, Callable[[Path], object]] = {
    "cut to half": _cut,
    "added to": _grow,
    "replaced": _replace,
    "deleted": Path.unlink,
    "touched": Path.touch,
    "edited at the same size and time": _edit,
}
MOMENTS = {"as the run begins": ".lock", "while the notebook runs": "", "at publication": "report.html"}
"""At which file's first writing a run is held up; the notebook itself waits where there is none."""


def cases() -> list[Case]:
    """Six files, changed in six ways, while the notebook runs and at publication; each file is also changed as the run begins."""
    ways = [(name, change, moment) for moment in list(MOMENTS)[1:] for name in FILES for change in CHANGES]
    first = next(iter(MOMENTS))
    ways += [(name, change, first) for name, change in zip(FILES, CHANGES, strict=True)]
    return [
        Case("inputs changed during the run", f"{name} {change} {moment}", RIGHT, partial(_play, *one), anew=at % 5 == 0)
        for at, one in enumerate(ways)
        for name, change, moment in [one]
    ]  # fmt: skip


def _play(name: str, change: str, moment: str, desk: Desk) -> int:
    pause = MOMENTS[moment]

    def act() -> None:
        CHANGES[change](desk.folder / name)
        desk.kept = desk.sources()

    if pause:
        desk.ask(NEW, cells=[READ])
        fault = fault_environment(desk.folder, desk.aside / "tape", pause=pause)
        code = desk.opened(desk.start(environment=fault), act)
    else:
        desk.ask(NEW, cells=[GATE, READ])
        code = desk.opened(desk.start(environment={"LOWBACK_GATE": str(desk.aside)}), act)
    if code == Ending.DONE:
        _told_apart(desk)
    return code


def _told_apart(desk: Desk) -> None:
    """A report that was published names the very bytes that its notebook read."""
    manifest = json.loads((desk.report / "manifest.json").read_text(encoding="utf-8"))
    hashes = {one["path"].split("/")[-1]: one["sha256"] for one in manifest["inputs"]}
    notebook = json.loads((desk.report / "notebooks" / "turns.ipynb").read_text(encoding="utf-8"))
    text = "".join(
        "".join(out.get("text", "")) for cell in notebook["cells"] for out in cell.get("outputs", [])
    )
    line = next(one for one in text.splitlines() if one.startswith("read "))
    for name, digest in json.loads(line.removeprefix("read ")).items():
        if hashes.get(name) != digest:
            raise NotSurvivedError(f"the report names another {name} than its notebook read")
