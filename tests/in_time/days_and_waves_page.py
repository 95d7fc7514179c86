"""How often intervals cover and tests err: `python tests/in_time/days_and_waves_page.py [--replicates 400]`.

Writes docs/days-and-waves.md.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(threads, "1")
sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np  # noqa: E402

from lowback.estimators import NotEstimable  # noqa: E402
from lowback.estimators.onsets import around_lines, onset_days, onset_study, window_interval  # noqa: E402
from lowback.estimators.panel import PanelFit, fit_panel  # noqa: E402
from lowback.estimators.phases import LEVEL_CHANGE, SLOPE_CHANGE, integrated, phases  # noqa: E402
from lowback.outcomes.panel_model import FEW_PEOPLE, errors_of  # noqa: E402
from made_with import made_with  # noqa: E402

PAGE = Path(__file__).resolve().parents[2] / "docs" / "days-and-waves.md"
MEMORIES = ((0.0, 1.0), (0.3, 1.0), (0.6, 1.0), (0.8, 1.0), (0.96, 0.5), (0.96, 1.0))
LENGTHS = (14, 28, 56, 84)
Table = list[list[str]]

OPENING = """# Days and waves: how often intervals cover and tests err

Method notes and simulations for three analyses: `one_person` (what changed when somebody took up something new), `onsets` (one series
around the flares of another) and `panel` (which of two series foretells the other from wave to wave). Written by

    {command}

on {date} with lowback {lowback}, numpy {numpy}. Shares are in percent, with their Monte Carlo standard error
in brackets; coverage that is too low by more than twice that is in bold.

"""

PHASES = """## One person: days before and after a change

The model is two lines of one slope with a step between them (an interrupted time series); residuals are a first-order
autoregression plus ups and downs that last one day. The restricted likelihood of memory and share of the lasting part is spread over a
grid, and the interval is that of the t distributions weighted by it (Zellner & Tiao 1964; Berger, Liseo & Wolpert 1999), with a prior
that leans to what lasts long, in proportion to 1 / (1 - memory) and to the fifth power of the share. Given memory and share intervals
are exact, so that coverage hangs on the prior alone; it was chosen for intervals to cover whatever the memory (Datta & Mukerjee 2004,
Probability Matching Priors), by simulation under other seeds than those of this table, and pays where days do not hang together, whose
intervals are wider than they need be. With "0.96 (half)" half of the variance is
slow (weeks), half lasts a day, as in a diary of back pain. Against nlme's `gls` (corAR1, and corExp with a nugget) the restricted maximum
agrees to 1e-7 (tests/reference/phases). What is stopped and taken up again, and what
other priors would do for short diaries that wander, is in [on and off](on-and-off.md).

**Coverage of the 95 % interval of the step**, start in the middle, nothing changed; "slope" is that of a change in slope, "least squares"
takes days for independent (step).

"""

CHOSEN = """**A start chosen for being bad.** Diaries of 84 days in which nothing changes; the share of people of whom the interval says that their
level fell, and that it rose (2.5 % each is right). "Week before and after" is a t test of the seven days before and with the start against the seven after.
Around its worst day a stationary course looks the same forwards and backwards, so days on both sides are equally bad; the
day itself and one at each side are left out and phases cut to one length, and a peak is then neither step nor slope.

"""

ONSETS = """## Onsets: one series around the flares of another

60 people, 56 days, a fifth of the days missing, two series that have nothing to do with each other: the share of
cohorts in which the news of the second differs from moved onsets at any of 15 days (5 % is right), in which the interval of the three days after an
onset excludes 0, and in which the mean level of those three days differs from that after days were shuffled within people: the
mistake, since days that hang together are no independent witnesses.

"""

PANEL = """## Panel: lags from wave to wave

