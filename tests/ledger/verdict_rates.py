"""Verdicts by claim and setting: `python tests/ledger/verdict_rates.py --cohorts 40 --people 256 --seed 20261122`; writes docs/ledger.md."""

from __future__ import annotations

import argparse
import os
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

# Matrices are small: threads would only wait for one another.
for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(threads, "1")
sys.path.insert(0, str(Path(__file__).parent))

from entered_trials import BEHIND, SETTINGS, answerable, seeds_of, verdicts  # noqa: E402

from lowback.ledger import VERDICTS, claims  # noqa: E402

PAGE = Path(__file__).resolve().parents[2] / "docs" / "ledger.md"
# Their analyses take a second a cohort and more, and are proven elsewhere (docs/claims.md, docs/who-leads.md); they are counted only if named.
SLOW = ("C11", "C20", "C21")
# Sitting shortens the hip, the hip tips the pelvis, the pelvis bends the back and keeps it sore, releasing the hip relieves it.
CHAIN = ("C01", "C02", "C03", "C06", "C14")
UNHARMED = ("too small to matter", "cannot tell")
Found = Mapping[tuple[str, str], Counter[str]]
OPENING = """# What the ledger says where the truth is known

Each claim that an analysis answers is put to {cohorts} simulated cohorts of {people} people in which it is true, in which it is false, and in which it is
false in a way that makes a naive analysis say that it is true. Written by

    {command}

**The rule.** An analysis gives an estimate with a 95 % interval, signed so that above zero speaks for the claim. A claim of an effect: *too small to
matter* where the interval lies within plus and minus the smallest effect worth the trouble; else *supported* where it lies above zero; else
*contradicted* where a 99 % interval lies below zero; else *too small to matter* as well where nothing worthwhile is left above zero; else *cannot
tell*. So of claims that are false 2.5 % are supported and 0.5 % contradicted, 3 % in all: what nobody claimed has to be shown more surely (directed
tests: Rice & Gaines 1994, Trends Ecol Evol 9:235-237). A claim of no effect: *supported* where the interval lies within what matters, else
*contradicted* where it excludes zero. Each claim is answered by the first way of asking that the cohort allows, which its records decide and not what
comes of it, so that several ways of asking add no errors. Forty claims at once that are all false would have one supported by chance.

Figures are percent of cohorts. Where a claim is false or sits in its trap, *supported* may come in 5 % of cohorts, up to {limit:.0f} % with the Monte Carlo error of
{cohorts} cohorts (two standard errors). {faults}

Not here: claims that are not named in the command; without `--claims` it counts all but {slow}, whose analyses take a second a cohort and more.

| claim | | setting | {heads} |
|---|---|---|{rules}|
"""

CHAIN_OPENING = """
## Where the chain is false

The claims that the idea hangs on, each put to {cohorts} further cohorts in which it is false. By the rule 97 % of them or more are *too small to matter* or
*cannot tell*; at least 95 % should be (down to {least:.1f} % with Monte Carlo error). It falls short of that for: {faults}.

| claim | | setting | {heads} |
|---|---|---|{rules}|
"""

BEHIND_OPENING = """
## Ways of asking that stand behind the first

What the ledger says where only the analysis named could answer, which it takes where those before it refuse: an exposure that is kept up (C01), how
long pain takes to ease (C10), and those who keep to a programme (C17). {faults}

| claim | analysis | setting | {heads} |
|---|---|---|{rules}|
"""


