"""What the `literature` scenario was set to (`calibration_targets.csv`), and the same quantities in cohorts made from it."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from lowback.simulate import parameters, simulate
from lowback.simulate.population import draw_population, rated_pain
from lowback.simulate.scenario import Scenario, read_scenario

TARGETS_FILE = Path(__file__).with_suffix(".csv")

# Variants measure the same people in other ways; raters are many, so that their number adds no error of its own.
TWICE = {"readings": 2}
BY_MANY = {**TWICE, "raters_a_site": 100}
OTHERS = {"hip_extension_deg": "goniometer", "pelvic_tilt_deg": "inclinometer", "lordosis_deg": "markers"}
TRIGONOMETRIC = {"hip_extension_deg": "trigonometric", "pelvic_tilt_deg": "trigonometric"}
PLAIN = "one reading"
VARIANTS: Mapping[str, Mapping[str, object]] = {
    PLAIN: {},
    "two readings": TWICE,
    "two readings, other instruments": {**TWICE, "instruments": OTHERS},
    "two raters, other instruments": {**BY_MANY, "instruments": OTHERS},
    "two raters, inclinometer": {**BY_MANY, "instruments": {"hip_extension_deg": "inclinometer"}},
    "two readings, trigonometric": {**TWICE, "instruments": TRIGONOMETRIC},
    "two raters, trigonometric": {**BY_MANY, "instruments": TRIGONOMETRIC},
}


@dataclass(frozen=True)
class Target:
    """A published figure, the range in which the simulated one counts as the same, and how it is measured in what variant."""

    quantity: str
    published: str
    low: float
    high: float
    variant: str
    measure: str
    source: str


@dataclass(frozen=True)
class Found:
    """What the simulated cohorts show: the mean over cohorts and its Monte Carlo standard error."""

    target: Target
    value: float
    error: float

    @property
    def within(self) -> bool:
        """Whether it lies in the target's range, up to 3.5 of its own standard errors."""
        slack = 3.5 * self.error
        return self.target.low - slack <= self.value <= self.target.high + slack


@dataclass(frozen=True, eq=False)
class Sample:
    """One simulated cohort, with the views of it that the measures take, and the seed it is from."""

    seed: int
    participants: pd.DataFrame
    visits: pd.DataFrame
    checkins: pd.DataFrame

    @cached_property
    def baseline(self) -> pd.DataFrame:
        """The first visit of each person, with who they are."""
        return self.visits[self.visits["weeks"] == 0].merge(self.participants, on="participant_id")

    def at(self, column: str, *arms: str) -> pd.DataFrame:
        """A column of the visits of these arms, a row a person and a column a week."""
        people = self.participants.loc[self.participants["arm"].isin(arms), "participant_id"]
        chosen = self.visits[self.visits["participant_id"].isin(people)]
        return chosen.pivot(index="participant_id", columns="weeks", values=column)


def targets() -> list[Target]:
    """Every published figure that `literature` was set to."""
    with TARGETS_FILE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [Target(**{**row, "low": float(row["low"]), "high": float(row["high"])}) for row in rows]


def calibration(cohorts: int, people: int, seed: int, others: int) -> list[Found]:
    """Every target in independent cohorts of so many people, with seeds that follow `seed`.

    Of `cohorts` with one reading, the first `others` are also measured in the other ways.
    """
    wanted = targets()
    values: dict[str, list[float]] = {one.quantity: [] for one in wanted}
    for number in range(cohorts):
        plans = VARIANTS if number < others else {PLAIN: VARIANTS[PLAIN]}
        samples = {name: _sample(plan, people, seed + number) for name, plan in plans.items()}
        for one in wanted:
            if one.variant in samples:
                values[one.quantity].append(measured(one.measure, samples[one.variant]))
    return [_found(one, np.array(values[one.quantity])) for one in wanted]


def measured(measure: str, sample: Sample) -> float:
    """The value of a measure, given as its name in `MEASURES` and what it is of."""
    name, *of = measure.split()
    return float(MEASURES[name](sample, *of))


