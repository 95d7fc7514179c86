"""The bands, fixed beforehand, by which an analysis *holds*, is *at risk* or *fails*.

Every band has an edge for *holds* and one for *fails*; between them, and wherever the Monte Carlo error reaches over an edge,
an analysis is *at risk*. So few replicates never give a false *holds*; they say that they are too few.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import sqrt

from lowback.certificate import Verdict, worst
from lowback.repeat.performance import Figure, Performance

LEVEL = 0.95
# Coverage that is right at 5,000 replicates; two of their standard errors further out nothing is right at any number.
BAND, BAND_REPLICATES = (0.939, 0.962), 5000
REACH = 2.0
# An analysis is not condemned by chance: so many standard errors beyond the edge, and so many answers at least.
SURE, FEWEST = 2.5, 30
SLACK = REACH * sqrt(LEVEL * (1 - LEVEL) / BAND_REPLICATES)
# A type I error of a test at 5 %.
TYPE_ONE = 1 - BAND[0]
# Model over empirical standard error: a tenth too small makes intervals of 95 % cover 92 %.
SE_HOLDS, SE_FAILS = (0.93, 1.10), 0.90
# Bias in standard errors: 0.4 makes intervals of 95 % cover 93 % (Collins, Schafer & Kam 2001, Psychol Methods 6:330-351).
BIAS_HOLDS, BIAS_FAILS = 0.2, 0.4
# Share of cohorts without an answer.
REFUSED_HOLDS, REFUSED_FAILS = 0.05, 0.10

Finding = tuple[Verdict, str]


def judged(worlds: Mapping[str, Performance]) -> tuple[Verdict, tuple[str, ...]]:
    """The verdict on one row of an analysis over every world it was tried in, and the reasons why it is not better."""
    found = [
        (verdict, f"{reason} (effect: {world})")
        for world, performed in worlds.items()
        for verdict, reason in findings(performed)
    ]
    verdict = worst([one for one, _ in found])
    return verdict, tuple(reason for one, reason in found if one == verdict != "holds")


def findings(performed: Performance) -> Iterator[Finding]:
    """The verdict on each figure of one world, with what is to be said of it."""
    yield _refused(performed.refused, performed.replicates)
    answered = performed.replicates * (1 - performed.refused.value)
    if answered < 2:
        return
    yield _coverage(performed.coverage, answered)
    yield _type_one(performed.type_one, answered)
    yield _bias(performed, answered)
    if performed.se_ratio.value == performed.se_ratio.value:
        yield _se_ratio(performed.se_ratio, answered)


def _coverage(figure: Figure, answered: float) -> Finding:
    value, reach = figure.value, _reach(figure.value, answered)
    sure = reach * SURE / REACH
    said = f"coverage {_percent(value)} ± {_percent(reach)}"
    if value + sure < BAND[0] and answered >= FEWEST:
        return "fails", f"{said}: below {_percent(BAND[0])}"
    if value - reach > BAND[1]:
        return "at risk", f"{said}: above {_percent(BAND[1])}, intervals wider than need be"
    near = _near(answered)
    if BAND[0] + near <= value <= BAND[1] - near:
        return "holds", said
    return "at risk", f"{said}: cannot be told to lie within {_percent(BAND[0])} to {_percent(BAND[1])}"


def _type_one(figure: Figure, answered: float) -> Finding:
    value, reach = figure.value, _reach(figure.value, answered)
    sure = reach * SURE / REACH
    said = f"type I error {_percent(value)} ± {_percent(reach)}"
    if value - sure > TYPE_ONE and answered >= FEWEST:
        return "fails", f"{said}: above {_percent(TYPE_ONE)}"
    if value <= TYPE_ONE - _near(answered):
        return "holds", said
    return "at risk", f"{said}: cannot be told to be at most {_percent(TYPE_ONE)}"


def _bias(performed: Performance, answered: float) -> Finding:
    spread = performed.empirical_se.value
    if spread <= 0:
        wrong = abs(performed.bias.value) > 1e-9
        return (
            "fails" if wrong else "holds"
        ), f"bias {performed.bias.value:.3g}, the same in every replicate"
    value, reach = abs(performed.bias.value) / spread, REACH * performed.bias.error / spread
    said = f"bias {performed.bias.value:.3g}, {value:.2f} ± {reach:.2f} standard errors"
    if value - SURE / REACH * reach > BIAS_FAILS and answered >= FEWEST:
        return "fails", f"{said}: above {BIAS_FAILS:g}"
    if value + reach <= BIAS_HOLDS:
        return "holds", said
    return "at risk", f"{said}: cannot be told to be at most {BIAS_HOLDS:g}"


def _se_ratio(figure: Figure, answered: float) -> Finding:
    value, reach = figure.value, REACH * figure.error
    said = f"standard errors {value:.2f} ± {reach:.2f} times the true ones"
    if value + SURE * figure.error < SE_FAILS and answered >= FEWEST:
        return "fails", f"{said}: below {SE_FAILS:g}"
    if value - reach >= SE_HOLDS[0] and value + reach <= SE_HOLDS[1]:
        return "holds", said
    return "at risk", f"{said}: cannot be told to lie within {SE_HOLDS[0]:g} to {SE_HOLDS[1]:g}"


def _refused(figure: Figure, replicates: int) -> Finding:
    # With none refused of n, as many as 3 in n may be (95 %; Hanley & Lippman-Hand 1983, JAMA 249:1743-1745).
    value, reach = figure.value, max(REACH * figure.error, 3 / replicates if not figure.value else 0.0)
    said = f"no answer in {_percent(value)} of cohorts"
    if value == 1 or (value - SURE * figure.error > REFUSED_FAILS and replicates >= FEWEST):
        return "fails", f"{said}: more than {_percent(REFUSED_FAILS)}"
    if value + reach <= REFUSED_HOLDS:
        return "holds", said
    return "at risk", f"{said} (of {replicates}): cannot be told to be at most {_percent(REFUSED_HOLDS)}"


def _reach(value: float, answered: float) -> float:
    """Two Monte Carlo standard errors, at least those of the nominal level, so that 100 % of a few is not certain."""
    return REACH * sqrt(max(value * (1 - value), LEVEL * (1 - LEVEL)) / answered)


def _near(answered: float) -> float:
    """How far inside an edge a share must lie to hold: 0 at 5,000 replicates, more with fewer."""
    return REACH * sqrt(LEVEL * (1 - LEVEL) / answered) - SLACK - 1e-12


def _percent(value: float) -> str:
    return f"{100 * value:.1f} %"
