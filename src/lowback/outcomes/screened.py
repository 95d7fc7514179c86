"""People by the rule for warning signs: unexplained and severe and lasting, and whether serious pathology was looked for and found."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lowback.cohort import Cohort
from lowback.estimators.verification import Verified
from lowback.outcomes.refusals import NotComparable
from lowback.outcomes.scores import Array
from lowback.outcomes.spell_records import yes
from lowback.study import Estimand
from lowback.variables import Variable

SIGNS = ("flag_present", "flag_explained", "flag_severe", "flag_weeks")
LOOKED_AT = "worked_up"
# A column of what was found says nothing of those in whom it was not looked for.
FOUND = "_found"
Flags = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Screened:
    """One row a person; signs are 1, 0 or NaN, `found` is NaN where it is known that nobody looked.

    `knows_who` says whether it is recorded who was looked at; else those in whom nothing was found may not have been.
    """

    outcome: Variable
    present: Array
    explained: Array
    severe: Array
    weeks: Array
    found: Array
    knows_who: bool

    def log(self, several: float) -> dict[str, Flags]:
        """Everybody under the first reason by which the rule decides, in its order; who cannot be decided stands apart."""
        no_sign, explained = self.present == 0, self.explained == 1
        mild, short = self.severe == 0, self.weeks < several
        picked = (self.present == 1) & (self.explained == 0) & (self.severe == 1) & (self.weeks >= several)
        left = np.ones(len(self.present), dtype=bool)
        log = {}
        for reason, who in (
            ("no warning sign", no_sign),
            ("warning sign explained", explained),
            ("warning sign not severe", mild),
            ("warning sign for less time", short),
            ("picked out by the rule", picked),
        ):
            log[reason] = left & who
            left = left & ~who
        return log | {"cannot be decided": left}

    def picked(self, several: float) -> Array:
        """1 for whom the rule picks out, 0 for whom it passes over, NaN where that cannot be decided."""
        log = self.log(several)
        answer = log["picked out by the rule"].astype(float)
        answer[log["cannot be decided"]] = np.nan
        return answer

    def side(self, several: float, value: int, worst: float | None = None) -> Verified:
        """The people on one side of the rule; with `worst`, all who may not have been looked at are taken to be so."""
        here = self.picked(several) == value
        found = self.found[here]
        if worst is not None:
            may_have = np.isnan(found) if self.knows_who else found != 1
            found = np.where(may_have, worst, found)
        seen = np.isfinite(found)
        return Verified(int(here.sum()), int(seen.sum()), int(found[seen].sum()))


def screened(people: Cohort, estimand: Estimand) -> Screened:
    """Everybody's signs and what was found; raises `NotComparable` where one of them is not recorded."""
    table, variable = people.participants, people.variables.get(estimand.outcome)
    if table is None or variable is None or variable.name not in table or variable.kind != "flag":
        raise NotComparable(
            f"no yes/no {estimand.outcome!r} of each participant", f"{estimand.outcome} of each participant"
        )
    for name in SIGNS:
        if name not in table:
            raise NotComparable(f"no column {name!r} of each participant", ", ".join(SIGNS))
    signs = [_numbers(table[name], people.variables[name]) for name in SIGNS]
    found = _numbers(table[variable.name], variable)
    knows_who = not variable.name.endswith(FOUND)
    if LOOKED_AT in table:
        looked = _numbers(table[LOOKED_AT], people.variables[LOOKED_AT])
        # Where it was found, somebody looked.
        found = np.where((looked == 1) | (found == 1), found, np.nan)
        knows_who = True
    present, explained, severe, weeks = signs
    return Screened(variable, present, explained, severe, weeks, found, knows_who)


def _numbers(column: pd.Series, variable: Variable) -> Array:
    values = column.astype(object).map(yes) if variable.kind == "flag" else column
    return np.asarray(values.to_numpy(float, na_value=np.nan))
