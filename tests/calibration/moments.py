"""Coverage and error rates of the analyses of moments: `python tests/calibration/moments.py [--replicates 2000]`.

Writes docs/within-the-day.md.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

# Matrices are small: threads would only wait for one another.
for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(threads, "1")
sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[1] / "estimators")]

import numpy as np  # noqa: E402
from scipy import stats  # noqa: E402
from test_centred import chosen, diaries  # noqa: E402
from test_rules import moments  # noqa: E402

from lowback.estimators.centred import centred_effects, known_chance  # noqa: E402
from lowback.estimators.clustered import ClusteredFit, clustered_least_squares  # noqa: E402
from lowback.estimators.random_intercept import random_intercept  # noqa: E402
from lowback.estimators.rules import clustered_mean, honest_threshold, pseudo_outcomes  # noqa: E402
from made_with import made_with, monte_carlo_error  # noqa: E402

PAGE = Path(__file__).resolve().parents[2] / "docs" / "within-the-day.md"
EFFECT, BY_STATE, GRID = -0.5, -0.4, (3.0, 4, 5, 6, 7, 8, 9)
# Estimate, low and high end of an interval.
Interval = tuple[float, float, float]
Answers = dict[str, Interval]

OPENING = """# Within the session and the day: how often the intervals are right

What does a session, a bout of sitting, a night do to what comes next? Three estimators answer (`lowback.estimators.centred`, `.clustered`,
`.rules`), for the analyses `proximal_effect`, `event_curve` and `rule_value`. Here they are put to simulated moments whose truth is known. What the
analyses say of simulated cohorts in which a claim is true, false or a trap stands in [claims.md](claims.md) (C10, C12, C15, C16, C30, C36, C38). Written by

    {command}

on {date} with seed {seed}: lowback {lowback}, numpy {numpy}, scipy {scipy}, Python {python}; {replicates:,} replicates a row ({rules:,} for rules). The Monte
Carlo standard error of a coverage of 95 % is {error:.1f} percentage points.

Which to declare in a study file:

| question | summary | keys |
|---|---|---|
| a session decided by a coin, pain before and after it | `proximal effect` | `exposure: hip_session`, `outcome: pain_post_session_nrs`, `before: pain_pre_session_nrs`, `randomised_with: 0.5` |
| an hour of sitting that people chose | `proximal effect` | `exposure: longest_sitting_min`, `per: 60`, `outcome: pain_nrs` (held equal: the outcome at the check-in before) |
| the hours before and after it | the same, by `event_curve` | |
| a rule for reactive days | `value of a rule` | `exposure: hips_first`, `modifier: sensitised_nrs`, `before`, `checkins_later: 1`, `threshold: 7` |
"""
DECIDED = """
## What chance decided

A coin of 0.4 decides at every moment; it moves a state that the next effect depends on ({by_state:g} a point), the outcome's errors hang together
(0.7 from one moment to the next) and 40 % of the moments are missing. The effect is {effect:g}. "Ours" is the sandwich with Bell and McCaffrey's correction and
Satterthwaite's degrees of freedom; beside it Mancl and DeRouen's correction with people less coefficients (the usual choice for micro-randomised
trials), and the plain sandwich with the normal distribution.
"""
CHOSEN = """
## What people chose

Something is done the more readily the more the last outcome is above the person's usual, and does nothing. "Ours" holds the last outcome equal and
gives everybody a level of their own; the mixed model takes levels for independent of the last outcome, and the marginal one (independence
estimating equations) knows of no levels. Recorded in whole points: the last outcome is rounded; with noise: it is recorded with an error of SD 1, which
no analysis of these can undo, and of which the assumptions of `proximal_effect` warn.
"""
RULES = """
## Rules

