"""What people bring along or meet with beside their posture and pain: signs, findings, flags, injuries, harms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import poisson

from lowback.simulate.design import ARMS, COMPONENTS
from lowback.simulate.interventions import Intervention
from lowback.simulate.parameters import Parameters
from lowback.simulate.population import Array, Population, logistic
from lowback.simulate.streams import Streams

LEVELS = {"leading_region": ("together", "hip", "back")}
SIGNS = ("sign_worse_after_sitting", "sign_hip_pain", "sign_better_walking")


@dataclass(frozen=True, eq=False)
class Person:
    """What the findings depend on: people, their arms, their usual pain before baseline, and what is done to them."""

    people: Population
    arms: NDArray[np.intp]
    usual: Array
    p: Parameters
    streams: Streams
    act: Intervention

    @property
    def hip(self) -> Array:
        """Hip extension at baseline, with what the intervention adds to it."""
        return self.act.on("hip_extension_deg", self.people.hip[:, 0])

    def flag(self, column: str, log_odds: Array) -> Array:
        """1 with the probability of these log odds, else 0, or what the intervention makes of it."""
        u = self.streams(column).random(len(self.usual))
        return self.act.on(column, (u < logistic(log_odds)).astype(float))

    def share(self, column: str, proportion: str) -> Array:
        """1 for this proportion of people, else 0."""
        u = self.streams(column).random(len(self.usual))
        return self.act.on(column, (u < self.p[proportion]).astype(float))

    def normal(self, component: str) -> Array:
        """A standard normal number a person."""
        return self.streams(component).standard_normal(len(self.usual))

    def has(self, component: str) -> Array:
        """Whether the person's arm has this component (1 or 0)."""
        return np.array([float(component in COMPONENTS[arm]) for arm in ARMS])[self.arms]


def findings(person: Person) -> Mapping[str, Array]:
    """All columns of people, by name of the data dictionary (shape: person)."""
    return {
        **_signs(person),
        **_regions(person),
        **_conditions(person),
        **_red_flags(person),
        **_examined_twice(person),
        **_injuries(person),
        **_harms(person),
    }


def _signs(w: Person) -> dict[str, Array]:
    """The three signs of a hip component, by a common disposition, hip extension and usual pain."""
    p = w.p
    odds = p["sign_per_hip"] * (w.hip - p["hip_mean"]) + p["sign_per_pain"] * (w.usual - 4)
    odds = odds + 0.8 * w.normal("signs")
    each = {sign: w.flag(sign, odds) for sign in SIGNS}
    return {**each, "hip_signs": w.act.on("hip_signs", np.sum(list(each.values()), axis=0))}


def _regions(w: Person) -> dict[str, Array]:
    """Which region's pain leads the other's, and who sleeps on the side."""
    p, u = w.p, w.streams("leading_region").random(len(w.usual))
    leads = np.where(u < p["hip_lead_share"], 1.0, np.where(u > 1 - p["back_lead_share"], 2.0, 0.0))
    return {
        "leading_region": w.act.on("leading_region", leads),
        "side_sleeper": w.share("side_sleeper", "side_sleeper_share"),
    }


def _conditions(w: Person) -> dict[str, Array]:
    """Disc degeneration by age; conditions in which hip work may do nothing; an episode of another back pain."""
    p, age = w.p, w.people.age
    grade = np.round(1 + p["disc_per_year"] * (age - p["age_low"]) + 0.8 * w.normal("disc_grade"))
    odds = p["episode_logit"] + p["episode_per_hip"] * (w.hip - p["hip_mean"])
    episode = w.flag("new_episode", odds + p["episode_per_year"] * (age - p["age_mean"]))
    # A clinic sees those with an episode; for another reason, the supple.
    comes = (episode == 1) | (w.hip > p["hip_mean"] + 5)
    return {
        "disc_grade": w.act.on("disc_grade", np.clip(grade, 1, 5)),
        "inflammatory_disease": w.share("inflammatory_disease", "outside_share"),
        "nerve_root_signs": w.share("nerve_root_signs", "nerve_root_share"),
        "new_episode": episode,
        "new_episode_seen": np.where(comes | (p["episode_seen_in_clinic"] == 0), episode, np.nan),
    }


