"""One block of people from their first draw to the rows of the three tables that record them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pyarrow as pa

from lowback.simulate.course import Course, Lived
from lowback.simulate.follow_up import follow_up
from lowback.simulate.living import live
from lowback.simulate.measurement import (
    adherence_by_visit,
    as_given,
    latent_hip_pain,
    measured_diary,
    measured_visits,
    second_readings,
    sessions,
)
from lowback.simulate.population import draw_population
from lowback.simulate.recording.angles import hands
from lowback.simulate.recording.places import Places, in_sites, places
from lowback.simulate.recording.rows import (
    BLOCK,
    Recorded,
    Rows,
    checkins_table,
    participants_table,
    visits_table,
)
from lowback.simulate.scenario import Scenario
from lowback.simulate.streams import Streams
from lowback.simulate.super_population import moves
from lowback.simulate.treatment import assigned, treated


class Tables(NamedTuple):
    """The three tables of some people."""

    participants: pa.Table
    visits: pa.Table
    checkins: pa.Table


def block_tables(scenario: Scenario, number: int, participants: int, seed: int, days: int) -> Tables:
    """The tables of block `number` of a cohort of so many participants, with check-ins on the first `days` days."""
    rng, streams = np.random.default_rng([seed, number]), Streams(seed, number)
    made = _recorded(scenario, rng, streams)
    rows = Rows(
        first=number * BLOCK,
        people=min(BLOCK, participants - number * BLOCK),
        checkins=days * scenario.design.checkins_a_day,
    )
    return Tables(
        participants_table(rng, made, rows, scenario),
        visits_table(made, rows, scenario),
        checkins_table(made, rows, scenario),
    )


def _recorded(scenario: Scenario, rng: np.random.Generator, streams: Streams) -> Recorded:
    p, plan, a_day = scenario.values, scenario.measurement, scenario.design.checkins_a_day
    lived, where = _lived(scenario, rng, streams)
    people, slots = lived.people, lived.course.slots
    by = hands(where, plan, p, streams)
    visits = as_given(measured_visits(rng, people, lived.hip_pain, p, by), p, streams)
    has_programme = lived.arms > 0
    diary = measured_diary(rng, people, lived.hip_pain, slots, a_day, p, streams)
    done = sessions(rng, people, has_programme, p)
    if slots and (moves(scenario) or "session_done" in scenario.records):
        # Where pain answers to sessions, those that it answered to are the ones to record.
        done = slots["session_done"][:, 1::2] > 0
    adherence = adherence_by_visit(done, has_programme)
    return Recorded(
        lived=lived,
        where=where,
        visits=visits,
        second=second_readings(people, by, streams) if plan.readings > 1 else {},
        diary=diary,
        done=done,
        adherence=adherence,
        followed=follow_up(rng, visits.pain_nrs, adherence, diary.pain_nrs, scenario.missing, p, streams),
    )


def _lived(scenario: Scenario, rng: np.random.Generator, streams: Streams) -> tuple[Lived, Places]:
    """People in arms and places, after their course; one in which nothing moves or is recorded is left out."""
    p, design = scenario.values, scenario.design
    untreated = draw_population(rng, BLOCK, p)
    arms = assigned(rng, untreated, design, p, streams)
    where = places(arms, design, scenario.measurement, p, streams)
    people = in_sites(treated(untreated, arms, p), where.site, scenario.measurement, p, streams.root)
    hip_pain = latent_hip_pain(rng, people, p)
    if course_matters(scenario):
        return live(people, hip_pain, arms, p, streams), where
    return Lived(people, hip_pain, arms, Course()), where


def course_matters(scenario: Scenario) -> bool:
    """Whether the tables show anything of what happens within the twelve weeks beside the daily pain of `Population`."""
    return bool(scenario.records) or moves(scenario)
