"""Claims by settings by analyses: `python tests/claims/claims_page.py --replicates 80 --people 256 --seed 20261122 --workers 2`.

Writes docs/claims.md. With `--keep FOLDER` finished replicates are stored there and not computed again; after a change of the
code begin with an empty one.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

# Matrices are small: threads would only wait for one another.
for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(threads, "1")
sys.path[:0] = [str(one) for one in Path(__file__).parents[:2]]

from answers import ANSWERS, RULE, Answer  # noqa: E402
from asking import Case  # noqa: E402
from claim_cases import cases  # noqa: E402
from claim_faults import Found, fault_of, is_mute  # noqa: E402
from rates import Asking, Rates, rates  # noqa: E402

from lowback.simulate.claims import UNTESTABLE  # noqa: E402
from made_with import made_with  # noqa: E402

PAGE = Path(__file__).resolve().parents[2] / "docs" / "claims.md"

OPENING = """# Claims put to the test

What do a naive analysis and ours say of each claim when it is true, when it is false, and when it is false in a way that makes the naive analysis
say yes? {settings} settings of {claims} claims and {mistakes} mistakes that any claim is open to, {replicates:,} simulated cohorts of {people} people each
(unless a number stands beside a mistake). Written by

    {command}

on {date} with seed {seed}: lowback {lowback}, numpy {numpy}, scipy {scipy}, Python {python}.

{summary}

{rule}

**Cohorts.** Each is one `simulate(...)` of the scenario in which this claim is switched and nothing else is as in `null`
(`lowback/simulate/scenarios/claims.yml` says what each setting changes); the analyses read its tables as a reader would, with measurement error,
drop-out and gaps. The settings of a claim share their people. Each naive analysis has a unit and margin of its own; ours run on a study declared for the claim
(tests/claims/our_analyses.py), trial arms as randomised, age and sex as covariates.

**Verdicts.** A trap is one if its naive analysis says yes in well over 5 % of cohorts (more than two Monte Carlo errors over). Ours *falls in* if it says yes
where the claim is false, or sits in the trap, in more than 5 % by more than two Monte Carlo errors; it *denies* if it says no as often where the claim is
true. Figures are percent of cohorts, with the Monte Carlo standard error in brackets. An effect that is not declared large enough to matter is a *no*.
"""

NOTES = """
## Associations that could be taken for answers

`within_between` says that an exposure *goes with* an outcome and calls no slope causal. The claims below ask what an exposure *does*, which needs the
analysis in the last column. The rates show what happens to a reader who takes the slope for the answer.
"""


def main(arguments: Sequence[str] | None = None) -> None:
    """Simulate, count, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--replicates", type=int, default=80)
    parser.add_argument("--people", type=int, default=256)
    parser.add_argument("--seed", type=int, default=20261122)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--out", type=Path, default=PAGE)
    parser.add_argument("--keep", type=Path, default=None)
    given = parser.parse_args(arguments)
    asking = Asking(tuple(cases()), given.people)
    found = rates(asking, given.replicates, given.seed, given.workers, given.keep, _say)
    command = (
        f"python tests/claims/claims_page.py --replicates {given.replicates} --people {given.people} "
        f"--seed {given.seed} --workers {given.workers}"
    )
    given.out.write_text(page(found, given.replicates, given.people, given.seed, command), encoding="utf-8")


def page(found: Found, replicates: int, people: int, seed: int, command: str) -> str:
    """The page as markdown: what was found, an overview, every rate, associations, and what no data could test."""
    known = [cases()[name] for name in dict.fromkeys(name for name, _, _ in found)]
    opening = OPENING.format(
        settings=len({(name, setting) for name, setting, _ in found}),
        claims=sum(case.name.startswith("C") for case in known),
        mistakes=sum(case.name.startswith("M") for case in known),
        replicates=replicates,
        people=people,
        command=command,
        seed=seed,
        **made_with(),
        summary=summary(known, found),
        rule=RULE,
    )
    parts = [
        opening,
        *_overview(known, found),
        *_every_rate(known, found),
        NOTES,
        *_associations(known, found),
        *_sources(known),
    ]
    return "\n".join(parts) + "\n"


