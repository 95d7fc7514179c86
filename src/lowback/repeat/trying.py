"""One replicate of a certificate: each estimand's cohort once, and what every analysis says of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from lowback.cohort import Cohort
from lowback.repeat.asked import Asked, asked_of
from lowback.repeat.performance import ANSWER
from lowback.repeat.worlds import World
from lowback.result import Refusal, Result
from lowback.study import Estimand, Study

Analysis = Callable[[Cohort, Study], Result | Refusal]
Answers = dict[str, list[float | None] | None]


@dataclass(frozen=True, eq=False)
class Trial:
    """One estimand to be certified: its world, the study that declares it alone, and each analysis with what its rows say."""

    estimand: str
    study: Study
    world: World
    analyses: Mapping[str, Analysis]
    asked: Mapping[str, Mapping[str, Asked]]
    keys: Mapping[str, str]

    def once(self, seed: np.random.SeedSequence) -> dict[str, dict[str, Answers]]:
        """What every analysis says of one cohort under each effect, by effect, analysis and term."""
        return {
            effect: {
                name: _answers(analysis(cohort, self.study), self.asked[name], self.study.estimands[0])
                for name, analysis in self.analyses.items()
            }
            for effect, cohort in self.world.cohorts(seed).items()
        }


@dataclass(frozen=True, eq=False)
class Once:
    """The task of one replicate: every estimand once, all with the same random numbers."""

    trials: Sequence[Trial]

    def __call__(self, seed: np.random.SeedSequence) -> list[dict[str, dict[str, Answers]]]:
        """What all analyses say of one cohort for each estimand."""
        return [trial.once(seed) for trial in self.trials]


def _answers(result: Result | Refusal, asked: Mapping[str, Asked], estimand: Estimand) -> Answers:
    """The numbers of the rows that are certified; None where an analysis refuses or has no row that says the same.

    A row may say the same under another term: an unadjusted difference where no adjusted one can be had.
    """
    if isinstance(result, Refusal):
        return dict.fromkeys(asked)
    rows = {
        term: [_plain(value) for value in values]
        for term, *values in result.estimates[["term", *ANSWER]].itertuples(index=False, name=None)
    }
    if not set(asked) <= set(rows):
        same = {said: term for term, said in reversed(asked_of(result, estimand).items())}
        rows |= {term: rows[same[said]] for term, said in asked.items() if term not in rows and said in same}
    return {term: rows.get(term) for term in asked}


def _plain(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
