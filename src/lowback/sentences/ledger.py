"""The sentence that the ledger allows on each claim: no more than the interval and the design carry."""

from __future__ import annotations

from dataclasses import replace
from html import escape
from types import SimpleNamespace

from lowback.exhibit import Exhibit, sentence
from lowback.exhibit.numbers import capital, rounded
from lowback.ledger import Entry, Finding, Ledger
from lowback.result import ANSWER_MIME

DESIGNS = {
    "randomised": "Chance assigned the arms, so that a difference can be put down to them.",
    "randomised within persons": "Chance decided the moments, so that a difference can be put down to what was done at them.",
    "within-person": "People were compared with themselves; what brought a difference about is not shown.",
    "between-person": "People were compared with each other; what else differs between them may be behind it.",
    "none": "",
}


def worded_ledger(ledger: Ledger) -> Ledger:
    """The same ledger with the sentence allowed on each claim."""
    return Ledger(tuple(replace(one, sentence=entry_sentence(one)) for one in ledger.entries), ledger.cohort)


def ledger_answer(ledger: Ledger) -> Exhibit:
    """How many of the claims these data support, contradict or cannot tell of, and which; for the summary of a report."""
    parts = []
    for verdict in ("supported", "contradicted", "too small to matter"):
        named = [
            f"{one.claim_id} ({one.claim[0].lower()}{one.claim[1:]})"
            for one in ledger.entries
            if one.verdict == verdict
        ]
        parts.append(f"{verdict}: {', '.join(named) or 'none'}")
    parts.append(
        f"{ledger.counts['cannot tell']} cannot be told and {ledger.counts['not tested']} were not tested"
    )
    text = capital(sentence("; ".join(parts)))
    people = max((one.found.n_participants for one in ledger.entries if one.found), default=0)
    tested = sum(one.found is not None for one in ledger.entries)
    basis = (
        f"{people} participants at most; {tested} of {len(ledger.entries)} claims put to the test, each by itself and by its own analysis; "
        "the design behind each verdict stands beside it."
    )
    question = "What do these data say of the claims?"
    said = {
        "question": question,
        "answer": text,
        "basis": basis,
        "analysis": "ledger",
        "estimand": "",
        "refused": False,
    }
    html = f'<div class="answer"><p class="question">{escape(question)}</p><p class="answer-text">{escape(text)}</p><p class="basis">{escape(basis)}</p></div>'
    return Exhibit({"text/plain": f"{question}\n{text}\n{basis}", "text/html": html, ANSWER_MIME: said})


def entry_sentence(entry: Entry) -> str:
    """What may be said of one claim; the verb follows the design."""
    if entry.found is None:
        lead = "Not tested" if entry.verdict == "not tested" else "These data cannot tell"
        return sentence(f"{lead}: {entry.reason}")
    found = entry.found
    row = SimpleNamespace(**vars(found), std_error=(found.conf_high - found.conf_low) / 3.92)
    shown = rounded(row, difference=True)
    said = f"{entry.measure}: {shown.in_words}"
    matters = (
        f"a ratio from {1 / entry.matters:.2g} to {entry.matters:.2g}"
        if entry.is_ratio
        else f"±{entry.matters * (100 if found.unit == 'proportion' else 1):g} {shown.unit}"
    )
    design = (
        DESIGNS[entry.strength]
        if found.causal or entry.strength not in ("randomised", "randomised within persons")
        else ""
    )
    claimed = "lower" if entry.speaks == "fall" else "higher"
    match entry.verdict:
        case "supported" if entry.speaks == "none":
            return f"As claimed, no difference that matters ({matters}). {_closed(said)} {design}".strip()
        case "supported":
            is_beyond = _is_beyond(entry, found)
            size = (
                "by an amount that matters"
                if is_beyond
                else f"by an amount that may or may not matter ({matters})"
            )
            return f"As claimed, {size}. {_closed(said)} {design}".strip()
        case "contradicted" if entry.speaks == "none":
            return f"Against the claim, there is a difference. {_closed(said)} {design}".strip()
        case "contradicted":
            return f"Against the claim, it goes the other way (claimed: {claimed}). {_closed(said)} {design}".strip()
        case "too small to matter" if _may_go_the_other_way(entry, found):
            whether = (
                "and it seems to go the other way, though not surely enough to contradict the claim"
                if _lies_the_other_way(entry, found)
                else "whether or not there is any; an amount that matters the other way is not ruled out"
            )
            return f"Too small to matter in the direction claimed ({claimed}; {matters}), {whether}. {_closed(said)} {design}".strip()
        case "too small to matter":
            return f"Too small to matter ({matters}), whether or not there is any. {_closed(said)} {design}".strip()
    if not found.concludes and _lies_as_claimed(entry, found):
        return (
            "These data cannot tell whether it is as claimed: there is a difference, but by the rule of its own analysis it is not "
            f"told from what else would bring one about. {_closed(said)}"
        )
    hidden = " As measured, with error that hides part of any link." if entry.as_measured else ""
    return (
        f"These data cannot tell whether there is an amount that matters ({matters}). {_closed(said)}{hidden}"
    )


def _may_go_the_other_way(entry: Entry, found: Finding) -> bool:
    """Whether the interval holds an amount that matters on the side that is not claimed."""
    if entry.speaks == "fall":
        return found.conf_high >= entry.matters
    return found.conf_low <= (1 / entry.matters if entry.is_ratio else -entry.matters)


def _lies_as_claimed(entry: Entry, found: Finding) -> bool:
    """Whether the whole interval lies on the side that is claimed."""
    none = 1.0 if entry.is_ratio else 0.0
    return found.conf_high < none if entry.speaks == "fall" else found.conf_low > none


def _lies_the_other_way(entry: Entry, found: Finding) -> bool:
    """Whether the whole interval lies on the side that is not claimed."""
    none = 1.0 if entry.is_ratio else 0.0
    return found.conf_low > none if entry.speaks == "fall" else found.conf_high < none


def _is_beyond(entry: Entry, found: Finding) -> bool:
    """Whether the whole interval is as large as what matters."""
    ends = (found.conf_low, found.conf_high)
    if entry.is_ratio:
        return all(end >= entry.matters for end in ends) or all(end <= 1 / entry.matters for end in ends)
    return min(map(abs, ends)) >= entry.matters


def _closed(words: str) -> str:
    return sentence(capital(words))
