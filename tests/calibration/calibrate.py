"""Coverage and type I error of the longitudinal engine: `python tests/calibration/calibrate.py [--replicates 5000]`.

Writes docs/calibration.md. With `--keep FOLDER` finished blocks of trials are stored there and not computed again.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

# Matrices are small: threads would only wait for one another.
for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(threads, "1")
sys.path[:0] = [str(one) for one in Path(__file__).parents[:2]]

from replicates import CHECKED, computed, tasks  # noqa: E402
from scenarios import EFFECT, SCENARIOS, Scenario  # noqa: E402
from verdicts import BAND, BAND_TRIALS, WORSE, Finding, finding  # noqa: E402

from made_with import made_with  # noqa: E402

PAGE = Path(__file__).resolve().parents[2] / "docs" / "calibration.md"
INTERVALS = ("kenward-roger", "satterthwaite", "normal")

OPENING = """# Calibration of the mixed models

Do 95 % intervals for the difference between two arms at the last visit cover the true difference 95 times in 100, in trials as
small and as gappy as those of back pain? {scenarios} kinds of trial, each simulated {replicates:,} times with an effect of {effect:g} points
(coverage) and {replicates:,} times, from other random numbers, with none (type I error). Written by

    {command}

on {date} with seed {seed}: lowback {lowback}, numpy {numpy}, scipy {scipy}, Python {python}.

{summary}

**Trials.** Scores are normal, with a standard deviation of 2 points at the first visit. People drop out for good, more readily
the more pain they last had (0.8 probits a standard deviation): missing at random, and a few less where there is an effect. "MMRM" is
`fit_ladder` (unstructured first, then its declared ladder), with every visit's mean and arm difference free; "constrained baseline"
the same with one mean for both arms at the first visit; "random intercept" is `fit_lmm` with the same columns; "random slope" has
intercept, time, arm and arm by time, with a random intercept and slope.

**Verdict.** `inside` when coverage and 100 % less the type I error are both from {low:.1f} to {high:.1f} % ({band_trials:,} trials; with
fewer the band widens with the Monte Carlo standard error, which stands in brackets); otherwise `too low` or `too high`. Trials in
which the analysis refused are counted in their own column and left out of the others. "Lower rung" is the share of answers that
stand on a later covariance of the ladder. The random numbers of a block of 250 trials depend on seed, scenario and block only.

**Standard errors.** With few degrees of freedom an exact standard error is below the estimates' standard deviation on average
(0.982 of it at 14); the t quantile makes up for it. Satterthwaite's intervals take the model-based error, as if the covariance over
visits were known; where scores are missing and people few that is too small, and Kenward-Roger's is widened for it (Kenward &
Roger 1997, Biometrics 53:983-997).

**Optima.** {optima} fits ({checked} of each scenario with an effect and {checked} without) were sought again by scipy's BFGS from five
other starts; "worst optimum" is the most that a fit's objective was above the best of the five (negative: below). Above {worse:g} would
be a fit that was wrongly called converged.
"""


def main(arguments: Sequence[str] | None = None) -> None:
    """Simulate, count, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--replicates", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=20261122)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--out", type=Path, default=PAGE)
    parser.add_argument("--keep", type=Path, default=None)
    given = parser.parse_args(arguments)
    if given.keep is not None:
        given.keep.mkdir(parents=True, exist_ok=True)
    found = findings(SCENARIOS, given.replicates, given.seed, given.workers, given.keep)
    command = (
        f"python tests/calibration/calibrate.py --replicates {given.replicates} --seed {given.seed} "
        f"--workers {given.workers}"
    )
    given.out.write_text(page(SCENARIOS, found, given.replicates, given.seed, command), encoding="utf-8")


def findings(
    scenarios: Sequence[Scenario], replicates: int, seed: int, workers: int = 1, keep: Path | None = None
) -> list[Finding]:
    """What each scenario gave, in their order."""
    trials = computed(tasks(scenarios, replicates, seed), replicates, workers, keep)
    return [finding(trials[index, False], trials[index, True]) for index in range(len(scenarios))]