def _red_flags(w: Person) -> dict[str, Array]:
    """A warning sign with what is asked about it, and serious pathology found; what is looked for may depend on the flag."""
    p = w.p
    flag = w.share("flag_present", "flag_share")
    explained, severe = (
        w.share("flag_explained", "flag_explained_share"),
        w.share("flag_severe", "flag_severe_share"),
    )
    weeks = flag * np.round(8 * w.streams("flag_weeks").random(len(w.usual)))
    by_rule = w.act.on("flag_by_rule", flag * (1 - explained) * severe * (weeks >= 3))
    odds = p["serious_logit"] + p["serious_per_rule"] * by_rule
    serious = w.flag("serious_pathology", odds)
    looked = np.where(by_rule == 1, 1.0, w.streams("worked up").random(len(w.usual)) >= p["serious_unseen"])
    return {
        "flag_present": flag,
        "flag_explained": explained * flag,
        "flag_severe": severe * flag,
        "flag_weeks": weeks,
        "flag_by_rule": by_rule,
        "worked_up": looked * 1.0,
        "serious_pathology": serious,
        "serious_pathology_found": serious * looked,
    }  # fmt: skip


def _examined_twice(w: Person) -> dict[str, Array]:
    """A trigger point as two raters find it: each finds what is there as often as they agree, else as it is common."""
    p, n = w.p, len(w.usual)
    there = w.share("trigger_point", "trigger_point_share")
    found = {}
    for rater in ("first", "second"):
        draw = w.streams(f"trigger point, {rater} rater")
        looks, guess = draw.random((2, n))
        sees = looks < np.sqrt(p["trigger_point_agreement"])
        found[f"trigger_point_{rater}_rater"] = np.where(
            sees, there, (guess < p["trigger_point_share"]) * 1.0
        )
    return found


def _injuries(w: Person) -> dict[str, Array]:
    """Running, hip-flexor injuries in a year and those that were noticed; a fall and groin pain, as it is and as recalled."""
    p = w.p
    km = w.act.on("running_km", np.asarray(np.exp(2 + 0.8 * w.normal("running_km"))))
    rate = p["injury_rate"] * np.exp(p["injury_per_10_km"] * (km - 10) / 10)
    # By quantiles, so that a person with a higher rate has at least as many injuries on the same random number.
    injuries = np.asarray(poisson.ppf(w.streams("hip_flexor_injuries").random(len(km)), np.minimum(rate, 20)))
    seen = logistic(p["noticed_logit"] + p["noticed_per_10_km"] * (km - 10) / 10)
    noticed = w.streams("noticed").binomial(injuries.astype(int), seen).astype(float)
    fell = w.share("fell", "fall_share")
    groin = w.flag("groin_pain", p["groin_logit"] + p["groin_per_fall"] * fell)
    recalled = w.streams("recalled").random(len(fell)) < p["groin_recalled_after_fall"] * fell
    return {
        "running_km": km,
        "hip_flexor_injuries": injuries,
        "hip_flexor_injuries_reported": noticed,
        "fell": fell,
        "groin_pain": groin,
        "groin_pain_reported": np.maximum(groin, recalled),
    }


def _harms(w: Person) -> dict[str, Array]:
    """A serious adverse event, which a pelvis tipped forward, with its load on the back, may make likelier."""
    p = w.p
    tilted = w.act.on("tilted", (w.people.tilt[:, 0] > p["tilt_mean"]).astype(float))
    event = w.flag("adverse_event", p["harm_logit"] + p["harm_if_tilted"] * tilted)
    return {"tilted": tilted, "adverse_event": event}
