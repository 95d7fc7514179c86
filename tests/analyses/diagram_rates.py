"""How often data contradict a diagram: `python tests/analyses/diagram_rates.py --cohorts 200 --people 250 --seed 20261122`; writes docs/diagrams.md."""

from __future__ import annotations

import argparse
import os
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(threads, "1")
sys.path.insert(0, str(Path(__file__).parent))

import numpy as np  # noqa: E402
from drawn_cohorts import cohort_of, study  # noqa: E402

from lowback.analyses.implications import implications  # noqa: E402
from lowback.diagram import diagrams, shipped_names  # noqa: E402
from lowback.result import Refusal, Result  # noqa: E402
from lowback.simulate import simulate, simulated_study  # noqa: E402

PAGE = Path(__file__).resolve().parents[2] / "docs" / "diagrams.md"
Told = Callable[[int, int], Result | Refusal]
OPENING = """# Causal diagrams

## Write one

A diagram is a YAML file with one arrow or chain a line; nothing in it is evaluated.

```yaml
title: Sitting tips the pelvis
says: What the diagram claims, in a sentence or two.
by_chance: [arm] # what chance decides, in studies that are randomised
latent: {{spinal_load: load on the back}} # what no cohort records
arrows:
  - sitting_hours -> hip_extension_deg -> pelvic_tilt_deg -> spinal_load -> pain_nrs
  - arm -> hip_extension_deg
  - age_years <-> sitting_hours # a cause of both that nobody measured
  - pain_nrs[t-1] -> pain_nrs # the value of the visit before
```

Names are those of the data dictionary or of the cohort's own columns; circles, arrows that stand twice, arrows into the past and unknown names are refused with
their place. A name with `[t-1]` is a node of its own: arrows between earlier visits are written out. `notebooks/reports/diagram.ipynb` asks it with the parameter
`diagram_file`, before the three that ship (`lowback/diagram/shipped/`).

What a diagram says of a study's estimands: `lowback.diagram.identified`. By chance; by adjustment, with every minimal set; by the front door or by an
instrument, among people alike in others where need be; by another formula, which no analysis here computes; or not at all, with the columns that would have to be
recorded. What is said not to follow from any record follows from none without assumptions on shapes (the algorithm of Tian & Pearl is complete), nor from an
instrument that the search finds. Only what is by chance, or adjusted for by the study's own covariates, is spoken of as identified elsewhere in a report.

What it says that data could contradict: `implied_independences`, tested by the analysis `implications`: for each pair the smallest separating set, in seconds for
a diagram of 200 nodes. Both read unmeasured common causes as nodes of the canonical graph; sets are all found (checked against every subset of small diagrams, networkx's d-separation, and slopes in linear worlds; other formulas against a count of
parameters in worlds of yes and no: tests/diagram/).

## How often data contradict one

{cohorts} cohorts of {people} people of each world, and the share (percent, Monte Carlo standard error in brackets) in which `implications` says that they contradict
each diagram that ships. In the first three worlds one diagram is true: changes follow its arrows with effects of 0.6 standard deviations, and hip, pelvis,
curve and pain are measured with error. The others are the simulator's scenarios; where an arrow's effect is zero there, a diagram that
draws the arrow is not wrong. Written by

    {command}

A true diagram may be contradicted in 5 % of cohorts.

| world | {heads} |
|---|{rules}|
"""


def worlds() -> Mapping[str, Told]:
    """What is asked of one cohort of each world, by people and seed."""

    def drawn(name: str) -> Told:
        (diagram,) = (one for one in diagrams() if one.name == name)
        return lambda people, seed: implications(cohort_of(diagram, people, seed), study())

    def simulated(name: str) -> Told:
        return lambda people, seed: implications(
            simulate(name, people, seed, 1).cohort(), simulated_study(name)
        )

    found = {f"{name} is true": drawn(name) for name in shipped_names()}
    return found | {
        f"simulated: {name}": simulated(name) for name in ("mechanism", "literature", "null", "trap_c14")
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Simulate, count, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cohorts", type=int, default=200)
    parser.add_argument("--people", type=int, default=250)
    parser.add_argument("--seed", type=int, default=20261122)
    parser.add_argument("--out", type=Path, default=PAGE)
    given = parser.parse_args(arguments)
    seeds = [int(one) for one in np.random.SeedSequence(given.seed).generate_state(given.cohorts)]
    lines = []
    for name, told in worlds().items():
        counts: Counter[str] = Counter()
        for seed in seeds:
            counts.update(_contradicted(told(given.people, seed)))
        lines.append(
            f"| {name} | {' | '.join(_percent(counts[one], given.cohorts) for one in shipped_names())} |"
        )
        sys.stderr.write(f"{lines[-1]}\n")
    command = f"python tests/analyses/diagram_rates.py --cohorts {given.cohorts} --people {given.people} --seed {given.seed}"
    opening = OPENING.format(
        cohorts=given.cohorts,
        people=given.people,
        command=command,
        heads=" | ".join(shipped_names()),
        rules="|".join(["---:"] * len(shipped_names())),
    )
    given.out.write_text(opening + "\n".join(lines) + "\n", encoding="utf-8")


def _contradicted(result: Result | Refusal) -> set[str]:
    if isinstance(result, Refusal) or result.keys is None:
        return set()
    return set(result.keys.loc[result.keys["diagram_verdict"] == "contradicted", "diagram"])


def _percent(count: int, cohorts: int) -> str:
    share = count / cohorts
    return f"{100 * share:.0f} ({100 * (share * (1 - share) / cohorts) ** 0.5:.1f})"


if __name__ == "__main__":
    main()
