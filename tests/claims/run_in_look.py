"""Hip work by who led in the run-in: `python tests/claims/run_in_look.py [--cohorts 16 --people 240]` writes docs/run-in.md.

In the scenarios of C22 the leading region stands in the participants' table. Here it does not: it must be told from four weeks of check-ins
before the allocation. The same people live these weeks untreated, then the trial; hip and back move each other in those in whom one leads.
"""

from __future__ import annotations

import argparse
import datetime
import os
import sys
from pathlib import Path

for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(threads, "1")
sys.path.insert(0, str(Path(__file__).parent))

import numpy as np  # noqa: E402
from answers import ANSWERS, Finding, answer_of  # noqa: E402
from our_analyses import RULES, declared, row_of  # noqa: E402

from lowback.analyses.by_characteristic import by_characteristic  # noqa: E402
from lowback.cohort import Cohort  # noqa: E402
from lowback.outcomes.run_in import with_run_in_lead  # noqa: E402
from lowback.simulate import simulate  # noqa: E402
from lowback.simulate.claims import Switch  # noqa: E402
from lowback.simulate.design import Design  # noqa: E402
from lowback.simulate.scenario import Scenario  # noqa: E402
from lowback.study import Estimand  # noqa: E402

ARMS = ("usual care", "hip-flexor stretching")
# How strongly the leading region moves the other, in those in whom one leads.
MOVES = {"back_from_hip": 0.4, "hip_from_back": 0.4, "back_shock_sd": 1, "hip_shock_sd": 1}
RUN_IN_DAYS, FIRST_DAY = 28, 28
PAGE = Path(__file__).resolve().parents[2] / "docs" / "run-in.md"
OPENING = """# Hip work by who led before treatment

Does hip work do more where hip pain leads (C22)? The scenarios of [claims.md](claims.md) write the leading region down. In a study it must be told, and
from check-ins before the allocation: what comes after may have been changed by treatment. The analysis `by_characteristic` with the modifier
`run_in_lead` takes each person's lead (the error-free correlation of hip pain now with back pain later less the reverse, in tenths) from the
check-ins before day 0, and asks whether the arm's effect differs by it. Written by

    {command}

on {date} with seed {seed}.

{cohorts} cohorts a setting of {people} people in two arms, four weeks of two check-ins a day before the allocation; in some people the hip leads, in some the
back (each moves the other by {moves:g} of a point from half day to half day), in the others neither. Where the claim is true hip work takes off 1.5 points more
where the hip leads; in the trap those people get better in either arm. Smallest difference that matters: {margin:g} points per tenth.

| claim | yes | no | cannot tell | mean difference in effect (points per tenth) | intervals beyond 0 | told lead where the hip leads, the back, neither (mean) |
|---|---:|---:|---:|---:|---:|---|
"""
CLOSING = """
A share of {cohorts} cohorts has a Monte Carlo error of {error:.0f} percentage points where 5 % are to be expected. A lead told from four weeks has an error of its own, and nothing
corrects for it: the difference in effect looks smaller than it is, and most cohorts of this size cannot tell. Without check-ins before day 0 the
analysis refuses.
"""
SETTINGS: dict[str, Switch] = {"true": True, "false": False, "trap": "trap"}
MARGIN = 0.1


REGIONS = ("hip", "back", "together")
BY_LEAD = Estimand(
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
    result = by_characteristic(cohort, declared(ARMS, "usual care", BY_LEAD, RULES))
    found = row_of(result, statistic="difference per unit")
    return None if found is None else found.reversed


def told_and_asked(setting: str, people: int, seed: int) -> tuple[Finding | None, list[float]]:
    """What one cohort answers, and the mean lead told of those in whom the hip leads, the back does, and neither."""
    cohort = cohort_with_run_in(setting, people, seed)
    told = with_run_in_lead(cohort, declared(ARMS, "usual care", BY_LEAD, RULES), BY_LEAD)
    table = told.participants
    by_region = table.groupby(table["leading_region"].astype(str))["run_in_lead"].mean()
    return by_run_in(told), [float(by_region[one]) for one in REGIONS]


def row(setting: str, cohorts: int, people: int, seed: int) -> str:
    """One line of the table."""
    pairs = [told_and_asked(setting, people, seed + at) for at in range(cohorts)]
    found = [one for one, _ in pairs]
    said = [answer_of(one, MARGIN, "not zero") for one in found]
    answered = [one for one in found if one is not None]
    shares = " | ".join(f"{100 * said.count(answer) / cohorts:.0f} %" for answer in ANSWERS)
    beyond = np.mean([one.low > 0 or one.high < 0 for one in answered])
    leads = ", ".join(f"{one:.1f}" for one in np.mean([one for _, one in pairs], axis=0))
    mean = np.mean([one.estimate for one in answered])
    return f"| {setting} | {shares} | {mean:.2f} | {100 * beyond:.0f} % | {leads} |"


def main() -> None:
    """Ask every cohort and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cohorts", type=int, default=16)
    parser.add_argument("--people", type=int, default=240)
    parser.add_argument("--seed", type=int, default=20261122)
    given = parser.parse_args()
    opening = OPENING.format(
        command=f"python tests/claims/run_in_look.py --cohorts {given.cohorts} --people {given.people} --seed {given.seed}",
        date=datetime.datetime.now(datetime.UTC).date().isoformat(),
        seed=given.seed,
        cohorts=given.cohorts,
        people=given.people,
        moves=MOVES["back_from_hip"],
        margin=MARGIN,
    )
    closing = CLOSING.format(cohorts=given.cohorts, error=100 * np.sqrt(0.05 * 0.95 / given.cohorts))
    rows = [row(setting, given.cohorts, given.people, given.seed) for setting in SETTINGS]
    PAGE.write_text(opening + "\n".join(rows) + "\n" + closing, encoding="utf-8")


if __name__ == "__main__":
    main()
