"""What fills items on question, design and people: from the study's own words and the tables that describe."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

import pandas as pd

from lowback.checklists.facts import PROVENANCE, SUMMARY, Facts, Filling, rows
from lowback.exhibit import each
from lowback.exhibit.numbers import rounded, week
from lowback.study import Eligibility, Estimand, Responder

DESIGN_WORDS = {
    "randomised trial": r"randomi[sz]ed|\brct\b",
    "cohort": r"cohort|longitudinal|prospective|retrospective",
    "cross-sectional": r"cross-sectional",
    "single arm": r"single[- ]arm|one arm|before and after|uncontrolled",
}
PAIN = "pain"


def title_names_the_design(facts: Facts) -> Filling:
    """Whether a title says what kind of study it is."""
    words = DESIGN_WORDS[facts.study.design]
    named = next((one for one in facts.titles if re.search(words, one, re.IGNORECASE)), None)
    if named is None:
        return Filling(f"no title says that this is a {facts.study.design}", SUMMARY, passes=False)
    return Filling(named, SUMMARY)


def title_names_mediation(facts: Facts) -> Filling:
    """Whether a title speaks of paths."""
    named = next(
        (one for one in facts.titles if re.search(r"mediat|path|by way of|mechanism", one, re.IGNORECASE)),
        None,
    )
    return Filling(named or "no title speaks of paths or mediators", SUMMARY, passes=named is not None)


def summary(facts: Facts) -> Filling | None:
    """How many questions the summary answers."""
    if not facts.answered:
        return None
    return Filling(
        "the summary answers each question that could be answered, with what the answer rests on", SUMMARY
    )


def objectives(facts: Facts) -> Filling:
    """The title's question and every estimand."""
    return Filling(f"{facts.study.title}: {_listed(one.name for one in facts.study.estimands)}", PROVENANCE)


def design(facts: Facts) -> Filling:
    """Design, arms and comparator; visits."""
    study = facts.study
    arms = f", arms: {_listed(study.arms)}" if study.arms else ""
    against = f", compared with {study.control_arm}" if study.control_arm else ""
    visits = f"; visits: {_listed(week(one) for one in study.weeks)}" if study.weeks else ""
    return Filling(f"{study.design}{arms}{against}{visits}", PROVENANCE)


def eligibility(facts: Facts) -> Filling | None:
    """The rules of who is analysed."""
    rules = facts.study.eligibility
    return Filling("; ".join(_rules(facts, rules)), PROVENANCE) if rules else None


def outcomes(facts: Facts) -> Filling:
    """Each outcome with exposure, modifier and visit."""
    return Filling(_listed(dict.fromkeys(_measured(facts, one) for one in facts.study.estimands)), PROVENANCE)


def arm_outcomes(facts: Facts) -> Filling | None:
    """What is measured of each person and when, of each estimand that compares arms."""
    return _each(facts, lambda one: _measured(facts, one))


def compared_arms(facts: Facts) -> Filling | None:
    """Which arms are compared with which."""
    study = facts.study
    return _each(facts, lambda one: f"{_listed(study.treated_arms(one))} with {study.comparator(one)}")


def populations(facts: Facts) -> Filling:
    """Whom each estimand is about."""
    said = dict.fromkeys(one.population for one in (facts.compared or facts.study.estimands))
    rules = facts.study.eligibility
    return Filling(
        _listed(said) + (f"; eligible: {'; '.join(_rules(facts, rules))}" if rules else ""), PROVENANCE
    )


def summary_measures(facts: Facts) -> Filling | None:
    """The number by which arms are compared."""
    return _each(facts, lambda one: one.summary)


def intercurrent_events(facts: Facts) -> Filling:
    """Whether each comparison of arms lays down what is done about later events."""
    silent = [one.name for one in facts.compared if not one.intercurrent_events]
    if silent:
        return Filling(f"nothing is laid down for {_listed(silent)}", PROVENANCE, passes=False)
    found = _each(
        facts, lambda one: _listed(f"{what}: {how}" for what, how in one.intercurrent_events.items())
    )
    return found or Filling("no estimand compares arms", PROVENANCE, passes=False)


def baseline(facts: Facts) -> Filling | None:
    """The table of who people are."""
    found = facts.of("table_one")
    if not found:
        return None
    names = (
        list(dict.fromkeys(rows(found[0])["variable"].astype(str))) if "variable" in rows(found[0]) else []
    )
    return Filling(f"a table of {facts.labelled(names)}", facts.place(found[0]))


