"""What something done at one moment does to what is recorded right after it, had chance decided at each recorded moment who does it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lowback.simulate.course import Lived
from lowback.simulate.design import ARMS
from lowback.simulate.doubles import Doubles
from lowback.simulate.follow_up import follow_up
from lowback.simulate.interventions import NOTHING
from lowback.simulate.measurement import adherence_by_visit, measured_diary
from lowback.simulate.moments import REACTIVE
from lowback.simulate.parameters import Parameters, SimulationError
from lowback.simulate.population import Array, rated_pain
from lowback.simulate.recording.answers import favoured, recorded_column
from lowback.simulate.scenario import Scenario
from lowback.simulate.slopes import slope_and_error
from lowback.simulate.super_population import TRUTH_SEED

# Blocks of 256 people: a cohort has so many moments that an analysis knows effects well, and the truth is to be known better.
BLOCKS = 100
Flags = NDArray[np.bool_]
ANSWERS_NOW: Mapping[tuple[str, str], Callable[[Parameters], float]] = {
    ("pain_post_session_nrs", "hip_session"): lambda p: p["hip_session_now"],
    ("pain_nrs", "longest_sitting_min"): lambda p: p["pain_per_bout"],
    ("pain_nrs", "walking_min"): lambda p: p["pain_per_walking"],
    ("pain_nrs", "medication_taken"): lambda p: p["pain_per_medication"],
    ("pain_nrs", "spacer_used"): lambda p: p["pain_after_spacer"],
    ("back_stiffness_nrs", "walking_min"): lambda p: p["stiffness_per_walking"],
    ("back_stiffness_nrs", "longest_sitting_min"): lambda p: p["stiffness_per_bout"] / 60,
}
"""How much of an outcome answers to a unit of an exposure at the same moment, by outcome and exposure."""
# Whose outcome answers at all: of everybody unless the equations name a trait.
ONLY_IF = {"spacer_used": "side_sleeper"}
ORDER = ("pain_nrs", "hips_first", "sensitised_nrs")


@dataclass(frozen=True, eq=False)
class Moments:
    """The moments of a block of people: what was done, the outcome's true value, what of it answers, and how it is recorded."""

    done: Array
    outcome: Array
    answer: Array
    known: Flags
    record: Callable[[Array], Array]

    def if_done(self, done: Array) -> Array:
        """The recorded outcome had this been done in place of what was."""
        return self.record(self.outcome + self.answer * (done - self.done))


@dataclass(frozen=True)
class Whose:
    """The people and moments that an effect is asked of: of these arms, of who has a flag or has not (`only`), with a check-in before."""

    arms: tuple[str, ...]
    only: tuple[str, bool] | None = None
    after_another: bool = False


def moment_effect(scenario: Scenario, outcome: str, exposure: str, whose: Whose) -> tuple[float, float]:
    """The slope of a recorded outcome on an exposure at the same moment, and its Monte Carlo standard error.

    At every moment chance deals out among people what was done, so that nothing but the exposure can be its reason; the rest of each person's
    course is as it was. In the outcome's unit per unit of the exposure (of a yes or no: with less without). Scores are in steps and end at
    0 and 10, as check-ins record them, and a moment counts as often as a check-in is answered there: where scores end, an
    effect differs from moment to moment, and no record holds those that nobody answers.
    """
    if (outcome, exposure) not in ANSWERS_NOW:
        raise SimulationError(
            f"in this simulator {outcome!r} does not answer to {exposure!r} at the same moment"
        )
    if not ANSWERS_NOW[outcome, exposure](scenario.values) or whose.only == (ONLY_IF.get(exposure), False):
        return 0.0, 0.0
    blocks = []
    for number, (people, lived) in enumerate(blocks_of_moments(scenario)):
        chosen = in_arms(lived, whose.arms) & _of_trait(lived, whose.only)
        there = chosen[:, None] & answered(scenario, people, lived, after_another=whose.after_another)
        read = _read(people, lived, outcome, exposure, there)
        if not read.known.any():
            # A block may hold nobody with what few have.
            continue
        rng = np.random.default_rng([TRUTH_SEED, 3, number])
        dealt = shuffled(rng, read.done, read.known)
        # What would be recorded at the usual exposure tells nothing of what was dealt, and most of the noise.
        usual = np.full_like(read.done, read.done[read.known].mean())
        blocks.append(products_by_moment(dealt, read.if_done(dealt) - read.if_done(usual), read.known))
    if not blocks:
        raise SimulationError(f"nobody asked about has {exposure!r} now and now not, with {outcome!r}")
    return slope_and_error(blocks)


def order_values(
    scenario: Scenario, arms: tuple[str, ...], threshold: float
) -> dict[str, tuple[float, float]]:
    """What beginning sessions with the hips where the back is reactive would change at the next check-in, with its Monte Carlo error.

    Against never, against always, and at the moments at which the rule bids it; one moment is changed and all others stay. The
    rule looks at what the check-in records of how reactive the back is.
    """
    found: dict[str, list[Array]] = {}
    for people, lived in blocks_of_moments(scenario):
        chosen = in_arms(lived, arms)[:, None] & answered(scenario, people, lived)
        read, bids = _order(people, lived, chosen, threshold)
        first, last = (read.if_done(np.full_like(read.done, one)) for one in (1.0, 0.0))
        gain, known = first - last, read.known
        parts = {
            "difference from never": np.where(bids, gain, 0.0)[known],
            "difference from always": np.where(bids, 0.0, -gain)[known],
            "effect where it bids": gain[known & bids],
        }
        for name, values in parts.items():
            found.setdefault(name, []).append(values)
    return {name: _mean(values) for name, values in found.items()}


