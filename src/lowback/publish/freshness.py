"""Whether a published report still is what its ingredients would give now, and if not, which of them changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from lowback.publish.failing import read_failed
from lowback.publish.ingredients import COMPONENT, Ingredients
from lowback.publish.manifest import looked_over, read_manifest, verify_report

State = Literal["fresh", "stale", "failed", "missing", "damaged"]
MOST_NAMED = 5


@dataclass(frozen=True)
class Standing:
    """How a report stands: fresh, or why not, a sentence each; `changed` names the components of its key that did.

    Of a report whose last run failed, `kind` says how (as `Ending` names it) and `when`.
    """

    state: State
    why: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    kind: str = ""
    when: str = ""


def standing(target: Path, made_of: Ingredients, *, verify: bool = False) -> Standing:
    """How the report in `target` stands beside what it would be made of now; `verify` hashes its files anew."""
    manifest = read_manifest(target)
    if manifest is not None:
        problems = verify_report(target) if verify else looked_over(target, manifest)
        if problems:
            return Standing("damaged", tuple(problems[:MOST_NAMED]))
        changed = _changed(manifest, made_of)
        if not changed:
            return Standing("fresh")
    failed = _failed(target)
    if failed is not None:
        return failed
    if manifest is None:
        here = target.is_dir() and any(target.iterdir())
        return (
            Standing("damaged", ("its manifest is missing or unreadable",)) if here else Standing("missing")
        )
    return Standing("stale", tuple(_reasons(manifest, made_of, changed)), changed)


def standing_unread(target: Path, why: str) -> Standing:
    """How the report in `target` stands when what it is made of cannot be read, and why that is so."""
    if read_manifest(target) is not None:
        return Standing("stale", (why,))
    return _failed(target) or Standing("missing", (why,))


def is_fresh(target: Path, made_of: Ingredients) -> bool:
    """Whether the report that stands there is whole and would come out the same."""
    manifest = read_manifest(target)
    return manifest is not None and not _changed(manifest, made_of) and not looked_over(target, manifest)


def _failed(target: Path) -> Standing | None:
    """That the last run failed, if it did."""
    found = read_failed(target)
    if found is None:
        return None
    return Standing("failed", (str(found["sentence"]),), kind=str(found["kind"]), when=str(found["when"]))


def _changed(manifest: Mapping[str, Any], made_of: Ingredients) -> tuple[str, ...]:
    before = manifest.get("key")
    if not isinstance(before, dict):
        return tuple(made_of.key)
    return tuple(name for name, digest in made_of.key.items() if before.get(name) != digest)


def _reasons(manifest: Mapping[str, Any], made_of: Ingredients, changed: tuple[str, ...]) -> Iterator[str]:
    """What changed, component by component, with the files and packages behind it."""
    before = {(one["role"], one["path"]): one["sha256"] for one in manifest.get("inputs", ())}
    now = {(one["role"], one["path"]): one["sha256"] for one in made_of.inputs}
    for name in changed:
        named = [
            _worded(path, before.get((role, path)), now.get((role, path)))
            for role, path in dict.fromkeys((*before, *now))
            if COMPONENT.get(role) == name and before.get((role, path)) != now.get((role, path))
        ]
        if name == "lock":
            named = _packages(manifest.get("installed") or {}, made_of.installed)
        if name == "code" and manifest.get("sources") != made_of.sources:
            named.append("lowback's own files")
        more = f" and {len(named) - MOST_NAMED} more" if len(named) > MOST_NAMED else ""
        yield f"{name} changed" + (f": {', '.join(named[:MOST_NAMED])}{more}" if named else "")


def _worded(path: str, before: str | None, now: str | None) -> str:
    if before is None:
        return f"{path} is new"
    return f"{path} is gone" if now is None else path


def _packages(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    return [
        f"{name} {before.get(name, 'absent')}, now {now.get(name, 'absent')}"
        for name in dict.fromkeys((*before, *now))
        if before.get(name) != now.get(name)
    ]
