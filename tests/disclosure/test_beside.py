"""Releases of the whole and of its parts: what one tells less the other, and that they may not stand beside each other."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from types import SimpleNamespace

import attacker
import numpy as np
import pytest
from attacker import Tally, attack_parts, attack_sites
from drawn_tables import World, drawn

from lowback.publish.beside import released_beside, remembered
from lowback.publish.manifest import write_manifest

TWO = World(np.array([[101, 50, 62], [0, 43, 57]]), np.array([0, 0]))
THREE = World(np.array([[101, 50, 62], [102, 48, 51], [0, 43, 57]]), np.array([0, 0, 0]))


def attacked(monkeypatch: pytest.MonkeyPatch, world: World, seed: int, **how: bool) -> Tally:
    monkeypatch.setattr(attacker, "drawn", lambda _: world)
    return attack_sites(seed, **how)


def test_releases_of_single_sites_give_no_count_under_ten_back(monkeypatch):
    found = attack_parts(3)
    assert found.attacked > 20
    assert found.recovered == 0
    assert attacked(monkeypatch, THREE, seed=6).recovered == 0


@pytest.mark.parametrize(
    ("world", "seed", "one_key"), [(TWO, 0, False), (drawn(np.random.default_rng(149)), 149, True)]
)
def test_the_whole_beside_them_would(monkeypatch, world, seed, one_key):
    assert attacked(monkeypatch, world, seed, with_whole=True, one_key=one_key).recovered == 1


def manifest(role: str, sha256: str, for_each: str = "", audience: str = "public") -> dict:
    return {
        "edition": {"for_each": for_each},
        "audience": audience,
        "inputs": [{"role": role, "path": f"{role} 1", "sha256": sha256}],
    }


def job(target: Path, for_each: str, slug: str = "") -> SimpleNamespace:
    """As much of a report in the making as is looked at."""
    return SimpleNamespace(
        target=target,
        expands_over=for_each,
        edition=SimpleNamespace(slug=slug),
        inputs=[{"role": "mapping", "sha256": "aa"}, {"role": "data", "sha256": "bb"}],
    )


def released(folder: Path, **said: str) -> None:
    folder.mkdir(parents=True)
    write_manifest(folder, manifest(**{"role": "mapping", "sha256": "aa", **said}))


@pytest.mark.parametrize(
    ("there", "for_each", "here", "why"),
    [
        (
            "whole",
            "",
            "site",
            "whole is released beside it, about everybody, and this report is about one site",
        ),
        ("sites/leiden", "site", "", "sites/leiden is released beside it, about one site"),
        ("sites/leiden", "site", "outcome", "this report is about everybody"),
        ("months/2026-01", "month", "site", "about one month, and this report is about one site"),
    ],
)
def test_the_whole_and_its_parts_are_not_released_beside_each_other(tmp_path, there, for_each, here, why):
    released(tmp_path / there, for_each=for_each)
    (tmp_path / "notes").mkdir()
    target = tmp_path / "new" / "utrecht" if here else tmp_path / "new"
    assert why in released_beside(job(target, here, "utrecht" if here else ""))


@pytest.mark.parametrize(
    ("there", "said", "here"),
    [
        ("sites/leiden", {"for_each": "site"}, "site"),
        ("whole", {}, ""),
        ("whole", {}, "outcome"),
        ("whole", {"audience": "private"}, "site"),
        ("whole", {"sha256": "cc"}, "site"),
        ("whole", {"role": "data"}, "site"),
        (".whole.old", {}, "site"),
        ("new/utrecht", {}, "site"),
    ],
)
def test_releases_of_other_people_and_the_report_itself_may_stand_there(tmp_path, there, said, here):
    released(tmp_path / there, **said)
    target = tmp_path / "new" / "utrecht" if here else tmp_path / "new"
    assert released_beside(job(target, here, "utrecht" if here else "")) == ""


def remembers(folder: Path, shown: dict[str, float], written: int, **said: str) -> None:
    """A whole release that showed these numbers."""
    folder.mkdir(parents=True)
    content = json.dumps({"shown": shown}).encode()
    (folder / "release.json").write_bytes(content)
    os.utime(folder / "release.json", (written, written))
    told = manifest(**{"role": "mapping", "sha256": "aa", **said})
    output = {"path": "release.json", "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    write_manifest(folder, {**told, "outputs": [output]})


def test_a_release_of_the_same_people_under_another_name_is_remembered(tmp_path):
    remembers(tmp_path / "week-1", {"a": 40, "b": 30, "c": 15}, written=1)
    remembers(tmp_path / "a-later-week", {"a": 45, "b": 35}, written=2)
    remembers(tmp_path / "week-3", {"a": 50}, written=0)
    assert remembered(job(tmp_path / "week-3", "")) == {"a": 50, "b": 35, "c": 15}
    assert remembered(job(tmp_path / "week-4", "")) == {"a": 45, "b": 35, "c": 15}


@pytest.mark.parametrize(
    ("there", "said", "here"),
    [
        ("other", {"sha256": "cc"}, ""),
        ("private", {"audience": "private"}, ""),
        ("sites/leiden", {"for_each": "site"}, ""),
        ("old/delft", {"for_each": "site"}, "site"),
    ],
)
def test_releases_of_other_people_are_not_remembered(tmp_path, there, said, here):
    remembers(tmp_path / there, {"a": 40}, written=1, **said)
    target = tmp_path / "new" / "leiden" if here else tmp_path / "new"
    assert remembered(job(target, here, "leiden" if here else "")) == {}


def test_the_same_site_under_another_name_is_remembered(tmp_path):
    remembers(tmp_path / "old" / "leiden", {"a": 40}, written=1, for_each="site")
    assert remembered(job(tmp_path / "new" / "leiden", "site", "leiden")) == {"a": 40}
