"""Coverage of effects by a characteristic with which scores scatter more: `python tests/calibration/scatter.py [--cohorts 400]`.

Writes docs/for-whom.md.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

# Matrices are small: threads would only wait for one another.
for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(threads, "1")
sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[1] / "analyses")]

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
from trials import study  # noqa: E402

from lowback.analyses.by_characteristic import by_characteristic  # noqa: E402
from lowback.cohort import Cohort  # noqa: E402
from lowback.outcomes.characteristic import modified_model  # noqa: E402
from lowback.result import Refusal  # noqa: E402
from lowback.study import Study  # noqa: E402
from made_with import made_with, monte_carlo_error  # noqa: E402

PAGE = Path(__file__).resolve().parents[2] / "docs" / "for-whom.md"
ARMS = ("usual care", "stretching")
# SD of scores at 0 to 3 signs, in ODI points, and the chance of 0 to 3 signs.
SCATTER = {
    "the same": (3.0, 3.0, 3.0, 3.0),
    "fivefold with signs": (1.5, 3.0, 5.0, 7.5),
    "a fifth with signs": (7.5, 5.0, 3.0, 1.5),
}
SIGNS = {"equally many": (0.25, 0.25, 0.25, 0.25), "few with three": (0.28, 0.44, 0.23, 0.05)}
EFFECT, PER_SIGN = -1.0, -1.0
PLACES = ("per sign", "0 signs", "1 sign", "2 signs", "3 signs", "0 signs alone", "3 signs alone")
SCALE = 2.0
ONE_SCATTER = "3 signs, one scatter for all"
SETTINGS = (
    (40, "the same", "equally many", 3),
    (60, "the same", "few with three", 3),
    (120, "the same", "equally many", 3),
    (40, "fivefold with signs", "equally many", 3),
    (60, "fivefold with signs", "equally many", 1),
    (120, "fivefold with signs", "equally many", 3),
    (120, "fivefold with signs", "few with three", 3),
    (120, "a fifth with signs", "equally many", 3),
)
OPENING = """# For whom: how often the intervals are right

Does an effect differ by the number of signs (`by_characteristic`), and do its intervals hold the truth where scores scatter more, or less, the more signs
people have? Written by

    {command}

on {date} with seed {seed}: lowback {lowback}, numpy {numpy}, scipy {scipy}, Python {python}; {cohorts:,} cohorts a row, in which the Monte Carlo standard
error of a coverage of 95 % is {error:.1f} percentage points.

Scores are normal, with SDs of 3 points whatever the signs, of 1.5, 3, 5 and 7.5 at none to three signs, or the other way round; a person's visits correlate (0.36), and
where there are three a tenth of them is missing. The effect is {effect:g} at no sign and {per_sign:g} more with each. *Alone*: in those with so many signs, five or
more in either arm, with no line through the others. Percent of 95 % intervals that hold the truth. The last column is what errors of Kenward and Roger, which
take one scatter for all, would hold at three signs.

Intervals of subgroups drawn towards each other are Bayesian: they hold as promised on average over effects that scatter between subgroups as their prior has it (half-normal SD of
{scale:g} points here). So in the second table effects are drawn anew in each cohort, and the coverage is that of all four subgroups.
"""


def main(arguments: Sequence[str] | None = None) -> None:
    """Simulate, count, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cohorts", type=int, default=400)
    parser.add_argument("--seed", type=int, default=20261123)
    parser.add_argument("--out", type=Path, default=PAGE)
    given = parser.parse_args(arguments)
    opening = OPENING.format(
        command=f"python tests/calibration/scatter.py --cohorts {given.cohorts} --seed {given.seed}",
        seed=given.seed,
        cohorts=given.cohorts,
        error=monte_carlo_error(given.cohorts),
        effect=EFFECT,
        per_sign=PER_SIGN,
        scale=SCALE,
        **made_with(),
    )
    parts = [opening, *_lines(given.cohorts, given.seed), "", *_drawn(given.cohorts, given.seed)]
    given.out.write_text("\n".join(parts) + "\n", encoding="utf-8")


def _lines(cohorts: int, seed: int) -> Iterator[str]:
    """A row a setting: coverage of each effect on the line, of subgroups alone, and of one scatter for all."""
    yield "## Effects on the line, and in subgroups alone\n"
    yield f"| people | signs | visits | scatter | {' | '.join(PLACES)} | {ONE_SCATTER} |"
    yield "|---:|---|---:|---|" + "---:|" * (len(PLACES) + 1)
    for people, scatter, signs, visits in SETTINGS:
        effects = EFFECT + PER_SIGN * np.arange(4)
        held: dict[str, list[bool]] = {}
        for rng in _streams(cohorts, seed):
            cohort = _cohort(rng, people, effects, SCATTER[scatter], SIGNS[signs], visits)
            for place, holds in _held(cohort, effects, visits):
                held.setdefault(place, []).append(holds)
            if scatter != "the same":
                held.setdefault(ONE_SCATTER, []).append(_one_scatter(cohort, effects, visits))
        shares = [_share(held.get(place, []), cohorts) for place in (*PLACES, ONE_SCATTER)]
        yield f"| {people} | {signs} | {visits} | {scatter} | {' | '.join(shares)} |"


