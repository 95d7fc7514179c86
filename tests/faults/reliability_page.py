"""Writes docs/reliability.md from the records of the suites, and from nothing else."""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lowback.publish.provenance import sources_hash

ROOT = Path(__file__).resolve().parents[2]
LISTED = 45
"""Families with more cases are listed in groups that share the first words."""
ENDINGS = {
    0: "done",
    2: "wrong request",
    3: "partly failed",
    4: "already running",
    5: "input refused",
    6: "time limit",
    7: "kernel died",
    8: "storage",
}
COMMAND = (
    "python tests/faults/run_faults.py --all --jobs 2 --attacks attacks.jsonl --page docs/reliability.md"
)
OPENING = """\
# What reports survive

This page is written by `{command}`, from the records of its own runs and of `python tests/attacks/run_attacks.py --all`; nothing in
it is written by hand. Code: commit {commit} of {day}. A fast part of both suites runs with the tests.

A case puts a fault to `lowback report` on a desk where an older report stands, and asks for a new one. It is survived if the exit
code is right; the old report or the new one stands whole, by the hashes of its manifest; no source has changed; no file is left
behind and no process still runs; and the next run succeeds and leaves nothing behind. After SIGKILL the next run may have to clear
away what was being built. The command is forked from a process that has imported it, which saves the imports and nothing else. For speed
that next run makes the new report anew only in each tenth of the writes that are killed, interrupted or replayed, in each fifth of the changes
of inputs and in the first of each kind of runs at once; after the others it is asked for the report that stands.
"""


@dataclass(frozen=True)
class Record:
    """A case and its last outcome, if it was run."""

    family: str
    name: str
    expected: Sequence[int]
    outcome: dict[str, Any] | None

    @property
    def survived(self) -> bool:
        """Whether it was run and all held."""
        return self.outcome is not None and not self.outcome["problem"]


def write_page(path: Path, records: Sequence[Record], attacks: Path | None) -> None:
    """The page: families with counts, then each case, then the attacks."""
    families = list(dict.fromkeys(one.family for one in records))
    parts = [OPENING.format(command=COMMAND, commit=_git("%h"), day=_git("%cs"))]
    parts.append(_summary(families, records))
    parts.append(_sources(records))
    if attacks is not None and attacks.exists():
        parts.append(_attacks(attacks))
    parts += [_family(name, [one for one in records if one.family == name]) for name in families]
    parts.append(f"Written {datetime.now(UTC):%Y-%m-%d %H:%M} UTC.\n")
    path.write_text("\n".join(parts), encoding="utf-8")


def _sources(records: Sequence[Record]) -> str:
    """How many cases were last run on which state of the package's own files."""
    counts = Counter(one.outcome["sources"][:12] for one in records if one.outcome is not None)
    told = "; ".join(f"{count} on {name}" for name, count in counts.most_common())
    return f"Cases by the hash of the package's files that they were last run on ({sources_hash()[:12]} at this commit): {told}.\n"


def _git(what: str) -> str:
    done = subprocess.run(
        ["git", "log", "-1", f"--format={what}"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return done.stdout.strip() or "unknown"


def _summary(families: Iterable[str], records: Sequence[Record]) -> str:
    lines = ["| faults | cases | run | survived |", "|---|---:|---:|---:|"]
    for name in families:
        ours = [one for one in records if one.family == name]
        ran = [one for one in ours if one.outcome]
        lines.append(f"| {name} | {len(ours)} | {len(ran)} | {sum(one.survived for one in ours)} |")
    ran = [one for one in records if one.outcome]
    lines.append(f"| together | {len(records)} | {len(ran)} | {sum(one.survived for one in records)} |")
    return "\n".join([*lines, ""])


def _attacks(path: Path) -> str:
    when = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    told = f"As of {when:%Y-%m-%d %H:%M} UTC, when these were last tried, be it on an earlier commit."
    lines = ["## Attacks", "", told, "", "| attack | tried | refused | arrived as data | executed, fetched or escaped |", "|---|---:|---:|---:|---:|"]  # fmt: skip
    last = {one["attack"]: one for one in map(json.loads, path.read_text(encoding="utf-8").splitlines())}
    lines += [
        f"| {one['attack']} | {one['tried']} | {one['refused']} | {one['arrived']} | {one['broken']} |"
        for one in last.values()
    ]
    return "\n".join([*lines, ""])


def _family(name: str, records: Sequence[Record]) -> str:
    lines = [
        f"## {name[0].upper()}{name[1:]}",
        "",
        "| case | right exit codes | cases | survived |",
        "|---|---|---:|---:|",
    ]
    groups: dict[tuple[str, tuple[int, ...]], list[Record]] = {}
    for one in records:
        title = _group(one.name) if len(records) > LISTED else one.name
        groups.setdefault((title, tuple(one.expected)), []).append(one)
    for (title, expected), ours in groups.items():
        ran = sum(one.outcome is not None for one in ours)
        survived = sum(one.survived for one in ours)
        count = f"{survived} of {ran}" if ran else "not run"
        lines.append(f"| {_cell(title)} | {_codes(expected)} | {len(ours)} | {count} |")
    lines.append("")
    lines += [
        f"- Not survived: {_cell(one.name)}: {_cell(one.outcome['problem'].split(' | ')[0])}"
        for one in records
        if one.outcome and one.outcome["problem"]
    ]
    return "\n".join([*lines, ""]) if lines[-1] else "\n".join(lines)


def _group(name: str) -> str:
    """The case without the number that tells it from its likes."""
    if " operation " in name:
        how, _, rest = name.partition(" operation ")
        what = rest.partition("(")[2].partition(")")[0].split(" ")[0]
        return f"{how} {what}, {rest.rpartition(', ')[2]}"
    if name.startswith("the first "):
        return "a beginning of the writing" + (", what was not flushed lost" if "unflushed" in name else "")
    if " runs within " in name:
        return name.split(" within ")[0] + " at once"
    if " after 0." in name or " after 1." in name:
        return name.split(" after ")[0]
    return name


def _codes(expected: Sequence[int]) -> str:
    words = (
        f"ended by signal {-one}" if one < 0 else f"{one} ({ENDINGS.get(one, 'interrupted')})"
        for one in expected
    )
    return " or ".join(words)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ").replace("<", "&lt;")
