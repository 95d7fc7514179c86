"""Certificates: an analysis run on many cohorts like one's own, whose truth is known."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lowback.certificate import Certificate, Certified, CertifiedTerm
from lowback.cohort import KEYS, Cohort
from lowback.repeat.code_version import code_version
from lowback.repeat.performance import performance
from lowback.repeat.replicates import Progress, replicated
from lowback.repeat.truths import Asked, asked_of
from lowback.repeat.trying import Analysis, Once, Trial
from lowback.repeat.verdicts import judged
from lowback.repeat.worlds import World, world_like, world_of_scenario
from lowback.result import Result
from lowback.simulate import SimulationError, simulate, simulated_study
from lowback.simulate.alike import NotAlikeError
from lowback.study import Study


def certify(
    cohort: Cohort,
    study: Study,
    analyses: Mapping[str, Analysis],
    *,
    replicates: int,
    seed: int,
    made: str,
    known: Certificate | None = None,
    jobs: int = 1,
    cluster: str | None = None,
    keep: Path | None = None,
    progress: Progress | None = None,
) -> Certificate:
    """How each analysis does on `replicates` cohorts like this one, for each estimand of the study that it answers.

    The cohorts are those of `repeat.worlds.world_like`, the figures those of `repeat.performance`, the verdicts by the bands
    of `repeat.verdicts`. Parts of a `known` certificate that still hold, at as many replicates or more, are taken over; `made` is the date
    that the others receive. The last four arguments are those of `repeat.replicates.replicated`. An analysis that refuses the cohort
    itself has nothing to certify; an estimand of which no cohort alike can be drawn is left out.
    """
    before = known or Certificate()
    every = certificate_keys(cohort, study, analyses)
    found: dict[tuple[str, str], Certified] = {}
    trials: list[Trial] = []
    for name in [one.name for one in study.estimands]:
        answering = _answering(cohort, study.focus(name), analyses)
        keys = {one: every[one, name] for one in answering}
        fresh = {one: part for one in answering if (part := before.of(one, name)) is not None
                 and part.key == keys[one] and part.replicates >= replicates}  # fmt: skip
        found |= {(one, name): part for one, part in fresh.items()}
        wanted = {one: asked for one, asked in answering.items() if one not in fresh}
        if not wanted:
            continue
        try:
            world = world_like(cohort, study.focus(name), study.focus(name).estimands[0])
        except NotAlikeError:
            continue
        trials.append(
            Trial(name, study.focus(name), world, {one: analyses[one] for one in wanted}, wanted, keys)
        )
    run = _Run(replicates, seed, made, jobs, cluster, keep, progress)
    found |= {(one.analysis, one.estimand): one for one in _certified(trials, run)}
    order = [(analysis, one.name) for one in study.estimands for analysis in analyses]
    return Certificate(tuple(found[place] for place in order if place in found))


def certify_scenario(
    scenario: str,
    participants: int,
    analyses: Mapping[str, Analysis],
    *,
    replicates: int,
    seed: int,
    made: str,
    jobs: int = 1,
    cluster: str | None = None,
    keep: Path | None = None,
    progress: Progress | None = None,
) -> Certificate:
    """How each analysis does on cohorts of a scenario of `lowback.simulate`, against the truth that it ships.

    A row of an analysis whose true value the scenario does not ship is left out. Raises `SimulationError` where none is left.
    """
    study = simulated_study(scenario)
    trials = []
    for estimand in study.estimands:
        world = world_of_scenario(scenario, participants, estimand)
        focused = study.focus(estimand.name)
        cohort = next(iter(world.cohorts(np.random.SeedSequence(seed)).values()))
        asked = _with_truth(_answering(cohort, focused, analyses), world)
        if not asked:
            continue
        keys = {
            one: _hash(
                one, scenario, str(participants), code_version(analyses[one], certify_scenario, simulate)
            )
            for one in asked
        }
        trials.append(
            Trial(estimand.name, focused, world, {one: analyses[one] for one in asked}, asked, keys)
        )
    if not trials:
        names = ", ".join(analyses)
        raise SimulationError(f"scenario {scenario!r}: none of {names} answers what it ships the truth of")
    run = _Run(replicates, seed, made, jobs, cluster, keep, progress)
    return Certificate(tuple(_certified(trials, run)))


def certificate_keys(
    cohort: Cohort, study: Study, analyses: Mapping[str, Analysis]
) -> dict[tuple[str, str], str]:
    """What each part of a certificate stands for, as a hash: analysis, data, declared estimand and code."""
    data = hashlib.sha256()
    for table in KEYS:
        frame = getattr(cohort, table)
        text = "" if frame is None else frame[sorted(frame.columns)].to_csv(index=False, lineterminator="\n")
        data.update(f"{table}\0{text}\0".encode())
    known = {one: cohort.variables[one].model_dump_json() for one in sorted(cohort.columns)}
    shared = f"{data.hexdigest()}\0{json.dumps(known)}"
    codes = {name: code_version(analysis, certify) for name, analysis in analyses.items()}
    return {
        (name, one.name): _hash(name, shared, study.focus(one.name).model_dump_json(exclude={"title"}), code)
        for one in study.estimands
        for name, code in codes.items()
    }


def _hash(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


@dataclass(frozen=True)
class _Run:
    replicates: int
    seed: int
    made: str
    jobs: int
    cluster: str | None
    keep: Path | None
    progress: Progress | None


def _answering(cohort: Cohort, study: Study, analyses: Mapping[str, Analysis]) -> dict[str, dict[str, Asked]]:
    """The analyses that answer the study's only estimand on this cohort, with what their rows say."""
    found = {}
    for name, analysis in analyses.items():
        result = analysis(cohort, study)
        if isinstance(result, Result) and result.estimand == study.estimands[0].name:
            asked = asked_of(result, study.estimands[0])
            if asked:
                found[name] = asked
    return found


