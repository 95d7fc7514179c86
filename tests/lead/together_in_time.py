"""How far two complaints are found to go together, by how long diaries are, and which errors of people's means hold: `python tests/lead/together_in_time.py`.

Writes docs/coming-together.md.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

# Matrices are small: threads would only wait for one another.
for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(threads, "1")
sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402

from lowback.analyses.co_occurrence import LEVEL_ONLY, TAKEN_OFF, co_occurrence  # noqa: E402
from lowback.cohort import Cohort  # noqa: E402
from lowback.repeat.scenario_truths import scenario_truths  # noqa: E402
from lowback.result import Refusal  # noqa: E402
from lowback.simulate import read_scenario, simulate  # noqa: E402
from lowback.simulate.scenario import Scenario  # noqa: E402
from lowback.study import Study, read_study  # noqa: E402
from made_with import made_with  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
WORLDS = ROOT / "data" / "mechanism-worlds"
PAGE = ROOT / "docs" / "coming-together.md"
NAMES = ("leads", "no_lead", "one_cause")
PEOPLE, DAYS = 160, (14, 28, 56, 84)
WITHIN = {
    "course": f"within persons, {TAKEN_OFF}",
    "level": f"within persons, {LEVEL_ONLY}",
}
BETWEEN = "between persons, of their means"
NORMAL = 1.959964

PAGE_TEXT = """# How far two complaints go together, by how long diaries are

`co_occurrence` tells how far hip and back pain go together within persons, around each person's level or around a person's own line and times of day, and
between persons, as the correlation of their means. A line takes a part of slow ups and downs along, a level less of it, and the shorter the diary the more. The mean
of {replicates} cohorts of {people} people with two check-ins a day, with its Monte Carlo standard error; the truth is that of twelve weeks. Written by

    {command}

on {date}: lowback {lowback}, numpy {numpy}, scipy {scipy}, Python {python}. The worlds are those of [which comes first](certificates-leads.md).

{within}

In short diaries what is slow is lost: the analysis means the person's own line or level in the weeks that it was given, and says so.

## Which errors of people's means hold

Of intervals of 95 % for the correlation of people's means in twelve weeks, so many hold what is true (percent, with the Monte Carlo standard
error). By Fisher's normal theory, 1 / sqrt(people - 3) on his scale, means are taken to be normal and equally well known, while some people answer few check-ins and their means
lie far out; the jackknife over people, which the analysis uses, takes nothing of the kind.

{between}
"""


def main(arguments: Sequence[str] | None = None) -> None:
    """Simulate, count and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--replicates", type=int, default=100, help="cohorts of every world (%(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="the same seed gives the same page (%(default)s)")
    parser.add_argument("--out", type=Path, default=PAGE, help="where the page is written (%(default)s)")
    given = parser.parse_args(arguments)
    given.out.write_text(page(given.replicates, given.seed), encoding="utf-8")


def page(replicates: int, seed: int) -> str:
    """The page as markdown."""
    study = read_study(WORLDS / "study_leads.yml")
    found = {world: answers(world, study, replicates, seed) for world in NAMES}
    true = {world: truths(world, study) for world in NAMES}
    return PAGE_TEXT.format(
        command=f"python tests/lead/together_in_time.py --replicates {replicates} --seed {seed}",
        replicates=replicates,
        people=PEOPLE,
        within=within(found, true),
        between=between(found, true),
        **made_with(),
    )


def answers(world: str, study: Study, replicates: int, seed: int) -> dict[int, list[pd.DataFrame]]:
    """The estimates, by term, of each cohort of a world, by days of diary; the same people at every length."""
    scenario = read_scenario(WORLDS / f"{world}.yml")
    seeds = np.random.default_rng([seed, NAMES.index(world)]).integers(2**31, size=replicates)
    return {days: [_estimates(_cohort(scenario, int(one), days), study) for one in seeds] for days in DAYS}


def _cohort(scenario: Scenario, seed: int, days: int) -> Cohort:
    made = simulate(scenario, PEOPLE, seed, days=days)
    return Cohort(f"simulated: {scenario.name}", made.participants, made.visits, made.checkins)


def _estimates(cohort: Cohort, study: Study) -> pd.DataFrame:
    result = co_occurrence(cohort, study)
    if isinstance(result, Refusal):
        raise SystemExit(f"refused: {result.reason}")
    return result.estimates.set_index("term")


def truths(world: str, study: Study) -> dict[str, float]:
    """What is true of twelve weeks, by row."""
    known = scenario_truths(read_scenario(WORLDS / f"{world}.yml"), study, study.estimands[0])
    return {key[-1]: value for key, value in known.items() if key[0] == "together"}


def within(found: Mapping[str, dict[int, list[pd.DataFrame]]], true: Mapping[str, dict[str, float]]) -> str:
    """The mean estimate within persons by world, what is taken off, and length."""
    rows = ["| world | around each person's | true in twelve weeks | " + " | ".join(f"{days} days" for days in DAYS) + " |"]  # fmt: skip
    rows.append("|---|---|---:|" + "---:|" * len(DAYS))
    for world, by_days in found.items():
        for around, term in WITHIN.items():
            means = [_mean([one.loc[term, "estimate"] for one in by_days[days]]) for days in DAYS]
            said = "line and times of day" if around == "course" else "level"
            rows.append(f"| {world} | {said} | {true[world][around]:.3f} | " + " | ".join(means) + " |")
    return "\n".join(rows)


def _mean(values: Sequence[float]) -> str:
    return f"{np.mean(values):.3f} ({np.std(values, ddof=1) / len(values) ** 0.5:.3f})"


def between(found: Mapping[str, dict[int, list[pd.DataFrame]]], true: Mapping[str, dict[str, float]]) -> str:
    """How often intervals of the correlation of means hold the truth, by jackknife and by normal theory."""
    rows = ["| world | true | jackknife over people % | Fisher's normal theory % |", "|---|---:|---:|---:|"]
    for world, by_days in found.items():
        truth = true[world]["between"]
        last = [one.loc[BETWEEN] for one in by_days[DAYS[-1]]]
        ours = [one["conf_low"] <= truth <= one["conf_high"] for one in last]
        rows.append(f"| {world} | {truth:.3f} | {_percent(ours)} | {_percent([_fisher_holds(one, truth) for one in last])} |")  # fmt: skip
    return "\n".join(rows)


def _fisher_holds(row: pd.Series, truth: float) -> bool:
    away = abs(np.arctanh(row["estimate"]) - np.arctanh(truth))
    return bool(away <= NORMAL / (row["n_participants"] - 3) ** 0.5)


def _percent(held: Sequence[bool]) -> str:
    share = float(np.mean(held))
    return f"{100 * share:.1f} ({100 * (share * (1 - share) / len(held)) ** 0.5:.1f})"


if __name__ == "__main__":
    main()
