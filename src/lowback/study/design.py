"""A study: its design, arms, visits and covariates, refused when it contradicts itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, PrivateAttr, model_validator

from lowback.checked_yaml import ConfigurationError, Number, spoken_keys, unknown_name
from lowback.study.estimand import Eligibility, Estimand
from lowback.study.strict import StudyModel
from lowback.study.summaries import SummaryMeasure

Design = Literal["randomised trial", "cohort", "cross-sectional", "single arm"]


class StudyError(ConfigurationError):
    """A study that contradicts itself or asks for what the cohort lacks."""


class Study(StudyModel):
    """One study's design and the estimands it declares; the first of a kind is the primary one."""

    title: str
    design: Design
    weeks: tuple[Annotated[Number, Field(ge=0)], ...] = ()
    arms: tuple[str, ...] = ()
    control_arm: str | None = None
    # The column of those who were allocated or treated together; participant_id where nobody was.
    clusters: str | None = None
    covariates: tuple[str, ...] = ()
    eligibility: tuple[Eligibility, ...] = ()
    estimands: Annotated[tuple[Estimand, ...], Field(min_length=1)]
    # What people answer of reporting checklists, by list and item; no number hangs on it, so no certificate does.
    checklist: Annotated[
        Mapping[str, Mapping[str, str]], BeforeValidator(spoken_keys), Field(exclude=True)
    ] = {}
    # The exposure that `with_exposure` was asked for, and those that have slopes: what a refusal has to name.
    _asked: tuple[str, tuple[str, ...]] | None = PrivateAttr(default=None)
    # What `on_measuring` was asked for.
    _measured: str = PrivateAttr(default="")

    @model_validator(mode="after")
    def _does_not_contradict_itself(self) -> Study:
        problems = _contradictions(self)
        if problems:
            raise ValueError("; ".join(problems))
        return self

    @property
    def is_randomised(self) -> bool:
        """Whether arms were assigned at random."""
        return self.design == "randomised trial"

    def estimand(self, *summaries: SummaryMeasure) -> Estimand | None:
        """The first declared estimand with one of these summary measures."""
        return next((one for one in self.estimands if one.summary in summaries), None)

    def focus(self, *names: str) -> Study:
        """The same study with these estimands only, in this order; with all of them when none is named. "" names none."""
        known = {one.name: one for one in self.estimands}
        asked = [name for name in names if name]
        for name in asked:
            if name not in known:
                raise StudyError(f"no estimand {name!r} in {self.title!r}; {unknown_name(name, list(known))}")
        return self.model_copy(update={"estimands": tuple(known[name] for name in asked or known)})

    def with_exposure(self, exposure: str) -> Study:
        """The same study with only those slopes that are on this exposure; all other estimands stay."""
        kept = tuple(one for one in self.estimands if one.summary != "slope" or one.exposure == exposure)
        asked = self.model_copy(update={"estimands": kept})
        declared = tuple(str(one.exposure) for one in self.estimands if one.summary == "slope")
        asked._asked = (exposure, tuple(dict.fromkeys(declared)))
        return asked

    def on_measuring(self, slope: str, agreement: str = "") -> Study:
        """The same study with the estimand of agreement of this name, else with those on what the slope has for its exposure.

        Where no slope is named it is the first.
        """
        if agreement:
            return self.focus(agreement)
        exposure = next((one.exposure for one in self.focus(slope).estimands if one.summary == "slope"), None)
        kept = tuple(one for one in self.estimands if one.summary == "agreement" and one.outcome == exposure)
        asked = self.model_copy(update={"estimands": kept})
        asked._measured = str(exposure or "")
        return asked

    @property
    def narrowed_to(self) -> str:
        """Of what alone `on_measuring` asks, as words after those on the estimand that is lacking."""
        return f" of {self._measured!r}" if self._measured else ""

    @property
    def exposure_asked(self) -> str | None:
        """The exposure to which `with_exposure` narrowed the slopes; None where it did not."""
        return self._asked[0] if self._asked else None

    @property
    def why_no_slope(self) -> str:
        """That the study declares no slope, or none on the exposure asked for, in words."""
        if self._asked is None or not self._asked[1]:
            return f"the study “{self.title}” declares no estimand whose summary measure is “slope”"
        exposure, declared = self._asked
        return f"the study “{self.title}” declares no slope on {exposure!r}; its slopes are on {', '.join(declared)}"

    def treated_arms(self, estimand: Estimand) -> tuple[str, ...]:
        """The arms that the estimand compares with its comparator."""
        return estimand.arms or tuple(arm for arm in self.arms if arm != self.comparator(estimand))

    def comparator(self, estimand: Estimand) -> str | None:
        """The arm that the others are compared with."""
        return estimand.compared_with or self.control_arm


