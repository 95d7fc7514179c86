"""Calm and flare spells, read from records that follow one another by a definition that is data."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from lowback.outcomes.refusals import NotComparable
from lowback.outcomes.scores import Array, Positions
from lowback.outcomes.spell_records import Flags, Records, yes
from lowback.study import Spells

MEDIAN_DAYS, MEDIAN_RECORDS = 28.0, 7
IN_FLARE, CALM, NEITHER = 1, 0, -1


@dataclass(frozen=True, eq=False)
class Recurrences:
    """By one definition: who was settled from when to when, whether that ended in a flare, and the spells of calm and flare.

    `start`, `stop` and `event` are the days at risk, `number` counts a person's such spells from 1. `state_start`, `state_stop`,
    `in_flare` and `changes` are the spells themselves, which end at a change or where nothing more is known. `began_between` are the
    people whose first record was neither.
    """

    definition: Spells
    person: Positions
    start: Array
    stop: Array
    event: Flags
    number: Positions
    state_person: Positions
    state_start: Array
    state_stop: Array
    in_flare: Flags
    changes: Flags
    began_between: int


def recurrences(records: Records, definition: Spells) -> Recurrences:
    """Spells of calm and flare, and the time at risk of the next flare after settling, by this definition.

    A flare too short to count is calm, or where calm is `at_most` so much it is neither; one that is cut off before it is long enough ends what is known with the
    record before it. What is neither calm nor flare goes on as what was before, but interrupts settling.
    """
    told = _kinds(records, definition)
    known = ~np.isnan(told)
    kind, person, day = told[known].astype(np.intp), records.person[known], records.day[known]
    # A record that tells nothing joins its neighbours as little as one that is missing.
    section = np.cumsum(records.begins | ~known)[known].astype(np.intp)
    # A visit stands for the time around it: whether a flare was there for a day cannot be seen from visits weeks apart.
    lasting = 0.0 if records.of_visits else float(definition.lasting_days)
    instead = CALM if definition.at_most is None else NEITHER
    kind, kept = _without_short_flares(kind, day, section, lasting, instead)
    kind, person, day, section = kind[kept], person[kept], day[kept], section[kept]
    state = _carried(kind, section)
    run = _runs(state, section)
    return _spells(definition, kind, state, person, day, section, run)


def _kinds(records: Records, definition: Spells) -> Array:
    """What each record is: in flare, calm, neither; NaN where the definition cannot tell."""
    score = records.score
    if definition.flag is not None:
        if definition.flag not in records.table:
            where = "visits" if records.of_visits else "check-ins"
            raise NotComparable(
                f"no column {definition.flag!r} at the {where}", f"{definition.flag} at the {where}"
            )
        flag = records.table[definition.flag]
        said = flag.astype(object).map(yes).to_numpy(float)
        return np.asarray(said)
    above = score if definition.rise is None else score - _usual(records)
    flare = (
        above >= float(definition.rise if definition.rise is not None else definition.at_least or 0) - 1e-9
    )
    calm = ~flare if definition.at_most is None else (score <= definition.at_most) & ~flare
    found = np.where(flare, IN_FLARE, np.where(calm, CALM, NEITHER)).astype(float)
    return np.where(np.isnan(above), np.nan, found)


def _usual(records: Records) -> Array:
    """The person's median of the four weeks before each record; NaN until there are enough answers."""
    moments = pd.to_datetime(records.day, unit="D", origin="2000-01-01")
    scores = pd.Series(records.score, index=moments)
    window = scores.groupby(records.person).rolling(
        f"{MEDIAN_DAYS:g}D", min_periods=MEDIAN_RECORDS, closed="left"
    )
    return np.asarray(window.median().to_numpy(float))


def _runs(state: Positions, section: Positions) -> Positions:
    """Numbers that tell stretches of one state in one section apart."""
    if not len(state):
        return section
    changes = (np.diff(state) != 0) | (np.diff(section) != 0)
    return np.concatenate([[0], np.cumsum(changes)]).astype(np.intp)


