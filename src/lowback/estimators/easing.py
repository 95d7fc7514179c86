"""How long something lasts that is asked for at a few set times: the curve, the mean time, and what each spell adds to both."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtrit

from lowback.estimators import NotEstimable

Array = NDArray[np.float64]
Counts = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Spells:
    """Spells that begin at time 0 and are asked about at the same `times`, one row a spell.

    `reports` is how many answers count, `ended` whether the last of them says that it is over. Answers count up to the first that says
    so, or up to the first that is missing: what comes after a gap cannot tell when it ended.
    """

    times: Array
    reports: Counts
    ended: NDArray[np.bool_]

    def of(self, rows: NDArray[np.bool_]) -> Spells:
        """The same spells in these rows only."""
        return Spells(self.times, self.reports[rows], self.ended[rows])

    @property
    def at_risk(self) -> NDArray[np.bool_]:
        """Whether each spell was still going on before each time and is answered for there (spell, time)."""
        return np.arange(len(self.times)) < self.reports[:, None]

    @property
    def ends(self) -> NDArray[np.bool_]:
        """Whether each spell is first said to be over at each time (spell, time)."""
        return (
            self.at_risk & self.ended[:, None] & (np.arange(1, len(self.times) + 1) == self.reports[:, None])
        )


@dataclass(frozen=True, eq=False)
class Lasting:
    """The share of spells not yet over at each time, with errors between people and 95 % intervals (NaN where it is 0 or 1)."""

    share: Array
    std_error: Array
    conf_low: Array
    conf_high: Array
    people: int


def spells(is_over: ArrayLike, times: ArrayLike) -> Spells:
    """Spells from whether each is over at each time: 1, 0, or NaN where nobody said (spell, time).

    Raises ValueError for times that do not rise from above 0.
    """
    said, at = np.asarray(is_over, dtype=float), np.asarray(times, dtype=float)
    if at[0] <= 0 or (np.diff(at) <= 0).any():
        raise ValueError(f"times = {at.tolist()}: allowed are times above 0 that rise")
    last = said.shape[1]
    gap = _first(np.isnan(said), last)
    over = _first(said == 1, last)
    ended = over < gap
    return Spells(at, np.where(ended, over + 1, gap), ended)


def _first(flags: NDArray[np.bool_], otherwise: int) -> Counts:
    """The first place in each row where the flag is up."""
    return np.asarray(np.where(flags.any(axis=1), flags.argmax(axis=1), otherwise))


def not_yet_over(found: Spells, person: ArrayLike) -> Lasting:
    """The share not yet over at each time: of those still going on and answered for, the product of the shares that went on.

    The error is between people, whose spells may resemble each other, with Student's t for their number less 1; the interval is that of
    log(-log share). Raises `NotEstimable` for fewer than 2 people, and for a time at which some go on and nobody is asked.

    Kaplan & Meier 1958, J Am Stat Assoc 53:457-481; Ying & Wei 1994, J Multivariate Anal 50:17-29 (dependent spells).
    """
    people, codes = np.unique(np.asarray(person), return_inverse=True)
    if len(people) < 2:
        raise NotEstimable(f"{len(people)} people; allowed: 2 or more")
    risk, end = found.at_risk.astype(float), found.ends.astype(float)
    n, d = risk.sum(axis=0), end.sum(axis=0)
    share, hazard = _gone_on(n, d, found.times)
    with np.errstate(divide="ignore", invalid="ignore"):
        # The derivative of log share by the weight of a spell.
        own = -np.cumsum(np.nan_to_num((end - hazard * risk) / (n - d), posinf=0, neginf=0), axis=1)
        of_people = np.zeros((len(people), len(n)))
        np.add.at(of_people, codes, own)
        spread = np.sqrt((of_people**2).sum(axis=0) * len(people) / (len(people) - 1))
        inside = (share > 0) & (share < 1)
        error = np.where(inside, share * spread, np.nan)
        reach = np.exp(stdtrit(len(people) - 1, 0.975) * spread / np.abs(np.log(share)))
        low, high = share**reach, share ** (1 / reach)
    return Lasting(share, error, np.where(inside, low, np.nan), np.where(inside, high, np.nan), len(people))


def pseudo_shares(found: Spells) -> Array:
    """What each spell adds to the share not yet over at each time (spell, time): 0 or 1 where every answer is there.

    So many times the share of all less one fewer times that of all others. Raises `NotEstimable` where, once a spell is left
    out, nobody is asked of those who go on.

    Andersen, Klein & Rosthoj 2003, Biometrika 90:15-27.
    """
    risk, end = found.at_risk.astype(float), found.ends.astype(float)
    n, d = risk.sum(axis=0), end.sum(axis=0)
    count = len(risk)
    of_all, _ = _gone_on(n, d, found.times)
    of_others, _ = _gone_on(n - risk, d - end, found.times)
    return np.asarray(count * of_all - (count - 1) * of_others)


def _gone_on(at_risk: Array, ends: Array, times: Array) -> tuple[Array, Array]:
    """The product of the shares that went on, and the shares that ended; once all have ended nobody need be asked (times last)."""
    hazard = np.divide(ends, at_risk, out=np.zeros_like(ends), where=at_risk > 0)
    share = np.cumprod(1 - hazard, axis=-1)
    before = np.concatenate([np.ones_like(share[..., :1]), share[..., :-1]], axis=-1)
    untold = ((at_risk == 0) & (before > 0)).reshape(-1, len(times)).any(axis=0)
    if untold.any():
        raise NotEstimable(f"of those who go on nobody, or one alone, is asked at time {times[untold][0]:g}")
    return share, hazard


def mean_time(shares: ArrayLike, times: ArrayLike) -> Array:
    """The mean time up to the last one that is asked about, from the shares not yet over at each.

    A spell that ends between two times counts to the middle between them, one that does not end to the last time.

    Royston & Parmar 2013, BMC Med Res Methodol 13:152 (restricted mean time).
    """
    gone_on = np.asarray(shares, dtype=float)
    start = np.ones((*gone_on.shape[:-1], 1))
    every = np.concatenate([start, gone_on], axis=-1)
    width = np.diff(np.append(0.0, np.asarray(times, dtype=float)))
    return np.asarray(((every[..., :-1] + every[..., 1:]) / 2) @ width)
