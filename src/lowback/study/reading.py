"""From a study file to a study, or to the part of it that a report is about."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from lowback.checked_yaml import read_checked, unknown_name
from lowback.part import checked_part
from lowback.study.design import Study, StudyError
from lowback.study.estimand import Estimand


def read_study(path: str | Path, part: Mapping[str, str] | None = None) -> Study:
    """The study that a YAML file declares; refused with file, key, value and what is allowed.

    Of a part with an arm, the study has this arm and the control arm, and asks what can be asked of the two; of a part
    with an outcome, it asks for this outcome. Other parts are of the cohort and leave the study as it is.
    """
    study = read_checked(Path(path), Study)
    told = checked_part(part, str(path))
    if "outcome" in told:
        study = _of_outcome(study, told["outcome"], str(path))
    if "arm" in told:
        study = _of_two_arms(study, told["arm"], told["control_arm"], str(path))
    return study


def _of_outcome(study: Study, outcome: str, where: str) -> Study:
    kept = tuple(one for one in study.estimands if one.outcome == outcome)
    if not kept:
        known = list(dict.fromkeys(one.outcome for one in study.estimands))
        raise StudyError(f"{where}: no estimand of {outcome!r}; {unknown_name(outcome, known)}")
    return study.model_copy(update={"estimands": kept})


def _of_two_arms(study: Study, arm: str, control: str, where: str) -> Study:
    """The study of one arm and the control arm."""
    others = [one for one in study.arms if one != study.control_arm]
    if study.control_arm is None or control != study.control_arm:
        raise StudyError(f"{where}: control_arm = {control!r}; the study's is {study.control_arm!r}")
    if arm not in others:
        raise StudyError(f"{where}: arm {arm!r}; {unknown_name(arm, others)}")
    asked = (_of_arms(study, one, {arm, control}) for one in study.estimands)
    kept = tuple(one for one in asked if one is not None)
    if not kept:
        raise StudyError(f"{where}: no estimand of arm {arm!r}, or none that compares it with {control!r}")
    return study.model_copy(update={"arms": (control, arm), "estimands": kept})


def _of_arms(study: Study, one: Estimand, arms: set[str]) -> Estimand | None:
    """The estimand as far as it is about these arms; None where it is about others."""
    kept = tuple(each for each in one.arms if each in arms)
    if one.arms and not kept:
        return None
    if one.compares_arms:
        treated = [each for each in study.treated_arms(one) if each in arms]
        if study.comparator(one) not in arms or not treated:
            return None
    return one.model_copy(update={"arms": kept}) if one.arms else one