def _carried(kind: Positions, section: Positions) -> Positions:
    """Records that are neither take the state before them; at the start of a section they stay neither."""
    place = np.where(kind == NEITHER, -1, np.arange(len(kind)))
    first = np.concatenate([[True], np.diff(section) != 0])[: len(kind)]
    start = np.maximum.accumulate(np.where(first, np.arange(len(kind)), 0)) if len(kind) else place
    last = np.maximum.accumulate(place) if len(kind) else place
    return np.where(last >= start, kind[np.maximum(last, 0)], NEITHER)


def _without_short_flares(
    kind: Positions, day: Array, section: Positions, lasting: float, instead: int
) -> tuple[Positions, Flags]:
    """Kinds with flares that were too short turned to another, and which records are left where a flare is cut off too early."""
    kept = np.ones(len(kind), dtype=bool)
    if lasting <= 0 or not len(kind):
        return kind, kept
    state = _carried(kind, section)
    run = _runs(state, section)
    first = np.flatnonzero(np.concatenate([[True], np.diff(run) > 0]))
    last = np.append(first[1:], len(kind)) - 1
    in_flare = state[first] == IN_FLARE
    # A flare lasts as long as records say so; what is neither may follow it without lengthening it.
    latest = np.where(kind == IN_FLARE, day, -np.inf)
    until = np.maximum.reduceat(latest, first)
    short = in_flare & (until - day[first] < lasting - 1e-9)
    ends_section = np.append(section[first[1:]] != section[last[:-1]], True)
    cut_off = short & ends_section
    passes = (short & ~ends_section)[run]
    return np.where(passes & (kind == IN_FLARE), instead, kind), ~cut_off[run]


def _spells(
    definition: Spells,
    kind: Positions,
    state: Positions,
    person: Positions,
    day: Array,
    section: Positions,
    run: Positions,
) -> Recurrences:
    first = (
        np.flatnonzero(np.concatenate([[True], np.diff(run) > 0])) if len(run) else np.zeros(0, dtype=np.intp)
    )
    after = np.append(first[1:], len(kind)).astype(np.intp)
    last = after - 1
    changes = (
        np.append(section[first[1:]] == section[last[:-1]], False) if len(first) else np.zeros(0, dtype=bool)
    )
    begin = day[first]
    end = np.where(changes, day[np.minimum(after, len(day) - 1)], day[last]) if len(day) else begin
    seen = (state[first] != NEITHER) & (end > begin)
    settled = _settled(kind, day, run, first, float(definition.calm_days))
    at_risk = (state[first] == CALM) & (settled < end)
    whose_first = np.unique(person, return_index=True)[1]
    who = person[first[at_risk]]
    return Recurrences(
        definition=definition,
        person=who,
        start=settled[at_risk],
        stop=end[at_risk],
        event=changes[at_risk],
        number=_number(who, changes[at_risk]),
        state_person=person[first[seen]],
        state_start=begin[seen],
        state_stop=end[seen],
        in_flare=state[first[seen]] == IN_FLARE,
        changes=changes[seen],
        began_between=int((state[whose_first] == NEITHER).sum()),
    )


def _settled(kind: Positions, day: Array, run: Positions, first: Positions, calm_days: float) -> Array:
    """The day on which each run has been calm, and nothing else, for long enough; infinite where it never was."""
    found = np.full(len(first), np.inf)
    if not len(kind):
        return found
    stretch = _runs(np.where(kind == CALM, 1, 0).astype(np.intp), run)
    begins = np.flatnonzero(np.concatenate([[True], np.diff(stretch) > 0]))
    ends = np.append(begins[1:], len(kind)) - 1
    long_enough = (kind[begins] == CALM) & (day[ends] - day[begins] >= calm_days - 1e-9)
    np.minimum.at(found, run[begins[long_enough]], day[begins[long_enough]] + calm_days)
    return found


def _number(person: Positions, event: Flags) -> Positions:
    """How many flares a person has had before, and one more."""
    if not len(person):
        return person
    before = np.cumsum(event).astype(np.intp) - event
    first = np.concatenate([[True], np.diff(person) != 0])
    offset = np.maximum.accumulate(np.where(first, before, 0))
    return (before - offset + 1).astype(np.intp)