def main(arguments: Sequence[str] | None = None) -> None:
    """Simulate, count, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cohorts", type=int, default=40)
    parser.add_argument("--people", type=int, default=256)
    parser.add_argument("--seed", type=int, default=20261122)
    parser.add_argument(
        "--claims", nargs="*", default=None, help="those whose analysis takes seconds a cohort only if named"
    )
    parser.add_argument("--chain", type=int, default=500, help="cohorts in which the chain is false; 0: none")
    parser.add_argument("--out", type=Path, default=PAGE)
    given = parser.parse_args(arguments)
    command = f"python tests/ledger/verdict_rates.py --cohorts {given.cohorts} --people {given.people} --seed {given.seed}"
    command += f" --claims {' '.join(given.claims)}" if given.claims else ""
    found: dict[tuple[str, str], Counter[str]] = {}
    for claim in given.claims or [one for one in answerable() if one not in SLOW]:
        found |= verdicts([claim], list(SETTINGS), given.people, seeds_of(given.seed, given.cohorts))
        sys.stderr.write(f"{claim}: {[dict(found[claim, one]) for one in SETTINGS]}\n")
    behind: dict[tuple[str, str], Counter[str]] = {}
    for claim, analysis in {} if given.claims else BEHIND.items():
        behind |= verdicts(
            [claim], list(SETTINGS), given.people, seeds_of(given.seed, given.cohorts), analysis
        )
    text = page(found, given.cohorts, given.people, command)
    if given.chain and not given.claims:
        # From another seed, so that none of them is one of those above.
        false = verdicts(CHAIN, ["false"], given.people, seeds_of(given.seed + 1, given.chain))
        text += chain_page(false, given.chain)
    if behind:
        text += behind_page(behind, given.cohorts)
    given.out.write_text(text, encoding="utf-8")


def limit(cohorts: int) -> float:
    """The largest share of *supported* that chance explains where a claim is false."""
    return float(0.05 + 2 * (0.05 * 0.95 / cohorts) ** 0.5)


def page(found: Found, cohorts: int, people: int, command: str) -> str:
    """The page as markdown."""
    fooled = _fooled(found, cohorts)
    mute = [
        claim
        for (claim, setting), counts in found.items()
        if setting == "true" and counts["supported"] < cohorts / 2
    ]
    faults = f"Beyond it: {', '.join(fooled) or 'none'}. Supported in less than half of the cohorts in which they are true: {', '.join(mute) or 'none'}."
    opening = OPENING.format(
        cohorts=cohorts,
        people=people,
        command=command,
        limit=100 * limit(cohorts),
        faults=faults,
        slow=", ".join(SLOW),
        heads=" | ".join(VERDICTS),
        rules="|".join(["---:"] * len(VERDICTS)),
    )
    return opening + "".join(f"| {' | '.join(row)} |\n" for row in _rows(found, cohorts))


def chain_page(found: Found, cohorts: int) -> str:
    """The section on the chain where it is false, as markdown."""
    least = 0.95 - 2 * (0.05 * 0.95 / cohorts) ** 0.5
    faults = [
        claim
        for (claim, _), counts in found.items()
        if sum(counts[one] for one in UNHARMED) < least * cohorts
    ]
    opening = CHAIN_OPENING.format(
        cohorts=cohorts,
        least=100 * least,
        faults=", ".join(faults) or "none",
        heads=" | ".join(VERDICTS),
        rules="|".join(["---:"] * len(VERDICTS)),
    )
    named = {name: one.claim for name, one in claims().items()}
    rows = (
        [claim, named[claim], setting, *(f"{100 * counts[one] / cohorts:.1f}" for one in VERDICTS)]
        for (claim, setting), counts in found.items()
    )
    return opening + "".join(f"| {' | '.join(row)} |\n" for row in rows)


def behind_page(found: Found, cohorts: int) -> str:
    """The section on the ways of asking behind the first, as markdown."""
    opening = BEHIND_OPENING.format(
        faults=f"*Supported* beyond chance where a claim is false: {', '.join(_fooled(found, cohorts)) or 'none'}.",
        heads=" | ".join(VERDICTS),
        rules="|".join(["---:"] * len(VERDICTS)),
    )
    return opening + "".join(f"| {' | '.join(row)} |\n" for row in _rows(found, cohorts, BEHIND))


def _fooled(found: Found, cohorts: int) -> list[str]:
    """The claims and settings in which a false claim is supported more often than chance explains."""
    return [
        f"{claim} ({setting})"
        for (claim, setting), counts in found.items()
        if setting != "true" and counts["supported"] / cohorts > limit(cohorts)
    ]


def _rows(found: Found, cohorts: int, named_by: Mapping[str, str] | None = None) -> Iterator[list[str]]:
    words = named_by or {name: one.claim for name, one in claims().items()}
    for (claim, setting), counts in found.items():
        named = [claim, words[claim]] if setting == "true" else ["", ""]
        yield [*named, setting, *(f"{100 * counts[one] / cohorts:.0f}" for one in VERDICTS)]


if __name__ == "__main__":
    main()