def _contradictions(study: Study) -> list[str]:
    problems = []
    names = [one.name for one in study.estimands]
    problems += [
        f"estimand {name!r} is declared twice" for name in sorted({n for n in names if names.count(n) > 1})
    ]
    if study.control_arm is not None and study.control_arm not in study.arms:
        problems.append(
            f"control_arm = {study.control_arm!r}; {unknown_name(study.control_arm, list(study.arms))}"
        )
    if study.is_randomised and len(study.arms) < 2:
        problems.append(f"a randomised trial needs two arms or more; arms = {list(study.arms)}")
    if study.design == "single arm" and len(study.arms) > 1:
        problems.append(f"a single-arm study has one arm; arms = {list(study.arms)}")
    if len(set(study.arms)) < len(study.arms):
        problems.append(f"an arm is named twice; arms = {list(study.arms)}")
    if list(study.weeks) != sorted(set(study.weeks)):
        problems.append(f"weeks = {numbers(study.weeks)}: each once and in order, the baseline first")
    if study.design == "cross-sectional" and len(study.weeks) > 1:
        problems.append(f"a cross-sectional study has one visit; weeks = {numbers(study.weeks)}")
    if len(set(study.covariates)) < len(study.covariates):
        problems.append(f"a covariate is named twice; covariates = {list(study.covariates)}")
    for one in study.estimands:
        problems += [f"estimand {one.name!r}: {text}" for text in _estimand_contradictions(study, one)]
    return problems


def _estimand_contradictions(study: Study, one: Estimand) -> Iterator[str]:
    """What an estimand asks that its study does not have."""
    for arm in (*one.arms, *one.factorial, *filter(None, [one.compared_with])):
        if arm not in study.arms:
            yield f"no arm {arm!r}; {unknown_name(arm, list(study.arms))}"
    comparator = study.comparator(one)
    if comparator in one.arms:
        yield f"arm {comparator!r} is compared with itself"
    if comparator in one.factorial:
        yield f"arm {comparator!r} has neither component, so it is none of factorial = {list(one.factorial)}"
    if one.compares_arms and len(study.arms) > 1 and comparator is None:
        yield f"compared with what? give control_arm or compared_with; arms = {list(study.arms)}"
    if one.compares_arms and "arm" in study.covariates:
        yield "'arm' is compared, so it is no covariate"
    for week in (one.week, one.mediators_week):
        if week is not None and study.weeks and week not in study.weeks:
            yield f"week {week:g} is not among the study's {numbers(study.weeks)}"
    if one.week is not None and len(study.weeks) > 1 and one.week == study.weeks[0]:
        yield f"week {one.week:g} is the baseline; a difference is asked for at a later visit"
    if one.population == "all randomised" and not study.is_randomised:
        yield f"'all randomised' in a design that is a {study.design}"


def numbers(values: list[float] | tuple[float, ...]) -> str:
    """Numbers as a list in a sentence."""
    return "[" + ", ".join(f"{value:g}" for value in values) + "]"
