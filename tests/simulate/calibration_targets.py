"""What the `literature` scenario was set to, and the same quantities in cohorts simulated from it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from lowback.simulate import simulate
from lowback.simulate.scenario import Scenario, read_scenario

BOULDER = "chronic LBP trial, n=152, PAIN-SCIENCE/Boulder_backpain_5_year_fu"
SITTING = "2333 adults, tystan/backpaincoda"
SUITS = "as tabulated in Suits 2021"
MTT = "modified Thomas test, n=22, PMC4560013"

Measure = Callable[["Sample"], float]


@dataclass(frozen=True, eq=False)
class Sample:
    """One simulated cohort, with the views of it that the statistics take."""

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


@dataclass(frozen=True)
class Target:
    """A published figure, the range in which the simulated one counts as the same, its source, and how it is measured."""

    quantity: str
    published: str
    low: float
    high: float
    source: str
    measure: Measure
    variant: str = "one reading"


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


# Variants measure the same people in other ways; raters are many, so that their number adds no error of its own.
READ_TWICE = {"readings": 2}
VARIANTS: Mapping[str, Mapping[str, object]] = {
    "one reading": {},
    "two readings": READ_TWICE,
    "two raters": {**READ_TWICE, "raters_a_site": 100},
    "two readings, other instruments": {
        **READ_TWICE, "instruments": {"hip_extension_deg": "goniometer", "pelvic_tilt_deg": "inclinometer", "lordosis_deg": "markers"},
    },
    "two raters, other instruments": {
        **READ_TWICE, "raters_a_site": 100,
        "instruments": {"hip_extension_deg": "goniometer", "pelvic_tilt_deg": "inclinometer", "lordosis_deg": "markers"},
    },
    "two raters, inclinometer": {**READ_TWICE, "raters_a_site": 100, "instruments": {"hip_extension_deg": "inclinometer"}},
    "two readings, trigonometric": {**READ_TWICE, "instruments": {"hip_extension_deg": "trigonometric", "pelvic_tilt_deg": "trigonometric"}},
    "two raters, trigonometric": {**READ_TWICE, "raters_a_site": 100, "instruments": {"hip_extension_deg": "trigonometric"}},
}  # fmt: skip


def mean_and_sd(name: str, column: str, mean: float, sd: float, sources: tuple[str, str]) -> Iterator[Target]:
    """A mean, which may be off by a twentieth of the SD, and an SD, which may be off by a twentieth of itself."""
    yield Target(
        f"{name}: mean",
        f"{mean:g}",
        mean - sd / 20,
        mean + sd / 20,
        sources[0],
        lambda s: s.baseline[column].mean(),
    )
    yield Target(f"{name}: SD", f"{sd:g}", 0.95 * sd, 1.05 * sd, sources[1], lambda s: s.baseline[column].std())  # fmt: skip


def correlation(one: str, other: str, method: str = "pearson") -> Measure:
    """The correlation of two columns at baseline."""
    return lambda s: s.baseline[one].corr(s.baseline[other], method=method)


def two_readings(angle: str) -> Measure:
    """The agreement of two readings at baseline as a one-way intraclass correlation: their covariance over their variance."""

    def agreement(sample: Sample) -> float:
        pairs = sample.baseline[[f"{angle}_deg", f"{angle}_second_deg"]].dropna().to_numpy()
        between, within = 2 * pairs.mean(axis=1).var(ddof=1), pairs.var(axis=1, ddof=1).mean()
        return float((between - within) / (between + within))

    return agreement


def within_week_sd(sample: Sample) -> float:
    """SD of check-ins within weeks of five or more, pooled over people and weeks."""
    weeks = sample.checkins.assign(week=sample.checkins["days"] // 7)
    grouped = weeks.groupby(["participant_id", "week"])["pain_nrs"]
    return float(np.sqrt(grouped.var()[grouped.count() >= 5].mean()))


def course(*weeks: float) -> Measure:
    """Mean pain of usual care at these weeks, averaged, as a share of that at baseline."""

    def share(sample: Sample) -> float:
        means = sample.at("pain_nrs", "usual care").mean()
        return float(np.mean([means[week] for week in weeks]) / means[0.0])

    return share


def active_and_inactive(sample: Sample) -> float:
    """Hip extension of those who are active and sit below 4 h/day beyond those who are not and sit above 7."""
    people = sample.baseline
    active = people[(people["activity_level"] == "high") & (people["sitting_hours"] < 4)]
    inactive = people[(people["activity_level"] == "low") & (people["sitting_hours"] > 7)]
    return float(active["hip_extension_deg"].mean() - inactive["hip_extension_deg"].mean())


def gain(column: str, arm: str) -> Measure:
    """Change from baseline to week 12 in one arm beyond usual care, among those seen at both."""

    def difference(sample: Sample) -> float:
        changes = [sample.at(column, one)[[0.0, 12.0]].dropna() for one in (arm, "usual care")]
        return float(np.subtract(*[(change[12.0] - change[0.0]).mean() for change in changes]))

    return difference


def between_visits(sample: Sample) -> float:
    """Correlation of tilt at baseline and four weeks later in the arms that do not stretch."""
    tilt = sample.at("pelvic_tilt_deg", "usual care", "strengthening")
    return float(tilt[0.0].corr(tilt[4.0]))


def targets() -> list[Target]:
    """Every published figure that `literature` was set to."""
    return [*_people(), *_posture(), *_pain(), *_reliability()]


def _people() -> Iterator[Target]:
    yield from mean_and_sd("age, years", "age_years", 41.1, 15.6, (BOULDER, BOULDER))
    yield Target(
        "share of women",
        "0.529",
        0.51,
        0.55,
        "119 adults, Lim 2013",
        lambda s: (s.participants["sex"] == "female").mean(),
    )
    yield Target(
        "share with serious pathology",
        "0.009",
        0.007,
        0.011,
        "11 of 1172, Henschke 2009",
        lambda s: s.participants["red_flag"].mean(),
    )
    yield from mean_and_sd("sitting, h/day", "sitting_hours", 7.53, 3.25, (SITTING, SITTING))  # fmt: skip


def _posture() -> Iterator[Target]:
    yield from mean_and_sd(
        "hip extension, degrees",
        "hip_extension_deg",
        -4.2,
        11.05,
        ("chronic LBP, n=30, Roach 2015", "soldiers with LBP, n=85, BMC MSK 2018"),
    )
    yield from mean_and_sd(
        "pelvic tilt, degrees",
        "pelvic_tilt_deg",
        6.0,
        3.05,
        (
            "median of people with LBP, Lim 2013",
            f"derived: SEM 1.1 / sqrt(1 - ICC 0.87), Herrington 2011 {SUITS}",
        ),
    )
    yield from mean_and_sd(
        "lordosis, degrees", "lordosis_deg", 50.51, 8.78, ("acute NSLBP, radiograph, Singh 2024",) * 2
    )
    yield Target(
        "correlation of hip extension with tilt",
        "-0.04 (-0.43 to 0.36)",
        -0.07,
        -0.01,
        "25 adults, Heino 1990",
        correlation("hip_extension_deg", "pelvic_tilt_deg"),
    )
    yield Target(
        "correlation of hip extension with lordosis",
        "-0.09 (-0.47 to 0.32)",
        -0.47,
        0.32,
        "25 adults, Heino 1990",
        correlation("hip_extension_deg", "lordosis_deg"),
    )
    yield Target(
        "correlation of tilt with lordosis",
        "none",
        -0.05,
        0.05,
        "90 adults, Youdas 1996",
        correlation("pelvic_tilt_deg", "lordosis_deg"),
    )
    yield Target(
        "hip extension, active and sitting < 4 h beyond inactive and sitting > 7 h, degrees",
        "6.1",
        4.6,
        7.6,
        "98 of 144 adults, Boukabache 2021",
        active_and_inactive,
    )
    yield Target(
        "gain of hip extension by stretching, degrees",
        "2.6",
        2.2,
        3.0,
        "one session, 23 men, Preece 2021",
        gain("hip_extension_deg", "hip-flexor stretching"),
    )
    yield Target("change of tilt by stretching, degrees", "-1.2", -1.4, -1.0, "one session, 23 men, Preece 2021", gain("pelvic_tilt_deg", "hip-flexor stretching"))  # fmt: skip


def _pain() -> Iterator[Target]:
    yield from mean_and_sd("pain at baseline, NRS points", "pain_nrs", 4.09, 1.26, (BOULDER, BOULDER))
    yield from mean_and_sd(
        "disability at baseline, ODI points", "disability_odi", 23.4, 10.1, (BOULDER, BOULDER)
    )
    yield Target(
        "correlation of pain with disability",
        "0.47",
        0.42,
        0.52,
        BOULDER,
        correlation("pain_nrs", "disability_odi"),
    )
    yield Target(
        "correlation of pain with sitting (Spearman)",
        "0.053",
        0.023,
        0.083,
        "n=1660, tystan/backpaincoda",
        correlation("pain_nrs", "sitting_hours", "spearman"),
    )
    yield Target(
        "correlation of tilt with disability (Spearman)",
        "not significant in 119",
        -0.18,
        0.18,
        "Lim 2013",
        correlation("pelvic_tilt_deg", "disability_odi", "spearman"),
    )
    yield Target(
        "SD of pain within a week, NRS points",
        "1.2",
        1.14,
        1.26,
        "140 people with chronic LBP, Page 2022",
        within_week_sd,
    )
    yield Target(
        "mean pain at week 6 (4 and 8) over that at entry",
        "33 (29 to 38) of 51",
        29 / 51,
        38 / 51,
        "persistent LBP, Menezes Costa 2012",
        course(4.0, 8.0),
    )
    yield Target(
        "mean pain at week 12 over that at entry",
        "between 33 (week 6) and 26 (week 26) of 51",
        26 / 51,
        33 / 51,
        "persistent LBP, Menezes Costa 2012",
        course(12.0),
    )
    yield Target(
        "pain after hip stretching beyond usual care, NRS points",
        "-0.55 (-1.02 to -0.08)",
        -1.02,
        -0.08,
        "short term, Ceballos-Laita 2023",
        gain("pain_nrs", "hip-flexor stretching"),
    )
    yield Target("pain after strengthening beyond usual care, NRS points", "-0.66 (-0.86 to -0.48)", -0.86, -0.48, "short term, Ceballos-Laita 2023", gain("pain_nrs", "strengthening"))  # fmt: skip


def _reliability() -> Iterator[Target]:
    one, two = "two readings, other instruments", "two raters, other instruments"
    yield Target(
        "tilt four weeks apart: correlation",
        "0.65 to 0.85",
        0.65,
        0.85,
        "three weeks apart, n=18, Beardsley 2016",
        between_visits,
    )
    yield Target(
        "tilt, palpation meter, one rater: ICC",
        "0.87",
        0.84,
        0.90,
        f"Herrington 2011 {SUITS}",
        two_readings("pelvic_tilt"),
        "two readings",
    )
    yield Target(
        "tilt, inclinometer, one rater: ICC",
        "above 0.87",
        0.84,
        1.0,
        f"Prushansky 2008 {SUITS}",
        two_readings("pelvic_tilt"),
        one,
    )
    yield Target(
        "tilt, inclinometer, several raters: ICC",
        "0.60",
        0.55,
        0.65,
        f"Prushansky 2008 {SUITS}",
        two_readings("pelvic_tilt"),
        two,
    )
    yield Target(
        "tilt, trigonometric, one rater: correlation",
        "0.88",
        0.85,
        0.91,
        "20 men, Gajdosik 1985",
        two_readings("pelvic_tilt"),
        "two readings, trigonometric",
    )
    yield Target(
        "hip extension, trigonometric, one rater: ICC",
        "0.90 to 0.95",
        0.90,
        0.95,
        MTT,
        two_readings("hip_extension"),
        "two readings, trigonometric",
    )
    yield Target(
        "hip extension, trigonometric, several raters: ICC",
        "0.91 to 0.94",
        0.91,
        0.94,
        MTT,
        two_readings("hip_extension"),
        "two raters, trigonometric",
    )
    yield Target(
        "hip extension, goniometer, one rater: ICC",
        "0.51 to 0.54",
        0.51,
        0.54,
        MTT,
        two_readings("hip_extension"),
        one,
    )
    yield Target(
        "hip extension, goniometer, several raters: ICC",
        "0.30 to 0.65",
        0.30,
        0.65,
        MTT,
        two_readings("hip_extension"),
        two,
    )
    yield Target(
        "hip extension, inclinometer, several raters: ICC",
        "0.89 to 0.92",
        0.89,
        0.92,
        "n=42, Clapis 2008",
        two_readings("hip_extension"),
        "two raters, inclinometer",
    )
    yield Target("lordosis, markers, one rater: ICC", "0.78 to 0.95", 0.78, 0.95, "Levine & Whittle 1996", two_readings("lordosis"), one)  # fmt: skip


def calibration(cohorts: int, people: int, seed: int) -> list[Found]:
    """Every target in so many independent cohorts of so many people, with seeds that follow `seed`."""
    wanted = targets()
    values: dict[str, list[float]] = {one.quantity: [] for one in wanted}
    for number in range(cohorts):
        samples = {name: _sample(plan, people, seed + number) for name, plan in VARIANTS.items()}
        for one in wanted:
            values[one.quantity].append(one.measure(samples[one.variant]))
    return [
        Found(one, float(np.mean(values[one.quantity])), float(np.std(values[one.quantity], ddof=1) / np.sqrt(cohorts)))
        for one in wanted
    ]  # fmt: skip


def _sample(plan: Mapping[str, object], people: int, seed: int) -> Sample:
    literature = read_scenario("literature")
    asked = Scenario.model_validate({**literature.model_dump(), "measurement": plan})
    made = simulate(asked, people, seed, days=1 if plan else 84)
    return Sample(made.participants, made.visits, made.checkins)
