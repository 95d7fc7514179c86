"""What the commands hand to `repeat`: the analyses of the reports, a request's cohort, the place of its certificate."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from lowback.analyses import (
    agreement,
    ancova,
    by_characteristic,
    clda,
    co_occurrence,
    complier,
    corrected_slopes,
    dose,
    efficiency,
    equivalence,
    event_curve,
    expected_change,
    factorial,
    hold,
    incidence,
    lead,
    mediation,
    mixed,
    mmrm,
    one_person,
    onsets,
    panel,
    proximal_effect,
    recurrence,
    responders,
    rule_value,
    screening_rule,
    slope_by_modifier,
    slope_by_moment,
    slopes,
    sustained,
    three_in_a_row,
    time_to_ease,
    transitions,
    within_between,
)
from lowback.certificate import Certificate, certificate_file, certificate_text, read_certificate
from lowback.checked_yaml import ConfigurationError, unknown_name
from lowback.cohort import Cohort
from lowback.intake import read_cohort
from lowback.publish import read_request
from lowback.repeat.certificate_page import certificate_page
from lowback.repeat.certify import certificate_keys, certify, certify_scenario
from lowback.repeat.kept import write_whole
from lowback.repeat.likeness_page import likeness_page
from lowback.repeat.trying import Analysis
from lowback.study import Study, StudyError, cohort_problems, read_study

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Run:
    """How replicates are run: how many, from which seed, by how many processes or on which cluster, and who is told."""

    replicates: int
    seed: int
    jobs: int = 1
    cluster: str | None = None
    progress: Progress | None = None


def analyses() -> dict[str, Analysis]:
    """The reports' own analyses by name, for whatever repeats one: those of which cohorts alike have a truth."""
    return {
        "ancova": ancova.ancova,
        "by_characteristic": by_characteristic.by_characteristic,
        "clda": clda.clda,
        "equivalence": equivalence.equivalence,
        "expected_change": expected_change.expected_change,
        "mixed": mixed.mixed,
        "mmrm": mmrm.mmrm,
        "responders": responders.responders,
        "slopes": slopes.slopes,
        "within_between": within_between.within_between,
    }


def analyses_of_worlds() -> dict[str, Analysis]:
    """These and the analyses of the mechanism of which simulated worlds have a truth, and cohorts alike none."""
    return {
        **analyses(),
        "agreement": agreement.agreement,
        "co_occurrence": co_occurrence.co_occurrence,
        "complier": complier.complier,
        "corrected_slopes": corrected_slopes.corrected_slopes,
        "dose": dose.dose,
        "efficiency": efficiency.efficiency,
        "event_curve": event_curve.event_curve,
        "factorial": factorial.factorial,
        "hold": hold.hold,
        "incidence": incidence.incidence,
        "lead": lead.lead,
        "mediation": mediation.mediation,
        "one_person": one_person.one_person,
        "onsets": onsets.onsets,
        "panel": panel.panel,
        "proximal_effect": proximal_effect.proximal_effect,
        "recurrence": recurrence.recurrence,
        "rule_value": rule_value.rule_value,
        "screening_rule": screening_rule.screening_rule,
        "slope_by_modifier": slope_by_modifier.slope_by_modifier,
        "slope_by_moment": slope_by_moment.slope_by_moment,
        "sustained": sustained.sustained,
        "three_in_a_row": three_in_a_row.three_in_a_row,
        "time_to_ease": time_to_ease.time_to_ease,
        "transitions": transitions.transitions,
    }


def certify_request(request: Path, data: Path | None, run: Run) -> Certificate:
    """Certify a request's analyses, keep the certificate beside the request, and return it.

    Until it is done the finished replicates lie in a hidden folder beside the request, from which the same call goes on. Raises
    `CohortRefused` for a cohort that intake refuses, `ConfigurationError` for a study that does not fit it.
    """
    cohort, study = _asked(request, data)
    place = certificate_file(request)
    keep = request.with_name(f".{request.stem}.replicates")
    made = certify(
        cohort,
        study,
        analyses(),
        replicates=run.replicates,
        seed=run.seed,
        made=_today(),
        known=read_certificate(place),
        jobs=run.jobs,
        cluster=run.cluster,
        keep=keep,
        progress=run.progress,
    )
    write_whole(place, certificate_text(made))
    shutil.rmtree(keep, ignore_errors=True)
    return made


def liken_request(request: Path, data: Path | None, page: Path) -> None:
    """Write a page that shows how like a request's cohort those are that its certificate would rest on."""
    cohort, study = _asked(request, data)
    command = f"lowback certify {request.as_posix()} --likeness {page.as_posix()}"
    write_whole(page, likeness_page(cohort, study, command))


def _asked(request: Path, data: Path | None) -> tuple[Cohort, Study]:
    """The cohort and the study of a request, which fit each other."""
    asked = read_request(request)
    study = read_study(asked.study)
    cohort = read_cohort(asked.mapping, data or asked.data)
    problems = cohort_problems(study, cohort)
    if problems:
        raise StudyError("\n".join(f"{asked.study}: {problem}" for problem in problems))
    return cohort, study


def certify_scenarios(
    scenarios: list[str],
    participants: int,
    run: Run,
    page: Path | None = None,
    study: Path | None = None,
    only: Sequence[str] = (),
) -> dict[str, Certificate]:
    """Certify analyses in simulated worlds, by the scenario's name, and write the certificates to a page if there is one.

    With a `study` its questions are asked in place of those of a plain trial, and the analyses of the mechanism are tried too; `only` names those to
    be tried, where not all are. Until it is done the finished replicates lie in a hidden folder beside the page.
    """
    names = [Path(one).stem for one in scenarios]
    if len(set(names)) < len(names):
        raise ConfigurationError(f"two scenarios have one name, {names}: figures go by it")
    tried = _only(analyses() if study is None else analyses_of_worlds(), only)
    keep = None if page is None else page.with_name(f".{page.stem}.replicates")
    found = {
        Path(scenario).stem: certify_scenario(
            scenario,
            participants,
            tried,
            replicates=run.replicates,
            seed=run.seed,
            made=_today(),
            study=None if study is None else read_study(study),
            jobs=run.jobs,
            cluster=run.cluster,
            keep=keep,
            progress=run.progress,
        )
        for scenario in scenarios
    }
    if page is not None and keep is not None:
        asked = "" if study is None else f" --study {study.as_posix()}"
        asked += "".join(f" --analysis {one}" for one in only)
        command = "lowback certify " + " ".join(f"--scenario {one}" for one in scenarios) + asked
        command += f" --replicates {run.replicates} --participants {participants} --seed {run.seed} --page {page.as_posix()}"
        write_whole(page, certificate_page(found, participants, run.replicates, command))
        shutil.rmtree(keep, ignore_errors=True)
    return found


def _only(tried: dict[str, Analysis], names: Sequence[str]) -> dict[str, Analysis]:
    """The analyses of these names, or all; refused where one is not among them."""
    for name in names:
        if name not in tried:
            raise ConfigurationError(
                f"no analysis {name!r} to be tried here; {unknown_name(name, list(tried))}"
            )
    return {name: tried[name] for name in names} if names else tried


def keys_of(cohort: Cohort, study: Study) -> dict[tuple[str, str], str]:
    """What each part of a certificate of these data, this study and today's code stands for."""
    return certificate_keys(cohort, study, analyses())


def _today() -> str:
    return datetime.now(UTC).date().isoformat()
