"""Of two series over evenly spaced waves, does one foretell the other within persons? Both lags, with persons' levels."""

from __future__ import annotations

import pandas as pd

from lowback.cohort import Cohort
from lowback.estimators import NotEstimable
from lowback.estimators.intervals import student_interval
from lowback.estimators.multiplicity import holm
from lowback.estimators.panel import PanelFit, fit_measures
from lowback.outcomes.asking import Asking, answered_of_people
from lowback.outcomes.panel_model import (
    LAGS,
    Lag,
    PanelReading,
    panel_assumptions,
    panel_method,
    panel_readings,
)
from lowback.outcomes.waves import PairedWaves, paired_waves
from lowback.result import NUMBERS, Refusal, Result, estimates_frame
from lowback.study import Estimand, Study
from lowback.variables import one_of

ASKING = Asking(
    "panel",
    "lead",
    "Of {label} and what may lead it, which foretells the other from one wave to the next?",
    "Which of two series foretells the other?",
)
SOURCES = (
    "Hamaker, Kuiper & Grasman 2015, Psychol Methods 20:102-116, doi:10.1037/a0038889 (the model)",
    "Arbuckle 1996, in Marcoulides & Schumacker (eds), Advanced Structural Equation Modeling, 243-277 (missing waves)",
    "Sheppard 1898, Proc Lond Math Soc 29:353-380, doi:10.1112/plms/s1-29.1.353 (the error of rounding)",
    "Rogosa 1980, Psychol Bull 88:245-258 (unequal reliability makes the better measured series seem to lead)",
)
FORETELLS, NOT_SHOWN = "foretells", "not shown"
Row = tuple[dict[str, object], dict[str, object]]


def panel(cohort: Cohort, study: Study) -> Result | Refusal:
    """Both lags between the study's first pair of series ("lead"), within persons, over evenly spaced visits or check-ins.

    A lag is in points of the one series per point of the other one wave before, at equal values of its own one wave before;
    lasting differences between people take no part. Persons' levels are random intercepts. Where the data
    dictionary gives the error of a visit's measure, or the mapping that of a check-in's, and where scores stand in steps, lags are corrected for
    it and shown as recorded beside that (`keys["adjustment"]`). Never causal.

    Hamaker, Kuiper & Grasman 2015, Psychol Methods 20:102-116.
    """
    return answered_of_people(cohort, study, ASKING, _panel)


def _panel(people: Cohort, study: Study, estimand: Estimand, _: str) -> Result:
    waves = paired_waves(people, study, estimand)
    found, remarks = panel_readings(waves)
    rows = [
        row for one in found for row in _rows(waves, one, "" if one is found[0] else f", {one.adjustment}")
    ]
    return Result(
        analysis="panel",
        estimand=estimand.name,
        question=f"Does {waves.exposure.label} foretell {waves.outcome.label} {waves.interval} later, or the other way round?",
        estimates=estimates_frame([row for row, _ in rows]),
        keys=pd.DataFrame([key for _, key in rows]),
        method=panel_method(waves, found, remarks, study),
        assumptions=panel_assumptions(waves, found),
        sources=SOURCES,
        smallest_worthwhile=estimand.smallest_worthwhile,
        higher_is=waves.outcome.higher_is,
    )


def _rows(waves: PairedWaves, found: PanelReading, suffix: str) -> list[Row]:
    """Lags and own pasts, the same in SD, tests of none, and the fit."""
    fit, inference = found.fit, found.fit.inference(found.errors)
    pair, names = (waves.exposure, waves.outcome), ("first", "second")
    rows: list[Row] = []
    # Two lags are looked at, so that 5 % is shared between them.
    shown = (
        holm([float(inference.p_value[fit.names.index(f"{names[i]} on {names[j]}")]) for i, j in LAGS]) < 0.05
    )

    def add(term: str, statistic: str, lag: Lag | None, unit: str, numbers: dict[str, float]) -> None:
        foretold, by = (None, None) if lag is None else (pair[one] for one in lag)
        key: dict[str, object] = {"statistic": statistic, "adjustment": found.adjustment, "conclusion": ""}
        if statistic == "lag" and lag is not None:
            key["conclusion"] = FORETELLS if shown[LAGS.index(lag)] else NOT_SHOWN
        for name, one in (("foretold", foretold), ("by", by)):
            key |= {name: one.name if one else "", f"{name}_label": one.label if one else ""}
        row: dict[str, object] = {"term": term + suffix, "unit": unit, "n_participants": fit.waves.n_people}
        rows.append(({**row, **numbers}, key))

    for lag in (*LAGS, (1, 1), (0, 0)):
        at = fit.names.index(f"{names[lag[0]]} on {names[lag[1]]}")
        numbers = {name: float(getattr(inference, name)[at]) for name in NUMBERS}
        unit = f"{pair[lag[0]].unit} per {one_of(str(pair[lag[1]].unit))}"
        add(_on(waves, lag), "lag" if lag in LAGS else "own past", lag, unit, numbers)
    for lag in LAGS:
        found_in_sd = student_interval(*fit.standardised(lag, found.errors), fit.df_by(found.errors))
        add(f"{_on(waves, lag)}, in SD", "standardised lag", lag, "SD per SD", found_in_sd)
    for absent, test in found.no_lags.items():
        term = " and ".join(f"no lag of {pair[one].label} on {pair[other].label}" for one, other in absent)
        numbers = {"estimate": test.statistic * test.df_num, "df": test.df_num, "p_value": test.p_value}
        add(
            f"{term}: likelihood ratio",
            "no lag",
            absent[0] if len(absent) == 1 else None,
            "chi-square",
            numbers,
        )
    for term, statistic, unit, measure in _measures(fit):
        add(term, statistic, None, unit, measure)
    return rows


def _measures(fit: PanelFit) -> list[tuple[str, str, str, dict[str, float]]]:
    """Measures of fit with their units; none where there are too few people for waves that covary freely."""
    try:
        found = fit_measures(fit)
    except NotEstimable:
        return []
    test = {"estimate": found.chi_square, "df": float(found.df), "p_value": found.p_value}
    error = {"estimate": found.rmsea, "conf_low": found.rmsea_low, "conf_high": found.rmsea_high}
    return [
        ("fit against free covariances: likelihood ratio", "fit", "chi-square", test),
        ("root mean square error of approximation (90 % interval)", "rmsea", "per degree of freedom", error),
        ("comparative fit index", "cfi", "index", {"estimate": found.cfi}),
    ]


def _on(waves: PairedWaves, lag: Lag) -> str:
    labels = (waves.exposure.label, waves.outcome.label)
    return f"{labels[lag[0]]} on {labels[lag[1]]} {waves.interval} before"
