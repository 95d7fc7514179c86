"""Shares mediated, coverage and false claims: `python tests/mediation/mediation_page.py [--trials 1600 --cohorts 500 --nulls 250 --within 60]`.

Writes docs/mediation.md.
"""

from __future__ import annotations

import argparse
import datetime
import os
import sys
from collections.abc import Sequence
from pathlib import Path

# Matrices are small: threads would only wait for one another.
for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(threads, "1")
sys.path.insert(0, str(Path(__file__).parent))

import numpy as np  # noqa: E402
from proofs import ARM, CONTROL, Covered, coverage, estimate, results, study, true_share  # noqa: E402
from vignette import FRAMED, JOBS, PARTS, from_r, split  # noqa: E402
from within_proofs import section as within_section  # noqa: E402
from worlds import WORLDS  # noqa: E402

from lowback.simulate.scenario import claim_scenario  # noqa: E402

PAGE = Path(__file__).resolve().parents[2] / "docs" / "mediation.md"
SEED = 20261122
LOW, HIGH = 93.9, 96.2
TRIAL = (CONTROL, ARM, "strengthening", "both")

OPENING = """# Mediation: by which path an effect runs

`analyses.mediation` splits an arm's effect into what runs by way of mediators (hip extension, then pelvic tilt) and what runs beside them;
`analyses.mediation_sensitivity` says how much unmeasured confounding, or error in a mediator, would change the answer. This page holds the
method in short and the figures that it was tried with. Written by

    {command}

on {date} with seed {seed}.

## What is estimated

The indirect effect is the *randomised-interventional* one: by how much the outcome would change if everybody had
mediators as drawn from people of the arm with the same covariates in place of such of the comparator, all else kept. One slope for all arms makes it
the same under either; the rows "slopes by arm" move the mediators under the arm, and hold them as the comparator's people have them in the direct effect,
and where their interaction is shown the answer says so and gives that split too. It needs no assumption on what nobody can see (a person's mediator
under one arm together with the outcome under the other), and it stands where something that the arm changes (activity, sessions done) moves
both mediators and outcome: such *confounders* are named in the estimand. Several mediators stand in a sequence, and each path through
them has a row. Total = direct + all paths, exactly.

How much people do of their arm's programme is such a cause too: who does more moves the mediator further and gets better by other ways. The comparator
has no programme, so that nothing is done there by definition and nothing need be measured. An estimand that names it as `doses:
[adherence]` adjusts for it: each person's mean over the visits up to the mediators', as its distance from the arm's, 0 in an arm without
records. What the arm does by way of it to the mediator stays in the indirect effect, what it does to the outcome in the direct one
(VanderWeele, Vansteelandt & Robins 2014). Its error is how visits scatter around a person's mean, and is taken off where people differ
beyond that scatter (F test at 0.1 %); else the mean enters as it is. This takes a person's level for what moves mediator and
outcome; if single sessions did, and were recorded without error, too much would be taken off, and the row "naive" has the split
without any correction.

All models are linear, so that the g-formula has a closed form in means and covariances and nothing is drawn at random in it. From that follows
the rest: gaps are dealt with by maximum likelihood under a normal distribution, fed by the visits between; error variances (from
second readings in the cohort, else from the data dictionary) are taken off the covariances; and drawing people again is one matrix
product, exact without gaps and to first order with them (2,000 groups of people take a fraction of a second). Mediators are adjusted for their own
baseline, whose error is taken off as well: a change score would not do that.

Error in a mediator makes the indirect effect too small and the direct effect too large; the naive split is shown beside. Where error may be as
large as what is observed (nothing is left of a variance in more of the groups of people drawn again than an interval leaves out at an end, 2.5 % at most), the parts cannot be told, and
the total stands alone.

An estimand with `mediator_slope: within persons` takes what goes with a unit of the one mediator from all visits from baseline to the outcome's: one slope for
all of them, mediator and outcome both about the person's own mean, at equal arm, covariates and doses at each visit (whose slopes may differ by
visit), the error variance of each visit taken off (Griliches & Hausman 1986). What the arm does to the mediator, and to the outcome in all, is that at the
outcome's visit as before, so that the indirect effect is the product of the two, and total = direct + indirect, exactly. It is more
precise than the slope at one visit where a mediator hardly varies beside what lasts in a person, and what lasts does not enter it; what comes and goes
together with mediator and outcome still does, and what shows at the next visit only is missed. It is not asked of several mediators or with
confounders, it has no slopes by arm, and the sensitivity analysis does not answer it.

## What it cannot do

Chance assigns arms, not mediators. Whatever moves mediator and outcome together and is neither named nor measured is taken for mediation:
the sensitivity analysis says how much of it would be needed. Curves and yes-or-no outcomes are not modelled. Two mediators of which one
nearly decides the other, with error in both, cannot be told apart in some hundred people; the analysis then says so, and one
of them alone can be asked about. Nor can what a mediator does be told where it hardly varies but for its own baseline, the dose and error: in the world
`chain` of [the mechanism's certificates](certificates-mechanism.md), hip extension at one visit of 160 people mostly leaves the total alone: an interval needs what is left of the mediator's variance, given all else and without
error, to lie two of its standard errors above nil, and one visit of such a cohort leaves about as much as that. More visits of the same people do
better (slopes within persons, below).
"""


