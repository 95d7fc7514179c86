"""The rules of a public release as a file that its notebooks read: thresholds, words not to be shown, numbers shown before."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lowback.result import Refusal, Result

SMALLEST = 10
BASE = 5
PEOPLE, COUNT = "people", "count"


@dataclass(frozen=True)
class Rules:
    """What a public release may tell.

    Counts below `smallest` are left out, others rounded to `base`; `texts` are words that people typed, shown as "other";
    `earlier` holds the numbers that earlier releases of this edition showed, by `cell_name`. `key` is a secret that decides which
    counts are rounded up; nobody outside may know it or be able to guess it.
    """

    smallest: int = SMALLEST
    base: int = BASE
    texts: frozenset[str] = frozenset()
    earlier: Mapping[str, float] = field(default_factory=dict)
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


def memory_of(results: tuple[Result | Refusal, ...], earlier: Mapping[str, float]) -> dict[str, float]:
    """The numbers that a release shows, with those that only earlier ones showed: published numbers alone, no exact count."""
    shown = dict(earlier)
    for one in results:
        if isinstance(one, Result):
            for row in one.estimates.itertuples(index=False):
                shown[cell_name(one, row.term, PEOPLE)] = int(row.n_participants)
                if row.unit in COUNTED:
                    shown[cell_name(one, row.term, COUNT)] = int(row.estimate)
                else:
                    told = {name: float(getattr(row, name)) for name in ESTIMATED}
                    shown |= {
                        cell_name(one, row.term, name): told[name]
                        for name in told
                        if math.isfinite(told[name])
                    }
    return shown


SHARES = {"proportion": 1.0, "%": 100.0, "percent": 100.0}
"""Units of shares, and what everybody is in them."""
COUNTED = ("participants", "rows", "people", "persons", "returns", "onsets", "visits", "answers", "moments")
"""Units of counts of people, or of what happened to them."""
ESTIMATED = ("estimate", "conf_low", "conf_high", "p_value")
"""What a release shows of an estimate."""
