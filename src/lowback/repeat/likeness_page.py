"""How like a cohort its simulated likenesses are, as a page in Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape

from lowback.cohort import Cohort
from lowback.simulate.alike import NotAlikeError
from lowback.simulate.alike.likeness import Likened, likeness
from lowback.study import Estimand, Study

HEAD = """# How like the cohort are those that were drawn like it?

A certificate says how an analysis does on simulated cohorts like one's own, so it is worth as much as they are like it. Here {cohorts} of
them stand beside `{name}`, drawn with the effects that it shows itself. The command that wrote this page:

```sh
{command}
```

The cohort's own figure should lie in the range that holds 95 % of the cohorts like it. Even if they were like it in every respect, about
one figure in twenty would not. How they are drawn: [how certificates are made](certifying.md).
"""
NEVER_MATCHED = """
## What no figure here can show

The cohorts alike hold what was fitted and no more. Not in them, whatever the figures say: scores that are missing because of their own
value (not at random); sites, therapists or classes that lose more people than others; effects that differ from site to site, or by
people's characteristics; effects that do not rise in a straight line until the estimand's week; whatever nobody recorded. With few sites or
therapists what their people share is known poorly, and where chance made it zero in the cohort it is zero in those like it.
"""
COLUMNS = ("figure", "arm", "visit", "this cohort", "cohorts alike", "95 % of them", "")


def likeness_page(cohort: Cohort, study: Study, command: str, cohorts: int = 200) -> str:
    """The page: a table for each estimand that differs in what is drawn, and first of all what is not matched."""
    parts = [HEAD.format(cohorts=cohorts, name=_text(cohort.name), command=command)]
    for title, estimand in _different(study).items():
        parts += _section(title, cohort, study.focus(estimand.name), estimand, cohorts)
    return "\n".join([*parts, NEVER_MATCHED.rstrip()]) + "\n"


def _different(study: Study) -> Mapping[str, Estimand]:
    """One estimand of each outcome at a week, or of each outcome and exposure: all others draw the same cohorts."""
    found: dict[tuple[object, ...], Estimand] = {}
    for one in study.estimands:
        place = (one.outcome, one.exposure) if one.summary == "slope" else (one.outcome, one.week, one.arms)
        found.setdefault(place, one)
    return {one.name: one for one in found.values()}


def _section(title: str, cohort: Cohort, study: Study, estimand: Estimand, cohorts: int) -> Iterator[str]:
    yield f"\n## {_text(title)}\n"
    try:
        found = likeness(cohort, study, estimand, cohorts)
    except NotAlikeError as refused:
        yield f"No cohort alike can be drawn: {_text(str(refused))}."
        return
    unmatched = [one for one in found if not one.is_matched]
    chance = f"; by chance {0.05 * len(found):.0f} would not be" if len(found) >= 10 else ""
    yield f"{len(found) - len(unmatched)} of {len(found)} figures are matched{chance}."
    if unmatched:
        yield "\nNot matched:\n"
        yield from (f"- {_said(one)}" for one in unmatched)
    yield ""
    yield "| " + " | ".join(COLUMNS) + " |"
    yield "|" + "---|" * len(COLUMNS)
    yield from _rows(found)


def _said(one: Likened) -> str:
    place = ", ".join(filter(None, [one.figure, one.arm, one.when]))
    if one.low != one.low:
        return _text(f"{place}: {one.own:.3f}; no cohort alike has it")
    side = "more" if one.own > one.high else "less"
    return _text(f"{place}: {one.own:.3f}, {side} than the {one.low:.3f} to {one.high:.3f} of cohorts alike")


def _rows(found: Sequence[Likened]) -> Iterator[str]:
    for one in found:
        cells = [
            *map(_text, (one.figure, one.arm or "all", one.when)),
            f"{one.own:.3f}",
            f"{one.mean:.3f}",
            f"{one.low:.3f} to {one.high:.3f}",
            "" if one.is_matched else "**not matched**",
        ]
        yield "| " + " | ".join(cells) + " |"


def _text(text: str) -> str:
    """Names out of a cohort as plain text in a cell."""
    return escape(text, quote=False).replace("|", "\\|").replace("\n", " ")
