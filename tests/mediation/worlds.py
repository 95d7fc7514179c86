"""Worlds of known paths: trials drawn from equations whose direct and indirect effects follow by hand."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from lowback.estimators.mediation import ErrorVariance, pair_sums
from lowback.outcomes.mediation_doses import Dose
from lowback.outcomes.mediation_table import MediationTable
from lowback.variables import dictionary

INDIRECT, DIRECT = "indirect", "direct"


@dataclass(frozen=True)
class World:
    """A trial of two arms, one mediator before and after, and pain.

    Symbols: arm a, covariate c, steps s = 0.5 a + 0.3 c + u (where `confounder`), true tilt t = -1 a + 0.6 t0 + 0.3 c + 0.4 s + v, pain
    y = -0.5 a + 0.6 t + `interaction` a t + 0.4 s + 0.5 c + e. Tilt is read with an error of variance `noise`, twice where `pairs`.
    Where `dose`, people of the arm do d = 1 + w of the programme and everybody else nothing, d stands in place of a, and each of three
    visits records it with an error of SD 1. `leaving` is the share who are lost before the visit, the more the higher an early score (0.5 c + 0.5 t0 + noise).
    """

    name: str
    people: int
    noise: float = 0.0
    pairs: bool = False
    confounder: bool = False
    interaction: float = 0.0
    leaving: float = 0.0
    slope: float = 0.6
    dose: bool = False

    @property
    def truth(self) -> dict[str, float]:
        """The effects, by hand: the arm moves tilt by -1, or by -0.8 where steps carry part of it, and steps by 0.5."""
        moved = -1.0 + (0.4 * 0.5 if self.confounder else 0.0)
        beside = -0.5 + (0.4 * 0.5 if self.confounder else 0.0)
        # With an interaction the direct effect is at the comparator's mean tilt, which is 0.
        return {INDIRECT: (self.slope + self.interaction) * moved + 0.0, DIRECT: beside}

    def drawn(self, rng: np.random.Generator) -> MediationTable:
        """One trial as the table that the model reads."""
        n = self.people
        arm = np.tile([0, 1], n // 2)
        c, t0 = rng.normal(size=(2, n))
        steps = 0.5 * arm + 0.3 * c + rng.normal(size=n) if self.confounder else np.zeros(n)
        done = arm * (1 + rng.normal(size=n)) if self.dose else arm
        true = -done + 0.6 * t0 + 0.3 * c + 0.4 * steps + rng.normal(size=n)
        pain = (
            -0.5 * done
            + (self.slope + self.interaction * arm) * true
            + 0.4 * steps
            + 0.5 * c
            + rng.normal(size=n)
        )
        readings = np.stack([t0, true], axis=1)[:, :, None] + np.sqrt(self.noise) * rng.normal(size=(n, 2, 2))
        shown = readings.mean(axis=2) if self.pairs else readings[:, :, 0]
        early = 0.5 * c + 0.5 * t0 + rng.normal(size=n)
        if self.leaving:
            lost = rng.random(n) < 2 * self.leaving / (1 + np.exp(-1.5 * early))
            shown[lost, 1] = np.nan
            readings[lost, 1] = np.nan
            pain[lost] = np.nan
        visits = done[:, None] + rng.normal(size=(n, 3)) if self.dose else None
        columns = [arm, c, shown[:, 0], *([steps] if self.confounder else []), shown[:, 1], pain, *([early] if self.leaving else [])]  # fmt: skip
        table = self._table(np.column_stack(columns).astype(float), readings)
        return table if visits is None else with_dose(table, visits)

    def _table(self, values: np.ndarray, readings: np.ndarray) -> MediationTable:
        first = 3 + self.confounder
        errors = {}
        if self.noise:
            pairs = pair_sums(readings[:, :, 0], readings[:, :, 1]) if self.pairs else None
            known = {"pairs": pairs, "share": 0.5} if self.pairs else {"variance": self.noise}
            errors["tilt"] = ErrorVariance((first, 2), **known)
        names = ["arm", "c", "tilt before", *(["steps"] if self.confounder else []), "tilt", "pain", *(["early"] if self.leaving else [])]  # fmt: skip
        return MediationTable(
            values=values,
            names=tuple(names),
            arm=values[:, 0].astype(np.intp),
            arms=("usual care", "stretching"),
            arm_columns=(0,),
            covariates=(1, 2),
            confounders=(3,) if self.confounder else (),
            mediators=(first,),
            outcome=first + 1,
            mediator_columns={"tilt": (first, 2)},
            errors=errors,
            confounder_errors={},
            largest_errors={},
            constant=(),
            unadjusted=(),
            absent=(),
        )


def with_dose(table: MediationTable, visits: np.ndarray) -> MediationTable:
    """The table with what people of the arm did of their programme by the visits (person, visit) as its last column."""
    has = table.arm == 1
    distances = np.where(has[:, None], visits - visits[has].mean(axis=0), np.nan)
    dose, place = Dose(dictionary()["adherence"], distances, has), len(table.names)
    error = dose.error(place)
    return replace(
        table,
        values=np.column_stack([table.values, dose.levels]),
        names=(*table.names, "dose"),
        confounders=(*table.confounders, place),
        confounder_errors={} if error is None else {"dose": error},
    )


WORLDS = (
    World("no error", 200),
    World("no error, few people", 60),
    World("error of known variance", 300, noise=0.5),
    World("error estimated from pairs", 200, noise=1.0, pairs=True),
    World("confounder that the arm changes, error from pairs", 200, noise=0.6, pairs=True, confounder=True),
    World(
        "interaction of arm and mediator, confounder",
        300,
        noise=0.3,
        pairs=True,
        confounder=True,
        interaction=0.4,
    ),
    World(
        "a quarter lost at random given the past, error from pairs", 300, noise=0.6, pairs=True, leaving=0.25
    ),
    World("no effect of the mediator", 200, noise=0.6, pairs=True, slope=0.0),
    World("who does more of the programme gains more by every way", 200, noise=0.6, pairs=True, dose=True),
)
