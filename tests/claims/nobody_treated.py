"""What is claimed where nobody is treated and everybody enrols with pain of 6 or more: `python tests/claims/nobody_treated.py --cohorts 500 --jobs 2`.

Writes docs/nobody-treated.md.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

# Matrices are small: threads would only wait for one another.
for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(threads, "1")
sys.path[:0] = [str(one) for one in Path(__file__).parents[:2]]

import naive_diaries  # noqa: E402
import numpy as np  # noqa: E402
from answers import Finding  # noqa: E402
from days_and_waves import AfterTheChange  # noqa: E402
from our_analyses import OF_ARMS, RULES, WEEKS, ArmEffect, Better, BeyondRegression, Ours, row_of  # noqa: E402
from records import Records, mean  # noqa: E402

from lowback.cohort import Cohort  # noqa: E402
from lowback.every_analysis import every_analysis  # noqa: E402
from lowback.ledger import Entry, ledger  # noqa: E402
from lowback.repeat.replicates import replicated  # noqa: E402
from lowback.simulate import Simulated, read_scenario, simulate, simulated_study  # noqa: E402
from lowback.simulate.cohorts import LONGEST  # noqa: E402
from lowback.study import Estimand, Study  # noqa: E402
from made_with import made_with  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "nobody-treated.md"
WORLDS = ROOT / "data" / "mechanism-worlds"
PEOPLE, CONTROL, PROGRAMME = 160, "usual care", "hip-flexor stretching"
TRIAL = (CONTROL, PROGRAMME)
# The claims that something which is done relieves pain.
RELIEF = ("C09", "C13", "C14", "C15", "C16", "C17", "C19", "C22", "C23", "C24", "C28", "C29", "C30", "C38")
NAIVE, LEDGER = "naive: ", "ledger: "
# The largest share that chance explains of claims of benefit by a two-sided test at 5 %.
CHANCE = 0.05
SAYS = {
    "nobody_treated": "one group, nobody treated",
    "nothing_in_it": "two arms, a programme with nothing in it",
    "worst_day": "one group, something new begun on the worst day",
}
OPENING = """# What is claimed where nobody is treated

Everybody here enrols with pain of 6 or more and nothing that is done does anything: pain falls because people came when it was bad, and by its natural
course. {cohorts:,} cohorts of {people} people of each world ([data/mechanism-worlds](../data/mechanism-worlds/README.md)). Written by

    {command}

on {date}: lowback {lowback}, numpy {numpy}, scipy {scipy}, Python {python}.

*Claimed* is a benefit whose 95 % interval lies wholly on the better side of nothing; *answered* says in how many cohorts there is an interval at all, as a
refusal claims nothing. Percent of cohorts, with the Monte Carlo standard error in brackets. Chance alone gives 2.5 of a right analysis; more than {limit:.1f} would
be beyond 5 by more than two of its standard errors. {verdict}

| world | analysis | answered % | claimed % |
|---|---|---:|---:|
"""
LEDGER_OPENING = """
## The ledger

Of the {count} claims that something which is done relieves pain ({names}),
those to which the same cohorts give any answer; the others are not tested in any of them. Their words: [the ledger](ledger.md).

