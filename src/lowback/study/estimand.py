"""What is to be estimated, as a study file declares it: estimands, responder definitions, eligibility rules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

from pydantic import Field, model_validator

from lowback.checked_yaml import Number
from lowback.study.later_changes import FEWEST_DAYS, Blocks, LaterChange, contradictions
from lowback.study.strict import StudyModel
from lowback.study.summaries import ALLOWED, NEEDED, OF_ARMS, SummaryMeasure

Strategy = Literal["treatment policy", "hypothetical", "composite", "while on treatment", "principal stratum"]
Positive = Annotated[Number, Field(gt=0)]


class Responder(StudyModel):
    """What counts as having got better; exactly one key is given.

    `fall_percent` is a fall since baseline in percent of baseline, `fall_points` a fall in the outcome's unit, `at_most` a
    score not exceeded at the visit; `minimal_important_change: true` takes the fall from the data dictionary.
    """

    fall_percent: Annotated[Number, Field(gt=0, le=100)] | None = None
    fall_points: Positive | None = None
    at_most: Number | None = None
    minimal_important_change: Literal[True] | None = None

    @model_validator(mode="after")
    def _one_definition(self) -> Responder:
        given = [name for name in type(self).model_fields if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(
                f"give exactly one of {', '.join(type(self).model_fields)}; given: {given or 'none'}"
            )
        return self


class Eligibility(StudyModel):
    """One rule of who may be analysed, on a variable recorded at or before baseline."""

    variable: str
    reason: str
    at_least: Number | None = None
    at_most: Number | None = None
    equals: str | float | bool | None = None

    @model_validator(mode="after")
    def _says_who_is_in(self) -> Eligibility:
        bounds = [one for one in (self.at_least, self.at_most) if one is not None]
        if (self.equals is None) == (not bounds):
            raise ValueError("give 'equals', or else 'at_least', 'at_most' or both")
        if bounds != sorted(bounds):
            raise ValueError(f"nobody is at least {bounds[0]:g} and at most {bounds[1]:g}")
        return self


class Spells(StudyModel):
    """One definition of calm and flare, by which spells are read from records that follow one another.

    A record is in flare where the yes/no column `flag` says yes, where the outcome is `at_least` so much, or where it has a `rise` of
    so much over the person's median of the four weeks before; exactly one of the three is given. It is calm where the outcome is
    `at_most` so much, without that wherever it is not in flare. A flare counts that lasts `lasting_days` from its first record to
    its last; a person has settled after `calm_days` in calm.
    """

    name: str
    flag: str | None = None
    at_least: Number | None = None
    rise: Positive | None = None
    at_most: Number | None = None
    lasting_days: Annotated[Number, Field(ge=0)] = 0
    calm_days: Annotated[Number, Field(ge=0)] = 0

    @model_validator(mode="after")
    def _says_what_a_flare_is(self) -> Spells:
        given = [name for name in ("flag", "at_least", "rise") if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(
                f"spells {self.name!r}: give exactly one of flag, at_least, rise; given: {given or 'none'}"
            )
        if self.flag is not None and self.at_most is not None:
            raise ValueError(
                f"spells {self.name!r}: with a flag, calm is where it says no, so 'at_most' has no meaning"
            )
        if self.at_least is not None and self.at_most is not None and self.at_most >= self.at_least:
            raise ValueError(
                f"spells {self.name!r}: calm at most {self.at_most:g} and flare at least {self.at_least:g} overlap"
            )
        return self


class Estimand(StudyModel):
    """What is to be estimated: population, arms or exposure, outcome and visit, intercurrent events, summary measure.

    `arms` are each compared with `compared_with` (both default to the study's); `factorial` are those with the one component, with the other and with both, where the comparator has neither; `burden` is what arms ask of people, such as minutes of sessions a week, recorded at visits after baseline. `smallest_worthwhile` is the smallest
    difference that would matter, in the outcome's unit (a risk difference: in proportions). `mediators` lie between arm and
    outcome, in this order, and are read at `mediators_week`; with a `mediator_slope` within persons what the one mediator does is told from how both move in a person over all visits up to the outcome's; `auxiliary` is what is recorded after baseline and may tell who leaves; `confounders` are what the arm may change and what moves mediators and outcome, `doses` what people do of their arm's programme, counted since the visit before (nothing, by definition, in an arm without one), which does the same; `modifier` is what an effect may differ by, `before` the outcome's column
    just before what is done (else the outcome at the check-in before), `checkins_later` how many check-ins later the outcome is read,
    `randomised_with` the chance of what is done, where chance alone decided it at each moment. `spells` are definitions of calm and flare, the first of them the primary one (none: those published);
    `threshold` is the value of the exposure that a rule names; `smallest_worthwhile` is a hazard ratio above 1 of a recurrence, of an incidence a proportion, or of counts a rate ratio above 1. `rise` is what counts as an onset, in the
    exposure's unit above a person's usual; `start_drawn_from` are the first and last day from which chance drew the day of a change, each
    as likely as the next; `then` are changes after it, in order (stopped, taken up again), `blocks` what stands in their place where blocks on
    and off follow each other, `days_to_settle` how many days after each of these changes count for neither. Which keys a summary needs and allows: `NEEDED`, `ALLOWED`.
    """

    name: str
    summary: SummaryMeasure
    outcome: str
    population: Literal["all randomised", "all participants"] = "all participants"
    week: Number | None = None
    arms: tuple[str, ...] = ()
    compared_with: str | None = None
    factorial: tuple[str, ...] = ()
    exposure: str | None = None
    per: Positive | None = None
    mediators: tuple[str, ...] = ()
    mediators_week: Number | None = None
    mediator_slope: Literal["within persons"] | None = None
    confounders: tuple[str, ...] = ()
    doses: tuple[str, ...] = ()
    auxiliary: tuple[str, ...] = ()
    burden: str | None = None
    modifier: str | None = None
    before: str | None = None
    checkins_later: Annotated[int, Field(ge=0, le=100)] = 0
    randomised_with: Annotated[Number, Field(gt=0, lt=1)] | None = None
    threshold: Positive | None = None
    spells: tuple[Spells, ...] = ()
    rise: Positive | None = None
    start_drawn_from: tuple[Number, Number] | None = None
    then: tuple[LaterChange, ...] = ()
    blocks: Blocks | None = None
    days_to_settle: Annotated[int, Field(ge=0, le=90)] = 0
    responders: tuple[Responder, ...] = ()
    missing_outcome: Literal["missing", "not responded"] = "missing"
    intercurrent_events: Mapping[str, Strategy] = Field(default_factory=dict)
    smallest_worthwhile: Positive | None = None

    @model_validator(mode="after")
    def _has_what_its_summary_needs(self) -> Estimand:
        for key in NEEDED[self.summary]:
            if getattr(self, key) in (None, ()):
                raise ValueError(f"estimand {self.name!r}: a {self.summary} needs the key {key!r}")
        particular = {key for keys in (*NEEDED.values(), *ALLOWED.values()) for key in keys}
        foreign = particular - {*NEEDED[self.summary], *ALLOWED[self.summary]}
        for key in sorted(foreign & self.model_fields_set):
            raise ValueError(f"estimand {self.name!r}: the key {key!r} has no meaning for a {self.summary}")
        for problem in self._own_contradictions():
            raise ValueError(f"estimand {self.name!r}: {problem}")
        return self

    @property
    def compares_arms(self) -> bool:
        """Whether it is a comparison of arms."""
        return self.summary in OF_ARMS

    @property
    def measures(self) -> tuple[str, ...]:
        """Every column that it names, the outcome first."""
        later = (one.day for one in self.then)
        beside = (*self.mediators, *self.confounders, *self.doses, *self.auxiliary, *later)
        named = (self.outcome, self.exposure, *beside, self.burden, self.modifier, self.before)
        return tuple(one for one in named if one is not None)

    @property
    def days_drawn(self) -> bool:
        """Whether chance drew the days, or the blocks, on which something was taken up and stopped."""
        return self.start_drawn_from is not None or (self.blocks is not None and bool(self.blocks.drawn_from))

    def _own_contradictions(self) -> Iterator[str]:
        if self.exposure == self.outcome:
            yield f"{self.outcome!r} is both exposure and outcome"
        for one in sorted({one for one in self.measures if self.measures.count(one) > 1} - {self.exposure}):
            yield f"{one!r} is named twice"
        yield from contradictions(
            self.exposure or "change_day", self.start_drawn_from, self.then, self.days_to_settle
        )
        if self.days_to_settle and not self.then and self.blocks is None:
            yield "days_to_settle: has no meaning for one change; give 'then' or 'blocks'"
        if self.blocks is not None and self.blocks.days <= FEWEST_DAYS + self.days_to_settle:
            yield f"blocks: of {self.blocks.days} days, fewer than {FEWEST_DAYS} are left beside that of the change and days_to_settle = {self.days_to_settle}"
        if self.blocks is not None and {"exposure", "start_drawn_from", "then"} & self.model_fields_set:
            yield "blocks: their order says when something is on, so 'exposure', 'start_drawn_from' and 'then' have no meaning beside them"
        if (
            not self.then
            and self.start_drawn_from is not None
            and self.start_drawn_from[0] >= self.start_drawn_from[1]
        ):
            yield f"start_drawn_from = {list(self.start_drawn_from)}: the first day, then a later one"
        if self.week is not None and self.mediators_week is not None and self.mediators_week > self.week:
            yield f"mediators_week = {self.mediators_week:g} lies after the outcome's week {self.week:g}"
        yield from self._slope_contradictions()
        if len(set(self.arms)) < len(self.arms):
            yield f"an arm is named twice; arms = {list(self.arms)}"
        if self.factorial and not len(set(self.factorial)) == len(self.factorial) == 3:
            yield f"factorial = {list(self.factorial)}: the arm with one component, the arm with the other, and the arm with both"
        names = [one.name for one in self.spells]
        if len(set(names)) < len(names):
            yield f"a definition of spells stands twice; spells = {names}"
        if self.summary == "recurrence" and (self.smallest_worthwhile or 2) <= 1:
            yield f"smallest_worthwhile = {self.smallest_worthwhile:g}: of a recurrence it is a hazard ratio above 1"
        if any(one in self.responders[:place] for place, one in enumerate(self.responders)):
            yield "a definition of responders stands twice"
        if self.summary == "risk difference" and (self.smallest_worthwhile or 0) > 1:
            yield f"smallest_worthwhile = {self.smallest_worthwhile:g}: a risk difference is a proportion, 0 to 1"

    def _slope_contradictions(self) -> Iterator[str]:
        if self.mediator_slope is None:
            return
        if len(self.mediators) > 1 or self.confounders:
            yield (
                "mediator_slope: within persons is that of one mediator without confounders; "
                f"mediators = {list(self.mediators)}, confounders = {list(self.confounders)}"
            )
        if self.mediators_week not in (None, self.week):
            yield f"mediator_slope: within persons needs the mediator at the outcome's visits; mediators_week = {self.mediators_week:g}"