The random-intercept cross-lagged panel model (Hamaker, Kuiper & Grasman 2015) by full-information maximum likelihood, agreeing with
lavaan 0.6-14 to 1e-5 of a standard error (tests/reference/panel). Four waves, a tenth missing; a lag of 0.2 of the second series on the
first, none the other way. "Heavy tails" draws residuals from t with 5 degrees of freedom. Up to {few} people the analysis takes standard errors
from fits without each person (jackknife: Shao & Tu 1995; lavaan's own fits without each person give the same), with t distributions of the
people less the parameters beside the means; beyond, the sandwich (each person's part of the score) with normal intervals, shown beside
at every size. Cohorts whose model cannot be fitted, or not without some one person, are refused and count in no coverage.

"""

PANEL_HEADS = ["people", "residuals", "covers 0.2 %", "covers 0 %", "sandwich: covers 0.2 %", "sandwich: covers 0 %", "refused %"]  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> None:
    """Simulate, count and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--replicates", type=int, default=400)
    parser.add_argument("--out", type=Path, default=PAGE)
    given = parser.parse_args(arguments)
    given.out.write_text(page(given.replicates), encoding="utf-8")


def page(replicates: int) -> str:
    """The page as markdown."""
    opening = OPENING.format(
        command=f"python tests/in_time/days_and_waves_page.py --replicates {replicates}",
        **made_with(),
    )
    parts = [
        opening,
        PHASES + table(["days", *(f"memory {named(*one)}" for one in MEMORIES)], coverage_of_steps(replicates)),
        CHOSEN + table(["memory", "start", "fell %", "rose %", "week before and after: fell %"], chosen_starts(2 * replicates)),
        ONSETS + table(["memory", "any day %", "three days after %", "shuffled days %"], onset_errors(replicates // 4)),
        PANEL.format(few=FEW_PEOPLE) + table(PANEL_HEADS, panel_coverage(replicates // 2)),
    ]  # fmt: skip
    return "\n".join(parts)


def table(heads: list[str], rows: Iterator[list[str]]) -> str:
    """A markdown table."""
    lines = [f"| {' | '.join(heads)} |", "|" + "---|" * len(heads)]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)]) + "\n"


def named(memory: float, share: float) -> str:
    """A memory, and whether half of the variance lasts a day only."""
    return f"{memory:g}" + (" (half)" if share < 1 else "")


def percent(flags: Any) -> str:
    """A share with its Monte Carlo standard error."""
    share, count = float(np.mean(flags)), np.size(flags)
    return f"{100 * share:.1f} ({100 * (share * (1 - share) / count) ** 0.5:.1f})"


def covered_by(flags: Any) -> str:
    """The same of intervals; a share that is too low by more than twice its error is in bold."""
    share, count = float(np.mean(flags)), np.size(flags)
    too_low = share + 2 * (share * (1 - share) / count) ** 0.5 < 0.95
    return f"**{percent(flags)}**" if too_low else percent(flags)


def diaries(rng: Any, people: int, days: int, memory: float, share: float = 1.0) -> Any:
    """Stationary series of variance 1 (person, day)."""
    state = rng.standard_normal((people, days))
    for day in range(1, days):
        state[:, day] = memory * state[:, day - 1] + np.sqrt(1 - memory**2) * state[:, day]
    return np.sqrt(share) * state + np.sqrt(1 - share) * rng.standard_normal((people, days))


def coverage_of_steps(people: int) -> Iterator[list[str]]:
    """Rows of coverage by length and memory, of our intervals of step and slope, and of least squares."""
    for days in LENGTHS:
        ours, slopes, plain = [], [], []
        for at, (memory, share) in enumerate(MEMORIES):
            scores = diaries(np.random.default_rng([days, at]), people, days, memory, share)
            cut = phases(scores, np.full(people, days // 2), left_out=0)
            found = integrated(cut.outcome, cut.design(), LEVEL_CHANGE)
            ours.append(covered_by((found.conf_low < 0) & (found.conf_high > 0)))
            found = integrated(cut.outcome, cut.design(own_slopes=True), SLOPE_CHANGE)
            slopes.append(covered_by((found.conf_low < 0) & (found.conf_high > 0)))
            plain.append(covered_by(~least_squares_excludes_zero(cut.outcome, cut.design())))
        yield [f"{days}", *ours]
        yield [f"{days}, slope", *slopes]
        yield [f"{days}, least squares", *plain]


def least_squares_excludes_zero(outcome: Any, design: Any) -> Any:
    """Whether the interval of the step excludes zero when days count as independent."""
    from scipy import stats

    seen = np.isfinite(outcome)
    x, y = design * seen[:, :, None], np.nan_to_num(outcome)
    inverse = np.linalg.inv(np.einsum("sdi,sdj->sij", x, x))
    b = np.einsum("sij,sdj,sd->si", inverse, x, y)
    df = seen.sum(axis=1) - 3
    squares = (((y - np.einsum("sdi,si->sd", x, b)) * seen) ** 2).sum(axis=1)
    return np.abs(b[:, 2]) > stats.t.ppf(0.975, df) * np.sqrt(squares / df * inverse[:, 2, 2])


def chosen_starts(people: int) -> Iterator[list[str]]:
    """Rows of false changes by memory and by how the start was chosen."""
    for at, (memory, share) in enumerate(MEMORIES):
        rng = np.random.default_rng([1, at])
        scores = diaries(rng, people, 84, memory, share)
        ways = {
            "at random": rng.integers(21, 63, people),
            "the worst day": 21 + scores[:, 21:63].argmax(axis=1),
            "after three bad days": _after_three_bad_days(scores),
        }
        for name, start in ways.items():
            kept = start >= 0
            cut = phases(scores[kept], start[kept])
            found = integrated(cut.outcome, cut.design(), LEVEL_CHANGE)
            weeks = [
                (one[day - 6 : day + 1], one[day + 1 : day + 8])
                for one, day in zip(scores[kept], start[kept], strict=True)
            ]
            yield [
                named(memory, share),
                name,
                percent(found.conf_high < 0),
                percent(found.conf_low > 0),
                percent([_fell(*both) for both in weeks]),
            ]  # fmt: skip


def _fell(before: Any, after: Any) -> bool:
    """Whether a t test of seven days against seven, taken for independent, says that a level fell."""
    apart = before.mean() - after.mean()
    error = ((before.var(ddof=1) + after.var(ddof=1)) / 7) ** 0.5
    return bool(apart > 2.179 * error)


def _after_three_bad_days(scores: Any) -> Any:
    """The last of the first three days in a row above half an SD, from day 21 to day 62; -1 where there are none."""
    high = scores > 0.5
    three = high[:, 2:] & high[:, 1:-1] & high[:, :-2]
    three = np.concatenate([np.zeros((len(scores), 2), dtype=bool), three], axis=1)[:, :63]
    three[:, :21] = False
    return np.where(three.any(axis=1), three.argmax(axis=1), -1)


def onset_errors(cohorts: int) -> Iterator[list[str]]:
    """Rows of false findings by memory."""
    for memory in (0.0, 0.4, 0.6, 0.8, 0.95):
        any_day, after, shuffled = [], [], []
        for seed in range(cohorts):
            rng = np.random.default_rng([2, seed, int(100 * memory)])
            lead, follow = (diaries(rng, 60, 56, memory) + rng.standard_normal((60, 1)) for _ in range(2))
            for one in (lead, follow):
                one[rng.random(one.shape) < 0.2] = np.nan
            found = onset_study(lead, follow, rise=1.0, seed=seed)
            any_day.append(found.news.p_value < 0.05)
            low, high = window_interval(found.after)
            after.append(low > 0 or high < 0)
            shuffled.append(shuffled_days_differ(lead, follow, rng))
        yield [f"{memory:g}", percent(any_day), percent(after), percent(shuffled)]


def shuffled_days_differ(lead: Any, follow: Any, rng: Any, draws: int = 99) -> bool:
    """The mistake: the mean level of three days after onsets against that after days were shuffled within people."""
    onset, rest = onset_days(lead, 1.0), around_lines(follow)
    onset[:, -3:] = False

    def mean_after(values: Any) -> float:
        return float(np.nanmean([values[:, lag:][onset[:, :-lag]].mean() for lag in (1, 2, 3)]))

    filled = np.nan_to_num(rest)
    null = np.array([mean_after(rng.permuted(filled, axis=1)) for _ in range(draws)])
    return bool(abs(mean_after(filled) - null.mean()) > np.quantile(np.abs(null - null.mean()), 0.95))


def panel_coverage(fits: int, sizes: Sequence[int] = (40, 60, 120, 250)) -> Iterator[list[str]]:
    """Rows of coverage by the number of people and the residuals' tails: as the analysis has it, by the sandwich, and the share refused."""
    for people in sizes:
        for tails, df in (("normal", np.inf), ("heavy tails", 5.0)):
            covered: list[list[bool]] = []
            for seed in range(fits):
                rng = np.random.default_rng([3, seed, people])
                try:
                    covered.append(_covered_lags(fit_panel(*panel_waves(rng, people, df))))
                except NotEstimable:
                    continue
            refused = np.arange(fits) >= len(covered)
            yield [f"{people}", tails, *(covered_by(one) for one in np.transpose(covered)), percent(refused)]


def _covered_lags(found: PanelFit) -> list[bool]:
    """Whether the intervals of the analysis cover both lags, and those by the sandwich."""
    covered = []
    for interval in (found.inference(errors_of(found)), found.inference("sandwich")):
        for name, truth in (("second on first", 0.2), ("first on second", 0.0)):
            at = found.names.index(name)
            covered.append(bool(interval.conf_low[at] <= truth <= interval.conf_high[at]))
    return covered


def panel_waves(rng: Any, people: int, df: float) -> tuple[Any, Any]:
    """Four waves of two series with levels of persons, own pasts of 0.4 and a lag of 0.2 one way, a tenth missing."""

    def drawn(covariance: list[list[float]]) -> Any:
        heavy = 1.0 if np.isinf(df) else np.sqrt((df - 2) / rng.chisquare(df, (people, 1)))
        return heavy * rng.multivariate_normal([0, 0], covariance, people)

    levels, state, scores = drawn([[1, 0.5], [0.5, 1]]), drawn([[1, 0.3], [0.3, 1]]), []
    for _ in range(4):
        scores.append(np.where(rng.random((people, 2)) < 0.1, np.nan, levels + state))
        state = state @ np.array([[0.4, 0.2], [0.0, 0.4]]) + drawn([[0.8, 0.2], [0.2, 0.8]])
    first, second = np.array(scores).transpose(2, 1, 0)
    return first, second


if __name__ == "__main__":
    main()