def _mean(values: list[Array]) -> tuple[float, float]:
    """The mean over all, and its standard error over blocks of people."""
    blocks = [(np.array([[float(len(one))]]), np.array([one.sum()])) for one in values if len(one)]
    return slope_and_error(blocks)


def blocks_of_moments(scenario: Scenario, most: int | None = None) -> Iterator[tuple[Doubles, Lived]]:
    """Blocks of people, at `most` so many, each with what happens to them in the arm that they came into."""
    if scenario.design.checkins_a_day != 2:
        raise SimulationError("check-ins come once a day, and moments are half days")
    for number in range(min(BLOCKS, most or BLOCKS)):
        people = Doubles(scenario, scenario.values, number)
        yield people, people.under(NOTHING)


def in_arms(lived: Lived, arms: tuple[str, ...]) -> Flags:
    """Who of a block came into one of these arms."""
    return np.isin(lived.arms, [ARMS.index(one) for one in arms])


def _of_trait(lived: Lived, only: tuple[str, bool] | None) -> Flags:
    return np.full(len(lived.arms), True) if only is None else (lived.course.people[only[0]] > 0.5) == only[1]


def answered(scenario: Scenario, people: Doubles, lived: Lived, *, after_another: bool = False) -> Flags:
    """Which check-ins (person, slot) people answer who live like this; `after_another`: and the one before as well."""
    p, streams = people.p, people.streams
    visits = favoured(
        rated_pain(lived.people.pain, lived.people.item_error, p), p, streams, "visit back pain"
    )
    done = adherence_by_visit(lived.course.slots["session_done"][:, 1::2] > 0, lived.arms > 0)
    asked = recorder(people, lived, "pain_nrs")(lived.course.slots["pain_nrs"])
    followed = follow_up(streams("follow-up"), visits, done, asked, scenario.missing, p, streams)
    there = followed.checkins
    if after_another:
        there = there & np.column_stack([np.zeros(len(there), dtype=bool), there[:, :-1]])
    return np.asarray(there)


def _read(people: Doubles, lived: Lived, outcome: str, exposure: str, chosen: Flags) -> Moments:
    """Those of the chosen moments at which outcome and exposure are there, and the exposure is not the same in all."""
    slots, trait = lived.course.slots, ONLY_IF.get(exposure)
    done, latent = slots[exposure], slots[outcome]
    known = np.isfinite(done) & np.isfinite(latent) & chosen
    known &= np.nanmax(np.where(known, done, -np.inf), axis=0) > np.nanmin(
        np.where(known, done, np.inf), axis=0
    )
    answers = np.ones(len(done)) if trait is None else lived.course.people[trait]
    answer = ANSWERS_NOW[outcome, exposure](people.p) * answers[:, None]
    return Moments(done, latent, answer, known, recorder(people, lived, outcome))


def _order(people: Doubles, lived: Lived, chosen: Flags, threshold: float) -> tuple[Moments, Flags]:
    """The sessions at chosen moments with one after them, the pain of which answers to their order while the back is reactive; and whom the rule bids."""
    outcome, exposure, score = ORDER
    slots = lived.course.slots
    done, reactive = slots[exposure][:, :-1], slots[score][:, :-1]
    known = np.isfinite(done) & chosen[:, :-1] & chosen[:, 1:]
    answer = np.asarray(people.p["hips_first_when_reactive"] * (reactive >= REACTIVE), dtype=float)
    record = recorder(people, lived, outcome)

    def next_recorded(values: Array) -> Array:
        return record(np.column_stack([slots[outcome][:, :1], values]))[:, 1:]

    bids = in_steps(score, reactive) >= threshold
    return Moments(done, slots[outcome][:, 1:], answer, known, next_recorded), bids


def recorder(people: Doubles, lived: Lived, outcome: str) -> Callable[[Array], Array]:
    """How check-ins record the true values of a column (person, slot), always with the same errors."""
    if outcome != "pain_nrs":
        return lambda values: in_steps(outcome, values)

    def recorded(values: Array) -> Array:
        rng = np.random.default_rng(0)
        asked = {outcome: values}
        return measured_diary(rng, lived.people, lived.hip_pain, asked, 2, people.p, people.streams).pain_nrs

    return recorded


def in_steps(name: str, values: Array) -> Array:
    """Values of a column (person, slot) as check-ins write them down."""
    column = recorded_column(name, values.ravel(), None).to_numpy(zero_copy_only=False)
    return np.asarray(column, dtype=float).reshape(values.shape)


def shuffled(rng: np.random.Generator, done: Array, known: Flags) -> Array:
    """What was done at each moment (person, slot), dealt out anew among the people of that moment whose it is known; else 0."""
    dealt = np.where(known, done, 0.0)
    for slot in np.flatnonzero(known.any(axis=0)):
        there = np.flatnonzero(known[:, slot])
        dealt[there, slot] = rng.permutation(dealt[there, slot])
    return dealt


def products_by_moment(done: Array, outcome: Array, known: Flags) -> tuple[Array, Array]:
    """Cross-products of what was done and the outcome, both as departures from the mean of their moment."""
    count = np.maximum(known.sum(axis=0), 1)
    x, y = (
        np.where(known, one - np.where(known, one, 0.0).sum(axis=0) / count, 0.0) for one in (done, outcome)
    )
    return np.array([[float((x * x).sum())]]), np.array([float((x * y).sum())])
