"""How common worn discs are, by age and by pain: what goes with age alone, and who was imaged at all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pandas as pd

from lowback.cohort import Cohort
from lowback.describe.groups import EVERYBODY, groups
from lowback.describe.rows import Row, described, refused
from lowback.estimators import NotEstimable
from lowback.estimators.proportions import Proportion, newcombe, wilson
from lowback.estimators.stratified import mantel_haenszel
from lowback.result import Refusal, Result
from lowback.screening import NobodyEligible, baseline_values
from lowback.study import Study

QUESTION = "Are worn discs more common in people who hurt more, at equal age?"
GRADE, AGE, PAIN = "disc_grade", "age_years", "pain_nrs"
WORN, HURTS = 3, 5
BANDS = {"under 40 years": (0, 40), "40 to 59 years": (40, 60), "60 years and over": (60, 200)}
MORE, LESS = f"pain of {HURTS} or more", f"pain under {HURTS}"


def degeneration_by_age(cohort: Cohort, study: Study) -> Result | Refusal:
    """The share of people with a disc of grade 3 or worse, by age and by baseline pain (percent), and the difference by pain at equal age.

    Shares have Wilson's intervals, differences within an age Newcombe's, and that over all ages is Mantel and Haenszel's; positive means more worn discs in
    those who hurt more. Beside it, how many of each were imaged: where images are made because of pain, those imaged are chosen by it. Never causal.

    Pfirrmann et al. 2001, Spine 26:1873-1878 (grades); Serlin et al. 1995, Pain 61:277-284 (pain of 5 or more).
    """
    try:
        people = groups(cohort, study)[EVERYBODY]
    except NobodyEligible as error:
        return refused("degeneration_by_age", QUESTION, str(error), "eligible participants")
    values = pd.DataFrame(
        {name: baseline_values(cohort, study, name).reindex(people) for name in (GRADE, AGE, PAIN)}
    )
    values = values.astype(float)
    lacking = [cohort.variables[name].label for name in values if values[name].notna().sum() == 0]
    if lacking:
        return refused(
            "degeneration_by_age",
            QUESTION,
            f"this cohort does not record {', '.join(lacking)} at baseline",
            *lacking,
        )
    known = values.dropna(subset=[AGE, PAIN])
    if known[GRADE].notna().sum() == 0:
        wanted = [cohort.variables[name].label for name in values]
        return refused(
            "degeneration_by_age",
            QUESTION,
            f"nobody in this cohort has {', '.join(wanted)} all at baseline",
            *wanted,
        )
    rows = [*_by_age(known), *_imaged(known)]
    return described(
        "degeneration_by_age",
        QUESTION,
        rows,
        f"People with a disc of grade {WORN} or worse, of those with an image, an age and a pain score at baseline ({int(known[GRADE].notna().sum())} of "
        f"{len(people)}); shares have Wilson's 95 % intervals, differences within an age Newcombe's, over all ages Mantel and Haenszel's (Sato's errors). An "
        "association: what makes discs wear and backs hurt beside age is not held equal, nor age within a band, and where images are made because of pain, those imaged are "
        "chosen by it.",
        (
            "Mantel & Haenszel 1959, J Natl Cancer Inst 22:719-748; Sato 1989, Biometrics 45:1323-1324",
            "Wilson 1927, J Am Stat Assoc 22:209-212; Newcombe 1998, Stat Med 17:873-890",
            "Pfirrmann et al. 2001, Spine 26:1873-1878 (grades); Serlin et al. 1995, Pain 61:277-284 (pain of 5 or more is moderate or worse)",
        ),
        cohort.variables,
    )


def _by_age(known: pd.DataFrame) -> Iterator[Row]:
    """Count and share with a worn disc by pain in each age band, their difference, and that at equal age."""
    imaged = known.dropna(subset=[GRADE])
    strata = []
    for band, (low, high) in BANDS.items():
        here = imaged[imaged[AGE].between(low, high, inclusive="left")]
        tables = {who: part[GRADE] >= WORN for who, part in _by_pain(here)}
        counts = [number for one in tables.values() for number in (int(one.sum()), len(one))]
        strata.append(counts)
        yield from _shares(tables, band, "worn")
        if counts[1] and counts[3]:
            yield _apart(newcombe(*counts), band, counts[1] + counts[3])
    try:
        compared = sum(one[1] + one[3] for one in strata if one[1] and one[3])
        yield _apart(mantel_haenszel(strata), "equal age", compared)
    except NotEstimable:
        return


def _imaged(known: pd.DataFrame) -> Iterator[Row]:
    """How many of those who hurt more, and of those who hurt less, have an image."""
    yield from _shares({who: part[GRADE].notna() for who, part in _by_pain(known)}, "all ages", "imaged")


def _by_pain(people: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    hurts = people[PAIN] >= HURTS
    yield MORE, people[hurts]
    yield LESS, people[~hurts]


def _shares(tables: Mapping[str, pd.Series], band: str, what: str) -> Iterator[Row]:
    for who, one in tables.items():
        if len(one):
            count, n = int(one.sum()), len(one)
            keys = {"variable": GRADE, "level": what, "age": band, "arm": who, "comparator": ""}
            name, share = f"{what}, {band}, {who}", wilson(count, n)
            yield Row(f"{name}: count", float(count), "participants", n, {**keys, "statistic": "count"})
            yield Row(
                f"{name}: percentage",
                100 * share.estimate,
                "%",
                n,
                {**keys, "statistic": "percentage"},
                _interval(share),
            )


def _apart(found: Proportion, band: str, n: int) -> Row:
    keys = {
        "variable": GRADE,
        "level": "worn",
        "age": band,
        "arm": MORE,
        "comparator": LESS,
        "statistic": "difference",
    }
    return Row(f"worn, {band}, {MORE} less {LESS}", 100 * found.estimate, "%", n, keys, _interval(found))


def _interval(found: Proportion) -> dict[str, float]:
    ends = {"std_error": found.std_error, "conf_low": found.conf_low, "conf_high": found.conf_high}
    return {name: 100 * value for name, value in ends.items()}
