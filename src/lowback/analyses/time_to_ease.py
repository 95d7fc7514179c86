"""After a long bout of sitting, does pain take longer to ease on standing up? Told from what people report minutes later."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lowback.cohort import Cohort
from lowback.estimators import NotEstimable
from lowback.estimators.clustered import clustered_least_squares
from lowback.estimators.clustered_share import clustered_share
from lowback.estimators.easing import mean_time, not_yet_over, pseudo_shares
from lowback.outcomes import cannot_be_fitted
from lowback.outcomes.asking import Asking, answered_of_people
from lowback.outcomes.easing import Bouts, bouts
from lowback.outcomes.moments import Moments, taken
from lowback.outcomes.scores import Array
from lowback.result import Refusal, Result, estimates_frame
from lowback.study import Estimand, Study

ASKING = Asking(
    "time_to_ease",
    "time to ease",
    "Does {label} take longer to ease after more of “{exposure}”?",
    "Does pain take longer to ease after a long bout of sitting?",
)
HURT, ALL = "bouts that hurt", "all bouts, those that do not hurt as 0 min"
WITHIN, RECORDED = "within persons", "as recorded"
# Shares that differ by less are all 0 or all 1: by then nothing has eased, or all has.
ALIKE = 1e-9
# Of bouts and not of people, of whom it tells no count.
SHARE = "proportion of bouts"
SOURCES = (
    "Kaplan & Meier 1958, J Am Stat Assoc 53:457-481; Ying & Wei 1994, J Multivariate Anal 50:17-29 (the share not yet eased)",
    "Andersen, Klein & Rosthoj 2003, Biometrika 90:15-27, doi:10.1093/biomet/90.1.15 (what each bout adds to it)",
    "Royston & Parmar 2013, BMC Med Res Methodol 13:152, doi:10.1186/1471-2288-13-152 (restricted mean time)",
    "Bell & McCaffrey 2002, Survey Methodology 28:169-181; Pustejovsky & Tipton 2018, J Bus Econ Stat 36:672-683 (errors with few people)",
    "Korn & Graubard 1998, Survey Methodology 24:193-201 (shares of bouts)",
)
Row = tuple[dict[str, object], dict[str, object]]


def time_to_ease(cohort: Cohort, study: Study) -> Result | Refusal:
    """How many minutes longer pain takes to ease after so much more of an exposure, of the minutes that people are asked about.

    In min per `per` of the exposure; positive means slower. A person's bouts are compared with each other, at equal pain on standing up
    at the check-in before and equal time; what counts as eased the estimand's `responders` say, the first of them first. Pain that
    eases between two reports counts to the middle between them. Beside it: the same as recorded, over all bouts with those that do not hurt as 0
    minutes, the share not yet eased at each report, within persons and of long and short bouts (`threshold`, else half of the moments), and which
    share of them hurts at all. A refusal says what is missing. Never causal: people choose how long they sit.

    Sources: `SOURCES`.
    """
    return answered_of_people(cohort, study, ASKING, _answer)


@dataclass(frozen=True, eq=False)
class _Asked:
    """The bouts by one rule, and how much more of the exposure an estimate is for."""

    of: Bouts
    per: float

    @cached_property
    def shares(self) -> Array:
        """What each spell adds to the share not yet eased at each report."""
        return pseudo_shares(self.of.spells)

    @cached_property
    def minutes(self) -> Array:
        """What each spell adds to the mean minutes until eased."""
        return mean_time(self.shares, self.of.spells.times)

    @property
    def per_unit(self) -> str:
        """What an effect is for."""
        return f"per {self.per:g} {self.of.read.exposure.unit}"

    @property
    def levels(self) -> tuple[tuple[str, NDArray[np.bool_]], ...]:
        """Long and short bouts, by moment."""
        of, unit = self.of, self.of.read.exposure.unit
        return (f"at least {of.long_from:g} {unit}", of.is_long), (
            f"under {of.long_from:g} {unit}",
            ~of.is_long,
        )


def _answer(people: Cohort, study: Study, estimand: Estimand, question: str) -> Result:
    per = float(estimand.per or 1.0)
    asked = [_Asked(one, per) for one in bouts(people, study, estimand)]
    try:
        rows = [row for one in asked for row in (*_effects(one), *_shares(one))]
    except NotEstimable as refused:
        raise cannot_be_fitted("the time until pain eases", refused) from refused
    return Result(
        analysis="time_to_ease",
        estimand=estimand.name,
        question=question,
        estimates=estimates_frame([row for row, _ in rows]),
        keys=pd.DataFrame([key for _, key in rows]),
        method=_method(asked[0], estimand),
        assumptions=_assumptions(asked[0]),
        sources=SOURCES,
        smallest_worthwhile=estimand.smallest_worthwhile,
        higher_is="worse",
    )


def _effects(asked: _Asked) -> Iterator[Row]:
    """How many minutes longer, within persons, as recorded and over all bouts; then the share not yet eased at each report."""
    of, unit = asked.of, f"min {asked.per_unit}"
    painless = np.flatnonzero(~of.hurts)
    every = np.concatenate([of.told, painless])
    with_painless = np.append(asked.minutes, np.zeros(len(painless)))
    for places, minutes, adjustment, among in (
        (of.told, asked.minutes, WITHIN, HURT),
        (of.told, asked.minutes, RECORDED, HURT),
        (every, with_painless, WITHIN, ALL),
    ):
        found = _slope(asked, taken(of.read, places), minutes, adjustment)
        term = f"longer until eased ({of.label}), {adjustment}, {among}"
        key = _key(asked, "difference in minutes", adjustment=adjustment, among=among)
        yield {"term": term, "unit": unit, **found}, key
    for adjustment in (WITHIN, RECORDED):
        for at, minute in enumerate(of.spells.times):
            if np.ptp(asked.shares[:, at]) < ALIKE:
                continue
            found = _slope(asked, of.of_told, asked.shares[:, at], adjustment)
            term = f"difference in share not eased ({of.label}) after {minute:g} min, {adjustment}"
            key = _key(
                asked, "difference in share not eased", minutes=minute, adjustment=adjustment, among=HURT
            )
            yield {"term": term, "unit": f"{SHARE} {asked.per_unit}", **found}, key


def _slope(asked: _Asked, read: Moments, values: Array, adjustment: str) -> dict[str, object]:
    """The rise of these values with the exposure: of a person's own bouts at equal history, or of everybody's as they are."""
    exposure, is_within = read.exposures / asked.per, adjustment == WITHIN
    history, names = read.history() if is_within else (np.ones((len(values), 1)), ["level"])
    fit = clustered_least_squares(
        values,
        np.column_stack([exposure, history]),
        read.person,
        names=["exposure", *names],
        own_levels=is_within,
    )
    people = len(np.unique(read.person[read.in_both])) if is_within else fit.n_people
    return {**fit.interval([1.0]), "n_participants": people}


def _shares(asked: _Asked) -> Iterator[Row]:
    """Of long and of short bouts, which share hurts on standing up, and which of those that do has not eased by each report."""
    of, read = asked.of, asked.of.read
    for level, is_in in asked.levels:
        _, code = np.unique(read.person[is_in], return_inverse=True)
        hurts = clustered_share(np.bincount(code, of.hurts[is_in]), np.bincount(code))
        numbers = {name: getattr(hurts, name) for name in ("estimate", "std_error", "conf_low", "conf_high")}
        named = {"unit": SHARE, "n_participants": int(code.max()) + 1}
        term = f"hurts on standing up so that a {of.label} is possible, {level}"
        yield {"term": term, **named, **numbers}, _key(asked, "share that hurts", level=level, among="")
        curve = not_yet_over(of.spells.of(is_in[of.told]), read.person[of.told][is_in[of.told]])
        for at, minute in enumerate(of.spells.times):
            term = f"not eased ({of.label}) after {minute:g} min, {level}"
            row = {"estimate": curve.share[at], "std_error": curve.std_error[at], "df": curve.people - 1.0}
            ends = {"conf_low": curve.conf_low[at], "conf_high": curve.conf_high[at]}
            key = _key(asked, "share not eased", level=level, minutes=minute, among=HURT)
            yield {"term": term, "unit": SHARE, "n_participants": curve.people, **row, **ends}, key


def _key(
    asked: _Asked,
    statistic: str,
    *,
    level: str = "",
    minutes: float = np.nan,
    adjustment: str = RECORDED,
    among: str,
) -> dict[str, object]:
    own = {"definition": asked.of.label, "statistic": statistic, "level": level, "minutes": minutes}
    last = float(asked.of.spells.times[-1])
    return {**asked.of.read.named, **own, "adjustment": adjustment, "among": among, "last_report": last}


def _method(asked: _Asked, estimand: Estimand) -> str:
    """The sentences that the report prints under "Method"."""
    of = asked.of
    times, untold = of.spells.times, int(of.hurts.sum()) - len(of.told)
    at = [f"{one:g}" for one in times]
    minutes = at[0] if len(at) == 1 else f"{', '.join(at[:-1])} and {at[-1]}"
    ended_early = int((~of.spells.ended & (of.spells.reports < len(times))).sum())
    parts = [
        f"Minutes from standing up until pain has eased ({of.label} since standing up), at most {times[-1]:g}, from reports {minutes} min after "
        f"{len(of.told)} bouts that hurt, of {len(np.unique(of.of_told.person))} people",
        "what eases between two reports counts to the middle between them",
        f"least squares within persons (each with a level of their own) on {of.read.exposure.label}, at equal {of.read.held_equal}, "
        f"{of.read.time_in_words}, of what each bout adds to the mean (pseudo-values), which count bouts whose reports stop as far as they go "
        f"({ended_early} of them)",
        f"{untold} bouts that hurt left out because the first report after them is missing" if untold else "",
        f"{of.read.incomplete} moments left out because a value before or at standing up is missing"
        if of.read.incomplete
        else "",
        f"long bouts are those of {of.long_from:g} {of.read.exposure.unit} or more"
        + ("" if estimand.threshold else " (the median)"),
        "errors hold however the bouts of a person hang together; 95 % intervals from Student's t with Satterthwaite's degrees of freedom "
        "(shares of long and short bouts: with the people less one, on the scale of log(-log))",
    ]
    return "; ".join(filter(None, parts)) + "."


def _assumptions(asked: _Asked) -> tuple[str, ...]:
    of = asked.of
    return (
        *of.of_told.rests_on,
        "Whether a report is missing has nothing to do with when pain eases, nor with how long the bout was.",
        "Bouts that hurt are compared with bouts that hurt: if more of the exposure makes bouts hurt that else would not, these are among the "
        "longer ones only, and may ease soon or late; the row over all bouts leaves none out.",
        f"Pain that eases between two reports does so on average half way, and what comes after {of.spells.times[-1]:g} min is not counted.",
        "People do not affect each other.",
    )