def page(
    scenarios: Sequence[Scenario], found: Sequence[Finding], replicates: int, seed: int, command: str
) -> str:
    """The page as markdown: what was found, then a table for the engine's own interval and one for the others."""
    opening = OPENING.format(
        scenarios=len(scenarios),
        replicates=replicates,
        effect=EFFECT,
        command=command,
        seed=seed,
        **made_with(),
        low=100 * BAND[0],
        high=100 * BAND[1],
        band_trials=BAND_TRIALS,
        optima=sum(one.optima for one in found),
        checked=min(CHECKED, replicates),
        worse=WORSE,
        summary=summary(found),
    )
    numbered = list(enumerate(zip(scenarios, found, strict=True), start=1))
    lines = [opening, "## Kenward-Roger intervals", ""]
    lines += [
        "| # | analysis | people per arm | visits | truth | without last score % (no effect) | mean df | coverage % | type I error % | verdict "
        "| mean SE / SD of estimates | refused % | lower rung % | worst optimum |",
        "|---:|---|---:|---:|---|---:|---:|---:|---:|---|---:|---:|---:|---:|",
        *(_row(number, *pair) for number, pair in numbered),
        "",
        "## Satterthwaite and normal intervals of the same fits",
        "",
        "| # | mean df | Satterthwaite: coverage % | type I error % | verdict | mean SE / SD of estimates | normal: coverage % "
        "| type I error % | verdict | 14 df or fewer |",
        "|---:|---:|---:|---:|---|---:|---:|---:|---|---|",
        *(_other_row(number, one) for number, (_, one) in numbered),
    ]
    return "\n".join(lines) + "\n"


def summary(found: Sequence[Finding]) -> str:
    """How many scenarios are inside the band, and which are not, as a list."""
    lines = ["**Found.**", ""]
    for interval in INTERVALS:
        outside = [
            f"{number} ({one.verdict(interval)})"
            for number, one in enumerate(found, start=1)
            if one.verdict(interval) != "inside"
        ]
        listed = f"; outside: {', '.join(outside)}" if outside else ""
        lines.append(
            f"- {interval}: {len(found) - len(outside)} of {len(found)} scenarios inside the band{listed}"
        )
    few = [one for one in found if one.has_few_df]
    flagged = sum(one.verdict("normal") == "too low" for one in few)
    lines.append(f"- normal intervals at 14 df or fewer: flagged in {flagged} of {len(few)} scenarios")
    wrong = sum(one.shortfall > WORSE for one in found)
    lines.append(f"- scenarios with a fit wrongly called converged: {wrong}")
    return "\n".join(lines)


def _row(number: int, scenario: Scenario, one: Finding) -> str:
    cells = [
        str(number),
        scenario.analysis,
        str(scenario.per_arm),
        str(scenario.visits),
        scenario.truth,
        f"{100 * one.lost:.1f}",
        f"{one.df:.1f}",
        *_shares(one, "kenward-roger"),
        _ratio(one, "se_kr"),
        f"{100 * one.refused:.2f}",
        f"{100 * one.lower_rung:.2f}",
        f"{one.shortfall:.0e}",
    ]
    return f"| {' | '.join(cells)} |"


def _other_row(number: int, one: Finding) -> str:
    cells = [str(number), f"{one.df:.1f}", *_shares(one, "satterthwaite"), _ratio(one, "se")]
    cells += [*_shares(one, "normal"), "yes" if one.has_few_df else "no"]
    return f"| {' | '.join(cells)} |"


def _shares(one: Finding, interval: str) -> list[str]:
    verdict, effect, null = one.verdict(interval), one.coverage[interval], one.null_coverage[interval]
    return [
        _percent(effect.value, effect.error),
        _percent(1 - null.value, null.error),
        verdict if verdict == "inside" else f"**{verdict}**",
    ]


def _percent(value: float, error: float) -> str:
    return f"{100 * value:.2f} ({100 * error:.2f})"


def _ratio(one: Finding, column: str) -> str:
    ratio, error = one.se_ratio[column]
    return f"{ratio:.3f} ({error:.3f})"


if __name__ == "__main__":
    main()
