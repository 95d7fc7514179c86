"""How often "who leads?" is answered rightly: `python tests/lead/who_leads.py [--cohorts 500] [--keep FOLDER]`.

Writes docs/who-leads.md. With `--keep FOLDER` finished worlds are stored there and not computed again.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

# Arrays are small: threads would only wait for one another.
for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(threads, "1")
sys.path[:0] = [str(one) for one in Path(__file__).parents[:2]]

import numpy as np  # noqa: E402
from diaries_of import World  # noqa: E402
from led_trials import Tally, tally  # noqa: E402
from naive_lags import naive_verdict  # noqa: E402
from simulated_claims import claim_diaries  # noqa: E402

from made_with import made_with  # noqa: E402

PAGE = Path(__file__).resolve().parents[2] / "docs" / "who-leads.md"
# Cohorts, people and naive answers by verdict, and the seconds that they took.
Found = dict[str, Any]
LEADS = ("first leads", "second leads")
PEOPLE_EVERY = 20

# No cross-effect, one process behind both series, unequal reliabilities, 40 % missing: 120 people, 56 days.
TRAPS = {
    f"one process behind both, memory {memory:g}": World(memory=memory) for memory in (0.6, 0.8, 0.4, 0.0)
}
TRAPS["two processes with correlated shocks, memory 0.6"] = World(common=False)
LED = {
    "leads by 0.25 a day, reliabilities 0.9 and 0.6": World(common=False, lead=0.25),
    "leads by 0.25 a day, reliabilities 0.6 and 0.9": World(common=False, lead=0.25, reliability=(0.6, 0.9)),
    "leads by 0.25 a day, two check-ins a day": World(common=False, lead=0.25, a_day=2),
}
# Whole numbers from 0 to 10, floors, programmes, flares: check-ins as the simulator records them.
CLAIMS = {"C20 trap": ("C20", "trap"), "C21 trap": ("C21", "trap"), "C21 true": ("C21", True)}

OPENING = """# Who leads? How often the verdict is right

Of two series of check-ins (say, hip and back pain), does one come first? The fit behind `lowback.analyses.lead` was put to cohorts whose
truth is known. Written by

    python tests/lead/who_leads.py

on {date}: lowback {lowback}, numpy {numpy}, {minutes:.0f} minutes of one core. Standard errors of the shares stand in brackets.

**Verdicts.** *Leads*: the test of asymmetry rejects at 5 %, and the leader's standardised cross-effect a day later is clearly above 0, at
least 0.1 and the larger of the two. *Together*: the error-free ups and downs correlate by clearly more than 0.2 and the lead (correlation
of the first now with the second a day later less the reverse) is shown to lie within 0.1 of 0. Else *cannot tell*. A person is said to be led only where
the p-value, adjusted over all people of the cohort (Benjamini & Hochberg), is below 5 % and the lead at least 0.1.

**Naive** is what a cross-lagged regression of the recorded scores says: least squares on both scores of the day before, each
person's mean taken out, and the larger of two standardised slopes taken for the leader where its interval excludes 0 and the two differ by
more than their standard errors explain.