def _with_truth(answering: Mapping[str, Mapping[str, Asked]], world: World) -> dict[str, dict[str, Asked]]:
    """The analyses and rows of which a world knows the true value."""
    known = {said for truths in world.truths.values() for said in truths}
    found = {
        name: {term: said for term, said in asked.items() if said in known}
        for name, asked in answering.items()
    }
    return {name: asked for name, asked in found.items() if asked}


def _certified(trials: Sequence[Trial], run: _Run) -> list[Certified]:
    if not trials:
        return []
    key = _hash(*(f"{one.estimand} {sorted(one.keys.items())}" for one in trials))
    rows = replicated(
        Once(trials),
        run.replicates,
        run.seed,
        jobs=run.jobs,
        cluster=run.cluster,
        # A folder of its own for each key and seed, so that what was kept of other data is left alone.
        keep=None if run.keep is None else run.keep / f"{key[:16]}-{run.seed}",
        key=f"certificate {key}",
        progress=run.progress,
    )
    return [
        Certified(
            analysis=name,
            estimand=trial.estimand,
            key=trial.keys[name],
            made=run.made,
            replicates=run.replicates,
            seed=run.seed,
            terms=tuple(
                _term(term, said, trial, name, [row[at] for row in rows])
                for term, said in trial.asked[name].items()
            ),
        )
        for at, trial in enumerate(trials)
        for name in trial.analyses
    ]


def _term(term: str, said: Asked, trial: Trial, name: str, rows: list[dict[str, Any]]) -> CertifiedTerm:
    """The figures of one row of an analysis under each effect, and its verdict."""
    performed = {
        effect: performance([row[effect][name][term] for row in rows], truths[said])
        for effect, truths in trial.world.truths.items()
        if said in truths
    }
    verdict, reasons = judged(performed)
    return CertifiedTerm(term, verdict, reasons, {effect: one.figures() for effect, one in performed.items()})
