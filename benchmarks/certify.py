"""Replicates a second of a certificate beside the same study written by hand: `python benchmarks/certify.py [--quick]`.

The trial has 200 people and six visits. A replicate of ours is all that `lowback certify` does for one cohort under one
effect: draw people, scores and dropout, build the checked `Cohort`, run the analysis of the report and keep its answer. A replicate
by hand is as little as a person could write: draw the same arrays, put them in a data frame, fit the model, read the interval.
Each case prints a JSON line with both rates in replicates a second of the processor, on one thread, and their ratio:

- slopes: a straight line in each arm, random intercept and slope, Kenward and Roger's interval. statsmodels `MixedLM` with the same
  terms has normal intervals only, so it does less. lme4 alone fits and has no interval; lmerTest with pbkrtest has ours.
- mixed: arm by visit, random intercept, Satterthwaite's interval; statsmodels again with normal ones, lmerTest has ours.

For R only the fits are timed, not the drawing and reading of data. "two processes" is wall-clock time of one process over that of
two, so it needs two free cores. Needs statsmodels; R with lmerTest and pbkrtest is left out where it is absent.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import tempfile
import time
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(threads, "1")

import numpy as np
import pandas as pd
from statsmodels.regression.mixed_linear_model import MixedLM

from analyses import question, trial
from lowback.analyses.mixed import mixed
from lowback.analyses.slopes import slopes
from lowback.repeat.asked import asked_of
from lowback.repeat.replicates import replicated, seed_of
from lowback.repeat.trying import Once, Trial
from lowback.repeat.worlds import NO_EFFECT, TrialWorld, world_like
from lowback.result import Result

PEOPLE, SEED = 200, 515
ANALYSES = {"slopes": slopes, "mixed": mixed}
R_PEERS = {"slopes": ("lme4", "lmerTest and pbkrtest"), "mixed": ("lme4", "lmerTest")}
Hand = Callable[[pd.DataFrame], object]


def task(name: str) -> Once:
    """A replicate of one analysis in the world without an effect."""
    cohort, study = trial(PEOPLE, SEED), question().focus("pain")
    found = ANALYSES[name](cohort, study)
    if not isinstance(found, Result):
        raise SystemExit(f"{name} refuses: {found.reason}")
    world = world_like(cohort, study, study.estimands[0])
    assert isinstance(world, TrialWorld)
    alone = replace(world, effects={NO_EFFECT: world.effects[NO_EFFECT]})
    asked = {name: asked_of(found, study.estimands[0])}
    return Once((Trial("pain", study, alone, {name: ANALYSES[name]}, asked, {name: ""}),))


def by_hand(once: Once, seed: np.random.SeedSequence) -> pd.DataFrame:
    """The records of the same replicate, as a person who writes the study by hand would make them."""
    world = once.trials[0].world
    assert isinstance(world, TrialWorld)
    alike = world.alike
    drawn = alike.draw(np.random.default_rng(seed))
    scores = alike.scores(drawn, world.effects[NO_EFFECT], drawn.arm)
    seen = np.column_stack([np.isfinite(drawn.first), alike.seen(drawn, scores, drawn.arm)])
    person, visit = np.nonzero(seen)
    who = alike.people.participants
    return pd.DataFrame(
        {
            "id": person,
            "weeks": np.concatenate([[alike.start], alike.weeks])[visit],
            "pain": np.column_stack([drawn.first, scores])[person, visit],
            "arm": (drawn.arm[person] != alike.comparator).astype(float),
            "age": who["age_years"].to_numpy(float)[drawn.donors[person]],
            "female": (who["sex"] == "female").to_numpy(float)[drawn.donors[person]],
        }
    )


def slopes_by_hand(frame: pd.DataFrame) -> object:
    """Random intercept and slope with statsmodels."""
    weeks, arm = frame["weeks"].to_numpy(), frame["arm"].to_numpy()
    fixed = np.column_stack([np.ones(len(frame)), weeks, arm, arm * weeks, frame["age"], frame["female"]])
    own = np.column_stack([np.ones(len(frame)), weeks])
    return (
        MixedLM(frame["pain"].to_numpy(), fixed, frame["id"].to_numpy(), exog_re=own)
        .fit(reml=True)
        .conf_int()
    )


def mixed_by_hand(frame: pd.DataFrame) -> object:
    """Arm by visit and a random intercept with statsmodels."""
    visit = (frame["weeks"].to_numpy()[:, None] == np.unique(frame["weeks"])).astype(float)
    arm = frame["arm"].to_numpy()[:, None]
    fixed = np.column_stack([visit, visit * arm, frame["age"], frame["female"]])
    return MixedLM(frame["pain"].to_numpy(), fixed, frame["id"].to_numpy()).fit(reml=True).conf_int()


def seconds_each(work: Callable[[int], object], times: int) -> float:
    """Processor seconds of one run, the first being left out."""
    work(0)
    started = time.process_time()
    for index in range(1, times + 1):
        work(index)
    return (time.process_time() - started) / times


def seconds_in_r(case: str, frames: list[pd.DataFrame]) -> float | None:
    """Processor seconds of one fit in R, the first being left out; None where R or a package is absent."""
    if shutil.which("Rscript") is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder, f"{at}.csv") for at in range(len(frames))]
        for frame, file in zip(frames, files, strict=True):
            frame.to_csv(file, index=False)
        script = Path(__file__).with_name("certify_peers.R")
        done = subprocess.run(
            ["Rscript", str(script), case, *map(str, files)], capture_output=True, text=True, check=False
        )
    if done.returncode:
        return None
    return float(np.mean([float(one) for one in done.stdout.split()][1:]))


def speed_up(once: Once, replicates: int) -> float:
    """Wall-clock time of one process over that of two, the shortest of three turns each, the second process being warm."""
    replicated(once, 4, SEED, jobs=2)
    walls: dict[int, list[float]] = {1: [], 2: []}
    for jobs in (1, 2) * 3:
        started = time.perf_counter()
        replicated(once, replicates, SEED, jobs=jobs)
        walls[jobs].append(time.perf_counter() - started)
    return min(walls[1]) / min(walls[2])


def line(name: str, peer: str, ours: float, theirs: float | None) -> None:
    """One case as a JSON line; rates are replicates a second."""
    row = {
        "name": name,
        "ours_per_s": round(1 / ours, 1),
        "peer": peer,
        "peer_per_s": None if theirs is None else round(1 / theirs, 2),
        "ratio": None if theirs is None else round(theirs / ours, 1),
    }
    print(json.dumps(row), flush=True)


def main() -> None:
    """Time both analyses, the peers, and two processes."""
    options = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    options.add_argument("--quick", action="store_true", help="a few replicates, to see that it runs")
    quick = options.parse_args().quick
    warnings.simplefilter("ignore")
    hands: dict[str, Hand] = {"slopes": slopes_by_hand, "mixed": mixed_by_hand}
    for name, hand in hands.items():
        once = task(name)
        ours = seconds_each(lambda at, once=once: once(seed_of(SEED, at)), 10 if quick else 200)
        made = [by_hand(once, seed_of(SEED, at)) for at in range(3 if quick else 16)]
        theirs = seconds_each(
            lambda at, once=once, hand=hand: hand(by_hand(once, seed_of(SEED, at))), 1 if quick else 8
        )
        line(name, "statsmodels", ours, theirs)
        for peer in R_PEERS[name]:
            line(name, peer, ours, seconds_in_r(f"{name}, {peer}", made))
    ratio = speed_up(task("slopes"), 40 if quick else 500)
    print(json.dumps({"name": "two processes", "ratio": round(ratio, 2)}))


if __name__ == "__main__":
    main()