For speed, the fit in which nobody leads takes six steps here instead of climbing to its proven top: the test of asymmetry holds at any such point
(`LeadFit.asymmetry`), and the fit with a leader, which a verdict "leads" needs, is proven as always.
"""


def main() -> None:
    """Compute what is not kept, and write the page."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--cohorts", type=int, default=500)
    asked.add_argument("--keep", type=Path)
    asked.add_argument("--write", action="store_true", help="write the page of what is kept, compute nothing")
    options = asked.parse_args()
    found: dict[str, Found] = {}
    if options.write:
        files = {name: _file(options.keep, name) for name in (*TRAPS, *LED, *CLAIMS)}
        found = {
            name: json.loads(one.read_text(encoding="utf-8")) for name, one in files.items() if one.exists()
        }
        PAGE.write_text(page(found), encoding="utf-8")
        return
    for name, world in (TRAPS | LED).items():
        found[name] = _kept(options.keep, name, lambda w=world: _of_world(w, options.cohorts))
        PAGE.write_text(page(found), encoding="utf-8")
    for name, (claim, switch) in CLAIMS.items():
        cohorts = max(2, 2 * options.cohorts // 5)
        found[name] = _kept(options.keep, name, lambda c=claim, s=switch, n=cohorts: _of_claim(c, s, n))
        PAGE.write_text(page(found), encoding="utf-8")


def _file(folder: Path, name: str) -> Path:
    """Where a world's answers are kept."""
    return folder / f"{name.replace(' ', '_').replace(',', '')}.json"


def _of_world(world: World, cohorts: int) -> Found:
    began = time.process_time()
    seeds = range(1000, 1000 + cohorts)
    naive = Counter(naive_verdict(*world.rows(seed), world.days * world.a_day) for seed in seeds)
    return _told(tally(world, seeds, PEOPLE_EVERY), naive, began)


def _of_claim(claim: str, switch: object, cohorts: int) -> Found:
    began = time.process_time()
    found = Tally()
    for at in range(cohorts):
        two = claim_diaries(claim, switch, 120, at)
        found.add(two.series, with_people=at % PEOPLE_EVERY == 0, known_error=two.known_error)
    return _told(found, Counter(), began)


def _told(found: Tally, naive: Counter[str], began: float) -> Found:
    return {
        "cohorts": found.cohorts,
        "people": found.people,
        "naive": naive,
        "seconds": time.process_time() - began,
    }


def _kept(folder: Path | None, name: str, compute) -> Found:  # type: ignore[no-untyped-def]
    """What was computed before, else what is computed now."""
    if folder is None:
        return compute()
    folder.mkdir(parents=True, exist_ok=True)
    file = _file(folder, name)
    if not file.exists():
        file.write_text(json.dumps(compute()), encoding="utf-8")
        sys.stdout.write(f"{name} {file.read_text(encoding='utf-8')}\n")
    return json.loads(file.read_text(encoding="utf-8"))


def page(found: dict[str, Found]) -> str:
    """The page, with what was found so far."""
    lines = [
        OPENING.format(
            **made_with(),
            minutes=sum(one["seconds"] for one in found.values()) / 60,
        )
    ]
    lines += ["## Nobody leads: how often somebody is said to\n"]
    lines += [
        "120 people, 56 days, one check-in a day, 40 % of each series missing, reliabilities 0.9 and 0.6 (0.6 and 0.9 is the mirror image).\n"
    ]
    lines += [
        _head(
            "Cohorts said to be led",
            "Said to be led by the more reliable",
            "Naive: led",
            "People said to be led",
        )
    ]
    lines += [_trap_row(name, found[name]) for name in TRAPS if name in found]
    lines += ["\n## The first leads: how often that is said\n"]
    lines += [
        "120 people, 56 days, 40 % missing; an SD of the first now adds about 0.2 SD to the second a day later.\n"
    ]
    lines += [_head(*WHO_LEADS)]
    lines += [_led_row(name, found[name]) for name in LED if name in found]
    lines += ["\n## Check-ins as the simulator records them\n"]
    lines += [
        "120 people, 84 days, whole numbers from 0 to 10, with floors, programmes and flares. First is hip pain, second back pain.\n"
    ]
    lines += [_head(*WHO_LEADS)]
    lines += [_led_row(name, found[name]) for name in CLAIMS if name in found]
    if absent := [name for name in (*TRAPS, *LED, *CLAIMS) if name not in found]:
        lines += [f"\n**Not run yet**, so nothing is known of them here: {'; '.join(absent)}."]
    return "\n".join(lines) + "\n"


WHO_LEADS = (
    "First leads", "Second leads", "Cannot tell or other", "People: first leads", "People: second leads",
)  # fmt: skip


def _head(*columns: str) -> str:
    names = ("World", "Cohorts", *columns)
    return f"| {' | '.join(names)} |\n|{'---|' * len(names)}"


def _trap_row(name: str, found: Found) -> str:
    n = sum(found["cohorts"].values())
    cells = (
        _share(found["cohorts"], LEADS),
        _share(found["cohorts"], LEADS[:1]),
        _share(found["naive"], LEADS),
        _share(found["people"], LEADS),
    )
    return f"| {name} | {n} | {' | '.join(cells)} |"


def _led_row(name: str, found: Found) -> str:
    n, of = sum(found["cohorts"].values()), found["cohorts"]
    rest = tuple(one for one in of if one not in LEADS)
    cells = (
        *(_share(of, (one,)) for one in LEADS),
        _share(of, rest),
        *(_share(found["people"], (one,)) for one in LEADS),
    )
    return f"| {name} | {n} | {' | '.join(cells)} |"


def _share(counted: dict[str, int], which: tuple[str, ...]) -> str:
    n = sum(counted.values())
    if not n:
        return "–"
    share = sum(counted.get(one, 0) for one in which) / n
    return f"{100 * share:.1f} % ({100 * np.sqrt(share * (1 - share) / n):.1f})"


if __name__ == "__main__":
    main()