def summary(known: Sequence[Case], found: Found) -> str:
    """How many naive analyses fall into their trap, which of ours do or deny a true claim and why, and what is to come."""
    trapped = [case.name for case in known if found[case.name, "trap", "naive 0"].fools]
    untrapped = [case.name for case in known if case.name not in trapped]
    ours = [(case, at) for case in known for at in range(len(case.asked.ours))]
    faults = [(case, at, fault) for case, at in ours if (fault := fault_of(case, at, found))]
    none = [case.name for case in known if not case.asked.ours]
    lines = ["**Found.**", ""]
    lines.append(
        f"- naive analyses that fall into their trap: {len(trapped)} of {len(known)}{_listed('; no trap', untrapped)}"
    )
    lines.append(
        f"- ours: {len(ours)} analyses on {len({case.name for case, _ in ours})} claims and mistakes; {len(ours) - len(faults)} hold"
    )
    lines += [f"- {case.name}, {case.asked.ours[at].name}: **{fault}**" for case, at, fault in faults]
    lines.append(f"- claims without an analysis of ours yet: {len(none)} ({', '.join(none)})")
    return "\n".join(lines)


def _overview(known: Sequence[Case], found: Found) -> Iterator[str]:
    """A row for each of ours, or for what is to come."""
    yield "## Overview\n"
    yield "| claim | | trap | naive: yes in the trap % | ours | ours: yes if true % | if false % | in the trap % | verdict |"
    yield "|---|---|---|---:|---|---:|---:|---:|---|"
    for case in known:
        yield from _overview_of(case, found)
    for name, why in UNTESTABLE.items():
        yield _cells([name, "not testable", "", "", "none", "", "", "", why])


def _overview_of(case: Case, found: Found) -> Iterator[str]:
    naive = found[case.name, "trap", "naive 0"]
    shown = _percent(naive, "yes") if naive.fools else f"{_percent(naive, 'yes')} **no trap**"
    start = [case.name, case.title + (f" ({case.people} people)" if case.people else ""), case.bias, shown]
    if not case.asked.ours:
        yield _cells([*start, "to come", "", "", "", case.asked.to_come])
    for at, ours in enumerate(case.asked.ours):
        rest = f"; to come: {case.asked.to_come}" if case.asked.to_come and at == 0 else ""
        rates_of_yes = _yes(case, f"ours {at}", found)
        yield _cells([*start, ours.name, *rates_of_yes, _verdict(case, at, found) + rest])
        start = [case.name, "", "", ""]


def _verdict(case: Case, at: int, found: Found) -> str:
    fault = fault_of(case, at, found)
    if fault:
        return f"**{fault}**"
    return "holds, but mostly cannot tell" if is_mute(case, at, found) else "holds"


def _every_rate(known: Sequence[Case], found: Found) -> Iterator[str]:
    yield "\n## Every rate\n"
    yield "| claim | setting | analysis | smallest worthwhile | yes % | no % | cannot tell % |"
    yield "|---|---|---|---|---:|---:|---:|"
    for case in known:
        for (name, setting, who), one in found.items():
            if name == case.name:
                shown = [_percent(one, answer) for answer in ANSWERS]
                yield _cells([name, setting, *_named(case, who), *shown])


def _named(case: Case, who: str) -> tuple[str, str]:
    """What an analysis is called, and its margin."""
    kind, at = who.split()
    if kind == "naive":
        naive = case.asked.naive[int(at)]
        return f"naive: {naive.does}", f"{naive.margin:g} {naive.unit}" if naive.unit else "none is asked for"
    ours = (case.asked.ours if kind == "ours" else case.asked.associations)[int(at)]
    return f"{kind}: {ours.name}", f"{ours.margin:g} {case.asked.unit}"


def _associations(known: Sequence[Case], found: Found) -> Iterator[str]:
    yield "| claim | outcome on exposure | yes if true % | if false % | in the trap % | to come |"
    yield "|---|---|---:|---:|---:|---|"
    for case in known:
        for at, slope in enumerate(case.asked.associations):
            pair = f"{slope.outcome} on {slope.exposure}, {slope.level} persons"
            yield _cells([case.name, pair, *_yes(case, f"association {at}", found), case.asked.to_come])


def _sources(known: Sequence[Case]) -> Iterator[str]:
    yield "\n## Where the mistakes are named\n"
    yield "| claim | mistake | naive analysis | source |"
    yield "|---|---|---|---|"
    for case in known:
        for one in case.asked.naive:
            yield _cells([case.name, case.bias, one.does, one.source])


def _yes(case: Case, who: str, found: Found) -> list[str]:
    """The rate of yes in each setting that the case has."""
    places = [(case.name, setting, who) for setting in ("true", "false", "trap")]
    return [_percent(found[place], "yes") if place in found else "" for place in places]


def _percent(one: Rates, answer: Answer) -> str:
    return f"{100 * one.share(answer):.0f} ({100 * one.error(answer):.1f})"


def _cells(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _listed(word: str, names: Sequence[str]) -> str:
    return f"{word}: {', '.join(names)}" if names else ""


def _say(done: int, total: int) -> None:
    sys.stderr.write(f"\r{done} of {total} replicates" + "\n" * (done == total))


if __name__ == "__main__":
    main()
