"""The language gate at publication: no sentence of a report says more about cause than its study carries."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from lowback.certificate import Certificate
from lowback.language import Allowance, allowance, overstatements
from lowback.publish.failure import Failure
from lowback.publish.making import Making
from lowback.publish.said import Said, identified_in, said_in
from lowback.study import Study

Notebooks = Sequence[tuple[str, list[dict[str, Any]]]]


def overstated(making: Making) -> Sequence[Failure]:
    """What stands against publishing: each sentence that is too strong, the titles of request, study and notebooks included."""
    job = making.job
    titles = [Said("title of the request", job.request.title), Said("title of the study", job.study.title)]
    titles += [Said("title", one.planned.title, one.planned.name) for one in making.ran]
    return list(overstated_in(titles, list(making.executed.items()), job.study, job.certificate))


def overstated_in(
    titles: Sequence[Said], notebooks: Notebooks, study: Study, certificate: Certificate
) -> Iterator[Failure]:
    """Each sentence that is too strong, by what its own estimand allows; prose by the estimands of its notebook.

    A title that asserts fails as any other sentence does, since it is what most readers read and nothing else; one that asks is fine.
    """
    identified = frozenset(
        name for name in _common([identified_in(cells) for _, cells in notebooks if identified_in(cells)])
    )
    judge = _Judge(study, certificate, identified)
    for one in titles:
        yield from judge.failures(replace(one, is_markdown=False), judge.of_report)
    for name, cells in notebooks:
        texts = list(said_in(name, cells))
        of_notebook = judge.of_estimands({one.estimand for one in texts})
        for one in texts:
            allowed = judge.of(one) or of_notebook
            yield from judge.failures(one, allowed)


class _Judge:
    """Allowances of one study, each worked out once."""

    def __init__(self, study: Study, certificate: Certificate, identified: frozenset[str]) -> None:
        self._study, self._certificate, self._identified = study, certificate, identified
        self._known = {one.name: one for one in study.estimands}
        self._made: dict[tuple[str, str], Allowance] = {}
        self.of_report = allowance(study, None, certificate, identified=identified)

    def of(self, said: Said) -> Allowance | None:
        """What is allowed of the estimand that a text is about."""
        if said.estimand not in self._known:
            return None
        key = (said.estimand, said.analysis)
        if key not in self._made:
            self._made[key] = allowance(
                self._study,
                self._known[said.estimand],
                self._certificate,
                identified=self._identified,
                analysis=said.analysis,
            )
        return self._made[key]

    def of_estimands(self, names: set[str]) -> Allowance:
        """The most that is allowed of several estimands; of the report's where none of them is declared."""
        found = [one for name in sorted(names) if (one := self.of(Said("", "", estimand=name)))]
        return max(found, key=lambda one: one.grade, default=self.of_report)

    def failures(self, said: Said, allowed: Allowance) -> Iterator[Failure]:
        """Each sentence of a text that is too strong."""
        for one in overstatements(said.text, allowed, markdown=said.is_markdown):
            yield Failure(said.notebook, said.cell, f"{said.kind}: {one}")


def _common(sets: list[frozenset[str]]) -> frozenset[str]:
    return frozenset.intersection(*sets) if sets else frozenset()
