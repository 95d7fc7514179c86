"""Simulated power beside closed forms: `python tests/repeat/planning/planning_page.py [--replicates 10000]`.

Writes docs/planning.md.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(threads, "1")
sys.path[:0] = [str(Path(__file__).parents[at]) for at in (0, 2)]

import numpy as np  # noqa: E402
from planned_cases import CASES  # noqa: E402
from plans import plan, study  # noqa: E402

from lowback.analyses.ancova import ancova  # noqa: E402
from lowback.analyses.slopes import slopes  # noqa: E402
from lowback.repeat.planning import Analysis, Planning, Weighed, weighed  # noqa: E402
from lowback.repeat.planning.expecting import expected, expected_power  # noqa: E402
from made_with import made_with  # noqa: E402

PAGE = Path(__file__).resolve().parents[3] / "docs" / "planning.md"
POINT = 1.0

OPENING = """# Power by simulation beside closed forms

`lowback plan` simulates. Where a closed form exists it must agree: within {point:g} percentage point, at {replicates:,} simulated trials of
each design. Written by

    {command}

on {date} with seed {seed}: lowback {lowback}, numpy {numpy}, scipy {scipy}, Python {python}.

**Use.** A plan is a YAML file beside the study that it is for (`data/plan-example/`; `lowback new` begins one): what is assumed of people like those to
come, the grid of designs, costs, and what a design must reach. `lowback plan PLAN.yml [--replicates N] [--jobs J] [--cluster ADDRESS] [--keep FOLDER] [--out FOLDER]`
prints every design and the cheapest that will do; the notebook `power` shows the same with its curves (`lowback report reports/plan.yml`).
Arms may differ in size (`allocation: {{both: 2}}` lets two join that arm for each one in the others), and `--keep` lets a run that was broken off go on.

**Found.** {within} of {cases} designs agree within {point:g} point; the largest difference is {largest:.2f} points, the largest Monte
Carlo standard error {error:.2f}. A design takes {seconds:.1f} seconds of one core (median; twice {replicates:,} trials: with the effect,
and with none).

**Trials.** Scores are normal with a standard deviation of 2 points; the effect is 1 point in two arms of 50 people unless the design says
otherwise. Every trial is analysed as the report analyses it, by the same estimator for many trials at once
(`estimators/batched/`); tests hold its numbers against those of the report's analysis on the same cohorts. *False positives* are trials that
find an effect where there is none, or pass for equivalent or not inferior with an effect at the margin; 5 % may (of non-inferiority 2.5 %; tests of
equivalence and robust ones of small trials may differ a little).

**Closed forms.** They are functions of `estimators/closed_forms.py`, each with its source and with published sample sizes in its tests:
two groups by the non-central t (Cohen 1988), adjusting for baseline (Borm, Fransen & Lemmens 2007), clusters (Donner & Klar 2000), rates
of change (Diggle, Heagerty, Liang & Zeger 2002, ch. 2), two proportions (Chow, Shao & Wang 2008), equivalence (Phillips 1990). Dropout, adherence,
raters and readings enter by the people who stay, the effect that is left, and the variance and correlation of what is recorded.

## Designs with a closed form

| Design | Simulated, % (MC error) | Closed form, % | Difference | False positives, % | Formula |
|---|---|---|---|---|---|
"""

CONTROLS = """
## Negative controls

A plan must not promise what a study cannot keep. 200 people, 10 to a therapist, and an ICC of 0.05 (0.1, 0.2), with an effect of 0.8 points:

| ICC | Clusters analysed: power, % | Ignored: power, % | Ignored: false positives, % | Flagged |
|---|---|---|---|---|
"""

OWN = """
Flagged designs are named in the method, marked as overstated in the table, and never chosen as the cheapest. A design is flagged when its false positives
are more than 3.5 Monte Carlo standard errors above the level that they may have, plus one point.

## The report's own analysis

With `as_reported: true` every trial becomes a cohort and goes through the analysis that the report runs, {own:,} trials of each design here
(and {own:,} without an effect):

