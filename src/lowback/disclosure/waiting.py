"""Estimates that wait from one release to the next as the counts do that they rest on."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

from lowback.disclosure.holes import people_in_share
from lowback.disclosure.rounding import STAY_WITHIN
from lowback.disclosure.rules import COUNTED, ESTIMATED, PEOPLE, Rules, cell_name
from lowback.disclosure.shares import people_shown_in_share
from lowback.result import Result


def with_earlier_estimates(
    rows: pd.DataFrame, steps: Sequence[float], result: Result, rules: Rules
) -> pd.DataFrame:
    """The rows with the estimates that an earlier release showed, where the number of their people is still that of then.

    `rows` are as this release would show them, on grids of these steps. What has moved by more than `STAY_WITHIN` steps is shown
    anew: no few people did that, but a correction of the data may have, and must not wait. Shares of a group have waited
    already, as counts; their intervals stay while the people in the share do, widened to hold it.
    """
    shown = rows.to_dict("list")
    inside = rules.base * np.round(people_in_share(rows) / rules.base)
    is_share = ~np.isnan(inside)
    for at, step in enumerate(steps):
        names = {name: cell_name(result, shown["term"][at], name) for name in (PEOPLE, *ESTIMATED)}
        earlier = rules.earlier.get(names["estimate"], math.nan)
        people, now = shown["n_participants"][at], shown["estimate"][at]
        if is_share[at]:
            stays = people_shown_in_share(result, shown["term"][at], shown["unit"][at], rules) == round(
                inside[at]
            )
        else:
            stays = rules.earlier.get(names[PEOPLE]) == people and _is_near(now, earlier, step)
        if stays and shown["unit"][at] not in COUNTED:
            for name in ESTIMATED[int(is_share[at]) :]:
                shown[name][at] = rules.earlier.get(names[name], shown[name][at])
    kept = rows.assign(**{name: shown[name] for name in ESTIMATED})
    low, high = (kept[name].where(~is_share, most(kept[name], kept["estimate"]))
                 for name, most in (("conf_low", np.minimum), ("conf_high", np.maximum)))  # fmt: skip
    return kept.assign(conf_low=low, conf_high=high)


def _is_near(now: float, earlier: float, step: float) -> bool:
    """Whether two numbers shown are few steps apart; without a grid, few steps of the second digit."""
    if math.isnan(step):
        step = 10.0 ** (math.floor(math.log10(abs(now))) - 1) if now else 0.0
    return abs(now - earlier) <= (STAY_WITHIN + 1e-6) * step
