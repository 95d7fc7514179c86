"""The panel model of two series, with and without correction for measurement error, and what is to be said of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lowback.estimators import NotEstimable
from lowback.estimators.inference import JointTest
from lowback.estimators.panel import Errors, PanelFit, fit_panel, lag_test
from lowback.outcomes.refusals import NotComparable
from lowback.outcomes.wave_error import wave_errors
from lowback.outcomes.waves import PairedWaves
from lowback.study import Study

CORRECTED, ROUNDED, RECORDED = "corrected for measurement error", "corrected for rounding", "as recorded"
# With so many waves what is new at each has one variance, or there would be more parameters than people.
MANY_WAVES = 8
# Up to so many people the sandwich's standard errors come out too small, and the jackknife's take their place.
FEW_PEOPLE = 200
Lag = tuple[int, int]
# The exposure is the first series, the outcome the second; a lag is (which is foretold, by which).
LAGS: tuple[Lag, ...] = ((1, 0), (0, 1))


@dataclass(frozen=True, eq=False)
class PanelReading:
    """The fit by one reading of the scores, and the tests that a lag, or both, are zero."""

    adjustment: str
    fit: PanelFit
    no_lags: dict[tuple[Lag, ...], JointTest]

    @property
    def errors(self) -> Errors:
        """Where the standard errors come from."""
        return errors_of(self.fit)


def errors_of(fit: PanelFit) -> Errors:
    """The jackknife with few people, whose sandwich is too small; else the sandwich."""
    return "jackknife" if fit.waves.n_people <= FEW_PEOPLE else "sandwich"


def panel_readings(waves: PairedWaves) -> tuple[list[PanelReading], list[str]]:
    """The fits, that which is corrected first, and what to say of a correction that could not be had."""
    known = wave_errors(waves)
    errors = (known[0].variance, known[1].variance)
    found, remarks = [], []
    if any(errors):
        try:
            by = CORRECTED if any(one.declared is not None for one in known) else ROUNDED
            found.append(_fitted(waves, errors, by))
        except NotEstimable as refused:
            remarks.append(f"not corrected for measurement error: {refused}")
    try:
        found.append(_fitted(waves, (0.0, 0.0), RECORDED))
    except NotEstimable as refused:
        if not found:
            raise NotComparable(
                f"the panel model of {waves.exposure.label} and {waves.outcome.label} cannot be fitted: {refused}",
                "more people or waves, and series that vary within persons",
            ) from refused
    return found, remarks


def _fitted(waves: PairedWaves, errors: tuple[float, float], adjustment: str) -> PanelReading:
    full = fit_panel(
        waves.exposures,
        waves.outcomes,
        groups=waves.arm,
        error_variance=errors,
        equal_innovations=len(waves.moments) >= MANY_WAVES,
    )
    impossible = [name for name in full.negative if name != "levels"]
    if impossible:
        raise NotEstimable(
            f"what varies within persons would have a variance below zero at {', '.join(impossible)}"
        )
    # A model that one person alone holds up is refused here, not when its intervals are asked for.
    full.covariance_by(errors_of(full))
    return PanelReading(
        adjustment, full, {one: lag_test(full, one) for one in ((LAGS[0],), (LAGS[1],), LAGS)}
    )


def panel_method(waves: PairedWaves, found: list[PanelReading], remarks: list[str], study: Study) -> str:
    """The sentences that the report prints under "Method"."""
    fit, several = found[0].fit, len(waves.arms) > 1
    whose = (
        f"means of their own at each {waves.kind} in each arm"
        if several
        else f"a mean of its own at each {waves.kind}"
    )
    levels = "; levels of persons would have a variance below zero, so that they are no more than a way to write the covariance down"
    clauses = [
        f"Random-intercept cross-lagged panel model of {waves.exposure.label} and {waves.outcome.label} at {len(waves.moments)} "
        f"{waves.kind}s {waves.interval} apart, {whose}, lags the same throughout, by maximum likelihood with every score that there is",
        f"{fit.waves.n_people} people with at least one score ({int(np.isfinite(waves.outcomes).sum())} of {waves.outcome.label}, "
        f"{int(np.isfinite(waves.exposures).sum())} of {waves.exposure.label})",
        f"{waves.left_out} people left out who are in no arm of the study" if waves.left_out else "",
        f"later {waves.kind}s are not read ({waves.waves_unused})" if waves.waves_unused else "",
        *_errors_told(waves, found),
        *remarks,
        f"covariates ({', '.join(study.covariates)}) are not used: what lasts in a person is in the levels"
        if study.covariates
        else "",
        _intervals_told(found[0]),
        "a lag is called shown where its p-value is below 5 % after Holm's adjustment for looking at both",
    ]
    text = "; ".join(one for one in clauses if one)
    return text + (levels if "levels" in fit.negative else "") + "."


def _intervals_told(found: PanelReading) -> str:
    """How intervals and tests were found, as a clause."""
    tests = "tests of no lag by likelihood ratio take scores for normal"
    if found.errors == "sandwich":
        return f"intervals are normal, with standard errors from each person's part of the likelihood, which hold for scores of any distribution; {tests}"
    return (
        "standard errors are by leaving each person out and fitting anew (jackknife), which hold for scores of any distribution, intervals t with "
        f"{found.fit.df_by('jackknife'):.0f} degrees of freedom, the people less the parameters; {tests}"
    )


def _errors_told(waves: PairedWaves, found: list[PanelReading]) -> list[str]:
    """What is known of measurement error, as clauses."""
    known = wave_errors(waves)
    is_read = found[0].adjustment != RECORDED
    told = [one.told for one in known if one.told and (is_read or one.rounded.is_coarse)]
    if any(one.declared is not None for one in known):
        return told
    other = " beyond that" if is_read else ""
    which = f"a {waves.kind}'s error{other} is not known"
    return [
        *told,
        f"not corrected for any other error: {which}"
        if is_read
        else f"not corrected for measurement error: {which}",
    ]


def panel_assumptions(waves: PairedWaves, found: list[PanelReading]) -> tuple[str, ...]:
    """What has to hold for the lags to mean what they say."""
    one, other = waves.exposure.label, waves.outcome.label
    unequal = (
        f"What is recorded of {one} and {other} has no more error than was taken off; error that is left in one of them makes the "
        "other seem to lead."
    )
    return (
        f"Rests on: no common cause of {one} and {other} that changes within a person and that only one wave's scores stand for; what "
        "lasts in a person is taken out by the levels.",
        unequal,
        f"What one does to the other takes about {waves.interval}; what comes and goes between two waves is not seen as a lag.",
        "Lags are straight lines, the same in everybody and at every wave.",
        "Whether a score is missing does not depend on its value, given the person's other scores (missing at random).",
        *(
            ()
            if found[0].adjustment == RECORDED
            else ("Errors are independent from wave to wave and between the two series.",)
        ),
    )
