"""Names of sites that would write elsewhere, meet another's folder, or become markup, from the file to the folders of reports."""

from __future__ import annotations

import csv
import hashlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path.append(str(TESTS / "faults"))

from bad_sites import CELLS, MAPPING  # noqa: E402
from fault_desk import NAME, Desk, code, write_notebook  # noqa: E402

from lowback.ending import Ending  # noqa: E402
from lowback.publish import verify_report  # noqa: E402

NAMES = (
    "../up", "../../../../../../tmp/out", "..", ".", "...", "/etc/passwd", "/", "//host/share", "\\\\host\\share", "C:\\Windows", "c:con", "a/b", "a\\b", "a/../b",
    "./a", "~", "~root", "$HOME", "${HOME}", "%APPDATA%", "`id`", "$(id)", ";rm -rf /", "| tee x", "&& x", "> x", "-rf", "--out=/tmp/x", "--help", "*", "?", "[a]", "{a}",
    "{site}", "{site_id}", "con", "CON", "nul", "aux.txt", "prn", "com1", "lpt9", "COM0", "con.", "a.", "a ", "a  b", "index", "index.html", "manifest.json", "report.html",
    "notebooks", "figures", "estimates.csv", ".git", ".trial.lock", ".trial.failed", "trial", "trial.yml", "failed", "new", "old", "work", "tmp",
    "Leiden", "leiden", "LEIDEN", "Le\u0131den", "L\u0435iden", "Caf\u00e9", "Cafe\u0301", "Cafe", "\ufb01eld", "field", "\uff21", "A", "\u0391", "\u212b", "\u00c5",
    "\u202eevil", "a\u200bb", "a\u00adb", "\ufeffa1", "a\u00a0b", "\u2024\u2024\u2215up", "\uff0e\uff0e\uff0fup", "\u2215", "\U0001f600", "\U0001f469\u200d\u2695\ufe0f", "\u0627\u0644\u0639",
    "\u4e2d\u6587", "\u0e44\u0e17\u0e22", "a\tb", "a\nb", "a\rb", "a\x0bb", "a\x1bb", "\x7f", "'", '"', "';--", "' OR 1=1", "<script>alert(1)</script>",
    "<img src=x onerror=window.hit=1>", '"><svg onload=window.hit=1>', "</title><script>window.hit=1</script>", "{{7*7}}", "{% x %}", "[x](javascript:alert(1))", "=1+1",
    "@SUM(1)", "+1", "-1", "!!python/name:os.system", "&a", "*a", "true", "1e5", "0x10", "007", "7", "2026-01-01", "x" * 255, "x" * 254 + "y", "y" * 3000,
    "a-" * 100, "%2e%2e%2f", "%00", "a%0ab", "..%c0%af", "....//", "-", "_", "--", "a--b", "site-0a1b2c3d", "site",
)  # fmt: skip


LONGEST = 3600.0
INDEX = ("desk/index.html", "desk/.index.html.lock")


def lay(desk: Desk, names: Sequence[str]) -> None:
    """One file of people with six at each site."""
    desk.lay()
    (desk.folder / "mapping.yml").write_text(MAPPING, encoding="utf-8")
    write_notebook(
        desk.folder / "turns.ipynb", code(CELLS[0], "parameters"), *(code(one) for one in CELLS[1:])
    )
    desk.request.write_text(
        "title: Sites\nmapping: mapping.yml\nstudy: study.yml\nnotebooks: [turns.ipynb]\nfor_each: site\ncell_seconds: 60\n",
        encoding="utf-8",
    )
    people: list[Sequence[object]] = [("id", "site", "group", "baseline")]
    visits: list[Sequence[object]] = [("id", "week", "pain")]
    for number, name in enumerate(names):
        for one in range(6):
            people.append(
                (f"P{number:03}{one}", name, "stretching" if one % 2 else "usual care", "2026-01-05")
            )
            visits += [(f"P{number:03}{one}", week, (one * 3 + number + week) % 9) for week in (0, 12)]
    for file, rows in (("people.csv", people), ("visits.csv", visits)):
        with (desk.folder / file).open("w", encoding="utf-8", newline="") as open_file:
            csv.writer(open_file).writerows(rows)


def everywhere(folder: Path) -> dict[str, str]:
    """Every file below a folder with its hash."""
    return {
        str(one.relative_to(folder)): hashlib.sha256(one.read_bytes()).hexdigest()
        for one in folder.rglob("*")
        if one.is_file()
    }


def attacked(desk: Desk, names: Sequence[str]) -> tuple[dict[str, Path], list[str]]:
    """The folder of each site that has a report, and what is wrong; a site without one was refused, with an exit code that says so."""
    lay(desk, names)
    before = everywhere(desk.folder.parent)
    few = ("report", str(desk.request), "--jobs", "1") if len(names) < 10 else ()
    ended = desk.start(*few).ended(LONGEST)
    after = everywhere(desk.folder.parent)
    problems = [f"{name} was changed" for name, digest in before.items() if after.get(name) != digest]
    own = (f"{desk.folder.name}/{NAME}/", f"{desk.folder.name}/.{NAME}", "aside/", *INDEX)
    problems += [f"wrote {name}" for name in after if name not in before and not name.startswith(own)]
    found: dict[str, Path] = {}
    for manifest in sorted((desk.folder / NAME).glob("*/manifest.json")):
        value = json.loads(manifest.read_text(encoding="utf-8"))["edition"]["value"]
        if value in found:
            problems.append(f"two reports of {value!r}")
        found[value] = manifest.parent
        problems += [f"{value!r}: {one}" for one in verify_report(manifest.parent)]
    strange = [value for value in found if value not in {*names, *(one.strip() for one in names)}]
    problems += [f"a report of {value!r}, which nobody named" for value in strange]
    if ended not in (Ending.DONE, Ending.PARTLY_FAILED, Ending.INPUT_REFUSED, Ending.WRONG_REQUEST):
        problems.append(f"exit code {ended}: {desk.said()[-300:]}")
    if ended == Ending.DONE and not found:
        problems.append("no report was made")
    return found, problems
