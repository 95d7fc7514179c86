"""People led through their twelve weeks: what the intervention moves, what does not depend on the moment, then the moments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from lowback.simulate.course import SLOT_DAYS, SLOTS_A_DAY, Course, Lived
from lowback.simulate.findings import LEVELS, Person, findings
from lowback.simulate.interventions import NOTHING, Intervention
from lowback.simulate.moments import SESSION_SLOTS, Setting, by_day, lived_moments
from lowback.simulate.parameters import Parameters
from lowback.simulate.population import DAYS, PERIODS, VISIT_WEEKS, Array, Population
from lowback.simulate.streams import Streams
from lowback.simulate.visited import SLOT_COLUMNS, manual_therapy, visit_columns

BEFORE = int((DAYS < 0).sum())


def live(
    people: Population,
    hip_pain: Array,
    arms: NDArray[np.intp],
    p: Parameters,
    streams: Streams,
    act: Intervention = NOTHING,
) -> Lived:
    """What happens to treated people (from `treated`) with this daily hip pain, through twelve weeks of mornings and evenings.

    Draws nothing but from `streams`, so that whoever calls it keeps the draws of a generator of his own. With every
    figure of `course.csv` at its default, people and hip pain come out as they went in.
    """
    usual = people.pain[:, :BEFORE].mean(axis=1)
    person = Person(people, arms, usual, p, streams, act)
    found = findings(person)
    people = _moved(_with_traits(people, person, found), act, p)
    hip_pain = hip_pain + p["hip_pain_per_distress"] * person.normal("distress")[:, None]
    setting = _setting(people, hip_pain, person, found)
    x = lived_moments(setting, p, streams, act)
    people = _with_course(people, x, p)
    course = Course(
        people={**found, "change_day": change_day(person)},
        visits=visit_columns(people, x, person),
        slots=_slots(x, people, p, streams),
        levels=LEVELS,
    )
    return Lived(people, _with_daily(hip_pain, x["hip_pain_nrs"]), arms, course)


def _with_traits(people: Population, person: Person, found: Mapping[str, Array]) -> Population:
    """People with what lasting traits add: guarding of the sensitive, a worn disc, low spirits, and gains of activity."""
    p = person.p
    guards = np.maximum(person.normal("sensitive"), 0)
    level = p["pain_if_guarding"] * guards + p["pain_per_distress"] * person.normal("distress")
    level = level + p["pain_per_disc_grade"] * (found["disc_grade"] - 2)
    gain = person.normal("activity gain")[:, None] * np.minimum(VISIT_WEEKS / p["programme_weeks"], 1)
    return replace(
        people,
        hip=people.hip + p["hip_per_activity_gain"] * gain,
        tilt=people.tilt + (p["tilt_if_guarding"] * guards)[:, None],
        pain=people.pain + level[:, None],
    )


def _moved(people: Population, act: Intervention, p: Parameters) -> Population:
    """People whose sitting and posture the intervention changes from baseline on, with what follows down the chain.

    A shift at the visits is one at all visits after baseline; the days follow the visit at their end, as everywhere.
    """
    sitting = _after_baseline(act.added("sitting_hours", people.sitting))
    hip = _after_baseline(act.added("hip_extension_deg", people.hip)) + p["hip_per_sitting"] * sitting
    tilt = _after_baseline(act.added("pelvic_tilt_deg", people.tilt)) + p["tilt_per_hip_within"] * hip
    lordosis = (
        _after_baseline(act.added("lordosis_deg", people.lordosis)) + p["lordosis_per_tilt_within"] * tilt
    )
    pain = (p["pain_per_sitting"] * sitting + p["pain_per_tilt"] * tilt + p["pain_per_lordosis"] * lordosis)[
        :, PERIODS
    ]
    return replace(
        people,
        sitting=people.sitting + sitting,
        hip=people.hip + hip,
        tilt=people.tilt + tilt,
        lordosis=people.lordosis + lordosis,
        pain=people.pain + pain,
    )  # fmt: skip


def _after_baseline(change: Array) -> Array:
    later = change.copy()
    later[:, 0] = 0
    return later


def _setting(people: Population, hip_pain: Array, person: Person, found: Mapping[str, Array]) -> Setting:
    p = person.p
    lost = (1 - p["adherence_decline"]) ** (PERIODS[BEFORE:][SLOT_DAYS] - 1)
    prescribed = (lost * SESSION_SLOTS)[:, None]
    leading = found["leading_region"]
    everybody = np.ones_like(leading)
    return Setting(
        back=_by_slot(people.pain),
        hip_pain=_by_slot(hip_pain),
        tilt=_by_slot(people.tilt[:, PERIODS]),
        hip=_by_slot(people.hip[:, PERIODS]),
        drift=_drift(people, person, found),
        chance=prescribed * people.adherence * (person.arms > 0),
        usual=people.pain[:, :BEFORE].mean(axis=1),
        activity=people.activity,
        sensitised=p["sensitised_trait_sd"] * person.normal("sensitive"),
        hip_leads=(leading == 1) * 1.0 if p["regions_lead_in_some"] else everybody,
        back_leads=(leading == 2) * 1.0 if p["regions_lead_in_some"] else everybody,
        side_sleeper=found["side_sleeper"],
        hip_in_arm=person.has("hip"),
        holds=p["hold_per_adherence"] * (people.adherence / p["adherence_full"] - 1),
    )


def _by_slot(daily: Array) -> Array:
    """The follow-up days of (person, days from -7) as (168 slots, person)."""
    return np.ascontiguousarray(np.repeat(daily[:, BEFORE:], SLOTS_A_DAY, axis=1).T)


def _drift(people: Population, person: Person, found: Mapping[str, Array]) -> Array:
    """What is added to back pain by programme and person, whose stretching may do more or less, and by time (slot, person)."""
    p = person.p
    done = people.adherence / p["adherence_full"]
    stretching = (
        p["pain_effect_per_sign"] * (found["hip_signs"] - 1.5)
        + p["pain_effect_if_hip_leads"] * (found["leading_region"] == 1)
        + p["pain_effect_if_back_leads"] * (found["leading_region"] == 2)
        + p["pain_effect_if_outside"] * found["inflammatory_disease"]
        + p["pain_effect_if_nerve_root"] * found["nerve_root_signs"]
    )
    gradual = (
        person.has("hip") * done * stretching
        + p["pain_per_adherence"] * (done - 1)
        + p["pain_per_activity_gain"] * person.normal("activity gain")
        + p["pain_per_sign_later"] * (found["hip_signs"] - 1.5)
        + p["pain_per_usual_later"] * (person.usual - 4)
        + p["pain_later_if_hip_leads"] * (found["leading_region"] == 1)
        + p["pain_later_if_nerve_root"] * found["nerve_root_signs"]
        + p["pain_later_if_outside"] * found["inflammatory_disease"]
    )
    ramp = np.minimum((SLOT_DAYS + 1) / 7 / p["programme_weeks"], 1)[:, None]
    changed = SLOT_DAYS[:, None] > change_day(person)
    manual = manual_therapy(person)[:, PERIODS[BEFORE:][SLOT_DAYS]].T
    return np.asarray(gradual * ramp + p["pain_after_change"] * changed + p["pain_per_smt_visit"] * manual)


def change_day(person: Person) -> Array:
    """The day on which a person takes up something new: any of days 21 to 62, or the worst of them."""
    days = person.streams("change_day").integers(21, 63, len(person.usual)).astype(float)
    if person.p["change_at_worst"]:
        days = (21 + person.people.pain[:, BEFORE + 21 : BEFORE + 63].argmax(axis=1)).astype(float)
    return person.act.on("change_day", days)


def _with_course(people: Population, x: Mapping[str, Array], p: Parameters) -> Population:
    """People whose days are the means of their moments, and whose pelvis is tipped in a flare on the visit's day."""
    guarding = np.zeros_like(people.tilt)
    guarding[:, 1:] = p["tilt_in_flare"] * by_day(x["flare"])[[27, 55, 83]].T
    return replace(people, tilt=people.tilt + guarding, pain=_with_daily(people.pain, x["pain_nrs"]))


