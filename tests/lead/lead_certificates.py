"""Writes docs/certificates-leads.md: how often the analyses of which of two series comes first find the truth of simulated worlds.

Finished cohorts lie in a hidden folder beside the page until all are done, so that a run that is broken off goes on from there.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from shutil import rmtree

from lowback.analyses.lead import lead
from lowback.analyses.onsets import onsets
from lowback.analyses.panel import panel
from lowback.certificate import Certificate
from lowback.cohort import Cohort
from lowback.repeat.certificate_page import what_was_found
from lowback.repeat.certify import certify_scenario
from lowback.result import Refusal, Result
from lowback.study import Study, read_study

ROOT = Path(__file__).resolve().parents[2]
WORLDS = ROOT / "data" / "mechanism-worlds"
NAMES = ("leads", "no_lead", "one_cause")
PAGE = ROOT / "docs" / "certificates-leads.md"


@dataclass(frozen=True)
class Tried:
    """An analysis with the size of its cohorts (people, and days of two check-ins each), and how many of them in each of `NAMES`."""

    analysis: Callable[[Cohort, Study], Result | Refusal]
    people: int
    days: int
    cohorts: tuple[int, int, int]

    @property
    def name(self) -> str:
        """The analysis's name."""
        return self.analysis.__name__

    def in_world(self, world: str) -> int:
        """How many cohorts of a world."""
        return self.cohorts[NAMES.index(world)]


# A week of half days is all that waves are made of; the process in continuous time takes a minute for long diaries.
EVERY = (
    Tried(onsets, 160, 84, (1000, 1000, 1000)),
    Tried(panel, 240, 7, (100, 100, 40)),
    Tried(lead, 100, 14, (200, 200, 200)),
)


def certificate(tried: Tried, world: str, seed: int, jobs: int, keep: Path) -> Certificate:
    """One analysis in cohorts of one world."""
    return certify_scenario(
        WORLDS / f"{world}.yml", tried.people, {tried.name: tried.analysis}, days=tried.days, study=read_study(WORLDS / "study_leads.yml"),
        replicates=tried.in_world(world), seed=seed, jobs=jobs, made=f"{datetime.now(UTC):%Y-%m-%d}", keep=keep,
        progress=lambda done, of: sys.stderr.write(f"{world}, {tried.name}: {done} of {of}\n"),
    )  # fmt: skip


def joined(parts: list[Certificate]) -> Certificate:
    """The certificates of one world as one."""
    certified = tuple(row for part in parts for row in part.certified)
    return Certificate(certified, untried=tuple(dict.fromkeys(row for part in parts for row in part.untried)))


def head(every: tuple[Tried, ...], seed: int, command: str) -> str:
    """What was run."""
    sizes = "\n".join(
        f"| `{one.name}` | {one.people} | {one.days} | {', '.join(map(str, one.cohorts))} |" for one in every
    )
    versions = ", ".join(f"{name} {version(name)}" for name in ("numpy", "scipy", "pandas"))
    return f"""# Certificates of which comes first

How often the three analyses of which of two series comes first find what is true in simulated worlds
([data/mechanism-worlds](../data/mechanism-worlds/README.md)), with the Monte Carlo standard error of every figure. Written by

    {command}

from seed {seed}. In `leads` each point of the hip's own ups and downs is 0.3 points of the back's half a day later; in `no_lead` each goes its own way; in
`one_cause` one process moves both at the same moment, and back pain is recorded with much more error than hip pain. What is true, and how it was worked
out, and what the columns mean: [how certificates are made](certifying.md). Cohorts are only as large, and diaries as long, as each analysis needs:

| analysis | people | days of two check-ins each | cohorts in {", ".join(NAMES)} |
|---|---|---|---|
{sizes}

Versions: {versions}.
"""


def main() -> None:
    """Read the options, run, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--replicates", type=int, help="cohorts of every analysis in every world (as on the page)"
    )
    parser.add_argument("--seed", type=int, default=1, help="the same seed gives the same page (%(default)s)")
    parser.add_argument("--jobs", type=int, default=1, help="processes of this machine (%(default)s)")
    parser.add_argument("--page", type=Path, default=PAGE, help="where the page is written (%(default)s)")
    told = parser.parse_args()
    every, command = EVERY, "python tests/lead/lead_certificates.py"
    if told.replicates is not None:
        every = tuple(replace(one, cohorts=(told.replicates,) * len(NAMES)) for one in EVERY)
        command += f" --replicates {told.replicates}"
    keep = told.page.with_name(f".{told.page.stem}.replicates")
    found: dict[str, list[Certificate]] = {world: [] for world in NAMES}
    for one in every:
        for world, parts in found.items():
            parts.append(certificate(one, world, told.seed, told.jobs, keep))
    worlds = {world: joined(parts) for world, parts in found.items()}
    text = "\n".join([head(every, told.seed, command), *what_was_found(worlds)]) + "\n"
    told.page.write_text(text, encoding="utf-8")
    rmtree(keep)


if __name__ == "__main__":
    main()
