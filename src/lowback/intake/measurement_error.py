"""How large the errors of this cohort's measurements are, where its mapping knows better than the data dictionary."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from lowback.checked_yaml import Number
from lowback.variables import Variable


class MeasurementError(BaseModel):
    """How large the error of one measurement of a variable is in this cohort, in place of what the data dictionary says.

    A standard error of measurement in the variable's unit, or an intraclass correlation of one measurement among people like these;
    `source` is the study that found it, or says that it is an assumption.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    measurement_error_sem: Annotated[Number, Field(gt=0)] | None = None
    reliability_icc: Annotated[Number, Field(gt=0, le=1)] | None = None
    source: Annotated[str, Field(min_length=1)]

    @model_validator(mode="after")
    def _one_figure(self) -> MeasurementError:
        if (self.measurement_error_sem is None) == (self.reliability_icc is None):
            raise ValueError("give exactly one of 'measurement_error_sem' and 'reliability_icc'")
        return self


def with_errors(errors: Mapping[str, MeasurementError], known: Mapping[str, Variable]) -> dict[str, Variable]:
    """The variables whose error is given, with that error and no other."""
    return {
        name: known[name].model_copy(update={**dict(error), "error_from": "the mapping"})
        for name, error in errors.items()
        if name in known
    }
