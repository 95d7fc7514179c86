"""`python tests/agreement/agreement_page.py [FOLDER_OF_SHARED_DATA]` writes docs/agreement.md: our numbers beside those of others."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
PAGE = TESTS.parent / "docs" / "agreement.md"
for room in (TESTS / "agreement", TESTS / "estimators", TESTS / "estimators" / "lmm"):
    sys.path.insert(0, str(room))

import lmm_numbers  # noqa: E402
import marginal_numbers  # noqa: E402
import mmrm_numbers  # noqa: E402
from comparison import Comparison  # noqa: E402

OPENING = """# Agreement with other programs

Every number that this package's engine has in common with another program, on the same data: {count} quantities, {within} of them
within the tolerance. The page is written by `python tests/agreement/agreement_page.py FOLDER` (the folder holds the shared data sets) and a
test checks that it is what the code gives today. The scripts that made the reference numbers, with the versions they ran under, lie in
`tests/reference/`.

Tolerances are shares of the reference: 1e-8 for an objective (minus twice a log-likelihood, which may never be worse by more than
1e-5), 1e-6 for estimates, 1e-5 for standard errors and F, 1e-4 for variances, 1e-3 for degrees of freedom and p-values, 1e-9 where
nothing is iterated. For repeated measures, robust errors have 1e-4, because clubSandwich works where nlme stopped, and Kenward-Roger
errors have 1e-4 against pbkrtest, which takes the expected curvature where SAS and this engine take the observed one. Digits printed
by SAS or in a paper are met to half a unit of the last one, SAS's covariances and means (it stopped early) to one unit.
Predicted effects of single people and sites are compared with lme4's in the tests, and not listed.
"""


def comparisons(shared: Path | None) -> list[Comparison]:
    """Every comparison that can be made with the data at hand."""
    return [
        found for room in (lmm_numbers, mmrm_numbers, marginal_numbers) for found in room.comparisons(shared)
    ]


def page(found: Iterable[Comparison]) -> str:
    """The page as markdown: a summary, then a table a model."""
    everything = list(found)
    groups = [(key, list(group)) for key, group in groupby(everything, key=lambda one: (one.data, one.model))]
    lines = [OPENING.format(count=len(everything), within=sum(one.within for one in everything)), ""]
    lines += ["| data | model | quantities | within | reference |", "|---|---|---:|---:|---|"]
    for (data, model), group in groups:
        programs = ", ".join(dict.fromkeys(one.program for one in group))
        lines.append(f"| {data} | {model} | {len(group)} | {sum(one.within for one in group)} | {programs} |")
    for (data, model), group in groups:
        lines += [
            "",
            f"## {data}: {model}",
            "",
            "| quantity | term | ours | theirs | reference | tolerance | within |",
        ]
        lines += ["|---|---|---:|---:|---|---:|---|", *map(row, group)]
    return "\n".join(lines) + "\n"


def row(one: Comparison) -> str:
    """One comparison as a line of a table."""
    cells = [
        one.quantity,
        one.term,
        f"{one.ours:.10g}",
        f"{one.theirs:.10g}",
        one.program,
        f"{one.tolerance:.1e}",
    ]
    return "| " + " | ".join([*cells, "yes" if one.within else "**no**"]) + " |"


def shared_folder(given: str | None = None) -> Path | None:
    """The folder of shared data sets: as given, or data/ in what LOWBACK_SHARED names, or None where there is none."""
    shared = os.environ.get("LOWBACK_SHARED", str(TESTS.parent.parent / "shared"))
    folder = Path(given) if given else Path(shared) / "data"
    return folder if folder.is_dir() else None


def main() -> None:
    """Compare, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "folder", nargs="?", help="folder of shared data; else data/ of what LOWBACK_SHARED names"
    )
    folder = shared_folder(parser.parse_args().folder)
    if folder is None:
        sys.exit("no folder of shared data; give it, or set LOWBACK_SHARED to the folder that holds data/")
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page(comparisons(folder)), encoding="utf-8")


if __name__ == "__main__":
    main()
