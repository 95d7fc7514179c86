"""Fifty sites with a folder each, one of them bad in one of twenty ways: the others' reports must be what they always are."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

from fault_cases import Case
from fault_desk import NAME, STUDY, Desk, NotSurvivedError, code, write_notebook

from lowback.ending import Ending
from lowback.publish import verify_report

SITES = 50
LONGEST = 3600.0
BAD = "site 25"
MAPPING = """\
cohort: fifty sites
files:
  - file: people.csv
    columns: {id: {to: participant_id}, site: {to: site_id}, group: {to: arm}, baseline: {to: time_zero, date_format: "%Y-%m-%d"}}
  - file: visits.csv
    columns: {id: {to: participant_id}, week: {to: weeks, unit: weeks}, pain: {to: pain_nrs, unit: NRS points}}
"""
CELLS = (
    """\
mapping = "mapping.yml"  # how the files are read
data = ""  # their folder
study_file = "study.yml"  # the question
part: dict[str, str] = {}  # whom it is about""",
    "from IPython.display import display\nfrom lowback.intake import read_cohort\n"
    "cohort = read_cohort(mapping, data or None, part)\nvisits = cohort.visits.merge(cohort.participants, on='participant_id')",
    "late = visits[visits['weeks'] == 12].groupby('arm')['pain_nrs'].mean()\n"
    "by = float(late['stretching'] - late['usual care'])\n"
    "row = dict(term='stretching vs usual care', estimate=by, std_error=0.3, df=95.0, conf_low=by - 0.6,\n"
    "           conf_high=by + 0.6, p_value=0.01, unit='NRS points', n_participants=len(cohort.participants))\n"
    "result = dict(kind='result', analysis='ancova', estimand='pain at week 12', question='Did pain fall more?',\n"
    "              estimates=[row], method='A method.', assumptions=[], sources=[], keys=None)\n"
    "display({'application/vnd.lowback.result+json': result, 'text/plain': 'a 1'}, raw=True)",
)
PEOPLE, VISITS = "people.csv", "visits.csv"


def _rows(name: str, change: Callable[[list[str]], list[str]]) -> Callable[[Path], object]:
    """Change the lines of a file, the header being the first."""

    def spoil(folder: Path) -> None:
        lines = (folder / name).read_text(encoding="utf-8").splitlines()
        (folder / name).write_text("\n".join(change(lines)) + "\n", encoding="utf-8")

    return spoil


def _values(value: str) -> Callable[[Path], object]:
    """Every pain score replaced."""
    return _rows(VISITS, lambda rows: [rows[0], *(f"{row.rpartition(',')[0]},{value}" for row in rows[1:])])


def _bytes(name: str, change: Callable[[bytes], bytes]) -> Callable[[Path], object]:
    return lambda folder: (folder / name).write_bytes(change((folder / name).read_bytes()))


def _in_place(name: str, make: Callable[[Path], object]) -> Callable[[Path], object]:
    """Something else where the file should be."""

    def spoil(folder: Path) -> None:
        (folder / name).unlink()
        make(folder / name)

    return spoil


def _replaced(old: str, new: str) -> Callable[[list[str]], list[str]]:
    return lambda rows: [row.replace(old, new) for row in rows]


KINDS: dict[str, Callable[[Path], object]] = {
    "bytes that are no text": _bytes(PEOPLE, lambda old: old + b"\xff\xfe\x80,\x00\xc3\x28\n"),
    "a cell of thirty million characters": _rows(
        VISITS, lambda rows: [*rows, "P9," + "9" * 30_000_000 + ",1"]
    ),
    "one arm only": _rows(PEOPLE, _replaced("stretching", "usual care")),
    "no rows": _rows(VISITS, lambda rows: rows[:1]),
    "every score missing": _values(""),
    "text for scores": _values("much"),
    "everybody twice": _rows(PEOPLE, lambda rows: [*rows, *rows[1:]]),
    "a hostile name": _rows(PEOPLE, _replaced("usual care", "../../../etc/<script>alert(1)</script>")),
    "NaN and infinity": _values("inf"),
    "dates to come": _rows(PEOPLE, _replaced("2026-01", "2999-01")),
    "a missing file": lambda folder: (folder / VISITS).unlink(),
    "a folder in place of a file": _in_place(VISITS, Path.mkdir),
    "a pipe in place of a file": _in_place(VISITS, lambda at: os.mkfifo(at)),
    "links in a circle": _in_place(VISITS, lambda at: at.symlink_to(at.name)),
    "semicolons for commas": _rows(VISITS, _replaced(",", ";")),
    "UTF-16": _bytes(VISITS, lambda old: old.decode().encode("utf-16-be")),
    "an empty file": _bytes(VISITS, lambda _: b""),
    "negative pain": _values("-3"),
    "the same score for everybody": _values("5"),
    "one person": _rows(PEOPLE, lambda rows: rows[:2]),
}
FINE = {"the same score for everybody", "semicolons for commas"}
"""What is unusual and no fault of the file, which intake reads."""


