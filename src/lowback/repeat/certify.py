"""Certificates: an analysis run on many cohorts like one's own, whose truth is known."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from lowback.certificate import Certificate, Certified, CertifiedTerm
from lowback.cohort import KEYS, Cohort
from lowback.repeat.answering import answering_of, with_truth
from lowback.repeat.asked import Asked, nothing
from lowback.repeat.code_version import code_version
from lowback.repeat.performance import performance
from lowback.repeat.replicates import Progress, replicated
from lowback.repeat.trying import Analysis, Once, Trial
from lowback.repeat.verdicts import judged
from lowback.repeat.worlds import ScenarioWorld, world_like, world_of_scenario
from lowback.simulate import SimulationError, read_scenario, simulate, simulated_study
from lowback.simulate.alike import NotAlikeError
from lowback.simulate.cohorts import LONGEST
from lowback.study import Study
from lowback.uncertified import IN_COHORTS_ALIKE, untried

# What an analysis answers a scenario with is seen in a cohort of so many people, in whom there is enough of everything.
PROBED = 1000
NO_TRUTH = "the simulator knows no true value of what it says here"


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
    itself, and an estimand of which no cohort alike can be drawn, are named as untried with the reason, as is every analysis that could answer
    an estimand and has no truth in cohorts alike.
    """
    before = known or Certificate()
    every = certificate_keys(cohort, study, analyses)
    found: dict[tuple[str, str], Certified] = {}
    trials: list[Trial] = []
    left = list(untried(study, IN_COHORTS_ALIKE))
    for name in [one.name for one in study.estimands]:
        answering, refused = answering_of(cohort, study.focus(name), analyses)
        left += [(one, name, f"it refuses this cohort: {why}") for one, why in refused.items()]
        keys = {one: every[one, name] for one in answering}
        found |= _taken_over(before, name, keys, replicates)
        wanted = {one: asked for one, asked in answering.items() if (one, name) not in found}
        if not wanted:
            continue
        try:
            world = world_like(cohort, study.focus(name), study.focus(name).estimands[0])
        except NotAlikeError as why:
            left += [(one, name, f"no cohort alike can be drawn: {why}") for one in wanted]
            continue
        if wanted := with_truth(wanted, world):
            tried = {one: analyses[one] for one in wanted}
            trials.append(Trial(name, study.focus(name), world, tried, wanted, keys))
    run = _Run(replicates, seed, made, jobs, cluster, keep, progress)
    found |= {(one.analysis, one.estimand): one for one in _certified(trials, run)}
    order = [(analysis, one.name) for one in study.estimands for analysis in analyses]
    return Certificate(tuple(found[place] for place in order if place in found), untried=tuple(left))


def _taken_over(
    before: Certificate, estimand: str, keys: Mapping[str, str], replicates: int
) -> dict[tuple[str, str], Certified]:
    """The parts of an earlier certificate that still hold for an estimand, at as many replicates or more."""
    parts = {one: before.of(one, estimand) for one in keys}
    return {
        (one, estimand): part
        for one, part in parts.items()
        if part is not None and part.key == keys[one] and part.replicates >= replicates
    }


def certify_scenario(
    scenario: str | Path,
    participants: int,
    analyses: Mapping[str, Analysis],
    *,
    replicates: int,
    seed: int,
    made: str,
    study: Study | None = None,
    days: int = LONGEST,
    jobs: int = 1,
    cluster: str | None = None,
    keep: Path | None = None,
    progress: Progress | None = None,
) -> Certificate:
    """How each analysis does on cohorts of a scenario of `lowback.simulate`, against the truth that the simulator knows.

    The questions are those of `study`, else of the study that goes with the scenario; diaries end after `days`. A row of an analysis whose true value is not known
    is left out; an analysis without any such row is named as untried with the reason. Raises `SimulationError` where none is left.
    """
    read = read_scenario(scenario)
    asked_study = study or simulated_study(read)
    trials, left = [], []
    for estimand in asked_study.estimands:
        try:
            world = world_of_scenario(read, participants, asked_study, estimand, days)
        except SimulationError as why:
            left.append(("every analysis", estimand.name, str(why)))
            continue
        focused = asked_study.focus(estimand.name)
        answering, refused = answering_of(_probed(world, participants, seed), focused, analyses)
        left += [(one, estimand.name, f"it refuses such cohorts: {why}") for one, why in refused.items()]
        asked = with_truth(answering, world)
        left += [(one, estimand.name, NO_TRUTH) for one in answering if one not in asked]
        if asked:
            stands_for = (
                read.model_dump_json(), focused.model_dump_json(), str(participants), str(world.days)
            )  # fmt: skip
            codes = {one: code_version(analyses[one], certify_scenario, simulate) for one in asked}
            keys = {one: _hash(one, *stands_for, code) for one, code in codes.items()}
            tried = {one: analyses[one] for one in asked}
            trials.append(Trial(estimand.name, focused, world, tried, asked, keys))
    if not trials:
        names = ", ".join(analyses)
        raise SimulationError(f"scenario {read.name!r}: none of {names} answers what it ships the truth of")
    run = _Run(replicates, seed, made, jobs, cluster, keep, progress)
    return Certificate(tuple(_certified(trials, run)), untried=tuple(left))


def _probed(world: ScenarioWorld, participants: int, seed: int) -> Cohort:
    """One cohort of a world with enough of everything to see what an analysis answers."""
    many = replace(world, participants=max(participants, PROBED))
    return next(iter(many.cohorts(np.random.SeedSequence(seed)).values()))


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
        effect: performance([row[effect][name][term] for row in rows], truths[said], nothing(said))
        for effect, truths in trial.world.truths.items()
        if said in truths
    }
    verdict, reasons = judged(performed)
    return CertifiedTerm(term, verdict, reasons, {effect: one.figures() for effect, one in performed.items()})
