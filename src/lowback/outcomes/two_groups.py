"""How often something happened where an exposure was and where it was not, with bounds for what was recalled or not seen."""

from __future__ import annotations

import numpy as np

from lowback.estimators.intervals import contrast, student_interval
from lowback.estimators.proportions import Proportion, newcombe, wilson
from lowback.estimators.standardised import StandardisedRisks, standardised_risks
from lowback.outcomes.cell_means import Row
from lowback.outcomes.events import Known
from lowback.outcomes.scores import Array

Numbers = dict[str, float]


def two_group_rows(known: Known) -> list[Row]:
    """Each group's count and share as it was found, the standardised difference of the two, and its bounds.

    Shares have Wilson's interval. The difference is that of mean predicted risks with everybody in either group; where all or
    none of a group had it there are no such risks, and the shares themselves are compared with Newcombe's interval. What was
    recalled by people who know of their exposure has a row in which any part of what either group recalls may be not so, and, where
    those with the exposure recall more, the share of it that would have to be not so for no difference. Where
    the event was not looked for in everybody, a row gives the others whatever moves the difference most.

    Wilson 1927, J Am Stat Assoc 22:209-212; Newcombe 1998, Stat Med 17:873-890; Ge et al. 2011, Drug Inf J 45:481-493;
    Sackett 1979, J Chronic Dis 32:51-63 (recall); Horowitz & Manski 2000, J Am Stat Assoc 95:77-84.
    """
    seen, exposed = known.seen, known.exposures == 1
    change = _difference(known, known.outcome, seen)
    rows = [*_group_rows(known, "with", "yes", exposed), *_group_rows(known, "without", "no", ~exposed)]
    rows.append(_row(known, "risk difference", "", change, seen))
    if known.is_recalled:
        rows += _recalled_rows(known, change)
    if not seen.all():
        everybody = np.ones_like(seen)
        ends = [
            _difference(known, np.where(seen, known.outcome, worst), everybody)
            for worst in (exposed * 1.0, ~exposed * 1.0)
        ]
        bounds = _between(change, *((one["conf_low"], one["conf_high"]) for one in ends))
        words = f", whatever {int((~seen).sum())} not asked had"
        rows.append(_row(known, "risk difference, bounds", words, bounds, everybody))
    return rows


def is_plain(known: Known, outcome: Array, used: np.ndarray) -> bool:
    """Whether all or none of a group had it, so that nothing can be adjusted for."""
    groups = [outcome[used & (known.exposures == value)] for value in (0, 1)]
    return any(len(np.unique(one)) < 2 for one in groups)


def _difference(known: Known, outcome: Array, used: np.ndarray) -> Numbers:
    if is_plain(known, outcome, used):
        with_it, without = (outcome[used & (known.exposures == value)] for value in (1, 0))
        return vars(newcombe(int(with_it.sum()), len(with_it), int(without.sum()), len(without)))
    found = _risks(known, outcome, used)
    return student_interval(*contrast(found.risks, found.covariance, (-1, 1)), _df(known, found))


def _risks(known: Known, outcome: Array, used: np.ndarray) -> StandardisedRisks:
    """The risk with everybody without the exposure, and with everybody with it."""
    return standardised_risks(
        outcome[used],
        known.exposures[used].astype(int),
        known.covariates[used],
        arm_names=("no", "yes"),
        names=known.names,
    )


def _df(known: Known, found: StandardisedRisks) -> float:
    return found.n_rows - len(known.names) - 2.0


def _recalled_rows(known: Known, change: Numbers) -> list[Row]:
    """The difference were any part of what is recalled not so, and the part that would undo it."""
    seen = known.seen
    most = [_share(known, known.exposures == value).conf_high for value in (0, 1)]
    words = ", were any of what either recalls not so"
    rows = [_row(known, "risk difference, recalled", words, _between(change, (-most[0], most[1])), seen)]
    if is_plain(known, known.outcome, seen) or change["estimate"] <= 0:
        return rows
    found = _risks(known, known.outcome, seen)
    without, with_it = (float(one) for one in found.risks)
    error = contrast(np.zeros(2), found.covariance, (1 / without, -1 / with_it))[1]
    ratio = student_interval(float(np.log(without / with_it)), error, _df(known, found))
    share = {
        "estimate": 1 - without / with_it,
        "conf_low": max(0.0, 1 - float(np.exp(ratio["conf_high"]))),
        "conf_high": 1 - float(np.exp(ratio["conf_low"])),
    }
    key, row = _row(known, "recalled wrongly for none", "", share, seen)
    term = "share of what those with it recall that would have to be not so for no difference"
    return [*rows, (key, {**row, "term": term})]


def _between(change: Numbers, *ends: tuple[float, float]) -> Numbers:
    """The estimate, with an interval that spans those of all."""
    every = ((change["conf_low"], change["conf_high"]), *ends)
    low, high = min(one for one, _ in every), max(one for _, one in every)
    return {"estimate": change["estimate"], "conf_low": low, "conf_high": high}


def _row(known: Known, statistic: str, words: str, numbers: Numbers, used: np.ndarray) -> Row:
    row: dict[str, object] = {
        "term": f"risk difference {known.by}{words}",
        "unit": "proportion",
        "n_participants": int(used.sum()),
    }
    return {"statistic": statistic}, {**row, **numbers}


def _share(known: Known, group: np.ndarray) -> Proportion:
    found = known.outcome[group & known.seen]
    return wilson(int(found.sum()), len(found))


def _group_rows(known: Known, which: str, answer: str, group: np.ndarray) -> list[Row]:
    """How many of a group had it, and their share."""
    share, found = _share(known, group), known.outcome[group & known.seen]
    where = f"where {known.exposure.label}: {answer}"
    key, row = _row(known, f"events {which}", "", {"estimate": float(found.sum())}, group & known.seen)
    counted: Row = (key, {**row, "term": f"people with it {where}", "unit": "participants"})
    key, row = _row(known, f"risk {which}", "", vars(share), group & known.seen)
    return [counted, (key, {**row, "term": f"risk {where}"})]