def _with_daily(daily: Array, slots: Array) -> Array:
    return np.concatenate([daily[:, :BEFORE], by_day(slots).T], axis=1)


def _slots(
    x: Mapping[str, Array], people: Population, p: Parameters, streams: Streams
) -> Mapping[str, Array]:
    """The columns of check-ins (person, slot); what belongs to a session is missing where there was none."""
    sat = people.sitting[:, PERIODS[BEFORE:]]
    sat = sat + p["sitting_day_sd"] * streams("sitting of the day").standard_normal(sat.shape)
    did = x["session_done"].T > 0
    columns = {name: x[state].T for name, state in SLOT_COLUMNS.items()}
    columns |= {
        name: np.where(did, x[name].T, np.nan)
        for name in ("hip_session", "hips_first", "hold_s", "pain_pre_session_nrs", "pain_post_session_nrs")
    }
    columns |= _after_standing(columns["pain_nrs"], columns["ease_min"], p)
    columns["mood"] = columns["mood"] + p["mood_per_distress"] * streams("distress").standard_normal(
        (len(did), 1)
    )
    columns["back_stiffness_nrs"] = columns["back_stiffness_nrs"] + 4
    columns["flare"] = (columns["flare"] > 0).astype(float)
    columns["sitting_hours"] = np.repeat(sat, SLOTS_A_DAY, axis=1)
    return columns


def _after_standing(felt: Array, ease_min: Array, p: Parameters) -> Mapping[str, Array]:
    """Pain on standing up after the longest bout of each half day, and some minutes later: more than that of the moment until it has eased."""
    minutes = {f"pain_{one}_min_after_standing_nrs": one for one in (5, 15, 30)}
    still = {name: felt + p["extra_pain_standing"] * (ease_min > one) for name, one in minutes.items()}
    return {"pain_on_standing_nrs": felt + p["extra_pain_standing"], **still}
