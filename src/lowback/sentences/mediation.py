"""What may be said of an effect that was split by mediators, and of what would change it."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from lowback.exhibit import each, in_order, keyed_rows, sentence
from lowback.exhibit.numbers import capital, rounded, spoken, week
from lowback.result import Result
from lowback.sentences.contrasts import named, outcome_of
from lowback.sentences.verdicts import Verdict, verdict

KEYS = (
    "arm",
    "comparator",
    "statistic",
    "correction",
    "model",
    "path",
    "mediator",
    "mediator_label",
    "shown",
)
# A correlation beyond this brings no effect to nil in practice.
HARDLY_MOVES = 0.99
THEM = {"mediator": "it", "mediators": "them"}
UNSEEN = "All of this takes for granted that nothing unmeasured moves both the {mediators} and the outcome, which chance does not see to."


def mediation_sentences(result: Result) -> list[str]:
    """For each arm the total effect, what of it runs by way of the mediators, what is left beside them, and the naive split.

    Where mediators are shown to act otherwise in each arm, the split by slopes of each arm's own follows.
    """
    rows = keyed_rows(result, *KEYS)
    said = []
    for arm in [one for one in in_order(rows["arm"]) if one]:
        of_arm = rows[(rows["arm"] == arm) & (rows["model"] == "one slope")]
        own_slopes = rows[(rows["arm"] == arm) & (rows["model"] == "slopes by arm")]
        about = (result, outcome_of(rows), _mediators(rows))
        words = [*_of_arm(of_arm, *about), *_by_arm(own_slopes, *about)]
        said += [capital(sentence(one)) for one in words]
    is_split = bool((rows["statistic"] == "indirect").any())
    return [*said, UNSEEN.format(mediators=_mediators(rows))] if is_split else said


def _mediators(rows: pd.DataFrame) -> str:
    """Mediators, or one."""
    return "mediator" if len(set(rows["mediator"]) - {""}) == 1 else "mediators"


def _of_arm(rows: pd.DataFrame, result: Result, outcome: str, mediators: str) -> list[str]:
    total, indirect, direct = _row(rows, "total"), _maybe(rows, "indirect"), _maybe(rows, "direct")
    lead = _total(total, result, outcome)
    if indirect is None or direct is None:
        runs = "runs" if result.causal else "goes along"
        label = " and ".join(spoken(one) for one in total.mediator_label.split(" and "))
        return [
            lead,
            f"these data cannot tell how much of it {runs} by way of {label}: at equal baseline, error of measurement may be all by which people still differ in it",
        ]
    by_way = indirect.term.partition("by way of ")[2]
    share = _maybe(rows, "share mediated")
    as_share = f", {rounded(share).in_words} of it" if share is not None else ""
    sentences = [
        lead,
        f"{_indirect(indirect, result, by_way)}: {rounded(indirect, difference=True).in_words}{as_share}",
        f"{_direct(direct, result, THEM[mediators])}: {rounded(direct, difference=True).in_words}",
    ]
    naive = _maybe(rows, "indirect", "naive")
    if naive is not None and abs(naive.estimate - indirect.estimate) > 1e-9:
        shown = rounded(naive, difference=True)
        sentences.append(
            f"had the {mediators} been taken as measured without error, it would have been {shown.estimate} {shown.unit} by way of {by_way}"
        )
    return sentences


def _total(row: Any, result: Result, outcome: str) -> str:
    """The whole effect by its verdict; one whose interval holds 0 is not spoken of as there."""
    effect, place = ("effect of", "on") if result.causal else ("difference that goes with", "in")
    when = f" at {week(row.weeks)}" if week(row.weeks) else ""
    of = f"{effect} {named(row.arm)} {place} {outcome}{when}, compared with {named(row.comparator)}"
    shown = rounded(row, difference=True).in_words
    match verdict(row.conf_low, row.conf_high, result.smallest_worthwhile):
        case Verdict.TOO_SMALL:
            return f"the {of}, is too small to matter: {shown}"
        case Verdict.CANNOT_TELL | Verdict.NOT_SHOWN:
            return f"these data cannot tell whether there is {'an' if result.causal else 'a'} {of}: {shown}"
        case _:
            return f"the {of}, is {shown}"


def _by_arm(rows: pd.DataFrame, result: Result, outcome: str, mediators: str) -> list[str]:
    """The split by slopes of each arm's own, where the interval of the interaction excludes 0."""
    interaction = _maybe(rows, "interaction")
    if interaction is None or interaction.conf_low <= 0 <= interaction.conf_high:
        return []
    indirect, direct = (rounded(_row(rows, one), difference=True).in_words for one in ("indirect", "direct"))
    runs = "runs" if result.causal else "goes along"
    return [
        f"the same difference in the {mediators} goes with another one in {outcome} in {named(interaction.arm)} than in "
        f"{named(interaction.comparator)} (interaction {rounded(interaction, difference=True).in_words}), so that a split by one slope for both is "
        f"true of neither: with slopes of each arm's own, {indirect} {runs} by way of {THEM[mediators]} and {direct} beside {THEM[mediators]}"
    ]


def _indirect(row: Any, result: Result, by_way: str) -> str:
    runs = "runs" if result.causal else "goes along"
    match verdict(row.conf_low, row.conf_high, result.smallest_worthwhile):
        case Verdict.TOO_SMALL:
            return f"what {runs} by way of {by_way} is too small to matter"
        case Verdict.WORTHWHILE:
            return f"an amount that matters {runs} by way of {by_way}"
        case Verdict.UNCLEAR_SIZE | Verdict.SHOWN:
            return f"some of it {runs} by way of {by_way}"
        case _:
            return f"these data cannot tell whether any of it {runs} by way of {by_way}"


