"""The designs that a plan weighs, and what each costs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lowback.repeat.planning.question import Planning
from lowback.simulate.planned import Layout
from lowback.simulate.planned.draws import gone_by
from lowback.simulate.planned.layout import divided, evenly


@dataclass(frozen=True)
class Design:
    """One point of the grid: its number, its layout and its cost."""

    number: int
    layout: Layout
    cost: float

    @property
    def visits(self) -> int:
        """Visits of a person, baseline among them."""
        return len(self.layout.weeks)


def designs(planning: Planning) -> tuple[Design, ...]:
    """Every combination of the grid, readings changing fastest and participants slowest."""
    grid = planning.plan.grid
    layouts = [
        _layout(planning, participants, visits, raters, readings)
        for participants in grid.participants
        for visits in grid.visits or (_declared_visits(planning),)
        for raters in grid.raters
        for readings in grid.readings
    ]
    return tuple(Design(number, one, cost_of(planning, one)) for number, one in enumerate(layouts, 1))


def cost_of(planning: Planning, layout: Layout) -> float:
    """What a design costs; visits and readings count for those who still come."""
    costs = planning.plan.costs
    kept = 1 - gone_by(planning.plan.assumptions, np.asarray(layout.weeks))
    each_visit = costs.visit + costs.reading * layout.raters * layout.readings
    each_person = costs.participant + each_visit * float(kept.sum())
    return costs.study + costs.rater * layout.raters + each_person * layout.participants


def _layout(planning: Planning, participants: int, visits: int, raters: int, readings: int) -> Layout:
    clusters = planning.plan.assumptions.clusters
    return Layout(
        people=divided(participants, planning.weights),
        weeks=_weeks(planning, visits),
        raters=raters,
        readings=readings,
        cluster_size=None if clusters is None else clusters.size,
    )


def _weeks(planning: Planning, visits: int) -> tuple[float, ...]:
    """The study's own visits where it has so many up to the last week, else evenly from baseline to it."""
    declared = _declared(planning)
    return declared if len(declared) == visits else evenly(visits, planning.end)


def _declared_visits(planning: Planning) -> int:
    return max(2, len(_declared(planning)))


def _declared(planning: Planning) -> tuple[float, ...]:
    """The visits that the study declares, as far as the last one planned for, if that and baseline are among them."""
    weeks = tuple(float(week) for week in planning.study.weeks if week <= planning.end)
    return weeks if weeks and weeks[0] == 0 and weeks[-1] == planning.end else ()
