"""Mistakes that no claim's switch sets a trap for: strengthening does nothing, and yet it is said to work."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import naive_visits as visit
from answers import Answer, Finding
from asking import ADHERERS, ONE_ARM, POINTS, Asked, Case, Naive
from our_analyses import ArmEffect
from records import Records

from lowback.simulate.design import Design
from lowback.simulate.scenario import Scenario

ARMS = ("usual care", "strengthening")
OURS = (
    ArmEffect("mmrm", "strengthening", 1.0, arms=ARMS),
    ArmEffect("ancova", "strengthening", 1.0, arms=ARMS),
)
# Who leaves is told by how much of the programme was done until then, which ancova has no place for.
OURS_OF_LEAVERS = tuple(replace(one, auxiliary=("adherence",)) for one in OURS)
LITTLE = "Little et al. 2012, N Engl J Med 367:1355-1360"


def pain_alone(w: Records) -> Finding | Answer:
    """The mixed model that reads scores of pain alone, by which those who leave do not differ from those who stay."""
    return OURS[0](w.simulated.cohort()) or "cannot tell"


def mistakes() -> list[Case]:
    """Each mistake with its own scenario, in which C29 is false."""
    return [
        _case(
            "M1",
            "Significant in one arm, not in the other",
            "difference in nominal significance",
            "people get a little better in both arms of a small trial",
            {"pain_recovery": 0.17},
            Naive(visit.significant_in_one_arm_only, "p below 0.05 in this arm and not in usual care", ONE_ARM),
            people=60,
        ),
        _case(
            "M2",
            "The subgroup in which it worked",
            "multiplicity",
            "strengthening does nothing in anybody",
            {},
            Naive(visit.best_of_twelve_subgroups, "t test in the best of twelve subgroups, at any visit", "Rothwell 2005, Lancet 365:176-186", 1, POINTS),
            people=120,
        ),
        _case(
            "M3",
            "Those who kept to it got better",
            "healthy adherers",
            "people who keep to things get better in any arm",
            {"pain_per_adherence": -2},
            Naive(visit.adherent_against_others, "more sessions than the arm's median against fewer", ADHERERS, 1, POINTS),
        ),
        _case(
            "M4",
            "Those who stayed",
            "informative drop-out",
            "people who keep to things get better in any arm, and those who do not keep to the programme leave",
            {"pain_per_adherence": -3, "drop_out_logit": -2, "drop_out_per_adherence": -8, "drop_out_per_pain": 0},
            Naive(visit.completers, "t test of the fall in those who came at week 12", LITTLE, 1, POINTS),
            Naive(pain_alone, "mmrm of pain alone, blind to what was done of the programme", LITTLE, 1, POINTS),
            ours=OURS_OF_LEAVERS,
            to_come="imputation by reference, for those who leave before any score",
        ),
    ]  # fmt: skip


def _case(
    name: str,
    title: str,
    bias: str,
    says: str,
    figures: Mapping[str, float],
    *naive: Naive,
    ours: tuple[ArmEffect, ...] = OURS,
    people: int | None = None,
    to_come: str = "",
) -> Case:
    scenario = Scenario(
        name=name.lower(),
        title=title,
        says=says,
        claims={"C29": False},
        parameters=figures,
        design=Design(arms=ARMS),
    )
    asked = Asked(naive, ours, to_come=to_come)
    return Case(name, title, {"trap": scenario}, "not zero", asked, bias, people)