| world | claim | answered % | supported % |
|---|---|---:|---:|
"""
Said = dict[str, bool | None]


def main(arguments: Sequence[str] | None = None) -> None:
    """Simulate, count and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cohorts", type=int, default=500, help="of every world (%(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="the same seed gives the same page (%(default)s)")
    parser.add_argument("--jobs", type=int, default=1, help="processes of this machine (%(default)s)")
    parser.add_argument("--out", type=Path, default=PAGE, help="where the page is written (%(default)s)")
    given = parser.parse_args(arguments)
    found = {world: replicated(Once(world), given.cohorts, given.seed, jobs=given.jobs) for world in SAYS}
    command = f"python tests/claims/nobody_treated.py --cohorts {given.cohorts} --seed {given.seed}"
    given.out.write_text(page(found, given.cohorts, command), encoding="utf-8")


class Once:
    """What is claimed of one cohort of a world, by analysis; None where there is no interval."""

    def __init__(self, world: str) -> None:
        self.world = world

    def __call__(self, seed: np.random.SeedSequence) -> Said:
        scenario = read_scenario(WORLDS / f"{self.world}.yml")
        number = int(seed.generate_state(1, np.uint64)[0] >> np.uint64(1))
        made = simulate(scenario, PEOPLE, number, days=LONGEST if self.world == "worst_day" else 1)
        said = {NAIVE + name: claimed(found) for name, found in naive(self.world, made)}
        cohort = made.cohort()
        said |= {one.name: claimed(one(cohort)) for one in ours(self.world)}
        entries = ledger(cohort, simulated_study(scenario), every_analysis(), only=list(RELIEF)).entries
        return said | {LEDGER + one.claim_id: supported(one) for one in entries}


def claimed(found: Finding | None) -> bool | None:
    """Whether an interval lies above 0, where above 0 is a benefit."""
    return None if found is None or not np.isfinite([found.low, found.high]).all() else bool(found.low > 0)


def supported(entry: Entry) -> bool | None:
    """Whether the ledger supports a claim; None where it has no finding."""
    return None if entry.found is None else entry.verdict == "supported"


def naive(world: str, made: Simulated) -> Iterator[tuple[str, Finding]]:
    """The usual analyses of people compared with nobody."""
    records = Records(made)
    if world == "worst_day":
        yield "day of the change against the days after", naive_diaries.week_after_the_change(records)
        return
    arm = PROGRAMME if world == "nothing_in_it" else CONTROL
    yield f"paired t test in {arm}", mean(records.fall[records.in_arm(arm)])


@dataclass(frozen=True)
class InOneGroup:
    """What an analysis of arms says of people compared with nobody: it must refuse."""

    name: str
    margin: float = 1.0

    def __call__(self, cohort: Cohort) -> Finding | None:
        estimand = Estimand(name="pain", summary="mean difference", outcome="pain_nrs", week=12)
        study = Study(
            title="One group", design="single arm", weeks=WEEKS, eligibility=RULES, estimands=(estimand,)
        )
        found = row_of(OF_ARMS[self.name](cohort, study))
        return None if found is None else found.reversed


def ours(world: str) -> Iterator[Ours]:
    """Our analyses that ask what was done; in one group most must refuse."""
    if world == "worst_day":
        yield AfterTheChange(0.5)
        return
    if world == "nobody_treated":
        yield from (InOneGroup(one) for one in OF_ARMS)
        yield BeyondRegression()
        return
    yield from (ArmEffect(one, PROGRAMME, 1.0, arms=TRIAL) for one in OF_ARMS)
    yield Better(PROGRAMME, 0.1, TRIAL)


def page(found: Mapping[str, Sequence[Said]], cohorts: int, command: str) -> str:
    """The page as markdown."""
    limit = 100 * (CHANCE + 2 * (CHANCE * (1 - CHANCE) / cohorts) ** 0.5)
    rows = [(world, name, *rates(said, name)) for world, said in found.items() for name in said[0]]
    right = [row for row in rows if not row[1].startswith(NAIVE)]
    beyond = [f"{name} ({SAYS[world]})" for world, name, _, share in right if 100 * share > limit]
    opening = OPENING.format(
        cohorts=cohorts, people=PEOPLE, command=command, limit=limit, verdict=f"Beyond it, of ours: {', '.join(beyond) or 'none'}.", **made_with()
    )  # fmt: skip
    ledger_opening = LEDGER_OPENING.format(count=len(RELIEF), names=", ".join(RELIEF))
    of_ledger = [row for row in rows if row[1].startswith(LEDGER) and row[2] > 0]
    others = [row for row in rows if not row[1].startswith(LEDGER)]
    return opening + table(others, cohorts) + ledger_opening + table(of_ledger, cohorts)


def rates(said: Sequence[Said], name: str) -> tuple[float, float]:
    """In which share of cohorts an analysis answers, and claims."""
    given = [one[name] for one in said]
    return float(np.mean([one is not None for one in given])), float(np.mean([one is True for one in given]))


def table(rows: Sequence[tuple[str, str, float, float]], cohorts: int) -> str:
    """The rows as markdown."""
    return "".join(
        f"| {SAYS[world]} | {name.removeprefix(LEDGER)} | {_percent(answers, cohorts)} | {_percent(share, cohorts)} |\n"
        for world, name, answers, share in rows
    )


def _percent(share: float, cohorts: int) -> str:
    return f"{100 * share:.1f} ({100 * (share * (1 - share) / cohorts) ** 0.5:.1f})"


if __name__ == "__main__":
    main()
