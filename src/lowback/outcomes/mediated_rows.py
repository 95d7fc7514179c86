"""Rows of a result on mediated effects, with their keys, and the words that paths go by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from lowback.outcomes.mediated_model import MediatedModel
from lowback.outcomes.mediation import MediationRecords
from lowback.outcomes.scores import Array
from lowback.result import estimates_frame
from lowback.variables import Variable, one_of

DIRECT = "direct"
EVERY_PATH = "all mediators"
CORRECTED, NAIVE, LARGEST = "corrected", "naive", "largest error of confounders"
ONE_SLOPE, BY_ARM = "one slope", "slopes by arm"
BLANK = ("path", "correction", "model", "mediator", "mediator_label", "shown")


@dataclass
class MediatedRows:
    """Rows as they are collected, all on the same outcome and visit."""

    records: MediationRecords
    model: MediatedModel

    def __post_init__(self) -> None:
        """No row yet."""
        self._rows: list[dict[str, object]] = []
        self._keys: list[dict[str, object]] = []

    def add(
        self,
        term: str,
        statistic: str,
        estimate: ArrayLike,
        draws: Array | None,
        keys: Mapping[str, object],
        *,
        unit: str | None = None,
        interval: tuple[float, float] | None = None,
    ) -> None:
        """A row with the interval of its draws or the one given; it counts the people of the arm in its keys and the comparator's."""
        compared, table, number = self.records.compared, self.model.table, float(np.asarray(estimate))
        arm = str(keys.get("arm", ""))
        people = table.people_of(arm, compared.comparator) if arm else table.people
        row: dict[str, object] = {"term": term, "estimate": number, "n_participants": people}
        row["unit"] = unit or compared.outcome.unit
        if draws is not None:
            low, high = interval or self.model.percentiles.interval(draws, number)
            row |= {
                "std_error": self.model.percentiles.spread(draws),
                "conf_low": low,
                "conf_high": high,
            }
        self._rows.append(row)
        place: dict[str, object] = {
            **compared.named_outcome,
            "arm": "",
            "comparator": "",
            "weeks": compared.week,
        }
        self._keys.append({**place, **dict.fromkeys(BLANK, ""), "statistic": statistic, **keys})

    @property
    def estimates(self) -> pd.DataFrame:
        """The rows as the estimates of a result."""
        return estimates_frame(self._rows)

    @property
    def keys(self) -> pd.DataFrame:
        """What each row is, in the same order."""
        return pd.DataFrame(self._keys)


def path_words(records: MediationRecords, path: tuple[int, ...]) -> str:
    """A path in words: "hip extension, then pelvic tilt"."""
    return ", then ".join(records.mediators[one].variable.label for one in path)


def mediators_in_words(records: MediationRecords) -> str:
    """The mediators as a list in a sentence."""
    return " and ".join(one.variable.label for one in records.mediators)


def mediators_as_read(records: MediationRecords) -> str:
    """The mediators as a list, with the visit that they are of where it is not the outcome's."""
    words = mediators_in_words(records)
    is_earlier = records.mediators_week != records.compared.week
    return f"{words} as of week {records.mediators_week:g}" if is_earlier else words


def mediator_keys(variable: Variable) -> dict[str, str]:
    """The keys of a row that belongs to one mediator."""
    return {"mediator": variable.name, "mediator_label": variable.label}


def earlier_in_words(records: MediationRecords, at: int) -> str:
    """The mediators before one of them as a list in a sentence."""
    return " and ".join(one.variable.label for one in records.mediators[:at])


def per_unit(above: str, below: str) -> str:
    """The unit of a slope."""
    return f"{above} per {one_of(below)}"
