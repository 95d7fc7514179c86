"""A claim's question as a study of this cohort would declare it, or the reason why it cannot be asked here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from lowback.checked_yaml import ConfigurationError, unknown_name
from lowback.cohort import Cohort
from lowback.ledger.claims import Ask, claims_file
from lowback.study import Estimand, Study

TREATED = (
    "mean difference",
    "risk difference",
    "mediated effect",
    "effect by characteristic",
    "effect in those who keep to it",
)
UP_TO_A_WEEK = (*TREATED, "dose response", "sustained effect")
# How a measure begins that is an effect of an arm, and what it is where nobody assigned the arms.
EFFECT_OF, DIFFERENCE_WITH = "effect of {hip} on ", "difference that goes with {hip} in "


class CannotBeAsked(ValueError):  # noqa: N818 (a finding about the cohort, not a fault of the program)
    """A question that this cohort or study does not allow."""


@dataclass(frozen=True)
class Asked:
    """A study with the one estimand that is asked for, what matters in its unit, and the arms by their roles."""

    study: Study
    estimand: Estimand
    matters: float
    arms: Mapping[str, str]

    def words(self, measure: str) -> str:
        """What the answer is, with the arms and the week of this study in place of their roles; an effect only where chance assigned the arms."""
        known = {role.replace(" ", "_"): arm for role, arm in self.arms.items()}
        week = "" if self.estimand.week is None else f"week {self.estimand.week:g}"
        if not self.study.is_randomised:
            measure = measure.replace(EFFECT_OF, DIFFERENCE_WITH)
        return measure.format(**known, control=self.study.comparator(self.estimand) or "", week=week)


def roles_of(text: str) -> dict[str, str]:
    """Which arm plays which role, from text such as `hip: stretching; strengthening: gym`; empty text names none.

    Raises `ConfigurationError` for a role that no claim speaks of.
    """
    named = {}
    for part in filter(None, map(str.strip, text.split(";"))):
        role, _, arm = (one.strip() for one in part.partition(":"))
        if role not in claims_file().arms or not arm:
            raise ConfigurationError(
                f"arms: {part!r}: {unknown_name(role, list(claims_file().arms))}, such as 'hip: name of the arm'"
            )
        named[role] = arm
    return named


def asked(ask: Ask, cohort: Cohort, study: Study, named: Mapping[str, str]) -> Asked:
    """The claim's question put to this study; `named` says which arm plays which role.

    An estimand that the study declares for the same question stands for it, with what the study says matters. Raises
    `CannotBeAsked` with the records, the arms or the visits that are missing.
    """
    lacking = missing_records(ask.columns, cohort, in_checkins=ask.table == "checkins")
    if lacking:
        raise CannotBeAsked(lacking)
    arms = {**claims_file().arms, **named}
    for role in ask.roles:
        if arms[role] not in study.arms:
            raise CannotBeAsked(f"this study has no arm {arms[role]!r}")
    roles = {role: arms[role] for role in ask.roles}
    declared = _declared(ask, study, roles)
    estimand = declared or _estimand(ask, study, roles)
    changes: dict[str, Any] = {"estimands": (estimand,)}
    if ask.only is not None:
        changes["eligibility"] = (*study.eligibility, ask.only)
    if ask.table == "checkins":
        changes["weeks"] = ()
    changes["covariates"] = tuple(dict.fromkeys([*study.covariates, *ask.adjust]))
    return Asked(study.model_copy(update=changes), estimand, _matters(ask, declared), roles)


def missing_records(columns: Iterable[str], cohort: Cohort, *, in_checkins: bool = False) -> str:
    """Which of these columns the cohort does not record, in words; empty where it records all."""
    tables = [cohort.participants, cohort.checkins, *([] if in_checkins else [cohort.visits])]
    held = {str(name) for table in tables if table is not None for name in table if table[name].notna().any()}
    missing = [name for name in columns if name not in held]
    if not missing:
        return ""
    labels = [cohort.variables[one].label if one in cohort.variables else one for one in missing]
    return f"this cohort does not record {', '.join(labels)}{' in check-ins' if in_checkins else ''}"


def _declared(ask: Ask, study: Study, roles: Mapping[str, str]) -> Estimand | None:
    """The study's own estimand of the same summary, outcome, exposure and mediators, if it compares the arms that are asked about."""
    wanted = ask.estimand
    if ask.only is not None or ask.table is not None or set(ask.adjust) - set(study.covariates):
        return None
    for one in study.estimands:
        is_same = all(
            getattr(one, key) == wanted.get(key) for key in ("summary", "outcome", "exposure", "modifier")
        )
        # What does not run by way of one thing may well run by way of another.
        is_same &= one.mediators == tuple(wanted.get("mediators", ()))
        is_same &= set(wanted.get("confounders", ())) <= set(one.confounders)
        treated = set(study.treated_arms(one)) if one.compares_arms else set()
        compared = {roles[role] for role in wanted.get("arms", ())}
        control = roles.get(ask.control or "", study.control_arm)
        if is_same and compared <= treated and (not compared or study.comparator(one) == control):
            return _at_the_claims_threshold(one, wanted)
    return None


def _at_the_claims_threshold(declared: Estimand, wanted: Mapping[str, Any]) -> Estimand:
    """The estimand at the threshold that the claim names; who keeps to a programme is for the study to say."""
    if declared.compares_arms or declared.threshold is None or "threshold" not in wanted:
        return declared
    return declared.model_copy(update={"threshold": wanted["threshold"]})


def _estimand(ask: Ask, study: Study, roles: Mapping[str, str]) -> Estimand:
    keys: dict[str, Any] = {**ask.estimand, "smallest_worthwhile": ask.matters}
    keys.setdefault("name", f"{keys['outcome']}, {keys['summary']}")
    if keys["summary"] in UP_TO_A_WEEK:
        keys["week"] = _week(study)
    if "arms" in keys:
        keys["arms"] = tuple(roles[role] for role in keys["arms"])
    if ask.control is not None:
        keys["compared_with"] = roles[ask.control]
    if keys["summary"] in TREATED and study.is_randomised:
        keys["population"] = "all randomised"
    try:
        return Estimand.model_validate(keys)
    except ValidationError as error:
        raise CannotBeAsked(str(error.errors()[0]["msg"]).removeprefix("Value error, ")) from None


def _week(study: Study) -> float:
    """The visit at which the study compares its arms, else its last."""
    of_arms = study.estimand("mean difference", "risk difference")
    if of_arms is not None and of_arms.week is not None:
        return float(of_arms.week)
    if len(study.weeks) < 2:
        raise CannotBeAsked("this study declares no visit after baseline")
    return float(study.weeks[-1])


def _matters(ask: Ask, declared: Estimand | None) -> float:
    """What the study says matters, or else the ledger, in the unit of the row."""
    if declared is None or ask.standardised:
        return ask.matters
    if declared.smallest_worthwhile is not None:
        return float(declared.smallest_worthwhile)
    times = float(declared.per or 1) / float(ask.estimand.get("per") or 1)
    return ask.matters**times if ask.ratio else ask.matters * times
