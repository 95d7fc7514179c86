"""Coverage and error rates of the time to ease: `python tests/calibration/time_to_ease.py [--replicates 300] [--cohorts 40]`.

Writes docs/time-to-ease.md.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

# Matrices are small: threads would only wait for one another.
for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(threads, "1")
sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[1] / "analyses")]

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
from test_time_to_ease import REPORTS, drawn, row, study, true_difference  # noqa: E402

from lowback.analyses.time_to_ease import time_to_ease  # noqa: E402
from lowback.cohort import Cohort  # noqa: E402
from lowback.result import Refusal, Result  # noqa: E402
from lowback.simulate import simulate  # noqa: E402
from lowback.simulate.scenario import claim_scenario  # noqa: E402
from made_with import made_with, monte_carlo_error  # noqa: E402

PAGE = Path(__file__).resolve().parents[2] / "docs" / "time-to-ease.md"
MATTERS = 2.0
# Intervals of ours that stray by chance or not are told apart by so many times as many other cohorts.
AGAIN = 10
# Estimate, low and high end of an interval.
Interval = tuple[float, float, float]
OURS, RECORDED, COMPLETE = "ours", "as recorded", "ours, of bouts with every report only"
SETTINGS: dict[str, dict[str, float]] = {
    "30 people x 24, nothing true": {"effect": 0.0},
    "30 people x 24": {"effect": 0.5},
    "12 people x 24": {"effect": 0.5, "people": 12},
    "100 people x 8": {"effect": 0.5, "people": 100, "days": 8},
    "30 people x 24, 40 % of reports missing": {"effect": 0.5, "missing": 0.4},
    "30 people x 24, reports missing once eased (40 %, else 5 %)": {
        "effect": 0.5,
        "missing": 0.05,
        "missing_once_eased": 0.4,
    },
}
WORLDS: dict[str, tuple[str, bool | str, dict[str, float]]] = {
    "true": ("after an hour more of sitting pain lasts exp(0.5) times as long", True, {}),
    "false": ("a long bout does nothing", False, {}),
    "trap": ("people in pain sit longer, and pain lasts longer on a bad day", "trap", {"ease_per_pain": 0.2}),
}
OPENING = """# How long pain takes to ease after long sitting: how often the intervals are right

Is the back slow to ease on standing up after a long bout of sitting (C10)? The analysis `time_to_ease` reads what people report on standing up and 5,
15 and 30 minutes later (`pain_on_standing_nrs`, `pain_5_min_after_standing_nrs`, ...), and compares a person's long bouts with the same
person's short ones, at equal pain on standing up and an equal bout at the check-in before. Declared in a study file by

    - {{name: minutes until the back has eased, summary: time to ease, outcome: pain_on_standing_nrs, exposure: longest_sitting_min, per: 60,
       threshold: 60, responders: [{{fall_points: 2}}], smallest_worthwhile: 2}}

where `responders` say what counts as eased, and `threshold` from when on a bout is a long one in the figure. Written by

    {command}

on {date} with seed {seed}: lowback {lowback}, numpy {numpy}, scipy {scipy}, Python {python}; {replicates:,} replicates a row. The Monte
Carlo standard error of a coverage of 95 % is {error:.1f} percentage points. Of many rows some stray by chance: ours that lie further from 95 % than
twice that are drawn again under another seed, {again} times as often ("other replicates": standard error {error_again:.1f}).

## Bouts whose truth is known

Bouts of 30 or 90 min, the longer the more pain there was the day before; pain lasts about 10 min (SD of its logarithm 0.4 between people and 0.5 within), longer on bad
days, and {factor:.2f} times as long after a long bout where anything is true. 15 % of the reports are missing unless a row says otherwise. The
truth is the difference in minutes as reports tell them, an hour more: {told:.2f}; of the minutes themselves, which no report tells, it is {itself:.2f}. "As
recorded" compares bouts of everybody as they are.

| analysis | truth | mean estimate | SD of estimates | coverage % | claims slower % | claims faster % |
|---|---:|---:|---:|---:|---:|---:|
"""
CLOSING = """
The last setting breaks what the analysis says that it rests on: reports missing for reasons that have nothing to do with when pain eases.

## Simulated cohorts

{cohorts} cohorts of 120 people a setting from `lowback simulate`, claim C10 switched and nothing else. *Yes*: the whole interval is above 0
and not all of it below {matters:g} min; *no*: the whole interval is below {matters:g} min.

