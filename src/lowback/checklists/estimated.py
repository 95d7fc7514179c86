"""What fills items on analyses and their results: from estimates, methods and what these rest on."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache

import pandas as pd

from lowback.checklists.facts import PROVENANCE, SUMMARY, Facts, Filling
from lowback.exhibit import each
from lowback.exhibit.numbers import rounded
from lowback.result import Result

SENSITIVITY = ("mediation_sensitivity", "lead_by_reliability")
ANSWERING = (
    "difference",
    "risk difference",
    "slope",
    "effect",
    "hazard ratio",
    "rate ratio",
    "total",
    "indirect",
    "direct",
)
PAIN = re.compile(r"^(?:baseline_|leg_|hip_)?pain_(?:nrs|vas|now|worst)|^bpi_intensity")
FUNCTION = re.compile(r"^(?:disability_|pain_interference|physical_function|nih_impact)")
MOOD = re.compile(r"^(?:depression_|anxiety_|mood|catastrophising|fear_of)")
RATING = re.compile(r"^(?:global_change|recovery_likert)")
HALF, THIRD = 50, 30
MOST_ROWS = 12


def methods(facts: Facts) -> Filling | None:
    """The method of each analysis, its first sentence."""
    return of_results(facts, _estimating(facts), lambda one: f"{one.estimand}: {first_sentence(one.method)}")


def further_analyses(facts: Facts) -> Filling | None:
    """The analyses beside the first of each estimand."""
    return of_results(facts, _further(facts), lambda one: f"{one.estimand}: {first_sentence(one.method)}")


def further_results(facts: Facts) -> Filling | None:
    """What those came to."""
    return of_results(facts, _further(facts), main_rows)


def estimates(facts: Facts) -> Filling | None:
    """The first analysis of each estimand: its main rows with intervals and people."""
    firsts = [found[0] for _, found in facts.by_estimand() if found]
    return of_results(facts, firsts, main_rows)


def sample_size(facts: Facts) -> Filling | None:
    """The plan, where the report holds one."""
    return of_results(facts, facts.of("planning"), lambda one: first_sentence(one.method))


def missing_data(facts: Facts) -> Filling | None:
    """What the methods and their assumptions say of missing data."""
    said = [
        sentence
        for one in _estimating(facts)
        for text in (one.method, *one.assumptions)
        for sentence in re.split(r"(?<=[.;])\s+", text)
        if re.search(r"\bmissing|\bimput|\bdropped? out|\bcomplete\b", sentence, re.IGNORECASE)
    ]
    place = facts.place(_estimating(facts)[0]) if said else ""
    return Filling(" ".join(dict.fromkeys(said)), place) if said else None


def sensitivity(facts: Facts) -> Filling | None:
    """Analyses that ask what would change an answer."""
    found = [*facts.of(*SENSITIVITY), *_further(facts)]
    return of_results(facts, found, lambda one: f"{one.estimand}: {first_sentence(one.method)}")


def harms(facts: Facts) -> Filling | None:
    """Incidence of events, where the report estimates one."""
    return of_results(facts, facts.of("incidence"), main_rows)


def limits(facts: Facts) -> Filling | None:
    """What the first analysis of each estimand takes for granted."""
    firsts = [found[0] for _, found in facts.by_estimand() if found]
    assumed = list(dict.fromkeys(text for one in firsts for text in one.assumptions))
    return Filling(" ".join(assumed), facts.place(firsts[0])) if assumed else None


def language(facts: Facts) -> Filling:
    """Every published sentence has passed the language gate; a report with one that did not is none."""
    del facts
    return Filling("every sentence says no more of causes than its design carries (docs/wording.md)", SUMMARY)


def margin_declared(facts: Facts) -> Filling:
    """Whether each comparison of arms declares what matters."""
    silent = [one.name for one in facts.compared if one.smallest_worthwhile is None]
    if silent:
        return Filling(
            f"no smallest worthwhile difference is declared for {', '.join(silent)}", PROVENANCE, passes=False
        )
    said = [f"{one.name}: {one.smallest_worthwhile:g}" for one in facts.compared if one.smallest_worthwhile]
    return Filling("; ".join(said), PROVENANCE)


def responders_at_thirty_and_fifty(facts: Facts) -> Filling:
    """Whether both shares are declared."""
    declared = {rule.fall_percent for one in facts.compared for rule in one.responders}
    absent = [f"{share} %" for share in (THIRD, HALF) if share not in declared]
    if absent:
        return Filling(
            f"no estimand counts people with a fall of {' or of '.join(absent)}", PROVENANCE, passes=False
        )
    return Filling("both are declared", PROVENANCE)


def pain_is_measured(facts: Facts) -> Filling:
    """Whether pain is, and on which scale."""
    return _measured(facts, PAIN, "pain")


def function_is_measured(facts: Facts) -> Filling:
    """Whether what people can do is."""
    return _measured(facts, FUNCTION, "physical function")


def mood_is_measured(facts: Facts) -> Filling:
    """Whether mood is."""
    return _measured(facts, MOOD, "mood")


def own_rating_is_measured(facts: Facts) -> Filling:
    """Whether people rate their own change."""
    return _measured(facts, RATING, "people's own rating of change")


def diagram_shown(facts: Facts) -> Filling:
    """Whether the report shows causal diagrams."""
    if not facts.has_diagram:
        return Filling("no notebook of this report shows a causal diagram", passes=False)
    return Filling("drawn", facts.places.get(("diagram", ""), SUMMARY))


def _estimating(facts: Facts) -> list[Result]:
    return [one for _, found in facts.by_estimand() for one in found]


def _further(facts: Facts) -> list[Result]:
    return [one for _, found in facts.by_estimand() for one in found[1:]]


def of_results(facts: Facts, results: Iterable[Result], words: Callable[[Result], str]) -> Filling | None:
    """Words on each result, those alike once, where the first of them stands."""
    found = list(results)
    said = list(dict.fromkeys(words(one) for one in found))
    return Filling("; ".join(one.rstrip(".;") for one in said), facts.place(found[0])) if found else None


@lru_cache(maxsize=512)
def main_rows(result: Result) -> str:
    """The rows that answer: differences, slopes, ratios; the first row where none is called so."""
    chosen = list(range(len(result.estimates)))
    if result.keys is not None and "statistic" in result.keys:
        chosen = [at for at, kind in enumerate(result.keys["statistic"].tolist()) if kind in ANSWERING] or [0]
    said = [
        f"{row.term}: {rounded(row, difference=_is_difference(row)).in_words}, {row.n_participants} people"
        for row in each(_beside_kinds(result).iloc[chosen[:MOST_ROWS]])
    ]
    return (
        f"{result.estimand} ({'; '.join(said)}{'; more in estimates.csv' if len(chosen) > MOST_ROWS else ''})"
    )


def _beside_kinds(result: Result) -> pd.DataFrame:
    """The estimates with what kind of statistic each is, where the analysis tells."""
    if result.keys is None or "statistic" not in result.keys:
        return result.estimates
    return result.estimates.assign(statistic=result.keys["statistic"])


def _is_difference(row: object) -> bool:
    return "difference" in str(getattr(row, "statistic", ""))


def _measured(facts: Facts, names: re.Pattern[str], what: str) -> Filling:
    found = sorted(name for name in facts.recorded if names.search(name))
    if not found:
        return Filling(f"this report holds no measure of {what}", passes=False)
    return Filling(facts.labelled(found), PROVENANCE)


def first_sentence(method: str) -> str:
    """The first sentence of a method."""
    return re.split(r"(?<=[.!?])\s+(?=[A-Z])", method.strip(), maxsplit=1)[0]
