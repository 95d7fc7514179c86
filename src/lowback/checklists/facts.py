"""What a report holds that can fill a checklist, and where in it each result stands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd

from lowback.exhibit import MEASURES
from lowback.exhibit.numbers import label_of, spoken
from lowback.result import Refusal, Result
from lowback.study import Estimand, Study

SUMMARY, PROVENANCE = "summary", "provenance"
PLANNING = "planning"
DESCRIBING = (
    "flow", "attendance", "table_one", "missingness", "outcome_means", "degeneration_by_age", "events_by_arm", "agreement", "diagram", "implications", PLANNING
)  # fmt: skip


@dataclass(frozen=True)
class Filling:
    """What is known of an item: the words, the part of the report where it stands, and, of a check, whether it is so."""

    value: str
    place: str = ""
    passes: bool = True


@dataclass(frozen=True)
class Facts:
    """One report: its titles and study, its results, and the part of the page (`places`) that shows each analysis of an estimand.

    `answered` counts the questions that its summary answers, `has_diagram` says whether a causal diagram is shown, and
    `shows_numbers` is false of a report for the public, in which a list may say where a number stands but not what it is.
    """

    titles: tuple[str, ...]
    study: Study
    results: tuple[Result | Refusal, ...]
    places: Mapping[tuple[str, str], str] = field(default_factory=dict)
    answered: int = 0
    has_diagram: bool = False
    shows_numbers: bool = True

    @property
    def is_plan(self) -> bool:
        """Whether it plans a study that nobody has run yet."""
        return bool(self.results) and all(one.analysis == PLANNING for one in self.estimated)

    @property
    def estimated(self) -> list[Result | Refusal]:
        """The results that answer a question, without those that describe."""
        return [one for one in self.results if one.analysis == PLANNING or one.analysis not in DESCRIBING]

    def of(self, *analyses: str) -> list[Result]:
        """The results of some analyses."""
        return [one for one in self.results if isinstance(one, Result) and one.analysis in analyses]

    def by_estimand(self) -> Iterator[tuple[Estimand, list[Result]]]:
        """Each declared estimand with its results, in the order declared."""
        for estimand in self.study.estimands:
            found = [
                one
                for one in self.results
                if isinstance(one, Result)
                and one.estimand == estimand.name
                and one.analysis not in DESCRIBING
            ]
            yield estimand, found

    def place(self, result: Result | Refusal) -> str:
        """The part of the page that shows a result."""
        return self.places.get((result.analysis, result.estimand), SUMMARY)

    def labelled(self, names: Iterable[str]) -> str:
        """What columns measure, in words: as the results have it, which know a cohort's own columns, else the data dictionary."""
        return ", ".join(self._labels.get(name) or label_of(name) for name in names)

    @cached_property
    def _labels(self) -> Mapping[str, str]:
        found: dict[str, str] = {}
        for result in self.results:
            if not isinstance(result, Result) or result.keys is None:
                continue
            for column in MEASURES:
                if {column, f"{column}_label"} <= set(result.keys):
                    known = zip(result.keys[column], result.keys[f"{column}_label"], strict=True)
                    pairs = (pair for pair in dict.fromkeys(known) if not any(map(pd.isna, pair)))
                    found |= {str(name): spoken(str(label)) for name, label in pairs}
        return found

    @property
    def compared(self) -> tuple[Estimand, ...]:
        """The estimands that compare arms."""
        return tuple(one for one in self.study.estimands if one.compares_arms)

    @property
    def mediated(self) -> tuple[Estimand, ...]:
        """The estimands that split an effect."""
        return tuple(one for one in self.study.estimands if one.summary == "mediated effect")

    @cached_property
    def recorded(self) -> frozenset[str]:
        """The variables of which the report says anything."""
        named = {name for one in self.study.estimands for name in one.measures}
        for result in self.results:
            if isinstance(result, Result) and result.keys is not None:
                for column in {"variable", "outcome", "exposure", "mediator"} & set(result.keys):
                    named |= {str(value) for value in result.keys[column].unique() if not pd.isna(value)}
        return frozenset(named)


def rows(result: Result) -> pd.DataFrame:
    """Estimates beside their keys."""
    if result.keys is None:
        return result.estimates
    others = [name for name in result.keys if name not in result.estimates]
    return pd.concat([result.estimates, result.keys[others]], axis=1)
