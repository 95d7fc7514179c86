"""Why an analysis fails: what its figures say of it, and which of its assumptions the simulated worlds break."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import erf, isfinite, sqrt

from lowback.certificate import Certified, CertifiedTerm, Figures
from lowback.estimators.proportions import wilson
from lowback.repeat.verdicts import BIAS_HOLDS, REFUSED_HOLDS

NORMAL_95 = 1.959964
# Standard errors this much too small or less are no reason.
LITTLE = 0.02

WORDS = {
    "errors": "standard errors are {ratio:.2f} times what estimates vary by, which alone makes intervals of 95 % cover {alone}",
    "bias": "estimates are off by {bias:.2f} of their own spread, which alone makes intervals of 95 % cover {alone}",
    "no answer": "there is no answer in {refused} of cohorts",
    "shape": "neither bias nor the size of its standard errors explains all of it ({expected} expected): intervals do not have the shape of "
    "what estimates do",
    "not bias": "bias has next to no part in it ({bias:.2f} of that spread)",
    "not errors": "the size of standard errors has no part in it ({ratio:.2f} times what estimates vary by)",
}
"""What figures say of a failure."""

ASSUMED = {
    (
        "complier",
        "bias",
    ): "It takes whoever stays below the threshold to gain nothing, whereas in these worlds every session counts: it credits those who keep to "
    "the programme with the gains of the others too. The row on the whole programme does not.",
    (
        "mediation",
        "bias",
    ): "It takes mediator and outcome to have no common cause that is not adjusted for (people who do more of their programme move the "
    "mediator further and get better by other ways too, which a study adjusts for that names its `doses`), and a unit of the mediator to "
    "go with the same difference in the outcome wherever it comes from, whereas in these worlds what lasts of a person's hip moves the "
    "pelvis less than what changes of it.",
    (
        "mediation",
        "no answer",
    ): "It gives the total alone for a cohort in which the error of measuring a mediator may be all by which it varies.",
    (
        "corrected_slopes",
        "bias",
    ): "Between persons it compares means over the visits that people attended; where some were missed these hold more of what changes within "
    "a person, so that the slope leans towards that within persons.",
    (
        "corrected_slopes",
        "no answer",
    ): "It gives no slope for a cohort in which the error of measuring the exposure may be all by which it varies.",
    (
        "mixed",
        "errors",
    ): "It takes any two visits of a person to be equally alike, whereas pain in these worlds is the less alike the further "
    "apart two visits are: the change from baseline to the last visit varies more than it believes.",
    (
        "lead",
        "bias",
    ): "It lets no measure be more reliable than its whole points allow, and in these worlds most are just that reliable: estimates can only be too "
    "low, and memories, which make up for it, are too high on average.",
    (
        "panel",
        "bias",
    ): "It takes check-ins to have no error but that of rounding unless the mapping declares more, whereas back pain in one_cause has more: what "
    "is recorded remembers less than what is felt, and what moves both at once looks like a lag. The analysis in continuous time (`lead`) finds that error by itself.",
    (
        "slopes",
        "bias",
    ): "It takes scores to follow a straight line from the first visit to the last, whereas the programmes of these worlds have "
    "their whole effect by week 7: by the last visit the line has gone too far.",
}
"""The assumption of an analysis that the simulated worlds are known to break, by what it does to the figures."""

Said = tuple[str, str]


def failures(world: str, certified: Sequence[Certified]) -> Iterator[str]:
    """A paragraph for each analysis of an estimand that fails in a world: how many rows, what their figures say, and why."""
    for part in certified:
        failed = [one for one in part.terms if one.verdict == "fails"]
        if failed:
            yield " ".join(_paragraph(world, part, failed))


def diagnosis(figures: Figures) -> str:
    """What the figures of one world say of a failure, in words: standard errors, bias, cohorts without an answer, or the shape of intervals."""
    return "; ".join(said for _, said in _diagnosed(figures))


def _paragraph(world: str, part: Certified, failed: Sequence[CertifiedTerm]) -> Iterator[str]:
    worst = min(failed, key=lambda one: _coverage(one.worlds[world]))
    several = len(part.terms) > 1
    rows = f" in {len(failed)} of {len(part.terms)} rows" if several else ""
    yield f"`{part.analysis}` *fails* for {part.estimand} in {world}{rows}."
    found = list(_diagnosed(worst.worlds[world]))
    if found:
        yield f"At worst ({worst.term}) {_joined(found)}." if several else f"There {_joined(found)}."
    yield from (ASSUMED[part.analysis, kind] for kind, _ in found if (part.analysis, kind) in ASSUMED)


def _joined(found: Sequence[Said]) -> str:
    return "; ".join(said for _, said in found)


def _diagnosed(figures: Figures) -> Iterator[Said]:
    """Each thing that there is to say, after its kind."""
    refused = figures.get("refused") or 0.0
    coverage, ratio, spread = (figures.get(one) for one in ("coverage", "se_ratio", "empirical_se"))
    if refused > REFUSED_HOLDS:
        yield "no answer", WORDS["no answer"].format(refused=_percent(refused))
    if coverage is None or not ratio or not spread:
        return
    bias = abs(figures.get("bias") or 0.0) / spread
    yield "coverage", f"intervals of 95 % cover {_percent(coverage)}"
    errors = "errors" if ratio < 1 - LITTLE else "not errors"
    yield errors, WORDS[errors].format(ratio=ratio, alone=_percent(expected_coverage(ratio, 0)))
    off = "bias" if bias > BIAS_HOLDS else "not bias"
    yield off, WORDS[off].format(bias=bias, alone=_percent(expected_coverage(1, bias)))
    expected = expected_coverage(ratio, bias)
    # A share of 0 or 1 has a standard error of 0, yet of few cohorts it is not known to a hair; Wilson's interval knows.
    answered = (figures.get("replicates") or 0.0) * (1 - refused)
    if answered and wilson(coverage * answered, answered).conf_high < expected:
        yield "shape", WORDS["shape"].format(expected=_percent(expected))


def expected_coverage(ratio: float, bias: float) -> float:
    """The share of 95 % intervals that hold the truth if estimates are normal, off by `bias` of their standard deviations, and
    standard errors are `ratio` times that."""
    half = NORMAL_95 * ratio
    return (erf((half - bias) / sqrt(2)) + erf((half + bias) / sqrt(2))) / 2


def _coverage(figures: Figures) -> float:
    value = figures.get("coverage")
    return -1.0 if value is None or not isfinite(value) else value


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"
