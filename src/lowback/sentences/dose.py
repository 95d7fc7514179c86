"""What may be said of doses: of more, of the curve's bend, of the order at equal totals, and of a threshold."""

from __future__ import annotations

from typing import Any

from lowback.exhibit import each, keyed_rows, sentence
from lowback.exhibit.numbers import capital, rounded
from lowback.result import Result
from lowback.sentences.contrasts import Contrast, amounts, outcome_of


def dose_sentences(result: Result) -> list[str]:
    """More, the bend, the order, and whether the negative control is a warning; each by its own verdict."""
    rows = keyed_rows(result, "statistic")
    found = {row.statistic: row for row in each(rows)}
    outcome = outcome_of(rows)
    less, more = amounts(outcome, result.higher_is)
    dose = _dose(found["more"].term)
    said = [
        _said(found["more"], result, f"{dose} go with {less}", f"{dose} go with {more}", f"difference in {outcome} with {dose}"),
        _said(found["bend"], result, f"the curve bends: later ones go with {less} than earlier ones",
              f"the curve bends: later ones go with {more} than earlier ones",
              f"difference in {outcome} between later and earlier ones (a bend of the curve)"),
    ]  # fmt: skip
    bend = found["bend"]
    if not bend.conf_low <= 0 <= bend.conf_high:
        said.append("A threshold would show as such a bend, too, though of another size.")
    for name in ("early", "late"):
        row = found.get(f"spread less bunched {name}")
        if row is not None:
            said.append(_said(row, result, f"spread out, the same total goes with {less} than bunched {name}",
                              f"spread out, the same total goes with {more} than bunched {name}",
                              f"difference in {outcome} between a total spread out and the same total bunched {name}"))  # fmt: skip
    control = found.get("later doses")
    if control is not None and not control.conf_low <= 0 <= control.conf_high:
        said.append(
            f"A warning: what was done later goes with {outcome} earlier ({rounded(control).in_words}), so people who do more differ in "
            "something else, or do more because of it."
        )
    return said


def hold_sentences(result: Result) -> list[str]:
    """What reaching the rule does, where the data put the threshold, and how often the rule is kept."""
    rows = keyed_rows(result, "statistic", "rule")
    found = {row.statistic: row for row in each(rows)}
    row, threshold = (found[one] for one in ("effect at the rule", "threshold"))
    outcome = outcome_of(rows)
    less, more = amounts(outcome, result.higher_is)
    said = [
        _said(row, result, f"{row.term} go with {less} afterwards than shorter ones", f"{row.term} go with {more} afterwards than shorter ones",
              f"difference in {outcome} afterwards between {row.term} and shorter ones"),
        _threshold(threshold, row.rule),
    ]  # fmt: skip
    # A report for the public may leave a share out.
    kept, control = found.get("keeps to the rule"), found.get("before")
    if kept is not None:
        said.append(capital(sentence(f"{rounded(kept).in_words} of occasions reach the rule")))
    if control is not None and not control.conf_low <= 0 <= control.conf_high:
        said.append(
            f"A warning: {outcome} before such an occasion already differs ({rounded(control).in_words}), so what comes after may not "
            "come from it."
        )
    return said + _responsive(found)


def _threshold(row: Any, rule: str) -> str:
    shown = f"{row.estimate:.3g} {row.unit}"
    if row.identified != "yes":
        return f"Where the threshold lies cannot be told: an effect is shown at none from {row.conf_low:.3g} to {row.conf_high:.3g} {row.unit}."
    holds = (
        "which holds the rule's"
        if row.conf_low <= float(rule) <= row.conf_high
        else "which does not hold the rule's"
    )
    return f"The threshold that fits best is {shown}; compatible are {row.conf_low:.3g} to {row.conf_high:.3g} {row.unit}, {holds} {rule} {row.unit}."


def _responsive(found: dict[str, Any]) -> list[str]:
    """How the measure of progress changed, and whether more than its error."""
    change = found.get("change of measure")
    if change is None:
        return []
    words = f"{change.term.partition(':')[0]} changed by {rounded(change).in_words}"
    if "standardised response mean" in found:
        words += f"; standardised response mean {rounded(found['standardised response mean']).with_bounds}"
    smallest, share = (
        found.get("smallest detectable change"),
        found.get("beyond the smallest detectable change"),
    )
    if smallest is not None and share is not None:
        words += f"; {rounded(share).in_words} changed by more than the smallest detectable change of {rounded(smallest).in_words}"
    return [capital(sentence(words))]


def _said(row: Any, result: Result, if_lower: str, if_higher: str, difference: str) -> str:
    found = Contrast(row, "", if_lower, if_higher, difference, result.smallest_worthwhile)
    return capital(sentence(found.alone()))


def _dose(term: str) -> str:
    """The dose of a term, without the range that it is a mean over."""
    return term.partition(",")[0]
