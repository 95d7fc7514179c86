"""`python tests/simulate/simulator_page.py` writes docs/simulator.md: what simulated cohorts are made with and how like the published ones they are."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from datetime import date
from pathlib import Path

import pandas as pd

sys.path.insert(0, str(Path(__file__).parent))

from calibration_targets import Found, calibration

from lowback.simulate import SCENARIOS, parameters_table
from lowback.simulate.parameters import course_symbols
from lowback.simulate.scenario import FOLDER

SCENARIO = FOLDER / "field.yml"
PAGE = Path(__file__).resolve().parents[2] / "docs" / "simulator.md"
COHORTS, PEOPLE, SEED, MEASURED_AGAIN = 20, 1000, 1, 5

OPENING = """# The simulator

Cohorts of people who do not exist, made by equations whose every coefficient stands below with its source, so that the true answer to
each question is known. The equations are in the first lines of `src/lowback/simulate/__init__.py`; this page is written by
`python tests/simulate/simulator_page.py`, and a test checks that it is what the code gives. Made on {day}, {cohorts} cohorts of
{people:,} people, seeds {first} to {last}.

```sh
lowback simulate --scenario literature --participants 160 --seed 1 --out FOLDER
lowback simulate --scenario field --participants 75000 --seed 1 --out FOLDER --format parquet --jobs 2
```

## A scenario

A scenario is a file such as this one, `field`; every key but `title` and `says` may be left out.

```yaml
{scenario}
```

What is not asked for is not recorded and adds no error. A reading is the true angle, plus the shifts of rater and site, plus the
device's drift since its calibration, plus an error of its own, in steps of 0.1 degrees or, for a share `angle_to_five`, of 5. Shifts of
raters have the variance by which the published reliability between raters is below that within one. `site_pain_sd` adds a level of pain to
everybody at a site; a site more takes people from the others and changes nobody else. Two check-ins a day ask for the same pain, that of
the day, unless something of the course within the weeks is switched on (`back_moment_sd` and others below) or check-ins have errors of their own.

Records are missing completely at random (MCAR), at random given the pain of the last visit (MAR), or by the pain that
would have been recorded (MNAR); which, how strongly and how many stands in the README beside each cohort. Drop-out by the last visit takes the
score of that visit as known also where the visit itself was missed (3 % of them).

The random numbers come from streams by seed, component and block of 256 people. A cohort therefore has the same bytes for any
number of processes, more people leave the first ones as they were, and a record that is added leaves all others as they were.

## Claims as switches, and true effects

`claims: {{C02: true, C14: trap}}` in a scenario sets the figures by which a claim is true, is false, or is false while a naive analysis
says that it is true; `src/lowback/simulate/scenarios/claims.yml` says for each what is set, what of the model answers it, and which
mistake its trap is set for. Two switches that contradict each other are refused unless `parameters` decides between them. `trap_c01` to
`trap_c39` ship, each with one trap; `feedback` has days that answer to pain, and in `chosen` people choose their programme. The truth
beside a cohort has a row for each claim. Other effects are asked for by what is done to everybody, on the same people and random numbers:

```python
from lowback.simulate import Intervention, Rule, mediated_effect, true_effect

more_sitting = Intervention(shifted={{"sitting_hours": 2}})
true_effect("mechanism", "pain_nrs", more_sitting, day=60)
more_sessions = Intervention(arm="strengthening", scaled={{"session_done": 1.5}})
true_effect("literature", "pain_nrs", more_sessions, Intervention(arm="strengthening"), week=12)
hips_first = Rule(column="hips_first", when="pain_nrs", at_least=7)
true_effect("trap_c16", "pain_nrs", Intervention(arm="hips and back", rules=(hips_first,)), day=57)
stretching, usual_care = Intervention(arm="hip-flexor stretching"), Intervention(arm="usual care")
mediated_effect("mechanism", "pain_nrs", "hip_extension_deg", stretching, usual_care, week=12)
```

## Like the published ones?

{count} quantities that `literature` was set to, {within} of them within the range allowed: the published interval where there is one, else a
twentieth of the SD for means and of itself for SDs, 0.03 to 0.05 for correlations and reliabilities, a quarter for the difference by activity and a
seventh for gains, each up to 3.5 Monte Carlo errors. The Monte Carlo error is the standard error of the mean over the cohorts, {again} of which are measured with each instrument. Correlations, courses and gains are
measured on the records as an analyst would have them, errors and gaps included; only the two ratings of pain on one occasion are
taken from the model, because visits ask once.

"""

NOT_MATCHED = """
## What could not be matched, and why

