"""Every design of a plan, simulated, and the cheapest that reaches what it must."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lowback.estimators.proportions import wilson
from lowback.repeat.planning.counting import ALPHA, Block, Counted
from lowback.repeat.planning.designs import Design, designs
from lowback.repeat.planning.estimating import Analysis
from lowback.repeat.planning.plan import PlanError
from lowback.repeat.planning.question import Planning
from lowback.repeat.replicates import replicated

# A false-positive rate so many standard errors above its level is no chance finding, among many designs too.
FAR_ABOVE = 3.5
# Rates are right to this much in small samples without anything being wrong.
TOLERATED = 0.01


@dataclass(frozen=True)
class Share:
    """How many of how many simulated trials, with a 95 % interval for the share (Wilson's) and its Monte Carlo error."""

    count: float
    of: float

    @property
    def estimate(self) -> float:
        """The share."""
        return self.count / self.of

    @property
    def std_error(self) -> float:
        """The Monte Carlo standard error (Morris, White & Crowther 2019, Stat Med 38:2074-2102)."""
        return math.sqrt(self.estimate * (1 - self.estimate) / self.of)

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of the share."""
        found = wilson(round(self.count), round(self.of))
        return found.conf_low, found.conf_high


@dataclass(frozen=True)
class Mean:
    """A mean over simulated trials with its Monte Carlo error."""

    estimate: float
    std_error: float

    @property
    def interval(self) -> tuple[float, float]:
        """The normal 95 % interval of the mean."""
        half = 1.959963984540054 * self.std_error
        return self.estimate - half, self.estimate + half


@dataclass(frozen=True)
class Weighed:
    """One design with what its simulated trials came to."""

    design: Design
    counted: Counted
    level: float

    @property
    def power(self) -> Share:
        """Trials that show what they were made to show, of all; those that cannot answer show nothing."""
        return Share(self.counted.successes, self.counted.trials)

    @property
    def assurance(self) -> Share | None:
        """The same with effects drawn from their prior."""
        return None if math.isnan(self.counted.assured) else Share(self.counted.assured, self.counted.trials)

    @property
    def false_positives(self) -> Share | None:
        """Trials that show what is not there."""
        return None if math.isnan(self.counted.false) else Share(self.counted.false, self.counted.trials)

    @property
    def unanswered(self) -> Share:
        """Trials in which the analysis cannot answer."""
        return Share(self.counted.trials - self.counted.answered, self.counted.trials)

    @property
    def width(self) -> Mean | None:
        """The mean width of the 95 % interval."""
        return _mean(self.counted.width, self.counted.width_squared, self.counted.answered)

    @property
    def estimate(self) -> Mean | None:
        """The mean estimate."""
        return _mean(self.counted.estimate, self.counted.estimate_squared, self.counted.answered)

    @property
    def overstates(self) -> bool:
        """Whether trials show what is not there more often than they may, so that their power is not to be trusted."""
        false = self.false_positives
        if false is None:
            return False
        allowed = self.level + TOLERATED
        return false.estimate > allowed + FAR_ABOVE * math.sqrt(allowed * (1 - allowed) / false.of)

    def reaches(self, planning: Planning) -> str:
        """Whether the design reaches the plan's target: "yes" and "no" by the 95 % interval, "cannot tell" between them."""
        target = planning.plan.target
        found = {"power": self.power, "assurance": self.assurance, "interval width": self.width}[
            target.statistic
        ]
        if found is None or self.overstates:
            return "no"
        low, high = found.interval
        if target.statistic == "interval width":
            return "yes" if high <= target.value else "no" if low > target.value else "cannot tell"
        return "yes" if low >= target.value else "no" if high < target.value else "cannot tell"


def weighed(
    planning: Planning,
    *,
    analysis: Analysis | None = None,
    replicates: int | None = None,
    jobs: int = 1,
    cluster: str | None = None,
    keep: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> list[Weighed]:
    """Every design of the plan with what so many simulated trials of it came to (default: as many as the plan says).

    `analysis` is the report's own, needed where the plan wants it or names one that has no estimator for many trials at once.
    Trials are the same whatever `jobs`, `cluster` and `keep` are, which `replicated` explains.
    """
    if not planning.is_by_arrays and analysis is None:
        raise PlanError(f"analysis = {planning.analysis!r} goes through cohorts; hand over the analysis")
    points = designs(planning)
    used = None if planning.is_by_arrays else analysis
    block = Block(planning, points, replicates or planning.plan.replicates, used)
    key = f"plan {planning.plan.model_dump_json()} {planning.study.model_dump_json()} x {block.replicates}"
    rows = replicated(
        block,
        block.blocks,
        planning.plan.seed,
        jobs=jobs,
        cluster=cluster,
        keep=keep,
        key=key,
        progress=None if progress is None else block.told(progress),
    )
    level = ALPHA[planning.plan.success]
    return [
        Weighed(design, sum((Counted(*row[place]) for row in rows), Counted()), level)
        for place, design in enumerate(points)
    ]


def cheapest(planning: Planning, found: list[Weighed]) -> Weighed | None:
    """The cheapest design that reaches the target; of equal costs the one with fewest people, then visits."""
    reaching = [one for one in found if one.reaches(planning) == "yes"]
    return min(reaching, key=_order, default=None)


def _order(one: Weighed) -> tuple[float, int, int, int, int]:
    layout = one.design.layout
    return one.design.cost, layout.participants, len(layout.weeks), layout.raters, layout.readings


def _mean(total: float, squares: float, count: float) -> Mean | None:
    if count < 2:
        return None
    mean = total / count
    variance = max(squares / count - mean**2, 0.0) * count / (count - 1)
    return Mean(mean, math.sqrt(variance / count))