def main(arguments: Sequence[str] | None = None) -> None:
    """Try it all and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=1600)
    parser.add_argument("--cohorts", type=int, default=500)
    parser.add_argument("--nulls", type=int, default=250)
    parser.add_argument("--within", type=int, default=60)
    parser.add_argument("--out", type=Path, default=PAGE)
    given = parser.parse_args(arguments)
    command = f"python tests/mediation/mediation_page.py --trials {given.trials} --cohorts {given.cohorts} --nulls {given.nulls} --within {given.within}"
    date = datetime.datetime.now(datetime.UTC).date().isoformat()
    found = [one for world in WORLDS for one in coverage(world, given.trials, SEED)]
    parts = [
        OPENING.format(command=command, date=date, seed=SEED),
        _shares(given.cohorts),
        _coverage(found),
        _nulls(given.nulls),
        within_section(given.within, SEED),
        vignette_section(),
    ]
    given.out.write_text("\n".join(parts), encoding="utf-8")


def _shares(cohorts: int) -> str:
    """The section on the share mediated with and without correction."""
    share, by_way = true_share()
    asked = study("pelvic_tilt_deg", arms=(CONTROL, ARM))
    said = list(results("mediated", asked, 300, cohorts, SEED))
    rows = []
    for correction in ("corrected", "naive"):
        parts = np.array([estimate(one, "indirect", correction) for one in said])
        totals = np.array([estimate(one, "total", correction)[0] for one in said])
        shares = np.array([estimate(one, "share mediated", correction)[0] for one in said])
        held = np.nanmean((parts[:, 1] <= by_way) & (by_way <= parts[:, 2]))
        rows.append(
            f"| {correction} | {100 * np.nanmean(parts[:, 0]) / np.nanmean(totals):.1f} % | {100 * np.nanmean(shares):.1f} % "
            f"| {100 * np.nanmedian(shares):.1f} % | {np.nanmean(parts[:, 0]):.3f} | {100 * held:.1f} % |"
        )
    refused = sum(bool(np.isnan(estimate(one, "indirect", "corrected")[0])) for one in said)
    return f"""## The share mediated comes back

Scenario `mediated`, 300 people in two arms, {cohorts} cohorts ({refused} refused): {100 * share:.1f} % of the effect ({by_way:.3f} points) runs by way of the
pelvis, and tilt as analysed (the mean of two readings) has a reliability of 0.65. The error variance is estimated from the pairs of readings.

| tilt | mean indirect over mean total | mean share | median share | mean indirect effect | interval holds the truth |
|---|---|---|---|---|---|
{chr(10).join(rows)}
"""


def _coverage(found: Sequence[Covered]) -> str:
    """The section on coverage in worlds whose effects follow by hand."""
    rows = [
        f"| {one.world} ({one.people}) | {one.effect} | {one.truth:.2f} | {one.mean:.3f} | {one.naive:.3f} | {100 * one.coverage:.1f} % | "
        f"{_verdict(one)} | {one.refused} |"
        for one in found
    ]
    trials = max(one.trials + one.refused for one in found)
    error = 100 * np.sqrt(0.95 * 0.05 / trials)
    return f"""## Intervals hold the truth