def _drawn(cohorts: int, seed: int) -> Iterator[str]:
    """A row a setting: coverage of effects drawn towards each other, where true effects are as the prior has them."""
    yield "## Subgroups drawn towards each other\n"
    yield "| people | scatter | drawn towards each other | alone |"
    yield "|---:|---|---:|---:|"
    for people, scatter in ((60, "the same"), (120, "the same"), (120, "fivefold with signs")):
        held: dict[str, list[bool]] = {"shrunken effect": [], "subgroup effect": []}
        for rng in _streams(cohorts, seed):
            effects = EFFECT + abs(rng.normal(0, SCALE)) * rng.normal(size=4)
            cohort = _cohort(rng, people, effects, SCATTER[scatter], SIGNS["equally many"], 3)
            rows = _rows(cohort, 3)
            for statistic, found in held.items():
                for one in rows[rows["statistic"] == statistic].itertuples():
                    found.append(one.conf_low <= effects[int(one.value)] <= one.conf_high)
        yield f"| {people} | {scatter} | {' | '.join(f'{100 * np.mean(one):.1f}' for one in held.values())} |"


def _held(cohort: Cohort, effects: np.ndarray, visits: int) -> Iterator[tuple[str, bool]]:
    """Whether each interval of one cohort holds the truth."""
    rows = _rows(cohort, visits)
    for one in rows.itertuples():
        if one.statistic == "difference per unit":
            yield "per sign", one.conf_low <= PER_SIGN <= one.conf_high
        elif one.statistic in ("effect", "subgroup effect"):
            place = one.level + (" alone" if one.statistic == "subgroup effect" else "")
            yield place, one.conf_low <= effects[int(one.value)] <= one.conf_high


def _one_scatter(cohort: Cohort, effects: np.ndarray, visits: int) -> bool:
    """Whether the interval of the effect at three signs by Kenward and Roger's errors holds the truth."""
    trial = _study(visits)
    model = modified_model(cohort, trial, trial.estimands[0])
    weights = [model.effect(ARMS[1], model.characteristic.basis(3.0))]
    plain = model.ladder.fit.contrast(weights, "kenward-roger")
    return bool(plain.conf_low[0] <= effects[3] <= plain.conf_high[0])


def _rows(cohort: Cohort, visits: int) -> pd.DataFrame:
    result = by_characteristic(cohort, _study(visits))
    if isinstance(result, Refusal):
        raise SystemExit(f"the analysis refuses: {result.reason}")
    assert result.keys is not None
    return pd.concat([result.keys, result.estimates], axis=1)


def _study(visits: int) -> Study:
    estimand: dict[str, object] = {
        "summary": "effect by characteristic",
        "modifier": "hip_signs",
        "outcome": "disability_odi",
        "smallest_worthwhile": SCALE,
    }
    return study(weeks=[0, *_weeks(visits)], estimand=estimand)


def _weeks(visits: int) -> list[int]:
    return [4, 8, 12][3 - visits :]


def _cohort(
    rng: np.random.Generator,
    people: int,
    effects: np.ndarray,
    scatter: Sequence[float],
    signs: Sequence[float],
    visits: int,
) -> Cohort:
    """Two arms of equal size whose scores scatter by their signs; the effect grows to its size at week 12."""
    names = np.array([f"P{n:03d}" for n in range(people)])
    treated, count = rng.permutation(people) % 2 == 1, rng.choice(4, size=people, p=signs)
    level, own = rng.normal(size=people), rng.normal(size=people)
    tables = [_visit(names, 0.0, 50 + 3 * level + 2 * rng.normal(size=people))]
    for week in _weeks(visits):
        off = np.array(scatter)[count] * (0.6 * own + 0.8 * rng.normal(size=people))
        scores = 45 + 1.5 * level + treated * effects[count] * week / 12 + off
        seen = rng.random(people) > (0.1 if visits > 1 else 0)
        tables.append(_visit(names[seen], float(week), scores[seen]))
    participants = pd.DataFrame(
        {
            "participant_id": names,
            "arm": np.where(treated, ARMS[1], ARMS[0]),
            "hip_signs": count.astype(float),
        }
    )
    return Cohort("scatter", participants, pd.concat(tables, ignore_index=True))


def _visit(names: np.ndarray, week: float, scores: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame({"participant_id": names, "weeks": week, "disability_odi": scores})


def _share(held: list[bool], cohorts: int) -> str:
    """The percentage, unless fewer than half of the cohorts have such an interval or nobody asked."""
    if not held:
        return "–"
    return f"{100 * np.mean(held):.1f}" if len(held) >= cohorts / 2 else "few"


def _streams(cohorts: int, seed: int) -> list[np.random.Generator]:
    return [np.random.default_rng(one) for one in np.random.SeedSequence(seed).spawn(cohorts)]


if __name__ == "__main__":
    main(sys.argv[1:])
