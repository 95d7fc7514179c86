"""Hip work by who led in the run-in: `python tests/claims/run_in_look.py [--cohorts 12 --people 240]`.

In the scenarios of C22 the leading region stands in the participants' table. Here it does not: it must be told from four weeks of check-ins
before the allocation. The same people live these weeks untreated, then the trial; hip and back move each other in those in whom one leads.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(threads, "1")
sys.path.insert(0, str(Path(__file__).parent))

import numpy as np  # noqa: E402
from answers import ANSWERS, Finding, answer_of  # noqa: E402
from our_analyses import RULES, TRIAL, declared, row_of  # noqa: E402

from lowback.analyses.by_characteristic import by_characteristic  # noqa: E402
from lowback.cohort import Cohort  # noqa: E402
from lowback.simulate import simulate  # noqa: E402
from lowback.simulate.claims import Switch  # noqa: E402
from lowback.simulate.design import Design  # noqa: E402
from lowback.simulate.scenario import Scenario  # noqa: E402
from lowback.study import Estimand  # noqa: E402

ARMS = ("usual care", "hip-flexor stretching")
# How strongly the leading region moves the other, in those in whom one leads.
MOVES = {"back_from_hip": 0.4, "hip_from_back": 0.4, "back_shock_sd": 1, "hip_shock_sd": 1}
RUN_IN_DAYS, FIRST_DAY = 28, 28
SETTINGS: dict[str, Switch] = {"true": True, "false": False, "trap": "trap"}
MARGIN = 0.1


def cohort_with_run_in(setting: str, people: int, seed: int) -> Cohort:
    """A trial of hip work, with four weeks of the same people's untreated life before it, two check-ins a day."""
    trial = simulate(_scenario(setting, ARMS), people, seed, 1).cohort()
    untreated = simulate(_scenario(setting, ("usual care",)), people, seed, 84)
    lived = untreated.checkins
    lived = lived[(lived["days"] >= FIRST_DAY) & (lived["days"] < FIRST_DAY + RUN_IN_DAYS)]
    run_in = lived.assign(days=lived["days"] - FIRST_DAY - RUN_IN_DAYS).reset_index(drop=True)
    return Cohort(trial.name, trial.participants, trial.visits, run_in)


def _scenario(setting: str, arms: tuple[str, ...]) -> Scenario:
    return Scenario(
        name="run-in",
        title="Hip work by who led in the run-in",
        says=f"as C22 {setting}, and the leading region moves the other",
        claims={"C22": SETTINGS[setting]},
        parameters=MOVES,
        design=Design(arms=arms, checkins_a_day=2),
    )


def by_run_in(cohort: Cohort) -> Finding | None:
    """How much more hip work lowers pain at week 12 per tenth of a correlation by which the hip led."""
    estimand = Estimand(
        name="effect by lead",
        summary="effect by characteristic",
        population="all randomised",
        outcome="pain_nrs",
        week=12,
        arms=("hip-flexor stretching",),
        modifier="run_in_lead",
        intercurrent_events={"stopped the programme": "treatment policy"},
        smallest_worthwhile=MARGIN,
    )
    result = by_characteristic(cohort, declared(ARMS, "usual care", estimand, RULES))
    found = row_of(result, statistic="difference per unit")
    return None if found is None else found.reversed


def main() -> None:
    """Print how often it says yes, no or cannot tell, and the mean estimate."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cohorts", type=int, default=12)
    parser.add_argument("--people", type=int, default=240)
    parser.add_argument("--seed", type=int, default=20261122)
    given = parser.parse_args()
    for setting in SETTINGS:
        found = [
            by_run_in(cohort_with_run_in(setting, given.people, given.seed + at))
            for at in range(given.cohorts)
        ]
        said = [answer_of(one, MARGIN, "not zero") for one in found]
        mean = np.mean([one.estimate for one in found if one is not None])
        counts = {answer: said.count(answer) for answer in ANSWERS}
        text = f"{setting}: {counts} of {given.cohorts}, mean {mean:.3f} NRS points per tenth, refused {found.count(None)}"
        sys.stdout.write(text + "\n")


if __name__ == "__main__":
    assert set(ARMS) <= set(TRIAL)
    main()
