"""What may be said of a causal diagram that was held against data, and of what could be estimated if it were right."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING

import pandas as pd

from lowback.exhibit import Exhibit, each, in_order, keyed_rows, sentence
from lowback.exhibit.numbers import capital, label_of, p_value, rounded
from lowback.result import DIAGRAM_MIME, Result

if TYPE_CHECKING:
    from lowback.diagram import Diagram, Identified

MOST_SETS = 3


def implication_sentences(result: Result) -> list[str]:
    """For each diagram, whether the data contradict it, with the pair that does so most, or how little that says if they do not."""
    rows = keyed_rows(result, "diagram", "title", "statistic", "diagram_verdict")
    rows = rows.assign(p_holm=pd.to_numeric(rows["p_holm"], errors="coerce"))
    return [_of_diagram(rows[rows["diagram"] == one]) for one in in_order(rows["diagram"])]


def _of_diagram(rows: pd.DataFrame) -> str:
    counts = rows.set_index("statistic")["estimate"]
    tests = rows[rows["statistic"] == "partial correlation"].sort_values(["p_holm", "p_value"], kind="stable")
    name = f"The diagram “{rows['title'].iloc[0]}”"
    verdict = rows["diagram_verdict"].iloc[0]
    if verdict == "not tested":
        return f"{name} says nothing that these data could contradict."
    is_one = counts["tested"] == 1
    tested = f"{counts['tested']:.0f} correlations"
    if verdict == "contradicted":
        worst = next(each(tests))
        failed = int(counts["not zero"])
        alike = f" among people alike in {worst.given}" if worst.given else ""
        shown = rounded(worst)
        some = f"of {tested} that it says are zero, {failed} {'is' if failed == 1 else 'are'} not"
        of_all = "it says this of no other pair" if is_one else some
        return (
            f"{name} is contradicted by these data: by it {worst.first} and {worst.second} have nothing to do with each other{alike}, yet "
            f"their correlation is {shown.estimate} (95 % CI {shown.low} to {shown.high}; p {_compared(worst.p_holm)} after Holm); "
            f"{of_all}."
        )
    none = "the one correlation that it says is zero" if is_one else f"none of {tested} that it says are zero"
    shown_so = "is not shown" if is_one else "is shown"
    return f"{name} is not contradicted by these data: {none} {shown_so} to be otherwise, which does not show that it is right."


def _compared(value: float) -> str:
    said = p_value(value)
    return said if said[0] in "<>" else f"= {said}"


def identification(found: Mapping[str, Sequence[Identified]], diagrams: Sequence[Diagram]) -> Exhibit:
    """For each estimand of a study, what each diagram says about whether it is an effect that these data could show.

    `found` are the answers of `identified`, by the diagram's name.
    """
    titles = {one.name: one for one in diagrams}
    estimands = in_order(pd.Series([one.estimand for answers in found.values() for one in answers]))
    alike: dict[tuple[tuple[str, str], ...], list[str]] = {}
    for estimand in estimands:
        said = [
            (f"If “{titles[name].title}”", _identified(titles[name], one))
            for name, answers in found.items()
            for one in answers
            if one.estimand == estimand
        ]
        alike.setdefault(_shortened(said), []).append(estimand)
    html, text = "", ""
    for answers_alike, asked in alike.items():
        heading = capital("; ".join(asked))
        html += f"<p><strong>{escape(heading)}</strong></p><ul>"
        html += "".join(f"<li>{escape(who)}: {escape(words)}</li>" for who, words in answers_alike) + "</ul>"
        text += f"{heading}\n" + "".join(f"- {who}: {words}\n" for who, words in answers_alike)
    payload = json.dumps({name: [_plain(one) for one in answers] for name, answers in found.items()})
    return Exhibit(
        {
            "text/plain": text,
            "text/html": f'<div class="method">{html}</div>',
            DIAGRAM_MIME: json.loads(payload),
        }
    )


def _shortened(said: list[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """What the diagrams say of one estimand, in one line where all say the same."""
    if len(said) > 1 and len({words for _, words in said}) == 1:
        return (("Whichever diagram", said[0][1]),)
    return tuple(said)


def _identified(diagram: Diagram, one: Identified) -> str:
    """One diagram's answer about one estimand."""
    exposure, outcome = (_called(diagram, name) for name in (one.exposure, one.outcome))
    match one.how:
        case "by chance":
            return sentence(
                f"the effect of {exposure} on {outcome} can be estimated, since chance assigns it"
            )
        case "by adjustment" if one.sets == ((),):
            return sentence(f"the effect of {exposure} on {outcome} can be estimated without adjustment")
        case "by adjustment":
            listed = [_listed([diagram.label(node) for node in nodes]) for nodes in one.sets]
            more = f", or one of {len(listed) - MOST_SETS} other sets" if len(listed) > MOST_SETS else ""
            enough = "are enough" if one.covariates_suffice else "are not enough"
            return sentence(
                f"the effect of {exposure} on {outcome} can be estimated by adjusting for {', or for '.join(listed[:MOST_SETS])}{more}; "
                f"the study's covariates {enough}"
            )
        case "by the front door":
            way = _listed([diagram.label(node) for node in one.through])
            return sentence(
                f"the effect of {exposure} on {outcome} can be estimated by way of {way} (front door){_among(diagram, one)}"
            )
        case "by an instrument":
            tool = _listed([diagram.label(node) for node in one.through])
            return sentence(
                f"adjustment does not help, but {tool} is an instrument{_among(diagram, one)}: a linear effect of {exposure} can be estimated"
            )
        case "by another formula":
            return sentence(
                f"the effect of {exposure} on {outcome} follows from these records by a formula of its own, which is no adjustment and which "
                "no analysis here computes"
            )
        case "no effect":
            return sentence(
                f"{exposure} does nothing to {outcome}; whatever goes with it is due to something else"
            )
        case "not in the diagram":
            return "the diagram does not speak of it."
        case "no effect asked":
            return "no effect is asked for."
    if one.needs:
        needs = _listed([_called(diagram, name) for name in one.needs])
        return sentence(
            f"the effect of {exposure} on {outcome} cannot be told from these records; it would need {needs}"
        )
    return sentence(
        f"the effect of {exposure} on {outcome} cannot be told from any record, since something unmeasured moves both"
    )


def _called(diagram: Diagram, name: str) -> str:
    """What a node of this name is called, whenever it was recorded."""
    variable = name.partition("[")[0]
    return diagram.labels.get(variable) or label_of(variable)


def _among(diagram: Diagram, one: Identified) -> str:
    """Whom a front door or an instrument asks to compare, where not everybody."""
    given = [diagram.label(node) for nodes in one.sets for node in nodes]
    return f" among people alike in {_listed(given)}" if given else ""


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _plain(one: Identified) -> dict[str, object]:
    names = [[str(node) for node in nodes] for nodes in one.sets]
    return {
        **vars(one),
        "sets": names,
        "through": [str(node) for node in one.through],
    }
