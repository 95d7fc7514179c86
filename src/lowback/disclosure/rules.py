"""The rules of a public release as a file that its notebooks read: thresholds, words not to be shown, numbers shown before."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lowback.result import Refusal, Result

SMALLEST = 10
BASE = 5
PEOPLE, COUNT = "people", "count"


@dataclass(frozen=True)
class Rules:
    """What a public release may tell.

    Counts below `smallest` are left out, others rounded to `base`; `texts` are words that people typed, shown as "other";
    `earlier` holds the counts that earlier releases of this edition showed, by `cell_name`. `key` is a secret that decides which
    counts are rounded up; nobody outside may know it or be able to guess it.
    """

    smallest: int = SMALLEST
    base: int = BASE
    texts: frozenset[str] = frozenset()
    earlier: Mapping[str, int] = field(default_factory=dict)
    key: str = ""


def read_rules(path: str | Path) -> Rules:
    """The rules that `write_rules` wrote."""
    said = json.loads(Path(path).read_text(encoding="utf-8"))
    return Rules(said["smallest"], said["base"], frozenset(said["texts"]), said["earlier"], said["key"])


def write_rules(path: Path, rules: Rules) -> None:
    """Write the rules where only this user can read them: they hold words that must not be shown."""
    said = {
        "smallest": rules.smallest,
        "base": rules.base,
        "texts": sorted(rules.texts),
        "earlier": dict(rules.earlier),
        "key": rules.key,
    }
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_text(json.dumps(said), encoding="utf-8")


def cell_name(result: Result | Refusal, term: str, kind: str) -> str:
    """The name by which a number is known from one release to the next."""
    return "\n".join((result.analysis, result.estimand, result.question, term, kind))


def memory_of(results: tuple[Result | Refusal, ...], earlier: Mapping[str, int]) -> dict[str, int]:
    """The counts that a release shows, with those that only earlier ones showed: published numbers alone, no exact count."""
    shown: dict[str, Any] = dict(earlier)
    for one in results:
        if isinstance(one, Result):
            for row in one.estimates.itertuples(index=False):
                shown[cell_name(one, row.term, PEOPLE)] = int(row.n_participants)
                if row.unit in COUNTED:
                    shown[cell_name(one, row.term, COUNT)] = int(row.estimate)
    return shown


COUNTED = ("participants", "rows", "people", "persons", "returns", "onsets", "visits", "answers", "moments")
"""Units of counts of people, or of what happened to them."""
