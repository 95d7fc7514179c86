"""How strongly a sentence may link two things, by the study's design, what is estimated, and what is shown of the analysis."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field

from lowback.certificate import Certificate
from lowback.language.grammar import words_of
from lowback.language.plain import plain
from lowback.language.words import Grade
from lowback.study import Estimand, Study
from lowback.variables import dictionary

# Comparisons of arms that chance made.
CONTRASTS = ("mean difference", "risk difference", "effect by characteristic", "mediated effect")
# Who would have stopped, or stayed, is not what chance decided.
BROKEN_BY = ("principal stratum", "while on treatment")
SHORTEST_NAME = 3
# What acts where arms were assigned: an arm by its name, or as such.
ARMS = r"\barmname|\barms?\b|\bassign(?:ed|ment)\b|\brandomi[sz]ed\b|\ballocation\b"
# Words that are arms' names and say nothing without them.
PRONOUNS = words_of("all any both either neither none other each control")


@dataclass(frozen=True)
class Allowance:
    """How strong words may be: of anything (`grade`), of an arm as what acts (`of_arms`), and of what nobody assigned (`of_links`).

    `why` says what the grade rests on, `arms` are names that a sentence may hold and which are no words of its own, `links` beginnings
    of the words for exposures and mediators.
    """

    grade: Grade
    why: str
    of_arms: Grade
    of_links: Grade = Grade.WEAK
    arms: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    masked: re.Pattern[str] | None = field(default=None, compare=False)

    def of(self, subject: str, sentence: str) -> Grade:
        """What is allowed of a subject: an arm's where it is one, a link's where it names an exposure, else the general one."""
        arm = _last(ARMS, subject)
        link = max((_last(rf"\b{re.escape(one)}", subject) for one in self.links), default=-1)
        if max(arm, link) >= 0:
            return self.of_arms if arm > link else self.of_links
        return self.of_arms if "armname" in sentence else self.grade


def allowance(
    study: Study,
    estimand: Estimand | None = None,
    certificate: Certificate = Certificate(),  # noqa: B008 (frozen)
    *,
    identified: Collection[str] = (),
    analysis: str = "",
) -> Allowance:
    """What may be said of one estimand of a study; of none, the most that any of them allows.

    Strong: arms that chance assigned, or a moment that chance decided. Weak: everything else, moderate where the certificate of the
    analysis *holds* and every diagram that survives the data identifies the estimand (`identified`: their names).
    """
    of_arms = Grade.STRONG if study.is_randomised else Grade.WEAK
    links = _links(study)
    common = {"arms": _names(study), "links": links, "masked": _mask(_names(study))}
    chosen = study.estimands if estimand is None else (estimand,)
    ranked = sorted(
        (_of_estimand(study, one, certificate, identified, analysis) for one in chosen),
        key=lambda found: found[0],
    )
    grade, why = ranked[-1]
    of_links = max(
        [Grade.WEAK]
        + [
            found[0]
            for one in chosen
            if not one.compares_arms
            and (found := _of_estimand(study, one, certificate, identified, analysis))
        ]
    )
    return Allowance(grade, why, of_arms, of_links, **common)  # type: ignore[arg-type]


def _last(pattern: str, text: str) -> int:
    """Where a pattern stands last; -1 where it does not."""
    return max((found.start() for found in re.finditer(pattern, text)), default=-1)


def nothing_declared() -> Allowance:
    """What may be said where no study says what was done."""
    return Allowance(Grade.WEAK, "no study declares a design here", Grade.WEAK)


def _of_estimand(
    study: Study, estimand: Estimand, certificate: Certificate, identified: Collection[str], analysis: str
) -> tuple[Grade, str]:
    """The grade of one estimand and what it rests on."""
    if estimand.randomised_with is not None:
        return Grade.STRONG, "chance decided it at each moment"
    if estimand.days_drawn:
        return Grade.STRONG, "chance drew the day of the change"
    if study.is_randomised and estimand.summary in CONTRASTS:
        broken = [one for one in estimand.intercurrent_events.values() if one in BROKEN_BY]
        if not broken and estimand.summary != "mediated effect":
            return Grade.STRONG, "chance assigned the arms"
    if _is_certified(certificate, estimand.name, analysis) and estimand.name in identified:
        return Grade.MODERATE, "the certificate holds and every diagram that survives identifies it"
    return Grade.WEAK, _why_weak(study, estimand)


def _why_weak(study: Study, estimand: Estimand) -> str:
    if study.is_randomised:
        what = "a path" if estimand.summary == "mediated effect" else "this"
        return f"chance assigned the arms, but {what} rests on assumptions that chance does not see to"
    article = "" if study.design == "cross-sectional" else "a "
    return f"the design is {article}{study.design}"


def _is_certified(certificate: Certificate, estimand: str, analysis: str) -> bool:
    found = [
        one
        for one in certificate.certified
        if one.estimand == estimand and (not analysis or one.analysis == analysis)
    ]
    return bool(found) and all(one.verdict == "holds" for one in found)


def _names(study: Study) -> tuple[str, ...]:
    """Arms as sentences are read, the longest first."""
    read = {plain(arm) for arm in study.arms}
    return tuple(
        sorted(
            (one for one in read if len(one) >= SHORTEST_NAME and one not in PRONOUNS), key=len, reverse=True
        )
    )


def _mask(names: tuple[str, ...]) -> re.Pattern[str] | None:
    return re.compile("|".join(rf"(?<!\w){re.escape(one)}(?!\w)" for one in names)) if names else None


def _links(study: Study) -> tuple[str, ...]:
    """Beginnings of words that name exposures, mediators and modifiers of the study's estimands."""
    named = {
        name
        for one in study.estimands
        for name in (one.exposure, *one.mediators, one.modifier)
        if name is not None and one.randomised_with is None and not one.days_drawn
    }
    words: list[str] = []
    for name in sorted(named):
        label = dictionary()[name].label if name in dictionary() else name.replace("_", " ")
        words += _telling(plain(label.partition(",")[0]))
    return tuple(dict.fromkeys(words))


def _telling(label: str) -> list[str]:
    """The label itself, and its last word where that tells it: "tilt" of a pelvic tilt."""
    last = label.split()[-1]
    return (
        [label, last]
        if len(last) > SHORTEST_NAME and last not in ("pain", "hour", "hours", "done", "held")
        else [label]
    )