| setting | | ours: yes % | no % | mean difference (min) | as recorded: yes % | no % | mean difference (min) |
|---|---|---:|---:|---:|---:|---:|---:|
"""


def found(cohort: Cohort, adjustment: str = "within persons") -> Interval:
    """The difference in minutes with its interval, of the bouts that hurt."""
    return _interval(time_to_ease(cohort, study()), adjustment)


def _interval(result: Result | Refusal, adjustment: str) -> Interval:
    one = row(result, adjustment=adjustment, among="bouts that hurt")
    return float(one["estimate"]), float(one["conf_low"]), float(one["conf_high"])


def answers(cohort: Cohort) -> dict[str, Interval]:
    """What each analysis says of a cohort."""
    result = time_to_ease(cohort, study())
    assert cohort.checkins is not None
    rows = cohort.checkins
    # A bout without every report has none: it still tells how much it hurt on standing up.
    whole = rows[REPORTS].notna().all(axis=1)
    complete = rows.assign(**{name: rows[name].where(whole) for name in REPORTS})
    return {
        OURS: _interval(result, "within persons"),
        RECORDED: _interval(result, "as recorded"),
        COMPLETE: found(Cohort("complete", checkins=complete)),
    }


def settings(replicates: int, seed: int) -> Iterator[str]:
    """A line of the first table for each setting and analysis, and another for intervals of ours that stray."""
    for number, (name, keys) in enumerate(SETTINGS.items()):
        truth = true_difference(keys["effect"])[0]
        said = [answers(_cohort(keys, [seed, number, one])) for one in range(replicates)]
        for analysis in (OURS, RECORDED, COMPLETE):
            yield _line(f"{name}: {analysis}", truth, [one[analysis] for one in said])
        if strays(truth, [one[OURS] for one in said]):
            more = [found(_cohort(keys, [seed + 1, number, one])) for one in range(AGAIN * replicates)]
            yield _line(f"{name}: {OURS}, {len(more):,} other replicates", truth, more)


def strays(truth: float, intervals: Sequence[Interval]) -> bool:
    """Whether these intervals hold the truth more or less often than 95 %, by more than twice the Monte Carlo error."""
    covered = np.mean([low <= truth <= high for _, low, high in intervals])
    return bool(abs(100 * covered - 95) > 2 * monte_carlo_error(len(intervals)))


def _cohort(keys: Mapping[str, float], seed: list[int]) -> Cohort:
    drawing = {
        one: value if one.startswith("missing") else int(value)
        for one, value in keys.items()
        if one != "effect"
    }
    return drawn(np.random.default_rng(seed), keys["effect"], **drawing)  # type: ignore[arg-type]


def _line(name: str, truth: float, intervals: Sequence[Interval]) -> str:
    estimate, low, high = np.array(intervals).T
    shares = [(low <= truth) & (truth <= high), low > 0, high < 0]
    figures = " | ".join(f"{100 * one.mean():.1f}" for one in shares)
    return f"| {name} | {truth:.2f} | {estimate.mean():.2f} | {estimate.std(ddof=1):.2f} | {figures} |"


def worlds(cohorts: int, seed: int) -> Iterator[str]:
    """A line of the second table for each world."""
    for name, (says, switch, figures) in WORLDS.items():
        scenario = claim_scenario("C10", switch)
        scenario = scenario.model_copy(update={"parameters": {**scenario.parameters, **figures}})
        said: dict[str, list[Interval]] = {"within persons": [], "as recorded": []}
        for one in range(cohorts):
            result = time_to_ease(simulate(scenario, 120, seed + one, 84).cohort(), study())
            for adjustment, intervals in said.items():
                intervals.append(_interval(result, adjustment))
        cells = [cell for intervals in said.values() for cell in _verdicts(pd.DataFrame(intervals))]
        yield f"| {name} | {says} | {' | '.join(cells)} |"


def _verdicts(intervals: pd.DataFrame) -> tuple[str, str, str]:
    estimate, low, high = (intervals[at] for at in range(3))
    no = high < MATTERS
    return f"{100 * ((low > 0) & ~no).mean():.0f}", f"{100 * no.mean():.0f}", f"{estimate.mean():.2f}"


def main() -> None:
    """Write the page."""
    asked = argparse.ArgumentParser()
    for name, usual in (("replicates", 300), ("cohorts", 40), ("seed", 20261122)):
        asked.add_argument(f"--{name}", type=int, default=usual)
    given = asked.parse_args()
    told, itself = true_difference(0.5)
    facts = {
        "command": f"python tests/calibration/time_to_ease.py --replicates {given.replicates} --cohorts {given.cohorts} --seed {given.seed}",
        **made_with(),
        "error": monte_carlo_error(given.replicates),
        "again": AGAIN,
        "error_again": monte_carlo_error(AGAIN * given.replicates),
        "factor": np.exp(0.5),
        "told": told,
        "itself": itself,
        "matters": MATTERS,
        **vars(given),
    }
    lines = [*settings(given.replicates, given.seed)]
    text = OPENING.format(**facts) + "\n".join(lines) + "\n" + CLOSING.format(**facts)
    PAGE.write_text(text + "\n".join(worlds(given.cohorts, given.seed)) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