| Design | The report's analysis, % (MC error) | Many trials at once, % | Closed form, % | Milliseconds a trial |
|---|---|---|---|---|
"""


def main(arguments: Sequence[str] | None = None) -> None:
    """Simulate every case and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--replicates", type=int, default=10_000)
    parser.add_argument("--own", type=int, default=1_000)
    parser.add_argument("--out", type=Path, default=PAGE)
    asked = parser.parse_args(arguments)
    timed = [timed_case(make(), asked.replicates) for make in CASES.values()]
    found = [one for one, _ in timed]
    forms = [form_of(make(), one) for make, one in zip(CASES.values(), found, strict=True)]
    apart = [100 * (one.power.estimate - form) for one, form in zip(found, forms, strict=True)]
    opening = OPENING.format(
        point=POINT,
        replicates=asked.replicates,
        command=f"python tests/repeat/planning/planning_page.py --replicates {asked.replicates} --own {asked.own}",
        seed=plan().plan.seed,
        **made_with(),
        within=sum(abs(one) < POINT for one in apart),
        cases=len(CASES),
        largest=max(map(abs, apart)),
        error=max(100 * one.power.std_error for one in found),
        seconds=float(np.median([seconds for _, seconds in timed])),
    )
    rows = [case_row(name, *of) for name, *of in zip(CASES, found, forms, apart, strict=True)]
    text = opening + "\n".join(rows) + "\n" + CONTROLS + "\n".join(control_rows(asked.replicates)) + "\n"
    text += OWN.format(own=asked.own) + "\n".join(own_rows(asked.own, asked.replicates)) + "\n"
    asked.out.write_text(text, encoding="utf-8")


def timed_case(
    planning: Planning, replicates: int, analysis: Analysis | None = None
) -> tuple[Weighed, float]:
    """The one design of a plan, and the seconds of processor that it took."""
    start = time.process_time()
    [found] = weighed(planning, analysis=analysis, replicates=replicates)
    return found, time.process_time() - start


def form_of(planning: Planning, found: Weighed) -> float:
    """The closed form's power of a design that has one."""
    power = expected_power(planning, found.design.layout)
    if power is None:
        raise ValueError(f"{planning.plan.title}: no closed form")
    return power


def case_row(name: str, found: Weighed, form: float, apart: float) -> str:
    """One line of the table of closed forms."""
    formula = expected(CASES[name](), found.design.layout)
    false = found.false_positives
    said = "–" if false is None else f"{100 * false.estimate:.1f}"
    power = f"{100 * found.power.estimate:.1f} ({100 * found.power.std_error:.1f})"
    return f"| {name} | {power} | {100 * form:.1f} | {apart:+.2f} | {said} | {formula.formula if formula else '–'} |"


def control_rows(replicates: int) -> Iterator[str]:
    """Clusters analysed and ignored, for three correlations within them."""
    for icc in (0.05, 0.1, 0.2):
        pair = []
        for ignored in (False, True):
            clusters = {"of": "therapist", "size": 10, "icc": icc, "ignored": ignored}
            planning = plan(assumed={"clusters": clusters, "effect": -0.8}, grid={"participants": [200]})
            pair.append(timed_case(planning, replicates)[0])
        honest, ignored_one = pair
        false = ignored_one.false_positives
        flagged = "yes" if ignored_one.overstates and not honest.overstates else "no"
        yield (
            f"| {icc:g} | {100 * honest.power.estimate:.1f} | {100 * ignored_one.power.estimate:.1f} | "
            f"{100 * (false.estimate if false else np.nan):.1f} | {flagged} |"
        )


def own_rows(own: int, replicates: int) -> Iterator[str]:
    """Plans that go through cohorts and the report's analysis, beside the fast way."""
    lines = {
        "analysis": "slopes",
        "assumed": {"effect": -1.2, "slope_sd": 0.12},
        "grid": {"participants": [140]},
    }
    chosen: dict[str, tuple[Analysis, dict[str, object], list[int]]] = {
        "analysis of covariance, 100 people": (ancova, {}, [0, 12]),
        "rates of change, 140 people, 5 visits, people's slopes differ": (slopes, lines, [0, 3, 6, 9, 12]),
    }
    for name, (analysis, keys, weeks) in chosen.items():
        slow, seconds = timed_case(plan(study(weeks=weeks), as_reported=True, **keys), own, analysis)
        planning = plan(study(weeks=weeks), **keys)
        fast, _ = timed_case(planning, replicates)
        yield (
            f"| {name} | {100 * slow.power.estimate:.1f} ({100 * slow.power.std_error:.1f}) | {100 * fast.power.estimate:.1f} | "
            f"{100 * form_of(planning, fast):.1f} | {1000 * seconds / (2 * own):.0f} |"
        )


if __name__ == "__main__":
    main()
