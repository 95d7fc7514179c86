"""Which of a study's declared estimands could be an effect at all, if a diagram is right, and what stands in the way."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from lowback.diagram.adjustment import Sets, causal_nodes, is_valid_for_total, total_effect_sets
from lowback.diagram.any_formula import follows
from lowback.diagram.arrows import Diagram, Node
from lowback.diagram.other_ways import Way, front_door, instrument
from lowback.study import Estimand, Study, SummaryMeasure

How = Literal[
    "by chance",
    "by adjustment",
    "by the front door",
    "by an instrument",
    "by another formula",
    "no effect",
    "not identified",
    "not in the diagram",
    "no effect asked",
]
NO_EFFECT_ASKED: tuple[SummaryMeasure, ...] = ("agreement", "change in one person")
ARM = Node("arm")


@dataclass(frozen=True)
class Identified:
    """What a diagram says of one estimand.

    `sets` are the minimal sets to adjust for (one empty set: nothing), `through` the mediators of a front door or the instrument, beside
    which `sets` has what must be held fixed, if anything; `needs` the columns that would have to be recorded, `covariates_suffice` whether the study's own covariates are enough (None where
    that is not the question).
    """

    estimand: str
    exposure: str
    outcome: str
    how: How
    sets: Sets = ()
    through: tuple[Node, ...] = ()
    needs: tuple[str, ...] = ()
    covariates_suffice: bool | None = None


def identified(diagram: Diagram, study: Study, columns: Collection[str]) -> tuple[Identified, ...]:
    """What the diagram says of each estimand that the study declares, in a cohort with these columns.

    A diagram that lets chance assign the arms is read so only where the study is randomised.
    """
    told = diagram if study.is_randomised else diagram.without_chance()
    measured = [node for node in told.observable if node.variable in columns]
    return tuple(_of_estimand(told, study, one, measured) for one in study.estimands)


def identified_by(
    diagrams: Sequence[Diagram], study: Study, columns: Collection[str]
) -> dict[str, tuple[Identified, ...]]:
    """What each of several diagrams says of the study's estimands, by the diagram's name."""
    return {one.name: identified(one, study, columns) for one in diagrams}


def effect(
    diagram: Diagram,
    exposure: Node,
    outcome: Node,
    measured: Collection[Node],
    covariates: Collection[str] = (),
) -> Identified:
    """Whether and how the total effect of one node on another follows from the measured ones.

    Adjustment comes first, then the front door, an instrument (for linear effects) and whatever other formula there is.
    """
    names = ("", str(exposure), str(outcome))
    if not {exposure, outcome} <= set(diagram.nodes):
        return Identified(*names, "not in the diagram")
    lacking = tuple(str(node) for node in (exposure, outcome) if node not in measured)
    if lacking:
        return Identified(*names, "not identified", needs=lacking)
    if not causal_nodes(diagram, exposure, outcome):
        return Identified(*names, "no effect")
    sets = total_effect_sets(diagram, exposure, outcome, measured)
    if sets:
        given = [node for node in diagram.nodes if str(node) in covariates]
        suffice = is_valid_for_total(diagram, exposure, outcome, given)
        by_chance = exposure.variable in diagram.by_chance and sets == ((),)
        how: How = "by chance" if by_chance else "by adjustment"
        return Identified(*names, how, sets, covariates_suffice=suffice)
    ways: tuple[tuple[How, Way | None], ...] = (
        ("by the front door", front_door(diagram, exposure, outcome, measured)),
        ("by an instrument", instrument(diagram, exposure, outcome, measured)),
    )
    for how, way in ways:
        if way is not None:
            through, beside = way
            return Identified(*names, how, (beside,) if beside else (), through)
    if follows(diagram, exposure, outcome, measured):
        return Identified(*names, "by another formula")
    return Identified(*names, "not identified", needs=_would_help(diagram, exposure, outcome, measured))


def _of_estimand(
    diagram: Diagram, study: Study, estimand: Estimand, measured: Collection[Node]
) -> Identified:
    if estimand.summary in NO_EFFECT_ASKED:
        return Identified(estimand.name, estimand.exposure or "", estimand.outcome, "no effect asked")
    exposure, outcome = ARM, Node(estimand.outcome)
    if not estimand.compares_arms and estimand.exposure is not None:
        # Who leads is a question about an earlier moment.
        exposure = Node(estimand.exposure, 1 if estimand.summary == "lead" else 0)
    elif not estimand.compares_arms:
        return Identified(estimand.name, "", estimand.outcome, "no effect asked")
    found = [effect(diagram, exposure, outcome, measured, study.covariates)]
    for at, name in enumerate(estimand.mediators):
        # What chance decides is the arm; the step from a mediator to the outcome is adjusted for all that the model holds beside it.
        beside = (
            *study.covariates,
            "arm",
            *estimand.confounders,
            *estimand.doses,
            *estimand.mediators[:at],
        )
        found.append(effect(diagram, exposure, Node(name), measured, study.covariates))
        found.append(effect(diagram, Node(name), outcome, measured, beside))
    facts: Mapping[str, object] = {**vars(min(found, key=_standing)), "estimand": estimand.name}
    return Identified(**facts)  # type: ignore[arg-type]


def _standing(one: Identified) -> int:
    """How far a step is from being identified by what is adjusted for: 2 where nothing is lacking, 1 where another set or way would do."""
    if one.how.startswith("not"):
        return 0
    return 2 if one.covariates_suffice or one.how == "no effect" else 1


def _would_help(
    diagram: Diagram, exposure: Node, outcome: Node, measured: Collection[Node]
) -> tuple[str, ...]:
    """The columns that a cohort lacks for the smallest set that would do, or else for another way; none where no record would do."""
    sets = total_effect_sets(diagram, exposure, outcome)
    lacking = [tuple(str(node) for node in one if node not in measured) for one in sets]
    if lacking:
        return min(lacking, key=len)
    more = [node for node in diagram.observable if node not in measured]
    if not _another_way(diagram, exposure, outcome, [*measured, *more]):
        return ()
    for node in tuple(more):
        fewer = [one for one in more if one != node]
        more = fewer if _another_way(diagram, exposure, outcome, [*measured, *fewer]) else more
    return tuple(str(node) for node in more)


def _another_way(diagram: Diagram, exposure: Node, outcome: Node, measured: Collection[Node]) -> bool:
    """Whether the effect follows from these nodes though no adjustment gives it."""
    at = (diagram, exposure, outcome, measured)
    return follows(*at) or instrument(*at) is not None
