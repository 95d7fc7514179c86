"""A fitted mixed model for repeated measures and what can be asked of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lowback.estimators.inference import DfMethod, Inference, JointTest, infer
from lowback.estimators.mmrm.answers import checked_weights, df_of, joint_test_of, share_told, variance_of
from lowback.estimators.mmrm.choices import Covariance
from lowback.estimators.mmrm.frame import Frame
from lowback.estimators.mmrm.likelihood import Array, Point
from lowback.estimators.mmrm.records import Records
from lowback.estimators.mmrm.robust import Kind, Sandwich
from lowback.estimators.mmrm.search import Proof
from lowback.estimators.mmrm.small_samples import Uncertainty


@dataclass(frozen=True, eq=False)
class MmrmFit:
    """A proven fit; coefficients in the order of `names`, in the outcome's unit, with their model-based `covariance`.

    `objective` is -2 x the (restricted) log-likelihood on the scale of nlme, lme4 and SAS. `parameters` of the
    covariance over visits (`parameter_names`, group by group) are variances and covariances in squared outcome units,
    correlations, or a range in the unit of time. `visit_covariances` is (groups, visits, visits), in the order of
    `groups` and `visits`; None for spatial exponential, where times differ. `n_groups` counts persons.
    """

    names: tuple[str, ...]
    coefficients: Array
    covariance: Array
    log_likelihood: float
    objective: float
    method: str
    n_rows: int
    n_groups: int
    at_boundary: bool
    proof: Proof
    structure: Covariance
    visits: tuple[str, ...]
    groups: tuple[str, ...]
    parameter_names: tuple[str, ...]
    parameters: Array
    visit_covariances: Array | None
    persons_by_visit: NDArray[np.int64]
    point: Point = field(repr=False)
    frame: Frame = field(repr=False)
    records: Records = field(repr=False)

    @classmethod
    def at(
        cls, point: Point, proof: Proof, frame: Frame, records: Records, structure: Covariance, unit: float
    ) -> MmrmFit:
        """The fit at a proven point, in the units that were given; `unit` is that of time inside."""
        restricted = point.model.restricted
        objective = frame.objective(point.value, restricted)
        size = {"variance": frame.scale**2, "correlation": 1.0, "time": unit}
        maps = point.model.structures
        matrices = [one.covariance(part.theta) for one, part in zip(maps, point.parts, strict=True)]
        prefixes = ["" if len(maps) == 1 else f"{group}: " for group in records.groups]
        return cls(
            names=frame.names,
            coefficients=frame.coefficients(point.coefficients),
            covariance=frame.covariance(point.phi),
            log_likelihood=-objective / 2,
            objective=objective,
            method="REML" if restricted else "ML",
            n_rows=len(frame.given),
            n_groups=len(records.persons),
            at_boundary=False,
            proof=proof,
            structure=structure,
            visits=records.visits,
            groups=records.groups,
            parameter_names=tuple(
                prefix + name for prefix, one in zip(prefixes, maps, strict=True) for name in one.parameters
            ),
            parameters=point.theta * np.concatenate([[size[unit] for unit in one.units] for one in maps]),
            visit_covariances=None
            if records.times is not None and structure == "spatial exponential"
            else frame.scale**2 * np.concatenate([one for one in matrices if one is not None]),
            persons_by_visit=np.bincount(records.slot, minlength=len(records.visits)),
            point=point,
            frame=frame,
            records=records,
        )

    def contrast(self, matrix: ArrayLike, df: DfMethod = "satterthwaite", level: float = 0.95) -> Inference:
        """Estimates of `matrix @ coefficients` (one row, or one weight, a coefficient) with tests and intervals.

        `df` chooses standard errors and degrees of freedom together: model-based with `satterthwaite`,
        `between-within`, `residual` or `normal`; `kenward-roger` (REML only); robust with `CR0`, `CR2`, `CR3`.

        Raises `NotEstimable` for weights that do not fit the coefficients, and for Kenward-Roger after ML.
        """
        weights = checked_weights(self, matrix)
        errors = np.sqrt(np.diagonal(variance_of(self, weights, df)))
        return infer(weights @ self.coefficients, errors, df_of(self, weights, df), level)

    def covariance_of(self, matrix: ArrayLike, df: DfMethod) -> Array:
        """The covariance of `matrix @ coefficients` whose diagonal is the squares of the standard errors of `contrast`."""
        return variance_of(self, checked_weights(self, matrix), df)

    def share_told(self, matrix: ArrayLike, df: Kind) -> Array:
        """How much of each contrast's variance a robust covariance finds on average, were the fitted covariance the true one.

        Of `CR2` it is 1, and less where one person alone decides part of the contrast: that residual is nil, whatever the scatter.
        """
        return share_told(self, checked_weights(self, matrix), df)

    def joint_test(self, matrix: ArrayLike, df: DfMethod = "satterthwaite") -> JointTest:
        """The test that all rows of `matrix @ coefficients` are zero.

        F with denominator degrees of freedom of Fai & Cornelius (1996) for `satterthwaite` and robust covariances, of
        Kenward & Roger (1997, with their scaling of F), the least of the coefficients involved for
        `between-within`; chi-squared over its degrees of freedom for `normal`.
        """
        return joint_test_of(self, checked_weights(self, matrix), df)

    @property
    def aic(self) -> float:
        """Objective plus twice the number of parameters: of the covariance, and for ML of the coefficients too (SAS)."""
        return self.objective + 2 * self._counted

    @property
    def bic(self) -> float:
        """Objective plus log(persons) for each of those parameters (SAS)."""
        return self.objective + float(np.log(self.n_groups)) * self._counted

    @property
    def _counted(self) -> int:
        return len(self.parameters) + (len(self.names) if self.method == "ML" else 0)

    @cached_property
    def uncertainty(self) -> Uncertainty:
        """What small-sample inference rests on, inside the frame of the fit."""
        return Uncertainty(self.point)

    @cached_property
    def sandwiches(self) -> dict[Kind, Sandwich]:
        """Robust covariances that were asked for, inside the frame of the fit; each is computed once."""
        return {}