def pain_at_baseline(facts: Facts) -> Filling | None:
    """Mean pain at the start, by arm."""
    for result in facts.of("table_one", "outcome_means"):
        table = rows(result)
        if not {"variable", "statistic", "arm"} <= set(table):
            continue
        wanted = (table["statistic"] == "mean") & table["variable"].astype(str).str.contains(PAIN)
        if "weeks" in table:
            wanted &= pd.to_numeric(table["weeks"], errors="coerce").fillna(0) == 0
        of = table[wanted]
        if len(of):
            first = of[of["variable"] == of["variable"].iloc[0]]
            said = [f"{row.arm}: {rounded(row).estimate} {row.unit}" for row in each(first)]
            return Filling(
                f"mean {facts.labelled(of['variable'].iloc[:1])}, {_listed(said)}", facts.place(result)
            )
    return None


def flow(facts: Facts) -> Filling | None:
    """How many people each stage has."""
    for result in facts.of("flow"):
        table = rows(result)
        kept = table[table["reason"].fillna("").astype(str) == ""] if "reason" in table else table
        said = [_counted(row) for row in each(kept)]
        return Filling("; ".join(said), facts.place(result))
    return None


def losses(facts: Facts) -> Filling | None:
    """Why people are not in the analysis."""
    for result in facts.of("flow"):
        table = rows(result)
        gone = table[table["reason"].fillna("").astype(str) != ""] if "reason" in table else table.iloc[:0]
        gone = gone[gone["estimate"] > 0]
        said = [f"{row.reason} ({_counted(row)})" for row in each(gone)]
        return Filling("; ".join(said) or "nobody was lost or left out", facts.place(result))
    return None


def flow_is_drawn(facts: Facts) -> Filling:
    """Whether the report draws who came and left."""
    found = facts.of("flow")
    if not found:
        return Filling("no notebook of this report shows the flow of people", passes=False)
    return Filling("drawn", facts.place(found[0]))


def missing_counts(facts: Facts) -> Filling | None:
    """Where missing values are counted."""
    found = facts.of("missingness")
    return Filling("counted by variable, visit and reason", facts.place(found[0])) if found else None


def follow_up(facts: Facts) -> Filling | None:
    """The visits over which people were followed."""
    weeks = facts.study.weeks
    if len(weeks) < 2:
        return None
    found = facts.of("attendance")
    return Filling(f"to {week(weeks[-1])}, by visit", facts.place(found[0]) if found else PROVENANCE)


def outcome_data(facts: Facts) -> Filling | None:
    """Means by visit."""
    found = facts.of("outcome_means")
    return Filling("means by visit", facts.place(found[0])) if found else None


def _each(facts: Facts, words: Callable[[Estimand], str]) -> Filling | None:
    """Words on each comparison of arms, those alike once."""
    said: dict[str, list[str]] = {}
    for one in facts.compared:
        said.setdefault(words(one), []).append(one.name)
    if not said:
        return None
    if len(said) == 1:
        return Filling(next(iter(said)), PROVENANCE)
    return Filling("; ".join(f"{_listed(names)}: {value}" for value, names in said.items()), PROVENANCE)


def _measured(facts: Facts, one: Estimand) -> str:
    words = facts.labelled([one.outcome])
    words += f" by {facts.labelled([one.exposure])}" if one.exposure else ""
    words += f" by {facts.labelled([one.modifier])}" if one.modifier else ""
    words += f" by way of {facts.labelled(one.mediators)}" if one.mediators else ""
    words += f" ({_listed(map(_better, one.responders))})" if one.responders else ""
    return words + (f" at {week(one.week)}" if one.week is not None else "")


def _better(one: Responder) -> str:
    if one.fall_percent is not None:
        return f"a fall of {one.fall_percent:g} %"
    if one.fall_points is not None:
        return f"a fall of {one.fall_points:g} points"
    return f"at most {one.at_most:g}" if one.at_most is not None else "the minimal important change"


def _rules(facts: Facts, rules: Iterable[Eligibility]) -> list[str]:
    return [f"{facts.labelled([one.variable])}: {_bounds(one)}" for one in rules]


def _bounds(rule: Eligibility) -> str:
    bounds = [f"at least {rule.at_least:g}"] if rule.at_least is not None else []
    bounds += [f"at most {rule.at_most:g}"] if rule.at_most is not None else []
    if rule.equals is not None:
        value = (
            {True: "yes", False: "no"}.get(rule.equals, rule.equals)
            if isinstance(rule.equals, bool)
            else rule.equals
        )
        bounds = [str(value)]
    return " and ".join(bounds)


def _counted(row: object) -> str:
    arm = str(getattr(row, "arm", "") or "")
    stage = str(getattr(row, "stage", "") or "")
    return f"{stage}{f', {arm}' if arm else ''}: {rounded(row).estimate}"


def _listed(words: Iterable[str]) -> str:
    return ", ".join(words)
