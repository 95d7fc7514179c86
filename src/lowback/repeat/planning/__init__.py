"""Planning: power, precision and assurance of the designs that a study could have, by simulation, and the cheapest that will do."""

from lowback.repeat.planning.estimating import Analysis
from lowback.repeat.planning.plan import Plan, PlanError
from lowback.repeat.planning.question import Planning, planning_of, read_plan
from lowback.repeat.planning.results import planned, write_designs
from lowback.repeat.planning.weighing import Weighed, cheapest, weighed

__all__ = [
    "Analysis",
    "Plan",
    "PlanError",
    "Planning",
    "Weighed",
    "cheapest",
    "planned",
    "planning_of",
    "read_plan",
    "weighed",
    "write_designs",
]
