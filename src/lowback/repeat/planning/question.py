"""A plan and the study that it is for: the one estimand that designs are weighed for, or why they do not fit each other."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from lowback.checked_yaml import read_checked, unknown_name
from lowback.repeat.planning.plan import ANALYSES, BY_ARRAYS, MOST_DESIGNS, Plan, PlanError
from lowback.simulate.planned.layout import divided
from lowback.study import Estimand, Study, StudyError, read_study
from lowback.variables import Variable, dictionary


@dataclass(frozen=True, eq=False)
class Planning:
    """A plan with its study: the one estimand planned for, without the study's covariates and rules of eligibility."""

    plan: Plan
    study: Study
    estimand: Estimand
    analysis: str
    end: float
    margin: float | None
    set_aside: tuple[str, ...] = ()

    @property
    def arms(self) -> tuple[str, ...]:
        """The study's arms, the comparator first, then the arm planned for; none where no arms are compared."""
        if self.estimand.summary == "slope":
            return self.study.arms
        first = (self.study.comparator(self.estimand) or "", self.study.treated_arms(self.estimand)[0])
        return (*first, *(arm for arm in self.study.arms if arm not in first))

    @property
    def weights(self) -> tuple[float, ...]:
        """How many people join each arm, in proportion; a single one where there are no arms."""
        return tuple(float(self.plan.allocation.get(arm, 1.0)) for arm in self.arms or ("",))

    @property
    def outcome(self) -> Variable:
        """The outcome in the data dictionary."""
        return dictionary()[self.estimand.outcome]

    @property
    def unit(self) -> str:
        """The unit of the estimate."""
        if self.estimand.summary == "risk difference":
            return "proportion"
        unit = self.outcome.unit or ""
        if self.estimand.summary == "mean difference":
            return unit
        return f"{unit} per {self.estimand.per:g} {dictionary()[str(self.estimand.exposure)].unit}"

    @property
    def is_by_arrays(self) -> bool:
        """Whether many trials are analysed at once, rather than each by the report's own analysis."""
        return self.analysis in BY_ARRAYS and not self.plan.as_reported


def read_plan(path: str | Path) -> Planning:
    """The plan in a YAML file with the study that it names; refused with file, key, value and what is allowed."""
    file = Path(path).resolve()
    plan = read_checked(file, Plan)
    study = read_study(file.parent / plan.study)
    try:
        return planning_of(plan, study)
    except (PlanError, StudyError) as error:
        raise PlanError(f"{file}: {error}") from None


def planning_of(plan: Plan, study: Study) -> Planning:
    """The plan with the estimand of the study that it is for, refused where they do not fit each other."""
    estimand = (study.focus(plan.estimand) if plan.estimand else study).estimands[0]
    allowed = ANALYSES[estimand.summary]
    analysis = plan.analysis or allowed[0]
    if analysis not in allowed:
        raise PlanError(
            f"analysis = {analysis!r}: no analysis of a {estimand.summary}; {unknown_name(analysis, list(allowed))}"
        )
    margin = plan.margin or estimand.smallest_worthwhile
    bare = study.focus(estimand.name).model_copy(update={"covariates": (), "eligibility": ()})
    found = Planning(
        plan=plan,
        study=bare,
        estimand=estimand,
        analysis=analysis,
        end=_last_week(plan, study, estimand),
        margin=margin,
        set_aside=(*study.covariates, *(rule.variable for rule in study.eligibility)),
    )
    problems = _contradictions(found)
    if problems:
        raise PlanError("; ".join(problems))
    return found


def _last_week(plan: Plan, study: Study, estimand: Estimand) -> float:
    """The week of the last visit: the estimand's, else the study's last, else the plan's."""
    if estimand.week is not None:
        return float(estimand.week)
    if plan.last_week is None and not any(study.weeks):
        raise PlanError("last_week is missing: neither estimand nor study says when the last visit is")
    return float(plan.last_week or study.weeks[-1])


def _contradictions(found: Planning) -> list[str]:
    plan, estimand, assumed = found.plan, found.estimand, found.plan.assumptions
    problems = [
        f"{name!r} is not in the data dictionary, or has no unit"
        for name in (estimand.outcome, estimand.exposure)
        if name is not None and (name not in dictionary() or dictionary()[name].unit is None)
    ]
    is_slope = estimand.summary == "slope"
    if is_slope and assumed.exposure is None:
        problems.append(
            f"assumptions.exposure is missing: {estimand.name!r} is a slope on {estimand.exposure!r}"
        )
    if not is_slope and assumed.exposure is not None:
        problems.append(f"assumptions.exposure has no meaning for a {estimand.summary}")
    if not is_slope and (found.study.comparator(estimand) is None or len(found.study.arms) < 2):
        problems.append(f"{estimand.name!r} compares no arms; a plan needs two")
    if plan.last_week is not None and estimand.week is not None and plan.last_week != estimand.week:
        problems.append(f"last_week = {plan.last_week:g}: the estimand is at week {estimand.week:g}")
    if plan.success != "difference" and found.margin is None:
        problems.append(
            f"success = {plan.success!r} needs a margin, here or as the estimand's smallest_worthwhile"
        )
    if plan.success == "non-inferiority" and is_slope:
        problems.append("a slope is not inferior to anything; plan for 'difference' or 'equivalence'")
    if plan.success == "non-inferiority" and not problems and found.outcome.higher_is is None:
        problems.append(
            f"non-inferiority: the data dictionary does not say whether higher {estimand.outcome!r} is better"
        )
    if plan.success == "difference" and assumed.effect.value == 0:
        problems.append("assumptions.effect = 0: there is nothing to find; plan for 'equivalence'")
    for event, strategy in estimand.intercurrent_events.items():
        if strategy != "treatment policy":
            problems.append(
                f"{estimand.name!r} asks for the strategy {strategy!r} for {event!r}; allowed: 'treatment policy'"
            )
    if plan.target.assurance and assumed.effect.prior_sd == 0:
        problems.append("target.assurance needs assumptions.effect.prior_sd")
    problems += [
        f"allocation: no arm {arm!r}; {unknown_name(arm, list(found.study.arms))}"
        for arm in found.plan.allocation
        if arm not in found.study.arms
    ]
    return problems + _grid_problems(found)


def _grid_problems(found: Planning) -> list[str]:
    grid, arms = found.plan.grid, max(1, len(found.study.arms))
    count = len(grid.participants) * len(grid.visits or (1,)) * len(grid.raters) * len(grid.readings)
    problems = []
    if count > MOST_DESIGNS:
        problems.append(f"grid: {count} designs; allowed up to {MOST_DESIGNS}")
    if grid.participants[0] < 3 * arms:
        problems.append(
            f"grid.participants = {grid.participants[0]}: allowed {3 * arms} or more for {arms} arms"
        )
    elif min(divided(grid.participants[0], found.weights)) < 3:
        sizes = ", ".join(map(str, divided(grid.participants[0], found.weights)))
        problems.append(
            f"grid.participants = {grid.participants[0]}: arms of {sizes} by the allocation; allowed 3 or more in each"
        )
    fewest = 3 if found.analysis == "slopes" else 2
    if grid.visits is not None and grid.visits[0] < fewest:
        problems.append(f"grid.visits = {grid.visits[0]}: allowed {fewest} or more, baseline among them")
    return problems