def _direct(row: Any, result: Result, them: str) -> str:
    if row.shown == "equivalent":
        margin = f"{result.smallest_worthwhile:g} {row.unit}"
        return f"what is left beside {them} is shown to be too small to matter (its 90 % interval lies within ±{margin})"
    if row.conf_low > 0 or row.conf_high < 0:
        return f"something is left beside {them}"
    return f"these data cannot tell whether anything that matters is left beside {them}"


def sensitivity_sentences(result: Result) -> list[str]:
    """For each arm and mediator the correlation and the reliability at which the answer changes, and the E-values."""
    rows = keyed_rows(result, *KEYS)
    is_naive = bool((rows["correction"] == "naive").any())
    rows = rows.assign(correction="")
    said = []
    for arm in [one for one in in_order(rows["arm"]) if one]:
        of_arm = rows[rows["arm"] == arm]
        if is_naive:
            said += [
                _uncorrected(of_arm[of_arm["mediator"] == one], named(arm))
                for one in in_order(of_arm["mediator"])
                if one
            ]
        for mediator in [one for one in in_order(of_arm["mediator"]) if one]:
            tipping = _tipping(of_arm[of_arm["mediator"] == mediator], named(arm))
            said += tipping[:1] if is_naive else tipping
        said.append(_e_values(of_arm, named(arm)))
    if not result.causal:
        said = [one.replace(" effect", " difference") for one in said]
    return [capital(sentence(one)) for one in said]


def _tipping(rows: pd.DataFrame, arm: str) -> list[str]:
    nil, analysed = _row(rows, "correlation at nil"), _row(rows, "reliability")
    label = spoken(nil.mediator_label)
    if max(abs(nil.conf_low), abs(nil.conf_high)) > HARDLY_MOVES:
        by = f"unmeasured common causes of {label} and the outcome hardly move the indirect effect, or by how much cannot be told"
    else:
        by = (
            f"the indirect effect would be nil if what is left unexplained of {label} and of the outcome correlated by "
            f"{rounded(nil).in_words} for causes that are not measured"
        )
    return [
        f"for {arm}, {by}",
        f"{_known(analysed, label)}; {_reliabilities(rows)}",
    ]


def _known(analysed: Any, label: str) -> str:
    """The reliability that was found; without an interval nothing is known of it, and 1 is only what it was taken for."""
    if math.isfinite(analysed.conf_low):
        return f"the reliability of {label} comes to {analysed.estimate:.2f}"
    return f"nothing is known of the reliability of {label}, which is taken to be measured without error"


def _uncorrected(rows: pd.DataFrame, arm: str) -> str:
    """The split without error, and at the lowest reliability that could be tried, where the correction leaves nothing."""
    analysed = _row(rows, "reliability")
    rows = rows.assign(reliability=pd.to_numeric(rows["reliability"]))
    tried = rows[rows["statistic"].isin(["indirect at reliability", "direct at reliability"])]
    label, known = spoken(analysed.mediator_label), "nothing is known of it"
    if math.isfinite(analysed.conf_low):
        known = f"the one known of it comes to {analysed.estimate:.2f} here"
    if tried.empty:
        return f"for {arm}, what runs by way of {label} cannot be split off at any reliability of it that was tried; {known}"
    most, least = tried["reliability"].max(), tried["reliability"].min()
    ends = [f"at a reliability of {most:g} {_split_at(tried, most)}"]
    if least < most:
        ends.append(
            f"at a reliability of {least:g}, the lowest that gives an interval, {_split_at(tried, least)}"
        )
    beyond = ", at which no interval can be given" if math.isfinite(analysed.conf_low) else ""
    return f"for {arm}, what runs by way of {label} hangs on how reliably it is measured; {'; '.join(ends)}; {known}{beyond}"


def _split_at(tried: pd.DataFrame, reliability: float) -> str:
    """What runs by way of the mediator and what beside it, if it is measured so reliably."""
    at = tried[tried["reliability"] == reliability]
    by, beside = (
        rounded(_row(at, f"{part} at reliability"), difference=True).in_words
        for part in ("indirect", "direct")
    )
    return f"it is {by} by way of it and {beside} beside it"


def _reliabilities(rows: pd.DataFrame) -> str:
    """At which reliability it changes whether the indirect and the direct effect differ from 0."""
    found = {part: _maybe(rows, f"tipping reliability, {part}") for part in ("indirect", "direct")}
    tips = [
        f"at {row.estimate:.2f} it would change whether the {part} effect differs from 0"
        for part, row in found.items()
        if row is not None
    ]
    stays = " and ".join(part for part, row in found.items() if row is None)
    if stays:
        tips.append(f"no reliability that could be tried changes whether the {stays} effect differs from 0")
    return ", and ".join(tips)


def _e_values(rows: pd.DataFrame, arm: str) -> str:
    values = {
        name: (_row(rows, f"E-value, {name}").estimate, _row(rows, f"E-value, {name}, interval").estimate)
        for name in ("indirect", "direct")
    }
    told = " and ".join(
        f"{value:.1f} ({end:.1f} for its interval) for the {name} effect"
        for name, (value, end) in values.items()
    )
    return f"for {arm}, something unmeasured would need risk ratios of {told} with both mediator and outcome to explain it away (E-values)"


def _row(rows: pd.DataFrame, statistic: str, correction: str = "corrected") -> Any:
    found = _maybe(rows, statistic, correction)
    if found is None:
        raise ValueError(f"a result on mediated effects without a row {statistic!r}")
    return found


def _maybe(rows: pd.DataFrame, statistic: str, correction: str = "corrected") -> Any:
    found = rows[(rows["statistic"] == statistic) & rows["correction"].isin(["", correction])]
    return next(each(found), None)