def _found(target: Target, values: np.ndarray) -> Found:
    return Found(target, float(values.mean()), float(values.std(ddof=1) / np.sqrt(len(values))))


def _sample(plan: Mapping[str, object], people: int, seed: int) -> Sample:
    literature = read_scenario("literature")
    asked = Scenario.model_validate({**literature.model_dump(), "measurement": plan})
    made = simulate(asked, people, seed, days=1 if plan else 84)
    return Sample(seed, made.participants, made.visits, made.checkins)


def agreement(sample: Sample, angle: str) -> float:
    """The agreement of two readings at baseline as a one-way intraclass correlation (Shrout & Fleiss 1979, ICC(1,1))."""
    pairs = sample.baseline[[f"{angle}_deg", f"{angle}_second_deg"]].dropna().to_numpy()
    between, within = 2 * pairs.mean(axis=1).var(ddof=1), pairs.var(axis=1, ddof=1).mean()
    return float((between - within) / (between + within))


def within_week_sd(sample: Sample) -> float:
    """SD of check-ins within weeks of five or more, pooled over people and weeks."""
    weeks = sample.checkins.assign(week=sample.checkins["days"] // 7)
    grouped = weeks.groupby(["participant_id", "week"])["pain_nrs"]
    return float(np.sqrt(grouped.var()[grouped.count() >= 5].mean()))


def course(sample: Sample, *weeks: str) -> float:
    """Mean pain of usual care at these weeks, averaged, as a share of that at baseline."""
    means = sample.at("pain_nrs", "usual care").mean()
    return float(np.mean([means[float(week)] for week in weeks]) / means[0.0])


def active_and_inactive(sample: Sample) -> float:
    """Hip extension of those who are active and sit below 4 h/day beyond those who are not and sit above 7."""
    people = sample.baseline
    active = people[(people["activity_level"] == "high") & (people["sitting_hours"] < 4)]
    inactive = people[(people["activity_level"] == "low") & (people["sitting_hours"] > 7)]
    return float(active["hip_extension_deg"].mean() - inactive["hip_extension_deg"].mean())


def gain(sample: Sample, column: str, arm: str) -> float:
    """Change from baseline to week 12 in one arm beyond usual care, among those seen at both."""
    names = {"stretching": "hip-flexor stretching"}
    seen = [sample.at(column, names.get(one, one))[[0.0, 12.0]].dropna() for one in (arm, "usual care")]
    return float(np.subtract(*[(change[12.0] - change[0.0]).mean() for change in seen]))


def between_visits(sample: Sample) -> float:
    """Correlation of tilt at baseline and four weeks later in the arms that do not stretch."""
    tilt = sample.at("pelvic_tilt_deg", "usual care", "strengthening")
    return float(tilt[0.0].corr(tilt[4.0]))


def two_ratings(sample: Sample) -> float:
    """Correlation of two ratings of the same week by people enrolled by the first; visits ask once, so that records hold no second."""
    p, rng = parameters("literature"), np.random.default_rng([sample.seed, 2**32])
    people = draw_population(rng, 1000, p)
    again = p["pain_item_sd"] * rng.standard_normal(people.item_error.shape)
    first, second = (rated_pain(people.pain, error, p)[:, 0] for error in (people.item_error, again))
    return float(np.corrcoef(first, second)[0, 1])


MEASURES: Mapping[str, Callable[..., float]] = {
    "mean": lambda sample, column: sample.baseline[column].mean(),
    "sd": lambda sample, column: sample.baseline[column].std(),
    "share_of_women": lambda sample: (sample.participants["sex"] == "female").mean(),
    "pearson": lambda sample, one, other: sample.baseline[one].corr(sample.baseline[other]),
    "spearman": lambda sample, one, other: sample.baseline[one].corr(
        sample.baseline[other], method="spearman"
    ),
    "agreement": agreement,
    "within_week_sd": within_week_sd,
    "course": course,
    "active_and_inactive": active_and_inactive,
    "gain": gain,
    "two_ratings": two_ratings,
    "between_visits": between_visits,
}