Trials of two arms, one mediator and pain with normal errors (`tests/mediation/worlds.py` has the equations), {trials} each, 95 % expanded
percentile intervals. `inside`: coverage from {LOW} to {HIGH} %, or no further from it than twice the Monte Carlo error ({error:.2f} percentage points).

| world (people) | effect | truth | mean estimate | mean naive | coverage | verdict | refused |
|---|---|---|---|---|---|---|---|
{chr(10).join(rows)}
"""


def _verdict(one: Covered) -> str:
    slack = 200 * np.sqrt(0.95 * 0.05 / one.trials)
    if 100 * one.coverage < LOW - slack:
        return "too low"
    return "too high" if 100 * one.coverage > HIGH + slack else "inside"


def _nulls(cohorts: int) -> str:
    """The section on chains that do not hold."""
    asked = {
        "stretching lengthens the hip, pain does not care (C14 false)": (claim_scenario("C14", False), ()),
        "activity moves hip and pain, stretching does nothing to pain (C14 trap)": (
            claim_scenario("C14", "trap"),
            ("steps_per_day",),
        ),
    }
    rows = []
    for name, (scenario, confounders) in asked.items():
        question = study("pelvic_tilt_deg", arms=TRIAL, confounders=confounders)
        rows_of = np.array(
            [
                estimate(one, "indirect", "corrected")
                for one in results(scenario, question, 256, cohorts, SEED)
            ]
        )
        claimed = np.sum((rows_of[:, 1] > 0) | (rows_of[:, 2] < 0))
        refused = int(np.isnan(rows_of[:, 0]).sum())
        rows.append(
            f"| {name} | {np.nanmean(rows_of[:, 0]):.3f} | {claimed} ({100 * claimed / cohorts:.1f} %) | {refused} |"
        )
    return f"""## Where nothing runs by way of the pelvis, nothing is claimed

{cohorts} cohorts of 256 people in four arms each. An indirect effect is claimed where its 95 % interval excludes 0.

| cohorts | mean indirect effect (NRS points) | claimed | refused |
|---|---|---|---|
{chr(10).join(rows)}
"""


def vignette_section() -> str:
    """The section on the examples of R's package `mediation`."""
    rows = [
        f"| {title} | {part} | {float(getattr(split(what), part)):.5f} | {_by_lm(what, part):.5f} | {one.estimate:g} | {one.low:g} to {one.high:g} |"
        for what, title, printed in (("jobs", "job search", JOBS), ("framing", "framing", FRAMED))
        for part, one in ((part, printed[part]) for part in PARTS)
    ]
    probit = from_r("framing_probit")
    return f"""## Beside R's package mediation

That package is not among what this page is made with; its examples are published with what `mediate` printed (1,000 simulations each; where, says
`tests/mediation/vignette.py`). Of the trial of job search (899 people; mediator and outcome as lines) ours are what R's `lm` gives to the last digit,
the product a b and the coefficient of the arm, and what `mediate` printed but for its Monte Carlo error. The share mediated that it printed, 0.21, is
the middle of ratios whose denominator may be nil; ours gives none there, as the total effect is not clearly other than nil.

| example | effect | ours | lm | printed by mediate | its 95 % interval |
|---|---|---|---|---|---|
{chr(10).join(rows)}

The outcome of the framing experiment (265 people) is a yes or a no, which the vignette models by a probit; ours has lines only. The probit
gives, without drawing, {probit["acme"]:.5f} indirect, {probit["ade"]:.5f} direct and {probit["total"]:.5f} in total: what is printed but for Monte Carlo error, and near to the line
through the same yes and no, which is what is compared here.
"""


def _by_lm(what: str, part: str) -> float:
    return from_r(what)["a_times_b" if part == "indirect" else part]


if __name__ == "__main__":
    main()
