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
OPENING = """# How often data contradict a causal diagram

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