def lay(desk: Desk, sites: int) -> None:
    """The request, its notebook and a folder of files for each site."""
    desk.lay()
    (desk.folder / "mapping.yml").write_text(MAPPING, encoding="utf-8")
    write_notebook(
        desk.folder / "turns.ipynb", code(CELLS[0], "parameters"), *(code(one) for one in CELLS[1:])
    )
    (desk.folder / "study.yml").write_text(STUDY, encoding="utf-8")
    desk.request.write_text(
        "title: Sites\nmapping: mapping.yml\nstudy: study.yml\nnotebooks: [turns.ipynb]\nfor_each: site\n"
        'data: "files/{site}"\ncell_seconds: 60\n',
        encoding="utf-8",
    )
    for number in range(1, sites + 1):
        folder = desk.folder / "files" / f"site {number}"
        folder.mkdir(parents=True)
        people, visits = ["id,site,group,baseline"], ["id,week,pain"]
        for one in range(6):
            name, arm = f"P{number:02}{one}", "stretching" if one % 2 else "usual care"
            people.append(f"{name},site {number},{arm},2026-01-{one + 1:02}")
            visits += [f"{name},{week},{(one * 3 + number + week) % 9}" for week in (0, 12)]
        for file, lines in ((PEOPLE, people), (VISITS, visits)):
            (folder / file).write_text("\n".join([*lines, ""]), encoding="utf-8")


def published(desk: Desk) -> dict[str, str]:
    """The hash of the numbers and notebooks of each site's report, all of them whole."""
    found = {}
    for manifest in sorted((desk.folder / NAME).glob("*/manifest.json")):
        problems = verify_report(manifest.parent)
        if problems:
            raise NotSurvivedError(f"{manifest.parent.name}: {problems[0]}")
        files = [manifest.parent / "estimates.csv", *sorted((manifest.parent / "notebooks").iterdir())]
        found[manifest.parent.name] = hashlib.sha256(
            b"\0".join(one.read_bytes() for one in files)
        ).hexdigest()
    return found


def cases(sites: int = SITES) -> list[Case]:
    """One bad site of each kind."""
    known: dict[str, str] = {}
    bad = BAD if sites >= 25 else f"site {sites}"
    right = (Ending.PARTLY_FAILED,)
    return [
        Case(
            "one bad site of fifty" if sites == SITES else f"one bad site of {sites}",
            name,
            (Ending.DONE,) if name in FINE else right,
            partial(_one_bad, name, bad, sites, known),
            killed=True,
        )
        for name in KINDS
    ]


def _ran(desk: Desk, sites: int) -> int:
    """All sites on all cores; a few in one process, which is quicker."""
    few = ("report", str(desk.request), "--jobs", "1") if sites < 10 else ()
    return desk.start(*few).ended(LONGEST)


def _one_bad(name: str, bad: str, sites: int, known: dict[str, str], desk: Desk) -> int:
    """Publish all sites, one of them spoilt; compare the others with a run in which none is (made once)."""
    place = desk.aside / "sites"
    if not known:
        clean = Desk(place / "clean", desk.caller)
        lay(clean, sites)
        if _ran(clean, sites):
            raise NotSurvivedError(
                f"no report of each site could be made to begin with: {clean.said()[-500:]}"
            )
        known |= published(clean)
    mine = Desk(place / "bad" / "desk", desk.caller, mark=desk.mark)
    lay(mine, sites)
    KINDS[name](mine.folder / "files" / bad)
    ended = _ran(mine, sites)
    found, slug = published(mine), bad.replace(" ", "-")
    slugs = [one for one in known if one.startswith(slug) and one[len(slug) :][:1] in ("", "-")]
    others = {key: value for key, value in known.items() if key not in slugs}
    if {key: found.get(key) for key in others} != others:
        lost = [key for key in others if found.get(key) != others[key]]
        raise NotSurvivedError(
            f"exit code {ended}; other sites differ or are missing: {lost[:3]} | {mine.said()[-300:]}"
        )
    if name not in FINE and set(found) - set(others):
        raise NotSurvivedError(f"exit code {ended}; the bad site was published")
    if mine.strays_of_sites():
        raise NotSurvivedError(f"left behind: {mine.strays_of_sites()}")
    shutil.rmtree(mine.folder / "files" / bad)
    lay_anew = Desk(place / "again" / "desk", desk.caller)
    lay(lay_anew, sites)
    shutil.copytree(lay_anew.folder / "files" / bad, mine.folder / "files" / bad)
    again = _ran(mine, sites)
    if again or published(mine) != known:
        raise NotSurvivedError(
            f"once the site was mended, the next run ended with {again} or made other reports"
        )
    desk.kept = desk.sources()
    return ended
