"""The rows of the three tables that record one block of people."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from lowback.simulate.course import Course, Lived
from lowback.simulate.design import ARMS
from lowback.simulate.follow_up import FollowUp
from lowback.simulate.measurement import Diary, Visits, in_the_evening
from lowback.simulate.population import VISIT_WEEKS, Array
from lowback.simulate.recording.answers import recorded_column
from lowback.simulate.recording.columns import flags, labels, numbers, table
from lowback.simulate.recording.places import Places
from lowback.simulate.recording.plan import Measurement
from lowback.simulate.scenario import Scenario

# People come in blocks with random streams of their own, so that more participants leave the first ones as they were.
BLOCK = 256


@dataclass(frozen=True, eq=False)
class Recorded:
    """All that is written down of one block of people, as arrays with one row a person."""

    lived: Lived
    where: Places
    visits: Visits
    second: dict[str, Array]
    diary: Diary
    done: NDArray[np.bool_]
    adherence: Array
    followed: FollowUp


@dataclass(frozen=True)
class Rows:
    """Which rows a block gives to the tables: its first person's number, people and days asked for, check-ins a day."""

    first: int
    people: int
    checkins: int

    def ids(self, person: NDArray[np.intp]) -> pa.Array:
        """The identifiers of these people of the block."""
        return labels([f"P{number:05d}" for number in range(self.first + 1, self.first + BLOCK + 1)], person)


def participants_table(rng: np.random.Generator, made: Recorded, rows: Rows, scenario: Scenario) -> pa.Table:
    """Who they are; the three findings that make a person ineligible have nothing to do with anything else."""
    people, p = made.lived.people, scenario.values
    chance = rng.random((3, BLOCK))
    age, reason = np.round(people.age), made.followed.reason
    screened = {
        "consent": np.ones(BLOCK, dtype=bool),
        "red_flag": chance[0] < p["red_flag_share"],
        "radiculopathy": chance[1] < p["radiculopathy_share"],
        "pregnant": (chance[2] < p["pregnant_share"]) & (people.female == 1) & (age < 45),
    }
    columns = {
        "participant_id": rows.ids(np.arange(BLOCK)),
        **_site(made.where, scenario.measurement),
        "arm": labels(ARMS, made.lived.arms),
        "age_years": numbers(age),
        "sex": labels(("male", "female"), (people.female == 1).astype(np.intp)),
        "bmi": numbers(np.clip(np.round(people.bmi, 1), 14, 60)),
        "pain_duration_weeks": numbers(np.clip(np.round(people.duration), 12, 5200)),
        "prior_episodes": numbers(rng.poisson(p["prior_episodes_mean"], BLOCK)),
        "comorbidities": numbers(rng.poisson(p["comorbidities_mean"], BLOCK)),
        "activity_level": labels(("low", "moderate", "high"), np.digitize(people.activity, [-0.5, 0.5])),
        "expectation_nrs": numbers(np.round(people.expectation)),
        **{name: pa.array(found) for name, found in screened.items()},
        "withdrew_week": numbers(_withdrew_week(made.followed)),
        "withdrawal_reason": pa.array(reason, pa.large_string()),
    }
    columns |= _from_course("people", made.lived.course, columns, scenario, lambda values: values)
    return table(columns, always=[*screened, "prior_episodes", "comorbidities"]).slice(0, rows.people)


def _withdrew_week(followed: FollowUp) -> Array:
    left = np.isfinite(followed.withdrew_day)
    return np.where(left, np.round(np.where(left, followed.withdrew_day, 0) / 7, 1), np.nan)


def visits_table(made: Recorded, rows: Rows, scenario: Scenario) -> pa.Table:
    """One row a visit attended; hip and pelvis are missing where they were not measured."""
    person, visit = np.nonzero(made.followed.visits[: rows.people])
    columns = {"participant_id": rows.ids(person), "weeks": numbers(VISIT_WEEKS[visit])}
    for name, values in {**vars(made.visits), **made.second}.items():
        kept = np.where(made.followed.measured, values, np.nan) if name.endswith("_deg") else values
        columns[name] = numbers(kept[person, visit])
    columns["adherence"] = numbers(np.round(made.adherence, 3)[person, visit])
    columns |= _by_whom(made.where, scenario.measurement, person, visit)
    columns |= _from_course(
        "visits", made.lived.course, columns, scenario, lambda values: values[person, visit]
    )
    return table(columns)


def checkins_table(made: Recorded, rows: Rows, scenario: Scenario) -> pa.Table:
    """One row a check-in answered; `session_done` is missing for people without a programme."""
    a_day = scenario.design.checkins_a_day
    person, asked = np.nonzero(made.followed.checkins[: rows.people, : rows.checkins])
    columns = {"participant_id": rows.ids(person), "days": numbers(asked if a_day == 1 else asked / a_day)}
    columns |= {name: numbers(values[person, asked]) for name, values in vars(made.diary).items()}
    done = in_the_evening(made.done.astype(float), a_day)[person, asked]
    columns["session_done"] = flags(done > 0, (made.lived.arms > 0)[person] & ~np.isnan(done))
    columns |= _from_course(
        "slots",
        made.lived.course,
        columns,
        scenario,
        lambda values: _at_checkins(values, a_day)[person, asked],
    )
    return table(columns)


def _site(where: Places, plan: Measurement) -> dict[str, pa.Array]:
    if plan.sites == 0:
        return {}
    return {"site_id": labels([f"S{one:02d}" for one in range(1, plan.sites + 1)], where.site)}


def _by_whom(
    where: Places, plan: Measurement, person: NDArray[np.intp], visit: NDArray[np.intp]
) -> dict[str, pa.Array]:
    """Who measured with what, where the plan counts raters and devices; two raters where there are two readings."""
    site, found = where.site[person], {}
    if plan.raters_a_site:
        names = _names("R", plan.sites, plan.raters_a_site)
        for reading, column in enumerate(("rater_id", "second_rater_id")[: plan.readings]):
            raters = where.raters[person, visit, reading]
            found[column] = labels(names, site * plan.raters_a_site + raters)
    if plan.devices_a_site:
        device = where.device[person, visit]
        names = _names("D", plan.sites, plan.devices_a_site)
        found["device_id"] = labels(names, site * plan.devices_a_site + device)
        found["days_since_calibration"] = numbers(where.days_since_calibration[person, visit])
    return found


def _names(letter: str, sites: int, members: int) -> list[str]:
    """The identifiers of each site's members, one site after another."""
    places = [f"S{site:02d}-" for site in range(1, sites + 1)] or [""]
    return [f"{place}{letter}{one:02d}" for place in places for one in range(1, members + 1)]


def _at_checkins(slots: Array, a_day: int) -> Array:
    """The moments that check-ins ask about: all of them, or one a day, the evening unless only the morning has anything."""
    if a_day > 1:
        return slots
    morning, evening = slots[:, 0::2], slots[:, 1::2]
    return np.where(np.isnan(evening), morning, evening)


def _from_course(
    part: str,
    course: Course,
    there: Mapping[str, pa.Array],
    scenario: Scenario,
    at_rows: Callable[[Array], Array],
) -> dict[str, pa.Array]:
    """The columns of this part of the course that the scenario records beside those that are `there` in every cohort."""
    columns: Mapping[str, Array] = getattr(course, part)
    asked = [name for name in scenario.records if name in columns and name not in there]
    return {name: recorded_column(name, at_rows(columns[name]), course.levels.get(name)) for name in asked}