- **Anything about people without back pain.** Tilt of 3.5 degrees and hip extension of 6.8 in healthy people, the differences between
  people with and without pain (tilt SMD 0.24, lordosis 0.01), the odds ratios of sitting (1.42, 1.47) and of hip range (0.97 a degree), and the
  shares with anterior tilt: everybody simulated has back pain.
- **Anything after week 12.** Pain at weeks 26 and 52, recurrence within a year (0.333), the correlations over five years (pain 0.40, ODI
  0.83) and the loss of a quarter in five years. That some 13 % leave within twelve weeks is an assumption.
- **Acute pain**, and pain in the general population (30.8 of 100, SD 26.6): people are enrolled with lasting pain of 2.5 or more.
- **Hip extension has no agreed mean.** -4.2 (chronic pain), 11.15 (soldiers) and 18.14 degrees (163 adults) cannot all be met. The mean is
  the first one's, the SD the second one's.
- **Stretching and lordosis.** One session moved tilt by -1.2 degrees and lordosis not at all, and individual changes were unrelated (Preece
  2021). Here lordosis follows the tilt of the same person one to one, as in voluntary tilting (Levine and Whittle 1996), and
  tilt follows hip extension. The two sources contradict each other; set `tilt_per_hip_within` or
  `lordosis_per_tilt_within` to 0 for the first.
- **Hip extension with lordosis.** The correlation of -0.09 (25 people) is met only as far as its interval: no path leads there in `literature`.
- **Tilt between raters.** Inclinometers agree with 0.81 to 0.88 in one study (Beardsley 2016) and 0.60 in another (Prushansky 2008), which is
  taken. The palpation meter's SEM of 3.6 degrees (Hagins 1998) does not go with its ICC of 0.98 and is not used.
- **Sensitivity and specificity of the modified Thomas test** (0.32, 0.57): they come from a pelvis that moves during the test; here errors do
  not depend on what is measured.
- **Adherence.** 0.08 to 0.91 are means of studies, and here the bounds of persons; that up to 70 % never begin is not simulated.
- **No published figure at all** stands behind what the sources below call an assumption; of the inclinometer's error within a rater, of
  trigonometric tilt between raters, of sites, of drift and of favoured numbers nothing was found.

"""

PARAMETERS = """## The figures

Each figure by its symbol, in the three scenarios that others start from. "Derived" names the arithmetic, "assumption" says that
nothing published stands behind it.

"""
COURSE = """
## The figures of the course within the twelve weeks

Mornings and evenings, and what claims switch on; the three scenarios above do without.

"""


def page(found: Iterable[Found], day: date) -> str:
    """The page as markdown: how a scenario is written, the comparison, what could not be matched, all figures."""
    every = list(found)
    opening = OPENING.format(
        day=f"{day.day} {day:%B %Y}",
        cohorts=COHORTS,
        people=PEOPLE,
        first=SEED,
        last=SEED + COHORTS - 1,
        again=MEASURED_AGAIN,
        scenario=SCENARIO.read_text(encoding="utf-8").rstrip(),
        count=len(every),
        within=sum(one.within for one in every),
    )
    lines = ["| quantity | published | allowed | simulated | Monte Carlo error | within | source |"]
    lines += ["|---|---|---|---:|---:|---|---|", *map(compared, every)]
    table, course = parameters_table(), parameters_table()["symbol"].isin(course_symbols())
    figures = PARAMETERS + figures_table(table[~course]) + COURSE + figures_table(table[course])
    return opening + "\n".join(lines) + "\n" + NOT_MATCHED + figures


def compared(one: Found) -> str:
    """One quantity as a line of the comparison."""
    target = one.target
    cells = [
        target.quantity,
        target.published,
        f"{target.low:.4g} to {target.high:.4g}",
        f"{one.value:.4f}",
        f"{one.error:.4f}",
        "yes" if one.within else "**no**",
        target.source,
    ]
    return "| " + " | ".join(cells) + " |"


def figures_table(figures: pd.DataFrame) -> str:
    """The figures as a table, one line a symbol."""
    lines = ["| symbol | figure | unit | literature | mechanism | null | source |", "|---|---|---|---:|---:|---:|---|"]  # fmt: skip
    for row in figures.to_dict("records"):
        values = [f"{row[scenario]:g}" for scenario in SCENARIOS]
        cells = [f"`{row['symbol']}`", row["name"], row["unit"], *values, row["source"]]
        lines.append("| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__).parse_args()
    PAGE.write_text(page(calibration(COHORTS, PEOPLE, SEED, MEASURED_AGAIN), date.today()), encoding="utf-8")
