"""Milliseconds of each analysis, from a cohort to its result: `python benchmarks/analyses.py [--quick]`.

Each case prints a JSON line: analysis, people, visits, ms (median processor time of one thread, the first run left out).
"Cohort" is what it takes to check three tables and put them in order. Cohorts are the example and a made-up trial of 200 people.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path

for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(threads, "1")

import numpy as np
import pandas as pd

from lowback.analyses.ancova import ancova
from lowback.analyses.clda import clda
from lowback.analyses.equivalence import equivalence
from lowback.analyses.expected_change import expected_change
from lowback.analyses.mixed import mixed
from lowback.analyses.mmrm import mmrm
from lowback.analyses.responders import responders
from lowback.analyses.slopes import slopes
from lowback.analyses.within_between import within_between
from lowback.cohort import Cohort
from lowback.intake import read_cohort
from lowback.result import Refusal, Result
from lowback.study import Study, read_study

EXAMPLE = Path(__file__).resolve().parents[1] / "data" / "example"
OF_ARMS = (ancova, mixed, mmrm, clda, equivalence, slopes, responders, within_between)
WEEKS = (0.0, 2.0, 4.0, 8.0, 12.0, 26.0)


def trial(people: int, seed: int) -> Cohort:
    """Two arms, six visits, and a tenth of the later ones missed."""
    rng = np.random.default_rng(seed)
    ids = np.array([f"P{number:05d}" for number in range(people)])
    treated = rng.permutation(np.arange(people) % 2)
    person, visit = (place.ravel() for place in np.indices((people, len(WEEKS))))
    kept = (visit == 0) | (rng.random(len(person)) > 0.1)
    person, week = person[kept], np.array(WEEKS)[visit[kept]]
    slope = -0.04 * (1 + treated) + rng.normal(0, 0.04, people)
    pain = rng.normal(5.5, 1, people)[person] + slope[person] * week + rng.normal(0, 1, len(person))
    arms = np.array(["usual care", "stretching"])[treated]
    who = {
        "participant_id": ids,
        "arm": arms,
        "age_years": rng.integers(20, 66, people),
        "sex": rng.choice(["female", "male"], people),
    }
    rows = {
        "participant_id": ids[person],
        "weeks": week,
        "pain_nrs": pain.round(1).clip(0, 10),
        "pelvic_tilt_deg": rng.normal(11, 4, people)[person] + rng.normal(0, 2, len(person)),
    }
    return Cohort(f"a trial of {people}", participants=pd.DataFrame(who), visits=pd.DataFrame(rows))


def question(**changes: object) -> Study:
    """The study of that trial."""
    estimand = {"outcome": "pain_nrs", "population": "all randomised", "week": 12}
    declared = [
        {**estimand, "name": "pain", "summary": "mean difference", "smallest_worthwhile": 1},
        {**estimand, "name": "better", "summary": "risk difference", "responders": [{"fall_percent": 30}]},
        {"name": "tilt", "summary": "slope", "outcome": "pain_nrs", "exposure": "pelvic_tilt_deg", "per": 5},
    ]
    content = {
        "title": "a trial",
        "design": "randomised trial",
        "weeks": list(WEEKS),
        "arms": ["usual care", "stretching"],
        "control_arm": "usual care",
        "covariates": ["age_years", "sex"],
        "estimands": declared,
    }
    return Study.model_validate({**content, **changes})


def of_one_arm(study: Study) -> Study:
    """The same study as if nobody were compared with anybody."""
    return study.model_copy(update={"design": "single arm", "arms": (), "control_arm": None})


def milliseconds(work: Callable[[], object], repeats: int) -> float:
    """The median processor time of a run after the first."""
    taken = []
    for _ in range(repeats + 1):
        started = time.process_time()
        found = work()
        taken.append(time.process_time() - started)
        if isinstance(found, Refusal):
            raise SystemExit(f"{found.analysis} refuses: {found.reason}")
    return 1000 * statistics.median(taken[1:])


def main() -> None:
    """Time every analysis on both cohorts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few repeats, to see that it works")
    repeats = 3 if parser.parse_args().quick else 30
    example = read_cohort(EXAMPLE / "mapping.yml"), read_study(EXAMPLE / "study.yml")
    for cohort, study in (example, (trial(200, seed=1), question())):
        asked: list[tuple[Callable[[Cohort, Study], Result | Refusal], Study]]
        asked = [*((analysis, study) for analysis in OF_ARMS), (expected_change, of_one_arm(study))]
        place = {"people": len(cohort.participant_ids), "visits": len(cohort.visits)}
        for analysis, put in asked:
            taken = milliseconds(
                lambda analysis=analysis, cohort=cohort, put=put: analysis(cohort, put), repeats
            )
            print(json.dumps({"analysis": analysis.__name__, **place, "ms": round(taken, 2)}), flush=True)
        tables = {name: getattr(cohort, name) for name in ("participants", "visits", "checkins")}
        taken = milliseconds(
            lambda tables=tables, cohort=cohort: Cohort("x", **tables, variables=cohort.variables), repeats
        )
        print(json.dumps({"analysis": "Cohort", **place, "ms": round(taken, 2)}), flush=True)


if __name__ == "__main__":
    main()
