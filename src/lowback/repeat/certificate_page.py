"""Certificates of simulated worlds as a page in Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib.metadata import version
from platform import python_version

from lowback.certificate import Certificate, Certified, CertifiedTerm, Figures
from lowback.repeat.diagnosis import failures

HEAD = """# Certificates of the analyses in simulated worlds

How each analysis did on {replicates:,} cohorts of {participants} people in each simulated world, with the
Monte Carlo standard error of every figure. The command that wrote this page:

```sh
{command}
```

A world has one effect, its own, so tests are judged in a world where the truth is zero, and power is shown elsewhere. What the
columns mean, the bands by which an analysis *holds*, is *at risk* or *fails*, and how the cohort of a report is certified:
[how certificates are made](certifying.md). *At risk*, "cannot tell yet": nothing was found wrong, but some figure lies so near the edge
of its band that {replicates:,} cohorts cannot tell on which side; more can (`--replicates`).

Versions: Python {python}, {versions}.
"""
# What the reasons say of a figure that may lie within its band.
UNSETTLED = "cannot be told"
COLUMNS = (
    "analysis",
    "row",
    "truth",
    "bias",
    "empirical SE",
    "model SE",
    "coverage %",
    "type I error %",
    "power %",
    "no answer %",
    "verdict",
)


def certificate_page(
    worlds: Mapping[str, Certificate], participants: int, replicates: int, command: str
) -> str:
    """The page: its command, the verdicts at a glance, what fails and why, what has none and why, every figure, and the reasons."""
    versions = ", ".join(f"{name} {version(name)}" for name in ("numpy", "scipy", "pandas"))
    head = HEAD.format(
        replicates=replicates,
        participants=participants,
        command=command,
        python=python_version(),
        versions=versions,
    )
    return "\n".join([head, *what_was_found(worlds)]) + "\n"


def what_was_found(worlds: Mapping[str, Certificate]) -> Iterator[str]:
    """The page below its head."""
    yield from (*_overview(worlds), *_failures(worlds), *_untried(worlds))
    for world, certificate in worlds.items():
        yield from (f"\n## {world}\n", *_figures(world, certificate), *_reasons(certificate))


def _overview(worlds: Mapping[str, Certificate]) -> Iterator[str]:
    """The verdict of each analysis of each estimand in each world."""
    yield "\n## At a glance\n"
    yield f"| analysis | estimand | {' | '.join(worlds)} |"
    yield "|---|---|" + "---|" * len(worlds)
    places = dict.fromkeys(
        (one.analysis, one.estimand) for certificate in worlds.values() for one in certificate.certified
    )
    for analysis, estimand in places:
        found = [certificate.of(analysis, estimand) for certificate in worlds.values()]
        yield f"| {analysis} | {_cell(estimand)} | {' | '.join(map(_verdict, found))} |"


def _verdict(part: Certified | None) -> str:
    """The verdict in a cell, which says where only more cohorts could settle it."""
    if part is None:
        return "not certified"
    unsettled = part.verdict == "at risk" and all(UNSETTLED in one for one in part.reasons)
    return f"*{part.verdict}*" + (", cannot tell yet" if unsettled else "")


def _failures(worlds: Mapping[str, Certificate]) -> Iterator[str]:
    """What fails, and why as far as its figures and assumptions tell."""
    found = [one for world, certificate in worlds.items() for one in failures(world, certificate.certified)]
    yield "\n## What fails, and why\n"
    yield from (f"- {_cell(one)}" for one in found)
    if not found:
        yield "Nothing."


def _untried(worlds: Mapping[str, Certificate]) -> Iterator[str]:
    """Every analysis of an estimand that has no certificate, and why."""
    found: dict[str, list[str]] = {}
    for world, certificate in worlds.items():
        for analysis, estimand, why in certificate.untried:
            found.setdefault(f"`{analysis}`, {estimand}: {why}", []).append(world)
    if not found:
        return
    yield "\n## What has no certificate, and why\n"
    for said, where in found.items():
        place = "" if len(where) == len(worlds) else f" ({', '.join(where)})"
        yield f"- {_cell(said)}{place}."


def _figures(world: str, certificate: Certificate) -> Iterator[str]:
    yield "| " + " | ".join(COLUMNS) + " |"
    yield "|" + "---|" * len(COLUMNS)
    for part in certificate.certified:
        for term in part.terms:
            yield "| " + " | ".join(_row(part, term, term.worlds[world])) + " |"


def _row(part: Certified, term: CertifiedTerm, figures: Figures) -> list[str]:
    return [
        part.analysis,
        _cell(f"{part.estimand}: {term.term}"),
        _number(figures, "truth"),
        _number(figures, "bias"),
        _number(figures, "empirical_se"),
        _number(figures, "model_se"),
        *(_number(figures, name, 100) for name in ("coverage", "type_one", "power", "refused")),
        f"*{term.verdict}*",
    ]


def _reasons(certificate: Certificate) -> Iterator[str]:
    """Why what does not hold does not; rows that only more cohorts could settle are counted and not listed."""
    settled = 0
    listed = []
    for part in certificate.certified:
        for term in part.terms:
            seen = [one for one in term.reasons if UNSETTLED not in one]
            settled += bool(term.reasons) and not seen
            if seen:
                words = "; ".join(one.replace("|", "\\|") for one in seen)
                listed.append(f"- {part.analysis}, {part.estimand}, {term.term} *{term.verdict}*: {words}")
    if listed:
        yield "\nOutside their bands:\n"
        yield from listed
    if settled:
        rows = "1 row is" if settled == 1 else f"{settled} rows are"
        yield f"\n{rows} *at risk* for no other reason than that so many cohorts cannot tell."


def _number(figures: Figures, name: str, times: float = 1.0) -> str:
    """A figure with its Monte Carlo standard error."""
    value, error = figures.get(name), figures.get(f"{name}_error")
    if value is None:
        return ""
    shown = f"{times * value:.1f}" if times != 1 else f"{value:.3f}"
    if error is None:
        return shown
    return f"{shown} ± {times * error:.1f}" if times != 1 else f"{shown} ± {error:.3f}"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
