"""What fills items on analyses and their results: from estimates, methods and what these rest on."""

from __future__ import annotations

import re
from collections.abc import Iterable

from lowback.checklists.facts import PROVENANCE, SUMMARY, Facts, Filling, rows
from lowback.exhibit.numbers import label_of, rounded
from lowback.result import Result
from lowback.variables import dictionary

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
PAIN = re.compile(r"^(?:pain_|baseline_pain|leg_pain|bpi_intensity|hip_pain)")
FUNCTION = re.compile(r"^(?:disability_|pain_interference|physical_function|nih_impact)")
MOOD = re.compile(r"^(?:depression_|anxiety_|mood|catastrophising|fear_of)")
RATING = re.compile(r"^(?:global_change|recovery_likert)")
HALF, THIRD = 50, 30
MOST_ROWS = 12


def methods(facts: Facts) -> Filling | None:
    """The method of each analysis, its first sentence."""
    return _of_results(facts, _estimating(facts), lambda one: f"{one.estimand}: {_first(one.method)}")


def further_analyses(facts: Facts) -> Filling | None:
    """The analyses beside the first of each estimand."""
    return _of_results(facts, _further(facts), lambda one: f"{one.estimand}: {_first(one.method)}")


def further_results(facts: Facts) -> Filling | None:
    """What those came to."""
    return _of_results(facts, _further(facts), _main_rows)


def estimates(facts: Facts) -> Filling | None:
    """The first analysis of each estimand: its main rows with intervals and people."""
    firsts = [found[0] for _, found in facts.by_estimand() if found]
    return _of_results(facts, firsts, _main_rows)


def sample_size(facts: Facts) -> Filling | None:
    """The plan, where the report holds one."""
    return _of_results(facts, facts.of("planning"), lambda one: _first(one.method))


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
    return _of_results(facts, found, lambda one: f"{one.estimand}: {_first(one.method)}")


def harms(facts: Facts) -> Filling | None:
    """Incidence of events, where the report estimates one."""
    return _of_results(facts, facts.of("incidence"), _main_rows)


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


def parts_of_the_effect(facts: Facts) -> Filling:
    """Which parts each mediated estimand has."""
    said = [
        f"{one.name}: total, by way of {', '.join(map(label_of, one.mediators))}, and beside it"
        for one in facts.mediated
    ]
    return Filling("; ".join(said), PROVENANCE)


def mediation_summary(facts: Facts) -> Filling | None:
    """That the summary answers them."""
    return Filling("answered in the summary", SUMMARY) if facts.of("mediation") else None


def mediation_assumptions(facts: Facts) -> Filling | None:
    """What the split takes for granted."""
    assumed = list(
        dict.fromkeys(
            text for one in facts.of("mediation", "mediation_sensitivity") for text in one.assumptions
        )
    )
    found = facts.of("mediation", "mediation_sensitivity")
    return Filling(" ".join(assumed), facts.place(found[0])) if assumed else None


def mediators(facts: Facts) -> Filling:
    """Mediators, confounders and when they are read."""
    said = []
    for one in facts.mediated:
        week = one.week if one.mediators_week is None else one.mediators_week
        more = f"; confounders: {', '.join(map(label_of, one.confounders))}" if one.confounders else ""
        said.append(f"{one.name}: {', '.join(map(label_of, one.mediators))} at week {week:g}{more}")
    return Filling("; ".join(said), PROVENANCE)


def units(facts: Facts) -> Filling:
    """The unit of each measure that a mediated estimand names."""
    named = dict.fromkeys(name for one in facts.mediated for name in one.measures)
    known = [
        f"{label_of(name)}: {dictionary()[name].unit}"
        for name in named
        if name in dictionary() and dictionary()[name].unit
    ]
    return Filling("; ".join(known), PROVENANCE)


def mediation_methods(facts: Facts) -> Filling | None:
    """The method, whole."""
    return _of_results(facts, facts.of("mediation"), lambda one: one.method)


def mediation_sensitivity(facts: Facts) -> Filling | None:
    """What would have to be wrong."""
    return _of_results(
        facts, facts.of("mediation_sensitivity"), lambda one: f"{one.estimand}: {_first(one.method)}"
    )


def mediation_estimates(facts: Facts) -> Filling | None:
    """Total, indirect and direct parts."""
    return _of_results(facts, facts.of("mediation"), _main_rows)


def diagram_shown(facts: Facts) -> Filling:
    """Whether the report shows causal diagrams."""
    if not facts.has_diagram:
        return Filling("no notebook of this report shows a causal diagram", passes=False)
    return Filling("drawn", facts.places.get(("diagram", ""), SUMMARY))


def _estimating(facts: Facts) -> list[Result]:
    return [one for _, found in facts.by_estimand() for one in found]


def _further(facts: Facts) -> list[Result]:
    return [one for _, found in facts.by_estimand() for one in found[1:]]


def _of_results(facts: Facts, results: Iterable[Result], words: object) -> Filling | None:
    assert callable(words)
    found = list(results)
    said = list(dict.fromkeys(words(one) for one in found))
    return Filling("; ".join(one.rstrip(".;") for one in said), facts.place(found[0])) if found else None


def _main_rows(result: Result) -> str:
    """The rows that answer: differences, slopes, ratios; the first row where none is called so."""
    table = rows(result)
    chosen = table
    if "statistic" in table:
        chosen = table[table["statistic"].isin(ANSWERING)]
    if chosen.empty:
        chosen = table.iloc[:1]
    left = len(chosen) - MOST_ROWS
    said = [
        f"{row.term}: {rounded(row).in_words}, {row.n_participants} people"
        for row in chosen.iloc[:MOST_ROWS].itertuples(index=False)
    ]
    return f"{result.estimand} ({'; '.join(said)}{'; more in estimates.csv' if left > 0 else ''})"


def _measured(facts: Facts, names: re.Pattern[str], what: str) -> Filling:
    found = sorted(name for name in facts.recorded if names.search(name))
    if not found:
        return Filling(f"this report holds no measure of {what}", passes=False)
    return Filling(", ".join(map(label_of, found)), PROVENANCE)


def _first(method: str) -> str:
    return re.split(r"(?<=[.!?])\s+(?=[A-Z])", method.strip(), maxsplit=1)[0]
