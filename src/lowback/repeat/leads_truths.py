"""The true values of which of two series comes first and how far they go together, in a scenario: by the equations, and in many people."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache

from lowback.simulate import SimulationError
from lowback.simulate.around_onsets import news_around_onsets
from lowback.simulate.coming_together import correlations_together
from lowback.simulate.handing_on import SERIES, HandedOn, handed_on
from lowback.simulate.scenario import Scenario
from lowback.study import Estimand, Study

Truths = dict[tuple[str, ...], float]
A_DAY, HALF_A_DAY = 1.0, 0.5
# An onset by default, and so many visits that waves would be those.
RISE, MOST_VISITS = 2.0, 2


def _of_leads(scenario: Scenario, study: Study, estimand: Estimand) -> Truths:
    """What one leaves in the other a day and half a day later, the news of the outcome around onsets, and how far both go together."""
    exposure, outcome = str(estimand.exposure), estimand.outcome
    if {exposure, outcome} != set(SERIES):
        raise SimulationError(
            f"the simulator knows which of {' and '.join(SERIES)} comes first, not of {exposure} and {outcome}"
        )
    if len(study.weeks) > MOST_VISITS or not study.weeks:
        raise SimulationError(
            "the simulator knows what half days hand on, and no waves of visits: a study that asks for it names "
            f"at most {MOST_VISITS} weeks, so that waves are check-ins"
        )
    process = handed_on(scenario)
    if not process.is_continuous:
        raise SimulationError(
            "no course that runs on between half days looks like hip and back in this scenario"
        )
    first, second = SERIES.index(exposure), SERIES.index(outcome)
    news = _news(scenario.model_dump_json(), exposure, estimand.rise or RISE)
    return (
        _in_continuous_time(process, first, second)
        | {
            ("from wave to wave", foretold, by): float(process.after(HALF_A_DAY)[to, at])
            for to, foretold in enumerate(SERIES)
            for at, by in enumerate(SERIES)
        }
        | {("around onsets", window): value for window, value in news.items()}
        | {("together", said): value for said, value in _together(scenario.model_dump_json()).items()}
    )


def _in_continuous_time(process: HandedOn, first: int, second: int) -> Truths:
    """The lead of the first over the second, and what a day leaves."""
    left, later = process.after(A_DAY), process.correlations_after(A_DAY)
    found: Truths = {
        ("lead",): float(later[second, first] - later[first, second]),
        ("correlation within persons",): process.correlation,
    }
    for at, to in ((first, second), (second, first)):
        way = (SERIES[at], SERIES[to])
        found["effect", *way] = float(left[to, at])
        found["standardised effect", *way] = float(left[to, at] * process.sd[at] / process.sd[to])
        found["memory", SERIES[at]] = float(later[at, at])
        found["reliability", SERIES[at]] = float(process.reliability[at])
    return {("in continuous time", *said): value for said, value in found.items()}


@lru_cache(maxsize=4)
def _news(scenario: str, exposure: str, rise: float) -> dict[str, float]:
    """What `news_around_onsets` knows of a scenario, worked out once."""
    return news_around_onsets(Scenario.model_validate_json(scenario), exposure, rise)


@lru_cache(maxsize=4)
def _together(scenario: str) -> dict[str, float]:
    """What `correlations_together` knows of a scenario, worked out once."""
    return correlations_together(Scenario.model_validate_json(scenario))


OF_LEADS: Mapping[str, Callable[[Scenario, Study, Estimand], Truths]] = {"lead": _of_leads}
"""By summary."""