What is done takes off a point where a score is 7 or more, and is chosen the more readily the worse the moment is. Doubly robust, with the outcome's
regression right, and wrong (a parabola that it does not know). "Best rule" is the rule chosen among {grid} thresholds where there is nothing to
find: valued in the people in whom it was chosen, and honestly, in others.
"""


def main(arguments: Sequence[str] | None = None) -> None:
    """Simulate, count, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--replicates", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=20261122)
    parser.add_argument("--out", type=Path, default=PAGE)
    given = parser.parse_args(arguments)
    command = f"python tests/calibration/moments.py --replicates {given.replicates} --seed {given.seed}"
    given.out.write_text(page(given.replicates, given.seed, command), encoding="utf-8")


def page(replicates: int, seed: int, command: str) -> str:
    """The page as markdown."""
    for_rules = max(replicates // 2, 2)
    opening = OPENING.format(
        command=command,
        seed=seed,
        **made_with(),
        replicates=replicates,
        rules=for_rules,
        error=monte_carlo_error(replicates),
    )
    head = "| analysis | truth | mean estimate | SD of estimates | coverage % | claims relief % | claims harm % |\n|---|---:|---:|---:|---:|---:|---:|"
    lines = [opening, DECIDED.format(effect=EFFECT, by_state=BY_STATE), head]
    for people, each in ((12, 40), (20, 40), (40, 25), (120, 20)):
        lines += table(
            f"{people} people x {each}", lambda rng, n=people, t=each: decided(rng, n, t), replicates, seed
        )
    lines += [CHOSEN, head]
    for people, each, how in (
        (20, 25, "exact"),
        (80, 8, "exact"),
        (80, 25, "exact"),
        (80, 25, "whole points"),
        (80, 25, "noise"),
    ):
        lines += table(
            f"{people} people x {each}, {how}",
            lambda rng, n=people, t=each, h=how: by_choice(rng, n, t, h),
            replicates,
            seed,
        )
    lines += [RULES.format(grid=len(GRID)), head]
    for curved in (0.0, 0.5):
        name = "regression right" if not curved else "regression wrong"
        lines += table(f"60 people x 25, {name}", lambda rng, c=curved: of_rules(rng, c), for_rules, seed)
    lines += table("40 people x 15, nothing to find", best_rules, for_rules, seed)
    return "\n".join(lines) + "\n"


def table(
    name: str,
    answers: Callable[[np.random.Generator], dict[str, tuple[float, Interval]]],
    replicates: int,
    seed: int,
) -> Iterator[str]:
    """A line for each analysis of one kind of moments."""
    streams = np.random.SeedSequence([seed, *name.encode()]).spawn(replicates)
    found = [answers(np.random.default_rng(one)) for one in streams]
    for analysis in found[0]:
        truth = found[0][analysis][0]
        estimate, low, high = np.array([one[analysis][1] for one in found]).T
        covers = 100 * ((low <= truth) & (truth <= high)).mean()
        claims = [100 * (high < 0).mean(), 100 * (low > 0).mean()]
        numbers = [
            f"{truth:g}",
            f"{estimate.mean():.3f}",
            f"{estimate.std(ddof=1):.3f}",
            f"{covers:.1f}",
            *(f"{one:.1f}" for one in claims),
        ]
        yield f"| {name}: {analysis} | " + " | ".join(numbers) + " |"


def decided(rng: np.random.Generator, people: int, each: int) -> dict[str, tuple[float, Interval]]:
    """The average effect by three kinds of interval, and the effect's change by the state by ours."""
    a, y, s, person = (one.ravel() for one in diaries(rng, people, each, EFFECT))
    kept = rng.random(len(a)) > 0.4
    a, y, s, person = (one[kept] for one in (a, y, s, person))
    one = np.ones(len(a))
    fits = [
        centred_effects(
            y, a, person, known_chance(0.4 * one), controls=np.column_stack([one, s]), moderators=f,
            names=["effect", "by state"][: f.shape[1]], control_names=["level", "state"],
        )
        for f in (one[:, None], np.column_stack([one, s]))
    ]  # fmt: skip
    return {
        "ours": (EFFECT, ours(fits[0], 0)),
        "Mancl-DeRouen, people less coefficients": (EFFECT, mancl_derouen(fits[0], 0)),
        "plain sandwich, normal": (EFFECT, plain(fits[0], 0)),
        "ours, change by the state": (BY_STATE, ours(fits[1], 1)),
    }


def by_choice(
    rng: np.random.Generator, people: int, each: int, how: str
) -> dict[str, tuple[float, Interval]]:
    """What does nothing, by ours, a mixed model and independence estimating equations."""
    a, y, before, person = chosen(rng, people, each)
    if how == "whole points":
        before = np.round(before)
    if how == "noise":
        before = before + rng.normal(size=len(before))
    design, names = np.column_stack([np.ones(len(a)), a, before]), ["level", "a", "before"]
    own = np.column_stack([a, before, before**2])
    within = clustered_least_squares(y, own, person, names=["a", "before", "squared"], own_levels=True)
    mixed = random_intercept(y, design, person, names=names).contrast([0.0, 1.0, 0.0])
    return {
        "ours": (0.0, ours(within, 0)),
        "mixed model": (0.0, (mixed.estimate[0], mixed.conf_low[0], mixed.conf_high[0])),
        "marginal model": (0.0, ours(clustered_least_squares(y, design, person, names=names), 1)),
    }


def of_rules(rng: np.random.Generator, curved: float) -> dict[str, tuple[float, Interval]]:
    """The gain where the rule bids, doubly robust and as a plain difference."""
    rows = moments(int(rng.integers(2**31)), -1.0, curved=curved)
    found = pseudo_outcomes(**rows, seed=1)
    here = found.overlaps & (rows["score"] >= 7)
    done = rows["exposure"][here]
    design = np.column_stack([np.ones(here.sum()), done])
    crude = clustered_least_squares(
        rows["outcome"][here], design, rows["person"][here], names=["level", "done"]
    )
    gain = clustered_mean((found.with_it - found.without)[here], rows["person"][here])
    return {"ours": (-1.0, ours(gain, 0)), "plain difference": (-1.0, ours(crude, 1))}


def best_rules(rng: np.random.Generator) -> dict[str, tuple[float, Interval]]:
    """What the best of several rules seems to gain where nothing does anything."""
    rows = moments(int(rng.integers(2**31)), 0.0, people=40, each=15)
    found = pseudo_outcomes(**rows, seed=1)
    gain, kept = found.with_it - found.without, found.overlaps
    best = min(GRID, key=lambda one: (gain * (rows["score"] >= one))[kept].mean())
    honest, others = honest_threshold(found, rows["score"], GRID, fewer_is_better=True)
    of_rule = {"best rule, valued where chosen": (best, kept), "best rule, honest": (honest, kept & others)}
    return {
        name: (0.0, ours(clustered_mean((gain * (rows["score"] >= one))[where], rows["person"][where]), 0))
        for name, (one, where) in of_rule.items()
    }


def ours(fit: ClusteredFit, at: int) -> Interval:
    """The interval of one coefficient."""
    found = fit.contrast(np.eye(len(fit.names))[at])
    return float(found.estimate[0]), float(found.conf_low[0]), float(found.conf_high[0])


def mancl_derouen(fit: ClusteredFit, at: int) -> Interval:
    """The same with scores over (I - H) and Student's t of people less coefficients (Liao et al. 2016, Stat Med 35:1944-1971)."""
    scores = np.einsum("kij,kj->ki", fit.roots, fit.scores)
    return _by(fit, scores, at, float(stats.t.ppf(0.975, fit.n_people - len(fit.names))))


def plain(fit: ClusteredFit, at: int) -> Interval:
    """The same without any correction and with the normal distribution (Liang & Zeger 1986)."""
    scores = np.linalg.solve(fit.roots, fit.scores[:, :, None])[:, :, 0]
    return _by(fit, scores, at, float(stats.norm.ppf(0.975)))


def _by(fit: ClusteredFit, scores: np.ndarray, at: int, quantile: float) -> Interval:
    error = float(np.sqrt((fit.back @ (scores.T @ scores) @ fit.back.T)[at, at]))
    estimate = float(fit.coefficients[at])
    return estimate, estimate - quantile * error, estimate + quantile * error


if __name__ == "__main__":
    main()
